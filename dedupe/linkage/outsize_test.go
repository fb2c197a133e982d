package linkage_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// One value on a share of the rows, as "none" is written into a form that wants a
// number, takes no pairs from the others: the kind of key stays, and that one block is
// split. The list is longer than what kinds of key are tried on.
func TestOneValueTakesNoKindOfKey(t *testing.T) {
	columns := []linkage.Column{{Name: "given", Kind: linkage.GivenName}, {Name: "family", Kind: linkage.FamilyName}, {Name: "city", Kind: linkage.City}, {Name: "number", Kind: linkage.Identifier}}
	const people = 24_000
	for _, perThousand := range []int{0, 5, 10, 20, 30, 50, 100} {
		var rows [][]string
		told := 0
		for i := range people {
			letter := func(k, n int) string { return string(rune('a' + pickAt(4*i+k, n))) }
			family := pick(familyNames, 7*i+1) + letter(0, 26) + letter(1, 26)
			row := []string{pick(givenNames, i), family, pick(cityNames, 3*i), fmt.Sprintf("K%08d", 1+i)}
			if pickAt(i, 1000) < perThousand {
				row[3] = "K00000000"
			}
			rows = append(rows, row)
			if i%3 == 0 && row[3] != "K00000000" { // moved and married: nothing but the number tells
				again := slices.Clone(row)
				again[1], again[2] = pick(familyNames, 11*i+5), pick(cityNames, 5*i+1)
				rows = append(rows, again)
				told++
			}
		}
		l, err := linkage.New(linkage.Config{Columns: columns})
		if err != nil {
			t.Fatal(err)
		}
		r, err := linkage.TriedOn(l, 3000).Run(context.Background(), linkage.Input{Records: tableOf(t, columns, rows)})
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(r.Report.Keys, func(k linkage.KeyReport) bool { return k.Name == "number" })
		if at < 0 {
			t.Errorf("with one value on %d of 1000 rows records do not meet by their numbers", perThousand)
			continue
		}
		if k := r.Report.Keys[at]; k.Split > 1 || k.Blocks < told || k.Pairs < int64(told) {
			t.Errorf("with one value on %d of 1000 rows %d people are there twice, and numbers made %+v", perThousand, told, k)
		}
	}
}

// A large block is split by several further values, which may make the same pairs: what it
// left out is never counted below nothing.
func TestSplitBlocksLeaveNoLessThanNothing(t *testing.T) {
	columns := []linkage.Column{{Name: "given", Kind: linkage.GivenName}, {Name: "family", Kind: linkage.FamilyName}, {Name: "street", Kind: linkage.Street}, {Name: "postcode", Kind: linkage.Postcode}, {Name: "city", Kind: linkage.City}}
	const homes, each = 500, 60
	rows := make([][]string, homes*each)
	for i := range rows {
		home := i / each
		family := pick(familyNames, pickAt(i, 1000)) + strings.ToLower(pick(familyNames, pickAt(i+7, 1000)))
		rows[i] = []string{pick(givenNames, pickAt(i, 3)), family, fmt.Sprintf("Ringstraße %d", 1+home), fmt.Sprintf("%05d", 10_000+17*home), pick(cityNames, home)}
	}
	r := run(t, linkage.Config{Columns: columns}, rows)
	split := 0
	for _, k := range r.Report.Keys {
		split += k.Split
		if k.Left < 0 {
			t.Errorf("%d blocks of %s were split, and left %d pairs out", k.Split, k.Name, k.Left)
		}
	}
	if split == 0 {
		t.Error("no block was split")
	}
}

// pickAt is a number below n that depends on i.
func pickAt(i, n int) int {
	h := uint64(i)*0x9e3779b97f4a7c15 + 7
	h ^= h >> 31
	h *= 0x94d049bb133111eb
	return int((h >> 33) % uint64(n))
}
