package sonderplantest

import (
	"fmt"
	"strings"
)

// The custom fields that Seed defines.
const (
	FieldScore   = 7823 // people, text: 1 to 5, or nothing
	FieldSegment = 7824 // people, select, one of whose options was renamed
	FieldSector  = 7830 // organizations, select
	FieldNumber  = 7831 // organizations, text: a customer number with leading zeros
)

// twinName is the name of the person and of the organization with id 1.
const twinName = "Twin Trading GmbH"

// seedSeconds is the span over which seeded contacts were last updated; it
// ends a day before the clock.
const seedSeconds = 400 * 24 * 3600

// Seed fills an empty server with so many living people and organizations,
// the same for the same seed, and a few deleted ones. Ids of both types start
// at 1, so that every id exists twice. From 40 people and 10 organizations on
// the data holds one of each trap: a person and an organization of one name
// and id; people who share an e-mail; an e-mail in the second or third slot
// only; upper case and spaces; one name in composed and decomposed Unicode; a
// single-word name; "Last, First"; countries spelled in several ways;
// postcodes with a leading zero; a link to an organization that exists only
// as a person; an option that was renamed. Phone numbers are ones that exist
// in the numbering plan of their place, and other e-mails are plain ASCII.
func (s *Server) Seed(seed uint64, people, organizations int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := &generator{random: random{state: seed}, now: s.now(), organizations: organizations}
	return s.store.inTransaction(func(tx runner) error {
		for _, f := range seedFields() {
			if err := s.saveField(tx, &f); err != nil {
				return err
			}
		}
		for i := range organizations {
			c := g.organization(i + 1)
			if i == 0 {
				c.Name = twinName
			}
			if err := s.addIn(tx, &c); err != nil {
				return err
			}
		}
		for i := range people {
			c := g.person(i + 1)
			if people >= 40 && organizations >= 10 {
				g.trap(&c, people)
			}
			if err := s.addIn(tx, &c); err != nil {
				return err
			}
		}
		return s.seedDeleted(tx, g, people)
	})
}

// seedDeleted adds one deleted person for every hundred living ones.
func (s *Server) seedDeleted(tx runner, g *generator, people int) error {
	for i := range people / 100 {
		c := g.person(people + i + 1)
		c.Deleted = c.Updated
		if err := s.addIn(tx, &c); err != nil {
			return err
		}
	}
	_, err := tx.Exec("UPDATE custom_option SET name = 'Key account' WHERE name = 'VIP'")
	return err
}

func seedFields() []CustomField {
	return []CustomField{
		{ID: FieldScore, Name: "Score", Type: "text", Module: "people", Order: 1},
		{ID: FieldSegment, Name: "Segment", Type: "select", Module: "people", Order: 2,
			Options: []CustomOption{{ID: 8973, Name: "Prospect", Order: 1}, {ID: 8974, Name: "VIP", Order: 2}}},
		{ID: FieldSector, Name: "Sector", Type: "select", Module: "organization", Order: 1,
			Options: []CustomOption{{ID: 8981, Name: "Video Editing", Order: 1}, {ID: 8982, Name: "Stage", Order: 2}}},
		{ID: FieldNumber, Name: "Customer number", Type: "text", Module: "organization", Order: 2},
	}
}

// generator draws contacts. Each takes the same number of draws whatever it
// becomes.
type generator struct {
	random
	now           int64
	organizations int
}

func (g *generator) pick(from []string) string { return from[g.below(len(from))] }

func (g *generator) base(c *Contact) {
	p := places()[g.below(len(places()))]
	c.AddressLine1 = fmt.Sprintf("%s %d", g.pick(p.streets), 1+g.below(120))
	c.City, c.State, c.Postcode = p.city, p.state, p.postcode
	c.Country = g.pick(p.countries)
	c.Phone1 = numbered(p.phone, g.below(10_000_000))
	c.Updated = g.now - 24*3600 - int64(g.below(seedSeconds))
	c.Created = c.Updated - int64(g.below(seedSeconds))
	c.CreatedID, c.CreatedName = 3, "John Smith"
	c.UpdatedID, c.UpdatedName = 4, "Ada Admin"
	c.Custom = map[int64]CustomValue{}
}

