package linkage_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

func TestHostileRecords(t *testing.T) {
	long := strings.Repeat("Müller 12 ", 1<<17)
	odd := []string{"\x00", "\xff\xfe\xfd", "=cmd|' /C calc'!A0", "\x1b[31mred", "\u202eliam\u202c", "@", "@@", ".", "-", "  ", "🎉🎉", "\xe2\x82", "'", "0", "00000000", "1e309", "a@b@c"}
	var oddRows [][]string
	for i := range 300 {
		row := make([]string, len(people))
		for k := range row {
			row[k] = odd[(i+k*k)%len(odd)]
		}
		oddRows = append(oddRows, row)
	}
	var equal, different, empty [][]string
	for i := range 2000 {
		equal = append(equal, []string{"Anna", "Meier", "anna@meier.example", "030 1234567", "Meier GmbH", "Weg 1", "Ulm", "89073", "17"})
		word := func(k int) string {
			return strings.Map(digitLetter, fmt.Sprintf("%016x", uint64(9*i+k+1)*0x9e3779b97f4a7c15))
		}
		different = append(different, []string{word(0), word(1), word(2) + "@" + word(3) + ".example", fmt.Sprintf("+4930%08d", i*76543211%99999989), word(4), fmt.Sprintf("%s %d", word(5), i), word(6), fmt.Sprintf("%05d", i*7919%99991), word(7)})
		empty = append(empty, nil)
	}
	for _, c := range []struct {
		name string
		rows [][]string
		want int // clusters in Best; -1: any
	}{
		{"no record", nil, 0},
		{"one record", equal[:1], 1},
		{"one empty record", empty[:1], 1},
		{"two records", equal[:2], 1},
		{"empty columns", empty, 2000},
		{"all equal", equal, 1},
		{"all different", different, 2000},
		{"odd bytes", oddRows, -1},
		{"values of a megabyte", [][]string{{long, long, long, long, long, long, long, long, long}, {long, long, "", "", "", "", "", "", ""}, {"Anna", "Meier"}}, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := run(t, linkage.Config{}, c.rows)
			if len(r.Best) != len(c.rows) || len(r.Clusters) != len(c.rows) {
				t.Fatalf("got %d and %d labels for %d records", len(r.Best), len(r.Clusters), len(c.rows))
			}
			if got := distinct(r.Best); c.want >= 0 && got != c.want {
				t.Errorf("got %d clusters, want %d", got, c.want)
			}
			for i := range r.Best {
				if r.Best[i] > int32(i) {
					t.Fatalf("record %d is labelled %d, which is not the first of its cluster", i, r.Best[i])
				}
			}
		})
	}
}

func digitLetter(r rune) rune {
	if r >= '0' && r <= '9' {
		return 'g' + r - '0'
	}
	return r
}

func distinct(labels []int32) int {
	seen := map[int32]bool{}
	for _, l := range labels {
		seen[l] = true
	}
	return len(seen)
}

// A hundred thousand people of one mailbox and one phone are as many people.
func TestOneMailboxOfMany(t *testing.T) {
	rows := make([][]string, 100_000)
	for i := range rows {
		rows[i] = []string{pick(givenNames, i), pick(familyNames, i/26) + strings.ToLower(pick(familyNames, i/676)), "info@fair.example", "030 1234567"}
	}
	r := run(t, linkage.Config{Same: []string{"email"}}, rows)
	if r.Report.ClusterLargest > 100 {
		t.Errorf("a cluster has %d records; a shared mailbox joins nobody", r.Report.ClusterLargest)
	}
	if !strings.Contains(strings.Join(r.Report.Notes, "\n"), `same column "email" is evidence only`) {
		t.Errorf("the report does not say that the mailbox is shared: %q", r.Report.Notes)
	}
}

// A million equal records are one contact, and the report says that not all
// pairs were compared.
func TestMillionEqualKeys(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	rows := make([][]string, 1_000_000)
	one := []string{"Anna", "Meier", "anna.meier@mail.example"}
	for i := range rows {
		rows[i] = one
	}
	r := run(t, linkage.Config{Columns: people[:3]}, rows)
	if got := distinct(r.Best); got != 1 {
		t.Errorf("got %d clusters, want 1", got)
	}
	if len(r.Report.Notes) == 0 {
		t.Error("the report does not say what was left out")
	}
}

// Two hundred thousand records of one first name and nothing else are nobody in
// particular, and are not all compared with each other.
func TestOneNameOfMany(t *testing.T) {
	rows := make([][]string, 200_000)
	for i := range rows {
		rows[i] = []string{"Anna"}
	}
	r := run(t, linkage.Config{}, rows)
	if r.Report.Pairs > 20*int64(len(rows)) {
		t.Errorf("%d pairs were compared of %d records", r.Report.Pairs, len(rows))
	}
	if r.Report.ClusterLargest > 1 {
		t.Errorf("%d records are one contact by a first name alone", r.Report.ClusterLargest)
	}
}

func TestCancelledRun(t *testing.T) {
	rows, _ := crowd(3000)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	l, err := linkage.New(linkage.Config{Columns: people})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Run(ctx, linkage.Input{Records: tableOf(t, people, rows)}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that the run was cancelled", err)
	}
}

// Columns that do not fit are named in the report.
func TestMoreColumnsThanFit(t *testing.T) {
	columns := []linkage.Column{{Name: "given", Kind: linkage.GivenName}, {Name: "family", Kind: linkage.FamilyName}, {Name: "town", Kind: linkage.City}, {Name: "other town", Kind: linkage.City}}
	row := []string{"Anna", "Meier", "Ulm", "Ulm"}
	for i := range 9 {
		columns = append(columns, linkage.Column{Name: fmt.Sprintf("text %d", i), Kind: linkage.Text})
		row = append(row, "same")
	}
	r := run(t, linkage.Config{Columns: columns}, [][]string{row, row})
	notes := strings.Join(r.Report.Notes, "\n")
	for _, name := range []string{"other town", "text 7", "text 8"} {
		if !strings.Contains(notes, fmt.Sprintf("%q is not compared", name)) {
			t.Errorf("the report does not say that %q was left out:\n%s", name, notes)
		}
	}
	if strings.Contains(notes, "text 6") {
		t.Errorf("the report says that text 6 was left out:\n%s", notes)
	}
}
