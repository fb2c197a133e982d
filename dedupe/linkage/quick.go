package linkage

import "math"

// quick gives pairs up before they are compared: what is seen at a glance, by
// the numbers of values and by their sketches, bounds how alike they are, and so
// how likely two records may be the same. It never gives a pair up whose weight is
// at the floor or above. It is shared by the workers.
type quick struct {
	db     *records
	s      *scorer
	off    bool                                         // the weights are beyond what lanes hold: nothing is given up
	start  lanes                                        // what is said of any pair, against the floor
	fields [fieldsMax][glances]lanes                    // by what is seen
	names  [glances][glances]lanes                      // the same of given and family name
	turned [glances][glances]lanes                      // the same, where they may be in the wrong columns
	equal  [2][2][classes]float64                       // of equal names, common ones or not: log odds, but for how frequent both are
	places [roadGlances][areaGlances][areaGlances]lanes // by street, postcode and city
	joins  func(a, b int32) (yes bool)                  // a rule may join the two, whatever the evidence says; nil: none does
}

// What is seen of two values at a glance: a level, or one of these.
const (
	glanceAny    = 11 // any level
	glanceUnlike = 12 // not equal, maybe alike
	glanceLocal  = 13 // of e-mails: one mailbox, two domains
	glanceBoxes  = 14 // of e-mails: mailboxes that may be alike, and not by slips
	glanceLoose  = 14 // of names: different, or hardly alike
	glanceEqual  = 15
	glances      = 16
)

// What is seen of two streets.
const (
	roadMissing = iota
	roadOther
	roadOne    // the numbers differ, maybe by a slip
	roadNumber // the roads may be alike, the numbers are equal
	roadNear   // the roads may be alike, the numbers differ
	roadEqual
	roadGlances
)

// What is seen of two postcodes or towns.
const (
	areaMissing = iota
	areaUnlike
	areaMaybe // alike, or not
	areaEqual
	areaGlances
)

// newQuick makes ready to give up pairs whose weight is below a floor.
func newQuick(s *scorer, u *rules, floor Weight) *quick {
	q := &quick{db: s.db, s: s}
	if len(u.same) > 0 || !u.silent() && s.db.twin != nil {
		q.joins = u.mayJoin
	}
	for f := fieldFirm; f < fieldsMax; f++ {
		q.fillField(f)
	}
	q.fillPlaces()
	q.fillNames()
	q.fillEqual()
	q.fillStart(floor)
	return q
}

// fillStart bounds what is said of any pair. Lanes are compared with their top
// bit, so that it is set where the floor may be reached.
func (q *quick) fillStart(floor Weight) {
	least := math.Floor((float64(floor) - .5) / weightsPerBit * math.Ln2 * laneUnit)
	for k := household; k <= strangers; k++ {
		x := math.Ceil((q.s.base[same] - q.s.base[k]) * laneUnit)
		if x > laneMax || least < -laneMax || least > laneMax || x != x {
			q.off = true
			return
		}
		x = max(x, -laneMax) - least + laneTop - float64(q.terms()*laneZero)
		q.start |= lanes(x) << (laneBits * (k - household))
	}
}

// terms is how many lanes are added for each pair.
func (q *quick) terms() (n int) {
	for _, is := range []bool{q.db.given.on(), q.db.firm.on(), q.db.firm.on(), q.db.date.on(), len(q.db.emails) > 0, len(q.db.phones) > 0, q.db.placed} {
		if is {
			n++
		}
	}
	return n + len(q.db.extras)
}

// lanesOf are the lanes of log odds.
func (q *quick) lanesOf(odds *[classes]float64) lanes {
	l, ok := lanesOf(odds)
	if !ok {
		q.off = true
	}
	return l
}

// odds are the log odds that a level of a field stands for, at most.
func (q *quick) odds(f field, level uint8) (odds [classes]float64) {
	if level == 0 {
		return odds
	}
	var v vector
	v.set(f, level)
	q.addOdds(&odds, f, v)
	return odds
}

