package pipeline_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
)

// standing is a matcher that finds no record for one row, and blocks it where it has a block.
type standing struct {
	byKey
	id    string
	block *pipeline.Block
	apart []string
}

func (s standing) Match(ctx context.Context, in pipeline.MatchInput) (*pipeline.MatchResult, error) {
	out, err := s.byKey.Match(ctx, in)
	if err != nil {
		return nil, err
	}
	out.Apart = map[int][]string{}
	for i, c := range out.Clusters {
		if in.Records.Record(int(c.Members[0])).ID() == s.id {
			out.Links[i] = pipeline.Link{Target: -1, Block: s.block}
			out.Apart[i] = s.apart
		}
	}
	return out, nil
}

// mirrorOf is a mirror of records that it made of rows r00 and so on.
func mirrorOf(t *testing.T, rows []row) *job {
	t.Helper()
	j := newJob(t, rows, nil)
	j.policy.OnMissing = pipeline.DeleteMissing
	var entries []pipeline.LedgerEntry
	for i, r := range rows {
		id := fmt.Sprintf("t%03d", i+1)
		must(t, j.state.SaveLinks(t.Context(), "fake shop", []pipeline.RowLink{{Source: "fair", ID: fmt.Sprintf("r%02d", i), Target: id, Pipeline: "p"}}))
		must(t, j.state.SaveCreated(t.Context(), "fake shop", "p", []string{id}))
		for field, v := range r {
			entries = append(entries, pipeline.LedgerEntry{Record: id, Field: field, Sent: v, Shown: v, At: j.w.Now(), Pipeline: "p"})
		}
	}
	must(t, j.state.SaveEntries(t.Context(), "fake shop", entries))
	return j
}

// inOffice is who has the address of an office: thirty Quandts with a number, five with a
// number and no name, and five with neither.
func inOffice() (rows []row) {
	for i := range 40 {
		r := row{"email": text("office@example.com")}
		if i < 30 {
			r = r.with("name", text(fmt.Sprintf("Anna%02d Quandt", i)))
		}
		if i < 35 {
			r = r.with("number", text(fmt.Sprintf("K%02d", i)))
		}
		rows = append(rows, r)
	}
	return rows
}

// shares is a target of which records may share a key.
type shares struct{ *target }

func (shares) Route([]pipeline.Change, *pipeline.Present) []pipeline.Unroutable { return nil }

// sourceOf has rows of one source that was read whole.
func sourceOf(t *testing.T, ids []string, rows []row) *source {
	t.Helper()
	return &source{batches: []*pipeline.Batch{batchOf(t, schema, "fair", ids, rows...)}, evidence: pipeline.Evidence{Grade: pipeline.Proven}}
}

// TestAnAddressOfManyKeepsWhomItMayMean has everybody of an office leave but a stranger,
// while one row with the address of the office cannot be taken in. It keeps those whom
// neither a number nor a name tells apart from it, and nobody else.
func TestAnAddressOfManyKeepsWhomItMayMean(t *testing.T) {
	named := func(name, number string) row {
		return row{"email": text("Office@example.com"), "name": text(name), "number": text(number)}
	}
	for name, c := range map[string]struct {
		row   row
		apart []string
		kept  int // by a row that is blocked or rejected
		asks  int // by one that is new
	}{
		"of another address":           {row: named("", "").with("email", text("shop@example.com"))},
		"nobody's name and number":     {row: named("Zoe Weber", "Z1"), kept: 5},
		"nobody's name":                {row: named("Zoe Weber", ""), kept: 10},
		"a part of the name of many":   {row: named("Zoe Quandt", ""), kept: 10},
		"a part of the name of one":    {row: named("Weber, ANNA07", ""), kept: 11},
		"and another number":           {row: named("Anna07 Weber", "Z1"), kept: 5},
		"the name of one":              {row: named("Quandt Anna07", ""), kept: 11, asks: 1},
		"the name, and another number": {row: named("Anna07 Quandt", "Z1"), kept: 5},
		"the number of one":            {row: named("", "K03"), kept: 6, asks: 1},
		"a number of nobody":           {row: named("", "Z1"), kept: 5},
		"nothing else":                 {row: named("", ""), kept: 40},
		"a person said who it is not":  {row: named("", ""), apart: []string{"t004", "t039"}, kept: 38},
	} {
		for _, state := range []string{"rejected", "blocked", "new"} {
			if state == "rejected" && c.apart != nil {
				continue // nobody is asked about such a row
			}
			t.Run(name+", "+state, func(t *testing.T) {
				j := mirrorOf(t, inOffice())
				j.source = sourceOf(t, []string{"r99", "x"}, []row{person(99), c.row})
				want, blocked := c.kept, c.kept
				p := j.pipeline()
				p.Bindings[0].Target = shares{j.target}
				switch m := p.Models[0]; state {
				case "rejected":
					m.From[0].Mapping = badly{ids: []string{"x"}}
				case "blocked":
					m.Matcher = standing{id: "x", apart: c.apart, block: &pipeline.Block{Code: "undecided"}}
					blocked++
				default:
					m.Matcher = standing{id: "x", apart: c.apart}
					want, blocked = c.asks, 2*c.asks // the row, too
				}
				plan, err := p.Plan(t.Context(), pipeline.Options{Now: j.w.Now(), Links: j.state, Ledger: j.state})
				must(t, err)
				if n := plan.Total(); n.Missing != 40 || n.Delete != 40-want || len(plan.Blocked) != blocked {
					t.Errorf("%d are gone, %d deleted and %d blocked; want %d deleted and %d blocked", n.Missing, n.Delete, len(plan.Blocked), 40-want, blocked)
				}
				for _, ch := range plan.Changes {
					if ch.Action == pipeline.Delete && slices.ContainsFunc(plan.Blocked, func(b pipeline.BlockedRow) bool { return slices.Contains(b.Candidates, ch.Target) }) {
						t.Errorf("%s is deleted and blocked", ch.Target)
					}
				}
			})
		}
	}
}

