package linkage

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// A better agreement never weighs less: from a level of a ladder to the next better
// one the odds that two records are the same do not fall, whatever else they agree
// in, with learned weights and with shipped ones. Left out are the classes that are
// known by what agrees: names and homes speak for a household, homes for colleagues,
// and whatever two organisations share for branches of one. The law is about levels
// alone. How frequent an equal value is in the list is counted beside its level (see
// scorer.boost), so that an equal value that very many have may weigh less than a slip
// of it.
func TestBetterAgreementNeverWeighsLess(t *testing.T) {
	for name, rows := range map[string][][]string{
		"families":          households(4000, 1),
		"copied addresses":  households(4000, 2),
		"mistyped contacts": households(4000, 3),
		"misspelt names":    households(700, 5),
		"few":               households(200, 1),
	} {
		t.Run(name, func(t *testing.T) {
			l, err := New(Config{Columns: householdColumns})
			if err != nil {
				t.Fatal(err)
			}
			r, err := l.Run(context.Background(), Input{Records: textTable(t, householdColumns, rows)})
			if err != nil {
				t.Fatal(err)
			}
			if want := len(rows) > learnRowsMin; r.Report.Learned != want {
				t.Fatalf("learned %v: %s", r.Report.Learned, r.Report.WeightsWhy)
			}
			checkLadders(t, r.data.scorer)
			text, err := r.Pinned().JSON()
			if err != nil {
				t.Fatal(err)
			}
			w, err := ParseWeights(text)
			if err != nil {
				t.Fatal(err)
			}
			s, err := NewScorer(ScorerConfig{Weights: w})
			if err != nil {
				t.Fatal(err)
			}
			s.scorer.db = r.data.db
			checkLadders(t, s.scorer)
		})
	}
}

// knownBy are the classes that are known by agreeing in a field.
func knownBy(f field, firms bool) []int {
	switch {
	case firms && f == fieldAddress:
		return []int{colleagues, branches}
	case firms:
		return []int{branches}
	case f == fieldAddress:
		return []int{household, colleagues}
	case f == fieldGiven || f == fieldFamily:
		return []int{household}
	}
	return nil
}

// checkLadders compares all levels of each ladder with the next better one, among
// other levels that are drawn.
func checkLadders(t *testing.T, s *scorer) {
	t.Helper()
	random := rand.New(rand.NewPCG(5, 5))
	known := [fieldsMax][]uint8{}
	for f := range known {
		for lv := uint8(1); lv < levelsMax; lv++ {
			if s.m.p[same][f][lv] > 0 && (f != int(fieldNature) || lv == bothPeople) {
				known[f] = append(known[f], lv)
			}
		}
	}
	odds := func(v vector, f field) float64 {
		z := s.byLevels(v)
		for _, k := range knownBy(f, v.level(fieldFirm) != 0) {
			z[k] = math.Inf(-1)
		}
		return logOdds(&z)
	}
	for f := range field(fieldsMax) {
		ladder := slices.DeleteFunc(slices.Clone(s.db.ladder(f)), func(lv int) bool { return s.m.p[same][f][lv] <= 0 })
		worst, at := 1e-9, ""
		for n := range 3000 {
			var others vector
			firms := n%4 == 0
			for g := range field(fieldsMax) {
				person := g == fieldGiven || g == fieldFamily || g == fieldEmployer || g == fieldDate
				if g == f || len(known[g]) == 0 || firms && person || !firms && g == fieldFirm || random.IntN(3) == 0 {
					continue
				}
				others.set(g, known[g][random.IntN(len(known[g]))])
			}
			if firms && others.level(fieldFirm) == 0 && f != fieldFirm {
				others.set(fieldFirm, firmEqual)
			}
			for i := 1; i < len(ladder); i++ {
				less, more := others, others
				less.set(f, uint8(ladder[i-1]))
				more.set(f, uint8(ladder[i]))
				if fall := odds(less, f) - odds(more, f); fall > worst {
					worst, at = fall, fmt.Sprintf("%q to %q beside %016x", s.db.levelNames(f)[ladder[i-1]], s.db.levelNames(f)[ladder[i]], uint64(others))
				}
			}
		}
		if at != "" {
			t.Errorf("%s: the odds fall by %.4f bits from %s", s.db.fieldName(f), worst/math.Ln2, at)
		}
	}
}

