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

// TestARowThatMovesUpKeepsWhoIsGone has a list whose running number is the id and the number of
// a row, and takes a row out of it. Whoever has the name or a key of the record that is without
// a row now, and had not before, may be that one; a row that still has its name is its own.
func TestARowThatMovesUpKeepsWhoIsGone(t *testing.T) {
	numbered := func(number, name, email string) row {
		return row{"number": text(number), "name": text(name), "email": text(email)}
	}
	anna, bodo, cleo := numbered("1", "Anna Quandt", "home@example.com"), numbered("2", "Bodo Weber", "home@example.com"), numbered("3", "Cleo Kern", "home@example.com")
	nameless := []row{numbered("1", "", "a@example.com"), numbered("2", "", "b@example.com"), numbered("3", "", "c@example.com")}
	for name, c := range map[string]struct {
		before, after []row
		deleted       bool
	}{
		"the last one left":               {[]row{anna, bodo, cleo}, []row{anna, bodo}, true},
		"the first one left":              {[]row{anna, bodo, cleo}, []row{bodo.with("number", text("1")), cleo.with("number", text("2"))}, false},
		"nobody has a name":               {nameless, []row{nameless[1].with("number", text("1")), nameless[2].with("number", text("2"))}, false},
		"nobody has a name, the last one": {nameless, nameless[:2], true},
		"the name of nobody who is gone":  {[]row{anna, bodo, cleo}, []row{anna.with("name", text("Anna Weber")), bodo}, true},
		"the name in another spelling":    {[]row{anna, bodo, cleo}, []row{anna, bodo.with("name", text("Kern, Dr. Cleo"))}, false},
		"an address, under the same name": {[]row{anna, bodo, cleo.with("email", text("c@example.com"))}, []row{anna, bodo.with("email", text("c@example.com"))}, true},
		"an address, and another name":    {[]row{anna, bodo, cleo.with("email", text("c@example.com"))}, []row{anna, numbered("2", "C. Kern", "c@example.com")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			j := mirrorOf(t, c.before)
			j.source = sourceOf(t, []string{"r00", "r01"}, c.after)
			p := j.pipeline()
			p.Bindings[0].Target = shares{j.target}
			plan, err := p.Plan(t.Context(), pipeline.Options{Now: j.w.Now(), Links: j.state, Ledger: j.state})
			must(t, err)
			if n := plan.Total(); n.Missing != 1 || n.Delete == 1 != c.deleted {
				t.Errorf("planned %q, counts %+v, blocked %+v", shown(plan), n, plan.Blocked)
			}
			for _, ch := range plan.Changes {
				if after := ch.Fields; !c.deleted && slices.ContainsFunc(after, func(f pipeline.FieldChange) bool { return f.Field == "name" && f.After.Str() == "Cleo Kern" }) {
					t.Errorf("%s becomes who may be gone: %q", ch.Target, shown(plan))
				}
			}
		})
	}
}
