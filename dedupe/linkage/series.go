package linkage

import (
	"strconv"
	"strings"
	"unicode"
)

// Members of a numbered series, such as Stand 101 and Stand 102 or p10@ and p12@ of
// one domain, look like one contact that was mistyped: they share all letters, and
// often a phone and a place. No weight can tell which they are, and learning may
// take the one for the other. So evidence alone never joins such a pair: it is a
// question at most, and its score is limited to that of one.

// Probabilities that two records which differ in a number are one, at most.
const (
	seriesMost = 0.45 // below BestAbove: they are not taken for one, and may be asked about; or ReviewAbove, if that is more
	namedMost  = 0.90 // where the mailbox is made from the name that both have: one person may well mistype it
)

// seriesField is the field of an explanation under which the limit of such a pair
// stands.
const seriesField = "numbered series"

// limits are the weights that stand for seriesMost and namedMost: such that there
// is a question, and nothing is joined.
type limits struct{ series, named Weight }

func (l *Linker) limits() limits {
	ask, join := weightAt(l.config.ReviewAbove)+1, weightAt(l.config.MatchAbove)
	within := func(probability float64) Weight { return min(max(weightAt(probability), ask), join-1) }
	return limits{within(seriesMost), within(namedMost)}
}

// members is two values that differ in a number alone; most is what their records
// may score.
type members struct {
	a, b string
	most Weight
}

// series finds where two records of such levels differ in a number alone: in a name,
// or in their mailboxes or employers while nothing of their own agrees.
func (d *linked) series(c *comparer, v vector, a, b int32) (members, bool) {
	if x, y, found := c.seriesOfNames(v, a, b); found {
		return members{x, y, d.limits.series}, true
	}
	x, y := c.seriesOfMails(v, a, b)
	if x == 0 {
		return members{}, false
	}
	found := members{c.db.emails[0].values.text(x), c.db.emails[0].values.text(y), d.limits.series}
	if p, q := &c.db.packed[a], &c.db.packed[b]; c.db.given.on() && p.named() && q.named() && c.oneNames(p, q, x) {
		found.most = d.limits.named
	}
	return found, true
}

// seriesOfNames returns two names that differ in a number alone, or the employers of
// two people. Nothing that two numbered names share tells that they are one, for the
// stands of a fair may well share a mailbox, a date and a number; but people who have
// such a value of their own in common have moved, or have an employer of many branches.
func (c *comparer) seriesOfNames(v vector, a, b int32) (x, y string, found bool) {
	db := c.db
	if f := v.level(fieldGiven); f != 0 && !equalNames(int(f)) {
		if x, y, found = numbersDiffer(&db.given, a, b); found {
			return x, y, true
		}
	}
	if f := v.level(fieldFamily); f != 0 && !equalNames(int(f)) {
		if x, y, found = numbersDiffer(&db.family, a, b); found {
			return x, y, true
		}
	}
	f := v.level(fieldFirm)
	if f == 0 && !db.ownAgrees(v) {
		f = v.level(fieldEmployer)
	}
	if f != 0 && f != firmEqual {
		return numbersDiffer(&db.firm, a, b)
	}
	return "", "", false
}

// ownAgrees reports whether two people have an e-mail, a date or a number in common
// that is one's own.
func (db *records) ownAgrees(v vector) bool {
	return v.level(fieldEmail) == mailPrivate || v.level(fieldDate) >= dateTurned || db.numberAgrees(v)
}

// numberAgrees reports whether an identifier of two records is equal.
func (db *records) numberAgrees(v vector) bool {
	for i := range db.extras {
		if db.extras[i].kind == Identifier && v.level(fieldExtra+field(i)) == numberEqual {
			return true
		}
	}
	return false
}

