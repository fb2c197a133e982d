package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/sources/sonderplan/sonderplantest"
)

const filteredPipeline = `version: 1
name: filtered
sources:
  people: { type: sonderplan, base_url: https://api.sonderplan.test, token: "${SONDERPLAN_TOKEN}", filter: { FILTER }, id: uuid }
models:
  contacts:
    from:
      - { source: people, map: { email: email_1, last_name: name } }
targets:
  plandocket:
    type: plandocket
    base_url: https://demo.plandocket.example
    api_key: ${PLANDOCKET_API_KEY}
    requests_per_hour: PER_HOUR
sinks:
  - { model: contacts, target: plandocket, resource: contacts, allow: [create, update, delete], on_missing: delete, limits: { delete: 100% } }
`

// TestMirrorOfAFilteredSource has somebody leave the filter of a source by a change of a
// value: who is not read is not gone. A filter by type lets nobody out.
func TestMirrorOfAFilteredSource(t *testing.T) {
	t.Parallel()
	for filter, deletes := range map[string]bool{"address_city: Mainz": false, "name: Quandt": false, "type: person": true} {
		t.Run(filter, func(t *testing.T) {
			t.Parallel()
			inTenant(t, tenantOptions{pipeline: strings.Replace(filteredPipeline, "FILTER", filter, 1), empty: true}, func(w *tenant) {
				all, err := w.sp.Add(sonderplantest.Contact{Type: sonderplantest.Person, ID: 1, Name: "Anna Quandt", Email1: "anna@x.example", City: "Mainz"},
					sonderplantest.Contact{Type: sonderplantest.Person, ID: 2, Name: "Bodo Quandt", Email1: "bodo@x.example", City: "Mainz"})
				w.check(err)
				w.applied(w.plan())
				wantEqual(t, "contacts", 2, len(w.contacts()))
				time.Sleep(24 * time.Hour)
				if deletes {
					w.check(w.sp.Delete(all[0].UUID))
				} else {
					w.check(w.sp.Edit(all[0].UUID, func(c *sonderplantest.Contact) { c.City, c.Name = "Trier", "Anna Weber" }))
				}
				p := w.plan()
				wantEqual(t, "deletions", deletes, len(p.Changes) == 1)
				told := slices.ContainsFunc(p.Findings, func(f diag.Finding) bool {
					return f.Code == "delete-not-proven" && strings.Contains(f.Message, "(filter)") && strings.Contains(f.Hint, "take filter: away")
				})
				wantEqual(t, "told why nothing is deleted", !deletes, told)
			})
		})
	}
}
