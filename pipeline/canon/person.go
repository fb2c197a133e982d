package canon

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The limits of a person's name: longer text is left whole.
const (
	personBytesMax = 400
	personWordsMax = 24
)

// Person is the name of a person in parts. Each part may be "".
type Person struct {
	Title  string // salutations and degrees before the name: Frau Prof. Dr. med.
	First  string // the first given name
	Middle string // further given names and initials
	Last   string // surnames with their particles: von der Heide
	Suffix string // what follows the name: Jr., III, MBA

	// Company reports that the text names an organisation: it is whole in Last.
	Company bool
}

// String writes the parts in a form that ParsePerson reads as the same parts.
func (p Person) String() string {
	name := Squish(strings.Join([]string{p.Title, p.First, p.Middle, p.Last}, " "))
	if p.Suffix != "" {
		name += ", " + p.Suffix
	}
	return name
}

// ParsePerson splits the name of a person, written "First Last" or "Last,
// First", with titles, degrees, particles and suffixes. A name of one word is
// a Last. A name all in capitals or all in small letters gets the usual ones
// (ANNA VAN DER BERG becomes Anna van der Berg); otherwise letters stay as
// they are, but for a surname in capitals (Jean DUPONT). Nicknames and birth
// names in parentheses, in quotes or after "geb." or "née" are left out.
//
// Left whole, in Last, are names of other than Latin letters, two people in
// one field (Hans & Anna Meier), text with digits or an @, and text of more
// than 400 bytes. An organisation is recognised by its legal form or by a word
// that no person is called. ParsePerson never fails: a wrong split of a name
// that no rule knows is possible, and a person should look at what matters.
func ParsePerson(s string) Person {
	text := Squish(s)
	if len(text) > personBytesMax || !utf8.ValidString(text) {
		return Person{Last: text}
	}
	text = norm.NFC.String(text)
	var buf [personWordsMax]string
	switch {
	case organisation(text, appendWords(buf[:0], text)):
		return Person{Last: text, Company: true}
	case leftWhole(text):
		return Person{Last: text}
	}
	var n nameParts
	n.read(withoutAsides(text))
	if n.empty() {
		return Person{Last: text}
	}
	n.repair()
	return n.person()
}

// leftWhole reports that a text is not for splitting.
func leftWhole(text string) bool {
	letters := 0
	for _, r := range text {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
			letters++
		case r == ' ', r == '.', r == '-', r == ',':
		case unicode.IsDigit(r), r == '@', r == '&', r == '+', r == '/', r == '\\', r == '_', r == ';', r == ':':
			return true
		case unicode.IsLetter(r):
			letters++
			if !unicode.Is(unicode.Latin, r) {
				return true
			}
		case unicode.IsMark(r), r == '\u2019', r == '\u2018':
		case r >= utf8.RuneSelf && !strings.ContainsRune("´“”„«»–‐·ªº", r), r < ' ':
			return true
		}
	}
	if letters == 0 || strings.Count(text, " ") >= personWordsMax {
		return true
	}
	for _, and := range [...]string{" und ", " and ", " et "} {
		if strings.Contains(text, and) && !strings.Contains(text, " von und ") {
			return true
		}
	}
	return false
}

// withoutAsides leaves out nicknames and birth names. What is nothing but an
// aside stays.
func withoutAsides(text string) string {
	out := cutBetween(text, "(", ")")
	out = cutBetween(out, `"`, `"`)
	if !ascii(out) {
		out = cutBetween(out, "“", "”")
		out = cutBetween(out, "„", "“")
	}
	if out = strings.Trim(beforeBirthName(out), " ,"); out == "" {
		return text
	}
	return Squish(out)
}

// beforeBirthName cuts a text at the first word that announces a birth name,
// unless it begins with one.
func beforeBirthName(text string) string {
	for at := 0; at < len(text); {
		end := strings.IndexByte(text[at:], ' ') + at
		if end < at {
			end = len(text)
		}
		if birthWord(text[at:end]) {
			if at == 0 {
				return text
			}
			return text[:at]
		}
		at = end + len(" ")
	}
	return text
}

func birthWord(w string) bool {
	if w == "" || !strings.ContainsRune("gGnN", rune(w[0])) {
		return false
	}
	switch strings.ToLower(w) {
	case "geb.", "geborene", "geborener", "née", "né", "nata":
		return true
	}
	return false
}

// cutBetween takes out what stands between the marks, unless it belongs to a
// degree, such as (FH).
func cutBetween(s, open, end string) string {
	for from := 0; ; {
		i := strings.Index(s[from:], open)
		if i < 0 {
			return s
		}
		i += from
		j := strings.Index(s[i+len(open):], end)
		if j < 0 {
			return s
		}
		j += i + len(open)
		if titleOf(s[i:j]) != nil {
			from = j + len(end)
			continue
		}
		s = s[:i] + " " + s[j+len(end):]
	}
}

// nameParts is a name on its way: words by the part they belong to.
type nameParts struct {
	title, given, last, suffix []string
}

func (n *nameParts) empty() bool { return len(n.given) == 0 && len(n.last) == 0 }

func (n *nameParts) person() Person {
	p := Person{
		Title:  strings.Join(n.title, " "),
		Last:   strings.Join(n.last, " "),
		Suffix: strings.Join(n.suffix, ", "),
	}
	if len(n.given) > 0 {
		p.First, p.Middle = n.given[0], strings.Join(n.given[1:], " ")
	}
	return p
}

