package linkage

import (
	"math"
	"slices"
)

// clusterJudge weighs clusters against each other.
//
// One contact has several phones, mailboxes, addresses and employers over the
// years, and only one name. So two records of a cluster may well differ in all of
// the former, and a third one hold what connects them. What the pairs of two
// clusters say on the mean speaks against that; what the clusters say as wholes,
// each record having all the phones, mailboxes, addresses and employers of its
// cluster, is too ready to believe it. Each counts as half of the evidence.
type clusterJudge struct {
	d     *linked
	c     *comparer
	kept  *vectors
	guess bool // a few pairs that contradict in a name or date count as slips: for the best guess, not for what is sure

	boosts boostsSeen

	levels []vector // of two clusters, by pair
	pairs  []uint64 // of these: those that were not kept,
	at     []int    // their places in levels,
	found  []vector // and their levels
}

// vectors remembers the levels of pairs, the last in each slot.
type vectors [1 << 11]struct {
	pair uint64
	v    vector
}

func (k *vectors) keep(pair uint64, v vector) {
	at := &k[k.at(pair)]
	at.pair, at.v = pair, v
}

func (k *vectors) at(pair uint64) int { return int(pair * hashB >> 32 % uint64(len(k))) }

// clipMax is what one pair, or two clusters as wholes, may say for or against a
// cluster: hundredths of a bit, 10 nats.
const clipMax = 1443

func newJudge(d *linked, c *comparer, kept *vectors) *clusterJudge {
	return &clusterJudge{d: d, c: c, kept: kept}
}

func clipped(w Weight) int64 { return int64(max(-clipMax, min(clipMax, w))) }

// several reports whether one contact may have several values of a field.
func several(f field) bool {
	return f == fieldEmployer || f == fieldEmail || f == fieldPhone || f == fieldAddress
}

// said is what the pairs of two clusters say in one field, by class.
type said struct {
	sum, best [classes]float64
	ratio     float64 // of best: for the same against the likeliest other class
	pairs     float64 // that are comparable
	against   float64 // of them: those that speak against the same
}

// againstMax is the share of pairs that may speak against the same in a field of
// which one contact has one value, such as the name, to count as slips.
const againstMax = .3

func (s *said) add(e [classes]float64) {
	ratio := e[same] - max(e[household], e[colleagues], e[branches], e[strangers])
	if s.pairs == 0 || ratio > s.ratio {
		s.best, s.ratio = e, ratio
	}
	for k := range e {
		s.sum[k] += e[k]
	}
	s.pairs++
	if ratio < 0 {
		s.against++
	}
}

// whole is what two clusters say in a field: the best of their pairs where a
// contact has several values or where those that contradict are slips, else the
// mean.
func (s *said) whole(f field, slips bool) (e [classes]float64) {
	if several(f) || slips && s.against < againstMax*s.pairs {
		return s.best
	}
	for k := range e {
		e[k] = s.sum[k] / s.pairs
	}
	return e
}

// weigh returns the evidence that two clusters are one contact, in hundredths of
// a bit, times the number of pairs between them. Organisations count by their
// pairs alone: their address is what tells their branches apart. Where two records
// of them are numbered in a series, the clusters are no likelier one than these.
func (j *clusterJudge) weigh(a, b []int32) (sum, pairs int64) {
	pairs = int64(len(a) * len(b))
	if j.d.db.before(b[0], a[0]) {
		a, b = b, a // sums of fractions depend on their order
	}
	var fields [fieldsMax]said
	wholes, most := pairs > 1, weightMax
	for i, v := range j.compare(a, b) {
		x, y := a[i/len(b)], b[i%len(b)]
		if w, _ := j.d.rules.verdict(x, y); w != 0 {
			sum += clipped(w)
			wholes = false
			continue
		}
		z := j.d.scorer.base
		z[without(v)] = math.Inf(-1)
		for f, left := field(0), v; left != 0; f, left = f+1, left>>levelBits {
			if left&levelMask != 0 {
				e := j.d.scorer.inField(f, v, x, y, &j.boosts)
				fields[f].add(e)
				for k := range z {
					z[k] += e[k]
				}
			}
		}
		w := weightOf(logOdds(&z))
		if s, found := j.d.limited(j.c, v, x, y); found {
			most = min(most, s.most)
			w = min(w, s.most)
		}
		sum += clipped(w)
		wholes = wholes && v.level(fieldFirm) == 0
	}
	if wholes {
		sum = (sum + pairs*j.wholes(&fields)) / 2
	}
	return min(sum, pairs*int64(most)), pairs
}

// compare gives the levels of each pair of two clusters, by record of a. They are
// valid until the next call.
func (j *clusterJudge) compare(a, b []int32) []vector {
	j.levels, j.pairs, j.at = j.levels[:0], j.pairs[:0], j.at[:0]
	for _, x := range a {
		for _, y := range b {
			pair := pairOf(min(x, y), max(x, y))
			k := &j.kept[j.kept.at(pair)]
			if k.pair != pair {
				j.pairs, j.at = append(j.pairs, pair), append(j.at, len(j.levels))
			}
			j.levels = append(j.levels, k.v)
		}
	}
	j.found = slices.Grow(j.found[:0], len(j.pairs))[:len(j.pairs)]
	j.c.compareAll(j.pairs, j.found)
	for i, pair := range j.pairs {
		j.kept.keep(pair, j.found[i])
		j.levels[j.at[i]] = j.found[i]
	}
	return j.levels
}

// wholes is what two clusters of people say as wholes.
func (j *clusterJudge) wholes(fields *[fieldsMax]said) int64 {
	z := j.d.scorer.base
	z[branches] = math.Inf(-1)
	for f := range fields {
		s := &fields[f]
		if s.pairs == 0 {
			continue
		}
		e := s.whole(field(f), j.guess)
		for k := range z {
			z[k] += e[k]
		}
	}
	return clipped(weightOf(logOdds(&z)))
}

// before orders two records by what they hold.
func (db *records) before(a, b int32) bool {
	return db.hash[a] < db.hash[b] || db.hash[a] == db.hash[b] && a < b
}
