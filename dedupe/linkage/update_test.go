package linkage_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/dedupe/linkage/linkagetest"
)

// everything is a column of each kind, two of some.
var everything = []linkage.Column{
	{Name: "name", Kind: linkage.PersonName}, {Name: "given", Kind: linkage.GivenName}, {Name: "family", Kind: linkage.FamilyName},
	{Name: "mail", Kind: linkage.Email}, {Name: "mail2", Kind: linkage.Email}, {Name: "phone", Kind: linkage.Phone}, {Name: "mobile", Kind: linkage.Phone},
	{Name: "company", Kind: linkage.Company}, {Name: "born", Kind: linkage.Date}, {Name: "street", Kind: linkage.Street}, {Name: "no", Kind: linkage.HouseNumber},
	{Name: "city", Kind: linkage.City}, {Name: "zip", Kind: linkage.Postcode}, {Name: "customer", Kind: linkage.Identifier}, {Name: "country", Kind: linkage.Country}, {Name: "note", Kind: linkage.Text},
}

// tangled makes rows that share values in every way: mailboxes and switchboards,
// namesakes, companies and their staff, rows that are there again and again.
func tangled(n int, seed uint64) [][]string {
	r := rand.New(rand.NewPCG(seed, 5))
	var rows [][]string
	for len(rows) < n {
		k := len(rows)
		given, family := givenNames[r.IntN(len(givenNames))], familyNames[r.IntN(len(familyNames))]
		if r.IntN(3) == 0 {
			given, family = fmt.Sprintf("%s%c", given, 'a'+rune(r.IntN(26))), fmt.Sprintf("%s%c%c", family, 'a'+rune(r.IntN(26)), 'a'+rune(r.IntN(26)))
		}
		firm := ""
		if r.IntN(3) == 0 {
			firm = fmt.Sprintf("%s %s %s", familyNames[r.IntN(9)], []string{"Bau", "Textil", "Druck", "Handel"}[r.IntN(4)], []string{"GmbH", "AG", "& Co. KG"}[r.IntN(3)])
		}
		mail := fmt.Sprintf("%s.%s%d@firm%d.example", given, family, r.IntN(40), r.IntN(60))
		switch r.IntN(8) {
		case 0:
			mail = fmt.Sprintf("info@firm%d.example", r.IntN(60))
		case 1:
			mail = fmt.Sprintf("%s.%s@gmail.com", givenNames[r.IntN(len(givenNames))], family)
		case 2:
			mail = ""
		}
		row := []string{"", given, family, mail, "", fmt.Sprintf("+49 30 %07d", 1000000+r.IntN(n*2)), "", firm,
			fmt.Sprintf("19%02d-%02d-%02d", 40+r.IntN(50), 1+r.IntN(12), 1+r.IntN(28)), streetNames[r.IntN(len(streetNames))], fmt.Sprint(1 + r.IntN(150)),
			cityNames[r.IntN(len(cityNames))], fmt.Sprintf("%05d", 10000+r.IntN(90)*7), fmt.Sprintf("C%06d", r.IntN(n*3)), "DE", ""}
		switch r.IntN(12) {
		case 0:
			row[0], row[1], row[2] = given+" "+family, "", ""
		case 1:
			row[0], row[1], row[2], row[8] = firm, "", "", ""
		case 2:
			row[4], row[6] = fmt.Sprintf("%s@home%d.example", family, r.IntN(20)), fmt.Sprintf("+49 170 %07d", 1000000+r.IntN(n))
		case 3:
			row[5], row[15] = fmt.Sprintf("+49 40 55500%02d", r.IntN(30)), "calls back"
		}
		rows = append(rows, row)
		for range []int{0, 0, 0, 0, 0, 1, 1, 2, 12}[r.IntN(9)] {
			again := slices.Clone(rows[k])
			for range r.IntN(3) {
				c := r.IntN(len(again))
				if again[c] = ""; r.IntN(2) == 0 && len(rows[k][c]) > 3 {
					again[c] = rows[k][c][:1] + rows[k][c][2:]
				}
			}
			rows = append(rows, again)
		}
	}
	r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	return rows[:n]
}

// sameAsScratch compares an updated result with one from scratch, and returns
// how many records were compared.
func sameAsScratch(t *testing.T, r, want *linkage.Result) int {
	t.Helper()
	differences, compared := linkagetest.Differences(r, want)
	for _, d := range differences {
		t.Error(d)
	}
	return compared
}

