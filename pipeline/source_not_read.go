package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// A source that gets another name is another source: the rows that it is remembered by
// are not read any more. Its records are found again by their keys; those without one
// would be made a second time.

// CodeSourceNotRead says of rows that they are remembered of a source which the pipeline
// reads no more, and of a new row that it may be one of them.
const CodeSourceNotRead = "source-not-read"

// sourceNames are the sources of the bound models of a pipeline.
func (p *Pipeline) sourceNames() map[string]bool {
	names := map[string]bool{}
	for _, b := range p.Bindings {
		for _, f := range b.Model.From {
			names[f.Name] = true
		}
	}
	return names
}

// notRead are the pipeline's links of rows of sources that it reads no more.
func (k *knownLinks) notRead(names map[string]bool) map[RowKey]string {
	left := map[RowKey]string{}
	for source := range k.read {
		if names[source] {
			continue
		}
		for row, record := range k.own {
			if row.Source == source {
				left[row] = record
			}
		}
	}
	return left
}

// tellNotRead tells of remembered rows that are not read, and warns where a source of the
// model has none that is remembered, as after it got another name.
func (k *knownLinks) tellNotRead(m *Model, left map[RowKey]string) (found []diag.Finding) {
	rows, fresh := map[string]int{}, []string{}
	for row := range left {
		rows[row.Source]++
	}
	for _, name := range slices.Sorted(maps.Keys(m.rowsRead(&Collected{}))) {
		if !k.read[name] {
			fresh = append(fresh, diag.Shorten(name, 60))
		}
	}
	for _, source := range slices.Sorted(maps.Keys(rows)) {
		f := diag.Finding{Severity: diag.Note, Code: CodeSourceNotRead, Count: rows[source],
			Message: fmt.Sprintf("of a source %s, which the pipeline sends no more, %s remembered; their records are not deleted", diag.Shorten(source, 60), diag.Plural(rows[source], "row is", "rows are"))}
		if len(fresh) > 0 {
			f.Severity = diag.Warning
			f.Message += ", and nothing is remembered of " + strings.Join(fresh, ", ")
			f.Hint = fmt.Sprintf("if source %s is now called %s, give it its old name again, so that its rows are known; now they are found by their keys alone", diag.Shorten(source, 60), strings.Join(fresh, " or "))
		}
		found = append(found, f)
	}
	return found
}

// rowNotRead is a record that a new row without a key may be: a row of the same id became it
// whose source is not read any more, no other row is it, and their names do not differ.
func (d *differ) rowNotRead(i int) (RowLink, bool) {
	if len(d.NotRead) == 0 || !d.reserves {
		return RowLink{}, false
	}
	if d.lone == nil {
		d.lone = d.loneRecords()
	}
	for _, m := range d.Match.Clusters[i].Members {
		row := d.Records.Record(int(m))
		for _, l := range d.lone[row.ID()] {
			at, there := d.loneAt[l.Target]
			if there && !slices.Contains(d.Match.Apart[i], l.Target) && !otherName(row, d.Present.Records.Record(at)) {
				return l, true
			}
		}
	}
	return RowLink{}, false
}

// loneRecords are the links of NotRead by the id of the row, and sets where the records
// are that no row is.
func (d *differ) loneRecords() map[string][]RowLink {
	byID, records := map[string][]RowLink{}, map[string]bool{}
	for row, record := range d.NotRead {
		byID[row.ID] = append(byID[row.ID], RowLink{Source: row.Source, ID: row.ID, Target: record})
		records[record] = true
	}
	for _, links := range byID {
		slices.SortFunc(links, func(a, b RowLink) int { return strings.Compare(a.Source, b.Source) })
	}
	held := map[int32]bool{}
	for i := range d.Match.Links {
		held[d.Match.Links[i].Target] = true
	}
	d.loneAt = map[string]int{}
	for i := range d.Present.Records.Len() {
		if id := d.Present.Records.Record(i).ID(); records[id] && !held[int32(i)] {
			d.loneAt[id] = i
		}
	}
	return byID
}

// blockNotRead blocks a new row without a key that may be such a record.
func (d *differ) blockNotRead(i int) bool {
	l, may := d.rowNotRead(i)
	if may {
		d.block(i, "", Block{Code: CodeSourceNotRead, Candidates: []string{l.Target},
			Reason: fmt.Sprintf("it has no key, and row %s of source %s, which the pipeline reads no more, is record #%s: the two may be one, under another name of the source", diag.Shorten(l.ID, 60), diag.Shorten(l.Source, 60), diag.Shorten(l.Target, 60)),
			Hint:   "give the source its old name again, or say in the decisions whether the two are one: " + decisionForm(d.rows(i)[0], l.Target)}, nil)
	}
	return may
}
