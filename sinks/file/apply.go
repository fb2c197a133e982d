package file

import (
	"fmt"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// application carries changes out on a document, one after the other, each
// seeing what those before it did.
type application struct {
	target *Target
	doc    *document
	edits  *edits
	byID   map[string]int
	byKey  map[pipeline.Key][]int // records by key field and folded value
	namer  *namer
	// leaving are the records that give up a key in this call, by key field, so
	// that others may take it: two records can trade their keys.
	leaving map[string]map[int]bool
}

// Records are numbered as in the document; created ones follow.

func newApplication(t *Target, d *document) *application {
	a := &application{target: t, doc: d, byID: map[string]int{}, byKey: map[pipeline.Key][]int{}, namer: newNamer(t),
		edits: &edits{values: map[int]map[int]pipeline.Value{}, deleted: map[int]bool{}}}
	for i := range d.records.Len() {
		r := d.records.Record(i)
		a.byID[r.ID()] = i
		for _, k := range t.config.Key {
			a.index(k, r.Get(k), i)
		}
	}
	return a
}

// index notes that a record has the value in a key field.
func (a *application) index(field string, v pipeline.Value, record int) {
	if k := a.key(field, v); k.Value != "" {
		a.byKey[k] = append(a.byKey[k], record)
	}
}

func (a *application) unindex(field string, v pipeline.Value, record int) {
	k := a.key(field, v)
	a.byKey[k] = slices.DeleteFunc(a.byKey[k], func(r int) bool { return r == record })
}

// key is how a value of a key field is compared: e-mail addresses, and fields
// that say so, without regard to case.
func (a *application) key(field string, v pipeline.Value) pipeline.Key {
	text := keyText(v)
	if f, _ := a.target.schema.Lookup(field); f.FoldCase || f.Kind == pipeline.KindEmail {
		text = strings.ToLower(text)
	}
	return pipeline.Key{Field: field, Value: text}
}

// value is what field f of a record holds by now.
func (a *application) value(record, f int) pipeline.Value {
	n := a.doc.records.Len()
	if record >= n {
		return a.edits.created[record-n][f]
	}
	if v, ok := a.edits.values[record][f]; ok {
		return v
	}
	return a.doc.records.Value(record, f)
}

func (a *application) set(record, f int, v pipeline.Value) {
	name := a.target.schema.Field(f).Name
	keyed := slices.Contains(a.target.config.Key, name)
	if keyed {
		a.unindex(name, a.value(record, f), record)
	}
	if n := a.doc.records.Len(); record >= n {
		a.edits.created[record-n][f] = v
	} else {
		if a.edits.values[record] == nil {
			a.edits.values[record] = map[int]pipeline.Value{}
		}
		a.edits.values[record][f] = v
	}
	if keyed {
		a.index(name, v, record)
	}
}

// id is the id that a record has by now.
func (a *application) id(record int) string {
	return a.namer.id(func(f int) pipeline.Value { return a.value(record, f) }, a.target.schema.Len())
}

// carryOut does one change, or says why not.
func (a *application) carryOut(c *pipeline.Change) pipeline.Outcome {
	o := pipeline.Outcome{Change: c.ID, Target: c.Target}
	if why := a.unfit(c); why != "" {
		o.Status, o.Message = pipeline.Refused, why
		return o
	}
	switch c.Action {
	case pipeline.Create:
		return a.create(c, o)
	case pipeline.Update:
		return a.update(c, o)
	case pipeline.Delete:
		return a.remove(c, o)
	}
	o.Status, o.Message = pipeline.Refused, fmt.Sprintf("a file cannot carry out the action %q", c.Action)
	return o
}

// unfit says why the values of a change cannot be written, or "".
func (a *application) unfit(c *pipeline.Change) string {
	if c.Action == pipeline.Delete {
		return ""
	}
	if len(c.Fields) == 0 {
		return "the change names no field"
	}
	for _, fc := range c.Fields {
		f, ok := a.target.schema.Lookup(fc.Field)
		switch {
		case !ok:
			return fmt.Sprintf("the model has no field %q", fc.Field)
		case !fc.After.Empty() && fc.After.Type() != f.Type:
			return fmt.Sprintf("field %s is of type %s, not %s", fc.Field, f.Type, fc.After.Type())
		}
		if err := refusal(a.target.format, fc.After); err != nil {
			return fmt.Sprintf("field %s: %v", fc.Field, err)
		}
	}
	return ""
}

func (a *application) create(c *pipeline.Change, o pipeline.Outcome) pipeline.Outcome {
	record := make([]pipeline.Value, a.target.schema.Len())
	for _, fc := range c.Fields {
		record[a.target.schema.Index(fc.Field)] = fc.After
	}
	keys := 0
	for _, name := range a.target.config.Key {
		k := a.key(name, record[a.target.schema.Index(name)])
		if k.Value == "" {
			continue
		}
		keys++
		held := slices.DeleteFunc(slices.Clone(a.byKey[k]), func(r int) bool { return a.leaving[name][r] })
		if len(held) > 0 {
			return a.taken(c, o, k, held)
		}
	}
	if keys == 0 {
		o.Status, o.Message = pipeline.Refused, fmt.Sprintf("it has none of the keys %s, so that a repeated apply would double it", strings.Join(a.target.config.Key, ", "))
		return o
	}
	n := a.doc.records.Len() + len(a.edits.created)
	a.edits.created = append(a.edits.created, record)
	for _, name := range a.target.config.Key {
		a.index(name, record[a.target.schema.Index(name)], n)
	}
	o.Status, o.Target = pipeline.Sent, a.id(n)
	return o
}

// taken answers a create whose key other records have: it is done already when
// the only one holds what was planned.
func (a *application) taken(c *pipeline.Change, o pipeline.Outcome, k pipeline.Key, held []int) pipeline.Outcome {
	if len(held) == 1 && a.shows(held[0], c) {
		o.Status, o.Target = pipeline.Already, a.id(held[0])
		return o
	}
	o.Status = pipeline.Drifted
	o.Message = fmt.Sprintf("the file has %d other record(s) with %s %q by now", len(held), k.Field, diag.Shorten(k.Value, 60))
	return o
}

// shows reports whether a record holds every after-image of a change.
func (a *application) shows(record int, c *pipeline.Change) bool {
	for _, fc := range c.Fields {
		f := a.target.schema.Index(fc.Field)
		if !a.same(a.value(record, f), fc.After) {
			return false
		}
	}
	return true
}

// same reports whether the file shows two values alike. An empty text, an empty
// list and no value are one in CSV, and are taken as one everywhere; a CSV cell
// also reads back with LF where CR LF was written.
func (a *application) same(x, y pipeline.Value) bool {
	if blank(x) || blank(y) {
		return blank(x) && blank(y)
	}
	if a.target.format == formatCSV && x.Type() == pipeline.String && y.Type() == pipeline.String {
		return lineFeeds(x.Str()) == lineFeeds(y.Str())
	}
	return x.Equal(y)
}

func lineFeeds(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

func blank(v pipeline.Value) bool {
	return v.Empty() || (v.Type() == pipeline.String && v.Str() == "") || (v.Type() == pipeline.StringList && len(v.List()) == 0)
}

func (a *application) update(c *pipeline.Change, o pipeline.Outcome) pipeline.Outcome {
	record, found := a.find(c)
	if !found {
		if done, ok := a.findAfter(c); ok {
			o.Status, o.Target = pipeline.Already, a.id(done)
			return o
		}
		o.Status, o.Message = pipeline.Drifted, "the file no longer has the record"
		return o
	}
	if a.shows(record, c) {
		o.Status, o.Target = pipeline.Already, a.id(record)
		return o
	}
	if o.Message = a.drift(record, c); o.Message != "" {
		o.Status = pipeline.Drifted
		return o
	}
	if o.Message = a.collision(record, c); o.Message != "" {
		o.Status = pipeline.Refused
		return o
	}
	for _, fc := range c.Fields {
		a.set(record, a.target.schema.Index(fc.Field), fc.After)
		delete(a.leaving[fc.Field], record) // from here on it holds what it has
	}
	o.Status, o.Target = pipeline.Sent, a.id(record)
	return o
}

// drift says which field is no longer as the plan saw it, or "".
func (a *application) drift(record int, c *pipeline.Change) string {
	for _, fc := range c.Fields {
		f := a.target.schema.Index(fc.Field)
		if f < 0 {
			return fmt.Sprintf("the model has no field %q", fc.Field)
		}
		if has := a.value(record, f); !a.same(has, fc.Before) {
			return fmt.Sprintf("field %s is %q now, and was %q when the plan was made", fc.Field,
				diag.Shorten(has.String(), 60), diag.Shorten(fc.Before.String(), 60))
		}
	}
	return ""
}

// collision says which key of another record a change would take, or "".
func (a *application) collision(record int, c *pipeline.Change) string {
	for _, fc := range c.Fields {
		if !slices.Contains(a.target.config.Key, fc.Field) {
			continue
		}
		k := a.key(fc.Field, fc.After)
		if k.Value != "" && slices.ContainsFunc(a.byKey[k], func(r int) bool { return r != record && !a.leaving[k.Field][r] }) {
			return fmt.Sprintf("another record has %s %q", fc.Field, diag.Shorten(k.Value, 60))
		}
	}
	return ""
}

// find returns the record that a change is about, by its id and, where the
// numbering of records without a distinct key moved, by its key.
func (a *application) find(c *pipeline.Change) (int, bool) {
	if i, ok := a.byID[c.Target]; ok {
		return i, !a.edits.deleted[i]
	}
	if c.Target != "" || c.Key.Value == "" {
		return 0, false
	}
	held := a.byKey[a.key(c.Key.Field, pipeline.StringValue(c.Key.Value))]
	if len(held) != 1 {
		return 0, false
	}
	return held[0], true
}

// findAfter returns the record that holds what a change wanted, where the
// change gave it a new key and so a new id.
func (a *application) findAfter(c *pipeline.Change) (int, bool) {
	for _, fc := range c.Fields {
		if !slices.Contains(a.target.config.Key, fc.Field) || fc.After.Empty() {
			continue
		}
		if held := a.byKey[a.key(fc.Field, fc.After)]; len(held) == 1 && a.shows(held[0], c) {
			return held[0], true
		}
	}
	return 0, false
}

func (a *application) remove(c *pipeline.Change, o pipeline.Outcome) pipeline.Outcome {
	record, found := a.find(c)
	if !found {
		o.Status = pipeline.Already
		return o
	}
	if o.Message = a.drift(record, c); o.Message != "" {
		o.Status = pipeline.Drifted
		return o
	}
	if record >= a.doc.records.Len() {
		o.Status, o.Message = pipeline.Refused, "the same call creates the record"
		return o
	}
	for _, name := range a.target.config.Key {
		a.unindex(name, a.value(record, a.target.schema.Index(name)), record)
	}
	a.edits.deleted[record] = true
	delete(a.edits.values, record)
	o.Status = pipeline.Sent
	return o
}
