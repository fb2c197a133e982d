package linkage

import (
	"slices"
	"strings"

	"github.com/reconkit/reconkit/dedupe/norm"
	"github.com/reconkit/reconkit/dedupe/similar"
)

// mailSlipsFrom is the length, in characters, of an address in which up to three
// slips are looked for.
const mailSlipsFrom = 10

// mailOthersMax is how many others may seem to use a mailbox before it counts as
// shared: a slip or a second spelling of a name looks like somebody else.
const mailOthersMax = 1

func (c *comparer) emailLevel(a, b *side) uint8 {
	db := c.db
	if len(db.emails) == 1 {
		if a.email == 0 || b.email == 0 {
			return 0
		}
		return c.mailAlike(a, b, a.email, b.email, &a.mail, &b.mail)
	}
	best := uint8(0)
	for i := range db.emails {
		x := db.emails[i].ids[a.at]
		if x == 0 {
			continue
		}
		for j := range db.emails {
			if y := db.emails[j].ids[b.at]; y != 0 {
				level := c.mailAlike(a, b, x, y, &db.mails[x], &db.mails[y])
				if best == 0 || best == mailOfName || level != mailOfName && level > best {
					best = level
				}
			}
		}
	}
	return best
}

// mailAlike compares the addresses x and y of two records.
func (c *comparer) mailAlike(a, b *side, x, y uint32, m, n *mailbox) uint8 {
	db := c.db
	if x == y {
		if !(a.isFirm && b.isFirm) && (m.role || db.otherMailers(x, a.at, b.at) > mailOthersMax) {
			return mailShared
		}
		return mailPrivate
	}
	sameDomain := m.domain == n.domain
	private := sameDomain && !db.freeDomain[m.domain]
	oneName := a.named() && b.named()
	if !oneName && !m.role && !n.role {
		if s, t := c.beside(&a.packed, x), c.beside(&b.packed, y); s != "" && t != "" && !c.sameLetters(x, y, m, n) {
			return c.otherNames(s, t, private)
		}
		if c.onlyNames(&a.packed, &b.packed, x, y) {
			return notAlike(private)
		}
	}
	if c.mailsWithin(x, y, m, n, 1) {
		digits := m.digits || n.digits
		switch alike := c.sameLetters(x, y, m, n); {
		case alike && sameDomain && digits && c.nameBoxes(x, y) == mailOther:
			return mailOther
		case oneName && alike && (sameDomain || !digits):
			return c.nameBoxes(x, y)
		case !oneName || alike || digits || !c.spellsName(&a.packed, x) || !c.spellsName(&b.packed, y):
			return mailTypo
		}
		return notAlike(private) // delina.smith and deline.smith: a slip in the name of one person would not be in the mailbox
	}
	if m.local == n.local {
		if m.role {
			return mailOther
		}
		if len(digitsOf(db.localOf(x))) <= numberSlipFrom && c.oneNames(&a.packed, &b.packed, x) {
			return mailOfName // both are made from the name, which has said it already; anyone of that name may take it, with a short number
		}
		return mailLocal
	}
	if sameDomain && (m.digits || n.digits) && c.sameLetters(x, y, m, n) && c.nameBoxes(x, y) == mailOther {
		return mailOther // they differ in their short numbers alone
	}
	if min(m.sketch.Chars(), n.sketch.Chars()) >= mailSlipsFrom && !m.role && !n.role && c.mailsWithin(x, y, m, n, 3) && c.slips(a, b, x, y, oneName) {
		return mailSlips
	}
	if m.role || n.role || oneName {
		return notAlike(private)
	}
	la, lb := similar.NewText(db.letters.text(x)), similar.NewText(db.letters.text(y))
	if la.Chars() >= 5 && lb.Chars() >= 5 && c.jwAtLeast(la, lb, .9) {
		return mailAlike
	}
	return notAlike(private)
}

// notAlike is the level of two mailboxes that have no more in common than the domain,
// which is private where an employer has it.
func notAlike(private bool) uint8 {
	if private {
		return mailColleague
	}
	return mailOther
}

// mailsWithin reports whether at most k slips are between two addresses.
func (c *comparer) mailsWithin(x, y uint32, m, n *mailbox, k int) bool {
	if !m.sketch.MayBeWithin(n.sketch, k) {
		return false
	}
	values := c.db.emails[0].values
	return c.within(m.sketch.Text(values.text(x)), n.sketch.Text(values.text(y)), k)
}

// sameLetters reports whether two addresses have the same letters before the @.
func (c *comparer) sameLetters(x, y uint32, m, n *mailbox) bool {
	return m.local == n.local || c.db.letters.text(x) == c.db.letters.text(y)
}

// nameBoxes compares two addresses that are one slip apart, with the same
// letters before the @.
func (c *comparer) nameBoxes(x, y uint32) uint8 {
	s, t := digitsOf(c.db.localOf(x)), digitsOf(c.db.localOf(y))
	switch {
	case s == "" && t == "":
		return mailOfName // john.smith and john_smith: the name once more
	case s != t && (len(s) != len(t) || len(s) < numberSlipFrom):
		return mailOther // john.smith7 and john.smith8 or john.smith77: who has that name takes another number
	}
	return mailTypo
}

// numberSlipFrom is how many digits the number in a mailbox has, at least, for
// another one of as many to be a slip.
const numberSlipFrom = 3

