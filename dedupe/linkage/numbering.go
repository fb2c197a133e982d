package linkage

import (
	"math/bits"
	"slices"
	"sync"
)

// Records that are alike are far from each other in a table, and what is known of
// each has to be fetched from memory for each pair. So many records get other
// numbers than their rows have, by their names, while they are read and matched:
// then most pairs are of neighbours, and their values, which are numbered as they
// are met, are neighbours as well. Nothing that is decided depends on numbers. In
// a result all records have the numbers of their rows again.

// numberFrom is the number of records from which on they get other numbers.
const numberFrom = 1 << 17

// number orders the records by what names they hold, those of equal ones as in the
// table. Without names of people they stay as they are.
func (db *records) number(workers int) {
	if !db.given.on() {
		return
	}
	rows := db.byName()
	db.rows = rows
	var tasks []func(o *orderer)
	add := func(task func(o *orderer)) { tasks = append(tasks, task) }
	if len(db.emails) > 0 {
		add(func(o *orderer) { db.numberMails(o, rows) })
	}
	if len(db.phones) > 0 {
		add(func(o *orderer) { o.numberValues(db.phones, rows) })
	}
	if db.street.on() {
		add(func(o *orderer) { db.lines = inOrder(db.lines, o.numberValues([]column{db.street}, rows)) })
	}
	for i := range db.extras {
		add(func(o *orderer) { o.numberValues([]column{db.extras[i].col}, rows) })
	}
	add(func(o *orderer) {
		db.names = inOrder(db.names, o.numberValues([]column{db.given, db.family}, rows))
	})
	if db.firm.on() {
		add(func(o *orderer) { db.firms = inOrder(db.firms, o.numberValues([]column{db.firm}, rows)) })
	}
	for _, c := range []*column{&db.date, &db.postcode, &db.city, &db.inside, &db.form} {
		if c.on() {
			add(func(o *orderer) { take(c.ids, rows, &o.short) })
		}
	}
	if db.lists != nil {
		add(func(*orderer) { db.lists = inOrder(db.lists, rows) })
	}
	orderers := make([]orderer, workers)
	together(workers, len(tasks), func(w, i int) { tasks[i](&orderers[w]) })
}

// byName orders the rows by the first letters of the company and the family name,
// and those without a company by the family and the given name: nearly all pairs
// that are compared agree in a name, in a company, or in a place of it.
func (db *records) byName() []int32 {
	low := uint(bits.Len(uint(db.n)))
	names := tableOf(len(db.names), func(id int) uint64 { return lettersOf(db.names[id].text.String()) })
	firms := tableOf(len(db.firms), func(id int) uint64 { return lettersOf(db.firms[id].text.String()) })
	keys := make([]uint64, db.n)
	for i := range keys {
		first, second := names[db.family.ids[i]], names[db.given.ids[i]]
		if first == 0 {
			first, second = second, 0
		}
		flag := uint64(0)
		if len(firms) > 1 && db.firm.ids[i] != 0 {
			first, second, flag = firms[db.firm.ids[i]], first, 1<<63
		}
		keys[i] = (flag|first>>1&^(1<<(63-numberBits)-1)|second>>(numberBits+1))>>low<<low | uint64(i)
	}
	new(sortSpace).sort(keys, low, 64)
	rows := make([]int32, db.n)
	for i, k := range keys {
		rows[i] = int32(k & (1<<low - 1))
	}
	return rows
}

// orderer puts lists in another order, in the lists themselves: new memory for each
// would cost more than the copying does. Each worker has its own.
type orderer struct {
	short, numbers []uint32 // room
	long           []uint64
}

// take puts at each place of a list what stood at another one. All places are named.
func take[T any, N int32 | uint32](list []T, places []N, room *[]T) {
	*room = append((*room)[:0], list...)
	for i, at := range places {
		list[i] = (*room)[at]
	}
}

// give undoes what take does.
func give[T any](list []T, places []int32, room *[]T) {
	*room = append((*room)[:0], list...)
	for i, x := range *room {
		list[places[i]] = x
	}
}

// numberMails puts the e-mails of the records in order.
func (db *records) numberMails(o *orderer, rows []int32) {
	before := o.numberValues(db.emails, rows)
	db.mails = inOrder(db.mails, before)
	take(db.letters.at, before, &o.long)
}

// zeros is room for so many numbers.
func (o *orderer) zeros(n int) []uint32 {
	o.numbers = slices.Grow(o.numbers[:0], n)[:n]
	clear(o.numbers)
	return o.numbers
}

// numberValues puts the values of the records in order, which stand in columns with
// one dict, and numbers them as they are met. It gives what their numbers were.
func (o *orderer) numberValues(columns []column, rows []int32) (before []uint32) {
	values := columns[0].values
	before = make([]uint32, 1, values.len())
	numbers := o.zeros(values.len())
	for _, c := range columns {
		o.short = append(o.short[:0], c.ids...)
		for i, row := range rows {
			id := o.short[row]
			if id != 0 && numbers[id] == 0 {
				numbers[id] = uint32(len(before))
				before = append(before, id)
			}
			c.ids[i] = numbers[id]
		}
	}
	for id := range numbers[1:] { // those that no record has
		if numbers[id+1] == 0 {
			before = append(before, uint32(id+1))
		}
	}
	values.reorder(o, before)
	return before
}

