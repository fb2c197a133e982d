package linkage

import (
	"slices"

	"github.com/reconkit/reconkit/dedupe/norm"
	"github.com/reconkit/reconkit/dedupe/similar"
)

// A few things that the score of two records stands on are told by the list as a
// whole, and are no frequencies: who uses a phone or a mailbox, whether what a
// mailbox tells is a name, which names of companies are series, and how dates are
// meant. Frequencies hold them for a Scorer, which sees two records at a time.

// What is written down of them, beside the counts of values.
const (
	factsOfMailers = "users of an e-mail"
	factsOfCallers = "users of a phone"
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

// addFacts writes down what else than frequencies the scores of db stand on.
func (f *Frequencies) addFacts(db *records) {
	f.Dates = dateOrders[db.votes.order()]
	if len(db.emails) > 0 {
		f.addUsers(factsOfMailers, db, db.emails, db.mailUsers)
	}
	if len(db.phones) > 0 {
		f.addUsers(factsOfCallers, db, db.phones, db.phoneUsers)
	}
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

// addUsers writes down how many people use each value, and one more, where that
// can tell two records of the list from their values: there are several, or there is
// one beside records that have no name.
func (f *Frequencies) addUsers(of string, db *records, columns []column, kept []*users) {
	nameless := make([]int32, len(kept))
	for _, c := range columns {
		for i, id := range c.ids {
			if db.who[i] == 0 {
				nameless[id]++
			}
		}
	}
	f.add(of, len(kept), func(id int) (uint64, int32) {
		n := kept[id].others(0, 0)
		if n == 1 && nameless[id] < 2 {
			n = 0
		}
		return columns[0].values.hashes[id], int32(n + 1)
	})
}

// listFacts are these facts as they concern a few records.
type listFacts struct {
	mailers, callers []int32 // by e-mail, by phone: people of the list who use it
	unheard          []bool  // by name: nobody in the list is known to bear it
	stems            *valueCounts
}

// othersOf is how many of some people are others than these two, who are among them
// as far as they have names. Of more than are told apart it is enough.
func othersOf(people int32, a, b uint64) int {
	for i, who := range [...]uint64{a, b} {
		if who != 0 && (i == 0 || who != a) {
			people--
		}
	}
	return int(max(0, people))
}

// valuesOf are the counts of something; none where nothing is known of it.
func valuesOf(by map[string]*valueCounts, of string) *valueCounts {
	if v := by[of]; v != nil {
		return v
	}
	return &valueCounts{starts: []uint32{0, 0}, shift: 8 * hashBytes}
}

// placeIn makes the records a few of the list that frequencies are of.
func (db *records) placeIn(f *Frequencies, by map[string]*valueCounts) {
	db.list = &listFacts{stems: valuesOf(by, factsOfStems)}
	if db.alias != nil {
		db.hearNames(by)
	}
	db.pinCounts(f, by)
	users := func(of string, columns []column) (out []int32) {
		if len(columns) == 0 {
			return nil
		}
		v := valuesOf(by, of)
		for _, h := range columns[0].values.hashes {
			out = append(out, v.of(h)-1)
		}
		return out
	}
	db.list.mailers, db.list.callers = users(factsOfMailers, db.emails), users(factsOfCallers, db.phones)
}

// hearNames finds the names that mailboxes tell and the list has, and those that
// only these records may have.
func (db *records) hearNames(by map[string]*valueCounts) {
	sources := []*valueCounts{valuesOf(by, countsOf("given name", 0)), valuesOf(by, countsOf("family name", 0)), valuesOf(by, factsOfNames)}
	n := &nameReader{db: db, names: db.given.values}
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

// toldOf is the given name that the mailbox of a record tells, if another one than
// the record has; "" for none.
func (db *records) toldOf(i int) string {
	e, family := db.emails[0].ids[i], db.family.ids[i]
	if e == 0 || family == 0 || db.mails[e].role {
		return ""
	}
	told := db.toldBy(db.letters.text(e), family)
	if told == db.given.values.text(db.given.ids[i]) {
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
