package norm

import (
	"strings"
	"unicode/utf8"
)

// Person is the name of a person, taken apart. All parts are words as
// AppendWords writes them; each may be empty.
type Person struct {
	Given      []byte     // given names and initials in their order, nicknames as written: "anna lena m"
	Family     []byte     // family names without particles: "muller ludenscheidt"
	Particles  []byte     // what stood before the family name: "von der"
	Generation Generation // what tells father and son of one name apart
	Whole      bool       // the text was not taken apart and is in Family: two people, a name of Han letters without a space
	Company    bool       // the text names an organisation, and is in Family

	words []byte // of all parts
	parts []namePart
	text  []byte // scratch
}

// Generation is what a suffix says of the generation.
type Generation uint8

// The generations.
const (
	GenerationUnknown Generation = iota
	Senior                       // Sr., sen.
	Junior                       // Jr., jun., II
	Third                        // III
	Fourth                       // IV and later
)

// ReadFull reads a whole name, written "First Last" or "Last, First", with
// titles, degrees, particles and suffixes, which are left out of the names. A
// name of one word is a family name. Capitals may mark the family name (DUPONT
// Jean). A name in Han, kana or Hangul is the family name alone unless a space
// parts it: then its family name comes first.
func (p *Person) ReadFull(name string) {
	p.clear()
	if len(name) > BytesMax {
		p.leaveWhole(name)
		return
	}
	p.split(name)
	switch {
	case len(p.parts) == 0:
		p.leaveWhole(name) // geb. alone, a nickname alone
		p.Whole = false
		return
	case p.organisation(name):
		p.leaveWhole(name)
		p.Company, p.Whole = true, false
		return
	case severalPeople(name) || p.hasWord("und", "and", "et"):
		p.leaveWhole(name)
		return
	}
	segments := p.takeSuffixes(0, len(p.parts))
	comma := p.commaAfter(0, segments)
	if comma == segments {
		p.divide(p.takeTitles(0, segments, 1), segments)
		return
	}
	family := p.takeTitles(0, comma, 1)
	given := p.takeTitles(comma, segments, 0)
	comma = p.takeSuffixes(family, comma)
	if given == segments {
		p.divide(family, comma)
		return
	}
	last := segments
	for last > given+1 && p.particle(last-1) {
		last--
	}
	p.writeParticles(last, segments)
	p.writeGiven(given, last)
	p.writeFamily(family, comma)
}

// ReadParts reads a name whose given and family names are apart. Titles, degrees
// and suffixes are taken out of both. What the columns say which part is what
// stays so: nothing moves from one to the other.
func (p *Person) ReadParts(given, family string) {
	p.clear()
	if len(given) > BytesMax || len(family) > BytesMax {
		p.Given = AppendWords(p.Given, given)
		p.Family = AppendWords(p.Family, family)
		return
	}
	p.split(given)
	to := p.takeSuffixes(0, len(p.parts))
	p.writeGiven(p.takeTitles(0, to, 0), to)
	p.words, p.parts = p.words[:0], p.parts[:0]
	p.split(family)
	to = p.takeSuffixes(0, len(p.parts))
	p.writeFamily(p.takeTitles(0, to, 1), to)
}

func (p *Person) clear() {
	p.Given, p.Family, p.Particles = p.Given[:0], p.Family[:0], p.Particles[:0]
	p.Generation, p.Whole, p.Company = GenerationUnknown, false, false
	p.words, p.parts = p.words[:0], p.parts[:0]
}

func (p *Person) leaveWhole(name string) {
	p.Family = AppendWords(p.Family[:0], name)
	p.Whole = len(p.Family) > 0
}

// severalPeople reports signs that no name of one person has.
func severalPeople(name string) bool { return strings.ContainsAny(name, "&+/@") }

// Initial reports whether a word of a name is an initial: one Latin letter.
func Initial(word []byte) bool { return len(word) == 1 && word[0] >= 'a' && word[0] <= 'z' }

// divide sorts parts in natural order into given and family names.
func (p *Person) divide(from, to int) {
	switch {
	case to <= from:
		return
	case p.eastAsianName(from):
		p.divideEastAsian(from, to)
		return
	case to-from == 1:
		p.writeFamily(from, to)
		return
	}
	if cut := p.capitalsEnd(from, to); cut > from { // DUPONT Jean
		p.writeGiven(cut, to)
		p.writeFamily(from, cut)
		return
	}
	start := p.surnameStart(from, to)
	p.writeGiven(from, start)
	p.writeFamily(start, to)
}

func (p *Person) eastAsianName(i int) bool {
	r, _ := utf8.DecodeRune(p.word(i))
	return eastAsian(r)
}

func (p *Person) divideEastAsian(from, to int) {
	p.writeFamily(from, from+1)
	p.writeGiven(from+1, to)
	p.Whole = to-from == 1
}

// capitalsEnd is the end of the words in capitals that begin a name whose
// other words are not, or from.
func (p *Person) capitalsEnd(from, to int) int {
	cut := from
	for cut < to && p.parts[cut].capitals {
		cut++
	}
	if cut == to || cut == from || len(p.word(cut-1)) < 3 {
		return from
	}
	return cut
}

// surnameStart is the first part of the family name among at least two.
func (p *Person) surnameStart(from, to int) int {
	if p.particle(from) && to-from > 2 && p.particle(from+1) || p.particle(from) && p.parts[from].lower && !p.caseless() {
		return from
	}
	start := p.tokenStart(to-1, from)
	for i := from + 1; i < to-1; i++ {
		if p.particle(i) && !p.parts[i].joined {
			start = i
			break
		}
	}
	if start > from+1 && p.parts[start-1].info.iberian && (start < to-1 || p.parts[start].info.iberian) {
		start = p.tokenStart(start-1, from)
	}
	if start == from { // Anna-Lena, without a space
		return from
	}
	return start
}

// tokenStart is the first part of the word, perhaps one with hyphens, that part
// i belongs to.
func (p *Person) tokenStart(i, from int) int {
	for i > from && p.parts[i].joined {
		i--
	}
	return i
}

// writeGiven appends parts to the given names.
func (p *Person) writeGiven(from, to int) {
	for i := from; i < to; i++ {
		p.Given = appendWord(p.Given, p.word(i))
	}
}

// writeFamily appends parts to the family names: particles before them apart,
// Mc, Mac and O' joined with what follows.
func (p *Person) writeFamily(from, to int) {
	for to-from > 1 && p.particle(from) && !p.parts[from].prefix {
		p.Particles = appendWord(p.Particles, p.word(from))
		from++
	}
	glued := false
	for i := from; i < to; i++ {
		w := p.word(i)
		if glued {
			p.Family = append(p.Family, w...)
		} else {
			p.Family = appendWord(p.Family, w)
		}
		glued = p.parts[i].glue && i < to-1
	}
}

func (p *Person) writeParticles(from, to int) {
	for i := from; i < to; i++ {
		p.Particles = appendWord(p.Particles, p.word(i))
	}
}

// appendWord appends a word to words.
func appendWord(b, word []byte) []byte {
	if len(b) > 0 && len(word) > 0 {
		b = append(b, ' ')
	}
	return append(b, word...)
}
