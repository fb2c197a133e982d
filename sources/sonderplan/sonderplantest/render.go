package sonderplantest

import (
	"slices"
	"strconv"
	"strings"
)

// pagination is meta.pagination of an answer.
type pagination struct{ total, count, perPage, page int }

// render writes the answer of a listing.
func (s *Server) render(contacts []Contact, l listing, p pagination) ([]byte, error) {
	fields, err := s.fields("", 0)
	if err != nil {
		return nil, err
	}
	j := &jsonBuilder{}
	j.open('{').key("data").open('[')
	for _, c := range contacts {
		s.renderContact(j, &c, l.fields, fields)
	}
	j.close(']')
	s.renderMeta(j, p)
	return j.close('}').bytes(), nil
}

func (s *Server) renderMeta(j *jsonBuilder, p pagination) {
	d := s.options.Dialect
	j.key("meta").open('{').key("pagination").open('{')
	j.key("total").scalar(int64(p.total), d.Numbers)
	j.key("count").scalar(int64(p.count), d.Numbers)
	j.key("per_page").scalar(int64(p.perPage), d.Numbers)
	j.key("current_page").scalar(int64(p.page), d.Numbers)
	if d.TotalPages == TotalPagesPresent {
		pages := max(1, (p.total+p.perPage-1)/p.perPage)
		j.key("total_pages").scalar(int64(pages), d.Numbers).key("links").open('{')
		if p.page < pages {
			j.key("next").text("/v2/contact?page=" + strconv.Itoa(p.page+1))
		}
		j.close('}')
	}
	j.close('}').close('}')
}

// renderContact writes one row with the named fields, or the default set.
func (s *Server) renderContact(j *jsonBuilder, c *Contact, named []string, fields []CustomField) {
	d := s.options.Dialect
	shows := func(name string, hidden bool) bool {
		if named == nil {
			return !hidden
		}
		return slices.Contains(named, name)
	}
	if c.Deleted > 0 && d.Deleted == DeletedThin {
		j.open('{').key("id").scalar(c.ID, d.Numbers).key("uuid").text(c.UUID).close('}')
		return
	}
	j.open('{')
	if shows("type", false) {
		j.key("type").text(string(c.Type))
	}
	for _, col := range s.store.columns {
		switch {
		case col.name == "deleted":
			if shows(col.name, c.Deleted == 0) {
				renderDeleted(j, c, d)
			}
		case !shows(col.name, col.hidden), col.people && c.Type != Person:
		default:
			renderColumn(j, c, col, d)
		}
	}
	s.renderCustom(j, c, named, fields)
	j.close('}')
}

func renderColumn(j *jsonBuilder, c *Contact, col column, d Dialect) {
	switch {
	case col.flag != nil:
		j.key(col.name).truth(*col.flag(c), d.Booleans)
	case col.number != nil && (*col.number(c) != 0 || !col.people):
		j.key(col.name).scalar(*col.number(c), d.Numbers)
	case col.number != nil: // no link
		renderEmpty(j, col.name, d, func() { j.scalar(0, d.Numbers) })
	case *col.text(c) == "":
		renderEmpty(j, col.name, d, func() {
			if col.object {
				j.raw("{}")
			} else {
				j.text("")
			}
		})
	case col.object:
		j.key(col.name).raw(*col.text(c))
	default:
		j.key(col.name).text(*col.text(c))
	}
}

func renderEmpty(j *jsonBuilder, name string, d Dialect, usual func()) {
	switch d.EmptyText {
	case EmptyString:
		j.key(name)
		usual()
	case EmptyNull:
		j.key(name).raw("null")
	}
}

func renderDeleted(j *jsonBuilder, c *Contact, d Dialect) {
	gone := c.Deleted > 0
	switch d.Deleted {
	case DeletedTrue:
		j.key("deleted").truth(gone, BooleanWord)
	case DeletedOne:
		j.key("deleted").truth(gone, BooleanDigit)
	case DeletedUnix:
		j.key("deleted").number(c.Deleted)
	}
}

// renderCustom writes custom_fields and the single fields that were named, at
// the place of the dialect.
func (s *Server) renderCustom(j *jsonBuilder, c *Contact, named []string, fields []CustomField) {
	d := s.options.Dialect
	whole := named == nil || slices.Contains(named, "custom_fields")
	var inside []CustomField
	for _, f := range fields {
		if f.Module != moduleOf(c.Type) {
			continue
		}
		single := slices.Contains(named, customPrefix+strconv.FormatInt(f.ID, 10))
		if whole && !single || single && d.CustomPlace != CustomTop {
			inside = append(inside, f) // a field at the top is not repeated inside unless the dialect says both
		}
		if single && d.CustomPlace != CustomInside {
			j.key(customPrefix + strconv.FormatInt(f.ID, 10))
			renderCustomValue(j, c.Custom[f.ID])
		}
	}
	if !whole && inside == nil {
		return
	}
	j.key("custom_fields").open('[')
	for _, f := range inside {
		v := c.Custom[f.ID]
		j.open('{').key("id").scalar(f.ID, d.Numbers).key("name").text(f.Name).key("value")
		renderCustomValue(j, v)
		if v.Option > 0 {
			j.key("value_id").scalar(v.Option, d.Numbers)
		}
		j.key("update_key").text(strings.Join([]string{"2", "1", strconv.FormatInt(f.ID, 10)}, "_")).close('}')
	}
	j.close(']')
}

func renderCustomValue(j *jsonBuilder, v CustomValue) {
	if v.Text == "" {
		j.raw("null")
		return
	}
	j.text(v.Text)
}
