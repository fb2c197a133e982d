// Package state remembers, in one SQLite file, what must survive between runs:
// links of source rows, the ledger of what was written, the journal of calls,
// the lease of each target, the requests of the last hour, and the runs.
package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver

	"github.com/reconkit/reconkit/pipeline"
)

// busyMax is how long a statement waits for another process before it fails.
const busyMax = 10 * time.Second

// Store is the memory of one or more pipelines. It is safe for concurrent use,
// also by several processes.
type Store struct {
	db   *sql.DB
	path string
}

var _ pipeline.State = (*Store)(nil)

// schemaVersion is what this program writes; migrations lead up to it.
const schemaVersion = 1

// migrations[v] leads from version v to v+1.
var migrations = [...]string{`
CREATE TABLE links (
  target TEXT NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL, record TEXT NOT NULL,
  PRIMARY KEY (target, source, id)
) WITHOUT ROWID;
CREATE TABLE ledger (
  target TEXT NOT NULL, record TEXT NOT NULL, field TEXT NOT NULL,
  sent TEXT NOT NULL, shown TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (target, record, field)
) WITHOUT ROWID;
CREATE TABLE calls (
  run TEXT NOT NULL, seq INTEGER NOT NULL, target TEXT NOT NULL, digest TEXT NOT NULL,
  route TEXT NOT NULL, at INTEGER NOT NULL, changes TEXT NOT NULL,
  settled INTEGER, outcomes TEXT,
  PRIMARY KEY (run, seq)
);
CREATE INDEX calls_plan ON calls (target, digest);
CREATE TABLE leases (
  target TEXT PRIMARY KEY, holder TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL
);
CREATE TABLE requests (budget TEXT NOT NULL, at INTEGER NOT NULL);
CREATE INDEX requests_at ON requests (budget, at);
CREATE TABLE runs (
  id TEXT PRIMARY KEY, pipeline TEXT NOT NULL, target TEXT NOT NULL, digest TEXT NOT NULL,
  start INTEGER NOT NULL, finish INTEGER, status TEXT, counts TEXT
);`}

// Open opens the store at path and makes it when it is not there. A file that
// is damaged, no store, or made by a newer reconkit is an error that says so.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	if err := private(path); err != nil {
		return nil, err
	}
	query := url.Values{"_pragma": {fmt.Sprintf("busy_timeout(%d)", busyMax.Milliseconds()), "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)"}, "_txlock": {"immediate"}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+query.Encode())
	if err != nil {
		return nil, fmt.Errorf("open state %s: %w", path, err)
	}
	s := &Store{db: db, path: path}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open state %s: %w; the file is damaged or no state of reconkit: restore it from a backup, or move it away to begin without memory", path, err), db.Close())
	}
	return s, nil
}

// private makes the file readable by its owner alone, since it holds values of
// contacts.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open state: %w", err)
	}
	return f.Close()
}

// Close closes the store.
func (s *Store) Close() error { return s.db.Close() }

// Path is where the store is.
func (s *Store) Path() string { return s.path }

func (s *Store) migrate(ctx context.Context) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		var version int
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
			return err
		}
		if version > schemaVersion {
			return fmt.Errorf("it was made by a newer reconkit (version %d of its form; this one knows %d)", version, schemaVersion)
		}
		for ; version < schemaVersion; version++ {
			if _, err := tx.ExecContext(ctx, migrations[version]); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", schemaVersion))
		return err
	})
}

// write runs do in a transaction that is durable when write returns.
func (s *Store) write(ctx context.Context, do func(tx *sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// query calls row for each row of a query.
func (s *Store) query(ctx context.Context, row func(scan func(...any) error) error, text string, args ...any) error {
	rows, err := s.db.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

func toJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

func micros(us int64) time.Time { return time.UnixMicro(us).UTC() }
