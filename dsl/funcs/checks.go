package funcs

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// Check is a named check of one value, the `is:` of a rule. It is immutable
// and safe for concurrent use. The check unique is not here: it looks at the
// whole model.
type Check struct {
	Name  string
	Doc   string          // what it accepts
	Types []pipeline.Type // of the fields it can be put on
	Needs CheckArg        // the argument without which it means nothing; "" for none
	Takes []CheckArg      // arguments that may be given

	Examples []CheckExample

	// Holds returns nil when the value passes, else why it does not, in words
	// that follow the name of the field and may look at the value. Null and erase
	// pass, except where required refuses them.
	Holds func(v pipeline.Value, args CheckArgs) error

	// Plain reports texts that pass whatever the arguments. It is quick: false
	// says that this is not seen at once. Nil: not known of any text.
	Plain func(text string) bool
}

// CheckArg names an argument of a check.
type CheckArg string

// The arguments of checks.
const (
	ArgValues  CheckArg = "values"  // the values that one_of allows
	ArgMax     CheckArg = "max"     // the length that max_length allows, in characters
	ArgCountry CheckArg = "country" // whose phone numbers or postcodes are meant, ISO alpha-2
)

// CheckArgs are the arguments of one use of a check. What is not given is the
// zero value.
type CheckArgs struct {
	Values  []string
	Max     int
	Country string
}

// CheckExample is a value as text and whether it passes; run as a test.
type CheckExample struct {
	Value pipeline.Value
	Args  CheckArgs
	Holds bool
}

// Validate reports what is wrong with the arguments of a use of the check.
func (c *Check) Validate(args CheckArgs) error {
	given := map[CheckArg]bool{ArgValues: args.Values != nil, ArgMax: args.Max != 0, ArgCountry: args.Country != ""}
	for _, arg := range [...]CheckArg{ArgValues, ArgMax, ArgCountry} {
		if given[arg] && arg != c.Needs && !slices.Contains(c.Takes, arg) {
			return fmt.Errorf("the check %s takes no %s", c.Name, arg)
		}
	}
	switch {
	case c.Needs != "" && !given[c.Needs]:
		return fmt.Errorf("the check %s needs %s", c.Name, c.Needs)
	case args.Max < 0:
		return fmt.Errorf("max must be 1 or more, not %d", args.Max)
	case args.Country != "" && !canon.IsCountryCode(args.Country):
		return fmt.Errorf("%s is not an ISO 3166 country code of two capitals", show(args.Country))
	}
	return nil
}

// Checks returns every named check in alphabetical order. The result is new
// for each call.
func Checks() []*Check {
	checks := append(formatChecks(), valueChecks()...)
	slices.SortFunc(checks, func(a, b *Check) int { return strings.Compare(a.Name, b.Name) })
	return checks
}

// formatChecks are the checks of text that has a known form.
func formatChecks() []*Check {
	s := pipeline.StringValue
	onText := []pipeline.Type{pipeline.String}
	return []*Check{
		{
			Name: "country_code", Types: onText,
			Doc:      "An assigned ISO 3166-1 code of two capitals, or XK for Kosovo, as parse_country gives it; not a name, not a code of three letters.",
			Examples: []CheckExample{{Value: s("DE"), Holds: true}, {Value: s("de")}, {Value: s("Germany")}, {Value: pipeline.Null(), Holds: true}},
			Holds: textCheck(func(text string, _ CheckArgs) error {
				if !canon.IsCountryCode(text) {
					return fmt.Errorf("%s is not a country code of two capitals, such as DE", show(text))
				}
				return nil
			}),
			Plain: canon.IsCountryCode,
		},
		{
			Name: "email", Types: onText,
			Doc:      "One e-mail address on a domain with a dot, of at most 254 bytes, as parse_email gives it; a display name around it is refused. Whether the mailbox exists is not known.",
			Examples: []CheckExample{{Value: s("anna@example.com"), Holds: true}, {Value: s("anna@localhost")}, {Value: s("Anna <anna@example.com>")}},
			Holds:    textCheck(emailHolds),
		},
		{
			Name: "phone", Types: onText, Takes: []CheckArg{ArgCountry},
			Doc:      "A phone number of a known range: with its country code, or without where country says whose it is. An extension may follow.",
			Examples: []CheckExample{{Value: s("+493023125012"), Holds: true}, {Value: s("030 23125012")}, {Value: s("030 23125012"), Args: CheckArgs{Country: "DE"}, Holds: true}},
			Holds: textCheck(func(text string, args CheckArgs) error {
				_, err := canon.ParsePhone(text, args.Country)
				return err
			}),
		},
		{
			Name: "postcode", Types: onText, Takes: []CheckArg{ArgCountry},
			Doc:      "A postcode of the shape of the country, or, where no country is given, letters, digits, spaces and hyphens.",
			Examples: []CheckExample{{Value: s("01067"), Args: CheckArgs{Country: "DE"}, Holds: true}, {Value: s("1067"), Args: CheckArgs{Country: "DE"}}, {Value: s("unknown!")}},
			Holds: textCheck(func(text string, args CheckArgs) error {
				_, err := canon.ParsePostcode(text, args.Country)
				return err
			}),
		},
		{
			Name: "url", Types: onText,
			Doc:      "A web address with http or https, or a bare host such as www.example.com; no user name in it.",
			Examples: []CheckExample{{Value: s("https://example.com/a"), Holds: true}, {Value: s("ftp://example.com")}, {Value: s("example")}},
			Holds: textCheck(func(text string, _ CheckArgs) error {
				_, err := canon.ParseURL(text)
				return err
			}),
		},
		{
			Name: "vat", Types: onText,
			Doc:      "A VAT identification number of an EU country, the United Kingdom or Switzerland, with the right check digits. That it was given out is not known.",
			Examples: []CheckExample{{Value: s("DE136695976"), Holds: true}, {Value: s("DE136695977")}, {Value: s("136695976")}},
			Holds: textCheck(func(text string, _ CheckArgs) error {
				_, err := canon.ParseVAT(text)
				return err
			}),
		},
	}
}

