package plandockettest

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"
)

// lingerParticipation keeps what a participation was before (nil: nothing) for lists to show as long as reads lag behind.
func (u *unit) lingerParticipation(id int64, before *participation) error {
	if u.lag <= 0 {
		return nil
	}
	existed := before != nil
	if before == nil {
		before = new(participation)
	}
	_, err := u.exec(`INSERT OR IGNORE INTO lagging_participants VALUES (?,?,?,?,?,?,?,?)`,
		id, before.event, before.contact, before.confirmed, before.created, before.updated, existed, u.now.Add(u.lag).UnixNano())
	return err
}

// visibleParticipants returns the table that lists read, see visible.
func (u *unit) visibleParticipants() (string, error) {
	if _, err := u.exec(`DELETE FROM lagging_participants WHERE until <= ?`, u.now.UnixNano()); err != nil {
		return "", err
	}
	n, err := u.count(`SELECT count(*) FROM lagging_participants`)
	if err != nil || n == 0 {
		return "participants", err
	}
	const columns = `id, event_id, contact_id, is_confirmed, created_at, updated_at`
	return `(SELECT ` + columns + ` FROM participants WHERE id NOT IN (SELECT id FROM lagging_participants)
		UNION ALL SELECT ` + columns + ` FROM lagging_participants WHERE existed)`, nil
}

// participationOf finds a participation for an edit by hand.
func (u *unit) participationOf(id int64) (participation, error) {
	var p participation
	ok, err := u.one(p.targets(), `SELECT `+participationColumns+` FROM participants p WHERE p.id = ?`, id)
	if err == nil && !ok {
		err = errMissing
	}
	return p, err
}

// Enrol gives a contact a place at an event, whether or not it has one, and returns the id of the participation.
func (s *Server) Enrol(contact int64, eventKey string, confirmed bool) (id int64, err error) {
	err = s.byHand(fmt.Sprintf("enrol contact %d for %s", contact, eventKey), func(u *unit) error {
		var event int64
		ok, err := u.one([]any{&event}, `SELECT id FROM events WHERE event_key = ?`, eventKey)
		if err != nil || !ok {
			return errOr(err, errMissing)
		}
		p, err := u.enrol(event, contact, confirmed)
		id = p.id
		return err
	})
	return id, err
}

// Confirm confirms a participation, or takes that back.
func (s *Server) Confirm(id int64, confirmed bool) error {
	return s.byHand(fmt.Sprintf("confirm participant %d", id), func(u *unit) error {
		p, err := u.participationOf(id)
		if err != nil {
			return err
		}
		return u.confirm(&p, confirmed)
	})
}

// Withdraw removes a participation.
func (s *Server) Withdraw(id int64) error {
	return s.byHand(fmt.Sprintf("remove participant %d", id), func(u *unit) error {
		p, err := u.participationOf(id)
		if err != nil {
			return err
		}
		return u.withdraw(&p)
	})
}

// SetCustom sets custom fields of a contact to JSON values; "" takes the value away.
func (s *Server) SetCustom(contact int64, values map[string]string) error {
	return s.byHand(fmt.Sprintf("set custom fields of contact %d", contact), func(u *unit) error {
		fresh := map[string]json.RawMessage{}
		for key, value := range values {
			query, args := `INSERT OR REPLACE INTO custom_values VALUES ('contact',?,?,?)`, []any{contact, key, value}
			if value == "" {
				query, args = `DELETE FROM custom_values WHERE entity_type='contact' AND entity_id=? AND field_key=?`, args[:2]
			} else if !json.Valid([]byte(value)) {
				return fmt.Errorf("the value of %s is no JSON", key)
			}
			fresh[key] = json.RawMessage(cmp.Or(value, "null"))
			if _, err := u.exec(query, args...); err != nil {
				return err
			}
		}
		return u.record("updated", "contact", contact, "custom fields", nil, fresh)
	})
}

// Custom returns the custom fields of a contact that have a value, as JSON.
func (s *Server) Custom(contact int64) (map[string]string, error) {
	values := map[string]string{}
	err := s.byHand(fmt.Sprintf("read custom fields of contact %d", contact), func(u *unit) error {
		return u.each(func(rows *sql.Rows) error {
			var key, value string
			err := rows.Scan(&key, &value)
			values[key] = value
			return err
		}, `SELECT field_key, value FROM custom_values WHERE entity_type='contact' AND entity_id=?`, contact)
	})
	return values, err
}
