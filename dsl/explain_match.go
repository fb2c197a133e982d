package dsl

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// targets adds to each row what a plan would say about its record.
func (x *explainer) targets(ctx context.Context, rows []RowLife) {
	for i := range rows {
		if !slices.ContainsFunc(rows[:i], func(r RowLife) bool { return r.Model == rows[i].Model }) {
			x.model(ctx, rows[i].Model, rows[i:])
		}
	}
}

// model adds to the rows of one model what a plan says about them.
func (x *explainer) model(ctx context.Context, name string, rows []RowLife) {
	each := func(tell func(*RowLife)) {
		for i := range rows {
			if rows[i].Model == name {
				tell(&rows[i])
			}
		}
	}
	if x.query.Plan != nil {
		each(func(r *RowLife) { r.Targets = fromPlan(x.query.Plan, *r) })
		return
	}
	if !slices.ContainsFunc(rows, func(r RowLife) bool { return r.Model == name && r.Outcome == RowKept }) {
		return // nothing of it is matched, so that the other rows need not be read
	}
	for _, b := range x.bindings(name) {
		w := x.whole(ctx, b, rows)
		each(func(r *RowLife) {
			w.unique(r)
			if life, ok := w.life(*r); ok {
				r.Targets = append(r.Targets, life)
			}
		})
	}
}

// bindings are the sinks of a model. A model without one, or whose target is
// left out, is matched with a target that holds nothing, so that its duplicates
// are found.
func (x *explainer) bindings(name string) []*pipeline.Binding {
	var list []*pipeline.Binding
	for _, b := range x.pipeline.Bindings {
		if b.Model.Name == name && x.query.Without == "" {
			list = append(list, b)
		}
	}
	if len(list) > 0 {
		return list
	}
	for _, m := range x.pipeline.Models {
		if m.Name == name {
			list = append(list, withoutTarget(m))
		}
	}
	return list
}

// withoutTarget sends a model nowhere.
func withoutTarget(m *pipeline.Model) *pipeline.Binding {
	return &pipeline.Binding{Model: m, Target: nowhere{m.Schema}}
}

// nowhere is a target that holds nothing and takes nothing.
type nowhere struct{ schema *pipeline.Schema }

func (n nowhere) Schema(context.Context) (*pipeline.Schema, error) { return n.schema, nil }
func (n nowhere) Read(context.Context) pipeline.Stream {
	return func(func(*pipeline.Batch, error) bool) {}
}
func (n nowhere) Identity() string { return "" }
func (n nowhere) Keys() []string   { return nil }
func (n nowhere) Apply(context.Context, []pipeline.Change) ([]pipeline.Outcome, error) {
	return nil, errors.New("there is no target")
}

// watchedMatcher keeps what a plan matched, and the result.
type watchedMatcher struct {
	pipeline.Matcher
	in  pipeline.MatchInput
	out *pipeline.MatchResult
}

func (w *watchedMatcher) Match(ctx context.Context, in pipeline.MatchInput) (*pipeline.MatchResult, error) {
	out, err := w.Matcher.Match(ctx, in)
	w.in, w.out = in, out
	return out, err
}

// watchedRejects keeps the rejected rows that are asked for.
type watchedRejects struct {
	rows []RowLife
	kept []pipeline.Reject
}

func (w *watchedRejects) Reject(_ string, r pipeline.Reject) error {
	if slices.ContainsFunc(w.rows, func(row RowLife) bool { return sameRow(row.Origin, r.Origin) }) {
		w.kept = append(w.kept, r)
	}
	return nil
}

// whole is a plan for one binding, and what it was made from.
type whole struct {
	binding *pipeline.Binding
	plan    *pipeline.Plan // nil: it could not be made
	match   *watchedMatcher
	rejects *watchedRejects
	omitted []string
	only    string // field to tell of alone; ""
	ledger  func(record string) *FieldLedger
}

