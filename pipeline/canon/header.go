package canon

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// headerBytesMax bounds the name of a column that is looked at; headerNumberMax
// is the largest number of a series such as E-Mail 1 to E-Mail 3.
const (
	headerBytesMax  = 200
	headerNumberMax = '9'
)

// Meaning is what the name of a column says about its values.
type Meaning string

// The meanings of columns of contact lists. What MeansName and MeansContact
// hold, only the values can tell: people, companies, ways to reach them.
const (
	MeansNothing        Meaning = ""
	MeansEmail          Meaning = "email"
	MeansFirstName      Meaning = "first_name"
	MeansLastName       Meaning = "last_name"
	MeansFullName       Meaning = "full_name"
	MeansName           Meaning = "name"
	MeansContact        Meaning = "contact"
	MeansCompany        Meaning = "company_name"
	MeansJobTitle       Meaning = "job_title"
	MeansSalutation     Meaning = "salutation"
	MeansPhone          Meaning = "phone"
	MeansMobile         Meaning = "mobile"
	MeansFax            Meaning = "fax"
	MeansStreet         Meaning = "street"
	MeansHouseNumber    Meaning = "house_number"
	MeansAddressMore    Meaning = "address_more"
	MeansPostalCode     Meaning = "postal_code"
	MeansCity           Meaning = "city"
	MeansState          Meaning = "state"
	MeansCountry        Meaning = "country"
	MeansWebsite        Meaning = "website"
	MeansCustomerNumber Meaning = "customer_number"
	MeansRecordID       Meaning = "record_id"
	MeansNotes          Meaning = "notes"
	MeansCategory       Meaning = "category"
	MeansRating         Meaning = "rating"
	MeansTaxID          Meaning = "tax_id"
	MeansUpdated        Meaning = "updated"
	MeansEntered        Meaning = "entered" // when somebody joined, or the row was made
)

// meansAnother marks the words that make a longer name one of somebody else's
// values, meansWhich those that say which one of several is meant.
const (
	meansAnother Meaning = "of_another"
	meansWhich   Meaning = "qualifier"
)

// ofColumn reports whether a column may have the meaning.
func (m Meaning) ofColumn() bool { return m != MeansNothing && m != meansAnother && m != meansWhich }

// Header is the name of a column, read.
type Header struct {
	Meaning Meaning // MeansNothing where the name is not known
	Number  int     // of a series, such as 2 in "E-Mail 2"; else 0
	Exact   bool    // the whole name is known, not its last words alone
	Another bool    // it says whose else, or what else, the values are: "Owner Email", "Place of birth"; it has no Meaning then
}

// ReadHeader reads the name of a column in English, German or another language
// of the word list (twenty European ones). Letter case, diacritics, spaces and signs do not matter. A name of more than 200 bytes means
// nothing.
func ReadHeader(name string) Header {
	if len(name) > headerBytesMax || !utf8.ValidString(name) {
		return Header{}
	}
	table := headers()
	if m := table[headerKey(name)].means; m.ofColumn() {
		return Header{Meaning: m, Exact: true}
	}
	words, number := headerWords(name)
	if n := len(words); n > 1 && number > 0 && words[n-1] == "value" { // "Phone 1 - Value"
		words = words[:n-1]
	}
	if m := table[strings.Join(words, "")].means; m.ofColumn() {
		return Header{Meaning: m, Number: number, Exact: true}
	}
	for _, w := range words {
		if table[w].means == meansAnother {
			return Header{Another: true}
		}
	}
	words = slices.DeleteFunc(words, func(w string) bool { return table[w].means == meansWhich })
	for from := range words {
		if n := table[strings.Join(words[from:], "")]; n.means.ofColumn() && (from == 0 || !n.alone) {
			return Header{Meaning: n.means, Number: number}
		}
	}
	return Header{}
}

// headerKey is what the spellings of one name share.
func headerKey(name string) string { return strings.ReplaceAll(FoldWords(name), " ", "") }

// headerWords are the words of a name, and the one digit that stands alone
// among them, or behind a word, or 0.
func headerWords(name string) (words []string, number int) {
	var b strings.Builder
	var last rune
	for _, r := range name { // eMail2 is written e Mail 2
		if unicode.IsUpper(r) && unicode.IsLower(last) || unicode.IsDigit(r) != unicode.IsDigit(last) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		last = r
	}
	for _, w := range strings.Fields(FoldWords(b.String())) {
		if len(w) == 1 && w[0] >= '1' && w[0] <= headerNumberMax && number == 0 {
			number = int(w[0] - '0')
			continue
		}
		words = append(words, w)
	}
	return words, number
}

// headerName is a name of the word list.
type headerName struct {
	means Meaning
	alone bool // it ends no longer name
}

// headerAlone marks a name of the word list that ends no longer name.
const headerAlone = "="

// headers is the word list by key. Umlauts are there in both spellings.
var headers = sync.OnceValue(func() map[string]headerName {
	table := map[string]headerName{}
	for _, line := range lines("headers") {
		meaning, names, ok := strings.Cut(line, ":")
		if !ok {
			panic("canon: headers.txt: " + line) // the list is part of the program
		}
		for name := range strings.SplitSeq(names, ",") {
			name, alone := strings.CutPrefix(strings.TrimSpace(name), headerAlone)
			table[headerKey(name)] = headerName{Meaning(meaning), alone}
			table[headerKey(FoldGerman(name))] = headerName{Meaning(meaning), alone}
		}
	}
	return table
})
