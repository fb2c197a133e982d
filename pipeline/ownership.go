package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// A record is ours to delete only when this pipeline created it and nothing in it
// stems from anybody else. What the target itself made of a field that a create
// did not send is seen when the create is read back, and remembered with it.

// nothing reports whether a value tells of nobody: it is empty, zero, or no.
func nothing(v Value) bool {
	return blank(v) || v.Type() == Bool && !v.Bool() || v.Type() == Int && v.Int() == 0 || v.Type() == Float && v.Float() == 0
}

// tells reports whether a value in a field may tell that somebody worked on the
// record. A text or a time that the target alone writes is made of other fields,
// or of the moment.
func tells(f Field) bool {
	return !f.Reference && f.Kind != KindKey && (!f.ReadOnly || f.Type != String && f.Type != Timestamp)
}

// targetsOwn reports whether a field that was not sent when we created the record
// still shows what the target made of it then, or what a later run of ours emptied.
// Where that was not seen, it does if the target made the same of another record.
func (d *differ) targetsOwn(record string, f Field, have Value) bool {
	e, known := d.entry(record, f.Name)
	if !known {
		return nothing(have) || d.targetMakes(f, have)
	}
	return sameValue(f, e.Shown, have) && (e.Sent.IsNull() || nothing(have))
}

// ownValuesMax is how many values of a field are known that the target gives records of
// its own accord. One that gives each record another has no such value.
const ownValuesMax = 100

// targetMakes reports whether the target was seen to give a field this value of its own
// accord, when some record was created.
func (d *differ) targetMakes(f Field, have Value) bool {
	if d.ownValues == nil && d.Ledger != nil {
		d.ownValues = map[string][]Value{}
		for _, record := range d.Ledger.Records() {
			for _, e := range d.Ledger.Of(record) {
				values := d.ownValues[e.Field]
				if e.Sent.IsNull() && len(values) < ownValuesMax && !slices.ContainsFunc(values, e.Shown.Equal) {
					d.ownValues[e.Field] = append(values, e.Shown)
				}
			}
		}
	}
	return slices.ContainsFunc(d.ownValues[f.Name], func(v Value) bool { return sameValue(f, v, have) })
}

// handEdit is a field of a record that does not stem from this pipeline.
type handEdit struct {
	field string
	have  Value
	words string // with both histories
}

// handEdits says what of a record does not stem from this pipeline.
func (d *differ) handEdits(r Record) []handEdit {
	var edits []handEdit
	for i, f := range d.Present.Records.Schema().fields {
		if !tells(f) {
			continue
		}
		have := r.Value(i)
		edited := func(format string, args ...any) {
			edits = append(edits, handEdit{f.Name, have, f.Name + ": " + fmt.Sprintf(format, args...)})
		}
		e, known := d.entry(r.ID(), f.Name)
		switch {
		case known && !sameValue(f, e.Shown, have) && e.Sent.IsNull():
			edited("it was %s when we created it on %s, and somebody made it %s", shownValue(e.Shown), e.At.UTC().Format(time.DateOnly), shownValue(have))
		case known && !sameValue(f, e.Shown, have):
			edited("we wrote %s on %s, and somebody made it %s", shownValue(e.Sent), e.At.UTC().Format(time.DateOnly), shownValue(have))
		case known && e.Pipeline != d.Pipeline:
			edited("%s wrote %s on %s", pipelineWords(e.Pipeline), shownValue(e.Sent), e.At.UTC().Format(time.DateOnly))
		case !known && !nothing(have) && !d.targetMakes(f, have):
			edited("we wrote nothing, and somebody made it %s", shownValue(have))
		}
	}
	return edits
}

func pipelineWords(name string) string {
	if name == "" {
		return "an older reconkit"
	}
	return "pipeline " + diag.Shorten(name, 60)
}

