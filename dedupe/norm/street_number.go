package norm

// takeBox takes a post office box.
func (a *Street) takeBox() {
	for i := range a.tokens {
		if a.tokens[i].kind != kindBox {
			continue
		}
		at := i + 1
		if at < len(a.tokens) && !a.tokens[at].number() { // skr. poczt. 12
			at++
		}
		if at >= len(a.tokens) || !a.tokens[at].number() || a.tokens[at].segment != a.tokens[i].segment {
			continue
		}
		for j := i - 1; j >= 0 && boxLead(a.word(j)); j-- {
			a.tokens[j].used = true
		}
		for j := i; j < at; j++ {
			a.tokens[j].used = true
		}
		for ; at < len(a.tokens) && a.tokens[at].number() && a.tokens[at].segment == a.tokens[i].segment; at++ {
			a.Box = append(a.Box, a.word(at)...)
			a.tokens[at].used = true
		}
		return
	}
}

// boxLead reports the words before box.
func boxLead(word []byte) bool {
	switch string(word) {
	case "po", "p", "o", "post", "office", "off":
		return true
	}
	return false
}

// takeUnits takes flats, floors and what follows a #.
func (a *Street) takeUnits() {
	for i := range a.tokens {
		t := &a.tokens[i]
		switch {
		case t.used:
		case t.sign == '#' && (t.number() || len(a.word(i)) <= 2):
			a.takeUnit(i, i)
		case t.kind != kindUnit && t.kind != kindFloor:
		case t.kind == kindUnit && i+1 < len(a.tokens) && a.unitValue(i+1, t.segment):
			a.takeUnit(i, i+1)
		case t.kind == kindUnit && i > 0 && a.floorBefore(i):
			a.takeUnit(i, i-1)
		case t.kind == kindFloor && i > 1:
			a.takeFloor(i)
		}
	}
}

// takeFloor takes a floor that is a unit by itself, where nothing but another
// word of its kind follows.
func (a *Street) takeFloor(i int) {
	t := &a.tokens[i]
	if next := i + 1; next < len(a.tokens) && a.tokens[next].segment == t.segment {
		switch a.tokens[next].kind {
		case kindFloor:
		case kindUnit: // ground floor
			a.tokens[next].used = true
		default:
			return
		}
	}
	t.used = true
	a.Unit = appendText(a.Unit, t.short)
}

// unitValue reports whether token i may be the number or letter of a unit.
func (a *Street) unitValue(i int, segment uint8) bool {
	t := &a.tokens[i]
	if t.used || t.segment != segment || t.digits >= postcodeDigits || t.sign == '-' && t.digits >= postcodeDigitsMin {
		return false // FL 60527, FL-9490
	}
	return t.number() || len(a.word(i)) == 1 || t.kind == kindNumber && i+1 < len(a.tokens) && a.tokens[i+1].number()
}

// floorBefore reports that the token before a floor counts it: 2nd floor, 3.
// OG.
func (a *Street) floorBefore(i int) bool {
	before := &a.tokens[i-1]
	if before.used || before.segment != a.tokens[i].segment {
		return false
	}
	word := a.word(i - 1)
	counts := word[0] >= '0' && word[0] <= '9' || before.short != "" && before.short[0] <= '9'
	return counts && (!before.number() || before.stop) && i > 1
}

// takeUnit appends the value at the token to the units; mark is the word that
// says so.
func (a *Street) takeUnit(mark, value int) {
	a.tokens[mark].used = true
	if a.tokens[value].kind == kindNumber && value > mark { // Apt No 4
		a.tokens[value].used = true
		value++
	}
	a.tokens[value].used = true
	word := a.word(value)
	switch short, n := a.tokens[value].short, len(word)-2; {
	case short != "" && short[0] <= '9': // second is 2nd
		word = []byte(short[:len(short)-2])
	case n > 0 && ordinal(word[n:]):
		word = word[:n]
	}
	a.Unit = appendWord(a.Unit, word)
	if a.tokens[mark].short == floorMark {
		a.Floors = appendWord(a.Floors, word)
	}
}

// floorMark is the usual spelling of the words that count floors.
const floorMark = "fl"

// takeMarkedNumber takes a house number that a word announces: Nr. 12.
func (a *Street) takeMarkedNumber() bool {
	for i := 0; i+1 < len(a.tokens); i++ {
		t := &a.tokens[i]
		if t.kind != kindNumber || t.used || !a.tokens[i+1].number() || a.tokens[i+1].used {
			continue
		}
		t.used = true
		a.takeNumber(i+1, a.groupEnd(i+1))
		return true
	}
	return false
}

