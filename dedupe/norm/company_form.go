package norm

import (
	"slices"
	"strings"
	"sync"
)

// formHolding is the word that makes a company of its own beside the one that it
// holds, whatever their legal forms are.
const formHolding = "holding"

// formMeaning is what spellings mean that are not those of one line in the list of
// legal forms: "" where they tell no form. Who writes "Co. Ltd." and "Ltd.", or
// "gGmbH" and "GmbH", means one company.
var formMeaning = map[string]string{
	"co": "", "company": "", "group": "", "grp": "", "gruppe": "", "groupe": "", "ig": "", "il": "",
	"holdings": formHolding, "holdinggroup": formHolding,
	"pl": "ltd", "ptyltd": "ltd", "pteltd": "ltd", "coltd": "ltd", "privatelimitedcompany": "ltd", "corp": "inc", "coinc": "inc",
	"cokg": "kg", "coohg": "ohg", "ggmbh": "gmbh", "gag": "ag", "sasu": "sas", "abpubl": "ab", "oyab": "oy",
	"株": "株式会社", "kk": "株式会社", "有": "有限会社", "gk": "合同会社", "주": "주식회사", "有限責任公司": "有限公司", "有限责任公司": "有限公司", "股份公司": "股份有限公司",
}

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

// AppendForm appends what the Form of a Company means: its words in one spelling
// each, in order, each once, and none for those that tell no legal form. "limited"
// and "ltd" are "ltd"; "group" is nothing.
func AppendForm(b, form []byte) []byte {
	var words []string
	for w := range strings.FieldsSeq(string(form)) {
		if first := formSpellings()[w]; first != "" && !meant(w) {
			w = first
		}
		if meant(w) {
			w = formMeaning[w]
		}
		if w != "" {
			words = append(words, w)
		}
	}
	slices.Sort(words)
	return append(b, strings.Join(slices.Compact(words), " ")...)
}

func meant(word string) bool {
	_, is := formMeaning[word]
	return is
}

// Forms is how the legal forms of two companies agree.
type Forms uint8

// How two legal forms agree.
const (
	FormsAlike Forms = iota // equal, or one of the two is not known
	FormsShort              // one may be short for the other, as GmbH for GmbH & Co. KG, or be that of its partner
	FormsOther              // two legal persons: GmbH and AG
)

// CompareForms compares two legal forms as AppendForm writes them.
func CompareForms(a, b string) Forms {
	a, holdsA := cutHolding(a)
	b, holdsB := cutHolding(b)
	switch {
	case a == "" || b == "":
		return FormsAlike
	case partnerForm(a, b) || partnerForm(b, a):
		return FormsShort
	case a != b || holdsA != holdsB:
		return FormsOther
	}
	return FormsAlike
}

// partnerForm reports whether a form is half of one with "& Co.": that of its partner,
// or what it is beside.
func partnerForm(half, form string) bool {
	partner, kind, has := strings.Cut(form, "co")
	return has && (half == partner || half == kind)
}

// cutHolding takes the word holding off.
func cutHolding(form string) (rest string, found bool) {
	words := strings.Fields(form)
	rest = strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == formHolding }), " ")
	return rest, len(rest) != len(form)
}
