package pipeline_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/reconkit/reconkit/pipeline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// slowTarget takes its time for each call.
type slowTarget struct {
	*target
	by time.Duration
}

func (s *slowTarget) open(context.Context, pipeline.PlanBinding) (pipeline.Target, error) {
	return s, nil
}

func (s *slowTarget) Apply(ctx context.Context, changes []pipeline.Change) ([]pipeline.Outcome, error) {
	s.w.advance(s.by)
	return s.target.Apply(ctx, changes)
}

func people(from, to int) []row {
	var rows []row
	for n := from; n <= to; n++ {
		rows = append(rows, person(n))
	}
	return rows
}

func TestWavesGrowAfterTheCanary(t *testing.T) {
	j := newJob(t, nil, people(1, 40))
	var waves []int
	j.target.beforeRead = func(_ int, target *target) { waves = append(waves, len(target.calls)) }
	plan := j.plan(t)
	j.apply(t, plan)
	// The first reading is the plan's, the second comes before anything is sent.
	if want := []int{0, 0, 1, 3, 7, 15, 31, 40}; !slices.Equal(waves, want) {
		t.Errorf("calls before each reading: got %v, want %v", waves, want)
	}
}

func TestFirstChangeOfEachWayTravelsAlone(t *testing.T) {
	var existing, desired []row
	for n := 1; n <= 9; n++ {
		existing, desired = append(existing, person(n)), append(desired, person(n).with("note", text("new")))
	}
	j := newJob(t, existing, append(desired, people(10, 20)...))
	j.target.pack = 100
	plan := j.plan(t)
	readAt := map[int]int{}
	j.target.beforeRead = func(reads int, target *target) { readAt[len(target.calls)] = reads }
	j.apply(t, plan)
	var sizes []int
	for _, call := range j.target.sent() {
		sizes = append(sizes, len(call))
	}
	if want := []int{1, 10, 1, 8}; !slices.Equal(sizes, want) {
		t.Errorf("changes by call: got %v, want %v", sizes, want)
	}
	if readAt[1] == 0 || readAt[3] == 0 {
		t.Errorf("what the first change of a way did was not read before the next call: %v", readAt)
	}
}

func TestCanaryFindsAServerThatResets(t *testing.T) {
	var existing, desired []row
	for n := 1; n <= 5; n++ {
		existing = append(existing, person(n).with("phone", text("1")).with("note", text("by hand")))
		desired = append(desired, person(n).with("phone", text("2")))
	}
	j := newJob(t, existing, append(desired, people(10, 12)...))
	j.target.resets, j.target.pack = true, 100
	plan := j.plan(t)
	r, err := pipeline.Apply(t.Context(), plan, j.options())
	if err == nil || !strings.Contains(err.Error(), "field number") && !strings.Contains(err.Error(), "field email") {
		t.Fatalf("apply: %v", err)
	}
	harmed := 0
	for id, record := range j.target.records {
		if id <= "t005" && record.get("note").IsNull() {
			harmed++
		}
	}
	if harmed != 1 || r.Count()[pipeline.Pending] != 4 {
		t.Errorf("%d records harmed; outcomes %v", harmed, r.Count())
	}
}

func TestDriftStopsOnlyItsRow(t *testing.T) {
	var existing, desired []row
	for n := 1; n <= 5; n++ {
		existing = append(existing, person(n).with("phone", text("1")))
		desired = append(desired, person(n).with("phone", text("2")))
	}
	j := newJob(t, existing, append(desired, person(6), person(7)))
	plan := j.plan(t)
	edits := map[int]func(*target){
		2: func(target *target) { // before the first wave
			target.edit("t001", "phone", text("3"))               // the field itself
			target.edit("t002", "email", text("new@example.com")) // a key of the record
			target.edit("t003", "note", text("by hand"))          // something else
			target.edit("t004", "phone", text("2"))               // just what we want
			target.insert(row{"number": text("N06"), "name": text("Somebody else")})
		},
		3: func(target *target) { delete(target.records, "t005") },
	}
	j.target.beforeRead = func(reads int, target *target) {
		if do := edits[reads]; do != nil {
			do(target)
		}
	}
	r := j.apply(t, plan)
	got := map[string]pipeline.Status{}
	for i, c := range plan.Changes {
		got[c.Key.Value] = r.Outcomes[i].Status
	}
	want := map[string]pipeline.Status{"N01": pipeline.Drifted, "N02": pipeline.Drifted, "N03": pipeline.Verified,
		"N04": pipeline.Already, "N05": pipeline.Drifted, "N06": pipeline.Drifted, "N07": pipeline.Verified}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("statuses (-got +want):\n%s", diff)
	}
	if v := j.target.records["t001"].get("phone").Str(); v != "3" {
		t.Errorf("another writer's value became %q", v)
	}
	if v := j.target.records["t003"].get("note").Str(); v != "by hand" {
		t.Errorf("a note by hand became %q", v)
	}
	links, _ := j.state.Links(t.Context(), "fake shop")
	for _, id := range []string{"N01", "N02", "N05", "N06"} {
		if target, ok := links[pipeline.RowKey{Source: "fair", ID: id}]; ok {
			t.Errorf("row %s is linked to %s, though nothing was verified", id, target)
		}
	}
	if len(links) != 3 {
		t.Errorf("links: %v", links)
	}
}

