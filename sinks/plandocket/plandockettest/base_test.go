package plandockettest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

func TestKeysAndScopes(t *testing.T) {
	a := open(t, plandockettest.Options{
		Tenant: plandockettest.Tenant{Name: "acme"},
		Keys:   map[string][]string{"all": plandockettest.AllScopes(), "contacts": {"contacts"}, "none": {}},
	})
	request := func(host, query string, header http.Header) int {
		req, err := http.NewRequest("GET", "https://"+host+"/api/v1/contacts"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header = header
		got := a.send(req)
		if got.status != 200 && (got.json["error"] == nil || got.json["meta"] != nil) {
			t.Errorf("body %s, want an error without meta", got.raw)
		}
		return got.status
	}
	tests := []struct {
		name, host, query string
		header            http.Header
		want              int
	}{
		{"bearer", "acme.plandocket.com", "", http.Header{"Authorization": {"Bearer all"}}, 200},
		{"header", "acme.plandocket.com", "", http.Header{"X-Api-Key": {"all"}}, 200},
		{"query", "acme.plandocket.com", "?api_key=all", http.Header{}, 200},
		{"no key", "acme.plandocket.com", "", http.Header{}, 401},
		{"unknown key", "acme.plandocket.com", "", http.Header{"Authorization": {"Bearer x"}}, 401},
		{"another kind of authorization", "acme.plandocket.com", "", http.Header{"Authorization": {"Basic all"}}, 401},
		{"one scope", "acme.plandocket.com", "", http.Header{"X-Api-Key": {"contacts"}}, 200},
		{"no scope", "acme.plandocket.com", "", http.Header{"X-Api-Key": {"none"}}, 403},
		{"another tenant", "other.plandocket.com", "", http.Header{"X-Api-Key": {"all"}}, 404},
		{"loopback", "127.0.0.1:8080", "", http.Header{"X-Api-Key": {"all"}}, 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { want(t, "status", request(tt.host, tt.query, tt.header), tt.want) })
	}
	a.key = "contacts"
	for path, status := range map[string]int{
		"contacts": 200, "participants": 403, "events": 403, "categories": 403, "custom-fields/definitions": 403, "audit-log": 403,
	} {
		want(t, "contacts only: "+path, a.do("GET", path, nil).status, status)
	}
	want(t, "bulk participants", a.do("POST", "bulk-import/participants", obj{}).status, 403)
	for _, r := range a.Requests() {
		if strings.Contains(r.Query, "all") {
			t.Errorf("the log holds the key: %q", r.Query)
		}
	}
	if _, err := plandockettest.New(plandockettest.Options{Keys: map[string][]string{"k": {"contact"}}}); err == nil {
		t.Error("a scope that does not exist is accepted")
	}
}

func TestRoutes(t *testing.T) {
	a := open(t, plandockettest.Options{})
	for _, tt := range []struct {
		method, path string
		want         int
	}{
		{"GET", "contacts/1", 404}, {"GET", "contacts/abc", 404}, {"GET", "nothing", 404}, {"GET", "contacts/", 404},
		{"PUT", "contacts", 405}, {"POST", "contacts/1", 405}, {"GET", "bulk-import/contacts", 405}, {"POST", "audit-log", 405},
		{"DELETE", "events/9", 404}, {"PATCH", "categories/9", 404}, {"GET", "participants/9", 404},
		{"GET", "custom-fields/contact/9", 404}, {"GET", "custom-fields/nonsense/9", 404}, {"GET", "audit-log/9", 404},
	} {
		got := a.do(tt.method, tt.path, obj{"title": "x"})
		want(t, tt.method+" "+tt.path, got.status, tt.want)
		if got.json["error"] == nil || !strings.HasPrefix(got.header.Get("Content-Type"), "application/json") {
			t.Errorf("%s %s: body %s, want a JSON error", tt.method, tt.path, got.raw)
		}
	}
	want(t, "no JSON", a.do("POST", "contacts", "{").status, 400)
	want(t, "no object", a.do("POST", "contacts", "[]").status, 400)
}

func TestContactLifecycle(t *testing.T) {
	clock := newClock()
	a := open(t, plandockettest.Options{Now: clock.Now})
	created := a.do("POST", "contacts", obj{"email": "a@example.com", "first_name": "Zoë \"Z\"\n", "country": "DE", "nonsense": 1})
	want(t, "status", created.status, 201)
	expected := obj{
		"id": json.Number("1"), "email": "a@example.com", "first_name": "Zoë \"Z\"\n", "country": "DE", "rating": json.Number("3"),
		"account_access_enabled": false, "has_account": false,
		"created_at": "2026-03-01T12:30:00Z", "updated_at": "2026-03-01T12:30:00Z",
		"customer_number": nil, "company_name": nil, "last_name": nil, "address": nil, "postal_code": nil, "city": nil, "state": nil,
		"phone": nil, "fax": nil, "mobile": nil, "website": nil, "notes": nil, "tax_id": nil,
	}
	if diff := cmp.Diff(expected, created.data()); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	clock.Advance(time.Minute)
	patched := a.must("PATCH", "contacts/1", obj{"first_name": nil, "rating": 5, "account_access_enabled": true, "city": "Köln"})
	expected["first_name"], expected["rating"], expected["account_access_enabled"] = nil, json.Number("5"), true
	expected["city"], expected["updated_at"] = "Köln", "2026-03-01T12:31:00Z"
	if diff := cmp.Diff(expected, patched.data()); diff != "" {
		t.Errorf("patched (-want +got):\n%s", diff)
	}
	clock.Advance(time.Minute)
	a.must("PUT", "contacts/1", obj{"city": "Köln"})
	shown := a.must("GET", "contacts/1", nil)
	if diff := cmp.Diff(expected, shown.data()); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}
	if first, second := created.meta()["request_id"], shown.meta()["request_id"]; first == nil || first == second {
		t.Errorf("request ids %v and %v, want two", first, second)
	}
	deleted := a.do("DELETE", "contacts/1", nil)
	if deleted.status != 204 || deleted.raw != "" {
		t.Errorf("delete: %d %q, want 204 and nothing", deleted.status, deleted.raw)
	}
	want(t, "after delete", a.do("GET", "contacts/1", nil).status, 404)
	want(t, "delete again", a.do("DELETE", "contacts/1", nil).status, 404)
	if id := a.id(obj{}); id != "2" {
		t.Errorf("an empty contact got id %s, want 2: ids are never used again", id)
	}
}

