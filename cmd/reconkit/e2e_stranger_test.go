package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// Between a plan and what becomes of it, addresses and numbers pass from one contact to
// another. Whoever has the key of a row's contact by then is not that contact.

const (
	strangerHead = "ID,Email,Number,First,Last,City\n"
	annasRow     = "a,a@x.example,K1,Anna,Quandt,Mainz\n"
	bodosRow     = "b,b@x.example,K2,Bodo,Weber,Trier\n"
)

// mirrored is the pipeline that deletes contacts of ours whose row is gone.
var mirrored = strings.Replace(sharedPipeline, "keyless: reserve(NEW-)", "allow: [create, update, delete], on_missing: delete, limits: { delete: 100% }", 1)

// amongStrangers has a tenant without contacts, and a pipeline with some rows.
func amongStrangers(t *testing.T, text, rows string, test func(w *tenant)) {
	t.Helper()
	inTenant(t, tenantOptions{pipeline: text, csv: strangerHead + rows, empty: true}, func(w *tenant) {
		w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte("[]\n"), 0o600))
		test(w)
	})
}

// zoe is a contact with the address of Anna's row, who is somebody else.
var zoe = plandockettest.Contact{Email: "a@x.example", FirstName: "Zoe", LastName: "Fremd", City: "Kiel"}

// TestAStrangerIsNotTheContactOfThePlan applies a plan again, after the contact that it made
// got another address, or was deleted, and somebody else got its old one. The stranger does
// not become the row's contact, and is not deleted once the row goes.
func TestAStrangerIsNotTheContactOfThePlan(t *testing.T) {
	t.Parallel()
	gone := func(w *tenant) { w.check(w.pd.Delete(1)) }
	moved := func(w *tenant) { w.rename(1, "anna.private@x.example") }
	for name, c := range map[string]struct {
		text   string
		byHand func(w *tenant)
		want   pipeline.Status
	}{
		"renamed":                    {mirrored, moved, pipeline.Unverified},
		"deleted":                    {mirrored, gone, pipeline.Unseen},
		"renamed, and without an id": {strings.Replace(mirrored, "id: ID, ", "", 1), moved, pipeline.Unverified},
		"deleted, and without an id": {strings.Replace(mirrored, "id: ID, ", "", 1), gone, pipeline.Unseen},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			amongStrangers(t, c.text, strings.Replace(annasRow, "K1", "", 1)+bodosRow, func(w *tenant) {
				p := w.plan()
				_, err := w.apply(p, false)
				w.check(err)
				time.Sleep(time.Hour)
				c.byHand(w)
				w.add(zoe)
				time.Sleep(time.Hour)
				r, err := w.apply(p, false)
				w.check(err)
				wantEqual(t, "outcomes", map[pipeline.Status]int{c.want: 1, pipeline.Already: 1}, r.Count())
				links, err := w.store.Links(w.ctx, p.Header.Bindings[0].Identity)
				w.check(err)
				created, err := w.store.Created(w.ctx, p.Header.Bindings[0].Identity)
				w.check(err)
				for row, id := range links {
					if id == "3" {
						t.Errorf("row %v became the stranger", row)
					}
				}
				if _, ours := created["3"]; ours {
					t.Error("the stranger counts as created by us")
				}
				time.Sleep(time.Hour)
				w.writeCSV(strangerHead + bodosRow)
				_, err = w.apply(w.plan(), false)
				w.check(err)
				for _, who := range w.contacts() {
					if who.ID == 3 {
						return
					}
				}
				t.Error("the stranger was deleted as ours")
			})
		})
	}
}

