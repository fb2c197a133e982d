package linkage

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/reconkit/reconkit/dedupe/norm"
)

// absorb returns a dict that holds the texts of d under their numbers and those
// of more behind them, and what the numbers of more become. For each text that d
// does not have it calls fresh with its number in more. D itself stays as it is;
// what is longer than d knows is shared with it.
func (d *dict) absorb(more *dict, fresh func(id uint32)) (*dict, []uint32) {
	grown := &dict{hashes: d.hashes, slots: slices.Clone(d.slots)}
	grown.goOn(&d.texts, &more.texts)
	if d.slots == nil { // closed
		grown.fill(1 << bits.Len(uint(2*d.len())))
	}
	to := make([]uint32, more.len())
	for id := 1; id < more.len(); id++ {
		isNew := false
		if to[id], isNew = grown.add(more.text(uint32(id))); isNew && fresh != nil {
			fresh(uint32(id))
		}
	}
	return grown, to
}

// extend returns the column with the values of n more records behind its own. How
// often a value counts as found stays as it is, also among more; a new one counts
// once.
func (c *column) extend(more *column, values *dict, to []uint32, n int) column {
	out := column{ids: c.ids, values: values, counts: c.counts, filled: c.filled + more.filled}
	for len(out.counts) < values.len() {
		out.counts = append(out.counts, 1)
	}
	if !more.on() {
		out.ids = append(out.ids, make([]uint32, n)...)
		return out
	}
	for _, id := range more.ids {
		id = to[id]
		out.ids = append(out.ids, id)
		if id != 0 && out.counts[id] == 0 { // a given name that was a family name alone, or the other way round
			out.counts[id] = 1
		}
	}
	for id := 1; id < len(more.counts); id++ {
		more.counts[id] = out.counts[to[id]]
	}
	return out
}

// extender puts records behind others.
type extender struct {
	old, more, db *records
	s             *standing
	tokens        []uint32 // what the numbers of more become: words of companies
}

// extend returns the records of db and behind them those of more, as if they had
// been loaded together. Db stays as it is; what only grows is shared with it.
func (db *records) extend(more *records, s *standing) *records {
	grown := *db
	x := &extender{old: db, more: more, db: &grown, s: s}
	grown.n = db.n + more.n
	if db.gone != nil || more.gone != nil {
		grown.gone = make([]bool, grown.n)
		copy(grown.gone, db.gone)
		copy(grown.gone[db.n:], more.gone)
	}
	grown.report, grown.notes = nil, slices.Clone(s.notes)
	if db.links {
		grown.lists = append(slices.Clip(db.lists), more.lists...)
	}
	x.names()
	x.mails()
	x.phones()
	x.places()
	x.others()
	x.firms()
	grown.isFirm = append(db.isFirm, more.isFirm...)
	grown.who = append(db.who, more.who...)
	x.fullNames()
	x.shared()
	x.aliases()
	x.rows()
	x.twins()
	for _, c := range grown.all() {
		grown.report = append(grown.report, ColumnReport{Column: Column{Name: c.name, Kind: c.kind}, Filled: c.col.filled, Distinct: c.col.values.len() - 1})
	}
	return &grown
}

func (x *extender) names() {
	if !x.old.given.on() {
		return
	}
	values, to := x.old.given.values.absorb(x.more.given.values, func(id uint32) {
		x.db.names, x.db.nameKeys = append(x.db.names, x.more.names[id]), append(x.db.nameKeys, x.more.nameKeys[id])
	})
	x.db.given = x.old.given.extend(&x.more.given, values, to, x.more.n)
	x.db.family = x.old.family.extend(&x.more.family, values, to, x.more.n)
}

