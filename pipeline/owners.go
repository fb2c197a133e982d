package pipeline

import (
	"context"
	"slices"
	"time"
)

// OwnerTeller is a target whose records belong to those of another one, or are parts of
// them, and whose rows name these by their keys: a call to the other target that got no
// answer may still decide who has such a key.
type OwnerTeller interface {
	// Owners returns the records of the other target as they were read last with the own
	// ones, and which of their fields are keys.
	Owners() (records *Table, keys []string)
}

// recallOwners lets a change wait for calls of other plans that may still create or delete
// the record that it belongs to, or change who has its keys.
func (a *applier) recallOwners(ctx context.Context, present *presentIndex) error {
	teller, ok := a.target.(OwnerTeller)
	if !ok {
		return nil
	}
	type openChange struct {
		Change
		over time.Time
	}
	var open []openChange
	of, err := a.openOf(ctx, leaseOf(a.target), func(_ *openElsewhere, ch Change, at time.Time) {
		open = append(open, openChange{ch, at})
	})
	if err != nil || len(open) == 0 && of.none() {
		return err
	}
	records, keys := teller.Owners()
	owners := indexPresent(&Present{Records: records, Evidence: present.Evidence}, keys)
	for _, ch := range open {
		if owners.decides(ch.Change) && !owners.shows(ch.Change) {
			of.hold(places(ch.Change, keys), ch.over)
		}
	}
	for _, ch := range a.changes {
		id := a.ownerOf(present, ch)
		over, _ := of.until("", places(Change{Target: id, Keys: owners.keysOf(id)}, nil))
		if a.waitFor(ch, over, false) {
			a.behind[ch.ID] = true
		}
	}
	return nil
}

// decides reports whether a change decides who has which key.
func (x *presentIndex) decides(ch Change) bool {
	return ch.Action != Update || slices.ContainsFunc(ch.Fields, func(f FieldChange) bool { return x.keys[f.Field] != nil })
}

// keysOf are the keys of a record, if it is there.
func (x *presentIndex) keysOf(id string) (keys []Key) {
	r, found := x.byID(id)
	if !found {
		return nil
	}
	for name := range x.keys {
		if v := r.Get(name); !blank(v) {
			keys = append(keys, Key{name, v.String()})
		}
	}
	return keys
}

// ownerOf is the id of the record that a change belongs to; "": nobody can tell.
func (a *applier) ownerOf(present *presentIndex, ch Change) string {
	if extendedBy(a.target) != "" {
		return ch.Target
	}
	field := belongsBy(a.target)
	for i := range ch.Fields {
		if ch.Fields[i].Field == field {
			return ch.Fields[i].After.String()
		}
	}
	if r, found := present.byID(ch.Target); found {
		return r.Get(field).String()
	}
	return ""
}

// openWords say of a change what it waits for, and until when.
func (a *applier) openWords(ch Change, until time.Time) string {
	at := until.UTC().Format(time.RFC3339)
	if a.behind[ch.ID] {
		return "a call of another plan, which got no answer, may still change who has the keys of the record that this one belongs to; resume after " + at
	}
	return "an earlier call got no answer and may still be carried out; resume after " + at
}
