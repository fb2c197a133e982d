package eval_test

import (
	"fmt"
	"runtime"
	"strconv"
	"testing"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/dsl/funcs"
	"github.com/reconkit/reconkit/pipeline"
)

// contactExpressions are the mapping and the free rules of a job that reads
// contacts from a file of texts: 16 fields and two rules.
var contactExpressions = []string{
	`lower(trim(type)) in ["company", "firma"] ? "company" : "person"`,
	`squish(name)`,
	`lower(trim(type)) in ["company", "firma"] ? nil : squish(name) contains ", " ? split(squish(name), ", ")[1] : split(squish(name), " ")[0]`,
	`lower(trim(type)) in ["company", "firma"] ? nil : squish(name) contains ", " ? split(squish(name), ", ")[0] : extract(squish(name), "^[^ ]+ (.*)$")`,
	`lower(trim(type)) in ["company", "firma"] ? squish(name) : client`,
	`lower(trim(email_1))`,
	`lower(trim(email_2))`,
	`trim(phone_1)`,
	`join_nonempty([address_line_1, address_line_2, address_line_3], ", ")`,
	`trim(address_city)`,
	`trim(address_postcode)`,
	`parse_country(address_country)`,
	`trim(website)`,
	`int(trim(cf_rating)) ?? 3`,
	`cf_department ?? "General"`,
	`float(cf_day_rate)`,
	`(int(trim(cf_rating)) ?? 3) >= 1 and (int(trim(cf_rating)) ?? 3) <= 5`,
	`lower(trim(email_1)) matches "^[a-z0-9._%+-]+@[a-z0-9.-]+\\.[a-z]{2,}$"`,
}

// costlyExpressions call the functions that do the most.
var costlyExpressions = []string{
	`parse_phone(phone_1, "DE")`,
	`parse_person(name).first`,
	`parse_country(address_country)`,
	`parse_email(email_1)`,
	`parse_company(client).name`,
	`parse_postcode(address_postcode, "DE")`,
	`parse_date(updated)`,
	`fold(name)`,
	`slug(name)`,
	`title(address_city)`,
	`hash(name, email_1)`,
}

var contactColumns = []string{"type", "name", "client", "email_1", "email_2", "phone_1", "address_line_1", "address_line_2", "address_line_3",
	"address_city", "address_postcode", "address_country", "website", "cf_rating", "cf_department", "cf_day_rate", "updated"}

func contactEnv() eval.Env {
	fields := make([]pipeline.Field, len(contactColumns))
	for i, name := range contactColumns {
		fields[i] = pipeline.Field{Name: name, Type: pipeline.String}
	}
	return eval.Env{Columns: pipeline.MustSchema(fields...), Funcs: funcs.All()}
}

// contacts is a batch of people and a few companies; some cells are empty, and
// some have white space or capitals to mend.
func contacts(tb testing.TB, rows int) *pipeline.Batch {
	first := []string{"Greta", "Jörg", "Anna", "Chloé", "Marco", "Ingrid", "Paul", "Élodie"}
	last := []string{"Koch", "Müller", "von der Heide", "Dupont", "Rossi", "Lindström", "Smith"}
	cities := []string{"Berlin", "München", "Köln", " Wien", "Hamburg", "Leipzig"}
	countries := []string{"Germany", "Deutschland", "DE", "Österreich", "USA", "BRD"}
	one := func(of []string, i int) string { return of[i%len(of)] }
	sometimes := func(i, every int, text string) string {
		if i%every == 0 {
			return text
		}
		return ""
	}
	values := make([][]pipeline.Value, rows)
	for i := range values {
		kind, name, client := "person", one(first, i)+" "+one(last, i/3), "Sternfilm GmbH"
		switch {
		case i%11 == 0:
			kind, name, client = "Company ", one(last, i)+" Messebau GmbH", ""
		case i%7 == 0:
			kind, name = "", one(last, i)+", "+one(first, i)
		case i%13 == 0:
			name = "  " + name
		}
		mail := fmt.Sprintf("greta.koch%d@postbox.de", i)
		if i%10 == 0 {
			mail = fmt.Sprintf(" Greta.Koch%d@Postbox.de", i)
		}
		cells := []string{kind, name, client, mail, sometimes(i, 9, "alt@example.org"), sometimes(i+1, 2, "+49 30 028538"+strconv.Itoa(i%10)),
			"Gartenweg " + strconv.Itoa(i%90), sometimes(i, 5, "2. Stock"), sometimes(i, 17, "Hinterhaus"),
			one(cities, i), strconv.Itoa(10115 + i%900), one(countries, i), sometimes(i, 4, "https://www.postbox.de"),
			sometimes(i, 2, strconv.Itoa(1+i%5)), sometimes(i, 3, "Licht"), sometimes(i, 2, "264.50"), "2022-07-18T20:58:18Z"}
		values[i] = make([]pipeline.Value, len(cells))
		for j, cell := range cells {
			if cell != "" {
				values[i][j] = pipeline.StringValue(cell)
			}
		}
	}
	return batchOf(tb, contactEnv().Columns, values...)
}

// BenchmarkExpressions is what the expressions of one mapping cost over
// batches of 4,096 rows, and apart from it the functions that do the most.
func BenchmarkExpressions(b *testing.B) {
	batch := contacts(b, pipeline.BatchRowsDefault)
	programs := make([]*eval.Program, len(contactExpressions))
	for i, src := range contactExpressions {
		programs[i] = compile(b, src, contactEnv())
	}
	group := eval.NewGroup(programs...)
	b.Run("together", func(b *testing.B) {
		perRow(b, batch.Len(), func() { group.Eval(batch, eval.Runtime{}) })
	})
	b.Run("apart", func(b *testing.B) { benchContacts(b, programs, batch) })
	for _, src := range contactExpressions {
		b.Run(src, func(b *testing.B) { benchContacts(b, []*eval.Program{compile(b, src, contactEnv())}, batch) })
	}
	for _, src := range costlyExpressions {
		b.Run("costly/"+src, func(b *testing.B) { benchContacts(b, []*eval.Program{compile(b, src, contactEnv())}, batch) })
	}
}

func benchContacts(b *testing.B, programs []*eval.Program, batch *pipeline.Batch) {
	rt := eval.Runtime{Warn: func(int, string, error) {}}
	perRow(b, batch.Len(), func() {
		for _, p := range programs {
			p.Eval(batch, rt)
		}
	})
}

// perRow reports the time and the allocations that work takes for each row.
func perRow(b *testing.B, rows int, work func()) {
	var before, after runtime.MemStats
	work()
	runtime.ReadMemStats(&before)
	b.ResetTimer()
	for b.Loop() {
		work()
	}
	runtime.ReadMemStats(&after)
	all := float64(b.N) * float64(rows)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/all, "ns/row")
	b.ReportMetric(all/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/all, "allocs/row")
}
