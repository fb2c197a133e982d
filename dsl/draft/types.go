package draft

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// layouts are the ways to write a date that are tried, each with its name for
// people. Where people type days, a layout takes one digit and two: what the
// sample has two of in each row, the next row may have one of.
var layouts = []struct{ layout, name string }{
	{"2006-01-02", "year-month-day"},
	{"2006-01-02 15:04:05", "year-month-day and time"},
	{"2006-01-02 15:04", "year-month-day and time"},
	{time.RFC3339, "ISO 8601 with zone"},
	{"2006-01-02T15:04:05", "ISO 8601"},
	{"2.1.2006", "day.month.year"},
	{"2.1.2006 15:04", "day.month.year and time"},
	{"2.1.2006 15:04:05", "day.month.year and time"},
	{"2/1/2006", "day/month/year"},
	{"1/2/2006", "month/day/year"},
	{"2/1/2006 15:04", "day/month/year and time"},
	{"1/2/2006 15:04", "month/day/year and time"},
	{"2006/01/02", "year/month/day"},
	{"2 Jan 2006", "day, month as a word, year"},
}

// marks are the ways to write a number that are tried.
var marks = []canon.Marks{
	{Decimal: "."},
	{Decimal: ","},
	{Decimal: ",", Thousands: "."},
	{Decimal: ".", Thousands: ","},
	{Decimal: ",", Thousands: " "},
	{Decimal: ".", Thousands: "'"},
}

// dateBytes are the shortest and the longest text that may be a date.
const (
	dateBytesMin = 8
	dateBytesMax = 35
)

var dateStart = regexp.MustCompile(`^\d{1,4}[-./ ](\d{1,2}|[A-Z][a-z]{2})[-./ ]\d{2,4}`)

func dateShaped(text string) bool {
	return len(text) >= dateBytesMin && len(text) <= dateBytesMax && text[0] >= '0' && text[0] <= '9' && dateStart.MatchString(text) &&
		!phoneGroups.MatchString(text)
}

// phoneGroups is what begins like a phone number and could be taken for a day:
// 030.12.3456 is none.
var phoneGroups = regexp.MustCompile(`^0\d\d`)

// typeGuess is which types all values that were seen fit. A type that one value
// does not fit is out for good: a conversion that fails rejects its row.
type typeGuess struct {
	any            bool // a value was seen
	integer, yesNo bool
	zeros          bool // digits with a leading zero: a code, not a number
	words          bool // yes or no in words, not 1 and 0 alone
	layouts        []bool
	marks          []bool
	dates, numbers bool
	values         int   // that were seen
	misses         []int // by layout: values that it does not fit; see dateMissesMax
}

// A column in which few values are no dates, such as 31.02.1980, is one of dates
// with mistakes. No value is converted there, but a person is told.
const (
	dateMissesMax = 20   // values; a layout that does not fit more is out
	dateShareMin  = 0.80 // of the values, for a column of dates with mistakes
)

func newTypeGuess() *typeGuess {
	g := &typeGuess{integer: true, yesNo: true, dates: true, numbers: true, layouts: make([]bool, len(layouts)), marks: make([]bool, len(marks)), misses: make([]int, len(layouts))}
	for i := range g.layouts {
		g.layouts[i] = true
	}
	for i := range g.marks {
		g.marks[i] = true
	}
	return g
}

// text says that a value is nothing but text.
func (g *typeGuess) text() {
	g.any, g.integer, g.yesNo, g.numbers = true, false, false, false
	g.lookAtDate("")
}

func (g *typeGuess) look(text string) {
	g.any = true
	text = strings.TrimSpace(text)
	if g.yesNo {
		_, err := canon.ParseBool(text)
		g.yesNo = err == nil
		g.words = g.words || len(text) > 1
	}
	if g.integer {
		_, err := strconv.ParseInt(text, 10, 64)
		g.integer = err == nil
		g.zeros = g.zeros || len(text) > 1 && text[0] == '0'
	}
	if g.numbers {
		g.numbers = false
		for i, m := range marks {
			if g.marks[i] {
				_, err := canon.ParseFloat(text, m)
				g.marks[i] = err == nil
			}
			g.numbers = g.numbers || g.marks[i]
		}
	}
	g.lookAtDate(text)
}

