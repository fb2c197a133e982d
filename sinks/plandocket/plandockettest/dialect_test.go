package plandockettest_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// number is an id as it was shown.
func number(id string) int {
	n, _ := strconv.Atoi(id) // what is none sorts before all
	return n
}

// observe looks at one question through HTTP and says what it saw.
type observe func(t *testing.T, a *api) string

// status and text of something that a switch decides.
func said(got answer) string { return fmt.Sprintf("%d", got.status) }

// line joins what was seen.
func line(seen ...any) string { return strings.TrimSpace(fmt.Sprintln(seen...)) }

func bulkOf(mode string, records ...any) func(a *api) answer {
	return func(a *api) answer { return a.do("POST", "bulk-import/contacts", bulkBody(mode, records)) }
}

func field(name string) observe {
	return func(t *testing.T, a *api) string {
		a.do("POST", "contacts", obj{"email": "ü@example.com", "postal_code": "10115", "customer_number": "007", "first_name": "Ü/"})
		raw := a.do("GET", "contacts/1", nil).raw
		_, rest, ok := strings.Cut(raw, `"`+name+`":`)
		if !ok {
			return "absent"
		}
		value, _, _ := strings.Cut(rest, ",")
		return strings.TrimRight(value, "}")
	}
}

// afterUpdate shows a contact's city and categories after an update of the given kind.
func afterUpdate(method string, body obj) observe {
	return func(t *testing.T, a *api) string {
		a.must("POST", "categories", obj{"title": "One"})
		a.must("POST", "categories", obj{"title": "Two"})
		id := a.id(obj{"city": "Ulm", "rating": 5, "category_keys": arr{"one"}})
		got := a.do(method, "contacts/"+id, body)
		if got.status != 200 {
			return said(got)
		}
		c := a.contacts()[0]
		return line(c.City, c.Rating, c.CategoryKeys)
	}
}

// matching imports one record against contacts that share addresses in one way or another.
func matching(record obj) observe {
	return func(t *testing.T, a *api) string {
		for _, email := range []string{"A@example.com", "b@example.com", "b@example.com", " c@example.com "} {
			a.add(plandockettest.Contact{Email: email})
		}
		a.add(plandockettest.Contact{LastName: "no e-mail"})
		got := bulkOf("upsert", record)(a)
		seen := ""
		for _, c := range a.contacts() {
			if c.City == "hit" {
				seen += fmt.Sprint(" ", c.ID)
			}
		}
		return fmt.Sprint(got.counts()) + seen
	}
}

func twice(t *testing.T, a *api) string {
	got := bulkOf("upsert", obj{"email": "t@example.com", "city": "one"}, obj{"email": "t@example.com", "city": "two"})(a)
	cities := ""
	for _, c := range a.contacts() {
		cities += " " + c.City
	}
	return fmt.Sprint(got.counts()) + cities
}

func partly(show func(answer) string) observe {
	return func(t *testing.T, a *api) string {
		return show(bulkOf("create", obj{"email": "p@example.com"}, obj{"email": "bad"})(a))
	}
}

func wholly(show func(answer) string) observe {
	return func(t *testing.T, a *api) string {
		return show(bulkOf("create", obj{"email": "p@example.com"})(a))
	}
}

func shape(name string) func(answer) string {
	return func(a answer) string {
		switch v := a.bulk()[name].(type) {
		case obj:
			return "map " + fmt.Sprint(v["1"])
		case arr:
			if len(v) == 0 {
				return "[]"
			}
			if o, ok := v[0].(obj); ok {
				return "object " + fmt.Sprint(o["index"])
			}
			return fmt.Sprint(v[0])
		default:
			return fmt.Sprint(v)
		}
	}
}

func stopping(t *testing.T, a *api) string {
	got := a.do("POST", "bulk-import/contacts", bulkBody("create", arr{obj{"email": "1@example.com"}, obj{"email": "bad"}, obj{"email": "2@example.com"}}, obj{"skip_on_error": false}))
	return fmt.Sprint(got.counts(), a.emails())
}

func enrolTwice(t *testing.T, a *api) string {
	a.must("POST", "events", obj{"title": "Expo"})
	a.id(obj{"customer_number": "1"})
	a.must("POST", "participants", obj{"event_key": "expo", "customer_number": "1"})
	got := a.do("POST", "participants", obj{"event_key": "expo", "customer_number": "1", "is_confirmed": true})
	places, err := a.Participants()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(got.status, " ", len(places), " ", places[0].Confirmed)
}

