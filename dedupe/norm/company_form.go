package norm

import (
	"slices"
	"strings"
	"sync"
)

// formHolding is the word that makes a company of its own beside the one that it
// holds, whatever their legal forms are.
const formHolding = "holding"

// formSpellings gives the first spelling of each legal form, as one word.
var formSpellings = sync.OnceValue(func() map[string]string {
	one := map[string]string{}
	for _, spellings := range legalForms().lines {
		for _, s := range spellings {
			if one[s] == "" {
				one[s] = spellings[0]
			}
		}
	}
	return one
})

// AppendForm appends what the Form of a Company counts as: its words in one spelling
// of one form of each family, in order, each once, and none for those that tell no
// legal form. "limited" and "pty ltd" are "ltd"; "group" is nothing; "kg gmbh" is
// "gmbhcokg"; what may be either of two, such as "Co., Ltd.", is both.
func AppendForm(b, form []byte) []byte {
	var words []string
	for w := range strings.FieldsSeq(string(form)) {
		words = append(words, formFamilies().means(w)...)
	}
	if len(words) > 1 {
		for _, p := range formFamilies().partners {
			words = p.put(words)
		}
	}
	slices.Sort(words)
	return append(b, strings.Join(slices.Compact(words), " ")...)
}

// Forms is how the legal forms of two companies agree.
type Forms uint8

// How two legal forms agree.
const (
	FormsAlike Forms = iota // of one family, or one of the two is not known
	FormsShort              // one may be short for the other, as GmbH for GmbH & Co. KG, or be that of its partner
	FormsOther              // two legal persons: GmbH and AG
)

// CompareForms compares two legal forms as AppendForm writes them. Of a company that
// is written with several forms, "Inc., LLC", each one alone is no evidence against.
func CompareForms(a, b string) Forms {
	switch {
	case a == b || tellsNone(a) || tellsNone(b):
		return FormsAlike
	case halfOf(a, b) || halfOf(b, a):
		return FormsShort
	case !within(a, b) && !within(b, a) || hasWord(a, formHolding) != hasWord(b, formHolding):
		return FormsOther
	}
	return FormsAlike
}

// tellsNone reports a form that is none but for the word holding.
func tellsNone(form string) bool { return form == "" || form == formHolding }

// within reports whether all words of a form but holding are of another.
func within(part, form string) bool {
	for w := range strings.FieldsSeq(part) {
		if w != formHolding && !hasWord(form, w) {
			return false
		}
	}
	return true
}

// halfOf reports whether a form is half of one with "& Co.": that of its partner,
// or its own kind.
func halfOf(half, form string) bool {
	for w := range strings.FieldsSeq(form) {
		if both, is := formFamilies().halves[w]; is && within(half, both) {
			return true
		}
	}
	return false
}

func hasWord(words, word string) bool {
	for w := range strings.FieldsSeq(words) {
		if w == word {
			return true
		}
	}
	return false
}
