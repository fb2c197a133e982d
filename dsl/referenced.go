package dsl

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
)

// countReferences makes another pipeline of one whose references stand for something
// else, such as another filter, so that marks of incremental sources do not hold for it.
// Only the options of incremental sources, and of those that lookups read, count: other
// sources are read in full anyway. Secrets do not count, since a token that was replaced
// reads the same rows. What remains of the values is a hash.
func (l *loader) countReferences() {
	for _, name := range sortedKeys(l.sources) {
		def := l.sources[name]
		if def.given["incremental"].text != "true" && !def.looked {
			continue
		}
		for _, option := range slices.Sorted(maps.Keys(def.given)) {
			v := def.given[option]
			at := slices.IndexFunc(def.kind.options, func(o Option) bool { return o.Name == option })
			if !v.secret || at < 0 || def.kind.options[at].Type == "secret" {
				continue
			}
			sum := sha256.New()
			fmt.Fprintf(sum, "%s\x00%q.%q=%q,%q,%q", l.out.Fingerprint, name, option, v.text, v.list, v.fields)
			l.out.Fingerprint = hex.EncodeToString(sum.Sum(nil))
		}
	}
}