// valueChecks are the checks that compare with what the rule says.
func valueChecks() []*Check {
	s := pipeline.StringValue
	return []*Check{
		{
			Name: "max_length", Types: []pipeline.Type{pipeline.String}, Needs: ArgMax,
			Doc:      "Text of at most max characters (not bytes).",
			Examples: []CheckExample{{Value: s("Grüße"), Args: CheckArgs{Max: 5}, Holds: true}, {Value: s("Grüße"), Args: CheckArgs{Max: 4}}},
			Holds: textCheck(func(text string, args CheckArgs) error {
				if n := utf8.RuneCountInString(text); n > args.Max {
					return fmt.Errorf("%s has %d characters, at most %d", show(text), n, args.Max)
				}
				return nil
			}),
		},
		{
			Name: "one_of", Types: []pipeline.Type{pipeline.String, pipeline.Int, pipeline.Bool, pipeline.StringList}, Needs: ArgValues,
			Doc:      "One of the values, letter for letter; of a list, each member.",
			Examples: []CheckExample{{Value: s("vip"), Args: CheckArgs{Values: []string{"vip", "press"}}, Holds: true}, {Value: s("VIP"), Args: CheckArgs{Values: []string{"vip"}}}},
			Holds:    oneOf,
		},
		{
			Name: "required", Types: []pipeline.Type{pipeline.String, pipeline.Int, pipeline.Float, pipeline.Bool, pipeline.Timestamp, pipeline.StringList},
			Doc:      "Any value; not null, not erase, not blank text, not an empty list.",
			Examples: []CheckExample{{Value: s("x"), Holds: true}, {Value: s(" ")}, {Value: pipeline.Null()}, {Value: pipeline.Erase()}},
			Holds:    required,
			Plain:    func(text string) bool { return text != "" && text[0] > ' ' && text[0] < utf8.RuneSelf },
		},
	}
}

// textCheck makes the Holds of a check of text.
func textCheck(check func(text string, args CheckArgs) error) func(pipeline.Value, CheckArgs) error {
	return func(v pipeline.Value, args CheckArgs) error {
		if v.Empty() {
			return nil
		}
		return check(v.Str(), args)
	}
}

func emailHolds(text string, _ CheckArgs) error {
	e, err := canon.ParseEmail(text)
	if err != nil {
		return err
	}
	if at := strings.LastIndexByte(text, '@'); len(text[:at]) != len(e.Local) {
		return fmt.Errorf("%s has more around the address %s; use parse_email", show(text), show(e.Address))
	}
	return nil
}

func oneOf(v pipeline.Value, args CheckArgs) error {
	if v.Empty() {
		return nil
	}
	members := []string{v.String()}
	if v.Type() == pipeline.StringList {
		members = v.List()
	}
	for _, m := range members {
		if slices.Contains(args.Values, m) {
			continue
		}
		why := fmt.Sprintf("%s is not one of the %d allowed values", show(m), len(args.Values))
		if hint := diag.DidYouMean(m, args.Values); hint != "" {
			why += "; " + hint
		}
		return errors.New(why)
	}
	return nil
}

func required(v pipeline.Value, _ CheckArgs) error {
	switch {
	case v.IsErase():
		return errors.New("is erased")
	case v.IsNull():
		return errors.New("is missing")
	case v.Type() == pipeline.String && canon.Blank(v.Str()):
		return errors.New("is blank")
	case v.Type() == pipeline.StringList && len(v.List()) == 0:
		return errors.New("is an empty list")
	}
	return nil
}
