package pipeline_test

import (
	"slices"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

func TestAnAddressIsMentionedAsAWhole(t *testing.T) {
	for text, want := range map[string]bool{
		"an@x.de":                         true,
		"AN@X.DE":                         true,
		"<an@x.de>":                       true,
		"mailto:an@x.de?subject=x":        true,
		"write to...an@x.de.":             true,
		"an@x.de, jan@x.de":               true,
		"jan@x.de, then an@x.de":          true,
		"email=an@x.de;":                  true,
		`{"v":"line\nan@x.de\u003e"}`:     true,
		`{"v":"\u003can@x.de\u003e"}`:     true,
		"jan@x.de":                        false,
		"j.an@x.de":                       false,
		"j-an@x.de, j_an@x.de":            false,
		"tag+an@x.de":                     false,
		"an@x.dev":                        false,
		"an@x.de.example":                 false,
		"an@x.de-mail.example":            false,
		"äan@x.de":                        false,
		"an at x.de":                      false,
		`{"v":"\u003cjan@x.de\u003e \\"}`: false,
	} {
		if got := pipeline.NewPerson(" An@X.de ").Mentioned(text); got != want {
			t.Errorf("in %q: %v, want %v", text, got, want)
		}
	}
	anders := pipeline.NewPerson("Jörg@Käse.example")
	for _, text := range []string{"JÖRG@KÄSE.EXAMPLE", "jörg@xn--kse-qla.example", "jo\u0308rg@ka\u0308se.example"} {
		if !anders.Mentioned(text) || !anders.Holds(pipeline.StringValue(text)) {
			t.Errorf("%q is not taken for the address, which may be written as %q", text, anders.Forms)
		}
	}
	longer := pipeline.NewPerson("an@x.de").LongerThan("Jan@x.de and an@x.de and j.an@x.de.example")
	if want := []string{"jan@x.de", "j.an@x.de.example"}; !slices.Equal(longer, want) {
		t.Errorf("longer addresses %q, want %q", longer, want)
	}
}
