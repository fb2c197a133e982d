package linkage_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// standColumns are those of a list of people and stands.
var standColumns = []linkage.Column{{Name: "given", Kind: linkage.GivenName}, {Name: "family", Kind: linkage.FamilyName}, {Name: "email", Kind: linkage.Email}, {Name: "phone", Kind: linkage.Phone}}

// stands puts numbered stands behind people of whom every third is there twice:
// enough of them that another number is taken for a slip. Every tenth stand is there
// twice, the second time without a phone. Truth numbers the people and stands.
func stands(people, n int, stand func(number int) []string) (rows [][]string, truth []int) {
	crowded, truth := crowd(people)
	for _, row := range crowded {
		rows = append(rows, row[:4])
	}
	for i := range n {
		row := stand(1000 + i)
		rows, truth = append(rows, row), append(truth, people+i)
		if i%10 == 0 {
			again := slices.Clone(row)
			again[3] = ""
			rows, truth = append(rows, again), append(truth, people+i)
		}
	}
	return rows, truth
}

// Stands that are numbered, among people of whom many are there twice: no two stands
// are joined, and who is there twice is found.
func TestSeriesAmongDuplicates(t *testing.T) {
	for name, stand := range map[string]func(k int) []string{
		"one phone": func(k int) []string {
			return []string{"", fmt.Sprintf("Stand %d", k), fmt.Sprintf("stand%d@messe.example", k), "+49 30 551234"}
		},
		"phones in a series": func(k int) []string {
			return []string{"", fmt.Sprintf("Stand %d", k), fmt.Sprintf("stand%d@messe.example", k), fmt.Sprintf("+49 30 55%05d", k)}
		},
		"mailboxes of a number alone": func(k int) []string {
			return []string{"Messe", "Team", fmt.Sprintf("%d@messe.example", k), "+49 30 551234"}
		},
		"names of a number alone": func(k int) []string {
			return []string{"", fmt.Sprint(k), fmt.Sprintf("%d@messe.example", k), "+49 30 551234"}
		},
		"one name and phone": func(k int) []string {
			return []string{"Messe", "Team", fmt.Sprintf("stand%d@messe.example", k), "+49 30 551234"}
		},
		"every second number": func(k int) []string {
			return []string{"", fmt.Sprintf("Stand %d", 2*k), fmt.Sprintf("p%d@messe.example", 2*k), "+49 30 551234"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			const people = 2400
			rows, truth := stands(people, 600, stand)
			r := run(t, linkage.Config{Columns: standColumns}, rows)
			wrong, again, found := 0, 0, 0
			for _, p := range wrongPairs(r.Clusters, truth) {
				if p[0] >= people {
					wrong++
				}
			}
			for i := people + 1; i < len(rows); i++ {
				if truth[i] == truth[i-1] {
					if again++; r.Clusters[i] == r.Clusters[i-1] {
						found++
					}
				}
			}
			if wrong > 0 {
				t.Errorf("%d pairs of stands are joined; %s", wrong, r.Report.WeightsWhy)
			}
			if found < again*9/10 {
				t.Errorf("of %d stands that are there twice %d are found", again, found)
			}
			twice, joined := 0, 0
			for i := 1; i < people; i++ {
				if truth[i] == truth[i-1] {
					if twice++; r.Clusters[i] == r.Clusters[i-1] {
						joined++
					}
				}
			}
			if joined < twice/2 {
				t.Errorf("of %d people who are there twice %d are found", twice, joined)
			}
		})
	}
}

// A record that has no number ties no two members of a series to each other.
func TestSeriesIsNotJoinedThroughOthers(t *testing.T) {
	rows, _ := crowd(1500)
	first := len(rows)
	rows = append(rows,
		[]string{"Vera", "Quandt", "hall101@fair.example", "+49 40 7711223", "", "Kai 7", "Husum", "25813"},
		[]string{"Vera", "Quandt", "hall102@fair.example", "+49 40 7711223", "", "Kai 7", "Husum", "25813"},
		[]string{"Vera", "Quandt", "", "+49 40 7711223", "", "Kai 7", "Husum", "25813"})
	r := run(t, linkage.Config{}, rows)
	if r.Clusters[first] == r.Clusters[first+1] {
		t.Errorf("hall101@ and hall102@ are one for sure")
	}
	if r.Clusters[first+2] != r.Clusters[first] && r.Clusters[first+2] != r.Clusters[first+1] {
		t.Errorf("who has no mailbox is nobody's: %+v", r.Explain(int32(first), int32(first+2)))
	}
	asked := slices.ContainsFunc(r.Questions, func(p linkage.Pair) bool { return int(p.A) >= first && int(p.B) >= first })
	if !asked {
		t.Error("nobody is asked about hall101@ and hall102@")
	}
}