func (g *typeGuess) lookAtDate(text string) {
	g.values++
	g.dates = false
	shaped := dateShaped(text)
	for i, l := range layouts {
		if g.misses[i] > dateMissesMax {
			continue
		}
		fits := false
		if shaped {
			_, err := time.Parse(l.layout, text)
			fits = err == nil
		}
		if !fits {
			g.misses[i]++
			g.layouts[i] = false
		}
		g.dates = g.dates || g.layouts[i]
	}
}

// guess is the type of a column of text, for a person and for an expression.
type guess struct {
	say    string // such as "dates (day.month.year)"
	call   string // an expression with %s for the column; "" for text
	date   bool
	unsure bool // the values fit two readings, and a person must choose
}

// guess says what all values are.
func (g *typeGuess) guess() guess {
	switch {
	case !g.any:
		return guess{say: "empty"}
	case g.dates:
		return g.dateGuess()
	case g.integer && !g.zeros:
		return guess{say: "whole numbers", call: "int(%s)"}
	case g.integer:
		return guess{say: "digits with leading zeros, so text"}
	case g.yesNo && g.words:
		return guess{say: "yes or no", call: "bool(%s)"}
	case g.numbers:
		return g.numberGuess()
	}
	if nearly, ok := g.nearlyDates(); ok {
		return nearly
	}
	return guess{say: "text"}
}

// nearlyDates is the guess of a column of which all values but a few are dates.
func (g *typeGuess) nearlyDates() (guess, bool) {
	best := 0
	for i, n := range g.misses {
		if n < g.misses[best] {
			best = i
		}
	}
	n := g.misses[best]
	if n > dateMissesMax || float64(g.values-n) < dateShareMin*float64(g.values) {
		return guess{}, false
	}
	return guess{say: fmt.Sprintf("dates (%s), but values that are none: %s", layouts[best].name, thousands(n)),
		call: `parse_date(%s, "` + layouts[best].layout + `")`, date: true, unsure: true}, true
}

func (g *typeGuess) dateGuess() guess {
	var fits []int
	for i, ok := range g.layouts {
		if ok {
			fits = append(fits, i)
		}
	}
	layout := layouts[fits[0]].layout
	say := "dates (" + layouts[fits[0]].name + ")"
	if len(fits) > 1 {
		say = "dates (" + layouts[fits[0]].name + " or " + layouts[fits[1]].name + ": no value tells which, check the layout)"
	}
	return guess{say: say, call: `parse_date(%s, "` + layout + `")`, date: true, unsure: len(fits) > 1}
}

func (g *typeGuess) numberGuess() guess {
	var fits []canon.Marks
	for i, ok := range g.marks {
		if ok {
			fits = append(fits, marks[i])
		}
	}
	m := fits[0]
	say := "numbers with a decimal " + markName(m.Decimal)
	if m.Thousands != "" {
		say += " and " + markName(m.Thousands) + "s between thousands"
	}
	unsure := len(fits) > 1 && fits[0].Decimal != fits[1].Decimal && fits[1].Thousands == fits[0].Decimal
	if unsure {
		say += " (or whole ones with that mark between thousands: no value tells which, check the marks)"
	}
	if m == (canon.Marks{Decimal: ","}) && slices.Contains(fits, canon.Marks{Decimal: ",", Thousands: "."}) {
		m.Thousands = "." // 12,50 today may be 1.234,56 tomorrow
	}
	call := "float(%s)"
	switch {
	case m.Thousands != "":
		call = `float(%s, "` + m.Decimal + `", "` + m.Thousands + `")`
	case m.Decimal != ".":
		call = `float(%s, "` + m.Decimal + `")`
	}
	return guess{say: say, call: call, unsure: unsure}
}

func markName(mark string) string {
	switch mark {
	case ".":
		return "point"
	case ",":
		return "comma"
	case " ":
		return "space"
	default:
		return "apostrophe"
	}
}
