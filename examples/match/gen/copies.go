package main

import (
	"strconv"
	"strings"
	"unicode"
)

// enter writes the row with which an entity was entered first and, for some, the
// rows with which it was entered again.
func (w *world) enter(e *entity) {
	w.cluster++
	if e.last == "" {
		e.other.email = w.unique(pick(&w.r, boxes), "@"+e.firm.domain)
	} else {
		e.other.email = w.mailbox(e.first, e.last, pick(&w.r, providers))
	}
	e.other.phone = w.phone(e.region)
	w.move(&e.other, e.region)
	if w.r.chance(0.35) {
		e.customer = w.customerNumber()
	}
	w.row(w.first(e))
	// The number of copies is 1 with a tail, of mean 1.5.
	const more, copiesMax = 0.35, 8
	if !w.r.chance(w.dup / (1 - w.dup) * (1 - more)) {
		return
	}
	for n := 1; ; n++ {
		w.row(w.again(e))
		if n == copiesMax || !w.r.chance(more) {
			return
		}
	}
}

func (w *world) customerNumber() string {
	for {
		if n := "K" + w.r.digits("N#######"); w.take(n) {
			return n
		}
	}
}

// first is an entity as it was entered first: right, but not always complete.
func (w *world) first(e *entity) contact {
	c := e.contact
	if w.r.chance(0.12) {
		c.email = ""
	}
	if w.r.chance(0.12) {
		c.phone = ""
	}
	if w.r.chance(0.15) {
		c.street, c.city, c.postcode = "", "", ""
	}
	if e.junior && w.r.chance(0.3) {
		c.first += pick(&w.r, []string{" Jr.", " jun.", " II"})
	}
	c.phone = w.written(c.phone, e.region)
	return c
}

// again is an entity as it was entered later by somebody else.
func (w *world) again(e *entity) contact {
	c := e.contact
	w.againReached(&c, e)
	w.againAddress(&c, e)
	if c.last != "" {
		w.againNamed(&c, e)
	}
	if c.company != "" {
		w.againCompany(&c, e)
	}
	switch { // a second registration gets a second number, now and then
	case c.customer != "" && w.r.chance(0.02):
		c.customer = w.customerNumber()
	case c.customer != "" && w.r.chance(0.72):
		c.customer = ""
	}
	switch z := w.r.share(); {
	case z < 0.07:
		c.first, c.last, c.company = strings.ToUpper(c.first), strings.ToUpper(c.last), strings.ToUpper(c.company)
	case z < 0.12:
		c.first, c.last = strings.ToLower(c.first), strings.ToLower(c.last)
	}
	return c
}

// againReached changes mailbox and phone.
func (w *world) againReached(c *contact, e *entity) {
	switch z := w.r.share(); {
	case z < 0.47:
	case z < 0.66:
		c.email = e.other.email
	case z < 0.74:
		c.email = w.typo(c.email)
	default:
		c.email = ""
	}
	switch z := w.r.share(); {
	case z < 0.50:
	case z < 0.64:
		c.phone = e.other.phone
	case z < 0.70:
		c.phone = w.typo(c.phone)
	default:
		c.phone = ""
	}
	c.phone = w.written(c.phone, e.region)
}

func (w *world) againAddress(c *contact, e *entity) {
	switch z := w.r.share(); {
	case z < 0.42:
	case z < 0.55:
		c.street = shortStreet(c.street)
	case z < 0.65:
		c.street = w.typo(c.street)
	case z < 0.75:
		c.street, c.city, c.postcode = e.other.street, e.other.city, e.other.postcode
	case z < 0.80:
		c.postcode = w.typo(c.postcode)
	case z < 0.84:
		c.city = w.typo(c.city)
	case z < 0.88:
		c.street = ""
	default:
		c.street, c.city, c.postcode = "", "", ""
	}
}

