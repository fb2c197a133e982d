package sonderplan

import (
	"fmt"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// page is the rows of one page that were kept.
type page struct {
	batch   *pipeline.Batch
	stale   map[int]bool // records of which a newer version came later
	rejects []pipeline.Reject
}

// spot says where a contact was seen, by its uuid, and what became of it.
type spot struct {
	page    *page
	record  int // in the batch of the page, of one that is kept
	fate    fate
	updated int64
}

type fate uint8

const (
	kept     fate = iota + 1
	rejected      // it passes, and cannot be read
	left          // it does not pass, or is of the other type
	gone          // it says that it is deleted
)

// list collects the pages of one list. Of two versions of a contact it keeps
// the one that was updated later, or else came later.
type list struct {
	source *Source
	layout *layout
	typ    string
	bare   bool // rows are noted, no pages are made
	pages  []*page
	seen   map[string]spot
}

func (s *Source) newList(l *layout, typ string) *list {
	return &list{source: s, layout: l, typ: typ, seen: map[string]spot{}}
}

// newRoll is a list of who is there, without what they look like.
func (s *Source) newRoll(l *layout, typ string) *list {
	return &list{source: s, layout: l, typ: typ, bare: true, seen: map[string]spot{}}
}

// add keeps the rows of a page that pass the filter. It reports a batch that
// cannot be made, which is a fault of this package.
func (l *list) add(number int, rows []row) error {
	p := &page{stale: map[int]bool{}}
	b := l.source.newPageBuilder(number, len(rows))
	for i, r := range rows {
		f := l.fateOf(r)
		if !l.note(r, spot{page: p, record: b.data.Len, fate: f, updated: r.updated}) || l.bare {
			continue
		}
		switch f {
		case kept:
			b.append(r, i+1)
		case rejected:
			p.rejects = append(p.rejects, l.reject(r, number, i+1))
		}
	}
	if l.bare {
		return nil
	}
	var err error
	if p.batch, err = b.finish(); err != nil {
		return fmt.Errorf("page %d: %w", number, err)
	}
	l.pages = append(l.pages, p)
	return nil
}

// fateOf decides about a row by itself. One of which it cannot be said whether
// it passes is rejected, not left out.
func (l *list) fateOf(r row) fate {
	known := r.typ == typePerson || r.typ == typeOrganization
	switch {
	case r.deleted:
		return gone
	case !r.passes, known && r.typ != l.typ:
		return left
	case r.err != nil:
		return rejected
	default:
		return kept
	}
}

// note remembers where a contact stands; it returns false when a newer version
// is there already.
func (l *list) note(r row, at spot) bool {
	if r.uuid == "" {
		return true
	}
	before, twice := l.seen[r.uuid]
	if twice && before.updated > at.updated {
		return false
	}
	if twice && before.fate == kept {
		before.page.stale[before.record] = true
	}
	l.seen[r.uuid] = at
	return true
}

// has reports whether the list holds the contact, readable or not.
func (l *list) has(uuid string) bool {
	f := l.seen[uuid].fate
	return f == kept || f == rejected
}

// pageBuilder collects the kept rows of one page.
type pageBuilder struct {
	data       pipeline.BatchData
	columns    []*pipeline.ColumnBuilder
	ids, times *pipeline.ColumnBuilder
}

func (s *Source) newPageBuilder(number, rows int) *pageBuilder {
	b := &pageBuilder{
		data:  pipeline.BatchData{Schema: s.schema, Source: s.config.Name, Place: contactPath, Page: number},
		ids:   pipeline.NewColumnBuilder(pipeline.String, rows),
		times: pipeline.NewColumnBuilder(pipeline.Timestamp, rows),
	}
	for _, f := range s.schema.Fields() {
		b.columns = append(b.columns, pipeline.NewColumnBuilder(f.Type, rows))
	}
	return b
}

func (b *pageBuilder) append(r row, at int) {
	for i, v := range r.values {
		b.columns[i].AppendValue(v)
	}
	b.ids.AppendString(r.uuid)
	if r.updated > 0 {
		b.times.AppendInt(r.updated * microsPerSecond)
	} else {
		b.times.AppendNull()
	}
	b.data.Rows = append(b.data.Rows, int32(at))
	b.data.Len++
}

func (b *pageBuilder) finish() (*pipeline.Batch, error) {
	for _, c := range b.columns {
		b.data.Columns = append(b.data.Columns, c.Finish())
	}
	b.data.IDs, b.data.Times = b.ids.Finish(), b.times.Finish()
	return pipeline.NewBatch(b.data)
}

func (l *list) reject(r row, number, at int) pipeline.Reject {
	o := pipeline.Origin{Source: l.source.config.Name, Place: contactPath, Page: number, Row: at, ID: r.uuid}
	reject := pipeline.Reject{Origin: o, Columns: l.source.schema.Names(), Finding: diag.Finding{
		Severity: diag.Error, Code: "unreadable-contact", Message: r.err.Error(), Where: o.String(),
		Hint: "correct the contact in Sonderplan, or do not use the column"}}
	for i := range l.source.columns {
		cell := r.raw[baseSlots+i]
		if isNull(cell) {
			cell = nil
		}
		reject.Cells = append(reject.Cells, unquote(cell))
	}
	return reject
}

// batches cuts the page into batches of at most so many records. Its rejects
// travel with the first.
func (p *page) batches(size int) []*pipeline.Batch {
	var rows []int32
	for i := range p.batch.Len() {
		if !p.stale[i] {
			rows = append(rows, int32(i))
		}
	}
	if len(rows) == 0 && p.rejects == nil {
		return nil
	}
	var cut []*pipeline.Batch
	if len(rows) == p.batch.Len() && len(rows) <= size {
		cut = append(cut, p.batch)
	} else {
		for from := 0; from == 0 || from < len(rows); from += size {
			cut = append(cut, p.batch.Take(rows[from:min(len(rows), from+size)]))
		}
	}
	if p.rejects != nil {
		cut[0] = withRejects(cut[0], p.rejects)
	}
	return cut
}

// withRejects returns the batch with rejects; what was a batch stays one.
func withRejects(b *pipeline.Batch, rejects []pipeline.Reject) *pipeline.Batch {
	data := b.Data()
	data.Rejects = rejects
	same, err := pipeline.NewBatch(data)
	if err != nil {
		panic("sonderplan: a batch with rejects is no batch: " + err.Error())
	}
	return same
}