func (x *extender) mails() {
	if len(x.old.emails) == 0 {
		return
	}
	var domains []uint32
	x.db.letters.goOn(&x.old.letters, &x.more.letters)
	x.db.domains, domains = x.old.domains.absorb(x.more.domains, nil)
	values, to := x.old.emails[0].values.absorb(x.more.emails[0].values, func(id uint32) {
		m := x.more.mails[id]
		m.domain = domains[m.domain]
		x.db.mails = append(x.db.mails, m)
		x.db.letters.keep(x.more.letters.text(id))
	})
	x.db.emails = make([]column, len(x.old.emails))
	for i := range x.db.emails {
		x.db.emails[i] = x.old.emails[i].extend(&x.more.emails[i], values, to, x.more.n)
	}
}

func (x *extender) phones() {
	if len(x.old.phones) == 0 {
		return
	}
	values, to := x.old.phones[0].values.absorb(x.more.phones[0].values, func(id uint32) {
		x.db.dialled = append(x.db.dialled, x.more.dialled[id])
	})
	x.db.phones = make([]column, len(x.old.phones))
	for i := range x.db.phones {
		x.db.phones[i] = x.old.phones[i].extend(&x.more.phones[i], values, to, x.more.n)
	}
}

func (x *extender) places() {
	if x.old.street.on() {
		var numbers, streets []uint32
		x.db.numbers, numbers = x.old.numbers.absorb(x.more.numbers, nil)
		x.db.streets, streets = x.old.streets.absorb(x.more.streets, func(id uint32) {
			x.db.roads, x.db.roadKeys = append(x.db.roads, x.more.roads[id]), append(x.db.roadKeys, x.more.roadKeys[id])
		})
		values, to := x.old.street.values.absorb(x.more.street.values, func(id uint32) {
			l := x.more.lines[id]
			x.db.lines = append(x.db.lines, line{numbers[l.number], streets[l.road]})
		})
		x.db.street = x.old.street.extend(&x.more.street, values, to, x.more.n)
		values, to = x.old.inside.values.absorb(x.more.inside.values, nil)
		x.db.inside = x.old.inside.extend(&x.more.inside, values, to, x.more.n)
	}
	if x.old.postcode.on() {
		values, to := x.old.postcode.values.absorb(x.more.postcode.values, func(id uint32) {
			x.db.zipKeys = append(x.db.zipKeys, x.more.zipKeys[id])
		})
		x.db.postcode = x.old.postcode.extend(&x.more.postcode, values, to, x.more.n)
	}
	if x.old.city.on() {
		values, to := x.old.city.values.absorb(x.more.city.values, func(id uint32) {
			x.db.cities, x.db.cityKeys = append(x.db.cities, x.more.cities[id]), append(x.db.cityKeys, x.more.cityKeys[id])
		})
		x.db.city = x.old.city.extend(&x.more.city, values, to, x.more.n)
	}
}

// others extends dates and the columns that are compared on their own.
func (x *extender) others() {
	if x.old.date.on() {
		values, to := x.old.date.values.absorb(x.more.date.values, func(id uint32) {
			x.db.dates = append(x.db.dates, x.more.dates[id])
		})
		x.db.date = x.old.date.extend(&x.more.date, values, to, x.more.n)
	}
	x.db.votes = x.more.votes
	x.db.extras = slices.Clone(x.old.extras)
	for i := range x.db.extras {
		to := &x.db.extras[i]
		values, ids := to.col.values.absorb(x.more.extras[i].col.values, func(id uint32) {
			to.keys = append(to.keys, x.more.extras[i].keys[id])
		})
		to.col = x.old.extras[i].col.extend(&x.more.extras[i].col, values, ids, x.more.n)
	}
}

