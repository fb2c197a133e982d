package plandockettest

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

func listContacts(c *call) (reply, error) {
	table, err := c.visible()
	if err != nil {
		return reply{}, err
	}
	l := &listing{columns: contactColumns(), from: table + " c"}
	if term := c.query("search"); term != "" {
		like := "%" + term + "%" // % and _ of the term are not escaped: the search is loose
		l.filter(`(email LIKE ? OR company_name LIKE ? OR customer_number LIKE ? OR city LIKE ? OR
			coalesce(first_name,'') || ' ' || coalesce(last_name,'') LIKE ?)`, like, like, like, like, like)
	}
	if key := c.query("category_key"); key != "" {
		l.filter(`id IN (SELECT contact_id FROM contact_categories JOIN categories k ON k.id = category_id WHERE k.category_key = ?)`, key)
	}
	if key := c.query("event_key"); key != "" {
		l.filter(`id IN (SELECT contact_id FROM participants JOIN events e ON e.id = event_id WHERE e.event_key = ?)`, key)
	}
	l.sorted(c, "created_at", "company_name", "last_name", "first_name", "email", "customer_number", "city")
	included, err := c.included(0)
	if err != nil {
		return reply{}, err
	}
	var r row
	targets := r.targets()
	write := func(rows *sql.Rows, buf []byte) (int64, []byte, error) {
		if err := rows.Scan(targets...); err != nil {
			return 0, nil, err
		}
		return r.id, c.withIncluded(c.d.contact(buf, &r), r.id, included).end(), nil
	}
	if table == "contacts" {
		return c.shelved(l, write)
	}
	return c.list(l, func(rows *sql.Rows, buf []byte) ([]byte, error) {
		_, buf, err := write(rows, buf)
		return buf, err
	})
}

func showContact(c *call) (reply, error) {
	table := "contacts"
	if c.d.Singles == SinglesLag {
		var err error
		if table, err = c.visible(); err != nil {
			return reply{}, err
		}
	}
	var r row
	ok, err := c.one(r.targets(), `SELECT `+contactColumns()+` FROM `+table+` WHERE id = ?`, c.id)
	if err != nil {
		return reply{}, err
	}
	if !ok {
		return reply{}, notFound()
	}
	return c.contactReply(http.StatusOK, &r)
}

func (c *call) contactReply(status int, r *row) (reply, error) {
	included, err := c.included(r.id)
	if err != nil {
		return reply{}, err
	}
	return c.found(status, c.withIncluded(c.d.contact(nil, r), r.id, included).end())
}

func createContact(c *call) (reply, error) {
	record, err := c.decodeBody()
	if err != nil {
		return reply{}, err
	}
	p, bad := c.d.decodePatch(record, false)
	c.checkKeys(&p, bad)
	c.checkNumber(&p, 0, bad)
	if len(bad) > 0 {
		return reply{}, invalid(bad)
	}
	if err := c.checkLimit(1); err != nil {
		return reply{}, err
	}
	r, err := c.create(&p)
	if err != nil {
		return reply{}, err
	}
	return c.contactReply(http.StatusCreated, &r)
}

func updateContact(c *call) (reply, error) {
	record, err := c.decodeBody()
	if err != nil {
		return reply{}, err
	}
	r, ok, err := c.contact(c.id)
	if err != nil {
		return reply{}, err
	}
	if !ok {
		return reply{}, notFound()
	}
	p, bad := c.d.decodePatch(record, true)
	c.checkKeys(&p, bad)
	c.checkNumber(&p, r.id, bad)
	if len(bad) > 0 {
		return reply{}, invalid(bad)
	}
	if c.request.Method == http.MethodPut && c.d.Put == PutFull {
		p.reset(keepNothing)
		if p.categories == nil {
			p.categories = &[]string{}
		}
	}
	if err := c.change(&r, &p, c.d.CategoryKeys); err != nil {
		return reply{}, err
	}
	return c.contactReply(http.StatusOK, &r)
}

func deleteContact(c *call) (reply, error) {
	r, ok, err := c.contact(c.id)
	if err != nil {
		return reply{}, err
	}
	if !ok {
		return reply{}, notFound()
	}
	if err := c.delete(r); err != nil {
		return reply{}, err
	}
	return gone()
}

