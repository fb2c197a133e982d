package sonderplantest

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	_ "modernc.org/sqlite" // the driver of the emulator's state
)

// store is the state of the emulator in SQLite. Its callers hold the lock of
// the server; it has one connection, so that rows are read to their end before
// the next statement.
type store struct {
	db      *sql.DB
	columns []column
	prefix  map[Type]string // of uuids
}

func tableOf(t Type) string {
	if t == Organization {
		return "organizations"
	}
	return "people"
}

func (s *store) names() string {
	names := make([]string, len(s.columns))
	for i, c := range s.columns {
		names[i] = c.name
	}
	return strings.Join(names, ", ")
}

// openStore opens the state at path, or in memory when path is empty, and
// makes the tables that are not there yet.
func openStore(path, organizationPrefix string) (*store, error) {
	memory := path == ""
	if memory {
		path = ":memory:"
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return nil, fmt.Errorf("open state of the emulator: %w", err)
	}
	db.SetMaxOpenConns(1)
	s := &store{db: db, columns: columns(), prefix: map[Type]string{Person: "p", Organization: organizationPrefix}}
	for _, statement := range s.schema() {
		if _, err := db.Exec(statement); err != nil {
			return nil, errors.Join(fmt.Errorf("prepare state of the emulator: %w", err), db.Close())
		}
	}
	return s, nil
}

func (s *store) schema() []string {
	var fields []string
	for _, c := range s.columns {
		switch {
		case c.name == "id":
			fields = append(fields, "id INTEGER PRIMARY KEY")
		case c.text != nil:
			fields = append(fields, c.name+" TEXT NOT NULL")
		default:
			fields = append(fields, c.name+" INTEGER NOT NULL")
		}
	}
	all := strings.Join(fields, ", ")
	return []string{
		"PRAGMA journal_mode = WAL",
		"PRAGMA synchronous = NORMAL",
		"CREATE TABLE IF NOT EXISTS people (" + all + ")",
		"CREATE TABLE IF NOT EXISTS organizations (" + all + ")",
		"CREATE UNIQUE INDEX IF NOT EXISTS people_uuid ON people (uuid)",
		"CREATE UNIQUE INDEX IF NOT EXISTS organizations_uuid ON organizations (uuid)",
		"CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, last INTEGER NOT NULL)",
		`CREATE TABLE IF NOT EXISTS custom_field (id INTEGER PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL,
			type TEXT NOT NULL, module TEXT NOT NULL, place INTEGER NOT NULL, required INTEGER NOT NULL,
			created INTEGER NOT NULL, updated INTEGER NOT NULL)`,
		`CREATE TABLE IF NOT EXISTS custom_option (id INTEGER PRIMARY KEY, field INTEGER NOT NULL, name TEXT NOT NULL,
			place INTEGER NOT NULL)`,
		`CREATE TABLE IF NOT EXISTS custom_value (type TEXT NOT NULL, contact INTEGER NOT NULL, field INTEGER NOT NULL,
			value TEXT NOT NULL, option INTEGER NOT NULL, PRIMARY KEY (type, contact, field)) WITHOUT ROWID`,
		`CREATE TABLE IF NOT EXISTS token (token TEXT PRIMARY KEY, user_id INTEGER NOT NULL, user_name TEXT NOT NULL,
			contact TEXT NOT NULL, admin TEXT NOT NULL, expires INTEGER NOT NULL, revoked INTEGER NOT NULL)`,
	}
}

// runner is a database or a transaction of it.
type runner interface {
	Exec(query string, args ...any) (sql.Result, error)
	Query(query string, args ...any) (*sql.Rows, error)
	QueryRow(query string, args ...any) *sql.Row
}

