package dedupe

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/dedupe/norm"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
)

// An address says none as it is written exactly when the one that is read from it does,
// whatever stands around it.
func TestNoneOfAnAddressThatIsRead(t *testing.T) {
	pieces := []string{"keine", "KEINE", "no", "-email", "none", "Unbekannt", "anna", "leer", "ohne", "empty", "fehlt", "entf\u00e4llt", "a", "k", "@", "@angabe.de", "@x", ".de", "<", ">", "\uff1c", "\uff1e", "(", ")", "mailto:", "Mailto:", "\"", "'", " ", ".", ",", "?", "+", "0", "n/a", "\u0308", "\uff4b"}
	said, hidden := 0, 0
	check := func(t rapid.TB, s string) {
		address := s
		if e, err := canon.ParseEmail(s); err == nil {
			address = e.Address
		}
		want := norm.NoMailbox(address)
		if got := saysNone(pipeline.KindEmail, s); got != want {
			t.Fatalf("%q says none: %v, read as %q: %v", s, got, address, want)
		}
		if want {
			said++
			if len(address) < len(s) {
				hidden++
			}
		}
	}
	for _, s := range []string{"Anna <keine@angabe.de>", "anna \uff1ckeine@angabe.de\uff1e", "mailto:keine@angabe.de", "a(x)@b.de", "(anna) none@x.de", "@keine", "", "@"} {
		check(t, s)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := ""
		for _, p := range rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 6).Draw(t, "pieces") {
			s += p
		}
		check(t, s)
	})
	for _, s := range []string{"leer@", "ohne@", "entf\u00e4llt@", "empty@", "fehlt@ x", "Anna <keine@angabe.de>"} {
		if !saysNone(pipeline.KindEmail, s) {
			t.Errorf("%q is taken for an address", s)
		}
	}
	if said == 0 || hidden == 0 {
		t.Fatalf("%d said none, %d of them in what stands around", said, hidden)
	}
}