// firms extends the companies. A new word counts as rare.
func (x *extender) firms() {
	db, more := x.db, x.more
	switch {
	case !x.old.firm.on():
		return
	case !more.firm.on():
		db.firm = x.old.firm.extend(&more.firm, x.old.firm.values, nil, more.n)
		db.form = x.old.form.extend(&more.form, x.old.form.values, nil, more.n)
		return
	}
	words := newDict(len(more.tokens))
	for _, t := range more.tokens[1:] {
		words.id(t.text.String())
	}
	x.s.tokens, x.tokens = x.s.tokens.absorb(words, func(id uint32) {
		db.tokens = append(db.tokens, firmToken{more.tokens[id].text, idfOf(db.counted, 1)})
	})
	values, to := x.old.firm.values.absorb(more.firm.values, func(id uint32) {
		f := more.firms[id]
		f.tokens, f.weight = slices.Clone(f.tokens), 0
		for i, t := range f.tokens {
			f.tokens[i] = x.tokens[t]
			f.weight += db.tokens[x.tokens[t]].idf
		}
		db.firms = append(db.firms, f)
	})
	db.firm = x.old.firm.extend(&more.firm, values, to, more.n)
	values, to = x.old.form.values.absorb(more.form.values, nil)
	db.form = x.old.form.extend(&more.form, values, to, more.n)
	for id := 1; id < len(more.tokens); id++ {
		more.tokens[id].idf = db.tokens[x.tokens[id]].idf // for the block keys of more
	}
}

// fullNames numbers the whole names of the records.
func (x *extender) fullNames() {
	db := x.db
	if !db.given.on() {
		return
	}
	for i := x.old.n; i < db.n; i++ {
		f, l := db.given.ids[i], db.family.ids[i]
		if f == 0 || l == 0 {
			db.full = append(db.full, 0)
			continue
		}
		k := uint64(f)<<32 | uint64(l)
		mask := uint64(len(x.s.fullSlots) - 1)
		at := mix(k^hashA, hashB) & mask
		for x.s.fullSlots[at] != 0 && db.fullKeys[x.s.fullSlots[at]] != k {
			at = (at + 1) & mask
		}
		if x.s.fullSlots[at] == 0 {
			x.s.fullSlots[at] = uint32(len(db.fullKeys))
			db.fullKeys = append(db.fullKeys, k)
			db.fullCounts = append(db.fullCounts, 1)
		}
		id := x.s.fullSlots[at]
		db.full = append(db.full, id)
		if 2*len(db.fullKeys) > len(x.s.fullSlots) {
			x.s.fullSlots = rehashed(db.fullKeys, 4*len(x.s.fullSlots))
		}
	}
}

// shared notes who uses the phones and mailboxes of the added records, and which
// domains anyone can have a mailbox at.
func (x *extender) shared() {
	db := x.db
	if len(db.phones) > 0 {
		db.phoneUsers = x.users(db.phoneUsers, db.phones, &x.s.phones)
	}
	if len(db.emails) == 0 {
		return
	}
	db.mailUsers = x.users(db.mailUsers, db.emails, &x.s.mails)
	for d := len(db.freeDomain); d < db.domains.len(); d++ {
		db.freeDomain = append(db.freeDomain, norm.FreeMailHost(db.domains.text(uint32(d))))
	}
}

// aliases finds the given names that mailboxes tell: those of the added records,
// and those of earlier ones whose name had not been known.
func (x *extender) aliases() {
	db := x.db
	if db.alias == nil {
		return
	}
	db.alias = append(db.alias, make([]uint32, x.more.n)...)
	var told []int32
	for _, h := range db.given.values.hashes[x.old.given.values.len():] {
		told = append(told, x.s.waiting.of(h)...)
	}
	for _, c := range []*column{&db.given, &db.family} {
		for _, id := range c.ids[x.old.n:] {
			if x.s.dead[id] {
				delete(x.s.dead, id)
				told = append(told, x.s.waiting.of(db.given.values.hashes[id])...)
			}
		}
	}
	for i := x.old.n; i < db.n; i++ {
		db.alias[i] = x.aliasOf(i)
	}
	if len(told) == 0 {
		return
	}
	db.alias, db.packed = slices.Clone(db.alias), slices.Clone(db.packed)
	for _, i := range told {
		if id := x.aliasOf(int(i)); id != db.alias[i] {
			db.alias[i], db.packed[i].alias = id, id
			x.s.stale[i] = true
		}
	}
}

