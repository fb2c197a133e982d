package linkage

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/reconkit/reconkit/dedupe/norm"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
)

// Shares of the values that must be of a kind, where the header does not say it.
const (
	shareSure     = .8  // of values that have an unmistakable form
	shareCountry  = .95 // names and codes of countries are words of much else
	shareListed   = .3  // given names, towns: only some are on a list
	shareFirms    = .5  // not every company has a legal form
	shareDenied   = .5  // of values that cannot be what the header says
	givenNamesMin = 25  // different given names in a long list; fewer may be those of the staff
	birthYears    = 15  // dates of birth lie at least so many years apart; dates of entry seldom do
)

// look is what the values of a column look like, in numbers of values.
type look struct {
	filled float64 // values in the whole table
	looked float64 // of these; the rest counts what they look like

	emails, phones, firms, countries, towns float64
	codes                                   float64 // of the countries: numbers and codes in small letters
	days                                    float64 // dates of some day, without a time of it
	dates, times                            float64 // dates of any form; with a colon
	people                                  float64 // a given and a family name, by their form
	givenNames                              float64 // of these and of single words: with a given name that is listed
	single                                  float64 // one word of letters alone
	named                                   float64 // a few words, the first and the last with a capital
	streets, roads                          float64 // a street with a number; with a listed word for a street
	postcodes, numbers                      float64 // of the form of a postcode; of digits alone
	lettered                                float64 // of the postcodes: of an unmistakable form, with letters
	letters, digits, at                     float64 // that have some
	years                                   []uint32
	different                               map[string]bool
}

// looker reads values in all ways.
type looker struct {
	email  norm.Email
	phone  norm.Phone
	person norm.Person
	street norm.Street
	text   []byte
}

func lookAt(t *pipeline.Table, column int) look {
	l := look{different: map[string]bool{}}
	var r looker
	for _, b := range t.Batches() {
		c := b.Column(column)
		for row := range b.Len() {
			if c.IsNull(row) {
				continue
			}
			text := cellText(c, row)
			if blank(text) {
				continue
			}
			l.filled++
			if l.looked < guessRowsMax {
				text = strings.TrimSpace(text)
				l.looked++
				l.different[text] = true
				r.look(&l, text[:min(len(text), norm.BytesMax)])
			}
		}
	}
	slices.Sort(l.years)
	return l
}

// blank reports whether a text is nothing but spaces. Of most texts the first byte
// tells.
func blank(text string) bool {
	if text != "" && text[0] > ' ' && text[0] < utf8.RuneSelf {
		return false
	}
	return strings.TrimSpace(text) == ""
}

// look counts one value.
func (r *looker) look(l *look, text string) {
	digits, letters := strings.ContainsFunc(text, unicode.IsDigit), strings.ContainsFunc(text, unicode.IsLetter)
	l.digits += one(digits)
	l.letters += one(letters)
	if r.email.Read(text); r.email.Valid {
		l.emails++
		return
	}
	l.at += one(strings.Contains(text, "@"))
	if _, err := canon.ParseCountry(text); err == nil {
		l.countries++
		l.codes += one(!letters || len(text) <= 3 && text != strings.ToUpper(text))
	}
	if digits {
		r.lookNumber(l, text, letters)
	}
	if !letters {
		return
	}
	if r.text = norm.AppendCity(r.text[:0], text); towns()[string(r.text)] {
		l.towns++
	}
	if r.person.ReadFull(text); r.person.Company {
		l.firms += one(namesFirm(text))
	} else if !digits {
		r.lookName(l, text)
	}
}

