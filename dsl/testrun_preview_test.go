package dsl

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

const previewed = peopleSource + `
models:
  things:
    from:
      - source: people
        where: org == nil
        map: { name: name, score: int(score) }
    validate:
      - { field: score, check: score < 10, message: too much }
      - { field: score, check: score > 1, on_fail: warn, message: little }
      - { field: name, is: unique }
`

// shownRows tells what a preview shows of its first source.
func shownRows(s PreviewSource) []string {
	var rows []string
	for _, r := range s.Rows {
		text := r.Origin.String() + " " + r.Origin.ID
		if r.Row.Batch != nil {
			text += " " + r.Row.Get("name").String()
		}
		if r.Record.Batch != nil {
			text += fmt.Sprintf(" -> %s %s", r.Record.Get("name"), r.Record.Get("score"))
		}
		if r.Rejected != nil {
			message, _, _ := strings.Cut(r.Rejected.Finding.Message, ", in ") // the expression
			text += " rejected: " + message
		}
		for _, w := range r.Warnings {
			text += " warning: " + w.Message
		}
		rows = append(rows, text)
	}
	return rows
}

func TestPreviewShowsRowsBesideTheirRecords(t *testing.T) {
	w := people([]string{"1", "Ann", "", "5", ""}, []string{"2", "Bob", "", "x", ""}, []string{"3", "Cy", "", "5", "left out"}, []string{"4", "Di", "", "11", ""}, []string{"5", "Ann", "", "1", ""})
	p := load(t, w, previewed)
	out, err := Preview(t.Context(), p.Models[0], PreviewOptions{Now: runTime})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "rows", shownRows(out.Sources[0]), []string{"people.csv:2 1 Ann -> Ann 5", `people.csv:3  Bob rejected: field score: int: "x" is not a number`,
		"people.csv:5  Di rejected: too much", "people.csv:6 5 Ann -> Ann 1 warning: little"})
	if s := out.Sources[0]; s.LeftOut != 1 || !s.Ended || !out.Whole {
		t.Errorf("%+v", out)
	}
}

// counting counts the batches that are taken from a source, and rejects a row
// that could not be read in each.
type counting struct {
	pipeline.Source
	batches int
	ctx     context.Context
}

func (c *counting) Read(ctx context.Context) pipeline.Stream {
	c.ctx = ctx
	return func(yield func(*pipeline.Batch, error) bool) {
		for b, err := range c.Source.Read(ctx) {
			c.batches++
			if err == nil {
				d := b.Data()
				d.Rejects = []pipeline.Reject{{Origin: pipeline.Origin{Source: "people", Place: "people.csv", Row: b.Origin(0).Row - 1}, Raw: "broken", Finding: diag.Finding{Message: "cannot be read"}}}
				b, err = pipeline.NewBatch(d)
			}
			if !yield(b, err) {
				return
			}
		}
	}
}

func TestPreviewStopsReading(t *testing.T) {
	var rows [][]string
	for i := range 1000 {
		rows = append(rows, []string{fmt.Sprint(i), "Ann", "", "5", ""})
	}
	p := load(t, people(rows...), previewed)
	c := &counting{Source: p.Models[0].From[0].Source}
	p.Models[0].From[0].Source = c
	out, err := Preview(t.Context(), p.Models[0], PreviewOptions{Rows: 4, Now: runTime})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "rows that cannot be read stand in their place", shownRows(out.Sources[0]), []string{"people.csv:1  rejected: cannot be read", "people.csv:2 0 Ann -> Ann 5", "people.csv:3 1 Ann -> Ann 5",
		"people.csv:3  rejected: cannot be read"})
	if c.batches != 2 || out.Sources[0].Ended || !errors.Is(c.ctx.Err(), context.Canceled) {
		t.Errorf("%d batches were read, %+v, %v", c.batches, out.Sources[0], c.ctx.Err())
	}
}

// shy is a source that must not be read whole.
type shy struct{ pipeline.Source }

func (s shy) Read(context.Context) pipeline.Stream {
	return func(yield func(*pipeline.Batch, error) bool) { yield(nil, errors.New("it was read whole")) }
}

func (s shy) Glance(ctx context.Context) pipeline.Stream { return s.Source.Read(ctx) }

func TestPreviewOnlyGlancesWhereItCan(t *testing.T) {
	p := load(t, people([]string{"1", "Ann", "", "5", ""}), previewed)
	from := p.Models[0].From[0]
	from.Source = shy{from.Source}
	out, err := Preview(t.Context(), p.Models[0], PreviewOptions{Rows: 4, Now: runTime})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "rows", shownRows(out.Sources[0]), []string{"people.csv:2 1 Ann -> Ann 5"})
}

func TestPreviewOfNothing(t *testing.T) {
	p := load(t, people(), previewed)
	out, err := Preview(t.Context(), p.Models[0], PreviewOptions{Now: runTime})
	if err != nil || len(out.Sources) != 1 || len(out.Sources[0].Rows) != 0 || !out.Sources[0].Ended {
		t.Errorf("%+v, %v", out, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Preview(ctx, p.Models[0], PreviewOptions{Now: runTime}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
