package linkage

import (
	"slices"
	"strings"
)

// mailSlipsFrom is the length, in characters, of an address in which up to three
// slips are looked for.
const mailSlipsFrom = 10

// mailOthersMax is how many others may seem to use a mailbox before it counts as
// shared: a slip or a second spelling of a name looks like somebody else.
const mailOthersMax = 1

func (c *comparer) emailLevel(a, b int32) uint8 {
	if len(c.db.emails) == 1 {
		x, y := c.db.packed[a].email, c.db.packed[b].email
		if x == 0 || y == 0 {
			return 0
		}
		return c.mailAlike(a, b, x, y)
	}
	best := uint8(0)
	for i := range c.db.emails {
		x := c.db.emails[i].ids[a]
		if x == 0 {
			continue
		}
		for j := range c.db.emails {
			if y := c.db.emails[j].ids[b]; y != 0 {
				best = max(best, c.mailAlike(a, b, x, y))
			}
		}
	}
	return best
}

func (c *comparer) mailAlike(a, b int32, x, y uint32) uint8 {
	db := c.db
	if x == y {
		if !(db.isFirm[a] && db.isFirm[b]) && (db.mails[x].role || db.mailUsers[x].others(db.who[a], db.who[b]) > mailOthersMax) {
			return mailShared
		}
		return mailPrivate
	}
	m, n := &db.mails[x], &db.mails[y]
	sameDomain := m.domain == n.domain
	private := sameDomain && !db.freeDomain[m.domain]
	oneName := db.named(a) && db.named(b)
	if c.within(m.address, n.address, 1) {
		switch alike := db.letters[m.local].String() == db.letters[n.local].String(); {
		case oneName && alike && (sameDomain || !m.digits):
			return c.nameBoxes(m, n)
		case !oneName || alike || m.digits || !c.spellsName(a, m.local) || !c.spellsName(b, n.local):
			return mailTypo
		case private:
			return mailColleague
		}
		return mailOther // delina.smith and deline.smith: a slip in the name of one person would not be in the mailbox
	}
	if m.local == n.local {
		if m.role {
			return mailOther
		}
		if len(digitsOf(db.locals.texts[m.local])) <= numberSlipFrom && c.oneNames(a, b, m.local) {
			return 0 // both are made from the name, which has said it already; anyone of that name may take it, with a short number
		}
		return mailLocal
	}
	if sameDomain && db.letters[m.local].String() == db.letters[n.local].String() && c.nameBoxes(m, n) == mailOther {
		return mailOther // they differ in their short numbers alone
	}
	if c.slips(a, b, m, n, oneName) {
		return mailSlips
	}
	if m.role || n.role || oneName {
		if private {
			return mailColleague
		}
		return mailOther
	}
	la, lb := db.letters[m.local], db.letters[n.local]
	if la.Chars() >= 5 && lb.Chars() >= 5 && c.jwAtLeast(la, lb, .9) {
		return mailAlike
	}
	if private {
		return mailColleague
	}
	return mailOther
}

// nameBoxes compares two addresses that are one slip apart, with the same
// letters before the @.
func (c *comparer) nameBoxes(m, n *mailbox) uint8 {
	s, t := digitsOf(c.db.locals.texts[m.local]), digitsOf(c.db.locals.texts[n.local])
	switch {
	case s == "" && t == "":
		return 0 // john.smith and john_smith: the name once more
	case s != t && min(len(s), len(t)) < numberSlipFrom:
		return mailOther // john.smith7 and john.smith8: who has that name takes the next number
	}
	return mailTypo
}

// numberSlipFrom is how many digits the number in a mailbox has, at least, for
// another one to be a slip.
const numberSlipFrom = 3

// slips reports whether one address is the other with up to three slips. Where
// the mailbox is made from the name that is another way to write the name.
func (c *comparer) slips(a, b int32, m, n *mailbox, oneName bool) bool {
	db := c.db
	if m.address.Chars() < mailSlipsFrom || m.role || n.role || !c.within(m.address, n.address, 3) {
		return false
	}
	if !oneName {
		return true
	}
	number := digitsOf(db.locals.texts[m.local])
	return number == digitsOf(db.locals.texts[n.local]) && (number != "" || !(c.madeFromName(a, m.local) && c.madeFromName(b, n.local)))
}

// named reports whether a record has both names of a person.
func (db *records) named(i int32) bool {
	return db.packed[i].given != 0 && db.packed[i].family != 0
}

// spellsName reports whether a mailbox is, letter by letter, what the record's
// name makes.
func (c *comparer) spellsName(i int32, local uint32) bool {
	boxes := c.boxesOf(i)
	return slices.Contains(boxes[:], c.db.letters[local].String())
}

// boxesOf are the mailboxes that people make of a record's name.
func (c *comparer) boxesOf(i int32) [6]string {
	given, family := c.letters(c.db.packed[i].given), c.letters(c.db.packed[i].family)
	return [...]string{given + family, family + given, given[:1] + family, given + family[:1], family, given}
}

// madeFromName reports whether a mailbox is what the record's name makes.
func (c *comparer) madeFromName(i int32, local uint32) bool {
	box := c.db.letters[local].String()
	boxes := c.boxesOf(i)
	if slices.Contains(boxes[:], box) {
		return true
	}
	return jaroWinkler(box, boxes[0]) >= .9 || jaroWinkler(box, boxes[1]) >= .9
}

// oneNames reports whether a mailbox tells no more than the names of both records
// do: it is made of both, or of one where the other agrees with that.
func (c *comparer) oneNames(a, b int32, local uint32) bool {
	ofA, ofB := c.tellsName(a, local), c.tellsName(b, local)
	if ofA && ofB || !ofA && !ofB {
		return ofA
	}
	x, y := &c.db.packed[a], &c.db.packed[b]
	given, family := c.givenLevel(x.given, y.given), c.familyLevel(x.family, y.family)
	return given >= nameInitial && family >= nameAlike
}

// tellsName reports whether a mailbox is made of the record's name, as far as
// the record has one: it may be mistyped, an initial, or half of a name.
func (c *comparer) tellsName(i int32, local uint32) bool {
	if c.db.named(i) && c.madeFromName(i, local) {
		return true
	}
	box := c.db.letters[local].String()
	given, family := c.letters(c.db.packed[i].given), c.letters(c.db.packed[i].family)
	holds := func(name string) bool {
		return len(name) >= aliasMin && (strings.HasPrefix(box, name) || strings.HasSuffix(box, name))
	}
	switch {
	case given == "":
		return holds(family)
	case family == "":
		return holds(given)
	case len(given) == 1:
		return holds(family) && strings.Contains(box, given)
	}
	return box != "" && box[0] == given[0] && jaroWinkler(box, given[:1]+family) >= .9
}

// letters is a name without spaces; "" for none.
func (c *comparer) letters(name uint32) string {
	return strings.ReplaceAll(c.db.names[name].text.String(), " ", "")
}
