package measure

import (
	"fmt"
	"iter"
)

// Answered is what became of clusters after a person answered questions.
type Answered struct {
	Asked    int     // questions that needed an answer
	Same     int     // of them: the answer was that both are one thing
	Spared   int     // questions that earlier answers had settled
	Clusters []int32 // the cluster of each record, as labels
}

// PerThousand is the number of questions for each 1,000 records; 0 for none.
func PerThousand(questions, records int) float64 {
	if records == 0 {
		return 0
	}
	return 1000 * float64(questions) / float64(records)
}

// Answer asks the questions one after the other and answers them rightly. "The
// same" joins the clusters of the two records; "different" is remembered for
// the two clusters, which are then not asked about again, nor is what they are
// joined with. A question within one cluster is settled: an answer here joins,
// and never takes apart.
//
// It tells what the right answers are worth, whoever clusters. Labels are those
// of [FromClusters].
func (t *Truth) Answer(predicted []int32, questions iter.Seq[Pair]) (*Answered, error) {
	if err := checkLabels(predicted, len(t.labels)); err != nil {
		return nil, fmt.Errorf("clusters: %w", err)
	}
	sets := newSets(len(predicted))
	first := make([]int32, len(predicted)) // record of each label, from 1
	for i, l := range predicted {
		if first[l] == 0 {
			first[l] = int32(i) + 1
		}
		sets.join(int32(i), first[l]-1)
	}
	refused := refusals{}
	a := &Answered{}
	for q := range questions {
		if err := t.checkPair(q); err != nil {
			return nil, fmt.Errorf("question: %w", err)
		}
		x, y := sets.find(q.A), sets.find(q.B)
		switch {
		case x == y || refused.has(x, y):
			a.Spared++
		case t.labels[q.A] == t.labels[q.B]:
			a.Asked++
			a.Same++
			root, gone := sets.join(x, y)
			refused.move(root, gone)
		default:
			a.Asked++
			refused.add(x, y)
		}
	}
	a.Clusters = sets.labels()
	return a, nil
}

// refusals are, for each root, the roots of which it was said that they are
// something else.
type refusals map[int32]map[int32]bool

func (r refusals) has(a, b int32) bool { return r[a][b] }

func (r refusals) add(a, b int32) {
	for _, p := range [2]Pair{{a, b}, {b, a}} {
		if r[p.A] == nil {
			r[p.A] = map[int32]bool{}
		}
		r[p.A][p.B] = true
	}
}

// move gives what was refused to a root that went to the one that stays.
func (r refusals) move(root, gone int32) {
	for other := range r[gone] {
		delete(r[other], gone)
		r.add(root, other)
	}
	delete(r, gone)
}
