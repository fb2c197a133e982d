package dedupe

import (
	"context"
	"fmt"
	"sync"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/dedupe/norm"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
)

// Limits of what is compared, in bytes. Equality always looks at the whole value.
const (
	similarBytesMax = 64   // of a text that similarity looks at
	nameBytesMax    = 200  // of a name that is taken apart
	namedTextMax    = 4096 // of a company that is folded; the rest is left out
)

// nature says what a record is, as far as its fields tell.
type nature uint8

const (
	unclear nature = iota // no name, or an e-mail that may be a person's
	person
	company // a company's name and no person's
)

// universe is the records of the model followed by those of the target, with
// their values normalised and numbered. Everything is held by column.
type universe struct {
	m        *Matcher
	in       pipeline.MatchInput
	rows     int // records of the model: 0 to rows-1
	n        int // all records
	rank     []int32
	evidence *linkage.Evidence // nil: nothing is compared
	taught   *linkage.Evidence // which the weights were learned from, or evidence
	naming   sync.Mutex        // of in.Namespace, which is somebody else's
	fields   [2][]int          // by model field: the column of the rows, and of the target; -1: none
	twins    []int32           // see findTwins
	twinned  chan struct{}     // closed when twins are found

	keys []keyColumn

	words, mail       *dict
	first, last, firm []uint32 // in words; first and last of a person
	form              []uint32 // in words: the legal form of a company
	suffix            []uint32 // in words: what tells father and son apart
	email             []uint32
	role              []bool // by number of the e-mail
	nature            []nature
	german            map[uint32]string // the other spelling of a name with umlauts
	nones             []nones           // by field of the model
	none              []bool            // by record of the model: a field of it says none
}

func newUniverse(ctx context.Context, m *Matcher, in pipeline.MatchInput) (*universe, error) {
	u := &universe{m: m, in: in, words: newDict(0), german: map[uint32]string{}, twinned: make(chan struct{})}
	if err := u.findFields(); err != nil {
		return nil, err
	}
	u.mail = newDict(u.distinctUsual())
	u.first, u.last, u.suffix, u.firm, u.form = u.column(), u.column(), u.column(), u.column(), u.column()
	u.email, u.role = u.column(), []bool{false}
	var names sync.WaitGroup
	names.Go(func() { u.fillWords(ctx) })
	names.Go(func() { u.findNones(ctx) })
	u.fillKeys(ctx)
	names.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	u.setNature()
	for k := range u.keys {
		u.keys[k].values.close()
	}
	u.mail.close()
	u.twins = nil
	return u, ctx.Err()
}

// findFields finds the fields of the model in both tables.
func (u *universe) findFields() error {
	if u.in.Records == nil {
		return fmt.Errorf("matching got no records")
	}
	tables := [2]*pipeline.Table{u.in.Records, u.in.Target}
	for side, t := range tables {
		u.fields[side] = make([]int, u.m.schema.Len())
		for i, f := range u.m.schema.Fields() {
			u.fields[side][i] = -1
			if t == nil {
				continue
			}
			at := t.Schema().Index(f.Name)
			if side == 0 && (at < 0 || t.Schema().Field(at).Type != f.Type) {
				return fmt.Errorf("the records have no field %q of %s, as the model says", f.Name, f.Type)
			}
			u.fields[side][i] = at
		}
	}
	u.rows = u.in.Records.Len()
	u.n = u.rows
	if u.in.Target != nil {
		u.n += u.in.Target.Len()
	}
	return nil
}

// record returns record i as a view.
func (u *universe) record(i int32) pipeline.Record {
	if int(i) < u.rows {
		return u.in.Records.Record(int(i))
	}
	return u.in.Target.Record(int(i) - u.rows)
}

// text returns a field of the model of record i as text, "" when it has none.
func (u *universe) text(i int32, field int) string {
	side := 0
	if int(i) >= u.rows {
		side = 1
	}
	at := u.fields[side][field]
	if at < 0 {
		return ""
	}
	r := u.record(i)
	return cellText(r.Batch.Column(at), r.Row)
}

func cellText(c *pipeline.Column, row int) string {
	if c.IsNull(row) {
		return ""
	}
	if c.Type() == pipeline.String {
		return c.Str(row)
	}
	return c.Value(row).String()
}

// scan calls visit for each record that has the field, in order.
func (u *universe) scan(field int, visit func(i int, b *pipeline.Batch, text string)) {
	start := 0
	for side, t := range [2]*pipeline.Table{u.in.Records, u.in.Target} {
		if t == nil {
			continue
		}
		at := u.fields[side][field]
		for _, b := range t.Batches() {
			if at >= 0 {
				scanColumn(b, b.Column(at), start, visit)
			}
			start += b.Len()
		}
	}
}

// aheadRows is how many values scanAhead hashes before it visits them: the bits of a word.
const aheadRows = 64

// lookup is what scanAhead does with the values of a field.
type lookup struct {
	in    *dict
	salt  func(i int, b *pipeline.Batch) uint64 // for each batch
	visit func(i int, b *pipeline.Batch, text string)
	twins []int32           // see findTwins; nil: each value is visited
	copy  func(i, twin int) // takes what visit has made of the twin, which has the same value
}

