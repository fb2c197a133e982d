package norm

import (
	"strings"
	"sync"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// TwoGivenNames reports whether two different words, folded, are usual given names,
// and not two forms or spellings of one: lara and laura, but not laura and luara, sofia
// and sophia, or bob and robert. A man's and a woman's form are two names. A and b are
// the roots of x and y.
func TwoGivenNames(x, y string, a, b []Root) bool {
	known := func(name string, roots []Root) bool { return len(roots) > 0 || givenNames()[name] }
	return NamePair(x, y) || known(x, a) && known(y, b) && !ShareRoot(a, b) && !OneSpelling(x, y)
}

// OneSpelling reports whether two words, folded, sound the same to everybody who
// spells them: Sofia and Sophia, Erik and Eric, Sara and Sarah.
func OneSpelling(x, y string) bool { return spelling.Replace(single(x)) == spelling.Replace(single(y)) }

var spelling = strings.NewReplacer("ph", "f", "th", "t", "ck", "k", "ch", "ch", "c", "k", "y", "i", "ah", "a", "oh", "o")

// single is a word without letters that are doubled.
func single(s string) string {
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		if i == 0 || s[i] != s[i-1] {
			b = append(b, s[i])
		}
	}
	return string(b)
}

// givenNames are the words of the list.
var givenNames = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for _, line := range canon.ListGivenNames.Entries() {
		for name := range strings.FieldsSeq(line) {
			names[string(AppendWords(nil, name))] = true
		}
	}
	return names
})
