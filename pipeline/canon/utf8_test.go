package canon_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/pipeline/canon"
)

func TestValidUTF8IsThatOfUnicode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SampledFrom([]string{"a", "abcdefgh", "ä", "ß", "é", "€", "王", "😀", "\x80", "\xbf", "\xc0", "\xc1\x80", "\xc2", "\xc3", "\xdf\xbf", "\xe0", "\xe0\x80\x80",
			"\xed\xa0\x80", "\xef\xbf\xbd", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5", "\xff", "\x00", "\x7f"})
		text := []byte(strings.Join(rapid.SliceOfN(part, 0, 30).Draw(t, "text"), ""))
		if got, want := canon.ValidUTF8(text), utf8.Valid(text); got != want {
			t.Fatalf("%q: got %v, want %v", text, got, want)
		}
	})
}

// Every pair of bytes, at each place of the eight that are looked at together.
func TestValidUTF8OfEveryPair(t *testing.T) {
	for at := range 17 {
		text := []byte(strings.Repeat("x", 18))
		for a := range 256 {
			for b := range 256 {
				text[at], text[at+1] = byte(a), byte(b)
				if got, want := canon.ValidUTF8(text), utf8.Valid(text); got != want {
					t.Fatalf("%q: got %v, want %v", text, got, want)
				}
			}
		}
	}
}

func FuzzValidUTF8(f *testing.F) {
	f.Add([]byte("Müller und Söhne, 10 €, 王小明"))
	f.Add([]byte("0123456\xc3\xa4"))
	f.Add([]byte("0123456\xc3"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, want := canon.ValidUTF8(text), utf8.Valid(text); got != want {
			t.Fatalf("%q: got %v, want %v", text, got, want)
		}
	})
}

func BenchmarkValidUTF8(b *testing.B) {
	text := []byte(strings.Repeat("Müller Söhne, Köln, Hauptstraße 12, 50667 Köln, Café zur Post", 100))
	b.Run("ours", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			canon.ValidUTF8(text)
		}
	})
	b.Run("unicode", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			utf8.Valid(text)
		}
	})
}
