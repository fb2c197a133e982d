package main

import (
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// unreadTexts are pipelines with and without a search for duplicates.
var unreadTexts = map[string]string{"no duplicates are looked for": unreadPipeline, "duplicates are": sharedPipeline}

// loseCreate applies a plan whose create is carried out minutes after its answer was lost.
func (w *tenant) loseCreate() {
	w.t.Helper()
	w.faults.Add(faults.Fault{Route: "POST *", Count: 1, Kind: plandockettest.LateCommit, Delay: 8 * time.Minute})
	w.applied(w.plan())
	time.Sleep(24 * time.Hour)
}

// TestUpdatedAndNotReadBack finds the contact of a row by its e-mail and stops behind the
// update. The row has another e-mail when the next plan is made: it is still that contact.
func TestUpdatedAndNotReadBack(t *testing.T) {
	t.Parallel()
	for name, text := range unreadTexts {
		for was, before := range map[string]func(w *tenant){
			"that was there": func(w *tenant) {
				w.add(plandockettest.Contact{Email: "anna@x.example", FirstName: "Anna", LastName: "Quandt", City: "Kiel"})
				time.Sleep(time.Hour)
			},
			"that a lost call made": func(w *tenant) {
				w.loseCreate()
				w.writeCSV(unreadHead + "1,anna.quandt@x.example,,Anna,Quandt,Mainz\n")
			},
		} {
			t.Run(name+", "+was, func(t *testing.T) {
				inUnread(t, tenantOptions{pipeline: text, csv: unreadHead + unreadRow}, func(w *tenant, stopped func(*pipeline.Plan, string) *pipeline.Result) {
					before(w)
					stopped(w.plan(), "contacts")
					time.Sleep(24 * time.Hour)
					w.writeCSV(unreadHead + rekeyedRow)
					w.applied(w.plan())
					wantEqual(t, "contacts", "anna.q@x.example", w.emails())
				})
			})
		}
	}
}

// TestCreatedAndRekeyedByHand loses the answer to a create. Somebody changes the key by which
// it was sent, and the row has other keys, too: the other key that was sent tells of the
// contact, and whether it is that one is asked.
func TestCreatedAndRekeyedByHand(t *testing.T) {
	t.Parallel()
	for name, text := range unreadTexts {
		t.Run(name, func(t *testing.T) {
			inUnread(t, tenantOptions{pipeline: text, csv: unreadHead + "1,anna@x.example,K1,Anna,Quandt,Mainz\n"}, func(w *tenant, _ func(*pipeline.Plan, string) *pipeline.Result) {
				w.loseCreate()
				w.edit(1, func(c *plandockettest.Contact) { c.Email, c.CustomerNumber = "hers@x.example", "K1" })
				w.writeCSV(unreadHead + "1,anna@x.example,K3,Anna,Quandt,Mainz\n")
				p := w.plan()
				wantEqual(t, "changes", 0, len(p.Changes))
				wantEqual(t, "blocked", pipeline.CodeUnread, p.Blocked[0].Code)
			})
		})
	}
}

// TestUnreadOutlivesCompact makes the state small long after an apply was stopped behind its
// create: what tells of the contact stays.
func TestUnreadOutlivesCompact(t *testing.T) {
	t.Parallel()
	inUnread(t, tenantOptions{pipeline: unreadPipeline, csv: unreadHead + unreadRow}, func(w *tenant, stopped func(*pipeline.Plan, string) *pipeline.Result) {
		stopped(w.plan(), "contacts")
		time.Sleep(100 * 24 * time.Hour)
		_, err := w.store.Compact(w.ctx, time.Now(), 40*24*time.Hour)
		w.check(err)
		w.writeCSV(unreadHead + rekeyedRow)
		w.applied(w.plan())
		wantEqual(t, "contacts", "anna.q@x.example", w.emails())
		time.Sleep(100 * 24 * time.Hour)
		gone, err := w.store.Compact(w.ctx, time.Now(), 40*24*time.Hour)
		w.check(err)
		wantEqual(t, "calls that are forgotten once they are of no use", true, gone.Calls > 0)
	})
}

// TestKeylessRowThatIsSomebodyElse uses the id of a row without keys again. A person says that
// it is somebody else: it gets a number of its own, in every plan the same one, and the
// contact that was there stays as it is.
func TestKeylessRowThatIsSomebodyElse(t *testing.T) {
	t.Parallel()
	inUnread(t, tenantOptions{pipeline: sharedPipeline, csv: unreadHead + "1,,,Anna,Quandt,Mainz\n"}, func(w *tenant, _ func(*pipeline.Plan, string) *pipeline.Result) {
		w.applied(w.plan())
		anna := w.contacts()[0]
		time.Sleep(time.Hour)
		w.writeCSV(unreadHead + "1,,,Zoe,Neu,Kiel\n")
		wantEqual(t, "changes before anybody said so", 0, len(w.plan().Changes))
		w.decide("- { a: { source: rows, id: \"1\" }, b: { target: \"1\" }, same: false }\n")
		w.applied(w.plan())
		wantEqual(t, "the contact that was there", anna, w.contacts()[0])
		wantEqual(t, "the other one", "Zoe Neu", w.contacts()[1].FirstName+" "+w.contacts()[1].LastName)
		wantEqual(t, "changes of the next plan", 0, len(w.plan().Changes))
		w.forget()
		wantEqual(t, "changes of a plan without memory", 0, len(w.plan().Changes))
	})
}

// TestUndoSparesAnEditBackToOurs has a person give a field the value again that an earlier run
// wrote, after a later run wrote another one: an undo of the earlier run leaves it alone.
func TestUndoSparesAnEditBackToOurs(t *testing.T) {
	t.Parallel()
	inUnread(t, tenantOptions{pipeline: sharedPipeline, csv: unreadHead + unreadRow}, func(w *tenant, _ func(*pipeline.Plan, string) *pipeline.Result) {
		w.applied(w.plan())
		var runs []string
		for _, city := range []string{"Trier", "Ulm"} {
			time.Sleep(time.Hour)
			w.writeCSV(unreadHead + "1,anna@x.example,,Anna,Quandt," + city + "\n")
			runs = append(runs, w.applied(w.plan()).Run)
		}
		wantEqual(t, "changes of an undo of the first run", 0, len(w.undoOf(runs[0]).Changes))
		w.edit(1, func(c *plandockettest.Contact) { c.City = "Trier" })
		time.Sleep(time.Hour)
		u := w.undoOf(runs[0])
		wantEqual(t, "changes of the same behind the edit", 0, len(u.Changes))
		wantEqual(t, "why", pipeline.CodeChangedSince, u.Blocked[0].Code)
	})
}
