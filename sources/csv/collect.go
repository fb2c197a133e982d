package csv

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"

	"github.com/reconkit/reconkit/pipeline"
)

// pieces is a file that is read piece by piece, in order.
type pieces interface {
	// next returns the next rows. An error, [io.EOF] at the end, comes with
	// the rows before it, which then fit into the room. The piece belongs to
	// the caller until it is handed to free.
	next(room room) (*piece, error)
	free(p *piece)
	// stop ends the reading and waits until nothing is under way.
	stop()
}

// readPart reads one file. It is not going on when the consumer has had enough, and
// the file is whole when its last line has an end.
func (s *Source) readPart(ctx context.Context, p part, schema *pipeline.Schema, m *pipeline.Memory, yield func(*pipeline.Batch, error) bool) (going, whole bool, err error) {
	t, err := s.open(ctx, p.file)
	if err != nil {
		return false, false, err
	}
	defer t.close()
	if !slices.Equal(t.names, p.names) {
		return false, false, errors.New("its header is no longer the one that was read first; run again once nobody writes the file")
	}
	going, err = s.readTable(ctx, t, p, schema, m, yield)
	return going, t.text.broken(), err
}

// readTable reads the rows of a file that is open.
func (s *Source) readTable(ctx context.Context, t *table, p part, schema *pipeline.Schema, m *pipeline.Memory, yield func(*pipeline.Batch, error) bool) (going bool, err error) {
	c := newCollector(ctx, s, t, p, schema)
	c.memory = m
	defer c.from.stop()
	defer c.report(s.opts.Log)
	for {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		end := c.collect()
		if end != nil && !errors.Is(end, io.EOF) {
			end = t.damage(end)
		}
		if !c.empty() {
			batch, err := c.batch()
			if err != nil {
				return false, err
			}
			if !yield(batch, nil) {
				return false, nil
			}
		}
		switch {
		case errors.Is(end, io.EOF):
			return true, nil
		case end != nil:
			return false, end
		}
	}
}

// collector makes batches of the rows of one file. Where it cuts depends on the
// rows alone, not on the pieces in which they come.
type collector struct {
	t       *table
	from    pieces
	source  string
	place   string
	schema  *pipeline.Schema
	memory  *pipeline.Memory
	rowsMax int
	keep    bool
	take    []int     // the cell of each column; -1: the file has no such column
	took    []float64 // bytes of each column for a row of the batch before; as usual where there was none

	piece *piece // the next rows; nil: they must be read first
	end   error  // what comes after the piece

	runs    []run // the rows of the batch
	rows    int   // their number
	rejects []pipeline.Reject
	bytes   int
	doubts  []int // lines of doubtful rows, the first few
	doubted int   // all of them
}

// run is some rows of a piece.
type run struct {
	*piece
	from, to int
}

// doubtsShownMax is the number of doubtful rows of a file whose lines are
// logged; the rest are counted.
const doubtsShownMax = 5

// report logs the rows that were believed although they look like several.
func (c *collector) report(log *slog.Logger) {
	if c.doubted > 0 {
		log.Warn("rows with a cell over several lines that all look like rows; is a quote missing?",
			"file", c.place, "rows", c.doubted, "first_lines", c.doubts)
	}
}

func newCollector(ctx context.Context, s *Source, t *table, p part, schema *pipeline.Schema) *collector {
	c := &collector{t: t, source: s.opts.Name, place: p.file.place, schema: schema,
		rowsMax: s.opts.BatchRows, keep: s.opts.keep, take: make([]int, schema.Len()), took: make([]float64, schema.Len())}
	for i, f := range schema.Fields() {
		c.take[i], c.took[i] = slices.Index(p.names, f.Name), cellBytesUsual
	}
	if t.waits || t.rows.cr {
		c.from = newSingles(t)
	} else {
		c.from = newLanes(ctx, s, t)
	}
	return c
}

func (c *collector) empty() bool { return c.rows == 0 && len(c.rejects) == 0 }

func (c *collector) room() room {
	return room{rows: c.rowsMax - c.rows, rejects: c.rowsMax - len(c.rejects), bytes: pipeline.BatchBytesMax - c.bytes}
}

// collect takes the rows of the next batch. After the last row it returns
// io.EOF; what it has collected until then is good, as with any other error.
func (c *collector) collect() error {
	for !c.room().none() {
		if c.piece == nil {
			c.piece, c.end = c.from.next(c.room())
		}
		if !c.accept(c.piece) {
			continue
		}
		if c.runs[len(c.runs)-1].from == c.runs[len(c.runs)-1].to {
			c.runs = c.runs[:len(c.runs)-1]
			c.from.free(c.piece)
		}
		c.piece = nil
		if c.end != nil {
			return c.end
		}
	}
	return nil
}

