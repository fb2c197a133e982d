package plandockettest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// numbered is a tenant of n contacts, created a second apart, whose first names are 1 to n.
func numbered(t *testing.T, n int, o plandockettest.Options) *api {
	t.Helper()
	clock := newClock()
	o.Now = clock.Now
	a := open(t, o)
	for i := range n {
		a.add(plandockettest.Contact{FirstName: fmt.Sprint(i + 1)})
		clock.Advance(time.Second)
	}
	return a
}

func (a *api) page(query string) string {
	a.t.Helper()
	got := a.must("GET", "contacts?sort=created_at&order=ASC&"+query, nil)
	out := strings.Join(got.column("first_name"), " ")
	for _, key := range []string{"current_page", "per_page", "last_page", "limit", "offset", "total", "next_cursor"} {
		if v, ok := got.meta()[key]; ok {
			out += fmt.Sprintf(" %s=%v", key, v)
		}
	}
	return out
}

func TestPagingForms(t *testing.T) {
	for _, tt := range []struct {
		paging plandockettest.Paging
		pages  [][2]string // query, answer
	}{
		{plandockettest.PagingAll, [][2]string{{"page=2&limit=2&offset=2", "1 2 3 4 5 6 7"}}},
		{plandockettest.PagingCap, [][2]string{{"", "1 2 3"}, {"page=2&limit=5&per_page=5&offset=2", "1 2 3"}}},
		{plandockettest.PagingPage, [][2]string{
			{"", "1 2 3 current_page=1 per_page=3 last_page=3 total=7"}, {"page=3", "7 current_page=3 per_page=3 last_page=3 total=7"},
			{"page=2&per_page=2", "3 4 current_page=2 per_page=2 last_page=4 total=7"}, {"per_page=50", "1 2 3 current_page=1 per_page=3 last_page=3 total=7"},
			{"page=9", " current_page=9 per_page=3 last_page=3 total=7"}, {"page=-1&limit=1&offset=5", "1 2 3 current_page=1 per_page=3 last_page=3 total=7"},
		}},
		{plandockettest.PagingPageBare, [][2]string{{"", "1 2 3"}, {"page=3", "7"}, {"page=4", ""}}},
		{plandockettest.PagingOffset, [][2]string{
			{"", "1 2 3 limit=3 offset=0 total=7"}, {"offset=5&limit=50", "6 7 limit=3 offset=5 total=7"}, {"page=2", "1 2 3 limit=3 offset=0 total=7"},
		}},
		{plandockettest.PagingOffsetBare, [][2]string{{"limit=2&offset=3", "4 5"}, {"offset=7", ""}}},
	} {
		t.Run(string(tt.paging), func(t *testing.T) {
			a := numbered(t, 7, plandockettest.Options{Dialect: plandockettest.Dialect{Paging: tt.paging, PageSize: 3}})
			for _, p := range tt.pages {
				want(t, p[0], a.page(p[0]), p[1])
			}
		})
	}
}

func TestCursor(t *testing.T) {
	a := numbered(t, 7, plandockettest.Options{Dialect: plandockettest.Dialect{Paging: plandockettest.PagingCursor, PageSize: 3}})
	var pages []string
	for query, next := "", any("start"); next != nil; query = fmt.Sprint("&cursor=", next) {
		got := a.must("GET", "contacts?sort=created_at&order=ASC"+query, nil)
		pages = append(pages, strings.Join(got.column("first_name"), " "))
		next = got.meta()["next_cursor"]
	}
	if diff := cmp.Diff([]string{"1 2 3", "4 5 6", "7"}, pages); diff != "" {
		t.Error(diff)
	}
}

func TestEveryListIsPaged(t *testing.T) {
	a := open(t, plandockettest.Options{Dialect: plandockettest.Dialect{Paging: plandockettest.PagingCap, PageSize: 2}})
	a.seed(50)
	a.id(obj{"event_keys": arr{"expo-2026"}})
	for _, path := range []string{"contacts", "participants", "events", "categories", "custom-fields/definitions"} {
		want(t, path, len(a.must("GET", path, nil).list()), 2)
	}
}

func TestPagingFaults(t *testing.T) {
	for _, tt := range []struct {
		kind   faults.Kind
		n      int
		paging plandockettest.Paging
		pages  []string
	}{
		{plandockettest.SamePageTwice, 0, plandockettest.PagingPageBare, []string{"1 2 3", "1 2 3", "7", ""}},
		{plandockettest.PageShift, 0, plandockettest.PagingPageBare, []string{"1 2 3", "5 6 7", "7", ""}},
		{plandockettest.PageShift, -1, plandockettest.PagingPageBare, []string{"1 2 3", "3 4 5", "7", ""}},
		{plandockettest.ShortPage, 0, plandockettest.PagingPageBare, []string{"1 2 3", "4", "7", ""}},
		{plandockettest.ShortPage, 1, plandockettest.PagingPageBare, []string{"1 2 3", "4 5", "7", ""}},
	} {
		t.Run(fmt.Sprint(tt.kind, tt.n), func(t *testing.T) {
			schedule := faults.New(faults.Fault{Route: "GET /api/v1/contacts", From: 2, Count: 1, Kind: tt.kind, N: tt.n})
			a := numbered(t, 7, plandockettest.Options{Faults: schedule, Dialect: plandockettest.Dialect{Paging: tt.paging, PageSize: 3}})
			var pages []string
			for i := range tt.pages {
				pages = append(pages, a.page(fmt.Sprint("page=", i+1)))
			}
			if diff := cmp.Diff(tt.pages, pages); diff != "" {
				t.Error(diff)
			}
			want(t, "hits", schedule.Fired(tt.kind), 1)
		})
	}
	t.Run("endless", func(t *testing.T) {
		schedule := faults.New(faults.Fault{Kind: plandockettest.EndlessLastPage})
		a := numbered(t, 7, plandockettest.Options{Faults: schedule, Dialect: plandockettest.Dialect{Paging: plandockettest.PagingOffsetBare, PageSize: 3}})
		want(t, "first", a.page("offset=0"), "1 2 3")
		want(t, "no hit yet", schedule.Fired(plandockettest.EndlessLastPage), 0)
		want(t, "last", a.page("offset=9"), "7")
		want(t, "and again", a.page("offset=90"), "7")
		want(t, "hits", schedule.Fired(plandockettest.EndlessLastPage), 2)
	})
	t.Run("endless cursor", func(t *testing.T) {
		schedule := faults.New(faults.Fault{Kind: plandockettest.EndlessLastPage})
		a := numbered(t, 2, plandockettest.Options{Faults: schedule, Dialect: plandockettest.Dialect{Paging: plandockettest.PagingCursor, PageSize: 3}})
		for range 3 {
			if got := a.must("GET", "contacts", nil); got.meta()["next_cursor"] == nil || len(got.list()) != 2 {
				t.Errorf("got %s, want the page with a next cursor", got.raw)
			}
		}
	})
	t.Run("no pages, no fault", func(t *testing.T) {
		schedule := faults.New(faults.Fault{Kind: plandockettest.ShortPage})
		a := numbered(t, 7, plandockettest.Options{Faults: schedule})
		want(t, "all", a.page(""), "1 2 3 4 5 6 7")
		want(t, "hits", len(schedule.Hits()), 0)
	})
}