// whole makes the plan of one binding, as plan does. Where the target cannot be
// read, the model is matched without it.
func (x *explainer) whole(ctx context.Context, b *pipeline.Binding, rows []RowLife) *whole {
	w, err := x.planned(ctx, b, rows)
	var limit *pipeline.LimitError
	_, none := b.Target.(nowhere)
	switch {
	case none && x.query.Without != "":
		w.omitted = append(w.omitted, "the target, its link and the change: "+x.query.Without)
	case none:
		w.omitted = append(w.omitted, "the change: no sink takes this model")
	}
	switch {
	case err == nil, none && errors.As(err, &limit):
		return w
	case errors.As(err, &limit):
		w.omitted = append(w.omitted, "apply would refuse this plan: "+limit.Error())
		return w
	case none || ctx.Err() != nil:
		w.omitted = append(w.omitted, "cluster, link and change: "+err.Error())
		return w
	}
	why := "the target, its link and the change: " + err.Error()
	w, err = x.planned(ctx, withoutTarget(b.Model), rows)
	w.omitted = append(w.omitted, why)
	if err != nil && !errors.As(err, &limit) {
		w.omitted = append(w.omitted, "cluster: "+err.Error())
	}
	return w
}

// planned runs Plan for one binding and keeps what matching saw.
func (x *explainer) planned(ctx context.Context, b *pipeline.Binding, rows []RowLife) (*whole, error) {
	w := &whole{binding: b, match: &watchedMatcher{Matcher: b.Model.Matcher}, rejects: &watchedRejects{rows: rows}, only: x.query.Only}
	model, binding, p, opt := *b.Model, *b, *x.pipeline, x.opt
	model.Matcher, binding.Model = w.match, &model
	p.Models, p.Bindings = []*pipeline.Model{&model}, []*pipeline.Binding{&binding}
	opt.Rejects = w.rejects
	if _, none := b.Target.(nowhere); none {
		opt.Links, opt.Ledger = nil, nil
	}
	var err error
	if w.ledger, err = x.ledgerOf(ctx, b); err != nil {
		return w, err
	}
	w.plan, err = p.Plan(ctx, opt)
	return w, err
}

// unique tells a row what the rules over the whole model found, once all rows
// were read.
func (w *whole) unique(r *RowLife) {
	if r.Outcome != RowKept || w.plan == nil {
		return
	}
	settle := func(place string, o RuleOutcome, message string) {
		for i := range r.Rules {
			if r.Rules[i].Outcome == RuleWholeModel && (place == "" || r.Rules[i].Place == place) {
				r.Rules[i].Outcome, r.Rules[i].Message = o, message
			}
		}
	}
	for _, reject := range w.rejects.kept {
		if sameRow(reject.Origin, r.Origin) {
			r.Outcome, r.Finding, r.Record = RowRejected, &reject.Finding, []NamedValue{}
			settle(reject.Finding.Rule, RuleRejected, reject.Finding.Message)
		}
	}
	for _, f := range w.plan.Findings {
		if f.Severity == diag.Warning && f.Where == r.Origin.String() {
			settle(f.Rule, RuleWarned, f.Message)
		}
	}
	if r.Outcome == RowKept {
		settle("", RuleHolds, "")
	}
}

// life is what the plan says about the record of a row; false when there is
// nothing to say.
func (w *whole) life(r RowLife) (TargetLife, bool) {
	t := TargetLife{Target: w.binding.Target.Identity(), Resource: w.binding.Resource, Omitted: w.omitted}
	if r.Outcome != RowKept {
		return t, false
	}
	out := w.match.out
	if out == nil {
		if len(t.Omitted) == 0 {
			t.Omitted = []string{"cluster, link and change: the rows were not matched"}
		}
		return t, true
	}
	row := recordOf(w.match.in.Records, r.Origin)
	i := slices.IndexFunc(out.Clusters, func(c pipeline.Cluster) bool { return slices.Contains(c.Members, row) })
	if row < 0 || i < 0 {
		return t, len(t.Omitted) > 0
	}
	t.Cluster = w.cluster(i)
	t.Blocked = out.Clusters[i].Block
	for _, q := range out.Questions {
		if sameRow(q.A.Origin, r.Origin) || sameRow(q.B.Origin, r.Origin) {
			t.Asked = append(t.Asked, q)
		}
	}
	if _, none := w.binding.Target.(nowhere); none || w.plan == nil {
		return t, true
	}
	w.change(&t, i, r)
	return t, true
}

