package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// Witness is a target that keeps a log of who wrote what. An apply hears it about
// calls without an answer.
type Witness interface {
	// Testimony returns what the log tells of writes since a time, as far as it
	// tells anything. Beside an error the testimony has its requests alone, or is nil;
	// [ErrNoTestimony] says that it cannot be read by us, however often we ask.
	Testimony(ctx context.Context, since time.Time) (*Testimony, error)
}

// ErrNoTestimony says that a target has no log, or does not show it to us.
var ErrNoTestimony = errors.New("there is no log that this connection may read")

// Testimony is what the log of a target tells, in any order. It may lack entries.
type Testimony struct {
	Deeds    []Deed
	Requests int // that hearing it took
}

// Deed is one write of a record, as a log tells it.
type Deed struct {
	ID     string // of the entry; those of later entries are larger, in digits or else in text
	Action Action
	Record string    // its id
	At     time.Time // by the clock of the log; zero: of such an entry nothing is concluded
	By     string    // who, in the words of the log; may be ""
	// Shown are the values that it wrote, as far as the log tells them.
	Shown map[string]Value
}

// The limits of hearing a log.
const (
	logSkew   = 10 * time.Minute // the clock of a log may be this far from ours
	logTick   = time.Second      // the times of a log may be rounded down to this
	heardMost = 20               // records of which a log speaks that are looked at; more wait for the list
)

// hear asks the log of the target about changes whose calls got no answer, or that
// were confirmed, and that the present state does not show: the list may lag behind.
// What was written according to the log is looked at by its id and so added to the
// present state; what was written and taken away again by somebody is never sent
// again.
//
// A log is believed only when it tells, at that very moment, of every change of this
// plan that was confirmed and read back since the first open call, and of one at
// least. An entry is taken for that of a call only when it comes after the entry of a
// change that was confirmed before the call, and is no older than the call: people also
// write what a plan wants, and take it back, before there is a plan. Silence is never
// taken for anything: that nothing came of a call is shown by the list, after the call
// has settled.
func (a *applier) hear(ctx context.Context, present *presentIndex) *presentIndex {
	witness, ok := a.target.(Witness)
	looker, looks := a.target.(Looker)
	open := a.unshown(present)
	if !ok || !looks || a.deaf || len(open) == 0 {
		return present
	}
	since, proofs := a.proofs(open)
	if len(proofs) == 0 {
		return present
	}
	t, err := witness.Testimony(ctx, since.Add(-logSkew))
	if t != nil {
		a.result.Requests += t.Requests
	}
	if err != nil {
		a.deaf = errors.Is(err, ErrNoTestimony)
		a.opt.Log.Debug("hear the log of the target", "target", a.binding.Identity, "error", err)
		return present
	}
	log := newHearing(present, t)
	proven, told := a.prove(log, proofs)
	if !told {
		return present // it lags, or has gaps
	}
	ids := log.records(open)
	if len(ids) == 0 || len(ids) > heardMost {
		return present
	}
	looked, err := a.lookAt(ctx, looker, ids)
	if err != nil {
		a.opt.Log.Debug("look at what the log tells of", "target", a.binding.Identity, "error", err)
		return present
	}
	heard := present.with(looked, a.target.Keys())
	heard.alone = present.alone
	if present.alone {
		maps.Copy(heard.looked, present.looked)
		heard.lookedAt = present.lookedAt
	}
	for _, ch := range open {
		a.believe(heard, log, ch, proven)
	}
	return heard
}

// unshown are the changes that a known call of this plan may have carried out, nobody
// knows, and that the present state does not show, or not as they were sent.
func (a *applier) unshown(present *presentIndex) (open []Change) {
	for _, ch := range a.changes {
		_, lost := a.earlier[ch.ID]
		if s := a.status(ch); s.Done() || !lost && s != Sent || ch.Action == Delete || a.begun[ch.ID].IsZero() {
			continue
		}
		if found := present.carrying(ch.Keys); ch.Action == Create && len(found) > 0 &&
			(len(found) > 1 || len(present.matches(present.Records.Record(int(found[0])), ch.Fields, after)) == 0) {
			continue
		}
		if r, there := present.byID(ch.Target); ch.Action == Update && (!there || len(present.matches(r, ch.Fields, before)) > 0) {
			continue
		}
		open = append(open, ch)
	}
	return open
}

// proofs are the changes that the target confirmed and showed since the first of the
// open calls, or else those that it confirmed last before; and since when a log must
// be heard to tell of them all.
func (a *applier) proofs(open []Change) (since time.Time, proofs []Change) {
	for _, ch := range open {
		if at := a.begun[ch.ID]; since.IsZero() || at.Before(since) {
			since = at
		}
	}
	var last time.Time
	for _, ch := range a.changes {
		if at := a.confirms[ch.ID]; a.status(ch) == Verified && !at.After(since) && at.After(last) {
			last = at
		}
	}
	if !last.IsZero() {
		since = last
	}
	for _, ch := range a.changes {
		if at, confirmed := a.confirms[ch.ID]; confirmed && a.status(ch) == Verified && ch.Action != Delete && !at.Before(since) {
			proofs = append(proofs, ch)
		}
	}
	return since, proofs
}

// proof is a change that the target confirmed and showed, with the entry that tells of
// it.
type proof struct {
	deed      Deed
	confirmed time.Time // by our clock
}

// prove finds what the log tells of changes that were confirmed; told is false when it
// does not tell of them all.
func (a *applier) prove(log *hearing, confirmed []Change) (proven []proof, told bool) {
	for _, ch := range confirmed {
		d, told := log.deed(ch, a.result.Outcomes[a.at[ch.ID]].Target, Deed{})
		if !told {
			return nil, false
		}
		proven = append(proven, proof{d, a.confirms[ch.ID]})
	}
	return proven, true
}

