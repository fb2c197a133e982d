// Command gen writes the CSV file of the rows benchmark: contacts as an
// exhibition keeps them, in mixed quality, and the organisations that they work
// for. The same flags give the same bytes.
package main

import (
	"bufio"
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

func main() {
	n := flag.Int("n", 1_000_000, "number of rows")
	out := flag.String("o", "", "file of contacts to write")
	organizations := flag.String("organizations", "", "file of organisations to write; empty: none")
	flag.Parse()
	if err := run(*n, *out, *organizations); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(n int, out, organizations string) error {
	if out == "" || n < 0 {
		return fmt.Errorf("-o FILE is needed, and -n must not be negative")
	}
	if organizations != "" {
		rows := [][]string{{"name", "legal_name"}}
		for _, name := range clients() {
			rows = append(rows, []string{name, name + " GmbH"})
		}
		if err := write(organizations, len(rows), func(i int) []string { return rows[i] }); err != nil {
			return err
		}
	}
	return write(out, n+1, func(i int) []string {
		if i == 0 {
			return columns
		}
		return contact(uint64(i))
	})
}

func write(path string, n int, row func(int) []string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	b := bufio.NewWriterSize(f, 1<<20)
	w := csv.NewWriter(b)
	for i := range n {
		if err := w.Write(row(i)); err != nil {
			return err
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	if err := b.Flush(); err != nil {
		return err
	}
	return f.Close()
}

var columns = strings.Fields(`uuid name type email_1 email_2 email_3 phone_1 phone_2 phone_3
	address_line_1 address_line_2 address_line_3 address_city address_state address_postcode address_country
	website client created updated cf_department cf_rating cf_day_rate cf_notes`)

// at is the place of a column.
var at = func() map[string]int {
	places := map[string]int{}
	for i, c := range columns {
		places[c] = i
	}
	return places
}()

// place is a town, what its postcodes and phone numbers look like (# is a
// digit), and how people write its country.
type place struct {
	city, state, postcode, phone, domain string
	countries                            []string
}

var (
	german  = []string{"Germany", "Deutschland", "germany", "DEUTSCHLAND", " Germany ", "DE", "BRD"}
	british = []string{"United Kingdom", "UK", "England", "Großbritannien", "Vereinigtes Königreich"}
	places  = []place{
		{"Leipzig", "Sachsen", "04###", "+49 341 ### ####", "de", german},
		{"Frankfurt am Main", "Hessen", "60###", "069 ### ####", "de", german},
		{"Nürnberg", "Bayern", "904##", "+49 911 ### ####", "de", german},
		{"Düsseldorf", "NRW", "402##", "(0211) ### ####", "de", german},
		{"Linz", "", "40##", "+43 732 ### ###", "at", []string{"Austria", "Österreich", "AT", "Oesterreich"}},
		{"Bern", "BE", "30##", "+41 31 ### ## ##", "ch", []string{"Switzerland", "Schweiz", "CH", "SCHWEIZ"}},
		{"Bristol", "", "BS# #TH", "+44 117 ### ####", "co.uk", british},
		{"Leeds", "", "LS# #AB", "0113 ### ####", "co.uk", british},
		{"Lyon", "", "690##", "+33 4 ## ## ## ##", "fr", []string{"France", "Frankreich", "FRANCE"}},
		{"Utrecht", "", "35## KL", "+31 30 ### ####", "nl", []string{"Netherlands", "Niederlande", "The Netherlands", "Holland"}},
		{"Torino", "TO", "101##", "+39 011 ### ####", "it", []string{"Italy", "Italien"}},
		{"Valencia", "", "460##", "+34 96 ### ## ##", "es", []string{"Spain", "Spanien"}},
		{"Chicago", "IL", "606##", "+1 312 ### ####", "com", []string{"United States", "USA", "Vereinigte Staaten", "United States of America"}},
		{"Gdańsk", "", "80-###", "+48 58 ### ## ##", "pl", []string{"Poland", "Polen"}},
	}
	noCountries = []string{"Germeny", "Österr.", "unbekannt", "Atlantis"}

	given  = strings.Fields("Adele Bruno Carla Dietmar Elif Fabian Grit Hendrik Ines Jannis Käthe Lorenz Margarete Nils Ottilie Philipp Renate Sören Tomás Ursula Valérie Wilhelm Zuzanna Aoife Duncan Fiona Gareth Harriet Imogen Rhys Benoît Élodie Paolo Ilaria Álvaro Begoña Maciej Żaneta Joost Marijke")
	family = strings.Fields("Albrecht Böhme Conrad Dietrich Ebert Förster Gärtner Heinrich Ihle Jürgens Kästner Lorenz Möller Naumann Ostermann Pohl Quandt Rößler Sauer Thiel Ulbrich Voß Winkler Zöllner Ashworth Blythe Carmichael Draper Ellison Fairbanks Grimshaw Hawthorne Lefèvre Moreau Ferrari Ricci Ibáñez Núñez Wiśniewski Zieliński van_Dijk de_Boer von_der_Au O'Connor McBride")
	firms  = strings.Fields("Lichtspur Tonhof Rampenlicht Messewerk Standbau_Nord Bühnenkontor Kabel_&_Klang Traverse Leinwandhaus Kulissenbau Showtechnik_Süd Eventhafen Stagehand Lightbridge Soundfield Trusswork")
	forms  = []string{" GmbH", " AG", " KG", " Ltd", " LLC", " S.r.l.", " e.K.", " GmbH & Co. KG", ""}
	street = strings.Fields("Lindenweg Am_Markt Schulstraße Poststr. Ringstraße Kirchgasse Park_Lane Queen_Street Rue_du_Port Via_Verdi Calle_del_Sol Market_Place")
	teams  = []string{"Light", "Ton", "Bühne", "Catering", "Front of House", "Rigging", "Video", ""}
	notes  = []string{"", "", "", "", "calls back, usually", "\"no calls\" before noon", "Stammgast", "spricht EN, FR, PL"}
)

func spaced(s string) string { return strings.ReplaceAll(s, "_", " ") }

func clients() []string {
	names := make([]string, len(firms))
	for i, f := range firms {
		names[i] = spaced(f)
	}
	return names
}

// letters writes a name as people write it in an address of e-mail.
var letters = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ö", "Oe", "ß", "ss", "é", "e", "É", "E", "è", "e", "ê", "e", "î", "i", "á", "a", "Á", "A", "ú", "u", "ñ", "n", "ń", "n", "ś", "s", "Ż", "Z", "'", "", "_", "", " ", "-", "&", "und")

// contact is one row; everything follows from its number.
func contact(number uint64) []string {
	r := &random{state: number * 0xd1342543de82ef95}
	row := make([]string, len(columns))
	set := func(column, value string) { row[at[column]] = value }
	where := &places[r.below(len(places))]
	firm := spaced(pick(r, firms))
	domain := strings.ToLower(letters.Replace(firm)) + "." + where.domain
	set("uuid", fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", r.below(1<<32), r.below(1<<16), r.below(1<<12), r.below(1<<12), r.below(1<<48)))
	if r.below(100) < 30 {
		set("name", firm+pick(r, forms))
		set("type", pick(r, []string{"company", "Company", "firma"}))
		set("email_1", "kontakt@"+domain)
		set("website", "https://"+domain)
	} else {
		r.person(set, domain)
	}
	switch row1 := row[at["email_1"]]; r.below(100) {
	case 0, 1, 2:
		set("email_1", "")
	case 3, 4:
		set("email_1", strings.Replace(row1, "@", "(at)", 1))
	case 5:
		set("email_1", strings.TrimSuffix(strings.TrimSpace(row1), "."+where.domain))
	}
	r.place(set, where, firm)
	r.rest(set)
	return row
}

func (r *random) person(set func(column, value string), domain string) {
	first, last := pick(r, given), spaced(pick(r, family))
	name := first + " " + last
	switch r.below(20) {
	case 0:
		name = last + ", " + first
	case 1:
		name = " " + first + "   " + last + " "
	case 2:
		name = first
	}
	set("name", name)
	set("type", pick(r, []string{"person", "Person", "freelancer", "person", ""}))
	local := letters.Replace(first) + "." + letters.Replace(last)
	if r.below(4) > 0 {
		local = strings.ToLower(local)
	}
	email := local + r.digits("##") + "@" + domain
	if r.below(12) == 0 {
		email = " " + email + " "
	}
	set("email_1", email)
	if r.below(3) == 0 {
		set("email_2", strings.ToLower(letters.Replace(last))+r.digits("####")+"@mail.example")
	}
	if r.below(20) == 0 {
		set("email_3", strings.ToLower(letters.Replace(first))+"@post.example")
	}
}

func (r *random) place(set func(column, value string), where *place, firm string) {
	set("phone_1", r.digits(where.phone))
	if r.below(2) == 0 {
		set("phone_2", r.digits("+49 16# #######"))
	}
	if r.below(15) == 0 {
		set("phone_3", r.digits("(0341) ###-##"))
	}
	set("address_line_1", spaced(pick(r, street))+" "+r.digits("##"))
	if r.below(4) == 0 {
		set("address_line_2", pick(r, []string{"Rückgebäude", "3. Stock", "Unit 5", "c/o " + firm, "Halle 2, Tor B"}))
	}
	if r.below(25) == 0 {
		set("address_line_3", "Eingang "+pick(r, []string{"A", "B", "C"}))
	}
	set("address_city", where.city)
	set("address_state", where.state)
	set("address_postcode", r.digits(where.postcode))
	switch r.below(50) {
	case 0:
	case 1:
		set("address_country", pick(r, noCountries))
	default:
		set("address_country", pick(r, where.countries))
	}
}

func (r *random) rest(set func(column, value string)) {
	if r.below(10) < 3 {
		set("client", spaced(pick(r, firms)))
	}
	created := time.Date(2019, 6, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.below(6*365*86400)) * time.Second)
	set("created", created.Format(time.RFC3339))
	set("updated", created.Add(time.Duration(r.below(300*86400))*time.Second).Format(time.RFC3339))
	set("cf_department", pick(r, teams))
	switch k := r.below(100); {
	case k < 55:
	case k < 97:
		set("cf_rating", string(rune('1'+r.below(5))))
	case k < 98:
		set("cf_rating", "0")
	case k < 99:
		set("cf_rating", "8")
	default:
		set("cf_rating", "gut")
	}
	if r.below(3) > 0 {
		set("cf_day_rate", fmt.Sprintf("%d.%02d", 120+r.below(900), 25*r.below(4)))
	}
	set("cf_notes", pick(r, notes))
}

// random is the generator splitmix64: small, and the same everywhere.
type random struct{ state uint64 }

func (r *random) below(n int) int {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % uint64(n))
}

func pick[T any](r *random, from []T) T { return from[r.below(len(from))] }

// digits puts a digit in the place of each #.
func (r *random) digits(shape string) string {
	b := []byte(shape)
	for i := range b {
		if b[i] == '#' {
			b[i] = byte('0' + r.below(10))
		}
	}
	return string(b)
}
