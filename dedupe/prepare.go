package dedupe

import (
	"context"
	"fmt"
	"slices"
	"strings"
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
	nones             map[string]*nones // by field that a key or an e-mail is read from
}

// keyColumn is one key of all records. Equal numbers are equal values of one
// namespace; 0 is no value.
type keyColumn struct {
	key
	nones  nones
	values *dict
	ids    []uint32
	spaces []uint32 // by number: the namespace
	shared []bool   // by number: evidently shared, so no identity
}

func newUniverse(ctx context.Context, m *Matcher, in pipeline.MatchInput) (*universe, error) {
	u := &universe{m: m, in: in, words: newDict(0), german: map[uint32]string{}, nones: map[string]*nones{}, twinned: make(chan struct{})}
	if err := u.findFields(); err != nil {
		return nil, err
	}
	u.mail = newDict(u.distinctUsual())
	u.first, u.last, u.suffix, u.firm, u.form = u.column(), u.column(), u.column(), u.column(), u.column()
	u.email, u.role = u.column(), []bool{false}
	var names sync.WaitGroup
	names.Go(func() { u.fillWords(ctx) })
	u.fillKeys(ctx)
	names.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	u.setNature()
	for k := range u.keys {
		if n := &u.keys[k].nones; n.rows > 0 {
			u.nones[u.keys[k].name] = n
		}
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

// fillKeys normalises e-mails as keys look at them, and numbers the values of keys.
// It does not touch what fillWords fills.
func (u *universe) fillKeys(ctx context.Context) {
	u.keys = make([]keyColumn, len(u.m.keys))
	first := slices.IndexFunc(u.m.keys, func(k key) bool { return k.kind == pipeline.KindIdentifier })
	if first >= 0 && ctx.Err() == nil {
		u.keys[first] = u.fillKey(u.m.keys[first])
		u.findTwins(&u.keys[first])
	}
	close(u.twinned)
	var others sync.WaitGroup
	defer others.Wait()
	for n, k := range u.m.keys {
		if n != first && !u.m.comparedEmail(k) {
			others.Go(func() {
				if ctx.Err() == nil {
					u.keys[n] = u.fillKey(k)
				}
			})
		}
	}
	for _, c := range u.m.compare {
		for _, f := range c.fields {
			if c.as == asEmail && ctx.Err() == nil {
				u.fillEmail(f, len(c.fields))
			}
		}
	}
	for n, k := range u.m.keys {
		if u.m.comparedEmail(k) {
			u.keys[n] = u.emailKey(k)
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
	none := &nones{}
	defer func() { u.nones[u.m.schema.Field(field).Name] = none }()
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
		if err != nil {
			return
		}
		if saysNone(pipeline.KindEmail, e.Address) {
			if i < u.rows {
				none.add(s)
			}
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

func e164(s string) bool {
	if len(s) < 8 || len(s) > 16 || s[0] != '+' {
		return false
	}
	for i := 1; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// fillKey numbers the values of one key.
func (u *universe) fillKey(k key) keyColumn {
	c := keyColumn{key: k, values: newDict(u.distinctUsual()), ids: u.column(), spaces: []uint32{0}}
	spaces := newDict(0)
	space, name, salt := uint32(0), "", uint64(0) // of a batch
	begin := func(i int, b *pipeline.Batch) uint64 {
		if space, name, salt = 0, "", 0; k.kind == pipeline.KindIdentifier {
			if space = spaces.id(u.namespace(i, b.Source(), k.name)); space != 0 {
				name = spaces.text[space]
				salt = mix(hashText(name), 0)
			}
		}
		return salt
	}
	u.scanAhead(k.field, lookup{in: c.values, salt: begin, visit: func(i int, b *pipeline.Batch, s string) {
		value := normalKey(k.kind, s, func() string { return u.regionOf(i) })
		if value == "" {
			if i < u.rows && saysNone(k.kind, s) {
				c.nones.add(s)
			}
			return
		}
		id := uint32(0)
		if name == "" {
			id = c.values.id(value)
		} else {
			id = c.values.idOf(value, name, salt)
		}
		if int(id) == len(c.spaces) {
			c.spaces = append(c.spaces, space)
		}
		c.ids[i] = id
	}})
	c.shared = make([]bool, len(c.values.text))
	return c
}

// comparedEmail reports whether a key is the e-mail that is compared, too.
func (m *Matcher) comparedEmail(k key) bool {
	return slices.ContainsFunc(m.compare, func(c compare) bool {
		return c.as == asEmail && len(c.fields) == 1 && c.fields[0] == k.field && k.kind == pipeline.KindEmail
	})
}

// emailKey makes such a key from what was parsed already.
func (u *universe) emailKey(k key) keyColumn {
	n := len(u.mail.text)
	return keyColumn{key: k, values: u.mail, ids: u.email, spaces: make([]uint32, n), shared: make([]bool, n)}
}

// namespace names whose numbers an identifier of record i is. A source that
// does not say has a namespace of its own; without MatchInput.Namespace all
// numbers are the target's.
func (u *universe) namespace(i int, source, field string) string {
	if i >= u.rows || u.in.Namespace == nil {
		return u.in.TargetNamespace
	}
	u.naming.Lock() // several keys are filled at once
	defer u.naming.Unlock()
	if name := u.in.Namespace(source, field); name != "" {
		return name
	}
	return "source\x00" + source
}

// regionOf is the country of a record, as its field says it.
func (u *universe) regionOf(i int) string { return u.textOf(int32(i), pipeline.KindCountry) }

// normalKey is the form in which values of a key are compared; "" matches
// nothing, as what says that there is none does. Plus tags and dots of an e-mail
// stay, as do case and leading zeros of an identifier.
func normalKey(kind pipeline.Kind, s string, region func() string) string {
	switch kind {
	case pipeline.KindEmail:
		e, err := canon.ParseEmail(s)
		if err != nil || saysNone(kind, e.Address) {
			return ""
		}
		return e.Address
	case pipeline.KindIdentifier:
		if saysNone(kind, s) {
			return ""
		}
		return canon.Squish(s)
	case pipeline.KindPhone:
		if e164(s) {
			return s
		}
		p, err := canon.ParsePhone(s, region())
		if err != nil {
			return ""
		}
		return p.E164 + p.Extension
	default:
		return canon.Fold(s)
	}
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

// keyText is a value of a key without its namespace.
func (u *universe) keyText(k int, id uint32) string {
	value, _, _ := strings.Cut(u.keys[k].values.text[id], "\x00")
	return value
}
