package dedupe

import (
	"strings"
	"unicode/utf8"

	"github.com/reconkit/reconkit/dedupe/norm"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
	"github.com/xrash/smetrics"
)

// The Jaro-Winkler similarities from which two words are called similar, and
// below which two first names are called different.
const (
	similarAbove   = 0.90
	differentBelow = 0.80
)

// The parameters of Jaro-Winkler that its author recommends: from which
// similarity an equal start counts, and how much of it, in characters.
const (
	winklerBoostAbove = 0.7
	winklerPrefixMax  = 4
)

// jaroWinkler is smetrics' similarity of at most similarBytesMax characters. It
// is made symmetric: smetrics' is not for some words. smetrics compares bytes;
// where characters have several, each gets one of its own, so that 小明 and
// 小朋 agree in one character of two.
func jaroWinkler(a, b string) float64 {
	if a > b {
		a, b = b, a
	}
	if asciiHead(a) && asciiHead(b) {
		return smetrics.JaroWinkler(a[:min(len(a), similarBytesMax)], b[:min(len(b), similarBytesMax)], winklerBoostAbove, winklerPrefixMax)
	}
	names := map[rune]byte{}
	return smetrics.JaroWinkler(renamed(a, names), renamed(b, names), winklerBoostAbove, winklerPrefixMax)
}

// asciiHead reports whether the part of s that is compared is ASCII.
func asciiHead(s string) bool {
	for i := 0; i < len(s) && i < similarBytesMax; i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// renamed writes each character as a byte, the same for equal ones.
func renamed(s string, names map[rune]byte) string {
	out := make([]byte, 0, similarBytesMax)
	for _, r := range s {
		if len(out) == similarBytesMax {
			break
		}
		if _, known := names[r]; !known {
			names[r] = byte(len(names))
		}
		out = append(out, names[r])
	}
	return string(out)
}

// similarity compares two numbered words; 0 when either is missing.
func (u *universe) similarity(a, b uint32) float64 {
	if a == b {
		return 1
	}
	if a == 0 || b == 0 {
		return 0
	}
	s := jaroWinkler(u.words.text[a], u.words.text[b])
	if len(u.german) == 0 {
		return s
	}
	ga, gb := u.german[a], u.german[b]
	if ga != "" {
		s = max(s, jaroWinkler(ga, u.words.text[b]))
	}
	if gb != "" {
		s = max(s, jaroWinkler(u.words.text[a], gb))
	}
	return s
}

// fillNames takes the names of people from the fields: first and last name by
// their kinds (by position where they have none), or a whole name.
func (u *universe) fillNames(c compare) {
	first, last, whole := -1, -1, -1
	for i, f := range c.fields {
		switch kind := u.m.schema.Field(f).Kind; {
		case kind == pipeline.KindPersonName || (kind != pipeline.KindFirstName && kind != pipeline.KindLastName && len(c.fields) == 1):
			whole = f
		case kind == pipeline.KindFirstName || (kind != pipeline.KindLastName && i == 0):
			first = f
		default:
			last = f
		}
	}
	if first >= 0 { // names are few, so that they are found as fast as those of twins
		u.fillFolded([]int{first}, nil, folding{u.first, u.name})
	}
	if last >= 0 {
		u.fillFolded([]int{last}, nil, folding{u.last, u.name})
	}
	if first >= 0 || last >= 0 {
		u.parseLongNames(first, last)
	}
	if whole >= 0 {
		u.parseWholeNames(whole)
	}
}

// name folds a name and remembers its other German spelling (the first by
// alphabet, should two names fold to one).
func (u *universe) name(s string) string {
	s = s[:min(len(s), nameBytesMax)]
	plain := canon.FoldWords(s)
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			german := canon.FoldWords(canon.FoldGerman(s))
			id := u.words.id(plain)
			if known := u.german[id]; german != plain && (known == "" || german < known) {
				u.german[id] = german
			}
			break
		}
	}
	return plain
}

// parseLongNames takes titles and generations ("Dr.", "jun.") out of names
// of more than one word, where they hide.
func (u *universe) parseLongNames(first, last int) {
	for i := range u.first {
		f, l := u.words.text[u.first[i]], u.words.text[u.last[i]]
		if strings.IndexByte(f, ' ') < 0 && strings.IndexByte(l, ' ') < 0 {
			continue
		}
		var parts [2]string
		for j, field := range [2]int{first, last} {
			if field >= 0 {
				s := u.text(int32(i), field)
				parts[j] = s[:min(len(s), nameBytesMax)]
			}
		}
		p := canon.ParsePerson(parts[0] + " " + parts[1])
		if p.Company || (p.Title == "" && p.Suffix == "") {
			continue
		}
		u.setName(i, p)
	}
}

func (u *universe) parseWholeNames(field int) {
	u.scan(field, func(i int, _ *pipeline.Batch, s string) {
		if u.first[i] != 0 || u.last[i] != 0 {
			return
		}
		s = s[:min(len(s), nameBytesMax)]
		p := canon.ParsePerson(s)
		if p.Company {
			if u.firm[i] == 0 {
				u.firm[i], u.form[i] = u.words.id(companyName(s)), u.words.id(companyForm(s))
			}
			return
		}
		u.setName(i, p)
	})
}

func (u *universe) setName(i int, p canon.Person) {
	first := p.First
	if p.Middle != "" {
		first += " " + p.Middle
	}
	u.first[i] = u.words.id(u.name(first))
	u.last[i] = u.words.id(u.name(p.Last))
	u.suffix[i] = u.words.id(generation(p.Suffix))
}

