package plandockettest

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// A participation is a contact's place at an event.
type participation struct {
	id, event, contact int64
	confirmed          bool
	created, updated   int64
}

const participationColumns = `p.id, p.event_id, p.contact_id, p.is_confirmed, p.created_at, p.updated_at`

func (p *participation) targets() []any {
	return []any{&p.id, &p.event, &p.contact, &p.confirmed, &p.created, &p.updated}
}

func (c *call) participation(id int64) (participation, error) {
	var p participation
	ok, err := c.one(p.targets(), `SELECT `+participationColumns+` FROM participants p WHERE p.id = ?`, id)
	if err == nil && !ok {
		err = notFound()
	}
	return p, err
}

func (d *Dialect) participation(buf []byte, p *participation) *object {
	o := d.object(buf)
	o.id("participant", p.id)
	o.integer("event_id", p.event)
	o.integer("contact_id", p.contact)
	o.boolean("is_confirmed", p.confirmed)
	o.time("created_at", p.created)
	o.time("updated_at", p.updated)
	return o
}

func listParticipants(c *call) (reply, error) {
	table, err := c.visibleParticipants()
	if err != nil {
		return reply{}, err
	}
	l := &listing{columns: participationColumns, from: table + ` p`, idName: "p.id", down: true}
	if key := c.query("event_key"); key != "" {
		l.filter(`p.event_id IN (SELECT id FROM events WHERE event_key = ?)`, key)
	}
	if number := c.query("customer_number"); number != "" {
		l.filter(`p.contact_id IN (SELECT id FROM contacts WHERE customer_number = ?)`, number)
	}
	if confirmed := c.query("confirmed"); confirmed == "0" || confirmed == "1" {
		l.filter(`p.is_confirmed = ?`, confirmed == "1")
	}
	included, err := c.participantIncludes()
	if err != nil {
		return reply{}, err
	}
	return c.list(l, func(rows *sql.Rows, buf []byte) ([]byte, error) {
		var p participation
		if err := rows.Scan(p.targets()...); err != nil {
			return nil, err
		}
		return c.d.withParties(c.d.participation(buf, &p), &p, included).end(), nil
	})
}

// parties is what include adds to participations, by id; a nil map was not asked for.
type parties struct {
	contacts, events, categories map[int64][]byte
}

