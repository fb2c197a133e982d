package pipeline

import "slices"

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
// carried out. A target that reads on demand reads what the plan creates, too.
func readCost(t Target, present *Present, changes []Change) int {
	n := present.Requests
	if d, ok := t.(OnDemand); ok && d.OnDemand() {
		for i := range changes {
			if changes[i].MadeBy() != "" {
				n++
			}
		}
	}
	return n
}

// recallMade learns the ids of records that the plan has created by now, for the
// updates of them. The binding that creates them was carried out before.
func (a *applier) recallMade() {
	own := false // the changes are no longer those of the plan, which stays as it is
	for i := range a.changes {
		by := a.changes[i].MadeBy()
		if by == "" {
			continue
		}
		if need, known := a.change(by); known && a.result.Outcomes[need].Status.Done() {
			if !own {
				a.changes, own = slices.Clone(a.changes), true
			}
			a.changes[i].Target = a.result.Outcomes[need].Target
		}
	}
}

// standingGone is standing for an update whose record is not in the list of the target.
func (a *applier) standingGone(present *presentIndex, ch Change) (s Status, target, why string) {
	if ch.MadeBy() != "" && !a.allDone(ch.Needs) {
		return Pending, "", "" // mayFollow says what it waits for
	}
	if need, unseen := a.needUnseen(ch); unseen {
		return Blocked, "", unseenWords(need)
	}
	if r, ok := present.renamed(ch); ok {
		return Already, r.ID(), ""
	}
	return Drifted, "", "the record is gone from the target; make a new plan"
}

// madeEarlier finds the record that an earlier apply of the plan created, and that somebody
// has given another key since: by the links of its rows, which that apply remembered.
func (a *applier) madeEarlier(present *presentIndex, ch Change) (Record, bool) {
	if !a.written[ch.ID] {
		return Record{}, false
	}
	for _, o := range ch.Rows {
		id := a.links[RowKey{o.Source, o.ID}]
		by, ours := a.created[id]
		if o.ID == "" || id == "" || !ours || by != a.plan.RowsOf(&a.binding) || slices.Contains(ch.Known, RowLink{Source: o.Source, ID: o.ID, Target: id}) {
			continue
		}
		if r, found := present.byID(id); found {
			return r, true
		}
	}
	return Record{}, false
}

// allDone reports whether changes of the plan came to their end.
func (a *applier) allDone(ids []string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool {
		at, known := a.change(id)
		return !known || !a.result.Outcomes[at].Status.Done()
	})
}