func (g *generator) organization(id int) Contact {
	c := Contact{Type: Organization, ID: int64(id)}
	g.base(&c)
	stem := g.pick(stems())
	c.Name = fmt.Sprintf("%s %s %s", stem, g.pick(trades()), g.pick(forms()))
	c.Website = fmt.Sprintf("www.%s%d.example", ascii(stem), id)
	c.Email1 = fmt.Sprintf("office@%s%d.example", ascii(stem), id)
	c.Client = g.below(3) > 0
	option := []CustomValue{{"Video Editing", 8981}, {"Stage", 8982}}[g.below(2)]
	c.Custom[FieldSector] = option
	c.Custom[FieldNumber] = CustomValue{Text: fmt.Sprintf("%07d", 1000+id)}
	return c
}

func (g *generator) person(id int) Contact {
	c := Contact{Type: Person, ID: int64(id)}
	g.base(&c)
	first, last := g.pick(firstNames()), g.pick(lastNames())
	c.Name = first + " " + last
	c.Email1 = fmt.Sprintf("%s.%s%d@example.com", ascii(first), ascii(last), id)
	c.Client = g.below(4) > 0
	c.User = g.below(40) == 0
	if g.below(50) == 0 {
		c.Resource, c.LinkedResourceID = true, int64(1000+id)
	}
	link, score, segment := g.below(max(1, g.organizations)), g.below(7), g.below(3)
	if g.organizations > 0 && id%3 > 0 {
		c.LinkedOrganizationID = int64(1 + link)
	}
	if score >= 1 && score <= 5 {
		c.Custom[FieldScore] = CustomValue{Text: fmt.Sprint(score)}
	}
	if segment > 0 {
		c.Custom[FieldSegment] = []CustomValue{{"Prospect", 8973}, {"VIP", 8974}}[segment-1]
	}
	return c
}

// trap gives the person one of the traps of Seed, by its id.
func (g *generator) trap(c *Contact, people int) {
	switch c.ID {
	case 1:
		c.Name = twinName
	case 2, 3:
		c.Email1 = "family@example.com"
	case 4:
		c.Email1, c.Email2 = "", "second.slot@example.com"
	case 5:
		c.Email1, c.Email3 = "", "third.slot@example.com"
	case 6:
		c.Email1, c.Name = " Anna.SCHULZ@Example.COM ", "  Anna   SCHULZ "
	case 7:
		c.Name = "Ren\u00e9 M\u00fcller" // composed
	case 8:
		c.Name = "Rene\u0301 Mu\u0308ller" // decomposed
	case 9:
		c.Name = "Madonna"
	case 10:
		c.Name = "von der Heide, Anna"
	case 11:
		c.Country, c.City, c.Postcode = "BRD", "Leipzig", "04103"
	case 12:
		c.Country = "germany "
	case 13:
		c.LinkedOrganizationID = int64(people) // no organization has it
		if g.organizations >= people {
			c.LinkedOrganizationID = int64(g.organizations + 1)
		}
	case 14:
		c.Icon = `{"type":"initials","text":"XY"}`
	case 15:
		c.Name = "王小明"
	}
}

// ascii writes a name as the local part of an address, in plain letters.
func ascii(name string) string {
	plain := strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "é", "e", "ë", "e", "ø", "o", "å", "a", "á", "a", "í", "i", " ", "-")
	return strings.Map(func(r rune) rune {
		if (r >= 'a' && r <= 'z') || r == '-' {
			return r
		}
		return -1
	}, plain.Replace(strings.ToLower(name)))
}

// numbered puts the digits of n, the last first, where the pattern has #.
func numbered(pattern string, n int) string {
	return strings.Map(func(r rune) rune {
		if r != '#' {
			return r
		}
		digit := rune('0' + n%10)
		n /= 10
		return digit
	}, pattern)
}
