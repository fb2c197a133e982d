package norm

import (
	"strings"
	"sync"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// NamePair reports whether two different words, folded, are a man's and a
// woman's form of one given name: peter and petra, but not anna and anne. Such
// names are a letter or two apart and name two people.
func NamePair(a, b string) bool {
	pairs := namePairs()
	return pairs[[2]string{a, b}] || pairs[[2]string{b, a}]
}

// namePairs reads lines such as "peter: petra".
var namePairs = sync.OnceValue(func() map[[2]string]bool {
	pairs := map[[2]string]bool{}
	for _, line := range canon.ListNamePairs.Entries() {
		man, forms, _ := strings.Cut(line, ":")
		for woman := range strings.SplitSeq(forms, ",") {
			pairs[[2]string{string(AppendWords(nil, man)), string(AppendWords(nil, woman))}] = true
		}
	}
	return pairs
})
