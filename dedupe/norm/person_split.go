package norm

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// namePart is a word of a name and what the lists and its letters say of it.
type namePart struct {
	from, to int32 // in Person.words
	info     *nameWord
	title    bool // as it is written
	more     bool // a title after another one
	suffix   bool
	joined   bool // by a hyphen with the part before
	comma    bool // one stands before it
	capitals bool // two letters or more, all capitals
	lower    bool // begins with a small letter
	prefix   bool // a particle that stays in the name: Saint, Mc
	glue     bool // and is written together with what follows
}

func (p *Person) word(i int) []byte { return p.words[p.parts[i].from:p.parts[i].to] }

// split cuts a name into parts; what stands in parentheses or quotes or after
// geb. is left out.
func (p *Person) split(name string) {
	comma, aside := false, false
	for at := 0; at < len(name); {
		switch c := name[at]; c {
		case ' ', '\t', '\n', '\r':
			at++
			continue
		case ',', ';':
			comma, aside = true, false
			at++
			continue
		case '(', '"':
			at = max(at, asideEnd(name, at)) + 1
			continue
		}
		end := at + 1
		for end < len(name) && !endsToken(name[end]) {
			end++
		}
		token := name[at:end]
		at = end
		if aside {
			continue
		}
		before := len(p.parts)
		if aside = before > 0 && p.token(token); aside {
			continue
		} else if before == 0 {
			p.token(token)
		}
		if len(p.parts) > before {
			p.parts[before].comma = comma
			comma = false
		}
	}
}

func endsToken(c byte) bool {
	return c == ' ' || c == ',' || c == '(' || c == '"' || c == ';' || c >= '\t' && c <= '\r'
}

// asideEnd is where the aside that begins at the mark ends, 0 when it does not.
func asideEnd(name string, at int) int {
	end := byte(')')
	if name[at] == '"' {
		end = '"'
	}
	if i := strings.IndexByte(name[at+1:], end); i >= 0 {
		return at + 1 + i
	}
	return 0
}

// compact takes the spaces out of words, in place.
func compact(words []byte) []byte {
	if bytes.IndexByte(words, ' ') < 0 {
		return words
	}
	out := words[:0]
	for _, c := range words {
		if c != ' ' {
			out = append(out, c)
		}
	}
	return out
}

// token appends the parts of a text without spaces. True means that it
// announces a birth name, and nothing was appended.
func (p *Person) token(raw string) bool {
	start := len(p.words)
	p.words = AppendWords(p.words, raw)
	if len(p.words) == start {
		return false
	}
	whole := p.words[start:]
	look := lookAt(raw)
	if !look.signs && bytes.IndexByte(whole, ' ') < 0 {
		info := wordOf(whole)
		if info.birth {
			p.words = p.words[:start]
			return true
		}
		p.parts = append(p.parts, newPart(raw, look, start, len(p.words), info))
		return false
	}
	p.text = compact(append(p.text[:0], whole...))
	info := wordOf(p.text)
	if info.birth {
		p.words = p.words[:start]
		return true
	}
	initials := info.generation != GenerationUnknown && spelledInitials(raw)
	if part := newPart(raw, look, start, start+len(p.text), info); (part.title || part.more || part.suffix) && !initials {
		p.words = append(p.words[:start], p.text...)
		p.parts = append(p.parts, part)
		return false
	}
	p.words = p.words[:start]
	p.pieces(raw)
	return false
}

// pieces appends the parts of a text between its full stops and hyphens.
func (p *Person) pieces(raw string) {
	joined := false
	for piece, rest := "", raw; rest != ""; {
		cut := strings.IndexAny(rest, ".-")
		if cut < 0 {
			piece, rest = rest, ""
		} else {
			piece, rest = rest[:cut+1], rest[cut+1:]
		}
		start, look := len(p.words), lookAt(piece)
		p.words = AppendWords(p.words, piece)
		for from := start; from < len(p.words); {
			word, _ := NextWord(p.words[from:])
			part := newPart(piece, look, from, from+len(word), wordOf(word))
			part.joined = joined
			p.parts = append(p.parts, part)
			from += len(word) + 1
			joined = true
		}
		joined = joined && cut >= 0 && piece[len(piece)-1] == '-' // J.R. are two names
	}
}

