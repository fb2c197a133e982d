package dedupe

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// othersMax is the number of other rows that a block names.
const othersMax = 5

// others names the other clusters by their survivors' origins.
func (r *run) others(text string, clusters []int32, but int32) string {
	named := 0
	for _, c := range clusters {
		if c == but {
			continue
		}
		if named == othersMax {
			return text + fmt.Sprintf(" and %d more", len(clusters)-1-named)
		}
		if named > 0 {
			text += ", "
		}
		text += diag.Shorten(r.u.record(r.members[c][0]).Origin().String(), shownMax)
		named++
	}
	return text
}

// blockDuplicates blocks clusters that nothing joins, though they are one.
func (r *run) blockDuplicates(clusters []int32, what string) {
	for _, c := range clusters {
		if r.blocks[c] == nil {
			r.blocks[c] = r.block(CodeDuplicateRows, r.others("rows that "+what+": this one and ", clusters, c),
				"take the duplicate out of the source, or add a dedupe section to the model, which joins them", nil)
		}
	}
}

// targetDuplicates reports the records of the target that share a key, and of how many keys
// nobody said that they are of different contacts.
func (r *run) targetDuplicates() (out []pipeline.TargetDuplicate, open int) {
	apart := r.recordsApart()
	for k := range r.u.keys {
		c := &r.u.keys[k]
		if c.link < 0 && !c.same {
			continue
		}
		for id := 1; id < len(c.values.text); id++ {
			records := r.index[k].withValue(uint32(id))
			if len(records) < 2 {
				continue
			}
			d := pipeline.TargetDuplicate{Field: c.name, Value: r.u.keyText(k, uint32(id))}
			for _, t := range records {
				d.IDs = append(d.IDs, r.u.record(t).ID())
			}
			out = append(out, d)
			if !toldApart(records, func(a, b int32) bool { return apart[pairOf(a, b)] }) {
				open++
			}
		}
	}
	slices.SortFunc(out, func(a, b pipeline.TargetDuplicate) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Value, b.Value))
	})
	return out, open
}

// recordsApart are the pairs of records of the target of which a person said that they are
// different: of a row that became one of them, and the other.
func (r *run) recordsApart() map[pair]bool {
	apart := map[pair]bool{}
	for p := range r.upheld {
		if p.b < int32(r.u.rows) {
			continue
		}
		if t := r.linked[p.a]; t >= 0 && t != p.b {
			apart[pairOf(t, p.b)] = true
		}
	}
	return apart
}
