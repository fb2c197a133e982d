package draft

import (
	"fmt"
	"maps"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
)

// contactFields are the fields that a column of another kind may not be called
// by: their types and meanings are fixed.
var contactFields = []string{"email", "company_name", "first_name", "last_name", "phone", "fax", "mobile", "customer_number", "address",
	"postal_code", "city", "state", "country", "website", "notes", "tax_id", "rating", "category_keys", recordKeyField}

// extraFieldsMax is how many columns of a file get a field of their own name.
const extraFieldsMax = 200

// finish chooses what makes a row the same row tomorrow, and lists what is
// left over.
func (s *source) finish() {
	s.chooseUpdated()
	s.chooseID()
	for _, c := range s.columns {
		if !s.used[c] {
			s.rest = append(s.rest, c)
		}
	}
}

// mapRest gives each column that belongs to no contact a field of its own: a
// file takes them all. Files that give one field different types give it as
// text.
func (d *draft) mapRest() {
	types := map[string]string{}
	mixed := map[string]bool{}
	for _, s := range d.sources {
		for name, c := range s.extra() {
			t := c.extraType()
			if before, known := types[name]; known && before != t {
				mixed[name] = true
			}
			types[name] = t
		}
	}
	for _, s := range d.sources {
		names := map[*column]string{}
		for name, c := range s.extra() {
			names[c] = name
		}
		var left []*column
		for _, c := range s.rest {
			name, ok := names[c]
			if !ok {
				left = append(left, c)
				continue
			}
			expr, why := c.extraExpression(), quoted(c.name)+": "+c.said()
			if mixed[name] {
				expr, why = c.text(), why+"; text, since the files differ"
			}
			s.add(name, expr, []*column{c}, why)
		}
		s.rest = left
	}
}

// extra names the fields of the columns that belong to no contact.
func (s *source) extra() map[string]*column {
	taken, extra := maps.Clone(reserved), map[string]*column{}
	for _, name := range contactFields {
		taken[name] = true
	}
	for _, c := range s.rest {
		if !c.usable() || len(extra) == extraFieldsMax {
			continue
		}
		name := nameOf(c.name)
		if name == "" {
			name = "field"
		}
		extra[uniqueName(name, taken)] = c
	}
	return extra
}

// extraExpression reads the column as the type that its values have, where
// that is sure.
func (c *column) extraExpression() string {
	if g := c.guess(); g.call != "" && !g.unsure && c.typ == pipeline.String {
		return fmt.Sprintf(g.call, c.ref())
	}
	return c.ref()
}

// extraType names the type of extraExpression; two columns of one type have
// the same name of it.
func (c *column) extraType() string {
	g := c.guess()
	if c.typ != pipeline.String || g.call == "" || g.unsure {
		return c.typ.String()
	}
	function, _, _ := strings.Cut(g.call, "(")
	if function == "parse_date" {
		return pipeline.Timestamp.String()
	}
	return function
}

// idField is a field for the id of the rows, by its name where that is free.
func (s *source) idField() string {
	if name := nameOf(s.idOf.name); name != "" && !reserved[name] && s.field(name) == nil {
		return name
	}
	return recordKeyField
}

// chooseRowKey finds the field that a record of a file is known by: the id of
// its rows where one file has one, else what names a contact, else a
// fingerprint of the row.
func (d *draft) chooseRowKey() {
	if s := d.sources[0]; len(d.sources) == 1 && s.idOf != nil {
		if s.number == s.idOf.name {
			d.rowKey = "customer_number"
			return
		}
		d.rowKey = s.idField()
		s.fields = append([]*field{{d.rowKey, s.idOf.text(), []string{quoted(s.idOf.name) + ": what a record of the file is known by"}}}, s.fields...)
		return
	}
	if len(d.contactKeys()) > 0 {
		return
	}
	d.rowKey = recordKeyField
	for _, s := range d.sources {
		var refs []string
		size := 0
		for _, c := range s.columns {
			if size += len(c.ref()); c.usable() && len(refs) < recordKeyColumnsMax && (size <= recordKeyBytesMax || len(refs) == 0) {
				refs = append(refs, c.ref())
			}
		}
		s.fields = append([]*field{{recordKeyField, "hash(" + strings.Join(refs, ", ") + ")",
			[]string{"No column names a record, so a fingerprint of the row does: a changed row is a new record."}}}, s.fields...)
	}
}

