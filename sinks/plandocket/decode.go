package plandocket

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// stampForm is how a time was written. Times of different forms are never
// compared: a server that mixes them is not understood.
type stampForm uint8

const (
	noStamp    stampForm = 0
	rfcStamp   stampForm = 1 << iota // RFC 3339
	plainStamp                       // YYYY-MM-DD hh:mm:ss, taken as UTC
	unixStamp                        // seconds, or milliseconds, since 1970
	oddStamp                         // none of these
)

// unixSecondsMax tells seconds from milliseconds: the year 5138 from 1973.
const unixSecondsMax = 99_999_999_999

// item is one decoded record, its values in the order of the schema.
type item struct {
	id      string
	values  []pipeline.Value
	created stampForm // how created_at was written; noStamp when it is missing
	// Of a contact, what is known about its categories: whether they are shown,
	// and whether one of them has no key, so that the API cannot name it.
	categoriesShown, categoryNameless bool
}

// decodeContact reads a contact. What is missing is null; a value that cannot
// be what the field holds is an error, because a wrong value would be planned
// against.
//
// The values are put into the given slice, which has one for each field.
func decodeContact(n *node, schema *pipeline.Schema, values []pipeline.Value) (item, error) {
	if n.kind != objectNode {
		return item{}, errors.New("it is not a JSON object")
	}
	id, err := decodeID(n, "contact_id")
	if err != nil {
		return item{}, err
	}
	clear(values)
	c := item{id: id, values: values}
	next := 0 // members mostly come in the order of the schema
	for i := range c.values {
		f := schema.Field(i)
		var v *node
		v, next = n.seek(f.Name, next)
		if err := c.decodeField(i, f, v); err != nil {
			return item{}, fmt.Errorf("contact %s: field %s: %w", diag.Shorten(id, 60), f.Name, err)
		}
	}
	if err := c.decodeCategories(n, schema.Index(fieldCategory)); err != nil {
		return item{}, fmt.Errorf("contact %s: categories: %w", diag.Shorten(id, 60), err)
	}
	return c, nil
}

// decodeID reads the id, which the documentation calls id and, for each kind of
// record, something like contact_id.
func decodeID(n *node, name string) (string, error) {
	one, err := idOf(n.get("id"))
	if err != nil {
		return "", fmt.Errorf("field id: %w", err)
	}
	other, err := idOf(n.get(name))
	if err != nil {
		return "", fmt.Errorf("field %s: %w", name, err)
	}
	switch {
	case one == "" && other == "":
		return "", fmt.Errorf("it has neither id nor %s", name)
	case one != "" && other != "" && one != other:
		return "", fmt.Errorf("id is %s and %s is %s", diag.Shorten(one, 60), name, diag.Shorten(other, 60))
	case one == "":
		return other, nil
	}
	return one, nil
}

func idOf(n *node) (string, error) {
	if n == nil || n.kind == nullNode {
		return "", nil
	}
	if n.kind == textNode {
		return n.text, nil
	}
	if n.kind == numberNode && !strings.ContainsAny(n.text, ".eE") {
		return n.text, nil
	}
	return "", fmt.Errorf("%s is no id", diag.Shorten(n.phrase(), 60))
}

func (c *item) decodeField(i int, f pipeline.Field, n *node) error {
	if n == nil || n.kind == nullNode || (n.kind == textNode && n.text == "") || f.Name == fieldCategory {
		return nil
	}
	var err error
	switch f.Type {
	case pipeline.String:
		c.values[i], err = decodeText(n)
	case pipeline.Int:
		c.values[i], err = decodeInt(n)
	case pipeline.Bool:
		c.values[i], err = decodeBool(n)
	default:
		var form stampForm
		c.values[i], form = decodeTime(n)
		if f.Name == fieldCreated {
			c.created = form
		}
	}
	return err
}

