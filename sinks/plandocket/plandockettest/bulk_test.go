package plandockettest_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

func bulkBody(mode string, records arr, more ...obj) obj {
	b := obj{"mode": mode, "records": records}
	for _, m := range more {
		for k, v := range m {
			b[k] = v
		}
	}
	return b
}

func TestBulkRefusals(t *testing.T) {
	a := open(t, plandockettest.Options{})
	many := arr{}
	for i := range 1001 {
		many = append(many, obj{"email": fmt.Sprintf("%d@example.com", i)})
	}
	one := arr{obj{"email": "a@example.com"}}
	for name, tt := range map[string]struct {
		path  string
		body  obj
		field string
	}{
		"too many":      {"contacts", obj{"records": many}, "records"},
		"none":          {"contacts", obj{"records": arr{}}, "records"},
		"no records":    {"contacts", obj{}, "records"},
		"mode":          {"contacts", obj{"records": one, "mode": "replace"}, "mode"},
		"match field":   {"contacts", obj{"records": one, "match_field": "phone"}, "match_field"},
		"skip on error": {"contacts", obj{"records": one, "skip_on_error": "x"}, "skip_on_error"},
		"mapping":       {"contacts", obj{"records": one, "field_mapping": arr{}}, "field_mapping"},
		"event key":     {"participants", obj{"records": one}, "event_key"},
		"unknown event": {"participants", obj{"records": one, "event_key": "x"}, "event_key"},
	} {
		t.Run(name, func(t *testing.T) {
			got := a.do("POST", "bulk-import/"+tt.path, tt.body)
			errs, _ := got.json["errors"].(obj)
			if got.status != 422 || errs[tt.field] == nil {
				t.Errorf("%d %.200s, want 422 about %s", got.status, got.raw, tt.field)
			}
		})
	}
	want(t, "contacts", len(a.contacts()), 0)
	a.must("POST", "bulk-import/contacts", obj{"records": many[:1000]})
	want(t, "contacts", len(a.contacts()), 1000)
	want(t, "bulk calls", a.BulkCalls(), 10)
}

func TestBulkModes(t *testing.T) {
	records := arr{
		obj{"email": "OLD@example.com", "city": "Bonn"}, obj{"email": "new@example.com", "city": "Ulm", "rating": 5, "ignored": 1},
		obj{"email": "bad"}, obj{"city": "no key"}, "no object",
	}
	for _, tt := range []struct {
		mode   string
		counts [4]int
		cities []string
	}{
		{"create", [4]int{1, 0, 1, 3}, []string{"Köln", "Ulm"}},
		{"update", [4]int{0, 1, 1, 3}, []string{"Bonn"}},
		{"upsert", [4]int{1, 1, 0, 3}, []string{"Bonn", "Ulm"}},
	} {
		t.Run(tt.mode, func(t *testing.T) {
			a := open(t, plandockettest.Options{})
			a.id(obj{"email": "old@example.com", "city": "Köln", "phone": "1"})
			got := a.must("POST", "bulk-import/contacts", bulkBody(tt.mode, records))
			want(t, "counts", got.counts(), tt.counts)
			want(t, "total", fmt.Sprint(got.json["total"]), "5")
			want(t, "details", len(got.json["details"].(arr)), 5)
			cities := []string{}
			for _, c := range a.contacts() {
				cities = append(cities, c.City)
			}
			if diff := cmp.Diff(tt.cities, cities); diff != "" {
				t.Error(diff)
			}
			want(t, "a field that was left out", a.contacts()[0].Phone, "1")
		})
	}
}

func TestBulkDefaultsAndSwitches(t *testing.T) {
	a := open(t, plandockettest.Options{})
	a.id(obj{"email": "old@example.com", "customer_number": "007"})
	got := a.must("POST", "bulk-import/contacts", obj{"records": arr{obj{"email": "old@example.com", "city": "x"}}})
	want(t, "the default mode is create", got.counts(), [4]int{0, 0, 1, 0})
	got = a.must("POST", "bulk-import/contacts", bulkBody("update",
		arr{obj{"customer_number": "007", "email": "new@example.com"}, obj{"customer_number": "7"}}, obj{"match_field": "customer_number"}))
	want(t, "by number", got.counts(), [4]int{0, 1, 1, 0})
	got = a.must("POST", "bulk-import/contacts", bulkBody("create",
		arr{obj{"Mail": "m@example.com", "Ort": "Trier"}}, obj{"field_mapping": obj{"Mail": "email", "Ort": "city"}}))
	want(t, "mapped", got.counts(), [4]int{1, 0, 0, 0})
	want(t, "mapped city", a.contacts()[1].City, "Trier")
	got = a.must("POST", "bulk-import/contacts", bulkBody("create",
		arr{obj{"email": "1@example.com"}, obj{"email": "bad"}, obj{"email": "2@example.com"}}, obj{"skip_on_error": false}))
	want(t, "stopped", got.counts(), [4]int{1, 0, 1, 1})
	if diff := cmp.Diff([]string{"new@example.com", "m@example.com", "1@example.com"}, a.emails()); diff != "" {
		t.Error(diff)
	}
}

func TestBulkParticipants(t *testing.T) {
	people := arr{obj{"email": "in@example.com", "is_confirmed": true}, obj{"email": "out@example.com"}, obj{"email": "new@example.com", "first_name": "New"}}
	for _, tt := range []struct {
		name    string
		mode    string
		more    obj
		counts  [4]int
		created string // contacts_created
		places  []plandockettest.Participant
	}{
		{"create", "create", nil, [4]int{2, 0, 1, 0}, "1", []plandockettest.Participant{{1, 1, "expo", false}, {2, 2, "expo", false}, {3, 3, "expo", false}}},
		{"create, known only", "create", obj{"create_contacts": false}, [4]int{1, 0, 2, 0}, "0", []plandockettest.Participant{{1, 1, "expo", false}, {2, 2, "expo", false}}},
		{"update", "update", nil, [4]int{0, 1, 2, 0}, "0", []plandockettest.Participant{{1, 1, "expo", true}}},
		{"upsert", "upsert", nil, [4]int{2, 1, 0, 0}, "1", []plandockettest.Participant{{1, 1, "expo", true}, {2, 2, "expo", false}, {3, 3, "expo", false}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := open(t, plandockettest.Options{})
			a.must("POST", "events", obj{"title": "Expo"})
			a.id(obj{"email": "in@example.com", "customer_number": "1", "event_keys": arr{"expo"}})
			a.id(obj{"email": "out@example.com"})
			got := a.must("POST", "bulk-import/participants", bulkBody(tt.mode, people, obj{"event_key": "expo"}, tt.more))
			want(t, "counts", got.counts(), tt.counts)
			want(t, "contacts created", fmt.Sprint(got.json["contacts_created"]), tt.created)
			places, err := a.Participants()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.places, places); diff != "" {
				t.Error(diff)
			}
		})
	}
}
