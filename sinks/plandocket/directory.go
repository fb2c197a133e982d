package plandocket

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// candidatesMax is the number of contacts that a blocked row names.
const candidatesMax = 5

// The codes of rows whose contact cannot be told.
const (
	CodeContactUnknown   = "contact-unknown"   // no contact has the e-mail or number
	CodeContactAmbiguous = "contact-ambiguous" // several contacts have it
	CodeContactDeleted   = "contact-deleted"   // the plan deletes the contact
	CodeContactUndecided = "contact-undecided" // the contact's own row is not written, and not known to be the one that has its keys
	CodeKeysConflict     = "conflicting-keys"  // e-mail and number are of different contacts
)

// person is a contact as far as others are told by it.
type person struct {
	id     string // "": the plan creates it
	change string // of the plan, that creates it or changes its keys; ""
	email  string // as stored, or as it will be
	number string
	name   string
	gone   bool // the plan deletes it
}

// candidate is the contact for people who must choose.
func (p *person) candidate() pipeline.Candidate {
	c := pipeline.Candidate{ID: p.id, Label: strings.TrimSpace(p.name + " <" + cmp.Or(p.email, p.number) + ">")}
	for _, k := range []pipeline.Key{{Field: fieldEmail, Value: p.email}, {Field: fieldNumber, Value: p.number}} {
		if k.Value != "" {
			c.Keys = append(c.Keys, k)
		}
	}
	return c
}

// directory finds contacts by what rows say of them.
type directory struct {
	people   []person
	byID     map[string]int
	byChange map[string]int   // of those that the plan creates
	emails   map[string][]int // by folded value, without those that are gone
	numbers  map[string][]int
	whole    bool // no contact is missing from it
}

// newDirectory holds the contacts of a present state.
func newDirectory(present *pipeline.Present) *directory {
	people := make([]person, 0, present.Records.Len())
	for i := range present.Records.Len() {
		r := present.Records.Record(i)
		people = append(people, person{id: r.ID(), email: r.Get(fieldEmail).Str(), number: r.Get(fieldNumber).Str(),
			name: personName(func(field string) string { return r.Get(field).Str() })})
	}
	return indexPeople(people, present.Evidence.Grade == pipeline.Proven)
}

// personName is the name of a contact: the person, else the company.
func personName(get func(field string) string) string {
	name := strings.TrimSpace(get("first_name") + " " + get("last_name"))
	if name == "" {
		name = strings.TrimSpace(get("company_name"))
	}
	return name
}

func indexPeople(people []person, whole bool) *directory {
	d := &directory{people: people, byID: make(map[string]int, len(people)), byChange: map[string]int{}, emails: make(map[string][]int, len(people)),
		numbers: make(map[string][]int, len(people)), whole: whole}
	for i, p := range people {
		if p.id != "" {
			d.byID[p.id] = i
		} else {
			d.byChange[p.change] = i
		}
		if p.gone {
			continue
		}
		if e := foldEmail(p.email); e != "" {
			d.emails[e] = append(d.emails[e], i)
		}
		if n := foldNumber(p.number); n != "" {
			d.numbers[n] = append(d.numbers[n], i)
		}
	}
	return d
}

// after is the directory once the changes of contacts are carried out.
func (d *directory) after(changes []pipeline.Change) *directory {
	people := slices.Clone(d.people)
	for i := range changes {
		c := &changes[i]
		if c.Resource != Resource {
			continue
		}
		at, known := d.byID[c.Target]
		switch {
		case c.Action == pipeline.Create:
			g := given(c)
			people = append(people, person{change: c.ID, email: g.email, number: g.number, name: nameGiven(c)})
		case !known:
		case c.Action == pipeline.Delete:
			people[at].gone = true
		default:
			people[at].take(c)
		}
	}
	return indexPeople(people, d.whole)
}

func nameGiven(c *pipeline.Change) string {
	return personName(func(field string) string {
		for i := range c.Fields {
			if c.Fields[i].Field == field {
				return c.Fields[i].After.Str()
			}
		}
		return ""
	})
}

// take gives a person the keys that a change writes.
func (p *person) take(c *pipeline.Change) {
	for i := range c.Fields {
		switch f := &c.Fields[i]; f.Field {
		case fieldEmail:
			p.email, p.change = f.After.Str(), c.ID
		case fieldNumber:
			p.number, p.change = f.After.Str(), c.ID
		}
	}
}

// matchNumber and matchEmail are the values by which the server finds this
// contact and no other, or "".
func (d *directory) matchNumber(p *person) string {
	if n := p.number; n != "" && n == strings.TrimSpace(n) && len(d.numbers[foldNumber(n)]) == 1 {
		return n
	}
	return ""
}

