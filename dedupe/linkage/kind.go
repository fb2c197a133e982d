package linkage

import (
	"fmt"
	"strings"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// Kind says what the values of a column mean, and so how they are compared.
type Kind uint8

// The kinds. The zero Kind is not valid.
const (
	GivenName   Kind = iota + 1
	FamilyName       // surname
	PersonName       // a whole name in one column
	Company          // name of an organisation
	Email            //
	Phone            // also mobile and fax
	Street           // street and house number, or one of several address lines
	HouseNumber      // where it has a column of its own
	Postcode         //
	City             //
	Region           // state, province
	Country          //
	Date             // of birth, of foundation: a date that does not change
	Identifier       // a number that names one contact: customer number, tax number
	Text             // anything else: equal, alike or different
	Year             // of a Date that has a column for each part
	Month            // the same: a number or a name
	Day              // the same

	kindLast = Day
)

var kindNames = [...]string{"", "given_name", "family_name", "person_name", "company", "email", "phone", "street",
	"house_number", "postcode", "city", "region", "country", "date", "identifier", "text", "year", "month", "day"}

func (k Kind) String() string {
	if k == 0 || k > kindLast {
		return fmt.Sprintf("Kind(%d)", uint8(k))
	}
	return kindNames[k]
}

// KindNames are the names of the kinds, as ParseKind reads them.
func KindNames() []string { return append([]string(nil), kindNames[1:]...) }

// ParseKind reads the name of a kind as Kind.String writes it.
func ParseKind(name string) (Kind, error) {
	for k, n := range kindNames {
		if k > 0 && n == name {
			return Kind(k), nil
		}
	}
	hint := diag.DidYouMean(name, kindNames[1:])
	if hint == "" {
		hint = "one of " + strings.Join(kindNames[1:], ", ")
	}
	return 0, fmt.Errorf("no kind of column is called %q; %s", diag.Shorten(name, 60), hint)
}

// MarshalText writes the name of the kind.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what ParseKind reads.
func (k *Kind) UnmarshalText(b []byte) error {
	parsed, err := ParseKind(string(b))
	*k = parsed
	return err
}
