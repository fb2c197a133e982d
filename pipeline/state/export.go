package state

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// jsonColumns hold JSON, which Export writes as such.
var jsonColumns = map[string]bool{"sent": true, "shown": true, "changes": true, "outcomes": true, "counts": true, "binding": true}

// Export writes all that is remembered as JSON Lines: first one that says the
// version, then one object for each row, with the name of its table under "table",
// table by table and in the order of their keys, so that the same memory gives the
// same bytes. Times are microseconds since 1970 UTC, as they are kept.
func (s *Store) Export(ctx context.Context, w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "{\"reconkit_state\":%d}\n", schemaVersion)
	for _, table := range tableNames(schemaVersion) {
		if err := s.exportTable(ctx, out, table); err != nil {
			return fmt.Errorf("export %s of %s: %w", table, s.path, err)
		}
	}
	return out.Flush()
}

// exportOrder is the order of the tables that have no key, or another one than
// that in which they are read best.
var exportOrder = map[string]string{"calls": "rowid", "requests": "budget, at", "runs": "start, id"}

func (s *Store) exportTable(ctx context.Context, w io.Writer, table string) error {
	damaged, err := s.damagedIn(ctx, table)
	if err != nil {
		return err
	}
	order := exportOrder[table]
	if order == "" {
		if err := s.db.QueryRowContext(ctx, "SELECT group_concat(name, ', ') FROM (SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk)", table).Scan(&order); err != nil {
			return err
		}
	}
	rows, err := s.db.QueryContext(ctx, "SELECT * FROM "+table+" ORDER BY "+order)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values, places := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		places[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return err
		}
		if err := exportRow(w, table, columns, values, damaged.holds(columns, values)); err != nil {
			return err
		}
	}
	return rows.Err()
}

// damagedKeys are rows of a table that are not as they were written, by some columns that
// tell one from another.
type damagedKeys struct {
	columns []string
	rows    map[string]bool
}

// damagedIn are the damaged rows of a table.
func (s *Store) damagedIn(ctx context.Context, table string) (damagedKeys, error) {
	d := damagedKeys{rows: map[string]bool{}}
	for _, k := range summedRows() {
		if k.table != table {
			continue
		}
		if d.columns == nil || len(k.keys) < len(d.columns) {
			d.columns = k.keys
		}
	}
	for _, k := range summedRows() {
		if k.table != table {
			continue
		}
		err := eachSum(ctx, s.db, &k, func(_, parts []any, found soundness, _ int64) error {
			if found != sound {
				d.rows[fmt.Sprintf("%q", parts[:len(d.columns)])] = true
			}
			return nil
		})
		if err != nil {
			return d, err
		}
	}
	return d, nil
}

// holds reports whether a row is one of them.
func (d *damagedKeys) holds(columns []string, values []any) bool {
	if len(d.rows) == 0 {
		return false
	}
	parts := make([]any, len(d.columns))
	for i, c := range d.columns {
		parts[i] = values[slices.Index(columns, c)]
	}
	return d.rows[fmt.Sprintf("%q", parts)]
}

func exportRow(w io.Writer, table string, columns []string, values []any, damaged bool) error {
	if _, err := fmt.Fprintf(w, "{\"table\":%q", table); err != nil {
		return err
	}
	if damaged {
		if _, err := io.WriteString(w, `,"damaged":true`); err != nil {
			return err
		}
	}
	for i, name := range columns {
		v := values[i]
		if text, ok := v.(string); ok && jsonColumns[name] && json.Valid([]byte(text)) {
			v = json.RawMessage(text)
		}
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, ",%q:%s", name, b); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "}\n")
	return err
}
