package review

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// Run is one run with what it wrote.
type Run struct {
	pipeline.RunSummary
	Written   []pipeline.WrittenChange
	Unwritten []pipeline.UnwrittenChange
}

// notEnded is the status of a run that is at work, or was cut off.
const notEnded = "not ended"

// damaged is the status of a run of which a part of what is remembered does not count.
const damaged = "damaged"

func runStatus(r *pipeline.RunSummary) string {
	switch {
	case r.Damaged:
		return damaged
	case r.Status == "":
		return notEnded
	}
	return r.Status
}

// HistoryText writes a list of runs for a terminal, the newest first: at most
// listedMax of them unless all are wanted.
func HistoryText(w io.Writer, runs []pipeline.RunSummary, opt Options) error {
	v := newView(w, opt)
	if len(runs) == 0 {
		v.line("nothing was applied yet")
	}
	newest := slices.Clone(runs)
	slices.Reverse(newest)
	v.each(len(newest), func(i int) {
		r := &newest[i]
		v.line("%s  %s", v.paint(bold, safe(pipeline.ApplyOf(r.ID))), runLine(r))
		v.line("    %s", v.paint(faint, safe(r.Pipeline)+" to "+safe(r.Target)+", plan "+safe(short(r.Digest))))
	})
	return v.b.Flush()
}

func runLine(r *pipeline.RunSummary) string {
	text := clock(r.Start) + "  " + safe(runStatus(r))
	if len(r.Counts) == 0 && r.Calls == 0 {
		return text + ", nothing was sent"
	}
	parts := []string{text}
	for _, s := range statuses {
		if n := r.Counts[s]; n > 0 {
			parts = append(parts, safe(string(s))+" "+group(n))
		}
	}
	return strings.Join(append(parts, count(r.Calls, "call")), ", ")
}

// RunText writes one apply, all its parts, for a terminal.
func RunText(w io.Writer, runs []Run, opt Options) error {
	v := newView(w, opt)
	for i := range runs {
		r := &runs[i]
		v.line("%s  %s", v.paint(bold, "run "+safe(r.ID)), runLine(&r.RunSummary))
		v.line("  %s to %s, plan %s", safe(r.Pipeline), safe(r.Target), safe(short(r.Digest)))
		if !r.Finish.IsZero() {
			v.line("  took %s", r.Finish.Sub(r.Start).Round(time.Millisecond))
		}
		if said := approval(r.Approval); said != "" {
			v.line("  %s", said)
		}
		v.notes(r)
		switch {
		case r.JournalGone():
			v.line("  what it wrote is not remembered any more: state compact removed its journal")
			continue
		case len(r.Written) == 0:
			v.line("  nothing was written")
			v.unwritten(r.Unwritten)
			continue
		}
		noted := notesOfChanges(r)
		listed := len(r.Written)
		if listed > changesListedMax && !opt.All {
			listed = changesListedMax
		}
		for k := range r.Written[:listed] {
			c := r.Written[k].Change
			if s := r.Written[k].Became.Status; s != "" {
				c.Labels = slices.Insert(slices.Clone(c.Labels), 0, string(s))
			}
			v.change(&c)
			for _, n := range noted[c.ID] {
				v.line("      note: %s", noteText(n))
			}
		}
		if left := len(r.Written) - listed; left > 0 {
			v.line("  ... %s; --all lists every change", count(left, "more change"))
		}
		v.unwritten(r.Unwritten)
	}
	return v.b.Flush()
}

// unwritten tells what became of changes that a run did not write, each with the reason.
func (v *view) unwritten(list []pipeline.UnwrittenChange) {
	if len(list) == 0 {
		return
	}
	v.line("  not written by this run (%s)", group(len(list)))
	v.each(len(list), func(i int) {
		u := &list[i]
		text := "    " + string(u.Status) + "  "
		if u.Label != "" {
			text += u.Label + ", "
		}
		text += "change " + u.Change
		if u.Target != "" {
			text += " #" + u.Target
		}
		v.line("%s", safe(text))
		if u.Message != "" {
			v.line("      %s", sentence(u.Message))
		}
	})
}

// notesOfChanges are the notes to single changes that the run wrote, by the change: they
// stand below it.
func notesOfChanges(r *Run) map[string][]pipeline.ApprovalNote {
	noted := map[string][]pipeline.ApprovalNote{}
	if r.Approval == nil {
		return noted
	}
	written := map[string]bool{}
	for i := range r.Written {
		written[r.Written[i].ID] = true
	}
	for _, n := range r.Approval.Notes {
		if n.On == pipeline.NoteOnChange && written[n.Name] {
			noted[n.Name] = append(noted[n.Name], n)
		}
	}
	return noted
}

