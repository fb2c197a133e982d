package main

import (
	"hash/fnv"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// contact is what one row says, but for its id.
type contact struct {
	first, last, email, phone, company, street, city, postcode, customer string
}

// entity is a person or a firm as it is, and what else it goes by.
type entity struct {
	contact
	region *region
	firm   *firm   // for which a person works, or which it is; nil: none
	other  contact // another mailbox, phone and address of the same entity
	junior bool    // a child of the same name as a parent
}

// firm is a company with its switchboard, address and domain.
type firm struct {
	name   string
	forms  []string // ways to write the legal form, the right one first
	domain string
	at     contact // phone and address
}

// region is where people live: how they are called and how their addresses and
// phone numbers are written.
type region struct {
	given, family   ranked
	streets         ranked
	towns           []string
	postcode        string // # is a digit, N one that is not 0
	areas           []string
	number          string // of a phone, after the area
	international   string
	trunk           string // before the area, within the country
	houseNumberLast bool
	domains         []string
}

// world is everything that is made.
type world struct {
	r       random
	dup     float64
	regions [2]*region
	others  region // names from elsewhere; the rest is unused

	taken   map[uint64]struct{} // mailboxes, domains and numbers, which are given out once
	cluster int
	text    []byte
	ends    []int64 // of each row in text
}

func newWorld(seed uint64, dup float64) *world {
	// Names fall off slowly: the first is borne by about one in a hundred.
	const offsetGiven, offsetFamily, offsetStreets = 25, 30, 10
	english := &region{
		given:   newRanked(append(interleaved(givenEnglish), givenRare[0]...), offsetGiven),
		family:  newRanked(slices.Concat(interleaved(familyEnglish), composed(familyStems[0], familyEndings[0]), familyRare[0]), offsetFamily),
		streets: newRanked(streetsEnglish, offsetStreets), towns: townsEnglish, postcode: "N####",
		areas: areas("N##", 250, 3), number: "N######", international: "+1", trunk: "", domains: strings.Fields("com com com net org co.uk"),
	}
	german := &region{
		given:   newRanked(append(interleaved(givenGerman), givenRare[1]...), offsetGiven),
		family:  newRanked(slices.Concat(interleaved(familyGerman), composed(familyStems[1], familyEndings[1]), familyRare[1]), offsetFamily),
		streets: newRanked(streetsGerman, offsetStreets), towns: townsGerman, postcode: "N####",
		areas: areas("N##", 120, 5), number: "N######", international: "+49", trunk: "0", houseNumberLast: true, domains: strings.Fields("de de de com eu at"),
	}
	w := &world{r: random{state: seed*0xd1342543de82ef95 + 1}, dup: dup, regions: [2]*region{english, german}, taken: map[uint64]struct{}{}}
	w.others = region{given: newRanked(givenOther, offsetGiven), family: newRanked(familyOther, offsetFamily)}
	return w
}

// areas are area codes of a shape, always the same ones.
func areas(shape string, n int, seed uint64) []string {
	r := &random{state: seed}
	out := make([]string, n)
	for i := range out {
		out[i] = r.digits(shape)
	}
	return out
}

// fill makes households, firms and people until there are enough rows.
func (w *world) fill(rows int) {
	const rowBytes = 112 // of text, about
	w.text, w.ends = make([]byte, 0, rows*rowBytes), make([]int64, 0, rows)
	for len(w.ends) < rows {
		region := w.regions[0]
		if w.r.chance(0.4) {
			region = w.regions[1]
		}
		switch z := w.r.share(); {
		case z < 0.10:
			w.household(region)
		case z < 0.21:
			w.company(region)
		default:
			p := w.person(region)
			w.enter(p)
		}
	}
	if len(w.ends) > rows {
		w.ends = w.ends[:rows]
	}
}

// household makes two to five people of one address.
func (w *world) household(region *region) {
	head := w.person(region)
	family := w.r.chance(0.12) // one mailbox for all
	if family {
		head.email = w.unique("familie."+plain(head.last), "@"+pick(&w.r, providers))
	}
	for i := range 2 + w.r.below(4) {
		p := *head
		if i > 0 {
			p.first = w.given(region)
			if w.r.chance(0.06) {
				p.first, p.junior = head.first, true
			}
			if w.r.chance(0.08) {
				p.last = w.family(region) // no common name
			}
			if !family {
				p.email = w.mailbox(p.first, p.last, pick(&w.r, providers))
			}
			if w.r.chance(0.5) {
				p.phone = w.phone(region)
			}
		}
		w.enter(&p)
	}
}

// company makes a firm, often as a contact of its own, and some of its staff.
func (w *world) company(region *region) {
	f := w.firm(region)
	if w.r.chance(0.6) {
		e := &entity{contact: f.at, region: region, firm: f}
		e.company, e.email = f.called(0), w.unique(pick(&w.r, boxes), "@"+f.domain)
		w.enter(e)
	}
	for range 1 + w.r.below(8) {
		p := w.person(region)
		p.firm, p.company = f, f.called(0)
		p.email = w.mailbox(p.first, p.last, f.domain)
		if w.r.chance(0.1) {
			p.email = "info@" + f.domain
		}
		if w.r.chance(0.5) {
			p.phone = f.at.phone
		}
		p.street, p.city, p.postcode = f.at.street, f.at.city, f.at.postcode
		w.enter(p)
	}
}

// called is the name of a firm with one way to write its form.
func (f *firm) called(form int) string { return strings.TrimSpace(f.name + " " + f.forms[form]) }

func (w *world) firm(region *region) *firm {
	f := &firm{forms: pick(&w.r, forms)}
	trade := pick(&w.r, trades)
	switch w.r.below(5) {
	case 0:
		f.name = region.family.pick(&w.r) + " " + trade
	case 1:
		f.name = region.family.pick(&w.r) + " & " + region.family.pick(&w.r)
	case 2:
		f.name = pick(&w.r, region.towns) + " " + trade
	case 3:
		f.name = pick(&w.r, coinedBeginnings) + pick(&w.r, coinedEndings) + " " + trade
	default:
		letters := []rune(region.family.pick(&w.r))
		f.name = string(letters[:min(len(letters), 4)]) + pick(&w.r, coinedEndings) + " " + trade
	}
	f.name = spaced(f.name)
	f.domain = w.unique(plain(f.name), "."+pick(&w.r, region.domains))
	f.at.phone = w.phone(region)
	w.move(&f.at, region)
	return f
}

// person makes somebody with an address, a phone and a mailbox.
func (w *world) person(region *region) *entity {
	p := &entity{region: region}
	p.first, p.last = w.given(region), w.family(region)
	p.phone = w.phone(region)
	p.email = w.mailbox(p.first, p.last, pick(&w.r, providers))
	w.move(&p.contact, region)
	return p
}

// One in twelve names is from elsewhere.
const foreign = 1.0 / 12

func (w *world) given(region *region) string {
	if w.r.chance(foreign) {
		region = &w.others
	}
	first := region.given.pick(&w.r)
	if w.r.chance(0.02) {
		first += "-" + region.given.pick(&w.r)
	}
	return first
}

func (w *world) family(region *region) string {
	if w.r.chance(foreign) {
		region = &w.others
	}
	last := region.family.pick(&w.r)
	if w.r.chance(0.03) {
		last += "-" + region.family.pick(&w.r)
	}
	return spaced(last)
}

// move gives a contact an address.
func (w *world) move(c *contact, region *region) {
	street, number := spaced(region.streets.pick(&w.r)), strconv.Itoa(1+w.r.below(1+w.r.below(300)))
	if region.houseNumberLast {
		c.street = street + " " + number
	} else {
		c.street = number + " " + street
	}
	// A town has a few postcodes, and its own beginning.
	at := w.r.below(len(region.towns))
	c.city = spaced(region.towns[at])
	post := random{state: uint64(at)*31 + uint64(len(region.towns))}
	c.postcode = post.digits("N##") + w.r.digits("0#")
}

// phone is a number as digits: the area and the rest.
func (w *world) phone(region *region) string {
	for {
		n := pick(&w.r, region.areas) + w.r.digits(region.number)
		if w.take(region.international + n) {
			return n
		}
	}
}

// mailbox is an address made of a name, as people make them.
func (w *world) mailbox(first, last, domain string) string {
	f, l := plain(first), plain(last)
	if f == "" || l == "" {
		f, l = "x"+f, "x"+l
	}
	var box string
	switch w.r.below(6) {
	case 0, 1:
		box = f + "." + l
	case 2:
		box = f[:1] + l
	case 3:
		box = f + l[:1] + w.r.digits("##")
	case 4:
		box = l + "." + f
	default:
		box = f + "_" + l
	}
	return w.unique(box, "@"+domain)
}

// unique is begin and end with a number between where the two are taken.
func (w *world) unique(begin, end string) string {
	name := begin + end
	for !w.take(name) {
		name = begin + strconv.Itoa(1+w.r.below(100_000)) + end
	}
	return name
}

// take reports whether a name was free, and takes it.
func (w *world) take(name string) bool {
	h := fnv.New64a()
	_, _ = io.WriteString(h, name) // it never fails
	if _, there := w.taken[h.Sum64()]; there {
		return false
	}
	w.taken[h.Sum64()] = struct{}{}
	return true
}

// folded writes letters with marks as people do who lack them.
var folded = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue", "ß", "ss", "é", "e", "É", "E", "è", "e", "ê", "e",
	"á", "a", "Á", "A", "å", "a", "Å", "A", "ã", "a", "ą", "a", "ầ", "a", "Ç", "C", "ç", "c", "ć", "c", "í", "i", "ř", "r", "š", "s", "Š", "S", "ş", "s", "Ş", "S", "ś", "s",
	"ı", "i", "İ", "I", "ł", "l", "Ł", "L", "ñ", "n", "ń", "n", "ó", "o", "ô", "o", "ø", "o", "Ø", "O", "ú", "u", "ů", "u", "ý", "y", "ž", "z", "Ž", "Z", "ż", "z", "Ż", "Z", "ě", "e",
	"ę", "e", "ễ", "e", "ê", "e", "ğ", "g", "î", "i", "ï", "i", "ë", "e", "č", "c", "Č", "C", "ö", "oe")

// plain is text as it stands in an address of e-mail.
func plain(s string) string {
	return strings.Map(func(c rune) rune {
		if c = unicode.ToLower(c); c < unicode.MaxASCII && (unicode.IsLetter(c) || unicode.IsDigit(c)) {
			return c
		}
		return -1
	}, folded.Replace(spaced(s)))
}