// takeLeadingNumber takes the number that begins the street, or stands alone in
// the part before it: 12 Main St; 12, rue de la Paix.
func (a *Street) takeLeadingNumber(from, to int) bool {
	for from < to && a.tokens[from].used {
		from++
	}
	switch {
	case from < to && a.tokens[from].number() && to-from > 1 && !a.onlyGroup(from, to):
	case from > 0 && from < to && a.tokens[from-1].segment != a.tokens[from].segment && a.loneGroup(from-1):
		start := from - 1
		for start > 0 && a.tokens[start-1].segment == a.tokens[from-1].segment {
			start--
		}
		a.takeNumber(start, from)
		return true
	default:
		return false
	}
	if a.tokens[from].stop && a.trailingGroup(from+1, to) < to { // 17. Juni 135
		return false
	}
	if from+2 < to && a.tokens[from+1].number() && a.tokens[from+1].sign == '/' { // 3/12 Smith St
		a.takeUnit(from, from)
		from++
	}
	a.takeNumber(from, a.leadingEnd(from, to))
	return true
}

// leadingEnd is the end of the number that begins at from: ranges and a letter
// go with it.
func (a *Street) leadingEnd(from, to int) int {
	end := from + 1
	for end < to && a.tokens[end].number() && a.tokens[end].sign == '-' {
		end++
	}
	if end+1 < to && a.houseLetter(end) && a.tokens[end+1].kind != kindWord && a.tokens[end+1].kind != kindEnding {
		end++
	}
	return end
}

// houseLetter reports a token that may follow a house number. N, S, E and W
// before a street are directions.
func (a *Street) houseLetter(i int) bool {
	w := a.word(i)
	switch string(w) {
	case "n", "s", "e", "w":
		return a.tokens[i].sign != ' '
	case "bis", "ter", "quater":
		return true
	}
	return len(w) == 1 && w[0] >= 'a' && w[0] <= 'z'
}

// groupEnd is the end of the numbers and letters from i on.
func (a *Street) groupEnd(i int) int {
	segment := a.tokens[i].segment
	for i < len(a.tokens) && a.tokens[i].segment == segment && !a.tokens[i].used && (a.tokens[i].number() || a.groupLetter(i)) {
		i++
	}
	return i
}

// groupLetter reports a token that may follow a number at the end of a line,
// where no direction stands.
func (a *Street) groupLetter(i int) bool {
	w := a.word(i)
	switch string(w) {
	case "bis", "ter", "quater":
		return true
	}
	return len(w) == 1 && w[0] >= 'a' && w[0] <= 'z'
}

// onlyGroup reports that the tokens are a number and nothing else.
func (a *Street) onlyGroup(from, to int) bool { return a.groupEnd(from) >= to }

// loneGroup reports that the part that ends at last is a house number alone.
func (a *Street) loneGroup(last int) bool {
	start := last
	for start > 0 && a.tokens[start-1].segment == a.tokens[last].segment {
		start--
	}
	t := &a.tokens[start]
	return !t.used && t.number() && t.digits < postcodeDigits && a.groupEnd(start) == last+1
}

// postcodeDigits is the number of digits from which a number that stands alone
// between commas is a postcode.
const postcodeDigits = 5

// trailingGroup is where the number that ends from:to begins, or to.
func (a *Street) trailingGroup(from, to int) int {
	end := to
	for end > from && a.tokens[end-1].used {
		end--
	}
	for i := from; i < end; i++ {
		if t := &a.tokens[i]; t.number() && !t.used && a.groupEnd(i) >= end {
			return i
		}
	}
	return to
}

// takeTrailingNumber takes the number that ends the street: Hauptstraße 12 a.
func (a *Street) takeTrailingNumber(from, to int) bool {
	at := a.trailingGroup(from+1, to)
	if at >= to {
		return false
	}
	a.takeNumber(at, a.groupEnd(at))
	return true
}

// takeLoneNumber takes a number that is alone in the part after the street
// (Calle Mayor, 5), or all that the line has.
func (a *Street) takeLoneNumber(from, to int) {
	if to < len(a.tokens) && to > from {
		if end := a.segmentEnd(to); a.loneGroup(end - 1) {
			a.takeNumber(to, end)
		}
		return
	}
	if from == 0 && to == 0 && len(a.tokens) > 0 && a.tokens[0].number() && !a.tokens[0].used {
		a.takeNumber(0, a.groupEnd(0))
	}
}

// takeNumber takes tokens that begin with the house number. A letter or what
// follows a hyphen is its suffix; other numbers are units.
func (a *Street) takeNumber(from, to int) {
	for i := from; i < to; i++ {
		t, w := &a.tokens[i], a.word(i)
		if t.used {
			continue
		}
		t.used = true
		switch {
		case i == from:
			a.Number = append(a.Number, trimZeros(w[:t.digits])...)
			a.Suffix = append(a.Suffix, w[t.digits:]...)
		case !t.number() && t.sign != '/' || t.sign == '-':
			a.Suffix = appendWord(a.Suffix, w)
		default:
			a.Unit = appendWord(a.Unit, w)
		}
	}
}

// trimZeros takes leading zeros off digits, but for the last.
func trimZeros(digits []byte) []byte {
	for len(digits) > 1 && digits[0] == '0' {
		digits = digits[1:]
	}
	return digits
}
