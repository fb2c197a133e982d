package norm

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// Date is a day as a number, and what else it may be.
type Date struct {
	Day     uint32 // yyyymmdd, with 00 for a month or day that is not said; 0: not a date
	Swapped uint32 // Day with day and month exchanged, where that is a day and another one; else 0
	Exists  bool   // false when the form is a date's, but there is no such day: 19850231
}

// DateOrder says how a date of three numbers is meant when the year is last.
type DateOrder uint8

// The orders.
const (
	OrderUnknown DateOrder = iota // 3/4/2024 is 4 March, 3.4.2024 and 3-4-2024 are 3 April
	DayFirst
	MonthFirst
)

// The years that a date may have, and the last one of this century that two
// digits mean: 30 is 2030, 31 is 1931.
const (
	yearMin    = 1000
	yearMax    = 2999
	yearPivot  = 30
	dateDigits = len("20060102")
)

// dateBytesMax bounds the text that is looked at for a date.
const dateBytesMax = 100

// ReadDate reads a date, with or without a time of day: year first, year last,
// eight digits, a month in words, a year of two digits (00 to 30 are 2000 to
// 2030), a year and month, a year alone. Where only one of day and month can be
// meant, order does not matter. Eight digits are a date also when there is no
// such day, since a slip of the keyboard is still evidence.
func ReadDate(s string, order DateOrder) Date {
	if len(s) > dateBytesMax {
		return Date{}
	}
	var f dateFields
	f.read(s)
	switch {
	case f.n == 1 && f.month == 0:
		return oneNumber(f.values[0], f.digits[0], order)
	case f.n+f.words == 2:
		return f.yearAndMonth()
	case f.n == 2 && f.words == 1:
		return f.withWord()
	case f.n == 3 && f.words == 0:
		return f.threeNumbers(order)
	}
	return Date{}
}

// dateFields are the numbers and the month of a text.
type dateFields struct {
	values [3]uint32
	digits [3]int
	n      int
	words  int
	month  uint32 // that a word names
	sign   byte   // behind the first number
}

// read takes the fields up to where a time of day begins.
func (f *dateFields) read(s string) {
	for i := 0; i < len(s) && f.n+f.words < len(f.values); {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			end, value := i, uint32(0)
			for ; end < len(s) && s[end] >= '0' && s[end] <= '9'; end++ {
				if end-i < dateDigits {
					value = value*10 + uint32(s[end]-'0')
				}
			}
			if end < len(s) && s[end] == ':' {
				return
			}
			f.values[f.n], f.digits[f.n] = value, end-i
			f.n++
			if end < len(s) && f.n == 1 {
				f.sign = s[end]
				if end-i == dateDigits && f.sign|0x20 == 't' {
					return
				}
			}
			i = end
		case c|0x20 >= 'a' && c|0x20 <= 'z' || c >= utf8.RuneSelf:
			end := i + 1
			for end < len(s) && (s[end]|0x20 >= 'a' && s[end]|0x20 <= 'z' || s[end] >= utf8.RuneSelf) {
				end++
			}
			var buf [dateBytesMax]byte
			if m := monthNames()[string(AppendFold(buf[:0], s[i:end]))]; m != 0 && f.words == 0 {
				f.month, f.words = m, 1
			}
			i = end
		default:
			i++
		}
	}
}

// oneNumber reads digits without signs.
func oneNumber(value uint32, digits int, order DateOrder) Date {
	switch digits {
	case len("2006"):
		if value >= yearMin && value <= yearMax {
			return Date{Day: value * 1_00_00, Exists: true}
		}
	case dateDigits, len("20060102150405"):
		year, month, day := value/1_00_00, value/100%100, value%100
		switch {
		case plausible(year) && exists(year, month, day):
			return newDate(year, month, day)
		case digits > dateDigits:
			return Date{}
		}
		first, second, last := value/1_00_00_00, value/1_00_00%100, value%1_00_00
		if order == MonthFirst {
			first, second = second, first
		}
		switch {
		case plausible(last) && exists(last, second, first):
			return newDate(last, second, first)
		case plausible(last) && exists(last, first, second):
			return newDate(last, first, second)
		case value == 0:
			return Date{}
		}
		return Date{Day: value}
	}
	return Date{}
}

