package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline/state"
)

// TestForgetTakesCustomFieldsAlong forgets somebody of a source without ids, once the journal
// is compacted: what is remembered of her custom fields does not hold her address. That of
// others stays.
func TestForgetTakesCustomFieldsAlong(t *testing.T) {
	t.Parallel()
	inBadges(t, tenantOptions{}, func(w *tenant) {
		w.text = strings.Replace(strings.Replace(w.text, ", id: ID", "", 1), `where: ID == "new"`, `where: Number != ""`, 1)
		w.writeCSV("ID,Email,Number,Badge,Staff,OptIn,Diet\nx,carla@x.example,B7,Carla Secret,,no,\ny,dora@x.example,B8,Dora Other,,no,\n")
		w.applied(w.plan())
		time.Sleep(100 * 24 * time.Hour)
		_, err := w.store.Compact(w.ctx, time.Now(), 40*24*time.Hour)
		w.check(err)
		w.check(w.store.Close())
		w.store = nil
		_, err = state.Forget(w.ctx, filepath.Join(w.dir, "state.db"), "carla@x.example", time.Now(), state.ForgetOptions{})
		w.check(err)
		w.reopen()
		var b strings.Builder
		w.check(w.store.Export(w.ctx, &b))
		for text, want := range map[string]bool{"Carla Secret": false, "carla@x.example": false, "Dora Other": true, "dora@x.example": true} {
			if got := strings.Contains(b.String(), text); got != want {
				t.Errorf("%s is remembered: %t, want %t", text, got, want)
			}
		}
	})
}
