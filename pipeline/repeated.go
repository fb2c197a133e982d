package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline/diag"
)

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
	repeated := repeatedIDs(t)
	if len(repeated) == 0 {
		return unrepeated{table: t}
	}
	out := unrepeated{table: NewTable(t.schema), repeated: repeated}
	for _, b := range t.batches {
		out.table.Append(b.withoutIDs(repeated))
	}
	bySource := map[string][]string{}
	for key := range repeated {
		bySource[key.Source] = append(bySource[key.Source], key.ID)
	}
	for source, ids := range bySource {
		slices.Sort(ids)
		out.findings = append(out.findings, diag.Finding{Severity: diag.Warning, Code: "repeated-id", Count: len(ids),
			Message: fmt.Sprintf("source %s: %d ids name more than one row, the first %s; those rows are matched as if they had none", source, len(ids), diag.Shorten(ids[0], 60)),
			Hint:    "choose an id expression that names one row"})
	}
	slices.SortFunc(out.findings, func(a, b diag.Finding) int { return strings.Compare(a.Message, b.Message) })
	return out
}

// repeatedIDs are the ids that several rows of a source have. Nearly always there
// are none, which hashes show.
func repeatedIDs(t *Table) map[RowKey]bool {
	repeated := map[RowKey]bool{}
	hashes := make([]uint64, 0, t.Len())
	each := func(visit func(key RowKey, hash uint64)) {
		for _, b := range t.batches {
			source := hashID(0, b.source)
			for i := 0; b.ids != nil && i < b.n; i++ {
				if id := b.ID(i); id != "" {
					visit(RowKey{b.source, id}, hashID(source, id))
				}
			}
		}
	}
	each(func(_ RowKey, hash uint64) { hashes = append(hashes, hash) })
	slices.Sort(hashes)
	several := map[uint64]bool{}
	for i := 1; i < len(hashes); i++ {
		if hashes[i] == hashes[i-1] {
			several[hashes[i]] = true
		}
	}
	if len(several) == 0 {
		return repeated
	}
	seen := map[RowKey]bool{}
	each(func(key RowKey, hash uint64) {
		if several[hash] {
			if seen[key] {
				repeated[key] = true
			}
			seen[key] = true
		}
	})
	return repeated
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
	changed.ids = ids.finish()
	return &changed
}
