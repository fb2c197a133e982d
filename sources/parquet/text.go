package parquet

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/apache/arrow/go/v15/parquet/schema"

	"github.com/reconkit/reconkit/pipeline"
)

// textChunk is a column chunk of plain text, which most columns are. Its
// pending rows lie as those of a column do, so that a batch takes them over
// without a copy.
type textChunk[T ~[]byte] struct {
	leaf
	reader  levelReader[T]
	pages   *pages
	defMax  int16
	unread  int64 // values that the chunk still has
	defs    []int16
	values  []T // decoded, and of some of them not yet in text
	levelAt int // of the first level that is not yet among the rows
	valueAt int

	text    []byte
	offsets []int32 // of the pending rows; empty, or one more than they are
	valid   []byte
	nulls   int
	long    map[int]*problem // values that are too long, by pending row
	hint    int              // bytes that the last batch took
}

// levelReader decodes levels and values: ReadBatch of one of Arrow's readers.
type levelReader[T any] struct {
	read   func(n int64, values []T, defs, reps []int16) (int64, int, error)
	failed func() error // why it stopped early
}

func newTextChunk[T ~[]byte](l leaf, r levelReader[T], s *schema.Column, p *pages) *textChunk[T] {
	p.returns = true
	return &textChunk[T]{leaf: l, reader: r, pages: p, defMax: s.MaxDefinitionLevel(), unread: p.left}
}

func (c *textChunk[T]) pending() int { return max(0, len(c.offsets)-1) }

func (c *textChunk[T]) size(rows int) int {
	if rows == 0 {
		return 0
	}
	return int(c.offsets[rows])
}

func (c *textChunk[T]) fill(rows int) error {
	if c.offsets == nil {
		c.offsets = make([]int32, 1, rows+1)
		c.valid = make([]byte, 0, (rows+7)/8)
		c.text = make([]byte, 0, c.hint+c.hint/8)
	}
	for c.pending() < rows {
		if len(c.text) >= pipeline.BatchBytesMax {
			return nil
		}
		if c.levelAt == len(c.defs) {
			if c.unread == 0 {
				return fmt.Errorf("it ends %d records too early", rows-c.pending())
			}
			if err := c.more(min(rows-c.pending(), levelsPerRead)); err != nil {
				return err
			}
		}
		c.lay(rows)
	}
	return nil
}

// more decodes up to n values more. All those before are in text.
func (c *textChunk[T]) more(n int) error {
	c.pages.passed()
	n = int(min(c.unread, int64(n)))
	c.defs, c.values = slices.Grow(c.defs[:0], n)[:n], slices.Grow(c.values[:0], n)[:n]
	c.levelAt, c.valueAt = 0, 0
	total, read, err := c.reader.read(int64(n), c.values, c.defs, nil)
	if err == nil {
		err = c.reader.failed()
	}
	switch {
	case err != nil:
		return err
	case total <= 0 || total > int64(n) || read < 0 || read > int(total):
		return fmt.Errorf("it ends %d values too early", c.unread)
	}
	c.unread -= total
	c.defs, c.values = c.defs[:total], c.values[:read]
	if c.defMax == 0 {
		clear(c.defs)
	}
	return checkLevels(c.defs, c.defMax, read)
}

// lay moves decoded values to the pending rows, until these are so many or take
// enough bytes.
func (c *textChunk[T]) lay(rows int) {
	row := c.pending()
	n := min(rows-row, len(c.defs)-c.levelAt)
	text, offsets, value := c.text, slices.Grow(c.offsets, n), c.valueAt
	for len(c.valid)*8 < row+n {
		c.valid = append(c.valid, 0)
	}
	for _, def := range c.defs[c.levelAt : c.levelAt+n] {
		if len(text) >= pipeline.BatchBytesMax {
			break
		}
		if def == c.defMax {
			v := c.values[value]
			value++
			if len(v) <= pipeline.ValueBytesMax {
				text = append(text, v...)
				c.valid[row>>3] |= 1 << (row & 7)
			} else {
				c.refuse(row, textProblem(v))
			}
		} else {
			c.nulls++
		}
		row++
		offsets = append(offsets, int32(len(text)))
	}
	c.levelAt += len(offsets) - len(c.offsets)
	c.text, c.offsets, c.valueAt = text, offsets, value
}

