package canon

import (
	"fmt"
)

// phoneError says why a text is no phone number. Files are full of such texts
// and few of the messages are read, so that the words are made in Error, from
// the text as it is then: see ParsePhone.
type phoneError struct {
	text   string
	region string // in which it is dialled, for faultRegion
	code   string // the calling code, for faultBegin
	sign   rune   // for faultSign
	fault  phoneFault
}

// phoneFault is what is wrong with a text that should hold a phone number.
type phoneFault uint8

const (
	faultNone   phoneFault = iota
	faultUnsure            // not known: the library has to be asked
	faultBytes
	faultUTF8
	faultDigits
	faultPlus
	faultLetters
	faultSeveral
	faultSign
	faultEnding
	faultEmpty
	faultDate
	faultRegionless
	faultRegion
	faultCode
	faultShape
	faultShort
	faultLong
	faultBegin
	faultNumber
)

// Error makes the message.
func (e *phoneError) Error() string {
	if e.fault == faultBytes {
		return tooLong(e.text, "a phone number", phoneTextBytesMax).Error()
	}
	return show(e.text) + " is not a phone number: " + e.reason()
}

func (e *phoneError) reason() string {
	switch e.fault {
	case faultUTF8:
		return "it is not valid UTF-8"
	case faultDigits:
		return "write its digits as 0 to 9"
	case faultPlus:
		return "a + stands within it; keep one number"
	case faultLetters:
		return "it is written with letters; write the digits"
	case faultSeveral:
		return "it holds more than one number; keep one"
	case faultSign:
		return fmt.Sprintf("%q cannot stand in one", e.sign)
	case faultEnding:
		return "the digits after its / may be a second ending; keep one number"
	case faultEmpty:
		return "it has no digits"
	case faultDate:
		return "it is written as a date; if it is a number, write it with spaces"
	case faultRegionless:
		return "it has no country code, and no country that is known is given with it"
	case faultRegion:
		return show(e.region) + " is no region with phone numbers"
	case faultCode:
		return "its country code does not exist"
	case faultShape:
		return "it does not have the shape of one"
	case faultShort:
		return "it has too few digits"
	case faultLong:
		return "it has too many digits"
	case faultBegin:
		return "no number of country code +" + e.code + " begins like this"
	}
	return "no such number exists"
}
