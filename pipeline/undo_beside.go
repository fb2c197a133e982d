package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// besides are the applies that an undo does not take back, as far as they may have written
// to parts of records that it deletes.
type besides struct {
	opt     UndoOptions
	undoers []*undoer
	unmade  unmadeRecords
	extends map[string]bool // whether records of a target may be parts of these, by its identity
}

// lookBeside looks at what applies that are not undone wrote to parts of records that the
// undo deletes. What they wrote by the same plan goes with the record, unless others worked
// on it since; what another plan wrote keeps the record, and so does what is not
// remembered, or cannot be looked at.
func lookBeside(ctx context.Context, all, undone []RunSummary, undoers []*undoer, unmade unmadeRecords, opt UndoOptions) error {
	b := besides{opt: opt, undoers: undoers, unmade: unmade, extends: map[string]bool{}}
	for _, r := range all {
		if len(RunsOf(undone, r.ID)) > 0 || !b.mayExtend(ctx, &r) {
			continue
		}
		runs, err := recallRuns(ctx, []RunSummary{r}, opt)
		if err == nil {
			err = b.look(ctx, runs[0])
		} else {
			b.doubt(&r, func(string) bool { return true }, "of which not all is remembered")
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && len(runs) > 0 {
			b.doubt(&r, runs[0].names, "at which nobody can look now: "+diag.Shorten(err.Error(), 200))
		}
	}
	return nil
}

// doubt notes that nobody knows what a run wrote to records, and why.
func (b *besides) doubt(r *RunSummary, named func(record string) bool, why string) {
	for key, of := range b.unmade {
		if of.mayHave(r, key) && named(key.record) {
			of.since = append(of.since, "nobody knows what apply "+ApplyOf(r.ID)+" wrote to it, "+why)
		}
	}
}

// names reports whether a run wrote to something that has the id of a record.
func (r *undoneRun) names(record string) bool {
	return slices.ContainsFunc(r.written, func(w WrittenChange) bool { return w.Target == record || w.Became.Target == record })
}

// mayExtend reports whether a run may have written to parts of the records, as far as can
// be told without its journal.
func (b *besides) mayExtend(ctx context.Context, r *RunSummary) bool {
	if r.Calls == 0 && !r.Kept && !r.JournalGone() && !r.Damaged {
		return false
	}
	may := false
	for key, of := range b.unmade {
		may = may || of.mayHave(r, key)
	}
	if !may || r.Binding == nil {
		return may
	}
	if r.Extends != nil {
		return b.extended(*r.Extends)
	}
	// An older run does not say so, and its target may be another tenant's, which need not
	// be there any more: it is where it saw other records under the ids of ours.
	if !slices.ContainsFunc(b.undoers, func(u *undoer) bool { return !otherDates(u.Binding.Target, r.Binding.Seen) }) {
		return false
	}
	extends, known := b.extends[r.Target]
	if !known {
		extends = b.isExtension(ctx, r)
		b.extends[r.Target] = extends
	}
	return extends
}

// isExtension reports whether the records of the target of a run are parts of any of the
// records; of one that cannot be opened, for all that is known.
func (b *besides) isExtension(ctx context.Context, r *RunSummary) bool {
	target, err := b.opt.Open(ctx, *r.Binding)
	if err != nil {
		return true
	}
	part := extendedBy(target)
	return part != "" && b.extended(part)
}

// extended reports whether the undo deletes records of a target.
func (b *besides) extended(identity string) bool {
	for key := range b.unmade {
		if key.target == identity {
			return true
		}
	}
	return false
}

// mayHave reports whether a run may have written to a part of the record: at the same kind
// of service, and not before the record was there.
func (of *unmadeRecord) mayHave(r *RunSummary, key recordOfTarget) bool {
	switch {
	case r.Digest == of.digest, r.Digest == "":
		return true
	case r.Target == key.target, !r.Start.IsZero() && r.Start.Before(of.begun.Add(-clockSkewMax)):
		return false
	}
	return r.Binding == nil || r.Binding.Connection.Type == of.connection.Type
}

// look looks at what a run wrote to parts of the records.
func (b *besides) look(ctx context.Context, r undoneRun) error {
	named := false
	for key := range b.unmade {
		named = named || r.names(key.record)
	}
	if !named {
		return nil
	}
	u, err := undoerOf(ctx, r, b.unmade, b.opt)
	if err != nil || u.extends == "" {
		return err
	}
	for i := range r.written {
		u.beside(&r.written[i], ApplyOf(r.ID))
	}
	return nil
}

// beside notes what keeps a record of which another apply wrote a part.
func (u *undoer) beside(w *WrittenChange, apply string) {
	r, found := u.updatedRecord(w)
	if w.Action != Update || !found {
		return
	}
	of := u.unmade[recordOfTarget{u.extends, r.ID()}]
	switch {
	case of == nil:
	case of.digest == u.digest:
		_, since, _ := u.compared(w, r)
		of.written(w.Fields)
		of.note(append(since, u.notWritten(w, r)...)...)
	default:
		for _, fc := range w.Fields {
			if f, ok := u.field(fc.Field); ok && !nothing(r.Value(f.target)) {
				of.note(fmt.Sprintf("%s: apply %s of another plan wrote it, and it is %s", f.Name, apply, shownValue(r.Value(f.target))))
			}
		}
	}
}

// note adds what was done to fields of which nothing is noted yet. A note begins with the
// name of its field.
func (of *unmadeRecord) note(notes ...string) {
	for _, n := range notes {
		field, _, _ := strings.Cut(n, ":")
		if !slices.ContainsFunc(of.since, func(known string) bool { return strings.HasPrefix(known, field+":") }) {
			of.since = append(of.since, n)
		}
	}
}
