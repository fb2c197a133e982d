package plandockettest

import (
	"database/sql"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// An object writes one JSON object in the tenant's dialect.
type object struct {
	buf   []byte
	d     *Dialect
	first bool
}

func (d *Dialect) object(buf []byte) *object {
	return &object{buf: append(buf, '{'), d: d, first: true}
}

func (o *object) end() []byte { return append(o.buf, '}') }

func (o *object) key(name string) {
	if !o.first {
		o.buf = append(o.buf, ',')
	}
	o.first = false
	o.buf = append(o.buf, '"')
	o.buf = append(o.buf, name...)
	o.buf = append(o.buf, '"', ':')
}

// id writes the record's id under the keys of the dialect.
func (o *object) id(entity string, id int64) {
	if o.d.IDKey != IDNamed {
		o.integer("id", id)
	}
	if o.d.IDKey != IDPlain {
		o.integer(entity+"_id", id)
	}
}

func (o *object) integer(name string, v int64) {
	o.key(name)
	o.buf = strconv.AppendInt(o.buf, v, 10)
}

func (o *object) integerOrNull(name string, v sql.NullInt64) {
	if !v.Valid {
		o.raw(name, "null")
		return
	}
	o.integer(name, v.Int64)
}

// text writes a text field; the dialect may turn digits into a number.
func (o *object) text(name string, v sql.NullString) {
	o.key(name)
	switch {
	case !v.Valid:
		o.buf = append(o.buf, "null"...)
	case o.d.TextNumbers == TextNumbersNumber && plainNumber(v.String):
		o.buf = append(o.buf, v.String...)
	default:
		o.buf = o.d.appendText(o.buf, v.String)
	}
}

// word writes a text that is never null and never a number.
func (o *object) word(name, v string) {
	o.key(name)
	o.buf = o.d.appendText(o.buf, v)
}

func (o *object) boolean(name string, v bool) {
	o.key(name)
	switch {
	case o.d.Booleans == BooleansTrueFalse:
		o.buf = strconv.AppendBool(o.buf, v)
	case o.d.Booleans == BooleansNumbers && v:
		o.buf = append(o.buf, '1')
	case o.d.Booleans == BooleansNumbers:
		o.buf = append(o.buf, '0')
	case v:
		o.buf = append(o.buf, `"1"`...)
	default:
		o.buf = append(o.buf, `"0"`...)
	}
}

// time writes a moment given in unix seconds.
func (o *object) time(name string, seconds int64) {
	o.key(name)
	switch o.d.Times {
	case TimesUnix:
		o.buf = strconv.AppendInt(o.buf, seconds, 10)
	case TimesSpaced:
		o.buf = time.Unix(seconds, 0).UTC().AppendFormat(o.buf, `"2006-01-02 15:04:05"`)
	default:
		o.buf = time.Unix(seconds, 0).UTC().AppendFormat(o.buf, `"2006-01-02T15:04:05Z"`)
	}
}

// raw writes a value that is JSON already.
func (o *object) raw(name, json string) {
	o.key(name)
	o.buf = append(o.buf, json...)
}

func (o *object) rawOrNull(name string, json sql.NullString) {
	if !json.Valid {
		json.String = "null"
	}
	o.raw(name, json.String)
}

// plainNumber reports whether text is an integer that JSON can write without loss of a character.
func plainNumber(s string) bool {
	if s == "" || (s[0] == '0' && len(s) > 1) {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// appendText writes s as a JSON string.
func (d *Dialect) appendText(buf []byte, s string) []byte {
	const hex = "0123456789abcdef"
	ascii := d.Escapes == EscapesASCII
	buf = append(buf, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			buf = append(buf, '\\', c)
		case c == '/' && ascii:
			buf = append(buf, '\\', '/')
		case c == '\n':
			buf = append(buf, '\\', 'n')
		case c < 0x20:
			buf = append(buf, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf || !ascii:
			buf = append(buf, c)
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			i += size
			for _, unit := range utf16.Encode([]rune{r}) {
				buf = append(buf, '\\', 'u', hex[unit>>12], hex[unit>>8&15], hex[unit>>4&15], hex[unit&15])
			}
			continue
		}
		i++
	}
	return append(buf, '"')
}

// contact writes a contact but for its end, so that included data can follow.
func (d *Dialect) contact(buf []byte, r *row) *object {
	o := d.object(buf)
	o.id("contact", r.id)
	for i, name := range textColumns {
		o.text(name, r.text[i])
	}
	o.integer("rating", r.rating)
	o.boolean("account_access_enabled", r.access)
	o.boolean("has_account", r.account)
	o.time("created_at", r.created)
	o.time("updated_at", r.updated)
	return o
}
