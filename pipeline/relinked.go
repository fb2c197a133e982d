package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// An older plan may be applied after a newer one. What the newer one created
// need not carry a key of the older one's create, so that the target alone does
// not show that the contact is there; the remembered links do.

// knownLinks are the links that a plan knows of the rows of a record that it
// creates: to records that are gone, or that a person said are others.
func (d *differ) knownLinks(i int) []RowLink {
	var known []RowLink
	for _, o := range d.rows(i) {
		row := RowKey{o.Source, o.ID}
		targets := []string{d.Links[row], d.unverified.links[row]}
		if doubt := d.unverified.doubts[row]; doubt != nil {
			targets = append(targets, doubt.records...)
		}
		for _, target := range targets {
			if o.ID != "" && target != "" {
				known = append(known, RowLink{Source: o.Source, ID: o.ID, Target: target})
			}
		}
	}
	return known
}

// recallLinks learns which record each source row is by now, without those that
// this plan has made or written for another binding: a row may become a record
// of two models.
func (a *applier) recallLinks(ctx context.Context) error {
	links, err := linksOf(ctx, a.opt.State, a.binding.Identity, a.plan.RowsOf(&a.binding))
	if err != nil {
		return fmt.Errorf("read the links of %s: %w", a.binding.Identity, err)
	}
	a.links, a.shared, a.rowsOf = maps.Clone(links.own), links.shared, map[string][]RowKey{}
	if slices.ContainsFunc(a.changes, func(ch Change) bool { return ch.Action == Delete }) {
		a.rowsOf = rowsOfRecords(links.own)
	}
	if memory, ok := a.opt.State.(Ownership); ok {
		if a.created, err = memory.Created(ctx, a.binding.Identity); err != nil {
			return fmt.Errorf("read which records of %s were created: %w", a.binding.Identity, err)
		}
	}
	a.damage = damageOf(a.opt.State, a.binding.Identity)
	a.lost = a.damage.rowsOf(a.plan.RowsOf(&a.binding))
	for i, o := range a.result.Outcomes {
		ch := &a.plan.Changes[i]
		if !o.Status.Done() || o.Target == "" || a.plan.Header.Bindings[ch.Binding].Identity != a.binding.Identity {
			continue
		}
		for _, row := range ch.Rows {
			if key := (RowKey{row.Source, row.ID}); a.links[key] == o.Target {
				delete(a.links, key)
			}
		}
	}
	return nil
}

// savePlanned remembers the links that the plan found. A row that is another record by now
// stays that record where a plan that was made later has been applied.
func (a *applier) savePlanned(ctx context.Context) error {
	links := a.binding.Links
	if history, ok := a.opt.State.(History); ok {
		runs, err := history.Runs(ctx)
		if err != nil {
			return fmt.Errorf("read the history: %w", err)
		}
		for _, r := range runs {
			if r.Target == a.binding.Identity && r.Binding != nil && r.Binding.ReadAt.After(a.binding.ReadAt) {
				a.newer = true
				a.replanned = a.replanned || r.Pipeline == a.plan.RowsOf(&a.binding) && !r.Binding.ReadAt.After(a.opt.Now()) // else a clock was ahead
			}
		}
	}
	if a.newer {
		links = slices.DeleteFunc(slices.Clone(links), a.moved)
	}
	return a.saveLinks(ctx, links)
}

// moved reports whether a row is another record by now than a link says.
func (a *applier) moved(l RowLink) bool {
	now := a.links[RowKey{l.Source, l.ID}]
	return now != "" && now != l.Target
}

// relinked reports whether a row of a create became a record since the plan was
// made, by another plan, and which one.
func (a *applier) relinked(ch Change) (target, why string, yes bool) {
	if ch.Action != Create || a.written[ch.ID] {
		return "", "", false
	}
	for _, o := range ch.Rows {
		target := a.links[RowKey{o.Source, o.ID}]
		if o.ID == "" || target == "" || slices.Contains(ch.Known, RowLink{Source: o.Source, ID: o.ID, Target: target}) {
			continue
		}
		return target, fmt.Sprintf("row %s:%s became record %s since this plan was made; make a new plan",
			diag.Shorten(o.Source, 60), diag.Shorten(o.ID, 60), diag.Shorten(target, 60)), true
	}
	return "", "", false
}
