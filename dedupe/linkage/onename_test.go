package linkage_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/reconkit/reconkit/dedupe/linkage"
)

// Mailboxes are compared where no name is mapped at all.
func TestMailboxesWithoutNames(t *testing.T) {
	r := run(t, linkage.Config{Columns: []linkage.Column{{Name: "email", Kind: linkage.Email}}}, [][]string{{"anna.oberhuber@mail.example"}, {"hanna.oberhuber@mail.example"}})
	if len(r.Clusters) != 2 {
		t.Errorf("%d records are clustered, want 2", len(r.Clusters))
	}
}

// Where only one name is mapped, a mailbox tells the other one; the name that both
// records have does not count once more in it. So brothers and sisters of one name,
// whose mailboxes are a letter or two apart, are no slips of each other.
func TestMailboxesWhereOneNameIsMapped(t *testing.T) {
	columns := []linkage.Column{{Name: "family", Kind: linkage.FamilyName}, {Name: "email", Kind: linkage.Email}, {Name: "street", Kind: linkage.Street}, {Name: "city", Kind: linkage.City}}
	var rows [][]string
	crowded, _ := crowd(1500)
	for _, row := range crowded {
		rows = append(rows, []string{row[1], row[2], row[5], row[6]})
	}
	first := int32(len(rows))
	for name, c := range map[string]struct {
		a, b string
		say  []string // levels of the mailboxes, any of which is right
	}{
		"a letter less":       {"anna.oberhuber@mail.example", "hanna.oberhuber@mail.example", []string{"mailboxes alike", "other mailbox of one domain"}},
		"two letters more":    {"hans.oberhuber@mail.example", "johannes.oberhuber@mail.example", []string{"other mailbox of one domain", "different"}},
		"a pair of names":     {"oberhuber.mario@mail.example", "oberhuber.maria@mail.example", []string{"other mailbox of one domain", "different"}},
		"an initial":          {"a.oberhuber@mail.example", "anna.oberhuber@mail.example", []string{"mailboxes alike"}},
		"another initial":     {"a.oberhuber@mail.example", "b.oberhuber@mail.example", []string{"other mailbox of one domain", "different"}},
		"elsewhere":           {"jan.oberhuber@mail.example", "tina.oberhuber@post.example", []string{"different"}},
		"a slip in the name":  {"anna.oberhuber@mail.example", "anna.oberhubr@mail.example", []string{"one slip apart"}},
		"a slip behind the @": {"anna.oberhuber@mail.example", "anna.oberhuber@mial.example", []string{"one slip apart", "same mailbox, other domain", "made from the name"}},
	} {
		r := run(t, linkage.Config{Columns: columns}, append(slices.Clip(rows),
			[]string{"Oberhuber", c.a, "Seeweg 4", "Husum"}, []string{"Oberhuber", c.b, "Seeweg 4", "Husum"}))
		for _, p := range r.Explain(first, first+1).Parts {
			if p.Field == "e-mail" && !slices.Contains(c.say, p.Level) {
				t.Errorf("%s: %s and %s are %q, want %s", name, c.a, c.b, p.Level, strings.Join(c.say, " or "))
			}
		}
	}
}

// A mailbox that is the only name of its record says no more than the name does: two
// surnames at one company are two people, however few letters apart they are. One
// name with a slip in its mailbox is one.
func TestMailboxesThatAreTheNames(t *testing.T) {
	columns := []linkage.Column{{Name: "family", Kind: linkage.FamilyName}, {Name: "email", Kind: linkage.Email}}
	for _, c := range []struct {
		a, b   [2]string
		likely bool
	}{
		{[2]string{"Weber", "weber@firma.example"}, [2]string{"Leer", "leer@firma.example"}, false},
		{[2]string{"Weber", "weber@firma.example"}, [2]string{"Meyer", "meyer@firma.example"}, false},
		{[2]string{"Weber", "webr@firma.example"}, [2]string{"Meyer", "meyer@firma.example"}, false},
		{[2]string{"Kunz", "kunz@firma.example"}, [2]string{"Kunze", "kunze@firma.example"}, false},
		{[2]string{"Weber", "weber@firma.example"}, [2]string{"Weber", "webr@firma.example"}, true},
		{[2]string{"Weber", "webr@firma.example"}, [2]string{"Webre", "weber@firma.example"}, true},
		{[2]string{"Weber", "weber@firma.example"}, [2]string{"Leer", "weber@firma.example"}, true},
	} {
		r := run(t, linkage.Config{Columns: columns}, [][]string{c.a[:], c.b[:]})
		if told := r.Explain(0, 1); told.Probability > .5 != c.likely {
			t.Errorf("%v and %v: likely one is %t, want %t; %v", c.a, c.b, !c.likely, c.likely, told)
		}
	}
}

// What the letters of a mailbox are is told from its own address, whatever the same
// mailbox at another domain looks like and wherever that stands: at gmail.com dots do
// not count, so that michael.harris@ is michaelharris@ there, in two words.
func TestLettersOfAMailboxAreItsOwn(t *testing.T) {
	pair := [][]string{{"Michael", "Harris", "michaelharris@mail.example"}, {"Michael", "Harris", "michael_harris@mail.example"}}
	other := []string{"Nina", "Aldinger", "michael.harris@gmail.com"}
	last := run(t, linkage.Config{}, append(slices.Clip(pair), other)).Explain(0, 1)
	first := run(t, linkage.Config{}, append([][]string{other}, pair...)).Explain(1, 2)
	if diff := cmp.Diff(last.Parts, first.Parts); diff != "" {
		t.Errorf("the pair is compared otherwise behind another record (-before +behind):\n%s", diff)
	}
}