// inOrder lists what stands at some places.
func inOrder[T any, N int32 | uint32](list []T, places []N) []T {
	out := make([]T, len(places))
	for i, at := range places {
		out[i] = list[at]
	}
	return out
}

// numberBits is how much of the first of two names the order goes by: six letters.
const numberBits = 30

// lettersOf is the first letters of a text, five bits each from the highest on.
func lettersOf(s string) (n uint64) {
	for i := range min(len(s), 12) {
		n |= uint64(s[i]&31) << (59 - 5*i)
	}
	return n
}

// numbersOf gives for each row the number of its record; nil: they are equal.
func (db *records) numbersOf() []int32 {
	if db.rows == nil {
		return nil
	}
	numbers := make([]int32, db.n)
	for i, row := range db.rows {
		numbers[row] = int32(i)
	}
	return numbers
}

// tellRows gives what is told of pairs the rows of their records, and leaves the
// rest to settle, which not everybody needs.
func (d *linked) tellRows(workers int) {
	rows := d.db.rows
	if rows == nil {
		return
	}
	d.edges = inRows(d.edges, rows)
	for i := range d.doubts {
		d.doubts[i].edge = d.doubts[i].inRows(rows)
	}
	d.later = sync.OnceFunc(func() { d.renumber(workers) })
}

// settle gives the records the numbers of their rows, if they have others. It may
// be called at any time, by several at once.
func (d *linked) settle() *linked {
	if d.later != nil {
		d.later()
	}
	return d
}

// put gives a list by the rows of the records.
func put[T any](list []T, rows []int32) []T {
	if list == nil {
		return nil
	}
	out := make([]T, len(list))
	for i, x := range list {
		out[rows[i]] = x
	}
	return out
}

// renumber gives all records the numbers of their rows.
func (d *linked) renumber(workers int) {
	db, rows := d.db, d.db.rows
	db.tidy()
	var tasks []func(o *orderer)
	short := func(ids []uint32) { tasks = append(tasks, func(o *orderer) { give(ids, rows, &o.short) }) }
	tasks = append(tasks, func(*orderer) { db.packed = put(db.packed, rows) })
	for _, c := range db.contents() {
		short(c.col.ids)
	}
	for _, list := range [][]rule{d.rules.same, d.rules.never} {
		for i := range list {
			short(list[i].col.ids)
		}
	}
	short(db.full)
	short(db.alias)
	tasks = append(tasks,
		func(o *orderer) { give(db.hash, rows, &o.long) },
		func(o *orderer) { give(db.who, rows, &o.long) },
		func(o *orderer) { toRows(db.twin, rows); give(db.twin, rows, &o.short) },
		func(*orderer) { toRows(db.order, rows) },
		func(*orderer) {
			db.isFirm, db.gone, db.lists = put(db.isFirm, rows), put(db.gone, rows), put(db.lists, rows)
		},
		func(*orderer) { d.rules.renumber(rows) })
	orderers := make([]orderer, workers)
	together(workers, len(tasks), func(w, i int) { tasks[i](&orderers[w]) })
	db.rows = nil
}

// toRows puts rows in place of the numbers of records.
func toRows(list []uint32, rows []int32) {
	for i, x := range list {
		list[i] = uint32(rows[x])
	}
}

// inRows is an edge by the rows of its records.
func (e edge) inRows(rows []int32) edge {
	a, b := rows[e.a], rows[e.b]
	e.a, e.b = min(a, b), max(a, b)
	return e
}

// inRows gives edges by the rows of their records, in order.
func inRows(edges []edge, rows []int32) []edge {
	starts := make([]int32, len(rows)+1) // by row: where the edges begin whose first it is
	for i, e := range edges {
		edges[i] = e.inRows(rows)
		starts[edges[i].a+1]++
	}
	for i := range rows {
		starts[i+1] += starts[i]
	}
	out := make([]edge, len(edges))
	for _, e := range edges {
		out[starts[e.a]] = e
		starts[e.a]++
	}
	from := int32(0)
	for _, end := range starts[:len(rows)] {
		if end-from > 1 {
			slices.SortFunc(out[from:end], byRecords)
		}
		from = end
	}
	return out
}

// renumber gives the records of the rules the numbers of their rows.
func (u *rules) renumber(rows []int32) {
	for _, list := range [][]edge{u.forced, u.said} {
		for i := range list {
			list[i] = list[i].inRows(rows)
		}
	}
	renumbered := func(pairs map[[2]int32]bool) map[[2]int32]bool {
		out := make(map[[2]int32]bool, len(pairs))
		for p := range pairs {
			a, b := rows[p[0]], rows[p[1]]
			out[[2]int32{min(a, b), max(a, b)}] = true
		}
		return out
	}
	u.apart, u.joined = renumbered(u.apart), renumbered(u.joined)
	near := make(map[int32][]int32, len(u.near))
	for i, others := range u.near {
		for _, j := range others {
			near[rows[i]] = append(near[rows[i]], rows[j])
		}
	}
	u.near = near
}
