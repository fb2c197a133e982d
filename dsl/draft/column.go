package draft

import (
	"cmp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
)

const (
	valueBytesMax = 400 // bytes of a value that is looked into; longer ones count as other text
	idBytesMax    = 64  // bytes of a value that may be the id of a row
	distinctMax   = SampleRowsMax
)

// column is one column of a file and what its values look like. The counts are
// of values that are not empty.
type column struct {
	name   string
	typ    pipeline.Type
	header canon.Header

	rows, filled int            // rows: those that have any value
	seen         map[string]int // values that may be ids and how often they come
	odd          int            // values that are no id: with spaces, or long
	last         int64          // the whole number before
	running      int            // 1 or -1: whole numbers that rise or fall from row to row; 0: neither
	digits       int            // of whole numbers that have as many each; 0: they differ
	repeated     int            // values that came before

	emails, phones, countries, urls, persons, companies, vats, ratings int
	international                                                      int // phone numbers with the code of a country
	lists                                                              map[byte]int
	countryOf, phoneOf                                                 map[string]int // by ISO code

	types  *typeGuess
	shapes map[string]int
	shape  string // the most frequent
}

// columns looks at the values of a sample.
func columns(s Sample) []*column {
	list := make([]*column, s.Schema.Len())
	for i := range list {
		f := s.Schema.Field(i)
		c := &column{name: f.Name, typ: f.Type, header: canon.ReadHeader(f.Name), rows: s.Rows - s.Blank, seen: map[string]int{},
			lists: map[byte]int{}, countryOf: map[string]int{}, phoneOf: map[string]int{}, types: newTypeGuess(), shapes: map[string]int{}}
		for _, b := range s.Batches {
			c.look(b.Column(i))
		}
		c.settle()
		list[i] = c
	}
	return list
}

func (c *column) look(values *pipeline.Column) {
	for i := range values.Len() {
		if values.IsNull(i) || values.IsErase(i) {
			continue
		}
		text := ""
		if c.typ == pipeline.String {
			if v := values.Bytes(i); len(v) > valueBytesMax {
				c.filled++
				c.odd++
				c.types.text()
				c.lookAtShape(cutText(string(v[:valueBytesMax])))
				continue
			}
			text = values.Str(i)
		} else {
			text = values.Value(i).String()
		}
		if strings.TrimSpace(text) == "" {
			continue
		}
		c.filled++
		c.lookAtID(text)
		c.lookAtShape(text)
		c.lookAtText(text)
	}
}

func (c *column) lookAtID(text string) {
	if len(text) > idBytesMax || strings.ContainsFunc(text, unicode.IsSpace) {
		c.odd++
		return
	}
	c.lookAtNumber(text)
	c.seen[text]++
	if c.seen[text] > 1 {
		c.repeated++
	}
}

// lookAtNumber looks whether whole numbers run on and are of one length.
func (c *column) lookAtNumber(text string) {
	n, err := strconv.ParseInt(text, 10, 64)
	first, order := c.filled == 1, cmp.Compare(n, c.last)
	switch {
	case err != nil:
		c.running, c.digits = 0, 0
		return
	case first:
		c.running, c.digits = 1, len(text)
	case c.filled == 2 && c.running != 0:
		c.running = order
	case order != c.running:
		c.running = 0
	}
	if len(text) != c.digits {
		c.digits = 0
	}
	c.last = n
}

// lookAtText asks what a value is. Cheap questions come first: most columns
// hold nothing of a kind, and a million values are looked at.
func (c *column) lookAtText(text string) {
	c.types.look(text)
	if c.typ == pipeline.Int {
		c.lookAtRating(text)
	}
	if c.typ != pipeline.String {
		return
	}
	c.lookAtRating(text)
	switch {
	case strings.Contains(text, "@"):
		if _, err := canon.ParseEmail(text); err == nil {
			c.emails++
		}
	case phoneShaped(text):
		c.lookAtPhone(text)
	case strings.Contains(text, ".") && (strings.Contains(text, "://") || len(text) > 4 && strings.EqualFold(text[:4], "www.") || c.header.Meaning == canon.MeansWebsite):
		if _, err := canon.ParseURL(text); err == nil {
			c.urls++
		}
	default:
		if code, err := canon.ParseCountry(text); err == nil {
			c.countries++
			c.countryOf[code]++
		}
	}
	for _, sign := range []byte(",;|/") {
		if strings.IndexByte(text, sign) >= 0 {
			c.lists[sign]++
		}
	}
	switch c.header.Meaning {
	case canon.MeansName, canon.MeansFullName, canon.MeansContact, canon.MeansCompany:
		c.lookAtName(text)
	case canon.MeansTaxID:
		if _, err := canon.ParseVAT(text); err == nil {
			c.vats++
		}
	}
}

