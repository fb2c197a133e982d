package plandockettest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// schemaVersion is kept in the file's user_version, so that a file of another version is refused and not misread.
const schemaVersion = 1

// busyTimeoutMS is how long a statement waits for another process that writes the same file, in milliseconds.
const busyTimeoutMS = 5000

// textColumns are the text fields of a contact in the order of the response schema.
var textColumns = [...]string{
	"customer_number", "company_name", "first_name", "last_name", "address", "postal_code", "city", "country", "state",
	"phone", "fax", "mobile", "email", "website", "notes", "tax_id",
}

const (
	columnCustomerNumber = 0
	columnCompanyName    = 1
	columnFirstName      = 2
	columnLastName       = 3
	columnPhone          = 9
	columnFax            = 10
	columnMobile         = 11
	columnEmail          = 12
	columnNotes          = 14
)

// contactColumns are the columns of a contact in the order of [row.targets].
func contactColumns() string {
	return "id," + strings.Join(textColumns[:], ",") + ",rating,account_access_enabled,has_account,created_at,updated_at"
}

// tables returns the schema. lagging holds what lists still show of contacts that were written a moment ago.
func tables() []string {
	texts := strings.Join(textColumns[:], " TEXT,") + " TEXT,"
	fields := texts + `rating INTEGER NOT NULL, account_access_enabled INTEGER NOT NULL, has_account INTEGER NOT NULL,
		created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL`
	return []string{
		`CREATE TABLE contacts (id INTEGER PRIMARY KEY AUTOINCREMENT, ` + fields + `, email_folded TEXT, email_trimmed TEXT)`,
		`CREATE INDEX contacts_email ON contacts (email)`,
		`CREATE INDEX contacts_email_folded ON contacts (email_folded)`,
		`CREATE INDEX contacts_email_trimmed ON contacts (email_trimmed)`,
		`CREATE INDEX contacts_customer_number ON contacts (customer_number)`,
		`CREATE TABLE lagging (id INTEGER PRIMARY KEY, ` + strings.ReplaceAll(fields, " NOT NULL", "") + `, existed INTEGER NOT NULL, until INTEGER NOT NULL)`,
		`CREATE TABLE events (id INTEGER PRIMARY KEY AUTOINCREMENT, event_key TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
			description TEXT, country TEXT NOT NULL, state TEXT, city TEXT, date_from TEXT, date_to TEXT,
			application_deadline TEXT, is_visible INTEGER NOT NULL, opening_hours TEXT)`,
		`CREATE TABLE participants (id INTEGER PRIMARY KEY AUTOINCREMENT, event_id INTEGER NOT NULL, contact_id INTEGER NOT NULL,
			is_confirmed INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL)`,
		`CREATE INDEX participants_contact ON participants (contact_id, event_id)`,
		`CREATE INDEX participants_event ON participants (event_id)`,
		`CREATE TABLE categories (id INTEGER PRIMARY KEY AUTOINCREMENT, category_key TEXT UNIQUE, title TEXT NOT NULL,
			parent_id INTEGER, content TEXT, event_keys TEXT, is_visible INTEGER NOT NULL, applicant_visibility TEXT NOT NULL,
			account_access_enabled INTEGER NOT NULL, sort_order INTEGER NOT NULL,
			created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL)`,
		`CREATE TABLE contact_categories (contact_id INTEGER NOT NULL, category_id INTEGER NOT NULL,
			PRIMARY KEY (contact_id, category_id)) WITHOUT ROWID`,
		`CREATE INDEX contact_categories_category ON contact_categories (category_id)`,
		`CREATE TABLE definitions (id INTEGER PRIMARY KEY AUTOINCREMENT, entity_type TEXT NOT NULL, field_key TEXT NOT NULL,
			field_label TEXT NOT NULL, field_type TEXT NOT NULL, section_key TEXT, field_options TEXT, validation_rules TEXT,
			is_required INTEGER NOT NULL, is_searchable INTEGER NOT NULL, applicant_visibility TEXT NOT NULL,
			is_active INTEGER NOT NULL, display_order INTEGER NOT NULL, UNIQUE (entity_type, field_key))`,
		`CREATE TABLE custom_values (entity_type TEXT NOT NULL, entity_id INTEGER NOT NULL, field_key TEXT NOT NULL,
			value TEXT NOT NULL, PRIMARY KEY (entity_type, entity_id, field_key)) WITHOUT ROWID`,
		`CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, action TEXT NOT NULL, entity_type TEXT NOT NULL,
			entity_id INTEGER NOT NULL, entity_title TEXT NOT NULL, description TEXT NOT NULL, old_values TEXT, new_values TEXT,
			admin_id INTEGER, admin_name TEXT, ip_address TEXT, user_agent TEXT, created_at INTEGER NOT NULL)`,
	}
}

