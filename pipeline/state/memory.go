package state

import (
	"context"
	"database/sql"

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
	var of, by, source, id, record sql.RawBytes
	var sum int64
	err := s.read(ctx, []any{&of, &by, &source, &id, &record, &sum}, func() error {
		of := words.word(of)
		l := pipeline.RowLink{Pipeline: words.word(by), Source: words.word(source), ID: string(id), Target: string(record)}
		switch found := judge(sum, sums.link(of, l)); {
		case found == unsound:
			left.Strange++
		case of != target:
		case found == keySound:
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
// is of that pipeline from then on.
func (s *Store) SaveLinks(ctx context.Context, target string, links []pipeline.RowLink) error {
	if len(links) == 0 {
		return nil
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		put, err := tx.PrepareContext(ctx, "INSERT OR REPLACE INTO links (target, pipeline, source, id, record, sum) VALUES (?, ?, ?, ?, ?, ?)")
		if err != nil {
			return err
		}
		defer put.Close()
		adopt, err := tx.PrepareContext(ctx, "DELETE FROM links WHERE target = ? AND pipeline = '' AND source = ? AND id = ?")
		if err != nil {
			return err
		}
		defer adopt.Close()
		var sums summer
		for _, l := range links {
			if _, err := put.ExecContext(ctx, target, l.Pipeline, l.Source, l.ID, l.Target, sums.link(target, l)); err != nil {
				return err
			}
			if l.Pipeline == "" {
				continue
			}
			if _, err := adopt.ExecContext(ctx, target, l.Source, l.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// SaveEntries remembers what was written.
func (s *Store) SaveEntries(ctx context.Context, target string, entries []pipeline.LedgerEntry) error {
	if len(entries) == 0 {
		return nil
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		put, err := tx.PrepareContext(ctx, "INSERT OR REPLACE INTO ledger (target, record, field, sent, shown, at, pipeline, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
		if err != nil {
			return err
		}
		defer put.Close()
		var sums summer
		for _, e := range entries {
			sent, err := toJSON(e.Sent)
			if err != nil {
				return err
			}
			shown, err := toJSON(e.Shown)
			if err != nil {
				return err
			}
			at := e.At.UnixMicro()
			if _, err := put.ExecContext(ctx, target, e.Record, e.Field, sent, shown, at, e.Pipeline, sumEntry(&sums, target, e.Record, e.Field, sent, shown, at, e.Pipeline)); err != nil {
				return err
			}
		}
		return nil
	})
}
