package plandocket

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// auditPagesMax is how many pages of the audit log are read; what is behind them is
// not heard.
const auditPagesMax = 10 // pages

// auditEntity is what the audit log is taken to call a contact, perhaps behind a path,
// as in App\Models\Contact.
const auditEntity = "contact"

// The fields of an entry that are kept in columns.
const (
	entryAction = iota
	entryEntity
	entryRecord
	entryBy
	entryCreated
)

var entrySchema = pipeline.MustSchema(
	pipeline.Field{Name: "action", Type: pipeline.String},
	pipeline.Field{Name: "entity_type", Type: pipeline.String},
	pipeline.Field{Name: "entity_id", Type: pipeline.String},
	pipeline.Field{Name: "admin_name", Type: pipeline.String},
	pipeline.Field{Name: fieldCreated, Type: pipeline.Timestamp})

// Testimony reads the entries of the audit log about contacts since a time, which
// needs the scope audit. Neither its order, nor its pages, nor its words, nor what is
// logged at all is documented: entries that are not understood are left out, and
// nothing says that they are all.
func (t *Target) Testimony(ctx context.Context, since time.Time) (*pipeline.Testimony, error) {
	shown := map[string]map[string]pipeline.Value{}
	r := &reader{t: t, pagesMost: auditPagesMax, kind: &kind{name: "audit_log", path: "audit-log", schema: entrySchema,
		decode: func(n *node, s *pipeline.Schema, values []pipeline.Value) (item, error) {
			return t.decodeEntry(n, s, values, shown)
		}},
		filter: url.Values{"entity_type": {auditEntity}, "date_from": {since.UTC().Format(time.RFC3339)}}}
	v, err := r.view(ctx, "", ascending)
	if err == nil && v.more {
		v, _, err = r.findPages(ctx, v)
	}
	heard := &pipeline.Testimony{Requests: r.requests}
	if errors.Is(err, ErrUnauthorized) || errors.Is(err, ErrForbidden) || errors.Is(err, ErrNoAPI) {
		err = fmt.Errorf("%w: %w", pipeline.ErrNoTestimony, err)
	}
	if err != nil {
		return heard, fmt.Errorf("read the audit log of %s: %w", t.base.Host, err)
	}
	for i, id := range v.ids {
		entry := v.table.Record(i)
		kind := entry.Get("entity_type").Str()
		if kind = kind[strings.LastIndexAny(kind, `\/.`)+1:]; !strings.EqualFold(kind, auditEntity) {
			continue
		}
		d := pipeline.Deed{ID: id, Record: entry.Get("entity_id").Str(), By: entry.Get("admin_name").Str(), Shown: shown[id]}
		if at := entry.Get(fieldCreated); !at.IsNull() {
			d.At = at.Time()
		}
		if d.Action = deedOf(entry.Get("action").Str()); d.Action != "" && d.Record != "" {
			heard.Deeds = append(heard.Deeds, d)
		}
	}
	return heard, nil
}

// deedOf is what a word for an action means, which is not documented; "" when it
// cannot be told.
func deedOf(word string) pipeline.Action {
	word = strings.ToLower(word)
	switch {
	case strings.Contains(word, "creat"):
		return pipeline.Create
	case strings.Contains(word, "updat"):
		return pipeline.Update
	case strings.Contains(word, "delet"):
		return pipeline.Delete
	}
	return ""
}

// decodeEntry reads an entry, and puts the values that it wrote under its id.
func (t *Target) decodeEntry(n *node, schema *pipeline.Schema, values []pipeline.Value, shown map[string]map[string]pipeline.Value) (item, error) {
	if n.kind != objectNode {
		return item{}, errNoObject
	}
	id, err := decodeID(n, "audit_log_id")
	if err != nil {
		return item{}, err
	}
	clear(values)
	c := item{id: id, values: values}
	for _, f := range []int{entryAction, entryEntity, entryBy, entryCreated} {
		if err := c.decodeField(f, schema.Field(f), n.get(schema.Field(f).Name)); err != nil {
			return item{}, fmt.Errorf("entry %s: field %s: %w", diag.Shorten(id, 60), schema.Field(f).Name, err)
		}
	}
	record, err := idOf(n.get(schema.Field(entryRecord).Name))
	if err != nil {
		return item{}, fmt.Errorf("entry %s: %w", diag.Shorten(id, 60), err)
	}
	values[entryRecord] = pipeline.StringValue(record)
	shown[id] = t.entryValues(n.get("new_values"))
	return c, nil
}

// entryValues are the fields of a contact that an entry shows. What cannot be read
// is left out, and so are categories, whose form is not documented here.
func (t *Target) entryValues(n *node) map[string]pipeline.Value {
	if n == nil || n.kind != objectNode {
		return nil
	}
	shown := map[string]pipeline.Value{}
	one := item{values: make([]pipeline.Value, t.schema.Len())}
	for i := range n.members {
		name := n.members[i].name
		f := t.schema.Index(name)
		if f < 0 || name == fieldCategory || one.decodeField(f, t.schema.Field(f), &n.members[i].value) != nil {
			continue
		}
		shown[name] = one.values[f]
	}
	return shown
}