func overLimit(t *testing.T, a *api) string {
	a.add(plandockettest.Contact{})
	a.SetTenant(plandockettest.Tenant{ContactLimit: 2})
	got := bulkOf("create", obj{"email": "1@example.com"}, obj{"email": "2@example.com"})(a)
	single := a.do("POST", "contacts", obj{})
	for single.status == 201 {
		single = a.do("POST", "contacts", obj{})
	}
	return line(got.status, single.status, len(a.contacts()))
}

// TestSwitches observes every value of every switch from outside.
func TestSwitches(t *testing.T) {
	type d = plandockettest.Dialect
	seen := map[string]bool{"default": true}
	for _, tt := range []struct {
		switchName string
		observe    observe
		normal     string            // what the default shows
		values     map[string]string // what every other value shows
	}{
		{"id_key", func(t *testing.T, a *api) string { return field("id")(t, a) + " " + field("contact_id")(t, a) }, "1 absent",
			map[string]string{"entity": "absent 1", "both": "1 1"}},
		{"times", field("created_at"), `"2026-03-01T12:30:00Z"`, map[string]string{"space": `"2026-03-01 12:30:00"`, "unix": "1772368200"}},
		{"booleans", field("has_account"), "false", map[string]string{"numbers": "0", "texts": `"0"`}},
		{"text_numbers", func(t *testing.T, a *api) string { return field("postal_code")(t, a) + field("customer_number")(t, a) },
			`"10115""007"`, map[string]string{"number": `10115"007"`}},
		{"escapes", field("first_name"), `"Ü/"`, map[string]string{"ascii": `"\u00dc\/"`}},
		{"list", func(t *testing.T, a *api) string {
			a.id(obj{})
			one := a.must("GET", "contacts", nil)
			a.id(obj{})
			return fmt.Sprintf("%v %v %v", one.list() != nil, one.data() != nil, len(a.must("GET", "contacts", nil).list()))
		}, "true false 2", map[string]string{"object": "false true 2"}},
		{"ties", func(t *testing.T, a *api) string {
			for range 30 {
				a.id(obj{})
			}
			first := fmt.Sprint(a.must("GET", "contacts", nil).column("id"))
			again := fmt.Sprint(a.must("GET", "contacts", nil).column("id"))
			return fmt.Sprint(first == again, " ", len(a.must("GET", "contacts", nil).list()))
		}, "true 30", map[string]string{"shuffled": "false 30"}},
		{"include", func(t *testing.T, a *api) string {
			a.must("POST", "categories", obj{"title": "One"})
			a.id(obj{"category_keys": arr{"one"}})
			b, err := json.Marshal(a.must("GET", "contacts/1?include=categories", nil).data()["categories"])
			return fmt.Sprint(string(b), err)
		}, `[{"category_key":"one","id":1,"title":"One"}]<nil>`, map[string]string{"keys": `["one"]<nil>`}},
		{"email_match", func(t *testing.T, a *api) string {
			return matching(obj{"email": "a@EXAMPLE.com", "city": "hit"})(t, a) + matching(obj{"email": "C@example.com", "city": "hit"})(t, open(t, plandockettest.Options{Dialect: dialectOf(a)}))
		}, "[0 1 0 0] 1[1 0 0 0] 6", map[string]string{"exact": "[1 0 0 0] 6[1 0 0 0] 6", "trimmed": "[0 1 0 0] 1[0 1 0 0] 4"}},
		{"several_matches", matching(obj{"email": "b@example.com", "city": "hit"}), "[0 1 0 0] 2",
			map[string]string{"last": "[0 1 0 0] 3", "error": "[0 0 0 1]", "all": "[0 1 0 0] 2 3"}},
		{"blank_match", matching(obj{"email": "", "city": "hit"}), "[0 0 0 1]", map[string]string{"new": "[1 0 0 0] 6", "matches": "[0 1 0 0] 5"}},
		{"same_key_twice", twice, "[1 1 0 0] two", map[string]string{"last": "[1 0 1 0] two", "error": "[1 0 0 1] one", "create": "[2 0 0 0] one two"}},
		{"bulk_body", wholly(func(a answer) string { return line(a.json["created"], a.data()["created"], a.meta() != nil) }), "1 <nil> false",
			map[string]string{"data": "<nil> 1 true"}},
		{"bulk_status", func(t *testing.T, a *api) string { return partly(said)(t, a) + wholly(said)(t, a) }, "200200",
			map[string]string{"201": "201201", "207": "207200", "422": "422200"}},
		{"bulk_errors", func(t *testing.T, a *api) string {
			return partly(shape("errors"))(t, a) + wholly(shape("errors"))(t, a)
		}, "object 1[]",
			map[string]string{"strings": "Row 2: The email field must be a valid email address.[]", "map": "map [The email field must be a valid email address.][]"}},
		{"bulk_details", wholly(shape("details")), "object 0", map[string]string{"empty": "[]"}},
		{"bulk_stop", stopping, "[1 0 1 1] [1@example.com]", map[string]string{"rollback": "[0 0 2 1] []"}},
		{"bulk_update", func(t *testing.T, a *api) string {
			a.id(obj{"email": "x@example.com", "city": "Ulm", "rating": 5})
			bulkOf("update", obj{"email": "x@example.com", "phone": "1"})(a)
			c := a.contacts()[0]
			return fmt.Sprint(c.Email, c.City, c.Phone, c.Rating)
		}, "x@example.comUlm15", map[string]string{"reset": "x@example.com13"}},
		{"null", afterUpdate("PATCH", obj{"city": nil}), "5 [one]", map[string]string{"ignore": "Ulm 5 [one]", "422": "422"}},
		{"empty", func(t *testing.T, a *api) string {
			id := a.id(obj{"city": "Ulm"})
			return fmt.Sprintf("%v", a.must("PATCH", "contacts/"+id, obj{"city": ""}).data()["city"])
		}, "<nil>", map[string]string{"store": ""}},
		{"put", afterUpdate("PUT", obj{"phone": "1"}), "Ulm 5 [one]", map[string]string{"full": "3 []"}},
		{"category_keys", afterUpdate("PATCH", obj{"category_keys": arr{"two"}}), "Ulm 5 [two]", map[string]string{"add": "Ulm 5 [one two]"}},
		{"unknown_category", afterUpdate("PATCH", obj{"category_keys": arr{"two", "three"}}), "Ulm 5 [two]", map[string]string{"422": "422"}},
		{"customer_numbers", func(t *testing.T, a *api) string {
			a.id(obj{"customer_number": "1"})
			a.id(obj{"customer_number": "2"})
			bulk := bulkOf("create", obj{"email": "x@example.com", "customer_number": "1"})(a).counts()
			own := said(a.do("PATCH", "contacts/1", obj{"customer_number": "1"}))
			return fmt.Sprint(said(a.do("POST", "contacts", obj{"customer_number": "1"})), said(a.do("PATCH", "contacts/2", obj{"customer_number": "1"})), own, bulk)
		}, "201200200[1 0 0 0]", map[string]string{"unique": "422422200[0 0 0 1]"}},
		{"participant_twice", enrolTwice, "422 1 false", map[string]string{"second": "201 2 false", "first": "200 1 false"}},
		{"unknown_reference", func(t *testing.T, a *api) string {
			return said(a.do("POST", "participants", obj{"event_key": "x", "customer_number": "1"}))
		}, "422", map[string]string{"404": "404"}},
		{"feature_off", func(t *testing.T, a *api) string {
			a.SetTenant(plandockettest.Tenant{Off: true})
			return said(a.do("GET", "contacts", nil))
		}, "403", map[string]string{"404": "404"}},
		{"contact_limit", overLimit, "403 403 2", map[string]string{"422": "422 422 2", "record": "200 422 2"}},
		{"normalise", func(t *testing.T, a *api) string {
			got := a.must("POST", "contacts", obj{"email": " A@Example.com", "phone": "0049 (30) 12-3"}).data()
			return fmt.Sprint(got["email"], got["phone"])
		}, " A@Example.com0049 (30) 12-3", map[string]string{"email": "a@example.com0049 (30) 12-3", "phone": " A@Example.com+4930123", "both": "a@example.com+4930123"}},
		{"singles", func(t *testing.T, a *api) string {
			id := a.id(obj{"phone": "1"})
			a.SetReadLag(time.Hour)
			a.must("PATCH", "contacts/"+id, obj{"phone": "2"})
			return fmt.Sprint(a.must("GET", "contacts/"+id, nil).data()["phone"], a.must("GET", "contacts", nil).list()[0].(obj)["phone"])
		}, "21", map[string]string{"lag": "11"}},
		{"audit", func(t *testing.T, a *api) string {
			a.id(obj{})
			a.add(plandockettest.Contact{})
			first := a.must("GET", "audit-log/1", nil)
			few := len(a.must("GET", "audit-log", nil).list())
			for i := range 150 {
				a.id(obj{"last_name": fmt.Sprint("Person ", i)})
			}
			many := a.must("GET", "audit-log", nil)
			ids := many.column("id")
			down := slices.IsSortedFunc(ids, func(x, y string) int { return number(y) - number(x) })
			return line(few, len(ids), down, first.data()["action"], first.data()["new_values"] != nil)
		}, "2 152 true created true", map[string]string{
			"none": "1 1 true created true", "gaps": "2 77 true created true", "unmanned": "1 151 true created true", "late": "0 0 true created true",
			"shuffled": "2 152 false created true", "cut": "2 100 true created true", "bare": "2 152 true created false",
			"words": "2 152 true contact.created true", "phantom": "2 152 true created true"}}, // see TestPhantomEntries
	} {
		dialects := map[string]d{}
		for _, n := range plandockettest.Dialects() {
			if name, value, _ := strings.Cut(n.Name, "="); name == tt.switchName {
				dialects[value] = n.Dialect
				seen[n.Name] = true
			}
		}
		want(t, "values of "+tt.switchName, len(dialects), len(tt.values))
		run := func(name string, dialect d, expected string) {
			t.Run(tt.switchName+"="+name, func(t *testing.T) {
				if got := tt.observe(t, open(t, plandockettest.Options{Dialect: dialect, Now: newClock().Now})); got != expected {
					t.Errorf("got %q, want %q", got, expected)
				}
			})
		}
		run("default", d{}, tt.normal)
		for value, expected := range tt.values {
			run(value, dialects[value], expected)
		}
	}
	for _, other := range []string{"paging", "rate_headers", "rate_window"} { // they have tests of their own
		for _, n := range plandockettest.Dialects() {
			if strings.HasPrefix(n.Name, other+"=") {
				seen[n.Name] = true
			}
		}
	}
	for _, n := range plandockettest.Dialects() {
		if !seen[n.Name] {
			t.Errorf("nothing observes %s", n.Name)
		}
	}
}