// chooseUpdated finds the column that says when a row last changed.
func (s *source) chooseUpdated() {
	for _, c := range s.named(canon.MeansUpdated) {
		g := c.guess()
		if !g.date || g.unsure || c.filled == 0 {
			continue
		}
		expr := c.ref()
		if c.typ == pipeline.String {
			expr = fmt.Sprintf(g.call, c.ref())
		}
		s.used[c] = true
		s.updated = &field{"updated", expr, []string{quoted(c.name) + ": " + g.say + "; of two rows that are one contact, the newer one counts"}}
		return
	}
}

// chooseID finds the column that names the rows: one with a value of its own
// in each row, called like a number of the record or of the customer, or else
// one that looks like it.
func (s *source) chooseID() {
	var twins []string
	for _, m := range []canon.Meaning{canon.MeansRecordID, canon.MeansCustomerNumber} {
		for _, c := range s.columns {
			if c.header.Meaning != m || !c.header.Exact || !c.usable() || c.filled == 0 {
				continue
			}
			switch {
			case c.unique():
				s.setID(c, "all "+thousands(c.rows)+" rows have a value of their own")
				return
			case c.distinct() && float64(c.filled) >= shareID*float64(c.rows):
				s.setID(c, fmt.Sprintf("%s of %s rows have a value, each its own; a row without one is not known again tomorrow", thousands(c.filled), thousands(c.rows)))
				return
			}
			twins = append(twins, fmt.Sprintf("%s is no id (%s)", quoted(c.name), c.whyNoID()))
		}
	}
	if c, why := s.likelyID(); c != nil {
		s.setID(c, why+", but all "+thousands(c.rows)+" rows have a value of their own; check that it stays the same when a row changes")
		return
	}
	s.id = append(twins, "No column was found that names a row. With one, such as a customer number, a changed", "e-mail address is an update and not a new contact: id: row[\"Number\"]")
}

// likelyID finds a column that may name the rows, though its name does not say so by
// itself, and why: the end of a longer name does, such as "Vorgangs-Nr.", or else the
// values do. Each row has a value of its own there.
func (s *source) likelyID() (*column, string) {
	var byValues *column
	for _, c := range s.columns {
		if !c.usable() || c.rows < filledMin || !c.unique() || c.guess().date || c.emails+c.phones+c.urls > 0 {
			continue
		}
		switch m := c.header.Meaning; {
		case m == canon.MeansRecordID || m == canon.MeansCustomerNumber:
			return c, "it is called like a number of something"
		case m == canon.MeansNothing && byValues == nil && codeLike(c):
			byValues = c
		}
	}
	return byValues, "its name says nothing"
}

func (s *source) setID(c *column, why string) {
	s.idOf, s.id = c, []string{quoted(c.name) + ": " + why}
	s.used[c] = true
}

// codeDigitsMin is the number of digits from which numbers of one length that
// are in no order are taken for codes.
const codeDigitsMin = 5

// codeLike reports whether the values look like codes or running numbers: not
// like words, and not like amounts, which are unique in a short file, too.
func codeLike(c *column) bool {
	if c.typ == pipeline.Int || c.types.integer {
		return c.running != 0 || c.digits >= codeDigitsMin
	}
	return !c.types.numbers && strings.ContainsAny(c.shape, "0123456789") && !strings.ContainsAny(c.shape, "?$%,:+")
}

func (c *column) whyNoID() string {
	switch {
	case c.filled < c.rows:
		return "rows without a value: " + thousands(c.rows-c.filled)
	case c.repeated > 0:
		return "rows with the value of an earlier row: " + thousands(c.repeated)
	default:
		return "its values are texts"
	}
}
