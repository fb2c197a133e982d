package linkage_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// among puts some records among a crowd and links them all; the records are the
// first.
func among(t *testing.T, c linkage.Config, records ...[]string) *linkage.Result {
	t.Helper()
	rows, _ := crowd(900)
	return run(t, c, append(records, rows...))
}

func TestNamedCases(t *testing.T) {
	for _, c := range []struct {
		name   string
		a, b   []string
		same   bool
		likely string // the class that the two are likeliest of
	}{
		{"one contact, twice",
			[]string{"Margarethe", "Winterfeldt", "m.winterfeldt@post.example", "030 4445566", "", "Seestr. 4", "Ulm", "89073"},
			[]string{"Margarete", "Winterfeldt", "m.winterfeldt@post.example", "", "", "Seestraße 4", "Ulm", "89073"}, true, "same"},
		{"a household",
			[]string{"Margarethe", "Winterfeldt", "m.winterfeldt@post.example", "030 4445566", "", "Seestr. 4", "Ulm", "89073"},
			[]string{"Konstantin", "Winterfeldt", "", "030 4445566", "", "Seestr. 4", "Ulm", "89073"}, false, "household"},
		{"colleagues on one switchboard",
			[]string{"Margarethe", "Winterfeldt", "winterfeldt@hafenbau.example", "040 998800", "Hafenbau Nord GmbH", "Kai 7", "Husum", "25813"},
			[]string{"Konstantin", "Seligmann", "seligmann@hafenbau.example", "040 998800", "Hafenbau Nord GmbH", "Kai 7", "Husum", "25813"}, false, "colleagues"},
		{"a company and its staff",
			[]string{"", "", "info@hafenbau.example", "040 998800", "Hafenbau Nord GmbH", "Kai 7", "Husum", "25813"},
			[]string{"Konstantin", "Seligmann", "seligmann@hafenbau.example", "040 998800", "Hafenbau Nord GmbH", "Kai 7", "Husum", "25813"}, false, "colleagues"},
		{"father and son of one name",
			[]string{"Konstantin sen.", "Winterfeldt", "kw@post.example", "030 4445566", "", "Seestr. 4", "Ulm", "89073"},
			[]string{"Konstantin jun.", "Winterfeldt", "konni@web.example", "030 7778899", "", "Seestr. 4", "Ulm", "89073"}, false, "household"},
		{"father and son of one name, the son marked",
			[]string{"Konstantin", "Winterfeldt", "kw@post.example", "030 4445566", "", "Seestr. 4", "Ulm", "89073"},
			[]string{"Konstantin jun.", "Winterfeldt", "konni@web.example", "030 7778899", "", "Seestr. 4", "Ulm", "89073"}, false, "household"},
		{"a son, marked once",
			[]string{"Konstantin", "Winterfeldt", "konni@post.example", "030 4445566", "", "Seestr. 4", "Ulm", "89073"},
			[]string{"Konstantin jun.", "Winterfeldt", "konni@post.example", "", "", "Seestr. 4", "Ulm", "89073"}, true, "same"},
		{"a married name",
			[]string{"Margarethe", "Winterfeldt", "margarethe@post.example", "0171 4445566", "", "Seestr. 4", "Ulm", "89073"},
			[]string{"Margarethe", "Seligmann", "margarethe@post.example", "0171 4445566", "", "Kai 7", "Husum", "25813"}, true, "same"},
		{"swapped names",
			[]string{"Margarethe", "Winterfeldt", "m.winterfeldt@post.example", "", "", "Seestr. 4", "Ulm", "89073"},
			[]string{"Winterfeldt", "Margarethe", "", "", "", "Seestr. 4", "Ulm", "89073"}, true, "same"},
		{"a mistyped e-mail",
			[]string{"Margarethe", "Winterfeldt", "m.winterfeldt@post.example"},
			[]string{"Margarethe", "Winterfeldt", "m.wintrefeldt@post.example"}, true, "same"},
		{"two people of one first name",
			[]string{"Margarethe", "Winterfeldt", "m.winterfeldt@post.example", "030 4445566", "", "Seestr. 4", "Ulm", "89073"},
			[]string{"Margarethe", "Seligmann", "seligmann@mail.example", "040 998800", "", "Kai 7", "Husum", "25813"}, false, "strangers"},
		{"王小明 and 王小朋",
			[]string{"小明", "王", "", "", "", "Seestr. 4", "Ulm", "89073"},
			[]string{"小朋", "王", "", "", "", "Kai 7", "Husum", "25813"}, false, "strangers"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := among(t, linkage.Config{}, c.a, c.b)
			e := r.Explain(0, 1)
			if got := r.Best[0] == r.Best[1]; got != c.same {
				t.Errorf("got together %v, want %v; probability %.3f by %+v", got, c.same, e.Probability, e.Parts)
			}
			if got := likeliest(e.Classes); got != c.likely {
				t.Errorf("likeliest class is %q, want %q: %+v", got, c.likely, e.Classes)
			}
		})
	}
}