// create makes a contact of a checked patch.
func (c *call) create(p *patch) (row, error) {
	now := c.now.Unix()
	r := row{rating: ratingDefault, created: now, updated: now}
	p.apply(&r, c.d)
	if err := c.insert(&r); err != nil {
		return r, err
	}
	if c.server.tenant.GenerateNumbers && r.text[columnCustomerNumber].String == "" {
		r.text[columnCustomerNumber] = sql.NullString{String: fmt.Sprintf("K%06d", r.id), Valid: true}
		if _, err := c.exec(`UPDATE contacts SET customer_number=? WHERE id=?`, r.text[columnCustomerNumber], r.id); err != nil {
			return r, err
		}
	}
	if err := c.assign(r.id, p, CategoriesReplace); err != nil {
		return r, err
	}
	return r, c.recordText("created", "contact", r.id, r.title(), sql.NullString{}, sql.NullString{String: r.logged(), Valid: true})
}

// change updates a contact by a checked patch. What changes nothing leaves updated_at and the audit log alone.
func (c *call) change(r *row, p *patch, how CategoryKeys) error {
	before := *r
	old, fresh := before.fields(), map[string]json.RawMessage(nil)
	if p.categories != nil {
		keys, err := c.categoryKeys(r.id)
		if err != nil {
			return err
		}
		old["category_keys"] = keys
	}
	if err := c.assign(r.id, p, how); err != nil {
		return err
	}
	changed := p.apply(r, c.d)
	fresh = r.fields()
	if p.categories != nil {
		keys, err := c.categoryKeys(r.id)
		if err != nil {
			return err
		}
		fresh["category_keys"] = keys
	}
	differing(old, fresh)
	if !changed && len(fresh) == 0 {
		return nil
	}
	r.updated = c.now.Unix()
	if err := c.update(before, *r); err != nil {
		return err
	}
	return c.record("updated", "contact", r.id, r.title(), old, fresh)
}

const categoryKeysQuery = `SELECT category_key FROM contact_categories JOIN categories k ON k.id = category_id
	WHERE contact_id = ? AND category_key IS NOT NULL ORDER BY category_key`

// categoryKeys are the keys of a contact's categories as JSON.
func (u *unit) categoryKeys(id int64) (json.RawMessage, error) {
	keys, err := u.keysOf(id)
	if err != nil {
		return nil, err
	}
	return json.Marshal(append([]string{}, keys...))
}

func (u *unit) delete(r row) error {
	if err := u.remove(r); err != nil {
		return err
	}
	return u.record("deleted", "contact", r.id, r.title(), r.fields(), nil)
}

// assign sets the categories of a contact and enrols it for events. Nobody is ever dropped from an event.
func (u *unit) assign(id int64, p *patch, how CategoryKeys) error {
	if p.categories != nil {
		if how == CategoriesReplace {
			if _, err := u.exec(`DELETE FROM contact_categories WHERE contact_id=?`, id); err != nil {
				return err
			}
		}
		for _, key := range *p.categories {
			_, err := u.exec(`INSERT OR IGNORE INTO contact_categories SELECT ?, id FROM categories WHERE category_key=?`, id, key)
			if err != nil {
				return err
			}
		}
	}
	if p.events == nil {
		return nil
	}
	for _, key := range *p.events {
		_, err := u.exec(`INSERT INTO participants (event_id, contact_id, is_confirmed, created_at, updated_at)
			SELECT e.id, ?, 0, ?, ? FROM events e WHERE e.event_key = ?
			AND NOT EXISTS (SELECT 1 FROM participants p WHERE p.event_id = e.id AND p.contact_id = ?)`,
			id, u.now.Unix(), u.now.Unix(), key, id)
		if err != nil {
			return err
		}
	}
	return nil
}

// checkKeys refuses unknown category and event keys where the dialect does.
func (c *call) checkKeys(p *patch, bad fieldErrors) {
	if c.d.UnknownCategory == UnknownCategoryIgnored {
		return
	}
	check := func(field string, keys *[]string, query string) {
		if keys == nil {
			return
		}
		for _, key := range *keys {
			if n, err := c.count(query, key); err != nil || n == 0 {
				bad.add(field, "The selected %s is invalid: %s.", field, key)
			}
		}
	}
	check("category_keys", p.categories, `SELECT count(*) FROM categories WHERE category_key=?`)
	check("event_keys", p.events, `SELECT count(*) FROM events WHERE event_key=?`)
}

// checkNumber refuses a customer_number that another contact has, where the dialect does.
func (c *call) checkNumber(p *patch, own int64, bad fieldErrors) {
	number := p.text[columnCustomerNumber]
	if c.d.CustomerNumbers == CustomerNumbersFree || !p.set[columnCustomerNumber] || number.String == "" {
		return
	}
	n, err := c.count(`SELECT count(*) FROM contacts WHERE customer_number=? AND id<>?`, number, own)
	if err != nil || n > 0 {
		bad.add("customer_number", "The customer_number has already been taken.")
	}
}