// slips reports whether up to three slips between two addresses are slips. Where
// the mailbox is made from the name they are another way to write the name.
func (c *comparer) slips(a, b *side, x, y uint32, oneName bool) bool {
	if !oneName {
		return true
	}
	number := digitsOf(c.db.localOf(x))
	return number == digitsOf(c.db.localOf(y)) && (number != "" || !(c.madeFromName(&a.packed, x) && c.madeFromName(&b.packed, y)))
}

// named reports whether a record has both names of a person.
func (r *packed) named() bool { return r.given != 0 && r.family != 0 }

// named reports whether record i has both names of a person.
func (db *records) named(i int32) bool { return db.packed[i].named() }

// spellsName reports whether a mailbox is, letter by letter, what the record's
// name makes.
func (c *comparer) spellsName(r *packed, mail uint32) bool {
	box := c.db.letters.text(mail)
	return c.byAnyName(r, func(given, family string) bool {
		boxes := boxesOf(given, family)
		return slices.Contains(boxes[:], box)
	})
}

// boxesOf are the mailboxes that people make of a name.
func boxesOf(given, family string) [6]string {
	return [...]string{given + family, family + given, given[:1] + family, given + family[:1], family, given}
}

// madeFromName reports whether a mailbox is what the record's name makes.
func (c *comparer) madeFromName(r *packed, mail uint32) bool {
	box := c.db.letters.text(mail)
	return c.byAnyName(r, func(given, family string) bool {
		boxes := boxesOf(given, family)
		return slices.Contains(boxes[:], box) || jaroWinkler(box, boxes[0]) >= .9 || jaroWinkler(box, boxes[1]) >= .9
	})
}

// byAnyName reports whether something is so of the given names of a record, or of one
// of them, with its family name.
func (c *comparer) byAnyName(r *packed, is func(given, family string) bool) bool {
	family := c.letters(r.family)
	if is(c.letters(r.given), family) {
		return true
	}
	for _, x := range c.db.names[r.given].each {
		if len(x.text) > 1 && is(x.text, family) {
			return true
		}
	}
	return false
}

// oneNames reports whether a mailbox tells no more than the names of both records
// do: it is made of both, or of one where the other agrees with that.
func (c *comparer) oneNames(a, b *packed, mail uint32) bool {
	ofA, ofB := c.tellsName(a, mail), c.tellsName(b, mail)
	if ofA && ofB || !ofA && !ofB {
		return ofA
	}
	if c.nameLevel(fieldFamily, a.given, b.family) >= nameAlike && c.nameLevel(fieldFamily, a.family, b.given) >= nameAlike {
		return true // they are turned in one of them
	}
	if c.nameLevel(fieldFamily, a.family, b.family) < nameAlike {
		return false
	}
	given := c.nameLevel(fieldGiven, a.given, b.given)
	return given == 0 || max(given, c.byMailbox(a, b, given)) >= nameInitial
}

// tellsName reports whether a mailbox is made of the record's name, as far as
// the record has one: it may be mistyped, an initial, or half of a name.
func (c *comparer) tellsName(r *packed, mail uint32) bool {
	if r.named() && c.madeFromName(r, mail) {
		return true
	}
	box := c.db.letters.text(mail)
	given, family := c.letters(r.given), c.letters(r.family)
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

// beside is what a mailbox has beside the name of a record that has only one: anna
// in anna.weber@ of Weber. It is "" where the record has both names, or the mailbox
// does not hold the one.
func (c *comparer) beside(r *packed, mail uint32) string {
	if !c.db.given.on() || r.named() {
		return ""
	}
	name := c.letters(r.given) + c.letters(r.family)
	if len(name) < aliasMin {
		return ""
	}
	box := c.db.letters.text(mail)
	if rest, held := strings.CutSuffix(box, name); held {
		return rest
	}
	rest, held := strings.CutPrefix(box, name)
	if !held {
		return ""
	}
	return rest
}

// otherNames compares what two mailboxes have beside the only names of their
// records, which have spoken for themselves: hanna.weber@ is not anna.weber@ with a
// slip, as far as anybody knows.
func (c *comparer) otherNames(x, y string, private bool) uint8 {
	initial := (len(x) == 1 || len(y) == 1) && x[0] == y[0]
	if initial || len(x) > 1 && len(y) > 1 && !norm.NamePair(x, y) && jaroWinkler(x, y) >= givenAlikeAbove {
		return mailAlike
	}
	return notAlike(private)
}

// onlyNames reports whether two mailboxes tell no more than the only names of their
// records, which are two and have spoken for themselves: weber@ of Weber and leer@ of
// Leer. A slip in a mailbox changes nothing, unless the names may be one with a slip.
func (c *comparer) onlyNames(a, b *packed, x, y uint32) bool {
	s, t := c.onlyName(a), c.onlyName(b)
	box, other := c.db.letters.text(x), c.db.letters.text(y)
	switch like := func(s, t string) bool { return jaroWinkler(s, t) >= .9 }; {
	case s == "" || t == "" || s == t || box == other:
		return false
	case s == box && t == other:
		return true
	default:
		return like(s, box) && like(t, other) && !like(s, t)
	}
}

// onlyName is the one name of a record that has one, without spaces.
func (c *comparer) onlyName(r *packed) string {
	if r.named() {
		return ""
	}
	return c.letters(r.given) + c.letters(r.family)
}

// letters is a name without spaces; "" for none, as where no column holds names.
func (c *comparer) letters(name uint32) string {
	if name == 0 {
		return ""
	}
	return strings.ReplaceAll(c.db.names[name].text.String(), " ", "")
}
