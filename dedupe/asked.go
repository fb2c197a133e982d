package dedupe

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/hashset"
)

// What weights say of two records changes with the other records, and when weights are
// learned anew. A question that nobody has answered must not become an answer by that: as
// long as the two records say the same, it is asked again. What is remembered of them are
// hashes of their keys and of all that is compared, and nothing that names anybody.

// askedMax is the number of questions that are remembered, the likeliest first.
const askedMax = 1 << 18

// askedBytes is how long a remembered question is: two hashes.
const askedBytes = 16

// recallAsked finds the pairs that were a question before, and about which nobody has said
// anything since.
func (r *run) recallAsked() {
	text := r.u.in.Asked
	if len(text) == 0 || len(text)%askedBytes != 0 || r.u.evidence == nil {
		return
	}
	partners, hashes := map[uint64][]uint64{}, hashset.New(len(text)/8)
	for at := 0; at < len(text); at += askedBytes {
		a, b := binary.LittleEndian.Uint64(text[at:]), binary.LittleEndian.Uint64(text[at+8:])
		partners[a] = append(partners[a], b)
		hashes.Add(a)
		hashes.Add(b)
	}
	saying := map[uint64][]int32{} // by hash: rows, and records of the target
	for side := range 2 {
		r.u.eachCompared(side, func(i int32, hash uint64) {
			if hashes.Has(hash) {
				saying[hash] = append(saying[hash], i)
			}
		})
	}
	for at := 0; at < len(text); at += askedBytes {
		if a, b := binary.LittleEndian.Uint64(text[at:]), binary.LittleEndian.Uint64(text[at+8:]); saying[a] == nil || saying[b] == nil {
			r.unmet = append(r.unmet, text[at:at+askedBytes]...)
		}
	}
	for hash, list := range saying {
		saying[hash] = r.someOf(list)
	}
	r.again = map[pair]bool{}
	for hash, others := range partners {
		for _, a := range saying[hash] {
			for _, other := range others {
				for _, b := range saying[other] {
					if p := pairOf(a, b); a != b && int(p.a) < r.u.rows && r.sames[p] == nil && !r.apart(a, b) {
						if !r.again[p] && int(p.b) < r.u.rows {
							r.open.add(p.a, p.b)
						}
						r.again[p] = true
					}
				}
			}
		}
	}
}

// someOf are the first by content of the rows, and of the records of the target, among
// records that say the same.
func (r *run) someOf(list []int32) []int32 {
	slices.SortFunc(list, r.byRank)
	rows := slices.IndexFunc(list, func(i int32) bool { return int(i) >= r.u.rows })
	if rows < 0 {
		rows = len(list)
	}
	return slices.Concat(list[:min(rows, candidatesMax)], list[rows:min(len(list), rows+candidatesMax)])
}

// byRank compares records by content, rows before those of the target.
func (r *run) byRank(a, b int32) int { return cmp.Compare(r.u.rank[a], r.u.rank[b]) }

// eachCompared calls visit with a hash of all that is compared of each of the rows (side 0)
// or records of the target (side 1).
func (u *universe) eachCompared(side int, visit func(i int32, hash uint64)) {
	rules := u.m.rulesHash()
	u.eachOf(side, func(i int32, b *pipeline.Batch, row int) {
		visit(i, u.allHash(rules, i, b, row))
	})
}

// rulesHash is a hash of what a person has set of how records are compared. Who changes it
// wants other answers: what was asked before is judged anew.
func (m *Matcher) rulesHash() uint64 {
	hash := mix(uint64(m.reviewWeight), uint64(m.matchWeight))
	for _, f := range m.compared {
		hash = mix(hash, hashText(m.schema.Field(f).Name))
	}
	return hash
}

// allHash is a hash of all that is compared of a record, of its keys, and of the rules.
func (u *universe) allHash(rules uint64, i int32, b *pipeline.Batch, row int) uint64 {
	hash, side := rules, 0
	if int(i) >= u.rows {
		side = 1
	}
	for k := range u.m.compared {
		hash = mix(hash, u.comparedHash(side, k, b, row))
	}
	for k := range u.keys {
		hash = mix(hash, hashText(u.keys[k].values.text[u.keys[k].ids[i]]))
	}
	return hash
}

