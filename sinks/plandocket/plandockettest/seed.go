package plandockettest

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// seedYears is over how many years before now seeded contacts were created, with no two at one second.
const seedYears = 3

// enrolledShare is one in how many seeded contacts takes part in the first event.
const enrolledShare = 10

// Seed adds n contacts of an ordinary tenant: people alone, households that share a name and an address, companies with
// several colleagues; one in ten without customer_number, one in twenty-five without e-mail. Given e-mails and numbers
// are unique, and so are the times of creation. Phone numbers are ones that exist in the numbering plan. It makes some events, categories, custom fields and participations as
// well, unless they exist. The same seed on the same state gives the same data.
func (s *Server) Seed(seed uint64, n int) error {
	return s.byHand("seed", func(u *unit) error {
		u.audit = false
		if err := u.seedFrame(); err != nil {
			return err
		}
		first, err := u.count(`SELECT coalesce(max(id), 0) + 1 FROM contacts`)
		if err != nil {
			return err
		}
		g := &generator{random: rand.New(rand.NewPCG(seed, uint64(first))), next: first}
		span := int64(seedYears * 365 * 24 * 3600)
		start := u.now.Unix() - span
		for i := range n {
			r := g.contact()
			r.created = start + span*int64(i)/int64(n)
			r.updated = r.created + g.random.Int64N(u.now.Unix()-r.created+1)
			if err := u.insert(&r); err != nil {
				return err
			}
			if err := u.seedRelations(g, r.id); err != nil {
				return err
			}
		}
		return nil
	})
}

// seedFrame makes what contacts refer to.
func (u *unit) seedFrame() error {
	n, err := u.count(`SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM categories) + (SELECT count(*) FROM definitions)`)
	if err != nil || n > 0 {
		return err
	}
	for i, title := range []string{"Expo", "Kongress", "Hausmesse"} {
		from := u.now.AddDate(0, 2*i-1, 0)
		key := fmt.Sprintf("%s-%d", strings.ToLower(title), from.Year())
		if err := u.addEvent(Event{key, fmt.Sprintf("%s %d", title, from.Year()), "Berlin", from, from.AddDate(0, 0, 2)}); err != nil {
			return err
		}
	}
	for _, k := range []Category{
		{"exhibitor", "Aussteller", ""}, {"visitor", "Besucher", ""}, {"press", "Presse", ""},
		{"exhibitor-premium", "Premium", "exhibitor"}, {"exhibitor-start-up", "Start-up", "exhibitor"},
		{"press-online", "Online", "press"},
	} {
		if err := u.addCategory(k); err != nil {
			return err
		}
	}
	for _, f := range []CustomField{
		{Key: "badge_name", Label: "Name auf dem Ausweis", Type: "text"},
		{Key: "diet", Label: "Verpflegung", Type: "select", Options: []string{"any", "vegetarian", "vegan"}},
		{Key: "opt_in", Label: "Einwilligung", Type: "boolean"},
		{Key: "staff", Label: "Mitarbeitende", Type: "number"},
	} {
		if err := u.define(f); err != nil {
			return err
		}
	}
	return nil
}

func (u *unit) seedRelations(g *generator, id int64) error {
	if g.random.IntN(4) == 0 {
		_, err := u.exec(`INSERT INTO contact_categories SELECT ?, id FROM categories WHERE category_key = ?`,
			id, pick(g.random, []string{"exhibitor", "visitor", "press", "exhibitor-premium"}))
		if err != nil {
			return err
		}
	}
	if g.random.IntN(enrolledShare) > 0 {
		return nil
	}
	_, err := u.exec(`INSERT INTO participants (event_id, contact_id, is_confirmed, created_at, updated_at)
		SELECT min(id), ?, ?, ?, ? FROM events HAVING min(id) IS NOT NULL`, id, g.random.IntN(2), u.now.Unix(), u.now.Unix())
	return err
}

// A generator makes contacts one after the other; some share a household or a company with the one before.
type generator struct {
	random *rand.Rand
	next   int // number of the next contact
	group  row // what the members of a group share
	left   int // members still to come
	domain string
}

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }

func some(text string) sql.NullString { return sql.NullString{String: text, Valid: text != ""} }

func (g *generator) contact() row {
	if g.left == 0 {
		g.newGroup()
	}
	g.left--
	r := g.group
	first := pick(g.random, firstNames())
	r.text[columnFirstName] = some(first)
	if !r.text[columnLastName].Valid {
		r.text[columnLastName] = some(pick(g.random, lastNames()))
	}
	number := g.next
	g.next++
	if g.random.IntN(10) > 0 {
		r.text[columnCustomerNumber] = some(fmt.Sprintf("%07d", number))
	}
	if g.random.IntN(25) > 0 {
		local := strings.Join(strings.FieldsFunc(plainLetters(first+" "+r.text[columnLastName].String), func(c rune) bool { return c == ' ' }), ".")
		r.text[columnEmail] = some(fmt.Sprintf("%s.%d@%s", local, number, g.domain))
	}
	if g.random.IntN(3) == 0 {
		r.text[columnMobile] = some(fmt.Sprintf("+49 17%d %07d", g.random.IntN(10), g.random.IntN(10_000_000)))
	}
	if g.random.IntN(5) == 0 {
		r.rating = int64(1 + g.random.IntN(5))
	}
	r.access = g.random.IntN(3) == 0
	r.account = r.access && g.random.IntN(2) == 0
	return r
}

