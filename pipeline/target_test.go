package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// fault is what goes wrong with one call.
type fault string

const (
	refuse     fault = "refuse"      // nothing is written, the server says so
	lostBefore fault = "lost before" // nothing is written, no answer
	lostAfter  fault = "lost after"  // written, no answer
	found      fault = "found"       // somebody created it a moment before, which the answer says
	late       fault = "late"        // no answer; written when the clock reaches lateBy
	stopHard   fault = "stop"        // nothing is sent, with an error
	stopSoft   fault = "stop after"  // written, with an error beside the outcomes
	miscount   fault = "miscount"    // written, with an outcome too few
)

const lateBy = 5 * time.Minute

// target is a small server with keyed creates.
type target struct {
	w          *world
	mu         sync.Mutex
	records    map[string]row
	next       int
	pack       int // changes a call; 0: one
	grade      pipeline.Grade
	faults     map[int]fault // by number of the call, from 1
	calls      [][]pipeline.Change
	reads      int
	beforeRead func(reads int, t *target) // another writer
	normalise  func(field string, v pipeline.Value) pipeline.Value
	// afterCreate is what the target makes of a record that was created; may be nil.
	afterCreate func(row) row
	resets      bool // an update empties what it does not send
	lag         int  // reads that still show the state of before the first call
	old         map[string]row
	waiting     []waiting
	blind       bool // a create is carried out whatever is there
	name        string
}

type waiting struct {
	at      time.Time
	changes []pipeline.Change
}

func newTarget(w *world, records ...row) *target {
	t := &target{w: w, records: map[string]row{}, grade: pipeline.Proven, faults: map[int]fault{}, name: "shop"}
	for _, r := range records {
		t.insert(r)
	}
	return t
}

func (t *target) insert(r row) string {
	t.next++
	id := fmt.Sprintf("t%03d", t.next)
	t.records[id] = r
	return id
}

func (t *target) Identity() string                                 { return "fake " + t.name }
func (t *target) Keys() []string                                   { return []string{"number", "email"} }
func (t *target) Schema(context.Context) (*pipeline.Schema, error) { return schema, nil }
func (t *target) Read(context.Context) pipeline.Stream {
	panic("the present state is read with evidence")
}

func (t *target) Present(_ context.Context, _ []string) (*pipeline.Present, error) {
	if err := t.w.alive(); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reads++
	t.commitLate()
	if t.beforeRead != nil {
		t.beforeRead(t.reads, t)
	}
	shown := t.records
	if t.lag > 0 && t.old != nil {
		t.lag--
		shown = t.old
	}
	b := pipeline.NewBuilder(schema, len(shown)+1)
	ids := pipeline.NewColumnBuilder(pipeline.String, len(shown))
	for _, id := range slices.Sorted(keysOf(shown)) {
		ids.AppendString(id)
		for f := range schema.Len() {
			b.Column(f).AppendValue(shown[id].get(schema.Field(f).Name))
		}
	}
	batch, err := b.Finish(pipeline.BatchData{Source: t.name, IDs: ids.Finish()})
	if err != nil {
		return nil, err
	}
	p := &pipeline.Present{Records: pipeline.NewTable(schema), ReadAt: t.w.Now(), Requests: 1,
		Evidence: pipeline.Evidence{Grade: t.grade, Records: len(shown)}}
	p.Records.Append(batch)
	return p, nil
}

func keysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// Pack groups neighbours of one action.
func (t *target) Pack(changes []pipeline.Change) [][]pipeline.Change {
	var calls [][]pipeline.Change
	for _, action := range []pipeline.Action{pipeline.Create, pipeline.Update, pipeline.Delete} {
		var run []pipeline.Change
		for _, c := range changes {
			if c.Action != action {
				continue
			}
			if run = append(run, c); len(run) >= max(1, t.pack) {
				calls, run = append(calls, run), nil
			}
		}
		if len(run) > 0 {
			calls = append(calls, run)
		}
	}
	return calls
}

