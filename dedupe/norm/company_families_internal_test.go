package norm

import (
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// A form counts as one thing, and what it counts as counts as itself: a spelling that
// no name is read with, one of two families, or a chain of them would be a slip in
// the list.
func TestFormFamiliesAreSound(t *testing.T) {
	known := func(form string) bool {
		joined := slices.ContainsFunc(legalForms().joined, func(s string) bool { return string(AppendWords(nil, s)) == form })
		return legalForms().after[form] || legalForms().before[form] || joined
	}
	seen := map[string]bool{}
	for _, line := range canon.ListFormFamilies.Entries() {
		how, forms, _ := strings.Cut(line, " ")
		left, parts, _ := strings.Cut(forms, "=")
		words := formWords(left)
		for i, w := range words {
			if !known(w) {
				t.Errorf("%s: %q is no legal form", line, w)
			}
			if head := i == 0 && how == "same" || how == "partner"; !head {
				if seen[w] {
					t.Errorf("%s: %q is listed twice", line, w)
				}
				seen[w] = true
			}
		}
		switch how {
		case "none":
		case "same":
			stands(t, line, words[0])
		case "both", "partner":
			of := formWords(parts)
			if len(words) != 1 || len(of) != 2 || of[0] == of[1] {
				t.Errorf("%s: want one form = two others", line)
			}
			for _, w := range of {
				stands(t, line, w)
			}
			if how == "partner" {
				stands(t, line, words[0])
			}
		default:
			t.Errorf("%s: no word for what the line says", line)
		}
	}
	for w, meaning := range formFamilies().meaning {
		for _, m := range meaning {
			stands(t, w, m)
		}
	}
}

// stands checks that a form counts as itself.
func stands(t *testing.T, line, form string) {
	t.Helper()
	if got := formFamilies().means(form); !slices.Equal(got, []string{form}) {
		t.Errorf("%s: %q counts as %q, not as itself", line, form, got)
	}
}

// Each listed company with a partner differs from it, and from its own kind alone.
func TestPartnersOfForms(t *testing.T) {
	for _, p := range formFamilies().partners {
		for half := range strings.FieldsSeq(p.both) {
			if got := CompareForms(p.whole, half); got != FormsShort {
				t.Errorf("%s and %s compare as %d, want %d", p.whole, half, got, FormsShort)
			}
		}
		if got := string(AppendForm(nil, []byte(p.both))); got != p.whole {
			t.Errorf("%s is read as %s, want %s", p.both, got, p.whole)
		}
	}
}
