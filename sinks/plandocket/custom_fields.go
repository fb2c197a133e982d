package plandocket

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// ResourceCustomFields are the custom fields of contacts.
const ResourceCustomFields = "custom_fields"

// CustomFieldRequestsDefault is how many contacts' custom fields are read unless
// the configuration says otherwise: half of what the smallest plan of the
// service allows in an hour.
const CustomFieldRequestsDefault = 500 // contacts

// fieldLabel is the contact whose custom fields they are, for people.
const fieldLabel = "contact"

// CustomFields are the custom fields of the contacts of one tenant. The API
// gives and takes them contact by contact, so that only those are read that
// somebody asks about. It is safe for use by one goroutine at a time.
type CustomFields struct {
	t      *Target
	schema *pipeline.Schema
	keys   []string // of the custom fields, sorted

	// As they were read last.
	contacts *pipeline.Present
	people   *directory
	values   map[string]map[string]pipeline.Value // by contact and key
	options  map[string][]string                  // of fields that are a choice
	stale    map[string]bool                      // contacts that were written since
	defined  bool                                 // the definitions were read
	requests int
}

// CustomFieldsSchema are the fields of the resource: which contact is meant, and
// the custom fields of the given keys and types.
func CustomFieldsSchema(types map[string]string) (*pipeline.Schema, error) {
	fields := []pipeline.Field{
		{Name: fieldEmail, Type: pipeline.String, Kind: pipeline.KindEmail, FoldCase: true, Reference: true, Doc: "E-mail of the contact; says which contact is meant and is not written."},
		{Name: fieldNumber, Type: pipeline.String, Kind: pipeline.KindIdentifier, Reference: true, Doc: "Customer number of the contact, as the tenant has it; says which contact is meant and is not written."},
		{Name: fieldContact, Type: pipeline.String, Kind: pipeline.KindKey, ReadOnly: true, Reference: true, Doc: "Id of the contact."},
		{Name: fieldLabel, Type: pipeline.String, Kind: pipeline.KindPersonName, ReadOnly: true, Doc: "The contact, for people."},
	}
	for _, key := range slices.Sorted(maps.Keys(types)) {
		var t pipeline.Type
		if err := t.UnmarshalText([]byte(types[key])); err != nil || t == pipeline.Timestamp || t == pipeline.StringList {
			return nil, fmt.Errorf("custom_fields: %s cannot be of type %q; write string, int, float or bool", diag.Shorten(key, 60), diag.Shorten(types[key], 60))
		}
		fields = append(fields, pipeline.Field{Name: key, Type: t, Doc: "Custom field of this tenant."})
	}
	s, err := pipeline.NewSchema(fields...)
	if err != nil {
		return nil, fmt.Errorf("custom_fields: %w", err)
	}
	return s, nil
}

