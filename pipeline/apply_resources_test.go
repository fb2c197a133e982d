package pipeline_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
)

// Two resources of one connection have each their own calls in the journal.
func TestOneModelInTwoResources(t *testing.T) {
	j := newJob(t, nil, people(1, 2))
	other := newTarget(j.w)
	other.name = "shop, second resource"
	p := j.pipeline()
	second := *p.Bindings[0]
	second.Target, second.Resource = other, "companies"
	p.Bindings = append(p.Bindings, &second)
	plan, err := p.Plan(t.Context(), pipeline.Options{Now: j.w.Now()})
	if err != nil {
		t.Fatal(err)
	}
	opt := j.options()
	opt.Open = func(_ context.Context, b pipeline.PlanBinding) (pipeline.Target, error) {
		if b.Resource == "companies" {
			return other, nil
		}
		return j.target, nil
	}
	if r, err := pipeline.Apply(t.Context(), plan, opt); err != nil || r.Count()[pipeline.Verified] != 4 {
		t.Fatalf("%v: %v", err, r.Count())
	}
	calls := map[string]bool{}
	for _, c := range j.state.calls {
		calls[fmt.Sprint(c.Run, " ", c.Seq)] = true
	}
	if len(calls) != len(j.state.calls) || len(calls) != 4 {
		t.Errorf("%d names of %d calls", len(calls), len(j.state.calls))
	}
}

// Two bindings of one model write to two targets, each its own changes.
func TestOneModelInTwoTargets(t *testing.T) {
	j := newJob(t, []row{person(1)}, append(people(1, 3), row{"name": text("bad")}))
	other := newTarget(j.w, person(2), person(3).with("phone", text("kept")))
	other.name = "mirror"
	p := j.pipeline()
	second := *p.Bindings[0]
	second.Target, second.Connection = other, pipeline.Connection{Name: "mirror", Type: "fake"}
	p.Bindings = append(p.Bindings, &second)
	plan, err := p.Plan(t.Context(), pipeline.Options{Now: j.w.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if n := plan.Total(); len(plan.Rejected) != 1 || n.Rejected != 1 || n.Read["fair"] != 4 || n.Current != 3 {
		t.Errorf("%d rejected rows; counts %+v", len(plan.Rejected), n)
	}
	seen := map[string]bool{}
	for _, c := range plan.Changes {
		if seen[c.ID] {
			t.Errorf("two changes are called %s", c.ID)
		}
		seen[c.ID] = true
	}
	opt := j.options()
	opt.Open = func(_ context.Context, b pipeline.PlanBinding) (pipeline.Target, error) {
		if b.Connection.Name == "mirror" {
			return other, nil
		}
		return j.target, nil
	}
	r, err := pipeline.Apply(t.Context(), plan, opt)
	if err != nil || r.Count()[pipeline.Verified] != 3 {
		t.Fatalf("%v: %v", err, r.Count())
	}
	if len(j.target.records) != 3 || len(other.records) != 3 {
		t.Errorf("%d and %d records, want 3 each", len(j.target.records), len(other.records))
	}
}

// routed is a target that chooses routes and may change its mind.
type routed struct {
	*target
	route func(pipeline.Change) (string, bool)
}

func (r *routed) Route(changes []pipeline.Change, _ *pipeline.Present) []pipeline.Unroutable {
	var lost []pipeline.Unroutable
	for i := range changes {
		route, ok := r.route(changes[i])
		if changes[i].Route = route; !ok {
			lost = append(lost, pipeline.Unroutable{Index: i, Code: "no-way", Reason: "no way leads there"})
		}
	}
	return lost
}

// A change that waits for a key of one that no route can carry out would meet
// the record that keeps it.
func TestKeyOfAChangeWithoutARouteIsNotGivenAway(t *testing.T) {
	j := newJob(t, people(1, 2), []row{person(1).with("number", text("N09")), person(2).with("number", text("N01"))})
	var links []pipeline.RowLink
	for id, target := range map[string]string{"N09": "t001", "N01": "t002"} {
		links = append(links, pipeline.RowLink{Source: "fair", ID: id, Target: target})
	}
	if err := j.state.SaveLinks(t.Context(), "fake shop", links); err != nil {
		t.Fatal(err)
	}
	if p := j.plan(t); len(p.Changes) != 2 {
		t.Fatalf("%d changes, blocked %+v", len(p.Changes), p.Blocked)
	}
	p := j.pipeline()
	p.Bindings[0].Target = &routed{target: j.target, route: func(c pipeline.Change) (string, bool) { return "bulk", c.Target != "t001" }}
	plan, err := p.Plan(t.Context(), pipeline.Options{Now: j.w.Now(), Links: j.state})
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, b := range plan.Blocked {
		codes = append(codes, b.Code)
	}
	if want := []string{"key-taken", "no-way"}; !slices.Equal(codes, want) || len(plan.Changes) != 0 {
		t.Errorf("blocked %v, want %v; changes %+v", codes, want, plan.Changes)
	}
}

func TestRoutes(t *testing.T) {
	var existing, desired []row
	for n := 1; n <= 2; n++ {
		existing, desired = append(existing, person(n)), append(desired, person(n).with("note", text("new")))
	}
	j := newJob(t, existing, append(desired, people(3, 6)...))
	r := &routed{target: j.target, route: func(c pipeline.Change) (string, bool) { return "bulk", c.Key.Value != "N06" }}
	p := j.pipeline()
	p.Bindings[0].Target = r
	plan, err := p.Plan(t.Context(), pipeline.Options{Now: j.w.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Changes) != 5 || len(plan.Blocked) != 1 || plan.Blocked[0].Code != "no-way" || plan.Total().Create != 3 {
		t.Fatalf("%d changes, blocked %+v", len(plan.Changes), plan.Blocked)
	}
	// For fewer changes the target would choose another way, which is no harm
	// unless the planned one became ambiguous.
	r.route = func(c pipeline.Change) (string, bool) { return "patch", c.Key.Value != "N04" }
	j.target.beforeRead = func(reads int, target *target) {
		if reads == 2 {
			target.insert(row{"number": text("n02 ")})
		}
	}
	opt := j.options()
	opt.Open = func(context.Context, pipeline.PlanBinding) (pipeline.Target, error) { return r, nil }
	result, err := pipeline.Apply(t.Context(), plan, opt)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]pipeline.Status{}
	for i, o := range result.Outcomes {
		got[plan.Changes[i].Key.Value] = o.Status
	}
	want := map[string]pipeline.Status{"N01": pipeline.Verified, "N02": pipeline.Drifted, "N03": pipeline.Verified, "N04": pipeline.Drifted, "N05": pipeline.Verified}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("statuses (-got +want):\n%s", diff)
	}
}
