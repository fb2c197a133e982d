package csv_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/reconkit/reconkit/sources/csv"
)

// wide writes a text as UTF-16 without a mark; low is the place of the low byte
// in each pair.
func wide(s string, low int) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		pair := [2]byte{byte(u >> 8), byte(u)}
		b = append(b, pair[1-low], pair[low])
	}
	return string(b)
}

// A zero byte that strayed into a file, however short, does not make UTF-16 of
// it: wherever it stands among the data, the cells are there.
func TestZeroByteInAShortFile(t *testing.T) {
	for _, text := range []string{"a,b\n1,2\n", "a,b\n12,3\n", "a;b\r\n1;2\r\n", "a,b\n1,2", "a,b\n1,2\n3,4\n", "ab,c\n1,2\n"} {
		data := strings.IndexByte(text, '\n') + 1
		for at := data; at <= len(text); at++ {
			broken := text[:at] + "\x00" + text[at:]
			dir := write(t, map[string]string{"a.csv": broken})
			schema, err := open(t, csv.Config{Dir: dir, Path: "a.csv"}).Schema(t.Context())
			if err != nil {
				t.Errorf("%q: %v", broken, err)
			} else if schema.Len() != 2 {
				t.Errorf("%q: columns %q", broken, schema.Names())
			}
		}
	}
}

// UTF-16 without a mark is seen in short files, too, also where letters have a
// line feed for their other byte.
func TestShortFilesOfUTF16(t *testing.T) {
	for _, text := range []string{"a,b\n1,2\n", "a,b\r\n1,2\r\n", "a,b,c", "日,月\n火,水\n", "ગુ,જ\nરા,ત\n", "ਪ,ਜ\r\nਬ,ੀ\r\n", "a;b\rc;d\r"} {
		for low := range 2 {
			dir := write(t, map[string]string{"a.csv": wide(text, low)})
			schema, err := open(t, csv.Config{Dir: dir, Path: "a.csv"}).Schema(t.Context())
			if err != nil {
				t.Errorf("%q, low byte at %d: %v", text, low, err)
				continue
			}
			header := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })[0]
			want := strings.FieldsFunc(header, func(r rune) bool { return r == ',' || r == ';' })
			if !slices.Equal(schema.Names(), want) {
				t.Errorf("%q, low byte at %d: columns %q", text, low, schema.Names())
			}
		}
	}
}
