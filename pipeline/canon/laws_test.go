package canon_test

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// reporter is what testing.T, testing.F and rapid.T share.
type reporter interface {
	Errorf(format string, args ...any)
}

// checkLaws reads s as everything there is and checks that what comes out is
// read as itself.
func checkLaws(t reporter, s string) {
	stable := func(name string, change func(string) string) {
		once := change(s)
		if twice := change(once); twice != once {
			t.Errorf("%s(%q) = %q, which becomes %q", name, s, once, twice)
		}
		if utf8.ValidString(s) && !utf8.ValidString(once) {
			t.Errorf("%s(%q) = %q is not valid UTF-8", name, s, once)
		}
	}
	stable("Squish", canon.Squish)
	stable("Fold", canon.Fold)
	stable("FoldGerman", canon.FoldGerman)
	stable("FoldASCII", canon.FoldASCII)
	stable("FoldWords", canon.FoldWords)
	stable("Slug", canon.Slug)

	readAgain := func(name string, parse func(string) (string, error)) {
		once, err := parse(s)
		if err != nil {
			if len(err.Error()) > 600 {
				t.Errorf("%s: an error of %d bytes", name, len(err.Error()))
			}
			return
		}
		if twice, err := parse(once); err != nil || twice != once {
			t.Errorf("%s(%q) = %q, which is read as %q, %v", name, s, once, twice, err)
		}
	}
	readAgain("ParseEmail", func(s string) (string, error) {
		e, err := canon.ParseEmail(s)
		return e.Address, err
	})
	for _, region := range []string{"", "DE", "US", "IT"} {
		readAgain("ParsePhone "+region, func(s string) (string, error) {
			p, err := canon.ParsePhone(s, region)
			return p.String(), err
		})
	}
	readAgain("ParseCountry", canon.ParseCountry)
	readAgain("ParseVAT", canon.ParseVAT)
	readAgain("ParseURL", canon.ParseURL)
	for _, country := range []string{"", "DE", "GB", "NL", "LT", "IE", "MT", "XX"} {
		readAgain("ParsePostcode "+country, func(s string) (string, error) { return canon.ParsePostcode(s, country) })
	}
	readAgain("ParseDate", func(s string) (string, error) {
		at, err := canon.ParseDate(s, "")
		return at.UTC().Format(time.RFC3339Nano), err
	})
	if c := canon.ParseCompany(s); canon.ParseCompany(c.Name) != (canon.Company{Name: c.Name}) {
		t.Errorf("ParseCompany(%q) = %+v, whose name is read as %+v", s, c, canon.ParseCompany(c.Name))
	}
	if p := canon.ParsePerson(s); p.Last == "" && canon.Squish(s) != "" || canon.ParsePerson(canon.Squish(s)) != p {
		t.Errorf("ParsePerson(%q) = %+v, squished %+v", s, p, canon.ParsePerson(canon.Squish(s)))
	}
}

func TestLaws(t *testing.T) {
	words := rapid.SampledFrom([]string{
		"Dr.", "Anna", "von", "der", "Heide", "Jr.", "MBA", ",", "O'", "d'", "GmbH", "& Co. KG", "Inc.", "AG", "株式会社", "S.A.", "(", ")", "\"", "<", ">",
		"@", "example.com", "Müller.de", "+49", "30", "ext.", "12", "(0)", "0049", "DE", "136695976", "https://", "/", "?", "#", ":", "31.12.2024", "Dec",
		"\u0301", "\u200b", "\u00a8", "ǅ", "ﬁ", "İ", "ß", "Σ", "\x00", "\xff", "SW1A", "1AA", "Congo", ".", "-", "'", "’", "y", "MÜLLER", "\u0345", "ᾳ", "㈱", "가", "\u115f",
	})
	text := rapid.OneOf(
		rapid.String(),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40), func(b []byte) string { return string(b) }),
		rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(words, 1, 6).Draw(t, "words"), rapid.SampledFrom([]string{"", " "}).Draw(t, "between"))
		}),
	)
	rapid.Check(t, func(t *rapid.T) { checkLaws(t, text.Draw(t, "text")) })
}

