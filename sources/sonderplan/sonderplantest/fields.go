package sonderplantest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// CustomField is the definition of a custom field.
type CustomField struct {
	ID                int64 // 0 when adding: the next of the counter
	Name, Description string
	Type              string // text, textarea, select
	Module            string // people or organization for contacts
	Order             int64
	Required          bool
	Options           []CustomOption // of a select field
	Created, Updated  int64
}

// CustomOption is one choice of a select field.
type CustomOption struct {
	ID    int64 // 0 when adding: the next of the counter
	Name  string
	Order int64
}

func moduleOf(t Type) string {
	if t == Organization {
		return "organization"
	}
	return "people"
}

// option finds a choice by its id, or by its name when the id is 0.
func (f CustomField) option(name string, id int64) (CustomOption, bool) {
	for _, o := range f.Options {
		if id != 0 && o.ID == id || id == 0 && o.Name == name {
			return o, true
		}
	}
	return CustomOption{}, false
}

// fields reads the definitions, those of one module or id when given.
func (s *Server) fields(module string, id int64) ([]CustomField, error) {
	rows, err := s.store.db.Query(`SELECT id, name, description, type, module, place, required, created, updated FROM custom_field
		WHERE (?1 = '' OR module = ?1) AND (?2 = 0 OR id = ?2) ORDER BY id`, module, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var fields []CustomField
	for rows.Next() {
		var f CustomField
		if err := rows.Scan(&f.ID, &f.Name, &f.Description, &f.Type, &f.Module, &f.Order, &f.Required, &f.Created, &f.Updated); err != nil {
			return nil, err
		}
		fields = append(fields, f)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return fields, s.loadOptions(fields)
}

func (s *Server) loadOptions(fields []CustomField) error {
	rows, err := s.store.db.Query("SELECT field, id, name, place FROM custom_option ORDER BY place, id")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var field int64
		var o CustomOption
		if err := rows.Scan(&field, &o.ID, &o.Name, &o.Order); err != nil {
			return err
		}
		for i := range fields {
			if fields[i].ID == field {
				fields[i].Options = append(fields[i].Options, o)
			}
		}
	}
	return rows.Err()
}

// saveField writes a definition, new or not, with its options.
func (s *Server) saveField(tx runner, f *CustomField) error {
	if f.ID == 0 {
		id, err := nextID(tx, "custom_field")
		if err != nil {
			return err
		}
		f.ID = id
	}
	if f.Created == 0 {
		f.Created = s.now()
	}
	f.Updated = s.now()
	if _, err := tx.Exec(`INSERT OR REPLACE INTO custom_field (id, name, description, type, module, place, required, created, updated)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, f.ID, f.Name, f.Description, f.Type, f.Module, f.Order, f.Required, f.Created, f.Updated); err != nil {
		return err
	}
	for i := range f.Options {
		o := &f.Options[i]
		if o.ID == 0 {
			id, err := nextID(tx, "custom_option")
			if err != nil {
				return err
			}
			o.ID = id
		}
		if _, err := tx.Exec("INSERT OR REPLACE INTO custom_option (id, field, name, place) VALUES (?, ?, ?, ?)", o.ID, f.ID, o.Name, o.Order); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) listFields(c *call) (reply, error) {
	q := c.URL.Query()
	all, err := s.fields("", 0)
	if err != nil {
		return reply{}, err
	}
	var tests []func(CustomField) bool
	partial := func(name string, of func(CustomField) string) {
		if want := strings.ToLower(q.Get(name)); want != "" {
			tests = append(tests, func(f CustomField) bool { return strings.Contains(strings.ToLower(of(f)), want) })
		}
	}
	exact := func(name string, of func(CustomField) string) {
		if want := list(q.Get(name)); want != nil {
			tests = append(tests, func(f CustomField) bool { return slices.Contains(want, of(f)) })
		}
	}
	partial("name", func(f CustomField) string { return f.Name })
	partial("description", func(f CustomField) string { return f.Description })
	exact("id", func(f CustomField) string { return strconv.FormatInt(f.ID, 10) })
	exact("type", func(f CustomField) string { return f.Type })
	exact("module", func(f CustomField) string { return f.Module })
	exact("required", func(f CustomField) string { return strconv.FormatBool(f.Required) })
	and := strings.EqualFold(q.Get("filter_operator"), "AND")
	kept := slices.DeleteFunc(all, func(f CustomField) bool {
		passed := 0
		for _, test := range tests {
			if test(f) {
				passed++
			}
		}
		return len(tests) > 0 && (passed == 0 || and && passed < len(tests))
	})
	limit, page := number(q.Get("limit")), max(1, number(q.Get("page")))
	if limit < 1 {
		limit = limitDefault
	}
	from, to := min(len(kept), (page-1)*limit), min(len(kept), page*limit)
	j := &jsonBuilder{}
	j.open('{').key("data").open('[')
	for _, f := range kept[from:to] {
		s.renderField(j, f, list(q.Get("fields")))
	}
	j.close(']')
	s.renderMeta(j, pagination{total: len(kept), count: to - from, perPage: limit, page: page})
	return reply{status: http.StatusOK, body: j.close('}').bytes()}, nil
}

// renderField writes a definition; ids and orders of options are strings, as
// in the sample of the documentation.
func (s *Server) renderField(j *jsonBuilder, f CustomField, named []string) {
	d := s.options.Dialect
	key := func(name string) bool {
		if named != nil && !slices.Contains(named, name) {
			return false
		}
		j.key(name)
		return true
	}
	j.open('{')
	if key("id") {
		j.scalar(f.ID, d.Numbers)
	}
	for _, t := range [][2]string{{"name", f.Name}, {"description", f.Description}, {"type", f.Type}, {"module", f.Module}} {
		if key(t[0]) {
			j.text(t[1])
		}
	}
	if key("options") {
		j.open('[')
		for _, o := range f.Options {
			j.open('{').key("id").scalar(o.ID, AsString).key("name").text(o.Name).key("order").scalar(o.Order, AsString).close('}')
		}
		j.close(']')
	}
	if key("order") {
		j.scalar(f.Order, d.Numbers)
	}
	if key("required") {
		j.truth(f.Required, d.Booleans)
	}
	if key("created") {
		j.scalar(f.Created, d.Numbers)
	}
	if key("updated") {
		j.scalar(f.Updated, d.Numbers)
	}
	j.close('}')
}

// writeField creates a definition by POST and changes one by PUT with its id
// in the query.
func (s *Server) writeField(c *call) (reply, error) {
	b, ok := parseBody(c.body)
	if !ok {
		return problem(http.StatusBadRequest, "The body is not a JSON object"), nil
	}
	f := CustomField{}
	if c.Method == http.MethodPut {
		old, answer, err := s.addressedField(c)
		if err != nil || answer.status != 0 {
			return answer, err
		}
		f = old
	}
	for name, text := range map[string]*string{"name": &f.Name, "description": &f.Description, "type": &f.Type, "module": &f.Module} {
		if _, sent := b[name]; sent {
			*text = b.text(name)
		}
	}
	if _, sent := b["order"]; sent {
		f.Order = b.number("order")
	}
	if _, sent := b["required"]; sent {
		f.Required = b.truth("required")
	}
	if raw, sent := b["options"]; sent {
		var items []body
		if json.Unmarshal(raw, &items) != nil {
			return problem(http.StatusUnprocessableEntity, "options must be a list of objects"), nil
		}
		f.Options = nil
		for _, item := range items {
			f.Options = append(f.Options, CustomOption{ID: item.number("id"), Name: item.text("name"), Order: item.number("order")})
		}
	}
	if f.Name == "" || f.Type == "" || f.Module == "" {
		return problem(http.StatusUnprocessableEntity, "name, type and module are required"), nil
	}
	err := s.store.inTransaction(func(tx runner) error { return s.saveField(tx, &f) })
	return s.success(f.ID), err
}

// addressedField finds the definition that id names; an answer says why not.
func (s *Server) addressedField(c *call) (CustomField, reply, error) {
	id := number(c.URL.Query().Get("id"))
	if id == 0 {
		return CustomField{}, problem(http.StatusBadRequest, "id is required"), nil
	}
	found, err := s.fields("", int64(id))
	if err != nil {
		return CustomField{}, reply{}, err
	}
	if len(found) == 0 {
		return CustomField{}, problem(http.StatusNotFound, "Custom field not found"), nil
	}
	return found[0], reply{}, nil
}

func (s *Server) deleteField(c *call) (reply, error) {
	f, answer, err := s.addressedField(c)
	if err != nil || answer.status != 0 {
		return answer, err
	}
	err = s.store.inTransaction(func(tx runner) error {
		for _, statement := range []string{"DELETE FROM custom_field WHERE id = ?", "DELETE FROM custom_option WHERE field = ?", "DELETE FROM custom_value WHERE field = ?"} {
			if _, err := tx.Exec(statement, f.ID); err != nil {
				return err
			}
		}
		return nil
	})
	return s.success(f.ID), err
}