// TestNameOfManyIsNoKey has guests leave who are all called Guest. A rejected row keeps none
// of them by that name, and all of them by an address that is theirs, too.
func TestNameOfManyIsNoKey(t *testing.T) {
	for name, c := range map[string]struct {
		row  row
		kept int
	}{
		"the name":                    {row{"name": text("Guest House"), "email": text("new@example.com")}, 0},
		"the name and the address":    {row{"name": text("House, Guest"), "email": text("house@example.com")}, 30},
		"a part of it, and the other": {row{"name": text("Guest Room"), "email": text("house@example.com")}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var guests []row
			for range 30 {
				guests = append(guests, row{"name": text("Guest House"), "email": text("house@example.com")})
			}
			j := mirrorOf(t, guests)
			j.source = sourceOf(t, []string{"r99", "x"}, []row{person(99), c.row})
			p := j.pipeline()
			p.Models[0].From[0].Mapping = badly{ids: []string{"x"}}
			plan, err := p.Plan(t.Context(), pipeline.Options{Now: j.w.Now(), Links: j.state, Ledger: j.state})
			must(t, err)
			if n := plan.Total(); n.Delete != 30-c.kept || n.Blocked != c.kept {
				t.Errorf("%d deleted and %d blocked, want %d kept", n.Delete, n.Blocked, c.kept)
			}
		})
	}
}

// TestARowOfManyLeavesTheQuestionsOfOthers has a new row with the name of somebody who is
// gone, and a rejected one with the address of all. The new one is asked about, too.
func TestARowOfManyLeavesTheQuestionsOfOthers(t *testing.T) {
	j := mirrorOf(t, inOffice())
	j.source = sourceOf(t, []string{"r99", "x", "y"}, []row{person(99), {"email": text("office@example.com")}, {"email": text("new@example.com"), "name": text("Quandt, Anna07")}})
	p := j.pipeline()
	p.Models[0].From[0].Mapping = badly{ids: []string{"x"}}
	plan, err := p.Plan(t.Context(), pipeline.Options{Now: j.w.Now(), Links: j.state, Ledger: j.state})
	must(t, err)
	if n := plan.Total(); n.Delete != 0 || n.Create != 1 || n.Blocked != 41 {
		t.Errorf("%d deleted, %d created and %d blocked; want the row of r99 created, and 40 records and the new row blocked", n.Delete, n.Create, n.Blocked)
	}
}

// TestWhichRowOfManyIsNamed has many rejected rows of an office in the one order and in the
// other. The plan says the same of whoever they keep.
func TestWhichRowOfManyIsNamed(t *testing.T) {
	var said [2][]pipeline.BlockedRow
	for backwards := range said {
		ids, rows := []string{"r99"}, []row{person(99)}
		for i := range 30 {
			ids, rows = append(ids, fmt.Sprintf("x%02d", i)), append(rows, row{"email": text("office@example.com")})
		}
		if backwards == 1 {
			slices.Reverse(ids)
			slices.Reverse(rows)
		}
		j := mirrorOf(t, inOffice())
		j.source = sourceOf(t, ids, rows)
		p := j.pipeline()
		p.Models[0].From[0].Mapping = badly{ids: ids[1-backwards : len(ids)-backwards]}
		plan, err := p.Plan(t.Context(), pipeline.Options{Now: j.w.Now(), Links: j.state, Ledger: j.state})
		must(t, err)
		said[backwards] = plan.Blocked
	}
	if len(said[0]) != 40 || !cmp.Equal(said[0], said[1], cmp.AllowUnexported(pipeline.Value{})) {
		t.Errorf("%d and %d are blocked:\n%s", len(said[0]), len(said[1]), cmp.Diff(said[0], said[1], cmp.AllowUnexported(pipeline.Value{})))
	}
}
