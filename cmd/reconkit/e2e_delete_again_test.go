package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// TestNothingIsDeletedThatBecameARow plans to delete a contact, lets another plan find that
// a row is that contact, or is it again, which writes nothing, and only then applies the
// plan of the deletion. Where nothing came between, the contact is deleted.
func TestNothingIsDeletedThatBecameARow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		undo  bool
		by    string // name of the pipeline that looks in between; "": none does
		row   string // that it finds
		again bool   // the undo is planned anew after that
		left  int
	}{
		"nothing":                        {},
		"another id":                     {by: "shared", row: "77", left: 1},
		"the same id":                    {by: "shared", row: "1", left: 1},
		"another pipeline":               {by: "other", row: "77", left: 1},
		"an undo":                        {undo: true},
		"an undo, and another id":        {undo: true, by: "shared", row: "77", left: 1},
		"an undo, and the same id":       {undo: true, by: "shared", row: "1"},
		"an undo, and another pipeline":  {undo: true, by: "other", row: "1", left: 1},
		"an undo that knows another row": {undo: true, by: "shared", row: "77", again: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inTenant(t, tenantOptions{pipeline: mirrored, csv: goneHead + goneAnna + goneBodo, empty: true}, func(w *tenant) {
				w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte("[]\n"), 0o600))
				w.writeCSV(goneHead + goneBodo)
				w.applyEvents(w.plan())
				time.Sleep(time.Hour)
				w.writeCSV(goneHead + goneAnna + goneBodo)
				r, err := w.apply(w.plan(), false)
				w.check(err)
				time.Sleep(time.Hour)
				plan := func() *pipeline.Plan {
					if c.undo {
						return w.undoOf(r.Run)
					}
					w.writeCSV(goneHead + goneBodo)
					return w.plan()
				}
				p := plan()
				wantEqual(t, "planned deletions", 1, p.Total().Delete)
				if c.by != "" {
					time.Sleep(time.Hour)
					w.writeCSV(goneHead + goneBodo + strings.Replace(goneAnna, "1", c.row, 1))
					w.text = strings.Replace(w.text, "name: shared", "name: "+c.by, 1)
					between := w.plan()
					wantEqual(t, "changes in between", 0, len(between.Changes))
					_, err := w.apply(between, false)
					w.check(err)
				}
				if c.again {
					p = plan()
				}
				time.Sleep(time.Hour)
				r, err = w.apply(p, false)
				w.check(err)
				wantEqual(t, "what is left of her", c.left, len(w.contacts())-1)
				if blocked := r.Count()[pipeline.Blocked]; blocked != c.left {
					t.Errorf("%d blocked: %+v", blocked, r.Outcomes)
				}
			})
		})
	}
}
