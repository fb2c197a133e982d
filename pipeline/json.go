package pipeline

import (
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// What a plan holds a million times is written by hand here, in the bytes that
// encoding/json gives for it, which is what reads it. A test compares the two.

// jsonWriter appends JSON. After an error what it holds is of no use.
type jsonWriter struct {
	b    []byte
	html bool // <, > and & are escaped
	err  error
}

// AppendJSON appends a value as json.Marshal writes it, which is slower.
func (v Value) AppendJSON(b []byte) ([]byte, error) {
	w := jsonWriter{b: b, html: true}
	w.value(v)
	return w.b, w.err
}

// AppendChanges appends changes as json.Marshal writes them, which is slower.
func AppendChanges(b []byte, changes []Change) ([]byte, error) {
	w := jsonWriter{b: b, html: true}
	if changes == nil {
		return append(b, "null"...), nil
	}
	list(&w, changes, func(c *Change) {
		from := len(w.b)
		if w.change(c); c == &changes[0] {
			// The others are about as long as the first.
			w.b = slices.Grow(w.b, min(len(w.b)-from+len(w.b)/8, changeBytesUsual)*(len(changes)-1)+1)
		}
	})
	return w.b, w.err
}

// changeBytesUsual is how long a change seldom is.
const changeBytesUsual = 4 << 10

// AppendOutcomes appends outcomes as json.Marshal writes them, which is slower.
func AppendOutcomes(b []byte, outcomes []Outcome) []byte {
	w := jsonWriter{b: b, html: true}
	if len(outcomes) > 0 {
		w.b = slices.Grow(w.b, len(outcomes)*outcomeBytesUsual)
	}
	listOrNull(&w, outcomes, func(o *Outcome) {
		w.raw(`{"change":`)
		w.text(o.Change)
		w.raw(`,"status":`)
		w.text(string(o.Status))
		w.optional(`,"target":`, o.Target)
		w.optional(`,"message":`, o.Message)
		if o.Existed {
			w.raw(`,"existed":true`)
		}
		if o.Partly {
			w.raw(`,"partly":true`)
		}
		w.raw("}")
	})
	return w.b
}

// outcomeBytesUsual is how long an outcome without a message is.
const outcomeBytesUsual = 80

// raw appends text as it is.
func (w *jsonWriter) raw(s string) { w.b = append(w.b, s...) }

// any appends what encoding/json makes of a value that is seldom.
func (w *jsonWriter) any(v any) {
	text, err := marshal(v, w.html)
	if err != nil && w.err == nil {
		w.err = err
	}
	w.b = append(w.b, text...)
}

const hexDigits = "0123456789abcdef"

// plainJSON are the bytes that stand for themselves in a string.
var plainJSON = func() (plain [utf8.RuneSelf]bool) {
	for c := byte(' '); c < utf8.RuneSelf; c++ {
		plain[c] = c != '"' && c != '\\'
	}
	return plain
}()

// text appends a string.
func (w *jsonWriter) text(s string) {
	b := append(w.b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if plainJSON[c] && (!w.html || c != '<' && c != '>' && c != '&') {
				i++
				continue
			}
			b = appendEscape(append(b, s[from:i]...), c)
			i++
			from = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b = append(append(b, s[from:i]...), `\ufffd`...)
		case r == '\u2028' || r == '\u2029':
			b = append(append(append(b, s[from:i]...), `\u202`...), hexDigits[r&0xF])
		default:
			i += size
			continue
		}
		i += size
		from = i
	}
	w.b = append(append(b, s[from:]...), '"')
}

// appendEscape appends an ASCII byte that does not stand for itself.
func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\b':
		return append(b, '\\', 'b')
	case '\f':
		return append(b, '\\', 'f')
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xF])
}

// integer appends a whole number.
func (w *jsonWriter) integer(i int) { w.b = strconv.AppendInt(w.b, int64(i), 10) }

