package linkage_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// given is what a result says of the given names of two records.
func given(r *linkage.Result, a, b int32) (p linkage.Part) {
	for _, p := range r.Explain(a, b).Parts {
		if p.Field == "given name" {
			return p
		}
	}
	return p
}

// Of several given names a list may hold the first alone, or the one that somebody is
// called by, with a slip or with an initial: that is no evidence against being one. Names
// that differ beside an equal one are less than that one alone.
func TestSeveralGivenNames(t *testing.T) {
	const part, alike, loose = "short for the other, or part of it, or so called by a mailbox", "alike", "hardly alike"
	person := func(given string) []string {
		return []string{given, "Winterfeldt", "", "", "", "Seestr. 4", "Ulm", "89073"}
	}
	for _, c := range []struct {
		name, a, b, level string
	}{
		{"the first name alone", "Anna Maria", "Anna", "one slip apart"},
		{"the second name alone", "Anna Maria", "Maria", part},
		{"the second name alone, with a slip", "Friederike Margarethe", "Margarete", part},
		{"the second of three", "Anna Maria Luise", "Maria", part},
		{"two of three", "Anna Maria Luise", "Maria Luise", part},
		{"a short form of the second", "Johann Robert", "Bob", part},
		{"an initial before the name that is used", "J. Margarethe", "Margarethe", part},
		{"the first name with a slip, the second missing", "Lokessh Brandan", "Lokesh", "one slip apart"},
		{"the first name in another spelling, the second missing", "Viktoriia", "Wiktoria Teodora", alike},
		{"in another order", "Maria Anna", "Anna Maria", part},
		{"the second name as an initial", "Anna Maria", "Anna M.", "one slip apart"},
		{"another second name", "Anna Maria", "Anna Sophie", alike},
		{"another second initial", "Anna M.", "Anna S.", alike},
		{"another second name, and a slip in the first", "Konstantin Paul", "Konstantyn Georg", loose},
		{"the second of one, the first of the other", "Anna Maria", "Maria Luise", loose},
		{"another name", "Anna Maria", "Konstantin", "different"},
		{"a man's and a woman's form", "Peter Alexander", "Petra", "different"},
		{"initials of two", "J. Paul", "J. Theodor", "different"},
		{"another initial before one name", "J. Paul", "T. Paul", loose},
		{"particles are no names", "Ana de Jesus", "Rosa de Lourdes", "different"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := among(t, linkage.Config{}, person(c.a), person(c.b))
			p := given(r, 0, 1)
			if p.Level != c.level {
				t.Errorf("%s and %s are %q, want %q", c.a, c.b, p.Level, c.level)
			}
			if held := c.level == part || c.level == "one slip apart"; held && p.Weight <= 0 {
				t.Errorf("%s and %s weigh %v, which is evidence against them", c.a, c.b, p.Weight)
			}
		})
	}
}

// A second column of given names says nothing where one record has a value in it and the
// other has none, or what somebody wrote to say that there is none.
func TestSecondColumnOfGivenNames(t *testing.T) {
	columns := []linkage.Column{{Name: "first", Kind: linkage.GivenName}, {Name: "second", Kind: linkage.GivenName}, {Name: "family", Kind: linkage.FamilyName}, {Name: "born", Kind: linkage.Date}}
	people, truth := crowd(900)
	rows := [][]string{{"Lokesh", "", "Rathod", "1988-08-22"}, {"Lokessh", "Riya", "Ratbod", "1988-08-22"}, {"Lokeah", "brakdanych", "Rathod", "1988-08-22"}}
	for i, p := range people {
		rows = append(rows, []string{p[0], "", p[1], strings.Join([]string{"19", string(rune('4' + truth[i]%6)), string(rune('0' + truth[i]%10)), "-0", string(rune('1' + truth[i]%9)), "-1", string(rune('0' + truth[i]*7%10))}, "")})
	}
	r := run(t, linkage.Config{Columns: columns}, rows)
	for _, pair := range [][2]int32{{0, 1}, {0, 2}} {
		if p := given(r, pair[0], pair[1]); p.Weight <= 0 {
			t.Errorf("%v and %v: %+v", rows[pair[0]], rows[pair[1]], p)
		}
	}
	if r.Best[0] != r.Best[1] || r.Best[0] != r.Best[2] {
		t.Errorf("one person is three: %v", r.Explain(0, 1))
	}
}

