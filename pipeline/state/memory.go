package state

import (
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

// entriesAtOnce is how many entries one statement writes.
const entriesAtOnce = 32

// entriesText is a statement that writes so many entries.
func entriesText(n int) string {
	row := ", (?1, ?, ?, ?, ?, ?, ?, ?)"
	return "INSERT OR REPLACE INTO ledger (target, record, field, sent, shown, at, pipeline, sum) VALUES " + strings.Repeat(row, n)[2:]
}

// SaveEntries remembers what was written.
func (s *Store) SaveEntries(ctx context.Context, target string, entries []pipeline.LedgerEntry) error {
	if len(entries) == 0 {
		return nil
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		rest := entries[len(entries)/entriesAtOnce*entriesAtOnce:]
		if many := entries[:len(entries)-len(rest)]; len(many) > 0 {
			if err := putEntries(ctx, tx, target, many, entriesAtOnce); err != nil {
				return err
			}
		}
		return putEntries(ctx, tx, target, rest, 1)
	})
}

// putEntries writes entries, so many with each statement.
func putEntries(ctx context.Context, tx *sql.Tx, target string, entries []pipeline.LedgerEntry, n int) error {
	put, err := tx.PrepareContext(ctx, entriesText(n))
	if err != nil {
		return err
	}
	defer put.Close()
	var sums summer
	var written []byte
	for some := range slices.Chunk(entries, n) {
		args := append(make([]any, 0, 1+7*n), target)
		for i := range some {
			e := &some[i]
			if written, err = e.Sent.AppendJSON(written[:0]); err != nil {
				return err
			}
			sent := string(written)
			if written, err = e.Shown.AppendJSON(written[:0]); err != nil {
				return err
			}
			shown := sent
			if string(written) != sent {
				shown = string(written)
			}
			at := e.At.UnixMicro()
			args = append(args, e.Record, e.Field, sent, shown, at, e.Pipeline, sumEntry(&sums, target, e.Record, e.Field, sent, shown, at, e.Pipeline))
		}
		if _, err := put.ExecContext(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}