// A slip in a mailbox is evidence, but not where each of two mailboxes spells the
// name of its own record.
func TestMailboxesThatSpellOtherNames(t *testing.T) {
	weight := func(a, b []string) linkage.Weight {
		t.Helper()
		for _, p := range among(t, linkage.Config{}, a, b).Explain(0, 1).Parts {
			if p.Field == "e-mail" {
				return p.Weight
			}
		}
		t.Fatalf("%v and %v are not compared by e-mail", a, b)
		return 0
	}
	katarina, katerina := []string{"Katarina", "Winterfeldt", "katarina.winterfeldt@mail1.example"}, []string{"Katerina", "Winterfeldt", "katerina.winterfeldt@mail1.example"}
	if w := weight(katarina, katerina); w > 0 {
		t.Errorf("%v and %v: e-mail weighs %v for the same, want nothing or less", katarina, katerina, w)
	}
	slip := []string{"Katarina", "Winterfeldt", "katerina.winterfeldt@mail1.example"}
	if w := weight(katarina, slip); w < 100 {
		t.Errorf("%v and %v: e-mail weighs %v, want a bit at least", katarina, slip, w)
	}
}

func likeliest(c linkage.ClassChances) string {
	best, name := c.Same, "same"
	for _, o := range []struct {
		p    float64
		name string
	}{{c.Household, "household"}, {c.Colleagues, "colleagues"}, {c.Strangers, "strangers"}} {
		if o.p > best {
			best, name = o.p, o.name
		}
	}
	return name
}

// Two customer numbers forbid, also through a third record that has none.
func TestNeverForbidsThroughThirdRecords(t *testing.T) {
	base := []string{"Margarethe", "Winterfeldt", "m.winterfeldt@post.example", "030 4445566", "", "Seestr. 4", "Ulm", "89073", ""}
	with := func(number string) []string {
		row := append([]string(nil), base...)
		row[8] = number
		return row
	}
	r := among(t, linkage.Config{Never: []string{"number"}}, with("K-17"), base, with("K-18"))
	if r.Best[0] == r.Best[2] {
		t.Error("two customer numbers are in one cluster")
	}
	if r.Best[1] != r.Best[0] && r.Best[1] != r.Best[2] {
		t.Error("the record without a number is with neither")
	}
	e := r.Explain(0, 2)
	if !strings.Contains(e.Forbidden, "number") || e.Probability > 1e-9 {
		t.Errorf("forbidden %q, probability %v", e.Forbidden, e.Probability)
	}
}

// Same joins what evidence would not.
func TestSameJoins(t *testing.T) {
	a := []string{"", "", "", "", "", "Seestr. 4", "Ulm", "89073", "K-17"}
	b := []string{"M", "", "", "030 4445566", "", "", "", "", "k17"}
	r := among(t, linkage.Config{Same: []string{"number"}}, a, b)
	if r.Clusters[0] != r.Clusters[1] {
		t.Error("one customer number is in two clusters")
	}
}

