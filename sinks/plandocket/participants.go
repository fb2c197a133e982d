package plandocket

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// eventsAskedMax is the number of events whose participants are asked for one
// by one when the list of all of them is not whole.
const eventsAskedMax = 50

// Participants are the places of the contacts of one tenant at its events. It
// is safe for use by one goroutine at a time.
type Participants struct {
	t      *Target
	schema *pipeline.Schema

	// As they were read last.
	events   *events
	people   *directory
	enrolled []participation
}

// participation is a participant as the API shows it.
type participation struct {
	id, event, contact string // ids
	confirmed          pipeline.Value
	created, updated   pipeline.Value
}

// NewParticipants checks c and makes a target. It sends nothing.
func NewParticipants(c Config) (*Participants, error) {
	if c.Resource != "" && c.Resource != ResourceParticipants {
		return nil, fmt.Errorf("plandocket: resource %q is not known here; use %s", diag.Shorten(c.Resource, 60), ResourceParticipants)
	}
	c.Resource = ""
	t, err := New(c)
	if err != nil {
		return nil, err
	}
	return &Participants{t: t, schema: ParticipantsSchema()}, nil
}

// Identity names the tenant and the resource.
func (p *Participants) Identity() string {
	return "plandocket " + p.t.base.String() + " " + ResourceParticipants
}

// Belongs are the contacts, whose places they are, and the field with their ids.
func (p *Participants) Belongs() (identity, field string) { return p.t.Identity(), fieldContact }

// Owners are the contacts as they were read last, and their keys.
func (p *Participants) Owners() (*pipeline.Table, []string) { return p.t.last, p.t.Keys() }

// Keys are what identifies a participant: event and contact in one.
func (p *Participants) Keys() []string { return []string{fieldByNumber, fieldByEmail} }

// Schema is [ParticipantsSchema].
func (p *Participants) Schema(context.Context) (*pipeline.Schema, error) { return p.schema, nil }

// Read streams the participants as [Participants.Present] reads them.
func (p *Participants) Read(ctx context.Context) pipeline.Stream {
	return streamOf(ctx, p.Present)
}

// Dated are the contacts as they were read last, and when each was created.
func (p *Participants) Dated() (*pipeline.Table, string) { return p.t.Dated() }

// Present reads events, participants and contacts. The API shows of a
// participant the ids of event and contact alone; the other lists say which they
// are. The participants are proven whole when each event tells as many of them
// as the list holds; that somebody does not take part is only as sure as that
// and the list of contacts both are.
func (p *Participants) Present(ctx context.Context, known []string) (*pipeline.Present, error) {
	at := p.t.c.Now()
	found, err := p.t.readEvents(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the events of %s: %w", p.t.base.Host, err)
	}
	r := &reader{t: p.t, kind: participationKind()}
	list, err := r.participants(ctx, found, known)
	if err != nil {
		return nil, fmt.Errorf("read the participants of %s: %w", p.t.base.Host, err)
	}
	contacts, err := p.t.Present(ctx, nil)
	if err != nil {
		return nil, err
	}
	p.events, p.people, p.enrolled = found, newDirectory(contacts), list
	table, err := p.table(list, p.people)
	if err != nil {
		return nil, err
	}
	grade, reasons := r.grade, r.reasons
	if !contacts.Evidence.Grade.AtLeast(grade) {
		grade = contacts.Evidence.Grade
		reasons = append(reasons, "The list of contacts, of which the participants are, is less sure.")
	}
	for _, reason := range contacts.Evidence.Reasons {
		reasons = append(reasons, "Contacts: "+reason)
	}
	return &pipeline.Present{Records: table, ReadAt: at, Requests: found.requests + r.requests + contacts.Requests, Asked: r.asked + contacts.Asked,
		Evidence: pipeline.Evidence{Grade: grade, Reasons: reasons, Records: table.Len()}}, nil
}

// The places of the fields of a participation as the API shows it.
const (
	partEvent = iota
	partContact
	partConfirmed
	partCreated
	partUpdated
)

func participationKind() *kind {
	return &kind{name: "participant", path: ResourceParticipants, decode: decodeParticipation, schema: pipeline.MustSchema(
		pipeline.Field{Name: "event_id", Type: pipeline.String},
		pipeline.Field{Name: fieldContact, Type: pipeline.String},
		pipeline.Field{Name: fieldConfirmed, Type: pipeline.Bool},
		pipeline.Field{Name: fieldCreated, Type: pipeline.Timestamp},
		pipeline.Field{Name: fieldUpdated, Type: pipeline.Timestamp})}
}

func decodeParticipation(n *node, schema *pipeline.Schema, values []pipeline.Value) (item, error) {
	if n.kind != objectNode {
		return item{}, errNoObject
	}
	id, err := decodeID(n, "participant_id")
	if err != nil {
		return item{}, err
	}
	clear(values)
	c := item{id: id, values: values}
	for _, f := range []int{partEvent, partContact} {
		name := schema.Field(f).Name
		of, err := idOf(n.get(name))
		if err == nil && of == "" {
			err = errors.New("it is missing")
		}
		if err != nil {
			return item{}, fmt.Errorf("participant %s: field %s: %w", diag.Shorten(id, 60), name, err)
		}
		values[f] = pipeline.StringValue(of)
	}
	for _, f := range []int{partConfirmed, partCreated, partUpdated} {
		if err := c.decodeField(f, schema.Field(f), n.get(schema.Field(f).Name)); err != nil {
			return item{}, fmt.Errorf("participant %s: field %s: %w", diag.Shorten(id, 60), schema.Field(f).Name, err)
		}
	}
	return c, nil
}