func (w *world) againNamed(c *contact, e *entity) {
	switch z := w.r.share(); {
	case z < 0.62:
	case z < 0.75:
		c.first = w.nickname(c.first)
	case z < 0.85:
		c.first = w.typo(c.first)
	case z < 0.91:
		c.first = string([]rune(c.first)[:1]) + pick(&w.r, []string{"", "."})
	case z < 0.94:
		c.first = ""
	default:
		c.first = folded.Replace(c.first)
	}
	switch z := w.r.share(); {
	case z < 0.78:
	case z < 0.90:
		c.last = w.typo(c.last)
	case z < 0.915:
		c.last = w.family(e.region) // married
	case z < 0.925:
		c.last += "-" + w.family(e.region) // married, with both names
	case z < 0.945:
		c.last, _, _ = strings.Cut(c.last, "-")
	default:
		c.last = folded.Replace(c.last)
	}
	if w.r.chance(0.02) {
		c.first, c.last = c.last, c.first
	}
}

func (w *world) againCompany(c *contact, e *entity) {
	switch z := w.r.share(); {
	case z < 0.45:
	case z < 0.70:
		c.company = e.firm.called(w.r.below(len(e.firm.forms)))
	case z < 0.80:
		c.company = w.typo(c.company)
	case c.last != "":
		c.company = ""
	}
}

// nickname is what somebody is called; without a nickname sometimes a typo.
func (w *world) nickname(first string) string {
	if nicks := nicknames[first]; len(nicks) > 0 {
		return pick(&w.r, nicks)
	}
	if w.r.chance(0.4) {
		return w.typo(first)
	}
	return first
}

// shortStreet is how a street is abbreviated, or written out.
func shortStreet(s string) string {
	for _, pair := range [][2]string{{"Street", "St"}, {"Avenue", "Ave"}, {"Road", "Rd"}, {"Drive", "Dr"}, {"Lane", "Ln"}, {"Boulevard", "Blvd"}, {"straße", "str."}, {"platz", "pl."}, {"North", "N"}, {"West", "W"}} {
		if strings.Contains(s, pair[0]) {
			return strings.Replace(s, pair[0], pair[1], 1)
		}
	}
	return s
}

// written writes the digits of a phone number in one of the usual ways.
func (w *world) written(digits string, region *region) string {
	const area = 3
	if len(digits) <= area {
		return digits
	}
	a, n := digits[:area], digits[area:]
	switch w.r.below(6) {
	case 0:
		return region.international + " " + a + " " + n
	case 1:
		return region.international + a + n
	case 2:
		return "(" + region.trunk + a + ") " + n[:len(n)/2] + "-" + n[len(n)/2:]
	case 3:
		return region.trunk + a + "/" + n
	case 4:
		return region.trunk + a + "-" + n
	default:
		return region.trunk + a + n
	}
}

// near are the keys beside a key.
var near = map[rune]string{'a': "sqwy", 'b': "vgn", 'c': "xdv", 'd': "sfec", 'e': "wrd", 'f': "dgrv", 'g': "fhtb", 'h': "gjun", 'i': "uok", 'j': "hkum", 'k': "jlio", 'l': "kop",
	'm': "njk", 'n': "bmh", 'o': "ipl", 'p': "ol", 'q': "wa", 'r': "etf", 's': "adwx", 't': "ryzg", 'u': "zijy", 'v': "cbf", 'w': "qes", 'x': "ycs", 'y': "xatu", 'z': "tuhx"}

// typo mistypes one character, not the first.
func (w *world) typo(s string) string {
	q := []rune(s)
	if len(q) < 3 {
		return s
	}
	i := 1 + w.r.below(len(q)-1)
	switch w.r.below(5) {
	case 0:
		return string(q[:i]) + string(q[i+1:])
	case 1:
		q[i-1], q[i] = q[i], q[i-1]
	case 2:
		return string(q[:i]) + string(q[i-1:])
	default:
		switch keys := near[unicode.ToLower(q[i])]; {
		case unicode.IsDigit(q[i]):
			q[i] = rune('0' + w.r.below(10))
		case keys != "":
			q[i] = rune(keys[w.r.below(len(keys))])
		default:
			return string(q[:i]) + string(q[i+1:])
		}
	}
	return string(q)
}

// row keeps a row of the entity at hand.
func (w *world) row(c contact) {
	for _, cell := range [...]string{c.first, c.last, c.email, c.phone, c.company, c.street, c.city, c.postcode, c.customer} {
		if strings.ContainsAny(cell, ",\"\n") {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		w.text = append(append(w.text, cell...), ',')
	}
	w.text = append(strconv.AppendInt(w.text, int64(w.cluster), 10), '\n')
	w.ends = append(w.ends, int64(len(w.text)))
}
