package linkage

import (
	"cmp"
	"math"
	"slices"

	"github.com/reconkit/reconkit/dedupe/norm"
)

// The classes of pairs.
const (
	same = iota
	household
	colleagues
	branches // places of one organisation
	strangers
	classes
)

// row is one distinct vector of the compared pairs.
type row struct {
	v vector
	n float64
}

// model is what the levels mean.
type model struct {
	share [classes]float64                       // of all possible pairs
	p     [classes][fieldsMax][levelsMax]float64 // of pairs of the class that are comparable in the field
	leak  [fieldsMax]float64                     // of personal fields: share of related pairs that agree beyond chance; 0: not personal

	strangerNames nameTable // of strangers: by both name levels
	marked        float64   // share of two people of one household and name of whom one is marked as junior or senior

	possible   float64
	iterations int
	found      [classes]float64 // expected pairs among those compared
	learned    bool
}

// learner estimates a model from the histogram of compared pairs.
type learner struct {
	db                       *records
	rows                     []row
	outside                  [fieldsMax][levelsMax]float64 // expected pairs that were not compared, by level
	possible                 float64
	each                     float64                       // how many of the compared pairs each counted one stands for
	prior                    [fieldsMax][levelsMax]float64 // shipped
	fixed                    bool                          // the levels keep the shipped weights; only the sizes of the classes and strangers are learned
	strange                  [fieldsMax][levelsMax]float64 // where fixed: the shipped weights of strangers
	total                    [fieldsMax][levelsMax]float64 // of all pairs, as shares
	outsideNames, totalNames nameTable                     // the same for both name levels together
}

const (
	iterationsMax = 300
	priorWeight   = 30    // pairs that the shipped weights count as
	floorMax      = 1e-6  // probability of a level that was never seen, at most
	shareMin      = 1e-12 // and at least, so that it has a logarithm
	fixedWeight   = 1e12  // the same, where they are not learned
)

func newModel(l *learner) *model {
	m := &model{possible: l.possible, marked: l.db.markedNamesakes()}
	m.setLeaks(l.db)
	m.start(l)
	return m
}

// setLeaks says which fields are personal, and by how much related people agree
// in them beyond chance.
func (m *model) setLeaks(db *records) {
	m.leak[fieldGiven], m.leak[fieldFirm], m.leak[fieldDate] = leakGiven, leakFirm, leakDate
	for i, x := range db.extras {
		if x.kind == Identifier {
			m.leak[fieldExtra+field(i)] = leakNumber
		}
	}
}

// start makes the model that learning begins with: the shipped weights, and
// everything else as among all pairs.
func (m *model) start(l *learner) {
	db := l.db
	for f := range fieldsMax {
		sum := 0.0
		for lv := 1; lv < levelsMax; lv++ {
			if silent(field(f), uint8(lv)) {
				continue
			}
			for _, r := range l.rows {
				if int(r.v.level(field(f))) == lv {
					l.total[f][lv] += r.n
				}
			}
			l.total[f][lv] += l.outside[f][lv]
			sum += l.total[f][lv]
		}
		for lv := 1; lv < levelsMax; lv++ {
			switch {
			case l.prior[f][lv] == 0:
				l.total[f][lv] = 0
			case l.fixed:
				weight := strangersWeight(field(f))
				l.total[f][lv] = (l.total[f][lv] + weight*l.strange[f][lv]) / (sum + weight)
			case sum > 0:
				l.total[f][lv] = (l.total[f][lv] + .5) / (sum + 8)
			default:
				l.total[f][lv] = 0
			}
			m.p[same][f][lv] = l.prior[f][lv]
			m.p[strangers][f][lv] = l.total[f][lv]
			for k := household; k <= branches; k++ {
				m.p[k][f][lv] = l.prior[f][lv]
				if m.leak[f] > 0 {
					m.p[k][f][lv] = l.total[f][lv]
				}
			}
		}
	}
	m.p[colleagues][fieldFamily] = l.total[fieldFamily]
	m.p[branches][fieldFirm] = firmOfBranches
	m.p[branches][fieldAddress] = l.total[fieldAddress]
	for _, k := range []int{household, colleagues} {
		m.p[k][fieldNature] = mixed(&l.prior[fieldNature], &[levelsMax]float64{naturesDiffer: 1}, colleagueMix)
		m.p[k][fieldEmail][mailOther], m.p[k][fieldEmail][mailColleague], m.p[k][fieldEmail][mailShared], m.p[k][fieldEmail][mailPrivate] = .5, .35, .1, .02
	}
	l.startAbsent(m)
	l.startNames(m)
	first := min(.2*float64(db.n)/l.possible, .2)
	m.share = [classes]float64{first, first, first, first, 1 - 4*first}
}

func (db *records) kindOf(f field) Kind {
	if i := int(f) - int(fieldExtra); i >= 0 && i < len(db.extras) {
		return db.extras[i].kind
	}
	return 0
}

