package plandockettest

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A Contact is a contact as an admin sees it. Text that is null reads as "", and "" is stored as null.
type Contact struct {
	ID                                               int64
	CustomerNumber, CompanyName                      string
	FirstName, LastName                              string
	Address, PostalCode, City, Country, State        string
	Phone, Fax, Mobile, Email, Website, Notes, TaxID string
	Rating                                           int // 1 to 5; 0 means the default, 3
	AccountAccessEnabled                             bool
	HasAccount                                       bool
	CategoryKeys                                     []string // in alphabetical order; categories without key are left out
	CreatedAt, UpdatedAt                             time.Time
}

// texts are the text fields in the order of textColumns.
func (c *Contact) texts() [len(textColumns)]*string {
	return [...]*string{
		&c.CustomerNumber, &c.CompanyName, &c.FirstName, &c.LastName, &c.Address, &c.PostalCode, &c.City, &c.Country,
		&c.State, &c.Phone, &c.Fax, &c.Mobile, &c.Email, &c.Website, &c.Notes, &c.TaxID,
	}
}

func (r *row) contact() Contact {
	c := Contact{
		ID: r.id, Rating: int(r.rating), AccountAccessEnabled: r.access, HasAccount: r.account,
		CreatedAt: time.Unix(r.created, 0).UTC(), UpdatedAt: time.Unix(r.updated, 0).UTC(),
	}
	for i, text := range c.texts() {
		*text = r.text[i].String
	}
	return c
}

// row is the contact for the database. A time that is zero becomes now, a rating of 0 the default.
func (c *Contact) row(now time.Time) (row, error) {
	if c.Rating == 0 {
		c.Rating = ratingDefault
	}
	if c.Rating < 1 || c.Rating > 5 {
		return row{}, fmt.Errorf("rating %d is not between 1 and 5", c.Rating)
	}
	r := row{id: c.ID, rating: int64(c.Rating), access: c.AccountAccessEnabled, account: c.HasAccount}
	for i, text := range c.texts() {
		r.text[i] = sql.NullString{String: *text, Valid: *text != ""}
	}
	r.created, r.updated = now.Unix(), now.Unix()
	if !c.CreatedAt.IsZero() {
		r.created = c.CreatedAt.Unix()
	}
	if !c.UpdatedAt.IsZero() {
		r.updated = c.UpdatedAt.Unix()
	}
	return r, nil
}

