package canon_test

import (
	"testing"

	"github.com/reconkit/reconkit/pipeline/canon"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ in, fold, german, ascii string }{
		{"", "", "", ""},
		{"  Anna \t MEIER ", "anna meier", "anna meier", "anna meier"},
		{"Müller", "muller", "mueller", "muller"},
		{"Mu\u0308ller", "muller", "mueller", "muller"},
		{"STRAẞE Straße", "strasse strasse", "strasse strasse", "strasse strasse"},
		{"Ærø Øre Þór Łódź", "aero ore thor lodz", "aero ore thor lodz", "aero ore thor lodz"},
		{"İstanbul Irmak ılık", "istanbul irmak ilik", "istanbul irmak ilik", "istanbul irmak ilik"},
		{"Ｆｕｌｌ ﬁne №1", "full fine no1", "full fine no1", "full fine no1"},
		{"O’Brien – ‘x’", "o'brien - 'x'", "o'brien - 'x'", "o'brien - 'x'"},
		{"王小明", "王小明", "王小明", "wang xiao ming"},
		{"Ёлка Й", "елка и", "елка и", "elka i"},
		{"Νίκος", "νικοσ", "νικοσ", "nikos"},
		{"がく", "がく", "がく", "gaku"},
		{"हिन्दी", "हिन्दी", "हिन्दी", "hindii"},
		{"a\u200bb\ufeff", "ab", "ab", "ab"},
		{"\u00a0x\u2003y\u3000", "x y", "x y", "x y"},
		{"😀", "😀", "😀", ""},
	} {
		if got := canon.Fold(c.in); got != c.fold {
			t.Errorf("Fold(%q) = %q, want %q", c.in, got, c.fold)
		}
		if got := canon.FoldGerman(c.in); got != c.german {
			t.Errorf("FoldGerman(%q) = %q, want %q", c.in, got, c.german)
		}
		if got := canon.FoldASCII(c.in); got != c.ascii {
			t.Errorf("FoldASCII(%q) = %q, want %q", c.in, got, c.ascii)
		}
	}
	if canon.Fold("王小明") == canon.Fold("王小朋") {
		t.Error("two names in Chinese characters fold to the same")
	}
}

func TestFoldWords(t *testing.T) {
	for in, want := range map[string]string{
		"U.S.A.":            "usa",
		"Trinidad & Tobago": "trinidad tobago",
		"Trinidad-Tobago":   "trinidad tobago",
		"Côte d’Ivoire":     "cote divoire",
		"...":               "",
		"हिन्दी!":           "हिन्दी",
	} {
		if got := canon.FoldWords(in); got != want {
			t.Errorf("FoldWords(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSquish(t *testing.T) {
	for in, want := range map[string]string{
		"":                         "",
		"a b":                      "a b",
		"  a \n\t b\u00a0c\u3000 ": "a b c",
		"\ufeffa\u200b":            "a",
		"a\xff b":                  "a\xff b",
		"ä  ö":                     "ä ö",
	} {
		if got := canon.Squish(in); got != want {
			t.Errorf("Squish(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSlug(t *testing.T) {
	for in, want := range map[string]string{"Grüße, Welt!": "grusse-welt", "--": "", "王小明": "wang-xiao-ming", "a/b": "a-b"} {
		if got := canon.Slug(in); got != want {
			t.Errorf("Slug(%q) = %q, want %q", in, got, want)
		}
	}
}