func TestDeleteSparesARecordThatSomebodyFilledIn(t *testing.T) {
	j := mixed(t)
	plan := j.plan(t)
	j.target.edit("t006", "phone", text("+49 6")) // was empty when the plan was made
	j.target.edit("t007", "note", text("edited"))
	r := j.apply(t, plan)
	for i, c := range plan.Changes {
		want := pipeline.Verified
		if c.Action == pipeline.Delete {
			want = pipeline.Drifted
		}
		if got := r.Outcomes[i]; got.Status != want {
			t.Errorf("%s of %s: got %s, want %s (%s)", c.Action, c.Label, got.Status, want, got.Message)
		}
	}
	if len(j.target.records) != 13 {
		t.Errorf("%d records are left of 13", len(j.target.records))
	}
}

func TestLedgerKeepsWhatTheServerShows(t *testing.T) {
	j := newJob(t, []row{person(1)}, []row{person(1).with("phone", text("089 1")).with("note", text("x"))})
	j.target.normalise = func(field string, v pipeline.Value) pipeline.Value {
		if field == "phone" {
			return text("+49891")
		}
		return v
	}
	plan := j.plan(t)
	r := j.apply(t, plan)
	if o := r.Outcomes[0]; o.Status != pipeline.Unverified || !strings.Contains(o.Message, "phone") {
		t.Errorf("outcome: %+v", o)
	}
	entries, _ := j.state.Entries(t.Context(), "fake shop")
	shown := map[string][2]string{}
	for _, e := range entries["t001"] {
		shown[e.Field] = [2]string{e.Sent.String(), e.Shown.String()}
	}
	if diff := cmp.Diff(shown, map[string][2]string{"phone": {"089 1", "+49891"}, "note": {"x", "x"}}); diff != "" {
		t.Errorf("ledger (-got +want):\n%s", diff)
	}
	if again := j.plan(t); len(again.Changes) != 0 {
		t.Errorf("the next plan still has %+v", again.Changes)
	}
}

func TestLaggingListLeavesUnseenAndUnremembered(t *testing.T) {
	j := newJob(t, []row{person(1)}, []row{person(1).with("phone", text("1"))})
	plan := j.plan(t)
	j.target.lag = 5
	r := j.apply(t, plan)
	if r.Outcomes[0].Status != pipeline.Unseen {
		t.Errorf("outcome: %+v", r.Outcomes[0])
	}
	if entries, _ := j.state.Entries(t.Context(), "fake shop"); len(entries) != 0 {
		t.Errorf("the ledger holds what nobody saw: %v", entries)
	}
}

func TestIntentIsDurableBeforeEachSend(t *testing.T) {
	j := mixed(t)
	plan := j.plan(t)
	from := len(j.w.events)
	j.apply(t, plan)
	open, sends := false, 0
	for _, e := range j.w.events[from:] {
		switch e {
		case "intend":
			open = true
		case "send":
			if !open {
				t.Fatal("a call left without an intent of its own")
			}
			open = false
			sends++
		}
	}
	if sends != len(j.target.calls) || sends == 0 {
		t.Errorf("%d sends of %d calls", sends, len(j.target.calls))
	}
	for i, c := range j.state.calls {
		for _, ch := range c.Changes {
			if ch.Action == pipeline.Update && ch.Fields[0].After.IsNull() {
				t.Errorf("call %d was journalled without its images", i)
			}
		}
	}
}

func TestJournalThatCannotBeWrittenStopsBeforeSending(t *testing.T) {
	j := newJob(t, nil, people(1, 3))
	plan := j.plan(t)
	opt := j.options()
	opt.State = brokenJournal{j.state}
	r, err := pipeline.Apply(t.Context(), plan, opt)
	if err == nil || !strings.Contains(err.Error(), "disk full") || len(j.target.calls) != 0 || r.Count()[pipeline.Pending] != 3 {
		t.Errorf("%v; %d calls; %v", err, len(j.target.calls), r.Count())
	}
}

type brokenJournal struct{ *memory }

func (brokenJournal) Intend(context.Context, pipeline.Call) error { return errors.New("disk full") }

func TestStopsAfterThreeFailuresInARow(t *testing.T) {
	j := newJob(t, nil, people(1, 20))
	for n := 2; n <= 30; n++ {
		j.target.faults[n] = refuse
	}
	plan := j.plan(t)
	r := j.apply(t, plan)
	if r.Stopped == "" || len(j.target.calls) != 4 || r.Count()[pipeline.Refused] != 3 || r.Count()[pipeline.Verified] != 1 {
		t.Errorf("stopped %q after %d calls: %v", r.Stopped, len(j.target.calls), r.Count())
	}
}

