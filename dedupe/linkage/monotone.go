package linkage

import "math"

// ladders are levels of each field from worse to better. A better agreement
// never weighs less: learning from few or odd pairs may say otherwise.
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

// straighten makes the evidence of all ladders ascend: levels that do not are
// given the ratio that they have together, which is the nearest ascending one
// by the method of pooling adjacent violators (Ayer et al., 1955). The share
// among strangers is what gives way, being the one that is known from few pairs.
func (m *model) straighten(db *records) {
	for f := range field(fieldsMax) {
		type pool struct {
			same, strangers float64
			levels          []int
		}
		var pools []pool
		for _, lv := range db.ladder(f) {
			if m.p[strangers][f][lv] <= 0 || m.p[same][f][lv] <= 0 {
				continue
			}
			p := pool{m.p[same][f][lv], m.p[strangers][f][lv], []int{lv}}
			for len(pools) > 0 && pools[len(pools)-1].same*p.strangers > p.same*pools[len(pools)-1].strangers {
				last := pools[len(pools)-1]
				p = pool{last.same + p.same, last.strangers + p.strangers, append(last.levels, p.levels...)}
				pools = pools[:len(pools)-1]
			}
			pools = append(pools, p)
		}
		least := 0.0
		for _, p := range pools {
			for _, lv := range p.levels {
				if len(p.levels) > 1 {
					m.p[strangers][f][lv] = m.p[same][f][lv] * p.strangers / p.same
				}
				for m.p[same][f][lv]/m.p[strangers][f][lv] < least { // rounded down
					m.p[strangers][f][lv] = math.Nextafter(m.p[strangers][f][lv], 0)
				}
				least = m.p[same][f][lv] / m.p[strangers][f][lv]
			}
		}
	}
}
