// Package state remembers, in one SQLite file, what must survive between runs:
// links of source rows, the ledger of what was written, who created which record,
// the journal of calls,
// the lease of each target, the requests of the last hour, the runs with what
// they planned and what became of it, the changes that a person declined, and the
// clusters of matched files with the weights by which they were found.
package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// busyMax is how long a statement waits for another process before it fails.
const busyMax = 10 * time.Second

// Store is the memory of one or more pipelines. It is safe for concurrent use,
// also by several processes.
type Store struct {
	db   *sql.DB
	path string

	mu   sync.Mutex
	left map[string]*pipeline.Damage // what readings left out, by target
}

var (
	_ pipeline.State      = (*Store)(nil)
	_ pipeline.Withdrawer = (*Store)(nil)
)

// schemaVersion is what this program writes; migrations lead up to it.
const schemaVersion = leaseSumsVersion

// tables[v] are those that a store of version v has and one of v-1 has not; beyond the
// last of them no version adds any.
var tables = [...]string{1: "'links', 'ledger', 'calls', 'leases', 'requests', 'runs'", 2: "'cluster_runs', 'cluster_rows', 'cluster_ids', 'weights'",
	historyVersion: "'run_plans', 'run_outcomes', 'declines'", ownershipVersion: "'made'",
	marksVersion: "'marks'"}

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
);`, clusterTables, historyTables, ownershipTables, marksTables, sumColumns, leaseSumColumns}

// Open opens the store at path and makes it when it is not there. A file that
// is damaged, no store, or made by a newer reconkit is an error that says so.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	if err := prepare(path); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", address(path, url.Values{"_pragma": {busyPragma(), "synchronous(FULL)", "foreign_keys(ON)"}, "_txlock": {"immediate"}}))
	if err != nil {
		return nil, fmt.Errorf("open state %s: %w", path, err)
	}
	s := &Store{db: db, path: path}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(unusable(path, err), db.Close())
	}
	// With a log beside it, readers and a writer go on at once. The file keeps
	// this, so that it does no harm when another process is in the way just now;
	// and it is done last, so that a file of somebody else stays as it was.
	if _, err := db.ExecContext(ctx, "PRAGMA journal_mode = WAL"); err != nil && sqliteCode(err)&0xff != sqlite3.SQLITE_BUSY {
		return nil, errors.Join(unusable(path, err), db.Close())
	}
	return s, nil
}

// address is the name by which SQLite opens the file at path.
func address(path string, query url.Values) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + query.Encode()
}

func busyPragma() string { return fmt.Sprintf("busy_timeout(%d)", busyMax.Milliseconds()) }

// unusable says why a file cannot be the state, and what to do about it.
func unusable(path string, err error) error {
	code := sqliteCode(err) & 0xff
	switch {
	case errors.Is(err, errForeign), code == sqlite3.SQLITE_NOTADB, code == sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("open state %s: %w; the file is damaged or no state of reconkit: restore it from a backup, or move it away to begin without memory", path, err)
	default:
		return fmt.Errorf("open state %s: %w", path, remedy(path, err))
	}
}

// remedy adds what to do about an error of the disk or of the file's rights.
func remedy(path string, err error) error {
	switch sqliteCode(err) & 0xff {
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: make room on the disk of %s, then go on", err, path)
	case sqlite3.SQLITE_IOERR:
		return fmt.Errorf("%w: look at the disk of %s, such as whether it is full, then go on", err, path)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return fmt.Errorf("%w: %s and its folder must be writable; see to that, then go on", err, path)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("%w: another process has kept %s locked for more than %s; end it, then go on", err, path, busyMax)
	}
	return err
}

// Damaged reports whether an error is that the pages of a state cannot be read.
func Damaged(err error) bool { return sqliteCode(err)&0xff == sqlite3.SQLITE_CORRUPT }

// sqliteCode is the code of an error of SQLite, or 0.
func sqliteCode(err error) int {
	var coded *sqlite.Error
	if errors.As(err, &coded) {
		return coded.Code()
	}
	return 0
}

// errForeign says that a file is no state.
var errForeign = errors.New("not a state of reconkit")

// newerError says that a store was made by a later version of this program.
type newerError struct{ version int }

func (e *newerError) Error() string {
	return fmt.Sprintf("it was made by a newer reconkit (version %d of its form; this one knows %d): use that one, or move the file away to begin without memory", e.version, schemaVersion)
}

// fileBytesMin is the least size of a SQLite file: one page of the smallest kind.
const fileBytesMin = 512

// prepare makes the file when it is not there, readable by its owner alone,
// since it holds values of contacts; SQLite gives the files beside it the same
// mode. SQLite takes a file of a few bytes for a new one, so that such a file
// is refused here. A file that is there is not opened: closing it would take
// the locks away that another Store of this process holds on it (POSIX).
func prepare(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			return nil // another process was faster
		}
		if err != nil {
			return fmt.Errorf("open state: %w", err)
		}
		return f.Close()
	case err != nil:
		return fmt.Errorf("open state: %w", err)
	case info.Size() > 0 && info.Size() < fileBytesMin:
		return unusable(path, errForeign)
	}
	return nil
}

// Close closes the store.
func (s *Store) Close() error { return s.db.Close() }

func (s *Store) migrate(ctx context.Context) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		var version int
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
			return err
		}
		if version > schemaVersion {
			return &newerError{version}
		}
		if err := ours(ctx, tx, version); err != nil {
			return err
		}
		from := version
		for ; version < schemaVersion; version++ {
			if _, err := tx.ExecContext(ctx, migrations[version]); err != nil {
				return err
			}
		}
		if from > 0 && from < schemaVersion {
			if err := sumAll(ctx, tx, from); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", schemaVersion))
		return err
	})
}

// ours refuses a database that holds other tables than a store of the version.
func ours(ctx context.Context, tx *sql.Tx, version int) error {
	if version < 0 {
		return errForeign
	}
	names := strings.Join(tables[1:min(version+1, len(tables))], ", ")
	var all, known int
	err := tx.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(name IN (`+names+`)), 0)
FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`).Scan(&all, &known)
	if err != nil {
		return err
	}
	if (version == 0 && all > 0) || (version > 0 && known != strings.Count(names, ",")+1) {
		return errForeign
	}
	return nil
}

