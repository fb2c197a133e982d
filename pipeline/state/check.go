package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// Health is what a check of a store found.
type Health struct {
	Path    string         `json:"path"`
	Bytes   int64          `json:"bytes"` // of the file, without the log beside it
	Version int            `json:"version"`
	Tables  []TableRows    `json:"tables"` // in the order in which they came to be
	Found   []diag.Finding `json:"findings"`
}

// TableRows is the number of rows of a table.
type TableRows struct {
	Name string `json:"name"`
	Rows int    `json:"rows"`
}

// Sound reports whether nothing was found that makes the store unfit for use.
func (h *Health) Sound() bool {
	return !slices.ContainsFunc(h.Found, func(f diag.Finding) bool { return f.Severity == diag.Error })
}

// Limits of a check.
const (
	brokenPagesMax = 10              // sentences of SQLite about damaged pages
	foundPerCode   = 20              // findings of one code that are told; the rest is counted
	clockAheadMax  = 2 * time.Minute // a note of the future is no news within this
)

const restoreHint = "restore the file from a backup, or move it away to begin without memory: the next plan then finds records by their keys, protects every value of protect_edits, and deletes nothing"

// Check looks at the store at path without changing it: whether it is a store of
// this version, whole, and whether its parts fit each other. What is wrong is in
// the result; an error means that nothing can be said. A store that is not there
// is fs.ErrNotExist.
func Check(ctx context.Context, path string, now time.Time) (*Health, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("check state: %w", err)
	}
	c := &checker{health: &Health{Path: path, Bytes: info.Size(), Tables: []TableRows{}, Found: []diag.Finding{}}, now: now, told: map[string]int{}}
	switch {
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("check state %s: it is not a regular file", path)
	case info.Size() == 0:
		c.add(diag.Error, "not-a-state", "the file is empty", restoreHint)
		return c.health, nil
	case info.Mode().Perm()&0o077 != 0:
		c.add(diag.Warning, "readable-by-others", fmt.Sprintf("others may read the file (mode %04o), and it holds values of contacts", info.Mode().Perm()), "chmod 600 "+path)
	}
	db, err := sql.Open("sqlite", address(path, url.Values{"mode": {"ro"}, "_pragma": {busyPragma(), "query_only(ON)"}}))
	if err != nil {
		return nil, fmt.Errorf("check state %s: %w", path, err)
	}
	defer db.Close()
	c.store = &Store{db: db, path: path}
	if err := c.run(ctx); err != nil {
		if ctx.Err() != nil || sqliteCode(err) == 0 && !errors.Is(err, errForeign) {
			return nil, fmt.Errorf("check state %s: %w", path, err)
		}
		c.add(diag.Error, "damaged", "the file cannot be read to its end: "+err.Error(), restoreHint)
	}
	c.more()
	return c.health, nil
}

type checker struct {
	store  *Store
	health *Health
	now    time.Time
	told   map[string]int // findings by code
}

// add notes a finding; beyond foundPerCode of a code they are counted.
func (c *checker) add(s diag.Severity, code, message, hint string) {
	if c.told[code]++; c.told[code] <= foundPerCode {
		c.health.Found = append(c.health.Found, diag.Finding{Severity: s, Code: code, Message: message, Hint: hint})
	}
}

func (c *checker) more() {
	for i := range c.health.Found {
		f := &c.health.Found[i]
		if n := c.told[f.Code]; n > foundPerCode && (i+1 == len(c.health.Found) || c.health.Found[i+1].Code != f.Code) {
			f.Hint += fmt.Sprintf("; %d more of this kind", n-foundPerCode)
		}
	}
}

func (c *checker) run(ctx context.Context) error {
	if err := c.store.db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&c.health.Version); err != nil {
		return err
	}
	switch v := c.health.Version; {
	case v > schemaVersion:
		c.add(diag.Error, "newer", (&newerError{v}).Error(), "use the newer reconkit")
		return nil
	case v < 1:
		return errForeign
	case v < schemaVersion:
		c.add(diag.Note, "older", fmt.Sprintf("the file has version %d of its form; this reconkit writes version %d", v, schemaVersion), "the next plan or apply brings it up to date; keep a copy if an older reconkit should still read it")
	}
	if err := c.tables(ctx); err != nil || !c.health.Sound() {
		return err
	}
	for _, part := range []func(context.Context) error{c.pages, c.sums, c.count, c.memory, c.runs, c.journal, c.leases, c.clusters} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// tables compares the tables and their columns with those that a store of this
