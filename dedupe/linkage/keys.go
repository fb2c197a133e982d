package linkage

import (
	"slices"
	"strings"
	"sync"
)

// parts makes the components of block keys from the columns.
type parts struct {
	given, surname, family                 part // sounds
	given0, surname0, family0              part // first letters
	given2, surname2                       part // first two letters
	givenFull, familyFull                  part
	rareFamily                             part // names, of few records
	given3, surname4                       part // first letters
	given3End, surname4End                 part // last letters
	email, local, phone, phoneTail         part
	phoneStart, phoneLast                  part
	date, year, day, month                 part // day: month and day; month: year and month
	postcode, city, line, number, road     part
	firm, token1, token2, firmSound, firm5 part
	lone1, lone2, loneSound                part // of records that name a company and no person
	road1, road2                           part // number and a word of the road
	extras                                 []part
}

// rareFamilyMax is how many records, at most, bear a family name that is a key
// with an initial alone.
const rareFamilyMax = 100

// namesakesKey is the kind of block key of whole names.
const namesakesKey = "given+family name"

// Records, at most, of a block of names alone, or of the words of a company alone.
// Two of many namesakes are not one contact unless something else agrees, and then
// they meet by that. In a very long list what few records share is worth looking at
// where the kind of key as a whole would make too many pairs.
const (
	fewMax       = 8  // of names that sound alike, of a rare family name and an initial, of words of a company
	rarerMax     = 8  // of names that begin or end alike
	namesakesMax = 24 // of equal names
)

func tableOf(n int, f func(id int) uint64) []uint64 {
	t := make([]uint64, n)
	for id := 1; id < n; id++ {
		t[id] = f(id)
	}
	return t
}

func prefixHash(s string, n int) uint64 {
	if len(s) < n {
		return 0
	}
	return hashText(s[:n])
}

func newParts(db *records) *parts { return partsBy(db, 1) }

// partsBy is newParts for several workers.
func partsBy(db *records, workers int) *parts {
	p := &parts{}
	tasks := []func(db *records){p.fillNames, p.fillMails, p.fillPhones, p.fillDates, p.fillPlaces, p.fillFirms}
	together(workers, len(tasks), func(_, i int) { tasks[i](db) })
	for i := range db.extras {
		p.extras = append(p.extras, part{db.extras[i].col.ids, db.extras[i].col.values.hashes})
	}
	return p
}

func (p *parts) fillMails(db *records) {
	if len(db.emails) == 0 {
		return
	}
	p.email = part{db.emails[0].ids, db.emails[0].values.hashes}
	p.local = part{db.emails[0].ids, tableOf(len(db.mails), func(id int) uint64 {
		if m := &db.mails[id]; !m.role && m.bytes >= 4 {
			return m.local
		}
		return 0
	})}
}

func (p *parts) fillPhones(db *records) {
	if len(db.phones) == 0 {
		return
	}
	ids, values := db.phones[0].ids, db.phones[0].values
	of := func() part { return part{ids, make([]uint64, values.len())} }
	p.phone, p.phoneTail, p.phoneStart, p.phoneLast = part{ids, values.hashes}, of(), of(), of()
	values.each(func(id uint32, s string) {
		p.phoneTail.hashes[id] = prefixHash(s[max(0, len(s)-7):], 7)
		p.phoneStart.hashes[id] = prefixHash(s, 6)
		p.phoneLast.hashes[id] = prefixHash(s[max(0, len(s)-4):], 4)
	})
}

func (p *parts) fillDates(db *records) {
	if !db.date.on() {
		return
	}
	cut := func(from, to int) part {
		return part{db.date.ids, tableOf(len(db.dates), func(id int) uint64 { return hashText(db.dates[id].String()[from:to]) })}
	}
	p.date, p.year, p.day, p.month = cut(0, 8), cut(0, 4), cut(4, 8), cut(0, 6)
}