// Answers of people decide, and an answered pair is not asked again.
func TestAnswers(t *testing.T) {
	a := []string{"Margarethe", "Winterfeldt", "", "", "", "Seestr. 4", "Ulm", "89073"}
	b := []string{"Konstantin", "Winterfeldt", "", "", "", "Seestr. 4", "Ulm", "89073"}
	twin := append([]string(nil), a...)
	r := among(t, linkage.Config{Answers: []linkage.Answer{{A: 0, B: 1, Same: true}, {A: 2, B: 0, Same: false}}}, a, b, twin)
	if r.Clusters[0] != r.Clusters[1] {
		t.Error("two records that a person joined are apart")
	}
	if r.Best[2] == r.Best[0] || r.Best[2] == r.Best[1] {
		t.Error("two records that a person parted are together")
	}
	for _, q := range r.Questions {
		if q.A <= 2 && q.B <= 2 {
			t.Errorf("records %d and %d are asked about again", q.A, q.B)
		}
	}
}

// Between lists each record has at most one partner, and none in its own list.
func TestListsLinkOneToOne(t *testing.T) {
	rows, truth := crowd(1500)
	lists := make([]uint8, len(rows))
	for i := 1; i < len(rows); i++ {
		if truth[i] == truth[i-1] {
			lists[i] = 1
		}
	}
	r := runLists(t, linkage.Config{}, rows, lists)
	type slot struct {
		cluster int32
		list    uint8
	}
	seen := map[slot]bool{}
	pairs, right := 0, 0
	for i, c := range r.Best {
		if seen[slot{c, lists[i]}] {
			t.Fatalf("cluster %d has two records of list %d", c, lists[i])
		}
		seen[slot{c, lists[i]}] = true
		if int(c) != i {
			pairs++
			if truth[i] == truth[c] {
				right++
			}
		}
	}
	if pairs < 250 || right < pairs*95/100 {
		t.Errorf("%d of %d links are right", right, pairs)
	}
}

func TestConfigIsChecked(t *testing.T) {
	for name, c := range map[string]linkage.Config{
		"no columns":       {},
		"a column twice":   {Columns: []linkage.Column{people[0], people[0]}},
		"no kind":          {Columns: []linkage.Column{{Name: "x"}}},
		"unknown same":     {Columns: people, Same: []string{"emial"}},
		"probability of 2": {Columns: people, MatchAbove: 2},
		"review above":     {Columns: people, MatchAbove: .7, ReviewAbove: .8},
		"negative workers": {Columns: people, Workers: -1},
	} {
		if _, err := linkage.New(c); err == nil {
			t.Errorf("%s: no error", name)
		} else if name == "unknown same" && !strings.Contains(err.Error(), "email") {
			t.Errorf("%s: %v does not name the nearest column", name, err)
		}
	}
}

// One mailbox at two providers says nothing new where it is made of the name, be
// the name mistyped, short, or missing in part.
func TestMailboxesMadeOfTheNameElsewhere(t *testing.T) {
	for _, b := range [][]string{
		{"Margarethe", "Winterfeldt", "margarethe.winterfeldt@web.example"},
		{"Margarethe", "Winterfeld", "margarethe.winterfeldt@web.example"},
		{"Grete", "Winterfeldt", "margarethe.winterfeldt@web.example"},
		{"", "Winterfeldt", "margarethe.winterfeldt@web.example"},
		{"M.", "Winterfeldt", "margarethe.winterfeldt@web.example"},
	} {
		e := among(t, linkage.Config{}, []string{"Margarethe", "Winterfeldt", "margarethe.winterfeldt@post.example"}, b).Explain(0, 1)
		for _, p := range e.Parts {
			if p.Field == "e-mail" && p.Weight != 0 {
				t.Errorf("%v: %s weighs %v, want nothing", b, p.Level, p.Weight)
			}
		}
	}
	own := among(t, linkage.Config{}, []string{"Margarethe", "Winterfeldt", "sonnenblume1971@post.example"}, []string{"M.", "Winterfeldt", "sonnenblume1971@web.example"}).Explain(0, 1)
	if !slices.ContainsFunc(own.Parts, func(p linkage.Part) bool { return p.Level == "same mailbox, other domain" }) {
		t.Errorf("a mailbox that the name does not make is not compared: %+v", own.Parts)
	}
}
