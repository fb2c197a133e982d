package pipeline

import (
	"context"
	"fmt"
	"slices"
)

// MadeBy is the id of the change of the plan that creates the record of an update,
// whose id nobody knows before that; "" for any other change.
func (c *Change) MadeBy() string {
	if c.Action == Update && c.Target == "" && len(c.Needs) > 0 {
		return c.Needs[0]
	}
	return ""
}

// updateMade plans what is to be written to a record that the plan creates, of which
// nothing is known to be there. Should the target have given it values of its own by
// then, they are drift.
func (d *differ) updateMade(i int, golden Record) {
	ch := d.change(i, Update, golden)
	ch.Match = d.Match.LinkReason(i)
	for _, f := range d.fields {
		if f.ReadOnly || f.Reference {
			continue
		}
		if v, _ := d.sayable(f.Field, trimmed(f, golden.Value(f.model))); !blank(v) {
			ch.Fields = append(ch.Fields, d.fieldChange(i, f, Null(), v))
		}
	}
	switch {
	case len(ch.Fields) == 0:
		d.out.Counts.Unchanged++
	case d.forgotten(i):
		d.block(i, "", damagedBlock(), nil)
	case !d.allowed[Update]:
		d.out.Counts.NotAllowed++
	default:
		d.out.Counts.Update++
		d.keep(ch)
	}
}

// readCost is how many requests a reading of the present state takes while a plan is
// carried out: no record is asked for that the list does not show, since the plan names
// none. A target that reads on demand reads what the plan creates, too.
func readCost(t Target, present *Present, changes []Change) int {
	n := present.Requests - present.Asked
	if d, ok := t.(OnDemand); ok && d.OnDemand() {
		for i := range changes {
			if changes[i].MadeBy() != "" {
				n++
			}
		}
	}
	return n
}

// recallMade learns the ids of records that the plan has created by now, for the updates of
// them, and for what belongs to them. The binding that creates them was carried out before.
func (a *applier) recallMade() {
	own, owner := false, belongsBy(a.target) // own: the changes are no longer those of the plan, which stays as it is
	for i := range a.changes {
		ch := &a.changes[i]
		by := ch.MadeBy()
		if ch.Action == Create && owner != "" {
			by = a.madeFor(ch)
		}
		if by == "" {
			continue
		}
		need, known := a.change(by)
		if !known || !a.result.Outcomes[need].Status.Done() || a.result.Outcomes[need].Target == "" {
			continue
		}
		if !own {
			a.changes, own = slices.Clone(a.changes), true
			ch = &a.changes[i]
		}
		if id := a.result.Outcomes[need].Target; ch.Action == Update {
			ch.Target = id
		} else {
			ch.Fields = append(slices.Clip(ch.Fields), FieldChange{Field: owner, After: StringValue(id)})
		}
	}
}

// madeFor is the id of the change that creates the record to which a new one belongs; "":
// that record was there before.
func (a *applier) madeFor(ch *Change) string {
	for _, id := range ch.Needs {
		if need, known := a.change(id); known && a.plan.Changes[need].Action == Create {
			return id
		}
	}
	return ""
}

// standingGone is standing for an update whose record is not in the list of the target.
func (a *applier) standingGone(present *presentIndex, ch Change) (s Status, target, why string) {
	if ch.MadeBy() != "" && !a.allDone(ch.Needs) {
		return Pending, "", "" // mayFollow says what it waits for
	}
	if need := a.needUnseen(ch); need != nil {
		return Blocked, "", unseenWords(need)
	}
	if r, ok := present.renamed(ch); ok {
		return Already, r.ID(), ""
	}
	return Drifted, "", "the record is gone from the target; make a new plan"
}

// madeEarlier finds the record that an earlier apply of the plan created, and that somebody
// may have given another key since: by what is kept of that apply, or else by the links of its
// rows. Known is that there was one, though it is gone.
func (a *applier) madeEarlier(present *presentIndex, ch Change) (r Record, found, known bool) {
	if !a.written[ch.ID] {
		return Record{}, false, false
	}
	ids := []string{a.madeAs[ch.ID]}
	for _, o := range ch.Rows {
		if ids[0] != "" {
			break // a row may have become another record since
		}
		if id := a.links[RowKey{o.Source, o.ID}]; o.ID != "" && !slices.Contains(ch.Known, RowLink{Source: o.Source, ID: o.ID, Target: id}) {
			ids = append(ids, id)
		}
	}
	for _, id := range ids {
		by, ours := a.created[id]
		if id == "" || !ours || by != a.plan.RowsOf(&a.binding) {
			continue
		}
		known = true
		if r, found = present.byID(id); found {
			return r, true, true
		}
	}
	return Record{}, false, known
}

// recallMadeAs learns from the history which records earlier applies of the plan created.
func (a *applier) recallMadeAs(ctx context.Context) error {
	history, ok := a.opt.State.(History)
	if !ok || !slices.ContainsFunc(a.changes, func(ch Change) bool {
		return ch.Action == Create && a.written[ch.ID]
	}) {
		return nil
	}
	runs, err := history.Runs(ctx)
	if err != nil {
		return fmt.Errorf("read the history: %w", err)
	}
	a.madeAs = map[string]string{}
	for i := range runs {
		r := &runs[i]
		if r.Digest != a.plan.Digest || r.Target != a.binding.Identity {
			continue
		}
		_, outcomes, err := history.RunCalls(ctx, r.ID)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			a.opt.Log.Warn("what a run wrote cannot be told", "run", r.ID, "error", err)
			continue
		}
		for id, o := range outcomes {
			if o.Status.Done() && o.Target != "" {
				a.madeAs[id] = o.Target
			}
		}
	}
	return nil
}

// allDone reports whether changes of the plan came to their end.
func (a *applier) allDone(ids []string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool {
		at, known := a.change(id)
		return !known || !a.result.Outcomes[at].Status.Done()
	})
}
