package linkage

import (
	"slices"
	"testing"
)

// What the kinds find that are taken beforehand is no gain of another one: a costly
// kind that finds the same pairs is not chosen, and leaves the budget to one that
// finds others.
func TestPlanCountsWhatIsTaken(t *testing.T) {
	const likely, all = 1000, 40_000
	chances, stands := make([]float32, all), make([]float32, all)
	tried := []bool{true, true, true}
	trials := make([]trial, 3)
	for row := range all {
		stands[row] = 1
		switch {
		case row < likely: // found by the kind that is taken, and by the costly one
			chances[row] = 1
			trials[0].rows = append(trials[0].rows, uint32(row))
			trials[1].rows = append(trials[1].rows, uint32(row))
		case row < likely+likely/10: // found by the other one alone
			chances[row] = 1
			trials[2].rows = append(trials[2].rows, uint32(row))
		case row%4 == 0:
			trials[2].rows = append(trials[2].rows, uint32(row))
		default:
			trials[1].rows = append(trials[1].rows, uint32(row))
		}
	}
	p := &planner{db: &records{n: 10_000}, budget: 4, keys: []blockKey{{name: "few"}, {name: "costly"}, {name: "other"}}}
	chosen, have := p.greedy(trials, tried, chances, stands, likely+likely/10, 1)
	if len(chosen) != 1 || chosen[0].name != "other" {
		t.Errorf("chosen %v, want the kind that finds what is not taken", chosen)
	}
	if !have[0] || !have[likely] {
		t.Error("a likely pair is not found")
	}
}

// What the kinds find that are taken beforehand is not thinned out, however many pairs
// that is of a sample: else another kind would seem to find what they find.
func TestPlanKeepsWhatIsTakenWhole(t *testing.T) {
	const pairs = 1000
	var whole []uint64
	for j := range uint32(pairs) {
		whole = append(whole, uint64(j+1)) // of record 0 with each other one
	}
	db := &records{n: pairs + 1, hash: make([]uint64, pairs+1)}
	for i := range db.hash {
		db.hash[i] = mix(uint64(i), hashA)
	}
	p := &planner{db: db, workers: 1, scale: 25, keys: []blockKey{{name: "few"}, {name: "costly"}}, sizes: make([]trialSizes, 2)}
	lists := [][]uint64{slices.Clone(whole), slices.Clone(whole)}
	tried := p.thin(lists, pairs, 1)
	if !tried[0] || len(lists[0]) != pairs {
		t.Errorf("of the kind that is taken %d pairs are left of %d", len(lists[0]), pairs)
	}
	if tried[1] || len(lists[1]) >= pairs || len(p.aside) != 1 || p.aside[0].Name != "costly" {
		t.Errorf("of the kind that makes too many, %d pairs are left of %d; put aside %v", len(lists[1]), pairs, p.aside)
	}
}
