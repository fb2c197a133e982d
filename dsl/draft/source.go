package draft

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
)

// The shares of filled values from which a column is taken for something.
const (
	shareByContent = 0.80 // by its values alone
	shareByName    = 0.50 // where its name says so
	shareCountry   = 0.95 // by its values alone: short words are easily the name of a country
	shareMixed     = 0.10 // of each of two kinds, for a column that holds both
	shareID        = 0.95 // of the rows, for a column of ids by its name that some rows have no value in
	filledMin      = 3    // values below which only a name counts
)

// source is a file with the fields that it gives.
type source struct {
	name    string
	file    *File
	columns []*column
	used    map[*column]bool
	fields  []*field
	id      []string // comment
	idOf    *column  // nil: none
	updated *field
	number  string // the column of customer numbers, or ""
	rest    []*column
	country country
}

// field is a line of `map` and why it is there.
type field struct {
	name, expr string
	why        []string
}

func newSource(f *File, name string) *source {
	return &source{name: name, file: f, columns: columns(f.Sample), used: map[*column]bool{}}
}

func (s *source) field(name string) *field {
	for _, f := range s.fields {
		if f.name == name {
			return f
		}
	}
	return nil
}

// named are the unused columns of a meaning: those whose whole name says so,
// by number, or else the first one whose last words do.
func (s *source) named(m canon.Meaning) []*column {
	var exact, weak []*column
	for _, c := range s.columns {
		switch {
		case s.used[c] || !c.usable() || c.header.Meaning != m:
		case c.header.Exact:
			exact = append(exact, c)
		case len(weak) == 0:
			weak = append(weak, c)
		}
	}
	slices.SortStableFunc(exact, func(a, b *column) int { return cmp.Compare(a.header.Number, b.header.Number) })
	if len(exact) > 0 {
		return exact
	}
	return weak
}

// free are the unused columns whose names do not say what they hold.
func (s *source) free() []*column {
	var list []*column
	for _, c := range s.columns {
		if m := c.header.Meaning; !s.used[c] && c.usable() && c.typ == pipeline.String && c.filled >= filledMin &&
			(m == canon.MeansNothing || m == canon.MeansContact || m == canon.MeansName) {
			list = append(list, c)
		}
	}
	return list
}

// add maps a field of columns.
func (s *source) add(name, expr string, of []*column, why ...string) {
	for _, c := range of {
		s.used[c] = true
	}
	s.fields = append(s.fields, &field{name, expr, why})
}

// share is the evidence of a column: "982 of 1,000 values of "Kontakt" ...".
func (c *column) share(n int, what string) string {
	switch {
	case c.filled == 0:
		return c.byName()
	case n == c.filled && n > 1:
		return fmt.Sprintf("%s: all %s values %s", quoted(c.name), thousands(n), what)
	}
	return fmt.Sprintf("%s: %s of %s values %s", quoted(c.name), thousands(n), thousands(c.filled), what)
}

// byName is the evidence of a column that only its name speaks for.
func (c *column) byName() string {
	why := "by its name"
	if !c.header.Exact {
		why = "by a part of its name"
	}
	switch {
	case c.rows == 0:
		return fmt.Sprintf("%s: %s", quoted(c.name), why)
	case c.filled == 0:
		return fmt.Sprintf("%s: %s; %s", quoted(c.name), why, c.noValue())
	case c.filled == c.rows:
		return fmt.Sprintf("%s: %s; all rows have a value", quoted(c.name), why)
	}
	return fmt.Sprintf("%s: %s; %s of %s rows have a value", quoted(c.name), why, thousands(c.filled), thousands(c.rows))
}

// noValue says that none of the rows has a value.
func (c *column) noValue() string {
	if c.rows == 1 {
		return "the only row has no value"
	}
	return "none of the " + thousands(c.rows) + " rows has a value"
}

func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// mapContact finds the fields of contacts among the columns, in the order in which
// a person would write them.
func (s *source) mapContact(target TargetKind) {
	country := s.mapCountry()
	s.mapEmail()
	s.mapNames()
	s.mapCompany()
	s.mapPhones()
	s.mapAddress()
	if country != nil {
		s.fields = append(s.fields, country)
	}
	s.mapOthers(target)
}

