package plandocket

import (
	"context"
	"errors"
	"fmt"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// ByID reports whether a change is a PATCH or a DELETE.
func (t *Target) ByID(c pipeline.Change) bool { return c.Route == RoutePatch || c.Route == RouteDelete }

// errLessShown says that a single contact shows less than the list does.
var errLessShown = errors.New("a single contact does not show its categories, as the list does")

// Look reads contacts by id, a request each. They show the same fields as in the
// list, or there is an error. A contact that is gone is left out.
func (t *Target) Look(ctx context.Context, ids []string) (*pipeline.Present, error) {
	r := &reader{t: t, kind: t.contactKind(), include: !t.noInclude}
	at := t.c.Now()
	if err := r.singles(ctx, ids); err != nil {
		return &pipeline.Present{Requests: r.requests}, err
	}
	table, err := r.table()
	if err != nil {
		return nil, err
	}
	return &pipeline.Present{Records: table, ReadAt: at, Requests: r.requests}, nil
}

// ByID reports whether a change is a PATCH or a DELETE.
func (p *Participants) ByID(c pipeline.Change) bool { return p.t.ByID(c) }

// Look reads participants by id, as [Target.Look] does, with what the last reading
// says of their events and contacts.
func (p *Participants) Look(ctx context.Context, ids []string) (*pipeline.Present, error) {
	if p.people == nil {
		return nil, fmt.Errorf("read participants of %s by id: their contacts were not read", p.t.base.Host)
	}
	r := &reader{t: p.t, kind: participationKind()}
	at := p.t.c.Now()
	if err := r.singles(ctx, ids); err != nil {
		return &pipeline.Present{Requests: r.requests}, err
	}
	table, err := p.table(r.participations(), p.people)
	if err != nil {
		return nil, err
	}
	return &pipeline.Present{Records: table, ReadAt: at, Requests: r.requests}, nil
}

// singles reads records by id, as far as they are there, and makes them the one view.
func (r *reader) singles(ctx context.Context, ids []string) error {
	found := &view{rows: newRows(r.kind.schema)}
	for _, id := range ids {
		c, err := r.one(ctx, id)
		if err == nil && c != nil && r.include && !c.categoriesShown {
			err = errLessShown
		}
		if err != nil {
			return fmt.Errorf("read %s %s of %s: %w", r.kind.name, diag.Shorten(id, 60), r.t.base.Host, err)
		}
		if c == nil {
			continue
		}
		if _, err := found.add(c, r.t.c.BatchRows); err != nil {
			return err
		}
	}
	r.views = []*view{found}
	return found.flush()
}
