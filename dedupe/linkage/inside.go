package linkage

import (
	"strings"

	"github.com/reconkit/reconkit/dedupe/norm"
)

// Where in a house somebody is to be found says little when one of two lines does
// not say it, and units are written in many ways, so that no weight is learned for
// it. But two flats are two places: records that differ there are not equal, and
// with nothing but a name and the house in common they are a question at most.

// place is what a line of an address says, by number in street and inside.
type place struct{ line, inside uint32 }

// The parts of a text that appendInside makes.
const (
	partSuffix = iota // of the house number
	partUnit
	partFloors
	partBox
	partCare
	partRest
	insideParts
)

const insideBreak = "|" // between the parts; no folded word has it

// appendInside appends what a line says beside number and street, "" for nothing.
func appendInside(b []byte, s *norm.Street) []byte {
	parts := [insideParts][]byte{s.Suffix, s.Unit, s.Floors, s.Box, s.Care, s.Rest}
	start := len(b)
	for k, part := range parts {
		if k > 0 {
			b = append(b, insideBreak...)
		}
		b = append(b, part...)
	}
	if len(b)-start == insideParts-1 {
		return b[:start]
	}
	return b
}

// insidesDiffer returns what two such texts say otherwise of where somebody is to be
// found, as far as both say it: two flats, but not a flat and its floor.
func insidesDiffer(a, b string) (x, y string, differ bool) {
	p, q := insideOf(a), insideOf(b)
	for part := range insideParts {
		x, y = p[part], q[part]
		switch {
		case x == "" || y == "" || x == y || part == partFloors:
		case part == partUnit:
			if !unitWithin(x, y, p[partFloors]) && !unitWithin(y, x, q[partFloors]) {
				return x, y, true
			}
		case part == partRest:
			if otherNumber(x, y) { // house 2 of a yard; other words may be the town
				return x, y, true
			}
		case !wordsWithin(x, y) && !wordsWithin(y, x):
			return x, y, true
		}
	}
	return "", "", false
}

// insideOf takes such a text apart.
func insideOf(text string) (parts [insideParts]string) {
	for part := range parts {
		parts[part], text, _ = strings.Cut(text, insideBreak)
	}
	return parts
}

// unitWithin reports whether a unit is another one, told with less: door 5 is that of
// stairs 2, but flat 2 is not. All of y is on the floors of x, if x is only those.
func unitWithin(x, y, floors string) bool {
	door := lastNumber(x)
	return wordsWithin(x, y) && (door == "" || x == floors || wordWithin(door, lastNumber(y)))
}

// lastNumber is the last word that begins with a digit, "" for none.
func lastNumber(unit string) (last string) {
	for w := range strings.FieldsSeq(unit) {
		if w[0] >= '0' && w[0] <= '9' {
			last = w
		}
	}
	return last
}

// wordWithin reports whether a word is another, if need be with a letter behind it:
// 4 within 4b.
func wordWithin(x, y string) bool {
	rest, begins := strings.CutPrefix(y, x)
	return begins && (rest == "" || len(rest) == 1 && rest[0] >= 'a')
}

// wordsWithin reports whether each word of x is among those of y.
func wordsWithin(x, y string) bool {
	for w := range strings.FieldsSeq(x) {
		found := false
		for other := range strings.FieldsSeq(y) {
			found = found || wordWithin(w, other)
		}
		if !found {
			return false
		}
	}
	return true
}

// unitField is the field of an explanation under which the limit of such a pair
// stands.
const unitField = "unit of the house"

// otherUnit finds where two records are of one house but another unit of it, and
// nothing of their own agrees. A phone is that of a company in all its rooms.
func (d *linked) otherUnit(v vector, a, b int32) (members, bool) {
	db := d.db
	if !db.inside.on() {
		return members{}, false
	}
	x, y := db.inside.ids[a], db.inside.ids[b]
	if x == 0 || y == 0 || x == y {
		return members{}, false
	}
	switch v.level(fieldAddress) {
	case lineSame, lineAlone, lineTypo:
	default:
		return members{}, false
	}
	if db.personAgrees(v) {
		return members{}, false
	}
	s, t, differ := insidesDiffer(db.inside.values.text(x), db.inside.values.text(y))
	return members{s, t, d.limits.series}, differ
}

// personAgrees reports whether something agrees that neighbours of one name do not
// have in common.
func (db *records) personAgrees(v vector) bool {
	if db.ownAgrees(v) {
		return true
	}
	if v.level(fieldFirm) != 0 {
		return false
	}
	phone := v.level(fieldPhone)
	return phone == phonePrivate || phone == phoneTail || phone == phoneTypo || v.level(fieldEmployer) >= firmWhole
}

// limit is why a pair scores no more than so much, and where its values differ.
type limit struct {
	members
	field, why string
}

// limited finds what limits the score of two records of such levels to that of a
// question, whatever their values weigh.
func (d *linked) limited(c *comparer, v vector, a, b int32) (limit, bool) {
	if u, found := d.otherUnit(v, a, b); found {
		return limit{u, unitField, "they are of one house, but of another unit of it: a question at most"}, true
	}
	f, forms := d.otherForm(v, a, b)
	if forms && f.most <= d.limits.series {
		return f, true
	}
	if m, found := d.marked(v, a, b); found {
		return m, true
	}
	if w, found := d.otherWord(v, a, b); found {
		return w, true
	}
	if n, found := d.siblings(c, v, a, b); found {
		return n, true
	}
	if s, found := d.series(c, v, a, b); found && (!forms || s.most <= f.most) {
		return limit{s, seriesField, "they differ in a number alone, as the members of a series do: a question at most"}, true
	}
	return f, forms
}
