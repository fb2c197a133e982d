package csv

import (
	"bytes"
	stdcsv "encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// plainRow is a row without views into buffers.
type plainRow struct {
	Line  int
	Cells []string // of a sound row
	Raw   string   // of any other
	Fault fault
	Quote int
}

// all reads every row, taking the number of cells from the first row; it stops
// there when that one is not sound.
func (r *rows) all(t testing.TB) []plainRow {
	t.Helper()
	var got []plainRow
	for {
		w, err := r.next()
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		p := plainRow{Line: w.line, Fault: w.fault}
		if w.fault != sound || r.ragged(w) {
			p.Raw = string(w.raw)
		}
		if w.fault != sound {
			p.Quote = w.quote
		} else {
			p.Cells = []string{}
			for _, c := range w.cells {
				p.Cells = append(p.Cells, string(r.text(w, c)))
			}
		}
		got = append(got, p)
		if len(got) == 1 {
			if w.fault != sound {
				return got
			}
			r.width = w.width
		}
	}
}

func comma() dialect { return dialect{delim: ',', quotes: true, limits: limitsDefault} }

// FuzzRows compares the rows with those of encoding/csv. They differ on
// purpose in this, and in nothing else:
//
//   - where encoding/csv ends with an error, a row is rejected and reading goes on;
//   - the limits of a row and of a quoted cell;
//   - a file whose only line breaks are CR, and its encoding, which are dealt
//     with before rows are cut.
//
// It also checks that the size of the buffer changes nothing, and that no
// reject covers a line that by itself begins a sound row.
func FuzzRows(f *testing.F) {
	for _, seed := range []string{
		"a,b\n1,2\n", "a,b\r\n1,\"x\r\ny\"\r\n", "a,b\n\"1,2\n3,4\n", "a,b\n1,\"x\"\"y\"\n", "a,b\n1,\"x\"y\n2,3\n", "a,b,c\n1,\"x\n2,y,z\n3,\",\",w\n",
		"a\n\n\r\n\"\"\n", "a,b\n1\n1,2,3\n", "a,b\n\"p\nq\",r,s\nt,u\n", "a,b\n1,x\r", "a,b\n1,\"x\"\r", "a\r\r\nb\r", "\"\",\"\"\n\"\"\"\",\"", "a,b\n1,\"2\n\n3,4\"\n",
		"a,b\n1,2345678901234567890,\n", "a,bcdefghijk\n\"lmnopqrstuvwxyz\n\",1\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<10 {
			t.Skip("what this checks takes the square of the length")
		}
		got := rowsOf(data, comma()).all(t)
		for _, size := range []int{1, 2, 7, 64} {
			small := &rows{dialect: comma(), src: iotest.HalfReader(bytes.NewReader(data)), buf: make([]byte, size), line: 1}
			if diff := cmp.Diff(got, small.all(t)); diff != "" {
				t.Fatalf("%q with a buffer of %d bytes (-whole +small):\n%s", data, size, diff)
			}
		}
		against(t, data, got)
		nothingLost(t, data, got)
	})
}

// against compares with encoding/csv up to its first error.
func against(t *testing.T, data []byte, got []plainRow) {
	t.Helper()
	r := stdcsv.NewReader(bytes.NewReader(data))
	for i := 0; ; i++ {
		want, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			if i != len(got) {
				t.Fatalf("%q: got %d rows, want %d", data, len(got), i)
			}
			return
		case i >= len(got):
			t.Fatalf("%q: got %d rows, want more: %q, %v", data, len(got), want, err)
		case err != nil:
			var parse *stdcsv.ParseError
			if !errors.As(err, &parse) {
				t.Fatal(err)
			}
			if got[i].Raw == "" && got[i].Fault == sound || got[i].Line != parse.StartLine {
				t.Fatalf("%q: got row %d as %+v, want a reject on line %d: %v", data, i, got[i], parse.StartLine, err)
			}
			return
		}
		line, _ := r.FieldPos(0)
		if got[i].Raw != "" || got[i].Line != line || !slices.Equal(got[i].Cells, want) {
			t.Fatalf("%q: got row %d as %+v, want %q of line %d", data, i, got[i], want, line)
		}
	}
}

