package linkage

import (
	"slices"
	"strings"
	"sync"

	"github.com/reconkit/reconkit/dedupe/norm"
	"github.com/reconkit/reconkit/pipeline/canon"
)

// partAloneMax is the length up to which a part of a header counts only as a
// word by itself.
const partAloneMax = 4

// headerPart is a part of names of columns that tells a kind.
type headerPart struct {
	part string
	kind Kind
}

// headerParts is the list of such parts.
var headerParts = sync.OnceValue(func() []headerPart {
	var parts []headerPart
	for _, line := range canon.ListColumnKinds.Entries() {
		name, words, _ := strings.Cut(line, ":")
		kind, err := ParseKind(name)
		if err != nil {
			panic("linkage: column_kinds.txt: " + err.Error()) // the list is part of the program
		}
		for w := range strings.SplitSeq(words, ",") {
			parts = append(parts, headerPart{partKey(w), kind})
		}
	}
	return parts
})

// partKey is a name of a column in small letters, without spaces and signs.
func partKey(name string) string {
	return strings.ReplaceAll(canon.FoldWords(name[:min(len(name), norm.BytesMax)]), " ", "")
}

// kindOfPart is the kind that a part of the name of a column tells, or 0.
func kindOfPart(name string) Kind {
	name = name[:min(len(name), norm.BytesMax)]
	key, words := partKey(name), strings.Fields(canon.FoldWords(name))
	for _, p := range headerParts() {
		if len(p.part) > partAloneMax {
			if strings.Contains(key, p.part) {
				return p.kind
			}
			continue
		}
		for _, w := range words {
			if strings.TrimRight(w, "0123456789") == p.part {
				return p.kind
			}
		}
	}
	return 0
}

// towns are the well-known towns, as norm.AppendCity writes them.
var towns = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for _, line := range canon.ListLargeTowns.Entries() {
		for name := range strings.SplitSeq(line, ",") {
			set[string(norm.AppendCity(nil, strings.TrimSpace(name)))] = true
		}
	}
	return set
})

// roads are the words that name a kind of street: as norm.Street writes them,
// and as the endings of longer words, such as "ahornweg".
var roads = sync.OnceValue(func() (r struct {
	words   map[string]bool
	endings []string
}) {
	r.words = map[string]bool{}
	for _, line := range canon.ListStreetWords.Entries() {
		head, spellings, _ := strings.Cut(line, ":")
		kind, short, _ := strings.Cut(head, " ")
		if kind != "word" && kind != "ending" {
			continue
		}
		r.words[strings.TrimSpace(short)] = true
		for s := range strings.SplitSeq(spellings, ",") {
			if s = partKey(s); len(s) >= roadEndingMin {
				r.endings = append(r.endings, s)
			}
		}
	}
	return r
})

// roadEndingMin is the bytes of the shortest word that is looked for at the end
// of longer ones: weg, vej.
const roadEndingMin = 3

// namesRoad reports words, as norm.Street writes them, that name a street.
func namesRoad(words string) bool {
	r := roads()
	for w := range strings.FieldsSeq(words) {
		if r.words[w] || slices.ContainsFunc(r.endings, func(e string) bool { return strings.HasSuffix(w, e) }) {
			return true
		}
	}
	return false
}
