package pipeline

import (
	"bytes"
	"slices"
)

// Nearly all records of a nightly plan are as they should be. Those are found
// first, by comparing columns, so that everything else is done for the others
// alone.

// pairedColumns is a field of the model and its column in the target.
type pairedColumns struct {
	model, target int
	trimmed       bool // spaces around a text are no part of it
}

// pairColumns lists the fields in which a record must be equal to its record of
// the target to be settled. It is not ok where none is ever settled so.
func (d *differ) pairColumns() (pairs []pairedColumns, ok bool) {
	model := d.Match.Golden.Schema()
	for _, f := range d.fields {
		if f.ReadOnly {
			continue
		}
		if _, asked := d.Words[f.Name]; asked || model.Field(f.model).Type != f.Type {
			return nil, false
		}
		pairs = append(pairs, pairedColumns{f.model, f.target, f.Kind == KindEmail})
	}
	return pairs, true
}

// settleAlike counts the clusters whose record of the target holds all that they
// say, notes their new links, and returns the others, and how many of them become
// changes, which most do; 0 where nothing can be settled, since most of them may be as
// they should be all the same. It goes through the records as they lie in memory.
func (d *differ) settleAlike() (open []int32, changes int) {
	settled := make([]bool, len(d.Match.Clusters))
	pairs, ok := d.pairColumns()
	if !ok {
		return left(settled, len(settled)), 0
	}
	present := d.Present.Records
	order := d.Match.Golden.lying()
	alike := sideBySide(len(d.Match.Clusters), func(from, to int) (alike []int32) {
		alike = make([]int32, 0, to-from)
		for at := from; at < to; at++ {
			i := int32(at)
			if order != nil {
				i = order[at]
			}
			link := &d.Match.Links[i]
			if link.Target < 0 || link.Block != nil || d.Match.Clusters[i].Block != nil {
				continue
			}
			if sameColumns(pairs, d.Match.Golden.Record(int(i)), present.Record(int(link.Target))) {
				alike = append(alike, i)
			}
		}
		return alike
	})
	if len(d.Links) == 0 {
		d.out.Links = slices.Grow(d.out.Links, len(alike))
	}
	for _, i := range alike {
		d.unchanged(int(i), present.Record(int(d.Match.Links[i].Target)).ID())
		settled[i] = true
	}
	open = left(settled, len(settled)-len(alike))
	return open, len(open)
}

// left are the numbers of what is not settled, of which there are n.
func left(settled []bool, n int) []int32 {
	open := make([]int32, 0, n)
	for i, is := range settled {
		if !is {
			open = append(open, int32(i))
		}
	}
	return open
}

// sameColumns reports whether a record of the target holds all that a record says.
// It may report false for one that does.
func sameColumns(pairs []pairedColumns, golden, current Record) bool {
	for i := range pairs {
		if !pairs[i].same(golden, current) {
			return false
		}
	}
	return true
}

// same reports whether a field of the target's record holds what a record says of it.
// It may report false for one that does.
func (p *pairedColumns) same(golden, current Record) bool {
	want, have := golden.Batch.columns[p.model], current.Batch.columns[p.target]
	switch {
	case want.IsErase(golden.Row):
		return false
	case want.IsNull(golden.Row):
		return true // no opinion
	case have.IsNull(current.Row):
		return false
	case want.typ != String:
		return want.Value(golden.Row).Equal(have.Value(current.Row))
	}
	text := want.Bytes(golden.Row)
	return bytes.Equal(text, have.Bytes(current.Row)) && (!p.trimmed || len(text) == len(bytes.TrimSpace(text)))
}
