package draft_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dsl/draft"
)

// numbered are rows "number|name|e-mail", each with values of its own.
func numbered(n int) (rows []string) {
	for i := range n {
		rows = append(rows, "K"+strconv.Itoa(100+i)+"|Anna"+strconv.Itoa(i)+"|a"+strconv.Itoa(i)+"@example.com")
	}
	return rows
}

func TestBlankRowsTakeNoIDAway(t *testing.T) {
	const header = "Kundennr|Vorname|E-Mail"
	for name, c := range map[string]struct {
		rows []string
		id   bool
		want string
	}{
		"a line of delimiters":    {append(numbered(30), "||", "  | |"), true, `"Kundennr": all 30 rows have a value of their own`},
		"a row without a number":  {append(numbered(30), "|Ben|b@example.com"), true, `"Kundennr": 30 of 31 rows have a value, each its own`},
		"many without a number":   {append(numbered(6), "|Ben|b@example.com"), false, `"Kundennr" is no id (rows without a value: 1)`},
		"a number that two have":  {append(numbered(30), "K100|Ben|b@example.com"), false, `"Kundennr" is no id (rows with the value of an earlier row: 1)`},
		"nothing but blank lines": {[]string{"||", "||"}, false, "No column was found that names a row"},
	} {
		t.Run(name, func(t *testing.T) {
			text := textOf(t, draft.Config{Files: []draft.File{fileOf(t, "in.csv", header, c.rows...)}})
			if strings.Contains(text, "\n    id: Kundennr\n") != c.id || !strings.Contains(text, c.want) {
				t.Errorf("want id %v and %q in\n%s", c.id, c.want, text)
			}
			blank := strings.Contains(strings.Join(c.rows, "\n"), "||")
			if strings.Contains(text, "where: 'Kundennr != nil or Vorname != nil or row[\"E-Mail\"] != nil'\n") != blank {
				t.Errorf("want rows without values left out: %v, in\n%s", blank, text)
			}
		})
	}
}

// What fairs and clubs call their numbers names the rows, whichever way it is written.
func TestNumbersOfFairsAreIDs(t *testing.T) {
	for _, name := range []string{"Aussteller-Nr.", "AusstellerNr", "Aussteller-ID", "Ausstellernummer", "Exhibitor ID", "Exhibitor No.",
		"exhibitor_number", "Besucher-Nr.", "Teilnehmer-Nr.", "TeilnehmerID", "Mitglieds-Nr.", "Mitgliedsnummer", "Ticket-Nr.", "Badge ID"} {
		// Short numbers in no order: the values alone would not say it.
		text := textOf(t, draft.Config{Files: []draft.File{fileOf(t, "in.csv", name+"|Vorname|E-Mail", "47|Anna|a@example.com", "311|Ben|b@example.com", "9|Cleo|c@example.com")}})
		if !strings.Contains(text, `"`+name+`": all 3 rows have a value of their own`) || !strings.Contains(text, "\n    id: ") {
			t.Errorf("%s is no id in\n%s", name, text)
		}
	}
}

// A number whose owner nobody knows is taken where no better one is there, and a person
// is asked to check.
func TestNumbersOfSomethingMayBeIDs(t *testing.T) {
	const check = "check that it stays the same when a row changes"
	rows := []string{"47|11|Anna|a@example.com", "311|12|Ben|b@example.com", "9|13|Cleo|c@example.com"}
	for header, want := range map[string]string{
		"Vorgangs-Nr.|Foo|Vorname|E-Mail":    `"Vorgangs-Nr.": it is called like a number of something, but all 3 rows have a value of their own; ` + check,
		"Foo|Vorgangs-Nr.|Vorname|E-Mail":    `"Vorgangs-Nr.": it is called like a number of something`,
		"Stand-Nr.|Besucher-ID|Name|E-Mail":  `"Besucher-ID": all 3 rows have a value of their own`,
		"Umsatz|Lauf|Vorname|E-Mail":         `"Lauf": its name says nothing, but all 3 rows`,
		"Telefon-Nr.|Faxnummer|Name|E-Mail":  "No column was found that names a row",
		"Hausnummer|Postnummer|Name|E-Mail":  "No column was found that names a row",
		"Geburts-Ort|Anzahl|Vorname|Fax-Nr.": `"Anzahl": its name says nothing`,
	} {
		text := textOf(t, draft.Config{Files: []draft.File{fileOf(t, "in.csv", header, rows...)}})
		if !strings.Contains(text, want) {
			t.Errorf("%s: want %q in\n%s", header, want, text)
		}
	}
	text := textOf(t, draft.Config{Files: []draft.File{fileOf(t, "in.csv", "Vorgangs-Nr.|Foo|Vorname|E-Mail", append(rows, "47|7|Dora|d@example.com")...)}})
	if strings.Contains(text, "\n    id: ") {
		t.Errorf("a number that two rows have is no id, the draft\n%s", text)
	}
}

// Two numbers are two contacts only where nobody has two.
func TestNeverNeedsValuesThatSupportIt(t *testing.T) {
	const header = "Kundennr|Vorname|E-Mail"
	const line = "\n      never: [customer_number]"
	for name, c := range map[string]struct {
		rows []string
		want bool
		why  string
	}{
		"each has one":                 {numbered(10), true, "in 10 rows nobody has two under one name and e-mail address"},
		"one person has two":           {append(numbered(10), "K999|ANNA3|A3@example.com"), false, "with one name and e-mail address: 1. Now they are one contact."},
		"two people on one mailbox":    {append(numbered(10), "K999|Ben|a3@example.com"), true, "in 11 rows nobody"},
		"nobody has an e-mail address": {[]string{"K1|Anna|", "K2|Ben|", "K3|Cleo|", "K4|Dora|"}, false, "too few rows have a number and an e-mail address"},
		"no rows":                      {nil, false, "too few rows"},
	} {
		t.Run(name, func(t *testing.T) {
			text := textOf(t, draft.Config{Files: []draft.File{fileOf(t, "in.csv", header, c.rows...)}})
			if strings.Contains(text, line) != c.want || !strings.Contains(text, c.why) {
				t.Errorf("want never %v and %q in\n%s", c.want, c.why, text)
			}
		})
	}
}

// A column of dates with a mistake is told as such, and nothing is converted.
func TestDatesWithMistakes(t *testing.T) {
	rows := []string{"1|02.02.1980", "2|13.03.1980", "3|31.02.1980", "4|05.05.1980", "5|06.06.1980"}
	text := textOf(t, draft.Config{Target: draft.TargetFile, Files: []draft.File{fileOf(t, "in.csv", "nr|Geburtstag", rows...)}})
	if !strings.Contains(text, `"Geburtstag": dates (day.month.year), but values that are none: 1`) || !strings.Contains(text, "geburtstag: Geburtstag\n") {
		t.Errorf("the draft\n%s", text)
	}
	text = textOf(t, draft.Config{Target: draft.TargetFile, Files: []draft.File{fileOf(t, "in.csv", "nr|Geburtstag", "1|heute", "2|gestern", "3|31.02.1980")}})
	if !strings.Contains(text, `"Geburtstag": text`) {
		t.Errorf("words are no dates, the draft\n%s", text)
	}
}