// run is the EM algorithm. Pairs that were not compared are strangers.
func (l *learner) run() *model {
	m := newModel(l)
	before := math.Inf(-1)
	for m.iterations = 1; m.iterations <= iterationsMax; m.iterations++ {
		likelihood, counts, names, totals := l.expect(m)
		l.maximise(m, &counts, &totals)
		l.maximiseNames(m, &names)
		if likelihood-before < 1e-7*math.Abs(likelihood) && m.iterations > 8 {
			break
		}
		before = likelihood
	}
	m.straighten(l.db)
	if !l.fixed { // of few records, those of one name are most of what is known of it
		m.straightenWhole()
	}
	m.relate(l)
	return m
}

type levelCountsOf [classes][fieldsMax][levelsMax]float64

// logs are the logarithms of the probabilities of a model.
func (m *model) logs() *levelCountsOf {
	var lg levelCountsOf
	for k := range lg {
		for f := range lg[k] {
			for lv := 1; lv < levelsMax; lv++ {
				lg[k][f][lv] = math.Log(max(m.p[k][f][lv], shareMin))
			}
			m.addPresent(&lg[k][f], k, field(f))
		}
	}
	return &lg
}

// expect shares the pairs among the classes.
func (l *learner) expect(m *model) (likelihood float64, counts levelCountsOf, names nameTable, totals [classes]float64) {
	lg := m.logs()
	nameLogs := m.nameLogs(lg)
	base := m.base()
	for i := range l.rows {
		r := &l.rows[i]
		z := classesOf(r.v, &base, lg, &nameLogs)
		top := slices.Max(z[:])
		sum := 0.0
		for k := range z {
			z[k] = math.Exp(z[k] - top)
			sum += z[k]
		}
		likelihood += r.n * (top + math.Log(sum))
		for k := range z {
			z[k] *= r.n / sum
			totals[k] += z[k]
		}
		names[nameOf(r.v)] += z[strangers]
		for _, f := range reachFields {
			if r.v.level(f) == 0 {
				for k := range z {
					counts[k][f][0] += z[k]
				}
			}
		}
		for f, v := 0, r.v; v != 0; f, v = f+1, v>>levelBits {
			if lv := v & levelMask; !silent(field(f), uint8(lv)) {
				for k := range z {
					counts[k][f][lv] += z[k]
				}
			}
		}
	}
	m.found = totals
	compared := sumOf(totals)
	totals[strangers] += max(0, l.possible-compared)
	for f := range counts[strangers] {
		for lv := range counts[strangers][f] {
			counts[strangers][f][lv] += l.outside[f][lv]
		}
	}
	return likelihood, counts, names, totals
}

// classesOf is how likely a vector is of each class, as logarithms that have a
// term in common.
func classesOf(v vector, base *[classes]float64, lg *levelCountsOf, nameLogs *[classes]nameTable) (z [classes]float64) {
	z = *base
	z[without(v)] = math.Inf(-1)
	for k := range z {
		z[k] += nameLogs[k][nameOf(v)]
	}
	for f, rest := int(fieldFirm), v>>(levelBits*fieldFirm); rest != 0; f, rest = f+1, rest>>levelBits {
		if lv := rest & levelMask; lv != 0 {
			for k := range z {
				z[k] += lg[k][f][lv]
			}
		}
	}
	return z
}

// sameness is how likely each of some rows is the same contact.
func (m *model) sameness(rows []row) []float64 {
	lg := m.logs()
	nameLogs, base := m.nameLogs(lg), m.base()
	out := make([]float64, len(rows))
	for i := range rows {
		z := classesOf(rows[i].v, &base, lg, &nameLogs)
		top, sum := slices.Max(z[:]), 0.0
		for k := range z {
			sum += math.Exp(z[k] - top)
		}
		out[i] = math.Exp(z[same]-top) / sum
	}
	return out
}

// floor is the probability of a level that was never seen.
func (l *learner) floor() float64 { return max(shareMin, min(.5/l.possible, floorMax)) }

// maximise makes the model that explains the shared pairs best, within what
// the classes allow.
func (l *learner) maximise(m *model, counts *levelCountsOf, totals *[classes]float64) {
	known := [classes]float64{1, 1, 1, 1, 1}
	if l.fixed {
		known = shippedPairs
	}
	sum := sumOf(*totals) + sumOf(known)
	for k := range totals {
		m.share[k] = (totals[k] + known[k]) / sum
	}
	for _, k := range []int{household, colleagues} {
		m.share[k] = max(m.share[k], relatedMin*m.share[same])
	}
	floor := l.floor()
	for k := range counts {
		for f := range counts[k] {
			n := 0.0
			for lv := 1; lv < levelsMax; lv++ {
				n += counts[k][f][lv]
			}
			for lv := 1; lv < levelsMax; lv++ {
				base, weight := l.prior[f][lv], float64(priorWeight)
				if l.fixed {
					weight = fixedWeight
				}
				switch k {
				case strangers:
					base, weight = l.total[f][lv], 1
					if l.fixed {
						base, weight = l.strange[f][lv], strangersWeight(field(f))
					}
				case household, colleagues, branches:
					base = .5*l.prior[f][lv] + .5*l.total[f][lv]
					switch {
					case k == branches && field(f) == fieldFirm:
						base = firmOfBranches[lv]
					case k != branches && field(f) == fieldEmail && l.fixed:
						base = mailOfRelated[lv]
					}
				}
				if l.prior[f][lv] > 0 {
					m.p[k][f][lv] = max((counts[k][f][lv]+weight*base)/(n+weight), floor)
				}
			}
		}
	}
	m.maximiseAbsent(counts)
	m.tie(l)
}