func (p *parts) fillNames(db *records) {
	if !db.given.on() {
		return
	}
	n := len(db.names)
	surname := slices.Clone(db.family.ids)
	for i, id := range surname {
		if id == 0 {
			surname[i] = db.given.ids[i] // the only name may be either
		}
	}
	sounds := tableOf(n, func(id int) uint64 { return db.names[id].sound })
	first := tableOf(n, func(id int) uint64 { return prefixHash(db.names[id].text.String(), 1) })
	two := tableOf(n, func(id int) uint64 { return prefixHash(db.names[id].text.String(), 2) })
	begins := func(k int) []uint64 {
		return tableOf(n, func(id int) uint64 { s := db.names[id].text.String(); return hashText(s[:min(k, len(s))]) })
	}
	ends := func(k int) []uint64 {
		return tableOf(n, func(id int) uint64 { s := db.names[id].text.String(); return hashText(s[len(s)-min(k, len(s)):]) })
	}
	p.given3, p.surname4 = part{db.given.ids, begins(3)}, part{surname, begins(4)}
	p.given3End, p.surname4End = part{db.given.ids, ends(3)}, part{surname, ends(4)}
	full := db.given.values.hashes
	p.rareFamily = part{surname, tableOf(n, func(id int) uint64 {
		if db.family.counts[id] > rareFamilyMax {
			return 0
		}
		return full[id]
	})}
	firsts := tableOf(n, func(id int) uint64 { return db.names[id].firstSound() })
	p.given, p.surname, p.family = part{db.given.ids, firsts}, part{surname, sounds}, part{db.family.ids, sounds}
	p.given0, p.surname0, p.family0 = part{db.given.ids, first}, part{surname, first}, part{db.family.ids, first}
	p.given2, p.surname2 = part{db.given.ids, two}, part{surname, two}
	p.givenFull, p.familyFull = part{db.given.ids, full}, part{db.family.ids, full}
}

func (p *parts) fillPlaces(db *records) {
	if db.street.on() {
		p.line = part{db.street.ids, tableOf(len(db.lines), func(id int) uint64 {
			if db.lines[id].road == 0 {
				return 0
			}
			return db.street.values.hashes[id]
		})}
		p.number = part{db.street.ids, tableOf(len(db.lines), func(id int) uint64 { return db.numbers.hashes[db.lines[id].number] })}
		p.road = part{db.street.ids, tableOf(len(db.lines), func(id int) uint64 { return db.streets.hashes[db.lines[id].road] })}
		word := func(k int) part {
			return part{db.street.ids, tableOf(len(db.lines), func(id int) uint64 {
				l := db.lines[id]
				w := wordOf(db.streets.text(l.road), k)
				if l.number == 0 || w == "" {
					return 0
				}
				return mix2(db.numbers.hashes[l.number], hashText(w))
			})}
		}
		p.road1, p.road2 = word(0), word(1)
	}
	if db.postcode.on() {
		p.postcode = part{db.postcode.ids, db.postcode.values.hashes}
	}
	if db.city.on() {
		p.city = part{db.city.ids, db.city.values.hashes}
	}
}

// wordOf returns word k of a text, "" when it has fewer.
func wordOf(s string, k int) string {
	for w := range strings.FieldsSeq(s) {
		if k == 0 {
			return w
		}
		k--
	}
	return ""
}

func (p *parts) fillFirms(db *records) {
	if !db.firm.on() {
		return
	}
	rare := db.rarest()
	ids := db.firm.ids
	token := func(k int) part {
		return part{ids, tableOf(len(rare), func(id int) uint64 {
			if t := rare[id][k]; t != 0 {
				return hashText(db.tokens[t].text.String())
			}
			return 0
		})}
	}
	p.firm = part{ids, db.firm.values.hashes}
	p.token1, p.token2 = token(0), token(1)
	p.firmSound = part{ids, tableOf(len(rare), func(id int) uint64 {
		s := sound(db.tokens[rare[id][0]].text.String())
		if s == "" {
			return 0
		}
		return hashText(s)
	})}
	if db.given.on() {
		lone := db.loneFirms()
		p.lone1, p.lone2, p.loneSound = part{lone, p.token1.hashes}, part{lone, p.token2.hashes}, part{lone, p.firmSound.hashes}
	}
	p.firm5 = part{ids, tableOf(len(rare), func(id int) uint64 { return prefixHash(db.firms[id].text.String(), 5) })}
}

