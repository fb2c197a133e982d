package norm

import (
	"slices"
	"strings"
	"sync"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// Root is a given name that others are short or fond forms, or spellings, of.
// Roots are numbered in the order of the list, from 1; 0 is none. The numbers
// are those of this version of the list: keep String, not the number.
type Root uint16

// String is the name, folded: "robert".
func (r Root) String() string {
	if names := nicknames().names; int(r) < len(names) {
		return names[r]
	}
	return ""
}

// Roots returns the roots of a word of a given name, as Person.Given has it,
// the usual one first: those of bob are {robert}, of alex {alexander, alexandra
// ...}. A name that is a root itself has itself first. A name that no list knows
// has none. The slice belongs to the package. The list is English and German,
// with the usual ones of other European languages.
func Roots(word []byte) []Root { return nicknames().roots[string(word)] }

// ShareRoot reports whether two names have a root in common: Bob and Rob, but
// not Alexander and Alexandra.
func ShareRoot(a, b []Root) bool {
	for _, r := range a {
		if slices.Contains(b, r) {
			return true
		}
	}
	return false
}

type nicknameTable struct {
	names []string // by number
	roots map[string][]Root
}

// nicknames reads lines such as "robert: bob, rob". A root that has several
// lines (johannes, once for Dutch) has one number.
var nicknames = sync.OnceValue(func() *nicknameTable {
	t := &nicknameTable{names: []string{""}, roots: map[string][]Root{}}
	entries := canon.ListNicknames.Entries()
	numbers := map[string]Root{}
	for _, line := range entries {
		name, _, _ := strings.Cut(line, ":")
		key := string(AppendWords(nil, name))
		if numbers[key] == 0 {
			numbers[key] = Root(len(t.names))
			t.names = append(t.names, key)
			t.roots[key] = []Root{numbers[key]}
		}
	}
	for _, line := range entries {
		name, forms, _ := strings.Cut(line, ":")
		root := numbers[string(AppendWords(nil, name))]
		for form := range strings.SplitSeq(forms, ",") {
			key := string(AppendWords(nil, form))
			if !slices.Contains(t.roots[key], root) {
				t.roots[key] = append(t.roots[key], root)
			}
		}
	}
	return t
})
