package main

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// drift is what somebody else does to the tenant behind the plan's back, and
// how the story then ends.
type drift struct {
	name string
	act  func(w *tenant)
	then func(e *storyEnd)
}

func (w *tenant) edit(id int64, change func(c *plandockettest.Contact)) {
	w.t.Helper()
	w.check(w.pd.Edit(id, change))
}

func (w *tenant) add(c plandockettest.Contact) {
	w.t.Helper()
	_, err := w.pd.Add(c)
	w.check(err)
}

// drifted says that subjects are left alone, as somebody else made them.
func (e *storyEnd) drifted(subjects ...string) {
	for _, s := range subjects {
		e.outcomes[s] = pipeline.Drifted
		if e.after[s].ID == 0 {
			delete(e.after, s)
			continue
		}
		for _, c := range storyBefore() {
			if c.ID == e.after[s].ID {
				e.after[s] = c
			}
		}
	}
}

func drifts() []drift {
	fred := plandockettest.Contact{Email: "FRED@Feuer.example", LastName: "F.", Rating: 3}
	number := plandockettest.Contact{CustomerNumber: "K-2002", CompanyName: "Other", Rating: 3}
	greta := plandockettest.Contact{Email: "g@other.example", CustomerNumber: "K-2001", Rating: 3}
	bert := plandockettest.Contact{Email: "bert@bau.EXAMPLE", LastName: "Namesake", Rating: 3}
	anna := plandockettest.Contact{Email: "a@other.example", CustomerNumber: "K-1001", Rating: 3}
	zoe := plandockettest.Contact{Email: "zoe@zirkus.example", FirstName: "Zoë", LastName: `🎪 O'Hara "Q" <b>`, Rating: 3}
	return []drift{
		{"a field of the plan is edited",
			func(w *tenant) { w.edit(1, func(c *plandockettest.Contact) { c.City = "Halle" }) },
			func(e *storyEnd) {
				e.drifted("anna")
				e.set("anna", func(c *plandockettest.Contact) { c.City = "Halle" })
			}},
		{"another field is edited",
			func(w *tenant) { w.edit(1, func(c *plandockettest.Contact) { c.Notes = "never calls back" }) },
			func(e *storyEnd) {
				e.set("anna", func(c *plandockettest.Contact) { c.Notes = "never calls back" })
			}},
		{"a field is edited to what the plan wants",
			func(w *tenant) { w.edit(11, func(c *plandockettest.Contact) { c.City = "Ulm" }) },
			func(e *storyEnd) { e.outcomes["juergen"] = pipeline.Already }},
		{"the key is edited",
			func(w *tenant) { w.edit(2, func(c *plandockettest.Contact) { c.Email = "b@bau.example" }) },
			func(e *storyEnd) {
				e.drifted("bert")
				e.set("bert", func(c *plandockettest.Contact) { c.Email = "b@bau.example" })
			}},
		{"the contact is deleted",
			func(w *tenant) { w.check(w.pd.Delete(3)) },
			func(e *storyEnd) {
				e.drifted("chris")
				delete(e.after, "chris")
			}},
		{"the contact is merged away",
			func(w *tenant) { w.check(w.pd.Merge(7, 10)) },
			func(e *storyEnd) {
				e.drifted("ida")
				delete(e.after, "ida")
			}},
		{"another contact is merged into it",
			func(w *tenant) { w.check(w.pd.Merge(2, 8)) },
			func(e *storyEnd) {
				delete(e.after, "emil")
				e.set("bert", func(c *plandockettest.Contact) { c.City, c.Notes = "Bonn", "by hand" })
			}},
		{"a contact with the e-mail of a create comes",
			func(w *tenant) { w.add(fred) },
			func(e *storyEnd) { e.drifted("fred"); e.after["other"] = fred }},
		{"a contact with the number of a create comes",
			func(w *tenant) { w.add(number) },
			func(e *storyEnd) { e.drifted("nummer"); e.after["other"] = number }},
		{"a contact with the second key of a create comes",
			func(w *tenant) { w.add(greta) },
			func(e *storyEnd) { e.drifted("greta"); e.after["other"] = greta }},
		{"a contact comes that is what a create wants",
			func(w *tenant) { w.add(zoe) },
			func(e *storyEnd) { e.outcomes["zoe"] = pipeline.Already }},
		{"a contact with the e-mail of an update comes",
			func(w *tenant) { w.add(bert) },
			func(e *storyEnd) { e.drifted("bert"); e.after["other"] = bert }},
		{"a contact with the number of an update comes",
			func(w *tenant) { w.add(anna) },
			func(e *storyEnd) { e.drifted("anna"); e.after["other"] = anna }},
	}
}

func TestDriftBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	for _, d := range drifts() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			inTenant(t, tenantOptions{}, func(w *tenant) {
				p := w.plan()
				d.act(w)
				w.driftedAs(d, p)
			})
		})
	}
}

// TestDriftInTheWindow lets a contact with the key of a create come after the
// list was read and before the first call arrives: it is not doubled.
func TestDriftInTheWindow(t *testing.T) {
	t.Parallel()
	for _, d := range drifts() {
		if !strings.Contains(d.name, "of a create comes") || strings.Contains(d.name, "second key") {
			continue
		}
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			inTenant(t, tenantOptions{}, func(w *tenant) {
				p := w.plan()
				once := sync.OnceFunc(func() { d.act(w) })
				w.pd.BeforeRequest(func(r *http.Request) {
					if r.Method == http.MethodPost {
						once()
					}
				})
				w.driftedAs(d, p)
			})
		})
	}
}

func (w *tenant) driftedAs(d drift, p *pipeline.Plan) {
	w.t.Helper()
	want := defaultEnd()
	d.then(want)
	wantEqual(w.t, "outcomes", want.outcomes, w.applyToEnd(p).outcomes)
	w.wantContacts(want.after)
}

// TestCanaryKeepsItsWay has changes that could go two ways and go with the
// others: sent alone, the first still goes the way that was planned.
func TestCanaryKeepsItsWay(t *testing.T) {
	t.Parallel()
	for name, drop := range map[string][]string{
		"update by e-mail":  {"ida"},
		"create by number":  {"zoe", "ghost", "fred"},
		"update by number":  {"bert"},
		"create by e-mail":  {"nummer"},
		"nothing but PATCH": {"ida", "bert", "anna"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var rows []string
			for row := range strings.Lines(storyCSV) {
				subject, _, _ := strings.Cut(row, ";")
				if !slices.Contains(drop, subject) {
					rows = append(rows, row)
				}
			}
			inTenant(t, tenantOptions{csv: strings.Join(rows, "")}, func(w *tenant) {
				for uuid, subject := range storyPeople {
					if slices.Contains(drop, subject) {
						w.check(w.sp.Delete(uuid))
					}
				}
				want := defaultEnd()
				for _, subject := range drop {
					want.drifted(subject)
					delete(want.outcomes, subject)
				}
				want.again = slices.DeleteFunc(want.again, func(s string) bool { return slices.Contains(drop, s) })
				w.endsAs(want)
			})
		})
	}
}
