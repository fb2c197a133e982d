package pipeline_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// refuses is a target that writes no record of which another one has the address.
type refuses struct{ *target }

func (refuses) Route(changes []pipeline.Change, _ *pipeline.Present) (out []pipeline.Unroutable) {
	for i, ch := range changes {
		if ch.Action == pipeline.Create {
			out = append(out, pipeline.Unroutable{Index: i, Code: "key-taken", Reason: "another record has the email"})
		}
	}
	return out
}

// allNew is a matcher to which all rows are new.
type allNew struct {
	byKey
	apart []string
}

func (n allNew) Match(ctx context.Context, in pipeline.MatchInput) (*pipeline.MatchResult, error) {
	out, err := n.byKey.Match(ctx, in)
	if err != nil {
		return nil, err
	}
	out.Apart = map[int][]string{}
	for i := range out.Links {
		out.Links[i], out.Apart[i] = pipeline.Link{Target: -1}, n.apart
	}
	return out, nil
}

// TestWhatARowIsBlockedByIsNotDeleted has many new rows of one address, which say nothing of
// who of that address is gone. Where the target takes them for blocked by such a record, that
// is not deleted in the same plan.
func TestWhatARowIsBlockedByIsNotDeleted(t *testing.T) {
	people := func(n int, name string) (rows []row) {
		for i := range n {
			rows = append(rows, row{"email": text("office@example.com"), "name": text(fmt.Sprintf("%s%02d", name, i)), "number": text("")})
		}
		return rows
	}
	var ids []string
	for i := range 25 {
		ids = append(ids, fmt.Sprintf("x%02d", i))
	}
	for name, c := range map[string]struct {
		gone    int
		refused bool
		apart   []string
		deleted int
	}{
		"they are created":                   {gone: 1, deleted: 1},
		"they are blocked":                   {gone: 1, refused: true, deleted: 0},
		"by one of whom a person said no":    {gone: 1, refused: true, apart: []string{"t001"}, deleted: 1},
		"by nobody in particular among many": {gone: 25, refused: true, deleted: 25},
	} {
		t.Run(name, func(t *testing.T) {
			j := mirrorOf(t, people(c.gone, "Gone"))
			j.source = sourceOf(t, ids, people(25, "New"))
			p := j.pipeline()
			p.Models[0].Matcher = allNew{apart: c.apart}
			p.Bindings[0].Target = shares{j.target}
			if c.refused {
				p.Bindings[0].Target = refuses{j.target}
			}
			plan, err := p.Plan(t.Context(), pipeline.Options{Now: j.w.Now(), Links: j.state, Ledger: j.state})
			must(t, err)
			if n := plan.Total(); n.Missing != c.gone || n.Delete != c.deleted {
				t.Errorf("%d are gone and %d deleted, want %d; blocked %+v", n.Missing, n.Delete, c.deleted, plan.Blocked)
			}
		})
	}
}
