package file

import (
	"strconv"
	"time"
)

// What values take as text at most, or nearly always.
const (
	numberBytes = 20 // bytes
	boolBytes   = 5  // bytes
	timeBytes   = 27 // bytes
)

// centsMax is below the first number that is written with an exponent.
const centsMax = 100 * 1_000_000 // hundredths

// appendFloat writes a float so that it reads back as the same one, also where
// it has no fraction: as strconv does with the format g and no precision.
// Amounts of money, which most floats are, are written as hundredths: a number
// of up to 15 digits is the only one that short which reads as its float.
func appendFloat(b []byte, f float64) []byte {
	cents := int64(f * 100)
	if f < 0 {
		cents = int64(f*100 - 0.5)
	} else if f > 0 {
		cents = int64(f*100 + 0.5)
	}
	if cents == 0 || cents <= -centsMax || cents >= centsMax || float64(cents)/100 != f {
		return strconv.AppendFloat(b, f, 'g', -1, 64)
	}
	if cents < 0 {
		b, cents = append(b, '-'), -cents
	}
	b = strconv.AppendInt(b, cents/100, 10)
	tenths, rest := byte(cents/10%10), byte(cents%10)
	switch {
	case rest != 0:
		return append(b, '.', '0'+tenths, '0'+rest)
	case tenths != 0:
		return append(b, '.', '0'+tenths)
	}
	return b
}

// The years that RFC 3339 can write, in microseconds since 1970.
const (
	microsPerSecond = int64(time.Second / time.Microsecond)
	microsPerDay    = 24 * 3600 * microsPerSecond
	rfc3339First    = -719_528 * microsPerDay    // 0000-01-01
	rfc3339Last     = 2_932_897*microsPerDay - 1 // the end of 9999-12-31
)

// inRFC3339 reports whether the year of a time is one of four digits.
func inRFC3339(micros int64) bool { return micros >= rfc3339First && micros <= rfc3339Last }

// appendTime writes a time in UTC as RFC 3339, with as many digits behind the
// second as it needs.
func appendTime(b []byte, micros int64) []byte {
	if !inRFC3339(micros) {
		return time.UnixMicro(micros).UTC().AppendFormat(b, time.RFC3339Nano)
	}
	micros -= rfc3339First // so that it is positive
	year, month, day := civil(int(micros / microsPerDay))
	b = append(appendTwo(appendTwo(b, year/100), year%100), '-')
	b = append(appendTwo(b, month), '-')
	b = append(appendTwo(b, day), 'T')
	rest := micros % microsPerDay
	seconds := int(rest / microsPerSecond)
	b = append(appendTwo(b, seconds/3600), ':')
	b = append(appendTwo(b, seconds/60%60), ':')
	b = appendTwo(b, seconds%60)
	if fraction := int(rest % microsPerSecond); fraction > 0 {
		b = append(b, '.')
		b = appendTwo(appendTwo(appendTwo(b, fraction/10_000), fraction/100%100), fraction%100)
		for b[len(b)-1] == '0' {
			b = b[:len(b)-1]
		}
	}
	return append(b, 'Z')
}

func appendTwo(b []byte, n int) []byte { return append(b, '0'+byte(n/10), '0'+byte(n%10)) }

// civil is the date of a day counted from 0000-01-01, by "chrono-Compatible
// Low-Level Date Algorithms" of H. Hinnant, where years begin in March and eras
// of 400 years are alike.
func civil(days int) (year, month, day int) {
	const (
		daysPerEra   = 146_097
		beforeMarch  = 60 // days of the year 0 before its first of March
		yearsPerEra  = 400
		monthsOfFive = 153 // days of the five months from March, and of those from August
	)
	days += daysPerEra - beforeMarch // from the first of March, one era earlier
	era, of := days/daysPerEra, days%daysPerEra
	yearOf := (of - of/1460 + of/36_524 - of/146_096) / 365
	dayOf := of - (365*yearOf + yearOf/4 - yearOf/100)
	monthOf := (5*dayOf + 2) / monthsOfFive // from March
	day = dayOf - (monthsOfFive*monthOf+2)/5 + 1
	month = monthOf + 3
	year = yearOf + (era-1)*yearsPerEra
	if month > 12 {
		month, year = month-12, year+1
	}
	return year, month, day
}