// Names of the usual form are split so that the parts, written together, are
// split in the same way.
func TestPersonLaw(t *testing.T) {
	pick := func(t *rapid.T, label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	rapid.Check(t, func(t *rapid.T) {
		name := strings.Join([]string{
			pick(t, "title", "", "Dr.", "Frau", "Prof. Dr. med.", "Mr", "Dipl.-Ing."),
			pick(t, "first", "Anna", "Jean-Luc", "J.", "Łukasz", "Zoë"),
			pick(t, "middle", "", "Maria", "F.", "Peter Paul"),
			pick(t, "particle", "", "von", "van der", "de la", "al-", "O'", "d'", "zu"),
			pick(t, "last", "Heide", "McDonald", "García", "Meier-Schmidt", "Ødegård"),
			pick(t, "suffix", "", "Jr.", "III", ", MBA", ", PhD"),
		}, " ")
		switch pick(t, "case", "as is", "upper", "lower") {
		case "upper":
			name = strings.ToUpper(name)
		case "lower":
			name = strings.ToLower(name)
		}
		p := canon.ParsePerson(name)
		if again := canon.ParsePerson(p.String()); again != p {
			t.Errorf("%q is split into %+v, and %q into %+v", name, p, p.String(), again)
		}
		if p.First == "" || p.Last == "" || p.Company {
			t.Errorf("%q is split into %+v", name, p)
		}
	})
}

// Every name of the embedded list means its country, or is refused as
// ambiguous, unless an alias of ours decides otherwise.
func TestCountryNames(t *testing.T) {
	f, err := os.Open("countries/names.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	names, lines := 0, bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		head, list, _ := strings.Cut(lines.Text(), "\t")
		codes := strings.Fields(head)
		for _, code := range codes {
			if got, err := canon.ParseCountry(code); err != nil || got != codes[0] {
				t.Errorf("ParseCountry(%q) = %q, %v; want %s", code, got, err, codes[0])
			}
		}
		for name := range strings.SplitSeq(list, "|") {
			names++
			if canon.FoldWords(name) != name {
				t.Errorf("%s: %q is not folded as today; run gen/countries.go", codes[0], name)
			}
			got, err := canon.ParseCountry(name)
			if canon.IsCountryCode(strings.ToUpper(name)) {
				continue // a code comes before a name of two letters
			}
			if err != nil && !strings.Contains(err.Error(), " may be ") || err == nil && got != codes[0] {
				t.Errorf("%s: %q is read as %q, %v", codes[0], name, got, err)
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if names < 10_000 {
		t.Errorf("only %d names", names)
	}
}

func TestHostileText(t *testing.T) {
	for _, s := range []string{
		strings.Repeat("a", 1<<20),
		strings.Repeat("a ", 1<<16),
		strings.Repeat("\u0301", 1<<16),
		strings.Repeat("ﷺ", 1<<14),
		strings.Repeat("(", 999),
		strings.Repeat("<", 999) + "@",
		strings.Repeat("é@", 300),
		strings.Repeat("GmbH ", 199),
		strings.Repeat("von ", 99),
		strings.Repeat("\"", 399),
		strings.Repeat("1", 119),
		strings.Repeat("x1", 59),
		strings.Repeat("\xff", 1<<17),
		strings.Repeat("\x00", 1<<17),
		"xn--" + strings.Repeat("a", 60) + ".example.com",
	} {
		checkLaws(t, s) // what takes the square of its length does not end
	}
}

func FuzzCanon(f *testing.F) {
	for _, seed := range []string{
		"", "Dr. Anna von der Heide", "KING, MARTIN LUTHER, JR.", "Müller GmbH & Co. KG", "Anna <anna@müller.de>", "+49 (0)30 23125-012 ext. 7",
		"CHE-116.281.710 MWST", "https://example.com:443/?#", "31. Dezember 2024 18:30", "1.234,56", "Côte d’Ivoire", "\xff\x00", "㈱日立", "İ\u0307",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		checkLaws(t, s)
		for _, m := range []canon.Marks{{}, {Decimal: ",", Thousands: "."}, {Thousands: "'"}} {
			i, err := canon.ParseInt(s, m)
			if f, errFloat := canon.ParseFloat(s, m); err == nil && (errFloat != nil || f != float64(i)) {
				t.Errorf("%q is the int %d and the float %g, %v", s, i, f, errFloat)
			}
		}
		if at, err := canon.ParseDate(s, "02.01.2006"); err == nil && at.Format("02.01.2006") != canon.Squish(s) && utf8.ValidString(s) {
			if _, err := canon.ParseDate(at.Format("02.01.2006"), "02.01.2006"); err != nil {
				t.Errorf("%q is %v, which is not read again: %v", s, at, err)
			}
		}
	})
}

// Plain decimals are read by a short way; they must be the floats that the
// standard library reads.
func TestPlainDecimalsAreTheNearestFloats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[0-9]{1,17}(\.[0-9]{1,17})?`).Draw(t, "decimal")
		want, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := canon.ParseFloat(s, canon.Marks{}); err != nil || got != want {
			t.Errorf("ParseFloat(%q) = %v, %v; want %v", s, got, err, want)
		}
	})
}