// othersShare says why a record is not this pipeline's alone, whatever it holds; ""
// when it is.
func (d *differ) othersShare(record string) string {
	by, known := d.Created[record]
	switch {
	case !known:
		return "nothing shows that this pipeline created them"
	case by != d.Pipeline:
		return pipelineWords(by) + " created them"
	case len(d.Shared[record]) > 0:
		return pipelineWords(d.Shared[record][0]) + " has rows that became them, too"
	}
	return ""
}

// recordsNamedMax is how many records a finding about all of them names.
const recordsNamedMax = 5

// staying are records whose rows are gone and which stay, by the reason.
type staying map[string][]string

func (s staying) findings() []diag.Finding {
	var found []diag.Finding
	for _, why := range slices.Sorted(maps.Keys(s)) {
		stay := "records whose rows are gone stay"
		if len(s[why]) == 1 {
			stay = "record whose rows are gone stays"
		}
		found = append(found, diag.Finding{Severity: diag.Note, Code: "not-ours", Count: len(s[why]),
			Message: fmt.Sprintf("%d %s, since %s: %s", len(s[why]), stay, why, firstRecords(s[why]))})
	}
	return found
}

// recordsNamed counts records of the target and names the first ones.
func recordsNamed(ids []string) string {
	if len(ids) == 1 {
		return "1 record (" + firstRecords(ids) + ")"
	}
	return fmt.Sprintf("%d records (%s)", len(ids), firstRecords(ids))
}

// firstRecords names the first of some records, shorter ids before longer ones, so
// that numbers come in their order.
func firstRecords(ids []string) string {
	ids = slices.Clone(ids)
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) })
	named := make([]string, 0, recordsNamedMax)
	for _, id := range ids[:min(len(ids), recordsNamedMax)] {
		named = append(named, "#"+diag.Shorten(id, 60))
	}
	text := strings.Join(named, ", ")
	if more := len(ids) - len(named); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// RowsOf is the name of the pipeline whose rows a binding of the plan is about: an
// undo is about those of the pipeline that it takes back.
func (p *Plan) RowsOf(b *PlanBinding) string { return cmp.Or(b.Pipeline, p.Header.Pipeline) }

// saveLinks remembers links of the pipeline's rows.
func (a *applier) saveLinks(ctx context.Context, links []RowLink) error {
	mine, by := slices.Clone(links), a.plan.RowsOf(&a.binding)
	for i := range mine {
		mine[i].Pipeline = by
	}
	if err := a.opt.State.SaveLinks(ctx, a.binding.Identity, mine); err != nil {
		return fmt.Errorf("remember links: %w", err)
	}
	return nil
}

// saveEntries remembers what was written.
func (a *applier) saveEntries(ctx context.Context, entries []LedgerEntry) error {
	by := a.plan.RowsOf(&a.binding)
	for i := range entries {
		entries[i].Pipeline = by
	}
	if err := a.opt.State.SaveEntries(ctx, a.binding.Identity, entries); err != nil {
		return fmt.Errorf("remember what was written: %w", err)
	}
	return nil
}

// owning is what a verification found out about whose records and fields are.
type owning struct {
	created []string      // records that we created
	yielded []RecordField // fields that hold somebody else's value again
	gone    []string      // records that are deleted
}

// save remembers it, where the memory can.
func (o *owning) save(ctx context.Context, a *applier) error {
	memory, ok := a.opt.State.(Ownership)
	if !ok {
		return nil
	}
	if err := memory.Disown(ctx, a.binding.Identity, o.yielded, o.gone); err != nil {
		return fmt.Errorf("forget what is no longer ours: %w", err)
	}
	if err := memory.SaveCreated(ctx, a.binding.Identity, a.plan.RowsOf(&a.binding), o.created); err != nil {
		return fmt.Errorf("remember what was created: %w", err)
	}
	return nil
}

// wrote reports whether a call of ours carried a change, in this apply or in an
// earlier one of the plan; else somebody else made the target so.
func (a *applier) wrote(ch Change) bool {
	_, confirmed := a.confirms[ch.ID]
	_, unanswered := a.earlier[ch.ID]
	return confirmed || a.partly[ch.ID] || unanswered && !a.guessed[ch.ID] && !a.existed[ch.ID]
}

