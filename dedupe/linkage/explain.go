package linkage

import (
	"cmp"
	"math"
	"slices"

	"github.com/reconkit/reconkit/dedupe/norm"
)

// explain takes the score of a pair apart. Each field is weighed against the
// likeliest of the other classes; what the remaining classes take away, and what
// rounding to hundredths of a bit leaves, is a part of its own.
func (d *linked) explain(a, b int32) Explanation { return d.explainBy(newComparer(d.db), a, b) }

func (d *linked) explainBy(c *comparer, a, b int32) Explanation {
	v := c.compare(a, b)
	z := d.scorer.chances(v, a, b)
	e := Explanation{A: a, B: b, Keys: d.sharedKeys(a, b)}
	parts, sum := d.parts(c, v, a, b)
	e.Sum = sum
	rule, why := d.rules.decided(a, b)
	if rule < 0 {
		e.Forbidden = why
	}
	if rule != 0 {
		e.Parts = append(e.Parts, Part{Level: why, Weight: rule - e.Sum})
	}
	e.Classes = classChances(z)
	e.Parts = append(e.Parts, parts...)
	if rule != 0 {
		e.Sum = rule
	}
	e.Probability = e.Sum.Probability()
	return e
}

// parts takes what the levels of a pair say apart, and gives their sum.
func (d *linked) parts(c *comparer, v vector, a, b int32) (parts []Part, sum Weight) {
	s := d.scorer
	z := s.chances(v, a, b)
	sum = weightOf(logOdds(&z))
	rival := household
	for k := colleagues; k <= strangers; k++ {
		if z[k] > z[rival] {
			rival = k
		}
	}
	left := sum
	add := func(p Part) {
		parts = append(parts, p)
		left -= p.Weight
	}
	add(Part{Level: "two records at random, the same or " + classNames[rival], Weight: weightOf(math.Log(s.m.share[same] / s.m.share[rival]))})
	for f := range field(fieldsMax) {
		lv := v.level(f)
		absent := s.m.absent(same, f) - s.m.absent(rival, f)
		if silent(f, lv) && (lv != 0 || absent == 0) {
			continue
		}
		p := Part{Field: d.db.fieldName(f), Kinds: fieldKinds[f], A: d.db.shown(f, a), B: d.db.shown(f, b), Level: d.db.levelText(f, lv, a, b),
			Weight: weightOf(absent + s.weigh(f, v, same, a, b) - s.weigh(f, v, rival, a, b))}
		if lv != 0 && p.Weight <= -usualWeightMin && d.db.agrees(f, lv) {
			p.Usual = rivalNames[rival]
		}
		add(p)
	}
	add(Part{Level: LevelRest, Weight: left})
	if n, found := d.limited(c, v, a, b); found && n.most < sum {
		parts = append(parts, Part{Field: n.field, A: n.a, B: n.b, Level: n.why, Weight: n.most - sum})
		sum = n.most
	}
	return parts, sum
}

// usualWeightMin is the weight from which on an agreement that speaks against
// two records is explained: the two agree, but so do the pairs of another class,
// and more often, such as strangers who were compared because of their town.
const usualWeightMin = 5 // hundredths of a bit

var rivalNames = [classes]string{household: "two of a household", colleagues: "two colleagues", branches: "two branches of a company", strangers: "strangers who are compared"}

// agrees reports whether a level says that two values are equal or alike.
func (db *records) agrees(f field, level uint8) bool {
	switch f {
	case fieldGiven, fieldFamily:
		return level >= nameInitial
	case fieldFirm, fieldEmployer:
		return level >= firmPart
	case fieldDate:
		return level > dateOther
	case fieldEmail:
		return level >= mailAlike
	case fieldPhone:
		return level >= phoneTypo
	case fieldAddress:
		return level == placePart || level >= areaOne
	case fieldNature:
		return false // that both are people is nothing that they agree on
	}
	return level >= min(numberTwoOff, textAlike)
}

// Between is what two clusters say together, their pairs and as wholes, which
// decides whether the clusters are one.
type Between struct {
	Pairs       int     `json:"pairs"`       // of a record of the one and a record of the other
	Weight      Weight  `json:"weight"`      // hundredths of a bit
	Probability float64 `json:"probability"` // what Weight stands for; the clusters are one from Config.MatchAbove on
}

// Between weighs the sure clusters of records a and b against each other, as
// they are in the end. Of a large cluster twenty records speak for all. It
// panics when a or b is not the number of a record.
func (r *Result) Between(a, b int32) Between {
	r.data.settle()
	j := newJudge(r.data, newComparer(r.data.db), new(vectors))
	sum, n := j.weigh(r.delegates(a), r.delegates(b))
	w := Weight(math.Floor(float64(sum) / float64(n)))
	return Between{Pairs: int(n), Weight: w, Probability: w.Probability()}
}

// delegates are the records that speak for the sure cluster of a record.
func (r *Result) delegates(of int32) []int32 {
	var all []int32
	for i, first := range r.Clusters {
		if first == r.Clusters[of] {
			all = append(all, int32(i))
		}
	}
	hash := r.data.db.hash
	slices.SortFunc(all, func(x, y int32) int { return cmp.Or(cmp.Compare(hash[x], hash[y]), cmp.Compare(x, y)) })
	return all[:min(len(all), delegatesMax)]
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
	for i, kind := range d.kinds.all() {
		if k := d.keyOf(i, a); k != 0 && k == d.keyOf(i, b) {
			keys = append(keys, kind.name)
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
		return db.givenText(i)
	case fieldFamily:
		return text(&db.family)
	case fieldFirm, fieldEmployer:
		return text(&db.firm)
	case fieldDate:
		return dateText(text(&db.date))
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

// generationNames are how a generation is written behind a name.
var generationNames = map[norm.Generation]string{norm.Senior: " sen.", norm.Junior: " jun.", norm.Third: " III", norm.Fourth: " IV"}

// givenText is a given name and what tells father and son apart.
func (db *records) givenText(i int32) string {
	if !db.given.on() {
		return ""
	}
	w := &db.names[db.given.ids[i]]
	return w.text.String() + generationNames[w.generation]
}

// levelText says in words how well two records agree in a field.
func (db *records) levelText(f field, level uint8, a, b int32) string {
	if f == fieldGiven && level == nameOther {
		x, y := &db.names[db.given.ids[a]], &db.names[db.given.ids[b]]
		if x.generation != y.generation && x.text.String() == y.text.String() {
			return "equal, of another generation"
		}
	}
	return db.levelNames(f)[level]
}

// dateText writes the eight digits of a date as people do; parts that are not
// known stay zero.
func dateText(digits string) string {
	if len(digits) != len("20060102") {
		return digits
	}
	return digits[:4] + "-" + digits[4:6] + "-" + digits[6:]
}

func firstText(columns []column, i int32) string {
	for _, c := range columns {
		if id := c.ids[i]; id != 0 {
			return c.values.text(id)
		}
	}
	return ""
}
