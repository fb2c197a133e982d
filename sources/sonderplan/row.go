package sonderplan

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// valueChars is how much of a value an error shows, in characters.
const valueChars = 60

// secondsMax bounds unix seconds, in the year 5138; a number above it is one of
// another unit, most likely milliseconds, and is refused.
const secondsMax = 100_000_000_000

const microsPerSecond = 1_000_000

// decode reads a value of the form, in any of the ways in which the API slips:
// numbers as text, truth values as digits or words, nothing as "", null or an
// absent key (raw is nil). Nothing is null.
func (f form) decode(raw []byte) (pipeline.Value, error) {
	if isNull(raw) {
		return pipeline.Null(), nil
	}
	nested := raw[0] == '{' || raw[0] == '['
	if f == formJSON {
		return decodeJSON(raw, nested), nil
	}
	if nested {
		return pipeline.Null(), fmt.Errorf("%s where one value is expected", diag.Shorten(string(raw), valueChars))
	}
	text := unquote(raw)
	if f == formText {
		if text == "" {
			return pipeline.Null(), nil
		}
		return pipeline.StringValue(text), nil
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return pipeline.Null(), nil
	}
	if f == formBool {
		return decodeBool(text)
	}
	n, err := decodeInt(text)
	switch {
	case err != nil:
		return pipeline.Null(), err
	case n == 0 && f != formInt:
		return pipeline.Null(), nil
	case f == formTime && (n < 0 || n > secondsMax):
		return pipeline.Null(), fmt.Errorf("%d is no unix second", n)
	case f == formTime:
		return pipeline.MicrosValue(n * microsPerSecond), nil
	}
	return pipeline.IntValue(n), nil
}

func decodeJSON(raw []byte, nested bool) pipeline.Value {
	if !nested {
		if text := unquote(raw); text != "" {
			return pipeline.StringValue(text)
		}
		return pipeline.Null()
	}
	if len(bytes.TrimSpace(raw[1:len(raw)-1])) == 0 {
		return pipeline.Null()
	}
	return pipeline.StringValue(string(raw))
}

func decodeBool(text string) (pipeline.Value, error) {
	switch strings.ToLower(text) {
	case "true", "1":
		return pipeline.BoolValue(true), nil
	case "false", "0":
		return pipeline.BoolValue(false), nil
	}
	return pipeline.Null(), fmt.Errorf("%q is neither true nor false", diag.Shorten(text, valueChars))
}

func decodeInt(text string) (int64, error) {
	whole, fraction, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || strings.Trim(fraction, "0") != "" {
		return 0, fmt.Errorf("%q is not a whole number of 64 bits", diag.Shorten(text, valueChars))
	}
	return n, nil
}

// layout says which keys of a row are looked at, and where each goes.
type layout struct {
	slots   map[string]int // key of a row to its slot
	columns []column       // of the slots: those of every row, of the schema, of the tests, custom_fields
	tests   []test
	first   int             // slot of the first test
	inside  int             // slot of custom_fields
	custom  map[int64][]int // id of a custom field to its slots
}

// The slots that every layout begins with.
const (
	slotID = iota
	slotUUID
	slotType
	slotName
	slotUpdated
	slotDeleted
	slotCreated
	baseSlots
)

func baseColumns() []column {
	return []column{
		{key: "id", form: formInt}, {key: "uuid"}, {key: "type"}, {key: "name"}, {key: "updated", form: formTime}, {key: "deleted"}, {key: "created", form: formTime},
	}
}

// newLayout lays out rows for the columns and tests. A key that is needed
// twice has two slots; spread fills the second.
func newLayout(columns []column, tests []test) *layout {
	l := &layout{slots: map[string]int{}, columns: baseColumns(), tests: tests, custom: map[int64][]int{}}
	l.columns = append(l.columns, columns...)
	l.first = len(l.columns)
	for _, t := range tests {
		l.columns = append(l.columns, t.column)
	}
	l.inside = len(l.columns)
	l.columns = append(l.columns, column{key: "custom_fields", form: formJSON})
	for i, c := range l.columns {
		if _, taken := l.slots[c.key]; !taken {
			l.slots[c.key] = i
		}
		if c.custom > 0 {
			l.custom[c.custom] = append(l.custom[c.custom], i)
		}
	}
	return l
}

