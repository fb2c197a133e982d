package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// besides are the applies that an undo does not take back, as far as they may have written
// to parts of records that it deletes.
type besides struct {
	opt     UndoOptions
	unmade  unmadeRecords
	extends map[string]bool // whether records of a target may be parts of these, by its identity
}

// lookBeside looks at what applies that are not undone wrote to parts of records that the
// undo deletes. What they wrote by the same plan goes with the record, unless others worked
// on it since; what another plan wrote keeps the record, and so does what is not
// remembered.
func lookBeside(ctx context.Context, all, undone []RunSummary, unmade unmadeRecords, opt UndoOptions) error {
	b := besides{opt: opt, unmade: unmade, extends: map[string]bool{}}
	for _, r := range all {
		if len(RunsOf(undone, r.ID)) > 0 || !b.mayExtend(ctx, &r) {
			continue
		}
		runs, err := recallRuns(ctx, []RunSummary{r}, opt)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			for key, of := range unmade {
				if of.mayHave(&r, key) {
					of.since = append(of.since, "nobody knows what apply "+ApplyOf(r.ID)+" wrote to it, of which not all is remembered")
				}
			}
			continue
		}
		if err := b.look(ctx, runs[0]); err != nil {
			return fmt.Errorf("look at run %s, which may have written to records that this undo deletes: %w", r.ID, err)
		}
	}
	return nil
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
	part, ok := target.(Extension)
	if !ok {
		return false
	}
	for key := range b.unmade {
		if key.target == part.Extends() {
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
	named := map[string]bool{}
	for key := range b.unmade {
		named[key.record] = true
	}
	if !slices.ContainsFunc(r.written, func(w WrittenChange) bool { return named[w.Target] || named[w.Became.Target] }) {
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
