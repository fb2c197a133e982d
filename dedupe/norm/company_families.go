package norm

import (
	"slices"
	"strings"
	"sync"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// familyTable says what legal forms count as; each is one word, as Company gives it.
type familyTable struct {
	meaning  map[string][]string // by spelling; empty where it tells no form
	partners []partnerForm
	halves   map[string]string // by the whole: what its partner is, and its own kind
}

// partnerForm is a form with "& Co.", and those of its partner and of its kind.
type partnerForm struct{ whole, both string }

// formFamilies reads lines such as "same SARL | EURL", which the list explains.
var formFamilies = sync.OnceValue(func() *familyTable {
	t := &familyTable{meaning: map[string][]string{}, halves: map[string]string{}}
	for _, line := range canon.ListFormFamilies.Entries() {
		how, forms, _ := strings.Cut(line, " ")
		whole, parts, _ := strings.Cut(forms, "=")
		switch how {
		case "none":
			for _, w := range formWords(forms) {
				t.meaning[w] = nil
			}
		case "same":
			words := formWords(forms)
			for _, w := range words[1:] {
				t.meaning[w] = words[:1]
			}
		case "both":
			t.meaning[formWords(whole)[0]] = formWords(parts)
		case "partner":
			p := partnerForm{formWords(whole)[0], strings.Join(formWords(parts), " ")}
			t.partners, t.halves[p.whole] = append(t.partners, p), p.both
		}
	}
	return t
})

// formWords are spellings with | between them, as one word each.
func formWords(spellings string) []string {
	var words []string
	for s := range strings.SplitSeq(spellings, "|") {
		words = append(words, strings.Join(wordsOfForm(s), ""))
	}
	return words
}

// means returns the forms that a spelling counts as.
func (t *familyTable) means(word string) []string {
	if forms, is := t.meaning[word]; is {
		return forms
	}
	if first := formSpellings()[word]; first != "" {
		word = first
	}
	if forms, is := t.meaning[word]; is {
		return forms
	}
	return []string{word}
}

// put writes the whole for the two halves, and for itself with one of them.
func (p partnerForm) put(words []string) []string {
	halves := 0
	for w := range strings.FieldsSeq(p.both) {
		if slices.Contains(words, w) {
			halves++
		}
	}
	if halves == 0 || halves == 1 && !slices.Contains(words, p.whole) {
		return words
	}
	words = slices.DeleteFunc(words, func(w string) bool { return hasWord(p.both, w) })
	return append(words, p.whole)
}