// loneFirms are the companies of the records that name no person.
func (db *records) loneFirms() []uint32 {
	lone := make([]uint32, db.n)
	for i, is := range db.isFirm {
		if is {
			lone[i] = db.firm.ids[i]
		}
	}
	return lone
}

// rarest gives each company name its two rarest words.
func (db *records) rarest() [][2]uint32 {
	rare := make([][2]uint32, len(db.firms))
	for id := 1; id < len(db.firms); id++ {
		for _, t := range db.firms[id].tokens {
			r := &rare[id]
			switch {
			case r[0] == 0 || db.rarer(t, r[0]):
				r[0], r[1] = t, r[0]
			case t != r[0] && (r[1] == 0 || db.rarer(t, r[1])):
				r[1] = t
			}
		}
	}
	return rare
}

// rarer orders words of company names by how rare they are, then by text.
func (db *records) rarer(a, b uint32) bool {
	x, y := &db.tokens[a], &db.tokens[b]
	if x.idf != y.idf {
		return x.idf > y.idf
	}
	return x.text.String() < y.text.String()
}

// keyList collects kinds of block key; those whose columns are missing are left
// out.
type keyList []blockKey

func (l *keyList) add(name string, ps ...part) { l.addKey(name, false, ps) }

// addEither adds a kind whose two parts may be the other way round.
func (l *keyList) addEither(name string, ps ...part) { l.addKey(name, true, ps) }

// addFew adds a kind of which blocks of more than most records make no pairs.
func (l *keyList) addFew(name string, most int, either bool, ps ...part) {
	before := len(*l)
	l.addKey(name, either, ps)
	for i := range (*l)[before:] {
		(*l)[before+i].most = most
	}
}

// lastIsNamed marks the last kind, if there is any, as one of whose blocks the
// records have family names that sound alike.
func (l *keyList) lastIsNamed() {
	if n := len(*l); n > 0 && (*l)[n-1].most > 0 {
		(*l)[n-1].named = true
	}
}

func (l *keyList) addKey(name string, either bool, ps []part) {
	for _, x := range ps {
		if x.ids == nil {
			return
		}
	}
	if slices.ContainsFunc(*l, func(k blockKey) bool { return k.name == name }) {
		name += " (column)"
	}
	*l = append(*l, blockKey{name: name, parts: ps, either: either})
}

// keys lists the kinds of block key that the columns allow.
func (p *parts) keys(db *records) []blockKey {
	var l keyList
	l.add("e-mail", p.email)
	l.add("mailbox", p.local)
	l.add("phone", p.phone)
	l.add("end of phone", p.phoneTail)
	for i, x := range p.extras {
		if db.extras[i].kind == Identifier {
			l.add(db.extras[i].name, x)
		}
	}
	p.dateKeys(&l)
	p.nameKeys(&l)
	p.placeKeys(&l)
	p.firmKeys(&l)
	p.extraKeys(&l, db)
	return l
}

func (p *parts) dateKeys(l *keyList) {
	l.add("date", p.date)
	l.add("date+initial", p.date, p.given0)
	l.add("date+family initial", p.date, p.family0)
	l.add("family sound+year", p.surname, p.year)
	l.add("given sound+year", p.given, p.year)
	l.add("family sound+day", p.surname, p.day)
	l.add("given sound+day", p.given, p.day)
	l.add("name starts+year", p.given2, p.surname2, p.year)
	l.add("initials+month", p.given0, p.family0, p.month)
	l.add("date+postcode", p.date, p.postcode)
	l.add("year+postcode", p.year, p.postcode)
	l.add("city+date", p.city, p.date)
	l.add("city+year", p.city, p.year)
}

