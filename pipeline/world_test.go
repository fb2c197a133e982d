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

// fault is what goes wrong with one call.
type fault string

const (
	refuse     fault = "refuse"      // nothing is written, the server says so
	lostBefore fault = "lost before" // nothing is written, no answer
	lostAfter  fault = "lost after"  // written, no answer
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
			if strings.EqualFold(r.get(c.Key.Field).Str(), c.Key.Value) {
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
