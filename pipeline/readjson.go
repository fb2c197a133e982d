package pipeline

import (
	"bytes"
	"strconv"
	"unicode/utf8"
	"unsafe"
)

// jsonReader reads what jsonWriter writes of changes, many times as fast as
// encoding/json. It knows that one form alone; whatever is written otherwise, or has
// an escape in it, is no error but left to encoding/json. A test compares the two.
type jsonReader struct {
	b     []byte // what is left to read
	words map[string]string
	block []byte // where texts are kept
	last  string // id of a row: the rows of a record come again for each of its fields

	fields []FieldChange // of the change that is being read
	rows   []RowValue
	of     []rowsOf // each field
	from   []byte   // text of the rows of which the field before was made, which mostly are those of the next one
}

// rowsOf is where the rows of a field stand among those of its change. Fields may share
// those of which they were made.
type rowsOf struct{ from, lost rowRange }

type rowRange struct{ at, end int }

// of returns the rows; none is nil.
func (p rowRange) of(rows []RowValue) []RowValue {
	if p.at == p.end {
		return nil
	}
	return rows[p.at:p.end:p.end]
}

// Texts are kept in blocks, all of which last as long as the plan.
const (
	textBlockBytes = 32 << 10
	textOwnBytes   = 4 << 10 // a text of more bytes has memory of its own

	wordsMax     = 4096 // words that are kept once
	wordBytesMax = 64
)

// lit skips a text, if it is next.
func (r *jsonReader) lit(text string) bool {
	if len(r.b) < len(text) || string(r.b[:len(text)]) != text {
		return false
	}
	r.b = r.b[len(text):]
	return true
}

