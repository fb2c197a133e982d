package pipeline_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// The fields of the small world of these tests.
var schema = pipeline.MustSchema(
	pipeline.Field{Name: "number", Type: pipeline.String, Kind: pipeline.KindIdentifier},
	pipeline.Field{Name: "email", Type: pipeline.String, Kind: pipeline.KindEmail, FoldCase: true},
	pipeline.Field{Name: "name", Type: pipeline.String, Kind: pipeline.KindLastName},
	pipeline.Field{Name: "phone", Type: pipeline.String, Kind: pipeline.KindPhone, Erasable: true},
	pipeline.Field{Name: "tags", Type: pipeline.StringList, Erasable: true, Unordered: true},
	pipeline.Field{Name: "note", Type: pipeline.String, Erasable: true},
	pipeline.Field{Name: "points", Type: pipeline.Int},
	pipeline.Field{Name: "news", Type: pipeline.Bool},
)

// row is the values of one record by field; what is absent is null.
type row map[string]pipeline.Value

func text(s string) pipeline.Value        { return pipeline.StringValue(s) }
func texts(s ...string) pipeline.Value    { return pipeline.ListValue(s) }
func (r row) get(f string) pipeline.Value { return r[f] }

// person makes a row with a number, e-mail and name.
func person(n int) row {
	return row{"number": text(fmt.Sprintf("N%02d", n)), "email": text(fmt.Sprintf("p%02d@example.com", n)), "name": text(fmt.Sprintf("Person %02d", n))}
}

// with returns the row with one more value.
func (r row) with(field string, v pipeline.Value) row {
	c := row{field: v}
	for k, old := range r {
		if k != field {
			c[k] = old
		}
	}
	return c
}

// batchOf makes a batch of rows; ids may be nil.
func batchOf(t testing.TB, s *pipeline.Schema, source string, ids []string, rows ...row) *pipeline.Batch {
	t.Helper()
	b := pipeline.NewBuilder(s, max(1, len(rows)))
	places := make([]int32, len(rows))
	for i, r := range rows {
		places[i] = int32(i + 1)
		for f := range s.Len() {
			b.Column(f).AppendValue(r.get(s.Field(f).Name))
		}
	}
	d := pipeline.BatchData{Source: source, Place: source + ".csv", Rows: places}
	if ids != nil {
		c := pipeline.NewColumnBuilder(pipeline.String, len(ids))
		for _, id := range ids {
			if id == "" {
				c.AppendNull()
			} else {
				c.AppendString(id)
			}
		}
		d.IDs = c.Finish()
	}
	batch, err := b.Finish(d)
	if err != nil {
		t.Fatal(err)
	}
	return batch
}

// source is batches that are given one after the other, then an error if any.
type source struct {
	batches  []*pipeline.Batch
	err      error
	evidence pipeline.Evidence
}

func (s *source) Schema(context.Context) (*pipeline.Schema, error) { return schema, nil }
func (s *source) Evidence() pipeline.Evidence                      { return s.evidence }
func (s *source) Read(ctx context.Context) pipeline.Stream {
	return func(yield func(*pipeline.Batch, error) bool) {
		for _, b := range s.batches {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			if !yield(b, nil) {
				return
			}
		}
		if s.err != nil {
			yield(nil, s.err)
		}
	}
}

// identity maps every row to itself; rows named "bad" are rejected.
type identity struct{}

func (identity) Map(b *pipeline.Batch) (pipeline.Mapped, error) {
	name := b.Schema().Index("name")
	m := pipeline.Mapped{Batch: b}
	for i := range b.Len() {
		if b.Value(i, name).Str() == "bad" {
			m.Dropped = append(m.Dropped, int32(i))
			m.Rejected = append(m.Rejected, pipeline.Reject{Origin: b.Origin(i), Columns: b.Schema().Names(), Cells: b.Cells(i),
				Finding: diag.Finding{Code: "bad", Message: "a bad name", Where: b.Origin(i).String()}})
		}
	}
	return m, nil
}

// byKey is a matcher that joins nothing and finds records of the target by
// link, then number, then e-mail. Its order does not depend on the input's.
type byKey struct{}

func (byKey) Match(_ context.Context, in pipeline.MatchInput) (*pipeline.MatchResult, error) {
	places := make([]int32, in.Records.Len())
	for i := range places {
		places[i] = int32(i)
	}
	order := func(i int32) string {
		r := in.Records.Record(int(i))
		return strings.Join([]string{r.Get("number").Str(), r.Get("email").Str(), r.Get("name").Str(), r.ID()}, "\x00")
	}
	slices.SortFunc(places, func(a, b int32) int { return cmp.Compare(order(a), order(b)) })
	found := map[string]int32{}
	for i := range in.Target.Len() {
		r := in.Target.Record(i)
		found["id "+r.ID()] = int32(i)
		for _, f := range []string{"number", "email"} {
			if v := r.Get(f).Str(); v != "" {
				found[f+" "+strings.ToLower(v)] = int32(i)
			}
		}
	}
	out := &pipeline.MatchResult{Golden: pipeline.NewTable(in.Records.Schema())}
	for _, p := range places {
		r := in.Records.Record(int(p))
		link := pipeline.Link{Target: -1}
		for _, key := range []string{"id " + in.Links[pipeline.RowKey{Source: r.Origin().Source, ID: r.ID()}], "number " + strings.ToLower(r.Get("number").Str()), "email " + strings.ToLower(r.Get("email").Str())} {
			if at, ok := found[key]; ok {
				link = pipeline.Link{Target: at, Reason: &pipeline.Reason{Rule: "same", Score: 1}}
				break
			}
		}
		out.Clusters = append(out.Clusters, pipeline.Cluster{Members: []int32{p}})
		out.Links = append(out.Links, link)
		out.Golden.Append(r.Batch.Take([]int32{int32(r.Row)}))
	}
	return out, nil
}

