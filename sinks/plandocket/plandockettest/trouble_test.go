package plandockettest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

const bulkRoute = "POST /api/v1/bulk-import/contacts"

func people(n int) arr {
	out := arr{}
	for i := range n {
		out = append(out, obj{"email": fmt.Sprintf("%d@example.com", i+1)})
	}
	return out
}

func TestBulkFaults(t *testing.T) {
	for _, tt := range []struct {
		kind   faults.Kind
		n      int
		record any // sent after three good ones
		counts [4]int
		stored int
	}{
		{plandockettest.BulkRecordsFail, 0, obj{"email": "4@example.com"}, [4]int{3, 0, 0, 1}, 3},
		{plandockettest.BulkRecordsFail, 2, obj{"email": "4@example.com"}, [4]int{2, 0, 0, 2}, 2},
		{plandockettest.BulkMiscount, 0, obj{"email": "4@example.com"}, [4]int{5, 0, 0, 0}, 4},
		{plandockettest.BulkErrorsHidden, 0, obj{"email": "bad"}, [4]int{3, 0, 0, 0}, 3},
		{plandockettest.BulkDetailsShuffled, 0, obj{"email": "4@example.com"}, [4]int{4, 0, 0, 0}, 4},
	} {
		t.Run(fmt.Sprint(tt.kind, tt.n), func(t *testing.T) {
			schedule := faults.New(faults.Fault{Route: bulkRoute, Count: 1, Kind: tt.kind, N: tt.n})
			a := open(t, plandockettest.Options{Faults: schedule})
			got := a.must("POST", "bulk-import/contacts", bulkBody("create", append(people(3), tt.record)))
			want(t, "counts", got.counts(), tt.counts)
			want(t, "stored", len(a.contacts()), tt.stored)
			want(t, "hits", schedule.Fired(tt.kind), 1)
			first := fmt.Sprint(got.json["details"].(arr)[0].(obj)["index"])
			want(t, "details in order", first == "0", tt.kind != plandockettest.BulkDetailsShuffled)
		})
	}
}

func TestPartialCommit(t *testing.T) {
	schedule := faults.New(faults.Fault{Route: bulkRoute, Count: 1, Kind: plandockettest.BulkPartialCommit, N: 2})
	a := open(t, plandockettest.Options{Faults: schedule})
	got := a.do("POST", "bulk-import/contacts", bulkBody("create", people(5)))
	if !errors.Is(got.err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v, want a cut connection", got.err)
	}
	if diff := cmp.Diff([]string{"1@example.com", "2@example.com"}, a.emails()); diff != "" {
		t.Error(diff)
	}
	want(t, "repeated", a.must("POST", "bulk-import/contacts", bulkBody("create", people(5))).counts(), [4]int{3, 0, 2, 0})
	log := a.Requests()
	want(t, "status in the log", fmt.Sprint(log[0].Status, log[1].Status), "0 200")
}

func TestCutsAndCommits(t *testing.T) {
	write := map[string]func(a *api) answer{
		"POST /api/v1/contacts": func(a *api) answer { return a.do("POST", "contacts", obj{"email": "x@example.com"}) },
		bulkRoute: func(a *api) answer {
			return a.do("POST", "bulk-import/contacts", bulkBody("create", arr{obj{"email": "x@example.com"}}))
		},
		"DELETE /api/v1/contacts/*": func(a *api) answer { return a.do("DELETE", "contacts/1", nil) },
	}
	for route, call := range write {
		for kind, done := range map[faults.Kind]bool{
			faults.CutBefore: false, faults.CutAfter: true, faults.Truncated: true, faults.ServerError: false, faults.Closed: false,
		} {
			t.Run(route+" "+string(kind), func(t *testing.T) {
				schedule := faults.New(faults.Fault{Route: route, Count: 1, Kind: kind})
				a := open(t, plandockettest.Options{Faults: schedule})
				a.add(plandockettest.Contact{Email: "first@example.com"})
				before := fmt.Sprint(a.emails())
				call(a)
				want(t, "changed", fmt.Sprint(a.emails()) != before, done)
			})
		}
	}
}

func TestLateCommit(t *testing.T) {
	clock := newClock()
	schedule := faults.New(faults.Fault{Route: "POST /api/v1/contacts", Count: 1, Kind: plandockettest.LateCommit, Delay: time.Minute})
	a := open(t, plandockettest.Options{Faults: schedule, Now: clock.Now})
	if got := a.do("POST", "contacts", obj{"email": "late@example.com"}); got.err == nil {
		t.Fatalf("got %d, want a cut connection", got.status)
	}
	want(t, "before", len(a.must("GET", "contacts", nil).list()), 0)
	clock.Advance(59 * time.Second)
	want(t, "still before", len(a.contacts()), 0)
	a.id(obj{"email": "soon@example.com"})
	clock.Advance(2 * time.Second)
	listed := a.must("GET", "contacts?sort=email&order=ASC", nil)
	want(t, "after", strings.Join(listed.column("email"), " "), "late@example.com soon@example.com")
	want(t, "created when it was due", listed.list()[0].(obj)["created_at"], any("2026-03-01T12:31:00Z"))
}

