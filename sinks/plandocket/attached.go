package plandocket

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// attachedLooksMax is the number of contacts whose custom fields are looked at before they
// are deleted, a request each: a tenth of what the smallest plan of the service allows in
// an hour.
const attachedLooksMax = 100 // contacts

var _ pipeline.AttachmentTeller = (*Target)(nil)

// Attachments tells the participations and the custom fields of contacts, as far as the
// key may read them. What else the service knows of a contact, such as invoices and
// applications, its API does not show.
func (t *Target) Attachments(ctx context.Context, records []string) (*pipeline.Attachments, error) {
	var found pipeline.Attachments
	records = slices.Clone(records)
	slices.SortFunc(records, compareIDs)
	if err := t.attachedPlaces(ctx, records, &found); err != nil {
		return nil, err
	}
	if err := t.attachedFields(ctx, records, &found); err != nil {
		return nil, err
	}
	return &found, nil
}

// withheld says why the server does not show something, if it said so.
func withheld(err error) (why string, yes bool) {
	var status *StatusError
	if !errors.As(err, &status) || status.Status != http.StatusForbidden && status.Status != http.StatusNotFound {
		return "", false
	}
	return fmt.Sprintf("since the key may not read them, or the tenant does not have them (%d)", status.Status), true
}

// attachedPlaces tells in which events contacts take part: of all of them by one list.
func (t *Target) attachedPlaces(ctx context.Context, records []string, found *pipeline.Attachments) error {
	known, err := t.readEvents(ctx)
	if _, hidden := withheld(err); hidden {
		known = &events{byID: map[string]int{}} // events are named by their ids then
	} else if err != nil {
		return fmt.Errorf("read the events of %s: %w", t.base.Host, err)
	}
	r := &reader{t: t, kind: participationKind()}
	list, err := r.participants(ctx, known, nil)
	if why, hidden := withheld(err); hidden {
		found.Unknown = append(found.Unknown, "participations, "+why)
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the participants of %s: %w", t.base.Host, err)
	}
	if r.grade != pipeline.Proven {
		found.Unknown = append(found.Unknown, "participations that the list of them does not show, since it is not proven to be whole ("+string(r.grade)+")")
	}
	for _, one := range list {
		if _, asked := slices.BinarySearchFunc(records, one.contact, compareIDs); !asked {
			continue
		}
		name := one.event
		if at, is := known.byID[one.event]; is && known.list[at].key != "" {
			name = known.list[at].key
		}
		found.List = append(found.List, pipeline.Attachment{Of: one.contact, Target: "plandocket " + t.base.String() + " " + ResourceParticipants, Record: one.id,
			Value: "a participation in event " + diag.Shorten(name, 40)})
	}
	return nil
}

// attachedFields tells the custom fields of contacts that hold anything.
func (t *Target) attachedFields(ctx context.Context, records []string, found *pipeline.Attachments) error {
	most := attachedLooksMax
	if n := t.c.CustomFieldRequests; n > 0 {
		most = min(most, n)
	}
	asked, shown := records[:min(len(records), most)], 0
	for _, id := range asked {
		fields, err := t.customFieldsOf(ctx, id)
		if why, hidden := withheld(err); hidden {
			found.Unknown = append(found.Unknown, "custom fields, "+why)
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the custom fields of contact %s of %s: %w", diag.Shorten(id, 60), t.base.Host, err)
		}
		if fields != nil {
			shown++
		}
		for _, key := range slices.Sorted(maps.Keys(fields)) {
			if n := fields[key]; !empty(n) {
				found.List = append(found.List, pipeline.Attachment{Of: id, Target: "plandocket " + t.base.String() + " " + ResourceCustomFields, Record: id, Field: key, Value: n.phrase()})
			}
		}
	}
	switch more := len(records) - len(asked); {
	case shown == 0:
		found.Unknown = append(found.Unknown, "custom fields, which the server does not show (404)")
	case more > 0:
		found.Unknown = append(found.Unknown, fmt.Sprintf("custom fields of %s, the last by their ids, since each takes a request and at most %d are asked for", contacts(more), most))
	}
	return nil
}

// empty reports whether a custom field tells nothing: it has no value, or zero, or no.
func empty(n *node) bool {
	switch n.kind {
	case nullNode:
		return true
	case textNode, boolNode, numberNode:
		return n.text == "" || n.text == "0" || n.text == "false"
	}
	return len(n.items)+len(n.members) == 0
}
