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

// What the audit log is taken to call contacts and participations, perhaps behind a path,
// as in App\Models\Contact: notes are documented to call them so.
const (
	auditContact     = "contact"
	auditParticipant = "event_participant"
)

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
	return t.testimony(ctx, since, auditContact, func(n *node) map[string]pipeline.Value { return entryValues(t.schema, n) })
}

// Testimony is [Target.Testimony] about participations.
func (p *Participants) Testimony(ctx context.Context, since time.Time) (*pipeline.Testimony, error) {
	return p.t.testimony(ctx, since, auditParticipant, func(n *node) map[string]pipeline.Value { return entryValues(p.schema, n) })
}

// Testimony is [Target.Testimony] about custom fields, which are taken to be told as
// fields of their contact. One that has the name of a field of contacts is not heard.
func (c *CustomFields) Testimony(ctx context.Context, since time.Time) (*pipeline.Testimony, error) {
	return c.t.testimony(ctx, since, auditContact, func(n *node) map[string]pipeline.Value {
		shown := map[string]pipeline.Value{}
		for i := range n.members {
			key, value := n.members[i].name, &n.members[i].value
			if c.t.schema.Index(key) >= 0 {
				continue
			}
			kind := pipeline.String
			if f := c.schema.Index(key); f >= 0 {
				kind = c.schema.Field(f).Type
			} else if value.kind != textNode { // a write sends it back as it was read, whatever it is
				shown[key] = pipeline.StringValue(value.phrase())
				continue
			}
			if v, err := decodeCustom(kind, value); err == nil {
				shown[key] = v
			}
		}
		return shown
	})
}

// testimony reads the entries about one kind of entity; written gives the values that an
// entry tells.
func (t *Target) testimony(ctx context.Context, since time.Time, entity string, written func(*node) map[string]pipeline.Value) (*pipeline.Testimony, error) {
	shown := map[string]map[string]pipeline.Value{}
	r := &reader{t: t, pagesMost: auditPagesMax, kind: &kind{name: "audit_log", path: "audit-log", schema: entrySchema,
		decode: func(n *node, s *pipeline.Schema, values []pipeline.Value) (item, error) {
			return decodeEntry(n, s, values, func(id string, fresh *node) { shown[id] = written(fresh) })
		}},
		filter: url.Values{"entity_type": {entity}, "date_from": {since.UTC().Format(time.RFC3339)}}}
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
		if kind = kind[strings.LastIndexAny(kind, `\/.`)+1:]; !strings.EqualFold(kind, entity) {
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

// decodeEntry reads an entry, and hands on the values that it wrote, under its id.
func decodeEntry(n *node, schema *pipeline.Schema, values []pipeline.Value, wrote func(id string, fresh *node)) (item, error) {
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
	if fresh := n.get("new_values"); fresh != nil && fresh.kind == objectNode {
		wrote(id, fresh)
	}
	return c, nil
}

// entryValues are the fields of a schema that an entry shows. What cannot be read
// is left out, and so are categories, whose form is not documented here.
func entryValues(schema *pipeline.Schema, n *node) map[string]pipeline.Value {
	shown := map[string]pipeline.Value{}
	one := item{values: make([]pipeline.Value, schema.Len())}
	for i := range n.members {
		name := n.members[i].name
		f := schema.Index(name)
		if f < 0 || name == fieldCategory || one.decodeField(f, schema.Field(f), &n.members[i].value) != nil {
			continue
		}
		shown[name] = one.values[f]
	}
	return shown
}