// errDead is what everything says once the process is taken to be dead.
var errDead = errors.New("the process is dead")

// world is a clock, what happened, and where the process dies.
type world struct {
	mu     sync.Mutex
	now    time.Time
	events []string
	dieAt  int    // the effect at which the process dies, from 1; 0: never
	mode   string // before, half, after
	dead   bool
}

func newWorld() *world { return &world{now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)} }

func (w *world) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// effect carries out something of n parts that outlives the process, unless
// the process dies before, in the middle or right after.
func (w *world) effect(what string, n int, do func(parts int)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return errDead
	}
	w.now = w.now.Add(time.Second)
	w.events = append(w.events, what)
	if len(w.events) != w.dieAt {
		do(n)
		return nil
	}
	w.dead = true
	switch w.mode {
	case "half":
		do(n / 2)
	case "after":
		do(n)
	}
	return errDead
}

func (w *world) revive() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead, w.dieAt = false, 0
}

func (w *world) alive() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return errDead
	}
	return nil
}

// job is one source, one target and what is remembered.
type job struct {
	w      *world
	target *target
	state  *memory
	source *source
	more   *source // a second reading of the source; may be nil
	policy pipeline.Policy
	runs   int
}

func newJob(t testing.TB, existing []row, desired []row) *job {
	t.Helper()
	w := newWorld()
	j := &job{w: w, target: newTarget(w, existing...), state: newMemory(w), policy: pipeline.Policy{
		Allow: []pipeline.Action{pipeline.Create, pipeline.Update, pipeline.Delete}, OnMissing: pipeline.IgnoreMissing, Accept: pipeline.Proven,
		Limits: map[string]pipeline.Limit{"delete": {Set: true, Count: -1, Percent: 100}}}}
	j.want(t, desired...)
	return j
}

// want sets what the source holds; the number of a row is its id.
func (j *job) want(t testing.TB, rows ...row) {
	t.Helper()
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.get("number").Str()
	}
	j.source = &source{batches: []*pipeline.Batch{batchOf(t, schema, "fair", ids, rows...)},
		evidence: pipeline.Evidence{Grade: pipeline.Proven}}
}

func (j *job) pipeline() *pipeline.Pipeline {
	m := &pipeline.Model{Name: "people", Schema: schema, Matcher: byKey{},
		From: []*pipeline.From{{Name: "fair", Source: j.source, Mapping: identity{}}}}
	if j.more != nil {
		m.From = append([]*pipeline.From{{Name: "fair", Source: j.more, Mapping: identity{}}}, m.From...)
	}
	return &pipeline.Pipeline{Name: "p", Models: []*pipeline.Model{m}, Bindings: []*pipeline.Binding{{Model: m, Resource: "contacts",
		Connection: pipeline.Connection{Name: "shop", Type: "fake"}, Target: j.target, Policy: j.policy}}}
}

func (j *job) plan(t testing.TB) *pipeline.Plan {
	t.Helper()
	p, err := j.pipeline().Plan(t.Context(), pipeline.Options{Now: j.w.Now(), Links: j.state, Ledger: j.state})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (j *job) options() pipeline.ApplyOptions {
	j.runs++
	return pipeline.ApplyOptions{Run: fmt.Sprintf("run-%d", j.runs), Holder: fmt.Sprintf("holder-%d", j.runs), Now: j.w.Now, State: j.state,
		Open: func(context.Context, pipeline.PlanBinding) (pipeline.Target, error) { return j.target, nil }}
}

func (j *job) apply(t testing.TB, p *pipeline.Plan) *pipeline.Result {
	t.Helper()
	r, err := pipeline.Apply(t.Context(), p, j.options())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (j *job) resume(t testing.TB, p *pipeline.Plan) *pipeline.Result {
	t.Helper()
	opt := j.options()
	opt.Resume = true
	r, err := pipeline.Apply(t.Context(), p, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// statuses is the status of each change by its label.
func statuses(p *pipeline.Plan, r *pipeline.Result) map[string]pipeline.Status {
	m := map[string]pipeline.Status{}
	for i, o := range r.Outcomes {
		m[p.Changes[i].Label] = o.Status
	}
	return m
}
