package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

const (
	unreadHead = "ID,Email,Number,First,Last,City\n"
	unreadRow  = "1,anna@x.example,,Anna,Quandt,Mainz\n"
	rekeyedRow = "1,anna.q@x.example,,Anna,Quandt,Mainz\n"
)

// unreadPipeline is sharedPipeline without duplicates.
var unreadPipeline = strings.Replace(sharedPipeline, "    dedupe: { same: [customer_number, email], decisions: decisions.yaml }\n", "", 1)

// inUnread is a tenant whose applies can be stopped as soon as a path was written to.
func inUnread(t *testing.T, o tenantOptions, test func(w *tenant, stopped func(p *pipeline.Plan, path string) *pipeline.Result)) {
	t.Helper()
	var cancel func()
	at := ""
	o.empty = true
	o.wrap = func(_ string, h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeHTTP(w, r)
			if r.Method != http.MethodGet && cancel != nil && strings.Contains(r.URL.Path, at) {
				cancel()
			}
		})
	}
	inTenant(t, o, func(w *tenant) {
		w.decide("[]\n")
		test(w, func(p *pipeline.Plan, path string) *pipeline.Result {
			ctx, stop := context.WithCancel(w.ctx)
			defer stop()
			cancel, at = stop, path
			r, err := w.applyUnder(ctx, p, false)
			w.check(err)
			cancel = nil
			return r
		})
	})
}

func (w *tenant) decide(text string) {
	w.t.Helper()
	w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte(text), 0o600))
}

func (w *tenant) applied(p *pipeline.Plan) *pipeline.Result {
	w.t.Helper()
	r, err := w.apply(p, false)
	w.check(err)
	return r
}

// emails are those of all contacts, in the order of their ids.
func (w *tenant) emails() string {
	var all []string
	for _, c := range w.contacts() {
		all = append(all, c.Email)
	}
	return strings.Join(all, " ")
}

// TestCreatedAndNotReadBack stops an apply between a create and the reading behind it, or
// loses its answer. The row has another key when somebody makes a new plan instead of
// resuming, or applies one that was made before: there is one contact, and its row is known.
func TestCreatedAndNotReadBack(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"no duplicates are looked for": unreadPipeline, "duplicates are": sharedPipeline} {
		for _, lost := range []bool{false, true} {
			create := func(w *tenant, p *pipeline.Plan, stopped func(*pipeline.Plan, string) *pipeline.Result) {
				if !lost {
					stopped(p, "contacts")
					return
				}
				w.faults.Add(faults.Fault{Route: "POST *", Count: 1, Kind: plandockettest.LateCommit, Delay: 8 * time.Minute})
				w.applied(p)
			}
			o := tenantOptions{pipeline: text, csv: unreadHead + unreadRow}
			t.Run(fmt.Sprintf("%s, lost %t, a new plan", name, lost), func(t *testing.T) {
				inUnread(t, o, func(w *tenant, stopped func(*pipeline.Plan, string) *pipeline.Result) {
					create(w, w.plan(), stopped)
					for _, row := range []string{rekeyedRow, strings.Replace(rekeyedRow, "anna.q", "quandt", 1)} {
						time.Sleep(100 * 24 * time.Hour)
						w.writeCSV(unreadHead + row)
						w.applied(w.plan())
						wantEqual(t, "contacts", strings.Split(row, ",")[1], w.emails())
					}
					wantEqual(t, "changes of the next plan", 0, len(w.plan().Changes))
				})
			})
			t.Run(fmt.Sprintf("%s, lost %t, an earlier plan", name, lost), func(t *testing.T) {
				inUnread(t, o, func(w *tenant, stopped func(*pipeline.Plan, string) *pipeline.Result) {
					first := w.plan()
					w.writeCSV(unreadHead + rekeyedRow)
					second := w.plan()
					create(w, first, stopped)
					time.Sleep(time.Hour)
					wantEqual(t, "outcome", pipeline.Drifted, w.applied(second).Outcomes[0].Status)
					wantEqual(t, "contacts", "anna@x.example", w.emails())
				})
			})
		}
	}
}