// change adds the record of the target, and what becomes of it.
func (w *whole) change(t *TargetLife, cluster int, r RowLife) {
	link := w.match.out.Links[cluster]
	t.Link = &LinkLife{Reason: *w.match.out.LinkReason(cluster)}
	if t.Blocked == nil {
		t.Blocked = link.Block
	}
	if link.Target >= 0 {
		target := w.match.in.Target.Record(int(link.Target))
		t.Link.Target, t.Link.Label = target.ID(), pipeline.LabelOf(target)
	}
	for _, b := range w.plan.Blocked {
		if hasRow(b.Rows, r.Origin) {
			t.Blocked = &b.Block
		}
	}
	for _, c := range w.plan.Changes {
		if hasRow(c.Rows, r.Origin) {
			t.Change = &c
		}
	}
	if link.Target >= 0 {
		t.Left = w.left(cluster, w.match.in.Target.Record(int(link.Target)), t.Change)
	}
	if t.Change == nil && t.Blocked == nil {
		t.None = w.none(link.Target >= 0, len(t.Left))
	}
	if w.only != "" {
		t.Field = w.field(w.only, cluster, link)
	}
}

// none says why there is no change.
func (w *whole) none(there bool, left int) string {
	allowed := func(a pipeline.Action) bool { return slices.Contains(w.binding.Policy.Allow, a) }
	switch {
	case !there && !allowed(pipeline.Create):
		return "the sink does not allow create"
	case there && left > 0 && !allowed(pipeline.Update):
		return "the sink does not allow update"
	case left > 0:
		return "what differs is left to the target by the policy of the sink"
	default:
		return "the target has these values already"
	}
}

// left are the fields of which we have a value, that the target shows
// otherwise, and that do not change.
func (w *whole) left(cluster int, target pipeline.Record, c *pipeline.Change) []LeftField {
	golden := w.match.out.Golden.Record(cluster)
	var list []LeftField
	for i, f := range w.match.out.Golden.Schema().Fields() {
		ours, there := golden.Value(i), target.Batch.Schema().Index(f.Name) >= 0
		changed := c != nil && slices.ContainsFunc(c.Fields, func(fc pipeline.FieldChange) bool { return fc.Field == f.Name })
		if theirs := target.Get(f.Name); there && !changed && !ours.Empty() && !ours.Equal(theirs) {
			list = append(list, LeftField{f.Name, ours, theirs, w.binding.Policy.Fields[f.Name]})
		}
	}
	return list
}

// cluster is one cluster by the origins of its rows.
func (w *whole) cluster(i int) *ClusterLife {
	c, table := w.match.out.Clusters[i], w.match.in.Records
	origin := func(m int32) pipeline.Origin { return table.Record(int(m)).Origin() }
	life := &ClusterLife{Members: []pipeline.Origin{}, Joined: []pipeline.Join{}, Fields: []Survived{}}
	for _, m := range c.Members {
		life.Members = append(life.Members, origin(m))
	}
	for _, t := range c.Ties {
		life.Joined = append(life.Joined, pipeline.Join{A: origin(t.A), B: origin(t.B), Reason: t.Reason})
	}
	golden := w.match.out.Golden.Record(i)
	for f, field := range table.Schema().Fields() {
		v := golden.Value(f)
		life.Fields = append(life.Fields, Survived{Field: field.Name, Value: v, Provenance: w.match.out.Provenance(table, i, f, v)})
	}
	return life
}

