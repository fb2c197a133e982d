package plandocket

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// CodeCategoriesHidden is the code of updates of categories that the server does
// not show.
const CodeCategoriesHidden = "categories-hidden"

func categoryKind() *kind {
	return &kind{name: "category", path: "categories", schema: pipeline.MustSchema(pipeline.Field{Name: "category_key", Type: pipeline.String}),
		decode: func(n *node, _ *pipeline.Schema, values []pipeline.Value) (item, error) {
			if n.kind != objectNode {
				return item{}, errNoObject
			}
			id, err := decodeID(n, "category_id")
			if err != nil {
				return item{}, err
			}
			clear(values)
			if k := n.get("category_key"); k != nil && k.kind != nullNode {
				if values[0], err = decodeText(k); err != nil {
					return item{}, fmt.Errorf("category %s: field category_key: %w", diag.Shorten(id, 60), err)
				}
			}
			return item{id: id, values: values}, nil
		}}
}

// Words reads the keys of the categories, which are what category_keys may hold.
// A key that may not read them leaves the values unchecked.
func (t *Target) Words(ctx context.Context, fields []string) (map[string]pipeline.KnownWords, error) {
	if !slices.Contains(fields, fieldCategory) {
		return nil, nil
	}
	known, err := t.readCategories(ctx)
	var refused *StatusError
	switch {
	case errors.As(err, &refused) && (refused.Status == http.StatusForbidden || refused.Status == http.StatusNotFound || refused.Status == http.StatusMethodNotAllowed):
		known = pipeline.KnownWords{Doubt: fmt.Sprintf("the server answers %d to the question for its categories; the API key needs the scope categories", refused.Status)}
	case err != nil:
		return nil, fmt.Errorf("read the categories of %s: %w", t.base.Host, err)
	}
	return map[string]pipeline.KnownWords{fieldCategory: known}, nil
}

func (t *Target) readCategories(ctx context.Context) (pipeline.KnownWords, error) {
	var known pipeline.KnownWords
	r := &reader{t: t, kind: categoryKind()}
	v, err := r.view(ctx, "", ascending)
	if err != nil {
		return known, err
	}
	views := []*view{v}
	if v.more || len(v.ids) > 0 { // the list cannot be sorted, so that its other end cannot be looked at
		paged, more, err := r.findPages(ctx, v)
		if err != nil {
			return known, err
		}
		if more {
			views = append(views, paged)
		} else if looksRound(len(v.ids)) {
			known.Doubt = fmt.Sprintf("it shows %d categories, which could be a page", len(v.ids))
		}
		v = paged
	}
	if v.more || v.endless {
		known.Doubt = "it has more categories than it shows"
	}
	for _, v := range views {
		for i := range v.ids {
			if key := v.table.Value(i, 0).Str(); key != "" {
				known.Values = append(known.Values, key)
			}
		}
	}
	slices.Sort(known.Values)
	known.Values = slices.Compact(known.Values)
	return known, nil
}

// hidesCategories reports whether a change writes categories of a contact that
// the server does not show. Nobody can tell what such a change takes away.
func hidesCategories(c *pipeline.Change) bool {
	return c.Action == pipeline.Update && slices.ContainsFunc(c.Fields, func(f pipeline.FieldChange) bool {
		return f.Field == fieldCategory && f.Before.IsNull()
	})
}