func TestValidation(t *testing.T) {
	a := open(t, plandockettest.Options{})
	for field, value := range map[string]any{
		"rating": 6, "email": "nobody", "first_name": 7, "account_access_enabled": "perhaps", "city": strings.Repeat("x", 256),
		"category_keys": "press",
	} {
		got := a.do("POST", "contacts", obj{field: value})
		errs, _ := got.json["errors"].(obj)
		messages, _ := errs[field].(arr)
		if got.status != 422 || got.json["error"] != "Validation failed" || len(messages) == 0 {
			t.Errorf("%s=%v: %d %s, want a message for the field", field, value, got.status, got.raw)
		}
	}
	want(t, "rating 0", a.do("POST", "contacts", obj{"rating": 0}).status, 422)
	want(t, "rating as text", a.do("POST", "contacts", obj{"rating": "3"}).status, 422)
	a.id(obj{"notes": strings.Repeat("ü", 100_000)})
	want(t, "contacts", len(a.contacts()), 1)
}

func TestSharedAndMissingKeysAreAllowed(t *testing.T) {
	a := open(t, plandockettest.Options{})
	for range 2 {
		a.id(obj{"email": "same@example.com", "customer_number": "7"})
		a.id(obj{})
	}
	if diff := cmp.Diff([]string{"same@example.com", "", "same@example.com", ""}, a.emails()); diff != "" {
		t.Error(diff)
	}
}