// notes tells what people wrote to their decisions, but for what stands below a change.
func (v *view) notes(r *Run) {
	if r.Approval == nil {
		return
	}
	below := notesOfChanges(r)
	for _, n := range r.Approval.Notes {
		if n.On == pipeline.NoteOnChange && below[n.Name] != nil {
			continue
		}
		about := "note"
		switch n.On {
		case pipeline.NoteOnClass:
			about += " on the class " + sentence(n.Name)
		case pipeline.NoteOnChange:
			about += " on the change " + safe(n.Name)
		case pipeline.NoteOnConflict:
			about += " on the conflict " + safe(n.Name) + ", field " + safe(n.Field)
		}
		if n.Record != "" {
			about += " of #" + safe(n.Record)
		}
		v.line("  %s: %s", about, noteText(n))
	}
}

// noteText is a note behind what was decided.
func noteText(n pipeline.ApprovalNote) string {
	text := diag.Shorten(n.Note, pipeline.NoteCharsMax)
	if n.Said != "" {
		text = safe(n.Said) + ": " + text
	}
	return text
}

// approval says who agreed to a run, how and when; "" when that is not remembered.
func approval(a *pipeline.Approval) string {
	if a == nil {
		return ""
	}
	text := map[string]string{pipeline.AgreedApprovals: "agreed to in approvals", pipeline.AgreedTerminal: "agreed to on a terminal", pipeline.AgreedYes: "agreed to by --yes"}[a.How]
	if text == "" {
		text = "agreed to by " + safe(a.How)
	}
	if a.By != "" {
		text += " (" + safe(a.By) + ")"
	}
	if a.When != "" {
		text += " on " + safe(a.When)
	}
	text += ": accepted " + group(a.Accepted)
	if a.Declined > 0 {
		text += ", declined " + group(a.Declined)
	}
	if a.Open > 0 {
		text += ", left open " + group(a.Open)
	}
	return text
}

// recordOf names the record that a change wrote.
func recordOf(w *pipeline.WrittenChange) string {
	return cmp.Or(w.Became.Target, w.Target, w.Key.Field+"="+w.Key.Value)
}

// RunsDiff is how two applies differ in what they wrote.
type RunsDiff struct {
	OnlyA []pipeline.WrittenChange `json:"only_first"`  // of records that the second did not touch
	OnlyB []pipeline.WrittenChange `json:"only_second"` // of records that the first did not touch
	Both  []BothWrote              `json:"both"`
}

// BothWrote is a record that two applies wrote.
type BothWrote struct {
	Label  string      `json:"label"`
	Record string      `json:"record"`
	First  string      `json:"first"` // the action of the first apply
	Second string      `json:"second"`
	Fields []FieldDiff `json:"fields"` // that either wrote
}

// FieldDiff is a field that one or both of two applies wrote. A nil value was not
// written.
type FieldDiff struct {
	Field  string          `json:"field"`
	First  *pipeline.Value `json:"first"`
	Second *pipeline.Value `json:"second"`
}

// DiffRuns compares what two applies wrote, by target and record. Records are in
// the order in which the first apply wrote them.
func DiffRuns(first, second []Run) RunsDiff {
	type place struct{ target, record string }
	where := map[place]*pipeline.WrittenChange{}
	for i := range second {
		for k := range second[i].Written {
			c := &second[i].Written[k]
			where[place{second[i].Target, recordOf(c)}] = c
		}
	}
	d := RunsDiff{OnlyA: []pipeline.WrittenChange{}, OnlyB: []pipeline.WrittenChange{}, Both: []BothWrote{}}
	met := map[*pipeline.WrittenChange]bool{}
	for i := range first {
		for k := range first[i].Written {
			a := &first[i].Written[k]
			b := where[place{first[i].Target, recordOf(a)}]
			if b == nil {
				d.OnlyA = append(d.OnlyA, *a)
				continue
			}
			met[b] = true
			d.Both = append(d.Both, BothWrote{Label: b.Label, Record: recordOf(b), First: string(a.Action), Second: string(b.Action), Fields: fieldDiffs(a.Fields, b.Fields)})
		}
	}
	for i := range second {
		for k := range second[i].Written {
			if c := &second[i].Written[k]; !met[c] {
				d.OnlyB = append(d.OnlyB, *c)
			}
		}
	}
	return d
}

