package linkage

import "math"

// lanes are log odds for the same against each of the other four classes, 16 bits
// each, in parts of a nat, rounded up, so that one addition adds all four. What
// is added is never negative: it is more by laneZero.
type lanes uint64

const (
	laneBits = 16
	laneUnit = 16   // parts of a nat
	laneZero = 1024 // stands for nothing
	laneMax  = 1000 // what one field may say at most: sixteen of them keep below the top
	laneTop  = 1 << (laneBits - 1)
)

const (
	lanesMost     = lanes(laneMax+laneZero) * (1 | 1<<laneBits | 1<<(2*laneBits) | 1<<(3*laneBits))
	topOfAll      = lanes(laneTop) * (1 | 1<<laneBits | 1<<(2*laneBits) | 1<<(3*laneBits))
	lanesOfPeople = topOfAll &^ (laneTop << (laneBits * (branches - household))) // which are no branches
	lanesOfFirms  = topOfAll &^ laneTop                                          // which are no household
)

// lanesOf are the lanes of log odds. Ok is false where one is too high.
func lanesOf(odds *[classes]float64) (l lanes, ok bool) {
	for k := household; k <= strangers; k++ {
		x := math.Ceil(odds[k] * laneUnit)
		if x > laneMax || x != x {
			return 0, false
		}
		l |= lanes(max(x, -laneMax)+laneZero) << (laneBits * (k - household))
	}
	return l, true
}

// higher is the higher one of each lane.
func (l lanes) higher(o lanes) (h lanes) {
	const one = 1<<laneBits - 1
	for at := 0; at < 64; at += laneBits {
		h |= max(l>>at&one, o>>at&one) << at
	}
	return h
}
