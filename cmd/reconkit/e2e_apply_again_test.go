package main

import (
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

const (
	rowAnna = "1,anna@x.example,K1,Anna,Quandt,Mainz\n"
	rowBodo = "2,bodo@x.example,K2,Bodo,Weber,Trier\n"
	rowCleo = "3,cleo@x.example,K3,Cleo,Kern,Ulm\n"
)

// TestAppliedAgainAfterAnEdit applies a plan of one update again, after it was verified and
// another field of the contact was changed, by hand or by a later plan: what was compared
// behind the update is not compared with what somebody did to the contact since.
func TestAppliedAgainAfterAnEdit(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(w *tenant){
		"by hand": func(w *tenant) { w.edit(1, func(c *plandockettest.Contact) { c.Phone = "0123" }) },
		"by a later plan": func(w *tenant) {
			w.writeCSV(unreadHead + strings.NewReplacer("Mainz", "Trier", "Quandt", "Weber").Replace(rowAnna))
			w.applied(w.plan())
		},
	} {
		t.Run(name, func(t *testing.T) {
			inTenant(t, tenantOptions{pipeline: unreadPipeline, csv: unreadHead + rowAnna, empty: true}, func(w *tenant) {
				w.applied(w.plan())
				time.Sleep(time.Hour)
				w.writeCSV(unreadHead + strings.Replace(rowAnna, "Mainz", "Trier", 1))
				p := w.plan()
				wantEqual(t, "outcome", pipeline.Verified, w.applied(p).Outcomes[0].Status)
				time.Sleep(time.Hour)
				edit(w)
				time.Sleep(time.Hour)
				wantEqual(t, "outcome again", pipeline.Already, w.applied(p).Outcomes[0].Status)
			})
		})
	}
}

// TestHalfASwap swaps the addresses of two contacts, of whom one can no longer be written,
// since somebody gave its number to a third one: the other one does not take its address.
func TestHalfASwap(t *testing.T) {
	t.Parallel()
	inTenant(t, tenantOptions{pipeline: unreadPipeline, csv: unreadHead + rowAnna + rowBodo, empty: true}, func(w *tenant) {
		w.applied(w.plan())
		time.Sleep(time.Hour)
		w.writeCSV(unreadHead + strings.Replace(rowAnna, "anna@", "bodo@", 1) + strings.Replace(rowBodo, "bodo@", "anna@", 1))
		p := w.plan()
		time.Sleep(time.Hour)
		w.add(plandockettest.Contact{Email: "hand@x.example", CustomerNumber: "K2", FirstName: "Hand", LastName: "Made"})
		time.Sleep(time.Hour)
		wantEqual(t, "outcomes", map[pipeline.Status]int{pipeline.Drifted: 2}, w.applied(p).Count())
		wantEqual(t, "addresses", "anna@x.example bodo@x.example hand@x.example", w.emails())
	})
}

// TestNumberThatATwinHas creates two contacts, while somebody makes one that has the address
// of the first and the number of the second: it is neither, and no number is given twice.
func TestNumberThatATwinHas(t *testing.T) {
	t.Parallel()
	for name, text := range unreadTexts {
		t.Run(name, func(t *testing.T) {
			inTenant(t, tenantOptions{pipeline: text, csv: unreadHead + rowAnna + rowCleo, empty: true}, func(w *tenant) {
				w.decide("[]\n")
				p := w.plan()
				time.Sleep(time.Hour)
				w.add(plandockettest.Contact{Email: "anna@x.example", CustomerNumber: "K3", FirstName: "Anna", LastName: "Quandt", City: "Mainz"})
				time.Sleep(time.Hour)
				wantEqual(t, "outcomes", map[pipeline.Status]int{pipeline.Drifted: 2}, w.applied(p).Count())
				wantEqual(t, "contacts", 1, len(w.contacts()))
			})
		})
	}
}