func TestListOrderSearchAndFilters(t *testing.T) {
	clock := newClock()
	a := open(t, plandockettest.Options{Now: clock.Now})
	a.must("POST", "categories", obj{"title": "Press", "category_key": "press"})
	a.must("POST", "events", obj{"title": "Expo", "event_key": "expo"})
	for _, c := range []obj{
		{"first_name": "Bea", "last_name": "Alt", "email": "b@example.com", "city": "Ulm", "category_keys": arr{"press"}},
		{"first_name": "Ada", "last_name": "Neu", "email": "a@example.com", "company_name": "ÄCME 100%", "event_keys": arr{"expo"}},
		{"first_name": "cid", "customer_number": "K-9"},
	} {
		a.id(c)
		clock.Advance(time.Second)
	}
	for query, expected := range map[string]string{
		"":                                     "cid Ada Bea",
		"?order=ASC":                           "Bea Ada cid",
		"?sort=first_name&order=asc":           "Ada Bea cid",
		"?sort=first_name":                     "cid Bea Ada",
		"?sort=nonsense&order=ASC":             "Bea Ada cid",
		"?search=NEU":                          "Ada",
		"?search=ada%20neu":                    "Ada",
		"?search=example":                      "Ada Bea",
		"?search=k-":                           "cid",
		"?search=ulm":                          "Bea",
		"?category_key=press":                  "Bea",
		"?category_key=nothing":                "",
		"?event_key=expo":                      "Ada",
		"?page=2&per_page=1&limit=1&cursor=xx": "cid Ada Bea",
	} {
		got := a.must("GET", "contacts"+query, nil)
		if names := strings.Join(got.column("first_name"), " "); names != expected || got.list() == nil {
			t.Errorf("%s: %q in %.80s, want %q in an array", query, names, got.raw, expected)
		}
	}
	row := a.must("GET", "contacts?include=categories,events&search=bea", nil).list()[0].(obj)
	included := obj{"categories": arr{obj{"id": json.Number("1"), "category_key": "press", "title": "Press"}}, "events": arr{}}
	if diff := cmp.Diff(included, obj{"categories": row["categories"], "events": row["events"]}); diff != "" {
		t.Errorf("included (-want +got):\n%s", diff)
	}
	if plain := a.must("GET", "contacts/1", nil).data(); plain["categories"] != nil || plain["category_keys"] != nil {
		t.Errorf("categories come unasked: %v", plain)
	}
}

func TestParticipants(t *testing.T) {
	a := open(t, plandockettest.Options{})
	a.must("POST", "events", obj{"title": "Expo", "event_key": "expo"})
	a.must("POST", "events", obj{"title": "Congress", "event_key": "congress"})
	a.must("POST", "categories", obj{"title": "Press"})
	a.id(obj{"customer_number": "7", "category_keys": arr{"press"}})
	a.id(obj{"customer_number": "8"})
	for _, body := range []obj{{}, {"event_key": "expo"}, {"customer_number": "7"}, {"event_key": "expo", "customer_number": "9"}, {"event_key": "x", "customer_number": "7"}} {
		want(t, fmt.Sprint(body), a.do("POST", "participants", body).status, 422)
	}
	created := a.do("POST", "participants", obj{"event_key": "expo", "customer_number": "7"})
	want(t, "status", created.status, 201)
	expected := obj{"id": json.Number("1"), "event_id": json.Number("1"), "contact_id": json.Number("1"), "is_confirmed": false}
	got := created.data()
	delete(got, "created_at")
	delete(got, "updated_at")
	if diff := cmp.Diff(expected, got); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	a.must("POST", "participants", obj{"event_key": "congress", "customer_number": "8", "is_confirmed": true})
	want(t, "patched", a.must("PATCH", "participants/1", obj{"is_confirmed": 1}).data()["is_confirmed"], any(true))
	a.must("PATCH", "participants/1", obj{"is_confirmed": false})
	for query, ids := range map[string]string{"": "2 1", "?event_key=expo": "1", "?customer_number=8": "2", "?confirmed=1": "2", "?confirmed=0": "1"} {
		want(t, query, strings.Join(a.must("GET", "participants"+query, nil).column("id"), " "), ids)
	}
	full := a.must("GET", "participants/1?include=contact,event,category", nil).data()
	want(t, "contact", full["contact"].(obj)["customer_number"], any("7"))
	want(t, "event", full["event"].(obj)["event_key"], any("expo"))
	want(t, "category", full["category"].(obj)["category_key"], any("press"))
	want(t, "deleted", a.do("DELETE", "participants/1", nil).status, 204)
	a.must("DELETE", "contacts/2", nil)
	want(t, "left", len(a.must("GET", "participants", nil).list()), 0)
}