// TestCreatedAndUnchanged makes the next plan while the row is as it was: there is nothing
// to write, and the row is known all the same.
func TestCreatedAndUnchanged(t *testing.T) {
	t.Parallel()
	inUnread(t, tenantOptions{pipeline: unreadPipeline, csv: unreadHead + unreadRow}, func(w *tenant, stopped func(*pipeline.Plan, string) *pipeline.Result) {
		stopped(w.plan(), "contacts")
		time.Sleep(time.Hour)
		p := w.plan()
		wantEqual(t, "changes", 0, len(p.Changes))
		wantEqual(t, "links", 1, len(p.Header.Bindings[0].Links))
	})
}

// TestCreatedAndNotListedYet applies a plan with another key of the row while the list does
// not show what an apply that was stopped created: it waits.
func TestCreatedAndNotListedYet(t *testing.T) {
	t.Parallel()
	inUnread(t, tenantOptions{pipeline: unreadPipeline, csv: unreadHead + unreadRow}, func(w *tenant, stopped func(*pipeline.Plan, string) *pipeline.Result) {
		w.pd.SetReadLag(8 * time.Minute)
		stopped(w.plan(), "contacts")
		w.writeCSV(unreadHead + rekeyedRow)
		r := w.applied(w.plan())
		wantEqual(t, "outcome", pipeline.Unknown, r.Outcomes[0].Status)
		wantEqual(t, "contacts", "anna@x.example", w.emails())
	})
}

// TestWhichRecordWasCreatedIsAsked has the record of an unread create be edited by hand, so
// that nothing shows that it is that of the row, or be another row's by now: a person says
// which one it is, or the row waits.
func TestWhichRecordWasCreatedIsAsked(t *testing.T) {
	t.Parallel()
	text := strings.Replace(sharedPipeline, "same: [customer_number, email]", "same: [customer_number]", 1)
	for name, c := range map[string]struct {
		rows, decision string
		edit, sure     bool
		want           string
	}{
		"it is as it was sent, and is not":  {rows: rekeyedRow, sure: true, decision: "false", want: "anna@x.example anna.q@x.example"},
		"it was edited":                     {rows: rekeyedRow, edit: true, want: "hers@x.example"},
		"it was edited, and is the row's":   {rows: rekeyedRow, edit: true, decision: "true", want: "anna.q@x.example"},
		"it was edited, and is not":         {rows: rekeyedRow, edit: true, decision: "false", want: "hers@x.example anna.q@x.example"},
		"another row became it":             {rows: "2,anna@x.example,,Anna,Quandt,Mainz\n" + rekeyedRow, want: "anna@x.example"},
		"another row became it, and is not": {rows: "2,anna@x.example,,Anna,Quandt,Mainz\n" + rekeyedRow, decision: "false", want: "anna@x.example anna.q@x.example"},
	} {
		t.Run(name, func(t *testing.T) {
			inUnread(t, tenantOptions{pipeline: text, csv: unreadHead + unreadRow}, func(w *tenant, stopped func(*pipeline.Plan, string) *pipeline.Result) {
				stopped(w.plan(), "contacts")
				time.Sleep(time.Hour)
				switch {
				case c.sure:
				case c.edit:
					w.edit(1, func(c *plandockettest.Contact) { c.Email, c.City = "hers@x.example", "Kiel" })
				default:
					w.writeCSV(unreadHead + "2,anna@x.example,,Anna,Quandt,Mainz\n")
					w.applied(w.plan())
				}
				w.writeCSV(unreadHead + c.rows)
				p := w.plan()
				if !c.sure && (len(p.Blocked) != 1 || p.Blocked[0].Code != pipeline.CodeUnread || len(p.Blocked[0].Records) != 1 || p.Blocked[0].Records[0].ID != "1") {
					t.Fatalf("blocked rows: %+v", p.Blocked)
				}
				if c.decision != "" {
					w.decide("- { a: { source: rows, id: \"1\" }, b: { target: \"1\" }, same: " + c.decision + " }\n")
					p = w.plan()
				}
				w.applied(p)
				wantEqual(t, "contacts", c.want, w.emails())
			})
		})
	}
}

