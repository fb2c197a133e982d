package dedupe

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/hashset"
)

// Lists of linkage.Input.
const (
	listRows   = 0 // may hold duplicates
	listTarget = 1
)

// evidenceOf compares the records, numbered as in the universe, or by their place
// among those that are not left out. The order of the records decides nothing:
// what package linkage finds does not depend on it, but for the choice among equal
// records, which equalNames makes by content.
func (u *universe) evidenceOf(ctx context.Context, linker *linkage.Linker, left map[int32]bool) (*linkage.Evidence, error) {
	table := pipeline.NewTable(u.m.comparedSchema)
	rows := 0
	for side, of := range [2]*pipeline.Table{u.in.Records, u.in.Target} {
		if of == nil {
			continue
		}
		start := side * u.rows
		for _, b := range of.Batches() {
			compared, err := u.comparedBatch(side, b)
			if err != nil {
				return nil, fmt.Errorf("take what is compared of the records: %w", err)
			}
			var dropped []int32
			for i := 0; i < b.Len() && left != nil; i++ {
				if left[int32(start+i)] {
					dropped = append(dropped, int32(i))
				}
			}
			if len(dropped) < b.Len() {
				table.Append(compared.Without(dropped))
			}
			start += b.Len()
		}
		if side == 0 {
			rows = table.Len()
		}
	}
	lists := make([]uint8, table.Len())
	for i := rows; i < len(lists); i++ {
		lists[i] = listTarget
	}
	return linker.Evidence(ctx, linkage.Input{Records: table, Lists: lists, Open: true})
}

// comparedBatch is what is compared of the records of a batch, as text. Columns
// of text are those of the batch.
func (u *universe) comparedBatch(side int, b *pipeline.Batch) (*pipeline.Batch, error) {
	d := pipeline.BatchData{Schema: u.m.comparedSchema, Len: b.Len(), Columns: make([]*pipeline.Column, len(u.m.compared))}
	for k, f := range u.m.compared {
		at := u.fields[side][f]
		if at >= 0 && b.Column(at).Type() == pipeline.String {
			d.Columns[k] = b.Column(at)
			continue
		}
		texts := pipeline.NewColumnBuilder(pipeline.String, b.Len())
		for row := range b.Len() {
			if at < 0 || b.Column(at).IsNull(row) {
				texts.AppendNull()
			} else {
				texts.AppendString(cellText(b.Column(at), row))
			}
		}
		d.Columns[k] = texts.Finish()
	}
	return pipeline.NewBatch(d)
}

// equalNames gives records that are equal in all that is compared each other's
// numbers, so that the first of them by content is the one that package linkage
// takes for the first, and so on: which of equal records stand for all must not
// depend on where they are in their files. Nil: no two are equal.
func (u *universe) equalNames() []int32 {
	var equal []uint64 // the first of some equal records, and another one
	for i := range int32(u.n) {
		if first := u.evidence.EqualTo(i); first != i {
			equal = append(equal, uint64(first)<<32|uint64(i))
		}
	}
	if len(equal) == 0 {
		return nil
	}
	slices.Sort(equal)
	names := make([]int32, u.n)
	for i := range names {
		names[i] = int32(i)
	}
	var numbers, byContent []int32
	for from := 0; from < len(equal); {
		first := equal[from] >> 32
		numbers = append(numbers[:0], int32(first))
		for ; from < len(equal) && equal[from]>>32 == first; from++ {
			numbers = append(numbers, int32(uint32(equal[from])))
		}
		byContent = append(byContent[:0], numbers...)
		slices.SortFunc(byContent, func(a, b int32) int { return cmp.Compare(u.rank[a], u.rank[b]) })
		for n, i := range numbers {
			names[i] = byContent[n]
		}
	}
	return names
}

// eachOf calls visit for each of the rows (side 0) or records of the target (side 1).
func (u *universe) eachOf(side int, visit func(i int32, b *pipeline.Batch, row int)) {
	of := u.in.Records
	if side == 1 {
		of = u.in.Target
	}
	start := int32(side * u.rows)
	for _, b := range of.Batches() {
		for row := range b.Len() {
			visit(start+int32(row), b, row)
		}
		start += int32(b.Len())
	}
}

// equalFilter tells which records of the target cannot be equal to any of some rows
// in all that is compared, mostly by a look at one value. Its hashes are of the first
// bytes of long values.
type equalFilter struct {
	u      *universe
	values []hashset.Set // by compared field: of the rows' values
	whole  hashset.Set   // of the rows' values together
	order  []int         // compared fields, the one of which the rows say most first
}

func (u *universe) newEqualFilter(rows int) *equalFilter {
	f := &equalFilter{u: u, whole: hashset.New(rows)}
	for k := range u.m.compared {
		f.values, f.order = append(f.values, hashset.New(rows)), append(f.order, k)
	}
	return f
}

// add adds a row and returns a hash of all that is compared of it.
func (f *equalFilter) add(b *pipeline.Batch, row int) uint64 {
	whole := uint64(0)
	for k := range f.values {
		h := f.hash(0, k, b, row)
		f.values[k].Add(h)
		whole = mix(whole, h)
	}
	f.whole.Add(whole)
	return whole
}

// close is called between the last row and the first record of the target.
func (f *equalFilter) close() {
	said := make([]int, len(f.values))
	for k, v := range f.values {
		said[k] = v.Count()
	}
	slices.SortStableFunc(f.order, func(a, b int) int { return cmp.Compare(said[b], said[a]) })
}

// has reports whether a row may be equal to a record of the target, and the hash that
// the row then has.
func (f *equalFilter) has(b *pipeline.Batch, row int) (whole uint64, maybe bool) {
	for _, k := range f.order {
		if !f.values[k].Has(f.hash(1, k, b, row)) {
			return 0, false
		}
	}
	for k := range f.values {
		whole = mix(whole, f.hash(1, k, b, row))
	}
	return whole, f.whole.Has(whole)
}

func (f *equalFilter) hash(side, k int, b *pipeline.Batch, row int) uint64 {
	return f.u.comparedHash(side, k, b, row)
}

// comparedHash is a hash of the k-th value that is compared of a record.
func (u *universe) comparedHash(side, k int, b *pipeline.Batch, row int) uint64 {
	at := u.fields[side][u.m.compared[k]]
	if at < 0 {
		return hashText("")
	}
	return hashText(cellText(b.Column(at), row))
}

// comparedText is all that is compared of a record, as one text: each value behind its
// length, so that nothing in a value is taken for its end.
func (u *universe) comparedText(i int32) string {
	var b strings.Builder
	for _, f := range u.m.compared {
		value := u.text(i, f)
		fmt.Fprintf(&b, "%d:", len(value))
		b.WriteString(value)
	}
	return b.String()
}
