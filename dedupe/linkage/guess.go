package linkage

import (
	"fmt"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// Guess is what a column seems to hold, and why. Of a column that is left out,
// Kind is 0.
type Guess struct {
	Column
	Why string // a sentence
}

// Limits of guessing.
const (
	guessRowsMax       = 1000 // filled values that are looked at
	guessFilled        = .02  // of the records that must have a value
	guessFilledUnnamed = .2   // the same, where the name of the column says nothing
)

// guesser guesses the columns of one table.
type guesser struct {
	table   *pipeline.Table
	columns []guessed
}

// guessed is a column while it is guessed.
type guessed struct {
	Guess
	look  look
	whole bool // the header is one that is known as a whole, such as "Vorname"
	named bool // the header says a name and leaves open whose: "Name", "Nom", "Kunde"
	blank bool // the header says nothing
	other bool // the header says that it is of somebody or something else
}

// GuessColumns says what the columns of a table seem to hold, by their names
// and values. Columns that are of no use for matching, and those of which it is
// not clear what they hold, are left out; skipped names each of them and says
// why.
func GuessColumns(t *pipeline.Table) (found []Guess, skipped []Guess) {
	g := &guesser{table: t}
	for at, f := range t.Schema().Fields() {
		c := guessed{Guess: Guess{Column: Column{Name: f.Name}}, look: lookAt(t, at)}
		g.columns = append(g.columns, c)
		g.guess(&g.columns[at])
	}
	g.oneName()
	g.completeNames()
	g.namesInMail()
	g.valuesTogether()
	g.oneOf(GivenName)
	g.oneOf(FamilyName)
	g.oneAddress()
	g.dateInParts()
	g.oneDate()
	g.namesOfPlaces()
	g.trades()
	g.numbersOfRows()
	for i := range g.columns {
		c := &g.columns[i]
		least := guessFilled
		if c.blank {
			least = guessFilledUnnamed
		}
		if c.Kind != 0 && c.look.filled < least*float64(t.Len()) {
			c.leaveOut("hardly any record has a value")
		}
		if c.Kind == 0 {
			skipped = append(skipped, c.Guess)
		} else {
			found = append(found, c.Guess)
		}
	}
	return found, skipped
}

func (c *guessed) leaveOut(why string) { c.Kind, c.Why = 0, why }

func (c *guessed) take(k Kind, why string) { c.Kind, c.Why = k, why }

// guess guesses by the name of the column and, where that says nothing or the
// values contradict it, by the values.
func (g *guesser) guess(c *guessed) {
	kind, why := c.byHeader()
	if kind == 0 && why != "" {
		c.leaveOut(why)
		return
	}
	if c.named {
		c.take(c.look.namedKind())
		return
	}
	denied := ""
	if kind != 0 {
		if denied = c.look.denies(kind); denied == "" {
			c.take(kind, why)
			return
		}
	}
	if kind == Date { // "Geburtsname" is no name that mail goes to
		c.leaveOut(denied)
		return
	}
	if c.other {
		c.leaveOut("its name says that it is of somebody or something else")
		return
	}
	c.blank = true
	c.take(c.look.byContent())
	if c.Kind == Phone && numbersRows(c.Name) {
		c.leaveOut("its name says a number, and its values could be phone numbers")
	}
	if c.Kind == 0 && denied != "" {
		c.Why = denied
	}
}

var headerKinds = map[canon.Meaning]Kind{
	canon.MeansEmail: Email, canon.MeansFirstName: GivenName, canon.MeansLastName: FamilyName, canon.MeansFullName: PersonName,
	canon.MeansCompany: Company, canon.MeansPhone: Phone, canon.MeansMobile: Phone, canon.MeansStreet: Street,
	canon.MeansHouseNumber: HouseNumber, canon.MeansPostalCode: Postcode, canon.MeansCity: City, canon.MeansState: Region,
	canon.MeansCountry: Country, canon.MeansCustomerNumber: Identifier, canon.MeansTaxID: Identifier,
}

var headerSkips = map[canon.Meaning]string{
	canon.MeansRecordID: "it numbers the rows, not the contacts", canon.MeansNotes: "notes are no evidence",
	canon.MeansUpdated: "when a row changed says nothing of whose it is", canon.MeansEntered: "when a row was entered says nothing of whose it is",
	canon.MeansAddressMore: "further address lines differ for one contact",
	canon.MeansCategory:    "many contacts share a category", canon.MeansRating: "many contacts share a rating",
	canon.MeansSalutation: "half of the contacts share a salutation", canon.MeansJobTitle: "many contacts share a job title",
	canon.MeansFax: "many contacts share a fax", canon.MeansWebsite: "the staff of a company share its website",
}

// byHeader guesses by the name of the column. A reason without a kind says why
// it is left out; neither means that the name says nothing, or a name.
func (c *guessed) byHeader() (Kind, string) {
	h := canon.ReadHeader(c.Name)
	c.whole, c.other = h.Exact, h.Another
	if strings.HasSuffix(partKey(c.Name), "clusterid") {
		return 0, headerSkips[canon.MeansRecordID]
	}
	name := h.Exact && h.Meaning == canon.MeansName || h.Meaning == canon.MeansContact
	if h.Number > 1 && h.Meaning == canon.MeansStreet {
		return 0, headerSkips[canon.MeansAddressMore]
	}
	// What ends in "number" or "id" may be of the contact: "Passport number".
	if open := !h.Exact && (h.Meaning == canon.MeansRecordID || h.Meaning == canon.MeansName || h.Meaning == canon.MeansNothing); open {
		if k := kindOfPart(c.Name); k != 0 {
			return k, saysKind(k)
		}
	}
	if name {
		c.named = true
		return 0, ""
	}
	if why, skip := headerSkips[h.Meaning]; skip {
		return 0, why
	}
	if k, known := headerKinds[h.Meaning]; known {
		return k, saysKind(k)
	}
	return 0, ""
}

// numbersRows reports a name of which a word says that the values are numbers or
// keys: those of twelve digits look like phone numbers.
func numbersRows(name string) bool {
	for w := range strings.FieldsSeq(canon.FoldWords(name)) {
		switch w {
		case "num", "number", "no", "nr", "nbr", "nummer", "numero", "id", "code", "key":
			return true
		}
	}
	return false
}

func saysKind(k Kind) string {
	if k == Text {
		return "its name says what stays as it is"
	}
	return fmt.Sprintf("its name says %s", k)
}

// oneName drops names that only the values tell where headers tell whose name
// the rows have: they may be of a salesman.
func (g *guesser) oneName() {
	var told [kindLast + 1]bool
	for i := range g.columns {
		if c := &g.columns[i]; !c.blank {
			told[c.Kind] = true
		}
	}
	for i := range g.columns {
		c := &g.columns[i]
		if !c.blank {
			continue
		}
		by := c.Kind == PersonName && (told[GivenName] || told[FamilyName]) || c.Kind == GivenName && told[GivenName] ||
			(c.Kind == PersonName || c.Kind == GivenName) && told[PersonName]
		if by {
			c.leaveOut("other columns say by their names that they hold the name")
		}
	}
}

// completeNames settles columns called "Name", "Nom" or the like beside those of
// one part of the name: they hold the other part, or the whole name.
func (g *guesser) completeNames() {
	for i := range g.columns {
		c := &g.columns[i]
		if !c.named && c.Kind != PersonName || c.Kind == Email || c.Kind == Phone {
			continue
		}
		given, family := g.best(GivenName), g.best(FamilyName)
		switch {
		case given == nil && family == nil, given != nil && family != nil && !c.named:
		case given != nil && family != nil:
			if in := g.within(given, c); in.most() && c.Kind == PersonName {
				c.leaveOut(fmt.Sprintf("it repeats the names of %s and %s", shortName(given), shortName(family)))
			} else if in.n > 0 && c.Kind != 0 {
				c.take(Company, fmt.Sprintf("its name says a name, and it is not that of %s", shortName(given)))
			}
		case c.Kind == Company:
		case given != nil:
			g.complete(c, given, FamilyName)
		default:
			g.complete(c, family, GivenName)
		}
	}
}

// complete settles a column of names beside the column of one part, with the
// kind of the other part.
func (g *guesser) complete(c, part *guessed, other Kind) {
	switch {
	case g.within(part, c).most():
		c.take(PersonName, fmt.Sprintf("its name says a name, and it has that of %s within it", shortName(part)))
		part.leaveOut(fmt.Sprintf("%s has the whole name", shortName(c)))
	case c.named && c.look.denies(other) == "":
		c.take(other, fmt.Sprintf("its name says a name, and %s has the %s", shortName(part), part.Kind))
	}
}

// best is the column of a kind whose header is known as a whole, else the first.
func (g *guesser) best(k Kind) *guessed {
	var found *guessed
	for i := range g.columns {
		if c := &g.columns[i]; c.Kind == k && (found == nil || c.whole && !found.whole) {
			found = c
		}
	}
	return found
}

// oneOf leaves out further columns of a part of the name that seem to be of
// somebody else: "Spouse first name" beside "First name".
func (g *guesser) oneOf(k Kind) {
	first := g.best(k)
	if first == nil || !first.whole {
		return
	}
	for i := range g.columns {
		if c := &g.columns[i]; c.Kind == k && !c.whole {
			c.leaveOut(fmt.Sprintf("it may be of somebody else than %s", shortName(first)))
		}
	}
}

// oneDate keeps the date with most values.
func (g *guesser) oneDate() {
	var most *guessed
	for i := range g.columns {
		if c := &g.columns[i]; c.Kind == Date && (most == nil || c.look.filled > most.look.filled) {
			most = c
		}
	}
	for i := range g.columns {
		if c := &g.columns[i]; c.Kind == Date && c != most {
			c.leaveOut(fmt.Sprintf("%s has more dates", shortName(most)))
		}
	}
}

// oneAddress keeps one of several addresses, such as those for bills and for
// parcels: the one with most values. The columns of an address stand together.
func (g *guesser) oneAddress() {
	var addresses [][]*guessed
	has := map[Kind]bool{}
	for i := range g.columns {
		c := &g.columns[i]
		if c.Kind != Street && c.Kind != HouseNumber && c.Kind != Postcode && c.Kind != City {
			continue
		}
		if has[c.Kind] || len(addresses) == 0 {
			addresses = append(addresses, nil)
			clear(has)
		}
		has[c.Kind] = true
		last := len(addresses) - 1
		addresses[last] = append(addresses[last], c)
	}
	if len(addresses) < 2 {
		return
	}
	best, most := 0, -1.0
	for i, a := range addresses {
		filled := 0.0
		for _, c := range a {
			filled += c.look.filled
		}
		if filled > most {
			best, most = i, filled
		}
	}
	for i, a := range addresses {
		for _, c := range a {
			if i != best {
				c.leaveOut(fmt.Sprintf("it is of another address than %s", shortName(addresses[best][0])))
			}
		}
	}
}

func shortName(c *guessed) string { return diag.Shorten(c.Name, 60) }