// addOdds adds the log odds that the level of a field in a vector stands for, at
// most: what the frequency of the value may add as well.
func (q *quick) addOdds(odds *[classes]float64, f field, v vector) {
	level := v.level(f)
	if level == 0 {
		return
	}
	for k := household; k <= strangers; k++ {
		odds[k] += q.s.evidence(f, v, same, 0) - q.s.evidence(f, v, k, 0)
	}
	if level < levelFuzzy {
		return
	}
	boost, e := q.s.most(f, level)
	odds[strangers] += boost
	for k := household; k < strangers; k++ {
		odds[k] += boost - e[k]
	}
}

// fillField fills what is seen of a field from its levels.
func (q *quick) fillField(f field) {
	equal := [...]uint8{fieldFirm: firmEqual, fieldEmployer: firmEqual, fieldDate: dateCommon, fieldEmail: mailShared, fieldPhone: phoneShared}
	from := uint8(levelsMax)
	if int(f) < len(equal) {
		from = equal[f]
	} else if i := int(f - fieldExtra); i < len(q.db.extras) {
		from, _ = exactLevel(f, q.db.extras[i].kind)
	}
	var of [levelsMax]lanes
	for level := range uint8(levelsMax) {
		odds := q.odds(f, level)
		of[level] = q.lanesOf(&odds)
	}
	t := &q.fields[f]
	if f == fieldAddress {
		*t = of // what is seen of it is in places
		return
	}
	copy(t[:glanceAny], of[:])
	for level := range uint8(glanceAny) {
		t[glanceAny] = t[glanceAny].higher(of[level])
		if level >= from {
			t[glanceEqual] = t[glanceEqual].higher(of[level])
		} else if level > 0 {
			t[glanceUnlike] = t[glanceUnlike].higher(of[level])
		}
	}
	if f == fieldEmail {
		t[glanceLocal] = of[mailOther].higher(of[mailOfName]).higher(of[mailLocal])
		t[glanceBoxes] = of[mailOther].higher(of[mailColleague]).higher(of[mailAlike])
	}
}

// fillPlaces fills what is seen of streets and towns.
func (q *quick) fillPlaces() {
	may := [roadGlances][]uint8{roadMissing: {0}, roadOther: {streetOther}, roadOne: {streetTypo, streetRoad}, roadNumber: {streetTypo, streetOther},
		roadNear: {streetRoad, streetOther}, roadEqual: {streetEqual}}
	area := [areaGlances][]int{areaMissing: {-1}, areaUnlike: {0}, areaMaybe: {0, 1}, areaEqual: {2}}
	for street, levels := range may {
		for x, posts := range area {
			for y, cities := range area {
				to := &q.places[street][x][y]
				for _, level := range levels {
					for _, post := range posts {
						for _, city := range cities {
							odds := q.odds(fieldAddress, placeLevel(level, areaOf(post, city)))
							*to = to.higher(q.lanesOf(&odds))
						}
					}
				}
			}
		}
	}
}

// fillNames fills what is seen of names that are not both equal.
func (q *quick) fillNames() {
	const levels = nameMarked + 1
	var exact [levels][levels]lanes
	for given := range uint8(levels) {
		for family := range uint8(levels) {
			var odds [classes]float64
			var v vector
			v.set(fieldGiven, given)
			v.set(fieldFamily, family)
			q.addOdds(&odds, fieldGiven, v)
			q.addOdds(&odds, fieldFamily, v)
			exact[given][family] = q.lanesOf(&odds)
		}
	}
	turned := exact[nameSwapped][0]
	for family := range levels {
		turned = turned.higher(exact[0][family]).higher(exact[namePart][family])
	}
	unlike := []int{nameOther, nameLoose, nameInitial, nameAlike, namePart, nameTypo, nameMarked}
	may := [glances][]int{glanceAny: append([]int{0}, unlike...), glanceUnlike: unlike, glanceLoose: {nameOther, nameLoose}, glanceEqual: {nameCommon, nameRare}}
	for given := range levels {
		may[given] = []int{given}
	}
	for given := range may {
		for family := range may {
			to := &q.names[given][family]
			for _, x := range may[given] {
				for _, y := range may[family] {
					*to = to.higher(exact[x][y])
				}
			}
			q.turned[given][family] = turned.higher(*to)
		}
	}
}