// dialectOf finds out the e-mail matching of a tenant, to open a second one that is like it.
func dialectOf(a *api) plandockettest.Dialect {
	for _, n := range plandockettest.Dialects() {
		if strings.HasSuffix(a.t.Name(), n.Name) {
			return n.Dialect
		}
	}
	return plandockettest.Dialect{}
}

func TestRateSwitches(t *testing.T) {
	clock := newClock() // half past twelve
	a := open(t, plandockettest.Options{Now: clock.Now, RequestsPerHour: 1, Dialect: plandockettest.Dialect{RateWindow: plandockettest.RateFixed, RateHeaders: plandockettest.RateHeadersThree}})
	got := a.must("GET", "contacts", nil)
	headers := func(a answer) string {
		return a.header.Get("X-RateLimit-Limit") + " " + a.header.Get("X-RateLimit-Remaining") + " " + a.header.Get("X-RateLimit-Reset")
	}
	one := time.Date(2026, 3, 1, 13, 0, 0, 0, time.UTC)
	want(t, "headers", headers(got), fmt.Sprint("1 0 ", one.Unix()))
	clock.Advance(30*time.Minute - time.Second)
	limited := a.do("GET", "contacts", nil)
	want(t, "limited", limited.status, 429)
	want(t, "headers of a 429", headers(limited), fmt.Sprint("1 0 ", one.Unix()))
	clock.Advance(time.Second)
	want(t, "the next hour of the clock", a.do("GET", "contacts", nil).status, 200)

	sliding := open(t, plandockettest.Options{Now: clock.Now, RequestsPerHour: 2, Dialect: plandockettest.Dialect{RateHeaders: plandockettest.RateHeadersThree}})
	sliding.must("GET", "contacts", nil)
	clock.Advance(time.Minute)
	want(t, "sliding", headers(sliding.must("GET", "contacts", nil)), fmt.Sprint("2 0 ", one.Add(time.Hour).Unix()))
}

