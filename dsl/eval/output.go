package eval

import (
	"fmt"
	"slices"
	"sync/atomic"
	"unsafe"

	"github.com/reconkit/reconkit/pipeline"
)

// chunkRows is the number of rows that the programs of a group compute in turn.
// What they share is kept for so many rows, which stay in the processor's
// caches.
const chunkRows = 256

// output is the column of a program on its way.
type output struct {
	code   code
	texts  *texts // of a program whose values are texts
	others *pipeline.ColumnBuilder
	plain  func(string) bool // see plainOf; nil: not known
	failed []RowError
}

func (p *Program) output(b *pipeline.Batch) *output {
	o := &output{code: p.code, plain: p.plain}
	switch t := p.code.typ.plain(); {
	case t == 0 || t == pipeline.String:
		o.texts = newTexts(b, p.origin)
		o.texts.took = p.took
	default:
		o.others = pipeline.NewColumnBuilder(t, b.Len())
	}
	return o
}

// rows computes some rows. The first is that of the frame's chunk.
func (o *output) rows(f *frame, from, to int) {
	switch c := o.code; c.typ.kind {
	case kindText, kindNull:
		o.text(f, from, to, c.text)
	case kindRecord:
		o.text(f, from, to, func(f *frame) (string, state) {
			r, s := c.rec(f)
			if s != present {
				return "", s
			}
			return r.show(c.typ.fields), present
		})
	case kindInt, kindTime:
		fill(o, f, from, to, c.num, o.others.AppendInt)
	case kindFloat:
		fill(o, f, from, to, c.real, o.others.AppendFloat)
	case kindBool:
		fill(o, f, from, to, c.truth, o.others.AppendBool)
	case kindList:
		fill(o, f, from, to, c.list, func(l list) { o.others.AppendList(l.texts) })
	}
}

func (o *output) finish() *pipeline.Column {
	if o.texts != nil {
		return o.texts.finish()
	}
	return o.others.Finish()
}

var tooManyBytes = fmt.Sprintf("the results of this batch hold more than %d bytes", ColumnBytesMax)

func fill[T any](o *output, f *frame, from, to int, of eval[T], add func(T)) {
	out := o.others
	for row := from; row < to; row++ {
		f.begin(row)
		v, s := of(f)
		if out.Bytes() > ColumnBytesMax {
			f.fail(span{}, tooManyBytes)
		}
		switch {
		case f.failed:
			o.failed = append(o.failed, f.err)
			out.AppendNull()
		case s == present:
			add(v)
		case s == erased:
			out.AppendErase()
		default:
			out.AppendNull()
		}
	}
}

func (o *output) text(f *frame, from, to int, of eval[string]) {
	out := o.texts
	for row := from; row < to; row++ {
		if row += o.skips(row, to); row == to {
			break
		}
		f.begin(row)
		v, s := of(f)
		if len(out.bytes) > ColumnBytesMax {
			f.fail(span{}, tooManyBytes)
		}
		if f.failed {
			o.failed = append(o.failed, f.err)
			v, s = "", absent
		}
		out.add(row, v, s)
	}
}

// texts is a column of texts on its way. Most values are those of a column of
// the batch, its origin, as they are: runs of these are copied at once, and
// where every value is, the column is the origin itself.
type texts struct {
	n       int // rows of the batch
	memory  *pipeline.Memory
	offsets []int32
	bytes   []byte
	valid   []byte // nil: no nulls so far
	erase   []byte // nil: no erasures so far

	origin *pipeline.Column // nil: there is none
	same   int              // where the run of rows that are as in origin began; it lasts until now
	rows   int              // so far

	took *atomic.Int64 // see Program.took; nil: nobody asks
}

// newTexts starts a column for the rows of a batch. Its origin is the name of
// a column, or "".
func newTexts(b *pipeline.Batch, origin string) *texts {
	t := &texts{n: b.Len(), memory: b.Memory()}
	if c := b.ColumnOf(origin); origin != "" && c != nil && c.Type() == pipeline.String {
		t.origin = c
	}
	return t
}