// TestTheRecordOfAnUpdateIsGone has the contact of an update deleted, while somebody else got
// the address that it was to get: the update comes to nothing, and so does its undo.
func TestTheRecordOfAnUpdateIsGone(t *testing.T) {
	t.Parallel()
	amongStrangers(t, sharedPipeline, annasRow, func(w *tenant) {
		_, err := w.apply(w.plan(), false)
		w.check(err)
		time.Sleep(time.Hour)
		w.writeCSV(strangerHead + strings.Replace(annasRow, "a@x", "new@x", 1))
		p := w.plan()
		w.check(w.pd.Delete(1))
		w.add(plandockettest.Contact{Email: "new@x.example", CustomerNumber: "K7", FirstName: "Zoe", LastName: "Fremd", City: "Kiel"})
		time.Sleep(time.Hour)
		r, err := w.apply(p, false)
		w.check(err)
		wantEqual(t, "outcomes", map[pipeline.Status]int{pipeline.Drifted: 1}, r.Count())
		links, err := w.store.Links(w.ctx, p.Header.Bindings[0].Identity)
		w.check(err)
		wantEqual(t, "what the row became", "1", links[pipeline.RowKey{Source: "rows", ID: "a"}])
	})
	amongStrangers(t, sharedPipeline, annasRow, func(w *tenant) {
		_, err := w.apply(w.plan(), false)
		w.check(err)
		time.Sleep(time.Hour)
		w.writeCSV(strangerHead + strings.Replace(annasRow, "a@x", "new@x", 1))
		r, err := w.apply(w.plan(), false)
		w.check(err)
		w.check(w.pd.Delete(1))
		w.add(plandockettest.Contact{Email: "new@x.example", CustomerNumber: "K7", FirstName: "Zoe", LastName: "Fremd", City: "Kiel"})
		time.Sleep(time.Hour)
		undo := w.undoOf(r.Run)
		if len(undo.Changes) != 0 || len(undo.Blocked) != 1 || undo.Blocked[0].Code != pipeline.CodeRecordGone {
			t.Errorf("changes %+v, blocked %+v", undo.Changes, undo.Blocked)
		}
	})
}

// TestAKeyThatIsTakenIsNotGiven has another contact get the keys of an update before it is
// sent: by hand, or since that one's own change, which would give them up, is not carried out.
func TestAKeyThatIsTakenIsNotGiven(t *testing.T) {
	t.Parallel()
	rows := strings.Replace(strings.Replace(annasRow, "a@x", "b@x", 1), "K1", "K2", 1) // Anna gets what was Bodo's
	for name, c := range map[string]struct {
		before, after string
		byHand        func(w *tenant)
		only          func(ch *pipeline.Change) bool
		want          map[pipeline.Status]int
	}{
		"by hand": {before: annasRow, after: rows,
			byHand: func(w *tenant) { w.add(plandockettest.Contact{Email: "b@x.example", FirstName: "Bodo"}) },
			want:   map[pipeline.Status]int{pipeline.Drifted: 1}},
		"the other one's change is left out": {before: annasRow + bodosRow, after: rows + "b,c@x.example,K3,Bodo,Weber,Trier\n",
			only: func(ch *pipeline.Change) bool { return ch.Target != "2" },
			want: map[pipeline.Status]int{pipeline.Drifted: 1, pipeline.Declined: 1}},
		"the other one has changed": {before: annasRow + bodosRow, after: rows + "b,c@x.example,K3,Bodo,Weber,Trier\n",
			byHand: func(w *tenant) {
				w.edit(2, func(c *plandockettest.Contact) { c.CustomerNumber = "K2x" })
			},
			want: map[pipeline.Status]int{pipeline.Drifted: 2}},
		"the other one gives them up": {before: annasRow + bodosRow, after: rows + "b,c@x.example,K3,Bodo,Weber,Trier\n",
			want: map[pipeline.Status]int{pipeline.Verified: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			amongStrangers(t, strings.Replace(sharedPipeline, "email], decisions", "email], never: [customer_number], decisions", 1), c.before, func(w *tenant) {
				_, err := w.apply(w.plan(), false)
				w.check(err)
				time.Sleep(time.Hour)
				w.writeCSV(strangerHead + c.after)
				p := w.plan()
				if c.byHand != nil {
					c.byHand(w)
				}
				time.Sleep(time.Hour)
				r, err := w.applyOnly(p, c.only)
				w.check(err)
				wantEqual(t, "outcomes", c.want, r.Count())
				emails := map[string]bool{}
				for _, who := range w.contacts() {
					if folded := strings.ToLower(who.Email); emails[folded] {
						t.Errorf("two contacts have the address %s", who.Email)
					} else {
						emails[folded] = true
					}
				}
			})
		})
	}
}

