package file

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// appendJSONString appends a string of valid UTF-8 as JSON. Characters that
// only matter inside HTML stay as they are.
func appendJSONString(b []byte, s string) []byte {
	return append(appendEscaped(append(b, '"'), bytesOf(s)), '"')
}

// appendEscaped appends what stands between the quotes of a string of JSON.
func appendEscaped(b, s []byte) []byte {
	if jsonSpecial.scan(s)&markSpecial == 0 {
		return append(b, s...)
	}
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if jsonSpecial.table[c]&markSpecial == 0 {
			continue
		}
		// U+2028 and U+2029 end a line for some readers of lines.
		separator := c == 0xe2 && i+2 < len(s) && s[i+1] == 0x80 && s[i+2]&^1 == 0xa8
		if c == 0xe2 && !separator {
			continue
		}
		b = append(b, s[from:i]...)
		switch {
		case separator:
			b = append(b, `\u202`...)
			b = append(b, '8'+s[i+2]&1)
			i += 2
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\r':
			b = append(b, `\r`...)
		case c == '\t':
			b = append(b, `\t`...)
		default:
			const digits = "0123456789abcdef"
			b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
		from = i + 1
	}
	return append(b, s[from:]...)
}

// jsonSpecial finds the bytes that begin something that JSON writes in another
// way. With one bit turned, the quote stands where the space was, behind the
// control characters. It is never changed.
var jsonSpecial = newScanner(special{bytes: []byte{'\\'}, flip: '"' ^ ' ', less: ' ' + 1, from: 0x7f, wide: 0xe2})

func appendJSONList(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSONString(b, s)
	}
	return append(b, ']')
}

// appendJSON appends a value as JSON; null and erase are null.
func appendJSON(b []byte, v pipeline.Value) []byte {
	switch v.Type() {
	case pipeline.String:
		return appendJSONString(b, v.Str())
	case pipeline.Int:
		return strconv.AppendInt(b, v.Int(), 10)
	case pipeline.Float:
		return appendFloat(b, v.Float())
	case pipeline.Bool:
		return strconv.AppendBool(b, v.Bool())
	case pipeline.Timestamp:
		return append(appendTime(append(b, '"'), v.Int()), '"')
	case pipeline.StringList:
		return appendJSONList(b, v.List())
	default:
		return append(b, "null"...)
	}
}

// appendFixed appends a number, truth value or time of a column as text.
func appendFixed(b []byte, c *cells, row int) []byte {
	switch c.Type() {
	case pipeline.Int:
		return strconv.AppendInt(b, c.Int(row), 10)
	case pipeline.Float:
		return appendFloat(b, c.Float(row))
	case pipeline.Bool:
		return strconv.AppendBool(b, c.Bool(row))
	default:
		return appendTime(b, c.Int(row))
	}
}

// appendText appends a value as the text of a CSV cell.
func appendText(b []byte, v pipeline.Value) []byte {
	switch v.Type() {
	case pipeline.String:
		return append(b, v.Str()...)
	case pipeline.Timestamp:
		return appendTime(b, v.Int())
	case pipeline.Int, pipeline.Float, pipeline.Bool, pipeline.StringList:
		return appendJSON(b, v)
	default:
		return b
	}
}

// refusal says why a format cannot hold a value, or nil.
func refusal(f format, v pipeline.Value) error {
	switch v.Type() {
	case pipeline.String:
		if !utf8.ValidString(v.Str()) {
			return fmt.Errorf("%q: %w", diag.Shorten(v.Str(), 60), errNotUTF8)
		}
	case pipeline.StringList:
		for _, s := range v.List() {
			if !utf8.ValidString(s) {
				return fmt.Errorf("%q: %w", diag.Shorten(s, 60), errNotUTF8)
			}
		}
	case pipeline.Float:
		if f == formatJSONL && (math.IsNaN(v.Float()) || math.IsInf(v.Float(), 0)) {
			return fmt.Errorf("%s cannot be written as JSON", v)
		}
	case pipeline.Timestamp:
		if year := v.Time().Year(); f != formatParquet && (year < 0 || year > 9999) {
			return fmt.Errorf("the year %d cannot be written in RFC 3339", year)
		}
	}
	return nil
}

// parseText reads the text of a CSV cell as a value of the type. Empty text is
// null.
func parseText(t pipeline.Type, s string) (pipeline.Value, error) {
	if s == "" {
		return pipeline.Null(), nil
	}
	switch t {
	case pipeline.String:
		return pipeline.StringValue(s), nil
	case pipeline.StringList:
		return parseList(s)
	}
	trimmed := strings.TrimSpace(s)
	switch t {
	case pipeline.Int:
		i, err := strconv.ParseInt(trimmed, 10, 64)
		return pipeline.IntValue(i), plain(err, s, "a whole number")
	case pipeline.Float:
		f, err := strconv.ParseFloat(trimmed, 64)
		return pipeline.FloatValue(f), plain(err, s, "a number")
	case pipeline.Bool:
		b, err := strconv.ParseBool(strings.ToLower(trimmed))
		return pipeline.BoolValue(b), plain(err, s, "true or false")
	default:
		at, err := parseTime(trimmed)
		return pipeline.TimeValue(at), plain(err, s, "a time such as 2025-03-01T12:00:00Z")
	}
}

func plain(err error, s, want string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%q is not %s", diag.Shorten(s, 60), want)
}

// parseTime reads RFC 3339, or a date alone as its midnight in UTC.
func parseTime(s string) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return at, nil
	}
	return time.Parse(time.DateOnly, s)
}

// parseList reads a list as it is written, a JSON array, or as people type it,
// with semicolons.
func parseList(s string) (pipeline.Value, error) {
	if strings.HasPrefix(strings.TrimSpace(s), "[") {
		var list []string
		if err := json.Unmarshal([]byte(s), &list); err == nil {
			return pipeline.ListValue(list), nil
		}
	}
	var list []string
	for _, part := range strings.Split(s, ";") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return pipeline.ListValue(list), nil
}
