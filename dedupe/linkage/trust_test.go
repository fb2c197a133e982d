package linkage_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// townsfolk makes people of whom nothing is known but the name and the town, a
// third of them there twice or three times, with slips.
func townsfolk(n int, twice bool) (rows [][]string, truth []int) {
	slip := func(s string, i int) string { at := 1 + i%(len(s)-1); return s[:at] + "x" + s[at+1:] }
	for i := range n {
		family := pick(familyNames, 7*i+1) + pick([]string{"", "er", "mann", "sen", "in", "stein", "hof"}, 13*i+5)
		c := i * 17 % 100
		row := []string{pick(givenNames, i), family, "", "", "", "", cityNames[c/10], fmt.Sprint(10000 + 131*c)}
		rows, truth = append(rows, row), append(truth, i)
		for k := range 3 - i%3 {
			if k == 0 || !twice {
				continue
			}
			again := slices.Clone(row)
			if field := []int{0, 1, 1, 7}[(i+k)%4]; i%2 == 0 {
				again[field] = slip(again[field], i)
			}
			rows, truth = append(rows, again), append(truth, i)
		}
	}
	return rows, truth
}

// Weights are learned where the records teach them, though half of the records
// have more or fewer duplicates than the other half; a list without duplicates
// teaches nothing, and its people stay apart.
func TestWhatTeaches(t *testing.T) {
	rows, truth := townsfolk(6000, true)
	r := run(t, linkage.Config{}, rows)
	if !r.Report.Learned {
		t.Errorf("of %d rows with duplicates: %s", len(rows), r.Report.WeightsWhy)
	}
	right, wrong := 0, 0
	for _, p := range pairsWithin(r.Clusters) {
		if truth[p[0]] == truth[p[1]] {
			right++
		} else {
			wrong++
		}
	}
	if right == 0 || wrong*50 > right {
		t.Errorf("clusters have %d pairs that are one and %d that are not", right, wrong)
	}

	rows, _ = townsfolk(6000, false)
	r = run(t, linkage.Config{}, rows)
	if r.Report.Learned {
		t.Errorf("of %d different people: %s", len(rows), r.Report.WeightsWhy)
	}
	if joined := len(rows) - distinct(r.Clusters); joined > len(rows)/1000 {
		t.Errorf("%d of %d different people are joined", joined, len(rows))
	}
}

// pairsWithin are the pairs of records of one cluster.
func pairsWithin(clusters []int32) (pairs [][2]int) {
	members := map[int32][]int{}
	for i, c := range clusters {
		for _, j := range members[c] {
			pairs = append(pairs, [2]int{j, i})
		}
		members[c] = append(members[c], i)
	}
	return pairs
}
