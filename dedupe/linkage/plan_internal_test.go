package linkage

import "testing"

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
