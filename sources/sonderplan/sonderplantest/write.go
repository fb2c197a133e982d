package sonderplantest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// body is what a request wants to set, by name of the field.
type body map[string]json.RawMessage

func parseBody(raw []byte) (body, bool) {
	var b body
	return b, json.Unmarshal(raw, &b) == nil && b != nil
}

// text reads a scalar of a body as text; null is "".
func (b body) text(name string) string {
	raw := bytes.TrimSpace(b[name])
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	if bytes.Equal(raw, []byte("null")) {
		return ""
	}
	return string(raw)
}

func (b body) number(name string) int64 {
	n, err := strconv.ParseInt(b.text(name), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (b body) truth(name string) bool {
	v := b.text(name)
	return v == "true" || v == "1"
}

func (s *Server) success(id int64) reply {
	j := &jsonBuilder{}
	j.open('{').key("success").open('{').key("id").scalar(id, s.options.Dialect.SuccessID).close('}').close('}')
	return reply{status: http.StatusOK, body: j.bytes()}
}

func (s *Server) postContact(c *call) (reply, error) {
	if uuid := c.URL.Query().Get("uuid"); uuid != "" {
		switch s.options.Dialect.PostUUID {
		case PostUpdates:
			return s.putContact(c)
		case PostNotAllowed:
			return problem(http.StatusMethodNotAllowed, "Method not allowed"), nil
		}
	}
	b, ok := parseBody(c.body)
	if !ok {
		return problem(http.StatusBadRequest, "The body is not a JSON object"), nil
	}
	contact := Contact{Type: Type(b.text("type")), Custom: map[int64]CustomValue{}}
	if contact.Type != Person && contact.Type != Organization {
		return problem(http.StatusUnprocessableEntity, "type must be person or organization"), nil
	}
	if refused, err := s.set(&contact, b); err != nil || refused != "" {
		return problem(http.StatusUnprocessableEntity, "%s", refused), err
	}
	s.stamp(&contact, c.token)
	contact.CreatedID, contact.CreatedName = c.token.UserID, c.token.UserName
	id, err := nextID(s.store.db, tableOf(contact.Type))
	if err != nil {
		return reply{}, err
	}
	contact.ID = id
	err = s.later(func() error {
		_, err := s.add(contact)
		return err
	})
	return s.success(id), err
}

func (s *Server) putContact(c *call) (reply, error) {
	old, answer, err := s.addressed(c)
	if err != nil || answer.status != 0 {
		return answer, err
	}
	b, ok := parseBody(c.body)
	if !ok {
		return problem(http.StatusBadRequest, "The body is not a JSON object"), nil
	}
	contact := old.clone()
	if s.options.Dialect.Put == PutFull {
		s.clear(&contact)
	}
	if refused, err := s.set(&contact, b); err != nil || refused != "" {
		return problem(http.StatusUnprocessableEntity, "%s", refused), err
	}
	s.stamp(&contact, c.token)
	err = s.later(func() error { return s.saveOne(contact) })
	return s.success(contact.ID), err
}

// addressed finds the living contact that uuid names; an answer says why not.
func (s *Server) addressed(c *call) (Contact, reply, error) {
	uuid := c.URL.Query().Get("uuid")
	if uuid == "" {
		return Contact{}, problem(http.StatusBadRequest, "uuid is required"), nil
	}
	contact, ok, err := s.store.byUUID(uuid)
	if err != nil {
		return Contact{}, reply{}, err
	}
	if !ok || contact.Deleted > 0 {
		return Contact{}, problem(http.StatusNotFound, "Contact not found"), nil
	}
	return contact, reply{}, nil
}

// clear empties what a full replacement empties.
func (s *Server) clear(c *Contact) {
	for _, col := range s.store.columns {
		switch {
		case !col.writable:
		case col.text != nil:
			*col.text(c) = ""
		case col.number != nil:
			*col.number(c) = 0
		default:
			*col.flag(c) = false
		}
	}
	c.Custom = map[int64]CustomValue{}
}

// set writes the fields of a body into a contact. Fields that are read-only or
// unknown are ignored; refused says why the whole is not accepted.
func (s *Server) set(c *Contact, b body) (refused string, err error) {
	for _, col := range s.store.columns {
		if _, sent := b[col.name]; !sent || !col.writable || col.people && c.Type != Person {
			continue
		}
		switch {
		case col.text != nil:
			*col.text(c) = b.text(col.name)
		case col.number != nil:
			*col.number(c) = b.number(col.name)
		default:
			*col.flag(c) = b.truth(col.name)
		}
	}
	if strings.TrimSpace(c.Name) == "" {
		return "name is required", nil
	}
	return s.setCustom(c, b)
}

// stamp moves what each write moves.
func (s *Server) stamp(c *Contact, t Token) {
	c.Updated, c.UpdatedID, c.UpdatedName = s.now(), t.UserID, t.UserName
}

// setCustom writes the custom fields of a body, given as custom_fields or flat.
func (s *Server) setCustom(c *Contact, b body) (refused string, err error) {
	fields, err := s.fields("", 0)
	if err != nil {
		return "", err
	}
	var items []body
	if raw, sent := b["custom_fields"]; sent {
		if json.Unmarshal(raw, &items) != nil {
			return "custom_fields must be a list of objects", nil
		}
		if s.options.Dialect.PutCustom == CustomReplaceAll {
			c.Custom = map[int64]CustomValue{}
		}
	}
	for name, raw := range b {
		if id, flat := strings.CutPrefix(name, customPrefix); flat && s.options.Dialect.FlatCustom == FlatAccepted {
			items = append(items, body{"id": json.RawMessage(id), "value": raw})
		}
	}
	for _, item := range items {
		if refused := setItem(c, item, fields); refused != "" {
			return refused, nil
		}
	}
	for _, f := range fields {
		if f.Required && f.Module == moduleOf(c.Type) && c.Custom[f.ID].Text == "" {
			return "custom field " + f.Name + " is required", nil
		}
	}
	return "", nil
}

func setItem(c *Contact, item body, fields []CustomField) (refused string) {
	id := item.number("id")
	for _, f := range fields {
		if f.ID != id || f.Module != moduleOf(c.Type) {
			continue
		}
		value, option := item.text("value"), item.number("value_id")
		if f.Type != "select" {
			option = 0
		} else if value != "" || option != 0 {
			chosen, ok := f.option(value, option)
			if !ok {
				return "custom field " + f.Name + " has no such option"
			}
			value, option = chosen.Name, chosen.ID
		}
		if value == "" {
			delete(c.Custom, id)
		} else {
			c.Custom[id] = CustomValue{Text: value, Option: option}
		}
		return ""
	}
	return "custom field " + strconv.FormatInt(id, 10) + " does not belong to this type of contact"
}

func (s *Server) deleteContact(c *call) (reply, error) {
	contact, answer, err := s.addressed(c)
	if err != nil || answer.status != 0 {
		return answer, err
	}
	if (contact.User || contact.Resource) && s.options.Dialect.DeleteTied == TiedRefused {
		return problem(http.StatusConflict, "The contact is linked to a user or resource"), nil
	}
	if contact.Type == Organization {
		linked, err := s.linked(contact.ID)
		if err != nil {
			return reply{}, err
		}
		if len(linked) > 0 && s.options.Dialect.DeleteOrg == OrgRefused {
			return problem(http.StatusConflict, "The organization has %d people", len(linked)), nil
		}
	}
	s.stamp(&contact, c.token)
	err = s.later(func() error { return s.remove(contact) })
	return s.success(contact.ID), err
}

// linked returns the living people of an organization.
func (s *Server) linked(organization int64) ([]Contact, error) {
	keys, err := s.store.keys("SELECT 'person', id FROM people WHERE linked_organization_id = ? AND deleted = 0 ORDER BY id", organization)
	if err != nil {
		return nil, err
	}
	return s.store.load(keys)
}

// remove marks a contact as deleted now, and clears links to it in the
// dialect that does so.
func (s *Server) remove(c Contact) error {
	c.Deleted, c.Updated = s.now(), s.now()
	changed := []Contact{c}
	if c.Type == Organization && s.options.Dialect.DeleteOrg == OrgCleared {
		people, err := s.linked(c.ID)
		if err != nil {
			return err
		}
		for _, p := range people {
			p.LinkedOrganizationID, p.Updated = 0, s.now()
			changed = append(changed, p)
		}
	}
	return s.store.inTransaction(func(tx runner) error {
		for i := range changed {
			if err := s.store.save(tx, &changed[i]); err != nil {
				return err
			}
		}
		return nil
	})
}
