package sinktest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// world is one sink under test with what the suite knows about it.
type world struct {
	h      Harness
	sink   pipeline.Sink
	schema *pipeline.Schema
	keys   []string
	made   int // changes so far, for their ids
}

func open(ctx context.Context, t testing.TB, h Harness, seed []Record) (*world, error) {
	t.Helper()
	w := &world{h: h, sink: h.Open(t, seed), schema: h.Schema, keys: h.Keys}
	target, isTarget := w.sink.(pipeline.Target)
	if w.schema == nil {
		if !isTarget {
			return nil, errors.New("the harness names no schema and the sink is no target")
		}
		s, err := target.Schema(ctx)
		if err != nil {
			return nil, fmt.Errorf("schema: %w", err)
		}
		w.schema = s
	}
	if w.keys == nil {
		if !isTarget {
			return nil, errors.New("the harness names no keys and the sink is no target")
		}
		w.keys = target.Keys()
	}
	return w, nil
}

// seeds returns the first n records of the harness.
func seeds(h Harness, n int) []Record {
	records := make([]Record, n)
	for i := range records {
		records[i] = h.Make(i)
	}
	return records
}

// readPresent returns what the sink holds, and the reading's own words.
func (w *world) readPresent(ctx context.Context) (*pipeline.Present, error) {
	if w.h.Present != nil {
		t, err := w.h.Present(ctx, w.sink)
		return &pipeline.Present{Records: t}, err
	}
	if r, ok := w.sink.(pipeline.PresentReader); ok {
		return r.Present(ctx, nil)
	}
	target, ok := w.sink.(pipeline.Target)
	if !ok {
		return nil, errors.New("the harness cannot read the sink and the sink is no target")
	}
	t := pipeline.NewTable(w.schema)
	for b, err := range target.Read(ctx) {
		if err != nil {
			return nil, err
		}
		t.Append(b)
	}
	return &pipeline.Present{Records: t}, nil
}

// shown is one record as the sink holds it.
type shown struct {
	id     string
	values Record
}

// present returns the records by the value of the best key.
func (w *world) present(ctx context.Context) (map[string][]shown, error) {
	p, err := w.readPresent(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the present state: %w", err)
	}
	byKey := map[string][]shown{}
	ids := map[string]bool{}
	for i := range p.Records.Len() {
		r := p.Records.Record(i)
		s := shown{id: r.ID(), values: Record{}}
		if s.id == "" || ids[s.id] {
			return nil, fmt.Errorf("record %d of the present state has the id %q, which is empty or taken", i, s.id)
		}
		ids[s.id] = true
		for _, f := range p.Records.Schema().Fields() {
			s.values[f.Name] = r.Get(f.Name)
		}
		key := s.values[w.keys[0]].String()
		byKey[key] = append(byKey[key], s)
	}
	return byKey, nil
}

// expect compares the whole present state with the records that should be
// there.
func (w *world) expect(ctx context.Context, want ...Record) error {
	have, err := w.present(ctx)
	if err != nil {
		return err
	}
	n := 0
	for _, group := range have {
		n += len(group)
	}
	if n != len(want) {
		return fmt.Errorf("the target holds %d records, want %d", n, len(want))
	}
	for _, r := range want {
		key := r[w.keys[0]].String()
		group := have[key]
		if len(group) != 1 {
			return fmt.Errorf("the target holds %d records with %s %q, want 1", len(group), w.keys[0], key)
		}
		if err := w.same(r, group[0].values); err != nil {
			return fmt.Errorf("record with %s %q: %w", w.keys[0], key, err)
		}
	}
	return nil
}

func (w *world) same(want, got Record) error {
	for _, f := range w.schema.Fields() {
		if f.ReadOnly {
			continue
		}
		wrote, given := want[f.Name]
		if !given && w.h.Equal != nil {
			continue // a target with defaults of its own may fill what was never named
		}
		if !w.equal(f, wrote, got[f.Name]) {
			return fmt.Errorf("field %s shows %q, want %q", f.Name,
				diag.Shorten(got[f.Name].String(), 60), diag.Shorten(wrote.String(), 60))
		}
	}
	return nil
}

func (w *world) equal(f pipeline.Field, wrote, shows pipeline.Value) bool {
	if w.h.Equal != nil {
		return w.h.Equal(f, wrote, shows)
	}
	blank := func(v pipeline.Value) bool {
		return v.Empty() || (v.Type() == pipeline.String && v.Str() == "")
	}
	switch {
	case blank(wrote) || blank(shows):
		return blank(wrote) && blank(shows)
	case f.FoldCase:
		return strings.EqualFold(wrote.String(), shows.String())
	case f.Unordered:
		a, b := slices.Clone(wrote.List()), slices.Clone(shows.List())
		slices.Sort(a)
		slices.Sort(b)
		return slices.Equal(a, b)
	default:
		return wrote.Equal(shows)
	}
}