const limitReached = "The contact limit of your plan is reached"

// checkLimit refuses the whole request when n more contacts are too many.
func (c *call) checkLimit(n int) error {
	limit := c.server.tenant.ContactLimit
	if limit == 0 {
		return nil
	}
	have, err := c.count(`SELECT count(*) FROM contacts`)
	if err != nil || have+n <= limit {
		return err
	}
	return c.d.limitRefusal()
}

// limitRefusal is how a request is refused that reaches the contact limit.
func (d *Dialect) limitRefusal() *refusal {
	if d.ContactLimit == ContactLimitForbidden {
		return &refusal{status: http.StatusForbidden, text: limitReached}
	}
	return &refusal{status: http.StatusUnprocessableEntity, text: "Validation failed", fields: fieldErrors{"contact": {limitReached}}}
}

// inclusion is what include adds: for each contact the JSON of its list, by the name of the list.
type inclusion struct {
	name  string
	lists map[int64][]byte
}

// included loads what the query asks to include, for one contact or for all (id 0).
func (c *call) included(id int64) ([]inclusion, error) {
	var out []inclusion
	asked := strings.Split(c.query("include"), ",")
	for _, want := range []struct{ name, entity, query string }{
		{"categories", "category", `SELECT contact_id, k.id, k.category_key, k.title FROM contact_categories
			JOIN categories k ON k.id = category_id WHERE ? IN (0, contact_id) ORDER BY k.id`},
		{"events", "event", `SELECT contact_id, e.id, e.event_key, e.title FROM participants
			JOIN events e ON e.id = event_id WHERE ? IN (0, contact_id) ORDER BY participants.id`},
	} {
		if !slices.Contains(asked, want.name) {
			continue
		}
		in := inclusion{want.name, make(map[int64][]byte)}
		err := c.each(func(rows *sql.Rows) error {
			var contact, entity int64
			var key sql.NullString
			var title string
			if err := rows.Scan(&contact, &entity, &key, &title); err != nil {
				return err
			}
			in.lists[contact] = c.d.appendIncluded(in.lists[contact], want.entity, entity, key, title)
			return nil
		}, want.query, id)
		if err != nil {
			return nil, err
		}
		out = append(out, in)
	}
	return out, nil
}

func (d *Dialect) appendIncluded(list []byte, entity string, id int64, key sql.NullString, title string) []byte {
	if d.Include == IncludeKeys {
		if !key.Valid {
			return list
		}
		if len(list) > 0 {
			list = append(list, ',')
		}
		return d.appendText(list, key.String)
	}
	if len(list) > 0 {
		list = append(list, ',')
	}
	o := d.object(list)
	o.id(entity, id)
	o.text(entity+"_key", key)
	o.word("title", title)
	return o.end()
}

func (c *call) withIncluded(o *object, id int64, all []inclusion) *object {
	for _, in := range all {
		o.raw(in.name, "["+string(in.lists[id])+"]")
	}
	return o
}

// record writes an entry of the audit log.
func (u *unit) record(action, entity string, id int64, title string, old, fresh map[string]json.RawMessage) error {
	if !u.logs(id) {
		return nil
	}
	encode := func(m map[string]json.RawMessage) (sql.NullString, error) {
		if m == nil {
			return sql.NullString{}, nil
		}
		b, err := json.Marshal(m)
		return sql.NullString{String: string(b), Valid: true}, err
	}
	before, err := encode(old)
	if err != nil {
		return err
	}
	after, err := encode(fresh)
	if err != nil {
		return err
	}
	return u.recordText(action, entity, id, title, before, after)
}

// logs reports whether the audit log tells of what is done to an entity.
func (u *unit) logs(id int64) bool { return u.audit && (!u.gaps || id%2 != 0) }

// recordText is record for values that are JSON already.
func (u *unit) recordText(action, entity string, id int64, title string, before, after sql.NullString) error {
	if !u.logs(id) {
		return nil
	}
	_, err := u.exec(`INSERT INTO audit (action, entity_type, entity_id, entity_title, description, old_values, new_values,
		admin_id, admin_name, ip_address, user_agent, created_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)`,
		action, entity, id, title, strings.ToUpper(entity[:1])+entity[1:]+" "+action, before, after,
		u.actor.adminID, u.actor.name, u.actor.ip, u.actor.agent, u.now.Unix())
	return err
}
