package linkage

import "github.com/reconkit/reconkit/dedupe/norm"

// addGenerations takes what tells father and son apart from the columns of
// family names ("Vogt jun."), for given names that do not say it themselves.
func (db *records) addGenerations(r *reader, n *nameReader, family []int) {
	if len(family) == 0 || !n.inFamily {
		return
	}
	told := make([]uint32, r.n)
	r.scan(family, told, func(raw string) uint32 {
		n.person.ReadParts("", raw)
		return uint32(n.person.Generation)
	})
	for i, g := range told {
		id := db.given.ids[i]
		if w := &db.names[id]; g != 0 && id != 0 && w.generation == norm.GenerationUnknown {
			db.given.ids[i] = n.number([]byte(w.text.String()), norm.Generation(g))
		}
	}
}