func (t *target) Apply(ctx context.Context, changes []pipeline.Change) ([]pipeline.Outcome, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.old == nil {
		t.old = t.copied()
	}
	t.calls = append(t.calls, changes)
	f := t.faults[len(t.calls)]
	outcomes := make([]pipeline.Outcome, len(changes))
	err := t.w.effect("send", len(changes), func(n int) {
		for i, c := range changes[:n] {
			outcomes[i] = pipeline.Outcome{Change: c.ID, Status: pipeline.Sent}
			switch f {
			case refuse:
				outcomes[i].Status, outcomes[i].Message = pipeline.Refused, "no"
				continue
			case lostBefore, late:
				outcomes[i].Status = pipeline.Unknown
				continue
			case stopHard:
				continue
			case lostAfter:
				outcomes[i].Status = pipeline.Unknown
			case found:
				outcomes[i].Status, outcomes[i].Existed = pipeline.Unknown, c.Action == pipeline.Create
			}
			outcomes[i].Target = t.commit(c)
		}
	})
	switch {
	case err != nil:
		return nil, err
	case f == late:
		t.waiting = append(t.waiting, waiting{t.w.Now().Add(lateBy), changes})
	case f == stopHard:
		return nil, errors.New("401 unauthorized")
	case f == stopSoft:
		return outcomes, errors.New("403 forbidden")
	case f == miscount:
		return outcomes[:len(outcomes)-1], nil
	}
	return outcomes, nil
}

func (t *target) commitLate() {
	for len(t.waiting) > 0 && !t.w.Now().Before(t.waiting[0].at) {
		for _, c := range t.waiting[0].changes {
			t.commit(c)
		}
		t.waiting = t.waiting[1:]
	}
}

// commit writes one change. A create whose key exists is skipped, as servers
// with a match field do.
func (t *target) commit(c pipeline.Change) string {
	id := c.Target
	switch c.Action {
	case pipeline.Delete:
		delete(t.records, id)
		return id
	case pipeline.Create:
		for other, r := range t.records {
			if !t.blind && strings.EqualFold(r.get(c.Key.Field).Str(), c.Key.Value) {
				return other
			}
		}
		id = t.insert(row{})
	}
	r := row{}
	if !t.resets {
		for k, v := range t.records[id] {
			r[k] = v
		}
	}
	for _, f := range c.Fields {
		v := f.After
		if t.normalise != nil {
			v = t.normalise(f.Field, v)
		}
		if v.IsErase() {
			delete(r, f.Field)
			continue
		}
		r[f.Field] = v
	}
	if c.Action == pipeline.Create && t.afterCreate != nil {
		r = t.afterCreate(r)
	}
	t.records[id] = r
	return id
}

func (t *target) copied() map[string]row {
	c := make(map[string]row, len(t.records))
	for id, r := range t.records {
		c[id] = r
	}
	return c
}

// edit is another writer.
func (t *target) edit(id, field string, v pipeline.Value) {
	t.records[id] = t.records[id].with(field, v)
}

// content is what the target holds, without its ids, sorted.
func (t *target) content() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.commitLate()
	var lines []string
	for _, r := range t.records {
		var parts []string
		for f := range schema.Len() {
			name := schema.Field(f).Name
			if v := r.get(name); !v.IsNull() {
				parts = append(parts, name+"="+v.String())
			}
		}
		lines = append(lines, strings.Join(parts, " "))
	}
	slices.Sort(lines)
	return lines
}

// sent is the ids of the changes of each call.
func (t *target) sent() [][]string {
	t.mu.Lock()
	defer t.mu.Unlock()
	ids := make([][]string, len(t.calls))
	for i, call := range t.calls {
		for _, c := range call {
			ids[i] = append(ids[i], c.ID)
		}
	}
	return ids
}