// applyOnly applies the changes of a plan of which only says so; nil: all.
func (w *tenant) applyOnly(p *pipeline.Plan, only func(ch *pipeline.Change) bool) (*pipeline.Result, error) {
	w.t.Helper()
	return w.applyWith(w.ctx, p, func(o *pipeline.ApplyOptions) {
		if only == nil {
			return
		}
		o.Only = map[string]bool{}
		for i := range p.Changes {
			o.Only[p.Changes[i].ID] = only(&p.Changes[i])
		}
	})
}

// TestUndoMakesNobodyTwice takes back a run that deleted a contact, whose row became another
// one since: the deleted one is not created again beside it.
func TestUndoMakesNobodyTwice(t *testing.T) {
	t.Parallel()
	again := strings.Replace(annasRow, "a@x", "anna@x", 1)
	for name, rows := range map[string]string{"an undo": "", "a mirror": bodosRow} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			amongStrangers(t, mirrored, strings.Replace(annasRow, "K1", "", 1)+rows, func(w *tenant) {
				r, err := w.apply(w.plan(), false)
				w.check(err)
				time.Sleep(time.Hour)
				w.writeCSV(strangerHead + rows)
				took := w.plan()
				if rows == "" { // a source without a row is no reason to delete
					took = w.undoOf(r.Run)
				}
				if len(took.Changes) != 1 || took.Changes[0].Action != pipeline.Delete {
					t.Fatalf("changes %+v", took.Changes)
				}
				r, err = w.apply(took, false)
				w.check(err)
				time.Sleep(time.Hour)
				w.writeCSV(strangerHead + strings.Replace(again, "K1", "", 1) + rows)
				_, err = w.apply(w.plan(), false)
				w.check(err)
				before := len(w.contacts())
				time.Sleep(time.Hour)
				undo := w.undoOf(r.Run)
				if len(undo.Changes) != 0 || len(undo.Blocked) != 1 || undo.Blocked[0].Code != pipeline.CodeCannotCreate {
					t.Errorf("changes %+v, blocked %+v", undo.Changes, undo.Blocked)
				}
				wantEqual(t, "contacts", before, len(w.contacts()))
			})
		})
	}
}

// TestWhatIsBackIsNotMirroredAway takes back the deletion by a mirror of a contact whose row
// is gone: the next plan does not delete it again.
func TestWhatIsBackIsNotMirroredAway(t *testing.T) {
	t.Parallel()
	amongStrangers(t, mirrored, annasRow+bodosRow, func(w *tenant) {
		_, err := w.apply(w.plan(), false)
		w.check(err)
		time.Sleep(time.Hour)
		w.writeCSV(strangerHead + bodosRow)
		r, err := w.apply(w.plan(), false)
		w.check(err)
		wantEqual(t, "contacts", 1, len(w.contacts()))
		time.Sleep(time.Hour)
		_, err = w.apply(w.undoOf(r.Run), false)
		w.check(err)
		wantEqual(t, "contacts", 2, len(w.contacts()))
		time.Sleep(time.Hour)
		if p := w.plan(); len(p.Changes) != 0 {
			t.Errorf("the next plan has %+v", p.Changes)
		}
	})
}