// recordOf is the number of the record of a row, -1 when there is none.
func recordOf(t *pipeline.Table, o pipeline.Origin) int32 {
	n := int32(0)
	for _, b := range t.Batches() {
		for i := range b.Len() {
			if sameRow(b.Origin(i), o) {
				return n
			}
			n++
		}
	}
	return -1
}

func hasRow(rows []pipeline.Origin, o pipeline.Origin) bool {
	return slices.ContainsFunc(rows, func(r pipeline.Origin) bool { return sameRow(r, o) })
}

// sameRow compares rows by where they stand: an id may have been taken away
// because several rows share it.
func sameRow(a, b pipeline.Origin) bool {
	return a.Source == b.Source && a.Place == b.Place && a.Page == b.Page && a.Row == b.Row && (a.Row > 0 || a.ID == b.ID)
}

// fromPlan is what a plan that was made before says about a row. It names the
// rows of changes, of blocked and rejected rows and of questions; of a record
// that needs no change it has at most the link.
func fromPlan(p *pipeline.Plan, r RowLife) []TargetLife {
	list := []TargetLife{}
	for n, b := range p.Header.Bindings {
		if b.Model != r.Model {
			continue
		}
		t := TargetLife{Target: b.Identity, Resource: b.Resource}
		for _, c := range p.Changes {
			if c.Binding == n && hasRow(c.Rows, r.Origin) {
				t.Change, t.Cluster = &c, clusterOf(c)
				if t.Link = (&LinkLife{Target: c.Target, Label: c.Label}); c.Match != nil && c.Target != "" {
					t.Link.Reason = *c.Match
				}
			}
		}
		for _, blocked := range p.Blocked {
			if blocked.Model == r.Model && hasRow(blocked.Rows, r.Origin) {
				t.Blocked = &blocked.Block
				t.Cluster = &ClusterLife{Members: blocked.Rows, Joined: []pipeline.Join{}, Fields: []Survived{}}
			}
		}
		for _, q := range p.Questions {
			if q.Model == r.Model && (sameRow(q.A.Origin, r.Origin) || sameRow(q.B.Origin, r.Origin)) {
				t.Asked = append(t.Asked, pipeline.Question{A: q.A, B: q.B, Reason: q.Reason})
			}
		}
		for _, l := range b.Links {
			if l.Source == r.Origin.Source && l.ID == r.Origin.ID && l.ID != "" {
				t.Link = &LinkLife{Target: l.Target}
			}
		}
		t.fromPlanRejects(p, r)
		list = append(list, t)
	}
	if len(list) == 0 {
		list = append(list, TargetLife{Omitted: []string{fmt.Sprintf("cluster, link and change: the plan has nothing about model %s", r.Model)}})
	}
	return list
}

// fromPlanRejects says what a plan has about a row that it does not change.
func (t *TargetLife) fromPlanRejects(p *pipeline.Plan, r RowLife) {
	for _, rejected := range p.Rejected {
		if rejected.Model == r.Model && sameRow(rejected.Origin, r.Origin) {
			t.None = "the plan rejected the row: " + rejected.Finding.Message
		}
	}
	if t.Change == nil && t.Blocked == nil && t.None == "" {
		t.None = "the plan changes no record because of this row"
		t.Omitted = []string{"cluster: a plan names the rows of what it changes alone; leave out --plan to see it"}
	}
}

// clusterOf is the rows behind a change, and the values that it writes.
func clusterOf(c pipeline.Change) *ClusterLife {
	life := &ClusterLife{Members: c.Rows, Joined: c.Joined, Fields: []Survived{}}
	if life.Joined == nil {
		life.Joined = []pipeline.Join{}
	}
	for _, f := range c.Fields {
		life.Fields = append(life.Fields, Survived{Field: f.Field, Value: f.After, Provenance: f.Provenance})
	}
	return life
}
