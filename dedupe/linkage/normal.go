package linkage

import (
	"fmt"
	"strings"

	"github.com/reconkit/reconkit/dedupe/norm"
	"github.com/reconkit/reconkit/dedupe/similar"
)

func foldWords(s string) string { return string(norm.AppendWords(nil, s[:min(len(s), norm.BytesMax)])) }

func newWord(s string) word {
	w := word{text: similar.NewText(s), head: uint32(len(s))}
	if i := strings.IndexByte(s, ' '); i > 0 {
		w.head = uint32(i)
	}
	w.tight = hashText(strings.ReplaceAll(s, " ", ""))
	if p := sound(s); p != "" {
		w.sound = hashText(p)
	}
	return w
}

// sound is a short form of a name, in folded words, that survives the usual
// misspellings.
func sound(s string) string {
	var b [5]byte
	n := 0
	for i := 0; i < len(s) && n < len(b); i++ {
		c, begins := soundOf[s[i]], i == 0
		switch rest := s[i:]; {
		case strings.HasPrefix(rest, "ph"):
			c = 'f'
			i++
		case strings.HasPrefix(rest, "ck"):
			i++
		case strings.HasPrefix(rest, "sch"):
			i += 2
		case begins && c == 0 && rest[0] != ' ': // vowels are only heard where a name begins, and h and w
			if c = rest[0]; c != 'y' && c != 'h' && c != 'w' {
				c = 'a'
			}
		}
		if c != 0 && (n == 0 || b[n-1] != c) {
			b[n] = c
			n++
		}
	}
	return string(b[:n])
}

// soundOf is how letters sound within a name, 0 for what is not heard; other
// characters stand for themselves.
var soundOf = func() (t [256]byte) {
	for c := range t {
		t[c] = byte(c)
	}
	for sound, letters := range map[byte]string{0: "aeiouyhw ", 'k': "cqkxgj", 's': "sz", 't': "dt", 'p': "bp", 'f': "fv", 'n': "mn"} {
		for _, c := range []byte(letters) {
			t[c] = sound
		}
	}
	return t
}()

// nameReader numbers the names of people.
type nameReader struct {
	db     *records
	names  *dict
	person norm.Person
	key    []byte
	words  map[string]*givenName // of names of several

	inFamily bool // a family name told a generation
}

// number numbers a name, with a mark for what tells father and son apart.
func (n *nameReader) number(text []byte, g norm.Generation) uint32 {
	n.key = append(n.key[:0], text...)
	if g != norm.GenerationUnknown && len(text) > 0 {
		n.key = append(n.key, ' ', 0, '0'+byte(g))
	}
	id, fresh := n.names.add(unsafeText(n.key))
	if fresh {
		w := newWord(n.names.text(id)[:len(text)])
		w.generation = g
		for first := text; len(first) > 0; {
			var one []byte
			one, first = norm.NextWord(first)
			if w.roots = norm.Roots(one); len(w.roots) > 0 {
				break
			}
		}
		w.each = n.wordsOf(&w)
		n.db.names = push(n.db.names, w)
	}
	return id
}

// wordsOf are the first words of a name that has several, each made once.
func (n *nameReader) wordsOf(w *word) (each []*givenName) {
	if int(w.head) == len(w.text.String()) {
		return nil
	}
	for s := range strings.FieldsSeq(w.text.String()) {
		if len(each) == givenNamesMax {
			break
		}
		x := n.words[s]
		if x == nil {
			x = newGivenName(s)
			n.words[s] = x
		}
		each = append(each, x)
	}
	return each
}

func (n *nameReader) given(raw string) uint32 {
	n.person.ReadParts(raw, "")
	return n.number(n.person.Given, n.person.Generation)
}

func (n *nameReader) family(raw string) uint32 {
	n.person.ReadParts("", raw)
	n.inFamily = n.inFamily || n.person.Generation != norm.GenerationUnknown
	return n.number(n.person.Family, norm.GenerationUnknown)
}

func (db *records) loadNames(r *reader) {
	given, family, whole := r.of(GivenName), r.of(FamilyName), r.of(PersonName)
	if len(given)+len(family)+len(whole) == 0 {
		return
	}
	n := &nameReader{db: db, names: newDict(min(r.n, 1<<12)), words: map[string]*givenName{}}
	db.names = []word{{}}
	db.given = column{ids: make([]uint32, r.n), values: n.names}
	db.family = column{ids: make([]uint32, r.n), values: n.names}
	if len(given) > 0 {
		r.scan(given, db.given.ids, n.given)
	}
	if len(family) > 0 {
		r.scan(family, db.family.ids, n.family)
		db.addGenerations(r, n, family)
	}
	for _, c := range whole {
		db.addWholeNames(r, n, c)
	}
}

