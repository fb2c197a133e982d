package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// faultRoute is a kind of request that is disturbed, with a part of the story
// that makes it at least twice.
type faultRoute struct {
	name, route string
	allow       string // of the sink
}

func faultRoutes() []faultRoute {
	return []faultRoute{
		{name: "list", route: "GET /api/v1/contacts", allow: "[create, update]"},
		{name: "bulk create", route: "POST /api/v1/bulk-import/contacts", allow: "[create]"},
		{name: "bulk update", route: "POST /api/v1/bulk-import/contacts", allow: "[update]"},
		{name: "patch", route: "PATCH *", allow: "[update]"},
	}
}

// The delays of faults: longer than the transport waits for an answer, shorter
// than a call takes to settle.
const (
	slowAnswer = 3 * time.Minute
	lateCommit = 7 * time.Minute
)

// faultKinds are those of a network and of PlanDocket that can meet a route.
// Kinds about pages have a test of their own, where there are pages.
func faultKinds(route string) []faults.Kind {
	kinds := faults.Kinds()
	for _, k := range plandockettest.Kinds() {
		bulk, page := strings.HasPrefix(string(k), "bulk-"), strings.Contains(string(k), "page")
		switch {
		case page, strings.HasPrefix(route, "GET"), bulk && !strings.HasPrefix(route, "POST"):
		default:
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// TestEveryFaultOnEveryRoute disturbs the first and the second request of each
// route by each kind of fault: in the end the target is as without.
func TestEveryFaultOnEveryRoute(t *testing.T) {
	t.Parallel()
	for _, route := range faultRoutes() {
		for _, kind := range faultKinds(route.route) {
			for call := 1; call <= 2; call++ {
				t.Run(route.name+"/"+string(kind)+"/"+[]string{"first", "second"}[call-1], func(t *testing.T) {
					t.Parallel()
					f := faults.Fault{Route: route.route, From: call, Count: 1, Kind: kind, Delay: slowAnswer}
					switch kind {
					case plandockettest.LateCommit, plandockettest.StaleReads:
						f.Delay = lateCommit
					case plandockettest.BulkRecordsFail:
						f.N = 1
					}
					o := tenantOptions{pipeline: storyPipeline + "    allow: " + route.allow + "\n"}
					inTenant(t, o, func(w *tenant) { w.survives(route, f) })
				})
			}
		}
	}
}

// survives applies the story while one request is disturbed.
func (w *tenant) survives(route faultRoute, f faults.Fault) {
	w.t.Helper()
	want := allowedEnd(route.allow)
	p := w.plan()
	wantEqual(w.t, "subjects of the changes", len(want.outcomes), len(p.Changes))
	w.faults.Add(f)
	e := w.applyToEnd(p)
	if got := w.faults.Fired(f.Kind); got != 1 {
		w.t.Errorf("the fault fired %d times, want 1", got)
	}
	if f.Kind == plandockettest.BulkRecordsFail {
		w.refusedOnce(want, &e)
	}
	w.wantContacts(want.after)
	time.Sleep(slowAnswer + lateCommit) // lists that lag have caught up
	next := w.plan()
	wantEqual(w.t, "changes of the next plan", want.again, subjectsOf(next))
	for subject, status := range e.outcomes {
		if status != want.outcomes[subject] && !status.Done() {
			w.t.Errorf("%s ended as %s, want %s", subject, status, want.outcomes[subject])
		}
	}
	w.t.Logf("%d resumes, %d errors %v", e.resumed, len(e.errs), e.errs)
}

// refusedOnce expects that some records were refused by the server, which says
// so of each, and carries them out by a new plan.
func (w *tenant) refusedOnce(want *storyEnd, e *ended) {
	w.t.Helper()
	var refused []string
	for subject, status := range e.outcomes {
		if status == pipeline.Refused {
			refused = append(refused, subject)
		}
	}
	slices.Sort(refused)
	next := w.plan()
	again := slices.DeleteFunc(subjectsOf(next), func(s string) bool { return slices.Contains(want.again, s) })
	wantEqual(w.t, "what the server refused, and the next plan", refused, again)
	if len(refused) == 0 {
		w.t.Error("nothing was refused")
	}
	for subject, status := range w.applyToEnd(next).outcomes {
		e.outcomes[subject] = status
	}
}

// allowedEnd is the end of the story where only some actions are allowed.
func allowedEnd(allow string) *storyEnd {
	e := defaultEnd()
	before := map[string]plandockettest.Contact{}
	for _, c := range storyBefore() {
		for name, after := range e.after {
			if after.ID == c.ID {
				before[name] = c
			}
		}
	}
	for subject := range storyOutcomes() {
		created := slices.Contains(storyCreates, subject)
		switch {
		case created && !strings.Contains(allow, "create"):
			delete(e.outcomes, subject)
			delete(e.after, subject)
		case !created && !strings.Contains(allow, "update"):
			delete(e.outcomes, subject)
			e.after[subject] = before[subject]
		}
	}
	if !strings.Contains(allow, "create") || !strings.Contains(allow, "update") {
		e.again = nil // the create of ghost, or what is left of it, is not allowed
	}
	return e
}

// TestFaultsAtRandom lets every fourth request fail, in whatever way, also
// while the plan is made. Once faults stop, nothing tells the tenant from an
// undisturbed one. The seed is the name of the run.
func TestFaultsAtRandom(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	fired := map[string]int{}
	t.Cleanup(func() {
		for _, cell := range slices.Sorted(maps.Keys(fired)) {
			t.Logf("%4d %s", fired[cell], cell)
		}
	})
	for seed := range uint64(24) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			kinds := append(faults.Kinds(), plandockettest.BulkPartialCommit, plandockettest.BulkPartialRefusal, plandockettest.BulkMiscount, plandockettest.LateCommit)
			kinds = slices.DeleteFunc(kinds, func(k faults.Kind) bool { return k == faults.Slow || k == faults.Drip })
			o := tenantOptions{storm: faults.Random(seed, 0.25, kinds...)}
			inTenant(t, o, func(w *tenant) { w.weathers(o.storm) })
			mu.Lock()
			defer mu.Unlock()
			for _, h := range o.storm.Hits() {
				method, _, _ := strings.Cut(h.Route, " ")
				fired[method+" "+string(h.Kind)]++
			}
		})
	}
}