// Numbers as small or as large as these are written with an exponent.
const (
	floatPlainMin = 1e-6
	floatPlainMax = 1e21
)

// float appends a number.
func (w *jsonWriter) float(f float64) {
	abs := math.Abs(f)
	if math.IsInf(f, 0) || math.IsNaN(f) || abs != 0 && (abs < floatPlainMin || abs >= floatPlainMax) {
		w.any(f)
		return
	}
	w.b = strconv.AppendFloat(w.b, f, 'f', -1, 64)
}

// value appends a value as its MarshalJSON does.
func (w *jsonWriter) value(v Value) {
	switch {
	case v.typ == 0 && !v.erase:
		w.raw("null")
	case v.typ == String && validText(v.str):
		w.text(v.str)
	case v.typ == Int, v.typ == Bool:
		w.raw(v.String())
	default:
		w.any(v)
	}
}

// list appends the members of a list that is not empty.
func list[T any](w *jsonWriter, members []T, each func(*T)) {
	w.raw("[")
	for i := range members {
		if i > 0 {
			w.raw(",")
		}
		each(&members[i])
	}
	w.raw("]")
}

// texts appends a list of strings under a name, unless it is empty.
func (w *jsonWriter) texts(name string, members []string) {
	if len(members) > 0 {
		w.raw(name)
		list(w, members, func(s *string) { w.text(*s) })
	}
}

// optional appends a string under a name, unless it is empty.
func (w *jsonWriter) optional(name, s string) {
	if s != "" {
		w.raw(name)
		w.text(s)
	}
}

// count appends a number under a name, unless it is 0.
func (w *jsonWriter) count(name string, n int) {
	if n != 0 {
		w.raw(name)
		w.integer(n)
	}
}

// flag appends text where something is so.
func (w *jsonWriter) flag(text string, set bool) {
	if set {
		w.raw(text)
	}
}

func (w *jsonWriter) link(l *RowLink) {
	w.raw(`{"source":`)
	w.text(l.Source)
	w.raw(`,"id":`)
	w.text(l.ID)
	w.raw(`,"target":`)
	w.text(l.Target)
	w.raw("}")
}

// origin appends the fields of an origin, for braces to be put around.
func (w *jsonWriter) origin(o *Origin) {
	w.raw(`"source":`)
	w.text(o.Source)
	w.optional(`,"place":`, o.Place)
	w.count(`,"page":`, o.Page)
	w.count(`,"row":`, o.Row)
	w.optional(`,"id":`, o.ID)
}

func (w *jsonWriter) key(k *Key) {
	w.raw(`{"field":`)
	w.text(k.Field)
	w.raw(`,"value":`)
	w.text(k.Value)
	w.raw("}")
}

func (w *jsonWriter) reason(r *Reason) {
	w.raw(`{"rule":`)
	w.text(r.Rule)
	w.raw(`,"score":`)
	w.float(r.Score)
	w.raw(`,"weight":`)
	w.float(r.Weight)
	if len(r.Parts) > 0 {
		w.raw(`,"parts":`)
		list(w, r.Parts, func(p *EvidencePart) {
			w.raw(`{"field":`)
			w.text(p.Field)
			w.raw(`,"a":`)
			w.text(p.A)
			w.raw(`,"b":`)
			w.text(p.B)
			w.raw(`,"weight":`)
			w.float(p.Weight)
			w.optional(`,"note":`, p.Note)
			w.raw("}")
		})
	}
	w.optional(`,"runner_up":`, r.RunnerUp)
	w.raw("}")
}

func (w *jsonWriter) rowValues(name string, rows []RowValue) {
	if len(rows) == 0 {
		return
	}
	w.raw(name)
	list(w, rows, func(r *RowValue) {
		w.raw("{")
		w.origin(&r.Origin)
		if !r.Value.IsNull() {
			w.raw(`,"value":`)
			w.value(r.Value)
		}
		w.flag(`,"undated":true`, r.Undated)
		w.raw("}")
	})
}

