package pipeline

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// A credential alone may choose the account of a service, so that the same address leads
// to other records once another one is set. What was planned for one account, and what is
// remembered of it, must not be written to another. No service need say whose account it
// is; its records do.

// Dated is a target whose records say when they came to be, which nobody changes.
type Dated interface {
	// Dated returns the records of the account as they were read last, which may be
	// those that the records of the target belong to, and the field that says when they
	// came to be; nil before anything was read.
	Dated() (records *Table, field string)
}

// The limits of telling accounts apart.
const (
	seenMax = 16 // records that a plan names
	goneMin = 3  // records of them that nobody will have deleted at once
	// A record this much older than a reading was there at it, whatever the clocks and the
	// time zones in which they tell the time.
	newcomerBy = 48 * time.Hour
)

// SeenRecord is a record that a target showed, and when it came to be.
type SeenRecord struct {
	ID      string `json:"id"`
	Created Value  `json:"created"`
}

// seenIn are some records of the account, as they were read last, evenly from its list, and
// without those that the plan deletes.
func (p *Plan) seenIn(t Target, own []Change) (seen []SeenRecord) {
	records, field := datedOf(t)
	if records == nil || records.Len() == 0 {
		return nil
	}
	deleted := map[string]bool{}
	for _, list := range [][]Change{p.Changes, own} {
		for i := range list {
			if list[i].Action == Delete {
				deleted[list[i].Target] = true
			}
		}
	}
	n := records.Len()
	for k := range min(n, seenMax) {
		r := records.Record(k * n / min(n, seenMax))
		if v := r.Get(field); !v.IsNull() && !deleted[r.ID()] {
			seen = append(seen, SeenRecord{r.ID(), v})
		}
	}
	return seen
}

func datedOf(t Target) (*Table, string) {
	if d, ok := t.(Dated); ok {
		return d.Dated()
	}
	return nil, ""
}

// otherAccount says why a target leads to another account than the one in which records
// were seen, as it was read last; "" when nothing shows that. One record that has its date
// is enough to show that it is the same, and one that has another date that it is not.
func otherAccount(t Target, seen []SeenRecord) string {
	records, field := datedOf(t)
	if records == nil || len(seen) == 0 {
		return ""
	}
	want := make(map[string]Value, len(seen))
	for _, s := range seen {
		want[s.ID] = s.Created
	}
	others := 0
	for _, b := range records.batches {
		at := b.schema.Index(field)
		for i := range b.n {
			created, meant := want[b.ID(i)]
			switch {
			case !meant || at < 0:
			case b.Column(at).Value(i).Equal(created):
				return ""
			default:
				others++
			}
		}
	}
	switch {
	case others > 0:
		return fmt.Sprintf("%d of %d records that were seen there have the same ids and came to be at other times, and the others are not there", others, len(seen))
	case len(seen) >= goneMin:
		return fmt.Sprintf("none of %d records that were seen there is there", len(seen))
	}
	return ""
}

// otherDates reports whether records that were seen in some account came to be at other
// times in that to which a target leads, as it was read last: then it is another one.
func otherDates(t Target, seen []SeenRecord) bool {
	records, _ := datedOf(t)
	if records == nil {
		return false
	}
	there := map[string]bool{}
	for _, b := range records.batches {
		for i := range b.n {
			there[b.ID(i)] = true
		}
	}
	return slices.ContainsFunc(seen, func(s SeenRecord) bool { return there[s.ID] }) && otherAccount(t, seen) != ""
}

// newcomers says why a target that showed no record at a time leads to another account by
// now: it shows one that is older.
func newcomers(t Target, read time.Time) string {
	records, field := datedOf(t)
	if records == nil {
		return ""
	}
	for i := range records.Len() {
		r := records.Record(i)
		if v := r.Get(field); v.Type() == Timestamp && v.Time().Before(read.Add(-newcomerBy)) {
			return "it was empty, and shows record " + diag.Shorten(r.ID(), 60) + " by now, which is older"
		}
	}
	return ""
}

const otherAccountHint = "the credential of the connection seems to belong to another account"

// sameAccount holds, after the first reading of an apply, that the target is what the plan
// was made for.
func (a *applier) sameAccount() error {
	b := &a.binding
	why := otherAccount(a.target, b.Seen)
	if len(b.Seen) == 0 && b.Counts.Current == 0 && b.Evidence.Grade == Proven && len(a.begun) == 0 { // else they may be ours
		why = newcomers(a.target, b.ReadAt)
	}
	if why == "" {
		return nil
	}
	return &StaleError{fmt.Sprintf("%s does not lead to what the plan was made for: %s; %s: make a plan for that one", b.Identity, why, otherAccountHint)}
}

// rememberedAccount holds that what is remembered of a target is of the account that it
// leads to: the newest run names records that it saw.
func rememberedAccount(ctx context.Context, memory any, t Target) error {
	history, ok := memory.(History)
	if !ok {
		return nil
	}
	if records, _ := datedOf(t); records == nil {
		return nil
	}
	runs, err := history.Runs(ctx)
	if err != nil {
		return err
	}
	for i := len(runs) - 1; i >= 0; i-- {
		r := &runs[i]
		if r.Target != t.Identity() || r.Binding == nil || len(r.Binding.Seen) == 0 {
			continue
		}
		if why := otherAccount(t, r.Binding.Seen); why != "" {
			return &StaleError{fmt.Sprintf("%s does not lead to what is remembered of it, since run %s: %s; %s: name another state for that one (state:, --state); "+
				"or, where all of its records were replaced, move the state away, so that records are found by their keys", t.Identity(), diag.Shorten(ApplyOf(r.ID), 60), why, otherAccountHint)}
		}
		return nil
	}
	return nil
}