// accept takes rows and rejects of the piece until the batch is full. It
// reports whether it has taken all.
func (c *collector) accept(p *piece) (all bool) {
	from, room := p.rowsTaken, c.room()
	for all = false; !room.none(); {
		if k := p.rejectsTaken; k < len(p.rejects) && p.rejects[k].before == p.rowsTaken {
			w := p.rejects[k].row
			w.line += p.base
			w.quote += p.base
			c.rejects = append(c.rejects, c.reject(w))
			p.rejectsTaken++
			room.rejects--
			room.bytes -= len(w.raw)
			continue
		}
		if p.rowsTaken == len(p.sizes) {
			break
		}
		room.bytes -= int(p.sizes[p.rowsTaken])
		room.rows--
		p.rowsTaken++
	}
	for ; p.doubtsTaken < len(p.doubts) && p.doubts[p.doubtsTaken] < p.rowsTaken; p.doubtsTaken++ {
		c.doubted++
		if len(c.doubts) < doubtsShownMax {
			c.doubts = append(c.doubts, p.base+int(p.lines[p.doubts[p.doubtsTaken]]))
		}
	}
	c.runs = append(c.runs, run{piece: p, from: from, to: p.rowsTaken})
	c.rows += p.rowsTaken - from
	c.bytes = pipeline.BatchBytesMax - room.bytes
	return p.rowsTaken == len(p.sizes) && p.rejectsTaken == len(p.rejects)
}

// batch makes a batch of what was collected and starts the next one.
func (c *collector) batch() (*pipeline.Batch, error) {
	d := pipeline.BatchData{Schema: c.schema, Len: c.rows, Columns: make([]*pipeline.Column, len(c.take)),
		Source: c.source, Place: c.place, Rows: make([]int32, 0, c.rows), Rejects: c.rejects, Memory: c.memory}
	for _, r := range c.runs {
		for _, line := range r.lines[r.from:r.to] {
			d.Rows = append(d.Rows, int32(r.base)+line)
		}
	}
	c.columns(d.Columns)
	for _, r := range c.runs {
		if r.piece != c.piece {
			c.from.free(r.piece)
		}
	}
	clear(c.runs)
	c.runs, c.rows, c.rejects, c.bytes = c.runs[:0], 0, nil, 0
	return pipeline.NewBatch(d)
}

// rowsTogether is the number of rows whose cells are copied column by column:
// so few that their text stays in the nearest cache.
const rowsTogether = 64

// columns puts the columns of the batch together.
func (c *collector) columns(columns []*pipeline.Column) {
	builders := c.builders()
	quote := uint16(noQuote)
	if c.t.rows.quotes {
		quote = '"'
	}
	last := c.t.rows.width - 1
	for _, r := range c.runs {
		for rows := r.first[r.from:r.to]; len(rows) > 0; {
			n := min(len(rows), rowsTogether)
			for i, k := range c.take {
				if k >= 0 {
					text, offsets := builders[i].Texts()
					text, offsets = r.fill(text, offsets, rows[:n], k, r.crlf && k == last, quote)
					builders[i].Extend(text, offsets, !c.keep)
				}
			}
			rows = rows[n:]
		}
	}
	for i, b := range builders {
		c.took[i] = float64(b.Bytes()) / float64(max(1, c.rows))
		columns[i] = b.Finish()
	}
}

// cellBytesUsual is the length of a cell of a column of which nothing is known.
const cellBytesUsual = 16

// builders start the columns of the batch, with room for as much text as each
// had in the batch before and a little more. Together they take no more room than
// the rows have text: those of the batch before may have been much longer.
func (c *collector) builders() []*pipeline.ColumnBuilder {
	each := 0.0
	for i, k := range c.take {
		if k >= 0 {
			each += c.took[i]
		}
	}
	rows := float64(c.rows)
	if each*rows > float64(c.bytes) {
		rows = float64(c.bytes) / each
	}
	builders := make([]*pipeline.ColumnBuilder, len(c.take))
	for i, k := range c.take {
		b := c.memory.NewColumnBuilder(pipeline.String, c.rows)
		builders[i] = b
		if k >= 0 {
			b.GrowBytes(int(c.took[i]*rows*17/16) + 2*shortBytes)
			continue
		}
		for range c.rows {
			b.AppendNull()
		}
	}
	return builders
}
