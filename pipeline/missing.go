package pipeline

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// missing counts, or plans the deletion of, records of the target that no
// source holds any more. Only records that are ours are deleted: this pipeline
// created them from rows of its own, no other one has a share in them, and nothing
// in them stems from anybody else; only when none of those rows is left in its
// source, under whatever id; and only when every list was read whole.
func (d *differ) missing() {
	if d.Binding.Policy.OnMissing != ReportMissing && d.Binding.Policy.OnMissing != DeleteMissing {
		return
	}
	gone, whole := d.gone(), d.wholeFindings()
	d.out.Counts.Missing += len(gone)
	if d.Binding.Policy.OnMissing != DeleteMissing || !whole || !d.allowed[Delete] {
		return
	}
	stay := staying{}
	gone = slices.DeleteFunc(gone, func(g goneRecord) bool {
		why := d.othersShare(g.ID())
		if why != "" {
			stay[why] = append(stay[why], g.ID())
		}
		return why != ""
	})
	claims, writes := d.claims(gone), map[int]Block{}
	for _, g := range gone {
		if claimed := claims[g.ID()]; len(claimed) > 0 {
			d.keepClaimed(g, claimed, writes)
			continue
		}
		if edits := d.handEdits(g.Record); len(edits) > 0 {
			d.editedMissing(g.Record, originsOf(g.rows), edits)
			continue
		}
		d.delete(g.Record, originsOf(g.rows))
	}
	d.blockClaiming(writes)
	d.out.Findings = append(d.out.Findings, stay.findings()...)
	d.tellStayed()
}

// gone are the records of the target that became of rows which are gone.
func (d *differ) gone() []goneRecord {
	held := make([]bool, d.Present.Records.Len())
	byID := map[string]bool{}
	for i, link := range d.Match.Links {
		if link.Target >= 0 {
			held[link.Target] = true
		}
		for _, blocks := range []*Block{link.Block, d.Match.Clusters[i].Block} {
			if blocks == nil || blocks.Of != "" && blocks.Of != d.Binding.Resource {
				continue // ids of another resource
			}
			for _, id := range blocks.Candidates {
				byID[id] = true
			}
		}
	}
	ours, stillHeld := rowsOfRecords(d.Links), d.stillHeld()
	var gone []goneRecord
	for i := range held {
		current := d.Present.Records.Record(i)
		rows := ours[current.ID()]
		if held[i] || byID[current.ID()] || len(rows) == 0 || slices.ContainsFunc(rows, d.ofOthers) || slices.ContainsFunc(rows, func(r RowKey) bool { return d.Partial[r.Source] }) || slices.ContainsFunc(rows, stillHeld) {
			continue
		}
		gone = append(gone, goneRecord{current, rows})
	}
	return gone
}

// rowsOfRecords are the remembered rows of each record of the target.
func rowsOfRecords(links map[RowKey]string) map[string][]RowKey {
	rows := make(map[string][]RowKey, len(links))
	for key, id := range links {
		rows[id] = append(rows[id], key)
	}
	return rows
}

// ofOthers reports whether a remembered row is of a source that this model does
// not read: another model or pipeline made the record, or has a share in it, and
// knows whether the row is still there.
func (d *differ) ofOthers(row RowKey) bool {
	_, read := d.Read[row.Source]
	return d.Read != nil && !read
}

// stillHeld tells whether a remembered row is still in its source, whatever
// became of it on the way.
func (d *differ) stillHeld() func(RowKey) bool {
	if d.inSources == nil {
		d.inSources = make(map[RowKey]bool, d.Records.Len()+len(d.Held))
		for _, b := range d.Records.batches {
			for i := range b.n {
				d.inSources[RowKey{b.source, b.ID(i)}] = true
			}
		}
		for key := range d.Held {
			d.inSources[key] = true
		}
	}
	return func(key RowKey) bool { return d.inSources[key] }
}