// TestNothingIsKnownOfACreateThatNeverWas refuses or loses a create that is never carried
// out: the row is created by the next plan, whatever its key is.
func TestNothingIsKnownOfACreateThatNeverWas(t *testing.T) {
	t.Parallel()
	inUnread(t, tenantOptions{pipeline: unreadPipeline, csv: unreadHead + unreadRow}, func(w *tenant, _ func(*pipeline.Plan, string) *pipeline.Result) {
		w.faults.Add(faults.Fault{Route: "POST *", Count: 1, Kind: faults.CutBefore})
		w.applied(w.plan())
		time.Sleep(time.Hour)
		w.writeCSV(unreadHead + rekeyedRow)
		w.applied(w.plan())
		wantEqual(t, "contacts", "anna.q@x.example", w.emails())
	})
}

// TestAStrangerIsNotWhatACreateMade loses a create before it is carried out. Whoever has its
// key a month later is not the row's contact.
func TestAStrangerIsNotWhatACreateMade(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"with names": unreadPipeline, "without": strings.Replace(unreadPipeline, "first_name: First, last_name: Last, ", "", 1)} {
		t.Run(name, func(t *testing.T) {
			inUnread(t, tenantOptions{pipeline: text, csv: unreadHead + unreadRow}, func(w *tenant, _ func(*pipeline.Plan, string) *pipeline.Result) {
				w.faults.Add(faults.Fault{Route: "POST *", Count: 1, Kind: faults.CutBefore})
				w.applied(w.plan())
				time.Sleep(30 * 24 * time.Hour)
				w.add(plandockettest.Contact{Email: "anna@x.example", City: "Kiel"})
				w.writeCSV(unreadHead + rekeyedRow)
				w.applied(w.plan())
				if c := w.contacts(); c[0].Email != "anna@x.example" || c[0].City != "Kiel" {
					t.Errorf("the stranger is %+v by now", c[0])
				}
			})
		})
	}
}

// TestUnreadSeats stops an apply behind the call that enrols somebody. The next plan is the
// one that would be made if the seat had been read, whatever the row says by then.
func TestUnreadSeats(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]string{"as it was": "1,anna@x.example", "another address of hers": "1,anna.q@x.example", "somebody else": "1,bodo@x.example"} {
		t.Run(name, func(t *testing.T) {
			var plans [2]string
			for n := range plans {
				text := strings.Replace(counterpartPipeline, "MORE\n", "", 1)
				text = text[:strings.Index(text, "  contacts:\n")] + text[strings.Index(text, "  seats:\n"):]
				text = strings.Replace(text, "  - { model: contacts, target: plandocket, resource: contacts, fields: { email: protect_edits } }\n", "", 1)
				text = strings.Replace(text, "email: Guest", "email: Email", 1)
				inUnread(t, tenantOptions{pipeline: text, csv: "ID,Email\n1,anna@x.example\n"}, func(w *tenant, stopped func(*pipeline.Plan, string) *pipeline.Result) {
					w.check(w.pd.SetKey(tenantKey, "contacts", "participants", "events"))
					w.check(w.pd.AddEvent(plandockettest.Event{Key: "expo", Title: "expo", From: time.Now(), To: time.Now()}))
					w.add(plandockettest.Contact{Email: "anna@x.example"})
					w.add(plandockettest.Contact{Email: "bodo@x.example"})
					if p := w.plan(); n == 0 {
						w.applied(p)
					} else {
						stopped(p, "participants")
					}
					wantEqual(t, "seats", []int64{1}, w.seatsAt("expo"))
					time.Sleep(24 * time.Hour)
					w.rename(1, strings.Replace(strings.Split(row, ",")[1], "bodo", "anna", 1))
					w.writeCSV("ID,Email\n" + row + "\n")
					p := w.plan()
					for _, ch := range p.Changes {
						plans[n] += fmt.Sprintln(ch.ID, ch.Action, ch.Target, ch.Label)
					}
					for _, b := range p.Blocked {
						plans[n] += fmt.Sprintln(b.Label, b.Block)
					}
				})
			}
			wantEqual(t, "the plan of what was not read back", plans[0], plans[1])
		})
	}
}