// Two of one home who have a given name in common may be mother and daughter, or sisters:
// a person is asked. An e-mail address or a number of their own tells that they are one,
// and so does a date of birth where they do not live together.
func TestFamiliesShareGivenNames(t *testing.T) {
	names := [][2]string{{"Anna Maria", "Maria"}, {"Anna Maria", "Anna Sophie"}, {"Jean Pierre", "Jean Paul"}, {"Anna Maria", "Maria Luise"}, {"Karl M.", "Karl T."}, {"Friederike Margarethe", "Margarete"}}
	one := [][2]string{{"Anna Maria", "Anna"}, {"Anna Maria", "Anna M."}, {"Anna-Maria", "Annamaria"}}
	for _, tt := range []struct {
		name   string
		people int
	}{{"learned weights", 3000}, {"shipped weights", 120}} {
		t.Run(tt.name, func(t *testing.T) {
			r := run(t, linkage.Config{Columns: homeColumns}, homes(tt.people, append(slices.Clone(names), one...), "", ""))
			for i, pair := range append(slices.Clone(names), one...) {
				a, b := int32(tt.people+2*i), int32(tt.people+2*i+1)
				e := r.Explain(a, b)
				if joined := r.Clusters[a] == r.Clusters[b]; joined != (i >= len(names)) {
					t.Errorf("%s and %s of one home: joined is %t; %v", pair[0], pair[1], joined, e)
				}
				limited := slices.ContainsFunc(e.Parts, func(p linkage.Part) bool { return strings.Contains(p.Level, "given name in common") })
				if asked := i < len(names); limited && !asked || asked && e.Probability > .91 {
					t.Errorf("%s and %s of one home are one by %.3f; %v", pair[0], pair[1], e.Probability, e)
				}
			}
		})
	}
	for why, own := range map[string][2][]string{
		"one mailbox": {
			{"Anna Maria", "Quistorp", "sonne77@post.example", "+49 40 7700001", "", "Seestr. 200", "Erfurt", "16555", "", ""},
			{"Maria", "Quistorp", "sonne77@post.example", "+49 40 7700001", "", "Seestr. 200", "Erfurt", "16555", "", ""}},
		"one number": {
			{"Anna Maria", "Quistorp", "", "+49 40 7700001", "", "Seestr. 200", "Erfurt", "16555", "", "K-7714"},
			{"Maria", "Quistorp", "", "+49 40 7700001", "", "Seestr. 200", "Erfurt", "16555", "", "K-7714"}},
		"one date of birth, no home": {
			{"Anna Maria", "Quistorp", "", "", "", "", "Erfurt", "", "1977-03-05", ""},
			{"Maria", "Quistorp", "", "", "", "", "Erfurt", "", "1977-03-05", ""}},
	} {
		t.Run(why, func(t *testing.T) {
			columns := append(slices.Clone(homeColumns), linkage.Column{Name: "number", Kind: linkage.Identifier})
			rows := homes(3000, nil, "", "")
			r := run(t, linkage.Config{Columns: columns}, append(rows, own[0], own[1]))
			a, b := int32(len(rows)), int32(len(rows)+1)
			if r.Clusters[a] != r.Clusters[b] {
				t.Errorf("Anna Maria and Maria of %s are not one; %v", why, r.Explain(a, b))
			}
		})
	}
}

// What a mailbox says of one of several given names, a scorer and a run that was added to
// know as the run of all records does.
func TestSeveralGivenNamesAreKnownLater(t *testing.T) {
	rows, _ := crowd(1500)
	rows = append(rows,
		[]string{"Anna Sieglinde", "Lock", "", "", "", "", "Husum", "", ""},
		[]string{"Anna Ottilie", "Lock", "anna.lock@mail1.example", "", "", "", "Husum", "", ""},
		[]string{"Ottilie", "Lock", "", "", "", "", "Husum", "", ""})
	before := run(t, linkage.Config{}, rows[:1501])
	pinned := linkage.Config{Weights: before.Pinned()}
	all := run(t, pinned, rows)
	sameAsScratch(t, update(t, linkage.Config{Columns: people}, before, rows, nil), all)
	s, err := linkage.NewScorer(linkage.ScorerConfig{Weights: written(t, before.Pinned())})
	if err != nil {
		t.Fatal(err)
	}
	p := prepared(t, s, rows[1500:])
	for a := range 3 {
		for b := a + 1; b < 3; b++ {
			if got, want := p.Weigh(a, b), all.Explain(int32(1500+a), int32(1500+b)).Sum; got != want {
				t.Errorf("%v and %v weigh %v, and %v in the run", rows[1500+a][0], rows[1500+b][0], got, want)
			}
		}
	}
}
