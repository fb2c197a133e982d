package plandocket

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// counterpart is what an earlier model of contacts makes of a row.
type counterpart struct {
	model         string
	email, number string // as that model maps them, folded
	person        int    // of the directory; -1: nobody can tell, or the plan does not create it
	why, hint     string // of a contact that is left as it is; ""
}

// counterparts are those of each of the rows that a model looks at. A row of two models is
// known by its id, and where one of them has none, since two rows of that model have the
// same, by its place.
func (d *directory) counterparts(rows *pipeline.Table, all iter.Seq[pipeline.Counterpart]) [][]counterpart {
	ids, places := make(map[pipeline.RowKey][]int, rows.Len()), make(map[pipeline.Origin][]int, rows.Len())
	for i := range rows.Len() {
		o := rows.Record(i).Origin()
		if id := o.ID; id != "" {
			key := pipeline.RowKey{Source: o.Source, ID: id}
			ids[key] = append(ids[key], i)
		}
		if o.Row > 0 { // else nothing tells rows apart
			places[placeOfRow(o)] = append(places[placeOfRow(o)], i)
		}
	}
	found := make([][]counterpart, rows.Len())
	for c := range all {
		if c.Resource != Resource {
			continue
		}
		o := c.Row.Origin()
		same := ids[pipeline.RowKey{Source: o.Source, ID: o.ID}]
		for _, i := range places[placeOfRow(o)] {
			if o.ID == "" || rows.Record(i).ID() == "" {
				same = append(slices.Clip(same), i)
			}
		}
		for _, i := range same {
			found[i] = append(found[i], counterpart{model: c.Model, person: d.personOf(&c), why: c.Why, hint: c.Hint,
				email: foldEmail(c.Row.Get(fieldEmail).Str()), number: numberSaid(c.Row.Get(fieldNumber).Str())})
		}
	}
	return found
}

// placeOfRow is where a row stands in its source.
func placeOfRow(o pipeline.Origin) pipeline.Origin {
	o.ID = ""
	return o
}

// personOf is the contact that a counterpart is, or -1.
func (d *directory) personOf(c *pipeline.Counterpart) int {
	at, known := d.byID[c.Target]
	if c.Change != "" {
		at, known = d.byChange[c.Change]
	}
	if !known {
		return -1
	}
	return at
}

// numberSaid is a customer number folded, or "" where it says that there is none.
func numberSaid(number string) string {
	number = strings.TrimSpace(number)
	if canon.SaysNone(number) {
		return ""
	}
	return foldNumber(number)
}

// same reports whether a row that has the keys is about the counterpart's person, and not
// about another one of whom the source's row tells as well: one key that both have agrees.
// Of a contact that is not written, it is enough that none speaks against it.
func (c *counterpart) same(email, number string) bool {
	agrees, differs := false, false
	for _, k := range [...][2]string{{c.email, email}, {c.number, number}} {
		if k[0] != "" && k[1] != "" {
			agrees, differs = agrees || k[0] == k[1], differs || k[0] != k[1]
		}
	}
	if c.why != "" {
		return agrees || !differs
	}
	return agrees && c.person >= 0
}

// findOf is find for a row that earlier models made contacts of, too. What is known of the
// row's own contact comes before what its keys say: the row is of no other one that has
// them, such as somebody else of the same address.
func (d *directory) findOf(email, number string, all []counterpart) (int, *pipeline.Block) {
	at, block := d.find(email, number)
	folded, said := foldEmail(strings.TrimSpace(email)), numberSaid(number)
	var own []*counterpart
	for i := range all {
		if all[i].same(folded, said) {
			own = append(own, &all[i])
		}
	}
	switch {
	case len(own) == 0, block == nil && slices.ContainsFunc(own, func(c *counterpart) bool { return c.person == at }):
		return at, block
	case block == nil:
		return -1, d.otherThan(own, at)
	}
	if one := onePerson(own); one >= 0 && d.mayBe(one, folded, said, block) {
		return one, nil
	}
	if c := own[0]; block.Code == CodeContactUnknown && c.why != "" {
		block.Reason, block.Hint = block.Reason+c.also(), c.hint
	}
	return -1, block
}

// onePerson is the contact that all of the counterparts are of which one is known, or -1.
func onePerson(own []*counterpart) int {
	one := -1
	for _, c := range own {
		switch {
		case c.person < 0 || c.person == one:
		case one >= 0:
			return -1
		default:
			one = c.person
		}
	}
	return one
}

// mayBe reports whether a row whose keys do not tell who it is may be the contact that it
// is known to be: nobody has the keys, or that one has them as others do.
func (d *directory) mayBe(one int, email, number string, block *pipeline.Block) bool {
	switch block.Code {
	case CodeContactUnknown:
		return !d.people[one].gone
	case CodeContactAmbiguous:
		return (number == "" || slices.Contains(d.numbers[number], one)) && (email == "" || slices.Contains(d.emails[email], one) || len(d.emails[email]) == 0)
	}
	return false
}

// otherThan says that the contact that has the keys of a row is not the row's own.
func (d *directory) otherThan(own []*counterpart, at int) *pipeline.Block {
	c, candidates := own[0], []int{at}
	if i := slices.IndexFunc(own, func(c *counterpart) bool { return c.person >= 0 }); i >= 0 {
		c, candidates = own[i], append(candidates, own[i].person)
	}
	if c.why != "" {
		return d.block(CodeContactUndecided, "it is not known to be of the contact that has its keys"+c.also(), c.hint, candidates)
	}
	return d.block(CodeContactUndecided, fmt.Sprintf("its keys are those of %s, and the same row of model %s is %s", diag.Shorten(d.people[at].title(), 60), diag.Shorten(c.model, 60), diag.Shorten(d.people[c.person].title(), 60)),
		"mend the keys of the row, or those of the contact in the target", candidates)
}

// also says what becomes of the contact.
func (c *counterpart) also() string {
	return "; the same row of model " + diag.Shorten(c.model, 60) + " " + c.why
}