// TestAPlanOfBeforeASplit applies a plan again that made one contact of two rows, after a later
// plan made another one of the first row: the second row stays what it is.
func TestAPlanOfBeforeASplit(t *testing.T) {
	t.Parallel()
	amongStrangers(t, sharedPipeline, strings.Replace(annasRow, "K1", "", 1)+"b,a@x.example,,Anna,Quandt,Mainz\n", func(w *tenant) {
		first := w.plan()
		_, err := w.apply(first, false)
		w.check(err)
		wantEqual(t, "contacts", 1, len(w.contacts()))
		time.Sleep(time.Hour)
		w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte("- { a: { source: rows, id: a }, b: { source: rows, id: b }, same: false }\n- { a: { source: rows, id: a }, b: { target: \"1\" }, same: false }\n"), 0o600))
		w.writeCSV(strangerHead + "a,zoe@x.example,,Zoe,Fremd,Kiel\nb,a@x.example,,Anna,Quandt,Mainz\n")
		_, err = w.apply(w.plan(), false)
		w.check(err)
		want := map[pipeline.RowKey]string{{Source: "rows", ID: "a"}: "2", {Source: "rows", ID: "b"}: "1"}
		links := func() map[pipeline.RowKey]string {
			of, err := w.store.Links(w.ctx, first.Header.Bindings[0].Identity)
			w.check(err)
			return of
		}
		wantEqual(t, "what the rows became", want, links())
		time.Sleep(time.Hour)
		_, err = w.apply(first, false)
		w.check(err)
		wantEqual(t, "what the rows are after the first plan was applied again", want, links())
	})
}

// TestAPlanOfAFastClockSeesOpenCalls makes a plan on a machine whose clock is ahead, and applies
// it once the clock is right, while a call of another plan may still be carried out.
func TestAPlanOfAFastClockSeesOpenCalls(t *testing.T) {
	t.Parallel()
	amongStrangers(t, sharedPipeline, annasRow, func(w *tenant) {
		_, err := w.apply(w.plan(), false)
		w.check(err)
		time.Sleep(time.Hour)
		w.writeCSV(strangerHead + strings.Replace(annasRow, "Mainz", "Trier", 1))
		first := w.plan()
		w.writeCSV(strangerHead + strings.Replace(annasRow, "Mainz", "Ulm", 1))
		reg, err := registry()
		w.check(err)
		host := w.host()
		host.Now = func() time.Time { return time.Now().Add(50 * time.Minute) }
		loaded, _ := dsl.LoadText(w.ctx, filepath.Join(w.dir, "pipeline.yaml"), []byte(w.text), reg, host)
		second, err := loaded.Plan(w.ctx, pipeline.Options{Now: host.Now(), Links: w.store, Ledger: w.store, Log: w.log()})
		w.check(err)
		w.faults.Add(faults.Fault{Route: "POST *", Count: 1, Kind: plandockettest.LateCommit, Delay: 8 * time.Minute})
		_, err = w.apply(first, false)
		w.check(err)
		time.Sleep(time.Minute)
		r, err := w.apply(second, false)
		w.check(err)
		wantEqual(t, "outcomes", map[pipeline.Status]int{pipeline.Unknown: 1}, r.Count())
	})
}

// TestAStrangerTakesNoSeat goes on with a plan after the contact that it created got another
// address, or was deleted, and somebody else got its old one. The stranger is not enrolled.
func TestAStrangerTakesNoSeat(t *testing.T) {
	t.Parallel()
	for name, byHand := range map[string]func(w *tenant){
		"renamed": func(w *tenant) { w.rename(1, "hers@x.example") },
		"deleted": func(w *tenant) { w.check(w.pd.Delete(1)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := tenantOptions{pipeline: strings.Replace(counterpartPipeline, "MORE\n", "", 1), empty: true, csv: counterpartHead + "x,home@x.example,,Xaveria,Quandt,home@x.example\n"}
			inTenant(t, o, func(w *tenant) {
				w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte("[]\n"), 0o600))
				w.check(w.pd.SetKey(tenantKey, "contacts", "participants", "events"))
				w.check(w.pd.AddEvent(plandockettest.Event{Key: "expo", Title: "expo", From: time.Now(), To: time.Now()}))
				p := w.plan()
				_, err := w.applyOnly(p, func(ch *pipeline.Change) bool { return ch.Resource == plandocket.Resource })
				w.check(err)
				byHand(w)
				w.add(plandockettest.Contact{Email: "home@x.example", FirstName: "Zoe", LastName: "Fremd"})
				time.Sleep(time.Hour)
				r, err := w.apply(p, true)
				w.check(err)
				if seats := w.seatsAt("expo"); len(seats) != 0 {
					t.Errorf("contacts %v take part; outcomes %+v", seats, r.Outcomes)
				}
			})
		})
	}
}
