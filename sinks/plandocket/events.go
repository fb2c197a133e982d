package plandocket

import (
	"context"
	"fmt"
	"strconv"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// CodeEventUnknown is the code of rows whose event the tenant does not have.
const CodeEventUnknown = "unknown-event"

// event is an event of the tenant.
type event struct {
	id, key string
	count   int // of participants, as the server tells; -1: it does not
}

// events are those of the tenant.
type events struct {
	list     []event
	byID     map[string]int
	byKey    map[string]int
	keys     []string
	whole    bool // sorted by their keys both ways, the list was the same
	requests int
}

const (
	eventKeyField = iota
	eventCountField
)

func eventKind() *kind {
	return &kind{name: "event", path: "events", include: "participant_count",
		schema: pipeline.MustSchema(
			pipeline.Field{Name: fieldEvent, Type: pipeline.String},
			pipeline.Field{Name: "participant_count", Type: pipeline.Int}),
		decode: decodeEvent}
}

func decodeEvent(n *node, _ *pipeline.Schema, values []pipeline.Value) (item, error) {
	if n.kind != objectNode {
		return item{}, errNoObject
	}
	id, err := decodeID(n, "event_id")
	if err != nil {
		return item{}, err
	}
	clear(values)
	if k := n.get(fieldEvent); k != nil && k.kind != nullNode {
		if values[eventKeyField], err = decodeText(k); err != nil {
			return item{}, fmt.Errorf("event %s: field %s: %w", diag.Shorten(id, 60), fieldEvent, err)
		}
	}
	if c := n.count("participant_count", "participants_count"); c >= 0 {
		values[eventCountField] = pipeline.IntValue(int64(c))
	}
	return item{id: id, values: values}, nil
}

// readEvents reads the events. Their keys are unique, so that a list that is the
// same sorted by them both ways is whole.
func (t *Target) readEvents(ctx context.Context) (*events, error) {
	r := &reader{t: t, kind: eventKind(), include: true, field: fieldEvent}
	up, err := r.first(ctx, nil)
	if err != nil {
		return nil, err
	}
	down, err := r.view(ctx, fieldEvent, descending)
	if err != nil {
		return nil, err
	}
	views := []*view{up, down}
	differ := up.newIn(down.rows) > 0 || down.newIn(up.rows) > 0
	if r.form == formWhole && (differ || up.more) {
		paged, more, err := r.findPages(ctx, up)
		if err != nil {
			return nil, err
		}
		if more {
			views = append(views, paged)
			differ = paged.newIn(down.rows) > 0 || paged.more
		}
	}
	e := &events{byID: map[string]int{}, byKey: map[string]int{}, whole: !differ && !up.single, requests: r.requests}
	for _, v := range views {
		e.take(v)
	}
	return e, nil
}

func (e *events) take(v *view) {
	for i, id := range v.ids {
		if _, known := e.byID[id]; known {
			continue
		}
		one := event{id: id, key: v.table.Value(i, eventKeyField).Str(), count: -1}
		if n := v.table.Value(i, eventCountField); !n.IsNull() {
			one.count = int(n.Int())
		}
		e.byID[id] = len(e.list)
		if one.key != "" {
			e.byKey[one.key] = len(e.list)
			e.keys = append(e.keys, one.key)
		}
		e.list = append(e.list, one)
	}
}

// block says why a row with this event cannot be written; nil when it can.
func (e *events) block(key string) *pipeline.Block {
	if key == "" {
		return &pipeline.Block{Code: CodeEventUnknown, Reason: "it does not say the event", Hint: "map event_key"}
	}
	if _, known := e.byKey[key]; known {
		return nil
	}
	b := &pipeline.Block{Code: CodeEventUnknown, Reason: "there is no event " + strconv.Quote(diag.Shorten(key, 60)), Hint: "create the event in the target, or correct the key"}
	if !e.whole {
		b.Reason += " in the list that the target gave"
	}
	if hint := diag.DidYouMean(key, e.keys); hint != "" {
		b.Hint = hint
	}
	return b
}