// raw returns the next string without its quotes.
func (r *jsonReader) raw() ([]byte, bool) {
	if len(r.b) == 0 || r.b[0] != '"' {
		return nil, false
	}
	ascii := true
	for i := 1; i < len(r.b); i++ {
		switch c := r.b[i]; {
		case c == '"':
			text := r.b[1:i]
			r.b = r.b[i+1:]
			return text, ascii || utf8.Valid(text)
		case c == '\\' || c < ' ':
			return nil, false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return nil, false
}

// text reads a string that is as good as never the same.
func (r *jsonReader) text(into *string) bool {
	raw, ok := r.raw()
	*into = r.kept(raw)
	return ok
}

func (r *jsonReader) kept(raw []byte) string {
	if len(raw) > textOwnBytes {
		return string(raw)
	}
	if len(raw) > cap(r.block)-len(r.block) {
		r.block = make([]byte, 0, textBlockBytes)
	}
	at := len(r.block)
	r.block = append(r.block, raw...)
	return unsafe.String(unsafe.SliceData(r.block[at:]), len(raw)) // what was appended is not changed
}

// word reads a string that comes again and again.
func (r *jsonReader) word(into *string) bool {
	raw, ok := r.raw()
	if !ok {
		return false
	}
	word, known := r.words[string(raw)]
	if !known {
		word = r.kept(raw)
		if len(r.words) < wordsMax && len(raw) <= wordBytesMax {
			word = string(raw)
			r.words[word] = word
		}
	}
	*into = word
	return true
}

// optional reads a string after its name, where that is next.
func (r *jsonReader) optional(name string, into *string) bool { return !r.lit(name) || r.text(into) }

// number is the text of the number that is next, if it has the form of a whole one or of
// one with decimals.
func (r *jsonReader) number() (text string, whole, ok bool) {
	digits := func(i int) int {
		for i < len(r.b) && r.b[i] >= '0' && r.b[i] <= '9' {
			i++
		}
		return i
	}
	from := 0
	if len(r.b) > 0 && r.b[0] == '-' {
		from = 1
	}
	end := digits(from)
	if end == from || r.b[from] == '0' && end > from+1 {
		return "", false, false
	}
	whole = true
	if end < len(r.b) && r.b[end] == '.' {
		point := end
		if end, whole = digits(end+1), false; end == point+1 {
			return "", false, false
		}
	}
	if end == len(r.b) || r.b[end] == 'e' || r.b[end] == 'E' {
		return "", false, false
	}
	text = string(r.b[:end])
	r.b = r.b[end:]
	return text, whole, true
}

// count reads a whole number after its name, where that is next.
func (r *jsonReader) count(name string, into *int) bool {
	if !r.lit(name) {
		return true
	}
	text, whole, ok := r.number()
	if !ok || !whole {
		return false
	}
	n, err := strconv.Atoi(text)
	*into = n
	return err == nil
}

func (r *jsonReader) float(into *float64) bool {
	text, _, ok := r.number()
	if !ok {
		return false
	}
	f, err := strconv.ParseFloat(text, 64)
	*into = f
	return err == nil
}

func (r *jsonReader) value(into *Value) bool {
	if len(r.b) == 0 {
		return false
	}
	switch c := r.b[0]; {
	case c == '"':
		into.typ = String
		return r.text(&into.str)
	case c == 'n':
		return r.lit("null")
	case c == 't':
		*into = BoolValue(true)
		return r.lit("true")
	case c == 'f':
		*into = BoolValue(false)
		return r.lit("false")
	case c == '-' || c >= '0' && c <= '9':
		text, whole, ok := r.number()
		if !ok || !whole {
			return false
		}
		i, err := strconv.ParseInt(text, 10, 64)
		*into = IntValue(i)
		return err == nil
	}
	return false
}

// each reads the members of a list that is not empty, the first bracket of which was read.
func (r *jsonReader) each(one func() bool) bool {
	for {
		if !one() {
			return false
		}
		if r.lit("]") {
			return true
		}
		if !r.lit(",") {
			return false
		}
	}
}

// readList reads a list after its name, where that is next; it may be empty or null.
func readList[T any](r *jsonReader, name string, into *[]T, one func(*T) bool) bool {
	switch {
	case !r.lit(name), r.lit("null"):
		return true
	case r.lit("[]"):
		*into = []T{}
		return true
	case !r.lit("["):
		return false
	}
	var few [4]T
	list := few[:0]
	ok := r.each(func() bool {
		var zero T
		list = append(list, zero)
		return one(&list[len(list)-1])
	})
	*into = make([]T, len(list))
	copy(*into, list)
	return ok
}

func (r *jsonReader) texts(name string, into *[]string) bool { return readList(r, name, into, r.word) }

// origin reads the fields of an origin.
func (r *jsonReader) origin(o *Origin) bool {
	if !r.lit(`"source":`) || !r.word(&o.Source) || r.lit(`,"place":`) && !r.word(&o.Place) || !r.count(`,"page":`, &o.Page) || !r.count(`,"row":`, &o.Row) {
		return false
	}
	if !r.lit(`,"id":`) {
		return true
	}
	id, ok := r.raw()
	if string(id) != r.last {
		r.last = r.kept(id)
	}
	o.ID = r.last
	return ok
}

func (r *jsonReader) key(k *Key) bool {
	return r.lit(`{"field":`) && r.word(&k.Field) && r.lit(`,"value":`) && r.text(&k.Value) && r.lit("}")
}

func (r *jsonReader) link(l *RowLink) bool {
	return r.lit(`{"source":`) && r.word(&l.Source) && r.lit(`,"id":`) && r.text(&l.ID) && r.lit(`,"target":`) && r.text(&l.Target) && r.lit("}")
}

func (r *jsonReader) reason(x *Reason) bool {
	return r.lit(`{"rule":`) && r.word(&x.Rule) && r.lit(`,"score":`) && r.float(&x.Score) && r.lit(`,"weight":`) && r.float(&x.Weight) &&
		readList(r, `,"parts":`, &x.Parts, func(p *EvidencePart) bool {
			return r.lit(`{"field":`) && r.word(&p.Field) && r.lit(`,"a":`) && r.text(&p.A) && r.lit(`,"b":`) && r.text(&p.B) &&
				r.lit(`,"weight":`) && r.float(&p.Weight) && r.optional(`,"note":`, &p.Note) && r.lit("}")
		}) && r.optional(`,"runner_up":`, &x.RunnerUp) && r.lit("}")
}

// rowValues reads rows behind those that were read before.
func (r *jsonReader) rowValues(name string, into *rowRange) bool {
	if !r.lit(name) {
		return true
	}
	into.at = len(r.rows)
	ok := r.lit("[") && r.each(func() bool {
		var v RowValue
		ok := r.lit("{") && r.origin(&v.Origin) && (!r.lit(`,"value":`) || r.value(&v.Value))
		v.Undated = r.lit(`,"undated":true`)
		r.rows = append(r.rows, v)
		return ok && r.lit("}")
	})
	into.end = len(r.rows)
	return ok
}

// fromRows reads the rows of which a field was made. Where their text is that of the
// field before, they are its rows.
func (r *jsonReader) fromRows(into *rowRange) bool {
	if len(r.from) > 0 && bytes.HasPrefix(r.b, r.from) {
		r.b = r.b[len(r.from):]
		*into = r.of[len(r.of)-1].from
		return true
	}
	text := r.b
	ok := r.rowValues(`,"from":`, into)
	r.from = text[:len(text)-len(r.b)]
	return ok
}

func (r *jsonReader) field() bool {
	var f FieldChange
	var rows rowsOf
	if !r.lit(`{"field":`) || !r.word(&f.Field) || !r.lit(`,"before":`) || !r.value(&f.Before) || !r.lit(`,"after":`) || !r.value(&f.After) || !r.fromRows(&rows.from) {
		return false
	}
	if !r.count(`,"from_more":`, &f.FromMore) || r.lit(`,"how":`) && !r.word(&f.How) || !r.rowValues(`,"lost":`, &rows.lost) || !r.count(`,"lost_more":`, &f.LostMore) ||
		!r.texts(`,"labels":`, &f.Labels) {
		return false
	}
	f.Ours = r.lit(`,"ours":true`)
	f.Yields = r.lit(`,"yields":true`)
	if !readList(r, `,"gains":`, &f.Gains, r.text) || !readList(r, `,"loses":`, &f.Loses, r.text) || !r.lit("}") {
		return false
	}
	r.fields, r.of = append(r.fields, f), append(r.of, rows)
	return true
}

// changedFields reads the fields of a change, and puts them and their rows into memory
// that is as large as they are.
func (r *jsonReader) changedFields(c *Change) bool {
	r.fields, r.rows, r.of, r.from = r.fields[:0], r.rows[:0], r.of[:0], nil
	switch {
	case r.lit("null"):
		return true
	case r.lit("[]"):
		c.Fields = []FieldChange{}
		return true
	case !r.lit("["), !r.each(r.field):
		return false
	}
	c.Fields = make([]FieldChange, len(r.fields))
	copy(c.Fields, r.fields)
	rows := make([]RowValue, len(r.rows))
	copy(rows, r.rows)
	for i, of := range r.of {
		c.Fields[i].From, c.Fields[i].Lost = of.from.of(rows), of.lost.of(rows)
	}
	return true
}

// change reads the line of a change; false says that it is not in the form of the writer.
func (r *jsonReader) change(line []byte) (*Change, bool) {
	if !bytes.HasPrefix(line, []byte(`{"change":{`)) {
		return nil, false
	}
	if r.words == nil {
		r.words = map[string]string{}
	}
	r.b = line
	c := &Change{}
	if !r.lit(`{"change":{"id":`) || !r.text(&c.ID) || !r.lit(`,"action":`) || !r.word((*string)(&c.Action)) || !r.lit(`,"resource":`) || !r.word(&c.Resource) ||
		!r.lit(`,"model":`) || !r.word(&c.Model) || !r.count(`,"binding":`, &c.Binding) || !r.optional(`,"target":`, &c.Target) || !r.lit(`,"key":`) || !r.key(&c.Key) ||
		!r.lit(`,"route":`) || !r.word(&c.Route) || !r.lit(`,"fields":`) || !r.changedFields(c) || !r.lit(`,"label":`) || !r.text(&c.Label) || !r.texts(`,"labels":`, &c.Labels) {
		return nil, false
	}
	if r.lit(`,"match":`) {
		c.Match = &Reason{}
		if !r.reason(c.Match) {
			return nil, false
		}
	}
	ok := r.lit(`,"rows":`) && readList(r, "", &c.Rows, func(o *Origin) bool { return r.lit("{") && r.origin(o) && r.lit("}") }) &&
		readList(r, `,"keys":`, &c.Keys, r.key) && readList(r, `,"known":`, &c.Known, r.link) && readList(r, `,"needs":`, &c.Needs, r.text)
	return c, ok && r.lit("}}\n") && len(r.b) == 0
}
