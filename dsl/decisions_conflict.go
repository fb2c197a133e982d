package dsl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// nodes name the two records of an answer. Several rows may have the values of
// fields by which one is named; those are told apart by what was seen of them.
func nodes(d dedupe.Decision) (a, b string) {
	return node(d.A, d.Seen.A), node(d.B, d.Seen.B)
}

func node(w dedupe.Who, seen string) string {
	if len(w.Fields) == 0 {
		return w.Key()
	}
	return w.Key() + "\x02" + seen
}

// pairKey names two records in either order.
func pairKey(d dedupe.Decision) string {
	a, b := nodes(d)
	if b < a {
		a, b = b, a
	}
	return a + "\x01" + b
}

// withoutReplaced leaves out answers that were given once more after the values
// of a record had changed: of those about the same two records that say what
// was seen, the last counts, besides others that saw the same.
func withoutReplaced(list []decision) []decision {
	last := map[string]int{}
	for i, d := range list {
		if len(d.Seen.Fields) > 0 {
			last[pairKey(d.Decision)] = i
		}
	}
	var out []decision
	for i, d := range list {
		at, again := last[pairKey(d.Decision)]
		if !again || at == i || len(d.Seen.Fields) == 0 || sawTheSame(d, list[at]) {
			out = append(out, d)
		}
	}
	return out
}

// sawTheSame reports whether two answers about the same two records saw the
// same of them.
func sawTheSame(x, y decision) bool {
	a, b := nodes(x.Decision)
	return seenBy(x, a) == seenBy(y, a) && seenBy(x, b) == seenBy(y, b)
}

// seenBy is what an answer saw of one of its records, with the fields that it
// looked at.
func seenBy(d decision, who string) string {
	print := d.Seen.A
	if a, _ := nodes(d.Decision); a != who {
		print = d.Seen.B
	}
	return strings.Join(d.Seen.Fields, "\x00") + "\x01" + print
}

// contradictions reports answers that cannot all be right: A is B, B is C, and
// A is not C.
func (l *loader) contradictions(list []decision) {
	for _, c := range conflicts(list) {
		l.at(c.different.node, diag.Diagnostic{Code: "decision-conflict", Message: c.message(), Cause: c.cause(), Hint: "correct or remove the answer that is wrong"})
	}
}

// conflict is an answer that two records are different, and those that make
// them one, in the order of the chain; none when both are one record.
type conflict struct {
	different decision
	same      []decision
}

// conflicts finds the contradictions of some answers. One that saw other values
// of a record than a later one did is left out: it holds no longer.
func conflicts(list []decision) []conflict {
	graph := newSameness(list)
	var out []conflict
	for _, d := range graph.list {
		if d.Same {
			continue
		}
		if path := graph.path(nodes(d.Decision)); path != nil {
			out = append(out, conflict{d, path})
		}
	}
	return out
}

func (c conflict) message() string {
	return fmt.Sprintf("%s and %s are different here, and the same by other answers", diag.Shorten(c.different.A.String(), 60), diag.Shorten(c.different.B.String(), 60))
}

func (c conflict) cause() string {
	if len(c.same) == 0 {
		return "a record is no other one than itself"
	}
	return "they are the same by " + strings.Join(places(c.same), " and ")
}

// places are where some answers stand.
func places(list []decision) []string {
	out := make([]string, len(list))
	for i, d := range list {
		out[i] = d.Place
	}
	return out
}

// sameness is who is the same as whom by the answers that hold.
type sameness struct {
	list []decision // that hold
	of   map[string][]decision
	root map[string]string // a record that all of one thing have in common
}

func newSameness(list []decision) *sameness {
	g := &sameness{of: map[string][]decision{}, root: map[string]string{}}
	latest := map[string]string{} // by record: what the last answer saw
	for _, d := range list {
		a, b := nodes(d.Decision)
		for _, who := range []string{a, b} {
			if len(d.Seen.Fields) > 0 {
				latest[who+"\x01"+strings.Join(d.Seen.Fields, "\x00")] = seenBy(d, who)
			}
		}
	}
	for _, d := range list {
		a, b := nodes(d.Decision)
		stale := slices.ContainsFunc([]string{a, b}, func(who string) bool {
			return len(d.Seen.Fields) > 0 && latest[who+"\x01"+strings.Join(d.Seen.Fields, "\x00")] != seenBy(d, who)
		})
		if stale {
			continue
		}
		g.list = append(g.list, d)
		if d.Same {
			g.of[a], g.of[b] = append(g.of[a], d), append(g.of[b], d)
			g.root[g.find(b)] = g.find(a)
		}
	}
	return g
}

func (g *sameness) find(who string) string {
	for {
		next, ok := g.root[who]
		if !ok || next == who {
			return who
		}
		if after, ok := g.root[next]; ok {
			g.root[who] = after
		}
		who = next
	}
}

// path is the shortest chain of answers by which two records are one; nil when
// there is none, empty when they are one record.
func (g *sameness) path(from, to string) []decision {
	if g.find(from) != g.find(to) {
		return nil
	}
	type step struct {
		by   decision
		from string
	}
	came := map[string]step{from: {}}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if at == to {
			path := []decision{}
			for at != from {
				path = append(path, came[at].by)
				at = came[at].from
			}
			slices.Reverse(path)
			return path
		}
		for _, d := range g.of[at] {
			next, other := nodes(d.Decision)
			if next == at {
				next = other
			}
			if _, seen := came[next]; !seen {
				came[next] = step{d, at}
				queue = append(queue, next)
			}
		}
	}
	return nil
}
