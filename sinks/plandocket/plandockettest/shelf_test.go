package plandockettest_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// TestListsOfAFileShowWhatOthersWrote asks two servers of one file in turn, in both orders
// and with a search: each list shows what was written last, by whomever.
func TestListsOfAFileShowWhatOthersWrote(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tenant.db")
	a, b := open(t, plandockettest.Options{Path: path}), open(t, plandockettest.Options{Path: path})
	for i := range 3 {
		a.do("POST", "contacts", obj{"email": fmt.Sprint("p", i, "@example.com"), "first_name": "Anna"})
	}
	look := func(s *api, query string, want ...string) {
		t.Helper()
		if got := s.do("GET", "contacts?include=categories&"+query, nil).column("first_name"); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	look(a, "sort=email&order=ASC", "Anna", "Anna", "Anna")
	look(a, "sort=email&order=DESC", "Anna", "Anna", "Anna")
	b.do("PATCH", "contacts/2", obj{"first_name": "Berta"})
	look(a, "sort=email&order=ASC", "Anna", "Berta", "Anna")
	a.do("PATCH", "contacts/3", obj{"first_name": "Carla"})
	look(a, "sort=email&order=DESC", "Carla", "Berta", "Anna")
	look(a, "sort=email&order=ASC&search=Carl", "Carla")
	look(b, "sort=email&order=ASC", "Anna", "Berta", "Carla")
	b.do("DELETE", "contacts/1", nil)
	look(b, "sort=email&order=DESC", "Carla", "Berta")
	look(a, "sort=email&order=ASC", "Berta", "Carla")
}

func TestStateSurvivesInAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tenant ä?.db")
	o := plandockettest.Options{Path: path}
	s, err := plandockettest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Seed(7, 50); err != nil {
		t.Fatal(err)
	}
	before, err := s.Contacts()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	a := open(t, o)
	if diff := cmp.Diff(before, a.contacts()); diff != "" {
		t.Errorf("after opening again (-before +after):\n%s", diff)
	}
	second := open(t, o) // two processes on one file
	second.id(obj{"email": "late@example.com"})
	want(t, "seen by the first", slices.Contains(a.emails(), "late@example.com"), true)
	if _, err := plandockettest.New(plandockettest.Options{Path: filepath.Join(t.TempDir(), "no", "such", "directory")}); err == nil {
		t.Error("a file in a directory that does not exist is opened")
	}
}
