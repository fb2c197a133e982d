package pipeline

import (
	"slices"
)

// CodeEditConflict says that the source and somebody in the target both changed a
// field since it was last written.
const CodeEditConflict = "edit-conflict"

// edited reports whether somebody changed a field in the target since we wrote it.
// Where nothing is remembered of it, any value may be somebody's.
func edited(f Field, e LedgerEntry, known bool, have Value) bool {
	if !known {
		return !blank(have)
	}
	return !sameValue(f, e.Shown, have)
}

// overEdit reports whether a change takes the place of what somebody made of a field since
// we wrote it, as far as that is remembered; of a list whose order means nothing, whether it
// takes away what they added, or adds what they took away.
func (d *differ) overEdit(f Field, fc *FieldChange, record string) bool {
	e, known := d.entry(record, f.Name)
	if !known || !edited(f, e, known, fc.Before) {
		return false
	}
	if f.Type != StringList || !f.Unordered || blank(fc.Before) || blank(e.Shown) {
		return true
	}
	shown := e.Shown.List()
	return slices.ContainsFunc(fc.Loses, func(m string) bool { return !slices.Contains(shown, m) }) ||
		slices.ContainsFunc(fc.Gains, func(m string) bool { return slices.Contains(shown, m) })
}

// clash is what both sides made of a field under ProtectEdits since it was last
// written, when each made something else of it.
func (d *differ) clash(f pairedField, want, have Value, record string) (FieldConflict, bool) {
	if d.Binding.Policy.Fields[f.Name] != ProtectEdits || f.ReadOnly || blank(want) && !want.IsErase() || sameValue(f.Field, want, have) {
		return FieldConflict{}, false
	}
	e, known := d.entry(record, f.Name)
	if !known || !edited(f.Field, e, known, have) || sameValue(f.Field, e.Sent, want) || sameValue(f.Field, e.Shown, want) {
		return FieldConflict{}, false
	}
	c := FieldConflict{Field: f.Name, Wrote: e.Sent, At: e.At, Ours: want, Theirs: have}
	c.ID = conflictID(d.identity(), d.Binding.Model.Name, d.Binding.Resource, record, c)
	return c, true
}

// tellMembers says which members a list whose order means nothing gains and loses.
func (c *FieldChange) tellMembers(f Field) {
	if f.Type != StringList || !f.Unordered || blank(c.Before) {
		return
	}
	before, after := set(c.Before.List()), set(c.After.List())
	for _, m := range after {
		if !slices.Contains(before, m) {
			c.Gains = append(c.Gains, m)
		}
	}
	for _, m := range before {
		if !slices.Contains(after, m) {
			c.Loses = append(c.Loses, m)
		}
	}
}

// Filtered is a mapping or a source that may leave rows out by a condition: a row that is
// not there may be one of them.
type Filtered interface{ Filters() bool }

// rowsRead counts the rows of each source, also of those that gave none.
func (m *Model) rowsRead(c *Collected) map[string]int {
	read := make(map[string]int, len(m.From))
	for _, f := range m.From {
		read[f.Name] = c.Read[f.Name]
	}
	return read
}

// filtered are the sources of which a condition leaves rows out, by name, each with the word
// for that condition in a pipeline.
func (m *Model) filtered() map[string]string {
	by := map[string]string{}
	for _, f := range m.From {
		if s, ok := f.Source.(Filtered); ok && s.Filters() {
			by[f.Name] = "filter"
		}
		if m, ok := f.Mapping.(Filtered); ok && m.Filters() {
			by[f.Name] = "where"
		}
	}
	return by
}
