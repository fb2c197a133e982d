package plandocket_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/plandocket"
)

// presentOf reads the rows as a present state.
func presentOf(t *testing.T, rows ...row) *pipeline.Present {
	t.Helper()
	p, err := target(t, &fakeList{rows: rows}).Present(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// creating makes a change from pairs of field and value.
func creating(id string, pairs ...string) pipeline.Change {
	c := pipeline.Change{ID: id, Action: pipeline.Create, Resource: plandocket.Resource}
	for i := 0; i < len(pairs); i += 2 {
		c.Fields = append(c.Fields, pipeline.FieldChange{Field: pairs[i], After: pipeline.StringValue(pairs[i+1])})
	}
	return c
}

func updating(id, record string, pairs ...string) pipeline.Change {
	c := creating(id, pairs...)
	c.Action, c.Target = pipeline.Update, record
	return c
}

func deleting(id, record string) pipeline.Change {
	return pipeline.Change{ID: id, Action: pipeline.Delete, Target: record, Resource: plandocket.Resource}
}

func TestRoutes(t *testing.T) {
	const (
		ce, cn = plandocket.RouteCreateByEmail, plandocket.RouteCreateByNumber
		ue, un = plandocket.RouteUpdateByEmail, plandocket.RouteUpdateByNumber
		patch  = plandocket.RoutePatch
	)
	present := presentOf(t,
		row{id: 1, email: "Anna@Example.com", number: "K1", created: 1},
		row{id: 2, email: "bob@example.com", created: 2},
		row{id: 3, email: "info@example.com", number: "K3", created: 3},
		row{id: 4, email: "INFO@example.com ", created: 4},
		row{id: 5, last: "Nameless", created: 5},
		row{id: 6, number: "007", created: 6},
		row{id: 7, email: "jürgen@example.com", created: 7},
		row{id: 8, email: "zoe@example.com", number: " K8", created: 8},
	)
	tests := []struct {
		name    string
		changes []pipeline.Change
		want    string // route and key of each change, or the code of one that has none
	}{
		{"create by e-mail, sent plain", []pipeline.Change{creating("a", "email", " New@Example.com ")}, ce + " new@example.com"},
		{"create by number where the e-mail is taken by another, as somebody said", []pipeline.Change{beside(creating("a", "email", "BOB@example.com", "customer_number", "K9"), "2")}, cn + " K9"},
		{"where nobody said so", []pipeline.Change{creating("a", "email", "BOB@example.com", "customer_number", "K9")}, "key-taken"},
		{"where it was said of somebody else", []pipeline.Change{beside(creating("a", "email", "BOB@example.com", "customer_number", "K9"), "1")}, "key-taken"},
		{"where another change takes it from there", []pipeline.Change{creating("a", "email", "BOB@example.com", "customer_number", "K9"), updating("b", "2", "email", "y@example.com")}, "key-taken, " + patch + " "},
		{"where a call of the plan comes later, and its sibling is there", []pipeline.Change{planned(creating("a", "email", "BOB@example.com", "customer_number", "K9"), cn)}, cn + " K9"},
		{"create with a taken e-mail alone", []pipeline.Change{creating("a", "email", "anna@example.com")}, "key-taken"},
		{"create with a taken number", []pipeline.Change{creating("a", "email", "new@example.com", "customer_number", "k1")}, "key-taken"},
		{"create with a number that differs in zeros", []pipeline.Change{creating("a", "customer_number", "7")}, "key-taken"},
		{"create with an e-mail outside ASCII", []pipeline.Change{creating("a", "email", "müller@example.com")}, "email-not-plain"},
		{"the same with a number", []pipeline.Change{creating("a", "email", "müller@example.com", "customer_number", "K9")}, cn + " K9"},
		{"create with no key", []pipeline.Change{creating("a", "last_name", "Weber")}, "keyless"},
		{"create with blank keys", []pipeline.Change{creating("a", "email", "  ", "customer_number", " ")}, "keyless"},
		{"two creates of one e-mail", []pipeline.Change{creating("a", "email", "x@example.com"), creating("b", "email", "X@example.com")}, "key-shared, key-shared"},
		{"two creates of one number", []pipeline.Change{creating("a", "email", "x@example.com", "customer_number", "K9"), creating("b", "email", "y@example.com", "customer_number", "K9")}, "key-shared, key-shared"},
		{"update by number", []pipeline.Change{updating("a", "1", "city", "Bonn")}, un + " K1"},
		{"update by the e-mail as it is stored", []pipeline.Change{updating("a", "1", "customer_number", "K5")}, ue + " Anna@Example.com"},
		{"update of both keys", []pipeline.Change{updating("a", "1", "email", "x@example.com", "customer_number", "K5")}, patch + " "},
		{"update by e-mail where there is no number", []pipeline.Change{updating("a", "2", "city", "Bonn")}, ue + " bob@example.com"},
		{"a changed e-mail without a number", []pipeline.Change{updating("a", "2", "email", "x@example.com")}, patch + " "},
		{"a shared e-mail", []pipeline.Change{updating("a", "4", "city", "Bonn")}, patch + " "},
		{"no key at all", []pipeline.Change{updating("a", "5", "city", "Bonn")}, patch + " "},
		{"an e-mail outside ASCII", []pipeline.Change{updating("a", "7", "city", "Bonn")}, patch + " "},
		{"a number with a space goes by e-mail", []pipeline.Change{updating("a", "8", "city", "Bonn")}, ue + " zoe@example.com"},
		{"an e-mail that another change gives away", []pipeline.Change{updating("a", "2", "city", "Bonn"), updating("b", "5", "email", "bob@example.com")}, patch + " , " + patch + " "},
		{"a number that a create takes", []pipeline.Change{updating("a", "6", "city", "Bonn"), creating("b", "email", "x@example.com", "customer_number", "K1")}, un + " 007, key-taken"},
		{"one call for all where it can be", []pipeline.Change{updating("a", "1", "city", "Bonn"), updating("b", "2", "city", "Bonn")}, ue + " Anna@Example.com, " + ue + " bob@example.com"},
		{"a contact that was not seen", []pipeline.Change{updating("a", "99", "city", "Bonn")}, patch + " "},
		{"an update of nobody", []pipeline.Change{updating("a", "", "city", "Bonn")}, "no-record"},
		{"a delete", []pipeline.Change{deleting("a", "3")}, plandocket.RouteDelete + " "},
		{"a field that nobody may write", []pipeline.Change{updating("a", "1", "created_at", "now")}, "unwritable"},
		{"event keys", []pipeline.Change{updating("a", "1", "event_keys", "expo")}, "unwritable"},
		{"bytes that are no text", []pipeline.Change{updating("a", "1", "city", "M\xfcnchen")}, "unwritable"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { wantRoutes(t, test.changes, present, test.want) })
	}
}

// beside is a create that was planned in spite of a contact with its e-mail.
func beside(c pipeline.Change, contact string) pipeline.Change {
	c.Known = []pipeline.RowLink{{Target: contact}}
	return c
}

// planned is a change whose route was planned.
func planned(c pipeline.Change, route string) pipeline.Change {
	c.Route = route
	return c
}

// wantRoutes routes changes, and compares route and key of each, or the code of one that
// has none.
func wantRoutes(t *testing.T, changes []pipeline.Change, present *pipeline.Present, want string) {
	t.Helper()
	lost := target(t, &fakeList{}).Route(changes, present)
	got := make([]string, len(changes))
	for i, c := range changes {
		got[i] = c.Route + " " + c.Key.Value
	}
	for _, l := range lost {
		if l.Reason == "" {
			t.Error("no reason is given")
		}
		if changes[l.Index].Route != "" {
			t.Errorf("change %d is refused and has the route %s", l.Index, changes[l.Index].Route)
		}
		got[l.Index] = l.Code
	}
	if all := strings.Join(got, ", "); all != want {
		t.Errorf("got  %s\nwant %s", all, want)
	}
}

func TestRouteSaysTheEmailThatIsSent(t *testing.T) {
	present := presentOf(t, row{id: 1, last: "Nameless", created: 1}, row{id: 2, number: "K2", created: 2}, row{id: 3, last: "Blank", created: 3})
	changes := []pipeline.Change{
		creating("a", "email", " New@Example.com", "city", "Bonn"),
		creating("b", "email", "Müller@Example.com ", "customer_number", "K9"),
		updating("c", "1", "email", " Late@Example.COM "),
		updating("d", "2", "email", "Later@Example.com"),
		updating("e", "3", "email", "  "),
	}
	if lost := target(t, &fakeList{}).Route(changes, present); len(lost) > 0 {
		t.Fatal(lost)
	}
	want := []string{
		plandocket.RouteCreateByEmail + " new@example.com",
		plandocket.RouteCreateByNumber + " müller@example.com",
		plandocket.RoutePatch + " late@example.com",
		plandocket.RouteUpdateByNumber + " later@example.com",
		plandocket.RoutePatch + "   ", // white space alone, which must not become an erase
	}
	for i, c := range changes {
		if got := c.Route + " " + c.Fields[0].After.Str(); got != want[i] {
			t.Errorf("change %s: got %q, want %q", c.ID, got, want[i])
		}
	}
}

func TestRouteWithoutAPresentState(t *testing.T) {
	changes := []pipeline.Change{creating("a", "email", "x@example.com"), updating("b", "1", "city", "Bonn")}
	lost := target(t, &fakeList{}).Route(changes, nil)
	if len(lost) != 1 || lost[0].Code != plandocket.CodeAbsentUnknown || changes[1].Route != plandocket.RoutePatch {
		t.Errorf("lost %v, route %s", lost, changes[1].Route)
	}
}

func TestPack(t *testing.T) {
	var changes []pipeline.Change
	for i := range 2500 {
		c := creating(fmt.Sprintf("c%04d", i))
		c.Route = plandocket.RouteCreateByEmail
		changes = append(changes, c)
		if i%100 == 0 {
			d := deleting(fmt.Sprintf("d%04d", i), "1")
			d.Route = plandocket.RouteDelete
			u := updating(fmt.Sprintf("u%04d", i), "1")
			u.Route = plandocket.RouteUpdateByNumber
			p := updating(fmt.Sprintf("p%04d", i), "1")
			p.Route = plandocket.RoutePatch
			changes = append(changes, d, u, p)
		}
	}
	calls := target(t, &fakeList{}).Pack(changes)
	var sizes []string
	seen := map[string]bool{}
	for _, call := range calls {
		for i, c := range call {
			if c.Route != call[0].Route || seen[c.ID] {
				t.Fatalf("change %s travels twice or with another route", c.ID)
			}
			if i > 0 && c.ID < call[i-1].ID {
				t.Errorf("change %s comes before %s", call[i-1].ID, c.ID)
			}
			seen[c.ID] = true
		}
		if size := fmt.Sprintf("%s %d", call[0].Route, len(call)); !slices.Contains(sizes, size) {
			sizes = append(sizes, size)
		}
	}
	if len(seen) != len(changes) {
		t.Errorf("%d of %d changes travel", len(seen), len(changes))
	}
	want := "bulk-create-email 1, bulk-update-number 1, bulk-create-email 1000, bulk-create-email 499, bulk-update-number 24, patch 1, delete 1"
	if got := strings.Join(sizes, ", "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