// nothingLost reads each line inside a reject by itself with encoding/csv.
func nothingLost(t *testing.T, data []byte, got []plainRow) {
	t.Helper()
	if len(got) == 0 || got[0].Fault != sound || len(got[0].Cells) == 1 {
		return
	}
	width := len(got[0].Cells)
	lines := bytes.SplitAfter(data, []byte("\n"))
	for _, row := range got[1:] {
		for i := range strings.Count(row.Raw, "\n") {
			rest := bytes.Join(lines[row.Line+i:], nil)
			if blank(rest) {
				continue
			}
			cells, err := stdcsv.NewReader(bytes.NewReader(rest)).Read()
			if err == nil && len(cells) == width {
				t.Fatalf("%q: the reject of line %d covers the sound row %q", data, row.Line, cells)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	d := comma()
	d.limits = limits{rowBytes: 24, quotedBytes: 10, quotedLines: 2}
	for name, tc := range map[string]struct {
		text string
		want []plainRow
	}{
		"bytes of a quoted cell": {"a,b\n1,\"0123456789\"\n2,\"0123456789x\"\n3,c\n", []plainRow{
			{Line: 1, Cells: []string{"a", "b"}}, {Line: 2, Cells: []string{"1", "0123456789"}},
			{Line: 3, Raw: `2,"0123456789x"`, Fault: unclosed, Quote: 3}, {Line: 4, Cells: []string{"3", "c"}}}},
		"lines of a quoted cell": {"a,b\n1,\"\n\n\"\n2,\"\n\n\n\"\n3,c\n", []plainRow{
			{Line: 1, Cells: []string{"a", "b"}}, {Line: 2, Cells: []string{"1", "\n\n"}},
			{Line: 5, Raw: `2,"`, Fault: unclosed, Quote: 5}, {Line: 8, Raw: `"`, Fault: unclosed, Quote: 8}, {Line: 9, Cells: []string{"3", "c"}}}},
		"bytes of a row": {"a,b\n1,0123456789012345678,\n2,012345678901234567890\n2,0123456789012345678901\n3,c\n", []plainRow{
			{Line: 1, Cells: []string{"a", "b"}}, {Line: 2, Raw: "1,0123456789012345678,", Cells: []string{"1", "0123456789012345678", ""}},
			{Line: 3, Cells: []string{"2", "012345678901234567890"}},
			{Line: 4, Raw: "2,0123456789012345678901", Fault: oversized, Quote: 4}, {Line: 5, Cells: []string{"3", "c"}}}},
		"a row without an end": {"a,b\n" + strings.Repeat("x", 100), []plainRow{
			{Line: 1, Cells: []string{"a", "b"}}, {Line: 2, Raw: strings.Repeat("x", 100), Fault: oversized, Quote: 2}}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{1, 8, 1024} {
				r := &rows{dialect: d, src: strings.NewReader(tc.text), buf: make([]byte, size), line: 1}
				got := r.all(t)
				for i := range got { // how much an oversized row shows depends on the buffer
					if i < len(tc.want) && got[i].Fault == oversized && strings.HasPrefix(tc.want[i].Raw, got[i].Raw) {
						got[i].Raw = tc.want[i].Raw
					}
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("buffer of %d (-want +got):\n%s", size, diff)
				}
			}
		})
	}
}

func TestDoubt(t *testing.T) {
	r := rowsOf([]byte("a,b,c\n1,\"x,y\n2,x,y\n3,x,y\n4,x\",z\n5,\"a\nb\nc\nd\",e\n"), comma())
	r.width = 3
	var doubts []int
	for {
		w, err := r.next()
		if err != nil {
			break
		}
		if w.doubt {
			doubts = append(doubts, w.line)
		}
	}
	if diff := cmp.Diff([]int{2}, doubts); diff != "" {
		t.Errorf("lines of doubtful rows (-want +got):\n%s", diff)
	}
}

func TestReaderErrors(t *testing.T) {
	broken := errors.New("broken")
	for name, src := range map[string]io.Reader{
		"error":           io.MultiReader(strings.NewReader("a,b\n1,2\n3"), iotest.ErrReader(broken)),
		"data with error": iotest.DataErrReader(io.MultiReader(strings.NewReader("a,b\n1,2\n3"), iotest.ErrReader(broken))),
	} {
		t.Run(name, func(t *testing.T) {
			r := newRows(src, comma())
			n := 0
			var err error
			for {
				if _, err = r.next(); err != nil {
					break
				}
				n++
			}
			if n != 2 || !errors.Is(err, broken) {
				t.Errorf("got %d rows and error %v, want 2 and %v", n, err, broken)
			}
		})
	}
}
