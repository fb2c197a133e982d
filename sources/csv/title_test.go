package csv_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/sources/csv"
	"github.com/reconkit/reconkit/sources/sourcetest"
)

const titled = "Exportiert am 1.1.2026, 10:00\n\nNr;Vorname;E-Mail\n1;Anna;a@example.com\n2;Ben;b@example.com\n"

// Lines above the header are passed over when they are named, and rows keep the lines
// of the file.
func TestSkipLines(t *testing.T) {
	want := sourcetest.Want{Columns: []string{"Nr", "Vorname", "E-Mail"}, Rows: []sourcetest.Row{row("a.csv:4", "1", "Anna", "a@example.com"), row("a.csv:5", "2", "Ben", "b@example.com")}}
	for name, tc := range map[string]struct {
		text string
		conf csv.Config
	}{
		"delimiter found":   {titled, csv.Config{SkipLines: 2}},
		"delimiter named":   {titled, csv.Config{SkipLines: 2, Delimiter: ";"}},
		"blank line stays":  {titled, csv.Config{SkipLines: 1}},
		"CRLF":              {strings.ReplaceAll(titled, "\n", "\r\n"), csv.Config{SkipLines: 2}},
		"lone CR":           {strings.ReplaceAll(titled, "\n", "\r"), csv.Config{SkipLines: 2}},
		"UTF-16":            {wide("\ufeff"+titled, 0), csv.Config{SkipLines: 2}},
		"an open quote":     {strings.Replace(titled, "Exportiert", `"Exportiert`, 1), csv.Config{SkipLines: 2}},
		"sep in a line":     {"sep=;\n" + titled[strings.IndexByte(titled, '\n')+1:], csv.Config{SkipLines: 2}},
		"longer than a row": {strings.Repeat("x", 1<<18) + titled, csv.Config{SkipLines: 2}},
	} {
		t.Run(name, func(t *testing.T) { one(t, tc.text, tc.conf, want) })
	}
	one(t, "old\n1,a\n2,b\n", csv.Config{SkipLines: 1, Header: "false"}, sourcetest.Want{Columns: []string{"column_1", "column_2"},
		Rows: []sourcetest.Row{row("a.csv:2", "1", "a"), row("a.csv:3", "2", "b")}})

	dir := write(t, map[string]string{"a.csv": "one\ntwo\n"})
	for n, want := range map[int]string{-1: "skip_lines: -1 is less than none", 2: "no lines but the 2 that skip_lines passes over", 9: "no lines but the 2 that"} {
		s, err := csv.New(csv.Config{Path: "a.csv", Dir: dir, SkipLines: n})
		if err == nil {
			_, err = s.Schema(t.Context())
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("skip_lines %d: %v, want %q", n, err, want)
		}
	}
}

// What stands above a header is told from a header of its own, and each is told in the log
// where it looks wrong, and only there.
func TestTitlesAreFound(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want int
		log  string
	}{
		"a line and a blank one":        {titled, 2, "skip_lines=2"},
		"a line alone":                  {"Ausstellerliste\nNr;Vorname;E-Mail\n1;Anna;a@example.com\n2;Ben;b@example.com\n", 1, "skip_lines=1"},
		"names that nobody knows":       {"Stand heute\n\nfoo,bar,baz\n1,2,3\n4,5,6\n", 2, "skip_lines=2"},
		"a sheet with its cells":        {"Ausstellerliste;;;\n;;;\nNr;Vorname;Nachname;E-Mail\n1;A;B;a@example.com\n2;C;D;c@example.com\n", 2, ""},
		"pairs":                         {"Messe;Heide 2026\nStand;1.1.2026\n\nNr;Vorname;Nachname;Ort;E-Mail\n1;A;B;C;a@example.com\n2;D;E;F;d@example.com\n", 3, "skip_lines=3"},
		"behind sep":                    {"sep=;\nListe\n\nNr;Vorname;E-Mail\n1;Anna;a@example.com\n2;Ben;b@example.com\n", 3, "skip_lines=3"},
		"a quote in it":                 {"Liste \"Heide\"\nNr;Vorname;E-Mail\n1;Anna;a@example.com\n2;Ben;b@example.com\n", 1, ""},
		"an ordinary header":            {"Nr;Vorname;E-Mail\n1;Anna;a@example.com\n", 0, ""},
		"sep":                           {"sep=;\nNr;Vorname;E-Mail\n1;Anna;a@example.com\n", 0, ""},
		"one column":                    {"Name\nAnna\nBen\n", 0, ""},
		"one column with commas":        {"Name\nWeber, Anna\nBraun, Ben\n", 0, ""},
		"one column with bare commas":   {"Name\nWeber,Anna\nBraun,Ben\n", 0, ""},
		"one column of whole addresses": {"Notiz\nAnna, Weber, Ort\nBen, Braun, Ort\n", 0, ""},
		"a header and no rows":          {"Nr;Vorname;E-Mail\n", 0, ""},
		"blank lines before the header": {"\n\nNr;Vorname;E-Mail\n1;Anna;a@example.com\n", 0, ""},
		"ragged rows":                   {"Nr;Vorname;E-Mail\n1;Anna\n2\n3;Ben\n", 0, ""},
		"a column without a name":       {";Vorname;E-Mail\n1;Anna;a@example.com\n2;Ben;b@example.com\n", 0, ""},
		"no header at all":              {"Liste\n1;Anna;a@example.com\n2;Ben;b@example.com\n", 0, "rows_have=;"},
		"text":                          {"A page of notes.\n\nIt says nothing, and that at length.\nThe end.\n", 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			s := open(t, csv.Config{Path: "a.csv", Dir: write(t, map[string]string{"a.csv": tc.text}), Log: slog.New(slog.NewTextHandler(&log, nil))})
			n, err := s.TitleLines(t.Context())
			if err != nil || n != tc.want {
				t.Errorf("%d lines, %v, want %d", n, err, tc.want)
			}
			_, err = s.Schema(t.Context())
			if tc.log != "" && (err != nil || !strings.Contains(log.String(), tc.log)) || tc.want == 0 && tc.log == "" && log.Len() > 0 {
				t.Errorf("logged was %q with %v, want %q", log.String(), err, tc.log)
			}
		})
	}
}

// A header that cannot be read, since a title stands above it, says so.
func TestUnclearHeaderNamesTheTitle(t *testing.T) {
	s := open(t, csv.Config{Path: "a.csv", Dir: write(t, map[string]string{"a.csv": "Liste;;\n\nNr;Vorname;E-Mail\n1;Anna;a@example.com\n2;Ben;b@example.com\n"})})
	if _, err := s.Schema(t.Context()); err == nil || !strings.Contains(err.Error(), "skip_lines: 2") {
		t.Errorf("the error is %v", err)
	}
}
