package sonderplan

import (
	"context"
	"errors"
	"fmt"

	"github.com/reconkit/reconkit/pipeline"
)

// errEnough ends a walk whose rows nobody wants any longer.
var errEnough = errors.New("enough was seen")

// Glance returns the contacts in the order of Read, each page as soon as it has
// come, and asks for no page that nobody takes. It proves nothing: a contact may
// be missing or come twice when others change the list meanwhile, and Evidence
// does not speak of it. It is for looking at the first rows.
func (s *Source) Glance(ctx context.Context) pipeline.Stream {
	return func(yield func(*pipeline.Batch, error) bool) {
		l := newLayout(s.columns, s.tests)
		for _, typ := range s.types {
			q := s.query(l, typ)
			for _, t := range s.tests {
				t.ask(q)
			}
			_, err := s.walk(ctx, l, q, plural(typ), func(number int, rows []row) error {
				read := s.newList(l, typ)
				if err := read.add(number, rows); err != nil {
					return err
				}
				for _, p := range read.pages {
					for _, b := range p.batches(s.config.BatchRows) {
						if !yield(b, nil) {
							return errEnough
						}
					}
				}
				return nil
			})
			switch {
			case errors.Is(err, errEnough):
				return
			case err != nil:
				yield(nil, fmt.Errorf("read contacts of Sonderplan: %w", err))
				return
			}
		}
	}
}
