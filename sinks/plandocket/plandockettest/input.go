package plandockettest

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// textLengthMax is the longest text of a field but notes, in characters.
const textLengthMax = 255

// ratingDefault is the rating of a contact for which none was given.
const ratingDefault = 3

// A patch is what a request says about a contact. What it leaves out is not set.
type patch struct {
	set        [len(textColumns)]bool
	text       [len(textColumns)]sql.NullString
	rating     *int64
	access     *bool
	categories *[]string
	events     *[]string
}

// decodePatch reads the fields of a contact; unknown keys are ignored. update says whether a contact exists, which is
// when the dialect's meaning of null matters.
func (d *Dialect) decodePatch(record map[string]json.RawMessage, update bool) (patch, fieldErrors) {
	var p patch
	bad := make(fieldErrors)
	for i, name := range textColumns {
		raw, ok := record[name]
		if !ok || (isNull(raw) && d.Null == NullIgnored && update) {
			continue
		}
		if isNull(raw) {
			if d.Null == NullRefused {
				bad.add(name, "The %s field must be a string.", name)
			}
			p.set[i] = true
			continue
		}
		text, ok := jsonText(raw)
		if !ok {
			bad.add(name, "The %s field must be a string.", name)
			continue
		}
		if i != columnNotes && utf8.RuneCountInString(text) > textLengthMax {
			bad.add(name, "The %s field must not be longer than %d characters.", name, textLengthMax)
		}
		if i == columnEmail && text != "" && !plausibleEmail(text) {
			bad.add(name, "The email field must be a valid email address.")
		}
		p.set[i] = true
		p.text[i] = sql.NullString{String: text, Valid: text != "" || d.Empty == EmptyStored}
	}
	d.decodeOther(record, &p, bad)
	return p, bad
}

// decodeOther reads the fields that are not text. null stands for their default, or for nothing where null is ignored.
func (d *Dialect) decodeOther(record map[string]json.RawMessage, p *patch, bad fieldErrors) {
	given := func(name string) (json.RawMessage, bool) {
		raw, ok := record[name]
		if ok && isNull(raw) && d.Null == NullRefused {
			bad.add(name, "The %s field must not be null.", name)
			return nil, false
		}
		return raw, ok && (!isNull(raw) || d.Null == NullClears)
	}
	if raw, ok := given("rating"); ok {
		rating := int64(ratingDefault)
		if err := json.Unmarshal(raw, &rating); err != nil || rating < 1 || rating > 5 {
			bad.add("rating", "The rating field must be an integer between 1 and 5.")
		}
		p.rating = &rating
	}
	if raw, ok := given("account_access_enabled"); ok {
		access, fine := looseBool(raw)
		if !fine && !isNull(raw) {
			bad.add("account_access_enabled", "The account_access_enabled field must be true or false.")
		}
		p.access = &access
	}
	for name, target := range map[string]**[]string{"category_keys": &p.categories, "event_keys": &p.events} {
		if raw, ok := given(name); ok {
			keys := []string{}
			if json.Unmarshal(raw, &keys) != nil {
				bad.add(name, "The %s field must be an array of strings.", name)
			}
			*target = &keys
		}
	}
}

func isNull(raw json.RawMessage) bool { return bytes.Equal(raw, []byte("null")) }

// looseBool reads true, false, 0, 1, "0" and "1".
func looseBool(raw json.RawMessage) (value, ok bool) {
	switch strings.Trim(string(raw), `"`) {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	}
	return false, false
}

// plausibleEmail takes white space around the address, as the tenants' own data has it.
func plausibleEmail(text string) bool {
	local, domain, ok := strings.Cut(strings.TrimSpace(text), "@")
	return ok && local != "" && domain != "" && !strings.ContainsAny(local+domain, "@ \t\r\n")
}