func TestEvents(t *testing.T) {
	clock := newClock()
	a := open(t, plandockettest.Options{Now: clock.Now})
	want(t, "no title", a.do("POST", "events", obj{}).status, 422)
	first := a.do("POST", "events", obj{"title": "Grand Expo", "date_from": "2026-05-01", "opening_hours": arr{obj{"day": 1}}})
	want(t, "status", first.status, 201)
	want(t, "key", first.data()["event_key"], any("grand-expo"))
	want(t, "country", first.data()["country"], any("DE"))
	if _, has := first.data()["created_at"]; has {
		t.Error("an event has created_at")
	}
	want(t, "second key", a.must("POST", "events", obj{"title": "Grand Expo", "date_from": "2025-05-01", "is_visible": false}).data()["event_key"], any("grand-expo-2"))
	want(t, "taken key", a.do("POST", "events", obj{"title": "x", "event_key": "grand-expo"}).status, 422)
	want(t, "upcoming", strings.Join(a.must("GET", "events?upcoming=1", nil).column("id"), " "), "1")
	want(t, "visible", strings.Join(a.must("GET", "events?visible=0", nil).column("id"), " "), "2")
	want(t, "sorted", strings.Join(a.must("GET", "events?sort=date_from&order=ASC", nil).column("id"), " "), "2 1")
	a.must("PATCH", "events/1", obj{"city": "Bonn"})
	got := a.must("GET", "events/1?include=opening_hours,participant_count", nil).data()
	want(t, "city", got["city"], any("Bonn"))
	want(t, "hours", len(got["opening_hours"].(arr)), 1)
	want(t, "participants", got["participant_count"], any(json.Number("0")))
	want(t, "deleted", a.do("DELETE", "events/1", nil).status, 204)
	want(t, "gone", a.do("GET", "events/1", nil).status, 404)
}

func TestCategoryTree(t *testing.T) {
	a := open(t, plandockettest.Options{Tenant: plandockettest.Tenant{CategoryLimit: 3}})
	a.must("POST", "categories", obj{"title": "Top"})
	a.must("POST", "categories", obj{"title": "Middle", "parent_category_id": 1})
	leaf := a.must("POST", "categories", obj{"title": "Leaf", "parent_category_id": 2, "event_keys": arr{"expo"}}).data()
	want(t, "level", leaf["level"], any(json.Number("2")))
	want(t, "key", leaf["category_key"], any("leaf"))
	want(t, "fourth", a.do("POST", "categories", obj{"title": "Fourth"}).status, 403)
	want(t, "own child as parent", a.do("PATCH", "categories/1", obj{"parent_category_id": 3}).status, 422)
	roots := a.must("GET", "categories?hierarchical=1", nil).list()
	middle := roots[0].(obj)["children"].(arr)[0].(obj)
	want(t, "leaf in the tree", middle["children"].(arr)[0].(obj)["title"], any("Leaf"))
	a.must("DELETE", "categories/2", nil)
	want(t, "the leaf moved up", a.must("GET", "categories/3", nil).data()["parent_category_id"], any(json.Number("1")))
	a.must("DELETE", "categories/1", nil)
	want(t, "to the root", a.must("GET", "categories/3", nil).data()["parent_category_id"], nil)
	if err := a.AddCategory(plandockettest.Category{Title: "No key"}); err != nil {
		t.Fatal(err)
	}
	want(t, "no key", a.must("GET", "categories/4", nil).data()["category_key"], nil)
}

func TestEventsAndCategoriesAreUpdated(t *testing.T) {
	for put, kept := range map[plandockettest.Put]any{plandockettest.PutPartial: "kept", plandockettest.PutFull: nil} {
		t.Run("put="+string(put), func(t *testing.T) {
			a := open(t, plandockettest.Options{Dialect: plandockettest.Dialect{Put: put}})
			a.must("POST", "categories", obj{"title": "Old", "content": "kept"})
			got := a.must("PUT", "categories/1", obj{"title": "New", "applicant_visibility": "container", "sort_order": 2}).data()
			want(t, "category", line(got["title"], got["category_key"], got["applicant_visibility"], got["sort_order"]), "New old container 2")
			want(t, "content", got["content"], kept)
			if err := a.AddEvent(plandockettest.Event{Key: "expo", Title: "Expo", City: "kept"}); err != nil {
				t.Fatal(err)
			}
			got = a.must("PUT", "events/1", obj{"title": "Fair"}).data()
			want(t, "event", line(got["title"], got["event_key"], got["country"]), "Fair expo DE")
			want(t, "city", got["city"], kept)
		})
	}
	a := open(t, plandockettest.Options{})
	a.must("POST", "categories", obj{"title": "One"})
	for field, value := range map[string]any{
		"title": "", "applicant_visibility": "all", "parent_category_id": 9, "event_keys": "x", "is_visible": "x", "sort_order": "x", "content": 1,
	} {
		want(t, field, a.do("PATCH", "categories/1", obj{field: value}).status, 422)
	}
	want(t, "taken key", a.do("POST", "categories", obj{"title": "x", "category_key": "one"}).status, 422)
}

