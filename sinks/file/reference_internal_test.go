package file

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// What the encoders write is compared with what these write, value by value and
// byte by byte.

func plainString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}

func plainList(list []string) string {
	members := make([]string, len(list))
	for i, s := range list {
		members[i] = plainString(s)
	}
	return "[" + strings.Join(members, ",") + "]"
}

func plainJSON(v pipeline.Value) string {
	switch v.Type() {
	case pipeline.String:
		return plainString(v.Str())
	case pipeline.StringList:
		return plainList(v.List())
	case pipeline.Timestamp:
		return `"` + v.Time().Format(time.RFC3339Nano) + `"`
	case 0:
		return "null"
	}
	return v.String()
}

func plainLines(b *pipeline.Batch) string {
	var out strings.Builder
	for row := range b.Len() {
		var members []string
		for f, field := range b.Schema().Fields() {
			if v := b.Value(row, f); !v.IsNull() {
				members = append(members, plainString(field.Name)+":"+plainJSON(v))
			}
		}
		out.WriteString("{" + strings.Join(members, ",") + "}\n")
	}
	return out.String()
}

func plainCell(text string, delim byte, guard bool) string {
	if guard {
		text = diag.GuardFormulas(delim).Guarded(text)
	}
	if text != strings.Trim(text, " \t") || strings.HasPrefix(text, "\xef") || strings.ContainsAny(text, "\"\r\n"+string(delim)) {
		return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	return text
}

func plainCSV(b *pipeline.Batch, delim byte, guard bool, ending string) string {
	var out strings.Builder
	for row := range b.Len() {
		var line []string
		for f := range b.Schema().Len() {
			text := b.Value(row, f).String()
			switch v := b.Value(row, f); v.Type() {
			case pipeline.StringList:
				text = plainList(v.List())
			}
			line = append(line, plainCell(text, delim, guard))
		}
		if len(line) == 1 && line[0] == "" {
			line[0] = `""`
		}
		out.WriteString(strings.Join(line, string(delim)) + ending)
	}
	return out.String()
}

// drawText draws a text of what is hard: quotes, white space at the ends, what
// a spreadsheet or a terminal would run, letters of one to four bytes, and
// lengths around those of the fast ways.
func drawText(t *rapid.T) string {
	pieces := rapid.SampledFrom([]string{"a", "Berlin", "=cmd", "-", "+49", "@x", `"`, `\`, ",", ";", "\t", " ", "\r", "\n", "\r\n", "\x00", "\x1b[31m",
		"\x7f", "ü", "ß", "\ufeff", "\u2028", "\u2029", "\u202e", "€", "王", "😀", "0123456789abcdef0123456789abcdef"})
	return strings.Join(rapid.SliceOfN(pieces, 0, 12).Draw(t, "pieces"), "")
}

func drawFloat(t *rapid.T) float64 {
	cents := rapid.Map(rapid.Int64Range(-2e8, 2e8), func(i int64) float64 { return float64(i) / 100 })
	special := rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 0.1, 0.01, 0.005, -0.01, 999_999.99, 999_999.995, 1e6, -1e6, 100_000, 1e21, 1e-7, math.MaxFloat64, math.SmallestNonzeroFloat64})
	return rapid.OneOf(cents, special, rapid.Float64()).Draw(t, "float")
}

func drawMicros(t *rapid.T) int64 {
	return rapid.OneOf(rapid.Int64Range(rfc3339First, rfc3339Last), rapid.SampledFrom([]int64{rfc3339First, rfc3339Last, 0, -1, 1, 100_000, 951_782_400_000_000})).Draw(t, "micros")
}

func drawValue(t *rapid.T, typ pipeline.Type) pipeline.Value {
	switch rapid.IntRange(0, 6).Draw(t, "kind") {
	case 0:
		return pipeline.Null()
	case 1:
		return pipeline.Erase()
	}
	switch typ {
	case pipeline.String:
		return pipeline.StringValue(drawText(t))
	case pipeline.Int:
		return pipeline.IntValue(rapid.Int64().Draw(t, "int"))
	case pipeline.Float:
		return pipeline.FloatValue(drawFloat(t))
	case pipeline.Bool:
		return pipeline.BoolValue(rapid.Bool().Draw(t, "bool"))
	case pipeline.Timestamp:
		return pipeline.MicrosValue(drawMicros(t))
	}
	return pipeline.ListValue(rapid.SliceOfN(rapid.Custom(drawText), 0, 3).Draw(t, "list"))
}

func drawBatch(t *rapid.T) *pipeline.Batch {
	types := rapid.SampledFrom([]pipeline.Type{pipeline.String, pipeline.Int, pipeline.Float, pipeline.Bool, pipeline.Timestamp, pipeline.StringList})
	names := rapid.SampledFrom([]string{"email", "a \"name\"", "Straße", "a_very_long_name_of_a_field_over_32_bytes", "x,y"})
	var fields []pipeline.Field
	for i := range rapid.IntRange(1, 6).Draw(t, "fields") {
		fields = append(fields, pipeline.Field{Name: names.Draw(t, "name") + strconv.Itoa(i), Type: types.Draw(t, "type")})
	}
	build := pipeline.NewBuilder(pipeline.MustSchema(fields...), 0)
	for range rapid.IntRange(0, 30).Draw(t, "rows") {
		for i, f := range fields {
			build.Column(i).AppendValue(drawValue(t, f.Type))
		}
	}
	b, err := build.Finish(pipeline.BatchData{Source: "people"})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// drawDropped draws some of the rows of a batch.
func drawDropped(t *rapid.T, b *pipeline.Batch) []int32 {
	var dropped []int32
	for row := range b.Len() {
		if rapid.IntRange(0, 3).Draw(t, "drop") == 0 {
			dropped = append(dropped, int32(row))
		}
	}
	return dropped
}

func TestLinesAreThoseOfThePlainWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawBatch(t)
		dropped := drawDropped(t, b)
		got := newLineEncoder(b.Schema()).encode(nil, cellsOf(b, jsonSpecial), b.Len(), dropped)
		b = b.Without(dropped)
		if want := plainLines(b); string(got) != want {
			t.Fatalf("got\n%s\nwant\n%s", got, want)
		}
		lines := bytes.Split(got, []byte("\n"))
		for row := range b.Len() {
			sameMeaning(t, lines[row], b, row)
		}
	})
}

// sameMeaning reads a line with another package and compares what it holds.
func sameMeaning(t *rapid.T, line []byte, b *pipeline.Batch, row int) {
	var got map[string]json.RawMessage
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	for f, field := range b.Schema().Fields() {
		v, raw := b.Value(row, f), got[field.Name]
		if v.IsNull() {
			if raw != nil {
				t.Fatalf("%s: null field %q is there", line, field.Name)
			}
			continue
		}
		read, err := parseJSON(field.Type, raw)
		if v.IsErase() && string(raw) == "null" {
			continue
		}
		if err != nil || !read.Equal(v) {
			t.Fatalf("%s: field %q reads as %q, want %q (%v)", line, field.Name, read, v, err)
		}
	}
}

func TestCSVIsThatOfThePlainWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawBatch(t)
		delim := rapid.SampledFrom([]byte(",;\t|-.:e1T")).Draw(t, "delimiter")
		guard := rapid.Bool().Draw(t, "guard")
		ending := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "ending")
		form := newCSVForm(delim, ending, guard)
		dropped := drawDropped(t, b)
		got := form.encode(nil, cellsOf(b, form.special), b.Len(), dropped)
		b = b.Without(dropped)
		want := plainCSV(b, delim, guard, ending)
		if string(got) != want {
			t.Fatalf("got\n%q\nwant\n%q", got, want)
		}
		var out bytes.Buffer
		e := newCSVEncoder(&out, form)
		for row := range b.Len() {
			for f := range b.Schema().Len() {
				e.cell(appendText(nil, b.Value(row, f)))
			}
			if err := e.end(); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.flush(); err != nil || out.String() != want {
			t.Fatalf("cell by cell: got\n%q\nwant\n%q (%v)", out.String(), want, err)
		}
	})
}

func TestNumbersAreThoseOfTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFloat(t)
		if got, want := string(appendFloat(nil, f)), strconv.FormatFloat(f, 'g', -1, 64); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		at := rapid.OneOf(rapid.Int64(), rapid.Custom(drawMicros)).Draw(t, "any time")
		if got, want := string(appendTime(nil, at)), time.UnixMicro(at).UTC().Format(time.RFC3339Nano); got != want {
			t.Fatalf("%d: got %s, want %s", at, got, want)
		}
		year := time.UnixMicro(at).UTC().Year()
		if in := year >= 0 && year <= 9999; in != inRFC3339(at) {
			t.Fatalf("%d: the year %d is written: %t", at, year, !in)
		}
	})
}

// Each day of the years that are written, once.
func TestEveryDay(t *testing.T) {
	at := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	for day := 0; at.Year() <= 9999; day++ {
		year, month, d := civil(day)
		if year != at.Year() || month != int(at.Month()) || d != at.Day() {
			t.Fatalf("day %d: got %d-%d-%d, want %s", day, year, month, d, at)
		}
		at = at.AddDate(0, 0, 1)
	}
}

func TestScanSeesEveryByte(t *testing.T) {
	form := newCSVForm(';', "\n", false)
	for name, of := range map[string]struct {
		scan    *scanner
		special func(byte) bool
	}{
		"JSON":               {jsonSpecial, func(c byte) bool { return c < ' ' || c == '"' || c == '\\' || c == 0x7f || c == 0xe2 }},
		"CSV but for commas": {form.quotes, func(c byte) bool { return bytes.IndexByte([]byte("\"\r\n"), c) >= 0 }},
		"CSV":                {form.special, func(c byte) bool { return bytes.IndexByte([]byte(";\"\r\n"), c) >= 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				text := rapid.SliceOfN(rapid.OneOf(rapid.Byte(), rapid.ByteRange('a', 'z'), rapid.SampledFrom([]byte("\xe2\x7f\x1f\"\\ !][#;:<\r\n\x0c\x0e\x00\x80\xff"))), 0, 60).Draw(t, "text")
				want := marks(0)
				for _, c := range text {
					if c >= 0x80 {
						want |= markWide
					}
					if of.special(c) {
						want |= markSpecial
					}
				}
				if got := of.scan.scan(text); got != want {
					t.Fatalf("%q: got %b, want %b", text, got, want)
				}
			})
			// Each byte alone among letters, ASCII and not.
			for _, around := range []string{"abcdefghijklmnopqr", "\xc3\xa4bcdefgh\xc3\xa4jklmnopq"} {
				for c := range 256 {
					for at := range len(around) {
						text := []byte(around)
						text[at] = byte(c)
						if got := of.scan.scan(text)&markSpecial != 0; got != of.special(byte(c)) {
							t.Fatalf("%q: special is %v", text, got)
						}
					}
				}
			}
		})
	}
}

// The first value that a format cannot hold is found as when each is looked at.
func TestRefusedIsThePlainWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom([]format{formatCSV, formatJSONL, formatParquet}).Draw(t, "format")
		typ := rapid.SampledFrom([]pipeline.Type{pipeline.String, pipeline.StringList, pipeline.Float, pipeline.Timestamp, pipeline.Int}).Draw(t, "type")
		build := pipeline.NewColumnBuilder(typ, 0)
		cut := rapid.SampledFrom([]string{"a", "ä", "\xc3", "\xa4", "", "\xff", "0123456789", "€", "\xe2\x82"})
		for range rapid.IntRange(0, 12).Draw(t, "rows") {
			v := drawValue(t, typ)
			switch {
			case v.Empty():
			case typ == pipeline.String:
				v = pipeline.StringValue(cut.Draw(t, "text"))
			case typ == pipeline.StringList:
				v = pipeline.ListValue(rapid.SliceOfN(cut, 0, 3).Draw(t, "list"))
			case typ == pipeline.Float:
				v = pipeline.FloatValue(rapid.SampledFrom([]float64{1, 2.5, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64}).Draw(t, "float"))
			case typ == pipeline.Timestamp:
				v = pipeline.MicrosValue(rapid.SampledFrom([]int64{0, rfc3339First, rfc3339Last, rfc3339First - 1, rfc3339Last + 1, math.MinInt64, math.MaxInt64}).Draw(t, "micros"))
			}
			build.AppendValue(v)
		}
		c := build.Finish()
		wantRow, wantErr := -1, error(nil)
		for row := range c.Len() {
			if wantErr = refusal(f, c.Value(row)); wantErr != nil {
				wantRow = row
				break
			}
		}
		v := newCells(c, jsonSpecial)
		row, err := v.refused(f)
		if row != wantRow || fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Fatalf("got row %d, %v; want row %d, %v", row, err, wantRow, wantErr)
		}
	})
}

// plainVisible writes bytes that are not UTF-8 as \xNN.
func plainVisible(s string) string {
	var b strings.Builder
	for i, r := range s {
		if _, n := utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, `\x%02x`, s[i])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func TestRejectsAreThoseOfThePlainWay(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		anyText := rapid.OneOf(rapid.Custom(drawText), rapid.SampledFrom([]string{"", "M\xfcller", "\xe2\x80", "\xff,"}))
		columns := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"E-Mail", "a,b", "Straße", "c", "d", columnOrigin}), 1, 6, rapid.ID).Draw(t, "columns")
		var names, csvLines, jsonLines []string
		for _, c := range columns {
			if !ours(c) {
				names = append(names, c)
			}
		}
		names = append(names, columnReason, columnOrigin, columnRule, columnRaw)
		head := make([]string, len(names))
		for i, n := range names {
			head[i] = plainCell(n, ',', false)
		}
		csvLines = append(csvLines, strings.Join(head, ","))
		var rows []pipeline.Reject
		for range rapid.IntRange(0, 6).Draw(t, "rows") {
			r := pipeline.Reject{Origin: pipeline.Origin{Source: "crm", Place: "=crm.csv", Row: 3}, Columns: columns,
				Cells: rapid.SliceOfN(anyText, 0, 8).Draw(t, "cells"), Raw: anyText.Draw(t, "raw")}
			r.Finding.Message = anyText.Draw(t, "reason")
			r.Finding.Rule = anyText.Draw(t, "rule")
			for range rapid.SampledFrom([]int{0, 0, 1, pipeline.RejectAlsoMax + 2}).Draw(t, "others") {
				r.Also.Add(diag.Finding{Message: anyText.Draw(t, "other reason"), Rule: anyText.Draw(t, "other rule")})
			}
			rows = append(rows, r)
			csvLine, jsonLine := plainReject(r, names)
			csvLines, jsonLines = append(csvLines, csvLine), append(jsonLines, jsonLine)
		}
		want := map[string]string{".csv": strings.Join(csvLines, "\n") + "\n", ".jsonl": strings.Join(append(jsonLines, ""), "\n")}
		for ending, want := range want {
			path := filepath.Join(dir, "rejects"+ending)
			if got := keepRejects(t, path, columns, rows); got != want {
				t.Fatalf("%s: got\n%q\nwant\n%q", ending, got, want)
			}
		}
	})
}

// plainReject is a rejected row as a line of CSV and of JSON.
func plainReject(r pipeline.Reject, names []string) (csvLine, jsonLine string) {
	var cells, members []string
	for i, c := range r.Columns {
		switch {
		case ours(c):
		case i < len(r.Cells):
			cells = append(cells, r.Cells[i])
		default:
			cells = append(cells, "")
		}
	}
	raw := r.Raw
	if raw == "" && len(r.Cells) > len(r.Columns) {
		var all []string
		for _, c := range r.Cells {
			all = append(all, plainCell(c, ',', false))
		}
		raw = strings.Join(all, ",")
	}
	own := len(cells)
	reason, rule := r.Finding.Message, r.Finding.Rule
	for _, f := range r.Also.Findings {
		reason, rule = reason+"; "+f.Message, rule+"; "+f.Rule
	}
	if r.Also.Left > 0 {
		reason, rule = fmt.Sprintf("%s; %d more", reason, r.Also.Left), fmt.Sprintf("%s; %d more", rule, r.Also.Left)
	}
	cells = append(cells, reason, r.Origin.String(), rule, raw)
	line := make([]string, len(cells))
	for i, c := range cells {
		line[i] = plainCell(plainVisible(c), ',', i >= own)
		if c != "" {
			members = append(members, plainString(names[i])+":"+plainString(plainVisible(c)))
		}
	}
	return strings.Join(line, ","), "{" + strings.Join(members, ",") + "}"
}

func keepRejects(t *rapid.T, path string, columns []string, rows []pipeline.Reject) string {
	f, err := NewRejectsFile(path, columns, RejectsForm{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Abort()
	for _, r := range rows {
		if err := f.Reject("contacts", r); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}
