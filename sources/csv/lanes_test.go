package csv

import (
	"bytes"
	"context"
	stdcsv "encoding/csv"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/pipeline"
)

// form is how a text is read in a test.
type form struct {
	dialect
	width   int
	keep    bool
	project []int // columns that are read; the last one is not in the file
	rows    int   // of a batch
	block   int   // bytes of a block
	workers int
	fails   bool // the text ends in an error
}

var errTest = errors.New("the disk is gone")

// batchText is a batch as it is compared.
type batchText struct {
	Rows    []string // line and cells
	Rejects []pipeline.Reject
}

// told is all that a reading says.
type told struct {
	Batches []batchText
	Log     string
	Error   string
}

// names of the columns of a text.
func (f form) names() []string {
	names := make([]string, f.width)
	for i := range names {
		names[i] = fmt.Sprintf("c%d", i)
	}
	return names
}

func (f form) schema(t testing.TB) *pipeline.Schema {
	t.Helper()
	var fields []pipeline.Field
	for _, k := range f.project {
		fields = append(fields, pipeline.Field{Name: fmt.Sprintf("c%d", k), Type: pipeline.String})
	}
	schema, err := pipeline.NewSchema(fields...)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// table is a file of the text, some of which has been read already.
func (f form) table(text string, sample int) *table {
	var src io.Reader = strings.NewReader(text)
	if f.fails {
		src = io.MultiReader(src, iotest.ErrReader(errTest))
	}
	r := newRows(src, f.dialect)
	r.width = f.width
	r.buf = make([]byte, 16)
	r.sample(sample)
	return &table{opened: &opened{Reader: src}, rows: r, charset: utf8Text, names: f.names()}
}

func (f form) source(log io.Writer) *Source {
	return &Source{opts: options{Config: Config{Name: "s", BatchRows: f.rows, Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}))}, keep: f.keep, quotes: f.quotes, blockBytes: f.block, workers: f.workers}}
}

// inLanes reads the text as Source.Read does.
func (f form) inLanes(t testing.TB, text string, sample int) told {
	t.Helper()
	var log bytes.Buffer
	var got told
	schema := f.schema(t)
	_, err := f.source(&log).readTable(context.Background(), f.table(text, sample), part{file: file{place: "a.csv"}, names: f.names()}, schema, nil,
		func(b *pipeline.Batch, err error) bool {
			batch := batchText{Rejects: b.Rejects()}
			for i := range b.Len() {
				values := make([]string, schema.Len())
				for k := range values {
					if values[k] = fmt.Sprintf("%q", b.Column(k).Str(i)); b.Column(k).IsNull(i) {
						values[k] = "null"
					}
				}
				batch.Rows = append(batch.Rows, fmt.Sprintf("%s %s", b.Origin(i), strings.Join(values, " ")))
			}
			got.Batches = append(got.Batches, batch)
			return true
		})
	if err != nil {
		got.Error = err.Error()
	}
	got.Log = log.String()
	return got
}

// oneByOne reads the text with nothing but rows, which is what the reading in
// lanes must come to.
func (f form) oneByOne(t testing.TB, text string) told {
	t.Helper()
	var log bytes.Buffer
	var want told
	table := f.table(text, 0)
	c := &collector{t: table, source: "s", place: "a.csv"}
	var batch batchText
	size := 0
	finish := func() {
		if len(batch.Rows)+len(batch.Rejects) > 0 {
			want.Batches = append(want.Batches, batch)
		}
		batch, size = batchText{}, 0
	}
	for {
		w, err := table.rows.next()
		if err != nil {
			finish()
			if err != io.EOF {
				want.Error = table.damage(err).Error()
			}
			break
		}
		size += len(w.raw)
		if w.fault != sound || table.rows.ragged(w) || !utf8.Valid(w.raw) {
			batch.Rejects = append(batch.Rejects, c.reject(w))
		} else {
			if w.doubt {
				if c.doubted++; c.doubted <= doubtsShownMax {
					c.doubts = append(c.doubts, w.line)
				}
			}
			values := make([]string, len(f.project))
			for i, k := range f.project {
				switch {
				case k >= f.width || w.cells[k].from == w.cells[k].to && !f.keep:
					values[i] = "null"
				default:
					values[i] = fmt.Sprintf("%q", table.rows.text(w, w.cells[k]))
				}
			}
			batch.Rows = append(batch.Rows, fmt.Sprintf("a.csv:%d %s", w.line, strings.Join(values, " ")))
		}
		if len(batch.Rows) == f.rows || len(batch.Rejects) == f.rows || size >= pipeline.BatchBytesMax {
			finish()
		}
	}
	c.report(f.source(&log).opts.Log)
	want.Log = log.String()
	return want
}