// participantIncludes loads what the query asks to include.
func (c *call) participantIncludes() (parties, error) {
	var out parties
	asked := strings.Split(c.query("include"), ",")
	if slices.Contains(asked, "contact") {
		out.contacts = make(map[int64][]byte)
		var r row
		targets := r.targets()
		err := c.each(func(rows *sql.Rows) error {
			err := rows.Scan(targets...)
			out.contacts[r.id] = c.d.contact(nil, &r).end()
			return err
		}, `SELECT `+contactColumns()+` FROM contacts WHERE id IN (SELECT contact_id FROM participants)`)
		if err != nil {
			return out, err
		}
	}
	if slices.Contains(asked, "event") {
		out.events = make(map[int64][]byte)
		err := c.each(func(rows *sql.Rows) error {
			e, err := scanEvent(rows)
			out.events[e.id] = c.d.event(nil, &e).end()
			return err
		}, `SELECT `+eventColumns+` FROM events`)
		if err != nil {
			return out, err
		}
	}
	if slices.Contains(asked, "category") {
		out.categories = make(map[int64][]byte)
		err := c.each(func(rows *sql.Rows) error {
			var contact, id int64
			var key sql.NullString
			var title string
			err := rows.Scan(&contact, &id, &key, &title)
			if len(out.categories[contact]) == 0 {
				out.categories[contact] = c.d.appendIncluded(nil, "category", id, key, title)
			}
			return err
		}, `SELECT contact_id, k.id, category_key, title FROM contact_categories JOIN categories k ON k.id = category_id ORDER BY k.id`)
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

func (d *Dialect) withParties(o *object, p *participation, in parties) *object {
	add := func(name string, from map[int64][]byte, id int64) {
		if from == nil {
			return
		}
		if len(from[id]) == 0 {
			o.raw(name, "null")
			return
		}
		o.raw(name, string(from[id]))
	}
	add("contact", in.contacts, p.contact)
	add("event", in.events, p.event)
	add("category", in.categories, p.contact)
	return o
}

func (c *call) participationReply(status int, p *participation) (reply, error) {
	included, err := c.participantIncludes()
	if err != nil {
		return reply{}, err
	}
	return c.found(status, c.d.withParties(c.d.participation(nil, p), p, included).end())
}

func showParticipant(c *call) (reply, error) {
	p, err := c.participation(c.id)
	if err != nil {
		return reply{}, err
	}
	return c.participationReply(http.StatusOK, &p)
}

func createParticipant(c *call) (reply, error) {
	body, err := c.decodeBody()
	if err != nil {
		return reply{}, err
	}
	bad := make(fieldErrors)
	eventKey := required(body, "event_key", bad)
	number := required(body, "customer_number", bad)
	confirmed, _ := confirmation(body, bad)
	if len(bad) > 0 {
		return reply{}, invalid(bad)
	}
	event, err := c.event(eventKey)
	if err != nil {
		return reply{}, err
	}
	contacts, err := c.ids(`SELECT id FROM contacts WHERE customer_number = ? ORDER BY id`, number)
	if err != nil {
		return reply{}, err
	}
	if len(contacts) == 0 {
		return reply{}, c.unknownReference("customer_number")
	}
	present, err := c.ids(`SELECT id FROM participants WHERE event_id = ? AND contact_id = ? ORDER BY id`, event, contacts[0])
	if err != nil {
		return reply{}, err
	}
	if len(present) > 0 && c.d.ParticipantTwice != ParticipantTwiceSecond {
		if c.d.ParticipantTwice == ParticipantTwiceRefused {
			return reply{}, invalid(fieldErrors{"customer_number": {"The contact already takes part in this event."}})
		}
		p, err := c.participation(present[0])
		if err != nil {
			return reply{}, err
		}
		return c.participationReply(http.StatusOK, &p)
	}
	p, err := c.enrol(event, contacts[0], confirmed)
	if err != nil {
		return reply{}, err
	}
	return c.participationReply(http.StatusCreated, &p)
}

// required reads a text that must not be blank.
func required(body map[string]json.RawMessage, name string, bad fieldErrors) string {
	var text string
	if raw, ok := body[name]; !ok || json.Unmarshal(raw, &text) != nil || text == "" {
		bad.add(name, "The %s field is required.", name)
	}
	return text
}

// confirmation reads is_confirmed.
func confirmation(body map[string]json.RawMessage, bad fieldErrors) (value, given bool) {
	raw, given := body["is_confirmed"]
	if !given || isNull(raw) {
		return false, false
	}
	value, ok := looseBool(raw)
	if !ok {
		bad.add("is_confirmed", "The is_confirmed field must be true or false.")
	}
	return value, true
}

// event finds an event by its key.
func (c *call) event(key string) (int64, error) {
	var id int64
	ok, err := c.one([]any{&id}, `SELECT id FROM events WHERE event_key = ?`, key)
	if err == nil && !ok {
		err = c.unknownReference("event_key")
	}
	return id, err
}

func (c *call) unknownReference(field string) error {
	if c.d.UnknownReference == UnknownReferenceNotFound {
		return notFound()
	}
	return invalid(fieldErrors{field: {"The selected " + field + " is invalid."}})
}

func (u *unit) enrol(event, contact int64, confirmed bool) (participation, error) {
	now := u.now.Unix()
	p := participation{event: event, contact: contact, confirmed: confirmed, created: now, updated: now}
	res, err := u.exec(`INSERT INTO participants (event_id, contact_id, is_confirmed, created_at, updated_at) VALUES (?,?,?,?,?)`,
		event, contact, confirmed, now, now)
	if err != nil {
		return p, err
	}
	if p.id, err = res.LastInsertId(); err != nil {
		return p, err
	}
	if err := u.lingerParticipation(p.id, nil); err != nil {
		return p, err
	}
	return p, u.record("created", "event_participant", p.id, "", nil, p.fields())
}

func (u *unit) confirm(p *participation, confirmed bool) error {
	if p.confirmed == confirmed {
		return nil
	}
	if err := u.lingerParticipation(p.id, p); err != nil {
		return err
	}
	old := p.fields()
	p.confirmed, p.updated = confirmed, u.now.Unix()
	if _, err := u.exec(`UPDATE participants SET is_confirmed=?, updated_at=? WHERE id=?`, confirmed, p.updated, p.id); err != nil {
		return err
	}
	fresh := p.fields()
	differing(old, fresh)
	return u.record("updated", "event_participant", p.id, "", old, fresh)
}

// fields are the values of a participation for the audit log.
func (p *participation) fields() map[string]json.RawMessage {
	var d Dialect
	var out map[string]json.RawMessage
	_ = json.Unmarshal(d.participation(nil, p).end(), &out) // our own JSON
	delete(out, "id")
	delete(out, "created_at")
	delete(out, "updated_at")
	return out
}

func updateParticipant(c *call) (reply, error) {
	body, err := c.decodeBody()
	if err != nil {
		return reply{}, err
	}
	p, err := c.participation(c.id)
	if err != nil {
		return reply{}, err
	}
	bad := make(fieldErrors)
	confirmed, given := confirmation(body, bad)
	if len(bad) > 0 {
		return reply{}, invalid(bad)
	}
	if given || (c.request.Method == http.MethodPut && c.d.Put == PutFull) {
		if err := c.confirm(&p, confirmed); err != nil {
			return reply{}, err
		}
	}
	return c.participationReply(http.StatusOK, &p)
}

func deleteParticipant(c *call) (reply, error) {
	p, err := c.participation(c.id)
	if err != nil {
		return reply{}, err
	}
	if err := c.withdraw(&p); err != nil {
		return reply{}, err
	}
	return gone()
}

func (u *unit) withdraw(p *participation) error {
	if err := u.lingerParticipation(p.id, p); err != nil {
		return err
	}
	if _, err := u.exec(`DELETE FROM participants WHERE id=?`, p.id); err != nil {
		return err
	}
	return u.record("deleted", "event_participant", p.id, "", p.fields(), nil)
}

// participantRecord enrols, confirms or skips the contacts of one bulk record.
func (b *bulk) participantRecord(rec *bulkRecord) (detail, error) {
	bad := make(fieldErrors)
	confirmed, given := confirmation(rec.fields, bad)
	p, more := b.d.decodePatch(rec.fields, false)
	for field, messages := range more {
		bad[field] = messages
	}
	if len(bad) > 0 {
		return detail{}, failed(bad.line())
	}
	ids := rec.ids
	if len(ids) == 0 {
		if b.mode == "update" || !b.createContacts {
			return b.skip(rec, 0), nil
		}
		r, err := b.newContact(&p)
		if err != nil {
			return detail{}, err
		}
		b.contactsCreated++
		ids = []int64{r.id}
	}
	ids, err := b.chosen(ids)
	if err != nil {
		return detail{}, err
	}
	action := "skipped"
	for _, contact := range ids {
		done, err := b.takePart(contact, confirmed, given)
		if err != nil {
			return detail{}, err
		}
		if done != "skipped" && action != "created" {
			action = done
		}
	}
	switch action {
	case "created":
		b.created++
	case "updated":
		b.updated++
	default:
		return b.skip(rec, ids[0]), nil
	}
	return detail{rec.index, ids[0], rec.email(), action}, nil
}

// takePart carries out the mode for one contact.
func (b *bulk) takePart(contact int64, confirmed, given bool) (action string, err error) {
	present, err := b.ids(`SELECT id FROM participants WHERE event_id = ? AND contact_id = ? ORDER BY id`, b.eventID, contact)
	if err != nil {
		return "", err
	}
	if b.seated > 0 {
		present = slices.DeleteFunc(present, func(id int64) bool { return id >= int64(b.seated) })
	}
	switch {
	case len(present) == 0 && b.mode != "update":
		_, err := b.enrol(b.eventID, contact, confirmed)
		return "created", err
	case len(present) == 0 || b.mode == "create":
		return "skipped", nil
	}
	p, err := b.participation(present[0])
	if err != nil || !given {
		return "updated", err
	}
	return "updated", b.confirm(&p, confirmed)
}
