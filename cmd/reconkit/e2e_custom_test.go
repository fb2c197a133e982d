package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/pipeline/retry"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// customPipeline writes custom fields of contacts.
const customPipeline = `version: 1
name: badges
sources:
  rows: { type: csv, path: exhibitors.csv, id: ID }
models:
  contacts:
    from:
      - source: rows
        where: ID == "new"
        map: { email: Email, customer_number: Number }
  badges:
    from:
      - source: rows
        map:
          email: Email
          customer_number: Number
          badge_name: Badge
          staff: int(Staff)
          opt_in: OptIn == "yes"
          diet: Diet
targets:
  plandocket:
    type: plandocket
    base_url: https://demo.plandocket.example
    api_key: ${PLANDOCKET_API_KEY}
    requests_per_hour: PER_HOUR
    custom_fields: { badge_name: string, staff: int, opt_in: bool, diet: string }
    custom_field_requests: 4
sinks:
  - { model: badges, target: plandocket, resource: custom_fields }
  - { model: contacts, target: plandocket, resource: contacts }
`

const customCSV = `ID,Email,Number,Badge,Staff,OptIn,Diet
ada,ada@x.example,A1,Ada,3,yes,vegan
bert,bert@x.example,,Bert B.,,no,
cleo,,C3,,,yes,carnivore
new,new@x.example,N9,New,1,yes,
stranger,nobody@x.example,,Nobody,1,yes,
`

// inBadges runs a test in a tenant with custom fields and three contacts.
func inBadges(t *testing.T, o tenantOptions, test func(w *tenant)) {
	t.Helper()
	o.pipeline, o.csv, o.empty = customPipeline, customCSV, true
	inTenant(t, o, func(w *tenant) {
		w.check(w.pd.SetKey(tenantKey, "contacts", "custom_fields"))
		for _, f := range []plandockettest.CustomField{
			{Key: "badge_name", Label: "Badge", Type: "text"}, {Key: "staff", Label: "Staff", Type: "number"}, {Key: "opt_in", Label: "Opt in", Type: "boolean"},
			{Key: "diet", Label: "Diet", Type: "select", Options: []string{"vegan", "vegetarian"}}, {Key: "seat", Label: "Seat", Type: "text"},
		} {
			w.check(w.pd.AddCustomField(f))
		}
		for _, c := range []plandockettest.Contact{{Email: "ada@x.example", CustomerNumber: "A1"}, {Email: "bert@x.example"}, {CustomerNumber: "C3"}} {
			_, err := w.pd.Add(c)
			w.check(err)
		}
		w.asClient("PUT", "/api/v1/custom-fields/contact/1", `{"badge_name":"A.","seat":"12"}`)
		test(w)
	})
}

// customOf are the custom fields of a contact that have a value, as JSON.
func (w *tenant) customOf(id int) map[string]string {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.ctx, http.MethodGet, fmt.Sprintf("https://demo.plandocket.example/api/v1/custom-fields/contact/%d", id), nil)
	r.Header.Set("Authorization", "Bearer "+tenantKey)
	answer := httptest.NewRecorder()
	w.pd.Handler().ServeHTTP(answer, r)
	var body struct{ Data map[string]json.RawMessage }
	w.check(json.Unmarshal(answer.Body.Bytes(), &body))
	values := map[string]string{}
	for key, value := range body.Data {
		if string(value) != "null" {
			values[key] = string(value)
		}
	}
	return values
}

// evidenceNumber is the number in a reason of the evidence of a plan.
func evidenceNumber(p *pipeline.Plan, reason string) (n int) {
	for _, b := range p.Header.Bindings {
		for _, r := range b.Evidence.Reasons {
			if _, err := fmt.Sscanf(r, reason, &n); err == nil {
				return n
			}
		}
	}
	return -1
}