func TestReadsLagBehindWrites(t *testing.T) {
	clock := newClock()
	a := open(t, plandockettest.Options{Now: clock.Now})
	a.id(obj{"first_name": "old", "email": "1@example.com"})
	a.id(obj{"first_name": "doomed", "email": "2@example.com"})
	a.SetReadLag(10 * time.Second)
	a.must("PATCH", "contacts/1", obj{"first_name": "new"})
	a.must("DELETE", "contacts/2", nil)
	a.must("POST", "bulk-import/contacts", bulkBody("upsert", arr{obj{"email": "1@example.com", "city": "Ulm"}, obj{"email": "3@example.com"}}))
	names := func() string {
		return strings.Join(a.must("GET", "contacts?sort=first_name&order=ASC", nil).column("first_name"), " ")
	}
	want(t, "the list", names(), "doomed old")
	want(t, "by id", a.must("GET", "contacts/1", nil).data()["first_name"], any("new"))
	want(t, "the deleted one by id", a.do("GET", "contacts/2", nil).status, 404)
	want(t, "search", len(a.must("GET", "contacts?search=old", nil).list()), 1)
	clock.Advance(9 * time.Second)
	want(t, "the list, later", names(), "doomed old")
	clock.Advance(time.Second)
	want(t, "the list, at last", names(), "<nil> new")

	a.SetReadLag(0)
	schedule := faults.New(faults.Fault{Route: "PATCH *", Count: 1, Kind: plandockettest.StaleReads, Delay: time.Hour})
	b := open(t, plandockettest.Options{Now: clock.Now, Faults: schedule})
	b.id(obj{"first_name": "old"})
	b.must("PATCH", "contacts/1", obj{"first_name": "new"})
	want(t, "one stale write", b.must("GET", "contacts", nil).column("first_name")[0], "old")
	want(t, "hits", schedule.Fired(plandockettest.StaleReads), 1)
}

func TestFaultsOfTheNetworkReachTheAPI(t *testing.T) {
	schedule := faults.New(
		faults.Fault{Route: "GET /api/v1/contacts", From: 1, Count: 1, Kind: faults.TooMany},
		faults.Fault{Route: "GET /api/v1/contacts", From: 2, Count: 1, Kind: faults.LoginHTML},
		faults.Fault{Route: "GET /api/v1/contacts", From: 3, Count: 1, Kind: faults.DuplicateKeys},
	)
	a := open(t, plandockettest.Options{Faults: schedule, RequestsPerHour: 1})
	a.add(plandockettest.Contact{})
	want(t, "first", a.do("GET", "contacts", nil).status, 429)
	want(t, "second", strings.HasPrefix(a.do("GET", "contacts", nil).raw, "<!DOCTYPE"), true)
	want(t, "third: a decoder that lets the last key win sees nothing", a.do("GET", "contacts", nil).json["data"], nil)
	want(t, "fourth", a.do("GET", "contacts", nil).status, 429)
	var hits []faults.Kind
	for _, h := range schedule.Hits() {
		hits = append(hits, h.Kind)
	}
	if diff := cmp.Diff([]faults.Kind{faults.TooMany, faults.LoginHTML, faults.DuplicateKeys}, hits); diff != "" {
		t.Error(diff)
	}
}

