package sinktest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

var fakeSchema = pipeline.MustSchema(
	pipeline.Field{Name: "email", Type: pipeline.String, Kind: pipeline.KindEmail},
	pipeline.Field{Name: "name", Type: pipeline.String},
	pipeline.Field{Name: "rating", Type: pipeline.Int},
)

// fake is a target in memory that keeps the contract, but for what breaks says.
type fake struct {
	mu     sync.Mutex
	rows   []fakeRow
	next   int
	breaks string
	down   bool
}

type fakeRow struct {
	id     string
	values Record
}

func (f *fake) Schema(context.Context) (*pipeline.Schema, error) { return fakeSchema, nil }
func (f *fake) Identity() string                                 { return "fake" }
func (f *fake) Keys() []string                                   { return []string{"email"} }

func (f *fake) Pack(changes []pipeline.Change) [][]pipeline.Change {
	if f.breaks == "pack loses" && len(changes) > 1 {
		changes = changes[1:]
	}
	return [][]pipeline.Change{changes}
}

func (f *fake) Read(context.Context) pipeline.Stream {
	return func(yield func(*pipeline.Batch, error) bool) {
		f.mu.Lock()
		defer f.mu.Unlock()
		b := pipeline.NewBuilder(fakeSchema, len(f.rows)+1)
		ids := pipeline.NewColumnBuilder(pipeline.String, len(f.rows))
		for _, r := range f.rows {
			for i, field := range fakeSchema.Fields() {
				b.Column(i).AppendValue(r.values[field.Name])
			}
			if f.breaks == "no ids" {
				ids.AppendNull()
			} else {
				ids.AppendString(r.id)
			}
		}
		yield(b.Finish(pipeline.BatchData{IDs: ids.Finish()}))
	}
}

func (f *fake) index(key string) int {
	for i, r := range f.rows {
		if r.values["email"].Str() == key {
			return i
		}
	}
	return -1
}

func (f *fake) Apply(ctx context.Context, changes []pipeline.Change) ([]pipeline.Outcome, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := ctx.Err(); err != nil && f.breaks != "ignores cancel" {
		return nil, err
	}
	if f.down && f.breaks != "claims success" {
		return nil, errors.New("the fake is down")
	}
	var outcomes []pipeline.Outcome
	for _, c := range changes {
		outcomes = append(outcomes, f.one(c))
	}
	switch f.breaks {
	case "short":
		outcomes = outcomes[:max(0, len(outcomes)-1)]
	case "reversed":
		for i, j := 0, len(outcomes)-1; i < j; i, j = i+1, j-1 {
			outcomes[i], outcomes[j] = outcomes[j], outcomes[i]
		}
	}
	return outcomes, nil
}

func (f *fake) one(c pipeline.Change) pipeline.Outcome {
	out := func(s pipeline.Status, why string) pipeline.Outcome {
		return pipeline.Outcome{Change: c.ID, Status: s, Message: why}
	}
	if f.down {
		return out(pipeline.Sent, "")
	}
	i := f.index(c.Key.Value)
	switch c.Action {
	case pipeline.Create:
		if i >= 0 && f.breaks != "doubles" {
			return out(pipeline.Already, "")
		}
		f.next++
		r := fakeRow{id: strconv.Itoa(f.next), values: Record{}}
		for _, fc := range c.Fields {
			r.values[fc.Field] = fc.After
		}
		f.rows = append(f.rows, r)
		return out(pipeline.Sent, "")
	case pipeline.Delete:
		if i < 0 {
			return out(pipeline.Already, "")
		}
		f.rows = append(f.rows[:i], f.rows[i+1:]...)
		return out(pipeline.Sent, "")
	}
	return f.update(i, c, out)
}

func (f *fake) update(i int, c pipeline.Change, out func(pipeline.Status, string) pipeline.Outcome) pipeline.Outcome {
	if i < 0 {
		return out(pipeline.Drifted, "gone")
	}
	if f.breaks == "resets others" {
		f.rows[i].values = Record{"email": f.rows[i].values["email"]}
	}
	for _, fc := range c.Fields {
		have := f.rows[i].values[fc.Field]
		if have.Equal(fc.After) {
			return out(pipeline.Already, "")
		}
		if !have.Equal(fc.Before) && f.breaks != "overwrites drift" {
			return out(pipeline.Drifted, "it is otherwise now")
		}
		f.rows[i].values[fc.Field] = fc.After
	}
	return out(pipeline.Sent, "")
}

func fakeHarness(breaks string) Harness {
	return Harness{
		Open: func(_ testing.TB, seed []Record) pipeline.Sink {
			f := &fake{breaks: breaks}
			for _, r := range seed {
				f.next++
				f.rows = append(f.rows, fakeRow{id: strconv.Itoa(f.next), values: r.with("email", r["email"])})
			}
			return f
		},
		Make: func(n int) Record {
			return Record{"email": pipeline.StringValue(fmt.Sprintf("p%d@example.com", n)),
				"name": pipeline.StringValue("Person " + strconv.Itoa(n)), "rating": pipeline.IntValue(int64(n % 5))}
		},
		Update: "name", Deletes: true, ChecksBefore: true,
		Break: func(_ testing.TB, s pipeline.Sink) func() {
			f := s.(*fake)
			f.down = true
			return func() { f.down = false }
		},
	}
}

func TestAKeptContractPasses(t *testing.T) { Run(t, fakeHarness("")) }

func TestABrokenContractIsFound(t *testing.T) {
	for _, breaks := range []string{"pack loses", "no ids", "ignores cancel", "claims success", "short", "reversed",
		"doubles", "resets others", "overwrites drift"} {
		t.Run(breaks, func(t *testing.T) {
			found := 0
			for _, c := range checks {
				if err := c.run(t.Context(), t, fakeHarness(breaks)); err != nil {
					found++
				}
			}
			if found == 0 {
				t.Error("no check found it")
			}
		})
	}
}