// noteExisted notes whether a call found the record of a create there, before it is noted
// that the change was sent. Where an earlier call may have made it, that says nothing.
func (a *applier) noteExisted(o Outcome) {
	_, sent := a.earlier[o.Change]
	if o.Existed && (!sent || a.guessed[o.Change] || a.existed[o.Change]) {
		a.existed[o.Change] = true
	} else {
		delete(a.existed, o.Change)
	}
}

// targetsOwn are the entries of fields that a create did not send, as the target
// made them. Only the first reading of the apply that sent it shows them, be it
// confirmed or not; in a later apply, somebody may have worked on the record.
func (a *applier) targetsOwn(r Record, ch Change) (entries []LedgerEntry) {
	if ch.Action != Create || !a.carried[ch.ID] {
		return nil
	}
	for i, f := range r.Batch.Schema().fields {
		sent := slices.ContainsFunc(ch.Fields, func(c FieldChange) bool { return c.Field == f.Name })
		if v := r.Value(i); !sent && tells(f) && !nothing(v) {
			entries = append(entries, LedgerEntry{Record: r.ID(), Field: f.Name, Shown: v, At: a.opt.Now()})
		}
	}
	return entries
}

// knownLinks are the links of a target, as a pipeline sees them.
type knownLinks struct {
	own    map[RowKey]string         // of the pipeline's rows
	shared map[string][]string       // other pipelines that have rows which became a record
	others map[string]map[string]int // rows of other pipelines by source and pipeline
	read   map[string]bool           // sources of the pipeline's rows
}

// linksOf splits the remembered links of a target into those of a pipeline's rows
// and those of others. What was remembered before pipelines were told apart counts
// for whoever has such a row.
func linksOf(ctx context.Context, links Links, target, pipeline string) (k knownLinks, err error) {
	apart, ok := links.(PipelineLinks)
	if !ok {
		k.own, err = links.Links(ctx, target)
		return k, err
	}
	k = knownLinks{own: map[RowKey]string{}, shared: map[string][]string{}, others: map[string]map[string]int{}, read: map[string]bool{}}
	return k, apart.EachLink(ctx, target, func(l RowLink) error {
		switch key := (RowKey{l.Source, l.ID}); {
		case l.Pipeline == pipeline:
			k.own[key], k.read[l.Source] = l.Target, true
		case l.Pipeline == "":
			if k.own[key] == "" {
				k.own[key], k.read[l.Source] = l.Target, true
			}
		default:
			if !slices.Contains(k.shared[l.Target], l.Pipeline) {
				k.shared[l.Target] = append(k.shared[l.Target], l.Pipeline)
			}
			if k.others[l.Source] == nil {
				k.others[l.Source] = map[string]int{}
			}
			k.others[l.Source][l.Pipeline]++
		}
		return nil
	})
}

// sameNames tells of other pipelines that remember rows of sources with the names
// of this model's.
func (k *knownLinks) sameNames(m *Model) (found []diag.Finding) {
	for _, name := range slices.Sorted(maps.Keys(m.rowsRead(&Collected{}))) {
		for _, other := range slices.Sorted(maps.Keys(k.others[name])) {
			f := diag.Finding{Severity: diag.Note, Code: "same-source-name", Count: k.others[name][other],
				Message: fmt.Sprintf("pipeline %s remembers %d rows of a source %s, too; they are kept apart from those of this pipeline, and their records are not deleted", diag.Shorten(other, 60), k.others[name][other], name)}
			if !k.read[name] {
				f.Severity = diag.Warning
				f.Hint = fmt.Sprintf("if pipeline %s is this one by its old name, give it that name again (name:), so that its rows are known; now they are found by their keys alone", diag.Shorten(other, 60))
			}
			found = append(found, f)
		}
	}
	return found
}
