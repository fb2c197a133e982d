package csv_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sources/csv"
	"github.com/reconkit/reconkit/sources/sourcetest"
)

// raw is an expected reject of a.csv that is kept as text.
func raw(origin, code, text string) sourcetest.Reject {
	return sourcetest.Reject{Origin: origin, Code: code, Raw: text}
}

// TestDamage shows what a damaged row takes with it: nothing that is sound.
func TestDamage(t *testing.T) {
	const unclosed, stray, ragged = "csv-unclosed-quote", "csv-stray-quote", "csv-ragged-row"
	for name, tc := range map[string]struct {
		text    string
		rows    []sourcetest.Row
		rejects []sourcetest.Reject
	}{
		"never closed, no quote after": {
			"id,name,city\n1,\"Foo,Berlin\n2,Bar,Kiel\n3,Baz,Ulm\n",
			[]sourcetest.Row{row("a.csv:3", "2", "Bar", "Kiel"), row("a.csv:4", "3", "Baz", "Ulm")},
			[]sourcetest.Reject{raw("a.csv:2", unclosed, `1,"Foo,Berlin`)},
		},
		"never closed, quoted cell after": {
			"id,name,city\n1,\"Foo,Berlin\n2,\"Bar, Sons\",Kiel\n3,Baz,\"Ulm\"\n",
			[]sourcetest.Row{row("a.csv:3", "2", "Bar, Sons", "Kiel"), row("a.csv:4", "3", "Baz", "Ulm")},
			[]sourcetest.Reject{raw("a.csv:2", unclosed, `1,"Foo,Berlin`)},
		},
		"never closed in the last cell of quoted rows": {
			"\"id\",\"name\"\n\"1\",\"Foo\n\"2\",\"Bar\"\n\"\",\"Baz\"\n",
			[]sourcetest.Row{row("a.csv:3", "2", "Bar"), row("a.csv:4", null, "Baz")},
			[]sourcetest.Reject{raw("a.csv:2", unclosed, `"1","Foo`)},
		},
		"never closed, empty quoted cells after": {
			"id,name,city\n1,\"Foo,Berlin\n2,\"\",\"\"\n3,\"\"\"Q\"\"\",Ulm\n",
			[]sourcetest.Row{row("a.csv:3", "2", null, null), row("a.csv:4", "3", `"Q"`, "Ulm")},
			[]sourcetest.Reject{raw("a.csv:2", unclosed, `1,"Foo,Berlin`)},
		},
		"seems to close at a cell that begins with the delimiter": {
			"id,name,city\n1,\"Foo,Berlin\n2,Bar,Kiel\n3,\",Baz\",Ulm\n4,x,y\n",
			[]sourcetest.Row{row("a.csv:3", "2", "Bar", "Kiel"), row("a.csv:4", "3", ",Baz", "Ulm"), row("a.csv:5", "4", "x", "y")},
			[]sourcetest.Reject{raw("a.csv:2", unclosed, `1,"Foo,Berlin`)},
		},
		"seems to close at a cell that begins with a line break": {
			"id,name\n1,\"Foo\n2,Bar\n3,\"\nBaz\"\n4,x\n",
			// From line 2 to the quote on line 4 all is one sound row of two
			// cells, which is believed.
			[]sourcetest.Row{row("a.csv:2", "1", "Foo\n2,Bar\n3,"), row("a.csv:6", "4", "x")},
			[]sourcetest.Reject{raw("a.csv:5", stray, `Baz"`)},
		},
		"closing quote doubled by mistake": {
			"id,name,city\n1,\"Foo\"\",Berlin\n2,\"Bar\",Kiel\n3,Baz,Ulm\n",
			[]sourcetest.Row{row("a.csv:3", "2", "Bar", "Kiel"), row("a.csv:4", "3", "Baz", "Ulm")},
			[]sourcetest.Reject{raw("a.csv:2", unclosed, `1,"Foo"",Berlin`)},
		},
		"quotes inside a quoted cell": {
			"id,name\n1,\"The \"Best\" GmbH\"\n2,Bar\n",
			[]sourcetest.Row{row("a.csv:3", "2", "Bar")},
			[]sourcetest.Reject{raw("a.csv:2", stray, `1,"The "Best" GmbH"`)},
		},
		"quote inside a plain cell": {
			"id,name\n1,5\" pipe\n2,Bar\n3, \"x\"\n",
			[]sourcetest.Row{row("a.csv:3", "2", "Bar")},
			[]sourcetest.Reject{raw("a.csv:2", stray, `1,5" pipe`), raw("a.csv:4", stray, `3, "x"`)},
		},
		"the last line of the file": {
			"id,name\n1,Foo\n2,\"Bar",
			[]sourcetest.Row{row("a.csv:2", "1", "Foo")},
			[]sourcetest.Reject{raw("a.csv:3", unclosed, `2,"Bar`)},
		},
		"a sound break before an unclosed quote": {
			"id,name,city\n1,\"two\nlines\",\"Kiel\n2,Bar,Ulm\n",
			[]sourcetest.Row{row("a.csv:4", "2", "Bar", "Ulm")},
			[]sourcetest.Reject{raw("a.csv:2", unclosed, "1,\"two\nlines\",\"Kiel")},
		},
		"a sound break in a row with a cell too many": {
			"id,name\n1,\"two, or\nthree, or\nfour lines\",x\n2,Bar\n",
			// Line 3 looks like a row of two cells, so that the quote of line 2
			// is taken as unclosed.
			[]sourcetest.Row{row("a.csv:3", "three", " or"), row("a.csv:5", "2", "Bar")},
			[]sourcetest.Reject{raw("a.csv:2", unclosed, `1,"two, or`), raw("a.csv:4", stray, `four lines",x`)},
		},
		"ragged over several lines": {
			"id,name,city\n1,\"two\nlines\",Kiel,x\n2,Bar,Ulm\n",
			[]sourcetest.Row{row("a.csv:4", "2", "Bar", "Ulm")},
			[]sourcetest.Reject{{Origin: "a.csv:2", Code: ragged, Cells: []string{"1", "two\nlines", "Kiel", "x"}, Raw: "1,\"two\nlines\",Kiel,x"}},
		},
		"ragged both ways": {
			"id,name,city\n1,a\n2,a,b,c\n3,a,b\n",
			[]sourcetest.Row{row("a.csv:4", "3", "a", "b")},
			[]sourcetest.Reject{{Origin: "a.csv:2", Code: ragged, Cells: []string{"1", "a"}, Raw: "1,a"}, {Origin: "a.csv:3", Code: ragged, Cells: []string{"2", "a", "b", "c"}, Raw: "2,a,b,c"}},
		},
		"ragged beside columns that are passed over": {
			"id,reconkit_line,name\n1,7,a,x\n2,7,b\n",
			[]sourcetest.Row{row("a.csv:3", "2", "b")},
			[]sourcetest.Reject{{Origin: "a.csv:2", Code: ragged, Cells: []string{"1", "a", "x"}, Raw: "1,7,a,x"}},
		},
		"every row damaged": {
			"id,name\n\"1,a\n\"2,b\n\"3,c\n", nil,
			[]sourcetest.Reject{raw("a.csv:2", unclosed, `"1,a`), raw("a.csv:3", unclosed, `"2,b`), raw("a.csv:4", unclosed, `"3,c`)},
		},
		"one column": {
			"name\n\"Foo\nBar\n\"Baz\"\n",
			[]sourcetest.Row{row("a.csv:3", "Bar"), row("a.csv:4", "Baz")},
			[]sourcetest.Reject{raw("a.csv:2", unclosed, `"Foo`)},
		},
		"damage with CRLF": {
			"id,name\r\n1,\"Foo\r\n2,Bar\r\n",
			[]sourcetest.Row{row("a.csv:3", "2", "Bar")},
			[]sourcetest.Reject{raw("a.csv:2", unclosed, `1,"Foo`)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			one(t, tc.text, csv.Config{Delimiter: ","}, sourcetest.Want{Columns: columnsOf(tc.text), Rows: tc.rows, Rejects: tc.rejects})
		})
	}
}

