package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// CodeRepeatedID says of ids that several rows of a source have, and of a new row of such an
// id that it may be the record which a row of that id became.
const CodeRepeatedID = "repeated-id"

// unrepeated is a table in which no two rows of a source have one id.
type unrepeated struct {
	table    *Table
	repeated map[RowKey]bool
	findings []diag.Finding
}

// held are the ids of rows that are there but not in the table under their id.
func (u unrepeated) held(c *Collected) map[RowKey]bool {
	held := maps.Clone(c.RejectedIDs)
	maps.Copy(held, u.repeated)
	return held
}

// dropRepeatedIDs takes the id away from rows that share it within a source:
// an id that names two rows says nothing about either.
func dropRepeatedIDs(t *Table) unrepeated {
	repeated, parted := repeatedIDs(t)
	if len(repeated) == 0 {
		return unrepeated{table: t}
	}
	out := unrepeated{table: NewTable(t.schema), repeated: repeated}
	for _, b := range t.batches {
		out.table.Append(b.withoutIDs(repeated))
	}
	shared, twice := map[string][]string{}, map[string][]string{} // ids by source
	for key := range repeated {
		if parted[key] {
			twice[key.Source] = append(twice[key.Source], key.ID)
		} else {
			shared[key.Source] = append(shared[key.Source], key.ID)
		}
	}
	for source, ids := range shared {
		out.find(ids, fmt.Sprintf("source %s: %s more than one row, the first %s; those rows are matched as if they had none", source, diag.Plural(len(ids), "id names", "ids name"), diag.Shorten(slices.Min(ids), 60)),
			"choose an id expression that names one row")
	}
	for source, ids := range twice {
		out.find(ids, fmt.Sprintf("source %s stands more than once under from: %s several records each, the first that with the id %s; an id cannot name two records, so these are matched as if they had none", source, diag.Plural(len(ids), "row became", "rows became"), diag.Shorten(slices.Min(ids), 60)),
			"name the same file a second time under sources and map that one, since rows of two sources are told apart, or give these records a model of their own")
	}
	slices.SortFunc(out.findings, func(a, b diag.Finding) int { return strings.Compare(a.Message, b.Message) })
	return out
}

func (u *unrepeated) find(ids []string, message, hint string) {
	u.findings = append(u.findings, diag.Finding{Severity: diag.Warning, Code: CodeRepeatedID, Count: len(ids), Message: message, Hint: hint})
}

// repeatedIDs are the ids that several records of a source have, and those among them
// whose records all come of one row: their source is mapped more than once. Nearly always
// there are none, which hashes show.
func repeatedIDs(t *Table) (repeated, parted map[RowKey]bool) {
	repeated, parted = map[RowKey]bool{}, map[RowKey]bool{}
	hashes := make([]uint64, 0, t.Len())
	each := func(visit func(key RowKey, hash uint64, of Record)) {
		for _, b := range t.batches {
			source := hashID(0, b.source)
			for i := 0; b.ids != nil && i < b.n; i++ {
				if id := b.ID(i); id != "" {
					visit(RowKey{b.source, id}, hashID(source, id), Record{b, i})
				}
			}
		}
	}
	each(func(_ RowKey, hash uint64, _ Record) { hashes = append(hashes, hash) })
	slices.Sort(hashes)
	several := map[uint64]bool{}
	for i := 1; i < len(hashes); i++ {
		if hashes[i] == hashes[i-1] {
			several[hashes[i]] = true
		}
	}
	if len(several) == 0 {
		return repeated, parted
	}
	first := map[RowKey]Origin{}
	each(func(key RowKey, hash uint64, of Record) {
		if !several[hash] {
			return
		}
		here := of.Origin()
		before, again := first[key]
		if !again {
			first[key] = here
			return
		}
		// Where a source does not number its rows, nothing shows that they are one.
		parted[key] = here == before && here.Row > 0 && (!repeated[key] || parted[key])
		repeated[key] = true
	})
	return repeated, parted
}

// FNV-1a of 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv).
const (
	fnvBasis = 14695981039346656037
	fnvPrime = 1099511628211
)

// hashID is FNV-1a of a text behind what was hashed before.
func hashID(h uint64, s string) uint64 {
	h ^= fnvBasis
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * fnvPrime
	}
	return h
}

// withoutIDs returns the batch with the repeated ids made null.
func (b *Batch) withoutIDs(repeated map[RowKey]bool) *Batch {
	if b.ids == nil {
		return b
	}
	ids := NewColumnBuilder(String, b.n)
	for i := range b.n {
		if id := b.ID(i); id == "" || repeated[RowKey{b.source, id}] {
			ids.AppendNull()
		} else {
			ids.AppendString(id)
		}
	}
	changed := *b
	changed.ids, changed.shared = ids.finish(), b.ids
	return &changed
}

// repeatedID is the id that was taken away from a record, since others have it, too; "" for
// the others.
func (r Record) repeatedID() string {
	if r.Batch.shared == nil || r.ID() != "" || r.Batch.shared.IsNull(r.Row) {
		return ""
	}
	return r.Batch.shared.Str(r.Row)
}
