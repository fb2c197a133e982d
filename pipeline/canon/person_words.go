package canon

import (
	"bytes"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// nameTable holds the word lists of names, by formKey or folded word.
type nameTable struct {
	title    map[string]*titleWord
	suffix   map[string]*suffixWord
	particle map[string]string // "any" or "lower"
	join     map[string]bool   // between two surnames, in small letters
	capital  map[string]bool   // particles that keep their capital: Mac, St., Le
	iberian  map[string]bool
	spelling map[string]string
	company  map[string]bool
	endings  map[byte][]string // of words that name an organisation, by the last byte
}

// titleWord is a word of a title, and when it is one.
type titleWord struct{ kind, spelling string }

// means reports whether the word, as written, is this title; going says that
// it follows another word of a title.
func (t *titleWord) means(written string, going bool) bool {
	switch t.kind {
	case "more":
		return going
	case "dotted":
		return strings.HasSuffix(written, ".") && lettersUp(written)
	case "exact":
		return strings.TrimSuffix(written, ".") == t.spelling
	}
	return true
}

func lettersUp(w string) bool { return !lowerStart(w) }

// suffixWord is a suffix, and whether only its exact letters are one.
type suffixWord struct{ kind, spelling string }

// follows reports whether the word, as written, is this suffix. In a name all
// in capitals, letters tell nothing, and only strong suffixes count.
func (s *suffixWord) follows(written string, mixed bool) bool {
	if s.kind == "strong" {
		return true
	}
	return mixed && strings.ReplaceAll(written, ".", "") == strings.ReplaceAll(s.spelling, ".", "")
}

// particle reports whether a word belongs to the surname after it. Caseless
// says that the name has no difference of large and small letters: words that
// are particles in small letters only do not count then.
func particle(w string, caseless bool) bool {
	var buf [foldBufferBytes]byte
	switch names().particle[string(withoutStop(appendFold(buf[:0], w, plainUmlauts)))] {
	case "any":
		return true
	case "lower":
		return !caseless && lowerStart(w)
	}
	return false
}

// particleKey keeps the apostrophe of 't, which formKey would lose, but not
// that of de' Medici.
func particleKey(w string) string { return string(withoutStop([]byte(Fold(w)))) }

func withoutStop(key []byte) []byte { return bytes.TrimRight(key, ".'") }

// iberian reports a surname, perhaps one of two with a hyphen, that is usual
// where people have two.
func iberian(w string) bool {
	first, _, _ := strings.Cut(w, "-")
	var buf [foldBufferBytes]byte
	return names().iberian[string(appendFold(buf[:0], first, plainUmlauts))]
}

// titleOf is the title that the letters of a word may be, or nil.
func titleOf(w string) *titleWord {
	var buf [foldBufferBytes]byte
	return names().title[string(appendFormKey(buf[:0], w))]
}

// suffixOf is the suffix that the letters of a word may be, or nil.
func suffixOf(w string) *suffixWord {
	var buf [foldBufferBytes]byte
	return names().suffix[string(appendFormKey(buf[:0], w))]
}

var names = sync.OnceValue(func() *nameTable {
	t := &nameTable{
		title:    map[string]*titleWord{},
		suffix:   map[string]*suffixWord{},
		particle: map[string]string{},
		join:     map[string]bool{},
		capital:  map[string]bool{"mc": true, "mac": true, "st": true, "ste": true, "saint": true, "o": true, "le": true, "lo": true, "ni": true, "nic": true},
		iberian:  map[string]bool{},
		spelling: map[string]string{},
		company:  map[string]bool{},
		endings:  map[byte][]string{},
	}
	eachKind("titles", func(kind, word string) {
		if t.title[formKey(word)] == nil {
			t.title[formKey(word)] = &titleWord{kind: kind, spelling: word}
		}
	})
	eachKind("suffixes", func(kind, word string) {
		if t.suffix[formKey(word)] == nil {
			t.suffix[formKey(word)] = &suffixWord{kind: kind, spelling: word}
		}
	})
	eachKind("particles", func(kind, word string) {
		if kind == "join" {
			t.join[word] = true
			return
		}
		t.particle[particleKey(word)] = kind
	})
	for _, line := range lines("iberian_surnames") {
		for _, name := range strings.Fields(line) {
			t.iberian[Fold(name)] = true
		}
	}
	for _, name := range lines("spellings") {
		t.spelling[Fold(name)] = name
	}
	for _, word := range lines("company_words") {
		whole, ending := strings.CutPrefix(word, "-")
		t.company[Fold(whole)] = true
		if ending {
			key := Fold(whole)
			last := key[len(key)-1]
			t.endings[last] = append(t.endings[last], key)
		}
	}
	return t
})

// eachKind reads a list whose lines are a kind and a word.
func eachKind(list string, add func(kind, word string)) {
	for _, line := range lines(list) {
		kind, word, _ := strings.Cut(line, " ")
		add(kind, word)
	}
}

// organisation reports that a text of these words names a company, an
// authority or the like.
func organisation(text string, words []string) bool {
	if _, form := withoutJoinedForm(text); form != "" {
		return true
	}
	if len(words) < 2 {
		return false
	}
	if provenByForm(words) || familyFirm(words) {
		return true
	}
	var buf [foldBufferBytes]byte
	table := names()
	for _, w := range words {
		key := appendFold(buf[:0], trimMarks(w), plainUmlauts)
		if len(key) == 0 {
			continue
		}
		if table.company[string(key)] {
			return true
		}
		for _, ending := range table.endings[key[len(key)-1]] {
			if len(key) > len(ending)+2 && string(key[len(key)-len(ending):]) == ending {
				return true
			}
		}
	}
	return false
}

// trimMarks takes off the punctuation around a word.
func trimMarks(w string) string {
	if ascii(w) {
		return strings.Trim(w, `.,()"`)
	}
	return strings.Trim(w, `.,()"“”„`)
}

// familyFirm recognises Meier & Söhne, Smith & Co.
func familyFirm(words []string) bool {
	for i, w := range words[:len(words)-1] {
		if w != "&" && w != "+" && w != "und" && w != "and" && w != "et" && w != "y" {
			continue
		}
		switch formKey(words[i+1]) {
		case "sohne", "sohn", "sons", "son", "partner", "partners", "co", "cie", "company", "associates", "fils", "figli", "hijos", "brothers", "tochter":
			return i > 0
		}
	}
	return false
}

// provenByForm reports a legal form that cannot be a part of a person's name,
// as it is written here.
func provenByForm(words []string) bool {
	var buf [foldBufferBytes]byte
	var ends keyEnds
	table := legalForms()
	tail := words[len(words)-min(legalFormWordsMax, len(words)-1):]
	keys := ends.appendKeys(buf[:0], tail)
	for at := len(tail) - 1; at >= 0; at-- {
		for _, f := range table.after[string(keys[ends[at]:])] {
			if f.proves(tail[at:], letterCase(words)) {
				return true
			}
		}
	}
	head := words[:min(legalFormWordsMax, len(words)-1)]
	keys = ends.appendKeys(buf[:0], head)
	for n := 1; n <= len(head); n++ {
		for _, f := range table.before[string(keys[:ends[n]])] {
			if utf8.RuneCount(keys[:ends[n]]) > 2 && f.spelled(head[:n]) {
				return true
			}
		}
	}
	return false
}

// spelled reports the very letters and full stops of the form.
func (f legalForm) spelled(words []string) bool {
	return strings.Join(words, "") == strings.ReplaceAll(f.spelling, " ", "")
}

// proves reports that words with the key of the form are not a part of a
// person's name. A weak form must be spelled as in the list within a name that
// is not all in capitals; another one only must not look like a name (Asa for
// ASA).
func (f legalForm) proves(words []string, whole nameCase) bool {
	text := strings.Join(words, "")
	switch {
	case f.weak:
		return whole == mixedCase && f.spelled(words)
	case withoutStops(f.spelling) == withoutStops(text):
		return true
	}
	if len(words) > 1 { // not so do Ó, which is no d.o.o.
		return ascii(text) || strings.Contains(text, ".") || strings.EqualFold(withoutStops(f.spelling), withoutStops(text))
	}
	return !likeName(text)
}

// likeName reports one capital and then small letters.
func likeName(w string) bool {
	r := []rune(w)
	for i, c := range r {
		if (i == 0) != unicode.IsUpper(c) {
			return false
		}
	}
	return len(r) > 1 && len(r) <= acronymLettersMax
}