// wholeSeen remembers what equal whole names say at most, the last in each slot.
type wholeSeen struct {
	full [1 << 10]uint32
	says [1 << 10]lanes
}

// whole is what it says at most that two records bear one whole name.
func (q *quick) whole(x int32, seen *wholeSeen) lanes {
	full := q.db.full[x]
	slot := full % uint32(len(seen.full))
	if seen.full[slot] != full || full == 0 {
		seen.full[slot], seen.says[slot] = full, q.ofWhole(x)
	}
	return seen.says[slot]
}

// ofWhole bounds what the whole name of a record says of it and another one that
// bears the name. Of colleagues and strangers that is known but for what rounding
// changes.
func (q *quick) ofWhole(x int32) lanes {
	db, p := q.db, &q.db.packed[x]
	given, family := db.exactName(&db.given, p.given), db.exactName(&db.family, p.family)
	odds := q.equal[given-nameCommon][family-nameCommon]
	adds := q.s.frequencyOfWhole(given, family, db.full[x])
	odds[colleagues] += adds
	odds[strangers] += adds
	l, ok := lanesOf(&odds)
	if !ok {
		return lanesMost
	}
	return l
}

// fillEqual fills what equal names say at most, but for what the frequency of
// whole names adds against colleagues and strangers.
func (q *quick) fillEqual() {
	s := q.s
	for i, given := range [...]uint8{nameCommon, nameRare} {
		for k, family := range [...]uint8{nameCommon, nameRare} {
			var v vector
			v.set(fieldGiven, given)
			v.set(fieldFamily, family)
			odds := &q.equal[i][k]
			for _, f := range []field{fieldGiven, fieldFamily} {
				for k := household; k <= strangers; k++ {
					odds[k] += s.evidence(f, v, same, 0) - s.evidence(f, v, k, 0)
				}
			}
			boost, e := s.most(fieldGiven, given)
			odds[household] += boost - e[household]
			odds[branches] += boost - e[branches]
			odds[colleagues] += boundSlack - s.least(colleagues, given)
			odds[strangers] += boundSlack
		}
	}
}

// glimpse is what is seen of two records at a glance, and what it says at most.
type glimpse struct {
	sum, counted lanes
	name, place  lanes
	names        seenNames
	firm         uint8
	date         uint8
	email, phone uint8
	extras       [extrasMax]uint8
}

// may reports whether the pair may reach the floor.
func (g *glimpse) may() bool { return g.sum&g.counted == g.counted }

// look sees what there is to see of two records.
func (q *quick) look(a, b *side, g *glimpse, whole *wholeSeen) {
	db := q.db
	g.sum, g.counted = q.start, lanesOfPeople
	if db.given.on() {
		g.names = lookAtNames(a, b)
		g.name = q.ofNames(a, b, &g.names, whole)
		g.sum += g.name
	}
	if db.firm.on() {
		f, nature := natureOf(a, b)
		if f == fieldFirm {
			g.counted = lanesOfFirms
		}
		g.firm = glance(a.firm, b.firm)
		g.sum += q.fields[f][g.firm] + q.fields[fieldNature][nature]
	}
	if db.date.on() {
		g.date = glance(a.date, b.date)
		g.sum += q.fields[fieldDate][g.date]
	}
	if len(db.emails) > 0 {
		g.email = q.mails(a, b)
		g.sum += q.fields[fieldEmail][g.email]
	}
	if len(db.phones) > 0 {
		g.phone = q.phones(a, b)
		g.sum += q.fields[fieldPhone][g.phone]
	}
	if db.placed {
		g.place = q.ofPlaces(a, b)
		g.sum += g.place
	}
	for i := range db.extras {
		g.extras[i] = q.extra(i, a, b)
		g.sum += q.fields[fieldExtra+field(i)][g.extras[i]]
	}
}