// tie makes the classes what they are called.
func (m *model) tie(l *learner) {
	db := l.db
	for f, leak := range m.leak {
		if leak > 0 {
			limitShare(&m.p[same][f], disagreeMax, nameOther, nameLoose)
		}
	}
	if db.street.on() || db.postcode.on() || db.city.on() {
		for _, k := range []int{household, colleagues} {
			limitShare(&m.p[k][fieldAddress], elsewhereMax, placeOther, areaOther, placePart, roadElsewhere, lineElsewhere)
		}
	}
	m.relate(l)
	if db.firm.on() {
		limitShare(&m.p[same][fieldNature], naturesMixed, naturesDiffer)
		if m.p[colleagues][fieldNature][naturesDiffer] < staffMin {
			m.p[colleagues][fieldNature] = mixed(&m.p[colleagues][fieldNature], &[levelsMax]float64{naturesDiffer: 1}, staffMin)
		}
	}
}

// relate gives related people and branches what they have in common, by chance and
// beyond.
func (m *model) relate(l *learner) {
	for f, leak := range m.leak {
		if leak == 0 {
			continue
		}
		x := mixed(&m.p[strangers][f], &m.p[same][f], leak)
		m.p[household][f], m.p[colleagues][f] = x, x
		if field(f) == fieldGiven {
			names := inCommon(&m.p[same][f], m.marked)
			m.p[household][f] = mixed(&m.p[strangers][f], &names, namesakesAtHome)
		}
		if field(f) != fieldFirm {
			m.p[branches][f] = x
		}
	}
	m.p[branches][fieldAddress] = mixed(&m.p[strangers][fieldAddress], &m.p[same][fieldAddress], placeOfBranches)
	m.p[branches][fieldEmail] = mixed(&m.p[strangers][fieldEmail], &m.p[same][fieldEmail], mailOfBranches)
	m.p[household][fieldEmployer] = mixed(&m.p[strangers][fieldEmployer], &m.p[same][fieldEmployer], employerOfHome)
	surname := m.p[same][fieldFamily]
	if !l.fixed {
		surname = inCommon(&surname, 0)
	}
	m.p[household][fieldFamily] = mixed(&m.p[strangers][fieldFamily], &surname, surnameOfHome)
	m.p[colleagues][fieldFamily] = mixed(&m.p[strangers][fieldFamily], &m.p[same][fieldFamily], surnameAtWork)
	m.straightenRelated(l.db)
}

// inCommon are the levels of a name that two people have in common: it is seldom
// written in two ways, as that of one person is who is entered again, but one of
// them may be marked as the junior.
func inCommon(p *[levelsMax]float64, marked float64) [levelsMax]float64 {
	var equal [levelsMax]float64
	both := p[nameCommon] + p[nameRare]
	equal[nameCommon], equal[nameRare] = (1-marked)*p[nameCommon]/both, (1-marked)*p[nameRare]/both
	equal[nameMarked] = marked
	return mixed(p, &equal, namesakesEqual)
}

// markedNamesakes is namesakesMarked, less where hardly any record is marked.
func (db *records) markedNamesakes() float64 {
	marks := 0.0
	if db.given.on() {
		for id, n := range db.given.counts {
			if db.names[id].generation != norm.GenerationUnknown {
				marks += float64(n)
			}
		}
	}
	return namesakesMarked * min(1, marks/(marksUsual*float64(db.n)))
}

func mixed(a, b *[levelsMax]float64, share float64) (m [levelsMax]float64) {
	for i := range m {
		m[i] = (1-share)*a[i] + share*b[i]
	}
	return m
}

func sumOf(list [classes]float64) (sum float64) {
	for _, x := range list {
		sum += x
	}
	return sum
}

// without is the class that a pair with these levels cannot be of: only two
// organisations are branches of one, and no two of them are a household.
func without(v vector) int {
	if v.level(fieldFirm) == 0 {
		return branches
	}
	return household
}

// limitShare limits what some levels have together.
func limitShare(p *[levelsMax]float64, limit float64, levels ...int) {
	sum := 0.0
	for _, lv := range levels {
		sum += p[lv]
	}
	if sum <= limit {
		return
	}
	for lv := range p {
		if slices.Contains(levels, lv) {
			p[lv] *= limit / sum
		} else {
			p[lv] *= (1 - limit) / (1 - sum)
		}
	}
}

// byVector orders rows so that sums over them do not depend on the order of the
// records.
func byVector(rows []row) []row {
	sorted := slices.Clone(rows)
	slices.SortFunc(sorted, func(a, b row) int { return cmp.Compare(a.v, b.v) })
	return sorted
}