func fieldDiffs(first, second []pipeline.FieldChange) []FieldDiff {
	fields := []FieldDiff{}
	for i := range first {
		f := FieldDiff{Field: first[i].Field, First: &first[i].After}
		for k := range second {
			if second[k].Field == f.Field {
				f.Second = &second[k].After
			}
		}
		fields = append(fields, f)
	}
	for k := range second {
		if !slices.ContainsFunc(first, func(f pipeline.FieldChange) bool { return f.Field == second[k].Field }) {
			fields = append(fields, FieldDiff{Field: second[k].Field, Second: &second[k].After})
		}
	}
	return fields
}

// RunsDiffText writes the difference of two applies for a terminal.
func RunsDiffText(w io.Writer, first, second string, d RunsDiff, opt Options) error {
	v := newView(w, opt)
	v.line("%s: only %s wrote %s, only %s wrote %s, both wrote %s", v.paint(bold, "diff"), safe(first), count(len(d.OnlyA), "record"),
		safe(second), count(len(d.OnlyB), "record"), count(len(d.Both), "record"))
	for _, part := range []struct {
		name    string
		changes []pipeline.WrittenChange
	}{{first, d.OnlyA}, {second, d.OnlyB}} {
		if len(part.changes) == 0 {
			continue
		}
		v.title(bold, "only in "+safe(part.name), len(part.changes))
		v.each(len(part.changes), func(i int) { v.change(&part.changes[i].Change) })
	}
	if len(d.Both) > 0 {
		v.title(yellow, "in both", len(d.Both))
		v.each(len(d.Both), func(i int) {
			b := &d.Both[i]
			v.line("  %s #%s  %s, then %s", safe(b.Label), safe(b.Record), safe(b.First), safe(b.Second))
			for _, f := range b.Fields {
				v.line("      %s  %s", safe(f.Field), fieldDiffText(f))
			}
		})
	}
	return v.b.Flush()
}

func fieldDiffText(f FieldDiff) string {
	value := func(x *pipeline.Value) string {
		switch {
		case x == nil:
			return "(not written)"
		case x.IsErase():
			return "(emptied)"
		default:
			return orEmpty(*x)
		}
	}
	if f.First != nil && f.Second != nil && f.First.Equal(*f.Second) {
		return value(f.First) + " both times"
	}
	return value(f.First) + ", then " + value(f.Second)
}

// RunJSON is a run as programs read it.
type RunJSON struct {
	Run      string                  `json:"run"`
	Pipeline string                  `json:"pipeline"`
	Target   string                  `json:"target"`
	Digest   string                  `json:"digest"`
	Start    time.Time               `json:"start"`
	Finish   *time.Time              `json:"finish"` // null: it did not come to its end
	Status   string                  `json:"status"`
	Counts   map[pipeline.Status]int `json:"counts"`
	Calls    int                     `json:"calls"`
	Approval *pipeline.Approval      `json:"approval"` // null: it is not remembered who agreed
	Changes  []WrittenJSON           `json:"changes,omitempty"`
	// Unwritten are changes of the plan that the run did not write, and why.
	Unwritten []pipeline.UnwrittenChange `json:"not_written,omitempty"`
}

// WrittenJSON is a change of a run and what became of it.
type WrittenJSON struct {
	pipeline.Change
	Became pipeline.Outcome `json:"became"`
}

// HistoryJSON writes runs as one JSON document, in the order in which they are given,
// with what they wrote as far as that is.
func HistoryJSON(w io.Writer, runs []Run) error {
	out := make([]RunJSON, len(runs))
	for i, r := range runs {
		out[i] = RunJSON{Run: r.ID, Pipeline: r.Pipeline, Target: r.Target, Digest: r.Digest, Start: r.Start, Status: runStatus(&r.RunSummary), Counts: r.Counts, Calls: r.Calls, Approval: r.Approval, Unwritten: r.Unwritten}
		if !r.Finish.IsZero() {
			out[i].Finish = &runs[i].Finish
		}
		for _, c := range r.Written {
			out[i].Changes = append(out[i].Changes, WrittenJSON{c.Change, c.Became})
		}
	}
	e := diag.JSONEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(struct {
		Runs []RunJSON `json:"runs"`
	}{out}); err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	return nil
}