// reset adds what full replacement means: every field that is left out takes its default.
func (p *patch) reset(keep int) {
	for i := range p.set {
		if i != keep {
			p.set[i] = true
		}
	}
	if p.rating == nil {
		p.rating = new(int64)
		*p.rating = ratingDefault
	}
	if p.access == nil {
		p.access = new(bool)
	}
}

// keepNothing is the argument of reset that spares no column.
const keepNothing = -1

// apply changes a row as the patch says and reports whether anything differs.
func (p *patch) apply(r *row, d *Dialect) bool {
	before := *r
	for i, set := range p.set {
		if set {
			r.text[i] = d.normalised(i, p.text[i])
		}
	}
	if p.rating != nil {
		r.rating = *p.rating
	}
	if p.access != nil {
		r.access = *p.access
	}
	return before != *r
}

// normalised is what the server stores for a value.
func (d *Dialect) normalised(column int, v sql.NullString) sql.NullString {
	switch column {
	case columnEmail:
		if d.Normalise == NormaliseEmail || d.Normalise == NormaliseBoth {
			v.String = strings.ToLower(strings.TrimSpace(v.String))
		}
	case columnPhone, columnFax, columnMobile:
		if d.Normalise == NormalisePhone || d.Normalise == NormaliseBoth {
			v.String = digits(v.String)
		}
	}
	return v
}

// digits writes a number as digits, with + in front if it is international.
func digits(phone string) string {
	out := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, phone)
	if strings.HasPrefix(strings.TrimSpace(phone), "+") {
		return "+" + out
	}
	if rest, ok := strings.CutPrefix(out, "00"); ok {
		return "+" + rest
	}
	return out
}

// fields are the values of a contact for the audit log.
func (r *row) fields() map[string]json.RawMessage {
	out := make(map[string]json.RawMessage, len(textColumns)+2)
	text := make([]byte, 0, 512) // of all, one behind the other
	for i, name := range textColumns {
		text = r.appendText(text[len(text):], i)
		out[name] = text[:len(text):len(text)]
	}
	out["rating"] = json.RawMessage([]byte{byte('0' + r.rating)})
	out["account_access_enabled"] = strconv.AppendBool(nil, r.access)
	return out
}

// appendText appends a text of a contact as the audit log has it.
func (r *row) appendText(buf []byte, column int) []byte {
	if !r.text[column].Valid {
		return append(buf, "null"...)
	}
	var d Dialect
	return d.appendText(buf, r.text[column].String)
}

// logged are the fields as json.Marshal writes them: in order of their names, with <, > and & escaped.
func (r *row) logged() string {
	text := strconv.AppendBool([]byte(`{"account_access_enabled":`), r.access)
	rated := false
	for _, i := range columnsByName {
		if name := textColumns[i]; !rated && name > "rating" {
			text = append(text, `,"rating":`...)
			text = append(text, byte('0'+r.rating))
			rated = true
		}
		text = append(append(append(text, ',', '"'), textColumns[i]...), '"', ':')
		text = r.appendText(text, i)
	}
	var escaped bytes.Buffer
	escaped.Grow(len(text) + 1)
	json.HTMLEscape(&escaped, append(text, '}'))
	return escaped.String()
}

// columnsByName are the text columns in the order of their names, in which the audit log tells of them.
var columnsByName = func() []int {
	order := make([]int, len(textColumns))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(textColumns[a], textColumns[b]) })
	return order
}()

// jsonText reads a JSON string. Most are the bytes between their quotes.
func jsonText(raw json.RawMessage) (text string, ok bool) {
	if len(raw) >= 2 && raw[0] == '"' && raw[len(raw)-1] == '"' {
		inner := raw[1 : len(raw)-1]
		if !bytes.ContainsFunc(inner, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r == utf8.RuneError }) {
			return string(inner), true
		}
	}
	return text, json.Unmarshal(raw, &text) == nil
}

// differing keeps only the fields whose values differ.
func differing(before, after map[string]json.RawMessage) {
	for name, v := range before {
		if slices.Equal(v, after[name]) {
			delete(before, name)
			delete(after, name)
		}
	}
}
