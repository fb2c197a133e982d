package linkage

import (
	"strings"

	"github.com/reconkit/reconkit/dedupe/norm"
)

// Many people have several given names, and a list may hold one of them alone: the
// first, or the one that they are called by. So a name that is not there says nothing,
// and one that both have says that they are in part the same: Anna Maria is Anna, and may
// be Maria. Names that differ beside it are those of two people: Jean Pierre and Jean
// Paul.

// givenNamesMax is how many words of a name are compared one by one, at most: each with
// each.
const givenNamesMax = 8

// givenName is one word of a given name.
type givenName struct {
	nameKey
	text  string
	roots []norm.Root
}

func newGivenName(s string) *givenName {
	w := newWord(s)
	w.roots = norm.Roots([]byte(s))
	return &givenName{newNameKey(&w), s, w.roots}
}

// wordsOf are the words of a given name. Side is 0 or 1; what is got for a side is good
// until the next time.
func (c *comparer) wordsOf(w *word, side int) []*givenName {
	if w.each != nil {
		return w.each
	}
	c.only[side] = givenName{newNameKey(w), w.text.String(), w.roots}
	c.onlys[side] = &c.only[side]
	return c.onlys[side : side+1]
}

// wordAlike compares given names of one word each.
func (c *comparer) wordAlike(x, y *givenName) uint8 {
	switch {
	case x.text == y.text:
		return nameTypo
	case len(x.text) == 1 || len(y.text) == 1:
		if x.text[0] == y.text[0] {
			return nameInitial
		}
		return nameOther
	case x.given(&y.nameKey) == nameOther || norm.NamePair(x.text, y.text):
		return nameOther
	case norm.ShareRoot(x.roots, y.roots):
		return namePart
	}
	s, t := x.Text(x.text), y.Text(y.text)
	return c.spelt(&s, &t)
}

// apart reports whether there are names on both sides, and none that may be one of the
// other.
func (c *comparer) apart(some, others []*givenName) bool {
	for _, x := range some {
		for _, y := range others {
			if c.wordAlike(x, y) >= nameInitial {
				return false
			}
		}
	}
	return len(some) > 0 && len(others) > 0
}

// restApart reports whether two names have each others behind the first word, which are
// apart.
func (c *comparer) restApart(a, b *word) bool {
	return a.each != nil && b.each != nil && c.apart(a.each[1:], b.each[1:])
}

// severalAlike compares given names of which at least one is several.
func (c *comparer) severalAlike(a, b *word) uint8 {
	first := c.wordAlike(c.wordsOf(a, 0)[0], c.wordsOf(b, 1)[0])
	if first < nameAlike {
		return max(first, c.spelt(&a.text, &b.text), c.elsewhere(a, b))
	}
	if c.restApart(a, b) {
		return nameLoose
	}
	return max(first, c.spelt(&a.text, &b.text))
}

// elsewhere compares given names, of which the first are unlike, by those that they have
// in common in another place.
func (c *comparer) elsewhere(a, b *word) uint8 {
	switch c.inCommon(c.wordsOf(a, 0), c.wordsOf(b, 1)) {
	case allInCommon:
		return namePart
	case someInCommon:
		return nameLoose
	}
	return nameOther
}

// How given names of which the first are unlike have one in common.
const (
	noneInCommon = iota
	someInCommon // each has another one, too: Anna Maria and Maria Luise
	allInCommon  // one has no other: Anna Maria and Maria
)

// particleMax is the length of the longest words, in bytes, that may stand between names.
const particleMax = 2

func (c *comparer) inCommon(some, others []*givenName) int {
	of := min(len(some), len(others))
	switch found := min(c.heldBy(some, others), c.heldBy(others, some)); {
	case found == 0:
		return noneInCommon
	case found < of:
		return someInCommon
	}
	return allInCommon
}

// heldBy is how many of some names are among others.
func (c *comparer) heldBy(some, others []*givenName) (n int) {
	for _, x := range some {
		for _, y := range others {
			if len(x.text) > particleMax && len(y.text) > particleMax && c.wordAlike(x, y) >= namePart {
				n++
				break
			}
		}
	}
	return n
}

// familyNamed reports whether two given names, by number, of which at least one is
// several, are as those of two of a family may be who have one in common: each has
// another beside it, or one of them begins with another.
func (c *comparer) familyNamed(x, y uint32) bool {
	a, b := &c.db.names[x], &c.db.names[y]
	if a.each == nil && b.each == nil || a.tight == b.tight {
		return false
	}
	some, others := c.wordsOf(a, 0), c.wordsOf(b, 1)
	if c.wordAlike(some[0], others[0]) >= nameInitial {
		return c.apart(some[1:], others[1:])
	}
	return c.inCommon(some, others) != noneInCommon
}

// firstSound is a hash of how the first word of a name sounds: a record may lack the
// others.
func (w *word) firstSound() uint64 {
	if w.each == nil {
		return w.sound
	}
	if s := sound(w.each[0].text); s != "" {
		return hashText(s)
	}
	return 0
}

// holdsWord reports whether a word is one of a text.
func holdsWord(text, word string) bool {
	if strings.IndexByte(text, ' ') < 0 {
		return text == word
	}
	for x := range strings.FieldsSeq(text) {
		if x == word {
			return true
		}
	}
	return false
}