func TestCustomFields(t *testing.T) {
	a := open(t, plandockettest.Options{})
	for _, f := range []plandockettest.CustomField{
		{Key: "diet", Label: "Diet", Type: "select", Options: []string{"any", "vegan"}}, {Key: "staff", Label: "Staff", Type: "number"},
		{Key: "vip", Label: "VIP", Type: "boolean"}, {Key: "badge", Label: "Badge", Type: "text", Required: true},
		{Key: "old", Label: "Old", Type: "text", Inactive: true},
	} {
		if err := a.AddCustomField(f); err != nil {
			t.Fatal(err)
		}
	}
	a.id(obj{})
	defs := a.must("GET", "custom-fields/definitions?entity_type=contact&is_active=1", nil)
	want(t, "definitions", strings.Join(defs.column("field_key"), " "), "diet staff vip badge")
	want(t, "options", defs.list()[0].(obj)["field_options"], any(`["any","vegan"]`))
	a.must("PUT", "custom-fields/contact/1", obj{"diet": "vegan", "staff": 7, "vip": true, "badge": "Z"})
	got := a.must("PUT", "custom-fields/contact/1", obj{"diet": nil}).data()
	if diff := cmp.Diff(obj{"diet": nil, "staff": json.Number("7"), "vip": true, "badge": "Z"}, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	for key, value := range map[string]any{"diet": "meat", "staff": "7", "vip": "yes", "badge": nil, "old": "x", "unknown": 1} {
		want(t, key, a.do("PUT", "custom-fields/contact/1", obj{key: value}).status, 422)
	}
	if diff := cmp.Diff(got, a.must("GET", "custom-fields/contact/1", nil).data()); diff != "" {
		t.Errorf("refused values changed something:\n%s", diff)
	}
}

func TestAuditLog(t *testing.T) {
	clock := newClock()
	a := open(t, plandockettest.Options{Now: clock.Now})
	a.id(obj{"first_name": "Ada", "city": "Ulm"})
	clock.Advance(24 * time.Hour)
	a.must("PATCH", "contacts/1", obj{"city": "Bonn", "first_name": "Ada"})
	if err := a.Edit(1, func(c *plandockettest.Contact) { c.City = "Köln" }); err != nil {
		t.Fatal(err)
	}
	a.must("POST", "bulk-import/contacts", obj{"records": arr{obj{"email": "b@example.com"}}})
	a.must("DELETE", "contacts/1", nil)
	all := a.must("GET", "audit-log", nil)
	want(t, "actions", strings.Join(all.column("action"), " "), "deleted created updated updated created")
	byHand := all.list()[2].(obj)
	want(t, "admin", byHand["admin_id"], any(json.Number("1")))
	patched := a.must("GET", "audit-log/2", nil).data()
	for key, expected := range map[string]any{
		"entity_id": json.Number("1"), "entity_title": "Ada", "admin_id": nil,
		"old_values": obj{"city": "Ulm"}, "new_values": obj{"city": "Bonn"},
	} {
		if diff := cmp.Diff(expected, patched[key]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
	for query, n := range map[string]int{
		"action=created": 2, "entity_type=contact": 5, "entity_type=event": 0, "admin_id=1": 1, "search=ada": 4,
		"date_from=2026-03-02": 4, "date_to=2026-03-01": 1, "date_from=2026-03-01T12:30:01Z": 4,
	} {
		want(t, query, len(a.must("GET", "audit-log?"+query, nil).list()), n)
	}
}

func TestRateLimit(t *testing.T) {
	clock := newClock()
	a := open(t, plandockettest.Options{Now: clock.Now, RequestsPerHour: 3, Keys: map[string][]string{"sandbox": {"contacts"}, "other": {"contacts"}}})
	statuses := func(n int) (out []int) {
		for range n {
			out = append(out, a.do("GET", "contacts", nil).status)
		}
		return out
	}
	if diff := cmp.Diff([]int{200, 200, 200, 429, 429}, statuses(5)); diff != "" {
		t.Error(diff)
	}
	limited := a.do("POST", "contacts", obj{"city": "never"})
	want(t, "text", limited.json["error"], any("Rate limit exceeded"))
	for name := range limited.header {
		if strings.HasPrefix(name, "X-Ratelimit") || name == "Retry-After" {
			t.Errorf("header %s is sent", name)
		}
	}
	a.key = "other"
	want(t, "another key", a.do("GET", "contacts", nil).status, 200)
	a.key = "sandbox"
	clock.Advance(time.Hour - time.Second)
	want(t, "within the hour", a.do("GET", "contacts", nil).status, 429)
	clock.Advance(time.Second)
	want(t, "an hour later", a.do("GET", "contacts", nil).status, 200)
	want(t, "contacts", len(a.contacts()), 0)
}

func TestTenantSettings(t *testing.T) {
	a := open(t, plandockettest.Options{Tenant: plandockettest.Tenant{GenerateNumbers: true}})
	first := a.must("POST", "contacts", obj{}).data()["customer_number"]
	second := a.must("POST", "contacts", obj{}).data()["customer_number"]
	if first == nil || first == second {
		t.Errorf("numbers %v and %v, want two", first, second)
	}
	want(t, "given number", a.must("POST", "contacts", obj{"customer_number": "mine"}).data()["customer_number"], any("mine"))
	a.SetTenant(plandockettest.Tenant{Off: true})
	want(t, "off", a.do("GET", "contacts", nil).status, 403)
	a.SetTenant(plandockettest.Tenant{ContactLimit: 3})
	want(t, "limit", a.do("POST", "contacts", obj{}).status, 403)
	want(t, "no number", a.must("PATCH", "contacts/1", obj{"customer_number": nil}).data()["customer_number"], nil)
	a.Revoke("sandbox")
	want(t, "revoked", a.do("GET", "contacts", nil).status, 401)
	if err := a.SetKey("sandbox", "audit"); err != nil {
		t.Fatal(err)
	}
	want(t, "scope removed", a.do("GET", "contacts", nil).status, 403)
}

func TestSeed(t *testing.T) {
	clock := newClock()
	a := open(t, plandockettest.Options{Now: clock.Now})
	a.seed(2000)
	b := open(t, plandockettest.Options{Now: clock.Now})
	b.seed(2000)
	all := a.contacts()
	if diff := cmp.Diff(all, b.contacts()); diff != "" {
		t.Fatalf("the same seed differs:\n%s", diff)
	}
	emails, numbers, times, companies := map[string]int{}, map[string]int{}, map[time.Time]int{}, map[string]int{}
	for _, c := range all {
		emails[c.Email]++
		numbers[c.CustomerNumber]++
		times[c.CreatedAt]++
		companies[c.CompanyName]++
		if c.CreatedAt.After(clock.Now()) || c.UpdatedAt.Before(c.CreatedAt) {
			t.Fatalf("contact %d: created %v, updated %v", c.ID, c.CreatedAt, c.UpdatedAt)
		}
	}
	without := emails[""] + numbers[""]
	if without == 0 || len(emails)+len(numbers)+without-2 != 2*len(all) || len(times) != len(all) {
		t.Errorf("%d e-mails, %d numbers, %d without, %d times of %d contacts", len(emails), len(numbers), without, len(times), len(all))
	}
	colleagues := 0
	for name, n := range companies {
		if name != "" && n > 1 {
			colleagues++
		}
	}
	if colleagues == 0 {
		t.Error("no company has two colleagues")
	}
	if p, err := a.Participants(); err != nil || len(p) == 0 {
		t.Errorf("%d participants, %v", len(p), err)
	}
	a.seed(10)
	want(t, "second seed adds", len(a.contacts()), 2010)
}

func TestSeedTraps(t *testing.T) {
	a := open(t, plandockettest.Options{})
	ids, err := a.SeedTraps()
	if err != nil {
		t.Fatal(err)
	}
	byID := map[int64]plandockettest.Contact{}
	for _, c := range a.contacts() {
		byID[c.ID] = c
	}
	pair := func(name string) (x, y plandockettest.Contact) { return byID[ids[name][0]], byID[ids[name][1]] }
	if x, y := pair("email-case"); x.Email == y.Email || !strings.EqualFold(x.Email, y.Email) {
		t.Errorf("e-mails %q and %q", x.Email, y.Email)
	}
	if x, y := pair("normal-form"); x.FirstName == y.FirstName || len([]rune(x.FirstName))+1 != len([]rune(y.FirstName)) {
		t.Errorf("names %q and %q", x.FirstName, y.FirstName)
	}
	seconds := map[time.Time]bool{}
	for _, id := range ids["one-second"] {
		seconds[byID[id].CreatedAt] = true
	}
	if len(seconds) != 1 || len(ids["one-second"]) < 100 {
		t.Errorf("%d contacts at %d moments", len(ids["one-second"]), len(seconds))
	}
	got := a.must("GET", "contacts?sort=email", nil)
	want(t, "listed", len(got.list()), len(byID))
}