// What limits the score of a pair of a series is a part of its explanation; an equal
// number or date of birth says that the mailbox is a second one or mistyped.
func TestSeriesIsExplained(t *testing.T) {
	columns := append(slices.Clone(people), linkage.Column{Name: "born", Kind: linkage.Date})
	pair := func(mailA, mailB, number, born string) [][]string {
		row := []string{"Vera", "Quandt", mailA, "+49 40 7711223", "", "Kai 7", "Husum", "25813", number, born}
		other := slices.Clone(row)
		other[2] = mailB
		return [][]string{row, other}
	}
	for name, c := range map[string]struct {
		rows    [][]string
		limited bool
	}{
		"stands":            {pair("stand101@fair.example", "stand102@fair.example", "", ""), true},
		"the own name":      {pair("vera.quandt101@mail.example", "vera.quandt102@mail.example", "", ""), true},
		"a longer number":   {pair("stand101@fair.example", "stand1012@fair.example", "", ""), true},
		"one number":        {pair("stand101@fair.example", "stand102@fair.example", "C-1177", ""), false},
		"one date of birth": {pair("stand101@fair.example", "stand102@fair.example", "", "1971-04-05"), false},
		"other letters":     {pair("stand101@fair.example", "hall102@fair.example", "", ""), false},
		"numbers alone":     {pair("101@fair.example", "102@fair.example", "", ""), true},
		"long neighbours":   {pair("83726151@fair.example", "83726178@fair.example", "", ""), true},
		"a longer one":      {pair("99999@fair.example", "100001@fair.example", "", ""), true},
		"nothing alike":     {pair("83726151@fair.example", "1194027@fair.example", "", ""), false},
		"one mailbox":       {pair("stand101@fair.example", "stand101@fair.example", "", ""), false},
	} {
		rows, _ := crowd(1500)
		first := int32(len(rows))
		r := run(t, linkage.Config{Columns: columns}, append(rows, c.rows...))
		e := r.Explain(first, first+1)
		sum, limited := linkage.Weight(0), false
		for _, p := range e.Parts {
			sum += p.Weight
			limited = limited || p.Field == "numbered series"
		}
		if sum != e.Sum || e.Sum.Probability() != e.Probability {
			t.Errorf("%s: the parts add up to %v, the score is %v: %+v", name, sum, e.Sum, e.Parts)
		}
		if limited != c.limited {
			t.Errorf("%s: limited is %v: %+v", name, limited, e.Parts)
		}
		if limited && (e.Probability >= linkage.MatchAboveDefault || e.Probability < linkage.ReviewAboveDefault) {
			t.Errorf("%s: a probability of %.3f is no question", name, e.Probability)
		}
		scored := false
		for p := range r.Pairs() {
			if p.A == first && p.B == first+1 {
				scored = true
				if p.Score != e.Sum {
					t.Errorf("%s: the score is %v, explained by %v", name, p.Score, e.Sum)
				}
			}
		}
		if !scored {
			t.Errorf("%s: the pair is not told of", name)
		}
	}
}

// People whose employers are numbered are one where a mailbox, a date or a number of
// their own agrees; the contacts of branches that share no more than a phone are not,
// and neither are numbered names and companies, whatever they share.
func TestSeriesOfEmployers(t *testing.T) {
	columns := append(slices.Clone(people), linkage.Column{Name: "born", Kind: linkage.Date})
	at := func(given, family, mail, company, number, born string) func(k int) []string {
		return func(k int) []string {
			numbered := func(s string) string {
				if strings.Contains(s, "%") {
					return fmt.Sprintf(s, k)
				}
				return s
			}
			return []string{given, numbered(family), mail, "+49 40 7711223", numbered(company), "Kai 7", "Husum", "25813", number, born}
		}
	}
	for name, c := range map[string]struct {
		row  func(k int) []string
		n    int
		ones int // contacts that are found
	}{
		"one's own mailbox":           {at("Vera", "Quandt", "vera.quandt@mail.example", "Filiale %d", "", ""), 2, 1},
		"one's own date of birth":     {at("Vera", "Quandt", "", "Filiale %d", "", "1971-04-05"), 2, 1},
		"one's own number":            {at("Vera", "Quandt", "", "Filiale %d", "C-1177", ""), 2, 1},
		"nothing of one's own":        {at("Messe", "Team", "", "Stand %d", "", ""), 20, 20},
		"companies, one mailbox":      {at("", "", "info@fair.example", "Stand %d", "", ""), 20, 20},
		"companies, one number":       {at("", "", "", "Stand %d", "C-1177", ""), 2, 2},
		"numbered names, one mailbox": {at("Messe", "Stand %d", "kerstin.o@fair.example", "", "", ""), 20, 20},
		"numbered names, one date":    {at("Messe", "Stand %d", "", "", "", "1971-04-05"), 20, 20},
		"numbered names, one number":  {at("Messe", "Stand %d", "", "", "C-1177", ""), 20, 20},
	} {
		rows, _ := crowd(1500)
		first := len(rows)
		for k := range c.n {
			rows = append(rows, c.row(101+k))
		}
		r := run(t, linkage.Config{Columns: columns}, rows)
		found := map[int32]bool{}
		for _, cluster := range r.Clusters[first:] {
			found[cluster] = true
		}
		if len(found) != c.ones {
			t.Errorf("%s: %d records are %d contacts, want %d: %+v", name, c.n, len(found), c.ones, r.Explain(int32(first), int32(first+1)))
		}
	}
}

// An answer joins two members of a series, and nobody else with them.
func TestSeriesIsJoinedByAnswer(t *testing.T) {
	rows, _ := stands(1500, 300, func(k int) []string {
		return []string{"", fmt.Sprintf("Stand %d", k), fmt.Sprintf("stand%d@messe.example", k), "+49 30 551234"}
	})
	a, b := int32(1502), int32(1503)
	r := run(t, linkage.Config{Columns: standColumns, Answers: []linkage.Answer{{A: a, B: b, Same: true}}}, rows)
	size := 0
	for i := range r.Clusters {
		if r.Clusters[i] == r.Clusters[a] {
			size++
		}
	}
	if r.Clusters[a] != r.Clusters[b] || size != 2 {
		t.Errorf("%v and %v are in clusters %d and %d, of %d records", rows[a], rows[b], r.Clusters[a], r.Clusters[b], size)
	}
}