func TestErrorBesideOutcomesIsVerifiedBeforeItEnds(t *testing.T) {
	j := newJob(t, nil, people(1, 6))
	j.target.faults[3] = stopSoft
	plan := j.plan(t)
	r, err := pipeline.Apply(t.Context(), plan, j.options())
	if err == nil || !strings.Contains(err.Error(), "403") {
		t.Fatalf("apply: %v", err)
	}
	if n := r.Count(); n[pipeline.Verified] != 3 || n[pipeline.Pending] != 3 {
		t.Errorf("outcomes %v", n)
	}
}

func TestStalePlansAreRefused(t *testing.T) {
	for name, spoil := range map[string]func(*job, *pipeline.Plan){
		"expired":        func(j *job, _ *pipeline.Plan) { j.w.advance(pipeline.ValidDefault + time.Second) },
		"future":         func(j *job, _ *pipeline.Plan) { j.w.advance(-2 * time.Hour) },
		"other target":   func(j *job, _ *pipeline.Plan) { j.target.name = "another" },
		"other format":   func(_ *job, p *pipeline.Plan) { p.Header.Format++ },
		"digest":         func(_ *job, p *pipeline.Plan) { p.Digest = strings.Repeat("0", 64) },
		"value":          func(_ *job, p *pipeline.Plan) { p.Changes[0].Fields[0].After = text("evil") },
		"before-image":   func(_ *job, p *pipeline.Plan) { p.Changes[0].Fields[0].Before = text("x") },
		"address":        func(_ *job, p *pipeline.Plan) { p.Changes[0].Target = "t009" },
		"key":            func(_ *job, p *pipeline.Plan) { p.Changes[0].Keys[0].Value = "N99" },
		"one more":       func(_ *job, p *pipeline.Plan) { p.Changes = append(p.Changes, p.Changes[0]) },
		"one less":       func(_ *job, p *pipeline.Plan) { p.Changes = p.Changes[1:] },
		"policy":         func(_ *job, p *pipeline.Plan) { p.Header.Bindings[0].Policy.Accept = pipeline.Unproven },
		"route":          func(_ *job, p *pipeline.Plan) { p.Changes[0].Route = "upsert" },
		"other identity": func(_ *job, p *pipeline.Plan) { p.Header.Bindings[0].Identity = "fake another" },
	} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, nil, people(1, 2))
			plan := j.plan(t)
			spoil(j, plan)
			_, err := pipeline.Apply(t.Context(), plan, j.options())
			var stale *pipeline.StaleError
			if !errors.As(err, &stale) || len(j.target.calls) != 0 {
				t.Errorf("apply: %v after %d calls", err, len(j.target.calls))
			}
		})
	}
}

func TestApplyTwice(t *testing.T) {
	j := mixed(t)
	plan := j.plan(t)
	j.apply(t, plan)
	before := j.target.content()
	r := j.apply(t, plan)
	if r.Count()[pipeline.Already] != len(plan.Changes) || r.Calls != 0 {
		t.Errorf("the second apply: %v in %d calls", r.Count(), r.Calls)
	}
	if diff := cmp.Diff(j.target.content(), before); diff != "" {
		t.Errorf("it changed (-got +want):\n%s", diff)
	}
}

func TestListThatIsNoLongerProven(t *testing.T) {
	j := mixed(t)
	plan := j.plan(t)
	delete(j.target.records, "t007") // it may be there, beyond what the list shows
	j.target.grade = pipeline.Likely
	r := j.apply(t, plan)
	for i, c := range plan.Changes {
		want := pipeline.Verified
		switch {
		case c.Action == pipeline.Create, c.Target == "t007":
			want = pipeline.Blocked
		case c.Action == pipeline.Delete:
			want = pipeline.Unverified
		}
		if got := r.Outcomes[i].Status; got != want {
			t.Errorf("%s of %s: got %s, want %s", c.Action, c.Label, got, want)
		}
	}
}

// TestTimesOfAnApplyAreNotNegative has times by which a call would never settle, or an apply
// be over before it begins.
func TestTimesOfAnApplyAreNotNegative(t *testing.T) {
	for _, tune := range []func(o *pipeline.ApplyOptions){
		func(o *pipeline.ApplyOptions) { o.Settle = -time.Hour },
		func(o *pipeline.ApplyOptions) { o.MaxDuration = -time.Hour },
	} {
		j := newJob(t, nil, []row{person(1)})
		opt := j.options()
		tune(&opt)
		if _, err := pipeline.Apply(t.Context(), j.plan(t), opt); err == nil || !strings.Contains(err.Error(), "neither can be negative") {
			t.Errorf("got %v", err)
		}
		if got := j.target.content(); len(got) != 0 {
			t.Errorf("it wrote %q", got)
		}
	}
}
