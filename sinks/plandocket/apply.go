package plandocket

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline"
)

// Apply sends one call: the changes have one route. Only the fields that
// change are sent, and the field that a bulk call matches by.
//
// Sent is only said when the server confirmed that very change, in counts that
// add up. Refused is only said when the server's words leave no doubt about
// which change they mean; Message has them. Whatever leaves a doubt, a cut, a
// timeout, a status of 500 or more, an answer that makes no sense, a record
// that the server skipped, is Unknown, and reading back decides.
//
// A call of several records that the server refuses as a whole may have been carried out in
// part; its outcomes say so. Nil outcomes come with an error and mean that nothing was
// written: the server could not be reached, or it answered [ErrUnauthorized], [ErrForbidden]
// to a call of one record, [ErrNoAPI] or [ErrRateLimited].
func (t *Target) Apply(ctx context.Context, changes []pipeline.Change) ([]pipeline.Outcome, error) {
	route, err := routeOf(ctx, changes)
	if route == "" || err != nil {
		return nil, err
	}
	if b, ok := bulkRoutes[route]; ok {
		return t.bulk(ctx, b, changes)
	}
	c, err := oneByID(route, changes)
	if err != nil {
		return nil, err
	}
	if route == RouteDelete {
		return t.single(ctx, t.contactKind(), http.MethodDelete, c, nil)
	}
	record, err := t.appendRecord(nil, c, bulkRoute{})
	if err != nil {
		return nil, err
	}
	return t.single(ctx, t.contactKind(), http.MethodPatch, c, record)
}

// routeOf is the one route of the changes of a call; "" when there is nothing to send.
func routeOf(ctx context.Context, changes []pipeline.Change) (string, error) {
	if err := ctx.Err(); err != nil || len(changes) == 0 {
		return "", err
	}
	route := changes[0].Route
	for i := range changes {
		if changes[i].Route != route {
			return "", fmt.Errorf("plandocket: one call holds the routes %q and %q", route, changes[i].Route)
		}
	}
	if route == "" {
		return "", fmt.Errorf("plandocket: change %s has no route", changes[0].ID)
	}
	return route, nil
}

// oneByID is the one change of a call that changes or deletes a record by its id.
func oneByID(route string, changes []pipeline.Change) (*pipeline.Change, error) {
	c := &changes[0]
	if len(changes) != 1 {
		return nil, fmt.Errorf("plandocket: one call of route %q holds %d changes; it carries one", route, len(changes))
	}
	if (route != RoutePatch && route != RouteDelete) || c.Target == "" {
		return nil, fmt.Errorf("plandocket: change %s cannot be sent by the route %q", c.ID, route)
	}
	return c, nil
}

// bulkBody has every switch of a bulk call, since their defaults are not what
// is meant. The records stand behind them.
type bulkBody struct {
	Mode           string `json:"mode"`
	MatchField     string `json:"match_field"`
	SkipOnError    bool   `json:"skip_on_error"`
	CreateContacts bool   `json:"create_contacts"`
}

func (t *Target) bulk(ctx context.Context, b bulkRoute, changes []pipeline.Change) ([]pipeline.Outcome, error) {
	if len(changes) > callRecordsMax {
		return nil, fmt.Errorf("plandocket: one call holds %d changes; it carries %d", len(changes), callRecordsMax)
	}
	head, err := marshal(bulkBody{Mode: b.mode, MatchField: b.match, SkipOnError: true})
	if err != nil {
		return nil, fmt.Errorf("plandocket: write the call: %w", err)
	}
	text := append(head[:len(head)-1], `,"records":[`...)
	for i := range changes {
		if i > 0 {
			text = append(text, ',')
		}
		if text, err = t.appendRecord(text, &changes[i], b); err != nil {
			return nil, err
		}
	}
	text = append(text, "]}"...)
	if b.mode == "create" {
		t.created += len(changes)
	}
	a, err := t.ask(ctx, http.MethodPost, "/bulk-import/"+Resource, nil, text)
	if err != nil {
		return t.noAnswer(ctx, changes, err)
	}
	return t.judgeBulk(a, b, changes)
}

// noAnswer makes outcomes of an answer that did not come or could not be read.
func (t *Target) noAnswer(ctx context.Context, changes []pipeline.Change, err error) ([]pipeline.Outcome, error) {
	if nothingSent(err) {
		return nil, err
	}
	return all(changes, pipeline.Unknown, t.speak(err.Error())), ctx.Err()
}

// all gives every change the same outcome.
func all(changes []pipeline.Change, s pipeline.Status, message string) []pipeline.Outcome {
	outcomes := make([]pipeline.Outcome, len(changes))
	for i := range changes {
		outcomes[i] = pipeline.Outcome{Change: changes[i].ID, Status: s, Target: changes[i].Target, Message: message}
	}
	return outcomes
}

