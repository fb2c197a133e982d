package csv_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/charmap"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sources/csv"
	"github.com/reconkit/reconkit/sources/sourcetest"
)

const null = sourcetest.Null

// write puts files into a new directory.
func write(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func open(t *testing.T, c csv.Config) *csv.Source {
	t.Helper()
	s, err := csv.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// run checks the contract of a source with this Config.
func run(t *testing.T, c csv.Config, want sourcetest.Want) {
	t.Helper()
	stdin := c.Stdin
	var text []byte
	if stdin != nil {
		var b bytes.Buffer
		if _, err := b.ReadFrom(stdin); err != nil {
			t.Fatal(err)
		}
		text = b.Bytes()
	}
	sourcetest.Run(t, func(t *testing.T, batchRows int) pipeline.Source {
		if stdin != nil {
			c.Stdin = iotest.OneByteReader(bytes.NewReader(text))
		}
		c.BatchRows = batchRows
		return open(t, c)
	}, want)
}

// row is an expected record of a.csv.
func row(origin string, cells ...string) sourcetest.Row {
	return sourcetest.Row{Origin: origin, Cells: cells}
}

// one reads the single file a.csv of this text with the Config.
func one(t *testing.T, text string, c csv.Config, want sourcetest.Want) {
	t.Helper()
	c.Dir, c.Path = write(t, map[string]string{"a.csv": text}), "a.csv"
	run(t, c, want)
}

func TestContract(t *testing.T) {
	one(t, "id,name,city\n1,Anna,Köln\n2,,\n3,\"Miller, John\",\"two\nlines\"\n4,x\n5,\"say \"\"hi\"\"\",z\n", csv.Config{Name: "people"}, sourcetest.Want{
		Columns: []string{"id", "name", "city"},
		Rows: []sourcetest.Row{
			row("a.csv:2", "1", "Anna", "Köln"),
			row("a.csv:3", "2", null, null),
			row("a.csv:4", "3", "Miller, John", "two\nlines"),
			row("a.csv:7", "5", `say "hi"`, "z"),
		},
		Rejects: []sourcetest.Reject{{Origin: "a.csv:6", Code: "csv-ragged-row", Cells: []string{"4", "x"}, Raw: "4,x"}},
	})
}

func TestForms(t *testing.T) {
	two := sourcetest.Want{Columns: []string{"id", "name"}, Rows: []sourcetest.Row{row("a.csv:2", "1", "Ä"), row("a.csv:3", "2", "b")}}
	latin := func(s string) string {
		out, err := charmap.Windows1252.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for name, tc := range map[string]struct {
		text string
		conf csv.Config
		want sourcetest.Want
	}{
		"LF":                      {"id,name\n1,Ä\n2,b\n", csv.Config{}, two},
		"CRLF":                    {"id,name\r\n1,Ä\r\n2,b\r\n", csv.Config{}, two},
		"lone CR":                 {"id,name\r1,Ä\r2,b\r", csv.Config{}, two},
		"no last line break":      {"id,name\n1,Ä\n2,b", csv.Config{}, two},
		"CR at the very end":      {"id,name\r\n1,Ä\r\n2,b\r", csv.Config{}, two},
		"UTF-8 with mark":         {"\ufeffid,name\n1,Ä\n2,b\n", csv.Config{}, two},
		"UTF-8 named, mark":       {"\ufeffid,name\n1,Ä\n2,b\n", csv.Config{Encoding: "UTF-8"}, two},
		"Windows-1252 detected":   {latin("id,name\n1,Ä\n2,b\n"), csv.Config{}, two},
		"Windows-1252 named":      {latin("id,name\n1,Ä\n2,b\n"), csv.Config{Encoding: "cp1252"}, two},
		"ISO-8859-1 named":        {latin("id,name\n1,Ä\n2,b\n"), csv.Config{Encoding: "ISO-8859-1"}, two},
		"UTF-16 LE with mark":     {wide("\ufeffid,name\n1,Ä\n2,b\n", 0), csv.Config{}, two},
		"UTF-16 BE with mark":     {wide("\ufeffid,name\n1,Ä\n2,b\n", 1), csv.Config{Encoding: "utf-16"}, two},
		"UTF-16 LE without mark":  {wide("id,name\r\n1,Ä\r\n2,b\r\n", 0), csv.Config{}, two},
		"UTF-16 BE named":         {wide("id,name\n1,Ä\n2,b\n", 1), csv.Config{Encoding: "utf-16be"}, two},
		"semicolon":               {"id;name\n1;Ä\n2;b\n", csv.Config{}, two},
		"tab":                     {"id\tname\n1\tÄ\n2\tb\n", csv.Config{}, two},
		"bar":                     {"id|name\n1|Ä\n2|b\n", csv.Config{}, two},
		"delimiter named":         {"id#name\n1#Ä\n2#b\n", csv.Config{Delimiter: "#"}, two},
		"sep line of Excel":       {"sep=#\r\nid#name\r\n1#Ä\r\n2#b\r\n", csv.Config{}, sourcetest.Want{Columns: two.Columns, Rows: []sourcetest.Row{row("a.csv:3", "1", "Ä"), row("a.csv:4", "2", "b")}}},
		"names trimmed":           {" id , name \n1,Ä\n2,b\n", csv.Config{}, two},
		"blank lines":             {"\n\r\nid,name\n\n1,Ä\n\r\n\n2,b\n\n", csv.Config{}, sourcetest.Want{Columns: two.Columns, Rows: []sourcetest.Row{row("a.csv:5", "1", "Ä"), row("a.csv:8", "2", "b")}}},
		"header only":             {"id,name", csv.Config{}, sourcetest.Want{Columns: two.Columns}},
		"header false":            {"1,Ä\n2,b\n", csv.Config{Header: "false"}, sourcetest.Want{Columns: []string{"column_1", "column_2"}, Rows: []sourcetest.Row{row("a.csv:1", "1", "Ä"), row("a.csv:2", "2", "b")}}},
		"header false, columns":   {"1,Ä\n2,b\n", csv.Config{Header: "false", Columns: []string{"n", "v"}}, sourcetest.Want{Columns: []string{"n", "v"}, Rows: []sourcetest.Row{row("a.csv:1", "1", "Ä"), row("a.csv:2", "2", "b")}}},
		"columns over a header":   {"x,x\n1,Ä\n2,b\n", csv.Config{Columns: []string{"id", "name"}}, two},
		"mended rejects":          {"id,reconkit_line,name,reconkit_reason\n1,9,Ä,bad\n2,9,b,\n", csv.Config{}, two},
		"mended rejects, renamed": {"x,name,reconkit_reason\n1,Ä,bad\n2,b,\n", csv.Config{Columns: []string{"id", "name"}}, two},
		"quoted header":           {"\"id\",\"na\"\"me\"\n1,Ä\n2,b\n", csv.Config{Columns: nil}, sourcetest.Want{Columns: []string{"id", `na"me`}, Rows: two.Rows}},
		"empty kept":              {"id,name\n1,\n2,\"\"\n", csv.Config{Empty: "keep"}, sourcetest.Want{Columns: two.Columns, Rows: []sourcetest.Row{row("a.csv:2", "1", ""), row("a.csv:3", "2", "")}}},
		"empty is null":           {"id,name\n1,\n2,\"\"\n", csv.Config{}, sourcetest.Want{Columns: two.Columns, Rows: []sourcetest.Row{row("a.csv:2", "1", null), row("a.csv:3", "2", null)}}},
		"decimal comma":           {"id;price\n1;1,50\n2;2,75\n", csv.Config{}, sourcetest.Want{Columns: []string{"id", "price"}, Rows: []sourcetest.Row{row("a.csv:2", "1", "1,50"), row("a.csv:3", "2", "2,75")}}},
		"name, first name; city":  {"Name, Vorname;Ort\nMüller, Anna;Köln\nSchulz;Bonn\n", csv.Config{}, sourcetest.Want{Columns: []string{"Name, Vorname", "Ort"}, Rows: []sourcetest.Row{row("a.csv:2", "Müller, Anna", "Köln"), row("a.csv:3", "Schulz", "Bonn")}}},
		"one column with commas":  {"Firma\n\"A\"\nMeyer, Sohn\nB\n", csv.Config{}, sourcetest.Want{Columns: []string{"Firma"}, Rows: []sourcetest.Row{row("a.csv:2", "A"), row("a.csv:3", "Meyer, Sohn"), row("a.csv:4", "B")}}},
		"NUL bytes":               {"id,name\n1,a\x00b\n2,b\n", csv.Config{}, sourcetest.Want{Columns: two.Columns, Rows: []sourcetest.Row{row("a.csv:2", "1", "a\x00b"), row("a.csv:3", "2", "b")}}},
		"CR inside a cell":        {"id,name\n1,a\rb\n2,b\n", csv.Config{}, sourcetest.Want{Columns: two.Columns, Rows: []sourcetest.Row{row("a.csv:2", "1", "a\rb"), row("a.csv:3", "2", "b")}}},
		"CRLF in quotes is LF":    {"id,name\r\n1,\"a\r\n\"\"b\r\"\r\n2,b\r\n", csv.Config{}, sourcetest.Want{Columns: two.Columns, Rows: []sourcetest.Row{row("a.csv:2", "1", "a\n\"b\r"), row("a.csv:4", "2", "b")}}},
		"quotes none":             {"id\tname\n1\t\"5 inch\n2\ta \"b\" c\n", csv.Config{Quotes: "none"}, sourcetest.Want{Columns: two.Columns, Rows: []sourcetest.Row{row("a.csv:2", "1", `"5 inch`), row("a.csv:3", "2", `a "b" c`)}}},
		"rows of nothing":         {"id,name\n,\n,\n", csv.Config{}, sourcetest.Want{Columns: two.Columns, Rows: []sourcetest.Row{row("a.csv:2", null, null), row("a.csv:3", null, null)}}},
	} {
		t.Run(name, func(t *testing.T) { one(t, tc.text, tc.conf, tc.want) })
	}
}

func TestCompressed(t *testing.T) {
	want := sourcetest.Want{Columns: []string{"id", "name"}, Rows: []sourcetest.Row{{Cells: []string{"1", "a"}}, {Cells: []string{"2", "b"}}}}
	text := "id,name\n1,a\n2,b\n"
	dir := write(t, map[string]string{"a.csv.gz": gzipped(t, text), "A.CSV.GZ": gzipped(t, text[:8]) + gzipped(t, text[8:]), "a.csv.zst": zstded(t, text)})
	for _, name := range []string{"a.csv.gz", "A.CSV.GZ", "a.csv.zst"} {
		t.Run(name, func(t *testing.T) { run(t, csv.Config{Dir: dir, Path: name}, want) })
	}
}

func gzipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func zstded(t testing.TB, text string) string {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	return string(z.EncodeAll([]byte(text), nil))
}

func TestStandardInput(t *testing.T) {
	run(t, csv.Config{Path: "-", Stdin: strings.NewReader("id,name\n1,a\n2,b\n")}, sourcetest.Want{
		Columns: []string{"id", "name"},
		Rows:    []sourcetest.Row{row("standard input:2", "1", "a"), row("standard input:3", "2", "b")},
	})
}

func TestGlob(t *testing.T) {
	dir := write(t, map[string]string{
		"d/b.csv": "\ufeffname;id\nB;2\n", "d/a.csv": "id,name\n1,A\n", "d/c.txt": "no", "d/c.csv/x": "a folder",
		"d/10.csv": "id,name\n10,X\nbad\n", "u/1.csv": "id,name\n1,A\n", "u/2.csv": "id,phone\n2,P\n"})
	t.Run("one header", func(t *testing.T) {
		run(t, csv.Config{Dir: dir, Path: "d/*.csv"}, sourcetest.Want{
			Columns: []string{"id", "name"},
			Rows:    []sourcetest.Row{row("d/10.csv:2", "10", "X"), row("d/a.csv:2", "1", "A"), row("d/b.csv:2", "2", "B")},
			Rejects: []sourcetest.Reject{{Origin: "d/10.csv:3", Code: "csv-ragged-row", Cells: []string{"bad"}, Raw: "bad"}},
		})
	})
	t.Run("union", func(t *testing.T) {
		run(t, csv.Config{Dir: dir, Path: "u/*.csv", Union: true, Empty: "keep"}, sourcetest.Want{
			Columns: []string{"id", "name", "phone"},
			Rows:    []sourcetest.Row{row("u/1.csv:2", "1", "A", null), row("u/2.csv:2", "2", null, "P")},
		})
	})
	t.Run("glob signs in the folder", func(t *testing.T) {
		dir := filepath.Join(write(t, map[string]string{"x[1]*/a.csv": "id\n1\n2\n"}), "x[1]*")
		run(t, csv.Config{Dir: dir, Path: "*.csv"}, sourcetest.Want{
			Columns: []string{"id"}, Rows: []sourcetest.Row{row("a.csv:2", "1"), row("a.csv:3", "2")}})
	})
	t.Run("brackets in a name", func(t *testing.T) {
		dir := write(t, map[string]string{"a[1].csv": "id\n1\n2\n"})
		run(t, csv.Config{Dir: dir, Path: "a[1].csv"}, sourcetest.Want{
			Columns: []string{"id"}, Rows: []sourcetest.Row{row("a[1].csv:2", "1"), row("a[1].csv:3", "2")}})
	})
}

func TestLongCell(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 1<<16) // 1 MiB
	quoted := strings.ReplaceAll(long, "9a", "\n\"\"")
	text := "id,name\n1," + long + "\n2,\"" + quoted[:len(quoted)/64] + "\"\n3,c\n"
	cell := strings.ReplaceAll(quoted[:len(quoted)/64], `""`, `"`)
	one(t, text, csv.Config{}, sourcetest.Want{Columns: []string{"id", "name"}, Rows: []sourcetest.Row{
		row("a.csv:2", "1", long), row("a.csv:3", "2", cell), {Cells: []string{"3", "c"}}}})
}

func TestErrors(t *testing.T) {
	dir := write(t, map[string]string{
		"empty.csv": "", "empty.csv.gz": "", "blank.csv": "\n\r\n\n", "mark.csv": "\ufeff", "dup.csv": "a,b,a,\n1,2,3,4\n", "quote.csv": "a,\"b\n1,2\n",
		"plain.csv.gz": "a,b\n", "zip.csv": "PK\x03\x04xx", "gz.csv": gzipped(t, "a\n"), "wide.csv": "\xff\xfea\x00", "utf32.csv": "\xff\xfe\x00\x00a\x00\x00\x00",
		"ours.csv": "reconkit_reason\nx\n", "h1.csv": "id,name\n", "h2.csv": "id,Name,x\n", "latin.csv": "id,M\xfcller\n", "folder/x.csv": "",
		"zero.csv": "a\x00,b\n", "cut.csv.gz": gzipped(t, "a,b\n1,2\n")[:5],
	})
	for name, tc := range map[string]struct {
		conf csv.Config
		want []string
	}{
		"no file":             {csv.Config{Path: "none.csv"}, []string{"read none.csv: ", "no such file"}},
		"no match":            {csv.Config{Path: "none*.csv"}, []string{"read none*.csv: no file matches in " + dir}},
		"bad glob":            {csv.Config{Path: "[.csv"}, []string{"read [.csv: the glob is not well formed"}},
		"directory":           {csv.Config{Path: "folder"}, []string{"read folder: it is a directory", "folder/*.csv"}},
		"empty":               {csv.Config{Path: "empty.csv"}, []string{"read empty.csv: the file is empty"}},
		"empty, compressed":   {csv.Config{Path: "empty.csv.gz"}, []string{"read empty.csv.gz: the file is empty"}},
		"blank":               {csv.Config{Path: "blank.csv"}, []string{"read blank.csv: the file is empty"}},
		"mark alone":          {csv.Config{Path: "mark.csv"}, []string{"read mark.csv: the file is empty"}},
		"empty, no header":    {csv.Config{Path: "empty.csv", Header: "false", Columns: []string{"a"}}, []string{"the file is empty"}},
		"unclear header":      {csv.Config{Path: "dup.csv"}, []string{"read dup.csv: the header is not clear", `columns 1 and 3 are both called "a"`, "column 4 has no name", "columns:"}},
		"quote in header":     {csv.Config{Path: "quote.csv"}, []string{"read quote.csv: the header cannot be read", "line 1"}},
		"columns, wrong size": {csv.Config{Path: "dup.csv", Columns: []string{"a", "b"}}, []string{"columns names 2 columns, but the header has 4"}},
		"not compressed":      {csv.Config{Path: "plain.csv.gz"}, []string{"read plain.csv.gz: its name ends in .gz, but it is not compressed"}},
		"header of gzip cut":  {csv.Config{Path: "cut.csv.gz"}, []string{"read cut.csv.gz: unexpected EOF"}},
		"Excel":               {csv.Config{Path: "zip.csv"}, []string{"read zip.csv: this is not a text file", "Excel"}},
		"gzip by content":     {csv.Config{Path: "gz.csv"}, []string{"must end in .gz"}},
		"mark against option": {csv.Config{Path: "wide.csv", Encoding: "utf-8"}, []string{"byte order mark of utf-16le", "encoding says utf-8"}},
		"UTF-32":              {csv.Config{Path: "utf32.csv"}, []string{"UTF-32"}},
		"only ours":           {csv.Config{Path: "ours.csv"}, []string{"no columns but those that begin with reconkit_"}},
		"headers differ":      {csv.Config{Path: "h*.csv"}, []string{"read h2.csv: its columns are not those of h1.csv", `it adds "Name", "x"`, `it lacks "name"`, "union: true"}},
		"header not UTF-8":    {csv.Config{Path: "latin.csv", Encoding: "utf-8"}, []string{"read latin.csv: the header is not valid utf-8", `M\xfcller`, "windows-1252"}},
		"zero bytes":          {csv.Config{Path: "zero.csv"}, []string{"read zero.csv: the header holds zero bytes", "utf-16"}},
	} {
		t.Run(name, func(t *testing.T) {
			tc.conf.Dir = dir
			sourcetest.RunError(t, func(t *testing.T, batchRows int) pipeline.Source {
				tc.conf.BatchRows = batchRows
				return open(t, tc.conf)
			}, tc.want...)
			if _, err := open(t, tc.conf).Schema(t.Context()); err == nil {
				t.Error("Schema: got no error")
			}
		})
	}
}

func TestUnreadable(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("the superuser reads every file")
	}
	dir := write(t, map[string]string{"a.csv": "id\n"})
	if err := os.Chmod(filepath.Join(dir, "a.csv"), 0); err != nil {
		t.Fatal(err)
	}
	_, err := open(t, csv.Config{Dir: dir, Path: "a.csv"}).Schema(t.Context())
	if err == nil || !strings.Contains(err.Error(), "read a.csv: permission denied") {
		t.Errorf("got error %v, want one that names the file and says that it may not be read", err)
	}
}

func TestNew(t *testing.T) {
	for name, tc := range map[string]struct {
		conf csv.Config
		want string
	}{
		"no path":           {csv.Config{}, "path:"},
		"no standard input": {csv.Config{Path: "-"}, "path:"},
		"delimiter":         {csv.Config{Path: "a", Delimiter: "::"}, "delimiter:"},
		"encoding":          {csv.Config{Path: "a", Encoding: "ebcdic"}, "encoding:"},
		"header":            {csv.Config{Path: "a", Header: "maybe"}, "header:"},
		"quotes":            {csv.Config{Path: "a", Quotes: "'"}, "quotes:"},
		"empty":             {csv.Config{Path: "a", Empty: "nil"}, "empty:"},
		"columns":           {csv.Config{Path: "a", Columns: []string{"a", "a"}}, "columns:"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := csv.New(tc.conf); err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("got error %v, want one that begins with %q", err, tc.want)
			}
		})
	}
}

