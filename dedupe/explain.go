package dedupe

import (
	"context"
	"fmt"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline"
)

// PairExplanation says what speaks for two records being one, and what against.
type PairExplanation struct {
	A pipeline.Reference `json:"a"`
	B pipeline.Reference `json:"b"`
	pipeline.Reason
	// Rules are what stands above the weights, in sentences: keys, decisions,
	// links and safeguards. Nil: nothing does.
	Rules []string `json:"rules,omitempty"`
	// Classes are what the two may be to each other, by their values alone.
	Classes linkage.ClassChances `json:"classes"`
	// BlockKeys are what made the two meet; nil: they were compared for this
	// explanation.
	BlockKeys []string `json:"block_keys,omitempty"`
}

// Explain says what speaks for records a and b of in being one. Records are
// numbered as in MatchInput.Records, those of the target go on from there. It
// costs about what Match does. It is an error when nothing is joined in the
// model, and when a or b is not there.
func (m *Matcher) Explain(ctx context.Context, in pipeline.MatchInput, a, b int32) (*PairExplanation, error) {
	if !m.config.Join {
		return nil, fmt.Errorf("the model has no dedupe section: its rows are never joined")
	}
	in.Learn = true // the two are weighed, whatever keys tell
	r, err := m.prepared(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("explain a pair: %w", err)
	}
	if min(a, b) < 0 || int(max(a, b)) >= r.u.n || a == b {
		return nil, fmt.Errorf("explain a pair: records %d and %d of %d", a, b, r.u.n)
	}
	out := &PairExplanation{A: r.u.reference(a), B: r.u.reference(b), Rules: r.rulesOf(a, b)}
	if err := r.joinRows(ctx); err != nil {
		return nil, fmt.Errorf("explain a pair: %w", err)
	}
	if why := r.keptApart(a, b); why != "" {
		out.Rules = append(out.Rules, why+"; that stands above everything else")
	}
	r.judge.weigh(a, b, &r.evidence)
	out.Reason = r.u.reason("", a, b, &r.evidence)
	if r.u.evidence != nil {
		e := r.u.evidence.Explain(a, b)
		out.Classes, out.BlockKeys = e.Classes, e.Keys
	}
	return out, nil
}

// rulesOf are the rules that say something of two records.
func (r *run) rulesOf(a, b int32) (rules []string) {
	if r.apart(a, b) {
		rules = append(rules, "a person said that they are different")
	}
	for _, e := range r.edges {
		if e.rule == byDecision && pairOf(e.a, e.b) == pairOf(a, b) {
			rules = append(rules, "a person said that they are the same")
		}
	}
	for _, pair := range [][2]int32{{a, b}, {b, a}} {
		row, target := pair[0], pair[1]
		if int(row) >= r.u.rows || int(target) < r.u.rows {
			continue
		}
		if r.linked[row] == target {
			rules = append(rules, "the row became this record of the target in an earlier run")
		}
		if x, reused := r.reused[row]; reused && x.target == target {
			rules = append(rules, "the row became this record of the target in an earlier run, and is evidently another contact by now")
		}
		for _, t := range r.decided[row] {
			if t == target {
				rules = append(rules, "a person said that they are the same")
			}
		}
	}
	rules = append(rules, r.keysOf(a, b)...)
	if why := r.whyAsked(a, b); why != "" {
		rules = append(rules, why+": likeness alone never joins them")
	}
	return rules
}

// keysOf says what the keys say of two records.
func (r *run) keysOf(a, b int32) (rules []string) {
	for k := range r.u.keys {
		c := &r.u.keys[k]
		x, y := c.ids[a], c.ids[b]
		switch {
		case x == 0 || y == 0:
		case c.never && x != y && c.spaces[x] == c.spaces[y]: // told by keptApart
		case x != y:
		case c.same && c.shared[x]:
			rules = append(rules, "equal "+c.name+", but the value is evidently shared and proves nothing")
		case c.same && r.clashFor(c.key, a, b):
			rules = append(rules, "equal "+c.name+", which two of such names may have in common: a person decides")
		case c.same:
			rules = append(rules, "same: equal value of "+c.name)
		case c.link >= 0 && (int(a) < r.u.rows) != (int(b) < r.u.rows):
			rules = append(rules, "equal "+c.name+", which names a record of the target")
		}
	}
	return rules
}