// fields is the fields parameter: what is laid out, each key once. The marker
// of deleted rows is understood where it comes, but not asked for, since a
// server may refuse a field that it does not know; nor is created, unless it is a column.
func (l *layout) fields() string {
	var names []string
	named := map[string]bool{"deleted": true}
	for i, c := range l.columns {
		if named[c.key] || i == slotCreated || i == l.inside && len(l.custom) == 0 {
			continue
		}
		named[c.key] = true
		names = append(names, c.key)
	}
	return strings.Join(names, ",")
}

// row is one row, decoded.
type row struct {
	uuid, typ string
	id        int64
	updated   int64 // unix seconds; 0: not known
	created   int64 // the same
	deleted   bool
	shown     bool             // the columns of all tests were in the row
	passes    bool             // no test says otherwise
	values    []pipeline.Value // of the schema
	raw       [][]byte         // by slot, for rejects
	err       error            // why the values cannot be taken
}

// parse reads one row. Its err is set when a value cannot be read; uuid, typ
// and updated are set as far as they can be.
func (l *layout) parse(object []byte) row {
	r := row{raw: make([][]byte, len(l.columns)), shown: true, passes: true}
	if object[0] != '{' {
		r.err = errors.New("the row is not an object")
		return r
	}
	for key, value := range members(object) {
		slot, known := l.slots[key]
		if !known {
			continue
		}
		if before := r.raw[slot]; before != nil && !bytes.Equal(before, value) {
			r.err = fmt.Errorf("%s comes twice, with different values", key)
		}
		r.raw[slot] = value
	}
	l.spread(&r)
	l.base(&r)
	for i, c := range l.columns[baseSlots:l.first] {
		v, err := c.form.decode(r.raw[baseSlots+i])
		if err != nil {
			r.fail(c, err)
		}
		if c.key == "linked_organization_id" && r.typ == typeOrganization {
			v = pipeline.Null() // it means something for people only
		}
		r.values = append(r.values, v)
	}
	for i, t := range l.tests {
		v, err := t.column.form.decode(r.raw[l.first+i])
		r.shown = r.shown && r.raw[l.first+i] != nil
		if err != nil {
			r.fail(t.column, err) // the row may pass: it is rejected, not left out
			continue
		}
		r.passes = r.passes && t.passes(v)
	}
	return r
}

func (r *row) fail(c column, err error) {
	if r.err == nil {
		r.err = fmt.Errorf("%s: %w", c.key, err)
	}
}

// base reads what every row is known by.
func (l *layout) base(r *row) {
	decode := func(slot int) pipeline.Value {
		v, err := l.columns[slot].form.decode(r.raw[slot])
		if err != nil {
			r.fail(l.columns[slot], err)
		}
		return v
	}
	r.uuid, r.typ = decode(slotUUID).Str(), decode(slotType).Str()
	r.id, r.updated = decode(slotID).Int(), decode(slotUpdated).Int()/microsPerSecond
	if v, err := formTime.decode(r.raw[slotCreated]); err == nil {
		r.created = v.Int() / microsPerSecond // only where somebody asks for the column is it an error
	}
	switch unquote(r.raw[slotDeleted]) {
	case "", "0", "false", "null":
	default:
		r.deleted = true
	}
	if r.err == nil && r.uuid == "" {
		r.err = errors.New("the row has no uuid")
	}
	if r.err == nil && r.typ != typePerson && r.typ != typeOrganization {
		r.err = fmt.Errorf("type is %q, neither person nor organization", diag.Shorten(r.typ, valueChars))
	}
}

// spread copies values to the slots that have the same key, and those of
// custom fields from wherever they stand.
func (l *layout) spread(r *row) {
	for i, c := range l.columns {
		if first := l.slots[c.key]; first != i {
			r.raw[i] = r.raw[first]
		}
	}
	if len(l.custom) == 0 {
		return
	}
	inside := r.raw[l.inside]
	if len(inside) == 0 || inside[0] != '[' {
		return
	}
	for item := range elements(inside) {
		if item[0] != '{' {
			continue
		}
		idRaw, idErr := only(item, "id")
		value, valueErr := only(item, "value")
		id, err := formInt.decode(idRaw)
		slots := l.custom[id.Int()]
		if err != nil || len(slots) == 0 {
			continue
		}
		if err := errors.Join(idErr, valueErr); err != nil {
			r.fail(l.columns[slots[0]], err)
		}
		for _, slot := range slots {
			if !isNull(value) || r.raw[slot] == nil {
				r.raw[slot] = value // the documented place wins, where it says something
			}
		}
	}
}
