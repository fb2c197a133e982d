package linkage

import "math"

// That a field is missing says something by itself, where it is one by which a
// contact is reached: who enters a contact again often knows less of it than who
// entered it first, while a father and his son, or two strangers of one name, are
// each complete as often as anybody. Where weights are learned, each class has
// its own share of pairs that cannot be compared in such a field: place 0 of the
// levels, 0 where nothing is known.

// reachFields are the fields of which the absence is evidence. An address is not
// among them: households and colleagues are found by it.
var reachFields = [...]field{fieldEmail, fieldPhone}

const (
	absentMin    = .01 // share of pairs that lack a field from which on its absence is evidence
	absentTimes  = 2   // by how much a class may differ from all pairs
	absentWeight = 500 // pairs that what is taken for usual counts as
)

// startAbsent begins with what is true of all pairs.
func (l *learner) startAbsent(m *model) {
	if l.fixed {
		return
	}
	for _, f := range reachFields {
		comparable := 0.0
		for _, r := range l.rows {
			if r.v.level(f) != 0 {
				comparable += r.n
			}
		}
		for _, n := range l.outside[f] {
			comparable += n
		}
		if absent := 1 - comparable/l.possible; absent >= absentMin && absent <= 1-absentMin {
			for k := range m.p {
				m.p[k][f][0] = absent
			}
		}
	}
}

// silent reports whether a level of a field says nothing: a value is missing, or
// says what another field has said.
func silent(f field, level uint8) bool {
	return level == 0 || f == fieldEmail && level == mailOfName
}

// maximiseAbsent learns the shares of the classes. Strangers are nearly all pairs,
// and branches too few to tell. Related people are taken to lack a field as often
// as one contact does until enough of them say otherwise, so that its absence
// makes nobody one with his family.
func (m *model) maximiseAbsent(counts *levelCountsOf) {
	for _, f := range reachFields {
		all := m.p[strangers][f][0]
		if all == 0 {
			continue
		}
		usual := all
		for _, k := range []int{same, household, colleagues} {
			n := sum(counts[k][f][:])
			share := (counts[k][f][0] + absentWeight*usual) / (n + absentWeight)
			m.p[k][f][0] = max(all/absentTimes, 1-(1-all)*absentTimes, min(share, all*absentTimes, 1-(1-all)/absentTimes))
			usual = m.p[same][f][0]
		}
	}
}

// absent is what it says for a class that a field is missing, as a log
// likelihood.
func (m *model) absent(k int, f field) float64 {
	if p := m.p[k][f][0]; p > 0 {
		return math.Log(p)
	}
	return 0
}

// base is what is said for each class of two records of which nothing is
// comparable, as log likelihoods.
func (m *model) base() (z [classes]float64) {
	for k := range z {
		z[k] = math.Log(m.share[k])
		for _, f := range reachFields {
			z[k] += m.absent(k, f)
		}
	}
	return z
}

// addPresent adds to the logarithms of the levels of a field what it says for a
// class that the field is not missing, as base says that it is.
func (m *model) addPresent(levels *[levelsMax]float64, k int, f field) {
	p := m.p[k][f][0]
	if p == 0 {
		return
	}
	for lv := 1; lv < levelsMax; lv++ {
		if levels[lv] -= math.Log(p); !silent(f, uint8(lv)) {
			levels[lv] += math.Log(1 - p)
		}
	}
}
