package linkage

import "slices"

// field is one place in the vector of a compared pair: 4 bits, a level of
// agreement each. Level 0 is always "not comparable": missing on a side.
type field uint8

const (
	fieldGiven field = iota
	fieldFamily
	fieldFirm     // of two organisations
	fieldEmployer // company named by a person's record
	fieldDate
	fieldEmail
	fieldPhone
	fieldAddress
	fieldExtra             // the first of the columns that are compared on their own
	fieldNature field = 15 // a person or an organisation

	fieldsMax = 16
	levelsMax = 16
	levelBits = 4
	levelMask = 1<<levelBits - 1
)

// vector is the levels of all fields, packed.
type vector uint64

func (v vector) level(f field) uint8 { return uint8(v >> (levelBits * f) & levelMask) }

func (v *vector) set(f field, level uint8) { *v |= vector(level) << (levelBits * f) }

// Levels of names: of the given and the family name, and of dates where they
// say the same.
const (
	nameOther   = 1
	nameLoose   = 2
	nameInitial = 3
	nameAlike   = 4
	namePart    = 5 // one is a part or the short form of the other
	nameTypo    = 6
	nameSwapped = 7
	nameCommon  = 8 // equal, and borne by many
	nameRare    = 9
	nameMarked  = 10 // given names: equal, but only one is marked as junior or senior
)

// equalNames reports whether a level of names is that of equal ones.
func equalNames(level int) bool { return level == nameCommon || level == nameRare }

// Levels of dates.
const (
	dateOther  = 1
	dateYear   = 2 // two of three parts
	dateTwoOff = 3
	dateParts  = 4
	dateTurned = 5
	dateOneOff = 6
	dateCommon = 8
	dateRare   = 9
)

// Levels of companies.
const (
	firmOther = 1
	firmLoose = 2
	firmPart  = 4
	firmHalf  = 5
	firmWhole = 6
	firmNear  = 7
	firmTypo  = 8
	firmEqual = 9
)

// Levels of e-mails.
const (
	mailOther     = 1
	mailColleague = 2
	mailOfName    = 3 // says nothing that the names have not said
	mailAlike     = 4
	mailSlips     = 5
	mailLocal     = 6
	mailTypo      = 7
	mailShared    = 8
	mailPrivate   = 9
)

// Levels of phones.
const (
	phoneOther     = 1
	phoneExtension = 2
	phoneTypo      = 6
	phoneTail      = 7
	phoneShared    = 8
	phonePrivate   = 9
)

// Levels of addresses, by street (number and name) and place.
const (
	placeOther    = 1
	areaOther     = 2
	placePart     = 3
	placePostcode = 4 // another street; the only part of the place that is known agrees
	placeSame     = 5
	areaOne       = 6
	areaSame      = 7
	roadElsewhere = 8
	roadSame      = 9
	lineTypoElse  = 10
	lineTypo      = 11
	lineElsewhere = 12
	lineAlone     = 13
	lineSame      = 14
)

// Levels of identifiers and of texts.
const (
	numberOther  = 1
	numberTwoOff = 2
	numberOneOff = 3
	numberEqual  = 4

	textOther = 1
	textAlike = 2
	textEqual = 3
)

// Levels of the nature of the two.
const (
	naturesDiffer = 1
	bothPeople    = 2
	bothFirms     = 3
)

var fieldNames = [fieldsMax]string{"given name", "family name", "company", "employer", "date", "e-mail", "phone", "address",
	"", "", "", "", "", "", "", "person or company"}

// fieldKinds are the kinds of column that a field is made of; those that are
// compared on their own have none here.
var fieldKinds = [fieldsMax][]Kind{
	fieldGiven: {GivenName, PersonName}, fieldFamily: {FamilyName, PersonName}, fieldFirm: {Company}, fieldEmployer: {Company},
	fieldDate: {Date, Year, Month, Day}, fieldEmail: {Email}, fieldPhone: {Phone}, fieldAddress: {Street, HouseNumber, Postcode, City},
}

var (
	nameLevels = []string{"missing", "different", "hardly alike", "initial agrees", "alike", "short for the other, or part of it, or so called by a mailbox", "one slip apart", "given and family name swapped", "equal, a common name", "equal"}
	firmLevels = []string{"missing", "different", "hardly alike", "", "in part the same words", "half the same words", "one holds the other", "nearly the same words", "a slip apart", "equal"}
	levelNames = [fieldsMax][]string{
		fieldGiven: append(slices.Clone(nameLevels), "equal, one of them marked as junior or senior"), fieldFamily: nameLevels, fieldFirm: firmLevels, fieldEmployer: firmLevels,
		fieldDate:    {"missing", "different", "two parts agree in digits", "two slips apart", "year and a part agree", "day and month turned", "one slip apart", "", "equal, a common date", "equal"},
		fieldEmail:   {"missing", "different", "other mailbox of one domain", "made from the name", "mailboxes alike", "a few slips apart", "same mailbox, other domain", "one slip apart", "equal, shared by several", "equal"},
		fieldPhone:   {"missing", "different", "other extension", "", "", "", "one slip apart", "same number, one without prefix", "equal, shared by several", "equal"},
		fieldAddress: {"missing", "different", "different town", "town alike", "other street, same town", "other street, same postcode and town", "same town", "same postcode and town", "same street elsewhere", "same street, other number", "nearly the same line elsewhere", "nearly the same line", "same line elsewhere", "same line", "same line and town"},
		fieldNature:  {"", "a person and a company", "both people", "both companies"},
	}
	numberLevels = []string{"missing", "different", "two slips apart", "one slip apart", "equal"}
	textLevels   = []string{"missing", "different", "alike", "equal"}
)

// exactLevel gives the levels of equal values: of a value that few bear, and of
// one that many do; 0 where there is no second.
func exactLevel(f field, kind Kind) (few, many uint8) {
	switch f {
	case fieldGiven, fieldFamily, fieldDate, fieldEmail, fieldPhone:
		return 9, 8
	case fieldFirm, fieldEmployer:
		return firmEqual, 0
	case fieldAddress:
		return lineSame, 0
	case fieldNature:
		return 0, 0
	}
	if kind == Identifier {
		return numberEqual, 0
	}
	return textEqual, 0
}
