package norm_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/reconkit/reconkit/dedupe/norm"
	unicodenorm "golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// tester is what checks need of a test, and of one of rapid's.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
}

// checkWords fails unless b is words as the package promises them.
func checkWords(t tester, what string, b []byte) {
	t.Helper()
	s := string(b)
	if strings.HasPrefix(s, " ") || strings.HasSuffix(s, " ") || strings.Contains(s, "  ") {
		t.Errorf("%s: spaces in %q", what, s)
	}
	if !utf8.ValidString(s) {
		t.Errorf("%s: %q is not UTF-8", what, s)
	}
	for _, r := range s {
		plain := r == ' ' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
		if !plain && (r < utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r) || unicode.IsUpper(r)) {
			t.Errorf("%s: %q holds %q", what, s, r)
		}
	}
}

// appenders are the functions that promise to be idempotent.
var appenders = map[string]func(b []byte, s string) []byte{
	"AppendFold":       norm.AppendFold,
	"AppendWords":      norm.AppendWords,
	"AppendCity":       norm.AppendCity,
	"AppendCountry":    norm.AppendCountry,
	"AppendPostcode":   norm.AppendPostcode,
	"AppendIdentifier": norm.AppendIdentifier,
}

// checkFold checks the laws of folding for any text.
func checkFold(t tester, s string) {
	t.Helper()
	checkWords(t, "AppendFold", norm.AppendFold(nil, s))
	checkWords(t, "AppendWords", norm.AppendWords(nil, s))
	for name, appendTo := range appenders {
		once := appendTo(nil, s)
		if twice := appendTo(nil, string(once)); !bytes.Equal(once, twice) {
			t.Errorf("%s(%q) is %q, and of that %q", name, s, once, twice)
		}
		if after := appendTo([]byte("e\u0301 "), s); string(after) != "e\u0301 "+string(once) {
			t.Errorf("%s(%q) depends on what it is appended to: %q, %q", name, s, once, after)
		}
	}
	if !utf8.ValidString(s) {
		return
	}
	if c, d := fold(unicodenorm.NFC.String(s)), fold(unicodenorm.NFD.String(s)); c != d {
		t.Errorf("%q folds to %q in NFC and to %q in NFD", s, c, d)
	}
}

// nameText draws text of the letters, signs and marks of names.
func nameText() *rapid.Generator[string] {
	signs := []rune(" -.,'’&/()\"\u00a0\u200b\u202e0123456789+@#")
	return rapid.StringOf(rapid.OneOf(
		rapid.RuneFrom([]rune("aeouAEOUstrchlnmqyjxg ")),
		rapid.RuneFrom([]rune("äöüÄÖÜßẞæøåÅłŁđðþéèêñçšžřığİ")),
		rapid.RuneFrom(nil, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Arabic, unicode.Hebrew, unicode.Hangul, unicode.Han, unicode.Katakana, unicode.Devanagari, unicode.Thai),
		rapid.RuneFrom(nil, unicode.Mn, unicode.Nd, unicode.Nl, unicode.Cf),
		rapid.RuneFrom(signs),
	))
}

func TestFoldLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkFold(t, nameText().Draw(t, "text"))
	})
}

func TestEveryCharacter(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r > 0x30000 && r < 0xe0000 {
			continue // nothing is assigned there but Han
		}
		if !utf8.ValidRune(r) {
			continue
		}
		s := string(r)
		once := norm.AppendFold(nil, s)
		if twice := norm.AppendFold(nil, string(once)); !bytes.Equal(once, twice) {
			t.Errorf("%q (%U) folds to %q, and that to %q", s, r, once, twice)
		}
		if d := norm.AppendFold(nil, unicodenorm.NFD.String(s)); !bytes.Equal(once, d) {
			t.Errorf("%q (%U) folds to %q, in NFD to %q", s, r, once, d)
		}
		if len(once) == 0 && isLetter(r) {
			t.Errorf("the letter %q (%U) is erased", s, r)
		}
	}
}

// isLetter reports letters that are no modifiers. The soft sign is none by ICAO,
// and some characters of Arabic are a vowel sign that stands alone.
func isLetter(r rune) bool {
	if !unicode.IsLetter(r) || unicode.Is(unicode.Lm, r) || unicode.ToLower(r) == 'ь' {
		return false
	}
	const tatweel = '\u0640'
	return strings.ContainsFunc(unicodenorm.NFKD.String(string(r)), func(r rune) bool { return unicode.IsLetter(r) && r != tatweel })
}

