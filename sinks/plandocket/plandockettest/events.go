package plandockettest

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

const eventColumns = `id, event_key, title, description, country, state, city, date_from, date_to, application_deadline,
	is_visible, opening_hours`

type event struct {
	id                                                      int64
	key, title, country                                     string
	description, state, city, from, to, deadline, openHours sql.NullString
	visible                                                 bool
}

func (e *event) targets() []any {
	return []any{&e.id, &e.key, &e.title, &e.description, &e.country, &e.state, &e.city, &e.from, &e.to, &e.deadline,
		&e.visible, &e.openHours}
}

func scanEvent(rows *sql.Rows) (event, error) {
	var e event
	err := rows.Scan(e.targets()...)
	return e, err
}

// event writes an event as the response schema has it; opening hours come only when asked for.
func (d *Dialect) event(buf []byte, e *event) *object {
	o := d.object(buf)
	o.id("event", e.id)
	o.word("event_key", e.key)
	o.word("title", e.title)
	o.text("description", e.description)
	o.word("country", e.country)
	o.text("state", e.state)
	o.text("city", e.city)
	o.text("date_from", e.from)
	o.text("date_to", e.to)
	o.text("application_deadline", e.deadline)
	o.boolean("is_visible", e.visible)
	o.raw("image", "null")
	return o
}

func listEvents(c *call) (reply, error) {
	l := &listing{columns: eventColumns, from: `events e`}
	if term := c.query("search"); term != "" {
		l.filter(`(title LIKE ? OR event_key LIKE ? OR city LIKE ?)`, "%"+term+"%", "%"+term+"%", "%"+term+"%")
	}
	if v := c.query("visible"); v == "0" || v == "1" {
		l.filter(`is_visible = ?`, v == "1")
	}
	if c.query("upcoming") == "1" {
		l.filter(`date_from >= ?`, c.now.UTC().Format("2006-01-02"))
	}
	l.sorted(c, "date_from", "title", "event_key", "date_to", "city")
	counts, err := c.participantCounts()
	if err != nil {
		return reply{}, err
	}
	return c.list(l, func(rows *sql.Rows, buf []byte) ([]byte, error) {
		e, err := scanEvent(rows)
		if err != nil {
			return nil, err
		}
		return c.withEventIncludes(c.d.event(buf, &e), &e, counts).end(), nil
	})
}

func (c *call) participantCounts() (map[int64]int64, error) {
	out := make(map[int64]int64)
	err := c.each(func(rows *sql.Rows) error {
		var id, n int64
		err := rows.Scan(&id, &n)
		out[id] = n
		return err
	}, `SELECT event_id, count(*) FROM participants GROUP BY event_id`)
	return out, err
}

func (c *call) withEventIncludes(o *object, e *event, counts map[int64]int64) *object {
	asked := strings.Split(c.query("include"), ",")
	if slices.Contains(asked, "opening_hours") {
		hours := e.openHours
		if !hours.Valid {
			hours.String = "[]"
		}
		o.raw("opening_hours", hours.String)
	}
	if slices.Contains(asked, "participant_count") {
		o.integer("participant_count", counts[e.id])
	}
	return o
}

func (c *call) eventByID() (event, error) {
	var e event
	ok, err := c.one(e.targets(), `SELECT `+eventColumns+` FROM events WHERE id = ?`, c.id)
	if err == nil && !ok {
		err = notFound()
	}
	return e, err
}

func (c *call) eventReply(status int, e *event) (reply, error) {
	counts, err := c.participantCounts()
	if err != nil {
		return reply{}, err
	}
	return c.found(status, c.withEventIncludes(c.d.event(nil, e), e, counts).end())
}

func showEvent(c *call) (reply, error) {
	e, err := c.eventByID()
	if err != nil {
		return reply{}, err
	}
	return c.eventReply(http.StatusOK, &e)
}

// decodeEvent changes e as the body says; keys that are absent leave it alone.
func (c *call) decodeEvent(e *event) error {
	body, err := c.decodeBody()
	if err != nil {
		return err
	}
	bad := make(fieldErrors)
	for name, target := range map[string]*sql.NullString{
		"description": &e.description, "state": &e.state, "city": &e.city, "date_from": &e.from, "date_to": &e.to,
		"application_deadline": &e.deadline,
	} {
		optionalText(body, name, target, bad)
	}
	for name, target := range map[string]*string{"title": &e.title, "event_key": &e.key, "country": &e.country} {
		if raw, ok := body[name]; ok && json.Unmarshal(raw, target) != nil {
			bad.add(name, "The %s field must be a string.", name)
		}
	}
	if strings.TrimSpace(e.title) == "" {
		bad.add("title", "The title field is required.")
	}
	optionalBool(body, "is_visible", &e.visible, bad)
	if raw, ok := body["opening_hours"]; ok {
		var hours []json.RawMessage
		if json.Unmarshal(raw, &hours) != nil {
			bad.add("opening_hours", "The opening_hours field must be an array.")
		}
		e.openHours = sql.NullString{String: string(raw), Valid: true}
	}
	if e.country == "" {
		e.country = "DE"
	}
	if n, err := c.count(`SELECT count(*) FROM events WHERE event_key = ? AND id <> ?`, e.key, e.id); err != nil || n > 0 {
		bad.add("event_key", "The event_key has already been taken.")
	}
	if len(bad) > 0 {
		return invalid(bad)
	}
	return nil
}