func (p *parts) nameKeys(l *keyList) {
	l.addEither("given+family sound", p.given, p.surname)
	l.addFew("rare given+family sound", fewMax, true, p.given, p.surname)
	l.lastIsNamed()
	l.addFew("rare beginnings of names", rarerMax, false, p.given3, p.surname4)
	l.addFew("rare ends of names", rarerMax, false, p.given3End, p.surname4End)
	l.addFew(namesakesKey, namesakesMax, true, p.givenFull, p.familyFull)
	l.lastIsNamed()
	l.addFew("rare family name+initial", fewMax, true, p.rareFamily, p.given0)
	l.lastIsNamed()
	l.add("family sound+start of phone", p.surname, p.phoneStart)
	l.add("family sound+last digits of phone", p.surname, p.phoneLast)
	l.add("name starts", p.given2, p.surname2)
	l.add("name starts+postcode", p.given2, p.surname2, p.postcode)
	l.add("family sound+postcode", p.surname, p.postcode)
	l.add("given sound+postcode", p.given, p.postcode)
	l.add("family sound+house number", p.surname, p.number)
	l.add("given sound+house number", p.given, p.number)
	l.add("family sound+city", p.surname, p.city)
	l.add("given sound+city", p.given, p.city)
	l.add("initials+city", p.given0, p.family0, p.city)
	l.add("initials+house number+city", p.given0, p.family0, p.number, p.city)
	l.add("name starts+city", p.given2, p.surname2, p.city)
	l.add("name starts+start of phone", p.given2, p.surname2, p.phoneStart)
	l.add("name starts+last digits of phone", p.given2, p.surname2, p.phoneLast)
}

func (p *parts) placeKeys(l *keyList) {
	l.add("street line+postcode", p.line, p.postcode)
	l.add("street line", p.line)
	l.add("postcode+house number", p.postcode, p.number)
	l.add("postcode", p.postcode)
	l.add("road", p.road)
}

func (p *parts) firmKeys(l *keyList) {
	l.add("rarest company word", p.token1)
	l.add("second company word", p.token2)
	l.addEither("company words", p.token1, p.token2)
	l.addFew("rare company words", fewMax, true, p.token1, p.token2)
	l.addFew("company words, no person", fewMax, true, p.lone1, p.lone2)
	l.addFew("company sound, no person", fewMax, false, p.loneSound)
	l.add("given sound+company word", p.given, p.firmSound)
	l.add("family sound+company word", p.surname, p.firmSound)
	l.add("start of company", p.firm5)
	l.add("company word+house number", p.firmSound, p.number)
	l.add("company word+postcode", p.firmSound, p.postcode)
	if p.firm.ids != nil {
		l.add("house number+street word", p.road1)
		l.add("house number+second street word", p.road2)
	}
}

func (p *parts) extraKeys(l *keyList, db *records) {
	for i, x := range p.extras {
		if db.extras[i].kind != Identifier {
			name := db.extras[i].name
			l.add(name+"+given+family sound", p.surname, x, p.given)
			l.add(name+"+date", x, p.date)
			l.add(name+"+family sound+year", x, p.surname, p.year)
			l.add(name+"+given sound+year", x, p.given, p.year)
		}
	}
}

// kinds are the chosen kinds of block key. Their parts take as much memory as many
// a column, and little time to make again, so that after blocking they are made for
// those alone who ask.
type kinds struct {
	names []string
	once  sync.Once
	db    *records
	list  []blockKey
}

func newKinds(db *records, keys []blockKey) *kinds {
	k := &kinds{db: db}
	for i := range keys {
		k.names = append(k.names, keys[i].name)
	}
	return k
}

// all returns the kinds by the numbers that the records of a result have.
func (k *kinds) all() []blockKey {
	k.once.Do(func() {
		every := newParts(k.db).keys(k.db)
		for _, name := range k.names {
			k.list = append(k.list, every[slices.IndexFunc(every, func(x blockKey) bool { return x.name == name })])
		}
		k.db = nil
	})
	return k.list
}

// splitters are the parts by which large blocks are split.
func (p *parts) splitters() []part {
	var out []part
	for _, x := range []part{p.given, p.family, p.postcode, p.number, p.date, p.email, p.firm} {
		if x.ids != nil {
			out = append(out, x)
		}
	}
	return out
}