// country is the one that numbers without the code of a country are of.
type country struct {
	code, why string // ISO code, "" where nothing says it; how it is known
	variable  string // of the pipeline that holds it
}

// chooseCountries finds the country of each file, and of those that do not say
// theirs: that of the others. Files of one country share a variable.
func (d *draft) chooseCountries() {
	all := countryOf(d.sources...)
	shared := true
	for _, s := range d.sources {
		s.country = countryOf(s)
		if s.country.code == "" {
			s.country = all
		}
		shared = shared && s.country.code == d.sources[0].country.code
	}
	for _, s := range d.sources {
		s.country.variable = defaultCountry
		if !shared {
			s.country.variable = s.name + "_country"
		} else {
			s.country.why = all.why
		}
	}
}

// countryOf guesses a country: the one that most rows name, or that most
// international phone numbers are of.
func countryOf(sources ...*source) country {
	countries, phones := map[string]int{}, map[string]int{}
	for _, s := range sources {
		if c := s.countryColumn(); c != nil {
			addCounts(countries, c.countryOf)
		}
		for _, c := range s.columns {
			addCounts(phones, c.phoneOf)
		}
	}
	for _, from := range []struct {
		counts map[string]int
		what   string
	}{{countries, "rows that name one say"}, {phones, "phone numbers with the code of a country are of"}} {
		best, sum := "", 0
		for code, n := range from.counts {
			sum += n
			if code != "" && (best == "" || n > from.counts[best] || n == from.counts[best] && code < best) {
				best = code
			}
		}
		if best != "" {
			return country{code: best, why: fmt.Sprintf("%s of %s %s %s", thousands(from.counts[best]), thousands(sum), from.what, best)}
		}
	}
	return country{}
}

// region is the country of a row as an expression, with the one of rows that name none
// behind it, or "". What is wrong with a country is told of its own field alone.
func (s *source) region() string {
	c := s.countryColumn()
	switch {
	case c != nil && s.country.code != "":
		return c.text() + ", vars." + s.country.variable
	case c != nil:
		return c.text()
	case s.country.code != "":
		return "vars." + s.country.variable
	}
	return ""
}

func addCounts(to, from map[string]int) {
	for k, n := range from {
		to[k] += n
	}
}

// countryColumn is the column that holds countries, or nil.
func (s *source) countryColumn() *column {
	for _, c := range s.columns {
		if c.header.Meaning == canon.MeansCountry && c.header.Exact && c.usable() && c.typ == pipeline.String && (c.filled == 0 || c.most(c.countries, shareByName)) {
			return c
		}
	}
	var best *column
	for _, c := range s.columns {
		m := c.header.Meaning
		byName := m == canon.MeansCountry && c.most(c.countries, shareByName)
		byContent := m == canon.MeansNothing && c.filled >= filledMin && c.most(c.countries, shareCountry)
		if c.usable() && c.typ == pipeline.String && (byName || byContent) && (best == nil || c.filled > best.filled) {
			best = c
		}
	}
	return best
}

func (s *source) mapCountry() *field {
	c := s.countryColumn()
	if c == nil {
		return nil
	}
	s.used[c] = true
	return &field{"country", "parse_country(" + c.text() + ")", []string{c.share(c.countries, "are countries")}}
}

// said is the type of the column and the shape of a value of text.
func (c *column) said() string {
	if c.shape == "" || c.typ != pipeline.String {
		return c.guess().say
	}
	return c.guess().say + ", such as " + strconv.Quote(c.shape)
}

// guess is the type of the column.
func (c *column) guess() guess {
	switch c.typ {
	case pipeline.String:
		return c.types.guess()
	case pipeline.Int:
		return guess{say: "whole numbers"}
	case pipeline.Float:
		return guess{say: "decimal numbers"}
	case pipeline.Bool:
		return guess{say: "true or false"}
	case pipeline.Timestamp:
		return guess{say: "points in time", date: true}
	default:
		return guess{say: "lists of text"}
	}
}
