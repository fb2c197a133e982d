package norm_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/dedupe/norm"
	"github.com/reconkit/reconkit/pipeline/canon"
)

// An identifier says none as it is written exactly when its normal form does: files and
// pipelines have one rule.
func TestNoneIsOneRule(t *testing.T) {
	pieces := []string{"n", "A", "/", "-", ".", " ", "0", "00", ".0", "none", "Keine", "angabe", "entf\u00e4llt", "entfa\u0308llt", "7", "#", "@", "\u0660", "\u0667", "\uff4e", "\uff10", "\u2013", "\u00a0", "\xff", "\u200b", "ß"}
	said := 0
	rapid.Check(t, func(t *rapid.T) {
		id := ""
		for _, p := range rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 5).Draw(t, "pieces") {
			id += p
		}
		raw, normal := canon.SaysNone(id), norm.SaysNone(norm.AppendIdentifier(nil, id))
		if raw != normal {
			t.Fatalf("%q says none: %v, its normal form %q: %v", id, raw, norm.AppendIdentifier(nil, id), normal)
		}
		if raw {
			said++
		}
	})
	if said == 0 {
		t.Fatal("no identifier said none")
	}
	for _, id := range []string{"n/a", "N.A.", "-", "0000", "none", "k. A.", "Keine Angabe", "ENTFÄLLT", " ", "--", "0.0", "\uff10-0"} {
		if !canon.SaysNone(id) {
			t.Errorf("%q is taken for an identifier", id)
		}
	}
	for _, id := range []string{"7", "K0", "NA1", "#", "none@example.com", "NONESUCH", "A", "Ä", "00-1", "keineahnung1", "0NA", "00KA", "0-NV", "NA0", "0Entfällt", "\uff10NA"} {
		if canon.SaysNone(id) {
			t.Errorf("%q is taken for none", id)
		}
	}
}

// An address says none as it is written exactly when it does once it was read.
func TestNoMailboxIsOneRule(t *testing.T) {
	pieces := []string{"keine", "No", "-", "mail", "email", ".", "none", "anna", "k", "+x", "0", "@", "@angabe.de", "@gmail.com", "unbekannt", "n/a", " "}
	rapid.Check(t, func(t *rapid.T) {
		address := ""
		for _, p := range rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 5).Draw(t, "pieces") {
			address += p
		}
		var e norm.Email
		e.Read(address)
		if got, want := norm.NoMailbox(address), e.NoMailbox(); got != want {
			t.Fatalf("%q says none: %v, once read: %v", address, got, want)
		}
	})
}
