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
// hashes of all that is compared, and nothing that names anybody.

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
	for hash, list := range saying {
		saying[hash] = r.someOf(list)
	}
	r.again = map[pair]bool{}
	for hash, others := range partners {
		for _, a := range saying[hash] {
			for _, other := range others {
				for _, b := range saying[other] {
					if p := pairOf(a, b); a != b && int(p.a) < r.u.rows && r.sames[p] == nil && !r.apart(a, b) {
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
		visit(i, u.allHash(rules, side, b, row))
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

// allHash is a hash of all that is compared of a record, and of the rules for it.
func (u *universe) allHash(rules uint64, side int, b *pipeline.Batch, row int) uint64 {
	hash := rules
	for k := range u.m.compared {
		hash = mix(hash, u.comparedHash(side, k, b, row))
	}
	return hash
}

// meetAgain looks at the pairs that were a question before and did not meet now.
func (r *run) meetAgain() {
	pairs := make([]pair, 0, len(r.again))
	for p := range r.again {
		pairs = append(pairs, p)
	}
	slices.SortFunc(pairs, func(x, y pair) int { return cmp.Or(r.byRank(x.a, y.a), r.byRank(x.b, y.b)) })
	for _, p := range pairs {
		a, b := p.a, p.b
		if int(b) < r.u.rows && r.u.rank[b] < r.u.rank[a] {
			a, b = b, a
		}
		r.look(a, b, r.judge.weight(a, b))
	}
}

// stillAsked is what is to be remembered of the questions of likeness.
func (r *run) stillAsked() (text []byte) {
	if r.u.evidence == nil {
		return nil
	}
	seen := map[[2]uint64]bool{}
	for _, q := range r.questions {
		if q.rule != bySimilar || q.weight < r.u.m.reviewWeight && !r.again[pairOf(q.a, q.b)] && !r.judge.marked(q.a, q.b) {
			continue // keys or answers ask
		}
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
	return text
}

func (r *run) hashOf(i int32) uint64 {
	side := 0
	if int(i) >= r.u.rows {
		side = 1
	}
	record := r.u.record(i)
	return r.u.allHash(r.u.m.rulesHash(), side, record.Batch, record.Row)
}