// write runs do in a transaction that is durable when write returns.
func (s *Store) write(ctx context.Context, do func(tx *sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return remedy(s.path, err)
	}
	if err := do(tx); err != nil {
		if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) {
			return errors.Join(remedy(s.path, err), undo)
		}
		return remedy(s.path, err)
	}
	return remedy(s.path, tx.Commit())
}

// eachRow calls row for each row of a query to the database or in a transaction.
func eachRow(ctx context.Context, from querier, row func(scan func(...any) error) error, text string, args ...any) error {
	rows, err := from.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	scan := rows.Scan
	for rows.Next() {
		if err := row(scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// query calls row for each row of a query to the database.
func (s *Store) query(ctx context.Context, row func(scan func(...any) error) error, text string, args ...any) error {
	return eachRow(ctx, s.db, row, text, args...)
}

// read reads all of a query from the database; see readAll.
func (s *Store) read(ctx context.Context, places []any, row func() error, text string, args ...any) error {
	return readAll(ctx, s.db, places, row, text, args...)
}

// readAll calls row for each row of a query, after it was read into places.
func readAll(ctx context.Context, from querier, places []any, row func() error, text string, args ...any) error {
	return eachRow(ctx, from, func(scan func(...any) error) error {
		if err := scan(places...); err != nil {
			return err
		}
		return row()
	}, text, args...)
}

func toJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// fromJSON reads what toJSON wrote.
func fromJSON[T any](text string, into *T) error {
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("it cannot be read (%w); reconkit state check says what to do", diag.JSONProblem([]byte(text), err))
	}
	return nil
}

func micros(us int64) time.Time { return time.UnixMicro(us).UTC() }