// inTransaction runs f, and keeps what it wrote only if it returns no error.
func (s *store) inTransaction(f func(tx runner) error) error {
	tx, err := s.db.Begin()
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// nextID takes the next number of a counter. A number is never given twice.
func nextID(tx runner, counter string) (int64, error) {
	var id int64
	err := tx.QueryRow(`INSERT INTO counter (name, last) VALUES (?, 1)
		ON CONFLICT (name) DO UPDATE SET last = last + 1 RETURNING last`, counter).Scan(&id)
	return id, err
}

// save writes the contact, new or not, with its custom values.
func (s *store) save(tx runner, c *Contact) error {
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(s.columns)), ", ")
	statement := "INSERT OR REPLACE INTO " + tableOf(c.Type) + " (" + s.names() + ") VALUES (" + marks + ")"
	if _, err := tx.Exec(statement, s.pointers(c)...); err != nil {
		return fmt.Errorf("save contact %s: %w", c.UUID, err)
	}
	if _, err := tx.Exec("DELETE FROM custom_value WHERE type = ? AND contact = ?", c.Type, c.ID); err != nil {
		return err
	}
	for field, v := range c.Custom {
		if _, err := tx.Exec("INSERT INTO custom_value (type, contact, field, value, option) VALUES (?, ?, ?, ?, ?)",
			c.Type, c.ID, field, v.Text, v.Option); err != nil {
			return err
		}
	}
	return nil
}

// pointers returns the stored fields of c in the order of the columns, for
// reading into them and for writing from them.
func (s *store) pointers(c *Contact) []any {
	all := make([]any, len(s.columns))
	for i, col := range s.columns {
		switch {
		case col.text != nil:
			all[i] = col.text(c)
		case col.number != nil:
			all[i] = col.number(c)
		default:
			all[i] = col.flag(c)
		}
	}
	return all
}

// key names a contact by table and number.
type key struct {
	typ Type
	id  int64
}

// load reads the contacts in the order of keys; one that is not there is left
// out.
func (s *store) load(keys []key) ([]Contact, error) {
	found := make(map[key]*Contact, len(keys))
	for _, t := range []Type{Person, Organization} {
		if err := s.loadType(t, keys, found); err != nil {
			return nil, err
		}
	}
	contacts := make([]Contact, 0, len(keys))
	for _, k := range keys {
		if c := found[k]; c != nil {
			contacts = append(contacts, c.clone())
		}
	}
	return contacts, nil
}

func (s *store) loadType(t Type, keys []key, found map[key]*Contact) error {
	var ids []string
	for _, k := range keys {
		if k.typ == t {
			ids = append(ids, strconv.FormatInt(k.id, 10))
		}
	}
	if ids == nil {
		return nil
	}
	in := " IN (" + strings.Join(ids, ", ") + ")"
	rows, err := s.db.Query("SELECT " + s.names() + " FROM " + tableOf(t) + " WHERE id" + in)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		c := &Contact{Type: t, Custom: map[int64]CustomValue{}}
		if err := rows.Scan(s.pointers(c)...); err != nil {
			return err
		}
		found[key{t, c.ID}] = c
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return s.loadCustom(t, in, found)
}

func (s *store) loadCustom(t Type, in string, found map[key]*Contact) error {
	rows, err := s.db.Query(`SELECT v.contact, v.field, coalesce(o.name, v.value), v.option
		FROM custom_value v LEFT JOIN custom_option o ON o.id = v.option AND v.option > 0
		WHERE v.type = ? AND v.contact`+in, t)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var contact, field int64
		var v CustomValue
		if err := rows.Scan(&contact, &field, &v.Text, &v.Option); err != nil {
			return err
		}
		if c := found[key{t, contact}]; c != nil {
			c.Custom[field] = v
		}
	}
	return rows.Err()
}

// byUUID finds a contact, deleted or not.
func (s *store) byUUID(uuid string) (Contact, bool, error) {
	keys, err := s.keys(`SELECT 'person', id FROM people WHERE uuid = ?1
		UNION ALL SELECT 'organization', id FROM organizations WHERE uuid = ?1`, uuid)
	if err != nil || len(keys) == 0 {
		return Contact{}, false, err
	}
	contacts, err := s.load(keys[:1])
	if err != nil || len(contacts) == 0 {
		return Contact{}, false, err
	}
	return contacts[0], true, nil
}

// keys runs a query of two columns, type and id.
func (s *store) keys(query string, args ...any) ([]key, error) {
	rows, err := s.db.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var keys []key
	for rows.Next() {
		var k key
		if err := rows.Scan(&k.typ, &k.id); err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, rows.Err()
}