func TestDialectLists(t *testing.T) {
	names := map[string]bool{}
	for _, n := range plandockettest.Dialects() {
		if names[n.Name] {
			t.Errorf("%s comes twice", n.Name)
		}
		names[n.Name] = true
		if (n.Dialect == plandockettest.Dialect{}) != (n.Name == "default") {
			t.Errorf("%s is %+v", n.Name, n.Dialect)
		}
	}
	sample := plandockettest.SampleDialects(3, 20)
	if diff := cmp.Diff(sample[:5], plandockettest.SampleDialects(3, 5)); diff != "" {
		t.Errorf("a longer sample starts differently:\n%s", diff)
	}
	if cmp.Equal(sample, plandockettest.SampleDialects(4, 20)) {
		t.Error("two seeds give one sample")
	}
	for _, n := range sample {
		t.Run(n.Name, func(t *testing.T) { // whatever the combination, a tenant works
			a := open(t, plandockettest.Options{Dialect: n.Dialect})
			a.id(obj{"email": "a@example.com", "city": "Ulm"})
			a.must("PATCH", "contacts/1", obj{"city": "Bonn"})
			if got := bulkOf("update", obj{"email": "a@example.com", "first_name": "A"})(a); got.counts() != [4]int{0, 1, 0, 0} {
				t.Errorf("bulk: %d %s", got.status, got.raw)
			}
			want(t, "first name", a.contacts()[0].FirstName, "A")
			a.must("GET", "contacts?include=categories,events", nil)
		})
	}
}
