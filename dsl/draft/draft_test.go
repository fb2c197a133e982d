package draft_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/dsl/draft"
	"github.com/reconkit/reconkit/pipeline"
)

// table is a source of text in memory.
type table struct {
	schema *pipeline.Schema
	rows   [][]string
}

func (s table) Schema(context.Context) (*pipeline.Schema, error) { return s.schema, nil }

func (s table) Read(context.Context) pipeline.Stream {
	return func(yield func(*pipeline.Batch, error) bool) {
		for part := range slices.Chunk(s.rows, pipeline.BatchRowsDefault) {
			b := pipeline.NewBuilder(s.schema, len(part))
			for _, row := range part {
				for i, cell := range row {
					if cell == "" {
						b.Column(i).AppendNull()
					} else {
						b.Column(i).AppendString(cell)
					}
				}
			}
			if !yield(b.Finish(pipeline.BatchData{})) {
				return
			}
		}
	}
}

// fileOf is a file with a header and rows, cells divided by |.
func fileOf(t testing.TB, path, header string, rows ...string) draft.File {
	t.Helper()
	var fields []pipeline.Field
	for name := range strings.SplitSeq(header, "|") {
		fields = append(fields, pipeline.Field{Name: name, Type: pipeline.String})
	}
	src := table{schema: pipeline.MustSchema(fields...)}
	for _, r := range rows {
		src.rows = append(src.rows, strings.Split(r, "|"))
	}
	sample, err := draft.Take(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	return draft.File{Type: "csv", Path: path, Sample: sample}
}

func textOf(t testing.TB, c draft.Config) string {
	t.Helper()
	text, err := draft.Text(c)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// repeat is rows that differ in a number, written # in the row.
func repeat(n int, rows ...string) []string {
	var all []string
	for i := range n {
		all = append(all, strings.ReplaceAll(rows[i%len(rows)], "#", strconv.Itoa(100+i)))
	}
	return all
}

func TestWhatIsGuessed(t *testing.T) {
	for _, c := range []struct {
		name, header string
		rows         []string
		target       draft.TargetKind
		want         []string // lines
		not          []string // text
	}{
		{name: "an e-mail column by its values", header: "Kontakt", rows: repeat(9, "a#@example.com"),
			want: []string{`# "Kontakt": all 9 values are e-mail addresses`, "email: parse_email(Kontakt)"}},
		{name: "a column that mixes two things", header: "Kontakt", rows: repeat(10, "a#@example.com", "+49 30 23125 #"),
			want: []string{`# "Kontakt" mixes two things: 5 of 10 values are e-mail addresses, 5 phone numbers`, `email: 'parse_email(Kontakt contains "@" ? Kontakt : nil)'`,
				`phone: 'parse_phone(Kontakt contains "@" ? nil : Kontakt, vars.default_country)'`}},
		{name: "an e-mail column that holds something else", header: "email|id", rows: repeat(6, "yes|#"), target: draft.TargetNone, not: []string{"parse_email"}},
		{name: "a country by its values", header: "email|cc", rows: repeat(6, "a#@example.com|DE", "a#@example.com|AT"), want: []string{"country: parse_country(cc)"}},
		{name: "a language is no country", header: "email|lang", rows: repeat(6, "a#@example.com|de", "a#@example.com|en"), not: []string{"parse_country"}},
		{name: "a phone by its values", header: "email|x", rows: repeat(6, "a#@example.com|+43 1 5330 #"), want: []string{"phone: parse_phone(x, vars.default_country)", `default_country: "AT"`}},
		{name: "plain digits are no phone", header: "email|x", rows: repeat(6, "a#@example.com|493023125#"), not: []string{"parse_phone"}},
		{name: "Name beside Vorname", header: "Vorname|Name|email", rows: repeat(3, "Anna|Meier|a#@example.com"), want: []string{"last_name: squish(Name)"}},
		{name: "Name of people", header: "Name|email", rows: repeat(5, "Anna Meier|a#@example.com"), want: []string{"first_name: parse_person(Name).first", "last_name: parse_person(Name).last"}},
		{name: "Name of companies", header: "Name|email", rows: repeat(5, "Meier Bau GmbH|a#@example.com"), want: []string{"company_name: squish(Name)"}, not: []string{"parse_person"}},
		{name: "Name of both", header: "Name|email", rows: repeat(6, "Meier Bau GmbH|a#@example.com", "Anna Meier|a#@example.com"),
			want: []string{`# "Name" mixes two things: 3 of 6 values are people, 3 organisations`, "company_name: 'parse_person(Name).company ? squish(Name) : nil'"}},
		{name: "three e-mail columns", header: "E-Mail 3|E-Mail 1|E-Mail 2", rows: repeat(3, "c#@example.com|a#@example.com|b#@example.com"),
			want: []string{`email: parse_email(first_nonempty(row["E-Mail 1"], row["E-Mail 2"], row["E-Mail 3"]))`}},
		{name: "street and house number", header: "email|Straße|Hausnummer|Adresszusatz", rows: repeat(3, "a#@example.com|Lindenweg|4|Hof"),
			want: []string{`address: join_nonempty([join_nonempty([row["Straße"], Hausnummer], " "), Adresszusatz], ", ")`}},
		{name: "numbers that come twice are no id", header: "Kd.-Nr.|email", rows: []string{"1|a@example.com", "1|b@example.com", "2|c@example.com"},
			want: []string{`# "Kd.-Nr." is no id (rows with the value of an earlier row: 1)`, "# No column was found that names a row. With one, such as a customer number, a changed"}, not: []string{"\n    id:"}},
		{name: "an amount is no id", header: "email|Betrag", rows: []string{"a@example.com|12,50", "b@example.com|99,00", "c@example.com|1.250,00"}, not: []string{"\n    id:"}},
		{name: "an amount with a sign is no id", header: "email|Betrag", rows: []string{"a@example.com|12€", "b@example.com|99€", "c@example.com|1250€"}, not: []string{"\n    id:"}},
		{name: "whole amounts are no id", header: "email|Betrag", rows: []string{"a@example.com|1200", "b@example.com|75", "c@example.com|430", "d@example.com|2600"}, not: []string{"\n    id:"}},
		{name: "a running number is an id", header: "email|Laufend", rows: []string{"a@example.com|8", "b@example.com|9", "c@example.com|11"}, want: []string{"id: Laufend"}},
		{name: "a code is an id", header: "email|Kennung", rows: []string{"a@example.com|K-97", "b@example.com|K-12", "c@example.com|K-55"}, want: []string{"id: Kennung"}},
		{name: "long numbers are an id", header: "email|Kennung", rows: []string{"a@example.com|700812", "b@example.com|100317", "c@example.com|500099"}, want: []string{"id: Kennung"}},
		{name: "phone numbers of no country", header: "email|Telefon", rows: repeat(3, "a#@example.com|0351 45678#"),
			want: []string{`# "Telefon": all 3 values are written like phone numbers, 3 without the code of a country`,
				"# Those are kept as they are, with a warning. If they are of one country, say which, such as DE:",
				"# vars: { default_country: DE }, and here: phone: parse_phone(Telefon, vars.default_country)",
				"phone: parse_phone(Telefon)"}},
		{name: "a header alone", header: "E-Mail|Firma|Umsatz", want: []string{`# "E-Mail": by its name`, `# "Firma": by its name`, `#   "Umsatz": no rows`}, not: []string{"0 rows"}},
		{name: "a column without values", header: "email|Firma", rows: repeat(2, "a#@example.com|"), want: []string{`# "Firma": by its name; none of the 2 rows has a value`}},
		{name: "days of two digits", header: "email|seen", rows: repeat(3, "a#@example.com|01.02.2025"),
			want: []string{`#   "seen": dates (day.month.year), such as "99.99.9999": parse_date(seen, "2.1.2006")`}},
		{name: "a rating that is none", header: "email|rating", rows: repeat(6, "a#@example.com|7#"), want: []string{`#   "rating": whole numbers, such as "9999"; a rating is 1 to 5, which 0 of 6 values are`}, not: []string{"rating:"}},
		{name: "day or month first", header: "email|seen", rows: repeat(3, "a#@example.com|01/02/2025"),
			want: []string{`#   "seen": dates (day/month/year or month/day/year: no value tells which, check the layout), such as "99/99/9999": parse_date(seen, "2/1/2006")`}},
		{name: "day first", header: "email|seen", rows: []string{"a@example.com|01/02/2025", "b@example.com|25/12/2025"},
			want: []string{`#   "seen": dates (day/month/year), such as "99/99/9999": parse_date(seen, "2/1/2006")`}},
		{name: "a layout that nobody knows converts nothing", header: "email|modified|sum", rows: repeat(3, "a#@example.com|01/02/2025|1.234"), target: draft.TargetFile,
			want: []string{"modified: modified", "sum: sum"}, not: []string{"updated:"}},
		{name: "a date of one digit", header: "email|seen", rows: repeat(3, "a#@example.com|1.2.2025"), want: []string{`#   "seen": dates (day.month.year), such as "9.9.9999": parse_date(seen, "2.1.2006")`}},
		{name: "thousand or decimals", header: "email|sum", rows: repeat(3, "a#@example.com|1.234"),
			want: []string{`#   "sum": numbers with a decimal point (or whole ones with that mark between thousands: no value tells which, check the marks), such as "9.999": float(sum)`}},
		{name: "codes with zeros", header: "email|code", rows: repeat(3, "a#@example.com|007"), want: []string{`#   "code": digits with leading zeros, so text, such as "999"`}},
		{name: "a file of ids alone", header: "id", rows: repeat(3, "#"), target: draft.TargetFile, want: []string{"id: id", "key: [id]"}},
		{name: "a file of ids alone for no target", header: "id", rows: repeat(3, "#"), target: draft.TargetNone, want: []string{`# "id": no other column is mapped`, "id: id"}},
		{name: "a file takes every column", header: "code|sum|on|when", rows: repeat(3, "007|1,5|ja|2025-12-31"), target: draft.TargetFile,
			want: []string{"code: code", `sum: float(sum, ",", ".")`, "on: bool(on)", `when: parse_date(when, "2006-01-02")`, "record_key: hash(code, sum, on, when)", "key: [record_key]"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := textOf(t, draft.Config{Files: []draft.File{fileOf(t, "in.csv", c.header, c.rows...)}, Target: c.target})
			var lines []string
			for l := range strings.Lines(text) {
				lines = append(lines, strings.TrimSpace(l))
			}
			for _, want := range c.want {
				if !slices.Contains(lines, want) {
					t.Errorf("there is no line %s in\n%s", want, text)
				}
			}
			for _, not := range c.not {
				if strings.Contains(text, not) {
					t.Errorf("there is %q in\n%s", not, text)
				}
			}
		})
	}
}

func TestFilesOfOneName(t *testing.T) {
	text := textOf(t, draft.Config{Target: draft.TargetFile, Files: []draft.File{
		fileOf(t, "a/list.csv", "email|sum", repeat(3, "a#@example.com|1,5")...),
		fileOf(t, "b/list.csv", "email|sum", repeat(3, "b#@example.com|n/a")...),
		fileOf(t, "??.csv", "email", "c@example.com"),
	}})
	for _, want := range []string{"\n  list:\n", "\n  list_2:\n", "\n  rows:\n", "text, since the files differ\n          sum: sum\n", `path: "??.csv"`} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
}

func TestRefused(t *testing.T) {
	good := fileOf(t, "in.csv", "email", "a@example.com")
	for _, c := range []struct {
		name   string
		config draft.Config
		want   string
	}{
		{"no file", draft.Config{}, "at least one file"},
		{"the name of a model", draft.Config{Model: "a b", Files: []draft.File{good}}, `not "a b"`},
		{"a path that is a reference", draft.Config{Files: []draft.File{fileOf(t, "${HOME}/in.csv", "email", "a@example.com")}}, "begins a reference"},
		{"no contacts", draft.Config{Target: draft.TargetPlanDocket, Files: []draft.File{fileOf(t, "in.csv", "x", "1")}}, "no column looks like one of a contact"},
		{"a name without end", draft.Config{Files: []draft.File{fileOf(t, "in.csv", strings.Repeat("x", 2000), "1")}}, "none of its columns can be mapped"},
	} {
		if _, err := draft.Text(c.config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// TestNoValueIsShown says that a draft can be shared: no value of a file is in
// it, and it is the same each time.
func TestNoValueIsShown(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		value := rapid.StringMatching(`[G-Z]{3}[g-z]{5}`)
		var rows, secrets []string
		for i := range rapid.IntRange(1, 20).Draw(r, "rows") {
			v := value.Draw(r, "value")
			secrets = append(secrets, v)
			rows = append(rows, strings.Join([]string{strconv.Itoa(i), v + " " + v, v + "@" + v + ".example", v, "www." + v + ".example", v}, "|"))
		}
		header := "id|Name|" + rapid.SampledFrom([]string{"Kontakt", "email", "x"}).Draw(r, "header") + "|Ort|Web|" + rapid.SampledFrom([]string{"y", "Firma", "Land", "PLZ"}).Draw(r, "another")
		target := rapid.SampledFrom([]draft.TargetKind{draft.TargetAuto, draft.TargetFile, draft.TargetNone}).Draw(r, "target")
		c := draft.Config{Target: target, Files: []draft.File{fileOf(t, "in.csv", header, rows...)}}
		text := textOf(t, c)
		for _, s := range secrets {
			if strings.Contains(strings.ToLower(text), strings.ToLower(s)) {
				r.Fatalf("%s is in\n%s", s, text)
			}
		}
		if again := textOf(t, c); again != text {
			r.Fatalf("the second draft differs:\n%s\n%s", text, again)
		}
	})
}

func TestTakeEndsEarly(t *testing.T) {
	f := fileOf(t, "in.csv", "id", repeat(3*draft.SampleRowsMax, "#")...)
	if f.Sample.Rows != draft.SampleRowsMax || f.Sample.Whole {
		t.Errorf("%d rows, whole %v; want %d, not whole", f.Sample.Rows, f.Sample.Whole, draft.SampleRowsMax)
	}
	f = fileOf(t, "in.csv", "id", repeat(draft.SampleRowsMax, "#")...)
	if f.Sample.Rows != draft.SampleRowsMax || !f.Sample.Whole {
		t.Errorf("%d rows, whole %v; want all %d", f.Sample.Rows, f.Sample.Whole, draft.SampleRowsMax)
	}
	wide := make([]string, 2000)
	for i := range wide {
		wide[i] = "c" + strconv.Itoa(i)
	}
	f = fileOf(t, "in.csv", strings.Join(wide, "|"), repeat(600, strings.Repeat("x|", 1999)+"x")...)
	if f.Sample.Rows >= 600 || f.Sample.Rows == 0 {
		t.Errorf("%d rows of 2,000 columns were taken", f.Sample.Rows)
	}
}

func TestATargetIsNoFileThatIsRead(t *testing.T) {
	files := []draft.File{fileOf(t, "contacts.csv", "a|b", "x|1", "y|2"), fileOf(t, "contacts_2.csv", "a|b", "x|1")}
	text, err := draft.Text(draft.Config{Files: files})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text, "path: contacts_3.csv\n") {
		t.Errorf("the draft\n%s\nwrites to a file that it reads", text)
	}
	if text, err := draft.Text(draft.Config{Files: files, Target: draft.TargetFile, TargetPath: "./contacts_2.csv"}); err == nil {
		t.Errorf("the draft\n%s\nwrites to a file that it reads, want an error", text)
	}
}
