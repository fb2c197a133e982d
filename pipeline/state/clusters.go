package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/reconkit/reconkit/pipeline"
)

// ClusterIDs returns what is remembered of the clusters of files or a model.
func (s *Store) ClusterIDs(ctx context.Context, of string) (*pipeline.ClusterIDs, error) {
	ids := &pipeline.ClusterIDs{}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("read the clusters of %s: %w", of, err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	if ids.Run, err = clusterRun(ctx, tx, of); err != nil {
		return nil, fmt.Errorf("read the clusters of %s: %w", of, err)
	}
	var r pipeline.ClusterRow
	err = readAll(ctx, tx, []any{&r.Key, &r.Cluster}, func() error {
		ids.Rows = append(ids.Rows, r)
		return nil
	}, "SELECT key, cluster FROM cluster_rows WHERE of = ? ORDER BY key", of)
	if err != nil {
		return nil, fmt.Errorf("read the clusters of %s: %w", of, err)
	}
	var c pipeline.ClusterID
	err = readAll(ctx, tx, []any{&c.ID, &c.Since, &c.Into, &c.Gone}, func() error {
		ids.IDs = append(ids.IDs, c)
		return nil
	}, "SELECT id, since, into_id, gone FROM cluster_ids WHERE of = ? ORDER BY id", of)
	if err != nil {
		return nil, fmt.Errorf("read the clusters of %s: %w", of, err)
	}
	return ids, nil
}

// SaveClusterIDs remembers clusters of files or a model, all that are listed or
// none.
func (s *Store) SaveClusterIDs(ctx context.Context, of string, ids *pipeline.ClusterIDs) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		run, err := clusterRun(ctx, tx, of)
		if err != nil {
			return err
		}
		if run != ids.Run-1 {
			return pipeline.ErrOvertaken
		}
		if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO cluster_runs (of, run) VALUES (?, ?)", of, ids.Run); err != nil {
			return err
		}
		err = putRows(ctx, tx, "cluster_rows (of, key, cluster)", of, ids.Rows, func(args []any, r *pipeline.ClusterRow) ([]any, error) {
			return append(args, r.Key, r.Cluster), nil
		})
		if err != nil {
			return err
		}
		return putRows(ctx, tx, "cluster_ids (of, id, since, into_id, gone)", of, ids.IDs, func(args []any, c *pipeline.ClusterID) ([]any, error) {
			return append(args, c.ID, c.Since, c.Into, c.Gone), nil
		})
	})
	if err != nil {
		return fmt.Errorf("remember the clusters of %s: %w", of, err)
	}
	return nil
}

// ClusterRun returns the Run of what ClusterIDs returns, without all else.
func (s *Store) ClusterRun(ctx context.Context, of string) (int, error) {
	run, err := clusterRun(ctx, s.db, of)
	if err != nil {
		return 0, fmt.Errorf("read the clusters of %s: %w", of, err)
	}
	return run, nil
}

// rowQuerier is a database or a transaction.
type rowQuerier interface {
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
}

// clusterRun is the number of runs of which clusters are remembered.
func clusterRun(ctx context.Context, query rowQuerier, of string) (run int, err error) {
	err = query.QueryRowContext(ctx, "SELECT run FROM cluster_runs WHERE of = ?", of).Scan(&run)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return run, err
}

// Weights returns the remembered weights of files or a model, or nil, as where they are
// not as they were written.
func (s *Store) Weights(ctx context.Context, of string) (*pipeline.PinnedWeights, error) {
	var text string
	var learned, sum int64
	_, err := scanKinds(s.db.QueryRowContext(ctx, "SELECT weights, learned, sum FROM weights WHERE of = ?", of).Scan, &text, &learned, &sum)
	switch {
	case errors.Is(err, sql.ErrNoRows), err == nil && judge(sum, new(summer).of("weights", 1, of, text, number(learned))) != sound:
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read the weights of %s: %w", of, err)
	}
	return &pipeline.PinnedWeights{Text: []byte(text), Learned: micros(learned)}, nil
}

// SaveWeights remembers weights in place of those before.
func (s *Store) SaveWeights(ctx context.Context, of string, w pipeline.PinnedWeights) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO weights (of, weights, learned, sum) VALUES (?, ?, ?, ?)",
			of, string(w.Text), w.Learned.UnixMicro(), new(summer).of("weights", 1, of, string(w.Text), number(w.Learned.UnixMicro())))
		return err
	})
	if err != nil {
		return fmt.Errorf("remember the weights of %s: %w", of, err)
	}
	return nil
}

var (
	_ pipeline.Clusters = (*Store)(nil)
	_ pipeline.Weights  = (*Store)(nil)
)

// clusterTables are those of version 2.
const clusterTables = `
CREATE TABLE cluster_runs (of TEXT PRIMARY KEY, run INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE cluster_rows (
  of TEXT NOT NULL, key TEXT NOT NULL, cluster TEXT NOT NULL,
  PRIMARY KEY (of, key)
) WITHOUT ROWID;
CREATE TABLE cluster_ids (
  of TEXT NOT NULL, id TEXT NOT NULL, since INTEGER NOT NULL, into_id TEXT NOT NULL, gone INTEGER NOT NULL,
  PRIMARY KEY (of, id)
) WITHOUT ROWID;
CREATE TABLE weights (of TEXT PRIMARY KEY, weights TEXT NOT NULL, learned INTEGER NOT NULL) WITHOUT ROWID;
`