// same fails where the two ways of reading differ.
func (f form) same(t testing.TB, text string, sample int) {
	t.Helper()
	if diff := cmp.Diff(f.oneByOne(t, text), f.inLanes(t, text, sample)); diff != "" {
		t.Fatalf("%+v reads %q otherwise in blocks than row by row (-row by row +in blocks):\n%s", f, text, diff)
	}
}

// formOf makes a form of a number, so that a fuzzer reaches all.
func formOf(n uint64) form {
	take := func(of uint64) int {
		k := int(n % of)
		n /= of
		return k
	}
	f := form{dialect: dialect{delim: ",;\t|a"[take(5)], quotes: take(5) > 0, limits: limitsDefault}}
	f.width = 1 + take(4)
	f.keep, f.fails = take(2) == 1, take(4) == 1
	f.rows, f.block, f.workers = 1+take(5), 1+take(200), 1+take(3)
	if take(4) == 1 {
		f.limits.quotedBytes, f.limits.quotedLines = 40, 3
	}
	left := take(8)
	for k := range f.width + 1 {
		if k != left {
			f.project = append(f.project, k)
		}
	}
	return f
}

// plainForm is the number of a form of comma, quotes, width cells and blocks
// of so many bytes.
func plainForm(width, block uint64) uint64 {
	return 1*5 + (width-1)*25 + 2*25*4*2*4 + (block-1)*25*4*2*4*5
}

// FuzzLanes reads any text in short blocks and row by row; nothing may differ,
// batches, lines, rejects, warnings and errors included.
func FuzzLanes(f *testing.F) {
	for _, text := range laneTexts {
		for _, block := range []uint64{1, 7, 16, 100} {
			f.Add([]byte(text), plainForm(3, block), byte(0))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, n uint64, sample byte) {
		formOf(n).same(t, string(text), int(sample))
	})
}

// laneTexts are texts of three cells a row that a block may cut anywhere.
var laneTexts = []string{
	"1,a,b\n2,\"c\",\"d\n\"\"e\"\"\"\n\n3,,\n",
	"1,a,b\r\n2,\"c\",\"d\r\ne\"\r\n\r\n\r\n3,,\"\"\r\n\r",
	"1,\"open,b\n2,c,d\n3,\"e,f\",g\n4,h,i\n",
	"1,5\" pipe,b\n2,c,d\n3,\"x\"y,f\n4,h,i\n",
	"1,a\n2,a,b,c\n3,\"a\nb\",c,d\n4,e,f\n",
	"1,\"a\n2,b,c\n3,d,e\n4,f,g\n5,\",h\n6,i,j\n",
	"1,\xff,b\n2,M\xc3\xbcller,\xe4\xb8\xad\n3,\xc3,d\n",
	"\n\n\n1,a,b\n\n\n2,c,d\n\n\n3,e,f",
	"1,\"a\n\n\n\n\n\nb\",c\n2,,\n",
	"1,\"" + strings.Repeat("long \"\" text\n", 30) + "\",c\n2,,\n3,4,5\n",
	"1,\"a\n2,b,c\n3,d,e\n4\",x,y,z\n5,f,g\n",
	"1,a\"b\",c\n2,d,e\n",
	"1,a,\"b\"\r\r\n2,c,d\r\r\n3,e,\"f\"\r",
}

