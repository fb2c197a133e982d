package canon

import (
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"
)

// The limits of a company name: longer text is left whole, and a legal form
// has at most so many words.
const (
	companyBytesMax    = 1000
	legalFormWordsMax  = 8
	legalFormsExpected = 600 // spellings; sizes the table, and bounds nothing
)

// Company is the name of an organisation, with its legal form apart.
type Company struct {
	Name      string // as written, white space squeezed, without the form
	LegalForm string // as the register spells it, or ""
}

// ParseCompany takes the legal form off a company name, at its end ("GmbH &
// Co. KG", "Ltd.", "S.à r.l.") or, where the language puts it there, at its
// start ("株式会社", "ООО"). A name that is nothing but a legal form is left
// whole, as is text longer than 1,000 bytes.
func ParseCompany(s string) Company {
	name := Squish(s)
	if len(name) > companyBytesMax || name == "" {
		return Company{Name: name}
	}
	name = norm.NFC.String(name)
	form := ""
	for {
		rest, found := withoutForm(name)
		if found == "" {
			return Company{Name: name, LegalForm: form}
		}
		name = rest
		if form != found { // written twice is meant once
			form = strings.TrimSpace(found + " " + form)
		}
	}
}

// withoutForm takes one legal form off, the longest that fits; found is "" when
// there is none.
func withoutForm(name string) (rest, found string) {
	if rest, found = withoutJoinedForm(name); found != "" {
		return rest, found
	}
	var buf [personWordsMax]string
	words := appendWords(buf[:0], name)
	if rest, found = formAfter(name, words); found != "" {
		return rest, found
	}
	return formBefore(name, words)
}

// appendWords appends what stands between the single spaces of squished text.
func appendWords(words []string, text string) []string {
	for {
		space := strings.IndexByte(text, ' ')
		if space < 0 {
			return append(words, text)
		}
		words = append(words, text[:space])
		text = text[space+1:]
	}
}

// keyEnds says where in the keys of the words at one end of a name, which stand
// one after the other, the key of each word ends.
type keyEnds [legalFormWordsMax + 1]int

// appendKeys appends the keys of at most legalFormWordsMax words to the empty
// keys.
func (e *keyEnds) appendKeys(keys []byte, words []string) []byte {
	for i, w := range words {
		keys = appendFormKey(keys, w)
		e[i+1] = len(keys)
	}
	return keys
}

func formAfter(name string, words []string) (rest, found string) {
	var buf [foldBufferBytes]byte
	tail := words[len(words)-min(legalFormWordsMax, len(words)-1):]
	var ends keyEnds
	keys := ends.appendKeys(buf[:0], tail)
	table, bytes := legalForms(), 0
	var forms []legalForm // the longest so far, and where it begins
	from, cut := 0, 0
	for at := len(tail) - 1; at >= 0; at-- {
		bytes += len(" ") + len(tail[at])
		longer := table.after[string(keys[ends[at]:])]
		if longer != nil && hasLetterOrDigit(words[:len(words)-len(tail)+at]) {
			forms, from, cut = longer, at, bytes
		}
	}
	if forms == nil {
		return name, ""
	}
	return trimName(name[:len(name)-cut]), written(forms, tail[from:])
}

func formBefore(name string, words []string) (rest, found string) {
	var buf [foldBufferBytes]byte
	head := words[:min(legalFormWordsMax, len(words)-1)]
	var ends keyEnds
	keys := ends.appendKeys(buf[:0], head)
	table, bytes := legalForms(), 0
	var forms []legalForm // the longest so far, and where it ends
	to, cut := 0, 0
	for n := 1; n <= len(head); n++ {
		bytes += len(head[n-1]) + len(" ")
		longer := table.before[string(keys[:ends[n]])]
		if longer != nil && hasLetterOrDigit(words[n:]) {
			forms, to, cut = longer, n, bytes
		}
	}
	if forms == nil {
		return name, ""
	}
	return trimName(name[cut:]), written(forms, head[:to])
}

// firstEastAsian is the first Hangul letter: scripts that write a legal form
// without a space, and signs such as ㈱, are at or above it.
const firstEastAsian = '\u1100'

// withoutJoinedForm looks for forms of scripts that put no space before them.
func withoutJoinedForm(name string) (rest, found string) {
	if ascii(name) || strings.IndexFunc(name, func(r rune) bool { return r >= firstEastAsian }) < 0 {
		return name, ""
	}
	wide := norm.NFKC.String(name) // ㈱ becomes (株)
	for _, form := range legalForms().joined {
		rest, ok := strings.CutSuffix(wide, form)
		if !ok {
			rest, ok = strings.CutPrefix(wide, form)
		}
		if rest = trimName(rest); ok && FoldWords(rest) != "" {
			return Squish(rest), form
		}
	}
	return name, ""
}

// trimName takes off the punctuation that stood between name and form.
func trimName(s string) string { return strings.Trim(s, " ,;-–&+/") }

func hasLetterOrDigit(words []string) bool {
	var buf [foldBufferBytes]byte
	return slices.ContainsFunc(words, func(w string) bool { return len(appendFoldWords(buf[:0], w)) > 0 })
}

// legalForm is one spelling of a legal form.
type legalForm struct {
	spelling  string
	canonical string // as the register spells it
	weak      bool   // also a word or a surname: no proof that a name is a company's
}

// written is the canonical spelling of the form that is meant where several
// countries have one of the same letters (A/S, a.s., AS): the one that is
// spelled most like the words, else the first of the list.
func written(forms []legalForm, words []string) string {
	text := strings.Join(words, " ")
	same := [...]func(a, b string) bool{
		func(a, b string) bool { return a == b },
		strings.EqualFold,
		func(a, b string) bool { return strings.EqualFold(withoutStops(a), withoutStops(b)) },
	}
	for _, equal := range same {
		for _, f := range forms {
			if equal(f.spelling, text) {
				return f.canonical
			}
		}
	}
	return forms[0].canonical
}

func withoutStops(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == ' ' || r == ',' {
			return -1
		}
		return r
	}, s)
}

// formTable finds legal forms by their key, in the order of the list.
type formTable struct {
	after  map[string][]legalForm // forms that end a name
	before map[string][]legalForm // forms that begin one
	joined []string               // forms written without a space, longest first
}

// legalForms reads lines such as "after GmbH | Gesellschaft mit beschränkter
// Haftung". The first word says where the form stands: after the name, before
// it, on both sides, or joined; "weak" is after, but is no proof that a name
// is a company's.
var legalForms = sync.OnceValue(func() *formTable {
	t := &formTable{
		after:  make(map[string][]legalForm, legalFormsExpected),
		before: map[string][]legalForm{},
	}
	for _, line := range lines("legal_forms") {
		where, spellings, _ := strings.Cut(line, " ")
		canonical := ""
		for spelling := range strings.SplitSeq(spellings, "|") {
			spelling = strings.TrimSpace(spelling)
			if canonical == "" {
				canonical = spelling
			}
			if where == "joined" {
				t.joined = append(t.joined, spelling)
				continue
			}
			form := legalForm{spelling: spelling, canonical: canonical, weak: where == "weak"}
			key := formKey(spelling)
			if where != "before" {
				t.after[key] = append(t.after[key], form)
			}
			if where == "before" || where == "both" {
				t.before[key] = append(t.before[key], form)
			}
		}
	}
	return t
})
