package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// OpenJournal is a journal that tells of calls whatever their plan: one that got no
// answer may still be carried out after another plan was made.
type OpenJournal interface {
	// OpenCalls returns the calls to a target that have no verdict, or one since a
	// time, in the order in which they were intended, and, as lost
	// ones, those that may be open for all that can be told, since they cannot be read.
	// Those of which every outcome is known may be left out.
	OpenCalls(ctx context.Context, target string, since time.Time) ([]CallRecord, error)
}

// places are what a change writes: its record, its keys, and the rows that a create
// makes a record of. Two changes that share one do not go together.
func places(ch Change, keys []string) (list []string) {
	add := func(parts ...string) { list = append(list, strings.Join(parts, "\x00")) }
	if ch.Target != "" {
		add("record", ch.Target)
	}
	for _, k := range append([]Key{ch.Key}, ch.Keys...) {
		if k.Value != "" {
			add("key", k.Field, foldKey(k.Value))
		}
	}
	for _, f := range ch.Fields {
		if slices.Contains(keys, f.Field) && !blank(f.After) {
			add("key", f.Field, foldKey(f.After.String()))
		}
	}
	for _, o := range ch.Rows {
		if ch.Action == Create && o.ID != "" {
			add("row", o.Source, o.ID)
		}
	}
	return list
}

// recallOthers learns from the journal which changes of other plans got no answer and
// had not settled when this plan was made. What shares a record, a key or a row with
// one that the target does not show waits until it has settled, and so does what goes by
// the keys of such a record of the target that the own records belong to.
func (a *applier) recallOthers(ctx context.Context, present *presentIndex) error {
	keys := a.target.Keys()
	of, err := a.openOf(ctx, a.binding.Identity, func(of *openElsewhere, ch Change, at time.Time) {
		of.sent[ch.ID] = at
		if ch.Action == Create {
			a.others = append(a.others, ch)
		}
		if !present.shows(ch) {
			of.hold(places(ch, keys), at)
		}
	})
	if err != nil {
		return err
	}
	for i := 0; i < len(a.changes) && !of.none(); i++ {
		ch := a.changes[i]
		latest, same := of.until(ch.ID, places(ch, keys))
		a.waitFor(ch, latest, same)
	}
	return a.recallOwners(ctx, present)
}

// openOf goes through the changes that calls of other plans to a target sent without an
// answer, with when each call was over.
func (a *applier) openOf(ctx context.Context, target string, each func(of *openElsewhere, ch Change, at time.Time)) (*openElsewhere, error) {
	of := &openElsewhere{sent: map[string]time.Time{}, places: map[string]time.Time{}}
	journal, ok := a.opt.State.(OpenJournal)
	if !ok {
		return of, nil
	}
	read := a.binding.ReadAt
	if now := a.opt.Now(); read.After(now) {
		read = now // of a clock that was ahead
	}
	calls, err := journal.OpenCalls(ctx, target, read.Add(-a.opt.Settle))
	if err != nil {
		return nil, fmt.Errorf("read the journal of other plans: %w", err)
	}
	for _, c := range calls {
		if c.Lost {
			of.holdAll(c.At, a.opt.Now())
			continue
		}
		if c.Digest == a.plan.Digest {
			continue
		}
		if c.Verdict == nil {
			if c.Verdict, err = a.closeCall(ctx, c); err != nil {
				return nil, err
			}
		}
		at := c.Verdict.At
		if now := a.opt.Now(); at.After(now) {
			at = now // of another clock, for which nobody waits longer
		}
		if c.Route == RouteForgotten {
			of.holdAll(at, at)
		}
		for i, ch := range c.Changes {
			if c.Verdict.Outcomes[i].Open() {
				each(of, ch, at)
			}
		}
	}
	return of, nil
}

// openElsewhere is when calls of other plans were over that may still be carried out.
type openElsewhere struct {
	sent   map[string]time.Time // by id of the change
	places map[string]time.Time
	all    time.Time // of calls of which nobody knows what they sent; zero: there are none
}

// holdAll notes a call of which nobody knows what it sent; where nobody knows either when
// it was over, or a clock says what cannot be, that may have been now.
func (o *openElsewhere) holdAll(over, now time.Time) {
	if over.IsZero() || over.After(now) {
		over = now
	}
	if over.After(o.all) {
		o.all = over
	}
}

// none reports whether there are no such calls.
func (o *openElsewhere) none() bool { return len(o.sent)+len(o.places) == 0 && o.all.IsZero() }

// hold notes places of a change that may still be carried out.
func (o *openElsewhere) hold(places []string, at time.Time) {
	for _, place := range places {
		o.places[place] = at
	}
}

// until is when the last call was over that a change with some places waits for; zero:
// there is none. What another plan sent under the same id is the same change, and ours
// when it is there.
func (o *openElsewhere) until(change string, places []string) (latest time.Time, same bool) {
	latest, same = o.sent[change]
	if o.all.After(latest) {
		latest, same = o.all, false
	}
	for _, place := range places {
		if at := o.places[place]; at.After(latest) {
			latest = at
		}
	}
	return latest, same
}

// waitFor lets a change wait until a call has settled that was over at some time.
func (a *applier) waitFor(ch Change, over time.Time, same bool) (waits bool) {
	own, known := a.earlier[ch.ID]
	if a.written[ch.ID] || !over.After(own) {
		return false
	}
	a.earlier[ch.ID] = over
	if !known {
		a.foreign[ch.ID], a.guessed[ch.ID] = true, !same
	}
	return true
}