func (d *directory) matchEmail(p *person) string {
	if e := p.email; plainEmail(strings.ToLower(e)) && len(d.emails[foldEmail(e)]) == 1 {
		return e
	}
	return ""
}

// title names a person for people.
func (p *person) title() string {
	for _, s := range []string{p.name, p.email, p.number} {
		if s != "" {
			return s
		}
	}
	return "contact " + p.id
}

// find tells which contact a row means, or why nobody can tell.
func (d *directory) find(email, number string) (int, *pipeline.Block) {
	email, number = strings.TrimSpace(email), strings.TrimSpace(number)
	if canon.SaysNone(number) {
		number = "" // of nobody, whoever has the same word in the target
	}
	byEmail, byNumber := d.emails[foldEmail(email)], slices.DeleteFunc(slices.Clone(d.numbers[foldNumber(number)]), func(i int) bool {
		return !strings.EqualFold(strings.TrimSpace(d.people[i].number), number) // 0815 and 815 may be two contacts
	})
	switch {
	case email == "" && number == "":
		return -1, &pipeline.Block{Code: CodeKeyless, Reason: "it has neither e-mail nor customer number, so that nobody can tell which contact it is",
			Hint: "map one of them"}
	case len(byEmail)+len(byNumber) == 0:
		return -1, d.unknown(email, number)
	case len(byNumber) == 0:
		return d.findByEmail(byEmail, email, number)
	}
	common := byNumber
	if len(byEmail) > 0 {
		common = slices.DeleteFunc(slices.Clone(byNumber), func(i int) bool { return !slices.Contains(byEmail, i) })
	}
	switch len(common) {
	case 0:
		return -1, d.block(CodeKeysConflict, fmt.Sprintf("the customer number %s and the e-mail %s are of different contacts", diag.Shorten(number, 60), diag.Shorten(email, 60)),
			"mend the one that is wrong, in the source or in the target", append(slices.Clone(byNumber), byEmail...))
	case 1:
		return common[0], nil
	}
	return -1, d.block(CodeContactAmbiguous, fmt.Sprintf("several contacts have the customer number %s", diag.Shorten(number, 60)),
		"merge them in the target, or give each a number of its own", common)
}

// findByEmail finds a contact by its e-mail alone. A number that no contact has
// speaks against one that has another.
func (d *directory) findByEmail(found []int, email, number string) (int, *pipeline.Block) {
	if len(found) > 1 {
		return -1, d.block(CodeContactAmbiguous, fmt.Sprintf("several contacts have the e-mail %s", diag.Shorten(email, 60)),
			"name the contact by its customer number", found)
	}
	if theirs := d.people[found[0]].number; number != "" && !canon.SaysNone(theirs) {
		return -1, d.block(CodeKeysConflict, fmt.Sprintf("the contact with the e-mail %s has the customer number %s, not %s", diag.Shorten(email, 60), diag.Shorten(theirs, 60), diag.Shorten(number, 60)),
			"mend the one that is wrong, in the source or in the target", found)
	}
	return found[0], nil
}

func (d *directory) block(code, reason, hint string, candidates []int) *pipeline.Block {
	b := &pipeline.Block{Code: code, Reason: reason, Hint: hint, Of: Resource}
	for _, i := range candidates[:min(len(candidates), candidatesMax)] {
		if p := &d.people[i]; p.id != "" {
			b.Candidates = append(b.Candidates, p.id)
			b.Records = append(b.Records, p.candidate())
		}
	}
	return b
}

func (d *directory) unknown(email, number string) *pipeline.Block {
	what := "e-mail " + diag.Shorten(email, 60)
	if number != "" {
		what = "customer number " + diag.Shorten(number, 60)
	}
	for i := range d.people {
		p := &d.people[i]
		if p.gone && (email != "" && foldEmail(p.email) == foldEmail(email) || number != "" && foldNumber(p.number) == foldNumber(number)) {
			return &pipeline.Block{Code: CodeContactDeleted, Reason: "the plan deletes the contact with the " + what, Hint: "take it out of one of the models", Candidates: []string{p.id}, Of: Resource}
		}
	}
	b := &pipeline.Block{Code: CodeContactUnknown, Reason: "no contact has the " + what, Hint: "send the contact to the target, too, or correct the row"}
	if !d.whole {
		b.Reason, b.Hint = "no contact that the target shows has the "+what+", and its list is not proven to be whole", "see the completeness of the target in the plan's header"
	}
	return b
}
