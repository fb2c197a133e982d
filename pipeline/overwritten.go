package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// nameOverwritten finds, where the target has a log that we may read, what somebody else
// changed between the last reading of a record and our call, which took its place. An
// entry counts when the log tells of our own write behind it, and when it gave a field
// that we wrote a value that is neither ours nor the one that was read. Of writes that
// the log does not tell of, that cannot be said, and they are counted.
func (a *applier) nameOverwritten(ctx context.Context) {
	since := a.restedSince()
	if since.IsZero() || a.latest == nil {
		return // what was created took nobody's place
	}
	log := a.hearAll(ctx, since)
	differ, known := time.Duration(0), false // of the clock of the log from ours, at most
	own := map[string]Deed{}
	for _, ch := range a.changes {
		if !a.mayOverwrite(ch) {
			continue
		}
		d, told := log.own(ch)
		if !told || d.At.IsZero() {
			a.result.Unheard++
			continue
		}
		own[ch.ID] = d
		if at, confirmed := a.confirms[ch.ID]; confirmed && (!known || d.At.Sub(at) > differ) {
			differ, known = d.At.Sub(at), true
		}
	}
	if !known {
		differ = -logSkew
	}
	for _, ch := range a.changes {
		d, told := own[ch.ID]
		if !told {
			continue
		}
		read, known := a.rested[ch.ID]
		what := ""
		if known {
			what = log.overwritten(ch, d, read.Add(differ-logTick))
		} else {
			what = log.overwrittenLast(ch, d)
		}
		if what != "" {
			a.result.Overwritten++
			o := &a.result.Outcomes[a.at[ch.ID]]
			o.Message = strings.TrimPrefix(o.Message+"; "+what, "; ")
		}
	}
}

// restedSince is since when somebody may have made what a call took the place of; zero: no
// call took anything's place.
func (a *applier) restedSince() (since time.Time) {
	for _, read := range a.rested {
		if since.IsZero() || read.Before(since) {
			since = read
		}
	}
	for _, intended := range a.orphans {
		read := intended.Add(-longMax) // a call waits no longer behind its reading
		if read.Before(a.binding.ReadAt) {
			read = a.binding.ReadAt
		}
		if since.IsZero() || read.Before(since) {
			since = read
		}
	}
	return since
}

// mayOverwrite reports whether a call carried a change that takes the place of something,
// and it came to something.
func (a *applier) mayOverwrite(ch Change) bool {
	_, wrote := a.rested[ch.ID]
	_, orphan := a.orphans[ch.ID]
	return (wrote || orphan) && a.status(ch).Done()
}

// recallOrphans learns which changes calls of processes carried that died before they named
// what they had taken the place of. When they had read the records is not known.
func (a *applier) recallOrphans(ctx context.Context, calls []CallRecord) error {
	history, ok := a.opt.State.(History)
	if !ok || len(calls) == 0 {
		return nil
	}
	runs, err := history.Runs(ctx)
	if err != nil {
		return fmt.Errorf("read the history: %w", err)
	}
	died := map[string]bool{}
	for i := range runs {
		switch r := &runs[i]; {
		case r.Target != a.binding.Identity || r.Digest != a.plan.Digest || r.ID == a.runID():
		case r.Status == RunDone:
			clear(died) // it came to the end of all changes, and named what there was
		case r.Finish.IsZero():
			died[r.ID] = true
		}
	}
	a.orphans = map[string]time.Time{}
	for i := range calls {
		c := &calls[i]
		for k, ch := range c.Changes {
			status := Unknown
			if c.Verdict != nil {
				status = c.Verdict.Outcomes[k].Status
			}
			if died[c.Run] && ch.Action != Create && (status == Sent || status == Unknown) {
				a.orphans[ch.ID] = c.At
			}
		}
	}
	return nil
}

// hearAll is what the log of the target tells since a time; nil: nothing can be heard.
func (a *applier) hearAll(ctx context.Context, since time.Time) *hearing {
	witness, ok := a.target.(Witness)
	if !ok || a.deaf || ctx.Err() != nil {
		return nil
	}
	t, err := witness.Testimony(Prompt(ctx, promptMax), since.Add(-logSkew))
	if t != nil {
		a.result.Requests += t.Requests
	}
	if err != nil {
		a.deaf = a.deaf || errors.Is(err, ErrNoTestimony)
		a.opt.Log.Debug("hear the log of the target", "target", a.binding.Identity, "error", err)
		return nil
	}
	return newHearing(a.latest, t)
}

