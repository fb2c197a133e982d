package linkage_test

import (
	"fmt"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// Companies of one phone and address that are numbered by letters, Roman
// numerals or extensions are a question at most, in a list of their own and
// among people, and the explanation adds up.
func TestSeriesInOtherThanDigits(t *testing.T) {
	roman := []string{"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI", "XVII", "XVIII", "XIX", "XX"}
	for name, row := range map[string]func(i int) []string{
		"letters": func(i int) []string {
			return []string{"", "", fmt.Sprintf("halle%c@messe.example", 'a'+i), "0351 4400", fmt.Sprintf("Halle %c", 'A'+i), "Messeallee 1", "Dresden", "01067"}
		},
		"roman numerals": func(i int) []string {
			return []string{"", "", fmt.Sprintf("loge-%s@oper.example", roman[i]), "0351 4400", "Loge " + roman[i], "Messeallee 1", "Dresden", "01067"}
		},
		"extensions": func(i int) []string {
			return []string{"", "", "", fmt.Sprintf("0351 4400%d", 100+i), "Amt Mitte", "Messeallee 1", "Dresden", "01067"}
		},
	} {
		for _, people := range []int{0, 700} {
			t.Run(fmt.Sprintf("%s, %d people", name, people), func(t *testing.T) {
				rows, _ := crowd(people)
				for i := range roman {
					rows = append(rows, row(i))
				}
				r := run(t, linkage.Config{}, rows)
				for i := people; i < len(rows); i++ {
					if int(r.Clusters[i]) != i || int(r.Best[i]) != i {
						t.Fatalf("%v is one with %v: %+v", rows[i], rows[r.Best[i]], r.Explain(int32(i), r.Best[i]))
					}
				}
				e := r.Explain(int32(people), int32(people)+1)
				sum := linkage.Weight(0)
				for _, p := range e.Parts {
					sum += p.Weight
				}
				if sum != e.Sum {
					t.Errorf("the parts add up to %v, the score is %v", sum, e.Sum)
				}
			})
		}
	}
}
