package pipeline

import (
	"context"
	"slices"
	"time"
)

// Looker is a target that shows single records by id, each for a request. Where
// few records are in doubt and a whole list takes more requests, an apply looks at
// those alone.
type Looker interface {
	// ByID reports whether a change is written by the id of its record, so that
	// nothing but that record must be looked at before it is sent.
	ByID(ch Change) bool
	// Look reads records by id, each once. One that is gone is left out. Records
	// are shown as [PresentReader] shows them, or there is an error, beside which only
	// the requests count, if anything is given; the evidence says nothing.
	Look(ctx context.Context, ids []string) (*Present, error)
}

// reread reads what the given changes rest on: their records alone where that
// takes fewer requests than the whole list, else the list.
func (a *applier) reread(ctx context.Context, present *presentIndex, changes []*Change) (*presentIndex, error) {
	ids := a.lookable(present, changes)
	if len(ids) == 0 {
		return a.read(ctx)
	}
	looked, err := a.lookAt(ctx, a.target.(Looker), ids)
	if err != nil {
		a.opt.Log.Debug("look at single records", "target", a.binding.Identity, "error", err)
		return a.read(ctx)
	}
	if looked.Records.Len() != len(ids) {
		return a.read(ctx) // a record that is gone is a matter for the whole list
	}
	return present.with(looked, a.target.Keys()), nil
}

// lookAt looks at records by id, and counts the requests also where it fails.
func (a *applier) lookAt(ctx context.Context, looker Looker, ids []string) (*Present, error) {
	asked, ctx := a.opt.Now(), roomFor(ctx, len(ids))
	looked, err := looker.Look(ctx, ids)
	if looked != nil {
		looked.ReadAt = readSince(ctx, asked, looked.ReadAt)
		a.result.Requests += looked.Requests
	}
	return looked, err
}

// lookable are the records of the given changes, when looking at them is enough
// and takes fewer requests than the list last did.
func (a *applier) lookable(present *presentIndex, changes []*Change) (ids []string) {
	looker, ok := a.target.(Looker)
	if !ok || a.doubtful || len(a.doubted) > 0 {
		return nil
	}
	for _, ch := range changes {
		changesKey := slices.ContainsFunc(ch.Fields, func(f FieldChange) bool { return present.keys[f.Field] != nil })
		if ch.Action != Update || changesKey || a.behind[ch.ID] || !looker.ByID(*ch) {
			return nil
		}
		ids = append(ids, ch.Target)
	}
	slices.Sort(ids)
	if ids = slices.Compact(ids); len(ids) >= a.listCost {
		return nil
	}
	return ids
}

// open are the changes about which something remains to be done.
func (a *applier) open() (open []*Change) {
	for i := range a.changes {
		if ch := &a.changes[i]; !a.status(*ch).Done() {
			open = append(open, ch)
		}
	}
	return open
}

// with is the present state with some records as they were looked at since.
func (x *presentIndex) with(looked *Present, keys []string) *presentIndex {
	fresh := map[string]bool{}
	p := *x.Present
	p.Records = NewTable(x.Records.schema)
	for _, b := range looked.Records.Batches() {
		for i := range b.Len() {
			fresh[b.ID(i)] = true
		}
	}
	for _, b := range x.Records.Batches() {
		var rows []int32
		for i := range b.Len() {
			if !fresh[b.ID(i)] {
				rows = append(rows, int32(i))
			}
		}
		if len(rows) < b.Len() {
			b = b.Take(rows)
		}
		p.Records.Append(b)
	}
	for _, b := range looked.Records.Batches() {
		p.Records.Append(b)
	}
	y := indexPresent(&p, keys)
	y.looked, y.lookedAt, y.alone = fresh, looked.ReadAt, true
	return y
}

// covers reports whether the last reading was of the record of a change, too.
func (x *presentIndex) covers(ch Change) bool { return !x.alone || x.looked[ch.Target] }

// readAt is when the record of a change was read.
func (x *presentIndex) readAt(ch Change) time.Time {
	if x.looked[ch.Target] {
		return x.lookedAt
	}
	return x.ReadAt
}
