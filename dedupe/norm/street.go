package norm

// Street is an address line, taken apart, in words as AppendWords writes them.
type Street struct {
	Number []byte // house number without leading zeros: "12"
	Suffix []byte // what follows the number: "a", "14" of 12-14, "bis"
	Words  []byte // the street, with usual abbreviations in one spelling: "haupt str", "n main st"
	Unit   []byte // flat, suite, floor, stairs: "4 b"
	Floors []byte // those of Unit that count floors: "3" of 3. OG
	Box    []byte // number of a post office box
	Care   []byte // who takes in the mail: "weber" of c/o Weber
	Rest   []byte // what other parts between commas or lines say: postcode, place, building

	words  []byte
	tokens []streetToken
}

// streetToken is a word of an address line.
type streetToken struct {
	from, to int32 // in Street.words
	digits   int32 // that it begins with
	ending   int32 // length of the listed ending of a longer word
	sign     byte  // what stands before it: one of / - # or a space
	segment  uint8 // number of the part between commas
	stop     bool  // a full stop stands behind its digits: 17. Juni
	used     bool
	kind     wordKind
	short    string // its usual spelling, where that is another
}

func (t *streetToken) number() bool { return t.digits > 0 }

// segmentsMax is the number of parts between commas that are told apart.
const segmentsMax = 255

// Read takes an address line apart, in the manner of any of the languages of
// the word list: 12 Main St., Apt. 4; Hauptstraße 12a; ul. Długa 5 m. 3.
func (a *Street) Read(line string) {
	a.Number, a.Suffix, a.Words, a.Unit, a.Box, a.Rest = a.Number[:0], a.Suffix[:0], a.Words[:0], a.Unit[:0], a.Box[:0], a.Rest[:0]
	a.Floors, a.Care = a.Floors[:0], a.Care[:0]
	if len(line) > BytesMax {
		a.Words = AppendWords(a.Words, line)
		return
	}
	a.split(a.takeCare(line))
	a.takeBox()
	a.takeUnits()
	from, to := a.streetSegment()
	if len(a.Box) > 0 && !a.namesStreet(from, to) {
		from, to = 0, 0
	}
	if !a.takeMarkedNumber() && !a.takeLeadingNumber(from, to) && !a.takeTrailingNumber(from, to) {
		a.takeLoneNumber(from, to)
	}
	a.write(from, to)
}

// ReadParts reads a street and its house number from two columns. A number
// that the street has, too, goes to Unit, unless it is the same.
func (a *Street) ReadParts(street, number string) {
	a.Read(number)
	if len(a.Number) == 0 && len(a.Words) == 0 && len(a.Unit) == 0 {
		a.Read(street)
		return
	}
	house := string(a.Number)
	suffix := string(a.Suffix)
	if house == "" {
		house = string(a.Words)
	}
	a.Read(street)
	if len(a.Number) > 0 && string(a.Number) != house {
		a.Unit = appendWord(a.Unit, a.Number)
	}
	a.Number, a.Suffix = append(a.Number[:0], house...), append(a.Suffix[:0], suffix...)
}

func (a *Street) word(i int) []byte { return a.words[a.tokens[i].from:a.tokens[i].to] }

// streetSegment is the range of tokens of the part that names the street: the
// first that holds a number and a word of a street, else the first that holds
// either, else the first that holds a word. A number that stands alone before or
// after belongs to it.
func (a *Street) streetSegment() (from, to int) {
	best := 0
	for start := 0; start < len(a.tokens) && best < 3; {
		end := a.segmentEnd(start)
		if rank := a.rank(start, end); rank > best {
			best, from, to = rank, start, end
		}
		start = end
	}
	return from, to
}

// rank is 3 for a part with a number and a word of a street, 2 with either of
// them, 1 with any word. A part behind the first that begins with a postcode
// names a place.
func (a *Street) rank(start, end int) int {
	words, numbers, listed := a.count(start, end)
	switch {
	case words == 0:
		return 0
	case start > 0 && int(a.tokens[start].digits) >= postcodeDigitsMin:
		return 1
	case numbers > 0 && listed > 0:
		return 3
	case numbers > 0 || listed > 0:
		return 2
	}
	return 1
}

// namesStreet reports a part that has a word of a street or a number.
func (a *Street) namesStreet(from, to int) bool {
	_, numbers, listed := a.count(from, to)
	return numbers+listed > 0
}

// postcodeDigitsMin is the number of digits from which a number that begins a
// part behind the first is taken for a postcode.
const postcodeDigitsMin = 4

func (a *Street) segmentEnd(start int) int {
	end := start + 1
	for end < len(a.tokens) && a.tokens[end].segment == a.tokens[start].segment {
		end++
	}
	return end
}

// count counts the words, the numbers and the listed words among free tokens.
func (a *Street) count(from, to int) (words, numbers, listed int) {
	for i := from; i < to; i++ {
		t := &a.tokens[i]
		switch {
		case t.used:
		case t.number():
			numbers++
		default:
			words++
			if t.kind == kindWord || t.kind == kindEnding || t.kind == kindDrop {
				listed++
			}
		}
	}
	return words, numbers, listed
}

// write writes the street from its tokens, and the others as the rest.
func (a *Street) write(from, to int) {
	for i := range a.tokens {
		t := &a.tokens[i]
		switch {
		case t.used:
		case i < from || i >= to:
			a.Rest = appendWord(a.Rest, a.word(i))
		case t.kind == kindDrop && to-from > 1:
		case i == to-1 && int(t.digits) >= postcodeDigits && len(a.Number) > 0: // 12 Main St Springfield 12345
			a.Rest = appendWord(a.Rest, a.word(i))
		default:
			a.writeWord(i, i == from, i == to-1)
		}
	}
}

// writeWord appends a word of the street in its usual spelling.
func (a *Street) writeWord(i int, first, last bool) {
	t, w := &a.tokens[i], a.word(i)
	switch {
	case t.short == "" || t.kind == kindFloor || len(w) == 1 && !first && !last:
		a.Words = appendWord(a.Words, w)
	case t.ending > 0:
		a.Words = appendWord(a.Words, w[:len(w)-int(t.ending)])
		a.Words = appendText(a.Words, t.short)
	default:
		a.Words = appendText(a.Words, t.short)
	}
}
