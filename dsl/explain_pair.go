package dsl

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// PairExplained says what speaks for two records of a model being one, and what
// a plan makes of them.
type PairExplained struct {
	Model    string           `json:"model"`
	Together bool             `json:"together"`          // the plan makes them one
	Asked    bool             `json:"asked"`             // a question about their clusters is open
	Weakest  []pipeline.Join  `json:"weakest,omitempty"` // of each of their clusters of several records: its weakest tie
	Blocked  []pipeline.Block `json:"blocked,omitempty"` // why one of them waits
	*dedupe.PairExplanation
}

// Pair explains two records, each named as a row is (FILE:LINE, SOURCE:ID,
// SOURCE:PAGE/ROW) or as #ID, a record of the target: once for each matching of a
// model that holds both. It is an error when none does.
func (r *Review) Pair(ctx context.Context, opt pipeline.Options, a, b string) ([]PairExplained, error) {
	var out []PairExplained
	var failed error
	names := [2]string{a, b}
	one := false
	missing := map[string]bool{a: true, b: true}
	err := r.match(ctx, opt, func(m matched) {
		var at [2]int32
		for i, name := range names {
			if at[i] = m.named(name); at[i] >= 0 {
				delete(missing, name)
			}
		}
		one = one || at[0] >= 0 && at[0] == at[1]
		if one || failed != nil || min(at[0], at[1]) < 0 || !m.matcher.Joins() {
			return
		}
		e, err := m.pair(ctx, at[0], at[1])
		if err != nil {
			failed = fmt.Errorf("model %s: %w", m.model, err)
			return
		}
		out = append(out, *e)
	})
	switch {
	case err != nil:
		return nil, err
	case failed != nil:
		return nil, failed
	case one:
		return nil, fmt.Errorf("%s and %s are one record; name two", diag.Shorten(a, 60), diag.Shorten(b, 60))
	case len(out) > 0:
		return out, nil
	}
	for _, name := range names {
		if missing[name] {
			return nil, fmt.Errorf("no record that is matched is called %s; write FILE:LINE, SOURCE:ID or SOURCE:PAGE/ROW of a row that the rules let pass, or #ID of a record of the target", diag.Shorten(name, 60))
		}
	}
	return nil, fmt.Errorf("%s and %s are in no model that joins records", diag.Shorten(a, 60), diag.Shorten(b, 60))
}

// named is the number of the record of that name: rows first, then the records
// of the target; -1 for none.
func (m matched) named(name string) int32 {
	at := int32(-1)
	id, target := strings.CutPrefix(name, "#")
	if target {
		each(m.in.Target, func(n int32, r pipeline.Record) {
			if at < 0 && r.ID() == id {
				at = int32(m.in.Records.Len()) + n
			}
		})
		return at
	}
	each(m.in.Records, func(n int32, r pipeline.Record) {
		if at < 0 && namesRow(name, r.Origin()) {
			at = n
		}
	})
	return at
}

func (m matched) pair(ctx context.Context, a, b int32) (*PairExplained, error) {
	why, err := m.matcher.Explain(ctx, m.in, a, b)
	if err != nil {
		return nil, err
	}
	e := &PairExplained{Model: m.model, PairExplanation: why}
	rows := int32(m.in.Records.Len())
	clusters := [2]int{m.clusterOf(a), m.clusterOf(b)}
	e.Together = clusters[0] == clusters[1] && clusters[0] >= 0
	for i, c := range clusters {
		other := [2]int32{a, b}[1-i]
		if c < 0 || i == 1 && e.Together {
			continue
		}
		link := m.out.Links[c]
		e.Together = e.Together || other >= rows && link.Block == nil && link.Target == other-rows
		if ties := m.out.Clusters[c].Ties; len(ties) > 0 {
			t := slices.MinFunc(ties, func(x, y pipeline.Tie) int { return cmp.Compare(x.Weight, y.Weight) })
			e.Weakest = append(e.Weakest, pipeline.Join{A: m.in.Records.Record(int(t.A)).Origin(), B: m.in.Records.Record(int(t.B)).Origin(), Reason: t.Reason})
		}
		for _, block := range []*pipeline.Block{m.out.Clusters[c].Block, link.Block} {
			if block != nil {
				e.Blocked = append(e.Blocked, *block)
			}
		}
	}
	e.Asked = slices.ContainsFunc(m.out.Questions, func(q pipeline.Question) bool {
		return m.speaksFor(q.A, a, clusters[0]) && m.speaksFor(q.B, b, clusters[1]) || m.speaksFor(q.A, b, clusters[1]) && m.speaksFor(q.B, a, clusters[0])
	})
	return e, nil
}

// clusterOf is the cluster of a row; -1 for a record of the target.
func (m matched) clusterOf(i int32) int {
	return slices.IndexFunc(m.out.Clusters, func(c pipeline.Cluster) bool { return slices.Contains(c.Members, i) })
}

// speaksFor reports whether a side of a question is a record, or one of its
// cluster.
func (m matched) speaksFor(ref pipeline.Reference, record int32, cluster int) bool {
	if rows := int32(m.in.Records.Len()); record >= rows {
		return ref.Target != "" && ref.Target == m.in.Target.Record(int(record-rows)).ID()
	}
	return ref.Target == "" && slices.ContainsFunc(m.out.Clusters[cluster].Members, func(i int32) bool {
		return placeOf(m.in.Records.Record(int(i)).Origin()) == placeOf(ref.Origin)
	})
}
