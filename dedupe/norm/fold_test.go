package norm_test

import (
	"testing"

	"github.com/reconkit/reconkit/dedupe/norm"
)

func fold(s string) string  { return string(norm.AppendFold(nil, s)) }
func words(s string) string { return string(norm.AppendWords(nil, s)) }

func TestFold(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty", "", ""},
		{"spaces", " \t\n ", ""},
		{"signs alone", "--- ?!", ""},
		{"plain", "Anna  Meier ", "anna meier"},
		{"apostrophe", "O'Brien O’Brien O´Brien", "obrien obrien obrien"},
		{"full stops", "U.S.A.", "usa"},
		{"hyphen", "Müller-Lüdenscheidt", "muller ludenscheidt"},
		{"German", "Groß Weiß Jörg", "gross weiss jorg"},
		{"capital sharp s", "WEIẞ", "weiss"},
		{"Polish", "Łukasz Dąbrowski", "lukasz dabrowski"},
		{"Nordic", "Søren Åkesson Ægir Þór Ðuro", "soren akesson aegir thor duro"},
		{"Turkish", "Işık İsmail Çelik Ğ", "isik ismail celik g"},
		{"Czech", "Dvořák Jiří", "dvorak jiri"},
		{"Vietnamese", "Nguyễn Thị Ánh", "nguyen thi anh"},
		{"Catalan", "Gal·la", "galla"},
		{"ordinals", "3º 2ª №5", "3o 2a no5"},
		{"full width", "ＭÜＬＬＥＲ　１２", "muller 12"},
		{"ligature", "ﬁnanz", "finanz"},
		{"digits of other scripts", "٠١٢ ۳۴ १२", "012 34 12"},
		{"Russian", "Юрий Щербаков", "iurii shcherbakov"},
		{"Ukrainian letters", "Київ Єва Ґалаґан", "kiiv ieva galagan"},
		{"Serbian", "Ђорђе Љубица Његош Ћирић Џон", "dorde ljubitsa njegosh ciric dzon"},
		{"Kazakh", "Қазақ Өмір", "kazak omir"},
		{"Greek", "Παπαδόπουλος", "papadopoulos"},
		{"Greek ευ", "Ευάγγελος Ελευθέριος", "evangelos eleftherios"},
		{"Greek αυ parted", "Άυλος Μαΐου Αϋλος", "aylos maiou aylos"},
		{"Greek μπ", "Μπάμπης Χαλκοκονδύλης", "bampis chalkokondylis"},
		{"Greek γχ", "Άγχος Σφίγξ Αγκάθι", "anchos sfinx agkathi"},
		{"Greek capitals", "ΕΥΑΓΓΕΛΟΣ", "evangelos"},
		{"Han", "王小明", "王小明"},
		{"Hangul", "김철수", "김철수"},
		{"kana, half width", "ﾔﾏﾀﾞ ヤマダ", "ヤマダ ヤマダ"},
		{"Arabic", "مُحَمَّد محمـــد", "محمد محمد"},
		{"Arabic hamza", "أحمد إحمد", "احمد احمد"},
		{"Hebrew points", "שָׁלוֹם שלום", "שלום שלום"},
		{"Devanagari", "हिन्दी", "हिन्दी"},
		{"Thai", "สมชาย", "สมชาย"},
		{"Georgian capitals", "ᲗᲑᲘᲚᲘᲡᲘ", "თბილისი"},
		{"Armenian", "ԵՐԵՎԱՆ", "երեվան"},
		{"mixed", "株式会社ABC & Söhne", "株式会社abc sohne"},
		{"invisible", "a\u200bb\u202ec\ufeff\u00add", "abcd"},
		{"emoji", "Anna 😀 Meier", "anna meier"},
		{"NUL", "a\x00b", "a b"},
		{"Latin-1 bytes", "M\xfcller", "muller"},
		{"lost character", "M\ufffdller", "mller"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := fold(tt.in); got != tt.want {
				t.Errorf("AppendFold(%q) = %q, want %q", tt.in, got, tt.want)
			}
			if got := string(norm.AppendFold([]byte("before "), tt.in)); got != "before "+tt.want {
				t.Errorf("appended: %q", got)
			}
		})
	}
}

func TestWordsJoinSpellings(t *testing.T) {
	same := [][]string{
		{"Müller", "Mueller", "Muller", "MÜLLER", "mu\u0308ller"},
		{"Jörg", "Joerg", "Jorg"},
		{"Jäger", "Jaeger", "Jager", "Jæger"},
		{"Kierkegaard", "Kierkegård"},
		{"Søren", "Soeren", "Soren"},
		{"Özdemir", "Oezdemir"},
		{"Großmann", "Grossmann"},
		{"Günther", "Guenther"},
	}
	for _, spellings := range same {
		for _, s := range spellings[1:] {
			if words(s) != words(spellings[0]) {
				t.Errorf("%q is %q, %q is %q", spellings[0], words(spellings[0]), s, words(s))
			}
		}
	}
	kept := map[string]string{
		"Bauer": "bauer", "Joe": "joe", "Sue": "sue", "Xue": "xue", "Michael": "michael", "Samuel": "samuel",
		"Quentin": "quentin", "Neuer": "neuer", "Mae": "mae", "Zoe Doe": "zoe doe", "Noel Michael": "noel michael",
	}
	for in, want := range kept {
		if got := words(in); got != want {
			t.Errorf("AppendWords(%q) = %q, want %q", in, got, want)
		}
	}
	if words("Xu") == words("Xue") || words("Bauer") == words("Baur") {
		t.Error("two names became one")
	}
}

func TestNextWord(t *testing.T) {
	var got []string
	for rest := []byte("anna lena m"); len(rest) > 0; {
		var word []byte
		word, rest = norm.NextWord(rest)
		got = append(got, string(word))
	}
	if len(got) != 3 || got[0] != "anna" || got[1] != "lena" || got[2] != "m" {
		t.Errorf("words: %q", got)
	}
	if word, rest := norm.NextWord(nil); len(word) != 0 || len(rest) != 0 {
		t.Errorf("of nothing: %q, %q", word, rest)
	}
}