func TestFoldIgnoresCaseAndSpacing(t *testing.T) {
	letters := rapid.RuneFrom([]rune("abcdefghijklmnopqrstuvwxyzäöüßéèñçšžřşğæøåłđабвгдежзийклмнопрстуфхцчшщъыьэюяіїєґαβγδεζηθικλμνξοπρστυφχψωάέήίόύώ"))
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(letters).Draw(t, "letters")
		if up, down := fold(strings.ToUpper(s)), fold(strings.ToLower(s)); up != down {
			t.Errorf("%q folds to %q in capitals and to %q in small letters", s, up, down)
		}
		if got := fold("  " + s + "\t\u00a0\r\n"); got != fold(s) {
			t.Errorf("%q with spaces folds to %q, not to %q", s, got, fold(s))
		}
	})
}

// TestOtherScriptsStayApart: letters of scripts without a usual Latin spelling
// are what they are.
func TestOtherScriptsStayApart(t *testing.T) {
	rangeOf := func(from, to rune) *rapid.Generator[rune] {
		return rapid.Map(rapid.Int32Range(from, to), func(r int32) rune { return r })
	}
	scripts := rapid.OneOf(
		rangeOf(0x4e00, 0x9fff), // Han
		rangeOf(0xac00, 0xd7a3), // Hangul
		rangeOf(0x3041, 0x3096), // hiragana
		rangeOf(0x30a1, 0x30fa), // katakana
		rangeOf(0x0627, 0x063a), // Arabic
		rangeOf(0x0641, 0x064a),
		rangeOf(0x05d0, 0x05ea), // Hebrew
		rangeOf(0x0915, 0x0939), // Devanagari
		rangeOf(0x0e01, 0x0e2e), // Thai
		rangeOf(0x10d0, 0x10f0), // Georgian
		rangeOf(0x0561, 0x0586), // Armenian
	)
	var p, q norm.Person
	rapid.Check(t, func(t *rapid.T) {
		a := string(rapid.SliceOfN(scripts, 1, 6).Draw(t, "a"))
		b := string(rapid.SliceOfN(scripts, 1, 6).Draw(t, "b"))
		if fold(a) != a || words(a) != a {
			t.Errorf("%q became %q and %q", a, fold(a), words(a))
		}
		p.ReadFull(a)
		q.ReadFull(b)
		if (string(p.Given)+"|"+string(p.Family) == string(q.Given)+"|"+string(q.Family)) != (a == b) {
			t.Errorf("%q and %q became %q", a, b, p.Family)
		}
		p.ReadParts(a, b)
		if string(p.Given) != a || string(p.Family) != b {
			t.Errorf("%q, %q became %q, %q", a, b, p.Given, p.Family)
		}
	})
}

// TestReadsAreIndependent: what a value held before leaves no trace.
func TestReadsAreIndependent(t *testing.T) {
	var p norm.Person
	var c norm.Company
	var e norm.Email
	var ph norm.Phone
	var a norm.Street
	p.ReadFull("Dr. Robert (Bob) von Smith Jr.")
	c.Read("Alpha GmbH t/a Beta")
	e.Read("info+x@gmail.com")
	ph.Read("+49 30 1234568 ext. 12", "")
	a.Read("12a Main St, Apt 4, Springfield, PO Box 12")
	p.ReadFull("")
	c.Read("")
	e.Read("")
	ph.Read("", "DE")
	a.Read("")
	if shown(&p) != (person{}) || streetOf(&a) != (street{}) {
		t.Errorf("left over: %+v, %+v", shown(&p), streetOf(&a))
	}
	for what, part := range map[string][]byte{
		"Name": c.Name, "Form": c.Form, "Address": e.Address, "Local": e.Local, "Tag": e.Tag,
		"Domain": e.Domain, "Words": e.Words, "National": ph.National, "Extension": ph.Extension,
	} {
		if len(part) != 0 {
			t.Errorf("%s of nothing is %q", what, part)
		}
	}
	if e.Role || norm.FreeMailHost(string(e.Domain)) || e.Valid || ph.Valid {
		t.Error("a flag of nothing is set")
	}
}