// spelledInitials reports single letters with full stops: J.R.R.
func spelledInitials(raw string) bool {
	letters := 0
	for _, r := range raw {
		switch {
		case r == '.':
			letters = 0
		case letters > 0:
			return false
		default:
			letters++
		}
	}
	return strings.IndexByte(raw, '.') >= 0
}

// newPart looks at how a word is written.
func newPart(raw string, look look, from, to int, info *nameWord) namePart {
	part := namePart{from: int32(from), to: int32(to), info: info, capitals: look.capitals, lower: look.lower}
	if info == noWord {
		return part
	}
	dotted := raw[len(raw)-1] == '.'
	switch info.title {
	case titleAny:
		part.title = true
	case titleDotted:
		part.title = dotted && !part.lower
	case titleExact:
		part.title = strings.TrimSuffix(raw, ".") == info.spelling
	case titleMore:
		part.more = true
	}
	switch info.suffix {
	case suffixStrong:
		part.suffix = true
	case suffixExact:
		part.suffix = strings.ReplaceAll(raw, ".", "") == info.suffixSpelling
	}
	switch info.particle {
	case particleGlued:
		part.prefix, part.glue = true, true
	case particleGluedMarked:
		part.glue = strings.ContainsAny(raw, "'`") || raw[0] >= utf8.RuneSelf
		part.prefix = part.glue
	case particleKept:
		part.prefix = true
	}
	return part
}

// look is how the letters of a word are set.
type look struct {
	capitals bool // two letters or more, all capitals
	lower    bool // the first letter is small
	signs    bool // a full stop or hyphen
}

func lookAt(raw string) (l look) {
	letters, small := 0, false
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c >= utf8.RuneSelf {
			return lookAtWide(raw)
		}
		switch {
		case c >= 'a' && c <= 'z':
			l.lower = l.lower || letters == 0
			letters++
			small = true
		case c >= 'A' && c <= 'Z':
			letters++
		case c == '.' || c == '-':
			l.signs = true
		}
	}
	l.capitals = letters > 1 && !small
	return l
}

// lookAtWide is lookAt for letters that are not ASCII.
func lookAtWide(raw string) (l look) {
	letters, small := 0, false
	for _, r := range raw {
		l.signs = l.signs || r == '.' || r == '-'
		if !unicode.IsLetter(r) {
			continue
		}
		l.lower = l.lower || letters == 0 && unicode.IsLower(r)
		letters++
		small = small || !unicode.IsUpper(r)
	}
	l.capitals = letters > 1 && !small
	return l
}

// particle reports whether part i belongs to the family name after it.
func (p *Person) particle(i int) bool {
	part := &p.parts[i]
	switch part.info.particle {
	case particleAny, particleGlued, particleKept:
		return true
	case particleGluedMarked:
		return part.glue
	case particleLower:
		return part.lower && !p.caseless()
	}
	return false
}

// caseless reports that the letters of the name are all capitals or all small.
func (p *Person) caseless() bool {
	lower, capitals := true, true
	for i := range p.parts {
		lower = lower && p.parts[i].lower
		capitals = capitals && (p.parts[i].capitals || p.parts[i].to-p.parts[i].from == 1)
	}
	return lower || capitals
}

// commaAfter is the first part after from that follows a comma, or to.
func (p *Person) commaAfter(from, to int) int {
	for i := from + 1; i < to; i++ {
		if p.parts[i].comma {
			return i
		}
	}
	return to
}

// takeTitles returns the first part after the titles that begin a name; least
// parts stay in any case.
func (p *Person) takeTitles(from, to, least int) int {
	going := false
	for to-from > least {
		part := &p.parts[from]
		if !part.title && !(part.more && going) {
			break
		}
		going = true
		from++
	}
	return from
}

// takeSuffixes returns the end of a name before its suffixes, and sets the
// generation that they say. The first part is never one.
func (p *Person) takeSuffixes(from, to int) int {
	for to-from > 1 {
		part := &p.parts[to-1]
		if !part.suffix && !(part.title && part.comma) {
			break
		}
		if part.info.generation != GenerationUnknown {
			p.Generation = part.info.generation
		}
		to--
	}
	return to
}

func (p *Person) hasWord(words ...string) bool {
	for i := range p.parts {
		for _, w := range words {
			if string(p.word(i)) == w && i > 0 && i < len(p.parts)-1 {
				return true
			}
		}
	}
	return false
}
