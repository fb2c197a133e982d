package sonderplan

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// The types of a contact.
const (
	typePerson       = "person"
	typeOrganization = "organization"
)

// test is one entry of the filter. It is checked on every row, whether or not
// the server was asked to.
type test struct {
	column column
	want   string
	any    []string // id and uuid: one of these
	part   bool     // a part of the value is enough
	value  pipeline.Value
}

// parseFilter reads the filter. The entry for type chooses what is read; the
// others become tests.
func parseFilter(filter map[string]string, columns []column) (tests []test, types []string, err error) {
	types = []string{typePerson, typeOrganization}
	for _, name := range sortedKeys(filter) {
		want := filter[name]
		if name == "type" {
			if !slices.Contains(types, want) {
				return nil, nil, fmt.Errorf("filter: type is person or organization, not %q", diag.Shorten(want, 60))
			}
			types = []string{want}
			continue
		}
		t, err := parseTest(name, want, columns)
		if err != nil {
			return nil, nil, fmt.Errorf("filter: %w", err)
		}
		tests = append(tests, t)
	}
	return tests, types, nil
}

func parseTest(name, want string, columns []column) (test, error) {
	t := test{want: want}
	var names []string
	for _, c := range columns {
		names = append(names, c.field.Name)
		if c.field.Name == name || c.key == name {
			t.column = c
		}
	}
	if id, ok := strings.CutPrefix(name, customPrefix); ok && t.column.key == "" {
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil || n < 1 {
			return t, fmt.Errorf("%q does not end in the id of a custom field", diag.Shorten(name, 60))
		}
		t.column = column{custom: n, key: customPrefix + strconv.FormatInt(n, 10)}
	}
	if t.column.key == "" {
		text := fmt.Sprintf("contacts have no field %q", diag.Shorten(name, 60))
		if hint := diag.DidYouMean(name, names); hint != "" {
			text += "; " + hint
		}
		return t, fmt.Errorf("%s", text)
	}
	t.part = t.column.key == "name" || t.column.custom > 0
	switch t.column.form {
	case formTime, formJSON:
		return t, fmt.Errorf("%s cannot be filtered by; use `where` in the model", name)
	case formText:
		if t.column.key == "uuid" {
			t.any = splitList(want)
		}
		return t, nil
	}
	if t.column.key == "id" {
		t.any = splitList(want)
		for _, id := range t.any {
			if _, err := strconv.ParseInt(id, 10, 64); err != nil {
				return t, fmt.Errorf("id: %q is not a number", diag.Shorten(id, 60))
			}
		}
		return t, nil
	}
	v, err := t.column.form.decode([]byte(strconv.Quote(want)))
	if err != nil {
		return t, fmt.Errorf("%s: %w", name, err)
	}
	t.value = v
	return t, nil
}

func splitList(text string) []string {
	var parts []string
	for p := range strings.SplitSeq(text, ",") {
		if p = strings.TrimSpace(p); p != "" {
			parts = append(parts, p)
		}
	}
	return parts
}

// passes checks a value of the test's column.
func (t test) passes(v pipeline.Value) bool {
	text := v.String()
	switch {
	case t.any != nil:
		return slices.Contains(t.any, text)
	case t.want == "":
		return v.IsNull()
	case t.part:
		return strings.Contains(strings.ToLower(text), strings.ToLower(t.want))
	case t.column.form == formText:
		return text == t.want
	default:
		return v.Equal(t.value)
	}
}

// ask adds the test to a request where the server is sure to return at least
// the rows that pass: not for an empty value, not for false, which a server
// may take for a word and thus for true, and not for text with a comma, which
// it may take for a list.
func (t test) ask(q url.Values) {
	switch {
	case t.any != nil:
		q.Set(t.column.key, strings.Join(t.any, ","))
	case t.value.IsNull() && t.column.form != formText, t.want == "":
	case t.column.form == formBool && !t.value.Bool():
	case t.column.form == formText && strings.ContainsAny(t.want, `,\`):
	case t.column.form == formText:
		q.Set(t.column.key, t.want)
	default:
		q.Set(t.column.key, t.value.String())
	}
}
