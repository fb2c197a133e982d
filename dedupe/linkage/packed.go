package linkage

import "github.com/reconkit/reconkit/dedupe/similar"

// packed is what most comparisons need of a record, in one cache line: pairs
// are compared in an order in which every second record is a random one.
type packed struct {
	given, family, alias, firm uint32
	date, email, phone, street uint32
	number, road               uint32 // of the street
	postcode, city             uint32
	extras                     [3]uint32
	isFirm                     bool
	odd                        uint8 // a bit of its hash
}

// oddOf is a bit of the hash of a record.
func oddOf(hash uint64) uint8 { return uint8(hash >> 17 & 1) }

// dialled is a phone number, made ready.
type dialled struct {
	value  uint64 // its digits as a number; 0 when there are more than 18
	sketch similar.Sketch
}

func newDialled(text string) dialled {
	d := dialled{sketch: similar.NewSketch(text)}
	if len(text) <= 18 {
		for _, c := range []byte(text) {
			d.value = 10*d.value + uint64(c-'0')
		}
	}
	return d
}

// maySlip reports whether two numbers may be one slip apart. Of numbers of one
// length, another digit changes the value by up to 9 times a power of ten, and
// two neighbours exchanged by up to 81 times one.
func (d *dialled) maySlip(o *dialled) bool {
	if !d.sketch.MayBeWithin(o.sketch, 1) {
		return false
	}
	if d.sketch.Chars() != o.sketch.Chars() || d.value == 0 || o.value == 0 {
		return true
	}
	apart := max(d.value, o.value) - min(d.value, o.value)
	for apart%10 == 0 && apart > 0 {
		apart /= 10
	}
	return apart <= 81
}

// What tells numbers of one line: the last seven digits, or all but the last
// three of a number of at least nine.
const (
	phoneTailFrom      = 1e7
	phoneExtensions    = 1000
	phoneExtensionFrom = 1e8
)

// tailOf reports whether one of two numbers is the other with a prefix.
func (d *dialled) tailOf(o *dialled) bool {
	s, t := d.value, o.value
	return s > phoneTailFrom && t > phoneTailFrom && s%phoneTailFrom == t%phoneTailFrom && d.sketch.Chars() != o.sketch.Chars()
}

// extensionOf reports whether two numbers are extensions of one line.
func (d *dialled) extensionOf(o *dialled) bool {
	s, t := d.value, o.value
	return s/phoneExtensions == t/phoneExtensions && s >= phoneExtensionFrom && t >= phoneExtensionFrom
}

// pack fills the packed records from the columns.
func (db *records) pack(from, to int) {
	some := db.packed[from:to]
	fill := func(c *column, set func(r *packed, id uint32)) {
		if c.on() {
			for i, id := range c.ids[from:to] {
				set(&some[i], id)
			}
		}
	}
	fill(&db.given, func(r *packed, id uint32) { r.given = id })
	fill(&db.family, func(r *packed, id uint32) { r.family = id })
	fill(&db.firm, func(r *packed, id uint32) { r.firm = id })
	fill(&db.date, func(r *packed, id uint32) { r.date = id })
	fill(&db.postcode, func(r *packed, id uint32) { r.postcode = id })
	fill(&db.city, func(r *packed, id uint32) { r.city = id })
	fill(&db.street, func(r *packed, id uint32) { r.street, r.number, r.road = id, db.lines[id].number, db.lines[id].road })
	if len(db.emails) > 0 {
		fill(&db.emails[0], func(r *packed, id uint32) { r.email = id })
	}
	if len(db.phones) > 0 {
		fill(&db.phones[0], func(r *packed, id uint32) { r.phone = id })
	}
	for k := range min(len(db.extras), len(packed{}.extras)) {
		fill(&db.extras[k].col, func(r *packed, id uint32) { r.extras[k] = id })
	}
	for i := range some {
		some[i].isFirm, some[i].odd = db.isFirm[from+i], oddOf(db.hash[from+i])
	}
	if db.alias != nil {
		for i := range some {
			some[i].alias = db.alias[from+i]
		}
	}
}

// sketch puts together what tells of most values that they are different.
func (db *records) sketch() {
	if len(db.phones) > 0 {
		values := db.phones[0].values
		db.dialled = make([]dialled, values.len())
		values.each(func(id uint32, text string) { db.dialled[id] = newDialled(text) })
	}
	for i := range db.extras {
		db.extras[i].keys = sketchesOf(db.extras[i].col.values)
	}
	db.nameKeys = make([]nameKey, len(db.names))
	for i := range db.names {
		db.nameKeys[i] = newNameKey(&db.names[i])
	}
	of := func(words []word) []similar.Sketch {
		keys := make([]similar.Sketch, len(words))
		for i := range words {
			keys[i] = words[i].text.Sketch
		}
		return keys
	}
	db.roadKeys, db.cityKeys = of(db.roads), of(db.cities)
}
