package linkage

import (
	"fmt"
	"slices"

	"github.com/reconkit/reconkit/dedupe/norm"
	"github.com/reconkit/reconkit/dedupe/similar"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// A few things that the score of two records stands on are told by the list as a
// whole, and are no frequencies: who uses a phone or a mailbox, whether what a
// mailbox tells is a name, which names of companies are series, and how dates are
// meant. Frequencies hold them for a Scorer, which sees two records at a time.

// What is written down of them, beside the counts of values.
const (
	factsOfMailers = "user of an e-mail"
	factsOfCallers = "user of a phone"
	factsOfNames   = "name that a mailbox tells"
	factsOfStems   = "stem of a series of names"
)

// What is written down of a stem.
const (
	stemOfWords = 2 // its words are no slips for each other
	stemOfCodes = 3 // they may be codes, of which slips are others
)

// dateOrders are the names of what norm.DateOrder says.
var dateOrders = map[norm.DateOrder]string{norm.DayFirst: "day first", norm.MonthFirst: "month first"}

// addFacts writes down what else than frequencies the scores of db stand on, but for who
// uses what.
func (f *Frequencies) addFacts(db *records) {
	f.Dates = dateOrders[db.votes.order()]
	if db.alias != nil {
		told := make([]bool, db.given.values.len())
		for _, id := range db.alias {
			told[id] = max(db.given.counts[id], db.family.counts[id]) <= 1 // those of more are known by their counts
		}
		f.add(factsOfNames, len(told), func(id int) (uint64, int32) {
			if told[id] {
				return db.given.values.hashes[id], 2
			}
			return 0, 0
		})
	}
	if len(db.stems) > 0 {
		stems := make([]uint64, 1, 1+len(db.stems))
		for stem := range db.stems {
			stems = append(stems, stem)
		}
		f.add(factsOfStems, len(stems), func(id int) (uint64, int32) {
			if db.stems[stems[id]] {
				return stems[id], stemOfCodes
			}
			return stems[id], stemOfWords
		})
	}
}

// People are written down as numbers of three bytes, which two share once in two
// million times. A value that more have than are kept has anybody twice instead:
// whichever two are left out, there are others.
const (
	anybody   = 2
	personMin = 3
	personMax = 1<<21 - 1
)

// personOf is the number of somebody, by a hash as in records.who; 0 for nobody.
func personOf(who uint64) uint64 {
	if who == 0 {
		return 0
	}
	return personMin + who>>32%(personMax-personMin+1)
}

// addAllUsers writes down who uses each mailbox and phone.
func (f *Frequencies) addAllUsers(db *records) {
	if len(db.emails) > 0 {
		f.addUsers(factsOfMailers, db.emails[0].values, mailOthersMax, func(id int) users { return db.mailUsers[id].with(0) })
	}
	if len(db.phones) > 0 {
		sole := soleUsers(db.phoneUsers, db.phones, db.who)
		f.addUsers(factsOfCallers, db.phones[0].values, 0, func(id int) users { return db.phoneUsers[id].with(sole[id]) })
	}
}

// addUsers writes down who uses each value. One that no more use than others, who do
// not make it shared, is left out: of two that are scored it may be that neither is
// among its users.
func (f *Frequencies) addUsers(of string, values *dict, others int, who func(id int) users) {
	var list []counted
	for id := 1; id < values.len(); id++ {
		if u := who(id); u.others(0, 0) > others {
			for k, person := range u.persons() {
				list = append(list, counted{userKey(values.hashes[id], k), int32(person)})
			}
		}
	}
	f.write(of, list)
}

// persons are the numbers of users, ascending.
func (u users) persons() []uint64 {
	if u[len(u)-1] != 0 {
		return []uint64{anybody, anybody}
	}
	var out []uint64
	for _, who := range u {
		if who != 0 {
			out = append(out, personOf(who))
		}
	}
	slices.Sort(out)
	return out
}

// userKey is the hash by which the k-th user of a value is found.
func userKey(value uint64, k int) uint64 { return mix2(value, uint64(k)+1) }

// usersOf reads who of the list uses some values.
func (v *valueCounts) usersOf(values *dict) []*users {
	out := make([]*users, values.len())
	for id := 1; id < len(out); id++ {
		var u users
		for k := range u {
			person := v.of(userKey(values.hashes[id], k))
			if person < anybody {
				break
			}
			u[k] = uint64(person)
		}
		if u[0] != 0 {
			out[id] = &u
		}
	}
	return out
}

// listFacts are these facts as they concern a few records.
type listFacts struct {
	unheard []bool // by name: nobody in the list is known to bear it
	stems   *valueCounts
}

// valuesOf are the counts of something; none where nothing is known of it.
func valuesOf(by map[string]*valueCounts, of string) *valueCounts {
	if v := by[of]; v != nil {
		return v
	}
	return &valueCounts{starts: []uint32{0, 0}, shift: 8 * hashBytes}
}

// checkUsers refuses frequencies that do not say who uses the values of a column: what
// people share would seem to be of one.
func checkUsers(columns []Column, by map[string]*valueCounts) error {
	for _, c := range columns {
		if c.Kind == Email && by[factsOfMailers] == nil || c.Kind == Phone && by[factsOfCallers] == nil {
			return &misfitError{fmt.Sprintf("the pinned frequencies do not say who uses the values of %s: take those of Result.Pinned, of a list that is not too long for that", diag.Shorten(c.Name, 60))}
		}
	}
	return nil
}

// placeIn makes the records a few of the list that frequencies are of.
func (db *records) placeIn(f *Frequencies, by map[string]*valueCounts) {
	db.list = &listFacts{stems: valuesOf(by, factsOfStems)}
	if db.alias != nil {
		db.hearNames(by)
	}
	db.pinCounts(f, by)
	if f.Linked {
		db.twin = nil
	}
	for i, who := range db.who {
		db.who[i] = personOf(who)
	}
	if len(db.emails) > 0 {
		db.mailUsers = by[factsOfMailers].usersOf(db.emails[0].values)
	}
	if len(db.phones) > 0 {
		db.phoneUsers = by[factsOfCallers].usersOf(db.phones[0].values)
	}
}

// hearNames finds the names that mailboxes tell and the list has, and those that
// only these records may have.
func (db *records) hearNames(by map[string]*valueCounts) {
	sources := []*valueCounts{valuesOf(by, countsOf("given name", 0)), valuesOf(by, countsOf("family name", 0)), valuesOf(by, factsOfNames)}
	n := &nameReader{db: db, names: db.given.values, words: map[string]*givenName{}}
	clear(db.alias)
	var unheard []uint32
	for i := range db.alias {
		told := db.toldOf(i)
		if told == "" {
			continue
		}
		h := hashText(told)
		if slices.ContainsFunc(sources, func(v *valueCounts) bool { return v.of(h) > 1 }) {
			db.alias[i] = n.number([]byte(told), norm.GenerationUnknown)
		} else if id := n.names.find(told); id != 0 {
			db.alias[i] = id
			unheard = append(unheard, id)
		}
		db.packed[i].alias = db.alias[i]
	}
	for id := len(db.nameKeys); id < len(db.names); id++ {
		db.nameKeys = append(db.nameKeys, newNameKey(&db.names[id]))
	}
	db.list.unheard = make([]bool, len(db.names))
	for _, id := range unheard {
		db.list.unheard[id] = true
	}
}

// toldOf is the given name that the mailbox of a record tells, if the record does not
// have it; "" for none.
func (db *records) toldOf(i int) string {
	e, family := db.emails[0].ids[i], db.family.ids[i]
	if e == 0 || family == 0 || db.mails[e].role {
		return ""
	}
	told := db.toldBy(db.letters.text(e), family)
	if holdsWord(db.given.values.text(db.given.ids[i]), told) {
		return ""
	}
	return told
}

// admitFirms lets records without any company be compared as those of the list are,
// some of whom are companies.
func (db *records) admitFirms() {
	db.firm = column{ids: make([]uint32, db.n), values: newDict(1), counts: []int32{0}}
	db.form = column{ids: make([]uint32, db.n), values: newDict(1), counts: []int32{0}}
	db.firms, db.tokens = []firmName{{text: similar.NewText("")}}, []firmToken{{}}
}
