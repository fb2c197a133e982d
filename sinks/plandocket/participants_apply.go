package plandocket

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/reconkit/reconkit/pipeline"
)

// errContactsCreated says that the server did more than it was told to.
var errContactsCreated = errors.New("the server created contacts while it enrolled participants, though it was told not to; nothing more is written: look for new contacts there")

// Apply sends one call: the changes have one route and, in bulk, one event. What
// it says of the outcomes is what [Target.Apply] says.
func (p *Participants) Apply(ctx context.Context, changes []pipeline.Change) ([]pipeline.Outcome, error) {
	route, err := routeOf(ctx, changes)
	if route == "" || err != nil {
		return nil, err
	}
	if b, ok := enrolRoutes[route]; ok {
		return p.bulk(ctx, b, changes)
	}
	c, err := oneByID(route, changes)
	if err != nil {
		return nil, err
	}
	if route == RouteDelete {
		return p.t.single(ctx, participationKind(), http.MethodDelete, c, nil)
	}
	record, err := confirmation(c, "", "")
	if err != nil {
		return nil, err
	}
	return p.t.single(ctx, participationKind(), http.MethodPatch, c, record)
}

// enrolBody has every switch of a bulk call, since their defaults are not what
// is meant: left alone, a call creates contacts.
type enrolBody struct {
	Mode           string            `json:"mode"`
	MatchField     string            `json:"match_field"`
	SkipOnError    bool              `json:"skip_on_error"`
	CreateContacts bool              `json:"create_contacts"`
	EventKey       string            `json:"event_key"`
	Records        []json.RawMessage `json:"records"`
}

func (p *Participants) bulk(ctx context.Context, b bulkRoute, changes []pipeline.Change) ([]pipeline.Outcome, error) {
	if len(changes) > callRecordsMax {
		return nil, fmt.Errorf("plandocket: one call holds %d changes; it carries %d", len(changes), callRecordsMax)
	}
	event, _ := splitPlace(changes[0].Key.Value)
	body := enrolBody{Mode: b.mode, MatchField: b.match, SkipOnError: true, EventKey: event, Records: make([]json.RawMessage, len(changes))}
	named := make([]pipeline.Change, len(changes)) // the changes by what the server knows them by
	for i := range changes {
		of, value := splitPlace(changes[i].Key.Value)
		if of != event || value == "" {
			return nil, fmt.Errorf("plandocket: change %s is not of event %q, as the others of its call are", changes[i].ID, event)
		}
		record, err := confirmation(&changes[i], b.match, value)
		if err != nil {
			return nil, err
		}
		body.Records[i] = record
		named[i] = pipeline.Change{ID: changes[i].ID, Target: changes[i].Target, Key: pipeline.Key{Field: b.match, Value: value}}
	}
	text, err := marshal(body)
	if err != nil {
		return nil, fmt.Errorf("plandocket: write the call: %w", err)
	}
	a, err := p.t.ask(ctx, http.MethodPost, "/bulk-import/"+ResourceParticipants, nil, text)
	if err != nil {
		return p.t.noAnswer(ctx, changes, err)
	}
	outcomes, err := p.t.judgeBulk(a, b, named)
	for i := range outcomes {
		outcomes[i].Target = changes[i].Target // what an answer names may be the contact
	}
	if err == nil && contactsCreated(a.body) {
		err = errContactsCreated
	}
	return outcomes, err
}

// contactsCreated reports whether a bulk answer counts new contacts.
func contactsCreated(body []byte) bool {
	n, err := parseJSON(body, nil)
	if err != nil || n.kind != objectNode {
		return false
	}
	if data := n.get("data"); data != nil && data.kind == objectNode {
		n = data
	}
	return n.count("contacts_created") > 0
}

// confirmation is the JSON of one change: the match field, if any, and whether
// the participation is confirmed, if the change says so.
func confirmation(c *pipeline.Change, match, value string) (json.RawMessage, error) {
	record := []byte{'{'}
	if match != "" {
		text, err := marshal(value)
		if err != nil {
			return nil, fmt.Errorf("plandocket: change %s: %w", c.ID, err)
		}
		record = append(append(append(record, `"`+match+`":`...), text...), ',')
	}
	said := false
	for i := range c.Fields {
		if f := &c.Fields[i]; f.Field == fieldConfirmed && f.After.Type() == pipeline.Bool {
			record, said = fmt.Appendf(record, `"%s":%t,`, fieldConfirmed, f.After.Bool()), true
		}
	}
	if !said && match == "" {
		return nil, fmt.Errorf("plandocket: change %s changes nothing of a participant", c.ID)
	}
	record[len(record)-1] = '}'
	return record, nil
}