func update(t *testing.T, c linkage.Config, r *linkage.Result, rows [][]string, lists []uint8) *linkage.Result {
	t.Helper()
	return remove(t, c, r, rows, lists, nil)
}

func scratch(t *testing.T, c linkage.Config, rows [][]string, lists []uint8, gone []int32) *linkage.Result {
	t.Helper()
	l, err := linkage.New(c)
	if err != nil {
		t.Fatal(err)
	}
	r, err := l.Run(context.Background(), linkage.Input{Records: tableOf(t, c.Columns, rows), Lists: lists, Gone: gone})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func remove(t *testing.T, c linkage.Config, r *linkage.Result, rows [][]string, lists []uint8, gone []int32) *linkage.Result {
	t.Helper()
	l, err := linkage.New(c)
	if err != nil {
		t.Fatal(err)
	}
	r, err = l.Update(context.Background(), r, linkage.Input{Records: tableOf(t, c.Columns, rows), Lists: lists, Gone: gone})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// However values are shared: adding records step by step gives what a run from
// scratch gives, with rules, answers and lists.
func TestAddingTangledRecords(t *testing.T) {
	compared, over := 0, 0
	for seed, c := range []linkage.Config{{}, {Never: []string{"customer"}}, {Same: []string{"mail"}}, {Never: []string{"born"}, Same: []string{"customer"}}, {}} {
		c.Columns, c.Workers = everything, 1+seed%2
		var gone []int32
		random := rand.New(rand.NewPCG(uint64(seed), 9))
		rows, copies := tangled(1700, uint64(seed)), map[string]int{}
		for _, row := range rows {
			copies[strings.Join(row, "|")]++
		}
		var lists []uint8
		if seed == 4 {
			for i := range rows {
				lists = append(lists, uint8(i%3))
			}
		}
		upTo := func(n int) []uint8 {
			if lists == nil {
				return nil
			}
			return lists[:n]
		}
		n := 1500
		r := runLists(t, c, rows[:n], upTo(n))
		pinned := c
		pinned.Weights = r.Pinned()
		for step, more := range []int{20, 80, 100} {
			n += more
			if step > 0 && lists == nil { // one answer comes, another one goes
				c.Answers = []linkage.Answer{{A: int32(n - 1), B: int32(step), Same: true}, {A: int32(n - 2), B: int32(step + 1)}}
				if len(r.Questions) > 0 {
					c.Answers[1] = linkage.Answer{A: r.Questions[0].A, B: r.Questions[0].B}
				}
			}
			pinned.Answers = c.Answers
			var left []int32
			if seed%2 == step%2 { // some records are gone, among them some with what others have too
				for range more / 2 {
					left = append(left, int32(random.IntN(n)))
				}
				for p := range r.Pairs() {
					if random.IntN(20) == 0 {
						left = append(left, p.B)
					}
				}
				left = slices.DeleteFunc(left, func(i int32) bool { return copies[strings.Join(rows[i], "|")] > 6 && seed != 2 })
				gone = append(gone, left...)
			}
			r = remove(t, c, r, rows[:n], upTo(n), left)
			if why := r.Report.Update.StartedOver; why != "" {
				if over++; over > 4 || len(left) == 0 {
					t.Fatalf("seed %d: started over: %s", seed, why)
				}
			}
			compared += sameAsScratch(t, r, scratch(t, pinned, rows[:n], upTo(n), gone))
			for _, i := range gone {
				if e := r.Explain(i, (i+1)%int32(n)); r.Clusters[i] != i || len(e.Keys) > 0 {
					t.Fatalf("seed %d: record %d is gone, and in the cluster %d: %+v", seed, i, r.Clusters[i], e)
				}
			}
			if t.Failed() {
				t.Fatalf("seed %d, %d of %d records added, %d differences", seed, more, n, len(r.Report.Update.MayDiffer))
			}
		}
	}
	if compared < 15_000 {
		t.Errorf("the reports excuse so much that only %d records were compared", compared)
	}
}

// A name that becomes known with an added record is seen in the mailboxes of
// earlier ones.
func TestAddedNamesAreSeenInMailboxes(t *testing.T) {
	rows, _ := crowd(1500)
	rows[10] = []string{"Stacy", "Lock", "lock.anastasia@mail1.example", "030 5550101", "", "Kai 7", "Husum", "25813"}
	rows[20] = []string{"Anastasja", "Lock", "", "030 5550101", "", "Kai 7", "Husum", "25813"}
	rows = append(rows, []string{"Anastasia", "Ahrens", "", "", "", "", "Celle"})
	before := run(t, linkage.Config{}, rows[:1500])
	r := update(t, linkage.Config{Columns: people}, before, rows, nil)
	was, is, want := before.Explain(10, 20), r.Explain(10, 20), run(t, linkage.Config{Weights: before.Pinned()}, rows).Explain(10, 20)
	if is.Sum != want.Sum || is.Sum <= was.Sum {
		t.Errorf("before %v, then %v, from scratch %v:\n%+v\n%+v", was.Sum, is.Sum, want.Sum, is.Parts, want.Parts)
	}
	sameAsScratch(t, r, run(t, linkage.Config{Weights: before.Pinned()}, rows))
}

// Who is gone joins nobody, by no rule and no answer, and tells nothing of names;
// who changed is gone and stands anew.
func TestGoneRecords(t *testing.T) {
	rows, _ := crowd(1500)
	rows[10] = []string{"Stacy", "Lock", "lock.anastasia@mail1.example", "030 5550101", "", "Kai 7", "Husum", "25813"}
	rows[20] = []string{"Anastasja", "Lock", "", "030 5550101", "", "Kai 7", "Husum", "25813"}
	rows[30] = []string{"Anastasia", "Ahrens", "", "", "", "", "Celle", "", "K1"}
	rows[40] = []string{"A.", "Ahrens", "", "", "", "Nordring 8", "Celle", "", "K1"}
	rows[50] = []string{"Margarethe", "Winterfeldt", "mw@post.example", "030 4445566", "", "", "", "", ""}
	rows[60] = []string{"Margarethe", "Winterfeldt", "mw@post.example", "030 4445566", "", "", "", "", ""}
	c := linkage.Config{Columns: people, Same: []string{"number"}, Answers: []linkage.Answer{{A: 30, B: 70, Same: true}}}
	first := run(t, c, rows)
	if first.Clusters[30] != first.Clusters[40] || first.Clusters[30] != first.Clusters[70] || first.Clusters[50] != first.Clusters[60] {
		t.Fatalf("the test needs records that are joined: %v", []int32{first.Clusters[30], first.Clusters[40], first.Clusters[70], first.Clusters[50], first.Clusters[60]})
	}
	named := first.Explain(10, 20).Sum
	changed := slices.Clone(rows[50])
	changed[0], changed[2], changed[3] = "Gunhild", "gw@post.example", "040 77788899"
	rows = append(rows, changed, []string{"Anna", "Ahrens", "", "", "", "Nordring 8", "Celle", "", "K1"})
	r := remove(t, c, first, rows, nil, []int32{30, 50})
	pinned := c
	pinned.Weights = first.Pinned()
	want := scratch(t, pinned, rows, nil, []int32{30, 50})
	sameAsScratch(t, r, want)
	for _, x := range []*linkage.Result{r, want} {
		if x.Clusters[30] != 30 || x.Clusters[50] != 50 || x.Clusters[70] == 30 || x.Clusters[40] != 40 || x.Clusters[1501] != 40 || x.Clusters[1500] == x.Clusters[60] {
			t.Errorf("with two records gone: %v", []int32{x.Clusters[30], x.Clusters[50], x.Clusters[70], x.Clusters[40], x.Clusters[1501], x.Clusters[1500], x.Clusters[60]})
		}
		if now := x.Explain(10, 20).Sum; now >= named {
			t.Errorf("nobody is called Anastasia any more, but the mailbox still tells it: %v, before %v", now, named)
		}
		if e := x.Explain(50, 60); len(e.Keys) > 0 {
			t.Errorf("a record that is gone meets another: %+v", e)
		}
	}
	// Who is gone stays gone, and a name may come back.
	rows = append(rows, []string{"Anastasia", "Petersen", "", "", "", "", "Jena"})
	r = update(t, c, r, rows, nil)
	if r.Clusters[30] != 30 || r.Clusters[50] != 50 {
		t.Errorf("who was gone is back in the clusters %d and %d", r.Clusters[30], r.Clusters[50])
	}
	if r.Explain(10, 20).Sum <= want.Explain(10, 20).Sum {
		t.Error("Anastasia is there again, and the mailbox does not tell it")
	}
	sameAsScratch(t, r, scratch(t, pinned, rows, nil, []int32{30, 50}))
	l, err := linkage.New(linkage.Config{Columns: people})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Run(context.Background(), linkage.Input{Records: tableOf(t, people, rows[:10]), Gone: []int32{10}}); err == nil {
		t.Error("a record that never was is said to be gone, and no error")
	}
}

// Where adding would not be what it should be, all is linked anew, and that is
// said.
func TestAddingStartsOver(t *testing.T) {
	rows, _ := crowd(3000)
	few, many := run(t, linkage.Config{}, rows[:50]), run(t, linkage.Config{}, rows[:1500])
	for name, c := range map[string]struct {
		config linkage.Config
		from   *linkage.Result
		n      int
		why    string
	}{
		"few records":  {linkage.Config{}, few, 60, "few records"},
		"many added":   {linkage.Config{}, many, 3000, "1500 records are many to be added to 1500"},
		"another rule": {linkage.Config{Never: []string{"number"}}, run(t, linkage.Config{}, rows[:1500]), 1510, "other columns join"},
	} {
		c.config.Columns = people
		r := update(t, c.config, c.from, rows[:c.n], nil)
		if got := r.Report.Update.StartedOver; !strings.Contains(got, c.why) {
			t.Errorf("%s: started over because %q, want %q", name, got, c.why)
		}
		pinned := c.config
		pinned.Weights = c.from.Pinned()
		if want := run(t, pinned, rows[:c.n]); !slices.Equal(r.Clusters, want.Clusters) || !slices.Equal(r.Questions, want.Questions) {
			t.Errorf("%s: other clusters than from scratch", name)
		}
	}
}

func TestAddingToTheWrongResult(t *testing.T) {
	rows, _ := crowd(1500)
	ctx := context.Background()
	r := run(t, linkage.Config{}, rows[:1400])
	l, err := linkage.New(linkage.Config{Columns: people})
	if err != nil {
		t.Fatal(err)
	}
	input := func(n int) linkage.Input { return linkage.Input{Records: tableOf(t, people, rows[:n])} }
	other, err := linkage.New(linkage.Config{Columns: people[:3]})
	if err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]func() (*linkage.Result, error){
		"no result":     func() (*linkage.Result, error) { return l.Update(ctx, nil, input(1500)) },
		"no records":    func() (*linkage.Result, error) { return l.Update(ctx, r, linkage.Input{}) },
		"fewer records": func() (*linkage.Result, error) { return l.Update(ctx, r, input(1399)) },
		"other columns": func() (*linkage.Result, error) { return other.Update(ctx, r, input(1500)) },
		"lists": func() (*linkage.Result, error) {
			return l.Update(ctx, r, linkage.Input{Records: input(1500).Records, Lists: make([]uint8, 1500)})
		},
	} {
		if got, err := try(); err == nil || got != nil {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := l.Update(ended, r, input(1500)); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled update gave %v", err)
	}
	next, err := l.Update(ctx, r, input(1500)) // nothing of the above has spoilt r
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Update(ctx, r, input(1500)); !errors.Is(err, linkage.ErrSpent) {
		t.Errorf("a second update gave %v, want ErrSpent", err)
	}
	want := run(t, linkage.Config{Weights: r.Pinned()}, rows)
	if !slices.Equal(next.Clusters, want.Clusters) {
		t.Error("after all this the clusters are others than from scratch")
	}
}

// A result that others are added to can be read meanwhile, and stays as it was.
func TestReadingWhileAdding(t *testing.T) {
	rows, _ := crowd(1600)
	r := run(t, linkage.Config{}, rows[:1400])
	var before []linkage.Pair
	for p := range r.Pairs() {
		before = append(before, p)
	}
	var wait sync.WaitGroup
	wait.Go(func() {
		for _, p := range before {
			if e := r.Explain(p.A, p.B); e.Sum != p.Score {
				t.Errorf("%d and %d: %v, explained by %v", p.A, p.B, p.Score, e.Sum)
				return
			}
		}
	})
	next := r
	for n := 1450; n <= len(rows); n += 50 {
		next = update(t, linkage.Config{Columns: people}, next, rows[:n], nil)
	}
	wait.Wait()
	i := 0
	for p := range r.Pairs() {
		if p != before[i] {
			t.Fatalf("a pair was %+v and is %+v", before[i], p)
		}
		i++
	}
}
