package csv_test

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sources/csv"
)

// FuzzRead reads any bytes as a file: the outcome is rows and rejects of
// ascending lines, or an error; every value is valid UTF-8; the batch size
// changes nothing.
func FuzzRead(f *testing.F) {
	f.Add([]byte("id,name\n1,\"a\"\n2,\"b\n3,c,d\n"), true)
	f.Add([]byte("\xff\xfei\x00d\x00\n\x001\x00"), true)
	f.Add([]byte("id;n\xfcme\r1;\xe4\r"), true)
	f.Add([]byte("sep=|\r\n1|2\r\n"), false)
	f.Add([]byte("\xef\xbb\xbfa\tb\n\x00\t\xff\n"), false)
	f.Fuzz(func(t *testing.T, data []byte, header bool) {
		conf := csv.Config{Path: "-"}
		if !header {
			conf.Header = "false"
		}
		first, firstErr := outcome(t, conf, data, 1)
		second, secondErr := outcome(t, conf, data, 3)
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("batches of 1 and of 3 differ:\n%s", diff)
		}
		if (firstErr == nil) != (secondErr == nil) {
			t.Errorf("batches of 1 end in %v, batches of 3 in %v", firstErr, secondErr)
		}
	})
}

// outcome reads data and returns its rows and the findings of its rejects, as
// text, each behind its origin.
func outcome(t *testing.T, conf csv.Config, data []byte, batchRows int) (rows [2][]string, failed error) {
	t.Helper()
	conf.Stdin, conf.BatchRows = bytes.NewReader(data), batchRows
	last := [2]int{}
	note := func(kind int, o pipeline.Origin, texts ...string) {
		if o.Row <= last[kind] {
			t.Errorf("%s comes after line %d", o, last[kind])
		}
		last[kind] = o.Row
		rows[kind] = append(rows[kind], o.String())
		rows[kind] = append(rows[kind], texts...)
	}
	for b, err := range open(t, conf).Read(t.Context()) {
		if err != nil {
			return rows, err
		}
		for i := range b.Len() {
			cells := b.Cells(i)
			for _, c := range cells {
				if !utf8.ValidString(c) {
					t.Errorf("%s: %q is not valid UTF-8", b.Origin(i), c)
				}
			}
			note(0, b.Origin(i), cells...)
		}
		for _, r := range b.Rejects() {
			note(1, r.Origin, r.Finding.String(), r.Raw)
		}
	}
	return rows, nil
}
