package canon

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// dateBytesMax bounds the text of a date and of a layout.
const dateBytesMax = 100

// ParseDate reads a date, with or without a time, as the layout writes
// 2 January 2006, 15:04:05 (Go's reference time): "02.01.2006", "1/2/2006",
// "2006-01-02 15:04". A time without a zone is in UTC. With the layout "" the
// form is guessed among those that mean one day only: ISO 8601, day.month.year
// with full stops, year first with slashes, a month written as a word, and
// 3/25/2024, where one number can only be the day. 3/4/2024 and years of two
// digits are errors: name the layout.
func ParseDate(s, layout string) (time.Time, error) {
	if len(s) > dateBytesMax {
		return time.Time{}, tooLong(s, "a date", dateBytesMax)
	}
	l, err := NewDateLayout(layout)
	if err != nil {
		return time.Time{}, err
	}
	return l.Parse(s)
}

// DateLayout is a layout of ParseDate that is checked once for many dates. The
// zero DateLayout is that of "".
type DateLayout struct{ layout string }

// NewDateLayout refuses a layout that names no year, month or day.
func NewDateLayout(layout string) (DateLayout, error) {
	if len(layout) > dateBytesMax {
		return DateLayout{}, tooLong(layout, "the layout of a date", dateBytesMax)
	}
	if layout != "" {
		if err := checkLayout(layout); err != nil {
			return DateLayout{}, err
		}
	}
	return DateLayout{layout}, nil
}

// Parse is ParseDate with the layout.
func (l DateLayout) Parse(s string) (time.Time, error) {
	if len(s) > dateBytesMax {
		return time.Time{}, tooLong(s, "a date", dateBytesMax)
	}
	if l.layout == "" && len(s) == len("2006-01-02T15:04:05Z") && s[10] == 'T' { // as programs write it
		if t, err := time.Parse(time.RFC3339, s); err == nil {
			return t, nil
		}
	}
	text := Squish(norm.NFKC.String(s))
	if l.layout == "" {
		t, err := guessDate(text)
		if err != nil {
			return time.Time{}, fmt.Errorf("%s: %w", show(s), err)
		}
		return t, nil
	}
	t, err := time.Parse(l.layout, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s is not a date written as %s%s", show(s), show(l.layout), dateReason(err))
	}
	return t, nil
}

// dateReason is the part of time's error that says more than "does not fit".
func dateReason(err error) string {
	var p *time.ParseError
	if errors.As(err, &p) && strings.Contains(p.Message, "out of range") {
		return p.Message
	}
	return ""
}

// checkLayout refuses layouts in which no year stands as Go writes it, such as
// DD.MM.YYYY.
func checkLayout(layout string) error {
	if !strings.Contains(layout, "06") {
		return fmt.Errorf("the layout %s names no year; write it as the date 2 January 2006 would be written, such as 02.01.2006", show(layout))
	}
	a := time.Date(2011, 10, 17, 0, 0, 0, 0, time.UTC).Format(layout)
	b := time.Date(2011, 10, 18, 0, 0, 0, 0, time.UTC).Format(layout)
	c := time.Date(2011, 11, 17, 0, 0, 0, 0, time.UTC).Format(layout)
	if c == a || b == a && strings.ContainsAny(layout, "dD") {
		return fmt.Errorf("the layout %s names no month or day; write it as the date 2 January 2006 would be written, such as 02.01.2006", show(layout))
	}
	return nil
}

// isoLayouts are tried where the text begins with a year.
var isoLayouts = [...]string{
	"2006-01-02",
	time.RFC3339Nano,
	"2006-01-02T15:04:05",
	"2006-01-02T15:04",
	"2006-01-02T15:04Z07:00",
	"2006-01-02T15:04:05Z0700",
	"2006-01-02 15:04:05",
	"2006-01-02 15:04",
	"2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04:05 -0700",
	"2006-01-02 15:04:05 -0700 MST",
	"2006/01/02",
	"2006/1/2",
	"2006/01/02 15:04:05",
	"20060102",
	"20060102T150405Z",
}