// lookNumber counts a value that has digits.
func (r *looker) lookNumber(l *look, text string, letters bool) {
	l.numbers += one(strings.Trim(text, "0123456789") == "")
	if d := norm.ReadDate(text, norm.OrderUnknown); d.Day != 0 {
		l.dates++
		l.times += one(strings.Contains(text, ":"))
		if n := len(digitsOf(text)); d.Exists && n >= 6 && !strings.Contains(text, ":") {
			l.days++
			l.years = append(l.years, d.Day/10_000)
		}
	}
	if r.phone.Read(text, ""); r.phone.Valid && !letters && (strings.ContainsAny(text, "+()- ./") || len(digitsOf(text)) >= 9) {
		l.phones++
	}
	l.postcodes += one(postcodeForm(text))
	l.lettered += one(letteredPostcode(text))
	if !letters || len(strings.Fields(text)) > streetWordsMax {
		return
	}
	if r.street.Read(text); len(r.street.Number) > 0 && len(r.street.Words) > 0 {
		l.streets++
		l.roads += one(namesRoad(string(r.street.Words)))
	}
}

// Words of a street with its number and place, and of a name.
const (
	streetWordsMax = 9
	nameWordsMax   = 5
	firmWordsMax   = 9
)

// lookName counts a value that may be a name: words without digits.
func (r *looker) lookName(l *look, text string) {
	words := strings.Fields(text)
	if len(words) > nameWordsMax || strings.ContainsAny(text, "!?;:@/=") {
		return
	}
	l.named += one(capitals(words))
	if len(words) == 1 {
		l.single++
		l.givenNames += one(r.listedGiven(text))
		return
	}
	if len(r.person.Given) == 0 || len(r.person.Family) == 0 || r.person.Whole {
		return
	}
	l.people++
	word, _ := norm.NextWord(r.person.Given)
	l.givenNames += one(len(norm.Roots(word)) > 0)
}

// namesFirm reports text that is short and begins with a capital or a digit, as
// the name of a company does, and not a note about one.
func namesFirm(text string) bool {
	c, _ := utf8.DecodeRuneInString(text)
	return !unicode.IsLower(c) && len(strings.Fields(text)) <= firmWordsMax
}

func (r *looker) listedGiven(text string) bool {
	r.text = norm.AppendWords(r.text[:0], text)
	word, _ := norm.NextWord(r.text)
	return len(norm.Roots(word)) > 0
}

// capitals reports words of which the first and the last begin with a capital
// or with a letter of a script that has none: "Anna von der Heide", not "Mark
// called back".
func capitals(words []string) bool {
	for _, w := range []string{words[0], words[len(words)-1]} {
		if c, _ := utf8.DecodeRuneInString(w); unicode.IsLower(c) || !unicode.IsLetter(c) {
			return false
		}
	}
	return true
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// postcodeForm reports text that can be a postcode of some country.
func postcodeForm(text string) bool {
	n := 0
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z':
			n++
		case c != ' ' && c != '-':
			return false
		}
	}
	return n >= 3 && n <= 9
}

// letteredPostcode reports a postcode of digits and letters in the form of the
// United Kingdom (SW1A 2AA, also without the space), Canada (K1A 0B1) or the
// Netherlands (1011 AB).
func letteredPostcode(text string) bool {
	var form [8]byte
	n := 0
	for _, c := range []byte(text) {
		switch {
		case c == ' ' && n > 0:
			continue
		case n == len(form):
			return false
		case c >= '0' && c <= '9':
			form[n] = '9'
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			form[n] = 'A'
		default:
			return false
		}
		n++
	}
	switch string(form[:n]) {
	case "A99AA", "A999AA", "AA99AA", "AA999AA", "A9A9AA", "AA9A9AA", "A9A9A9", "9999AA":
		return true
	}
	return false
}

// namedKind is the kind of a column whose header says a name and no more.
func (l *look) namedKind() (Kind, string) {
	most := shareDenied * l.looked
	switch {
	case l.looked == 0:
		return 0, "it is empty"
	case l.emails >= shareSure*l.looked:
		return Email, l.most(l.emails, "e-mail addresses")
	case l.days >= shareSure*l.looked, l.times >= shareSure*l.looked:
		return 0, "its name may say a name, but its values are dates or times"
	case l.phones >= shareSure*l.looked:
		return Phone, l.most(l.phones, "phone numbers")
	case l.firms >= most || l.firms > l.people:
		return Company, "its name says a name, and most values are of organisations"
	case l.people+l.single >= most && (l.named >= most || l.givenNames >= shareListed*l.looked):
		return PersonName, "its name says a name, and most values may be of people"
	}
	return 0, "its name says a name, but its values are neither of people nor of organisations"
}

