package linkage

import (
	"math"
	"strings"
)

func (c *comparer) compareFirms(a, b *side, v *vector) {
	level := c.firmLevel(a.firm, b.firm)
	f, nature := natureOf(a, b)
	if f == fieldEmployer && level == firmLoose {
		level = firmOther
	}
	v.set(f, level)
	v.set(fieldNature, nature)
}

// natureOf is the field in which the companies of two records are compared, and
// what the two are.
func natureOf(a, b *side) (f field, nature uint8) {
	switch {
	case a.isFirm != b.isFirm:
		return fieldEmployer, naturesDiffer
	case a.isFirm:
		return fieldFirm, bothFirms
	}
	return fieldEmployer, bothPeople
}

func (c *comparer) firmLevel(a, b uint32) uint8 {
	switch {
	case a == 0 || b == 0:
		return 0
	case a == b:
		return firmEqual
	}
	slot, pair, level, known := c.firm.at(a, b)
	if known {
		return level
	}
	return c.firm.keep(slot, pair, c.firmAlike(a, b))
}

func (c *comparer) firmAlike(ida, idb uint32) uint8 {
	a, b := &c.db.firms[ida], &c.db.firms[idb]
	if a.tight == b.tight {
		return firmTypo
	}
	before, known := b.text.Before(a.text.Sketch)
	if before && known || !known && a.text.String() > b.text.String() {
		a, b = b, a
	}
	shared := c.sharedWeight(a, b)
	dice := 2 * shared / (a.weight + b.weight)
	held := shared / math.Min(a.weight, b.weight)
	c.p.Set(a.text)
	switch {
	case dice >= .93:
		return firmTypo
	case c.jwAtLeast(a.text, b.text, .96):
		return firmTypo
	case dice >= .75:
		return firmNear
	case held >= .93:
		return firmWhole
	case dice >= .5 || c.jwAtLeast(a.text, b.text, .9):
		return firmHalf
	case held >= .5:
		return firmPart
	case dice >= .25:
		return firmLoose
	}
	return firmOther
}

// firmTokensMax is how many words of a company are compared with each other's.
const firmTokensMax = 16

func (c *comparer) sharedWeight(a, b *firmName) (sum float64) {
	ta, tb := a.tokens[:min(len(a.tokens), firmTokensMax)], b.tokens[:min(len(b.tokens), firmTokensMax)]
	var used [firmTokensMax]bool
	for _, x := range ta {
		best, at := 0.0, -1
		for k, y := range tb {
			if !used[k] {
				if s := c.tokenLike(x, y); s > best {
					best, at = s, k
				}
			}
		}
		if at >= 0 {
			used[at] = true
			sum += best * math.Min(c.db.tokens[x].idf, c.db.tokens[tb[at]].idf)
		}
	}
	return sum
}

// tokenLike is how alike two words of company names are, from 0 to 1.
func (c *comparer) tokenLike(ida, idb uint32) float64 {
	if ida == idb {
		return 1
	}
	a, b := &c.db.tokens[ida], &c.db.tokens[idb]
	s, t := a.text.String(), b.text.String()
	if len(s) == 1 || len(t) == 1 {
		if s[0] == t[0] {
			return .3
		}
		return 0
	}
	if a.text.MayReach(b.text.Sketch, .9) {
		c.p.Set(a.text)
		if j := c.p.JaroWinkler(b.text); j >= .9 {
			return j
		}
	}
	if a.text.MayStartAlike(b.text.Sketch, 3) && len(s) >= 3 && len(t) >= 3 && (strings.HasPrefix(s, t) || strings.HasPrefix(t, s)) {
		return .8
	}
	return 0
}