// scanAhead is scan for a visitor that looks values up: the places of some values are
// touched before they are visited. Where a record of the target has the value of its
// twin, nothing is looked up.
func (u *universe) scanAhead(field int, l lookup) {
	start := 0
	for side, t := range [2]*pipeline.Table{u.in.Records, u.in.Target} {
		if t == nil {
			continue
		}
		at := u.fields[side][field]
		for _, b := range t.Batches() {
			if at < 0 {
				start += b.Len()
				continue
			}
			c, salted := b.Column(at), l.salt(start, b)
			for from := 0; from < b.Len(); from += aheadRows {
				rows := min(b.Len(), from+aheadRows)
				copied := uint64(0) // by row from from on
				for row := from; row < rows; row++ {
					s := cellText(c, row)
					if side == 1 && l.twins != nil {
						if twin := l.twins[start+row-u.rows]; twin >= 0 && u.text(twin, field) == s {
							l.copy(start+row, int(twin))
							copied |= 1 << (row - from)
							continue
						}
					}
					l.in.touch(saltedHash(s, salted))
				}
				for row := from; row < rows; row++ {
					if copied>>(row-from)&1 != 0 {
						continue
					}
					if s := cellText(c, row); s != "" {
						l.visit(start+row, b, s)
					}
				}
			}
			start += b.Len()
		}
	}
}

func scanColumn(b *pipeline.Batch, c *pipeline.Column, start int, visit func(int, *pipeline.Batch, string)) {
	for row := range b.Len() {
		if s := cellText(c, row); s != "" {
			visit(start+row, b, s)
		}
	}
}

// distinctUsual is how many values of a key are usual: one for each record that
// is in either table, most of which are in both.
func (u *universe) distinctUsual() int { return max(u.rows, u.n-u.rows) * 9 / 8 }

func (u *universe) column() []uint32 { return make([]uint32, u.n) }

// fillWords normalises names and companies as keys look at them.
func (u *universe) fillWords(ctx context.Context) {
	for _, c := range u.m.compare {
		switch {
		case ctx.Err() != nil:
			return
		case c.as == asPerson:
			u.fillNames(c)
		case c.as == asCompany:
			<-u.twinned
			u.fillFolded(c.fields, u.twins, folding{u.firm, companyName}, folding{u.form, companyForm})
		}
	}
}

// folding is what is made of a text, and where its number goes.
type folding struct {
	column []uint32
	fold   func(string) string
}

// fillFolded numbers what is made of the first values that records have among the
// fields. What is made of one text is made once.
func (u *universe) fillFolded(fields []int, twins []int32, into ...folding) {
	seen, folded := newDict(0), make([][]uint32, len(into)) // by number in seen
	for k := range folded {
		folded[k] = []uint32{0}
	}
	for _, f := range fields {
		l := lookup{in: seen, salt: unsalted}
		l.visit = func(i int, _ *pipeline.Batch, s string) {
			at := seen.id(s)
			for k, x := range into {
				if int(at) == len(folded[k]) {
					folded[k] = append(folded[k], u.words.id(x.fold(s[:min(len(s), namedTextMax)])))
				}
				if x.column[i] == 0 {
					x.column[i] = folded[k][at]
				}
			}
		}
		if len(fields) == 1 { // what a record has is of this field
			l.twins, l.copy = twins, func(i, twin int) {
				for _, x := range into {
					x.column[i] = x.column[twin]
				}
			}
		}
		u.scanAhead(f, l)
	}
}

// unsalted is for scanAhead where values have no namespace.
func unsalted(int, *pipeline.Batch) uint64 { return 0 }

func companyName(s string) string {
	name := canon.FoldWords(canon.ParseCompany(s).Name)
	if name == "" {
		return canon.FoldWords(s)
	}
	return name
}

// companyForm is the legal form of a company in one spelling.
func companyForm(s string) string {
	var c norm.Company
	c.Read(s)
	return string(norm.AppendForm(nil, c.Form))
}

// fillEmail numbers the e-mail of the records that have none yet, of so many fields in
// which they may have one.
func (u *universe) fillEmail(field, fields int) {
	plain := []bool{false} // by number: the address is written as it is compared
	l := lookup{in: u.mail, salt: unsalted}
	if fields == 1 {
		l.twins, l.copy = u.twins, func(i, twin int) { u.email[i] = u.email[twin] }
	}
	l.visit = func(i int, _ *pipeline.Batch, s string) {
		if u.email[i] != 0 {
			return
		}
		if id := u.mail.find(s); int(id) < len(plain) && plain[id] {
			u.email[i] = id
			return
		}
		e, err := canon.ParseEmail(s)
		if err != nil || norm.NoMailbox(e.Address) {
			return
		}
		id := u.mail.id(e.Address)
		if int(id) == len(u.role) {
			u.role = append(u.role, e.Role)
		}
		for len(plain) < len(u.role) {
			plain = append(plain, false)
		}
		plain[id] = plain[id] || s == e.Address
		u.email[i] = id
	}
	u.scanAhead(field, l)
}

// setNature tells people from companies. A company with an e-mail that may be
// a person's is left open: the person's name may just be missing.
func (u *universe) setNature() {
	u.nature = make([]nature, u.n)
	for i := range u.nature {
		switch {
		case u.first[i] != 0 || u.last[i] != 0:
			u.nature[i] = person
		case u.firm[i] != 0 && (u.email[i] == 0 || u.role[u.email[i]]):
			u.nature[i] = company
		}
	}
}
