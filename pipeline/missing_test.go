package pipeline_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// filtering is a mapping with a condition.
type filtering struct{ identity }

func (filtering) Filters() bool { return true }

// TestMirror lives through what a mirror goes through: rows go, some records were
// there before, some were worked on by hand, and a condition comes into the mapping.
func TestMirror(t *testing.T) {
	j := newJob(t, []row{person(1).with("note", text("theirs"))}, people(1, 5))
	j.policy.OnMissing = pipeline.DeleteMissing
	j.apply(t, j.plan(t)) // 1 is found and unchanged, 2 to 5 are made
	j.target.edit("t004", "phone", text("by hand"))
	j.target.edit("t005", "name", text("By Hand"))
	j.want(t, person(2))

	p := j.plan(t)
	if got := shown(p); len(got) != 1 || p.Changes[0].Target != "t003" {
		t.Errorf("changes %q: want a delete of t003", got)
	}
	if len(p.Blocked) != 2 || !strings.Contains(p.Blocked[1].Reason, "phone: we wrote nothing, and somebody made it by hand") {
		t.Errorf("blocked %+v", p.Blocked)
	}
	if p.Blocked[0].Code != pipeline.CodeEditConflict || !slices.Equal(p.Blocked[0].Candidates, []string{"t005"}) ||
		!strings.Contains(p.Blocked[0].Reason, "we wrote Person 05") || !strings.Contains(p.Blocked[0].Reason, "somebody made it By Hand") {
		t.Errorf("blocked %+v", p.Blocked)
	}
	if n := p.Total(); n.Missing != 4 || n.Delete != 1 {
		t.Errorf("counts %+v", n)
	}
	if !slices.ContainsFunc(p.Findings, func(f diag.Finding) bool { return f.Code == "not-ours" && f.Count == 1 }) {
		t.Errorf("that the first record stays is not said: %v", p.Findings)
	}

	filtered := j.pipeline()
	filtered.Models[0].From[0].Mapping = filtering{}
	again, err := filtered.Plan(t.Context(), pipeline.Options{Now: j.w.Now(), Links: j.state, Ledger: j.state})
	if err != nil || len(again.Changes) != 0 || !slices.ContainsFunc(again.Findings, func(f diag.Finding) bool {
		return f.Code == "delete-not-proven" && strings.Contains(f.Message, "where")
	}) {
		t.Errorf("with a condition: %q, %v, %v", shown(again), again.Findings, err)
	}

	// What is deleted is in the journal first, whole.
	j.apply(t, p)
	call := j.state.calls[len(j.state.calls)-1]
	if ch := call.Changes[0]; ch.Action != pipeline.Delete || len(ch.Fields) < 3 || ch.Fields[0].Before.IsNull() {
		t.Errorf("the journal holds %+v", ch)
	}
	if again := j.plan(t); len(again.Changes) != 0 {
		t.Errorf("planned again: %q", shown(again))
	}
}

// A record of another model or pipeline, whose source this one does not read, is
// not missing: nobody here knows whether its row is gone.
func TestMirrorLeavesRecordsOfOthersAlone(t *testing.T) {
	j := newJob(t, nil, people(1, 2))
	j.policy.OnMissing = pipeline.DeleteMissing
	j.apply(t, j.plan(t))
	other := j.pipeline()
	other.Models[0].From[0].Name = "orders"
	j.want(t, person(3))
	other.Models[0].From[0].Source = j.source
	p, err := other.Plan(t.Context(), pipeline.Options{Now: j.w.Now(), Links: j.state, Ledger: j.state})
	if err != nil {
		t.Fatal(err)
	}
	if n := p.Total(); n.Create != 1 || n.Delete != 0 || n.Missing != 0 {
		t.Errorf("planned %q, counts %+v; want one create and nothing else", shown(p), n)
	}
}