// stormRuns bounds how often a plan is tried, and an apply resumed, in a storm.
const stormRuns = 80

func (w *tenant) weathers(storm *faults.Schedule) {
	w.t.Helper()
	var p *pipeline.Plan
	for range stormRuns {
		var err error
		if p, err = w.tryPlan(); err == nil {
			break
		}
		time.Sleep(time.Minute)
	}
	if p == nil {
		w.t.Fatal("no plan in a storm")
	}
	wantEqual(w.t, "blocked rows", storyBlocked(), blockedIn(p))
	e := ended{outcomes: map[string]pipeline.Status{}}
	for range stormRuns {
		r, err := w.apply(p, true)
		if r != nil {
			w.settleOutcomes(&e, p, r)
		}
		if err == nil && !open(r) {
			break
		}
		time.Sleep(pipeline.SettleDefault + time.Minute)
		w.reopen()
	}
	if len(storm.Hits()) == 0 {
		w.t.Error("there was no storm")
	}
	for subject, s := range e.outcomes {
		// When the answer to ghost is lost, nobody can tell a contact without
		// the unknown category from one that somebody else made.
		if !s.Done() && !(subject == "ghost" && s == pipeline.Drifted) {
			w.t.Errorf("%s ended as %s", subject, s)
		}
	}
	w.wantContacts(storyAfter())
}

