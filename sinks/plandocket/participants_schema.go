package plandocket

import (
	"strings"

	"github.com/reconkit/reconkit/pipeline"
)

// ResourceParticipants are the places of contacts at events.
const ResourceParticipants = "participants"

// The fields of a participant that this package speaks of by name.
const (
	fieldEvent       = "event_key"
	fieldConfirmed   = "is_confirmed"
	fieldContact     = "contact_id"
	fieldParticipant = "participant"
	fieldByNumber    = "event_number"
	fieldByEmail     = "event_email"
)

// ParticipantsSchema is what a participant holds. The contact is named by
// e-mail or customer number, as rows have them; which contact that is is looked
// up among the contacts, and neither is ever changed here.
func ParticipantsSchema() *pipeline.Schema {
	return pipeline.MustSchema(
		pipeline.Field{Name: fieldEvent, Type: pipeline.String, Reference: true, Doc: "Key of the event."},
		pipeline.Field{Name: fieldEmail, Type: pipeline.String, Kind: pipeline.KindEmail, FoldCase: true, Reference: true, Doc: "E-mail of the contact who takes part; says which contact is meant and is not written."},
		pipeline.Field{Name: fieldNumber, Type: pipeline.String, Kind: pipeline.KindIdentifier, Reference: true, Doc: "Customer number of the contact who takes part, as the tenant has it; says which contact is meant and is not written."},
		pipeline.Field{Name: fieldConfirmed, Type: pipeline.Bool, Outward: true, Doc: "Whether the participation is confirmed. A change of it may send messages to people."},
		pipeline.Field{Name: fieldContact, Type: pipeline.String, ReadOnly: true, Reference: true, Doc: "Id of the contact who takes part."},
		pipeline.Field{Name: fieldParticipant, Type: pipeline.String, Kind: pipeline.KindPersonName, ReadOnly: true, Doc: "Who takes part in what, for people."},
		pipeline.Field{Name: fieldByNumber, Type: pipeline.String, Kind: pipeline.KindKey, ReadOnly: true, Doc: "Event and customer number, where one contact alone has the number."},
		pipeline.Field{Name: fieldByEmail, Type: pipeline.String, Kind: pipeline.KindKey, ReadOnly: true, Doc: "Event and e-mail, where one contact alone has the e-mail."},
		pipeline.Field{Name: fieldCreated, Type: pipeline.Timestamp, ReadOnly: true, Doc: "When the contact was enrolled."},
		pipeline.Field{Name: fieldUpdated, Type: pipeline.Timestamp, ReadOnly: true, Doc: "When the participation last changed."},
	)
}

// eventSeparator stands between event and match value in the keys of a
// participant. An event whose key holds it has no keys.
const eventSeparator = "/"

// placeKey is a key of a participant.
func placeKey(event, value string) string {
	if event == "" || value == "" || strings.Contains(event, eventSeparator) {
		return ""
	}
	return event + eventSeparator + value
}

// splitPlace takes the key of a participant apart.
func splitPlace(key string) (event, value string) {
	event, value, _ = strings.Cut(key, eventSeparator)
	return event, value
}

// placeValues are the values of a participant by the names of its fields: who
// takes part where, as the directory knows it.
func placeValues(event string, d *directory, p *person) map[string]pipeline.Value {
	v := map[string]pipeline.Value{
		fieldEvent: text(event), fieldEmail: text(p.email), fieldNumber: text(p.number), fieldContact: text(p.id),
		fieldParticipant: text(p.title() + " at " + event),
		fieldByNumber:    text(placeKey(event, d.matchNumber(p))),
		fieldByEmail:     text(placeKey(event, d.matchEmail(p))),
	}
	return v
}

// text is a value that is null when there is nothing in it.
func text(s string) pipeline.Value {
	if s == "" {
		return pipeline.Null()
	}
	return pipeline.StringValue(s)
}
