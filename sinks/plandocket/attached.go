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

// attachedFailuresMax is the number of such requests in a row that may fail before no other
// is sent.
const attachedFailuresMax = 3 // requests

var _ pipeline.AttachmentTeller = (*Target)(nil)

// Attachments tells the participations and the custom fields of contacts, as far as the
// key may read them. What else the service knows of a contact, such as invoices and
// applications, its API does not show.
func (t *Target) Attachments(ctx context.Context, records []string) (*pipeline.Attachments, error) {
	var found pipeline.Attachments
	records = slices.Clone(records)
	slices.SortFunc(records, compareIDs)
	t.attachedPlaces(ctx, records, &found)
	t.attachedFields(ctx, records, &found)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return &found, nil
}

// failed notes that nobody could look at something of some records.
func failed(found *pipeline.Attachments, records []string, what string, err error) {
	for _, id := range records {
		found.Failed = append(found.Failed, pipeline.FailedLook{Of: id, Why: what + ": " + err.Error()})
	}
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
func (t *Target) attachedPlaces(ctx context.Context, records []string, found *pipeline.Attachments) {
	known, err := t.readEvents(ctx)
	if found.Requests++; known != nil {
		found.Requests += known.requests - 1
	}
	if _, hidden := withheld(err); hidden {
		known = &events{byID: map[string]int{}} // events are named by their ids then
	} else if err != nil {
		failed(found, records, "its participations", err)
		return
	}
	r := &reader{t: t, kind: participationKind()}
	list, err := r.participants(ctx, known, nil)
	found.Requests += r.requests
	if why, hidden := withheld(err); hidden {
		found.Unknown = append(found.Unknown, "participations, "+why)
		return
	}
	if err != nil {
		failed(found, records, "its participations", err)
		return
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
}

// attachedFields tells the custom fields of contacts that hold anything.
func (t *Target) attachedFields(ctx context.Context, records []string, found *pipeline.Attachments) {
	most := attachedLooksMax
	if n := t.c.CustomFieldRequests; n > 0 {
		most = min(most, n)
	}
	asked, shown, failures := records[:min(len(records), most)], 0, 0
	for i, id := range asked {
		found.Requests++
		fields, err := t.customFieldsOf(ctx, id)
		if why, hidden := withheld(err); hidden {
			found.Unknown = append(found.Unknown, "custom fields, "+why)
			return
		}
		if err != nil {
			if failures++; failures == attachedFailuresMax || ctx.Err() != nil {
				failed(found, asked[i:], "its custom fields", err)
				break
			}
			failed(found, asked[i:i+1], "its custom fields", err)
			continue
		}
		if failures = 0; fields != nil {
			shown++
		}
		for _, key := range slices.Sorted(maps.Keys(fields)) {
			if n := fields[key]; !empty(n) {
				found.List = append(found.List, pipeline.Attachment{Of: id, Target: "plandocket " + t.base.String() + " " + ResourceCustomFields, Record: id, Field: key, Value: n.phrase()})
			}
		}
	}
	if shown == 0 && len(found.Failed) == 0 {
		found.Unknown = append(found.Unknown, "custom fields, which the server does not show (404)")
	}
	if more := len(records) - len(asked); more > 0 {
		found.Unknown = append(found.Unknown, fmt.Sprintf("custom fields of %s, the last by their ids, since each takes a request and at most %d are asked for", contacts(more), most))
	}
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