// byContent guesses by the values alone.
func (l *look) byContent() (Kind, string) {
	sure := shareSure * l.looked
	switch {
	case l.looked == 0:
		return 0, "it is empty"
	case (l.emails >= sure || l.phones >= sure || l.people >= sure) && !l.various(shareListed*l.looked):
		return 0, "many rows share each of its values, as those of a salesman"
	case l.emails >= sure:
		return Email, l.most(l.emails, "e-mail addresses")
	case l.days >= sure:
		if span := l.span(); span >= birthYears {
			return Date, l.most(l.days, fmt.Sprintf("dates, most within %d years", span))
		}
		return 0, "its dates lie close together, as dates of entry do"
	case l.times >= sure:
		return 0, "its values are times, as those of an entry"
	case l.phones >= sure:
		return Phone, l.most(l.phones, "phone numbers")
	case l.lettered >= sure && l.various(townsMin):
		return Postcode, l.most(l.lettered, "postcodes of digits and letters")
	case l.countries-l.codes >= shareCountry*l.looked:
		return Country, l.most(l.countries, "countries")
	case l.streets >= .7*l.looked && l.roads >= .5*l.looked:
		return Street, l.most(l.streets, "streets with a house number")
	case l.firms >= shareFirms*l.looked:
		return Company, l.most(l.firms, "names of organisations")
	case l.towns >= shareListed*l.looked && l.digits <= (1-shareSure)*l.looked:
		return City, l.most(l.towns, "well-known towns")
	case l.people >= sure && (l.named >= sure && l.givenNames >= shareListed*l.looked || l.givenNames >= shareFirms*l.looked):
		return PersonName, l.most(l.people, "names of people")
	case l.single >= .7*l.looked && l.givenNames >= shareFirms*l.looked && l.various(min(shareFirms*l.looked, givenNamesMin)):
		return GivenName, l.most(l.givenNames, "given names")
	}
	return 0, "neither its name nor its values tell what it holds"
}

// various reports at least so many different values.
func (l *look) various(least float64) bool { return float64(len(l.different)) >= least }

func (l *look) most(n float64, what string) string {
	return fmt.Sprintf("%.0f %% of its values are %s", 100*n/l.looked, what)
}

// span is how many years most dates lie apart: all but a tenth at each end.
func (l *look) span() int {
	n := len(l.years)
	if n == 0 {
		return 0
	}
	return int(l.years[n-1-n/10]) - int(l.years[n/10])
}

// denies says why the values cannot be what the header says, or "". It takes
// more than a few bad values: a column of e-mail addresses holds "none" as well.
func (l *look) denies(k Kind) string {
	if l.looked == 0 {
		return ""
	}
	bad := 0.0
	switch k {
	case Email:
		bad = l.looked - l.emails - l.at
	case Phone, HouseNumber, Postcode:
		bad = max(l.looked-l.digits, l.emails)
		if k == Postcode {
			bad = max(bad, l.looked-l.postcodes-l.letters)
		}
	case Date:
		bad = l.looked - l.dates
	case GivenName, FamilyName, PersonName:
		bad = max(l.looked-l.letters, l.digits, l.emails)
	case Company, Street, City, Region:
		bad = max(l.looked-l.letters, l.emails)
		if k == Street { // house numbers may stand in a column of lines
			bad = max(l.looked-l.letters-l.digits, l.emails)
		}
	case Country:
		bad = l.looked - l.countries
	}
	if bad <= shareDenied*l.looked {
		return ""
	}
	return fmt.Sprintf("its name says %s, but most of its values cannot be that", k)
}
