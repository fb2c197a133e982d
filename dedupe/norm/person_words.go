package norm

import (
	"strings"
	"sync"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// nameWord is what the lists say of a word in the name of a person.
type nameWord struct {
	title          titleKind
	suffix         suffixKind
	particle       particleKind
	generation     Generation
	birth          bool // announces a birth name
	iberian        bool // a surname that stands beside another one
	company        bool // names an organisation wherever it stands
	form           bool // a legal form, at the end
	spelling       string
	suffixSpelling string
}

// titleKind says when a word is a title; the kinds are those of the list.
type titleKind uint8

const (
	titleNone   titleKind = iota
	titleAny              // always
	titleDotted           // with its full stop only
	titleExact            // in these letters only
	titleMore             // after another title
)

type suffixKind uint8

const (
	suffixNone suffixKind = iota
	suffixStrong
	suffixExact // in these letters only
)

// particleKind says how a word belongs to the family name after it.
type particleKind uint8

const (
	particleNone        particleKind = iota
	particleAny                      // von: not compared with the name
	particleLower                    // in small letters only
	particleKept                     // Saint: a part of the name
	particleGlued                    // Mc: of the word
	particleGluedMarked              // O': likewise, when it has an apostrophe or accent
)

// noWord is a word of no list.
var noWord = &nameWord{}

// wordOf is what the lists say of a folded word.
func wordOf(word []byte) *nameWord {
	if len(word) > nameWordBytesMax {
		return noWord
	}
	if w := nameWords()[string(word)]; w != nil {
		return w
	}
	return noWord
}

// nameWordBytesMax is the length of the longest word of the lists, and more.
const nameWordBytesMax = 40

var nameWords = sync.OnceValue(func() nameTable {
	t := nameTable{}
	eachKind(canon.ListTitles, t.addTitle)
	eachKind(canon.ListSuffixes, t.addSuffix)
	eachKind(canon.ListParticles, t.addParticle)
	for _, line := range canon.ListIberian.Entries() {
		for name := range strings.FieldsSeq(line) {
			t.change(name, func(w *nameWord) { w.iberian = true })
		}
	}
	for _, word := range canon.ListCompanyWords.Entries() {
		word, _ = strings.CutPrefix(word, "-")
		t.change(word, func(w *nameWord) { w.company = true })
	}
	for form := range legalForms().single {
		t.change(form, func(w *nameWord) { w.form = true })
	}
	for _, word := range []string{"geb.", "geborene", "geborener", "née", "né"} {
		t.change(word, func(w *nameWord) { w.birth = true })
	}
	return t
})

// nameTable holds words by their folded form without spaces.
type nameTable map[string]*nameWord

func (t nameTable) change(word string, change func(*nameWord)) {
	key := string(compact(AppendWords(nil, word)))
	if t[key] == nil {
		t[key] = &nameWord{}
	}
	change(t[key])
}

// eachKind reads a list whose lines are a kind and a word.
func eachKind(list canon.List, add func(kind, word string)) {
	for _, line := range list.Entries() {
		kind, word, _ := strings.Cut(line, " ")
		add(kind, word)
	}
}

func (t nameTable) addTitle(kind, word string) {
	kinds := map[string]titleKind{"address": titleAny, "academic": titleAny, "dotted": titleDotted, "exact": titleExact, "more": titleMore}
	t.change(word, func(w *nameWord) {
		if w.title == titleNone {
			w.title, w.spelling = kinds[kind], word
		}
	})
}

func (t nameTable) addSuffix(kind, word string) {
	kinds := map[string]suffixKind{"strong": suffixStrong, "exact": suffixExact}
	t.change(word, func(w *nameWord) {
		if w.suffix == suffixNone {
			w.suffix, w.suffixSpelling = kinds[kind], strings.ReplaceAll(word, ".", "")
			w.generation = generations[string(compact(AppendWords(nil, word)))]
		}
	})
}

// generations are suffixes that tell father and son apart.
var generations = map[string]Generation{
	"sr": Senior, "sen": Senior, "senior": Senior,
	"jr": Junior, "jun": Junior, "junior": Junior, "ii": Junior, "filho": Junior,
	"iii": Third, "neto": Third,
	"iv": Fourth, "v": Fourth, "vi": Fourth, "vii": Fourth, "viii": Fourth,
}

// keptParticles are particles without which a name would be another.
var keptParticles = map[string]particleKind{
	"st": particleKept, "ste": particleKept, "saint": particleKept,
	"mc": particleGlued, "mac": particleGlued, "ni": particleGlued, "nic": particleGlued,
	"o": particleGluedMarked,
}

func (t nameTable) addParticle(kind, word string) {
	if kind == "join" {
		return
	}
	t.change(word, func(w *nameWord) {
		switch kept, isKept := keptParticles[string(AppendWords(nil, word))]; {
		case isKept:
			w.particle = kept
		case kind == "any":
			w.particle = particleAny
		case w.particle == particleNone:
			w.particle = particleLower
		}
	})
}

// organisation reports that the parts of a name name an organisation: a word
// that nobody is called, the ending of one, or a legal form at the end.
func (p *Person) organisation(name string) bool {
	if joinedForm(name) {
		return true
	}
	if len(p.parts) < 2 {
		return false
	}
	for i := range p.parts {
		if p.parts[i].info.company || companyEnding(p.word(i)) {
			return true
		}
	}
	last := len(p.parts) - 1
	part := &p.parts[last]
	return part.info.form && (part.capitals || part.to-part.from > 2 && !part.info.iberian)
}