func TestNothingAllocates(t *testing.T) {
	var p norm.Person
	var c norm.Company
	var e norm.Email
	var ph norm.Phone
	var a norm.Street
	var buf []byte
	reads := map[string]func(){
		"fold":       func() { buf = norm.AppendFold(buf[:0], "Jürgen Müller 王小明 Юрий") },
		"words":      func() { buf = norm.AppendWords(buf[:0], "Jürgen Mueller") },
		"person":     func() { p.ReadFull("Prof. Dr. Jörg von Müller-Schmidt Jr.") },
		"parts":      func() { p.ReadParts("Dr. Anna-Lena", "O'Brien") },
		"roots":      func() { norm.ShareRoot(norm.Roots(p.Given), norm.Roots(p.Family)) },
		"company":    func() { c.Read("Müller & Söhne GmbH & Co. KG") },
		"email":      func() { e.Read("John.Smith+news@googlemail.com") },
		"phone":      func() { ph.Read("+49 (0)30 1234568 ext. 12", "") },
		"street":     func() { a.Read("221 N Washington Ave, Apt 4, Springfield") },
		"postcode":   func() { buf = norm.AppendPostcode(buf[:0], "D-10115") },
		"city":       func() { buf = norm.AppendCity(buf[:0], "Frankfurt am Main") },
		"country":    func() { buf = norm.AppendCountry(buf[:0], "Deutschland") },
		"date":       func() { norm.ReadDate("5. März 2024", norm.OrderUnknown) },
		"identifier": func() { buf = norm.AppendIdentifier(buf[:0], "C-0012") },
	}
	for name, read := range reads {
		if n := testing.AllocsPerRun(20, read); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

// TestKindsIgnoreCaseAndSpacing: letters and spaces that a person sets as they
// like, and the normal form of Unicode, change nothing.
func TestKindsIgnoreCaseAndSpacing(t *testing.T) {
	variants := func(s string) []string {
		return []string{strings.ToUpper(s), strings.ToLower(s), "  " + strings.ReplaceAll(s, " ", " \t ") + "\u00a0", unicodenorm.NFD.String(s), "\u200e" + s + "\ufeff"}
	}
	var p norm.Person
	var c norm.Company
	var e norm.Email
	var a norm.Street
	kinds := map[string]struct {
		values []string
		read   func(string) string
	}{
		"person": {
			[]string{"Dr. Anna Müller-Lüdenscheidt", "Hans von der Heide", "Meier, Jörg", "John Smith Jr.", "Łukasz Wójcik", "Юрий Щербаков", "Ευάγγελος Παπαδόπουλος", "王小明", "محمد أحمد"},
			func(s string) string {
				p.ReadFull(s)
				return string(p.Given) + "|" + string(p.Family) + "|" + string(p.Particles)
			},
		},
		"company": {
			[]string{"Müller & Söhne GmbH & Co. KG", "Acme International Limited", "Société Générale S.A.", "株式会社トヨタ", "ООО Ромашка"},
			func(s string) string { c.Read(s); return string(c.Name) + "|" + string(c.Form) },
		},
		"email": {
			[]string{"Anna.Meier@Example.de", "j.smith+x@gmail.com"},
			func(s string) string { e.Read(s); return string(e.Address) },
		},
		"street": {
			[]string{"Hauptstraße 12a", "221 E. 51st St., Apt. 4", "ul. Długa 5 m. 3", "12 bis rue de la Paix", "Calle Mayor, 5", "PO Box 12"},
			func(s string) string {
				a.Read(s)
				return streetOf(&a).words + "|" + string(a.Number) + "|" + string(a.Suffix) + "|" + string(a.Unit) + "|" + string(a.Box)
			},
		},
		"city": {
			[]string{"Frankfurt am Main", "St. Gallen", "München", "Москва", "北京"},
			func(s string) string { return string(norm.AppendCity(nil, s)) },
		},
		"postcode":   {[]string{"SW1A 1AA", "D-10115", "89132-1234"}, func(s string) string { return string(norm.AppendPostcode(nil, s)) }},
		"identifier": {[]string{"C-0012", "ä 1", "DE 123"}, func(s string) string { return string(norm.AppendIdentifier(nil, s)) }},
	}
	for name, kind := range kinds {
		for _, value := range kind.values {
			want := kind.read(value)
			for _, variant := range variants(value) {
				if got := kind.read(variant); got != want {
					t.Errorf("%s %q is %q, %q is %q", name, value, want, variant, got)
				}
			}
		}
	}
}
