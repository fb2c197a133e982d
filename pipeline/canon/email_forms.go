package canon

import (
	"slices"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// EmailForms returns the texts by which an address may be written, in small
// letters: as it stands and as [ParseEmail] reads it, its domain in letters or as
// xn--, and composed letters in one piece or in two. Text that is no address has
// the forms of its letters alone.
func EmailForms(s string) []string {
	plain := strings.ToLower(strings.TrimSpace(s))
	forms := []string{plain}
	if e, err := ParseEmail(s); err == nil {
		forms = append(forms, e.Address)
		if domain, err := idna.Lookup.ToUnicode(e.Domain); err == nil {
			forms = append(forms, e.Local+"@"+strings.ToLower(domain))
		}
	}
	for _, f := range slices.Clone(forms) {
		forms = append(forms, norm.NFC.String(f), norm.NFD.String(f))
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}