// addWholeNames takes names in one column apart, for the records that have no
// name yet.
func (db *records) addWholeNames(r *reader, n *nameReader, c int) {
	firsts, lasts := []uint32{0}, []uint32{0}
	ids := make([]uint32, r.n)
	r.scan([]int{c}, ids, func(raw string) uint32 {
		n.person.ReadFull(raw)
		if n.person.Company {
			return 0
		}
		firsts = append(firsts, n.number(n.person.Given, n.person.Generation))
		lasts = append(lasts, n.number(n.person.Family, norm.GenerationUnknown))
		return uint32(len(firsts) - 1)
	})
	for i, id := range ids {
		if db.given.ids[i] == 0 && db.family.ids[i] == 0 {
			db.given.ids[i], db.family.ids[i] = firsts[id], lasts[id]
		}
	}
}

type firmName struct {
	text   similar.Text
	tokens []uint32
	tight  uint64
	weight float64 // of its words together
}

// called is the name of a company, by numbers: without its legal form, and the form.
type called struct{ firm, form uint32 }

func digitsOf(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, s)
}

func (db *records) loadFirms(r *reader) {
	at, whole := r.of(Company), r.of(PersonName)
	if len(at)+len(whole) == 0 {
		return
	}
	db.firm = column{ids: make([]uint32, r.n), values: newDict(min(r.n, 1<<12))}
	db.form = column{ids: make([]uint32, r.n), values: newDict(min(r.n, 1<<4))}
	tokens := newDict(min(r.n, 1<<12))
	db.firms = []firmName{{}}
	read := []called{{}} // by name as it is written
	var company norm.Company
	var form []byte
	number := func(raw string) uint32 {
		company.Read(raw)
		id, fresh := db.firm.values.add(unsafeText(company.Name))
		if fresh {
			text := db.firm.values.text(id)
			f := firmName{text: similar.NewText(text), tight: hashText(strings.ReplaceAll(text, " ", ""))}
			for t := range strings.FieldsSeq(text) {
				f.tokens = append(f.tokens, tokens.id(t))
			}
			db.firms = push(db.firms, f)
		}
		form = norm.AppendForm(form[:0], company.Form)
		read = push(read, called{id, db.form.values.id(unsafeText(form))})
		return uint32(len(read) - 1)
	}
	fill := func(c int, number func(string) uint32) {
		ids := make([]uint32, r.n)
		r.scan([]int{c}, ids, number)
		for i, k := range ids {
			if db.firm.ids[i] == 0 {
				db.firm.ids[i], db.form.ids[i] = read[k].firm, read[k].form
			}
		}
	}
	for _, c := range at {
		fill(c, number)
	}
	var person norm.Person
	for _, c := range whole {
		fill(c, func(raw string) uint32 {
			if person.ReadFull(raw); !person.Company {
				return 0
			}
			return number(raw)
		})
	}
	if db.firm.values.len() == 1 && len(at) == 0 {
		db.firm, db.form = column{}, column{}
		return
	}
	db.weighTokens(tokens)
}

func (db *records) loadPhones(r *reader) {
	at := r.of(Phone)
	if len(at) == 0 {
		return
	}
	values := newDict(r.filled(at))
	var p norm.Phone
	how := reading{
		values: values,
		normal: func(b []byte, _ int, raw string) []byte {
			if p.Read(raw, ""); !p.Valid {
				return b
			}
			return append(b, p.National...)
		},
	}
	for _, c := range at {
		col := column{ids: make([]uint32, r.n), values: values}
		r.scanMany([]int{c}, col.ids, how)
		db.phones = append(db.phones, col)
	}
	values.close()
}

type line struct {
	number, road uint32 // in numbers, streets
}

func (db *records) loadStreets(r *reader) {
	at := r.of(HouseNumber, Street)
	if len(at) == 0 {
		return
	}
	db.street = column{ids: make([]uint32, r.n), values: newDict(min(r.n, 1<<12))}
	db.inside = column{ids: make([]uint32, r.n), values: newDict(min(r.n, 1<<8))}
	db.numbers, db.streets = newDict(min(r.n, 1<<10)), newDict(min(r.n, 1<<12))
	db.lines, db.roads = []line{{}}, []word{{}}
	var s norm.Street
	var text []byte
	read := []place{{}} // by line as it is written
	r.scan(at, db.street.ids, func(raw string) uint32 {
		s.Read(raw)
		text = append(text[:0], s.Number...)
		if len(s.Number) > 0 && len(s.Words) > 0 {
			text = append(text, ' ')
		}
		text = append(text, s.Words...)
		id, fresh := db.street.values.add(unsafeText(text))
		if fresh {
			road, isNew := db.streets.add(unsafeText(s.Words))
			if isNew {
				db.roads = push(db.roads, newWord(db.streets.text(road)))
			}
			db.lines = push(db.lines, line{db.numbers.id(unsafeText(s.Number)), road})
		}
		text = appendInside(text[:0], &s)
		read = push(read, place{id, db.inside.values.id(unsafeText(text))})
		return uint32(len(read) - 1)
	})
	for i, k := range db.street.ids {
		db.street.ids[i], db.inside.ids[i] = read[k].line, read[k].inside
	}
	db.street.values.close()
	db.inside.values.close()
}