func columnsOf(text string) []string {
	header, _, _ := strings.Cut(text, "\n")
	var names []string
	for _, name := range strings.Split(strings.TrimSuffix(header, "\r"), ",") {
		if name = strings.Trim(name, `"`); !strings.HasPrefix(name, csv.ColumnPrefixIgnored) {
			names = append(names, name)
		}
	}
	return names
}

// TestDamageMessages checks that a person is told the line on which the quote
// opened, and what to do.
func TestDamageMessages(t *testing.T) {
	dir := write(t, map[string]string{"a.csv": "id,name,city\n1,a,b\n2,\"two\nlines\",\"open\n3,a,b,c\n4,\"x\"y,z\n", "utf8.csv": "id,name\n1,M\xfcller\n2,Ä\n3,Ö\n4,Ü\n5,ß\n"})
	var got []string
	for _, c := range []csv.Config{{Dir: dir, Path: "a.csv", Name: "people"}, {Dir: dir, Path: "utf8.csv"}} {
		for b, err := range open(t, c).Read(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range b.Rejects() {
				if r.Origin.Source != c.Name {
					t.Errorf("reject %s: got source %q, want %q", r.Origin, r.Origin.Source, c.Name)
				}
				got = append(got, r.Finding.String())
			}
		}
	}
	for i, parts := range [][]string{
		{"a.csv:3: ", "the quote that opens on line 4 does not close", "close the quote"},
		{"a.csv:5: ", "the row has 4 cells, the file has 3 columns", "quote the cell"},
		{"a.csv:6: ", "closing quote of a cell that opens on line 6", "quotes: none"},
		{"utf8.csv:2: ", `column "name" is not valid utf-8: M\xfcller`, "encoding: windows-1252"},
	} {
		if i >= len(got) {
			t.Fatalf("got %d findings, want 4: %q", len(got), got)
		}
		for _, part := range parts {
			if !strings.Contains(got[i], part) {
				t.Errorf("got finding %q, want it to hold %q", got[i], part)
			}
		}
	}
}

