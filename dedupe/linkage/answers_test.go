package linkage_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/reconkit/reconkit/dedupe/linkage"
)

// truePairs are the pairs of one person, and how many of them clusters hold.
func truePairs(labels []int32, truth []int) (held, all int) {
	byPerson := map[int][]int{}
	for i, p := range truth {
		byPerson[p] = append(byPerson[p], i)
	}
	for _, list := range byPerson {
		for k, i := range list {
			for _, j := range list[:k] {
				all++
				if labels[i] == labels[j] {
					held++
				}
			}
		}
	}
	return held, all
}

// joinedBy joins clusters by the answers "same", as a person with a pencil would.
func joinedBy(labels []int32, answers []linkage.Answer) []int32 {
	out := slices.Clone(labels)
	for _, a := range answers {
		if from, to := out[a.B], out[a.A]; a.Same && from != to {
			for i := range out {
				if out[i] == from {
					out[i] = to
				}
			}
		}
	}
	return out
}

// families makes people who are there up to six times, with gaps and slips, so
// that some of their records are sure and some are not.
func families(n int) (rows [][]string, truth []int) {
	base, people := crowd(n)
	for i, row := range base {
		rows, truth = append(rows, row), append(truth, people[i])
		if i%5 != 0 {
			continue
		}
		for k := range 1 + i/5%4 {
			again := slices.Clone(row)
			switch (i/5 + k) % 5 {
			case 0:
				again[2], again[3] = "", ""
			case 1:
				again[0], again[5], again[6], again[7] = again[0][:1]+".", "", "", ""
			case 2:
				again[2], again[5] = "", "Seestr. 4"
			case 3:
				again[1], again[3], again[5], again[6], again[7] = "Seligmann", "", "", "", ""
			default:
				again[3], again[6], again[7] = "", "Ulm", "89073"
			}
			rows, truth = append(rows, again), append(truth, people[i])
		}
	}
	return rows, truth
}

// Right answers never make the clusters hold less than joining the clusters of
// the run without them by hand would, whatever is asked and in whatever order.
func TestRightAnswersOnlyAdd(t *testing.T) {
	rows, truth := families(700)
	first := run(t, linkage.Config{}, rows)
	without, all := truePairs(first.Clusters, truth)
	if without < all/4 || without > all*19/20 {
		t.Fatalf("%d of %d pairs are sure without answers; the test needs some that are and some that are not", without, all)
	}
	byPerson := map[int][]int32{}
	for i, p := range truth {
		byPerson[p] = append(byPerson[p], int32(i))
	}
	for seed := range uint64(3) {
		random := rand.New(rand.NewPCG(seed, 11))
		var answers []linkage.Answer
		for _, q := range first.Questions {
			if random.IntN(3) > 0 {
				answers = append(answers, linkage.Answer{A: q.A, B: q.B, Same: truth[q.A] == truth[q.B]})
			}
		}
		for range 200 {
			a, b := int32(random.IntN(len(rows))), int32(random.IntN(len(rows)))
			if list := byPerson[truth[a]]; random.IntN(2) == 0 {
				b = list[random.IntN(len(list))]
			}
			if a != b && (truth[a] == truth[b] || first.Clusters[a] != first.Clusters[b]) {
				answers = append(answers, linkage.Answer{A: a, B: b, Same: truth[a] == truth[b]})
			}
		}
		r := run(t, linkage.Config{Weights: first.Weights, Answers: answers, Workers: 1}, rows)
		with, _ := truePairs(r.Clusters, truth)
		byHand, _ := truePairs(joinedBy(first.Clusters, answers), truth)
		if byHand <= without || with < byHand {
			t.Errorf("seed %d: %d of %d true pairs with answers, %d without, %d when the clusters are joined by hand", seed, with, all, without, byHand)
		}
		for _, a := range answers {
			if got := r.Clusters[a.A] == r.Clusters[a.B]; got != a.Same {
				t.Errorf("seed %d: %v and %v: answered %v, together %v", seed, rows[a.A], rows[a.B], a.Same, got)
			}
		}

		order := random.Perm(len(rows))
		shuffled, to := make([][]string, len(rows)), make([]int32, len(rows))
		for at, from := range order {
			shuffled[at], to[from] = rows[from], int32(at)
		}
		moved := make([]linkage.Answer, len(answers))
		for i, at := range random.Perm(len(answers)) {
			moved[at] = linkage.Answer{A: to[answers[i].B], B: to[answers[i].A], Same: answers[i].Same}
		}
		other := run(t, linkage.Config{Weights: first.Weights, Answers: moved, Workers: 4}, shuffled)
		if diff := cmp.Diff(partition(r.Clusters, rows), partition(other.Clusters, shuffled)); diff != "" {
			t.Errorf("seed %d: other clusters (-first +shuffled):\n%s", seed, diff)
		}
	}
}

// What was answered forbids before evidence joins: who is said to be one with a
// record is not taken by another that is said to differ from it, or that a never
// column keeps from it.
func TestAnswersForbidThroughAnswers(t *testing.T) {
	a := []string{"Margarethe", "Winterfeldt", "", "", "", "Seestr. 4", "Ulm", "89073", "17"}
	b := []string{"Margarethe", "Winterfeldt", "mw@post.example", "030 4445566"}
	c := []string{"Margarethe", "Winterfeldt", "mw@post.example", "030 4445566", "", "Kai 7", "Husum", "25813", "18"}
	same := linkage.Answer{A: 0, B: 1, Same: true}
	if r := among(t, linkage.Config{}, a, b, c); r.Clusters[1] != r.Clusters[2] {
		t.Fatal("the test needs two records that are sure by themselves")
	}
	for name, config := range map[string]linkage.Config{
		"answer":       {Answers: []linkage.Answer{same, {A: 2, B: 0}}},
		"never column": {Answers: []linkage.Answer{same}, Never: []string{"number"}},
	} {
		r := among(t, config, a, b, c)
		if r.Clusters[0] != r.Clusters[1] || r.Clusters[2] == r.Clusters[0] {
			t.Errorf("%s: clusters %v", name, r.Clusters[:3])
		}
		e := r.Explain(1, 0)
		if e.Probability < .999 || e.Parts[0].Level != "a person said that they are the same" {
			t.Errorf("%s: explained by %+v", name, e.Parts)
		}
	}
}
