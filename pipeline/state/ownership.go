package state

import (
	"context"
	"database/sql"

	"github.com/reconkit/reconkit/pipeline"
)

// ownershipVersion is the version from which on a store knows which pipeline
// remembered a link, wrote a field and created a record.
const ownershipVersion = 4

// ownershipTables keep the rows of pipelines apart whose sources have the same
// names, and say which pipeline created which record. What an older reconkit
// remembered has no pipeline.
const ownershipTables = `
ALTER TABLE links RENAME TO links_of_all;
CREATE TABLE links (
  target TEXT NOT NULL, pipeline TEXT NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL, record TEXT NOT NULL,
  PRIMARY KEY (target, pipeline, source, id)
) WITHOUT ROWID;
INSERT INTO links (target, pipeline, source, id, record) SELECT target, '', source, id, record FROM links_of_all;
DROP TABLE links_of_all;
ALTER TABLE ledger ADD COLUMN pipeline TEXT NOT NULL DEFAULT '';
CREATE TABLE made (
  target TEXT NOT NULL, record TEXT NOT NULL, pipeline TEXT NOT NULL,
  PRIMARY KEY (target, record)
) WITHOUT ROWID;
`

var (
	_ pipeline.PipelineLinks = (*Store)(nil)
	_ pipeline.Ownership     = (*Store)(nil)
)

// Created returns which pipeline created each record of a target; see Damage for what
// was left out.
func (s *Store) Created(ctx context.Context, target string) (map[string]string, error) {
	created := map[string]string{}
	var sums summer
	left := 0
	var words names
	var id, maker cell
	var sum any
	err := s.read(ctx, []any{&id, &maker, &sum}, func() error {
		record, by := id.text, words.once(maker.text)
		carried, summed := sum.(int64)
		if !summed || id.odd || maker.odd || judge(carried, sums.made(target, record, by)) != sound {
			left++
			return nil
		}
		created[record] = by
		return nil
	}, "SELECT record, pipeline, sum FROM made WHERE target = ?", target)
	if err == nil {
		s.leftOut(target, func(d *pipeline.Damage) { d.Created = left })
	}
	return created, err
}

// SaveCreated remembers that a pipeline created records.
func (s *Store) SaveCreated(ctx context.Context, target, by string, records []string) error {
	if len(records) == 0 {
		return nil
	}
	var sums summer
	return s.write(ctx, func(tx *sql.Tx) error {
		return putRows(ctx, tx, "made (target, record, pipeline, sum)", target, records, func(args []any, record *string) ([]any, error) {
			return append(args, *record, by, sums.made(target, *record, by)), nil
		})
	})
}

// Disown forgets what was written to fields, and everything of records that are
// gone.
func (s *Store) Disown(ctx context.Context, target string, fields []pipeline.RecordField, gone []string) error {
	if len(fields)+len(gone) == 0 {
		return nil
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		if err := each(ctx, tx, "DELETE FROM ledger WHERE target = ? AND record = ? AND field = ?", fields, func(f pipeline.RecordField) []any { return []any{target, f.Record, f.Field} }); err != nil {
			return err
		}
		for _, text := range []string{"DELETE FROM ledger WHERE target = ? AND record = ?", "DELETE FROM made WHERE target = ? AND record = ?"} {
			if err := each(ctx, tx, text, gone, func(record string) []any { return []any{target, record} }); err != nil {
				return err
			}
		}
		return nil
	})
}

// each carries out a statement for each item.
func each[T any](ctx context.Context, tx *sql.Tx, text string, items []T, args func(T) []any) error {
	put, err := tx.PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	defer put.Close()
	for _, item := range items {
		if _, err := put.ExecContext(ctx, args(item)...); err != nil {
			return err
		}
	}
	return nil
}