// optionalText reads a text that may be null.
func optionalText(body map[string]json.RawMessage, name string, target *sql.NullString, bad fieldErrors) {
	raw, ok := body[name]
	if !ok {
		return
	}
	var text *string
	if json.Unmarshal(raw, &text) != nil {
		bad.add(name, "The %s field must be a string.", name)
		return
	}
	*target = sql.NullString{}
	if text != nil && *text != "" {
		*target = sql.NullString{String: *text, Valid: true}
	}
}

func optionalBool(body map[string]json.RawMessage, name string, target *bool, bad fieldErrors) {
	raw, ok := body[name]
	if !ok || isNull(raw) {
		return
	}
	if *target, ok = looseBool(raw); !ok {
		bad.add(name, "The %s field must be true or false.", name)
	}
}

func createEvent(c *call) (reply, error) {
	e := event{visible: true}
	if err := c.decodeEvent(&e); err != nil {
		return reply{}, err
	}
	if e.key == "" {
		key, err := c.freeKey(`SELECT count(*) FROM events WHERE event_key = ?`, e.title)
		if err != nil {
			return reply{}, err
		}
		e.key = key
	}
	res, err := c.exec(`INSERT INTO events (event_key, title, description, country, state, city, date_from, date_to,
		application_deadline, is_visible, opening_hours) VALUES (?,?,?,?,?,?,?,?,?,?,?)`,
		e.key, e.title, e.description, e.country, e.state, e.city, e.from, e.to, e.deadline, e.visible, e.openHours)
	if err != nil {
		return reply{}, err
	}
	if e.id, err = res.LastInsertId(); err != nil {
		return reply{}, err
	}
	if err := c.record("created", "event", e.id, e.title, nil, e.fields()); err != nil {
		return reply{}, err
	}
	return c.eventReply(http.StatusCreated, &e)
}

// freeKey makes a key of a title that the query counts as 0.
func (u *unit) freeKey(query, title string) (string, error) {
	base := strings.Trim(strings.Map(func(r rune) rune {
		if (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9') {
			return r
		}
		return '-'
	}, strings.ToLower(title)), "-")
	if base == "" {
		base = "key"
	}
	for i := 1; ; i++ {
		key := base
		if i > 1 {
			key = fmt.Sprintf("%s-%d", base, i)
		}
		if n, err := u.count(query, key); err != nil || n == 0 {
			return key, err
		}
	}
}

// fields are the values of an event for the audit log.
func (e *event) fields() map[string]json.RawMessage {
	var d Dialect
	var out map[string]json.RawMessage
	_ = json.Unmarshal(d.event(nil, e).end(), &out) // our own JSON
	delete(out, "id")
	return out
}

func updateEvent(c *call) (reply, error) {
	e, err := c.eventByID()
	if err != nil {
		return reply{}, err
	}
	old := e.fields()
	if c.request.Method == http.MethodPut && c.d.Put == PutFull {
		e = event{id: e.id, key: e.key, title: e.title, visible: true}
	}
	if err := c.decodeEvent(&e); err != nil {
		return reply{}, err
	}
	_, err = c.exec(`UPDATE events SET event_key=?, title=?, description=?, country=?, state=?, city=?, date_from=?, date_to=?,
		application_deadline=?, is_visible=?, opening_hours=? WHERE id=?`,
		e.key, e.title, e.description, e.country, e.state, e.city, e.from, e.to, e.deadline, e.visible, e.openHours, e.id)
	if err != nil {
		return reply{}, err
	}
	fresh := e.fields()
	differing(old, fresh)
	if err := c.record("updated", "event", e.id, e.title, old, fresh); err != nil {
		return reply{}, err
	}
	return c.eventReply(http.StatusOK, &e)
}

func deleteEvent(c *call) (reply, error) {
	e, err := c.eventByID()
	if err != nil {
		return reply{}, err
	}
	for _, query := range []string{`DELETE FROM participants WHERE event_id=?`, `DELETE FROM events WHERE id=?`} {
		if _, err := c.exec(query, e.id); err != nil {
			return reply{}, err
		}
	}
	if err := c.record("deleted", "event", e.id, e.title, e.fields(), nil); err != nil {
		return reply{}, err
	}
	return gone()
}