func TestInvalidText(t *testing.T) {
	const invalid = "csv-invalid-text"
	one(t, "id,name\n1,\xff\n2,b\n3,\xe4\xbd\n", csv.Config{Encoding: "utf-8"}, sourcetest.Want{
		Columns: []string{"id", "name"},
		Rows:    []sourcetest.Row{row("a.csv:3", "2", "b")},
		Rejects: []sourcetest.Reject{{Origin: "a.csv:2", Code: invalid, Cells: []string{"1", "\xff"}}, {Origin: "a.csv:4", Code: invalid, Cells: []string{"3", "\xe4\xbd"}}},
	})
	// Not named, but detected in spite of the damage.
	one(t, "id,name\n1,\xff\n2,Ä\n", csv.Config{}, sourcetest.Want{
		Columns: []string{"id", "name"}, Rows: []sourcetest.Row{row("a.csv:3", "2", "Ä")},
		Rejects: []sourcetest.Reject{{Origin: "a.csv:2", Code: invalid}},
	})
	// Also where the damage is more than the rest: the good row is not read as
	// "MÃ¼ller" in silence.
	one(t, "id,name\n1,\xff\xfe\x80\n2,Müller\n", csv.Config{}, sourcetest.Want{
		Columns: []string{"id", "name"}, Rows: []sourcetest.Row{row("a.csv:3", "2", "Müller")},
		Rejects: []sourcetest.Reject{{Origin: "a.csv:2", Code: invalid}},
	})
	// Text that is Windows-1252 but for one pair of letters stays that.
	one(t, "id,name\n1,\xc4\xd6\xdc\xe4\xf6\xfc\xdf\xe9\xe8 \xd6l\n2,MEN\xdc\x93\n", csv.Config{}, sourcetest.Want{
		Columns: []string{"id", "name"}, Rows: []sourcetest.Row{row("a.csv:2", "1", "ÄÖÜäöüßéè Öl"), row("a.csv:3", "2", "MENÜ“")},
	})
	// A half of a surrogate pair, and an odd byte at the end.
	one(t, "\xff\xfea\x00,\x00b\x00\n\x001\x00,\x00\x3d\xd8\n\x002\x00,\x00\x3d\xd8\x00\xde\n\x003\x00,\x00x", csv.Config{}, sourcetest.Want{
		Columns: []string{"a", "b"},
		Rows:    []sourcetest.Row{row("a.csv:3", "2", "😀")},
		Rejects: []sourcetest.Reject{{Origin: "a.csv:2", Code: invalid}, {Origin: "a.csv:4", Code: invalid}},
	})
}