// Without a limit of its own, a mirror deletes few: a hundredth of the target, ten at
// most, and one in any case.
func TestMirrorWithoutALimit(t *testing.T) {
	for name, c := range map[string]struct {
		records, gone int
		limit         pipeline.Limit
		stops         bool
	}{
		"one of few":              {50, 1, pipeline.Limit{}, false},
		"most of few":             {50, 37, pipeline.Limit{}, true},
		"a hundredth":             {400, 4, pipeline.Limit{}, false},
		"more than a hundredth":   {400, 5, pipeline.Limit{}, true},
		"more than ten":           {2000, 11, pipeline.Limit{}, true},
		"many, and it was agreed": {50, 37, pipeline.Limit{Set: true, Count: -1, Percent: 80}, false},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, nil, people(1, c.records))
			j.policy.OnMissing, j.target.pack = pipeline.DeleteMissing, 1000
			j.policy.Limits = map[string]pipeline.Limit{"delete": c.limit}
			j.apply(t, j.plan(t))
			j.want(t, people(c.gone+1, c.records)...)
			p, err := j.pipeline().Plan(t.Context(), pipeline.Options{Now: j.w.Now(), Links: j.state, Ledger: j.state})
			limit := (*pipeline.LimitError)(nil)
			if stopped := errors.As(err, &limit); stopped != c.stops || p.Total().Delete != c.gone {
				t.Errorf("%d deletes planned of %d, %v", p.Total().Delete, c.gone, err)
			}
		})
	}
}

// badly is a mapping that rejects rows whose id is damaged, as a source does.
type badly struct {
	identity
	ids []string
}

func (b badly) Map(in *pipeline.Batch) (pipeline.Mapped, error) {
	m, err := b.identity.Map(in)
	for i := range in.Len() {
		if slices.Contains(b.ids, in.ID(i)) {
			m.Dropped = append(m.Dropped, int32(i))
			m.Rejected = append(m.Rejected, pipeline.Reject{Origin: in.Origin(i), Finding: diag.Finding{Severity: diag.Error, Code: "not-utf8"}})
		}
	}
	return m, err
}

// A rejected row whose id is badly encoded may be any of those that seem to be gone.
func TestMirrorSparesWhatABadlyEncodedIdMayMean(t *testing.T) {
	for name, id := range map[string]string{"invalid UTF-8": "r\xff1", "replaced": "r\uFFFD1"} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, nil, people(1, 2))
			j.policy.OnMissing = pipeline.DeleteMissing
			j.apply(t, j.plan(t))
			p := j.pipeline()
			rows := people(1, 2)
			p.Models[0].From[0].Source = &source{batches: []*pipeline.Batch{batchOf(t, schema, "fair", []string{id, person(2).get("number").Str()}, rows...)}, evidence: pipeline.Evidence{Grade: pipeline.Proven}}
			p.Models[0].From[0].Mapping = badly{ids: []string{id}}
			plan, err := p.Plan(t.Context(), pipeline.Options{Now: j.w.Now(), Links: j.state, Ledger: j.state})
			if err != nil {
				t.Fatal(err)
			}
			if len(plan.Changes) != 0 || !strings.Contains(findingOf(plan, "delete-not-proven"), "whose id cannot be told") {
				t.Errorf("changes %q, %v", shown(plan), plan.Findings)
			}
		})
	}
}

// A name that two rows share keeps neither from being deleted; a new row that has the name
// of whoever is gone, in whatever spelling, is asked about.
func TestMirrorAsksAboutANewRowOfTheName(t *testing.T) {
	called := func(n int, name string) row { return person(n).with("name", text(name)) }
	unnumbered := func(name string) row { return called(9, name).with("number", text("")) }
	for name, c := range map[string]struct {
		gone    string // the name of who is gone; "": none
		rows    []row
		deletes int
		creates int
		blocked int
	}{
		"who stays has the name": {gone: "Jürgen Müller", rows: []row{person(2), called(3, "Jürgen Müller")}, deletes: 1},
		"a new row has it":       {gone: "Jürgen Müller", rows: []row{person(2), called(3, "Jürgen Müller"), unnumbered("Mueller, Juergen")}, blocked: 2},
		"with a number, too":     {gone: "Jürgen Müller", rows: []row{person(2), called(3, "Jürgen Müller"), called(9, "Mueller, Juergen")}, deletes: 1, creates: 1},
		"a new row has another":  {gone: "Jürgen Müller", rows: []row{person(2), called(3, "Jürgen Müller"), unnumbered("Jürgen Möller")}, deletes: 1, creates: 1},
		"a new row has none":     {gone: "Jürgen Müller", rows: []row{person(2), called(3, "Jürgen Müller"), unnumbered("")}, deletes: 1, creates: 1},
		"neither has a name":     {rows: []row{person(2), called(3, "Jürgen Müller"), unnumbered("")}, deletes: 1, creates: 1},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, nil, []row{called(1, c.gone), person(2), called(3, "Jürgen Müller")})
			j.policy.OnMissing = pipeline.DeleteMissing
			j.apply(t, j.plan(t))
			j.want(t, c.rows...)
			p := j.plan(t)
			if n := p.Total(); n.Missing != 1 || n.Delete != c.deletes || n.Create != c.creates || n.Blocked != c.blocked || len(p.Blocked) != c.blocked {
				t.Errorf("planned %q, counts %+v, blocked %+v", shown(p), n, p.Blocked)
			}
		})
	}
}