func TestCustomFieldsUnderEveryDialect(t *testing.T) {
	t.Parallel()
	for _, d := range plandockettest.Dialects() {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			o := tenantOptions{}
			o.plandocket.Dialect = d.Dialect
			inBadges(t, o, func(w *tenant) {
				p := w.plan()
				blocked := map[string]string{}
				for _, b := range p.Blocked {
					blocked[b.Rows[0].ID] = b.Code
				}
				wantEqual(t, "blocked rows", map[string]string{"cleo": "unknown-option", "stranger": "contact-unknown"}, blocked)
				wantEqual(t, "contacts that the plan read", 2, evidenceNumber(p, "The custom fields of %d contacts were read"))
				wantEqual(t, "contacts that are read once they are there", 1, evidenceNumber(p, "Those of %d contact that the plan creates"))
				wantEqual(t, "outcomes", map[pipeline.Status]int{pipeline.Verified: 4}, w.applyEvents(p))
				wantEqual(t, "of Ada", map[string]string{"badge_name": `"Ada"`, "staff": "3", "opt_in": "true", "diet": `"vegan"`, "seat": `"12"`}, w.customOf(1))
				wantEqual(t, "of Bert", map[string]string{"badge_name": `"Bert B."`, "opt_in": "false"}, w.customOf(2))
				wantEqual(t, "of the new contact", map[string]string{"badge_name": `"New"`, "staff": "1", "opt_in": "true"}, w.customOf(4))
				wantEqual(t, "changes in the end", 0, len(w.plan().Changes))
			})
		})
	}
}

// TestCustomFieldsUnderEveryFault disturbs one request of each route.
func TestCustomFieldsUnderEveryFault(t *testing.T) {
	t.Parallel()
	for _, route := range []string{"GET /api/v1/custom-fields/contact/*", "PUT /api/v1/custom-fields/contact/*"} {
		for _, kind := range faultKinds(route) {
			t.Run(route+"/"+string(kind), func(t *testing.T) {
				t.Parallel()
				f := faults.Fault{Route: route, From: 2, Count: 1, Kind: kind, Delay: slowAnswer}
				if kind == plandockettest.LateCommit || kind == plandockettest.StaleReads {
					f.Delay = lateCommit
				}
				inBadges(t, tenantOptions{}, func(w *tenant) {
					p := w.plan()
					w.faults.Add(f)
					w.applyEvents(p)
					if got := w.faults.Fired(f.Kind); got != 1 {
						t.Errorf("the fault fired %d times, want 1", got)
					}
					wantEqual(t, "of Ada", map[string]string{"badge_name": `"Ada"`, "staff": "3", "opt_in": "true", "diet": `"vegan"`, "seat": `"12"`}, w.customOf(1))
					wantEqual(t, "of Bert", map[string]string{"badge_name": `"Bert B."`, "opt_in": "false"}, w.customOf(2))
					wantEqual(t, "of the new contact", map[string]string{"badge_name": `"New"`, "staff": "1", "opt_in": "true"}, w.customOf(4))
				})
			})
		}
	}
}

// TestCustomFieldsOfAContactThatCouldNotBeMade are not written to anybody.
func TestCustomFieldsOfAContactThatCouldNotBeMade(t *testing.T) {
	t.Parallel()
	inBadges(t, tenantOptions{}, func(w *tenant) {
		p := w.plan()
		id, err := w.pd.Add(plandockettest.Contact{Email: "somebody@x.example", CustomerNumber: "N9"})
		w.check(err)
		r, err := w.apply(p, false)
		w.check(err)
		for i, ch := range p.Changes {
			if ch.MadeBy() != "" {
				wantEqual(t, "custom fields of the contact", pipeline.Blocked, r.Outcomes[i].Status)
			}
		}
		wantEqual(t, "custom fields of who has the number by now", map[string]string{}, w.customOf(int(id)))
	})
}

// TestCustomFieldsEditedByHand: an edit right before the write survives.
func TestCustomFieldsEditedByHand(t *testing.T) {
	t.Parallel()
	inBadges(t, tenantOptions{}, func(w *tenant) {
		p := w.plan()
		w.asClient("PUT", "/api/v1/custom-fields/contact/1", `{"badge_name":"Countess"}`)
		r, err := w.apply(p, false)
		w.check(err)
		wantEqual(t, "status", pipeline.Drifted, outcomeOf(t, p, r, "ada@x.example").Status)
		wantEqual(t, "badge", `"Countess"`, w.customOf(1)["badge_name"])
	})
}

