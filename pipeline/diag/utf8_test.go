package diag_test

import (
	"testing"

	"github.com/reconkit/reconkit/pipeline/diag"
)

func TestUTF8KeepsTextAndShowsOtherBytes(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "Grüße\n": "Grüße\n", "\ufffd": "\ufffd", "M\xfcller": `M\xfcller`, "\xe2\x82": `\xe2\x82`, "a\x00\xff": "a\x00" + `\xff`,
	} {
		if got := diag.UTF8(in); got != want {
			t.Errorf("UTF8(%q) = %q, want %q", in, got, want)
		}
	}
}
