package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// planAt makes a plan by a clock of its own.
func (w *tenant) planAt(now func() time.Time) *pipeline.Plan {
	w.t.Helper()
	reg, err := registry()
	w.check(err)
	host := w.host()
	host.Now = now
	loaded, _ := dsl.LoadText(w.ctx, filepath.Join(w.dir, "pipeline.yaml"), []byte(w.text), reg, host)
	p, err := loaded.Plan(w.ctx, pipeline.Options{Now: now(), Links: w.store, Ledger: w.store, Log: w.log()})
	w.check(err)
	return p
}

// TestDifferenceThatComesBackAfterAClockWasAhead applies an update while the clock is ahead.
// Somebody takes it back. A new plan, which has the digest of the first one, writes it again
// once the clock is right; the first plan does not.
func TestDifferenceThatComesBackAfterAClockWasAhead(t *testing.T) {
	t.Parallel()
	ahead := func() time.Time { return time.Now().Add(48 * time.Hour) }
	for name, tt := range map[string]struct {
		made func() time.Time
		next bool
		want pipeline.Status
		city string
	}{
		"a new plan": {ahead, true, pipeline.Verified, "Trier"},
		"a new plan, the first by the right clock": {time.Now, true, pipeline.Verified, "Trier"},
		"the same plan": {time.Now, false, pipeline.Unseen, "Mainz"},
	} {
		t.Run(name, func(t *testing.T) {
			inUnread(t, tenantOptions{pipeline: sharedPipeline, csv: unreadHead + unreadRow}, func(w *tenant, _ func(*pipeline.Plan, string) *pipeline.Result) {
				w.applied(w.plan())
				time.Sleep(24 * time.Hour)
				w.writeCSV(unreadHead + strings.Replace(unreadRow, "Mainz", "Trier", 1))
				p := w.planAt(tt.made)
				_, err := w.applyWith(w.ctx, p, func(o *pipeline.ApplyOptions) { o.Now = ahead })
				w.check(err)
				time.Sleep(2 * time.Hour)
				w.edit(1, func(c *plandockettest.Contact) { c.City = "Mainz" })
				if tt.next {
					p = w.plan()
				}
				wantEqual(t, "outcome", tt.want, w.applied(p).Outcomes[0].Status)
				wantEqual(t, "city", tt.city, w.contacts()[0].City)
			})
		})
	}
}

// TestDeletionAfterAClockWasAhead applies a plan years ahead. Once the clock is right, who is
// gone is deleted: the plan of those years is no later one.
func TestDeletionAfterAClockWasAhead(t *testing.T) {
	t.Parallel()
	ahead := func() time.Time { return time.Now().Add(2 * 365 * 24 * time.Hour) }
	inTenant(t, tenantOptions{pipeline: mirrored, csv: goneHead + goneAnna + goneBodo, empty: true}, func(w *tenant) {
		w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte("[]\n"), 0o600))
		_, err := w.applyWith(w.ctx, w.planAt(ahead), func(o *pipeline.ApplyOptions) { o.Now = ahead })
		w.check(err)
		time.Sleep(24 * time.Hour)
		w.writeCSV(goneHead + goneBodo)
		_, err = w.apply(w.plan(), false)
		w.check(err)
		wantEqual(t, "contacts", []int64{2}, w.ids())
	})
}
