package plandockettest

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

const definitionColumns = `id, entity_type, field_key, field_label, field_type, section_key, field_options, validation_rules,
	is_required, is_searchable, applicant_visibility, is_active, display_order`

type definition struct {
	id                            int64
	entity, key, label, fieldType string
	section, options, rules       sql.NullString
	required, searchable, active  bool
	applicants                    string
	order                         int64
}

func (f *definition) targets() []any {
	return []any{&f.id, &f.entity, &f.key, &f.label, &f.fieldType, &f.section, &f.options, &f.rules, &f.required,
		&f.searchable, &f.applicants, &f.active, &f.order}
}

func listDefinitions(c *call) (reply, error) {
	l := &listing{columns: definitionColumns, from: `definitions d`, orderBy: "display_order ASC"}
	if entity := c.query("entity_type"); entity != "" {
		l.filter(`entity_type = ?`, entity)
	}
	if active := c.query("is_active"); active == "0" || active == "1" {
		l.filter(`is_active = ?`, active == "1")
	}
	return c.list(l, func(rows *sql.Rows, buf []byte) ([]byte, error) {
		var f definition
		if err := rows.Scan(f.targets()...); err != nil {
			return nil, err
		}
		o := c.d.object(buf)
		o.id("definition", f.id)
		o.raw("form_id", "null")
		o.word("entity_type", f.entity)
		o.word("field_key", f.key)
		o.word("field_label", f.label)
		o.word("field_type", f.fieldType)
		o.text("section_key", f.section)
		o.text("field_options", f.options)
		o.text("validation_rules", f.rules)
		o.boolean("is_required", f.required)
		o.boolean("is_searchable", f.searchable)
		o.word("applicant_visibility", f.applicants)
		o.boolean("is_active", f.active)
		o.integer("display_order", f.order)
		return o.end(), nil
	})
}

// entity checks the entity of the path and returns its type.
func (c *call) entity() (string, error) {
	word := strings.Split(c.request.URL.Path, "/")[4]
	table, ok := map[string]string{"contact": "contacts", "event": "events", "event_participant": "participants"}[word]
	if !ok {
		return "", notFound()
	}
	n, err := c.count(`SELECT count(*) FROM `+table+` WHERE id = ?`, c.id)
	if err == nil && n == 0 {
		err = notFound()
	}
	return word, err
}

// definitions are the active definitions of an entity type by key.
func (c *call) definitions(entity string) (map[string]definition, error) {
	out := make(map[string]definition)
	err := c.each(func(rows *sql.Rows) error {
		var f definition
		err := rows.Scan(f.targets()...)
		out[f.key] = f
		return err
	}, `SELECT `+definitionColumns+` FROM definitions WHERE entity_type = ? AND is_active`, entity)
	return out, err
}

// customValues writes every defined field of an entity, null where it has no value, in the order of their keys.
func (c *call) customValues(entity string) (reply, error) {
	defined, err := c.definitions(entity)
	if err != nil {
		return reply{}, err
	}
	values := make(map[string]string)
	err = c.each(func(rows *sql.Rows) error {
		var key, value string
		err := rows.Scan(&key, &value)
		values[key] = value
		return err
	}, `SELECT field_key, value FROM custom_values WHERE entity_type = ? AND entity_id = ?`, entity, c.id)
	if err != nil {
		return reply{}, err
	}
	keys := make([]string, 0, len(defined))
	for key := range defined {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	o := c.d.object(nil)
	for _, key := range keys {
		o.rawOrNull(key, sql.NullString{String: values[key], Valid: values[key] != ""})
	}
	return c.found(http.StatusOK, o.end())
}

func showCustomValues(c *call) (reply, error) {
	entity, err := c.entity()
	if err != nil {
		return reply{}, err
	}
	return c.customValues(entity)
}

// updateCustomValues writes values; those that are left out stay unless PUT replaces in full.
func updateCustomValues(c *call) (reply, error) {
	entity, err := c.entity()
	if err != nil {
		return reply{}, err
	}
	body, err := c.decodeBody()
	if err != nil {
		return reply{}, err
	}
	defined, err := c.definitions(entity)
	if err != nil {
		return reply{}, err
	}
	bad := make(fieldErrors)
	for key, raw := range body {
		if f, ok := defined[key]; !ok {
			bad.add(key, "There is no custom field %s for %s.", key, entity)
		} else if !f.accepts(raw) {
			bad.add(key, "The %s field must be a valid %s.", key, f.fieldType)
		}
	}
	if len(bad) > 0 {
		return reply{}, invalid(bad)
	}
	if c.d.Put == PutFull {
		if _, err := c.exec(`DELETE FROM custom_values WHERE entity_type=? AND entity_id=?`, entity, c.id); err != nil {
			return reply{}, err
		}
	}
	for key, raw := range body {
		if err := c.setCustom(entity, key, raw); err != nil {
			return reply{}, err
		}
	}
	if err := c.record("updated", entity, c.id, "custom fields", nil, body); err != nil {
		return reply{}, err
	}
	return c.customValues(entity)
}

func (c *call) setCustom(entity, key string, raw json.RawMessage) error {
	if isNull(raw) {
		_, err := c.exec(`DELETE FROM custom_values WHERE entity_type=? AND entity_id=? AND field_key=?`, entity, c.id, key)
		return err
	}
	_, err := c.exec(`INSERT OR REPLACE INTO custom_values VALUES (?,?,?,?)`, entity, c.id, key, string(raw))
	return err
}

// accepts checks a value against the type of its field. null erases and is always accepted.
func (f *definition) accepts(raw json.RawMessage) bool {
	if isNull(raw) {
		return !f.required
	}
	switch f.fieldType {
	case "number":
		var n json.Number
		return raw[0] != '"' && json.Unmarshal(raw, &n) == nil
	case "boolean":
		_, ok := looseBool(raw)
		return ok
	case "select":
		var value string
		var options []string
		return json.Unmarshal(raw, &value) == nil && json.Unmarshal([]byte(f.options.String), &options) == nil &&
			slices.Contains(options, value)
	default:
		var text string
		return json.Unmarshal(raw, &text) == nil
	}
}

// A CustomField defines a custom field of contacts.
type CustomField struct {
	Key, Label string
	Type       string   // text, number, boolean, select
	Options    []string // of select
	Required   bool     // it cannot be erased
	Inactive   bool     // it is listed but cannot be read or written
}

// AddCustomField defines a custom field of contacts, as an admin does.
func (s *Server) AddCustomField(f CustomField) error {
	if !slices.Contains([]string{"text", "number", "boolean", "select"}, f.Type) {
		return fmt.Errorf("add custom field %s: no type %q: use text, number, boolean or select", f.Key, f.Type)
	}
	return s.byHand("add custom field "+f.Key, func(u *unit) error { return u.define(f) })
}

func (u *unit) define(f CustomField) error {
	var options sql.NullString
	if f.Options != nil {
		b, err := json.Marshal(f.Options)
		if err != nil {
			return err
		}
		options = sql.NullString{String: string(b), Valid: true}
	}
	_, err := u.exec(`INSERT INTO definitions (entity_type, field_key, field_label, field_type, field_options, is_required,
		is_searchable, applicant_visibility, is_active, display_order)
		SELECT 'contact', ?, ?, ?, ?, ?, 0, 'admin_only', ?, count(*) FROM definitions`,
		f.Key, f.Label, f.Type, options, f.Required, !f.Inactive)
	return err
}