// TestUnclosedQuoteFarFromTheNext leaves a quote open in files that go on for
// longer than a quoted cell may: no row after it is lost.
func TestUnclosedQuoteFarFromTheNext(t *testing.T) {
	const rows = 50_000
	sound := strings.Repeat("2,b,c\n", rows)
	for name, text := range map[string]string{
		"at the beginning": "id,name,city\n1,\"a,b\n" + sound,
		"in the middle":    "id,name,city\n" + sound[:len(sound)/2] + "1,\"a,b\n" + sound[len(sound)/2:],
		"at the end":       "id,name,city\n" + sound + "1,\"a,b\n",
		"before a quoted cell that looks like its end": "id,name,city\n1,\"a,b\n" + sound[:len(sound)-6] + "1,\",b\",c\n",
	} {
		t.Run(name, func(t *testing.T) {
			dir := write(t, map[string]string{"a.csv": text})
			n, rejects := count(t, open(t, csv.Config{Dir: dir, Path: "a.csv"}))
			if n != rows || rejects != 1 {
				t.Errorf("got %d rows and %d rejects, want %d and 1", n, rejects, rows)
			}
		})
	}
}

// TestManyUnclosedQuotes has an open quote on every line; the time it takes
// must grow with the size of the file, not with its square.
func TestManyUnclosedQuotes(t *testing.T) {
	const rows = 60_000
	for _, line := range []string{"1,\"a,b\n", "1,\"\"\"a,b\n", "\"\"\"\",\"a\"\",b\n"} {
		dir := write(t, map[string]string{"a.csv": "id,name,city\n" + strings.Repeat(line, rows)})
		n, rejects := count(t, open(t, csv.Config{Dir: dir, Path: "a.csv"}))
		if n != 0 || rejects != rows {
			t.Errorf("%q: got %d rows and %d rejects, want 0 and %d", line, n, rejects, rows)
		}
	}
}

func count(t *testing.T, s pipeline.Source) (rows, rejects int) {
	t.Helper()
	for b, err := range s.Read(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		rows += b.Len()
		rejects += len(b.Rejects())
	}
	return rows, rejects
}

// A byte that the encoding of the file does not know rejects its row: 0x81 is
// none in Windows-1252, and the ü of the DOS code page 850.
func TestBytesThatTheEncodingDoesNotKnow(t *testing.T) {
	for _, encoding := range []string{"windows-1252", "auto"} {
		t.Run(encoding, func(t *testing.T) {
			dir := t.TempDir()
			text := "name,town\nM\x81ller,Bonn\nGr\xfcn,Ulm\n"
			if err := os.WriteFile(filepath.Join(dir, "dos.csv"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := csv.New(csv.Config{Name: "s", Path: "dos.csv", Dir: dir, Encoding: encoding})
			if err != nil {
				t.Fatal(err)
			}
			rows, rejects := 0, 0
			for b, err := range s.Read(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				rows, rejects = rows+b.Len(), rejects+len(b.Rejects())
				for i := range b.Len() {
					if got := b.Value(i, 0).Str(); got != "Grün" {
						t.Errorf("row %d is %q", i, got)
					}
				}
				for _, r := range b.Rejects() {
					if r.Finding.Code != "csv-invalid-text" || r.Origin.Row != 2 {
						t.Errorf("reject %+v", r)
					}
				}
			}
			if rows != 1 || rejects != 1 {
				t.Errorf("%d rows and %d rejects, want 1 of each", rows, rejects)
			}
		})
	}
}