// shows reports whether the target shows what came of a change.
func (x *presentIndex) shows(ch Change) bool {
	if ch.Action == Create {
		return len(x.carrying([]Key{ch.Key})) > 0
	}
	r, found := x.byID(ch.Target)
	if ch.Action == Delete {
		return !found && x.Evidence.Grade == Proven
	}
	return found && len(x.matches(r, ch.Fields, after)) == 0
}

// madeByOthers says of a create whose row another plan sent under another key, that
// the target shows the record of it by now.
func (a *applier) madeByOthers(present *presentIndex, ch Change) (why string, made bool) {
	if ch.Action != Create {
		return "", false
	}
	for _, other := range a.others {
		if other.ID == ch.ID || foldKey(other.Key.Value) == foldKey(ch.Key.Value) || !present.shows(other) {
			continue
		}
		for _, o := range ch.Rows {
			if o.ID != "" && slices.ContainsFunc(other.Rows, func(x Origin) bool { return x.Source == o.Source && x.ID == o.ID }) {
				return "a call of another plan, which got no answer, made a record of row " + diag.Shorten(o.Source, 60) + ":" + diag.Shorten(o.ID, 60) +
					"; apply that plan with --resume, so that it is known, and make a new plan", true
			}
		}
	}
	return "", false
}

// openCalls tells of calls to a target that may still be carried out, when a plan for
// it is made.
func openCalls(ctx context.Context, memory any, target string, now time.Time) ([]diag.Finding, error) {
	journal, ok := memory.(OpenJournal)
	if !ok {
		return nil, nil
	}
	calls, err := journal.OpenCalls(ctx, target, now.Add(-SettleDefault))
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	n, lost, run := 0, 0, ""
	for _, c := range calls {
		if c.Lost || c.Route == RouteForgotten {
			lost++
		}
		for i := range c.Changes {
			if c.Verdict == nil || c.Verdict.Outcomes[i].Open() {
				n, run = n+1, ApplyOf(c.Run)
			}
		}
	}
	var found []diag.Finding
	if lost > 0 {
		found = append(found, diag.Finding{Severity: diag.Warning, Code: "open-call", Count: lost,
			Message: fmt.Sprintf("of calls to %s nobody knows what they sent, since the journal of them is or was damaged, and it may still be carried out: %d; an apply of this plan writes only once that has settled", target, lost),
			Hint:    damageHint})
	}
	if n == 0 {
		return found, nil
	}
	return append(found, diag.Finding{Severity: diag.Warning, Code: "open-call", Count: n,
		Message: fmt.Sprintf("changes that were sent to %s got no answer, the last of them in apply %s, and may still be carried out: %d; an apply of this plan writes to the same records, keys and rows only once that has settled", target, diag.Shorten(run, 60), n),
		Hint:    "apply the plan that sent them with --resume first, which finds out what came of them"}), nil
}

// openCalls tells of calls to the target of a binding, and to that which its records belong
// to where no other binding tells of them.
func (p *Plan) openCalls(ctx context.Context, b *Binding, opt Options) ([]diag.Finding, error) {
	own := b.Target.Identity()
	found, err := openCalls(ctx, opt.Links, own, opt.Now)
	owner := leaseOf(b.Target)
	if err != nil || owner == own || slices.ContainsFunc(p.Header.Bindings, func(b PlanBinding) bool { return b.Identity == owner }) {
		return found, err
	}
	more, err := openCalls(ctx, opt.Links, owner, opt.Now)
	return append(found, more...), err
}

// notOursAnyMore says why a record is not to be deleted by what is remembered now,
// which may have been damaged or changed since the plan was made; "" when nothing
// speaks against it.
func (a *applier) notOursAnyMore(ch Change) string {
	if ch.Action != Delete || a.written[ch.ID] {
		return ""
	}
	by, known := a.created[ch.Target]
	switch {
	case known && by != a.plan.RowsOf(&a.binding):
		return pipelineWords(by) + " is remembered to have created the record"
	case !known && a.damage.Created > 0:
		return "nothing shows any more that this pipeline created the record, since the memory is damaged; " + damageHint
	case !known && a.plan.Header.Undo == "":
		return "nothing shows any more that this pipeline created the record, as when what was damaged was taken out of the memory; make a new plan"
	case a.damage.lostLinks():
		return "rows may have become the record since the plan was made: links in the memory are damaged; " + damageHint
	case len(a.shared[ch.Target]) > 0:
		return pipelineWords(a.shared[ch.Target][0]) + " has rows that became the record, too, since the plan was made; make a new plan"
	case a.replanned && a.plan.Header.Undo == "":
		return "a plan that was made later has been applied, in which rows of the record may be there again; make a new plan"
	}
	for _, row := range a.rowsOf[ch.Target] {
		if !slices.ContainsFunc(ch.Rows, func(o Origin) bool { return o.Source == row.Source && o.ID == row.ID }) &&
			!slices.Contains(ch.Known, RowLink{Source: row.Source, ID: row.ID, Target: ch.Target}) {
			return "row " + diag.Shorten(row.Source, 60) + ":" + diag.Shorten(row.ID, 60) + " became the record since the plan was made; make a new plan"
		}
	}
	return ""
}