func plausible(year uint32) bool { return year >= yearMin && year <= yearMax }

// yearAndMonth reads 2024-05, 05/2024 and May 2024.
func (f *dateFields) yearAndMonth() Date {
	year, month := f.values[0], f.month
	if f.n == 2 {
		month = f.values[1]
		if f.digits[0] != 4 {
			year, month = month, year
		}
	}
	if !plausible(year) || month < 1 || month > 12 {
		return Date{}
	}
	return Date{Day: year*1_00_00 + month*100, Exists: true}
}

// withWord reads a date whose month is a word.
func (f *dateFields) withWord() Date {
	day, year, digits := f.values[0], f.values[1], f.digits[1]
	if f.digits[0] > 2 {
		day, year, digits = year, day, f.digits[0]
	}
	if year = fullYear(year, digits); year == 0 || day > 31 {
		return Date{}
	}
	d := newDate(year, f.month, day)
	d.Swapped = 0
	return d
}

// threeNumbers reads a date of three numbers.
func (f *dateFields) threeNumbers(order DateOrder) Date {
	if f.digits[0] == 4 && f.digits[1] <= 2 && f.digits[2] <= 2 {
		if !plausible(f.values[0]) {
			return Date{}
		}
		return newDate(f.values[0], f.values[1], f.values[2])
	}
	year := fullYear(f.values[2], f.digits[2])
	if year == 0 || f.digits[0] > 2 || f.digits[1] > 2 {
		return Date{}
	}
	day, month := f.values[0], f.values[1]
	if order == MonthFirst || order == OrderUnknown && f.sign == '/' {
		day, month = month, day
	}
	return newDate(year, month, day)
}

// OrderOf is the order that a date itself shows: 25/3/2024 has the day first and
// 3/25/2024 the month. It is OrderUnknown where both can be meant, or neither.
func OrderOf(s string) DateOrder {
	if len(s) > dateBytesMax {
		return OrderUnknown
	}
	var f dateFields
	if f.read(s); f.n != 3 || f.words != 0 || f.digits[0] > 2 || f.digits[1] > 2 {
		return OrderUnknown
	}
	year := fullYear(f.values[2], f.digits[2])
	dayFirst, monthFirst := exists(year, f.values[1], f.values[0]), exists(year, f.values[0], f.values[1])
	switch {
	case year == 0 || dayFirst == monthFirst:
		return OrderUnknown
	case dayFirst:
		return DayFirst
	}
	return MonthFirst
}

// fullYear is the year that digits mean, or 0.
func fullYear(value uint32, digits int) uint32 {
	switch {
	case digits == 2 && value <= yearPivot:
		return 2000 + value
	case digits == 2:
		return 1900 + value
	case digits == 4 && plausible(value):
		return value
	}
	return 0
}

// newDate puts a date together; a month that is none is the day, where that
// helps.
func newDate(year, month, day uint32) Date {
	if month > 12 && day <= 12 && exists(year, day, month) {
		month, day = day, month
	}
	d := Date{Day: year*1_00_00 + month*100 + day, Exists: exists(year, month, day)}
	if d.Exists && day != month && exists(year, day, month) {
		d.Swapped = year*1_00_00 + day*100 + month
	}
	if month == 0 && day == 0 { // 1985-00-00
		d.Exists = true
	}
	return d
}

// exists reports a day of the Gregorian calendar.
func exists(year, month, day uint32) bool {
	if month < 1 || month > 12 || day < 1 {
		return false
	}
	last := uint32(31)
	switch month {
	case 4, 6, 9, 11:
		last = 30
	case 2:
		last = 28
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			last = 29
		}
	}
	return day <= last
}

// monthNames reads lines such as "1 January Jan Januar".
var monthNames = sync.OnceValue(func() map[string]uint32 {
	t := map[string]uint32{}
	for i, line := range canon.ListMonths.Entries() {
		for name := range strings.FieldsSeq(line) {
			if key := string(AppendFold(nil, name)); key[0] > '9' {
				t[key] = uint32(i + 1)
			}
		}
	}
	return t
})