// decodeText takes a number as the text it was written in, since identifiers
// and postal codes are sent as numbers by careless servers.
func decodeText(n *node) (pipeline.Value, error) {
	if n.kind != textNode && n.kind != numberNode {
		return pipeline.Null(), fmt.Errorf("%s is no text", diag.Shorten(n.phrase(), 60))
	}
	return pipeline.StringValue(n.text), nil
}

func decodeInt(n *node) (pipeline.Value, error) {
	if n.kind == textNode || n.kind == numberNode {
		if i, err := strconv.ParseInt(strings.TrimSuffix(n.text, ".0"), 10, 64); err == nil {
			return pipeline.IntValue(i), nil
		}
	}
	return pipeline.Null(), fmt.Errorf("%q is no whole number", diag.Shorten(n.phrase(), 60))
}

func decodeBool(n *node) (pipeline.Value, error) {
	if n.kind != arrayNode && n.kind != objectNode {
		switch n.text {
		case "true", "1":
			return pipeline.BoolValue(true), nil
		case "false", "0":
			return pipeline.BoolValue(false), nil
		}
	}
	return pipeline.Null(), fmt.Errorf("%q is neither true nor false", diag.Shorten(n.phrase(), 60))
}

// decodeTime reads a time in any of the three forms. One that is none of them
// is null: it is never written, and only ordering depends on it.
func decodeTime(n *node) (pipeline.Value, stampForm) {
	if n.kind != textNode && n.kind != numberNode {
		return pipeline.Null(), oddStamp
	}
	if !strings.Contains(n.text, ":") { // which is in no number
		if f, err := strconv.ParseFloat(n.text, 64); err == nil && math.Abs(f) < 1e15 {
			if math.Abs(f) > unixSecondsMax {
				f /= 1000
			}
			return pipeline.MicrosValue(int64(math.Round(f * 1e6))), unixStamp
		}
	}
	if at, err := time.Parse(time.RFC3339Nano, n.text); err == nil {
		return pipeline.TimeValue(at), rfcStamp
	}
	for _, layout := range []string{time.DateTime, "2006-01-02T15:04:05"} {
		if at, err := time.Parse(layout, n.text); err == nil {
			return pipeline.TimeValue(at), plainStamp
		}
	}
	return pipeline.Null(), oddStamp
}

// decodeCategories reads what include=categories brings, whose form is not
// documented: keys, objects with a key, or either of these by name.
func (c *item) decodeCategories(n *node, field int) error {
	shown := n.get("categories")
	if shown == nil {
		shown = n.get(fieldCategory)
	}
	if shown == nil {
		return nil
	}
	if inner := shown.get("data"); inner != nil {
		shown = inner
	}
	c.categoriesShown = true
	keys := []string{}
	add := func(name string, one *node) error {
		key, known, err := categoryKey(name, one)
		switch {
		case err != nil:
			return err
		case !known:
			c.categoryNameless = true
		default:
			keys = append(keys, key)
		}
		return nil
	}
	switch shown.kind {
	case nullNode:
		return nil
	case arrayNode:
		for i := range shown.items {
			if err := add("", &shown.items[i]); err != nil {
				return err
			}
		}
	case objectNode:
		for i := range shown.members {
			if err := add(shown.members[i].name, &shown.members[i].value); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("%s is no list", diag.Shorten(shown.phrase(), 60))
	}
	slices.Sort(keys)
	c.values[field] = pipeline.ListValue(slices.Compact(keys))
	return nil
}

// categoryKey is the key of one category, which may have none. Name is the
// name under which the category stands, "" in an array.
func categoryKey(name string, n *node) (key string, known bool, err error) {
	if n.kind == textNode && name == "" {
		return n.text, n.text != "", nil
	}
	if n.kind == objectNode {
		for _, member := range []string{"category_key", "key"} {
			if k := n.get(member); k != nil {
				return k.text, k.kind == textNode && k.text != "", nil
			}
		}
	}
	if name != "" && (n.kind != objectNode || n.get("id") == nil) {
		return name, true, nil
	}
	if n.kind == objectNode {
		return "", false, nil
	}
	return "", false, fmt.Errorf("%s is no category", diag.Shorten(n.phrase(), 60))
}
