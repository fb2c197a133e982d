package plandocket

import (
	"context"
	"errors"
	"fmt"

	"github.com/reconkit/reconkit/pipeline"
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
	found := &view{rows: newRows(t.schema)}
	for _, id := range ids {
		c, err := r.one(ctx, id)
		if err == nil && c != nil && r.include && !c.categoriesShown {
			err = errLessShown
		}
		if err != nil {
			return nil, fmt.Errorf("read contact %s of %s: %w", id, t.base.Host, err)
		}
		if c == nil {
			continue
		}
		if _, err := found.add(c, t.c.BatchRows); err != nil {
			return nil, err
		}
	}
	if err := found.flush(); err != nil {
		return nil, err
	}
	r.views = []*view{found}
	table, err := r.table()
	if err != nil {
		return nil, err
	}
	return &pipeline.Present{Records: table, ReadAt: at, Requests: r.requests}, nil
}