// glance is what the numbers of two values tell.
func glance(x, y uint32) uint8 {
	switch {
	case x == 0 || y == 0:
		return 0
	case x == y:
		return glanceEqual
	}
	return glanceUnlike
}

// ofNames is what the names of two records say at most.
func (q *quick) ofNames(a, b *side, g *seenNames, whole *wholeSeen) lanes {
	table, given := &q.names, g.given
	switch {
	case g.whole():
		return q.whole(a.at, whole)
	case g.turned:
		table = &q.turned
	}
	if given != glanceEqual && (a.alias|b.alias) != 0 {
		given = glanceAny // a mailbox may tell that both are one name
	}
	return table[given][g.family]
}

// whole reports whether both names are equal.
func (g *seenNames) whole() bool { return g.given == glanceEqual && g.family == glanceEqual }

func (q *quick) mails(a, b *side) uint8 {
	if len(q.db.emails) > 1 {
		return glanceAny
	}
	g := glance(a.email, b.email)
	if g != glanceUnlike {
		return g
	}
	m, n := &a.mail, &b.mail
	switch role := m.role || n.role; {
	case m.sketch.MayBeWithin(n.sketch, 1):
		return glanceUnlike
	case m.local == n.local:
		return glanceLocal
	case !role && min(m.sketch.Chars(), n.sketch.Chars()) >= mailSlipsFrom && m.sketch.MayBeWithin(n.sketch, 3):
		return glanceUnlike
	case !role && !(a.named() && b.named()):
		return glanceBoxes
	case m.domain != n.domain || q.db.freeDomain[m.domain]:
		return mailOther
	case m.digits || n.digits:
		return glanceBoxes
	}
	return mailColleague
}

func (q *quick) phones(a, b *side) uint8 {
	if len(q.db.phones) > 1 {
		return glanceAny
	}
	g := glance(a.packed.phone, b.packed.phone)
	if g != glanceUnlike {
		return g
	}
	switch p, o := &a.phone, &b.phone; {
	case p.tailOf(o):
		return phoneTail
	case p.maySlip(o):
		return glanceUnlike
	case p.extensionOf(o):
		return phoneExtension
	}
	return phoneOther
}

func (q *quick) ofPlaces(a, b *side) lanes {
	street := roadOther
	switch {
	case a.road == 0 || b.road == 0:
		street = roadMissing
	case a.street == b.street:
		street = roadEqual
	case a.road == b.road:
		street = roadOne
	case a.number == b.number && a.number != 0:
		street = roadNumber
	case roadsMayBeNear(a.roadKey, b.roadKey):
		street = roadNear
	}
	return q.places[street][q.postcodes(a, b)][q.cities(a, b)]
}

func (q *quick) postcodes(a, b *side) int {
	switch {
	case a.postcode == 0 || b.postcode == 0:
		return areaMissing
	case a.postcode == b.postcode:
		return areaEqual
	case postcodesDiffer(a.zipKey, b.zipKey):
		return areaUnlike
	}
	return areaMaybe
}

func (q *quick) cities(a, b *side) int {
	switch {
	case a.city == 0 || b.city == 0:
		return areaMissing
	case a.city == b.city:
		return areaEqual
	case citiesDiffer(a.cityKey, b.cityKey):
		return areaUnlike
	}
	return areaMaybe
}

func (q *quick) extra(i int, a, b *side) uint8 {
	x := &q.db.extras[i]
	v, w := x.of(i, a), x.of(i, b)
	g := glance(v, w)
	if g != glanceUnlike {
		return g
	}
	k, l := a.extraKey, b.extraKey
	if i > 0 {
		k, l = x.keys[v], x.keys[w]
	}
	if x.differ(k, l) {
		return numberOther // as textOther
	}
	return g
}

// mayJoin reports whether a rule may join two records.
func (u *rules) mayJoin(a, b int32) bool {
	for i := range u.same {
		r := &u.same[i]
		if x := r.col.ids[a]; !r.off && x != 0 && x == r.col.ids[b] && !r.shared[x] {
			return true
		}
	}
	return u.db.twins(a, b)
}
