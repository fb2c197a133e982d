package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// A source that gets another name is another source: the rows that it is remembered by
// are not read any more. Its records are found again by their keys; those without one,
// and those that got another one the same day, would be made a second time.

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

// blockKnown blocks a new row, with or without keys, that may be a record of which it is
// remembered that another row became it.
func (d *differ) blockKnown(i int, keys []Key) bool {
	if len(d.loneAt) == 0 || len(keys) == 0 && !d.reserves {
		return false
	}
	for _, m := range d.Match.Clusters[i].Members {
		row := d.Records.Record(int(m))
		if l, may := d.rowRepeated(i, row); may {
			d.block(i, "", Block{Code: CodeRepeatedID, Candidates: []string{l.Target},
				Reason: fmt.Sprintf("its source has several rows of the id %s, and one of that id became record #%s earlier, which no row is now: the two may be one", diag.Shorten(l.ID, 60), diag.Shorten(l.Target, 60)),
				Hint:   "give each row an id of its own in the source"}, nil)
			return true
		}
		if l, may := d.rowNotRead(i, row, keys); may {
			d.block(i, "", Block{Code: CodeSourceNotRead, Candidates: []string{l.Target},
				Reason: fmt.Sprintf("no key tells who it is, and row %s of source %s, which the pipeline reads no more, is record #%s: the two may be one, under another name of the source", diag.Shorten(l.ID, 60), diag.Shorten(l.Source, 60), diag.Shorten(l.Target, 60)),
				Hint:   "give the source its old name again, or say in the decisions whether the two are one: " + decisionForm(d.rows(i)[0], l.Target)}, nil)
			return true
		}
	}
	return false
}

// rowNotRead is a record that a new row may be: a row of the same id became it whose source
// is not read any more, and no other row is it. A row without a key is that unless their names
// differ; one with keys, which are new to the target, if it has the name and no other number.
func (d *differ) rowNotRead(i int, row Record, keys []Key) (RowLink, bool) {
	for _, l := range d.lone[row.ID()] {
		record, there := d.loneRecord(i, l.Target)
		if there && !otherName(row, record) && (len(keys) == 0 || sameName(row, record) && !d.otherNumber(row, record)) {
			return l, true
		}
	}
	return RowLink{}, false
}

// rowRepeated is a record that a new row may be which lost its id, since others have it, too:
// a row of that id became it, no other row is it, and their names do not differ.
func (d *differ) rowRepeated(i int, row Record) (RowLink, bool) {
	id := row.repeatedID()
	if id == "" {
		return RowLink{}, false
	}
	l := RowLink{Source: row.Batch.source, ID: id}
	l.Target = d.Links[RowKey{l.Source, id}]
	record, there := d.loneRecord(i, l.Target)
	return l, there && !otherName(row, record)
}

// loneRecord is a record that no row is, unless a person said that a cluster is another one.
func (d *differ) loneRecord(i int, id string) (r Record, ok bool) {
	at, there := d.loneAt[id]
	if !there || slices.Contains(d.Match.Apart[i], id) {
		return r, false
	}
	return d.Present.Records.Record(at), true
}

// findLone finds the links of NotRead by the id of the row, and where the records are that
// rows of these or of Repeated became, and that no row is now.
func (d *differ) findLone() {
	records := map[string]bool{}
	for key := range d.Repeated {
		if record := d.Links[key]; record != "" {
			records[record] = true
		}
	}
	d.lone = map[string][]RowLink{}
	for row, record := range d.NotRead {
		d.lone[row.ID] = append(d.lone[row.ID], RowLink{Source: row.Source, ID: row.ID, Target: record})
		records[record] = true
	}
	if len(records) == 0 {
		return
	}
	for _, links := range d.lone {
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
}
