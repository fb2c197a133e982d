package funcs

import (
	"errors"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
)

// unreadable is the part of a Doc that says what becomes of other text.
const unreadable = " Text that cannot be read as one is kept, with white space squeezed and a warning, so that nothing is lost and a rule can decide: "

// kept is what a parse function returns for text that it cannot read.
func kept(rt *Runtime, value, code string, err error) (string, bool, error) {
	rt.warn(code, err)
	return squish(rt, value, "", "")
}

// reader makes the kernel of a function that reads one text, which is kept
// where it cannot be read. Further texts say how it is meant.
func reader(code string, read func(rt *Runtime, a, b, c string) (string, error)) textKernel {
	return func(rt *Runtime, a, b, c string) (string, bool, error) {
		if canon.Blank(a) {
			return "", false, nil
		}
		out, err := read(rt, a, b, c)
		if err != nil {
			return kept(rt, a, code, err)
		}
		return out, true, nil
	}
}

// alone is what reader takes for a function that reads one text by itself.
func alone(read func(string) (string, error)) func(*Runtime, string, string, string) (string, error) {
	return func(_ *Runtime, a, _, _ string) (string, error) { return read(a) }
}

// parsers are the functions that read one value out of a text.
func parsers() []*Func { return append(contactParsers(), placeParsers()...) }

func contactParsers() []*Func {
	return []*Func{
		ofText(&Func{
			Name: "parse_email",
			Doc: "The e-mail address in the text, in lower case, without display name, comments, mailto: and punctuation around it; an international domain is written as xn--." +
				unreadable + "`is: email`.",
			Params: []Param{text("value")},
			Result: pipeline.String,
			Examples: []Example{
				{`parse_email("Anna Meier <Anna.Meier@Example.DE>")`, "anna.meier@example.de"},
				{`parse_email("info@müller.de.")`, "info@xn--mller-kva.de"},
				{`parse_email("n/a")`, "n/a"},
				{`parse_email(nil)`, "nil"},
			},
		}, reader("not-an-email", parseEmail)),
		ofText(&Func{
			Name: "parse_phone",
			Doc: "The phone number as + and digits (E.164), an extension after it as \" ext. 12\". The country, a code or a name, says how a number without a country code is meant; otherwise is the country of values that come without one. Numbers written with letters, numbers of no known range and dates such as 2024-12-31 or 31.12.2024 cannot be read." +
				unreadable + "`is: phone`.",
			Nulls:  "A null value gives null. Of a null country, otherwise is taken. A country that cannot be read is as if it were left out, and so is otherwise then: nothing is guessed, and nothing is said, since parse_country says it of the country's own field.",
			Params: []Param{text("value"), optional(nullable(text("country"))), optional(nullable(text("otherwise")))},
			Result: pipeline.String,
			Examples: []Example{
				{`parse_phone("030 23125-012", "DE")`, "+493023125012"},
				{`parse_phone("01 5330000", "Österreich", "DE")`, "+4315330000"},
				{`parse_phone("030 23125-012", nil, "DE")`, "+493023125012"},
				{`parse_phone("030 23125-012", "Atlantis", "DE")`, "030 23125-012"},
				{`parse_phone("+1 (541) 754-3010", nil)`, "+15417543010"},
				{`parse_phone("+41 44 668 18 00 ext. 12")`, "+41446681800 ext. 12"},
				{`parse_phone("1-800-FLOWERS", "US")`, "1-800-FLOWERS"},
			},
		}, reader("not-a-phone-number", parsePhone)),
	}
}

func placeParsers() []*Func {
	return []*Func{
		ofText(&Func{
			Name: "parse_country",
			Doc: "The ISO 3166 code of two letters of a country that is given as a code of two or three letters or digits, or by a name in any of 78 languages or a common alias. A name that several countries share, such as Congo, gives null and a warning, never a guess." +
				unreadable + "`is: country_code`.",
			Params: []Param{text("value")},
			Result: pipeline.String,
			Examples: []Example{
				{`parse_country("Deutschland")`, "DE"},
				{`parse_country("U.S.A.")`, "US"},
				{`parse_country("Congo")`, "nil"},
				{`parse_country("Atlantis")`, "Atlantis"},
			},
		}, parseCountry),
		ofText(&Func{
			Name:   "parse_url",
			Doc:    "The web address with https:// before a bare host, scheme and host in lower case, without usual port and lone slash at the end." + unreadable + "`is: url`.",
			Params: []Param{text("value")},
			Result: pipeline.String,
			Examples: []Example{
				{`parse_url("WWW.Example.com/")`, "https://www.example.com"},
				{`parse_url("http://example.com:80/a?b=1")`, "http://example.com/a?b=1"},
			},
		}, reader("not-a-url", alone(canon.ParseURL))),
		ofText(&Func{
			Name: "parse_postcode",
			Doc: "The postcode as its country writes it: capitals, the space or hyphen at its place, a country prefix off, leading zeros kept. The country is a code or a name; otherwise is the country of values that come without one. Without a country only letter case and white space are mended." +
				unreadable + "`is: postcode`.",
			Nulls:  "A null value gives null. Of a null country, otherwise is taken. A country that cannot be read is as if it were left out, and so is otherwise then.",
			Params: []Param{text("value"), optional(nullable(text("country"))), optional(nullable(text("otherwise")))},
			Result: pipeline.String,
			Examples: []Example{
				{`parse_postcode("D-01067", "DE")`, "01067"},
				{`parse_postcode("sw1a1aa", "United Kingdom")`, "SW1A 1AA"},
				{`parse_postcode("D-01067", nil, "DE")`, "01067"},
				{`parse_postcode("1234ab", "NL")`, "1234 AB"},
				{`parse_postcode("1067", "DE")`, "1067"},
			},
		}, reader("not-a-postcode", parsePostcode)),
		ofText(&Func{
			Name: "parse_vat",
			Doc: "The VAT identification number of an EU country, the United Kingdom or Switzerland, with its country code and without spaces and signs; shape and check digits are checked." +
				unreadable + "`is: vat`.",
			Params: []Param{text("value")},
			Result: pipeline.String,
			Examples: []Example{
				{`parse_vat("DE 136 695 976")`, "DE136695976"},
				{`parse_vat("CHE-116.281.710 MWST")`, "CHE116281710"},
				{`parse_vat("DE 136 695 977")`, "DE 136 695 977"},
			},
		}, reader("not-a-vat-number", alone(canon.ParseVAT))),
	}
}