// wholeFindings reports whether everything was read whole, and says so when
// that keeps deletions back.
func (d *differ) wholeFindings() bool {
	why, hint := "", ""
	if d.Present.Evidence.Grade != Proven {
		why = "the list of the target was not proven to be whole"
	}
	if why == "" && d.Damage.lostLinks() {
		why = "links in the memory are damaged, so that a record that seems to be without rows may have some"
	}
	for _, name := range slices.Sorted(maps.Keys(d.Sources)) {
		if why == "" && d.Sources[name].Grade != Proven {
			why = "source " + name + " was not proven to be read whole"
			if reasons := d.Sources[name].Reasons; len(reasons) > 0 {
				why += ": " + reasons[0]
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.Anew)) {
		if why == "" { // what another account holds says nothing of what is missing in this one
			why = "of source " + name + " everything was read in spite of its mark, since " + d.Anew[name] + "; where the account is the same one, plan --full deletes"
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.Filtered)) {
		if why == "" {
			why = "model " + d.Binding.Model.Name + " reads source " + name + " with a condition (" + d.Filtered[name] + "), and a row that seems to be missing may be one that it leaves out"
			hint = "to have deletions, take " + d.Filtered[name] + ": away, and give the model a source that holds its rows alone"
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.Read)) {
		if why == "" && d.Read[name] == 0 {
			why = "source " + name + " holds no row at all, which is more likely a mistake than the end of everything"
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.Unnamed)) {
		if n := d.Unnamed[name]; why == "" && n > 0 {
			why = fmt.Sprintf("source %s has %d rejected rows whose id cannot be told, since they hold none or could not be taken apart, and which may be the ones that seem to be missing", name, n)
			if n == 1 {
				why = "source " + name + " has 1 rejected row whose id cannot be told, since it holds none or could not be taken apart, and which may be the one that seems to be missing"
			}
		}
	}
	if why != "" && d.Binding.Policy.OnMissing == DeleteMissing {
		d.out.Findings = append(d.out.Findings, diag.Finding{Severity: diag.Warning, Code: "delete-not-proven",
			Message: "nothing is deleted: " + why, Hint: hint})
	}
	return why == ""
}

// deletedBy are the records that the plan deletes, by their keys. Of a key of many none says
// whom of them a change is about.
func (d *Difference) deletedBy() map[Key][]string {
	deleted := map[Key][]string{}
	for i := range d.Changes {
		if ch := &d.Changes[i]; ch.Action == Delete {
			for _, k := range ch.Keys {
				k.Value = foldKey(k.Value)
				deleted[k] = append(deleted[k], ch.Target)
			}
		}
	}
	maps.DeleteFunc(deleted, func(_ Key, records []string) bool { return len(records) > signBearersMax })
	return deleted
}

// inTheWay are records that the plan deletes and that have a key of a create, unless a person
// said that they are others.
func (d *Difference) inTheWay(ch *Change, deleted map[Key][]string) (records []string) {
	if ch.Action != Create || len(deleted) == 0 {
		return nil
	}
	for _, k := range ch.Keys {
		for _, id := range deleted[Key{k.Field, foldKey(k.Value)}] {
			if !slices.Contains(d.apart[ch.ID], id) && !slices.Contains(records, id) {
				records = append(records, id)
			}
		}
	}
	return records
}

// holdNamed takes the deletion of records back which a blocked row may be, or which are why
// it is blocked, also by what was found out only after the deletions were planned.
func (d *Difference) holdNamed(b *Binding, present *Present) {
	named := map[string]*BlockedRow{}
	for i := range d.Blocked {
		row := &d.Blocked[i]
		if row.Of != "" && row.Of != b.Resource || len(row.Rows) == 0 {
			continue
		}
		for _, id := range row.Candidates {
			if named[id] == nil {
				named[id] = row
			}
		}
	}
	before := len(d.Changes)
	d.blockIf(func(ch *Change) (Block, bool) {
		row := named[ch.Target]
		if ch.Action != Delete || row == nil {
			return Block{}, false
		}
		return Block{Code: CodeNotSurelyGone, Candidates: []string{ch.Target}, Hint: "settle that row first",
			Reason: fmt.Sprintf("its rows are gone from the sources, but row %s is blocked (%s) and may be about it", rowWords(row.Rows[0]), row.Code)}, true
	})
	if len(d.Changes) < before {
		d.blockTaken(b.Target.Keys(), present.Records) // what they would have given up
		sortBlocked(d.Blocked)
	}
}

// CodeStateMissing says that what decides about a change is not remembered.
const CodeStateMissing = "state-missing"

// blockForgetful takes back what only the memory of earlier runs could decide, where
// there is none and should be one.
func (d *Difference) blockForgetful(b *Binding, present *Present) {
	const hint = "name state: in the pipeline and keep that file from run to run; the very first run says so with --first-run"
	d.blockIf(func(ch *Change) (Block, bool) {
		for _, f := range ch.Fields {
			if ch.Action == Update && ch.Target != "" && b.Policy.Fields[f.Field] == ProtectEdits {
				return Block{Code: CodeStateMissing, Reason: "field " + f.Field + " is under protect_edits and empty in the target, and nothing is remembered of earlier runs, so that nobody knows whether somebody emptied it", Hint: hint}, true
			}
		}
		return Block{}, false
	})
	if b.Policy.OnMissing == DeleteMissing {
		d.Findings = append(d.Findings, diag.Finding{Severity: diag.Warning, Code: CodeStateMissing,
			Message: "nothing is deleted: nothing is remembered of earlier runs, so that no record is known to be ours", Hint: hint})
	}
	d.blockTaken(b.Target.Keys(), present.Records)
	sortBlocked(d.Blocked)
}

// originsOf are remembered rows, in order.
func originsOf(rows []RowKey) []Origin {
	of := make([]Origin, len(rows))
	for i, row := range rows {
		of[i] = Origin{Source: row.Source, ID: row.ID}
	}
	slices.SortFunc(of, func(a, b Origin) int { return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.ID, b.ID)) })
	return of
}

// delete plans the deletion of a record that some rows were, with labels of its own.
func (d *differ) delete(current Record, rows []Origin, labels ...string) {
	ch := Change{Action: Delete, Resource: d.Binding.Resource, Model: d.Binding.Model.Name, Target: current.ID(), Label: LabelOf(current),
		Fields: []FieldChange{}, Rows: rows, Labels: labels}
	for t, f := range d.Present.Records.Schema().fields {
		if v := current.Value(t); !v.Empty() {
			fc := FieldChange{Field: f.Name, Before: v, After: Null()}
			if f.Outward && truth(v) {
				fc.Labels = []string{LabelOutward}
			}
			ch.Fields = append(ch.Fields, fc)
		}
	}
	if ch.Keys = d.keysOf(current, false); len(ch.Keys) > 0 {
		ch.Key = ch.Keys[0]
	}
	d.out.Counts.Delete++
	d.keep(ch)
}
