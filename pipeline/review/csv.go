package review

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// The columns of a plan as CSV.
const (
	columnID = iota
	columnAction
	columnModel
	columnResource
	columnTarget
	columnKeyField
	columnKey
	columnRoute
	columnLabel
	columnLabels
	columnClass
	columnRisk
	columnField
	columnBefore
	columnAfter
	columnFieldLabels
	columnOrigin
	columnHow
	columnRows
	columnBecause
	columnBlocked
	columnReason
	columnHint
	columnCandidates
	columnPoints
)

var csvColumns = [...]string{
	columnID: "id", columnAction: "action", columnModel: "model", columnResource: "resource", columnTarget: "target", columnKeyField: "key_field",
	columnKey: "key", columnRoute: "route", columnLabel: "label", columnLabels: "labels", columnClass: "class", columnRisk: "risk",
	columnField: "field", columnBefore: "before", columnAfter: "after", columnFieldLabels: "field_labels", columnOrigin: "origin", columnHow: "how",
	columnRows: "rows", columnBecause: "because", columnBlocked: "blocked", columnReason: "reason", columnHint: "hint", columnCandidates: "candidates", columnPoints: "code_points",
}

// csvCellCharsMax is how long a cell may be before what says that it is cut, in code
// units of UTF-16: spreadsheets take 32,767.
const csvCellCharsMax = 32_000

// csvBlocked is the action of a row that is not written.
const csvBlocked = "blocked"

// CSV writes a plan for a spreadsheet, as RFC 4180 has it: first each blocked row, or
// each field of it that both sides changed, then each field of each change, in the order
// of the plan. A change without fields has one row. What a spreadsheet would take for a
// formula begins with an apostrophe, at the beginning of a cell and behind a semicolon,
// and what does not show is written out as [diag.Printable] does. It holds values of
// records.
func CSV(w io.Writer, p *pipeline.Plan) error {
	buffered := bufio.NewWriterSize(w, 1<<16)
	t := &table{w: csv.NewWriter(buffered), plan: p}
	t.w.UseCRLF = true
	head := csvRow(csvColumns)
	t.write(&head)
	for i := range p.Blocked {
		t.blocked(&p.Blocked[i])
	}
	for i := range p.Changes {
		t.change(&p.Changes[i])
	}
	t.w.Flush()
	if err := t.w.Error(); err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	return nil
}

// table is a plan that is being written as CSV. An error of writing stays with w.
type table struct {
	w    *csv.Writer
	plan *pipeline.Plan
}

type csvRow [len(csvColumns)]string

// write writes a row, whose cells it guards.
func (t *table) write(row *csvRow) {
	for i, c := range row {
		row[i] = guarded(c)
	}
	_ = t.w.Write(row[:]) // an error is kept by the writer, and told at the end
}

// guarded is a cell that shows all that it holds, up to its limit, and of which no
// spreadsheet runs anything as a formula.
func guarded(cell string) string {
	head := cell
	if len(head) > csvCellCharsMax*utf8.UTFMax { // the rest has no room
		head = head[:csvCellCharsMax*utf8.UTFMax+1]
	}
	text, room := diag.GuardFormulas(',').Guarded(diag.Printable(head)), csvCellCharsMax
	if len(text) <= room {
		return text
	}
	for at, r := range text {
		if room -= utf16.RuneLen(r); room < 0 {
			return fmt.Sprintf("%s... (%d bytes)", text[:at], len(cell))
		}
	}
	return text
}

func (t *table) change(c *pipeline.Change) {
	row := csvRow{columnID: c.ID, columnAction: string(c.Action), columnModel: c.Model, columnResource: c.Resource, columnTarget: c.Target,
		columnKeyField: c.Key.Field, columnKey: c.Key.Value, columnRoute: c.Route, columnLabel: c.Label, columnLabels: strings.Join(c.Labels, ", "),
		columnClass: t.plan.ClassOf(c), columnRisk: risks[riskOf(c)].name, columnRows: allOrigins(c.Rows), columnBecause: reason(c.Match)}
	if len(c.Fields) == 0 {
		t.write(&row)
	}
	for i := range c.Fields {
		f, cells := &c.Fields[i], row
		from := make([]pipeline.Origin, len(f.From))
		for k, r := range f.From {
			from[k] = r.Origin
		}
		cells[columnField], cells[columnBefore], cells[columnAfter] = f.Field, f.Before.String(), f.After.String()
		cells[columnFieldLabels], cells[columnOrigin], cells[columnHow] = strings.Join(f.Labels, ", "), allOrigins(from), f.How
		cells[columnPoints] = codePoints(f)
		t.write(&cells)
	}
}

func (t *table) blocked(b *pipeline.BlockedRow) {
	row := csvRow{columnAction: csvBlocked, columnModel: b.Model, columnLabel: b.Label, columnRows: allOrigins(b.Rows), columnBecause: reason(b.Match),
		columnBlocked: b.Code, columnReason: b.Reason, columnHint: b.Hint, columnCandidates: allCandidates(b)}
	if len(b.Conflicts) == 0 {
		t.write(&row)
	}
	for _, c := range b.Conflicts {
		cells := row
		cells[columnField], cells[columnBefore], cells[columnAfter] = c.Field, c.Theirs.String(), c.Ours.String()
		cells[columnFieldLabels], cells[columnPoints] = pipeline.LookOf(c.Theirs, c.Ours), strings.Join(conflictLooks(&c), "; ")
		t.write(&cells)
	}
}

func allOrigins(rows []pipeline.Origin) string {
	texts := make([]string, len(rows))
	for i, o := range rows {
		texts[i] = o.String()
	}
	return strings.Join(texts, "; ")
}

func allCandidates(b *pipeline.BlockedRow) string {
	if len(b.Records) == 0 {
		return strings.Join(b.Candidates, "; ")
	}
	return strings.Join(candidates(b, false), "; ")
}
