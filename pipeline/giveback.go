package pipeline

import "runtime"

// giveBackFrom is the number of compared records from which on GiveBack has memory
// collected.
const giveBackFrom = 1 << 17

// GiveBack has memory collected that an act needed for so many compared records and has
// dropped, before the next act asks for as much. The collector of Go lets a heap grow by
// as much again before it looks, so that both would stand in memory together, at the peak
// of a plan. Of few records it does nothing.
func GiveBack(compared int) {
	if compared >= giveBackFrom {
		runtime.GC()
	}
}
