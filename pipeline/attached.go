package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// AttachmentTeller is a target of which records of other resources may hang on its own,
// such as the participations of contacts. They are lost when a record is deleted.
type AttachmentTeller interface {
	// Attachments tells what hangs on some records. What cannot be looked at, for now or
	// at all, or would take too many requests, is no error but told as such.
	Attachments(ctx context.Context, records []string) (*Attachments, error)
}

// Attachments are what hangs on some records.
type Attachments struct {
	List []Attachment
	// Unknown is what was not looked at, each with the reason, such as "participations,
	// since the key may not read them".
	Unknown []string
	Failed  []FailedLook

	Requests int // that were sent
}

// FailedLook is a record at which somebody may look later: what hangs on it is not known
// now, so that it is kept.
type FailedLook struct {
	Of  string // the record
	Why string // such as "its participations: " and the error
}

// Attachment is a record of another resource, or a field of it, that hangs on a record.
type Attachment struct {
	Of     string // the record on which it hangs
	Target string // identity of the target that has the other resource
	Record string // its record there
	Field  string // of that; "": the record as a whole
	Value  string // of the field, for people; or what the record is
}

// lookAttached looks at what hangs on records that the undo deletes. What neither the run
// wrote nor the undo takes back keeps the record; what the undo takes back must be gone
// before the record is deleted.
func lookAttached(ctx context.Context, undoers []*undoer, unmade unmadeRecords, opt UndoOptions) error {
	deletes := map[recordOfTarget]*Change{}
	for _, u := range undoers {
		for i := range u.out.Changes {
			if ch := &u.out.Changes[i]; ch.Action == Delete {
				deletes[recordOfTarget{u.Binding.Target.Identity(), ch.Target}] = ch
			}
		}
	}
	for _, u := range undoers {
		teller, ok := u.Binding.Target.(AttachmentTeller)
		records := unmade.of(u)
		if !ok || len(records) == 0 {
			continue
		}
		found, err := teller.Attachments(ctx, records)
		if err != nil {
			return fmt.Errorf("look at what hangs on records that the undo deletes: %w", err)
		}
		opt.Progress(lookStep(u.Binding.Connection, found.Requests))
		for _, a := range found.List {
			key := recordOfTarget{u.Binding.Target.Identity(), a.Of}
			of, first := unmade[key], deletes[recordOfTarget{a.Target, a.Record}]
			switch {
			case of == nil:
			case first != nil:
				deletes[key].Needs = append(deletes[key].Needs, first.ID)
			case a.Field == "":
				of.note(fmt.Sprintf("it has %s", diag.Shorten(a.Value, 60)))
			case !of.wrote[a.Field]:
				of.note(fmt.Sprintf("%s: somebody made it %s", diag.Shorten(a.Field, 60), diag.Shorten(a.Value, 60)))
			}
		}
		for _, f := range found.Failed {
			if of := unmade[recordOfTarget{u.Binding.Target.Identity(), f.Of}]; of != nil {
				of.note("nobody could look at " + diag.Shorten(f.Why, 200))
			}
		}
		u.out.Findings = append(u.out.Findings, found.notLookedAt("the undo", len(records))...)
	}
	return nil
}

// lookStep tells of a look at what hangs on records of a target. Apply does not look again.
func lookStep(c Connection, requests int) Step {
	return Step{What: "look at what hangs on records of " + c.Name, Calls: requests}
}

// notLookedAt tells what may hang on so many records that a plan deletes, as far as nobody
// looked.
func (a *Attachments) notLookedAt(plan string, records int) []diag.Finding {
	if len(a.Unknown) == 0 || records == 0 {
		return nil
	}
	return []diag.Finding{{Severity: diag.Warning, Code: "not-looked-at", Count: records,
		Message: "what may hang on records that " + plan + " deletes was not looked at, and is lost with them: " + strings.Join(a.Unknown, "; "),
		Hint:    "look at these records there before " + plan + " is applied"}}
}

// of are the records of one binding that are still to be deleted, in order.
func (m unmadeRecords) of(u *undoer) (records []string) {
	for key, of := range m {
		if of.binding == u.binding && len(of.since) == 0 {
			records = append(records, key.record)
		}
	}
	slices.Sort(records)
	return records
}