// newGroup decides what the next contacts share: nothing, a household or a company.
func (g *generator) newGroup() {
	at := pick(g.random, places())
	g.group = row{rating: ratingDefault}
	g.domain = pick(g.random, mailDomains())
	set := func(column string, value string) {
		g.group.text[slices.Index(textColumns[:], column)] = some(value)
	}
	set("address", fmt.Sprintf("%s %d", pick(g.random, streets()), 1+g.random.IntN(120)))
	set("postal_code", at.code)
	set("city", at.city)
	set("state", at.state)
	set("country", at.country)
	set("phone", numbered(at.phone, g.random.IntN(10_000_000)))
	switch kind := g.random.IntN(10); {
	case kind < 5:
		g.left = 1
	case kind < 7:
		g.left = 2 + g.random.IntN(3)
		set("last_name", pick(g.random, lastNames()))
	default:
		g.left = 1 + g.random.IntN(5)
		core := pick(g.random, companyCores())
		set("company_name", core+" "+pick(g.random, companyTrades())+" "+pick(g.random, legalForms()))
		g.domain = fmt.Sprintf("%s-%d.example", plainLetters(core), g.random.IntN(1000))
		set("website", "https://www."+g.domain)
		if g.random.IntN(2) == 0 {
			set("tax_id", fmt.Sprintf("DE%09d", g.random.IntN(1_000_000_000)))
		}
	}
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

// plainLetters makes text fit for an address: lower case, no accents, no signs but the space.
func plainLetters(text string) string {
	replaced := strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "ø", "o", "å", "a", "é", "e", "è", "e", "ë", "e",
		"á", "a", "í", "i", "ı", "i", "ł", "l", "ř", "r", "ć", "c", "ñ", "n", "-", " ", "'", "").Replace(strings.ToLower(text))
	return strings.Map(func(r rune) rune {
		if (r >= 'a' && r <= 'z') || r == ' ' {
			return r
		}
		return -1
	}, replaced)
}

// SeedTraps adds one contact or pair for each trap that data holds: e-mails that differ only by case or by white space,
// one e-mail twice, one customer_number twice, a name in both Unicode normal forms, leading zeros, numbers where text is
// meant, very long notes, emoji, a country as a name, a contact with nothing at all, and five hundred created at one
// second. It returns the ids by the trap's name.
func (s *Server) SeedTraps() (map[string][]int64, error) {
	at := time.Date(2025, 6, 1, 8, 0, 0, 0, time.UTC)
	traps := []struct {
		name     string
		contacts []Contact
	}{
		{"email-case", []Contact{{Email: "Trap.Case@Example.com"}, {Email: "trap.case@example.com"}}},
		{"email-space", []Contact{{Email: " trap.space@example.com "}, {Email: "trap.space@example.com"}}},
		{"email-twice", []Contact{{Email: "trap.twice@example.com", FirstName: "Ada"}, {Email: "trap.twice@example.com", FirstName: "Bea"}}},
		{"number-twice", []Contact{{CustomerNumber: "T-1", LastName: "One"}, {CustomerNumber: "T-1", LastName: "Two"}}},
		{"normal-form", []Contact{{Email: "trap.nfc@example.com", FirstName: "Zo\u00eb"}, {Email: "trap.nfd@example.com", FirstName: "Zoe\u0308"}}},
		{"leading-zero", []Contact{{Email: "trap.zero@example.com", CustomerNumber: "000815", PostalCode: "01067"}, {CustomerNumber: "815", PostalCode: "1067"}}},
		{"number-text", []Contact{{Email: "trap.number@example.com", CustomerNumber: "90071992547409931", PostalCode: "10115", Phone: "4930123456"}}},
		{"long-notes", []Contact{{Email: "trap.notes@example.com", Notes: strings.Repeat("Sehr lange Notiz mit \"Zeichen\" \\ und\nZeilen. ", 4000)}}},
		{"emoji", []Contact{{Email: "trap.emoji@example.com", FirstName: "👩‍🚀", CompanyName: "🚀 Raketen & Söhne </script>"}}},
		{"country-name", []Contact{{Email: "trap.country@example.com", Country: "Deutschland"}, {Email: "trap.lower@example.com", Country: "de"}}},
		{"empty", []Contact{{}}},
		{"one-second", slices.Repeat([]Contact{{LastName: "Zeitgleich", CreatedAt: at, UpdatedAt: at}}, 500)},
	}
	ids := make(map[string][]int64)
	err := s.byHand("seed traps", func(u *unit) error {
		u.audit = false
		for _, trap := range traps {
			for i, c := range trap.contacts {
				if trap.name == "one-second" {
					c.Email = fmt.Sprintf("trap.second.%d@example.com", i)
				}
				r, err := c.row(u.now)
				if err != nil {
					return err
				}
				if err := u.insert(&r); err != nil {
					return err
				}
				ids[trap.name] = append(ids[trap.name], r.id)
			}
		}
		return nil
	})
	return ids, err
}
