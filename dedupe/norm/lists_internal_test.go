package norm

import (
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// TestShortWordsStay: what a list writes is read as itself, or reading twice
// would give something else than reading once.
func TestShortWordsStay(t *testing.T) {
	for word, w := range streetWords().words {
		if w.kind != kindWord && w.kind != kindEnding {
			continue
		}
		if again := streetWords().words[w.short]; again.short != w.short {
			t.Errorf("street word %s becomes %s, and that %s", word, w.short, again.short)
		}
	}
	for word, short := range companyShort() {
		if again, listed := companyShort()[short]; listed {
			t.Errorf("company word %s becomes %s, and that %s", word, short, again)
		}
	}
	for name, usual := range cities() {
		if again := string(AppendCity(nil, usual)); again != usual {
			t.Errorf("place %s becomes %s, and that %s", name, usual, again)
		}
	}
}

func TestListsAreWellFormed(t *testing.T) {
	hosts := map[string]bool{}
	for _, host := range canon.ListFreeMailHosts.Entries() {
		if host != strings.ToLower(host) || !strings.Contains(host, ".") || strings.ContainsAny(host, " @") || hosts[host] {
			t.Errorf("free mail host %q", host)
		}
		hosts[host] = true
	}
	for _, list := range []canon.List{canon.ListNicknames, canon.ListCities, canon.ListCompanyShort, canon.ListStreetWords} {
		for _, line := range list.Entries() {
			head, forms, ok := strings.Cut(line, ":")
			if !ok || strings.TrimSpace(head) == "" || strings.TrimSpace(forms) == "" {
				t.Errorf("%s: line %q", list, line)
			}
			for form := range strings.SplitSeq(forms, ",") {
				if len(AppendWords(nil, form)) == 0 {
					t.Errorf("%s: empty form in %q", list, line)
				}
			}
		}
	}
	kinds := map[string]bool{"word": true, "ending": true, "drop": true, "unit": true, "floor": true, "box": true, "number": true}
	for _, line := range canon.ListStreetWords.Entries() {
		if kind, _, _ := strings.Cut(line, " "); !kinds[kind] {
			t.Errorf("kind of %q", line)
		}
	}
}

func TestNicknamesAreMany(t *testing.T) {
	table := nicknames()
	if len(table.names) < 1000 || len(table.roots) < 4000 {
		t.Errorf("%d roots, %d names", len(table.names), len(table.roots))
	}
	for name, roots := range table.roots {
		if len(strings.Fields(name)) != 1 {
			t.Errorf("%q is not one word", name)
		}
		for _, r := range roots {
			if r == 0 || int(r) >= len(table.names) {
				t.Errorf("%s has the root %d", name, r)
			}
		}
	}
	for _, name := range table.names[1:] {
		if roots := table.roots[name]; roots[0].String() != name {
			t.Errorf("the root %s has first %s", name, roots[0])
		}
	}
}
