package diag

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// JSONError says in plain words what is wrong with a JSON text, and in which line.
type JSONError struct {
	Line    int // from 1; 0: not known
	Message string
	CutOff  bool // the text ends too early
}

func (e *JSONError) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Message)
}

// DecodeJSON reads one JSON text, more strictly than encoding/json does: an object
// has only the keys of its type, each spelled as it is there and at most once, and
// nothing stands behind the text. Otherwise it is a *JSONError.
func DecodeJSON[T any](text []byte) (*T, error) {
	into := new(T)
	if err := json.Unmarshal(text, into); err != nil {
		return nil, jsonError(text, err)
	}
	k := keyCheck{text: text, in: json.NewDecoder(bytes.NewReader(text))}
	if err := k.value(reflect.TypeFor[T](), ""); err != nil {
		return nil, err
	}
	return into, nil
}

// JSONProblem puts an error of encoding/json about a text into plain words. Any
// other error stays as it is.
func JSONProblem(text []byte, err error) error {
	syntax, typed := (*json.SyntaxError)(nil), (*json.UnmarshalTypeError)(nil)
	if errors.As(err, &syntax) || errors.As(err, &typed) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return jsonError(text, err)
	}
	return err
}

func jsonError(text []byte, err error) *JSONError {
	var syntax *json.SyntaxError
	var typed *json.UnmarshalTypeError
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return &JSONError{Message: "there is nothing in it", CutOff: true}
	case errors.As(err, &typed):
		return &JSONError{Line: lineAt(text, typed.Offset), Message: fmt.Sprintf("%s holds %s, and should hold %s", keyName(typed.Field), kindOfJSON(typed.Value), kindWanted(typed.Type))}
	case errors.As(err, &syntax) && json.Valid(text[:max(syntax.Offset-1, 0)]):
		return &JSONError{Line: lineAt(text, syntax.Offset), Message: "there is something behind its end"}
	case errors.As(err, &syntax) && syntax.Offset < int64(len(bytes.TrimRight(text, " \t\r\n"))):
		from, shown := wordAt(text, syntax.Offset-1)
		return &JSONError{Line: lineAt(text, from), Message: shown + " does not belong there: this is not JSON"}
	case errors.As(err, &syntax), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &JSONError{Line: lineAt(text, int64(len(bytes.TrimRight(text, "\n")))), Message: "it ends in the middle, so that it was cut off", CutOff: true}
	default:
		return &JSONError{Message: err.Error()}
	}
}

// wordAt is where the word at a place begins, and the text from there on, quoted and
// shortened.
func wordAt(text []byte, at int64) (int64, string) {
	from := max(at, 0)
	for from > 0 && strings.IndexByte(" \t\r\n\"{}[],:", text[from-1]) < 0 {
		from--
	}
	line, _, _ := bytes.Cut(text[from:min(int64(len(text)), from+jsonShownBytes)], []byte("\n"))
	return from, strconv.Quote(Shorten(string(line), jsonShownBytes))
}

// jsonShownBytes is how much of a text is shown that is not JSON.
const jsonShownBytes = 20

func lineAt(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(max(offset, 0), int64(len(text)))], []byte("\n"))
}

func keyName(path string) string {
	if path == "" {
		return "it"
	}
	return strconv.Quote(Shorten(path[strings.LastIndexByte(path, '.')+1:], 60))
}

// kindOfJSON words what encoding/json calls a value.
func kindOfJSON(value string) string {
	kind, _, _ := strings.Cut(value, " ")
	switch kind {
	case "string":
		return "text"
	case "bool":
		return "true or false"
	case "array":
		return "a list"
	case "object":
		return "an object"
	default:
		return "a " + Shorten(value, 60)
	}
}

func kindWanted(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	default:
		return "a number"
	}
}

// keyCheck goes through a text that encoding/json has read, and looks at the keys.
type keyCheck struct {
	text []byte
	in   *json.Decoder
}

// value reads the next value, which is of the type t as far as that is known.
func (k *keyCheck) value(t reflect.Type, key string) error {
	for t != nil && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice) {
		if t.Implements(reflect.TypeFor[json.Unmarshaler]()) {
			break
		}
		t = t.Elem()
	}
	token, err := k.in.Token()
	if err != nil {
		return jsonError(k.text, err)
	}
	switch token {
	case json.Delim('['):
		for k.in.More() {
			if err := k.value(t, key); err != nil {
				return err
			}
		}
	case json.Delim('{'):
		if err := k.object(t, key); err != nil {
			return err
		}
	default:
		return nil
	}
	_, err = k.in.Token()
	return err
}

func (k *keyCheck) object(t reflect.Type, inside string) error {
	fields := fieldsOf(t)
	seen := map[string]bool{}
	for k.in.More() {
		token, err := k.in.Token()
		if err != nil {
			return jsonError(k.text, err)
		}
		key, _ := token.(string)
		under, known := fields[key]
		switch {
		case seen[key]:
			return k.wrong("the key %s stands twice%s", strconv.Quote(Shorten(key, 60)), within(inside))
		case fields != nil && !known:
			return k.wrong("there is no key %s%s%s", strconv.Quote(Shorten(key, 60)), within(inside), nearestKey(key, fields))
		}
		seen[key] = true
		if err := k.value(under, key); err != nil {
			return err
		}
	}
	return nil
}

func (k *keyCheck) wrong(format string, args ...any) error {
	return &JSONError{Line: lineAt(k.text, k.in.InputOffset()), Message: fmt.Sprintf(format, args...)}
}

func within(key string) string {
	if key == "" {
		return ""
	}
	return " in " + strconv.Quote(Shorten(key, 60))
}

func nearestKey(key string, fields map[string]reflect.Type) string {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if strings.EqualFold(name, key) {
			return "; it is written " + strconv.Quote(name)
		}
	}
	if hint := DidYouMean(key, names); hint != "" {
		return "; " + hint
	}
	return ""
}

// fieldsOf are the keys of an object of a type, with the types of what they hold;
// nil where any key may stand.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	if t == nil || t.Kind() != reflect.Struct || reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return nil
	}
	fields := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "", !f.IsExported(), name == "-":
		case name == "":
			fields[f.Name] = f.Type
		default:
			fields[name] = f.Type
		}
	}
	return fields
}