// TestCustomFieldsAreLimited: reading more contacts than is allowed is refused
// before it is begun, and a field that is not there or of another type is named.
func TestCustomFieldsAreLimited(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, old, new, want string }{
		{"too many contacts", "custom_field_requests: 4", "custom_field_requests: 3", "the custom fields of 4 contacts take a request each, more than the limit of 3"},
		{"an unknown field", "badge_name", "badge_nam", `no active custom field "badge_nam"; did you mean "badge_name"?`},
		{"another type", "diet: string }", "diet: bool }", "field diet of demo.plandocket.example is a select there and cannot be a bool; write string"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inBadges(t, tenantOptions{}, func(w *tenant) {
				w.text = strings.ReplaceAll(w.text, c.old, c.new)
				if strings.Contains(c.new, "bool }") {
					w.text = strings.ReplaceAll(w.text, "diet: Diet", `diet: Diet == "vegan"`)
				}
				w.writeCSV(strings.Replace(customCSV, "carnivore", "", 1))
				_, err := w.tryPlan()
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("the plan ended with %v, want %q", err, c.want)
				}
				if limit := (*pipeline.LimitError)(nil); c.name == "too many contacts" && !errors.As(err, &limit) {
					t.Errorf("%v is no limit error", err)
				}
			})
		})
	}
}

// TestTheMadeContactHasAnotherEmail: somebody gives a contact that the plan created
// another e-mail before the rest of the plan is applied. Its custom fields are written by
// its id, at once; a participation, which names the e-mail, wants a new plan.
func TestTheMadeContactHasAnotherEmail(t *testing.T) {
	t.Parallel()
	apply := func(w *tenant, p *pipeline.Plan, run string, only map[string]bool) *pipeline.Result {
		reg, err := registry()
		w.check(err)
		began := time.Now()
		r, err := pipeline.Apply(w.ctx, p, pipeline.ApplyOptions{Run: run, Holder: run, Now: time.Now, State: w.store, Only: only, Wait: retry.Sleep,
			Open: func(ctx context.Context, b pipeline.PlanBinding) (pipeline.Target, error) {
				return dsl.OpenTarget(ctx, reg, w.host(), b)
			}})
		w.check(err)
		if took := time.Since(began); took > time.Minute {
			t.Errorf("it took %s", took)
		}
		return r
	}
	onlyContacts := func(w *tenant, p *pipeline.Plan) {
		only := map[string]bool{}
		for _, ch := range p.Changes {
			only[ch.ID] = ch.Resource == "contacts"
		}
		apply(w, p, "first", only)
	}
	t.Run("custom fields", func(t *testing.T) {
		t.Parallel()
		inBadges(t, tenantOptions{}, func(w *tenant) {
			w.writeCSV("ID,Email,Number,Badge,Staff,OptIn,Diet\nnew,new@x.example,,New,1,yes,\n")
			p := w.plan()
			onlyContacts(w, p)
			w.check(w.pd.Edit(4, func(c *plandockettest.Contact) { c.Email = "other@x.example" }))
			r := apply(w, p, "second", nil)
			wantEqual(t, "statuses", map[pipeline.Status]int{pipeline.Verified: 1, pipeline.Unverified: 1}, r.Count())
			wantEqual(t, "custom fields", map[string]string{"badge_name": `"New"`, "staff": "1", "opt_in": "true"}, w.customOf(4))
		})
	})
	t.Run("participants", func(t *testing.T) {
		t.Parallel()
		inEvents(t, tenantOptions{}, func(w *tenant) {
			w.writeCSV("ID,Email,Number,Event,Paid,New\nmax,max@x.example,,expo,yes,yes\n")
			p := w.plan()
			onlyContacts(w, p)
			w.check(w.pd.Edit(10, func(c *plandockettest.Contact) { c.Email = "other@x.example" }))
			r := apply(w, p, "second", nil)
			wantEqual(t, "statuses", map[pipeline.Status]int{pipeline.Drifted: 1, pipeline.Unverified: 1}, r.Count())
			for _, o := range r.Outcomes {
				if strings.Contains(o.Message, "--resume") || o.Status == pipeline.Drifted && !strings.Contains(o.Message, "make a new plan") {
					t.Errorf("it says %q", o.Message)
				}
			}
		})
	})
}
