package plandocket_test

import (
	"context"
	"fmt"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/plandocket"
)

// seats are what hangs on contacts in the laboratory: who takes part in which
// event, and custom fields.
type seats struct {
	places []place
	badges []badge
}

// place is a row about a participation. Confirmed is "yes", "no" or "", which says
// nothing.
type place struct{ id, event, email, number, confirmed string }

// badge is a row about the custom fields of a contact. An empty text is not
// mapped, and table is a number, 0 when it is not.
type badge struct {
	id, email, name string
	table           int64
}

// labCustom are the custom fields of the laboratory.
var labCustom = map[string]string{"badge_name": "string", "table_number": "int"}

// rows is a source of rows that are made one by one.
type rows struct {
	source string
	schema *pipeline.Schema
	ids    []string
	values func(i int) map[string]pipeline.Value
}

func (s rows) Schema(context.Context) (*pipeline.Schema, error) { return s.schema, nil }
func (s rows) Evidence() pipeline.Evidence                      { return pipeline.Evidence{Grade: pipeline.Proven} }
func (s rows) Read(context.Context) pipeline.Stream {
	return func(yield func(*pipeline.Batch, error) bool) { yield(s.batch()) }
}

func (s rows) batch() (*pipeline.Batch, error) {
	n := max(1, len(s.ids))
	b, ids, numbers := pipeline.NewBuilder(s.schema, n), pipeline.NewColumnBuilder(pipeline.String, n), make([]int32, len(s.ids))
	for i, id := range s.ids {
		values := s.values(i)
		ids.AppendString(id)
		numbers[i] = int32(i + 1)
		for f := range s.schema.Len() {
			b.Column(f).AppendValue(values[s.schema.Field(f).Name])
		}
	}
	return b.Finish(pipeline.BatchData{Source: s.source, Place: s.source + ".csv", Rows: numbers, IDs: ids.Finish()})
}

// texts are values of texts, null where they are empty.
func texts(names []string, values ...string) map[string]pipeline.Value {
	out := map[string]pipeline.Value{}
	for i, v := range values {
		if out[names[i]] = pipeline.Null(); v != "" {
			out[names[i]] = pipeline.StringValue(v)
		}
	}
	return out
}

// only are some fields of a schema.
func only(all *pipeline.Schema, names ...string) *pipeline.Schema {
	var fields []pipeline.Field
	for _, name := range names {
		f, _ := all.Lookup(name)
		fields = append(fields, f)
	}
	return pipeline.MustSchema(fields...)
}

func (s *seats) bindings(l *lab) ([]*pipeline.Binding, error) {
	placeRows := rows{source: "seats", schema: only(plandocket.ParticipantsSchema(), "event_key", "email", "customer_number", "is_confirmed"),
		values: func(i int) map[string]pipeline.Value {
			p := s.places[i]
			v := texts([]string{"event_key", "email", "customer_number"}, p.event, p.email, p.number)
			if p.confirmed != "" {
				v["is_confirmed"] = pipeline.BoolValue(p.confirmed == "yes")
			}
			return v
		}}
	for _, p := range s.places {
		placeRows.ids = append(placeRows.ids, p.id)
	}
	badgeRows := rows{source: "badges", schema: only(must(plandocket.CustomFieldsSchema(labCustom)), "email", "badge_name", "table_number"),
		values: func(i int) map[string]pipeline.Value {
			b := s.badges[i]
			v := texts([]string{"email", "badge_name"}, b.email, b.name)
			if b.table != 0 {
				v["table_number"] = pipeline.IntValue(b.table)
			}
			return v
		}}
	for _, b := range s.badges {
		badgeRows.ids = append(badgeRows.ids, b.id)
	}
	var out []*pipeline.Binding
	for _, of := range []struct {
		resource string
		rows     rows
		allow    []pipeline.Action
	}{
		{plandocket.ResourceParticipants, placeRows, []pipeline.Action{pipeline.Create, pipeline.Update, pipeline.Delete}},
		{plandocket.ResourceCustomFields, badgeRows, []pipeline.Action{pipeline.Update}},
	} {
		if len(of.rows.ids) == 0 {
			continue
		}
		target, err := l.open(of.resource)
		if err != nil {
			return nil, err
		}
		policy := pipeline.Policy{Allow: of.allow, OnMissing: pipeline.IgnoreMissing, Accept: pipeline.Proven}
		if of.resource == plandocket.ResourceParticipants {
			policy.OnMissing = pipeline.DeleteMissing
			policy.Limits = map[string]pipeline.Limit{"delete": {Set: true, Count: -1, Percent: 100}}
		}
		m := &pipeline.Model{Name: of.rows.source, Schema: of.rows.schema, From: []*pipeline.From{{Name: of.rows.source, Source: of.rows, Mapping: asIs{}}}}
		out = append(out, &pipeline.Binding{Model: m, Resource: of.resource, Connection: pipeline.Connection{Name: "pd", Type: "plandocket"}, Target: target, Policy: policy})
	}
	return out, nil
}

// open makes the target of a resource of a new process.
func (l *lab) open(resource string) (pipeline.Target, error) {
	c, err := l.config()
	if err != nil {
		return nil, err
	}
	switch resource {
	case plandocket.ResourceParticipants:
		return plandocket.NewParticipants(c)
	case plandocket.ResourceCustomFields:
		c.CustomFields = labCustom
		return plandocket.NewCustomFields(c)
	case plandocket.Resource:
		return plandocket.New(c)
	}
	return nil, fmt.Errorf("no resource %q", resource)
}