// aliasOf is the given name that the mailbox of a record tells, if the record does not
// have it; else 0.
func (x *extender) aliasOf(i int) uint32 {
	db := x.db
	id := db.given.values.find(db.toldOf(i))
	if x.s.dead[id] {
		return 0
	}
	return id
}

// rows packs and hashes the added records.
func (x *extender) rows() {
	db := x.db
	columns := db.contents()
	for i := x.old.n; i < db.n; i++ {
		db.packed = append(db.packed, db.packedOf(i))
		h := uint64(0)
		for k, c := range columns {
			if id := c.col.ids[i]; id != 0 {
				h = mix2(h, c.col.values.hashes[id]^uint64(k+1)*hashC)
			}
		}
		if db.links {
			h = mix2(h, uint64(db.lists[i])+1)
		}
		db.hash = append(db.hash, h)
		db.packed[i].odd = oddOf(h)
	}
}

// packedOf packs one record.
func (db *records) packedOf(i int) packed {
	p := packed{isFirm: db.isFirm[i]}
	id := func(c *column) uint32 {
		if !c.on() {
			return 0
		}
		return c.ids[i]
	}
	p.given, p.family, p.firm, p.date = id(&db.given), id(&db.family), id(&db.firm), id(&db.date)
	p.postcode, p.city, p.street = id(&db.postcode), id(&db.city), id(&db.street)
	if db.street.on() {
		p.number, p.road = db.lines[p.street].number, db.lines[p.street].road
	}
	if len(db.emails) > 0 {
		p.email = db.emails[0].ids[i]
	}
	if len(db.phones) > 0 {
		p.phone = db.phones[0].ids[i]
	}
	for k := range min(len(db.extras), len(p.extras)) {
		p.extras[k] = db.extras[k].col.ids[i]
	}
	if db.alias != nil {
		p.alias = db.alias[i]
	}
	return p
}

// twins puts the added records among those that are compared, in the order of
// what they hold, and finds those that equal another in every column.
func (x *extender) twins() {
	db := x.db
	late := make([]uint32, x.more.n)
	for k := range late {
		late[k] = uint32(x.old.n + k)
	}
	slices.SortFunc(late, db.byHash)
	x.s.left = append(x.s.left, make([]bool, x.more.n)...)
	columns := db.contents()
	if db.twin != nil {
		for i := x.old.n; i < db.n; i++ {
			db.twin = append(db.twin, uint32(i))
		}
	}
	out := make([]uint32, 0, len(x.old.order)+len(late))
	rest := x.old.order
	for _, i := range late {
		at, _ := slices.BinarySearchFunc(rest, i, db.byHash)
		out = append(out, rest[:at]...)
		rest = rest[at:]
		if x.twin(columns, out, i) {
			x.s.left[i] = true
		} else {
			out = append(out, i)
		}
	}
	db.order = append(out, rest...)
	if left := db.n - len(db.order); left > 0 && !db.links {
		db.noteTwins(left)
	}
}

// twin finds the record that i equals among those before it, and reports whether
// there are enough of them.
func (x *extender) twin(columns []namedColumn, before []uint32, i uint32) bool {
	db := x.db
	if db.links || !db.sure(i) {
		return false
	}
	same, first := 0, i
	for k := len(before) - 1; k >= 0 && db.hash[before[k]] == db.hash[i]; k-- {
		if equalIn(columns, before[k], i) {
			same++
			first = before[k]
		}
	}
	if same == 0 {
		return false
	}
	if db.twin == nil {
		db.twin = make([]uint32, db.n)
		for j := range db.twin {
			db.twin[j] = uint32(j)
		}
	}
	db.twin[i] = first
	return same >= twinsMax
}

// byHash orders records by what they hold.
func (db *records) byHash(a, b uint32) int {
	return cmp.Or(cmp.Compare(db.hash[a], db.hash[b]), cmp.Compare(a, b))
}
