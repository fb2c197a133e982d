package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// otherTenant is the tenant to which another key at the same address leads, with so many
// contacts of its own, which are a year old.
func (w *tenant) otherTenant(contacts int) *plandockettest.Server {
	w.t.Helper()
	pd, err := plandockettest.New(plandockettest.Options{Now: time.Now, Keys: map[string][]string{tenantKey: {"contacts", "custom_fields"}}})
	w.check(err)
	for _, f := range []plandockettest.CustomField{{Key: "badge_name", Label: "Badge", Type: "text"}, {Key: "staff", Label: "Staff", Type: "number"},
		{Key: "opt_in", Label: "Opt in", Type: "boolean"}, {Key: "diet", Label: "Diet", Type: "select", Options: []string{"vegan"}}} {
		w.check(pd.AddCustomField(f))
	}
	for i := range contacts {
		_, err := pd.Add(plandockettest.Contact{LastName: "Other", CustomerNumber: strings.Repeat("X", i+1), CreatedAt: time.Now().AddDate(-1, 0, i)})
		w.check(err)
	}
	return pd
}

// strange holds that a plan, an apply or an undo was refused since another account answers.
func (w *tenant) strange(what string, err error) {
	w.t.Helper()
	if stale := (*pipeline.StaleError)(nil); !errors.As(err, &stale) || !strings.Contains(err.Error(), "seems to belong to another account") {
		w.t.Errorf("%s ended with %v, want that another account answers", what, err)
	}
}

// writes are the requests that wrote to a tenant.
func writes(pd *plandockettest.Server) (n int) {
	for _, r := range pd.Requests() {
		if r.Method != "GET" {
			n++
		}
	}
	return n
}

// TestAKeyOfAnotherTenant sets the key of another tenant at the same address, after a plan
// was made, and after it was applied: nothing is written there, and nothing that is
// remembered of the first one is believed of it.
func TestAKeyOfAnotherTenant(t *testing.T) {
	t.Parallel()
	for name, contacts := range map[string]int{"empty": 0, "with as many contacts": 3, "with more": 20} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBadges(t, tenantOptions{}, func(w *tenant) {
				first, second := w.pd, w.otherTenant(contacts)
				defer second.Close()
				p := w.plan()
				w.pd = second
				_, err := w.apply(p, false)
				w.strange("the apply", err)
				w.pd = first
				r, err := w.apply(p, false)
				w.check(err)
				wantEqual(t, "outcomes in the tenant of the plan", map[pipeline.Status]int{pipeline.Verified: 4}, r.Count())
				w.pd = second
				_, err = w.tryPlan()
				w.strange("the next plan", err)
				reg, err := registry()
				w.check(err)
				_, err = pipeline.Undo(w.ctx, pipeline.UndoOptions{Run: r.Run, State: w.store, Now: time.Now(), Open: func(ctx context.Context, b pipeline.PlanBinding) (pipeline.Target, error) {
					return dsl.OpenTarget(ctx, reg, w.host(), b)
				}})
				w.strange("the undo", err)
				wantEqual(t, "requests that wrote to the other tenant", 0, writes(second))
				w.pd = first
				wantEqual(t, "changes in the first tenant", 0, len(w.plan().Changes))
			})
		})
	}
}

// TestAPlanForAnEmptyTenant is not applied to one that has been there for long.
func TestAPlanForAnEmptyTenant(t *testing.T) {
	t.Parallel()
	inTenant(t, tenantOptions{pipeline: strings.ReplaceAll(customPipeline, "where: ID == \"new\"", "where: ID != \"\""), csv: customCSV, empty: true}, func(w *tenant) {
		first := w.pd
		w.pd = w.otherTenant(0)
		defer func() { w.check(first.Close()) }()
		p := w.plan()
		second := w.otherTenant(2)
		defer second.Close()
		empty := w.pd
		w.pd = second
		_, err := w.apply(p, false)
		w.strange("the apply", err)
		wantEqual(t, "requests that wrote to the other tenant", 0, writes(second))
		w.pd = empty
	})
}