// TestNameOfManySaysNothingOfWhoIsGone has guests come and go who are all called Guest. They
// are deleted and created, and the plan says that their name tells nobody.
func TestNameOfManySaysNothingOfWhoIsGone(t *testing.T) {
	const guests = 30
	j := newJob(t, nil, nil)
	j.target.pack = guests
	j.policy.OnMissing = pipeline.DeleteMissing
	days := [2][]row{{person(1)}, {person(1)}}
	for i := range guests {
		days[0] = append(days[0], person(10+i).with("name", text("Guest")))
		days[1] = append(days[1], person(60+i).with("name", text("Guest")).with("number", text("")))
	}
	j.want(t, days[0]...)
	j.apply(t, j.plan(t))
	j.want(t, days[1]...)
	p := j.plan(t)
	if n := p.Total(); n.Delete != guests || n.Create != guests || n.Blocked != 0 {
		t.Errorf("counts %+v, blocked %+v", n, p.Blocked)
	}
	if !slices.ContainsFunc(p.Findings, func(f diag.Finding) bool { return f.Code == pipeline.CodeNotSurelyGone && f.Count == 1 }) {
		t.Errorf("findings %v", p.Findings)
	}
}

// TestMirrorSparesWhatATornRowMayMean has a row that could not be taken apart, so that it
// tells no more than its id. A new id may be any of those that seem to be gone; one that is
// a record already is that one.
func TestMirrorSparesWhatATornRowMayMean(t *testing.T) {
	for name, c := range map[string]struct {
		id   string
		said string
		left []string // not deleted
	}{
		"a new id":         {"N09", "has 1 rejected row whose id cannot be told", []string{"N01", "N02", "N03"}},
		"no id":            {"", "has 1 rejected row whose id cannot be told", []string{"N01", "N02", "N03"}},
		"that of a record": {"N03", "", []string{"N01", "N03"}},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, nil, people(1, 3))
			j.policy.OnMissing = pipeline.DeleteMissing
			j.apply(t, j.plan(t))
			rows := batchOf(t, schema, "fair", []string{"N01"}, person(1))
			d := pipeline.BatchData{Source: "fair", Place: "fair.csv", Rejects: []pipeline.Reject{
				{Origin: pipeline.Origin{Source: "fair", Row: 3, ID: c.id}, Cells: []string{"cut"}, Finding: diag.Finding{Severity: diag.Error, Code: "torn"}}}}
			torn, err := pipeline.NewBuilder(schema, 1).Finish(d)
			must(t, err)
			j.source = &source{batches: []*pipeline.Batch{rows, torn}, evidence: pipeline.Evidence{Grade: pipeline.Proven}}
			p := j.plan(t)
			left := []string{"N01", "N02", "N03"}
			for _, ch := range p.Changes {
				left = slices.DeleteFunc(left, func(id string) bool { return ch.Action == pipeline.Delete && ch.Rows[0].ID == id })
			}
			if said := findingOf(p, "delete-not-proven"); !slices.Equal(left, c.left) || !strings.Contains(said, c.said) || c.said == "" && said != "" {
				t.Errorf("%q are left, want %q; it says %q", left, c.left, said)
			}
		})
	}
}
