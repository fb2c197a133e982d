package dedupe_test

import (
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
)

// movedCase is a list before and now, by id. Each id became a record of the target, which has
// what the list said before.
type movedCase struct {
	was, is map[string]string
	edited  map[string]string // records that somebody changed in the target
	found   []string          // records of the target that no row became
	phone   bool              // phone is a key, too

	waits string // ids that wait as reused-id; those of before that are there now, and do not, are followed
}

// movedList is how a list says whose its numbers are, whether it is joined, and whether a
// person said that all its rows are different.
type movedList struct{ own, alone, apart bool }

func (c movedCase) match(t *testing.T, l movedList) (pipeline.MatchInput, *pipeline.MatchResult) {
	t.Helper()
	var rows, target []row
	links, sent := map[pipeline.RowKey]string{}, pipeline.LedgerEntries{}
	for _, id := range slices.Sorted(maps.Keys(c.was)) {
		links[pipeline.RowKey{Source: "people", ID: id}] = id
		r := saying("shop", id, c.was[id])
		for name, value := range r.cells {
			sent[id] = append(sent[id], pipeline.LedgerEntry{Record: id, Field: name, Sent: pipeline.StringValue(value)})
		}
		if text, edited := c.edited[id]; edited {
			r = saying("shop", id, text)
		}
		target = append(target, r)
	}
	for n, text := range c.found {
		target = append(target, saying("shop", fmt.Sprint("found", n), text))
	}
	var apart []dedupe.Decision
	for _, id := range slices.Sorted(maps.Keys(c.is)) {
		if l.apart {
			for _, other := range rows {
				apart = append(apart, dedupe.Decision{A: dedupe.Who{Row: pipeline.RowKey{Source: "people", ID: id}}, B: dedupe.Who{Row: pipeline.RowKey{Source: "people", ID: other.id}}})
			}
		}
		rows = append(rows, saying("people", id, c.is[id]))
	}
	config := dedupe.Config{Schema: contactSchema(), Join: !l.alone, Decisions: apart, Same: []string{"customer_number", "email"}, Keys: []string{"customer_number", "email"}}
	if c.phone {
		config.Same = append(config.Same, "phone")
	}
	m, err := dedupe.New(config)
	if err != nil {
		t.Fatal(err)
	}
	in := pipeline.MatchInput{Records: tableOf(t, rows, uncut), Target: tableOf(t, target, uncut), Links: links, Sent: sent, TargetNamespace: "shop",
		Namespace: func(string, string) string { return map[bool]string{false: "shop"}[l.own] }}
	res, err := m.Match(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	checkResult(t, in, res)
	return in, res
}

// followed are the rows that follow their link, and those that wait as reused-id, by id.
func followed(in pipeline.MatchInput, res *pipeline.MatchResult) (follow, wait []string) {
	for k, cluster := range res.Clusters {
		for _, i := range cluster.Members {
			id, link := in.Records.Record(int(i)).ID(), res.Links[k]
			switch {
			case link.Block != nil && link.Block.Code == dedupe.CodeReusedID:
				wait = append(wait, id)
			case link.Target >= 0 && in.Links[pipeline.RowKey{Source: "people", ID: id}] == in.Target.Record(int(link.Target)).ID():
				follow = append(follow, id)
			}
		}
	}
	slices.Sort(follow)
	slices.Sort(wait)
	return follow, wait
}

func (c movedCase) check(t *testing.T) {
	t.Helper()
	for _, l := range []movedList{{apart: true}, {own: true, apart: true}, {alone: true}, {own: true, alone: true}} {
		want := strings.Fields(c.waits)
		var stay []string
		for id := range c.was {
			if _, there := c.is[id]; there && !slices.Contains(want, id) {
				stay = append(stay, id)
			}
		}
		slices.Sort(stay)
		if follow, wait := followed(c.match(t, l)); !slices.Equal(wait, want) || !slices.Equal(follow, stay) {
			t.Errorf("%+v: %v wait, want %v; %v follow, want %v", l, wait, want, follow, stay)
		}
	}
}

// listed is a list by running number.
func listed(texts ...string) map[string]string {
	out := map[string]string{}
	for n, text := range texts {
		out[fmt.Sprint(n+1)] = text
	}
	return out
}

const (
	home   = "|email=home@x.example"
	cosima = "first_name=Cosima|last_name=Kern"
	zoe    = "first_name=Zoe|last_name=Neu"
)

// times is a text n times.
func times(n int, text string) []string { return slices.Repeat([]string{text}, n) }

// TestIDsThatMove moves ids among people who have a key in common, gives them to others, and
// has lists of running numbers sorted anew: nobody is written over.
func TestIDsThatMove(t *testing.T) {
	for name, c := range map[string]movedCase{
		"one of a household goes": {was: listed(anna+home, bodo+home, cosima+home), is: listed(bodo+home, cosima+home), waits: "1 2"},
		"one of a couple goes":    {was: listed(anna+home, bodo+home), is: listed(bodo + home), waits: "1"},
		"a row in front":          {was: listed(anna+home, bodo+home, cosima+home), is: listed(zoe+"|email=zoe@x.example", anna+home, bodo+home, cosima+home), waits: "1 2 3"},
		"two swap":                {was: listed(anna+home, bodo+home), is: listed(bodo+home, anna+home), waits: "1 2"},
		"numbers that move with them": {was: listed(anna+home+"|customer_number=K1", bodo+home+"|customer_number=K2", cosima+home+"|customer_number=K3"),
			is: listed(bodo+home+"|customer_number=K2", cosima+home+"|customer_number=K3"), waits: "1 2"},
		"a third of the household":                    {was: listed(anna+home, bodo+home), is: listed(zoe+home, bodo+home), waits: "1"},
		"a third of the household, of another number": {was: listed(anna+home+"|customer_number=K1", bodo+home), is: listed(zoe+home+"|customer_number=K8", bodo+home), waits: "1"},
		"the other of a household, of another number": {was: listed(anna + home + "|customer_number=K1"), is: listed(zoe + home + "|customer_number=K8"), waits: "1"},
		"a family of one name":                        {was: listed(anna+home, "first_name=Bodo|last_name=Quandt"+home), is: listed("first_name=Bodo|last_name=Quandt" + home), waits: "1"},
		"sisters of like names":                       {was: listed("first_name=Lena|last_name=Quandt"+home, "first_name=Lea|last_name=Quandt"+home), is: listed("first_name=Lea|last_name=Quandt" + home), waits: "1"},
		"sisters of like names that are not usual": {was: listed("first_name=Xamarina|last_name=Quandt"+home, "first_name=Xamarino|last_name=Quandt"+home),
			is: listed("first_name=Xamarino|last_name=Quandt" + home), waits: "1"},
		"a sister of a like name in front": {was: listed("first_name=Xamarina|last_name=Quandt" + home),
			is: listed("first_name=Xamarino|last_name=Quandt"+home, "first_name=Xamarina|last_name=Quandt"+home), waits: "1"},
		"sisters of like names, of addresses of their own": {was: listed("first_name=Lena|last_name=Quandt|email=lena@x.example", "first_name=Lea|last_name=Quandt|email=lea@x.example"),
			is: listed("first_name=Lea|last_name=Quandt|email=lea@x.example"), waits: "1"},
		"of one first name":                    {was: listed(anna+home, "first_name=Anna|last_name=Weber"+home), is: listed("first_name=Anna|last_name=Weber" + home), waits: "1"},
		"of one first name, in front":          {was: listed(anna + home), is: listed("first_name=Anna|last_name=Weber"+home, anna+home), waits: "1"},
		"of one first name and another number": {was: listed(anna+home+"|customer_number=K1", bodo+home), is: listed("first_name=Anna|last_name=Weber|customer_number=K8"+home, bodo+home), waits: "1"},
		"of one first name, without keys":      {was: listed("first_name=Anna|last_name=Abel", "first_name=Anna|last_name=Berg", "first_name=Anna|last_name=Claus"), is: listed("first_name=Anna|last_name=Berg", "first_name=Anna|last_name=Claus"), waits: "1 2"},
		"of one first name, without keys, in front": {was: listed("first_name=Anna|last_name=Abel", "first_name=Anna|last_name=Berg"),
			is: listed("first_name=Anna|last_name=Aachen", "first_name=Anna|last_name=Abel", "first_name=Anna|last_name=Berg"), waits: "1 2"},
		"of one name": {was: listed(anna+"|email=anna1@x.example", anna+"|email=anna2@x.example", anna+"|email=anna3@x.example"),
			is: listed(anna+"|email=anna2@x.example", anna+"|email=anna3@x.example"), waits: "1 2"},
		"of one name, in front": {was: listed(anna+"|email=anna1@x.example", anna+"|email=anna2@x.example"),
			is: listed(zoe+"|email=zoe@x.example", anna+"|email=anna1@x.example", anna+"|email=anna2@x.example"), waits: "1 2"},
		"another sister, of a like name":                           {was: listed("first_name=Lena|last_name=Quandt"+home, bodo+home), is: listed("first_name=Lea|last_name=Quandt"+home, bodo+home), waits: "1"},
		"two of like names, where the target has the address once": {was: listed(anna + home), is: listed("first_name=Mia|last_name=Quandt"+home, "first_name=Lia|last_name=Quandt"+home), waits: "1"},
		"of one first name, and nothing else":                      {was: listed(anna + "|customer_number=K1|email=a@x.example"), is: listed("first_name=Anna|last_name=Weber|customer_number=K8|email=aw@y.example"), waits: "1"},
		"of one first name and the number of a firm":               {was: listed(anna+"|customer_number=K1", "first_name=Anna|last_name=Weber|customer_number=K1"), is: listed("first_name=Anna|last_name=Weber|customer_number=K1"), waits: "1"},
		"of one first name at the address of several rows":         {was: listed(anna + home + "|customer_number=K1"), is: listed("first_name=Anna|last_name=Weber|customer_number=K8"+home, bodo+home), waits: "1"},
		"a number that several rows have":                          {was: listed(anna + "|customer_number=K1"), is: listed(bodo+"|customer_number=K1", cosima+"|customer_number=K1"), waits: "1"},
		"an office":                                                {was: listed(slices.Concat([]string{anna + home}, times(30, bodo+home))...), is: listed(slices.Concat([]string{bodo + home}, times(30, bodo+home))...), waits: "1"},
		"a switchboard":                                            {phone: true, was: listed(anna+"|phone=+493012345678", bodo+"|phone=+493012345678"), is: listed(zoe+"|phone=+493012345678", bodo+"|phone=+493012345678"), waits: "1"},
		"number of firm":                                           {was: listed(anna+"|customer_number=K1", bodo+"|customer_number=K1"), is: listed(zoe+"|customer_number=K1", bodo+"|customer_number=K1"), waits: "1"},
		"an address that the target has once, and several rows":    {was: listed(anna + home), is: listed(bodo+home, cosima+home), waits: "1"},
		"an address that the target has once, and many rows":       {was: listed(anna + home), is: listed(slices.Concat([]string{bodo + home}, times(30, "email=home@x.example"))...), waits: "1"},
		"id and number of another, who is there": {was: listed(anna + "|customer_number=K1|email=anna@x.example"),
			is: listed(bodo+"|customer_number=K1|email=bodo@y.example", anna+"|email=anna@x.example"), waits: "1"},
		"id and number of another, with the address of a third": {was: listed(anna+"|customer_number=K1|email=anna@x.example", bodo+"|email=bodo@y.example"),
			is: listed(bodo + "|customer_number=K1|email=bodo@y.example"), waits: "1"},
		"running numbers, sorted anew": {was: listed(cosima+"|customer_number=1|email=c@x.example", anna+"|customer_number=2|email=a@x.example", bodo+"|customer_number=3|email=b@x.example"),
			is: listed(anna+"|customer_number=1|email=a@x.example", bodo+"|customer_number=2|email=b@x.example", cosima+"|customer_number=3|email=c@x.example"), waits: "1 2 3"},
		"running numbers, without addresses": {was: listed(anna+"|customer_number=1", bodo+"|customer_number=2"), is: listed(bodo + "|customer_number=1"), waits: "1"},
		"running numbers of namesakes": {was: listed(anna+"|customer_number=1|email=anna1@x.example", anna+"|customer_number=2|email=anna2@x.example"),
			is: listed(anna + "|customer_number=1|email=anna2@x.example"), waits: "1"},
		"running numbers, without names":   {was: listed("customer_number=1|email=a@x.example", "customer_number=2|email=b@x.example"), is: listed("customer_number=1|email=b@x.example"), waits: "1"},
		"without names, of another number": {was: listed("customer_number=K1"+home, "customer_number=K2"+home), is: listed("customer_number=K8"+home, "customer_number=K2"+home), waits: "1"},
		"an address that was taken from the record": {was: listed(anna+home, bodo+home), edited: map[string]string{"1": anna + "|email=anna@private.example"},
			is: listed(bodo + home), waits: "1"},
		"a husband, where the record has another address": {was: listed("first_name=Anna|last_name=Weber" + home), edited: map[string]string{"1": "first_name=Anna|last_name=Weber|email=anna@private.example"},
			is: listed(bodo + home), waits: "1"},
		"a husband, where the record was renamed, and others have the address": {was: listed("first_name=Anna|last_name=Weber"+home, bodo+home), edited: map[string]string{"1": "first_name=Hilde|last_name=Obermayr|email=hilde@z.example"},
			is: listed(bodo + home), waits: "1"},
	} {
		t.Run(name, func(t *testing.T) { c.check(t) })
	}
}

// TestLifeGoesOnAtSharedKeys has people who share an address marry, move and be spelt better:
// they are who they were.
func TestLifeGoesOnAtSharedKeys(t *testing.T) {
	for name, c := range map[string]movedCase{
		"nothing":                                {was: listed(anna+home, bodo+home, cosima+home), is: listed(anna+home, bodo+home, cosima+home)},
		"a marriage":                             {was: listed(anna+home, bodo+home), is: listed("first_name=Anna|last_name=Weber"+home, bodo+home)},
		"a marriage in a large family":           {was: listed(anna+home, bodo+home, cosima+home, zoe+home), is: listed("first_name=Anna|last_name=Weber"+home, bodo+home, cosima+home, zoe+home)},
		"a marriage, numbers":                    {was: listed(anna+home+"|customer_number=K1", bodo+home+"|customer_number=K2"), is: listed("first_name=Anna|last_name=Weber|customer_number=K1"+home, bodo+home+"|customer_number=K2")},
		"a marriage, running numbers":            {was: listed(anna+"|customer_number=1|email=a@x.example", bodo+"|customer_number=2"), is: listed("first_name=Anna|last_name=Weber|customer_number=1|email=aw@y.example", bodo+"|customer_number=2")},
		"a marriage without keys":                {was: listed(anna, bodo), is: listed("first_name=Anna|last_name=Weber", bodo)},
		"a marriage to a name that somebody has": {was: listed(anna, "first_name=Anna|last_name=Weber"), is: listed("first_name=Anna|last_name=Weber", "first_name=Anna|last_name=Weber")},
		"a nickname":                             {was: listed("first_name=Robert|last_name=Quandt"+home, bodo+home), is: listed("first_name=Bob|last_name=Quandt"+home, bodo+home)},
		"a typo":                                 {was: listed("first_name=Anan|last_name=Quandt"+home, bodo+home), is: listed(anna+home, bodo+home)},
		"a typo of the last name":                {was: listed("first_name=Anna|last_name=Qandt"+home, bodo+home), is: listed(anna+home, bodo+home)},
		"a name the other way round":             {was: listed("first_name=Quandt|last_name=Anna"+home, bodo+home), is: listed(anna+home, bodo+home)},
		"an address of her own":                  {was: listed(anna+home, bodo+home), is: listed(anna+"|email=anna@new.example", bodo+home)},
		"a new number":                           {was: listed(anna+home+"|customer_number=K1", bodo+home+"|customer_number=K2"), is: listed(anna+home+"|customer_number=K9", bodo+home+"|customer_number=K2")},
		"numbers that were mixed up": {was: listed(anna+"|email=a@x.example|customer_number=K2", bodo+"|email=b@x.example|customer_number=K1"),
			is: listed(anna+"|email=a@x.example|customer_number=K1", bodo+"|email=b@x.example|customer_number=K2")},
		"a given name goes":                                 {was: listed(anna+home, "first_name=Bodo|last_name=Quandt"+home), is: listed("last_name=Quandt"+home, "first_name=Bodo|last_name=Quandt"+home)},
		"a given name comes":                                {was: listed("last_name=Quandt"+home, bodo+home), is: listed(anna+home, bodo+home)},
		"a company beside its people":                       {was: listed("company_name=Heide GmbH"+home, anna+home), is: listed("company_name=Heide GmbH"+home, anna+home)},
		"a company in full":                                 {was: listed("company_name=Heide"+home, anna+home), is: listed("company_name=Heide GmbH"+home, anna+home)},
		"a company gets a person":                           {was: listed("company_name=Heide GmbH|email=info@heide.example"), is: listed(anna + "|company_name=Heide GmbH|email=info@heide.example")},
		"renamed in the target":                             {was: listed(anna+home, bodo+home), edited: map[string]string{"1": "first_name=Hilde|last_name=Obermayr" + home}, is: listed(anna+home, bodo+home)},
		"another contact in the target":                     {was: listed(anna+home, bodo+home), edited: map[string]string{"1": "first_name=Hilde|last_name=Obermayr|email=hilde@z.example"}, is: listed(anna+home, bodo+home)},
		"renamed, running numbers, with the same address":   {was: listed(anna+"|customer_number=1|email=a@x.example", bodo+"|customer_number=2"), is: listed(zoe+"|customer_number=1|email=a@x.example", bodo+"|customer_number=2")},
		"renamed, with the number and an address of nobody": {was: listed(anna + "|customer_number=K1|email=a@x.example"), is: listed(zoe + "|customer_number=K1|email=z@y.example")},
		"a slip is mended as in a record of nobody":         {was: listed("first_name=Xamarina|last_name=Quandt" + home), found: []string{"first_name=Xamarino|last_name=Quandt" + home}, is: listed("first_name=Xamarino|last_name=Quandt" + home)},
		"the address of a record of nobody":                 {was: listed(anna + "|email=a@x.example"), found: []string{anna + "|email=b@x.example"}, is: listed(anna + "|email=b@x.example")},
	} {
		t.Run(name, func(t *testing.T) { c.check(t) })
	}
}

// TestNumbersOfTheTarget has the target give a number of its own to a contact of another name.
// Where the source has the same numbers, its row is another contact; where it says nothing of
// whose its numbers are, the two say nothing of each other.
func TestNumbersOfTheTarget(t *testing.T) {
	c := movedCase{was: listed(anna + home), edited: map[string]string{"1": anna + home + "|customer_number=K1"}, is: listed(zoe + home + "|customer_number=K8")}
	for own, waits := range map[bool]bool{false: true, true: false} {
		if follow, wait := followed(c.match(t, movedList{own: own})); (len(wait) == 1) != waits || (len(follow) == 0) != waits {
			t.Errorf("own %t: %v follow, %v wait", own, follow, wait)
		}
	}
}

// TestLawMovedLists moves all ids of a list of a thousand people by one, sorted and unsorted,
// with addresses of their own, of families and without: of those who are not blocked nobody
// is another than the record says. A list that stays is followed.
func TestLawMovedLists(t *testing.T) {
	const seed = 1
	random := rand.New(rand.NewSource(seed))
	firsts := strings.Fields("Anna Bodo Cosima Dora Emil Franz Greta Hans Ida Jan Jana Karl Lena Lea Maria Mario Nils Olaf Paul Paula Robert Bob Sofia Sophia Tim Tom Ute Vera Willi Zoe")
	lasts := strings.Fields("Abel Berg Claus Dorn Ernst Fink Graf Haas Imhof Jung Kern Kerner Lang Lange Meier Meyer Mayer Neu Otto Pohl Quandt Roth Roht Sommer Thiel Ulrich Vogt Weber Weberr Wolf Zorn Ziegler Zeller Adam")
	var names [][2]string
	for _, f := range firsts {
		for _, l := range lasts {
			names = append(names, [2]string{f, l})
		}
	}
	random.Shuffle(len(names), func(a, b int) { names[a], names[b] = names[b], names[a] })
	names = names[:1000]
	keys := map[string]func(n int, name [2]string) string{
		"none":        func(int, [2]string) string { return "" },
		"addresses":   func(n int, _ [2]string) string { return fmt.Sprintf("|email=p%d@x.example", n) },
		"families":    func(_ int, name [2]string) string { return "|email=" + strings.ToLower(name[1]) + "@x.example" },
		"one address": func(int, [2]string) string { return home },
	}
	for _, order := range []string{"as they come", "by first name", "by last name"} {
		for kind, key := range keys {
			t.Run(order+", "+kind, func(t *testing.T) {
				sorted := slices.Clone(names)
				slices.SortStableFunc(sorted, func(a, b [2]string) int {
					return map[string]int{"by first name": strings.Compare(a[0]+" "+a[1], b[0]+" "+b[1]), "by last name": strings.Compare(a[1]+" "+a[0], b[1]+" "+b[0])}[order]
				})
				var list []string
				for n, name := range sorted {
					list = append(list, "first_name="+name[0]+"|last_name="+name[1]+key(n, name))
				}
				for move, is := range map[string][]string{"gone": list[1:], "in front": slices.Concat([]string{"first_name=Anna|last_name=Aachen|email=aa@x.example"}, list), "not": list} {
					c := movedCase{was: listed(list...), is: listed(is...)}
					lists := []movedList{{alone: true}}
					if order == "by first name" { // of names that are most alike
						lists = append(lists, movedList{})
					}
					for _, l := range lists {
						follow, _ := followed(c.match(t, l))
						if move == "not" && len(follow) != len(list) {
							t.Errorf("seed %d: %d of %d rows follow their links", seed, len(follow), len(list))
						}
						for _, id := range follow {
							if c.was[id] != c.is[id] {
								t.Errorf("seed %d, %s: %s became %s", seed, move, c.was[id], c.is[id])
							}
						}
					}
				}
			})
		}
	}
}