// read sorts the words of a name into parts. A comma divides surname and given
// names, or comes before suffixes, or both.
func (n *nameParts) read(text string) {
	var buf [namePartsUsual][]string
	parts := buf[:0]
	for part, rest, more := "", text, true; more; {
		part, rest, more = strings.Cut(rest, ",")
		if words := nameWords(part); len(words) > 0 {
			parts = append(parts, words)
		}
	}
	for len(parts) > 1 {
		tail := parts[len(parts)-1]
		suffixes := suffixSpellings(tail)
		if suffixes == nil {
			break
		}
		n.suffix = append(suffixes, n.suffix...)
		parts = parts[:len(parts)-1]
	}
	if len(parts) == 0 {
		return
	}
	surname := n.takeTitles(n.takeSuffixes(parts[0], true))
	var given []string
	for _, part := range parts[1:] {
		given = append(given, part...)
	}
	if len(given) > 0 {
		given = n.takeTitles(n.takeSuffixes(given, false))
	}
	if len(given) == 0 {
		n.divide(surname)
		return
	}
	cut := len(given)
	for cut > 1 && particle(given[cut-1], false) {
		cut--
	}
	n.given = given[:cut]
	n.last = append(append([]string{}, given[cut:]...), surname...)
}

// namePartsUsual is room for the parts between commas without an allocation.
const namePartsUsual = 4

// nameWords splits at spaces, puts a lone O' or D' before its name, and takes
// titles apart that are written together (Prof.Dr.).
func nameWords(part string) []string {
	words := make([]string, 0, strings.Count(part, " ")+1)
	for w, rest, more := "", part, true; more; {
		if w, rest, more = strings.Cut(rest, " "); w == "" {
			continue
		}
		last := len(words) - 1
		if last >= 0 && apostropheOnly(words[last]) {
			words[last] += w
			continue
		}
		words = appendTitles(words, w)
	}
	return words
}

func apostropheOnly(w string) bool {
	if w == "" || !strings.ContainsRune("OoDd", rune(w[0])) {
		return false
	}
	return w[1:] == "'" || w[1:] == "’"
}

// appendTitles appends a word or, where it is nothing but titles that are
// written together, each of them.
func appendTitles(words []string, w string) []string {
	if strings.Count(w, ".") < 2 || titleOf(w) != nil {
		return append(words, w)
	}
	parts := strings.SplitAfter(w, ".")
	if parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	for _, p := range parts {
		if titleOf(p) == nil {
			return append(words, w)
		}
	}
	return append(words, parts...)
}

// takeTitles moves the titles that begin the words into the title. One word is
// always left.
func (n *nameParts) takeTitles(words []string) []string {
	for len(words) > 1 || (len(words) == 1 && n.hasName()) {
		t := titleOf(words[0])
		if t == nil || !t.means(words[0], len(n.title) > 0) {
			break
		}
		n.title = append(n.title, t.spelling)
		words = words[1:]
	}
	return words
}

// hasName is true once a surname has been read: a part that is all title may
// then be given up whole (Müller, Dr.).
func (n *nameParts) hasName() bool { return len(n.last) > 0 }

// takeSuffixes moves the suffixes that end the words into the suffix.
func (n *nameParts) takeSuffixes(words []string, keepOne bool) []string {
	least := 0
	if keepOne {
		least = 1
	}
	whole := words
	for len(words) > least {
		s := suffixOf(words[len(words)-1])
		if s == nil || !s.follows(words[len(words)-1], letterCase(whole) == mixedCase) {
			break
		}
		n.suffix = append([]string{s.spelling}, n.suffix...)
		words = words[:len(words)-1]
	}
	return words
}

// suffixSpellings is what a part after a comma is called when it holds nothing
// but suffixes and titles, else nil.
func suffixSpellings(words []string) []string {
	var out []string
	for _, w := range words {
		if s := suffixOf(w); s != nil && s.follows(w, true) {
			out = append(out, s.spelling)
			continue
		}
		t := titleOf(w)
		if t == nil || !t.means(w, true) {
			return nil
		}
		out = append(out, t.spelling)
	}
	return out
}

// divide sorts words in natural order.
func (n *nameParts) divide(words []string) {
	if len(words) == 1 {
		n.last = words
		return
	}
	if from, to, ok := capitalSurname(words); ok {
		n.last = words[from:to:to]
		n.given = slices.Concat(words[:from], words[to:])
		return
	}
	start := surnameStart(words)
	n.given, n.last = words[:start], words[start:]
}

// surnameStart is the index of the first word of the surname.
func surnameStart(words []string) int {
	caseless := letterCase(words) != mixedCase
	first, second := words[0], words[1]
	if particle(first, caseless) && (len(words) > 2 && particle(second, caseless) || !caseless && lowerStart(first)) {
		return 0
	}
	start := len(words) - 1
	for i := 1; i < len(words)-1; i++ {
		if !caseless && names().join[words[i]] {
			return i - 1
		}
		if particle(words[i], caseless) {
			start = i
			break
		}
	}
	if start > 1 && iberian(words[start-1]) && (start < len(words)-1 || iberian(words[start])) {
		start--
	}
	return start
}

// capitalSurname finds a surname that is written in capitals while the given
// names are not: DUPONT Jean, Jean DUPONT. It spans words[from:to].
func capitalSurname(words []string) (from, to int, ok bool) {
	if letterCase(words) != mixedCase {
		return 0, 0, false
	}
	lead := 0
	for lead < len(words) && inCapitals(words[lead], 2) {
		lead++
	}
	trail := len(words)
	for trail > 0 && inCapitals(words[trail-1], 2) {
		trail--
	}
	switch {
	case lead > 0 && lead < len(words) && trail == len(words) && inCapitals(words[lead-1], 3):
		return 0, lead, true
	case lead == 0 && trail > 0 && trail < len(words):
		return trail, len(words), true
	}
	return 0, 0, false
}
