package dedupe_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

var (
	benchFirst   = []string{"Anna", "Karl", "Maria", "Peter", "Julia", "Jürgen", "Sophie", "Max", "Lena", "Thomas", "Sabine", "Olaf", "Petra", "Nils", "Ute", "Emil", "Klara", "Hugo", "Ida", "Fritz"}
	benchSounds  = []string{"ba", "ker", "lin", "mo", "stein", "wal", "ter", "fei", "gru", "hof", "mann", "ny", "ost", "pra", "ris", "schu"}
	benchCities  = []string{"Berlin", "Bremen", "Hamburg", "München", "Köln", "Leipzig", "Erfurt", "Kiel", "Mainz", "Ulm"}
	benchStreets = []string{"Hauptstr.", "Bahnhofstr.", "Am Markt", "Gartenweg", "Schulstr.", "Bergstr.", "Ringstr.", "Lindenallee"}
)

// benchContact makes contact i: always the same for the same i.
func benchContact(i int) row {
	r := rand.New(rand.NewPCG(uint64(i), 7))
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	first, last := pick(benchFirst), pick(benchSounds)+pick(benchSounds)+pick(benchSounds)
	company := pick(benchSounds) + pick(benchSounds) + pick(benchSounds)
	return row{source: "people", id: fmt.Sprint(i), line: int32(i + 2), cells: map[string]string{
		"first_name": first, "last_name": last, "company_name": company + " GmbH",
		"email":   fmt.Sprintf("%s.%s%d@%s.example", first, last, i, company),
		"phone":   fmt.Sprintf("+4930%08d", r.IntN(1e8)),
		"address": fmt.Sprintf("%s %d", pick(benchStreets), 1+r.IntN(200)), "postal_code": fmt.Sprintf("%05d", r.IntN(1e5)), "city": pick(benchCities),
	}}
}

// benchInput is n rows against n records of a target: half are found by
// e-mail, a quarter lost its e-mail and is found by likeness, a quarter is
// new; one row in ten is there twice, in another spelling.
func benchInput(b *testing.B, n int) pipeline.MatchInput {
	rows, target := make([]row, 0, n), make([]row, 0, n)
	for i := 0; len(rows) < n; i++ {
		r := benchContact(i)
		switch i % 4 {
		case 0:
			delete(r.cells, "email")
		case 1:
			r.cells["email"] = "new." + r.cells["email"]
		}
		rows = append(rows, r)
		if i%10 == 0 {
			again := benchContact(i)
			again.source, again.cells["first_name"] = "crm", again.cells["first_name"][:1]+"."
			rows = append(rows, again)
		}
	}
	for i := range n {
		r := benchContact(i)
		if i%4 == 1 {
			r = benchContact(i + 10*n)
		}
		r.source, r.id = "plandocket", fmt.Sprintf("T%d", i)
		target = append(target, r)
	}
	return pipeline.MatchInput{Records: tableOf(b, rows, uncut), Target: tableOf(b, target, uncut), TargetNamespace: "plandocket"}
}

func BenchmarkMatch(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprintf("rows=%d", n), func(b *testing.B) {
			in, m := benchInput(b, n), contactMatcher(b)
			b.ReportAllocs()
			for b.Loop() {
				res, err := m.Match(context.Background(), in)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(res.Clusters)), "clusters")
				b.ReportMetric(float64(len(res.Questions)), "questions")
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/row")
		})
	}
}
