package linkage_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/reconkit/reconkit/dedupe/linkage"
)

// sharers is a list of people and companies of whom one, two or more have a phone or a
// mailbox together, some of them under a name that others bear, under several or under none. New ones
// are more of the same, of the same homes.
func sharers(n int, seed uint64) (list, added [][]string) {
	r := rand.New(rand.NewPCG(seed, 21))
	row := func(home int) []string {
		out := []string{givenNames[r.IntN(len(givenNames))], familyNames[home%len(familyNames)], fmt.Sprintf("home%d@web.example", home), fmt.Sprintf("+49 30 55%05d", home), "",
			fmt.Sprintf("%s %d", streetNames[home%len(streetNames)], home), cityNames[home%len(cityNames)], fmt.Sprintf("%05d", 10000+home%90*7), ""}
		if r.IntN(2) == 0 {
			out[1] = familyNames[r.IntN(len(familyNames))]
		}
		switch r.IntN(7) {
		case 0:
			out[0], out[1] = "", ""
		case 4:
			first := givenNames[r.IntN(2)]
			out[0] = first + " " + out[0]
			out[2] = fmt.Sprintf("%s.%s@web.example", first, out[1])
		case 1:
			out[0], out[1], out[4] = "", "", fmt.Sprintf("%s Bau GmbH", familyNames[r.IntN(len(familyNames))])
		case 2:
			out[2] = fmt.Sprintf("own%d@web.example", r.IntN(9*n))
		case 3:
			out[3] = ""
		}
		return out
	}
	for k := range n {
		list = append(list, row(r.IntN(2*n/3)))
		added = append(added, row(k%(n/6))) // of each home several, in turn
	}
	return list, added
}

// A scorer gives new records the weight of a run of the list and these two by the same
// frequencies: a new one and one of the list, and two new ones, whoever else of the list
// uses their phones and mailboxes.
func TestScorerGivesNewRecordsTheWeightsOfARun(t *testing.T) {
	const n = 240
	list, added := sharers(n, 1)
	added = added[:n/3] // two of each home
	first := run(t, linkage.Config{}, list)
	pinned := linkage.Config{Weights: written(t, first.Pinned())}
	s, err := linkage.NewScorer(linkage.ScorerConfig{Weights: pinned.Weights})
	if err != nil {
		t.Fatal(err)
	}
	shared, wrong := map[string]int{}, 0
	check := func(kind string, r *linkage.Result, a, b int32, x, y []string) {
		want, p := r.Explain(a, b), prepared(t, s, [][]string{x, y})
		got := p.Explain(0, 1)
		for _, part := range want.Parts {
			shared[fmt.Sprintf("%s: %s %s", kind, part.Field, part.Level)]++
		}
		if diff := cmp.Diff(want.Parts, got.Parts); p.Weigh(0, 1) != want.Sum || diff != "" {
			if wrong++; wrong < 5 {
				t.Errorf("%s: %q and %q weigh %v, and %v in a run (-run +scorer):\n%s", kind, x, y, p.Weigh(0, 1), want.Sum, diff)
			}
		}
	}
	together := func(a, b []string) bool { return a[2] == b[2] || a[3] != "" && a[3] == b[3] }
	for k, x := range added {
		r := run(t, pinned, append(slices.Clone(list), x))
		for i, y := range list {
			if together(x, y) {
				check("new and listed", r, int32(i), n, y, x)
			}
		}
		at := slices.IndexFunc(added[k+1:], func(y []string) bool { return together(x, y) })
		if at < 0 {
			continue
		}
		y := added[k+1+at]
		check("two new", run(t, pinned, append(slices.Clone(list), x, y)), n, n+1, x, y)
	}
	for _, kind := range []string{"new and listed", "two new"} {
		for _, level := range []string{"phone equal, shared by several", "phone equal", "e-mail equal, shared by several", "e-mail equal"} {
			if shared[kind+": "+level] < 3 {
				t.Errorf("%d pairs of %s show %s:\n%v", shared[kind+": "+level], kind, level, shared)
			}
		}
	}
}

// Where two lists were linked, records of both that are equal in every column have the
// weight that the run gave them: they need not be one.
func TestScorerOfLinkedLists(t *testing.T) {
	rows := listed(1200, 11)
	lists := make([]uint8, len(rows))
	for i := range rows {
		if lists[i] = uint8(i % 2); i%2 == 1 && i%6 == 1 {
			rows[i] = slices.Clone(rows[i-1])
		}
	}
	c := linkage.Config{Columns: everything}
	r := runLists(t, c, rows, lists)
	s, err := linkage.NewScorer(linkage.ScorerConfig{Weights: written(t, r.Pinned())})
	if err != nil {
		t.Fatal(err)
	}
	checkScorer(t, s, r, rows, lists)
	equal := 0
	for i := 1; i < len(rows); i += 6 {
		a, b := int32(i-1), int32(i)
		want := r.Explain(a, b)
		if got := prepared(t, s, [][]string{rows[a], rows[b]}).Weigh(0, 1); got != want.Sum {
			t.Errorf("%q weighs %v with itself in the other list, and %v in the run", rows[a], got, want.Sum)
		}
		if want.Probability < 1 {
			equal++
		}
	}
	if equal < 50 {
		t.Errorf("%d equal records are not the same for sure", equal)
	}
}
