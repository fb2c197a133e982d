// Command rows writes the CSV file of the benchmark: people with an e-mail,
// the same bytes for the same flags.
//
// Edition 1 is the list of today. Edition 2 is the list of tomorrow: of a
// hundred people five have left and five have come, five have a new phone
// number, two have moved, and the others are as they were.
//
// A file has one of three forms: list is what pipeline.yaml reads; numbered has the
// customer number of each person, too; and target is what a file of contacts holds
// once a list is written to it.
package main

import (
	"bufio"
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"strings"
)

func main() {
	n := flag.Int("n", 100_000, "number of rows")
	edition := flag.Int("edition", 1, "1 or 2")
	form := flag.String("form", "list", "list, numbered or target")
	out := flag.String("o", "", "file to write")
	flag.Parse()
	if err := write(*out, *n, *edition, *form); err != nil {
		fmt.Fprintln(os.Stderr, "rows:", err)
		os.Exit(1)
	}
}

// share is how many people of a hundred leave, come, or get a new phone.
const share = 5

// The columns by form.
var headers = map[string][]string{
	"list":     {"id", "email", "given", "family", "company", "street", "postcode", "city", "phone"},
	"numbered": {"id", "email", "given", "family", "company", "street", "postcode", "city", "phone", "number"},
	"target":   {"customer_number", "email", "first_name", "last_name", "company_name", "address", "postal_code", "city", "phone"},
}

func write(path string, n, edition int, form string) error {
	header := headers[form]
	if path == "" || n < 1 || edition < 1 || edition > 2 || header == nil {
		return fmt.Errorf("-o FILE is needed, -n is at least 1, -edition is 1 or 2, -form is list, numbered or target")
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	b := bufio.NewWriter(f)
	w := csv.NewWriter(b)
	if err := w.Write(header); err != nil {
		return err
	}
	for i := range n {
		// Those who left make room at the end for those who came.
		person := i
		if edition == 2 && i%100 < share {
			person = n + i
		}
		if err := w.Write(formed(row(person, edition), person, form)); err != nil {
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

// formed is a row of a list in another form.
func formed(row []string, person int, form string) []string {
	number := fmt.Sprintf("K%07d", person)
	switch form {
	case "numbered":
		return append(row, number)
	case "target":
		area, rest, _ := strings.Cut(row[len(row)-1], " ")
		row[0], row[len(row)-1] = number, "+49"+strings.TrimPrefix(area, "0")+rest
	}
	return row
}

var (
	givenNames = strings.Fields("Anna Ben Clara David Emma Felix Greta Hannes Ida Jonas Klara Leon Mia Noah Olga Paul Rosa Samuel Tilda Ulrich Vera Walter Yusuf Zoe Adrian Britta Carsten Doris Emil Frieda")
	familyHead = strings.Fields("Ahl Berg Birk Brand Dorn Eich Erlen Fels Fisch Gold Hag Hirsch Holz Kalt Kirch Kron Lind Licht Markt Nord Ober Rein Rosen Sand Schnee Stein Tann Wald Wein Winter")
	familyTail = strings.Fields("bach bauer berger feld haus heim hof horst kamp mann meister mayer rieder schmidt stein thal wald weg wirth zeller")
	trades     = strings.Fields("Messebau Bühnentechnik Verlag Druck Catering Logistik Licht Ton Möbel Software")
	forms      = strings.Fields("GmbH AG KG OHG GbR")
	cities     = strings.Fields("Berlin Hamburg München Köln Leipzig Dresden Kiel Bremen Mainz Ulm Jena Halle Essen Bonn Aachen Erfurt")
	streets    = strings.Fields("Hauptstraße Bahnhofstraße Gartenweg Lindenallee Marktplatz Schulgasse Ringstraße Am-Hafen")
)

// row is one person; everything follows from the number.
func row(person, edition int) []string {
	r := &random{state: uint64(person) + 1}
	given, family := pick(r, givenNames), pick(r, familyHead)+pick(r, familyTail)
	owner := pick(r, familyHead) + pick(r, familyTail)
	company := owner + " " + pick(r, trades) + " " + pick(r, forms)
	street := fmt.Sprintf("%s %d", strings.ReplaceAll(pick(r, streets), "-", " "), 1+r.below(180))
	postcode, city := fmt.Sprintf("%05d", 1000+r.below(98_000)), pick(r, cities)
	phone := 10_000_000 + r.below(89_999_999)
	email := fmt.Sprintf("%c.%s@%s-%d.example", strings.ToLower(given)[0], strings.ToLower(family), strings.ToLower(owner), person)
	if edition == 2 {
		switch hundredth := person % 100; {
		case hundredth >= 10 && hundredth < 10+share:
			phone = 10_000_000 + r.below(89_999_999)
		case hundredth == 20 || hundredth == 21:
			street, city = fmt.Sprintf("Neue Straße %d", 1+r.below(180)), pick(r, cities)
		}
	}
	return []string{fmt.Sprintf("P%07d", person), email, given, family, company, street, postcode, city, fmt.Sprintf("030 %d", phone)}
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

func pick(r *random, from []string) string { return from[r.below(len(from))] }
