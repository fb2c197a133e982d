package linkage

import (
	"math"
	"slices"
)

// explain takes the score of a pair apart. Each field is weighed against the
// likeliest of the other classes; what the remaining classes take away, and what
// rounding to hundredths of a bit leaves, is a part of its own.
func (d *linked) explain(a, b int32) Explanation {
	c := newComparer(d.db)
	v := c.compare(a, b)
	s := d.scorer
	z := s.chances(v, a, b)
	e := Explanation{A: a, B: b, Sum: s.score(v, a, b), Keys: d.sharedKeys(a, b)}
	rule, why := d.rules.decided(a, b)
	if rule < 0 {
		e.Forbidden = why
	}
	if rule != 0 {
		e.Parts = append(e.Parts, Part{Level: why, Weight: rule - e.Sum})
	}
	e.Classes = classChances(z)
	rival := household
	for k := colleagues; k <= strangers; k++ {
		if z[k] > z[rival] {
			rival = k
		}
	}
	left := e.Sum
	add := func(p Part) {
		e.Parts = append(e.Parts, p)
		left -= p.Weight
	}
	add(Part{Level: "two records at random, the same or " + classNames[rival], Weight: weightOf(s.base[same] - s.base[rival])})
	for f := range field(fieldsMax) {
		lv := v.level(f)
		if lv == 0 {
			continue
		}
		x, y := d.db.shown(f, a), d.db.shown(f, b)
		add(Part{Field: d.db.fieldName(f), A: x, B: y, Level: d.db.levelNames(f)[lv], Weight: weightOf(s.weigh(f, v, same, a, b) - s.weigh(f, v, rival, a, b))})
	}
	add(Part{Level: "the other classes, and rounding", Weight: left})
	if rule != 0 {
		e.Sum = rule
	}
	e.Probability = e.Sum.Probability()
	return e
}

var classNames = [classes]string{"the same", "a household", "colleagues", "branches", "strangers"}

func classChances(z [classes]float64) ClassChances {
	top := slices.Max(z[:])
	sum := 0.0
	for k := range z {
		z[k] = math.Exp(z[k] - top)
		sum += z[k]
	}
	return ClassChances{z[same] / sum, z[household] / sum, (z[colleagues] + z[branches]) / sum, z[strangers] / sum}
}

// sharedKeys names the kinds of block key in which two records agree.
func (d *linked) sharedKeys(a, b int32) []string {
	keys := []string{}
	for i := range d.keys {
		if k := d.keys[i].of(a); k != 0 && k == d.keys[i].of(b) {
			keys = append(keys, d.keys[i].name)
		}
	}
	return keys
}

// shown is the value of a field as it was compared.
func (db *records) shown(f field, i int32) string {
	text := func(c *column) string {
		if !c.on() {
			return ""
		}
		return c.values.text(c.ids[i])
	}
	switch f {
	case fieldGiven:
		return text(&db.given)
	case fieldFamily:
		return text(&db.family)
	case fieldFirm, fieldEmployer:
		return text(&db.firm)
	case fieldDate:
		return text(&db.date)
	case fieldEmail:
		return firstText(db.emails, i)
	case fieldPhone:
		return firstText(db.phones, i)
	case fieldAddress:
		s := ""
		for _, c := range []*column{&db.street, &db.postcode, &db.city} {
			if t := text(c); t != "" {
				if s != "" {
					s += ", "
				}
				s += t
			}
		}
		return s
	case fieldNature:
		if db.isFirm[i] {
			return "company"
		}
		return "person"
	}
	return text(&db.extras[f-fieldExtra].col)
}

func firstText(columns []column, i int32) string {
	for _, c := range columns {
		if id := c.ids[i]; id != 0 {
			return c.values.text(id)
		}
	}
	return ""
}