var errDateUnknown = errors.New("no date is known that is written like this; name its layout, such as \"02.01.2006\"")

// guessDate reads the forms that mean one day only.
func guessDate(text string) (time.Time, error) {
	for _, layout := range isoLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	day, clock, err := cutClock(text)
	if err != nil {
		return time.Time{}, err
	}
	fields := strings.FieldsFunc(day, func(r rune) bool {
		return r == '.' || r == '/' || r == '-' || r == ' ' || r == ','
	})
	if len(fields) == 4 { // a weekday before the date
		if _, number := strconv.Atoi(fields[0]); number != nil && month(fields[0]) == 0 {
			fields = fields[1:]
		}
	}
	if len(fields) != 3 {
		return time.Time{}, errDateUnknown
	}
	t, err := guessFields(fields, strings.Count(day, ".") >= 2)
	if err != nil {
		return time.Time{}, err
	}
	return t.Add(clock), nil
}

// cutClock splits "25.12.2024 18:30" into its day and its time of day.
func cutClock(text string) (day string, clock time.Duration, err error) {
	colon := strings.IndexByte(text, ':')
	if colon < 0 {
		return text, 0, nil
	}
	space := strings.LastIndexByte(text[:colon], ' ')
	if space < 0 {
		return "", 0, errDateUnknown
	}
	for _, layout := range [...]string{"15:04:05", "15:04", "3:04 PM", "3:04:05 PM", "3:04PM"} {
		if t, err := time.Parse(layout, strings.ToUpper(text[space+1:])); err == nil {
			return strings.TrimRight(text[:space], ", "), t.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)), nil
		}
	}
	return "", 0, errDateUnknown
}

// guessFields finds day, month and year among three fields.
func guessFields(f []string, dotted bool) (time.Time, error) {
	if m := month(f[1]); m != 0 {
		return newDate(f[2], m, f[0])
	}
	if m := month(f[0]); m != 0 {
		return newDate(f[2], m, f[1])
	}
	a, errA := strconv.Atoi(f[0])
	b, errB := strconv.Atoi(f[1])
	if errA != nil || errB != nil || !digitsOnly(f[0]+f[1]+f[2]) {
		return time.Time{}, errDateUnknown
	}
	switch {
	case len(f[0]) == 4:
		return newDate(f[0], time.Month(b), f[2])
	case dotted || a > 12 || a == b:
		return newDate(f[2], time.Month(b), f[0])
	case b > 12:
		return newDate(f[2], time.Month(a), f[1])
	}
	return time.Time{}, fmt.Errorf("may be the %d/%d or the %d/%d; name its layout, such as \"02/01/2006\" for the day first", a, b, b, a)
}

// newDate checks that the day exists.
func newDate(year string, m time.Month, day string) (time.Time, error) {
	if digitsOnly(year) && len(year) == 2 {
		return time.Time{}, errors.New("a year of two digits may be of two centuries; name its layout, such as \"02.01.06\"")
	}
	y, errYear := strconv.Atoi(year)
	d, errDay := strconv.Atoi(strings.TrimRight(day, "stndrhe"))
	if errYear != nil || errDay != nil || len(year) != 4 {
		return time.Time{}, errDateUnknown
	}
	t := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	if t.Year() != y || t.Month() != m || t.Day() != d {
		return time.Time{}, errors.New("there is no such day")
	}
	return t, nil
}

// month is the month that a word names in one of the listed languages, or 0.
func month(word string) time.Month {
	if word == "" || !unicode.IsLetter([]rune(word)[0]) {
		return 0
	}
	return months()[FoldWords(word)]
}

// months reads lines such as "1 January Jan Januar Jänner".
var months = sync.OnceValue(func() map[string]time.Month {
	table := map[string]time.Month{}
	for _, line := range lines("months") {
		words := strings.Fields(line)
		n, err := strconv.Atoi(words[0])
		if err != nil {
			panic("canon: months.txt: " + line) // the list is part of the program
		}
		for _, w := range words[1:] {
			table[FoldWords(w)] = time.Month(n)
		}
	}
	return table
})
