package pipeline

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/pipeline/internal/safeguard"
)

// presentIndex finds records of the present state by id and by key.
type presentIndex struct {
	*Present
	ids      map[string]int32
	keys     map[string]map[string][]int32 // by field and folded value
	looked   map[string]bool               // the records that were read since the list was
	lookedAt time.Time                     // when they were
	alone    bool                          // nothing else was read since the last wave
}

func indexPresent(p *Present, keys []string) *presentIndex {
	x := &presentIndex{Present: p, ids: make(map[string]int32, p.Records.Len()), keys: map[string]map[string][]int32{}}
	n := int32(0)
	for _, b := range p.Records.batches {
		for i := range b.n {
			x.ids[b.ID(i)] = n + int32(i)
		}
		n += int32(b.n)
	}
	for _, name := range keys {
		f := p.Records.schema.Index(name)
		if f < 0 {
			continue
		}
		by := make(map[string][]int32, p.Records.Len())
		alone := make([]int32, p.Records.n) // where lists of one record are, as most are
		for i := range p.Records.n {
			v := p.Records.Value(i, f)
			if blank(v) {
				continue
			}
			key := foldKey(v.String())
			list := by[key]
			if list == nil {
				list = alone[i : i : i+1]
			}
			by[key] = append(list, int32(i))
		}
		x.keys[name] = by
	}
	return x
}

