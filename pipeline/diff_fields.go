package pipeline

import (
	"slices"
	"strings"
)

// pairedField is a field of the model and its place in the target.
type pairedField struct {
	Field
	model, target int
}

// pairFields finds the fields that both schemas have, in the order of the
// target's.
func pairFields(model, target *Schema) []pairedField {
	var fields []pairedField
	for t, f := range target.fields {
		if m := model.Index(f.Name); m >= 0 {
			fields = append(fields, pairedField{Field: f, model: m, target: t})
		}
	}
	return fields
}

// desired decides what a field should hold, and whether that is a change. Only
// an erase empties a field: an empty text or list is no opinion, as null is, so
// that nothing is blanked beside the limits on it.
func (d *differ) desired(f pairedField, want, have Value, record string) (Value, bool) {
	want = trimmed(f, want)
	if f.ReadOnly || f.Reference || (blank(want) && !want.IsErase()) {
		return Null(), false
	}
	policy := d.Binding.Policy.Fields[f.Name]
	want = d.worded(f, want, have)
	if sameValue(f.Field, want, have) || policy == CreateOnly {
		return want, false
	}
	if policy == FillEmpty && !blank(have) {
		return want, false
	}
	entry, known := d.entry(record, f.Name)
	if known && sameValue(f.Field, entry.Sent, want) && sameValue(f.Field, entry.Shown, have) {
		d.keeps(f.Field, want, have)
		return want, false // the target shows what we sent in a form of its own
	}
	if policy == ProtectEdits && edited(f.Field, entry, known, have) {
		d.edits[f.Name] = append(d.edits[f.Name], record)
		return want, false
	}
	return want, true
}

// trimmed is an e-mail address without the spaces around it, which are no part of it.
func trimmed(f pairedField, want Value) Value {
	if f.Kind == KindEmail && want.Type() == String {
		return StringValue(strings.TrimSpace(want.Str()))
	}
	return want
}

// worded is what a field is to hold, as it is written: a list is without words that the
// target does not know, and with those that it has where they are only added to.
func (d *differ) worded(f pairedField, want, have Value) Value {
	want, held := d.sayable(f.Field, trimmed(f, want))
	if (d.Binding.Policy.Fields[f.Name] == AddToList || held) && f.Type == StringList && !have.Empty() && !want.IsErase() {
		want = ListValue(added(have.List(), want.List()))
	}
	return want
}

func (d *differ) entry(record, field string) (LedgerEntry, bool) {
	if d.Ledger == nil {
		return LedgerEntry{}, false
	}
	if d.entriesOf != record || d.entries == nil {
		d.entriesOf, d.entries = record, d.Ledger.Of(record)
	}
	for _, e := range d.entries {
		if e.Field == field {
			return e, true
		}
	}
	return LedgerEntry{}, false
}

// ours reports whether a value is what this pipeline last wrote to the field.
func (d *differ) ours(f Field, have Value, record string) bool {
	e, known := d.entry(record, f.Name)
	return known && e.Pipeline == d.Pipeline && sameValue(f, e.Shown, have)
}

// fieldChange describes the change of one field and where it comes from.
func (d *differ) fieldChange(i int, f pairedField, before, after Value) FieldChange {
	fc := FieldChange{Field: f.Name, Before: before, After: after, Provenance: d.traced.field(i, f.model, after),
		Labels: fieldLabels(f.Field, slices.Contains(d.keyNames(), f.Name), before, after)}
	fc.tellMembers(f.Field)
	return fc
}
