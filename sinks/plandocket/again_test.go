package plandocket_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// contactsShown are the contacts of a reading in words, and what it says about them.
func contactsShown(t *testing.T, p *pipeline.Present, err error) (lines []string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Records.Len() {
		r := p.Records.Record(i)
		line := r.ID() + " " + r.Origin().String()
		for f := range p.Records.Schema().Len() {
			line += fmt.Sprintf("|%d %s", r.Value(f).Type(), r.Value(f))
		}
		lines = append(lines, line)
	}
	return append(lines, fmt.Sprint(p.Evidence))
}

// TestEveryReadingIsWhole reads a list again and again through one target, while contacts
// come, go, change and change back: each time it is what a target sees that never read it.
func TestEveryReadingIsWhole(t *testing.T) {
	for name, d := range map[string]plandockettest.Dialect{"whole": {}, "shuffled ties": {Ties: plandockettest.TiesShuffled}, "pages": {Paging: plandockettest.PagingPage, PageSize: 7},
		"bare pages": {Paging: plandockettest.PagingPageBare, PageSize: 11}, "ids as text": {IDKey: plandockettest.IDNamed, TextNumbers: plandockettest.TextNumbersNumber}} {
		t.Run(name, func(t *testing.T) {
			server, err := plandockettest.New(plandockettest.Options{Dialect: d, Keys: map[string][]string{apiKey: {"contacts"}}})
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			if err := server.Seed(7, 60); err != nil {
				t.Fatal(err)
			}
			random := rand.New(rand.NewPCG(20261123, 1))
			reads := target(t, server.Handler())
			for round := range 12 {
				all, err := server.Contacts()
				if err != nil {
					t.Fatal(err)
				}
				for range random.IntN(6) {
					i := random.IntN(len(all))
					c := all[i]
					switch random.IntN(4) {
					case 0:
						_, err = server.Add(plandockettest.Contact{Email: fmt.Sprintf("new%d.%d@example.com", round, random.IntN(1e6))})
					case 1:
						err, all = server.Delete(c.ID), slices.Delete(all, i, i+1)
					default:
						err = server.Edit(c.ID, func(c *plandockettest.Contact) { c.City = fmt.Sprint("City ", random.IntN(3)) })
					}
					if err != nil {
						t.Fatal(err)
					}
				}
				got, err := reads.Present(t.Context(), nil)
				gotLines := contactsShown(t, got, err)
				want, err := target(t, server.Handler()).Present(t.Context(), nil)
				if diff := cmp.Diff(gotLines, contactsShown(t, want, err)); diff != "" {
					t.Fatalf("reading %d (-got +want):\n%s", round, diff)
				}
			}
		})
	}
}