// NewCustomFields checks c and makes a target. It sends nothing.
func NewCustomFields(c Config) (*CustomFields, error) {
	if c.Resource != "" && c.Resource != ResourceCustomFields {
		return nil, fmt.Errorf("plandocket: resource %q is not known here; use %s", diag.Shorten(c.Resource, 60), ResourceCustomFields)
	}
	if c.CustomFieldRequests == 0 {
		c.CustomFieldRequests = CustomFieldRequestsDefault
	}
	c.Resource = ""
	_, wrong := c.check()
	if len(c.CustomFields) == 0 {
		wrong = append(wrong, fmt.Errorf("plandocket: custom_fields is missing; say which there are, such as { badge_name: string }"))
	}
	if c.CustomFieldRequests < 0 {
		wrong = append(wrong, fmt.Errorf("plandocket: custom_field_requests is %d; it must be at least 1", c.CustomFieldRequests))
	}
	schema, err := CustomFieldsSchema(c.CustomFields)
	if err != nil {
		wrong = append(wrong, fmt.Errorf("plandocket: %w", err))
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	t, err := New(c)
	if err != nil {
		return nil, err
	}
	return &CustomFields{t: t, schema: schema, keys: slices.Sorted(maps.Keys(c.CustomFields)), values: map[string]map[string]pipeline.Value{}, stale: map[string]bool{}}, nil
}

// Identity names the tenant and the resource.
func (c *CustomFields) Identity() string {
	return "plandocket " + c.t.base.String() + " " + ResourceCustomFields
}

// Extends is the identity of the contacts, whose custom fields they are.
func (c *CustomFields) Extends() string { return c.t.Identity() }

// Owners are the contacts as they were read last, and their keys.
func (c *CustomFields) Owners() (*pipeline.Table, []string) { return c.t.last, c.t.Keys() }

// Keys is the id of the contact, by which everything is written.
func (c *CustomFields) Keys() []string { return []string{fieldContact} }

// Dated are the contacts as they were read last, and when each was created.
func (c *CustomFields) Dated() (*pipeline.Table, string) { return c.t.Dated() }

// OnDemand says that a known contact takes a request of its own.
func (c *CustomFields) OnDemand() bool { return true }

// Schema is [CustomFieldsSchema] of the configuration.
func (c *CustomFields) Schema(context.Context) (*pipeline.Schema, error) { return c.schema, nil }

// Read streams the contacts without their custom fields, which nobody asked
// about.
func (c *CustomFields) Read(ctx context.Context) pipeline.Stream {
	return streamOf(ctx, c.Present)
}

// Present reads the contacts, and the custom fields of those that are known: one
// request each, unless they were read before and nothing was written since. The
// custom fields of the others are null.
func (c *CustomFields) Present(ctx context.Context, known []string) (*pipeline.Present, error) {
	if err := c.define(ctx); err != nil {
		return nil, err
	}
	contacts, err := c.t.Present(ctx, known)
	if err != nil {
		return nil, err
	}
	c.contacts, c.people = contacts, newDirectory(contacts)
	c.requests += contacts.Requests
	if err := c.fetch(ctx, known, 0); err != nil {
		return nil, err
	}
	table, err := c.table()
	if err != nil {
		return nil, err
	}
	present := &pipeline.Present{Records: table, ReadAt: contacts.ReadAt, Requests: c.requests, Asked: contacts.Asked, Evidence: c.evidence()}
	c.requests = 0
	return present, nil
}

func (c *CustomFields) evidence() pipeline.Evidence {
	reasons := []string{fmt.Sprintf("The custom fields of %s were read, one request each.", contacts(len(c.values)))}
	return pipeline.Evidence{Grade: c.contacts.Evidence.Grade, Reasons: append(reasons, c.contacts.Evidence.Reasons...), Records: c.contacts.Records.Len()}
}

// fetch reads the custom fields of contacts that are there, as far as they are
// not known. So many more are read by the apply of the plan.
func (c *CustomFields) fetch(ctx context.Context, ids []string, later int) error {
	var asked []string
	for _, id := range ids {
		_, there := c.people.byID[id]
		_, read := c.values[id]
		if there && (!read || c.stale[id]) {
			asked = append(asked, id)
		}
	}
	slices.SortFunc(asked, compareIDs)
	asked = slices.Compact(asked)
	if limit := c.t.c.CustomFieldRequests; len(asked)+later > limit {
		return &pipeline.LimitError{Finding: diag.Finding{Severity: diag.Error, Code: "limit-custom-fields",
			Message: fmt.Sprintf("the custom fields of %d contacts take a request each, more than the limit of %d", len(asked)+later, limit),
			Hint:    "leave rows out with where:, or raise custom_field_requests of the target"}}
	}
	for _, id := range asked {
		raw, err := c.ask(ctx, id)
		if err != nil {
			return fmt.Errorf("read the custom fields of contact %s of %s: %w", diag.Shorten(id, 60), c.t.base.Host, err)
		}
		if c.values[id], err = c.decode(raw); err != nil {
			return fmt.Errorf("read the custom fields of contact %s of %s: %w", diag.Shorten(id, 60), c.t.base.Host, err)
		}
		delete(c.stale, id)
	}
	return nil
}

// customPath is where the custom fields of a contact are.
func customPath(id string) string { return "/custom-fields/contact/" + url.PathEscape(id) }

// ask reads the custom fields of one contact; nil where the contact is gone since its
// list was read.
func (c *CustomFields) ask(ctx context.Context, id string) (map[string]*node, error) {
	c.requests++
	return c.t.customFieldsOf(ctx, id)
}

// customFieldsOf reads the custom fields of one contact, as the server shows them: an
// object by key, or a list of objects with a key and a value. They are nil where it has
// no such contact.
func (t *Target) customFieldsOf(ctx context.Context, id string) (map[string]*node, error) {
	a, err := t.ask(ctx, http.MethodGet, customPath(id), nil, nil)
	if err != nil {
		return nil, err
	}
	if a.status == http.StatusNotFound || a.status == http.StatusGone {
		return nil, nil
	}
	if a.status != http.StatusOK {
		return nil, t.refusal(a)
	}
	n, err := parseJSON(a.body, nil)
	if err != nil {
		return nil, a.nonsense(err)
	}
	data := n.get("data")
	if inner := data; inner != nil && inner.get("values") != nil && inner.get("values").kind == objectNode {
		data = inner.get("values")
	}
	values := map[string]*node{}
	switch {
	case data == nil:
		return nil, a.nonsense(errors.New(`the answer has no "data"`))
	case data.kind == objectNode:
		for i := range data.members {
			values[data.members[i].name] = &data.members[i].value
		}
	case data.kind == arrayNode:
		for i := range data.items {
			key, value := data.items[i].get("field_key"), data.items[i].get("value")
			if key == nil || key.kind != textNode || value == nil {
				return nil, a.nonsense(errors.New("an element of the list has no field_key and value"))
			}
			values[key.text] = value
		}
	default:
		return nil, a.nonsense(errors.New(`"data" holds no fields`))
	}
	return values, nil
}

// decode takes the values of the custom fields that are spoken of.
func (c *CustomFields) decode(raw map[string]*node) (map[string]pipeline.Value, error) {
	values := make(map[string]pipeline.Value, len(c.keys))
	for _, key := range c.keys {
		f, _ := c.schema.Lookup(key)
		v, err := decodeCustom(f.Type, raw[key])
		if err != nil {
			return nil, fmt.Errorf("custom field %s: %w", key, err)
		}
		values[key] = v
	}
	return values, nil
}

func decodeCustom(t pipeline.Type, n *node) (pipeline.Value, error) {
	if n == nil || n.kind == nullNode || (n.kind == textNode && n.text == "") {
		return pipeline.Null(), nil
	}
	switch t {
	case pipeline.Int:
		return decodeInt(n)
	case pipeline.Bool:
		return decodeBool(n)
	case pipeline.Float:
		if n.kind == numberNode || n.kind == textNode {
			if f, err := strconv.ParseFloat(strings.TrimSpace(n.text), 64); err == nil {
				return pipeline.FloatValue(f), nil
			}
		}
		return pipeline.Null(), fmt.Errorf("%q is no number", diag.Shorten(n.phrase(), 60))
	}
	return decodeText(n)
}

// table is the contacts with what was read of them.
func (c *CustomFields) table() (*pipeline.Table, error) {
	records := c.contacts.Records
	return rowsAs(c.schema, records, func(row int32) map[string]pipeline.Value {
		r := records.Record(int(row))
		p := &c.people.people[c.people.byID[r.ID()]]
		return c.about(p, c.values[r.ID()])
	})
}

// about are the values of a contact by the names of the fields.
func (c *CustomFields) about(p *person, custom map[string]pipeline.Value) map[string]pipeline.Value {
	v := map[string]pipeline.Value{fieldEmail: text(p.email), fieldNumber: text(p.number), fieldContact: text(p.id), fieldLabel: text(p.title())}
	maps.Copy(v, custom)
	return v
}

// contacts is a number of contacts as people write it.
func contacts(n int) string {
	if n == 1 {
		return "1 contact"
	}
	return fmt.Sprintf("%d contacts", n)
}