// oldest is what the entry of a call comes after, at the least, if anything is known of
// that: the entry of a change that was confirmed before the call began. Where the call
// began long after, the time counts: no entry was written after its confirmation came,
// so that the largest distance of the two is at most what the clocks differ by.
func oldest(proven []proof, begun time.Time) (after Deed, known bool) {
	var differ time.Duration
	for i, p := range proven {
		d := p.deed.At.Sub(p.confirmed)
		if i == 0 || d > differ {
			differ = d
		}
		if !p.confirmed.After(begun) && (!known || inLog(p.deed, after) > 0) {
			after, known = p.deed, true
		}
	}
	if at := begun.Add(differ - logTick); known && after.At.Before(at) {
		after = Deed{At: at}
	}
	return after, known
}

// believe notes what the log tells of a change that was carried out and is not as it
// was written any more: it is not sent again.
func (a *applier) believe(present *presentIndex, log *hearing, ch Change, proven []proof) {
	after, known := oldest(proven, a.begun[ch.ID])
	if !known {
		return
	}
	d, told := log.deed(ch, "", after)
	if !told {
		return
	}
	call := "an earlier call"
	if _, lost := a.earlier[ch.ID]; lost {
		call = "a call without an answer"
	}
	wrote := fmt.Sprintf("%s wrote it as record %s%s", call, diag.Shorten(d.Record, 60), d.whenAndWho())
	later := log.undone(d, ch)
	r, there := present.byID(d.Record)
	switch {
	case !there && later.Action == Delete:
		a.set(ch, Drifted, "", wrote+", and it was deleted"+later.whenAndWho()+", as the log of the target tells; make a new plan")
	case !there || later.Action != Update:
		return // the log tells of a record that is not there, or of no other value: nothing is concluded
	case ch.Action == Update && len(present.matches(r, ch.Fields, before)) == 0:
		a.set(ch, Drifted, "", wrote+", and it was changed back"+later.whenAndWho()+", as the log of the target tells; make a new plan")
	default:
		a.told[ch.ID] = "; " + wrote + ", and it was changed" + later.whenAndWho() + ", as the log of the target tells"
	}
}

// whenAndWho tells of a deed to people.
func (d Deed) whenAndWho() string {
	s := ""
	if !d.At.IsZero() {
		s += " at " + d.At.UTC().Format(time.RFC3339)
	}
	if d.By != "" {
		s += " by " + diag.Shorten(d.By, 60)
	}
	return s
}

// undone is the last deed after that of a change that deleted its record, or wrote
// another value of one of its fields; the zero Deed if none did.
func (h *hearing) undone(d Deed, ch Change) Deed {
	for _, later := range slices.Backward(h.byRecord[d.Record]) {
		if inLog(later, d) <= 0 {
			break
		}
		if _, otherwise := h.shows(later, ch); later.Action == Delete || otherwise > 0 {
			return later
		}
	}
	return Deed{}
}

// inLog compares two deeds by their order in the log.
func inLog(x, y Deed) int {
	return cmp.Or(x.At.Compare(y.At), len(x.ID)-len(y.ID), strings.Compare(x.ID, y.ID))
}

// hearing is a testimony in which deeds are found.
type hearing struct {
	schema   *Schema
	byRecord map[string][]Deed
	creates  map[Key][]Deed // by the folded keys that they gave
}

func newHearing(present *presentIndex, t *Testimony) *hearing {
	h := &hearing{schema: present.Records.schema, byRecord: map[string][]Deed{}, creates: map[Key][]Deed{}}
	deeds := slices.Clone(t.Deeds)
	slices.SortStableFunc(deeds, inLog)
	for _, d := range deeds {
		h.byRecord[d.Record] = append(h.byRecord[d.Record], d)
		for field := range present.keys {
			if v := d.Shown[field]; d.Action == Create && !blank(v) {
				k := Key{field, foldKey(v.String())}
				h.creates[k] = append(h.creates[k], d)
			}
		}
	}
	return h
}

// deed is the last write that a change asked for, if the log tells of one later than
// another: of the record when it is known, with every value that the log tells as it
// was sent, but for the form.
func (h *hearing) deed(ch Change, record string, later Deed) (Deed, bool) {
	candidates := h.byRecord[cmp.Or(record, ch.Target)]
	if ch.Action == Create && record == "" {
		candidates = h.creates[Key{ch.Key.Field, foldKey(ch.Key.Value)}]
	}
	for _, d := range slices.Backward(candidates) {
		if inLog(d, later) <= 0 {
			break
		}
		if sent, otherwise := h.shows(d, ch); d.Action == ch.Action && sent > 0 && otherwise == 0 {
			return d, true
		}
	}
	return Deed{}, false
}

// shows counts the fields of a change that a deed shows as they were sent, but for the
// form, and those that it shows otherwise.
func (h *hearing) shows(d Deed, ch Change) (sent, otherwise int) {
	for _, fc := range ch.Fields {
		shown, tells := d.Shown[fc.Field]
		f, ok := h.schema.Lookup(fc.Field)
		if !tells || !ok {
			continue
		}
		if sameValue(f, fc.After, shown) || sameButForm(f, fc.After, shown) {
			sent++
		} else {
			otherwise++
		}
	}
	return sent, otherwise
}

// records are the records that the log tells of for these changes.
func (h *hearing) records(open []Change) (ids []string) {
	for _, ch := range open {
		if d, told := h.deed(ch, "", Deed{}); told {
			ids = append(ids, d.Record)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