// TestLanesCutAnywhere cuts each text behind every byte.
func TestLanesCutAnywhere(t *testing.T) {
	defer goleak.VerifyNone(t)
	for _, text := range laneTexts {
		for block := range uint64(len(text)) + 1 {
			f := formOf(plainForm(3, block+1))
			f.same(t, text, 0)
			f.fails = true
			f.same(t, text, int(block))
			f.limits.quotedBytes, f.limits.quotedLines = 40, 3
			f.same(t, text, 0)
		}
	}
}

// TestLanesAtAnyPlace moves each text so that each of its bytes once begins a
// strip.
func TestLanesAtAnyPlace(t *testing.T) {
	for _, text := range laneTexts {
		for pad := range strip {
			f := formOf(plainForm(3, 200))
			f.block = 1 << 12
			f.same(t, strings.Repeat("x", pad)+",,\n"+text+text, 0)
			f.limits.quotedLines = 3
			f.same(t, strings.Repeat("x", pad)+",,\n"+text, 0)
		}
	}
}

// TestLanesOnAnyText makes texts of the marks that matter.
func TestLanesOnAnyText(t *testing.T) {
	defer goleak.VerifyNone(t)
	word := rapid.SampledFrom([]string{",", ",", ",", "\n", "\n", "\r\n", "\"", "\"", "\"\"", "\",\"", "\"\n", ",\"", "a", "bc", "déf", "long text of a cell that takes more than one strip of marks", "\xff", "\r"})
	rapid.Check(t, func(rt *rapid.T) {
		text := strings.Join(rapid.SliceOfN(word, 0, 150).Draw(rt, "words"), "")
		f := formOf(rapid.Uint64Range(0, math.MaxInt64).Draw(rt, "form"))
		f.delim = ','
		want := f.oneByOne(t, text)
		if diff := cmp.Diff(want, f.inLanes(t, text, rapid.IntRange(0, 40).Draw(rt, "sample"))); diff != "" {
			rt.Fatalf("%+v reads %q otherwise in blocks than row by row:\n%s", f, text, diff)
		}
	})
}

// FuzzLanesAgainstStandard reads what encoding/csv reads without an error, and
// finds the same cells, carriage returns included.
func FuzzLanesAgainstStandard(f *testing.F) {
	for _, text := range laneTexts {
		f.Add([]byte(text), byte(9))
	}
	f.Fuzz(func(t *testing.T, text []byte, block byte) {
		if !utf8.Valid(text) {
			return
		}
		r := stdcsv.NewReader(bytes.NewReader(text))
		records, err := r.ReadAll()
		if err != nil || len(records) == 0 {
			return
		}
		form := form{dialect: comma(), width: len(records[0]), keep: true, rows: 3, block: int(block) + 1, workers: 2}
		for k := range form.width {
			form.project = append(form.project, k)
		}
		var got []string
		for _, b := range form.inLanes(t, string(text), 0).Batches {
			got = append(got, b.Rows...)
			if len(b.Rejects) > 0 {
				t.Errorf("%q: %s", text, b.Rejects[0].Finding)
			}
		}
		if len(got) != len(records) {
			t.Fatalf("%q: got %d rows, want %d", text, len(got), len(records))
		}
		for i, record := range records {
			for k := range record {
				record[k] = fmt.Sprintf("%q", record[k])
			}
			if want := " " + strings.Join(record, " "); !strings.HasSuffix(got[i], want) {
				t.Errorf("%q: got row %s, want cells%s", text, got[i], want)
			}
		}
	})
}