// participants reads all of them and grades how sure it is that they are all.
func (r *reader) participants(ctx context.Context, e *events, known []string) ([]participation, error) {
	v, err := r.view(ctx, "", ascending)
	if err != nil {
		return nil, err
	}
	r.views = append(r.views, v)
	if short, told := e.short(r.views); v.more || len(short) > 0 || !told && looksRound(len(v.ids)) {
		paged, more, err := r.findPages(ctx, v)
		if err != nil {
			return nil, err
		}
		if more {
			r.views = append(r.views, paged)
		}
	}
	if err := r.judgeParticipants(ctx, e); err != nil {
		return nil, err
	}
	if err := r.askKnown(ctx, known); err != nil {
		return nil, err
	}
	return r.participations(), nil
}

// short are the events that tell of more or fewer participants than were seen.
// Told says that every event tells a number, and every participant is of one.
func (e *events) short(views []*view) (short []event, told bool) {
	have := map[string]int{}
	seen := map[string]bool{}
	told = true
	for _, v := range views {
		for i, id := range v.ids {
			if seen[id] {
				continue
			}
			seen[id] = true
			of := v.table.Value(i, partEvent).Str()
			have[of]++
			if _, known := e.byID[of]; !known {
				told = false
			}
		}
	}
	for _, one := range e.list {
		switch {
		case one.count < 0:
			told = false
		case one.count != have[one.id]:
			short = append(short, one)
		}
	}
	return short, told
}

// judgeParticipants grades the list: by what the events tell, or else by what
// the list shows when it is asked for in parts.
func (r *reader) judgeParticipants(ctx context.Context, e *events) error {
	short, told := e.short(r.views)
	asked := short[:min(len(short), eventsAskedMax)]
	for _, one := range asked {
		if err := r.part(ctx, url.Values{fieldEvent: {one.key}}); err != nil {
			return err
		}
	}
	if len(asked) > 0 {
		r.say("The list of all participants did not hold those that %d events tell of; they were asked for by event.", len(short))
		short, told = e.short(r.views)
	}
	n := len(r.participations())
	switch {
	case len(short) > 0:
		return r.conclude(pipeline.Unproven, "Event %s tells of %d participants, and others are shown.", diag.Shorten(short[0].key, 60), short[0].count)
	case told:
		return r.conclude(pipeline.Proven, "Each of the %d events tells as many participants as the list holds of it, %d in all.", len(e.list), n)
	}
	for _, confirmed := range []string{"0", "1"} {
		if err := r.part(ctx, url.Values{"confirmed": {confirmed}}); err != nil {
			return err
		}
	}
	switch more := len(r.participations()) - n; {
	case more > 0:
		return r.conclude(pipeline.Unproven, "The list is cut without a word: asked for in two parts, it shows %d others.", more)
	case looksRound(n):
		return r.conclude(pipeline.Unproven, "The list holds %d participants, which could be a page, and the events do not tell how many they have.", n)
	}
	return r.conclude(pipeline.Likely, "The list holds the same %d participants, whole and asked for in two parts; the events do not tell how many they have.", n)
}

// part reads a part of the list, with its pages.
func (r *reader) part(ctx context.Context, filter url.Values) error {
	whole := r.filter
	r.filter = filter
	defer func() { r.filter = whole }()
	v, err := r.view(ctx, "", ascending)
	if err == nil {
		r.views = append(r.views, v)
	}
	return err
}

// participations are those that were seen, each as it was seen last, in the
// order of their ids.
func (r *reader) participations() []participation {
	var list []participation
	seen := map[string]bool{}
	for _, v := range slices.Backward(r.views) {
		for i, id := range v.ids {
			if seen[id] {
				continue
			}
			seen[id] = true
			at := func(f int) pipeline.Value { return v.table.Value(i, f) }
			list = append(list, participation{id: id, event: at(partEvent).Str(), contact: at(partContact).Str(),
				confirmed: at(partConfirmed), created: at(partCreated), updated: at(partUpdated)})
		}
	}
	slices.SortFunc(list, func(a, b participation) int { return compareIDs(a.id, b.id) })
	return list
}

// table is participations with what the directory says of their contacts.
func (p *Participants) table(list []participation, d *directory) (*pipeline.Table, error) {
	table := pipeline.NewTable(p.schema)
	for chunk := range slices.Chunk(list, p.t.c.BatchRows) {
		builder := pipeline.NewBuilder(p.schema, len(chunk))
		ids := pipeline.NewColumnBuilder(pipeline.String, len(chunk))
		times := pipeline.NewColumnBuilder(pipeline.Timestamp, len(chunk))
		numbers := make([]int32, len(chunk))
		for i, one := range chunk {
			ids.AppendString(one.id)
			times.AppendValue(one.updated)
			numbers[i] = int32(table.Len() + i + 1)
			appendValues(builder, p.schema, p.values(one, d))
		}
		b, err := builder.Finish(pipeline.BatchData{Source: p.t.c.Name, Place: apiPath + "/" + ResourceParticipants, Page: 1,
			Rows: numbers, IDs: ids.Finish(), Times: times.Finish()})
		if err != nil {
			return nil, err
		}
		table.Append(b)
	}
	return table, nil
}

// values are what is known of a participant. An event or contact that its list
// does not show is told by its id.
func (p *Participants) values(one participation, d *directory) map[string]pipeline.Value {
	who := &person{id: one.contact}
	if at, known := d.byID[one.contact]; known {
		who = &d.people[at]
	}
	key := ""
	if at, known := p.events.byID[one.event]; known {
		key = p.events.list[at].key
	}
	v := placeValues(key, d, who)
	if key == "" {
		v[fieldParticipant] = pipeline.StringValue(who.title() + " at event " + one.event)
	}
	v[fieldConfirmed], v[fieldCreated], v[fieldUpdated] = one.confirmed, one.created, one.updated
	return v
}