// foldKey makes keys equal that some target might take as one.
func foldKey(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func (x *presentIndex) byID(id string) (Record, bool) {
	i, ok := x.ids[id]
	if !ok {
		return Record{}, false
	}
	return x.Records.Record(int(i)), true
}

// carrying returns the records that carry any of the keys.
func (x *presentIndex) carrying(keys []Key) []int32 {
	var found []int32
	seen := map[int32]bool{}
	for _, k := range keys {
		for _, i := range x.keys[k.Field][foldKey(k.Value)] {
			if !seen[i] {
				seen[i] = true
				found = append(found, i)
			}
		}
	}
	return found
}

// addresses reports whether the key of a change still means its record alone;
// for a create, no record at all.
func (x *presentIndex) addresses(ch Change) bool {
	found := x.carrying([]Key{ch.Key})
	if ch.Action == Create {
		return len(found) == 0
	}
	return len(found) == 1 && x.Records.Record(int(found[0])).ID() == ch.Target
}

// renamed finds the record of an update whose keys the update changed, in a
// target whose ids are made of keys: the one that carries the new keys and
// shows everything that was planned.
func (x *presentIndex) renamed(ch Change) (Record, bool) {
	var keys []Key
	for _, f := range ch.Fields {
		if x.keys[f.Field] != nil && !blank(f.After) {
			keys = append(keys, Key{f.Field, f.After.String()})
		}
	}
	found := x.carrying(keys)
	if len(found) != 1 {
		return Record{}, false
	}
	r := x.Records.Record(int(found[0]))
	byKey := slices.ContainsFunc(keys, func(k Key) bool { return k.Value == r.ID() }) // else ids stay, and it is another record
	return r, byKey && len(x.matches(r, ch.Fields, after)) == 0
}

// matches compares a record with one side of a change and names the first
// fields that differ.
func (x *presentIndex) matches(r Record, fields []FieldChange, side func(FieldChange) Value) (differ []string) {
	for _, fc := range fields {
		f, ok := x.Records.schema.Lookup(fc.Field)
		if !ok || !sameValue(f, side(fc), r.Get(fc.Field)) {
			differ = append(differ, fc.Field)
		}
	}
	return differ
}

func before(f FieldChange) Value { return f.Before }
func after(f FieldChange) Value  { return f.After }

// check looks at each change before it is sent and returns those that the
// present state still allows. The others get their outcome.
func (a *applier) check(present *presentIndex, changes []Change) []Change {
	var ready []Change
	for i, ch := range changes {
		if s := a.status(ch); s != Pending || !present.covers(ch) {
			continue
		}
		status, target, why := a.standing(present, ch)
		if record, since, relinked := a.relinked(ch); relinked && status == Pending {
			status, target, why = Drifted, record, since
		}
		if status == Pending && a.relinkLost(ch) {
			status, why = Blocked, "its row may have become a record since the plan was made: links in the memory are damaged; "+damageHint
		}
		if doubt := a.notOursAnyMore(ch); doubt != "" && status == Pending {
			status, why = Blocked, doubt
		}
		if made, yes := a.madeByOthers(present, ch); yes && status == Pending {
			status, why = Drifted, made
		}
		if why, verify := a.supersededWords(ch); why != "" && !verify && status != Already {
			a.set(ch, Drifted, "", why)
			continue
		}
		if a.written[ch.ID] && status != Already {
			a.set(ch, Sent, "", "") // never sent again; verification says what there is of it
			a.sent = append(a.sent, &changes[i])
			continue
		}
		if status == Pending && !a.mayFollow(ch) {
			continue
		}
		if until, open := a.settles(present, ch); status == Pending && open {
			status, why = Unknown, a.openWords(ch, until)
		}
		if _, sent := a.earlier[ch.ID]; sent && !a.guessed[ch.ID] && status == Blocked {
			status, why = Unknown, "an earlier call got no answer, and nobody can tell what came of it: "+why
		}
		if status == Pending {
			status, why = a.held(&ch)
		}
		if status == Pending {
			ready = keepNext(ready, changes, i)
			continue
		}
		a.set(ch, status, target, why)
		if status == Blocked {
			a.doubt(present, ch)
		}
		if status.Done() {
			a.sent = append(a.sent, &changes[i]) // so that its links are remembered
		}
	}
	return ready
}

// doubt lets a blocked change wait for the list to be proven whole again, if it may be: what
// was written a moment ago may be what it lacks.
func (a *applier) doubt(present *presentIndex, ch Change) {
	if a.doubtful && len(a.confirms) > 0 {
		a.doubted[ch.ID] = present.ReadAt
	}
}

// standing says how a change stands: Pending when it can be sent.
func (a *applier) standing(present *presentIndex, ch Change) (s Status, target, why string) {
	if ch.Action == Create {
		return a.standingCreate(present, ch)
	}
	r, found := present.byID(ch.Target)
	switch {
	case !found && ch.Action == Delete && present.Evidence.Grade != Proven:
		return Blocked, ch.Target, "the record is not in the list of the target, but that list is not proven to be whole (" + string(present.Evidence.Grade) + ")"
	case !found && ch.Action == Delete:
		return Already, ch.Target, ""
	case !found:
		return a.standingGone(present, ch)
	case ch.Action == Update && len(present.matches(r, ch.Fields, after)) == 0:
		return Already, ch.Target, ""
	case ch.Action == Update && a.ownForm(present, r, ch):
		return Unverified, ch.Target, ownFormWords
	}
	if taken := a.keyTaken(present, ch); taken != "" {
		return Drifted, "", taken
	}
	if drifted := present.drift(r, ch); len(drifted) > 0 && safeguard.On(safeguard.Drift) {
		return Drifted, "", "changed in the target since the plan was made: " + strings.Join(drifted, ", ") + "; make a new plan"
	}
	return Pending, "", ""
}

// drift names the fields of a record that are neither as the plan found them
// nor, for an update, as it wants them. A delete takes every field away, so
// that a value in a field that was empty is drift too.
func (x *presentIndex) drift(r Record, ch Change) []string {
	var drifted []string
	changing := map[string]bool{}
	for _, f := range ch.Fields {
		changing[f.Field] = true
		one := []FieldChange{f}
		if len(x.matches(r, one, before)) > 0 && (ch.Action == Delete || len(x.matches(r, one, after)) > 0) {
			drifted = append(drifted, f.Field)
		}
	}
	for _, k := range ch.Keys {
		if !changing[k.Field] && r.Get(k.Field).String() != k.Value {
			drifted = append(drifted, k.Field)
		}
	}
	for i, f := range x.Records.schema.fields {
		if ch.Action == Delete && !changing[f.Name] && !blank(r.Value(i)) {
			drifted = append(drifted, f.Name)
		}
	}
	return drifted
}

// standingCreate is standing for a create: its keys must still be free.
func (a *applier) standingCreate(present *presentIndex, ch Change) (s Status, target, why string) {
	found := a.strangers(present, ch)
	switch {
	case len(found) == 1:
		r := present.Records.Record(int(found[0]))
		differ := present.matches(r, ch.Fields, after)
		if len(differ) == 0 {
			return Already, r.ID(), ""
		}
		if a.ownForm(present, r, ch) {
			return Unverified, r.ID(), ownFormWords
		}
		return Drifted, r.ID(), "a record with this key exists by now and differs in " + strings.Join(differ, ", ") + a.told[ch.ID] + "; make a new plan"
	case len(found) > 1:
		return Drifted, "", "several records with this key exist by now; make a new plan"
	case !present.Evidence.Grade.AtLeast(a.binding.Policy.Accept) && safeguard.On(safeguard.Completeness):
		return Blocked, "", "the list of the target is no longer proven to be whole (" + string(present.Evidence.Grade) + ")"
	}
	return Pending, "", ""
}

const ownFormWords = "a call without an answer wrote it, and the target shows it in a form of its own"

// ownForm reports whether a record shows what a call without an answer sent, as
// far as a target that normalises shows it: each field as it was sent, or with
// the same letters and digits.
func (a *applier) ownForm(present *presentIndex, r Record, ch Change) bool {
	if _, sent := a.earlier[ch.ID]; !a.partly[ch.ID] && (!sent || a.guessed[ch.ID] || a.existed[ch.ID]) {
		return false
	}
	for _, fc := range ch.Fields {
		f, ok := present.Records.schema.Lookup(fc.Field)
		shown := r.Get(fc.Field)
		switch {
		case !ok:
			return false
		case sameValue(f, fc.After, shown):
		case sameValue(f, fc.Before, shown) || !sameButForm(f, fc.After, shown):
			return false
		}
	}
	return true
}

// verify looks at what was sent since the last read, turns it into outcomes,
// and remembers links and ledger entries. What the target confirmed and does not
// show yet is looked at again after the next read.
func (a *applier) verify(ctx context.Context, present *presentIndex) error {
	a.latest = present
	a.lookAtRefusedAgain()
	var links []RowLink
	var waiting []*Change
	var own owning
	written := make([]seenChange, 0, len(a.sent))
	for _, ch := range a.sent {
		target := a.verifyOne(present, *ch)
		if a.status(*ch) == Sent {
			waiting = append(waiting, ch)
		}
		if !a.status(*ch).Done() || target == "" {
			continue
		}
		if ch.Action == Delete {
			if a.status(*ch) != Unverified {
				own.gone = append(own.gone, target)
			}
			continue
		}
		for i := range ch.Rows {
			if o := &ch.Rows[i]; o.ID != "" && !(a.newer && a.moved(RowLink{Source: o.Source, ID: o.ID, Target: target})) {
				links = append(links, RowLink{Source: o.Source, ID: o.ID, Target: target})
			}
		}
		if !a.wrote(*ch) {
			continue // somebody else made it so: nothing in it is ours
		}
		if ch.Action == Create {
			own.created = append(own.created, target)
		}
		written = append(written, seenChange{ch, target})
	}
	a.sent = waiting
	keep := context.WithoutCancel(ctx)
	if err := a.saveLinks(keep, links); err != nil {
		return err
	}
	if err := a.saveSeen(keep, present, written, &own); err != nil {
		return err
	}
	if err := own.save(keep, a); err != nil {
		return err
	}
	if err := a.closeRefused(keep, present); err != nil {
		return err
	}
	return a.lookAtCanaries(present)
}

// seenChange is a change that we wrote, with the record that shows it.
type seenChange struct {
	*Change
	record string
}

// entriesKeptMax is how many ledger entries are made before they are remembered, so that
// the entries of many changes are never all held.
const entriesKeptMax = 1 << 13

// saveSeen remembers what the target shows of what we wrote.
func (a *applier) saveSeen(ctx context.Context, present *presentIndex, written []seenChange, own *owning) error {
	var entries []LedgerEntry
	for _, ch := range written {
		r, ok := present.byID(ch.record)
		if !ok {
			continue
		}
		entries = a.entriesOf(entries, present, r, ch, own)
		if len(entries) >= entriesKeptMax {
			if err := a.saveEntries(ctx, entries); err != nil {
				return err
			}
			entries = entries[:0]
		}
	}
	return a.saveEntries(ctx, entries)
}

// entriesOf adds the ledger entries of a change to others.
func (a *applier) entriesOf(entries []LedgerEntry, present *presentIndex, r Record, ch seenChange, own *owning) []LedgerEntry {
	entries = append(entries, a.targetsOwn(r, *ch.Change)...)
	now := a.opt.Now()
	for i := range ch.Fields {
		f := &ch.Fields[i]
		if f.Yields {
			own.yielded = append(own.yielded, RecordField{ch.record, f.Field})
			continue
		}
		if a.readBack(*ch.Change, ch.record, f.Field) {
			continue
		}
		one := ch.Fields[i : i+1]
		if len(present.matches(r, one, after)) > 0 && len(present.matches(r, one, before)) == 0 && !onlyTakesAway(*f) {
			continue // not to be seen yet: nothing is known of it
		}
		entries = append(entries, LedgerEntry{Record: ch.record, Field: f.Field, Sent: f.After, Shown: r.Get(f.Field), At: now})
	}
	return entries
}

// verifyOne decides the outcome of a change that was sent, by what the target
// shows, and returns the id of its record. A change that the target confirmed
// and does not show yet stays sent.
func (a *applier) verifyOne(present *presentIndex, ch Change) (target string) {
	status := a.status(ch)
	if status == Already || status == Unverified {
		return a.result.Outcomes[a.at[ch.ID]].Target
	}
	if ch.Action == Delete {
		_, found := present.byID(ch.Target)
		switch {
		case !found && present.Evidence.Grade == Proven:
			a.set(ch, Verified, ch.Target, "")
		case !found && status == Sent:
			a.unsure(ch, Unverified, ch.Target, "the target no longer lists it, but that list is not proven to be whole ("+string(present.Evidence.Grade)+")")
		case found && status == Sent:
			a.set(ch, Sent, ch.Target, "the target says that it was deleted, but still shows it")
		}
		return ch.Target
	}
	r, found, why := a.recordOf(present, ch)
	if !found {
		if status == Sent {
			a.set(ch, Sent, "", why)
		}
		return ""
	}
	differ := present.matches(r, ch.Fields, after)
	switch {
	case len(differ) == 0 && a.existed[ch.ID]:
		a.set(ch, Already, r.ID(), "")
	case len(differ) == 0:
		a.set(ch, Verified, r.ID(), a.refusedWords(ch))
	case status == Sent && ch.Action == Update && len(present.matches(r, ch.Fields, before)) == 0:
		a.set(ch, Sent, r.ID(), "the target says that it was written, but still shows what was before")
	case status == Sent:
		a.unsure(ch, Unverified, r.ID(), "after the write the target shows another value of "+strings.Join(differ, ", "))
	case a.ownForm(present, r, ch):
		a.set(ch, Unverified, r.ID(), ownFormWords)
	case ch.Action == Create && !a.partly[ch.ID]:
		a.set(ch, Drifted, r.ID(), "a record with this key exists by now and differs in "+strings.Join(differ, ", ")+a.told[ch.ID]+"; make a new plan")
	}
	return r.ID()
}

// unsure notes that the target confirmed a change and shows it otherwise, or
// not at all.
func (a *applier) unsure(ch Change, s Status, target, why string) {
	if words, _ := a.supersededWords(ch); words != "" {
		why = words
	} else if a.written[ch.ID] {
		why = "an earlier apply of this plan wrote it: " + why + "; if an undo or somebody took it back since, " + a.newPlan(&ch)
	}
	a.set(ch, s, target, why)
}

// recordOf finds the record that a create or update wrote, or says why it
// cannot be told.
func (a *applier) recordOf(present *presentIndex, ch Change) (r Record, found bool, why string) {
	if ch.Action == Update {
		// A target whose ids are made of keys says under which one the record
		// is now; the old id may be another record's.
		r, found = present.byID(cmp.Or(a.result.Outcomes[a.at[ch.ID]].Target, ch.Target))
		return r, found, "the target says that it was written, but no longer shows the record"
	}
	if r, found, known := a.madeEarlier(present, ch); found || known {
		return r, found, "the target no longer shows the record that an earlier apply of this plan created"
	}
	rows := present.carrying([]Key{ch.Key})
	switch len(rows) {
	case 0:
		return r, false, "the target says that it was created, but does not show it"
	case 1:
		r = present.Records.Record(int(rows[0]))
		if other := a.belongsElsewhere(r, ch); other != "" {
			return Record{}, false, "the target shows its key on another record, #" + diag.Shorten(r.ID(), 60) + ", of " + other + ": somebody gave the key to another one when it was written; look at both"
		}
		return r, true, ""
	default:
		return r, false, "several records with this key exist after the write"
	}
}
