package state

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
)

// Links returns the record that each source row became, of whichever pipeline.
func (s *Store) Links(ctx context.Context, target string) (map[pipeline.RowKey]string, error) {
	links := map[pipeline.RowKey]string{}
	err := s.EachLink(ctx, target, func(l pipeline.RowLink) error {
		links[pipeline.RowKey{Source: l.Source, ID: l.ID}] = l.Target
		return nil
	})
	return links, err
}

// EachLink hands out the links of a target with the pipeline that remembered each,
// in order of pipeline, source and id. Every link of the store is looked at, so that a
// damaged one is missed at no target; see Damage.
func (s *Store) EachLink(ctx context.Context, target string, do func(pipeline.RowLink) error) error {
	var sums summer
	var left pipeline.Damage
	var words names
	var to, by, source, id, record cell
	var sum any
	err := s.read(ctx, []any{&to, &by, &source, &id, &record, &sum}, func() error {
		of := words.once(to.text)
		l := pipeline.RowLink{Pipeline: words.once(by.text), Source: words.once(source.text), ID: id.text, Target: record.text}
		odd := to.odd || by.odd || source.odd || id.odd || record.odd
		carried, summed := sum.(int64)
		switch found := judge(carried, sums.link(of, l)); {
		case found == unsound, !summed:
			left.Strange++
		case of != target:
		case found == keySound, odd:
			left.Links = append(left.Links, pipeline.PipelineRow{Pipeline: l.Pipeline, RowKey: pipeline.RowKey{Source: l.Source, ID: l.ID}})
		default:
			return do(l)
		}
		return nil
	}, "SELECT target, pipeline, source, id, record, sum FROM links ORDER BY target, pipeline, source, id")
	if err == nil {
		s.leftOut(target, func(d *pipeline.Damage) { d.Links, d.Strange = left.Links, left.Strange })
	}
	return err
}

// SaveLinks remembers links; a row of a pipeline that is known already gets its
// new record. What an older reconkit remembered of the row, without the pipeline,
// is of that pipeline from then on. They are put in the order of the table, which is
// quicker.
func (s *Store) SaveLinks(ctx context.Context, target string, links []pipeline.RowLink) error {
	if len(links) == 0 {
		return nil
	}
	links = slices.Clone(links)
	slices.SortStableFunc(links, func(a, b pipeline.RowLink) int {
		return cmp.Or(strings.Compare(a.Pipeline, b.Pipeline), strings.Compare(a.Source, b.Source), strings.Compare(a.ID, b.ID))
	})
	return s.write(ctx, func(tx *sql.Tx) error {
		var sums summer
		err := putRows(ctx, tx, "links (target, pipeline, source, id, record, sum)", target, links, func(args []any, l *pipeline.RowLink) ([]any, error) {
			return append(args, l.Pipeline, l.Source, l.ID, l.Target, sums.link(target, *l)), nil
		})
		if err != nil {
			return err
		}
		var older bool
		if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM links WHERE target = ? AND pipeline = '')", target).Scan(&older); err != nil || !older {
			return err
		}
		theirs := slices.DeleteFunc(slices.Clone(links), func(l pipeline.RowLink) bool { return l.Pipeline == "" })
		return each(ctx, tx, "DELETE FROM links WHERE target = ? AND pipeline = '' AND source = ? AND id = ?", theirs, func(l pipeline.RowLink) []any { return []any{target, l.Source, l.ID} })
	})
}

// SaveEntries remembers what was written. Entries are put in the order of the table, in
// which most come behind all that are there, so that no place has to be looked for.
func (s *Store) SaveEntries(ctx context.Context, target string, entries []pipeline.LedgerEntry) error {
	if len(entries) == 0 {
		return nil
	}
	order := make([]*pipeline.LedgerEntry, len(entries))
	for i := range entries {
		order[i] = &entries[i]
	}
	slices.SortStableFunc(order, func(a, b *pipeline.LedgerEntry) int {
		return cmp.Or(strings.Compare(a.Record, b.Record), strings.Compare(a.Field, b.Field))
	})
	return s.write(ctx, func(tx *sql.Tx) error {
		var sums summer
		var written []byte
		return putRows(ctx, tx, "ledger (target, record, field, sent, shown, at, pipeline, sum)", target, order, func(args []any, of **pipeline.LedgerEntry) (_ []any, err error) {
			e := *of
			if written, err = e.Sent.AppendJSON(written[:0]); err != nil {
				return nil, err
			}
			sent := string(written)
			if written, err = e.Shown.AppendJSON(written[:0]); err != nil {
				return nil, err
			}
			shown := sent
			if string(written) != sent {
				shown = string(written)
			}
			at := e.At.UnixMicro()
			return append(args, e.Record, e.Field, sent, shown, at, e.Pipeline, sumEntry(&sums, target, e.Record, e.Field, sent, shown, at, e.Pipeline)), nil
		})
	})
}

// rowsAtOnce is how many rows one statement writes.
const rowsAtOnce = 32

// putRows puts a row for each item into a table, whose columns stand behind its name. The
// first of them, as the target, is the same for all; args adds the values of the others.
func putRows[T any](ctx context.Context, tx *sql.Tx, table, first string, items []T, args func([]any, *T) ([]any, error)) error {
	row := ", (?1" + strings.Repeat(", ?", strings.Count(table, ",")) + ")"
	many := len(items) / rowsAtOnce * rowsAtOnce
	for _, part := range []struct {
		items []T
		n     int // with each statement
	}{{items[:many], rowsAtOnce}, {items[many:], 1}} {
		if len(part.items) == 0 {
			continue
		}
		put, err := tx.PrepareContext(ctx, "INSERT OR REPLACE INTO "+table+" VALUES "+strings.Repeat(row, part.n)[2:])
		if err != nil {
			return err
		}
		defer put.Close()
		var values []any
		for some := range slices.Chunk(part.items, part.n) {
			values = append(values[:0], first)
			for i := range some {
				if values, err = args(values, &some[i]); err != nil {
					return err
				}
			}
			if _, err := put.ExecContext(ctx, values...); err != nil {
				return err
			}
		}
	}
	return nil
}