// meetAgain asks about the pairs that were in doubt before, however alike they are by now.
func (r *run) meetAgain() {
	pairs := make([]pair, 0, len(r.again))
	for p := range r.again {
		pairs = append(pairs, p)
	}
	slices.SortFunc(pairs, func(x, y pair) int { return cmp.Or(r.byRank(x.a, y.a), r.byRank(x.b, y.b)) })
	for _, p := range pairs {
		root := r.groups.root(p.a)
		switch {
		case r.claims.conflict(r.claim[p.a], r.claim[p.b]):
		case int(p.b) >= r.u.rows && !r.settled[root]:
			r.offers = append(r.offers, offer{row: p.a, target: p.b, weight: r.judge.weight(p.a, p.b), unsafe: true})
		case int(p.b) < r.u.rows && root != r.groups.root(p.b):
			first, second := r.byContent(p)
			r.asks = append(r.asks, r.edge(bySimilar, first, second))
		}
	}
}

// openPairs are pairs of rows that were in doubt before: no likeness joins their groups.
type openPairs struct {
	partners map[int32][]int32 // by row
	rows     map[int32][]int32 // by root: those of the group that have partners
}

func (o *openPairs) add(a, b int32) {
	if o.partners == nil {
		o.partners, o.rows = map[int32][]int32{}, map[int32][]int32{}
	}
	for _, p := range [...]pair{{a, b}, {b, a}} {
		if o.partners[p.a] == nil {
			o.rows[p.a] = []int32{p.a}
		}
		o.partners[p.a] = append(o.partners[p.a], p.b)
	}
}

// between reports whether a row of one group was in doubt with one of another.
func (o *openPairs) between(g *groups, a, b int32) bool {
	if len(o.rows[a]) > len(o.rows[b]) {
		a, b = b, a
	}
	return len(o.rows[b]) > 0 && slices.ContainsFunc(o.rows[a], func(i int32) bool {
		return slices.ContainsFunc(o.partners[i], func(j int32) bool { return g.find(j) == b })
	})
}

// join notes that two groups are one, and which row stands for it.
func (o *openPairs) join(a, b, root int32) {
	if len(o.rows[a])+len(o.rows[b]) == 0 {
		return
	}
	rows := slices.Concat(o.rows[a], o.rows[b])
	delete(o.rows, a)
	delete(o.rows, b)
	o.rows[root] = rows
}

// whyAsked is why two records that are likely to be one are asked about, in words that name
// no value; "": they are not likely enough.
func (r *run) whyAsked(a, b int32) string {
	why := r.doubt(a, b)
	if why == "" && r.again[pairOf(a, b)] {
		why = "it was a question before, and nobody has answered it"
	}
	return why
}

// stillAsked is what is to be remembered of what likeness asks, and of what it asked of records
// of which one is not there today.
func (r *run) stillAsked() (text []byte) {
	if r.u.evidence == nil {
		return nil
	}
	asked := make([]question, 0, len(r.doubts))
	for _, p := range r.doubts {
		weight := r.judge.weight(p.a, p.b)
		if weight >= r.u.m.reviewWeight || r.again[pairOf(p.a, p.b)] || r.judge.marked(p.a, p.b) { // else keys or answers ask
			asked = append(asked, question{a: p.a, b: p.b, weight: weight})
		}
	}
	slices.SortFunc(asked, func(x, y question) int {
		return cmp.Or(cmp.Compare(y.weight, x.weight), r.byRank(x.a, y.a), r.byRank(x.b, y.b))
	})
	seen := map[[2]uint64]bool{}
	for _, q := range asked {
		p := [2]uint64{r.hashOf(q.a), r.hashOf(q.b)}
		if seen[p] {
			continue
		}
		if seen[p] = true; len(seen) > askedMax {
			break
		}
		text = binary.LittleEndian.AppendUint64(text, p[0])
		text = binary.LittleEndian.AppendUint64(text, p[1])
	}
	return append(text, r.unmet[:min(len(r.unmet), max(0, askedMax*askedBytes-len(text)))]...)
}

func (r *run) hashOf(i int32) uint64 {
	record := r.u.record(i)
	return r.u.allHash(r.u.m.rulesHash(), i, record.Batch, record.Row)
}
