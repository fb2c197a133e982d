package linkage

import (
	"fmt"
	"runtime"
	"sync"

	"github.com/reconkit/reconkit/dedupe/norm"
	"github.com/reconkit/reconkit/dedupe/similar"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// column is one value of every record, numbered.
type column struct {
	ids    []uint32 // by record; 0 is missing
	values *dict
	counts []int32 // by number: records that have it
	filled int     // records that have a value
}

func (c *column) on() bool { return c.ids != nil }

// count counts the records of each value.
func (c *column) count() {
	c.counts = make([]int32, c.values.len())
	for _, id := range c.ids {
		c.counts[id]++
	}
	c.filled = len(c.ids) - int(c.counts[0])
	c.counts[0] = 0
}

// word is what comparing and blocking need to know of a distinct value.
type word struct {
	text       similar.Text
	sound      uint64      // hash of how it sounds; 0 for ""
	head       uint32      // bytes of its first word
	tight      uint64      // hash without spaces
	roots      []norm.Root // of a given name
	generation norm.Generation
	each       []*givenName // its first words, where a name has several
}

// mailbox is a distinct e-mail address, taken apart.
type mailbox struct {
	sketch       similar.Sketch // of the address
	local        uint64         // hash of the local part
	domain       uint32         // in domains
	bytes        uint16         // of the local part, with which the address begins; longer ones are cut
	role, digits bool
}

// records is everything that is compared, held by column.
type records struct {
	n     int
	rows  []int32 // by record: its row in the table; nil: the same
	lists []uint8
	links bool // only records of different lists are compared
	open  bool // but those of list 0 with each other, too

	given, family column // both numbered in names
	names         []word
	nameKeys      []nameKey
	full          []uint32 // by record: its given and family name together; 0 without both
	fullKeys      []uint64 // by number: given<<32 | family
	fullCounts    []int32
	firm          column
	firms         []firmName
	form          column          // by record: the legal form of an organisation; see norm.AppendForm
	stems         map[uint64]bool // of names of organisations that are a series; whether its words may be codes; see findStems
	tokens        []firmToken     // words of companies
	isFirm        []bool          // by record: an organisation itself, no person

	emails     []column
	mails      []mailbox
	letters    texts    // by e-mail: the letters of its local part
	alias      []uint32 // by record: the given name that its mailbox tells; nil: no such column
	domains    *dict
	mailUsers  []*users // by e-mail
	freeDomain []bool   // by domain: anybody can have a mailbox there

	phones     []column
	dialled    []dialled
	phoneUsers []*users // by phone
	who        []uint64 // by record: whose it is, as far as it has a name; else 0
	date       column
	dates      []similar.Text
	votes      dateVotes
	extras     []extra
	street     column // the whole line: number and street
	inside     column // by record: where in the house, and what else the line says; see insideOf
	lines      []line
	numbers    *dict // house numbers
	streets    *dict // streets without numbers
	roads      []word
	roadKeys   []similar.Sketch
	postcode   column
	zipKeys    []similar.Sketch
	city       column
	cities     []word
	cityKeys   []similar.Sketch

	packed []packed
	placed bool // there are addresses

	often   *Frequencies // that are pinned; nil: the counts are those of the records
	counted int          // records that the counts are of

	gone  []bool   // by record: it is no longer there and has no values; nil: all are there
	hash  []uint64 // by record: of all its values
	order []uint32 // the records by their hashes, without those that equal another; see byContent
	twin  []uint32 // by record: the first that is equal in every column; nil: no two are

	list *listFacts // of the list that the records are a few of; nil: they are all there are

	report []ColumnReport
	notes  []string
	none   []string // those of notes about values that say that there is none
	noMail int      // values of e-mail columns that say that there is none

	progress *progress // of the run
}

// extra is a column that is compared on its own.
type extra struct {
	name string
	kind Kind
	col  column
	keys []similar.Sketch // by value
	none int              // records whose value says that there is none
}

func (x *extra) text(id uint32) similar.Text { return x.keys[id].Text(x.col.values.text(id)) }

// extrasMax is how many columns are compared on their own, beside the name,
// company, date, e-mail, phone and address: what fits in a packed vector.
const extrasMax = fieldsMax - int(fieldExtra) - 1

// unused says which columns are not compared.
func (r *reader) unused() (notes []string) {
	for _, k := range []Kind{City, Postcode, Date, Year, Month, Day} {
		used, other := 1, k
		if k >= Year && len(r.of(Date)) > 0 {
			used, other = 0, Date
		}
		for _, c := range r.of(k)[min(used, len(r.of(k))):] {
			notes = append(notes, fmt.Sprintf("column %q is not compared: another one is of the kind %s", diag.Shorten(r.columns[c].Name, 60), other))
		}
	}
	own := r.of(Identifier, Region, Country, Text)
	for _, c := range own[min(len(own), extrasMax):] {
		notes = append(notes, fmt.Sprintf("column %q is not compared: %d others are compared on their own, which is the most", diag.Shorten(r.columns[c].Name, 60), extrasMax))
	}
	return notes
}

// load reads and normalises all columns, as many at once as there are workers.
func load(r *reader, in Input, workers int) (*records, error) {
	db := &records{n: r.n, lists: in.Lists, links: in.Lists != nil, open: in.Open}
	if in.Lists != nil && len(in.Lists) != r.n {
		return nil, fmt.Errorf("linking got %d records and the lists of %d", r.n, len(in.Lists))
	}
	db.notes = r.unused()
	tasks := []func(){
		func() { db.loadEmails(r) },
		func() { db.loadNames(r) },
		func() { db.loadStreets(r) },
		func() { db.loadPhones(r) },
		func() { db.loadFirms(r) },
		func() { db.loadPlaces(r) },
		func() { db.loadDate(r) },
		func() { db.loadExtras(r) },
	}
	together(workers, len(tasks), func(_, i int) { tasks[i]() })
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	if r.numberFrom > 0 && db.n >= r.numberFrom {
		db.number(workers)
	}
	db.noteNone()
	db.tidy()
	db.finish(workers)
	return db, nil
}

// noteNone says how many values say that there is none.
func (db *records) noteNone() {
	if db.noMail > 0 {
		db.none = append(db.none, diag.Plural(db.noMail, "e-mail address says", "e-mail addresses say")+" that there is none, as no-email@ does; such count as missing")
	}
	for i := range db.extras {
		if x := &db.extras[i]; x.none > 0 {
			name := diag.Shorten(x.name, 60)
			db.none = append(db.none, diag.Plural(x.none, "value of "+name+" says", "values of "+name+" say")+" that there is none, as n/a or zeros do; such count as missing")
		}
	}
	db.notes = append(db.notes, db.none...)
}

// tidyFrom is the number of records from which on tidy does something.
const tidyFrom = 1 << 17

// tidy frees what a stage has left behind. The collector of Go would only do so
// when there is as much of it as of what is needed, and with many records the
// next stage asks for large pieces before that. It takes a few milliseconds,
// since what is kept of records holds few pointers.
func (db *records) tidy() {
	if db.n >= tidyFrom {
		runtime.GC()
	}
}

// finish counts values, hashes records, and puts together what comparing needs.
func (db *records) finish(workers int) {
	all := db.contents()
	db.counted = db.n
	together(workers, len(all), func(_, i int) { all[i].col.count() })
	for _, c := range db.all() {
		db.report = append(db.report, ColumnReport{Column: Column{Name: c.name, Kind: c.kind}, Filled: c.col.filled, Distinct: c.col.values.len() - 1})
	}
	db.placed = db.street.on() || db.postcode.on() || db.city.on()
	db.isFirm = make([]bool, db.n)
	db.hash = make([]uint64, db.n)
	db.packed = make([]packed, db.n)
	if len(db.emails) > 0 && db.given.on() {
		db.alias = make([]uint32, db.n)
	}
	together(workers, ranges(db.n, recordsPerTask), func(_, t int) {
		from, to := t*recordsPerTask, min(db.n, (t+1)*recordsPerTask)
		db.findFirms(from, to)
		db.findAliases(from, to)
		db.hashRecords(all, from, to)
		db.pack(from, to)
	})
	tasks := []func(){db.fullNames, db.findShared, db.sketch, db.findTwins, db.findStems}
	together(workers, len(tasks), func(_, i int) { tasks[i]() })
}

// recordsPerTask is how many records a worker looks at in a turn.
const recordsPerTask = 1 << 13

// findFirms finds the records of organisations.
func (db *records) findFirms(from, to int) {
	if !db.firm.on() {
		return
	}
	for i := from; i < to; i++ {
		db.isFirm[i] = db.firm.ids[i] != 0 && (!db.given.on() || db.given.ids[i] == 0) && (!db.family.on() || db.family.ids[i] == 0)
		if !db.isFirm[i] {
			db.form.ids[i] = 0 // people care little what their employer is
		}
	}
}

func (db *records) hashRecords(columns []namedColumn, from, to int) {
	hash := db.hash[from:to]
	for k, c := range columns {
		salt := uint64(k+1) * hashC
		for i, id := range c.col.ids[from:to] {
			if id != 0 {
				hash[i] = mix2(hash[i], c.col.values.hashes[id]^salt)
			}
		}
	}
	if db.links {
		for i, l := range db.lists[from:to] {
			hash[i] = mix2(hash[i], uint64(l)+1)
		}
	}
}

type namedColumn struct {
	name string
	kind Kind
	col  *column
}

// all returns the columns there are, in a fixed order.
func (db *records) all() []namedColumn {
	out := []namedColumn{
		{"given name", GivenName, &db.given}, {"family name", FamilyName, &db.family}, {"company", Company, &db.firm},
		{"date", Date, &db.date}, {"street", Street, &db.street}, {"postcode", Postcode, &db.postcode}, {"city", City, &db.city},
	}
	for i := range db.emails {
		out = append(out, namedColumn{"e-mail", Email, &db.emails[i]})
	}
	for i := range db.phones {
		out = append(out, namedColumn{"phone", Phone, &db.phones[i]})
	}
	for i := range db.extras {
		out = append(out, namedColumn{db.extras[i].name, db.extras[i].kind, &db.extras[i].col})
	}
	kept := out[:0]
	for _, c := range out {
		if c.col.on() {
			kept = append(kept, c)
		}
	}
	return kept
}

// contents is all that tells equal records from others: the columns, what the lines
// of addresses say beside number and street, and the legal forms of organisations.
func (db *records) contents() []namedColumn {
	out := db.all()
	if db.inside.on() {
		out = append(out, namedColumn{"unit", Street, &db.inside})
	}
	if db.form.on() {
		out = append(out, namedColumn{"legal form", Company, &db.form})
	}
	return out
}

// together runs n tasks on some workers and waits for them.
func together(workers, n int, task func(worker, i int)) {
	if workers = min(workers, n); workers <= 1 {
		for i := range n {
			task(0, i)
		}
		return
	}
	next := make(chan int, n)
	for i := range n {
		next <- i
	}
	close(next)
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for i := range next {
				task(w, i)
			}
		})
	}
	wait.Wait()
}

// barred reports whether two records are never one, since they are of one list.
func (db *records) barred(i, j uint32) bool {
	return db.links && db.lists[i] == db.lists[j] && (db.lists[i] > 0 || !db.open)
}

// ranges cuts 0..n into pieces of at most size, for together.
func ranges(n, size int) int { return (n + size - 1) / size }