// own is the entry of our write, if the log tells of it; a nil log tells nothing.
func (h *hearing) own(ch Change) (Deed, bool) {
	if h == nil {
		return Deed{}, false
	}
	if ch.Action != Delete {
		return h.deed(ch, ch.Target, Deed{})
	}
	deeds := h.byRecord[ch.Target]
	if n := len(deeds); n > 0 && deeds[n-1].Action == Delete {
		return deeds[n-1], true
	}
	return Deed{}, false
}

// overwrittenLast is overwritten where nobody knows when the record was read: a field whose
// last value before our write was another than the one that was read.
func (h *hearing) overwrittenLast(ch Change, own Deed) string {
	var fields []string
	var last Deed
	for _, fc := range h.replaced(ch) {
		f, ok := h.schema.Lookup(fc.Field)
		if !ok {
			continue
		}
		for _, d := range slices.Backward(h.byRecord[ch.Target]) {
			v, tells := d.Shown[fc.Field]
			if inLog(d, own) >= 0 || !tells {
				continue
			}
			if !h.expected(f, fc, ch.Action, v) && !sameButForm(f, fc.Before, v) {
				fields = append(fields, fc.Field)
				if inLog(d, last) > 0 {
					last = d
				}
			}
			break
		}
	}
	return overwrittenWords(fields, last)
}

// expected reports whether a value in a field is that which was read, or the one that the
// change gives.
func (h *hearing) expected(f Field, fc FieldChange, action Action, v Value) bool {
	return sameValue(f, v, fc.Before) || sameValue(f, v, fc.After) || action != Delete && sameButForm(f, fc.After, v)
}

// overwritten tells which fields of a change somebody gave another value before our
// write, and no earlier than some time; and which others, where the log tells that our
// write gave them another one, too, as when all of a record has to be sent.
func (h *hearing) overwritten(ch Change, own Deed, since time.Time) string {
	var fields []string
	var last Deed
	for _, fc := range h.replaced(ch) {
		f, ok := h.schema.Lookup(fc.Field)
		if !ok {
			continue
		}
		for _, d := range h.byRecord[ch.Target] {
			if inLog(d, own) >= 0 || d.At.Before(since) {
				continue
			}
			v, tells := d.Shown[fc.Field]
			if !tells || h.expected(f, fc, ch.Action, v) {
				continue
			}
			if len(fields) == 0 || fields[len(fields)-1] != fc.Field {
				fields = append(fields, fc.Field)
			}
			if inLog(d, last) > 0 {
				last = d
			}
		}
	}
	for _, d := range h.byRecord[ch.Target] {
		if inLog(d, own) >= 0 || d.At.Before(since) {
			continue
		}
		for _, field := range slices.Sorted(maps.Keys(d.Shown)) {
			wrote, told := own.Shown[field]
			planned := slices.ContainsFunc(ch.Fields, func(fc FieldChange) bool { return fc.Field == field })
			f, known := h.schema.Lookup(field)
			alike := wrote.Equal(d.Shown[field]) || known && (sameValue(f, wrote, d.Shown[field]) || sameButForm(f, wrote, d.Shown[field]))
			if !told || planned || alike || slices.Contains(fields, field) {
				continue
			}
			fields = append(fields, field)
			if inLog(d, last) > 0 {
				last = d
			}
		}
	}
	return overwrittenWords(fields, last)
}

// overwrittenWords say which fields somebody changed before our write, last by some deed.
func overwrittenWords(fields []string, last Deed) string {
	if len(fields) == 0 {
		return ""
	}
	for i, f := range fields {
		fields[i] = diag.Shorten(f, 60)
	}
	return "overwritten: " + strings.Join(fields, ", ") + ", which somebody changed" + last.whenAndWho() + ", between reading the record and writing it, as the log of the target tells"
}

// replaced are the fields of which a change takes the place of what is there: those that
// it writes, and of a deletion also those that were empty.
func (h *hearing) replaced(ch Change) []FieldChange {
	if ch.Action != Delete {
		return ch.Fields
	}
	var all []FieldChange
	for _, f := range h.schema.fields {
		if f.ReadOnly {
			continue
		}
		fc := FieldChange{Field: f.Name, Before: Null(), After: Null()}
		if i := slices.IndexFunc(ch.Fields, func(c FieldChange) bool { return c.Field == f.Name }); i >= 0 {
			fc = ch.Fields[i]
		}
		all = append(all, fc)
	}
	return all
}
