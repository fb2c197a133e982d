package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// hanging is what keeps records whose rows are gone, and which would be deleted.
type hanging struct {
	plan    *Plan
	opt     Options
	deletes map[string]bool       // the records that would be
	ledgers map[string]LedgerView // by target
	keeps   map[string][]string   // why, by record
}

// keepAttached takes deletions back of records whose rows are gone and on which something
// hangs that would be lost with them: a record of its own, or a field that this pipeline did
// not fill. What the plan itself deletes there keeps the record until the next plan, since
// resources that hang on others are carried out after them: no participation that somebody
// touches meanwhile, or that a person wants to stay, is lost with its contact.
func (p *Plan) keepAttached(ctx context.Context, b *Binding, d *Difference, present *Present, opt Options) error {
	h := hanging{plan: p, opt: opt, deletes: map[string]bool{}, ledgers: map[string]LedgerView{}, keeps: map[string][]string{}}
	for i := range d.Changes {
		if d.Changes[i].Action == Delete {
			h.deletes[d.Changes[i].Target] = true
		}
	}
	teller, ok := b.Target.(AttachmentTeller)
	if !ok || len(h.deletes) == 0 {
		return nil
	}
	found, err := teller.Attachments(ctx, slices.Sorted(maps.Keys(h.deletes)))
	if err != nil {
		return fmt.Errorf("look at what hangs on records that the plan deletes: %w", err)
	}
	d.looks = found.Requests
	for _, a := range found.List {
		if err := h.note(ctx, a); err != nil {
			return err
		}
	}
	for _, f := range found.Failed {
		h.keep(f.Of, "nobody could look at "+diag.Shorten(f.Why, 200))
	}
	d.keepDeleted(h.keeps, b, present)
	d.Findings = append(d.Findings, found.notLookedAt("the plan", len(h.deletes)-len(h.keeps))...)
	return nil
}

// note notes what becomes of a record by what hangs on it.
func (h *hanging) note(ctx context.Context, a Attachment) error {
	if a.Field == "" {
		h.keep(a.Of, "there is "+diag.Shorten(a.Value, 60))
		return nil
	}
	ours, err := h.wrote(ctx, a)
	if err == nil && !ours {
		h.keep(a.Of, "somebody filled "+diag.Shorten(a.Field, 60))
	}
	return err
}

// keep notes why a record stays.
func (h *hanging) keep(record, why string) {
	if h.deletes[record] {
		h.keeps[record] = append(h.keeps[record], why)
	}
}

// wrote reports whether a field that hangs on a record shows what this pipeline wrote there,
// or what the target made of it.
func (h *hanging) wrote(ctx context.Context, a Attachment) (bool, error) {
	if h.opt.Ledger == nil {
		return false, nil
	}
	ledger, known := h.ledgers[a.Target]
	if !known {
		var err error
		if ledger, err = viewLedger(ctx, h.opt.Ledger, a.Target); err != nil {
			return false, fmt.Errorf("read the ledger of %s: %w", a.Target, err)
		}
		h.ledgers[a.Target] = ledger
	}
	return slices.ContainsFunc(ledger.Of(a.Record), func(e LedgerEntry) bool {
		return e.Field == a.Field && e.Pipeline == h.plan.Header.Pipeline && e.Shown.String() == a.Value
	}), nil
}

// keepsNamedMax is the number of reasons told why a record stays.
const keepsNamedMax = 3

// keepDeleted takes the deletions of some records back, and says why they stay.
func (d *Difference) keepDeleted(keeps map[string][]string, b *Binding, present *Present) {
	if len(keeps) == 0 {
		return
	}
	d.Changes = slices.DeleteFunc(d.Changes, func(ch Change) bool { return ch.Action == Delete && keeps[ch.Target] != nil })
	d.Counts.Delete -= len(keeps)
	d.blockTaken(b.Target.Keys(), present.Records) // what they would have given up
	sortBlocked(d.Blocked)
	stay := staying{}
	for record, why := range keeps {
		words := strings.Join(why[:min(len(why), keepsNamedMax)], "; ")
		if more := len(why) - keepsNamedMax; more > 0 {
			words += fmt.Sprintf("; and %d more", more)
		}
		stay[words] = append(stay[words], record)
	}
	for _, f := range stay.findings() {
		f.Severity, f.Code = diag.Warning, "attached"
		f.Hint = "take it away there, by hand or with on_missing: delete in the sink that writes it: the next plan deletes these records"
		d.Findings = append(d.Findings, f)
	}
}