func parseEmail(_ *Runtime, a, _, _ string) (string, error) {
	e, err := canon.ParseEmail(a)
	return e.Address, err
}

func parsePhone(rt *Runtime, a, country, otherwise string) (string, error) {
	b, err := canon.AppendPhone(rt.Bytes(phoneBytesUsual), a, countryOf(rt, country, otherwise))
	if err != nil {
		return "", err
	}
	return rt.Keep(b), nil
}

func parsePostcode(rt *Runtime, a, country, otherwise string) (string, error) {
	return canon.ParsePostcode(a, countryOf(rt, country, otherwise))
}

// countryOf is the code of a country that says how another value is meant, or of the
// one that is meant where none is given; "" where it cannot be read, so that nobody
// guesses. It is silent: the country's own field tells what is wrong with it, once.
func countryOf(rt *Runtime, given, otherwise string) string {
	if canon.Blank(given) {
		given = otherwise
	}
	if given == "" || canon.IsCountryCode(given) {
		return given
	}
	if code := rt.country(given); code != "" {
		return code
	}
	code, err := canon.ParseCountry(given)
	if err != nil {
		return ""
	}
	rt.learn(given, code)
	return code
}

// phoneBytesUsual is room for a number and its extension.
const phoneBytesUsual = 48

func parseCountry(rt *Runtime, a, _, _ string) (string, bool, error) {
	if canon.Blank(a) {
		return "", false, nil
	}
	if code := rt.country(a); code != "" {
		return code, true, nil
	}
	code, err := canon.ParseCountry(a)
	if err == nil {
		rt.learn(a, code)
		return code, true, nil
	}
	var ambiguous *canon.AmbiguousError
	if errors.As(err, &ambiguous) {
		rt.warn("ambiguous-country", err)
		return "", false, nil
	}
	return kept(rt, a, "unknown-country", err)
}

// records are the functions that read several values out of a text.
func records() []*Func {
	return []*Func{
		ofRecord(&Func{
			Name: "parse_person",
			Doc: "The parts of a person's name, written First Last or Last, First, with titles, degrees, particles and suffixes; a part that is missing is null, a name of one word is the last. Names all in capitals or small letters get the usual ones. " +
				"An organisation is recognised: its whole name is in last and company is true. Names of other than Latin letters and two people in one field are left whole in last.",
			Params: []Param{text("name")},
			Fields: []pipeline.Field{
				{Name: "title", Type: pipeline.String},
				{Name: "first", Type: pipeline.String, Kind: pipeline.KindFirstName},
				{Name: "middle", Type: pipeline.String},
				{Name: "last", Type: pipeline.String, Kind: pipeline.KindLastName},
				{Name: "suffix", Type: pipeline.String},
				{Name: "company", Type: pipeline.Bool},
			},
			Examples: []Example{
				{`parse_person("Dr. Anna von der Heide").first`, "Anna"},
				{`parse_person("Dr. Anna von der Heide").last`, "von der Heide"},
				{`parse_person("RONALD MCDONALD, JR.").last`, "McDonald"},
				{`parse_person("King, Martin Luther, Jr.").middle`, "Luther"},
				{`parse_person("Anna Meier").title`, "nil"},
				{`parse_person("Heide GmbH").company`, "true"},
			},
		}, parsePerson),
		ofRecord(&Func{
			Name:   "parse_company",
			Doc:    "The name of an organisation without its legal form, and the form as the register spells it; legal_form is null where there is none.",
			Params: []Param{text("name")},
			Fields: []pipeline.Field{
				{Name: "name", Type: pipeline.String, Kind: pipeline.KindCompany},
				{Name: "legal_form", Type: pipeline.String},
			},
			Examples: []Example{
				{`parse_company("Müller Messebau gmbh & co kg").name`, "Müller Messebau"},
				{`parse_company("Müller Messebau gmbh & co kg").legal_form`, "GmbH & Co. KG"},
				{`parse_company("Acme, Inc.").name`, "Acme"},
				{`parse_company("Acme").legal_form`, "nil"},
			},
		}, parseCompany),
	}
}

// part is a part of a record; "" is null.
func part(s string) pipeline.Value {
	if s == "" {
		return pipeline.Null()
	}
	return pipeline.StringValue(s)
}

func parsePerson(_ *Runtime, a, _, _ string, out []pipeline.Value) error {
	p := canon.ParsePerson(a)
	out[0], out[1], out[2] = part(p.Title), part(p.First), part(p.Middle)
	out[3], out[4], out[5] = part(p.Last), part(p.Suffix), pipeline.BoolValue(p.Company)
	return nil
}

func parseCompany(_ *Runtime, a, _, _ string, out []pipeline.Value) error {
	c := canon.ParseCompany(a)
	out[0], out[1] = part(c.Name), part(c.LegalForm)
	return nil
}