// byHand does what an admin does in the user interface: at once, unlimited, and in the audit log under an admin's name.
func (s *Server) byHand(act string, f func(*unit) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if err := s.settle(now); err != nil {
		return fmt.Errorf("%s: %w", act, err)
	}
	err := s.unit(now, func(u *unit) error {
		u.audit = s.dialect.Audit != AuditUnmanned
		u.actor = actor{adminID: sql.NullInt64{Int64: 1, Valid: true}, name: "Sandbox Admin", ip: "198.51.100.7", agent: "browser"}
		return f(u)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", act, err)
	}
	return nil
}

// Add creates a contact as it is given, whatever rules the API has, and returns its id. ID is ignored; a category key
// that does not exist is an error.
func (s *Server) Add(c Contact) (id int64, err error) {
	err = s.byHand("add contact", func(u *unit) error {
		r, err := c.row(u.now)
		if err != nil {
			return err
		}
		if err := u.insert(&r); err != nil {
			return err
		}
		id = r.id
		if err := u.categorise(r.id, c.CategoryKeys); err != nil {
			return err
		}
		return u.record("created", "contact", r.id, r.title(), nil, r.fields())
	})
	return id, err
}

// categorise gives a contact exactly these categories.
func (u *unit) categorise(id int64, keys []string) error {
	for _, key := range keys {
		if n, err := u.count(`SELECT count(*) FROM categories WHERE category_key=?`, key); err != nil || n == 0 {
			return fmt.Errorf("category %q: %w", key, errOr(err, errMissing))
		}
	}
	keys = append([]string{}, keys...)
	return u.assign(id, &patch{categories: &keys}, CategoriesReplace)
}

// errMissing says that what an edit by hand is about does not exist.
var errMissing = errors.New("it does not exist")

func errOr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// Edit changes a contact as an admin does, with a new updated_at unless change sets another one. ID cannot change.
func (s *Server) Edit(id int64, change func(*Contact)) error {
	return s.byHand(fmt.Sprintf("edit contact %d", id), func(u *unit) error {
		before, ok, err := u.contact(id)
		if err != nil || !ok {
			return errOr(err, errMissing)
		}
		c := before.contact()
		if c.CategoryKeys, err = u.keysOf(id); err != nil {
			return err
		}
		keys := slices.Clone(c.CategoryKeys)
		change(&c)
		if c.UpdatedAt.Unix() == before.updated {
			c.UpdatedAt = u.now
		}
		c.ID = id
		r, err := c.row(u.now)
		if err != nil {
			return err
		}
		if err := u.update(before, r); err != nil {
			return err
		}
		if !slices.Equal(keys, c.CategoryKeys) {
			if err := u.categorise(id, c.CategoryKeys); err != nil {
				return err
			}
		}
		old, fresh := before.fields(), r.fields()
		differing(old, fresh)
		return u.record("updated", "contact", id, r.title(), old, fresh)
	})
}

func (u *unit) keysOf(id int64) ([]string, error) {
	var keys []string
	err := u.each(func(rows *sql.Rows) error {
		var key string
		err := rows.Scan(&key)
		keys = append(keys, key)
		return err
	}, categoryKeysQuery, id)
	return keys, err
}

// Delete removes a contact with everything that hangs on it. Later requests for it get 404.
func (s *Server) Delete(id int64) error {
	return s.byHand(fmt.Sprintf("delete contact %d", id), func(u *unit) error {
		r, ok, err := u.contact(id)
		if err != nil || !ok {
			return errOr(err, errMissing)
		}
		return u.delete(r)
	})
}

// Merge joins two contacts as the user interface does with duplicates: what keep lacks it takes from gone, with gone's
// categories and participations, and gone is deleted.
func (s *Server) Merge(keep, gone int64) error {
	return s.byHand(fmt.Sprintf("merge contact %d into %d", gone, keep), func(u *unit) error {
		if keep == gone {
			return errors.New("a contact cannot be merged with itself")
		}
		kept, ok, err := u.contact(keep)
		if err != nil || !ok {
			return errOr(err, errMissing)
		}
		lost, ok, err := u.contact(gone)
		if err != nil || !ok {
			return errOr(err, errMissing)
		}
		before := kept
		for i := range kept.text {
			if kept.text[i].String == "" {
				kept.text[i] = lost.text[i]
			}
		}
		kept.updated = u.now.Unix()
		if err := u.update(before, kept); err != nil {
			return err
		}
		for _, query := range []string{
			`INSERT OR IGNORE INTO contact_categories SELECT ?1, category_id FROM contact_categories WHERE contact_id = ?2`,
			`UPDATE participants SET contact_id = ?1 WHERE contact_id = ?2
				AND event_id NOT IN (SELECT event_id FROM participants WHERE contact_id = ?1)`,
		} {
			if _, err := u.exec(query, keep, gone); err != nil {
				return err
			}
		}
		if err := u.remove(lost); err != nil {
			return err
		}
		old, fresh := before.fields(), kept.fields()
		differing(old, fresh)
		if err := u.record("updated", "contact", keep, kept.title(), old, fresh); err != nil {
			return err
		}
		return u.record("merged", "contact", gone, lost.title(), lost.fields(), nil)
	})
}

// Contacts returns every contact in the order of the ids, as they are and not as lists show them.
func (s *Server) Contacts() ([]Contact, error) {
	var out []Contact
	err := s.byHand("read contacts", func(u *unit) error {
		var r row
		targets := r.targets()
		at := make(map[int64]int)
		err := u.each(func(rows *sql.Rows) error {
			err := rows.Scan(targets...)
			at[r.id] = len(out)
			out = append(out, r.contact())
			return err
		}, `SELECT `+contactColumns()+` FROM contacts ORDER BY id`)
		if err != nil {
			return err
		}
		return u.each(func(rows *sql.Rows) error {
			var id int64
			var key string
			err := rows.Scan(&id, &key)
			c := &out[at[id]]
			c.CategoryKeys = append(c.CategoryKeys, key)
			return err
		}, `SELECT contact_id, category_key FROM contact_categories JOIN categories k ON k.id = category_id
			WHERE category_key IS NOT NULL ORDER BY contact_id, category_key`)
	})
	return out, err
}

// A Participant is a contact's place at an event.
type Participant struct {
	ID, ContactID int64
	EventKey      string
	Confirmed     bool
}

// Participants returns every participation in the order of the ids.
func (s *Server) Participants() ([]Participant, error) {
	var out []Participant
	err := s.byHand("read participants", func(u *unit) error {
		return u.each(func(rows *sql.Rows) error {
			var p Participant
			err := rows.Scan(&p.ID, &p.ContactID, &p.EventKey, &p.Confirmed)
			out = append(out, p)
			return err
		}, `SELECT p.id, contact_id, event_key, is_confirmed FROM participants p JOIN events e ON e.id = event_id ORDER BY p.id`)
	})
	return out, err
}

// An Event is what [Server.AddEvent] needs to know.
type Event struct {
	Key, Title, City string
	From, To         time.Time
}

// AddEvent creates an event, visible and in Germany.
func (s *Server) AddEvent(e Event) error {
	return s.byHand("add event "+e.Key, func(u *unit) error { return u.addEvent(e) })
}

func (u *unit) addEvent(e Event) error {
	_, err := u.exec(`INSERT INTO events (event_key, title, country, city, date_from, date_to, is_visible) VALUES (?,?,'DE',?,?,?,1)`,
		e.Key, e.Title, e.City, e.From.Format(time.DateOnly), e.To.Format(time.DateOnly))
	return err
}

// A Category is what [Server.AddCategory] needs to know. A category without key cannot be assigned through the API.
type Category struct {
	Key, Title string
	Parent     string // key of the parent; "" is the root
}

// AddCategory creates a category, visible and selectable.
func (s *Server) AddCategory(k Category) error {
	return s.byHand("add category "+k.Title, func(u *unit) error { return u.addCategory(k) })
}

func (u *unit) addCategory(k Category) error {
	c := category{
		key: sql.NullString{String: k.Key, Valid: k.Key != ""}, title: k.Title, visible: true, access: true,
		applicants: "selectable", created: u.now.Unix(), updated: u.now.Unix(),
	}
	if k.Parent != "" {
		ok, err := u.one([]any{&c.parent}, `SELECT id FROM categories WHERE category_key = ?`, k.Parent)
		if err != nil || !ok {
			return fmt.Errorf("parent %q: %w", k.Parent, errOr(err, errMissing))
		}
	}
	return u.insertCategory(&c)
}