func TestDriftInTheMiddle(t *testing.T) {
	a := open(t, plandockettest.Options{})
	a.must("POST", "categories", obj{"title": "Press"})
	a.must("POST", "events", obj{"title": "Expo"})
	keep := a.add(plandockettest.Contact{Email: "keep@example.com", CategoryKeys: []string{"press"}})
	lost := a.add(plandockettest.Contact{Email: "lost@example.com", City: "Ulm"})
	a.must("PATCH", "contacts/2", obj{"event_keys": arr{"expo"}})
	seen := 0
	a.BeforeRequest(func(r *http.Request) {
		if r.Method != http.MethodPost {
			return
		}
		seen++
		if err := a.Merge(keep, lost); err != nil {
			t.Error(err)
		}
		if _, err := a.Add(plandockettest.Contact{Email: "new@example.com"}); err != nil {
			t.Error(err)
		}
		if err := a.Edit(keep, func(c *plandockettest.Contact) { c.FirstName, c.CategoryKeys = "By hand", nil }); err != nil {
			t.Error(err)
		}
	})
	got := a.must("POST", "bulk-import/contacts", bulkBody("create", arr{obj{"email": "new@example.com"}}))
	a.BeforeRequest(nil)
	want(t, "the record exists by now", got.counts(), [4]int{0, 0, 1, 0})
	a.must("POST", "contacts", obj{})
	want(t, "hook calls", seen, 1)
	want(t, "the merged one", a.do("GET", "contacts/2", nil).status, 404)
	kept := a.contacts()[0]
	want(t, "kept", fmt.Sprint(kept.Email, kept.City, kept.FirstName, kept.CategoryKeys), "keep@example.comUlmBy hand[]")
	places, err := a.Participants()
	if err != nil {
		t.Fatal(err)
	}
	want(t, "the participation moved", places[0].ContactID, keep)
	if err := a.Delete(keep); err != nil {
		t.Fatal(err)
	}
	want(t, "the deleted one", a.do("GET", "contacts/1", nil).status, 404)
	for _, err := range []error{a.Delete(keep), a.Edit(99, func(*plandockettest.Contact) {}), a.Merge(3, 3), a.Merge(3, 99)} {
		if err == nil {
			t.Error("an edit of what is not there succeeds")
		}
	}
}

func TestRequestLog(t *testing.T) {
	clock := newClock()
	a := open(t, plandockettest.Options{Now: clock.Now})
	a.do("POST", "contacts", `{"city":"Ulm"}`)
	a.do("GET", "contacts/9?include=events", nil)
	expected := []plandockettest.Request{
		{Method: "POST", Path: "/api/v1/contacts", Status: 201, Bytes: 14, Time: clock.Now()},
		{Method: "GET", Path: "/api/v1/contacts/9", Query: "include=events", Status: 404, Time: clock.Now()},
	}
	if diff := cmp.Diff(expected, a.Requests()); diff != "" {
		t.Error(diff)
	}
	want(t, "count", a.Count("GET", "/api/v1/contacts/9"), 1)
}

// TestManyAtOnce mixes writers, readers and edits by hand; the race detector watches, and nothing may be lost.
func TestManyAtOnce(t *testing.T) {
	defer goleak.VerifyNone(t)
	s, err := plandockettest.New(plandockettest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s.Handler())
	defer s.Close()
	defer web.Close()
	done := make(chan error)
	const workers, rounds = 4, 10
	for w := range workers {
		go func() {
			var failed error
			for i := range rounds {
				body := fmt.Sprintf(`{"records":[{"email":"%d.%d@example.com"}]}`, w, i)
				for _, r := range [][3]string{{"POST", "bulk-import/contacts", body}, {"GET", "contacts", ""}} {
					req, err := http.NewRequest(r[0], web.URL+"/api/v1/"+r[1]+"?api_key=sandbox", strings.NewReader(r[2]))
					if err != nil {
						failed = err
						continue
					}
					resp, err := web.Client().Do(req)
					if err != nil {
						failed = err
						continue
					}
					if resp.StatusCode != 200 {
						failed = fmt.Errorf("status %d", resp.StatusCode)
					}
					resp.Body.Close()
				}
				if _, err := s.Add(plandockettest.Contact{}); err != nil {
					failed = err
				}
			}
			done <- failed
		}()
	}
	for range workers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	all, err := s.Contacts()
	if err != nil || len(all) != 2*workers*rounds {
		t.Errorf("%d contacts, %v, want %d", len(all), err, 2*workers*rounds)
	}
	want(t, "bulk calls", s.BulkCalls(), workers*rounds)
	web.Client().CloseIdleConnections()
}

// TestVirtualTime serves a tenant inside a bubble of virtual time: an hour of rate limiting takes no time.
func TestVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := open(t, plandockettest.Options{Now: time.Now, RequestsPerHour: 1})
		a.id(obj{})
		want(t, "at once", a.do("GET", "contacts", nil).status, 429)
		time.Sleep(time.Hour)
		want(t, "an hour later", a.do("GET", "contacts", nil).status, 200)
	})
}

// TestPhantomEntries cuts a bulk call in the middle, under a log that tells of the rest as well.
func TestPhantomEntries(t *testing.T) {
	schedule := faults.New(faults.Fault{Route: bulkRoute, Count: 1, Kind: plandockettest.BulkPartialCommit, N: 2})
	a := open(t, plandockettest.Options{Faults: schedule, Dialect: plandockettest.Dialect{Audit: plandockettest.AuditPhantom}})
	a.do("POST", "bulk-import/contacts", bulkBody("create", people(5)))
	want(t, "contacts", len(a.contacts()), 2)
	want(t, "entries", len(a.must("GET", "audit-log", nil).list()), 5)
}