// generation is what a suffix says of the generation, in one spelling, or "":
// a degree tells nobody apart.
func generation(suffix string) string {
	for word := range strings.FieldsSeq(canon.FoldWords(suffix)) {
		switch word {
		case "jr", "jun", "junior", "ii":
			return "junior"
		case "sr", "sen", "senior":
			return "senior"
		case "iii", "iv", "vi", "vii", "viii":
			return word
		}
	}
	return ""
}

// likeness is how two names, or two parts of a name, agree.
type likeness uint8

const (
	missing   likeness = iota
	different          // clearly
	doubtful           // neither similar nor clearly different
	initial            // one is the other's first letter
	similar
	within // one has more words than the other
	equal
)

// firstNames compares two first names.
func (u *universe) firstNames(a, b uint32) likeness {
	if a == 0 || b == 0 {
		return missing
	}
	if a == b {
		return equal
	}
	x, y := u.words.text[a], u.words.text[b]
	if len(x) > len(y) {
		x, y, a, b = y, x, b, a
	}
	if u.german[a] == y || u.german[b] == x {
		return equal
	}
	switch rest := strings.TrimPrefix(y, x); {
	case utf8.RuneCountInString(x) == 1 && len(rest) < len(y):
		return initial
	case len(rest) < len(y) && rest[0] == ' ':
		return within
	case strings.HasSuffix(y, " "+x) || strings.Contains(y, " "+x+" "):
		return similar // called by a later name, or somebody else of the family
	}
	alike := graded(u.similarity(a, b))
	if alike != different && norm.NamePair(givenWords(x), givenWords(y)) {
		return different
	}
	return alike
}

// givenWords is a folded first name in the spelling of the lists of package norm, for
// which an e behind a, o or u may be an umlaut: michaela is michala.
func givenWords(first string) string { return string(norm.AppendWords(nil, first)) }

// lastNames compares two last names; a double name holds each of its parts.
func (u *universe) lastNames(a, b uint32) likeness {
	if a == 0 || b == 0 {
		return missing
	}
	if a == b {
		return equal
	}
	x, y := u.words.text[a], u.words.text[b]
	if u.german[a] == y || u.german[b] == x {
		return equal
	}
	if strings.HasPrefix(y, x+" ") || strings.HasSuffix(y, " "+x) || strings.HasPrefix(x, y+" ") || strings.HasSuffix(x, " "+y) {
		return within
	}
	return graded(u.similarity(a, b))
}

func graded(similarity float64) likeness {
	switch {
	case similarity >= similarAbove:
		return similar
	case similarity < differentBelow:
		return different
	}
	return doubtful
}

// clash reports whether two records are evidently of different people or
// companies, whatever else they share: the first names differ, or both last
// and first name are not alike. A changed last name alone is no clash.
func (u *universe) clash(a, b int32) bool {
	switch {
	case u.nature[a] == unclear || u.nature[b] == unclear:
		return false
	case u.nature[a] != u.nature[b]:
		return true
	case u.nature[a] == company:
		return u.similarity(u.firm[a], u.firm[b]) < differentBelow && !u.sharesWord(u.firm[a], u.firm[b])
	}
	if u.suffix[a] != 0 && u.suffix[b] != 0 && u.suffix[a] != u.suffix[b] {
		return true
	}
	if u.swapped(a, b) {
		return false
	}
	first, last := u.firstNames(u.first[a], u.first[b]), u.lastNames(u.last[a], u.last[b])
	switch first {
	case different:
		return last != missing || u.last[a] == u.last[b]
	case doubtful:
		return last == different
	}
	return false
}

// formsDiffer reports whether two records are companies of two legal forms.
func (u *universe) formsDiffer(a, b int32) bool {
	return u.nature[a] == company && u.nature[b] == company && norm.CompareForms(u.words.text[u.form[a]], u.words.text[u.form[b]]) != norm.FormsAlike
}

// siblings reports whether two people have first names that are alike and yet
// may be of two: Lena and Lea.
func (u *universe) siblings(a, b int32) bool {
	if u.nature[a] != person || u.nature[b] != person || u.swapped(a, b) {
		return false
	}
	first := u.firstNames(u.first[a], u.first[b])
	return first == doubtful || first == similar
}

// twoNames reports whether two people have first names that are usual ones and not
// forms or spellings of each other, however alike: Joel and Noel, but not Anna Maria
// and Annamaria. Of several names the first counts, and where that is equal the second.
func (u *universe) twoNames(a, b int32) bool {
	if u.nature[a] != person || u.nature[b] != person || u.first[a] == u.first[b] || u.swapped(a, b) {
		return false
	}
	x, y := u.words.text[u.first[a]], u.words.text[u.first[b]]
	p, others := norm.NextWord(norm.AppendWords(nil, x))
	q, more := norm.NextWord(norm.AppendWords(nil, y))
	if string(p) == string(q) && len(others) > 0 && len(more) > 0 { // Jean Pierre and Jean Paul
		p, _ = norm.NextWord(others)
		q, _ = norm.NextWord(more)
	}
	if len(p) == 1 && len(q) == 1 {
		return p[0] != q[0]
	}
	return norm.TwoGivenNames(string(p), string(q), norm.Roots(p), norm.Roots(q))
}

// swapped reports whether the first name of each is the last name of the other.
func (u *universe) swapped(a, b int32) bool {
	return u.first[a] != 0 && u.last[a] != 0 && u.first[a] == u.last[b] && u.last[a] == u.first[b] && u.first[a] != u.last[a]
}

// sharesWord reports whether two texts begin with the same word.
func (u *universe) sharesWord(a, b uint32) bool {
	x, _, _ := strings.Cut(u.words.text[a], " ")
	y, _, _ := strings.Cut(u.words.text[b], " ")
	return x != "" && x == y
}