func (c *column) lookAtRating(text string) {
	if len(text) == 1 && text[0] >= '1' && text[0] <= '5' {
		c.ratings++
	}
}

func (c *column) lookAtPhone(text string) {
	c.phones++
	if p, err := canon.ParsePhone(text, ""); err == nil {
		c.international++
		c.phoneOf[p.Region]++
	}
}

func (c *column) lookAtName(text string) {
	p := canon.ParsePerson(text)
	switch {
	case p.Company || canon.ParseCompany(text).LegalForm != "":
		c.companies++
	case p.First != "" && p.Last != "":
		c.persons++
	}
}

// The digits of a phone number, from an internal line of a town to the longest
// that is possible.
const (
	phoneDigitsMin = 6
	phoneDigitsMax = 17
)

// phoneShaped reports whether a text is written like a phone number: begins
// with +, 0 or a bracket, or is cut into groups. Plain digits are a number.
func phoneShaped(text string) bool {
	digits, groups := 0, 0
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case strings.ContainsRune(" -/().", r):
			groups++
		case r == '+':
		default:
			return false
		}
	}
	text = strings.TrimSpace(text)
	if digits < phoneDigitsMin || digits > phoneDigitsMax || dateShaped(text) || strings.Count(text, ".") == 1 {
		return false
	}
	return text[0] == '+' || text[0] == '0' || text[0] == '(' || groups > 1
}

// shapesMax is how many shapes of a column are told apart, shapeRunesMax how
// many characters of a value a shape shows.
const (
	shapesMax     = 200
	shapeRunesMax = 24
)

func (c *column) lookAtShape(text string) {
	if c.filled > shapesMax*10 {
		return
	}
	s := shapeOf(text)
	if _, known := c.shapes[s]; known || len(c.shapes) < shapesMax {
		c.shapes[s]++
	}
}

// shapeOf writes A for capitals, a for other letters, 9 for digits. Signs that
// people type stay; everything else is a question mark.
func shapeOf(text string) string {
	var b strings.Builder
	n := 0
	for _, r := range text {
		if n++; n > shapeRunesMax {
			b.WriteString("...")
			break
		}
		switch {
		case unicode.IsUpper(r):
			b.WriteByte('A')
		case unicode.IsLetter(r), unicode.IsMark(r):
			b.WriteByte('a')
		case unicode.IsNumber(r):
			b.WriteByte('9')
		case r >= ' ' && r < 0x7f:
			b.WriteRune(r)
		default:
			b.WriteByte('?')
		}
	}
	return b.String()
}

// cutText cuts a broken character off the end of a text.
func cutText(s string) string {
	for range utf8.UTFMax {
		if r, n := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || n != 1 {
			break
		}
		s = s[:len(s)-1]
	}
	return s
}

// settle makes what is known out of what was counted.
func (c *column) settle() {
	best := 0
	for s, n := range c.shapes {
		if n > best || n == best && s < c.shape {
			best, c.shape = n, s
		}
	}
	c.shapes = nil
}

// unique reports whether each row has a value of its own that may be an id.
func (c *column) unique() bool { return c.filled == c.rows && c.distinct() }

// distinct reports whether the values may be ids and none comes twice.
func (c *column) distinct() bool {
	return c.filled > 0 && c.repeated == 0 && c.odd == 0 && (c.typ == pipeline.String || c.typ == pipeline.Int)
}

// most reports whether n is at least the share of the filled values.
func (c *column) most(n int, share float64) bool {
	return c.filled > 0 && float64(n) >= share*float64(c.filled)
}

// ref is the column in an expression.
func (c *column) ref() string { return reference(c.name) }

// text is an expression of type string for the column.
func (c *column) text() string {
	switch c.typ {
	case pipeline.String:
		return c.ref()
	case pipeline.StringList:
		return `join_nonempty(` + c.ref() + `, ", ")`
	default:
		return "string(" + c.ref() + ")"
	}
}

// usable reports whether an expression can speak of the column.
func (c *column) usable() bool { return len(c.name) <= columnBytesMax && utf8.ValidString(c.name) }
