package sonderplan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"
)

// The functions of this file walk JSON that json.Valid has accepted, and leave
// values as the bytes that the server sent, so that a number, a numeric string
// and a repeated key can be told apart.

// skip returns the length of the value at the start of b, which has no leading
// space.
func skip(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth == 0 {
				return i // the end of what holds a bare value
			}
			depth--
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(b)
}

func trimSpace(b []byte) []byte { return bytes.TrimLeft(b, " \t\r\n") }

// elements walks the values of an array.
func elements(array []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		b := trimSpace(array[1:])
		for len(b) > 0 && b[0] != ']' {
			n := skip(b)
			if !yield(b[:n]) {
				return
			}
			b = trimSpace(b[n:])
			if len(b) > 0 && b[0] == ',' {
				b = trimSpace(b[1:])
			}
		}
	}
}

// members walks the keys and values of an object, in order, repeated ones too.
func members(object []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		b := trimSpace(object[1:])
		for len(b) > 0 && b[0] != '}' {
			n := skip(b)
			key := unquote(b[:n])
			b = trimSpace(b[n:])
			b = trimSpace(b[1:]) // the colon
			n = skip(b)
			if !yield(key, b[:n]) {
				return
			}
			b = trimSpace(b[n:])
			if len(b) > 0 && b[0] == ',' {
				b = trimSpace(b[1:])
			}
		}
	}
}

// unquote reads a JSON string; of another value it returns the bytes.
func unquote(raw []byte) string {
	if len(raw) < 2 || raw[0] != '"' {
		return string(raw)
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return string(raw)
	}
	return s
}

func isNull(raw []byte) bool { return len(raw) == 0 || raw[0] == 'n' }

// only returns the value of a key, nil when it is absent. A key that is
// repeated with another value has none to rely on.
func only(object []byte, key string) ([]byte, error) {
	var found []byte
	for k, v := range members(object) {
		if k != key {
			continue
		}
		if found != nil && !bytes.Equal(found, v) {
			return nil, fmt.Errorf("the answer holds %q twice, with different values", key)
		}
		found = v
	}
	return found, nil
}

// envelope is an answer to a listing.
type envelope struct {
	rows    [][]byte
	total   int
	perPage int // 0: not said
}

var errHTML = errors.New("the answer is an HTML page, not JSON: a login page or a gateway in between; check base_url")

// parseEnvelope takes an answer apart, all but its rows.
func parseEnvelope(body []byte) (envelope, error) {
	body, err := validJSON(body)
	if err != nil {
		return envelope{}, err
	}
	if body[0] != '{' {
		return envelope{}, errors.New("the answer is JSON but not an object; is this the Sonderplan API?")
	}
	data, err := only(body, "data")
	if err != nil {
		return envelope{}, err
	}
	if len(data) == 0 || data[0] != '[' {
		text := "the answer has no list under data"
		if said := problemText(body); said != "" {
			text += "; the server refused with status 200"
		}
		return envelope{}, errors.New(text)
	}
	var e envelope
	for row := range elements(data) {
		e.rows = append(e.rows, row)
	}
	meta, err := only(body, "meta")
	if err != nil {
		return envelope{}, err
	}
	return e, e.parsePagination(meta)
}

func (e *envelope) parsePagination(meta []byte) error {
	missing := errors.New("the answer has no meta.pagination.total, so that the list cannot be proven whole")
	if len(meta) == 0 || meta[0] != '{' {
		return missing
	}
	pagination, err := only(meta, "pagination")
	if err != nil {
		return err
	}
	if len(pagination) == 0 || pagination[0] != '{' {
		return missing
	}
	for _, f := range []struct {
		key string
		to  *int
	}{{"total", &e.total}, {"per_page", &e.perPage}} {
		raw, err := only(pagination, f.key)
		if err != nil {
			return err
		}
		v, err := formInt.decode(raw)
		if err != nil || v.Int() < 0 {
			return fmt.Errorf("the answer's meta.pagination.%s is no number of rows", f.key)
		}
		if v.IsNull() && f.key == "total" {
			return missing
		}
		*f.to = int(v.Int())
	}
	return nil
}

// validJSON strips a byte order mark and says in words what is wrong with a
// body that is not one JSON value in UTF-8.
func validJSON(body []byte) ([]byte, error) {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	if len(body) == 0 {
		return nil, errors.New("the answer has no body")
	}
	if body[0] == '<' {
		return nil, errHTML
	}
	if !utf8.Valid(body) {
		return nil, fmt.Errorf("the answer is not UTF-8 at byte %d", invalidAt(body))
	}
	if json.Valid(body) {
		return body, nil
	}
	var first json.RawMessage
	d := json.NewDecoder(bytes.NewReader(body))
	err := d.Decode(&first)
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return nil, fmt.Errorf("the answer goes on after its JSON, at byte %d of %d", d.InputOffset(), len(body))
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return nil, fmt.Errorf("the answer is cut off: its JSON does not end in %d bytes", len(body))
	case errors.As(err, &syntax):
		return nil, fmt.Errorf("the answer is not JSON at byte %d", syntax.Offset)
	default:
		return nil, errors.New("the answer is not JSON")
	}
}

func invalidAt(b []byte) int {
	at := 0
	for at < len(b) {
		r, n := utf8.DecodeRune(b[at:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		at += n
	}
	return at
}

// problemText finds what a server says about an error: under error, message or
// errors, as text or in an object. Of an HTML page it takes nothing.
func problemText(body []byte) string {
	body, err := validJSON(body)
	if err != nil || body[0] != '{' {
		return ""
	}
	var parts []string
	for key, raw := range members(body) {
		if (key != "error" && key != "message" && key != "errors") || isNull(raw) {
			continue
		}
		text := unquote(raw)
		if raw[0] == '{' {
			if inner, err := only(raw, "message"); err == nil && inner != nil {
				text = unquote(inner)
			}
		}
		if text != "" && text != "{}" && text != "[]" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, ": ")
}