// TestCreatedAndGoneLater stops an apply of a mirror behind the call that creates somebody,
// whose row goes once the next plan was applied. The contact goes, too, where the answer of
// that call says which one it made, and nobody worked on it since.
func TestCreatedAndGoneLater(t *testing.T) {
	t.Parallel()
	const bodo = "2,bodo@x.example,,Bodo,Weber,Trier\n"
	phoned := func(w *tenant) { w.edit(1, func(c *plandockettest.Contact) { c.Phone = "+49 6131 1" }) }
	moved := func(w *tenant) { w.edit(1, func(c *plandockettest.Contact) { c.City = "Kiel" }) }
	none := func(*tenant) {}
	twin := strings.NewReplacer("1,", "3,", "Mainz", "Kiel").Replace(unreadRow)
	for name, c := range map[string]struct {
		days []string // the rows of the days between
		lost bool     // so is the answer
		edit func(w *tenant)
		late bool // the edit is one of the last day
		want string
	}{
		"as it was":                    {days: []string{unreadRow}, edit: none, want: "bodo@x.example"},
		"another address":              {days: []string{rekeyedRow}, edit: none, want: "bodo@x.example"},
		"nobody knows who made it":     {days: []string{unreadRow}, lost: true, edit: none, want: "bodo@x.example anna@x.example"},
		"it was filled":                {days: []string{unreadRow}, edit: phoned, want: "anna@x.example bodo@x.example"},
		"it was filled later":          {days: []string{unreadRow}, edit: phoned, late: true, want: "anna@x.example bodo@x.example"},
		"it was edited later":          {days: []string{rekeyedRow}, edit: moved, late: true, want: "anna.q@x.example bodo@x.example"},
		"another row wrote it by then": {days: []string{twin, twin + strings.Replace(unreadRow, "Mainz", "Kiel", 1)}, edit: none, want: "bodo@x.example"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inUnread(t, tenantOptions{pipeline: mirrored, csv: unreadHead + unreadRow + bodo}, func(w *tenant, stopped func(*pipeline.Plan, string) *pipeline.Result) {
				if c.lost {
					w.faults.Add(faults.Fault{Route: "POST *", Count: 1, Kind: plandockettest.LateCommit, Delay: 8 * time.Minute})
					w.applied(w.plan())
				} else {
					stopped(w.plan(), "contacts")
				}
				time.Sleep(24 * time.Hour)
				if !c.late {
					c.edit(w)
				}
				for _, rows := range c.days {
					w.writeCSV(unreadHead + rows + bodo)
					w.applied(w.plan())
					time.Sleep(24 * time.Hour)
				}
				if c.late {
					c.edit(w)
				}
				w.writeCSV(unreadHead + bodo)
				w.applied(w.plan())
				wantEqual(t, "contacts", c.want, w.emails())
			})
		})
	}
}

// TestCreatedAndReplacedByHand stops an apply behind the call that creates somebody, whom a
// person deletes and enters anew: the row is that contact, which is not ours, and nothing is
// remembered of the other one.
func TestCreatedAndReplacedByHand(t *testing.T) {
	t.Parallel()
	inUnread(t, tenantOptions{pipeline: mirrored, csv: unreadHead + unreadRow}, func(w *tenant, stopped func(*pipeline.Plan, string) *pipeline.Result) {
		stopped(w.plan(), "contacts")
		time.Sleep(24 * time.Hour)
		w.check(w.pd.Delete(1))
		w.add(plandockettest.Contact{Email: "anna@x.example", FirstName: "Anna", LastName: "Quandt", City: "Mainz"})
		p := w.plan()
		w.applied(p)
		of := p.Header.Bindings[0].Identity
		links, err := w.store.Links(w.ctx, of)
		w.check(err)
		created, err := w.store.Created(w.ctx, of)
		w.check(err)
		wantEqual(t, "the row", map[pipeline.RowKey]string{{Source: "rows", ID: "1"}: "2"}, links)
		wantEqual(t, "created by us", 0, len(created))
	})
}
