package state

import (
	"context"
	"database/sql"

	"github.com/reconkit/reconkit/pipeline"
)

// marksVersion is the version from which on a store has marksTables.
const marksVersion = 5

// marksTables say up to where sources were read.
const marksTables = `
CREATE TABLE marks (
  pipeline TEXT NOT NULL, target TEXT NOT NULL, source TEXT NOT NULL,
  mark TEXT NOT NULL, fingerprint TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (pipeline, target, source)
) WITHOUT ROWID;
`

var _ pipeline.Watermarks = (*Store)(nil)

// Watermarks returns up to where the sources of a pipeline were read for a target.
func (s *Store) Watermarks(ctx context.Context, name, target string) (map[string]pipeline.Watermark, error) {
	marks := map[string]pipeline.Watermark{}
	var sums summer
	err := s.query(ctx, func(scan func(...any) error) error {
		var source string
		var w pipeline.Watermark
		var at, sum int64
		if _, err := scanKinds(scan, &source, &w.Mark, &w.Fingerprint, &at, &sum); err != nil {
			return err
		}
		if judge(sum, sums.of("marks", 3, name, target, source, w.Mark, w.Fingerprint, number(at))) != sound {
			return nil // everything is read
		}
		w.At = micros(at)
		marks[source] = w
		return nil
	}, "SELECT source, mark, fingerprint, at, sum FROM marks WHERE pipeline = ? AND target = ?", name, target)
	return marks, err
}

// SaveWatermarks remembers up to where sources were read.
func (s *Store) SaveWatermarks(ctx context.Context, name, target string, marks map[string]pipeline.Watermark) error {
	if len(marks) == 0 {
		return nil
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		var sums summer
		for source, w := range marks {
			at := w.At.UnixMicro()
			if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO marks (pipeline, target, source, mark, fingerprint, at, sum) VALUES (?, ?, ?, ?, ?, ?, ?)",
				name, target, source, w.Mark, w.Fingerprint, at, sums.of("marks", 3, name, target, source, w.Mark, w.Fingerprint, number(at))); err != nil {
				return err
			}
		}
		return nil
	})
}
