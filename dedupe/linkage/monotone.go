package linkage

import "math"

// ladders are levels of each field from worse to better. A better level never weighs
// less: learning from few or odd pairs may say otherwise. Equal names and dates that
// many bear are no better or worse than others; they are others. What an equal value
// weighs beside its level, by how frequent it is, is not bound by this.
var ladders = [fieldsMax][]int{
	fieldGiven:    {nameOther, nameLoose, nameAlike, nameTypo, nameRare},
	fieldFamily:   {nameOther, nameLoose, nameAlike, nameTypo, nameRare},
	fieldFirm:     {firmOther, firmLoose, firmPart, firmHalf, firmNear, firmTypo, firmEqual},
	fieldEmployer: {firmOther, firmLoose, firmPart, firmHalf, firmNear, firmTypo, firmEqual},
	fieldDate:     {dateOther, dateYear, dateParts, dateOneOff, dateRare},
	fieldEmail:    {mailOther, mailAlike, mailSlips, mailTypo, mailPrivate},
	fieldPhone:    {phoneOther, phoneExtension, phoneTypo, phonePrivate},
	fieldAddress:  {placeOther, placePart, placeSame, areaSame, roadSame, lineTypo, lineSame},
}

// ladder is the ladder of a field.
func (db *records) ladder(f field) []int {
	if i := int(f) - int(fieldExtra); i >= 0 && i < len(db.extras) {
		if db.extras[i].kind == Identifier {
			return []int{numberOther, numberTwoOff, numberOneOff, numberEqual}
		}
		return []int{textOther, textAlike, textEqual}
	}
	return ladders[f]
}

// straighten makes the evidence against strangers ascend, once it is learned.
func (m *model) straighten(db *records) {
	for f := range field(fieldsMax) {
		ascend(&m.p[same][f], &m.p[strangers][f], db.ladder(f))
	}
}

// straightenWhole does the same for equal whole names, of which strangers are counted
// by both parts together: a name weighs no less than one that is a slip apart, beside
// any other.
func (m *model) straightenWhole() {
	for _, other := range [...]int{nameCommon, nameRare} {
		m.straightenName(fieldGiven, fieldFamily, other, nameAt(nameRare, other))
		m.straightenName(fieldFamily, fieldGiven, other, nameAt(other, nameRare))
	}
}

// straightenName limits the share of strangers of an equal whole name by that of those
// whose names are equal but for a slip in a field, at a level of the other.
func (m *model) straightenName(f, beside field, other, whole int) {
	if p := m.p[same][f][nameTypo]; p > 0 {
		slip := m.p[strangers][f][nameTypo] * m.p[same][f][nameRare] / p
		m.strangerNames[whole] = min(m.strangerNames[whole], slip*m.p[strangers][beside][other])
	}
}

// straightenRelated makes the evidence against related people ascend as well: a slip
// of a value that two of them share is a shared value with a slip, and no better
// evidence for one contact than the value without it.
//
// That is not so of what a class is known by. A household shares a surname and a
// home, father and son a given name, colleagues a place of work, and branches a name
// and whatever else their organisation has one of: two records that agree in all of
// that and in nothing of their own are less likely one than those of which one has
// moved, or is misspelt.
func (m *model) straightenRelated(db *records) {
	for f := range field(fieldsMax) {
		if f == fieldGiven || f == fieldFamily || f == fieldAddress {
			continue
		}
		for _, k := range [...]int{household, colleagues} {
			ascend(&m.p[same][f], &m.p[k][f], db.ladder(f))
		}
	}
}

// ascend makes the evidence of a ladder ascend: levels that do not are given the
// ratio that they have together, which is the nearest ascending one by the method of
// pooling adjacent violators (Ayer et al., 1955). The share of the rival class is
// what gives way, being the one that is known from few pairs.
func ascend(same, rival *[levelsMax]float64, ladder []int) {
	type pool struct {
		same, rival float64
		levels      []int
	}
	var pools []pool
	for _, lv := range ladder {
		if rival[lv] <= 0 || same[lv] <= 0 {
			continue
		}
		p := pool{same[lv], rival[lv], []int{lv}}
		for len(pools) > 0 && pools[len(pools)-1].same*p.rival > p.same*pools[len(pools)-1].rival {
			last := pools[len(pools)-1]
			p = pool{last.same + p.same, last.rival + p.rival, append(last.levels, p.levels...)}
			pools = pools[:len(pools)-1]
		}
		pools = append(pools, p)
	}
	least := 0.0
	for _, p := range pools {
		for _, lv := range p.levels {
			if len(p.levels) > 1 {
				rival[lv] = same[lv] * p.rival / p.same
			}
			for same[lv]/rival[lv] < least { // rounded down
				rival[lv] = math.Nextafter(rival[lv], 0)
			}
			least = same[lv] / rival[lv]
		}
	}
}
