package state

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/reconkit/reconkit/pipeline"
)

// Links returns the record that each source row became.
func (s *Store) Links(ctx context.Context, target string) (map[pipeline.RowKey]string, error) {
	links := map[pipeline.RowKey]string{}
	err := s.query(ctx, func(scan func(...any) error) error {
		var k pipeline.RowKey
		var record string
		if err := scan(&k.Source, &k.ID, &record); err != nil {
			return err
		}
		links[k] = record
		return nil
	}, "SELECT source, id, record FROM links WHERE target = ?", target)
	return links, err
}

// SaveLinks remembers links; a row that is known already gets its new record.
func (s *Store) SaveLinks(ctx context.Context, target string, links []pipeline.RowLink) error {
	if len(links) == 0 {
		return nil
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		put, err := tx.PrepareContext(ctx, "INSERT OR REPLACE INTO links (target, source, id, record) VALUES (?, ?, ?, ?)")
		if err != nil {
			return err
		}
		defer put.Close()
		for _, l := range links {
			if _, err := put.ExecContext(ctx, target, l.Source, l.ID, l.Target); err != nil {
				return err
			}
		}
		return nil
	})
}

// Entries returns what was last written to each record.
func (s *Store) Entries(ctx context.Context, target string) (map[string][]pipeline.LedgerEntry, error) {
	entries := map[string][]pipeline.LedgerEntry{}
	err := s.query(ctx, func(scan func(...any) error) error {
		var e pipeline.LedgerEntry
		var sent, shown string
		var at int64
		if err := scan(&e.Record, &e.Field, &sent, &shown, &at); err != nil {
			return err
		}
		if err := fromJSON(sent, &e.Sent); err != nil {
			return fmt.Errorf("ledger of record %s, field %s: %w", e.Record, e.Field, err)
		}
		if err := fromJSON(shown, &e.Shown); err != nil {
			return fmt.Errorf("ledger of record %s, field %s: %w", e.Record, e.Field, err)
		}
		e.At = micros(at)
		entries[e.Record] = append(entries[e.Record], e)
		return nil
	}, "SELECT record, field, sent, shown, at FROM ledger WHERE target = ? ORDER BY record, field", target)
	return entries, err
}

// SaveEntries remembers what was written.
func (s *Store) SaveEntries(ctx context.Context, target string, entries []pipeline.LedgerEntry) error {
	if len(entries) == 0 {
		return nil
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		put, err := tx.PrepareContext(ctx, "INSERT OR REPLACE INTO ledger (target, record, field, sent, shown, at) VALUES (?, ?, ?, ?, ?, ?)")
		if err != nil {
			return err
		}
		defer put.Close()
		for _, e := range entries {
			sent, err := toJSON(e.Sent)
			if err != nil {
				return err
			}
			shown, err := toJSON(e.Shown)
			if err != nil {
				return err
			}
			if _, err := put.ExecContext(ctx, target, e.Record, e.Field, sent, shown, e.At.UnixMicro()); err != nil {
				return err
			}
		}
		return nil
	})
}
