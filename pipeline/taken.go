package pipeline

import (
	"slices"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// keyTaken says of an update that gives its record a key, that another record has it by now;
// "" where none has. A record from which the plan takes the key first is none.
func (a *applier) keyTaken(present *presentIndex, ch Change) string {
	if ch.Action != Update {
		return ""
	}
	for i := range ch.Fields {
		f := &ch.Fields[i]
		if present.keys[f.Field] == nil || blank(f.After) || foldKey(f.After.String()) == foldKey(f.Before.String()) {
			continue
		}
		for _, at := range present.keys[f.Field][foldKey(f.After.String())] {
			if id := present.Records.Record(int(at)).ID(); id != ch.Target && !ch.knows(id) && !a.leaves(present, id, f) {
				return "another record has its new " + f.Field + " by now; make a new plan"
			}
		}
	}
	return ""
}

// leaves reports whether a change of the plan takes the key that a field is to get from a
// record, and still may.
func (a *applier) leaves(present *presentIndex, record string, gets *FieldChange) bool {
	if a.ofRecord == nil {
		a.ofRecord = make(map[string][]int32, len(a.changes))
		for i := range a.changes {
			if id := a.changes[i].Target; id != "" {
				a.ofRecord[id] = append(a.ofRecord[id], int32(i))
			}
		}
	}
	for _, i := range a.ofRecord[record] {
		ch := &a.changes[i]
		if !slices.ContainsFunc(ch.Fields, func(f FieldChange) bool {
			return f.Field == gets.Field && foldKey(f.Before.String()) == foldKey(gets.After.String()) && foldKey(f.After.String()) != foldKey(gets.After.String())
		}) {
			continue
		}
		status := a.status(*ch) // of which each look before a call knows more
		return status == Sent || status == Unknown || status == Pending && a.reaches(present, *ch)
	}
	return false
}

// reaches reports whether a change can be written as planned, as the target is now.
func (a *applier) reaches(present *presentIndex, ch Change) bool {
	router, ok := a.target.(Router)
	if !ok {
		return true
	}
	again := []Change{ch}
	return len(router.Route(again, present.Present)) == 0 && (again[0].Route == ch.Route || present.addresses(ch))
}

// strangers are the records that carry a key of a planned create, without those
// that another create of the same plan made: two records of a plan may share an
// e-mail when each has a number of its own. Those of which a person said that they are
// something else are known from the plan, unless they have the key by which it creates.
func (a *applier) strangers(present *presentIndex, ch Change) []int32 {
	found := present.carrying(ch.Keys)
	return slices.DeleteFunc(found, func(i int32) bool {
		r := present.Records.Record(int(i))
		return foldKey(r.Get(ch.Key.Field).String()) != foldKey(ch.Key.Value) && (ch.knows(r.ID()) || a.twin(ch, r))
	})
}

// twin reports whether a record is that of another create of the plan, which shares with a
// create each key of it that the record has. Who has such a key otherwise has taken it since.
func (a *applier) twin(ch Change, r Record) bool {
	at, planned := a.creates[Key{ch.Key.Field, foldKey(r.Get(ch.Key.Field).String())}]
	if !planned {
		return false
	}
	other := &a.changes[at]
	for _, k := range ch.Keys {
		has := func(theirs Key) bool { return theirs.Field == k.Field && foldKey(theirs.Value) == foldKey(k.Value) }
		if foldKey(r.Get(k.Field).String()) == foldKey(k.Value) && !slices.ContainsFunc(other.Keys, has) {
			return false
		}
	}
	return true
}

// belongsElsewhere names to what else a record belongs than the record that a create is
// for; "": it is that one, or nobody can tell.
func (a *applier) belongsElsewhere(r Record, ch Change) string {
	owner := belongsBy(a.target)
	if owner == "" {
		return ""
	}
	at := slices.IndexFunc(ch.Fields, func(f FieldChange) bool { return f.Field == owner })
	if at < 0 || r.Get(owner).Equal(ch.Fields[at].After) {
		return ""
	}
	return owner + " " + diag.Shorten(r.Get(owner).String(), 60)
}
