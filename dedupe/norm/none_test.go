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
	words := []string{"", "anna", "k", "NA", "n/a", "k.A.", "none", "null", "nil", "empty", "unknown", "unbekannt", "Keine", "keine-angabe", "kein", "ohne", "leer", "lee.r", "fehlt",
		"entf\u00e4llt", "entfa\u0308llt", "entfaellt", "no-email", "no_mail", "notprovided", "0", "00", "7", "gar.keine"}
	for _, before := range []string{"", " ", "_", "'", "0", "x", "mailto:", "Max <", "\u200b"} {
		for _, word := range words {
			for _, after := range []string{"", "@", " @", "@ x", "@x", "@angabe.de", "@gmail.com", "+x@angabe.de", "@angabe.de>", "1@angabe.de", "@@angabe.de", "@angabe..de", "@.de", "@angabe.de "} {
				address := before + word + after
				var e norm.Email
				e.Read(address)
				if got, want := norm.NoMailbox(address), e.NoMailbox(); got != want {
					t.Errorf("%q says none: %v, once read: %v", address, got, want)
				}
			}
		}
	}
	for _, address := range []string{"leer@", "ohne@", "entf\u00e4llt@", "empty@", "fehlt@ x", "mailto:keine@angabe.de", "Max <keine@angabe.de>", "keine@angabe.de", "n/a"} {
		if !norm.NoMailbox(address) {
			t.Errorf("%q is taken for a mailbox", address)
		}
	}
	for _, address := range []string{"leer@example.com", "ohne.sorge@example.com", "anna@example.com", "Max <max@example.com>", "lee@", "nonesuch@example.com"} {
		if norm.NoMailbox(address) {
			t.Errorf("%q is taken for none", address)
		}
	}
}

// BenchmarkNoMailbox is what each address of a list costs.
func BenchmarkNoMailbox(b *testing.B) {
	for b.Loop() {
		norm.NoMailbox("edtraud.strauchberger@t-online.de")
	}
}