// TestDamagedArchive damages a compressed file in its middle: the rows before
// the damage come, then an error that names the file and how far it read.
func TestDamagedArchive(t *testing.T) {
	var b strings.Builder
	b.WriteString("id,name\n")
	random := rand.New(rand.NewPCG(1, 2))
	for range 60_000 {
		fmt.Fprintf(&b, "%x,%d\n", random.Uint64(), random.IntN(1000))
	}
	for name, archive := range map[string]string{"a.csv.gz": gzipped(t, b.String()), "a.csv.zst": zstded(t, b.String())} {
		flipped := []byte(archive)
		for i := range 16 {
			flipped[len(flipped)*3/4+i] ^= 0x5a
		}
		for kind, text := range map[string]string{"cut": archive[:len(archive)*3/4], "damaged": string(flipped)} {
			t.Run(kind+" "+name, func(t *testing.T) {
				dir := write(t, map[string]string{name: text})
				n := 0
				var err error
				for batch, e := range open(t, csv.Config{Dir: dir, Path: name}).Read(t.Context()) {
					if err = e; e == nil {
						n += batch.Len()
					}
				}
				if err == nil {
					t.Fatal("got no error")
				}
				for _, part := range []string{"read " + name + ": ", "after line ", " bytes of text"} {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("got error %q, want it to hold %q", err, part)
					}
				}
				if n == 0 && kind == "cut" {
					t.Error("got no rows before the damage")
				}
			})
		}
	}
}

