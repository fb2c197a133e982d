package pipeline

import (
	"context"
	"errors"
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
	var since time.Time
	for _, read := range a.rested {
		if since.IsZero() || read.Before(since) {
			since = read
		}
	}
	if since.IsZero() || a.latest == nil {
		return // what was created took nobody's place
	}
	log := a.hearAll(ctx, since)
	differ, known := time.Duration(0), false // of the clock of the log from ours, at most
	own := map[string]Deed{}
	for _, ch := range a.changes {
		if _, wrote := a.rested[ch.ID]; !wrote || !a.status(ch).Done() {
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
		if what := log.overwritten(ch, d, a.rested[ch.ID].Add(differ-logTick)); what != "" {
			a.result.Overwritten++
			o := &a.result.Outcomes[a.at[ch.ID]]
			o.Message = strings.TrimPrefix(o.Message+"; "+what, "; ")
		}
	}
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

// overwritten tells which fields of a change somebody gave another value before our
// write, and no earlier than some time.
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
			if !tells || sameValue(f, v, fc.Before) || sameValue(f, v, fc.After) || ch.Action != Delete && sameButForm(f, fc.After, v) {
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