// laggingParticipants is the table of what lists still show of participations that were written a moment ago.
const laggingParticipants = `CREATE TABLE IF NOT EXISTS lagging_participants (id INTEGER PRIMARY KEY, event_id INTEGER, contact_id INTEGER,
	is_confirmed INTEGER, created_at INTEGER, updated_at INTEGER, existed INTEGER NOT NULL, until INTEGER NOT NULL)`

// openStore opens or makes the database. One connection serves everything: the server's mutex orders its use.
func openStore(path string) (*sql.DB, error) {
	dsn := "file::memory:?_pragma=foreign_keys(0)"
	if path != "" {
		u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
		dsn = fmt.Sprintf("%s?_txlock=immediate&_pragma=busy_timeout(%d)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)",
			u.String(), busyTimeoutMS)
	}
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	db.SetConnMaxLifetime(0)
	if err := migrate(db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func migrate(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback() // after a commit it does nothing
	var version int
	if err := tx.QueryRow(`PRAGMA user_version`).Scan(&version); err != nil {
		return err
	}
	switch version {
	case schemaVersion: // files of earlier programs lack what holds nothing for long
		if _, err := tx.Exec(laggingParticipants); err != nil {
			return err
		}
		return tx.Commit()
	case 0:
	default:
		return fmt.Errorf("the file has schema version %d and this program knows %d: use another file", version, schemaVersion)
	}
	for _, statement := range append(tables(), laggingParticipants) {
		if _, err := tx.Exec(statement); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(fmt.Sprintf(`PRAGMA user_version = %d`, schemaVersion)); err != nil {
		return err
	}
	return tx.Commit()
}

// A row is a contact as the database holds it.
type row struct {
	id               int64
	text             [len(textColumns)]sql.NullString
	rating           int64
	access, account  bool
	created, updated int64 // unix seconds
}

// targets are the places that the columns of contactColumns are read into.
func (r *row) targets() []any {
	out := make([]any, 0, len(textColumns)+6)
	out = append(out, &r.id)
	for i := range r.text {
		out = append(out, &r.text[i])
	}
	return append(out, &r.rating, &r.access, &r.account, &r.created, &r.updated)
}

// values are the columns of contactColumns but the id.
func (r *row) values() []any {
	out := make([]any, 0, len(textColumns)+8)
	for i := range r.text {
		out = append(out, r.text[i])
	}
	return append(out, r.rating, r.access, r.account, r.created, r.updated)
}

// title is what the audit log calls the contact.
func (r *row) title() string {
	if name := strings.TrimSpace(r.text[columnFirstName].String + " " + r.text[columnLastName].String); name != "" {
		return name
	}
	for _, i := range []int{columnCompanyName, columnEmail, columnCustomerNumber} {
		if r.text[i].String != "" {
			return r.text[i].String
		}
	}
	return fmt.Sprintf("Contact %d", r.id)
}

// folded and trimmed are the forms of an e-mail address that the two tolerant dialects compare.
func folded(email sql.NullString) sql.NullString {
	email.String = strings.ToLower(email.String)
	return email
}

func trimmed(email sql.NullString) sql.NullString {
	email.String = strings.ToLower(strings.TrimSpace(email.String))
	return email
}

// A unit is the transaction of one request or one edit by hand.
type unit struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt // prepared on conn, by their text; they outlive the unit
	now   time.Time
	actor actor
	audit bool
	gaps  bool          // in the audit log, see AuditGaps
	lag   time.Duration // how long lists go on showing what was before
}

// An actor is who the audit log names.
type actor struct {
	adminID         sql.NullInt64
	name, ip, agent string
}

func (u *unit) stmt(query string) (*sql.Stmt, error) {
	if s, ok := u.stmts[query]; ok {
		return s, nil
	}
	s, err := u.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("prepare %.60s: %w", query, err)
	}
	u.stmts[query] = s
	return s, nil
}

func (u *unit) exec(query string, args ...any) (sql.Result, error) {
	s, err := u.stmt(query)
	if err != nil {
		return nil, err
	}
	return s.Exec(args...)
}

// each runs a query and calls scan for every row. scan must not use the unit.
func (u *unit) each(scan func(*sql.Rows) error, query string, args ...any) error {
	s, err := u.stmt(query)
	if err != nil {
		return err
	}
	rows, err := s.Query(args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// one reads a single row into targets and reports whether there was one.
func (u *unit) one(targets []any, query string, args ...any) (bool, error) {
	s, err := u.stmt(query)
	if err != nil {
		return false, err
	}
	err = s.QueryRow(args...).Scan(targets...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// count answers a query for one number.
func (u *unit) count(query string, args ...any) (int, error) {
	var n int
	_, err := u.one([]any{&n}, query, args...)
	return n, err
}

// ids answers a query for ids.
func (u *unit) ids(query string, args ...any) ([]int64, error) {
	var out []int64
	err := u.each(func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		out = append(out, id)
		return err
	}, query, args...)
	return out, err
}

func (u *unit) contact(id int64) (row, bool, error) {
	var r row
	ok, err := u.one(r.targets(), `SELECT `+contactColumns()+` FROM contacts WHERE id = ?`, id)
	return r, ok, err
}

// insert stores a new contact and sets its id.
func (u *unit) insert(r *row) error {
	marks := strings.Repeat("?,", len(textColumns)+5)
	query := `INSERT INTO contacts (` + strings.TrimPrefix(contactColumns(), "id,") + `,email_folded,email_trimmed) VALUES (` + marks + `?,?)`
	email := r.text[columnEmail]
	res, err := u.exec(query, append(r.values(), folded(email), trimmed(email))...)
	if err != nil {
		return err
	}
	if r.id, err = res.LastInsertId(); err != nil {
		return err
	}
	return u.linger(r.id, nil)
}

// update stores what differs from before; before is also what lists may go on showing. Naming only the columns that
// change spares their indexes, which is most of the time of a bulk update.
func (u *unit) update(before, r row) error {
	set := []string{"rating=?", "account_access_enabled=?", "has_account=?", "created_at=?", "updated_at=?"}
	args := []any{r.rating, r.access, r.account, r.created, r.updated}
	for i, name := range textColumns {
		if r.text[i] != before.text[i] {
			set = append(set, name+"=?")
			args = append(args, r.text[i])
		}
	}
	if email := r.text[columnEmail]; email != before.text[columnEmail] {
		set = append(set, "email_folded=?", "email_trimmed=?")
		args = append(args, folded(email), trimmed(email))
	}
	query := `UPDATE contacts SET ` + strings.Join(set, ",") + ` WHERE id=?`
	if _, err := u.exec(query, append(args, r.id)...); err != nil {
		return err
	}
	return u.linger(r.id, &before)
}

// remove deletes a contact with its participations, categories and custom values.
func (u *unit) remove(r row) error {
	for _, query := range []string{
		`DELETE FROM participants WHERE contact_id=?`, `DELETE FROM contact_categories WHERE contact_id=?`,
		`DELETE FROM custom_values WHERE entity_type='contact' AND entity_id=?`, `DELETE FROM contacts WHERE id=?`,
	} {
		if _, err := u.exec(query, r.id); err != nil {
			return err
		}
	}
	return u.linger(r.id, &r)
}

// linger keeps what was before (nil: nothing) for lists to show as long as reads lag behind.
func (u *unit) linger(id int64, before *row) error {
	if u.lag <= 0 {
		return nil
	}
	existed := before != nil
	if before == nil {
		before = new(row)
	}
	marks := strings.Repeat("?,", len(textColumns)+6)
	args := append([]any{id}, before.values()...)
	_, err := u.exec(`INSERT OR IGNORE INTO lagging (`+contactColumns()+`,existed,until) VALUES (`+marks+`?,?)`,
		append(args, existed, u.now.Add(u.lag).UnixNano())...)
	return err
}

// visible returns the table that lists read: contacts, or contacts with the rows that still look as they were.
func (u *unit) visible() (string, error) {
	if _, err := u.exec(`DELETE FROM lagging WHERE until <= ?`, u.now.UnixNano()); err != nil {
		return "", err
	}
	n, err := u.count(`SELECT count(*) FROM lagging`)
	if err != nil || n == 0 {
		return "contacts", err
	}
	return `(SELECT ` + contactColumns() + ` FROM contacts WHERE id NOT IN (SELECT id FROM lagging)
		UNION ALL SELECT ` + contactColumns() + ` FROM lagging WHERE existed)`, nil
}