var householdColumns = []Column{
	{Name: "given", Kind: GivenName}, {Name: "family", Kind: FamilyName}, {Name: "email", Kind: Email}, {Name: "phone", Kind: Phone},
	{Name: "born", Kind: Date}, {Name: "company", Kind: Company}, {Name: "street", Kind: Street}, {Name: "city", Kind: City},
	{Name: "postcode", Kind: Postcode}, {Name: "number", Kind: Identifier}, {Name: "remark", Kind: Text},
}

// households makes people of homes of one to three, a third of whom are there
// again with slips, most of them in the places that a seed prefers.
func households(n int, seed uint64) (rows [][]string) {
	random := rand.New(rand.NewPCG(seed, 11))
	word := func(length int) string {
		b := []byte{byte('A' + random.IntN(26))}
		for len(b) < length {
			b = append(b, "aeiou"[random.IntN(5)], byte('a'+random.IntN(26)))
		}
		return string(b)
	}
	some := func(count, length int) (out []string) {
		for range count {
			out = append(out, word(length))
		}
		return out
	}
	given, family, streets, towns, firms := some(120, 5), some(900, 7), some(200, 9), some(30, 7), some(80, 9)
	slip := func(s string) string {
		if len(s) < 4 {
			return s
		}
		at := 1 + random.IntN(len(s)-2)
		return s[:at] + string(s[at+1]) + string(s[at]) + s[at+2:]
	}
	for len(rows) < n {
		surname, town := random.IntN(len(family)), random.IntN(len(towns))
		street := fmt.Sprintf("%sweg %d", streets[random.IntN(len(streets))], 1+random.IntN(90))
		phone := fmt.Sprintf("+49 341 %07d", random.IntN(9e6)+1e6)
		for range 1 + random.IntN(3) {
			first := given[random.IntN(len(given))]
			row := []string{first, family[surname], fmt.Sprintf("%s.%s%d@%s.example", first, family[surname], random.IntN(99), firms[random.IntN(9)]), phone,
				fmt.Sprintf("%d-%02d-%02d", 1940+random.IntN(65), 1+random.IntN(12), 1+random.IntN(28)), "", street, towns[town], fmt.Sprintf("%05d", 10000+town*317), fmt.Sprintf("K%07d", random.IntN(1e7)), word(7)}
			if random.IntN(6) == 0 {
				row[5] = firms[random.IntN(len(firms))] + " GmbH"
			}
			rows = append(rows, row)
			if random.IntN(3) > 0 {
				continue
			}
			again := append([]string(nil), row...)
			for i := range again {
				switch most := int(seed+1) % 4 * 3; {
				case random.IntN(12) == 0:
					again[i] = ""
				case random.IntN(12) == 0 || i/3 == most/3 && random.IntN(5) == 0:
					again[i] = slip(again[i])
				}
			}
			rows = append(rows, again)
		}
	}
	return rows[:n]
}

// textTable makes a table of text; "" is null.
func textTable(t testing.TB, columns []Column, rows [][]string) *pipeline.Table {
	t.Helper()
	fields := make([]pipeline.Field, len(columns))
	for i, c := range columns {
		fields[i] = pipeline.Field{Name: c.Name, Type: pipeline.String}
	}
	schema := pipeline.MustSchema(fields...)
	b := pipeline.NewBuilder(schema, len(rows))
	for _, row := range rows {
		for i, value := range row {
			if value == "" {
				b.Column(i).AppendNull()
			} else {
				b.Column(i).AppendString(value)
			}
		}
	}
	batch, err := b.Finish(pipeline.BatchData{})
	if err != nil {
		t.Fatal(err)
	}
	table := pipeline.NewTable(schema)
	table.Append(batch)
	return table
}
