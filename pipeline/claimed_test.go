package pipeline_test

import (
	"slices"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// TestARejectedRowKeepsItsOwnRecord rejects a row that is a record already, whose namesake
// goes. The row says nothing of the namesake, unless it may be about that by now.
func TestARejectedRowKeepsItsOwnRecord(t *testing.T) {
	called := func(name, email, number string) row {
		return row{"name": text(name), "email": text(email), "number": text(number)}
	}
	gone, namesake := called("Jürgen Müller", "a@example.com", ""), called("Müller Jürgen", "b@example.com", "")
	losing := func(target *target, _, own string) { delete(target.records, own) }
	sharing := func(target *target, gone, _ string) { target.edit(gone, "email", text("b@example.com")) }
	for name, c := range map[string]struct {
		before row    // row r3
		id     string // of the row that is rejected
		after  row
		byHand func(target *target, gone, own string)
		kept   bool // so is the record of the row that is gone
	}{
		"it is as it was":               {before: namesake, id: "r3", after: namesake},
		"another address of its own":    {before: namesake, id: "r3", after: called("Müller Jürgen", "c@example.com", "")},
		"a number by now":               {before: namesake, id: "r3", after: called("Müller Jürgen", "b@example.com", "N3")},
		"another number":                {before: called("Müller Jürgen", "b@example.com", "N3"), id: "r3", after: called("Müller Jürgen", "b@example.com", "N4"), kept: true},
		"the address of who is gone":    {before: namesake, id: "r3", after: called("Müller Jürgen", "a@example.com", ""), kept: true},
		"somebody else's id":            {before: called("Karl Kern", "k@example.com", ""), id: "r3", after: namesake, kept: true},
		"the same, of the same address": {before: called("Karl Kern", "b@example.com", ""), id: "r3", after: namesake, kept: true},
		"the name of one of two":        {before: called("Karl Kern", "b@example.com", ""), id: "r3", after: called("Eva Kern", "b@example.com", ""), byHand: sharing, kept: true},
		"a row that is no record":       {before: namesake, id: "r4", after: namesake, kept: true},
		"its record is gone, too":       {before: namesake, id: "r3", after: namesake, byHand: losing, kept: true},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, nil, nil)
			j.policy.OnMissing = pipeline.DeleteMissing
			j.source = sourceOf(t, []string{"r1", "r2", "r3"}, []row{gone, person(2), c.before})
			j.apply(t, j.plan(t))
			of := map[string]string{}
			for row, record := range j.state.links["fake shop"] {
				of[row.ID] = record
			}
			if c.byHand != nil {
				c.byHand(j.target, of["r1"], of["r3"])
			}
			j.source = sourceOf(t, []string{"r2", c.id}, []row{person(2), c.after})
			p := j.pipeline()
			p.Models[0].From[0].Mapping = badly{ids: []string{c.id}}
			plan, err := p.Plan(t.Context(), pipeline.Options{Now: j.w.Now(), Links: j.state, Ledger: j.state})
			must(t, err)
			deleted := map[string]bool{}
			for _, ch := range plan.Changes {
				deleted[ch.Target] = ch.Action == pipeline.Delete
			}
			kept := slices.ContainsFunc(plan.Blocked, func(b pipeline.BlockedRow) bool {
				return b.Code == pipeline.CodeNotSurelyGone && slices.Equal(b.Candidates, []string{of["r1"]})
			})
			if kept != c.kept || deleted[of["r1"]] == c.kept || c.id == "r3" && deleted[of["r3"]] {
				t.Errorf("planned %q, blocked %+v", shown(plan), plan.Blocked)
			}
		})
	}
}
