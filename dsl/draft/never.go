package draft

import (
	"fmt"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
)

// A rule `never: [customer_number]` keeps two rows with different numbers apart,
// whatever else is equal. That is right where a person has one number, and
// wrong where a list gives a person a new number each time: then it would keep
// apart just the duplicates that there are. So the values must speak for it.

// numbered is what the rows of a source say about people and their numbers.
type numbered struct {
	rows    int // with an e-mail address and a number
	doubled int // e-mail addresses that people of one name have under two numbers or more
}

// numbered looks at the sample of a source that has customer numbers.
func (s *source) numbered() numbered {
	number, mail := s.columnNamed(s.number), s.mailColumn()
	if number < 0 || mail < 0 {
		return numbered{}
	}
	names := s.nameColumns()
	var n numbered
	first, doubled := map[string]string{}, map[string]bool{}
	for _, b := range s.file.Sample.Batches {
		for row := range b.Len() {
			no, address := s.cell(b, number, row), s.cell(b, mail, row)
			parsed, err := canon.ParseEmail(address)
			if no == "" || err != nil {
				continue
			}
			n.rows++
			who := parsed.Address
			for _, c := range names {
				who += "\x00" + canon.FoldGerman(s.cell(b, c, row))
			}
			if before, known := first[who]; !known {
				first[who] = no
			} else if before != no && !doubled[who] {
				doubled[who] = true
				n.doubled++
			}
		}
	}
	return n
}

// columnNamed is the place of a column, or -1.
func (s *source) columnNamed(name string) int {
	for i, c := range s.columns {
		if name != "" && c.name == name {
			return i
		}
	}
	return -1
}

// mailColumn is the place of the first column that gives e-mail addresses, or -1.
func (s *source) mailColumn() int {
	for i, c := range s.columns {
		if s.used[c] && c.emails > 0 && c.typ == pipeline.String {
			return i
		}
	}
	return -1
}

// nameColumns are the places of the columns that people are named in.
func (s *source) nameColumns() (places []int) {
	for i, c := range s.columns {
		switch c.header.Meaning {
		case canon.MeansFirstName, canon.MeansLastName, canon.MeansName, canon.MeansFullName, canon.MeansContact:
			if s.used[c] && c.emails == 0 {
				places = append(places, i)
			}
		}
	}
	return places
}

// cell is a value as text, "" for one that is not looked into.
func (s *source) cell(b *pipeline.Batch, column, row int) string {
	c := b.Column(column)
	if blankValue(c, row) || c.Type() == pipeline.String && len(c.Bytes(row)) > valueBytesMax {
		return ""
	}
	return strings.TrimSpace(c.Value(row).String())
}

// never says whether rows with different customer numbers are to be kept apart,
// and why or why not.
func (d *draft) never() (line string, why []string) {
	var all numbered
	for _, s := range d.sources {
		n := s.numbered()
		all.rows += n.rows
		all.doubled += n.doubled
	}
	const left = "never: [customer_number] would keep rows with different numbers apart, whatever else is equal. It is left out:"
	switch {
	case all.doubled > 0:
		return "", []string{left, fmt.Sprintf("people who are in the list under two numbers, with one name and e-mail address: %s. Now they are one contact.", thousands(all.doubled))}
	case all.rows < filledMin:
		return "", []string{left, "too few rows have a number and an e-mail address to tell whether a person may have two."}
	default:
		return fmt.Sprintf("never: [customer_number] # two numbers are two contacts: in %s rows nobody has two under one name and e-mail address", thousands(all.rows)), nil
	}
}