// numbersDiffer reports whether the values of two records in a column are the same
// but for a number.
func numbersDiffer(col *column, a, b int32) (x, y string, differ bool) {
	x = col.values.text(col.ids[a])
	if !strings.ContainsFunc(x, unicode.IsDigit) {
		return "", "", false
	}
	y = col.values.text(col.ids[b])
	return x, y, otherNumber(x, y)
}

// seriesOfMails returns the numbers of two mailboxes of one domain that differ in
// their numbers alone, 0 where there are none. An equal mailbox that is one's own, a
// date or a number that agrees tells that the other number is a slip, or a second
// mailbox.
func (c *comparer) seriesOfMails(v vector, a, b int32) (x, y uint32) {
	db := c.db
	if v.level(fieldEmail) == 0 || db.ownAgrees(v) {
		return 0, 0
	}
	for _, one := range db.emails {
		for _, other := range db.emails {
			x, y = one.ids[a], other.ids[b]
			if x == 0 || y == 0 || x == y {
				continue
			}
			m, n := &db.mails[x], &db.mails[y]
			if m.domain == n.domain && m.digits && n.digits && c.sameLetters(x, y, m, n) && db.numbersOfBoxesDiffer(x, y) {
				return x, y
			}
		}
	}
	return 0, 0
}

// numbersOfBoxesDiffer reports whether two mailboxes with the same letters have other
// numbers, of which one can be a slip for the other.
func (db *records) numbersOfBoxesDiffer(x, y uint32) bool {
	s, t := digitsOf(db.localOf(x)), digitsOf(db.localOf(y))
	return s != t && (db.letters.text(x) != "" || neighbours(s, t))
}

// seriesSpan is how far apart the numbers of a series may be that stand alone.
const seriesSpan = 10_000

// neighbours reports whether two numbers without any letters, such as 101@ and 102@,
// may be of one series. Those that mail services give out as names of mailboxes are
// far from each other.
func neighbours(a, b string) bool {
	x, errX := strconv.ParseUint(a, 10, 64)
	y, errY := strconv.ParseUint(b, 10, 64)
	return errX == nil && errY == nil && max(x, y)-min(x, y) < seriesSpan
}

// otherNumber reports whether two texts have the same letters and other digits.
func otherNumber(a, b string) bool {
	lettersA, digitsA := apartFromDigits(a)
	lettersB, digitsB := apartFromDigits(b)
	return digitsA != "" && digitsB != "" && digitsA != digitsB && lettersA == lettersB && (lettersA != "" || neighbours(digitsA, digitsB))
}

func apartFromDigits(s string) (letters, digits string) {
	keep := func(digit bool) func(rune) rune {
		return func(r rune) rune {
			if unicode.IsDigit(r) == digit {
				return r
			}
			return -1
		}
	}
	if digits = strings.Map(keep(true), s); digits == "" {
		return s, ""
	}
	return strings.Map(keep(false), s), digits
}

// weight is the score of a pair, by what its values say.
func (d *linked) weight(c *comparer, v vector, a, b int32) Weight {
	w := d.scorer.score(v, a, b)
	if w <= d.limits.series {
		return w
	}
	if s, found := d.limited(c, v, a, b); found {
		return min(w, s.most)
	}
	return w
}

// limitSeries limits the scores of edges, which hold their levels, where the two
// records are numbered in a series and no rule decides.
func (d *linked) limitSeries(edges []edge, workers int) {
	comparers := make([]*comparer, workers)
	together(workers, ranges(len(edges), pairsPerTask), func(w, t int) {
		if comparers[w] == nil {
			comparers[w] = newComparer(d.db)
		}
		c := comparers[w]
		for i := t * pairsPerTask; i < min(len(edges), (t+1)*pairsPerTask); i++ {
			e := &edges[i]
			if e.score <= d.limits.series {
				continue
			}
			if s, found := d.limited(c, e.v, e.a, e.b); found && s.most < e.score {
				if !d.rules.decides(e.a, e.b) {
					e.score = s.most
				}
			}
		}
	})
}
