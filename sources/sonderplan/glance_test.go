package sonderplan_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sources/sonderplan"
	"github.com/reconkit/reconkit/sources/sonderplan/sonderplantest"
)

// asked counts the requests that reach a server.
type asked struct {
	inner http.RoundTripper
	n     int
}

func (a *asked) RoundTrip(r *http.Request) (*http.Response, error) {
	a.n++
	return a.inner.RoundTrip(r)
}

// glancing makes the first look of a source its Read.
type glancing struct{ *sonderplan.Source }

func (g glancing) Read(ctx context.Context) pipeline.Stream { return g.Glance(ctx) }

func TestGlanceAsksForNoMoreThanIsTaken(t *testing.T) {
	s := serve(t, sonderplantest.Options{}, 95, 25)
	count := &asked{inner: faults.Transport(s.Handler())}
	src := open(t, s, sonderplan.Config{Client: &http.Client{Transport: count}, BatchRows: 4})
	rows := 0
	for b, err := range src.Glance(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if rows += b.Len(); rows >= 15 {
			break
		}
	}
	if count.n != 2 {
		t.Errorf("%d requests for %d rows of pages of 10, want 2", count.n, rows)
	}
	if e := src.Evidence(); e.Grade == pipeline.Proven {
		t.Errorf("a glance proves something: %+v", e)
	}
}

func TestGlanceToTheEndIsAReading(t *testing.T) {
	s := serve(t, sonderplantest.Options{}, 33, 12)
	src := open(t, s, sonderplan.Config{})
	want, err := read(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	got, err := read(t.Context(), glancing{src})
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(got, want); diff != "" || len(got) != 45 {
		t.Errorf("%d contacts (-glance +read):\n%s", len(got), diff)
	}
}

func TestGlanceEndsWithAnError(t *testing.T) {
	s := serve(t, sonderplantest.Options{}, 3, 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var last error
	for _, err := range open(t, s, sonderplan.Config{}).Glance(ctx) {
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("%v, want that it was cancelled", last)
	}
}
