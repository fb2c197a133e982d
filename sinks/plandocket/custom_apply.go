package plandocket

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/reconkit/reconkit/pipeline"
)

// RouteCustomFields is how custom fields are written: those of one contact at a
// time, by its id.
const RouteCustomFields = "custom-fields"

// Route takes the only way there is. Custom fields of a contact are neither
// created nor deleted. The keys that the plan leaves to the contact are written down beside
// its id, since by them the rows named it: a contact that has others by then is drift.
func (c *CustomFields) Route(changes []pipeline.Change, _ *pipeline.Present) []pipeline.Unroutable {
	var lost []pipeline.Unroutable
	for i := range changes {
		ch := &changes[i]
		if ch.Route = RouteCustomFields; ch.Action != pipeline.Update || ch.Target == "" && ch.MadeBy() == "" {
			ch.Route = ""
			lost = append(lost, pipeline.Unroutable{Index: i, Code: CodeUnwritable, Reason: fmt.Sprintf("custom fields cannot be written by a %s", ch.Action)})
			continue
		}
		ch.Keys = c.keysLeft(ch)
	}
	return lost
}

// keysLeft are the keys of a change with those of its contact that the plan leaves alone.
func (c *CustomFields) keysLeft(ch *pipeline.Change) []pipeline.Key {
	keys := slices.Clip(ch.Keys)
	if c.people == nil {
		return keys
	}
	at, known := c.people.byID[ch.Target]
	if !known || c.people.people[at].change != "" {
		return keys
	}
	for _, k := range c.people.people[at].candidate().Keys {
		if !slices.ContainsFunc(keys, func(has pipeline.Key) bool { return has.Field == k.Field }) {
			keys = append(keys, k)
		}
	}
	return keys
}

// Apply writes the custom fields of one contact. It reads them first, since that
// is one request and nothing else tells whether somebody changed them; and it
// sends all that it read beside what changes, because it is not documented
// whether a write keeps what it leaves out. So the write leaves right behind the
// reading: when it would have to wait, it is not sent, and all is read again.
func (c *CustomFields) Apply(ctx context.Context, changes []pipeline.Change) ([]pipeline.Outcome, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(changes) == 0 {
		return nil, nil
	}
	ch := &changes[0]
	if len(changes) != 1 || ch.Route != RouteCustomFields || ch.Target == "" {
		return nil, fmt.Errorf("plandocket: change %s cannot be sent by the route %q in a call of %d changes", ch.ID, ch.Route, len(changes))
	}
	raw, err := c.ask(pipeline.Room(ctx, pipeline.Behind{Writes: 1}), ch.Target)
	if err != nil {
		return nil, fmt.Errorf("read before the write: %w", err)
	}
	if raw == nil {
		return all(changes, pipeline.Drifted, "the contact is gone"), nil
	}
	now, err := c.decode(raw)
	if err != nil {
		return nil, fmt.Errorf("read before the write: %w", err)
	}
	if o := standing(ch, now); o != pipeline.Pending {
		c.stale[ch.Target] = true
		return all(changes, o, map[pipeline.Status]string{pipeline.Drifted: "the custom fields were changed in the target right before the write; make a new plan"}[o]), nil
	}
	body, err := customBody(raw, ch)
	if err != nil {
		return nil, err
	}
	c.stale[ch.Target] = true
	a, err := c.t.ask(pipeline.Prompt(ctx, 0), http.MethodPut, customPath(ch.Target), nil, body)
	if err != nil {
		return c.t.noAnswer(ctx, changes, err)
	}
	if outcomes, settled, err := c.t.judgeStatus(a, changes); settled {
		return outcomes, err
	}
	switch {
	case a.status == http.StatusNotFound || a.status == http.StatusGone:
		return all(changes, pipeline.Drifted, "the contact is gone: "+c.t.refusal(a).Error()), nil
	case a.status >= 400:
		return all(changes, pipeline.Refused, c.t.refusal(a).Error()), nil
	case a.status != http.StatusNoContent && !isJSONObject(a.body):
		return all(changes, pipeline.Unknown, c.t.speak(a.nonsense(errNoObject).Error())), nil
	}
	return all(changes, pipeline.Sent, ""), nil
}

// standing compares what a change found and wants with what is there now.
func standing(ch *pipeline.Change, now map[string]pipeline.Value) pipeline.Status {
	before, after := true, true
	for i := range ch.Fields {
		f := &ch.Fields[i]
		before, after = before && now[f.Field].Equal(f.Before), after && now[f.Field].Equal(f.After)
	}
	switch {
	case after:
		return pipeline.Already
	case before:
		return pipeline.Pending
	}
	return pipeline.Drifted
}

// customBody is the JSON of all custom fields of a contact with those that
// change. Fields without a value are left out.
func customBody(raw map[string]*node, ch *pipeline.Change) ([]byte, error) {
	values := map[string]json.RawMessage{}
	for key, n := range raw {
		if n.kind == nullNode {
			continue
		}
		text, err := n.json()
		if err != nil {
			return nil, fmt.Errorf("plandocket: change %s: %w", ch.ID, err)
		}
		values[key] = text
	}
	for i := range ch.Fields {
		text, err := customJSON(ch.Fields[i].After)
		if err != nil {
			return nil, fmt.Errorf("plandocket: change %s: field %s: %w", ch.ID, ch.Fields[i].Field, err)
		}
		values[ch.Fields[i].Field] = text
	}
	return json.Marshal(values)
}

func customJSON(v pipeline.Value) (json.RawMessage, error) {
	switch v.Type() {
	case pipeline.String:
		return marshal(v.Str())
	case pipeline.Int:
		return marshal(v.Int())
	case pipeline.Float:
		return json.Marshal(v.Float())
	case pipeline.Bool:
		return marshal(v.Bool())
	}
	return nil, fmt.Errorf("a %s cannot be written", v.Type())
}

// json writes a value as it was read.
func (n *node) json() (json.RawMessage, error) {
	switch n.kind {
	case nullNode:
		return json.RawMessage("null"), nil
	case boolNode:
		return strconv.AppendBool(nil, n.text == "true"), nil
	case numberNode:
		if !json.Valid([]byte(n.text)) {
			return nil, fmt.Errorf("the number %q cannot be sent back as it was read", n.text)
		}
		return json.RawMessage(n.text), nil
	case textNode:
		return marshal(n.text)
	}
	var parts []json.RawMessage
	for i := range n.items {
		part, err := n.items[i].json()
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	if n.kind == arrayNode {
		return json.Marshal(slices.Concat([]json.RawMessage{}, parts))
	}
	members := map[string]json.RawMessage{}
	for i := range n.members {
		part, err := n.members[i].value.json()
		if err != nil {
			return nil, err
		}
		members[n.members[i].name] = part
	}
	return json.Marshal(members)
}
