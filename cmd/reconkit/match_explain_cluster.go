package main

import (
	"fmt"
	"strings"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// clusterRowsShown is the number of rows of a cluster that are named.
const clusterRowsShown = 8

// clusterExplained says what holds a sure cluster together, and what came next.
type clusterExplained struct {
	Count   int           `json:"count"` // rows
	Rows    []string      `json:"rows"`  // the first of them
	Weakest *tieExplained `json:"weakest_tie,omitempty"`
	Next    *tieExplained `json:"runner_up,omitempty"` // the likeliest pair with a row of another cluster
}

// tieExplained is two rows and the probability that they are one contact.
type tieExplained struct {
	A           string  `json:"row_a"` // of runner_up: the row within the cluster
	B           string  `json:"row_b"`
	Probability float64 `json:"probability"`
}

func (m *matching) tie(a, b int32, p float64) *tieExplained {
	return &tieExplained{A: m.rows.name(a), B: m.rows.name(b), Probability: rounded(p)}
}

// explainClusters tells of the clusters of some rows, each once.
func (m *matching) explainClusters(r *linkage.Result, rows ...int32) []clusterExplained {
	all := tiesOf(r)
	var out []clusterExplained
	told := map[int32]bool{}
	for _, row := range rows {
		first := r.Clusters[row]
		if told[first] {
			continue
		}
		told[first] = true
		c := clusterExplained{Rows: []string{}}
		for i, f := range r.Clusters {
			if f != first {
				continue
			}
			if c.Count++; c.Count <= clusterRowsShown {
				c.Rows = append(c.Rows, m.rows.name(int32(i)))
			}
		}
		if c.Count > 1 {
			w := all.weakestPair[first]
			c.Weakest = m.tie(w[0], w[1], all.weakest[first])
		}
		c.Next = m.runnerUp(r, first)
		out = append(out, c)
	}
	return out
}

// runnerUp is the likeliest pair of a row of the cluster and one outside of it,
// among those that came near; nil for none.
func (m *matching) runnerUp(r *linkage.Result, first int32) *tieExplained {
	var best linkage.Pair
	for p := range r.Pairs() {
		if (r.Clusters[p.A] == first) != (r.Clusters[p.B] == first) && p.Probability > best.Probability {
			best = p
		}
	}
	if best.Probability == 0 {
		return nil
	}
	if r.Clusters[best.A] != first {
		best.A, best.B = best.B, best.A
	}
	return m.tie(best.A, best.B, best.Probability)
}

func (c clusterExplained) text() string {
	names := make([]string, len(c.Rows))
	for i, n := range c.Rows {
		names[i] = shown(n)
	}
	text := fmt.Sprintf("%s: %s", plural(c.Count, "row", "rows"), strings.Join(names, ", "))
	if more := c.Count - len(c.Rows); more > 0 {
		text += fmt.Sprintf(" and %s more", number(more))
	}
	if w := c.Weakest; w != nil {
		text += fmt.Sprintf("; weakest tie %s and %s, %s", shown(w.A), shown(w.B), sixDigits(w.Probability))
	}
	if n := c.Next; n != nil {
		return text + fmt.Sprintf("; runner-up %s beside %s, %s", shown(n.B), shown(n.A), sixDigits(n.Probability))
	}
	return text + "; no other row came near"
}