// appendRecord appends the JSON of one change: the match field first, then what changes.
func (t *Target) appendRecord(text []byte, c *pipeline.Change, b bulkRoute) ([]byte, error) {
	text = append(text, '{')
	if b.match != "" {
		if c.Key.Field != b.match || c.Key.Value == "" {
			return nil, fmt.Errorf("plandocket: change %s has no %s to match by", c.ID, b.match)
		}
		var err error
		if text, err = appendText(appendName(text, b.match), c.Key.Value); err != nil {
			return nil, fmt.Errorf("plandocket: change %s: %w", c.ID, err)
		}
	}
	for i := range c.Fields {
		f := &c.Fields[i]
		if f.Field == b.match || f.After.IsNull() {
			continue
		}
		value, err := t.fieldJSON(f)
		if err != nil {
			return nil, fmt.Errorf("plandocket: change %s: %w", c.ID, err)
		}
		text = append(appendName(text, f.Field), value...)
	}
	return append(text, '}'), nil
}

// appendName appends the name of a member of an object, which stands for itself.
func appendName(text []byte, name string) []byte {
	if text[len(text)-1] != '{' {
		text = append(text, ',')
	}
	return append(append(append(text, '"'), name...), `":`...)
}

// appendText appends a text as marshal writes it, which is slower.
func appendText(text []byte, s string) ([]byte, error) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			value, err := marshal(s)
			return append(text, value...), err
		}
	}
	return append(append(append(text, '"'), s...), '"'), nil
}

// fieldJSON writes what becomes of a field, if it can be written.
func (t *Target) fieldJSON(c *pipeline.FieldChange) (json.RawMessage, error) {
	f, ok := t.schema.Lookup(c.Field)
	if !ok || f.ReadOnly {
		return nil, fmt.Errorf("field %s cannot be written", c.Field)
	}
	value, err := valueJSON(f, c.After)
	if err != nil {
		return nil, fmt.Errorf("field %s: %w", c.Field, err)
	}
	return value, nil
}

// valueJSON writes a value as the API takes it: an erased text is null, an
// erased list is empty.
func valueJSON(f pipeline.Field, v pipeline.Value) (json.RawMessage, error) {
	switch {
	case v.IsErase() && f.Type == pipeline.StringList:
		return json.RawMessage("[]"), nil
	case v.IsErase():
		return json.RawMessage("null"), nil
	case v.Type() != f.Type:
		return nil, fmt.Errorf("it holds %s and is given %s", f.Type, v.Type())
	case !utf8.ValidString(v.Str()) || slices.ContainsFunc(v.List(), func(s string) bool { return !utf8.ValidString(s) }):
		return nil, errNotUTF8
	case f.Type == pipeline.String:
		return appendText(nil, v.Str())
	case f.Type == pipeline.StringList:
		return marshal(v.List())
	case f.Type == pipeline.Int:
		return marshal(v.Int())
	default:
		return marshal(v.Bool())
	}
}

func marshal[T string | []string | int64 | bool | bulkBody | enrolBody](v T) (json.RawMessage, error) {
	var w bytes.Buffer
	e := json.NewEncoder(&w)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(w.Bytes(), []byte("\n")), nil
}

// single changes or deletes one record by its id.
func (t *Target) single(ctx context.Context, k *kind, method string, c *pipeline.Change, body []byte) ([]pipeline.Outcome, error) {
	changes := []pipeline.Change{*c}
	a, err := t.ask(ctx, method, "/"+k.path+"/"+url.PathEscape(c.Target), nil, body)
	if err != nil {
		return t.noAnswer(ctx, changes, err)
	}
	if outcomes, settled, err := t.judgeStatus(a, changes); settled {
		return outcomes, err
	}
	switch a.status {
	case http.StatusNotFound, http.StatusGone:
		if !isJSONObject(a.body) {
			return all(changes, pipeline.Unknown, a.nonsense(errNoObject).Error()), nil
		}
		if method == http.MethodDelete {
			return all(changes, pipeline.Already, "the "+k.name+" was gone before"), nil
		}
		return all(changes, pipeline.Drifted, "the "+k.name+" is gone: "+t.refusal(a).Error()), nil
	case http.StatusNoContent:
		return all(changes, pipeline.Sent, ""), nil
	}
	if a.status >= 400 {
		return all(changes, pipeline.Refused, t.refusal(a).Error()), nil
	}
	if method == http.MethodDelete && len(bytes.TrimSpace(a.body)) == 0 {
		return all(changes, pipeline.Sent, ""), nil
	}
	if err := k.sameRecord(a.body, c.Target); err != nil {
		return all(changes, pipeline.Unknown, t.speak(a.nonsense(err).Error())), nil
	}
	return all(changes, pipeline.Sent, ""), nil
}

// sameRecord checks that an answer is JSON and, if it shows a record, that it is
// the one that was meant.
func (k *kind) sameRecord(body []byte, id string) error {
	n, err := parseJSON(body, nil)
	if err != nil {
		return err
	}
	if n.kind != objectNode {
		return errNoObject
	}
	if data := n.get("data"); data != nil && data.kind == objectNode {
		if shown, err := decodeID(data, k.name+"_id"); err == nil && shown != id {
			return fmt.Errorf("the answer shows %s %s instead of %s", k.name, shown, id)
		}
	}
	if n.get("error") != nil {
		return errors.New("the answer is a success that tells of an error")
	}
	return nil
}