func (w *jsonWriter) field(f *FieldChange) {
	w.raw(`{"field":`)
	w.text(f.Field)
	w.raw(`,"before":`)
	w.value(f.Before)
	w.raw(`,"after":`)
	w.value(f.After)
	w.rowValues(`,"from":`, f.From)
	w.count(`,"from_more":`, f.FromMore)
	w.optional(`,"how":`, f.How)
	w.rowValues(`,"lost":`, f.Lost)
	w.count(`,"lost_more":`, f.LostMore)
	w.texts(`,"labels":`, f.Labels)
	w.flag(`,"ours":true`, f.Ours)
	w.flag(`,"yields":true`, f.Yields)
	w.texts(`,"gains":`, f.Gains)
	w.texts(`,"loses":`, f.Loses)
	w.raw("}")
}

// change appends a change as encoding/json writes it.
func (w *jsonWriter) change(c *Change) {
	w.raw(`{"id":`)
	w.text(c.ID)
	w.raw(`,"action":`)
	w.text(string(c.Action))
	w.raw(`,"resource":`)
	w.text(c.Resource)
	w.raw(`,"model":`)
	w.text(c.Model)
	w.count(`,"binding":`, c.Binding)
	w.optional(`,"target":`, c.Target)
	w.raw(`,"key":`)
	w.key(&c.Key)
	w.raw(`,"route":`)
	w.text(c.Route)
	w.raw(`,"fields":`)
	listOrNull(w, c.Fields, w.field)
	w.raw(`,"label":`)
	w.text(c.Label)
	w.texts(`,"labels":`, c.Labels)
	if c.Match != nil {
		w.raw(`,"match":`)
		w.reason(c.Match)
	}
	w.raw(`,"rows":`)
	listOrNull(w, c.Rows, func(o *Origin) {
		w.raw("{")
		w.origin(o)
		w.raw("}")
	})
	if len(c.Joined) > 0 {
		w.raw(`,"joined":`)
		w.any(c.Joined)
	}
	if len(c.Keys) > 0 {
		w.raw(`,"keys":`)
		list(w, c.Keys, w.key)
	}
	if len(c.Known) > 0 {
		w.raw(`,"known":`)
		list(w, c.Known, w.link)
	}
	w.texts(`,"needs":`, c.Needs)
	if len(c.Kept) > 0 {
		w.raw(`,"kept":`)
		w.any(c.Kept)
	}
	w.raw("}")
}

// listOrNull appends a list, null where there is none.
func listOrNull[T any](w *jsonWriter, members []T, each func(*T)) {
	if members == nil {
		w.raw("null")
		return
	}
	list(w, members, each)
}

// digested appends what the digest covers of a change.
func (w *jsonWriter) digested(c *Change) {
	for _, part := range [...]struct{ name, text string }{{`{"ID":`, c.ID}, {`,"Model":`, c.Model}, {`,"Resource":`, c.Resource}, {`,"Target":`, c.Target}, {`,"Route":`, c.Route}} {
		w.raw(part.name)
		w.text(part.text)
	}
	w.raw(`,"Binding":`)
	w.integer(c.Binding)
	w.raw(`,"Action":`)
	w.text(string(c.Action))
	w.raw(`,"Key":`)
	w.key(&c.Key)
	w.raw(`,"Keys":`)
	listOrNull(w, c.Keys, w.key)
	w.texts(`,"Needs":`, c.Needs)
	if len(c.Known) > 0 { // creating again is another plan than the first time
		w.raw(`,"Known":`)
		list(w, c.Known, w.link)
	}
	w.raw(`,"Fields":`)
	if len(c.Fields) == 0 {
		w.raw("null")
	} else {
		list(w, c.Fields, func(f *FieldChange) {
			w.raw(`{"Field":`)
			w.text(f.Field)
			w.raw(`,"Before":`)
			w.value(f.Before)
			w.raw(`,"After":`)
			w.value(f.After)
			w.raw("}")
		})
	}
	w.raw("}")
}