// version has.
func (c *checker) tables(ctx context.Context) error {
	model, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return err
	}
	defer model.Close()
	model.SetMaxOpenConns(1) // each connection to it would be a database of its own
	for _, step := range migrations[:c.health.Version] {
		if _, err := model.ExecContext(ctx, step); err != nil {
			return err
		}
	}
	want, err := columnsOf(ctx, &Store{db: model})
	if err != nil {
		return err
	}
	have, err := columnsOf(ctx, c.store)
	if err != nil {
		return err
	}
	for _, t := range tableNames(c.health.Version) {
		switch got := have[t]; {
		case got == "":
			c.add(diag.Error, "table-missing", "table "+t+" is missing", restoreHint)
		case got != want[t]:
			c.add(diag.Error, "table-changed", "table "+t+" has other columns than it should: "+diag.Shorten(got, 200), restoreHint)
		}
	}
	return nil
}

// tableNames are the tables of a store of a version.
func tableNames(version int) []string {
	return strings.Split(strings.ReplaceAll(strings.Join(tables[1:min(version+1, len(tables))], ", "), "'", ""), ", ")
}

// columnsOf describes the columns of each table.
func columnsOf(ctx context.Context, s *Store) (map[string]string, error) {
	columns := map[string]string{}
	err := s.query(ctx, func(scan func(...any) error) error {
		var table, column, kind string
		var required, key int
		if err := scan(&table, &column, &kind, &required, &key); err != nil {
			return err
		}
		columns[table] += fmt.Sprintf("%s %s %d %d; ", column, kind, required, key)
		return nil
	}, `SELECT m.name, c.name, c.type, c."notnull", c.pk FROM sqlite_master m, pragma_table_info(m.name) c
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid`)
	return columns, err
}

// pages lets SQLite look at every page of the file.
func (c *checker) pages(ctx context.Context) error {
	return c.store.query(ctx, func(scan func(...any) error) error {
		var line string
		if err := scan(&line); err != nil {
			return err
		}
		if line != "ok" {
			c.add(diag.Error, "damaged", "the file is damaged: "+diag.Shorten(line, 200), restoreHint)
		}
		return nil
	}, fmt.Sprintf("PRAGMA integrity_check(%d)", brokenPagesMax))
}

func (c *checker) count(ctx context.Context) error {
	for _, t := range tableNames(c.health.Version) {
		rows := TableRows{Name: t}
		if err := c.store.db.QueryRowContext(ctx, "SELECT count(*) FROM "+t).Scan(&rows.Rows); err != nil {
			return err
		}
		c.health.Tables = append(c.health.Tables, rows)
	}
	return nil
}

// leases says who is at work, and finds notes of the future.
func (c *checker) leases(ctx context.Context) error {
	err := c.store.query(ctx, func(scan func(...any) error) error {
		var l pipeline.LeaseHeldError
		var since, until int64
		if odd, err := scanKinds(scan, &l.Target, &l.Holder, &since, &until); err != nil || odd >= 0 {
			return err
		}
		l.Since, l.Until = micros(since), micros(until)
		switch {
		case l.Since.After(c.now.Add(clockAheadMax)):
			c.add(diag.Warning, "clock", "the lease of "+diag.Shorten(l.Target, 100)+" was taken at "+clock(l.Since)+", which is in the future", "mend the clock of this machine or of the one that took it; until then the lease seems to be held")
		case l.Until.After(c.now):
			c.add(diag.Note, "lease-held", l.Error(), "wait for that apply; if its process is gone, the lease is free from that time on")
		default:
			c.add(diag.Note, "lease-left", fmt.Sprintf("an apply to %s did not give its lease back (%s, until %s)", diag.Shorten(l.Target, 100), l.Holder, clock(l.Until)), "it was killed; apply --resume goes on with its plan")
		}
		return nil
	}, "SELECT target, holder, since, until FROM leases ORDER BY target")
	if err != nil {
		return err
	}
	var latest sql.NullInt64
	if err := c.store.db.QueryRowContext(ctx, "SELECT max(at) FROM requests WHERE typeof(at) = 'integer'").Scan(&latest); err != nil {
		return err
	}
	if at := micros(latest.Int64); latest.Valid && at.After(c.now.Add(clockAheadMax)) {
		c.add(diag.Warning, "clock", "the last request was noted at "+clock(at)+", which is in the future", "mend the clock of this machine; until then every request waits, because the limit of the hour seems to be reached")
	}
	return nil
}

// clusters looks whether every row is in a cluster that is known.
func (c *checker) clusters(ctx context.Context) error {
	if c.health.Version < 2 {
		return nil
	}
	return c.store.query(ctx, func(scan func(...any) error) error {
		var of string
		var n int
		if err := scan(&of, &n); err != nil {
			return err
		}
		c.add(diag.Error, "clusters", fmt.Sprintf("%d rows of %s are in clusters that are not in the list of ids", n, diag.Shorten(of, 100)), restoreHint)
		return nil
	}, `SELECT r.of, count(*) FROM cluster_rows r LEFT JOIN cluster_ids i ON i.of = r.of AND i.id = r.cluster
WHERE i.id IS NULL GROUP BY r.of ORDER BY r.of`)
}

func clock(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Exists reports whether there is a store, or anything else, at path.
func Exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