// TestPageFaults spoils the pages of the list while the plan is made and while
// it is applied. The plan is the true one or keeps its creates back; nothing is
// doubled; and once pages are whole, the next plan reaches the true end.
func TestPageFaults(t *testing.T) {
	t.Parallel()
	pagings := []plandockettest.Paging{plandockettest.PagingPage, plandockettest.PagingOffsetBare, plandockettest.PagingCursor}
	kinds := []faults.Kind{plandockettest.SamePageTwice, plandockettest.PageShift, plandockettest.ShortPage, plandockettest.EndlessLastPage}
	var mu sync.Mutex
	fired := map[faults.Kind]int{}
	t.Cleanup(func() {
		for _, kind := range kinds {
			if fired[kind] == 0 && !t.Failed() {
				t.Errorf("%s never fired", kind)
			}
		}
	})
	for _, paging := range pagings {
		for _, kind := range kinds {
			for from := 1; from <= 2; from++ {
				for _, count := range []int{1, 0} {
					t.Run(fmt.Sprintf("%s/%s/%d/%d", paging, kind, from, count), func(t *testing.T) {
						t.Parallel()
						f := faults.Fault{Route: "GET /api/v1/contacts", From: from, Count: count, Kind: kind}
						o := tenantOptions{storm: faults.New(f)}
						o.plandocket.Dialect = plandockettest.Dialect{Paging: paging, PageSize: 4}
						inTenant(t, o, func(w *tenant) { w.turnsPages(count == 0) })
						mu.Lock()
						defer mu.Unlock()
						fired[kind] += o.storm.Fired(kind)
					})
				}
			}
		}
	}
}

func (w *tenant) turnsPages(forever bool) {
	w.t.Helper()
	p := w.plan()
	got := subjectsOf(p)
	all := slices.Sorted(maps.Keys(storyOutcomes()))
	grade := p.Header.Bindings[0].Evidence.Grade
	for _, s := range got {
		if !slices.Contains(all, s) && !(grade == pipeline.Unproven && slices.Contains(limits("petra"), s)) {
			w.t.Errorf("the plan changes %s", s)
		}
	}
	if grade == pipeline.Proven {
		wantEqual(w.t, "changes of a plan whose list is proven", all, got)
	} else if p.Header.Bindings[0].Counts.Create > 0 {
		w.t.Errorf("%d creates are planned on a list that is %s", p.Header.Bindings[0].Counts.Create, grade)
	}
	e := w.applyToEnd(p)
	for subject, s := range e.outcomes {
		if !s.Done() && s != pipeline.Blocked && s != pipeline.Drifted {
			w.t.Errorf("%s ended as %s", subject, s)
		}
	}
	if forever {
		w.wantNoDoubles()
		return
	}
	if next := w.plan(); len(next.Changes) > 0 {
		w.applyToEnd(next)
	}
	w.wantContacts(storyAfter())
}

// wantNoDoubles expects each key to belong to as many contacts as in the story.
func (w *tenant) wantNoDoubles() {
	w.t.Helper()
	most := map[string]int{"info@shared.example": 2}
	count := map[string]int{}
	for _, c := range w.contacts() {
		for _, key := range []string{strings.ToLower(c.Email), c.CustomerNumber} {
			if count[key]++; key != "" && count[key] > max(1, most[key]) {
				w.t.Errorf("%d contacts have the key %s", count[key], key)
			}
		}
	}
}

// TestResumeTooEarly resumes while a call without an answer may still be
// carried out: its rows are left alone until it has settled.
func TestResumeTooEarly(t *testing.T) {
	t.Parallel()
	inTenant(t, tenantOptions{}, func(w *tenant) {
		p := w.plan()
		w.faults.Add(faults.Fault{Route: "POST *", From: 2, Count: 1, Kind: plandockettest.LateCommit, Delay: lateCommit})
		first, err := w.apply(p, false)
		w.check(err)
		calls := w.pd.BulkCalls()
		early, err := w.apply(p, true)
		w.check(err)
		unknown := first.Count()[pipeline.Unknown]
		if unknown == 0 || early.Count()[pipeline.Unknown] != unknown || w.pd.BulkCalls() != calls {
			t.Errorf("%d rows were open, %d after an early resume, which made %d calls", unknown, early.Count()[pipeline.Unknown], w.pd.BulkCalls()-calls)
		}
		if _, err := w.apply(p, false); !errors.Is(err, pipeline.ErrInterrupted) {
			t.Errorf("without resume the apply ended with %v", err)
		}
		time.Sleep(pipeline.SettleDefault + time.Minute)
		last, err := w.apply(p, true)
		w.check(err)
		wantEqual(t, "open rows", 0, last.Count()[pipeline.Unknown])
		w.wantContacts(storyAfter())
	})
}