// add adds the value of the next row.
func (t *texts) add(row int, v string, s state) {
	if t.origin != nil && t.asOrigin(row, v, s) {
		t.rows++
		return
	}
	t.flush()
	t.rows++
	t.same = t.rows
	if s == present {
		t.bytes = append(t.bytes, v...)
	} else {
		t.null(row, s == erased)
	}
	t.offsets = append(t.offsets, int32(len(t.bytes)))
}

// asOrigin reports that a value is that of the origin in the same memory.
func (t *texts) asOrigin(row int, v string, s state) bool {
	null := t.origin.IsNull(row)
	if s != present || null {
		return s != present && null && (s == erased) == t.origin.IsErase(row)
	}
	o := t.origin.Str(row)
	return len(v) == len(o) && (len(v) == 0 || unsafe.StringData(v) == unsafe.StringData(o))
}

// flush copies the run of rows that are as in the origin.
func (t *texts) flush() {
	if t.offsets == nil {
		t.offsets = append(t.memory.Offsets(t.n+1), 0)
		t.bytes = t.memory.Bytes(t.room())
	}
	if t.same == t.rows {
		return
	}
	text, ends := t.origin.Texts()
	first := ends[t.same]
	ends = ends[t.same+1 : t.rows+1]
	shift := int32(len(t.bytes)) - first
	t.bytes = append(t.bytes, text[first:ends[len(ends)-1]]...)
	at := len(t.offsets)
	t.offsets = slices.Grow(t.offsets, len(ends))[:at+len(ends)]
	to := t.offsets[at:]
	for i, end := range ends {
		to[i] = end + shift
	}
	for row := t.same; row < t.rows; row++ {
		if t.origin.IsNull(row) {
			t.null(row, t.origin.IsErase(row))
		}
	}
	t.same = t.rows
}

// textBytesUsual is room for a text whose length nothing is known of.
const textBytesUsual = 12

// room is for how many bytes of text there should be room: as many as the last
// column took for its rows and a little more, or, for the first one, as the
// origin has.
func (t *texts) room() int {
	if t.took != nil && t.took.Load() > 0 {
		each := min(t.took.Load(), 100*ResultBytesMax) * 17 / 16 // hundredths
		return int(min(int64(t.n)*each/100, roomBytesMax)) + textBytesUsual
	}
	room := textBytesUsual * (t.n + 1)
	if t.origin != nil {
		room = max(room, t.origin.Size()-4*t.n)
	}
	return room
}

// roomBytesMax bounds the room that is made before a text is there.
const roomBytesMax = 4 << 20 // bytes

// null marks a row as null. The bitmaps are made at the first one.
func (t *texts) null(row int, erase bool) {
	if t.valid == nil {
		t.valid = make([]byte, (t.n+7)/8)
		for i := range t.valid {
			t.valid[i] = 0xff
		}
	}
	t.valid[row>>3] &^= 1 << (row & 7)
	if erase {
		if t.erase == nil {
			t.erase = make([]byte, (t.n+7)/8)
		}
		t.erase[row>>3] |= 1 << (row & 7)
	}
}

func (t *texts) finish() *pipeline.Column {
	if t.origin != nil && t.offsets == nil && t.rows == t.n {
		return t.origin
	}
	t.flush()
	if t.took != nil && t.n > 0 {
		t.took.Store(int64(len(t.bytes)) * 100 / int64(t.n))
	}
	column, err := pipeline.NewColumn(pipeline.ColumnData{Type: pipeline.String, Len: t.n,
		Valid: t.valid, Erase: t.erase, Offsets: t.offsets, Bytes: t.bytes, Memory: t.memory})
	if err != nil {
		panic("eval: " + err.Error()) // the offsets were written here
	}
	return column
}