func (c *textChunk[T]) refuse(row int, p *problem) {
	if c.long == nil {
		c.long = map[int]*problem{}
	}
	c.long[row] = p
	c.nulls++
}

func (c *textChunk[T]) take(rows int, bad func(int, *problem)) (*pipeline.Column, error) {
	d := c.cut(rows)
	for row, p := range c.long {
		if row < rows {
			bad(row, p)
		}
	}
	c.long = shifted(c.long, rows)
	if isText(d.Bytes, d.Offsets) {
		return pipeline.NewColumn(d)
	}
	raw, err := pipeline.NewColumn(d)
	if err != nil {
		return nil, err
	}
	to := pipeline.NewColumnBuilder(pipeline.String, rows)
	for row := range rows {
		if raw.IsNull(row) {
			to.AppendNull()
			continue
		}
		if p := textProblem(raw.Bytes(row)); p != nil {
			to.AppendNull()
			bad(row, p)
			continue
		}
		to.AppendBytes(raw.Bytes(row))
	}
	return to.Finish(), nil
}

// isText reports whether every value is UTF-8. All of them together may be
// where one ends within a character and the next goes on; a value never begins
// there.
func isText(text []byte, offsets []int32) bool {
	for _, o := range offsets {
		if int(o) < len(text) && !utf8.RuneStart(text[o]) {
			return false
		}
	}
	return utf8.Valid(text)
}

// cut takes the first rows off those that are pending: all of them as they lie,
// fewer as copies.
func (c *textChunk[T]) cut(rows int) pipeline.ColumnData {
	d := pipeline.ColumnData{Type: pipeline.String, Len: rows, Bytes: c.text, Offsets: c.offsets, Valid: c.valid}
	if c.nulls == 0 {
		d.Valid = nil
	}
	if rows == c.pending() {
		// What is held for long does not hold much more than it shows.
		if cap(c.text)-len(c.text) > len(c.text)/4 {
			d.Bytes = bytes.Clone(c.text)
		}
		c.hint = len(c.text)
		c.text, c.offsets, c.valid, c.nulls = nil, nil, nil, 0
		return d
	}
	d.Bytes = bytes.Clone(c.text[:c.offsets[rows]])
	d.Offsets = slices.Clone(c.offsets[:rows+1])
	if d.Valid != nil {
		d.Valid = bytes.Clone(c.valid[:(rows+7)/8])
	}
	c.drop(rows)
	return d
}

// drop moves the pending rows behind the first ones to the front.
func (c *textChunk[T]) drop(rows int) {
	rest, from := c.pending()-rows, c.offsets[rows]
	valid := make([]byte, (rest+7)/8, (c.pending()+7)/8)
	c.nulls = 0
	for i := range rest {
		if bit := c.valid[(rows+i)>>3] >> ((rows + i) & 7) & 1; bit != 0 {
			valid[i>>3] |= 1 << (i & 7)
		} else {
			c.nulls++
		}
		c.offsets[i] = c.offsets[rows+i] - from
	}
	c.offsets[rest] = c.offsets[rows+rest] - from
	c.offsets, c.valid = c.offsets[:rest+1], valid
	c.text = c.text[:copy(c.text, c.text[from:])]
}

// shifted is the problems behind the first rows, by the rows that they then are.
func shifted(problems map[int]*problem, rows int) map[int]*problem {
	var rest map[int]*problem
	for row, p := range problems {
		if row >= rows {
			if rest == nil {
				rest = map[int]*problem{}
			}
			rest[row-rows] = p
		}
	}
	return rest
}

func (c *textChunk[T]) done() error {
	if left := c.unread + int64(len(c.defs)-c.levelAt+c.pending()); left > 0 {
		return fmt.Errorf("it holds more records than its row group: %d values are left", left)
	}
	c.pages.release()
	return nil
}