func (w *world) change(action pipeline.Action, key Record) pipeline.Change {
	w.made++
	c := pipeline.Change{ID: fmt.Sprintf("change-%03d", w.made), Action: action, Resource: w.h.Resource,
		Model: w.h.Model, Label: key[w.keys[0]].String()}
	for _, k := range w.keys {
		if v := key[k]; !v.Empty() {
			c.Keys = append(c.Keys, pipeline.Key{Field: k, Value: v.String()})
		}
	}
	if len(c.Keys) > 0 {
		c.Key = c.Keys[0]
	}
	return c
}

func (w *world) create(r Record) pipeline.Change {
	c := w.change(pipeline.Create, r)
	for _, f := range w.schema.Fields() {
		if v := r[f.Name]; !v.Empty() && !f.ReadOnly {
			c.Fields = append(c.Fields, pipeline.FieldChange{Field: f.Name, After: v})
		}
	}
	return c
}

// update plans one field of the record as it is shown.
func (w *world) update(s shown, field string, after pipeline.Value) pipeline.Change {
	c := w.change(pipeline.Update, s.values)
	c.Target = s.id
	c.Fields = []pipeline.FieldChange{{Field: field, Before: s.values[field], After: after}}
	return c
}

// remove plans the deletion of a record: every value that it has is lost.
func (w *world) remove(s shown) pipeline.Change {
	c := w.change(pipeline.Delete, s.values)
	c.Target = s.id
	for _, f := range w.schema.Fields() {
		if v := s.values[f.Name]; !v.Empty() {
			c.Fields = append(c.Fields, pipeline.FieldChange{Field: f.Name, Before: v})
		}
	}
	return c
}

// find returns the one record of the key of r.
func (w *world) find(ctx context.Context, r Record) (shown, error) {
	have, err := w.present(ctx)
	if err != nil {
		return shown{}, err
	}
	key := r[w.keys[0]].String()
	if len(have[key]) != 1 {
		return shown{}, fmt.Errorf("the target holds %d records with %s %q, want 1", len(have[key]), w.keys[0], key)
	}
	return have[key][0], nil
}

// calls routes and packs the changes as a plan does.
func (w *world) calls(ctx context.Context, changes []pipeline.Change) ([][]pipeline.Change, error) {
	if r, ok := w.sink.(pipeline.Router); ok {
		p, err := w.readPresent(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the present state: %w", err)
		}
		if lost := r.Route(changes, p); len(lost) > 0 {
			return nil, fmt.Errorf("change %s has no route: %s", changes[lost[0].Index].ID, lost[0].Reason)
		}
	}
	if p, ok := w.sink.(pipeline.Packer); ok {
		return p.Pack(changes), nil
	}
	var each [][]pipeline.Change
	for i := range changes {
		each = append(each, changes[i:i+1])
	}
	return each, nil
}

// apply carries the changes out, call by call, and checks the shape of every
// answer. The outcomes are by id of the change.
func (w *world) apply(ctx context.Context, changes ...pipeline.Change) (map[string]pipeline.Outcome, error) {
	calls, err := w.calls(ctx, changes)
	if err != nil {
		return nil, err
	}
	outcomes := map[string]pipeline.Outcome{}
	for _, call := range calls {
		got, err := w.sink.Apply(ctx, call)
		if err != nil {
			return nil, fmt.Errorf("apply %d changes: %w", len(call), err)
		}
		if err := answers(call, got); err != nil {
			return nil, err
		}
		for _, o := range got {
			outcomes[o.Change] = o
		}
	}
	return outcomes, nil
}

// answers checks that outcome i belongs to change i and is a status that a
// sink may report.
func answers(call []pipeline.Change, got []pipeline.Outcome) error {
	if len(got) != len(call) {
		return fmt.Errorf("%d changes have %d outcomes", len(call), len(got))
	}
	for i, o := range got {
		if o.Change != call[i].ID {
			return fmt.Errorf("outcome %d belongs to change %q, want %q", i, o.Change, call[i].ID)
		}
		switch o.Status {
		case pipeline.Sent, pipeline.Unknown, pipeline.Refused, pipeline.Verified, pipeline.Already, pipeline.Drifted, pipeline.Blocked:
		default:
			return fmt.Errorf("outcome of change %s has the status %q, which is not a sink's to give", o.Change, o.Status)
		}
		if o.Message == "" && (o.Status == pipeline.Refused || o.Status == pipeline.Drifted || o.Status == pipeline.Blocked) {
			return fmt.Errorf("outcome of change %s is %s and does not say why", o.Change, o.Status)
		}
	}
	return nil
}

// written reports whether an outcome claims that something was written now.
func written(o pipeline.Outcome) bool {
	return o.Status == pipeline.Sent || o.Status == pipeline.Verified
}

// with returns a copy of the record with one field changed.
func (r Record) with(field string, v pipeline.Value) Record {
	c := maps.Clone(r)
	c[field] = v
	return c
}
