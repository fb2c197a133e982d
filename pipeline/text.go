package pipeline

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

func validText(s string) bool { return utf8.ValidString(s) }

// marshalText writes JSON without escaping <, > and &, so that plans are
// readable; what shows a plan as HTML escapes for itself.
func marshalText(v any) ([]byte, error) { return marshal(v, false) }

// marshal writes JSON; html says whether <, > and & are escaped.
func marshal(v any, html bool) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(html)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