func TestStandardInputTooLongForTwice(t *testing.T) {
	line := strings.Repeat("x", 1<<16) + ",1\n"
	stdin := strings.NewReader("a,b\n" + strings.Repeat(line, 1200))
	s := open(t, csv.Config{Path: "-", Stdin: stdin})
	n := 0
	for b, err := range s.Read(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		n += b.Len()
	}
	if n != 1200 {
		t.Errorf("got %d rows, want 1200", n)
	}
	for _, err := range s.Read(t.Context()) {
		if err == nil || !strings.Contains(err.Error(), "read standard input: it is longer than 64 MiB") {
			t.Errorf("second reading: got error %v", err)
		}
	}
}

func TestProjectOfNothing(t *testing.T) {
	dir := write(t, map[string]string{"a.csv": "id,name\n1,a\n2,b\nbad\n"})
	part, err := open(t, csv.Config{Dir: dir, Path: "a.csv"}).Project(nil)
	if err != nil {
		t.Fatal(err)
	}
	rows, rejects := 0, 0
	for b, err := range part.Read(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		rows += b.Len()
		rejects += len(b.Rejects())
	}
	if rows != 2 || rejects != 1 {
		t.Errorf("got %d rows and %d rejects, want 2 and 1", rows, rejects)
	}
}

// All that is wrong with the options is told at once.
func TestAllWrongOptionsAreTold(t *testing.T) {
	_, err := csv.New(csv.Config{Path: "a.csv", Delimiter: "ab", Encoding: "klingon", Header: "maybe", Quotes: "odd", Empty: "?", SkipLines: -1, Columns: []string{"a", "a"}})
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("the error is %v", err)
	}
	for i, option := range []string{"delimiter: ", "encoding: ", "header: ", "quotes: ", "empty: ", "skip_lines: ", "columns: "} {
		if all := joined.Unwrap(); i >= len(all) || !strings.HasPrefix(all[i].Error(), option) {
			t.Errorf("number %d of %v is not about %s", i, all, option)
		}
	}
}