// TestMasks finds the marks of any strip as one does byte by byte.
func TestMasks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom([]byte(",\n\"\r;")), rapid.Byte()), strip, strip).Draw(t, "strip")
		var ends, feeds, quotes uint64
		for i, c := range b {
			bit := uint64(1) << i
			switch c {
			case ';':
				ends |= bit
			case '\n':
				ends |= bit
				feeds |= bit
			case '"':
				quotes |= bit
			}
		}
		gotEnds, gotFeeds, gotQuotes, ascii := masks((*[strip]byte)(b), ';'*ones)
		if gotEnds != ends || gotFeeds != feeds || gotQuotes != quotes {
			t.Fatalf("%q: got ends %b, line feeds %b, quotes %b, want %b, %b, %b", b, gotEnds, gotFeeds, gotQuotes, ends, feeds, quotes)
		}
		if want := !bytes.ContainsFunc(b, func(r rune) bool { return r >= utf8.RuneSelf }); ascii != want {
			t.Fatalf("%q: ASCII is %v, want %v", b, ascii, want)
		}
	})
}

// countingReader counts what was read.
type countingReader struct {
	io.Reader
	read int
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.read += n
	return n, err
}

// TestLanesEndEarly leaves an iteration at each batch, by breaking off and by
// cancelling: no goroutine stays, and the file is not read to its end.
func TestLanesEndEarly(t *testing.T) {
	defer goleak.VerifyNone(t)
	text := strings.Repeat("1,a,b\n2,\"c\",\"d\"\n3,\"open,e\n", 5_000)
	f := formOf(plainForm(3, 64))
	f.rows, f.workers = 50, 3
	for stopAt := range 8 {
		for _, cancels := range []bool{false, true} {
			ctx, cancel := context.WithCancel(t.Context())
			table := f.table(text, 0)
			src := &countingReader{Reader: table.rows.src}
			table.rows.src = checked{ctx, src}
			batches := 0
			_, err := f.source(io.Discard).readTable(ctx, table, part{file: file{place: "a.csv"}, names: f.names()}, f.schema(t), nil,
				func(*pipeline.Batch, error) bool {
					if batches++; batches > stopAt && cancels {
						cancel()
					}
					return batches <= stopAt || cancels
				})
			cancel()
			if batches != stopAt+1 {
				t.Errorf("got %d batches, want %d", batches, stopAt+1)
			}
			if cancels != errors.Is(err, context.Canceled) {
				t.Errorf("cancelled: %t, got error %v", cancels, err)
			}
			if src.read > len(text)/2 {
				t.Errorf("%d of %d bytes were read for %d batches", src.read, len(text), batches)
			}
		}
	}
}

// TestLanesGoOn puts a row that is broken, torn over many blocks or of doubtful
// quotes into the middle of a file: the blocks behind it are used again.
func TestLanesGoOn(t *testing.T) {
	sound := strings.Repeat("1,\"a, b\",c\n2,d,e\n", 400)
	for _, broken := range []string{"3,x\n", "3,5\" pipe,x\n", "3,\"open,x\n", "3,\xff,x\n", "3,\"" + strings.Repeat("long\n", 300) + "\",x\n", "\n\n\r\n"} {
		f := formOf(plainForm(3, 200))
		table := f.table(sound+broken+sound, 0)
		c := newCollector(t.Context(), f.source(io.Discard), table, part{names: f.names()}, f.schema(t))
		for c.collect() == nil {
			if _, err := c.batch(); err != nil {
				t.Fatal(err)
			}
			if l := c.from.(*lanes); table.rows.read > int64(len(sound)+len(broken)+len(sound)/2) && l.slow && l.end == nil {
				t.Fatalf("%q: the rows at byte %d are still read one by one", broken, table.rows.read)
			}
		}
		c.from.stop()
	}
}

// BenchmarkMarks finds the marks of one block of short cells.
func BenchmarkMarks(b *testing.B) {
	text := []byte(strings.Repeat("4711,Erika Musterfrau,,erika@example.com,\"Meyer, Sohn\",2026-01-31,10115,Berlin,,,17.50\n", 3000))
	d, g := comma(), grid{}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		g.ends = g.ends[:0]
		if stop := g.find(&d, text, 0); stop != len(text) {
			b.Fatalf("stopped at %d", stop)
		}
	}
}
