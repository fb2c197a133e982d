package linkage

import (
	"fmt"
	"strings"

	"github.com/reconkit/reconkit/dedupe/norm"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
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
	guessShare         = .8   // of the values that must have a form
	guessFilled        = .02  // of the records that must have a value
	guessFilledUnnamed = .2   // the same, where the name of the column says nothing
)

// GuessColumns says what the columns of a table seem to hold, by their names
// and values. Columns that are of no use for matching are left out; skipped
// names each of them and says why.
func GuessColumns(t *pipeline.Table) (found []Guess, skipped []Guess) {
	for at, f := range t.Schema().Fields() {
		look := lookAt(t, at)
		kind, why := look.byHeader(f.Name)
		least := guessFilled
		if kind == 0 && why == "" {
			kind, why = look.byContent()
			least = guessFilledUnnamed
		}
		if kind != 0 && look.filled < least*float64(t.Len()) {
			kind, why = 0, "hardly any record has a value"
		}
		g := Guess{Column{f.Name, kind}, why}
		if kind == 0 {
			skipped = append(skipped, g)
		} else {
			found = append(found, g)
		}
	}
	return found, skipped
}

// look is what the values of a column look like.
type look struct {
	filled float64 // values in the whole table
	looked float64 // of these; the rest counts what they look like

	emails, dates, phones, people, firms float64
}

func lookAt(t *pipeline.Table, column int) look {
	var l look
	var email norm.Email
	var phone norm.Phone
	var person norm.Person
	for _, b := range t.Batches() {
		c := b.Column(column)
		for row := range b.Len() {
			text := strings.TrimSpace(cellText(c, row))
			if text == "" {
				continue
			}
			l.filled++
			if l.looked >= guessRowsMax {
				continue
			}
			l.looked++
			if email.Read(text); email.Valid {
				l.emails++
				continue
			}
			digits, letters := digitsOf(text), strings.ContainsFunc(text, isLetter)
			if d := norm.ReadDate(text, norm.OrderUnknown); d.Exists && len(digits) >= 6 {
				l.dates++
			}
			if phone.Read(text, ""); phone.Valid && !letters && (strings.ContainsAny(text, "+()- ./") || len(digits) >= 9) {
				l.phones++
			}
			if person.ReadFull(text); person.Company {
				l.firms++
			} else if len(digits) == 0 && len(person.Given) > 0 && len(person.Family) > 0 {
				l.people++
			}
		}
	}
	return l
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0x80 }

var headerKinds = map[canon.Meaning]Kind{
	canon.MeansEmail: Email, canon.MeansFirstName: GivenName, canon.MeansLastName: FamilyName, canon.MeansFullName: PersonName,
	canon.MeansCompany: Company, canon.MeansPhone: Phone, canon.MeansMobile: Phone, canon.MeansStreet: Street,
	canon.MeansHouseNumber: HouseNumber, canon.MeansPostalCode: Postcode, canon.MeansCity: City, canon.MeansState: Region,
	canon.MeansCountry: Country, canon.MeansCustomerNumber: Identifier, canon.MeansTaxID: Identifier,
}

var headerSkips = map[canon.Meaning]string{
	canon.MeansRecordID: "it numbers the rows, not the contacts", canon.MeansNotes: "notes are no evidence",
	canon.MeansUpdated: "when a row changed says nothing of whose it is", canon.MeansAddressMore: "further address lines differ for one contact",
	canon.MeansCategory: "many contacts share a category", canon.MeansRating: "many contacts share a rating",
	canon.MeansSalutation: "half of the contacts share a salutation", canon.MeansJobTitle: "many contacts share a job title",
	canon.MeansFax: "many contacts share a fax", canon.MeansWebsite: "the staff of a company share its website",
}

// headerWords are parts of names of columns, in small letters without signs,
// that tell a kind where canon.ReadHeader does not.
var headerWords = []struct {
	part string
	kind Kind
}{
	{"birth", Date}, {"dob", Date}, {"geburt", Date}, {"founded", Date}, {"givenname", GivenName}, {"firstname", GivenName},
	{"surname", FamilyName}, {"lastname", FamilyName}, {"suburb", City}, {"socsec", Identifier}, {"ssn", Identifier},
	{"passportnumber", Identifier}, {"licensenumber", Identifier}, {"idnumber", Identifier}, {"leinumber", Identifier},
	{"namefirst", GivenName}, {"namelast", FamilyName}, {"namefull", PersonName}, {"nameorg", Company}, {"streetnumber", HouseNumber}, {"address1", Street}, {"addrline1", Street}, {"zip", Postcode},
	{"sitename", Company}, {"organi", Company},
}

// byHeader guesses by the name of the column; no kind and no reason mean that
// the name says nothing.
func (l *look) byHeader(name string) (Kind, string) {
	said := fmt.Sprintf("its name says %s", "%s")
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(name))
	if plain == "id" || strings.HasSuffix(plain, "clusterid") {
		return 0, headerSkips[canon.MeansRecordID]
	}
	h := canon.ReadHeader(name)
	if h.Exact && !(h.Number > 1 && h.Meaning == canon.MeansStreet) {
		if why, skip := headerSkips[h.Meaning]; skip {
			return 0, why
		}
		if k, known := headerKinds[h.Meaning]; known {
			return k, fmt.Sprintf(said, k)
		}
	}
	for _, w := range headerWords {
		if strings.Contains(plain, w.part) {
			return w.kind, fmt.Sprintf(said, w.kind)
		}
	}
	if h.Number > 1 && h.Meaning == canon.MeansStreet {
		return 0, headerSkips[canon.MeansAddressMore]
	}
	if h.Exact && h.Meaning == canon.MeansName || h.Meaning == canon.MeansContact {
		if l.firms > l.people {
			return Company, "its name says a name, and most values are of organisations"
		}
		return PersonName, "its name says a name, and most values are of people"
	}
	if why, skip := headerSkips[h.Meaning]; skip {
		return 0, why
	}
	if k, known := headerKinds[h.Meaning]; known {
		return k, fmt.Sprintf(said, k)
	}
	return 0, ""
}

// byContent guesses by the values alone.
func (l *look) byContent() (Kind, string) {
	most := guessShare * l.looked
	for _, c := range []struct {
		n    float64
		kind Kind
		what string
	}{
		{l.emails, Email, "e-mail addresses"}, {l.dates, Date, "dates"}, {l.phones, Phone, "phone numbers"},
		{l.firms, Company, "names of organisations"},
	} {
		if l.looked > 0 && c.n >= most {
			return c.kind, fmt.Sprintf("%.0f %% of its values are %s", 100*c.n/l.looked, c.what)
		}
	}
	if l.looked == 0 {
		return 0, "it is empty"
	}
	return 0, "neither its name nor its values tell what it holds"
}
