package plandocket_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
	"github.com/reconkit/reconkit/sinks/sinktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tenant is an emulated tenant and a target that talks to it.
type tenant struct {
	server *plandockettest.Server
	target *plandocket.Target
	faults *faults.Schedule
}

func newTenant(t testing.TB, d plandockettest.Dialect) *tenant {
	t.Helper()
	schedule := faults.New()
	server, err := plandockettest.New(plandockettest.Options{Dialect: d, Faults: schedule, Keys: map[string][]string{apiKey: {"contacts"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, key := range []string{"a", "b"} {
		if err := server.AddCategory(plandockettest.Category{Key: key, Title: "Category " + key}); err != nil {
			t.Fatal(err)
		}
	}
	return &tenant{server: server, target: target(t, server.Handler()), faults: schedule}
}

func (n *tenant) add(t testing.TB, c plandockettest.Contact) string {
	t.Helper()
	id, err := n.server.Add(c)
	if err != nil {
		t.Fatal(err)
	}
	return strconv.FormatInt(id, 10)
}

// truth is what the tenant holds, by id.
func (n *tenant) truth(t testing.TB) map[string]plandockettest.Contact {
	t.Helper()
	all, err := n.server.Contacts()
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]plandockettest.Contact{}
	for _, c := range all {
		byID[strconv.FormatInt(c.ID, 10)] = c
	}
	return byID
}

// checkPresent reads the tenant and compares with the truth.
func (n *tenant) checkPresent(t testing.TB) *pipeline.Present {
	t.Helper()
	p, err := n.target.Present(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	truth := n.truth(t)
	for i := range p.Records.Len() {
		r := p.Records.Record(i)
		c, ok := truth[r.ID()]
		if !ok {
			t.Fatalf("contact %s is shown and does not exist", r.ID())
		}
		for field, want := range map[string]string{"email": c.Email, "customer_number": c.CustomerNumber, "last_name": c.LastName, "company_name": c.CompanyName,
			"postal_code": c.PostalCode, "country": c.Country, "notes": c.Notes, "rating": strconv.Itoa(c.Rating),
			"account_access_enabled": strconv.FormatBool(c.AccountAccessEnabled), "category_keys": strings.Join(c.CategoryKeys, ", "),
			"created_at": c.CreatedAt.UTC().Format(time.RFC3339)} {
			if got := r.Get(field).String(); got != want {
				t.Errorf("contact %s shows %s as %.80q, want %.80q", r.ID(), field, got, want)
			}
		}
	}
	if p.Evidence.Grade != pipeline.Unproven && p.Records.Len() != len(truth) {
		t.Errorf("%d of %d contacts are shown and called %s: %q", p.Records.Len(), len(truth), p.Evidence.Grade, p.Evidence.Reasons)
	}
	return p
}

// apply routes, packs and sends the changes.
func (n *tenant) apply(t testing.TB, p *pipeline.Present, changes []pipeline.Change) map[string]pipeline.Outcome {
	t.Helper()
	if lost := n.target.Route(changes, p); len(lost) > 0 {
		t.Fatalf("no route: %+v", lost)
	}
	outcomes := map[string]pipeline.Outcome{}
	for _, call := range n.target.Pack(changes) {
		got, err := n.target.Apply(t.Context(), call)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range got {
			outcomes[o.Change] = o
		}
	}
	return outcomes
}

// crew are contacts for each route.
func crew(i int) plandockettest.Contact {
	c := plandockettest.Contact{Email: fmt.Sprintf("Crew%d@Example.com", i), CustomerNumber: fmt.Sprintf("N-%d", i), LastName: fmt.Sprintf("Crew %d", i),
		City: "Köln", Rating: 4, AccountAccessEnabled: true, CategoryKeys: []string{"a"}}
	switch i % 4 {
	case 1:
		c.CustomerNumber = ""
	case 2:
		c.Email = ""
	case 3:
		c.Email, c.CustomerNumber = "", ""
	}
	return c
}

// TestEveryDialect reads and writes a tenant under every answer to every open
// question, and compares with what the tenant then holds.
func TestEveryDialect(t *testing.T) {
	dialects := plandockettest.Dialects()
	dialects = append(dialects, plandockettest.SampleDialects(7, 15)...)
	for _, d := range dialects {
		t.Run(d.Name, func(t *testing.T) { t.Parallel(); testDialect(t, d.Dialect) })
	}
}

func testDialect(t *testing.T, d plandockettest.Dialect) {
	n := newTenant(t, d)
	var ids []string
	for i := range 8 {
		ids = append(ids, n.add(t, crew(i)))
	}
	p := n.checkPresent(t)
	if p.Evidence.Grade != pipeline.Proven || p.Requests != 2 {
		t.Errorf("%s after %d requests: %q", p.Evidence.Grade, p.Requests, p.Evidence.Reasons)
	}
	want := n.truth(t)
	var changes []pipeline.Change
	for i := range 4 { // by number, by e-mail, by number, by id
		changes = append(changes, updating(fmt.Sprintf("update%d", i), ids[i], "city", "Bonn"))
		c := want[ids[i]]
		c.City = "Bonn"
		want[ids[i]] = c
	}
	changes = append(changes, updating("move", ids[4], "email", "moved@example.com", "customer_number", "M-1"), deleting("delete", ids[5]))
	moved := want[ids[4]]
	moved.Email, moved.CustomerNumber = "moved@example.com", "M-1"
	want[ids[4]] = moved
	delete(want, ids[5])
	changes = append(changes, creating("new1", "email", "new1@example.com", "last_name", "New"), creating("new2", "customer_number", "0042", "last_name", "New"))
	for id, o := range n.apply(t, p, changes) {
		if o.Status != pipeline.Sent {
			t.Errorf("%s ended as %s: %s", id, o.Status, o.Message)
		}
	}
	got := n.truth(t)
	created := map[string]int{}
	for id, c := range got {
		if _, planned := want[id]; !planned {
			created[c.Email+c.CustomerNumber+" "+c.LastName+" "+strconv.Itoa(c.Rating)]++
			delete(got, id)
		}
	}
	if diff := cmp.Diff(map[string]int{"new1@example.com New 3": 1, "0042 New 3": 1}, created); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	ignored := []string{"UpdatedAt"}
	if d.BulkUpdate == plandockettest.BulkUpdateResets { // found by the canary of an apply
		ignored = append(ignored, "LastName", "Rating", "AccountAccessEnabled", "Email", "CustomerNumber")
	}
	// A server may fold the e-mail that a record is matched by.
	fold := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Email" }, cmp.Comparer(strings.EqualFold))
	if diff := cmp.Diff(want, got, fold, cmpopts.IgnoreFields(plandockettest.Contact{}, ignored...)); diff != "" {
		t.Errorf("contacts (-want +got):\n%s", diff)
	}
	testRefusals(t, n)
}

// testRefusals sends calls of which some records are refused or skipped.
func testRefusals(t *testing.T, n *tenant) {
	t.Helper()
	bad := func(c pipeline.Change) pipeline.Change {
		c.Fields = append(c.Fields, pipeline.FieldChange{Field: "rating", After: pipeline.IntValue(9)})
		return c
	}
	for _, at := range []int{0, 2, 3} {
		p := n.checkPresent(t)
		var changes []pipeline.Change
		for i := range 4 {
			c := creating(fmt.Sprintf("r%d-%d", at, i), "email", fmt.Sprintf("r%d-%d@example.com", at, i), "last_name", "Refusal")
			if i == at {
				c = bad(c)
			}
			changes = append(changes, c)
		}
		outcomes := n.apply(t, p, changes)
		n.honest(t, changes, outcomes)
		if o := outcomes[fmt.Sprintf("r%d-%d", at, at)]; o.Status == pipeline.Sent || o.Message == "" {
			t.Errorf("a record with a rating of 9 ended as %+v", o)
		}
	}
}

// honest compares what outcomes claim about creates with the truth.
func (n *tenant) honest(t testing.TB, changes []pipeline.Change, outcomes map[string]pipeline.Outcome) {
	t.Helper()
	count := map[string]int{}
	for _, c := range n.truth(t) {
		count[strings.ToLower(c.Email)]++
	}
	for _, c := range changes {
		o, there := outcomes[c.ID], count[c.Key.Value]
		switch {
		case there > 1:
			t.Errorf("%s was created %d times", c.ID, there)
		case o.Status == pipeline.Sent && there == 0:
			t.Errorf("%s is called sent and is not there", c.ID)
		case o.Status == pipeline.Refused && there == 1:
			t.Errorf("%s is called refused and is there", c.ID)
		}
		if strings.Contains(o.Message, apiKey) {
			t.Errorf("the key is in %q", o.Message)
		}
	}
}

// TestPagedDialects reads more contacts than one answer holds, under every form
// of paging.
func TestPagedDialects(t *testing.T) {
	for _, ties := range []plandockettest.Ties{plandockettest.TiesByID, plandockettest.TiesShuffled} {
		for _, paging := range []plandockettest.Paging{plandockettest.PagingAll, plandockettest.PagingCap, plandockettest.PagingPage, plandockettest.PagingPageBare,
			plandockettest.PagingOffset, plandockettest.PagingOffsetBare, plandockettest.PagingCursor} {
			for _, size := range []int{10, 100} {
				t.Run(fmt.Sprintf("%s %s %d", paging, ties, size), func(t *testing.T) {
					t.Parallel()
					n := newTenant(t, plandockettest.Dialect{Paging: paging, PageSize: size, Ties: ties})
					if err := n.server.Seed(3, 60); err != nil {
						t.Fatal(err)
					}
					p := n.checkPresent(t)
					want := pipeline.Proven
					if paging == plandockettest.PagingCap && size < 60 {
						want = pipeline.Unproven
					}
					if p.Evidence.Grade != want {
						t.Errorf("%s after %d requests, want %s: %q", p.Evidence.Grade, p.Requests, want, p.Evidence.Reasons)
					}
				})
			}
		}
	}
}

// TestCapNeverProven serves contacts of one created_at behind a silent cap.
func TestCapNeverProven(t *testing.T) {
	at := time.Date(2025, 6, 1, 8, 0, 0, 0, time.UTC)
	for _, ties := range []plandockettest.Ties{plandockettest.TiesByID, plandockettest.TiesShuffled} {
		for name, contact := range map[string]func(i int) plandockettest.Contact{
			"full": func(i int) plandockettest.Contact {
				return plandockettest.Contact{Email: fmt.Sprintf("p%d@example.com", i), LastName: fmt.Sprintf("L%d", i)}
			},
			"nothing": func(int) plandockettest.Contact { return plandockettest.Contact{} },
			"some": func(i int) plandockettest.Contact {
				return plandockettest.Contact{CustomerNumber: strings.Repeat("7", i%3)}
			},
		} {
			t.Run(name+" "+string(ties), func(t *testing.T) {
				t.Parallel()
				n := newTenant(t, plandockettest.Dialect{Paging: plandockettest.PagingCap, PageSize: 50, Ties: ties})
				for i := range 180 {
					c := contact(i)
					c.CreatedAt, c.UpdatedAt = at, at
					n.add(t, c)
				}
				if p := n.checkPresent(t); p.Evidence.Grade != pipeline.Unproven {
					t.Errorf("%s: %q", p.Evidence.Grade, p.Evidence.Reasons)
				}
			})
		}
	}
}

// TestPagesOfContactsThatChangePlaces reads pages of contacts of one
// created_at, which a database without a second sort field orders anew for
// every page.
func TestPagesOfContactsThatChangePlaces(t *testing.T) {
	at := time.Date(2025, 6, 1, 8, 0, 0, 0, time.UTC)
	for paging, want := range map[plandockettest.Paging]pipeline.Grade{plandockettest.PagingPage: pipeline.Proven, plandockettest.PagingOffset: pipeline.Proven,
		plandockettest.PagingPageBare: pipeline.Likely, plandockettest.PagingOffsetBare: pipeline.Likely, plandockettest.PagingCursor: pipeline.Likely} {
		t.Run(string(paging), func(t *testing.T) {
			t.Parallel()
			n := newTenant(t, plandockettest.Dialect{Paging: paging, PageSize: 20, Ties: plandockettest.TiesShuffled})
			for i := range 130 {
				n.add(t, plandockettest.Contact{Email: fmt.Sprintf("p%d@example.com", i), CreatedAt: at, UpdatedAt: at})
			}
			p := n.checkPresent(t)
			if p.Evidence.Grade != want {
				t.Errorf("%s, want %s: %q", p.Evidence.Grade, want, p.Evidence.Reasons)
			}
		})
	}
}

func TestTraps(t *testing.T) {
	for _, d := range []plandockettest.Dialect{{}, {TextNumbers: plandockettest.TextNumbersNumber, Escapes: plandockettest.EscapesASCII}} {
		n := newTenant(t, d)
		traps, err := n.server.SeedTraps()
		if err != nil {
			t.Fatal(err)
		}
		p := n.checkPresent(t)
		if p.Evidence.Grade != pipeline.Proven {
			t.Errorf("%s: %q", p.Evidence.Grade, p.Evidence.Reasons)
		}
		before := n.truth(t)
		var changes []pipeline.Change
		hit := map[string]bool{}
		for name, ids := range traps {
			id := strconv.FormatInt(ids[0], 10)
			hit[id] = true
			changes = append(changes, updating(name, id, "city", "Bonn"))
		}
		for id, o := range n.apply(t, p, changes) {
			if o.Status != pipeline.Sent {
				t.Errorf("%s ended as %s: %s", id, o.Status, o.Message)
			}
		}
		for id, c := range n.truth(t) {
			if want := map[bool]string{true: "Bonn"}[hit[id]]; c.City != want {
				t.Errorf("contact %s (%q, %q) has the city %q, want %q", id, c.Email, c.CustomerNumber, c.City, want)
			}
			if c.Email != before[id].Email || c.CustomerNumber != before[id].CustomerNumber {
				t.Errorf("contact %s lost a key", id)
			}
		}
	}
}

// TestEveryFaultOnEveryRoute checks that no outcome claims what is not so.
func TestEveryFaultOnEveryRoute(t *testing.T) {
	kinds := append(faults.Kinds(), plandockettest.Kinds()...)
	routes := map[string]string{"bulk": "POST /api/v1/bulk-import/contacts", "patch": "PATCH /api/v1/contacts/*", "delete": "DELETE /api/v1/contacts/*", "list": "GET /api/v1/contacts"}
	for _, kind := range kinds {
		for name, route := range routes {
			t.Run(name+" "+string(kind), func(t *testing.T) {
				t.Parallel()
				n := newTenant(t, plandockettest.Dialect{})
				ids := []string{n.add(t, crew(0)), n.add(t, crew(4))}
				p := n.checkPresent(t)
				n.faults.Add(faults.Fault{Route: route, Kind: kind, Count: 1, Delay: time.Millisecond})
				if name == "list" {
					n.readUnderFault(t)
					return
				}
				var changes []pipeline.Change
				switch name {
				case "bulk":
					for i := range 6 {
						changes = append(changes, creating(fmt.Sprintf("c%d", i), "email", fmt.Sprintf("new%d@example.com", i)))
					}
				case "patch":
					changes = []pipeline.Change{updating("u", ids[0], "email", "moved@example.com", "customer_number", "M-1")}
				case "delete":
					changes = []pipeline.Change{deleting("d", ids[0])}
				}
				n.sendUnderFault(t, p, changes, name, ids[0])
			})
		}
	}
}

func (n *tenant) readUnderFault(t *testing.T) {
	t.Helper()
	p, err := n.target.Present(t.Context(), nil)
	if err != nil {
		if strings.Contains(err.Error(), apiKey) || !strings.Contains(err.Error(), "/api/v1/contacts") {
			t.Errorf("error %v", err)
		}
		return
	}
	if p.Evidence.Grade != pipeline.Unproven && p.Records.Len() != len(n.truth(t)) {
		t.Errorf("%d contacts are called %s", p.Records.Len(), p.Evidence.Grade)
	}
}

func (n *tenant) sendUnderFault(t *testing.T, p *pipeline.Present, changes []pipeline.Change, name, id string) {
	t.Helper()
	if lost := n.target.Route(changes, p); len(lost) > 0 {
		t.Fatal(lost)
	}
	calls := n.target.Pack(changes)
	if len(calls) != 1 {
		t.Fatalf("%d calls", len(calls))
	}
	for range 2 { // what is repeated must not double
		got, err := n.target.Apply(t.Context(), calls[0])
		if err != nil && strings.Contains(err.Error(), apiKey) {
			t.Errorf("the key is in %v", err)
		}
		truth := n.truth(t)
		if got == nil {
			if _, there := truth[id]; err == nil || !there || len(truth) != 2 || truth[id].Email == "moved@example.com" {
				t.Errorf("nil outcomes with %v, and something was written", err)
			}
			continue
		}
		if len(got) != len(calls[0]) {
			t.Fatalf("%d outcomes for %d changes", len(got), len(calls[0]))
		}
		outcomes := map[string]pipeline.Outcome{}
		for _, o := range got {
			outcomes[o.Change] = o
		}
		_, there := truth[id]
		switch o := got[0]; {
		case name == "bulk":
			n.honest(t, calls[0], outcomes)
		case name == "patch" && (o.Status == pipeline.Sent) && truth[id].Email != "moved@example.com",
			name == "delete" && (o.Status == pipeline.Sent || o.Status == pipeline.Already) && there:
			t.Errorf("%s claims %+v, and it is not so", name, o)
		}
	}
}

// routed keeps the first route of each change, as a plan does, so that a call
// can be sent twice.
type routed struct {
	*plandocket.Target
	plan map[string]pipeline.Change
}

func (r *routed) Route(changes []pipeline.Change, p *pipeline.Present) []pipeline.Unroutable {
	var fresh []pipeline.Change
	for i := range changes {
		if old, known := r.plan[changes[i].ID]; known {
			changes[i] = old
		} else {
			fresh = append(fresh, changes[i])
		}
	}
	lost := r.Target.Route(fresh, p)
	for _, c := range fresh {
		r.plan[c.ID] = c
	}
	for i := range changes {
		changes[i] = r.plan[changes[i].ID]
	}
	return lost
}

func TestContract(t *testing.T) {
	tenants := map[*routed]*tenant{}
	sinktest.Run(t, sinktest.Harness{
		Open: func(t testing.TB, seed []sinktest.Record) pipeline.Sink {
			n := newTenant(t, plandockettest.Dialect{})
			for _, r := range seed {
				n.add(t, plandockettest.Contact{Email: r["email"].Str(), CustomerNumber: r["customer_number"].Str(), LastName: r["last_name"].Str(),
					City: r["city"].Str(), Rating: int(r["rating"].Int())})
			}
			r := &routed{Target: n.target, plan: map[string]pipeline.Change{}}
			tenants[r] = n
			return r
		},
		Make: func(i int) sinktest.Record {
			return sinktest.Record{"email": pipeline.StringValue(fmt.Sprintf("p%d@example.com", i)), "customer_number": pipeline.StringValue(fmt.Sprintf("K%d", i)),
				"last_name": pipeline.StringValue("Weber"), "city": pipeline.StringValue("Köln"), "rating": pipeline.IntValue(3)}
		},
		Update:   "city",
		Resource: plandocket.Resource,
		Model:    "contacts",
		Deletes:  true,
		Equal: func(f pipeline.Field, written, shown pipeline.Value) bool {
			if f.FoldCase {
				return strings.EqualFold(written.String(), shown.String())
			}
			return written.String() == shown.String()
		},
		Break: func(_ testing.TB, s pipeline.Sink) func() {
			n := tenants[s.(*routed)]
			n.server.Revoke(apiKey)
			return func() {
				if err := n.server.SetKey(apiKey, "contacts"); err != nil {
					panic(err)
				}
			}
		},
	})
}