func (db *records) loadPlaces(r *reader) {
	if at := r.of(Postcode); len(at) > 0 {
		db.postcode = column{ids: make([]uint32, r.n), values: newDict(min(r.n, 1<<10))}
		values := db.postcode.values
		r.scan(at[:1], db.postcode.ids, func(raw string) uint32 { return values.id(string(norm.AppendPostcode(nil, raw))) })
		db.zipKeys = sketchesOf(values)
	}
	if at := r.of(City); len(at) > 0 {
		db.city = column{ids: make([]uint32, r.n), values: newDict(min(r.n, 1<<10))}
		db.cities = []word{{}}
		r.scan(at[:1], db.city.ids, func(raw string) uint32 {
			id, fresh := db.city.values.add(string(norm.AppendCity(nil, raw)))
			if fresh {
				db.cities = append(db.cities, newWord(db.city.values.text(id)))
			}
			return id
		})
	}
}

// dateColumns are the columns that make up the date: one, or those of its year,
// month and day in that order.
func (r *reader) dateColumns() []int {
	if at := r.of(Date); len(at) > 0 {
		return at[:1]
	}
	var at []int
	for _, k := range []Kind{Year, Month, Day} {
		if of := r.of(k); len(of) > 0 {
			at = append(at, of[0])
		}
	}
	return at
}

func (db *records) loadDate(r *reader) {
	at := r.dateColumns()
	if len(at) == 0 {
		return
	}
	db.date = column{ids: make([]uint32, r.n), values: newDict(min(r.n, 1<<10))}
	db.dates = []similar.Text{{}}
	db.votes = r.votes
	db.votes.count(r, at)
	order := db.votes.order()
	r.scan(at, db.date.ids, func(raw string) uint32 {
		d := norm.ReadDate(raw, order)
		if d.Day == 0 {
			return 0
		}
		id, fresh := db.date.values.add(fmt.Sprintf("%08d", d.Day))
		if fresh {
			db.dates = append(db.dates, similar.NewText(db.date.values.text(id)))
		}
		return id
	})
}

// dateVotes is how many dates, whose year is last, have the day first for sure,
// and the month.
type dateVotes struct {
	days, months int
	settled      bool // no more of them count
}

func (v *dateVotes) count(r *reader, columns []int) {
	if v.settled {
		return
	}
	ids := make([]uint32, r.n)
	r.scan(columns, ids, func(raw string) uint32 {
		switch norm.OrderOf(raw) {
		case norm.DayFirst:
			v.days++
		case norm.MonthFirst:
			v.months++
		}
		return 1
	})
}

// close reports whether as many dates decide how the others are meant.
func (v dateVotes) close(n int) bool {
	return v.days+v.months > 0 && max(v.days, v.months)-min(v.days, v.months) <= n
}

// order is how the dates of a column are meant whose year is last: as most of
// those are that can be meant in one way only.
func (v dateVotes) order() norm.DateOrder {
	switch {
	case v.days > v.months:
		return norm.DayFirst
	case v.months > v.days:
		return norm.MonthFirst
	}
	return norm.OrderUnknown
}

func (db *records) loadExtras(r *reader) {
	own := r.of(Identifier, Region, Country, Text)
	for _, c := range own[:min(len(own), extrasMax)] {
		x := extra{name: r.columns[c].Name, kind: r.columns[c].Kind}
		x.col = column{ids: make([]uint32, r.n), values: newDict(min(r.n, 1<<10))}
		values := x.col.values
		if x.kind == Identifier {
			r.scanMany([]int{c}, x.col.ids, reading{values: values, normal: func(b []byte, _ int, raw string) []byte {
				start := len(b)
				if b = norm.AppendIdentifier(b, raw); norm.SaysNone(b[start:]) {
					x.none++
					return b[:start]
				}
				return b
			}})
		} else {
			r.scan([]int{c}, x.col.ids, func(raw string) uint32 {
				if x.kind == Country {
					return values.id(string(norm.AppendCountry(nil, raw)))
				}
				return values.id(foldWords(raw))
			})
		}
		values.close()
		db.extras = append(db.extras, x)
	}
}

// sketchesOf makes the sketches of all values.
func sketchesOf(values *dict) []similar.Sketch {
	keys := make([]similar.Sketch, values.len())
	values.each(func(id uint32, text string) { keys[id] = similar.NewSketch(text) })
	return keys
}
