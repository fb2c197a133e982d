package linkage_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/reconkit/reconkit/dedupe/linkage"
)

// listed is tangled with what only a list as a whole tells: dates that are day
// first, since some of them can be nothing else; series of companies; mailboxes that
// tell another given name; and values that people without names have in common.
func listed(n int, seed uint64) [][]string {
	r := rand.New(rand.NewPCG(seed, 9))
	rows := tangled(n, seed)
	for k, row := range rows {
		if born := strings.Split(row[8], "-"); len(born) == 3 && k%3 > 0 {
			row[8] = fmt.Sprintf("%s/%s/%s", born[2], born[1], born[0])
		}
		switch k % 12 {
		case 0:
			home := k / 120
			row[0], row[1], row[2], row[3], row[4], row[7] = "", "", "", "", "", fmt.Sprintf("Kita %s %s", familyNames[home%9], []string{"Igel", "Eule", "Fuchs", "Wolke", "Wolken"}[r.IntN(5)])
			row[5], row[6], row[9], row[10], row[13] = fmt.Sprintf("+49 30 66%05d", home), "", streetNames[home%9], "7", ""
		case 1:
			row[1] += "e"
			row[3] = strings.ToLower(fmt.Sprintf("%s.%s@gmail.com", row[2], givenNames[r.IntN(len(givenNames))]))
		case 2:
			row[0], row[1], row[2], row[7] = "", "", "", ""
			row[5] = fmt.Sprintf("+49 351 77%05d", r.IntN(n/40))
		case 3:
			row[5] = fmt.Sprintf("+49 351 77%05d", r.IntN(n/40))
		case 4:
			row[3] = fmt.Sprintf("stand%d@fair.example", 100+r.IntN(60))
		case 6:
			code := fmt.Sprintf("J%c%c", 'A'+rune(r.IntN(8)), 'A'+rune(r.IntN(8)))
			row[0], row[1], row[2], row[3], row[4], row[7] = "", "", "", "gate-"+code+"@pier.example", "", "Filiale "+code
			row[5], row[6], row[9], row[10], row[13] = "+49 30 7777777", "", "", "", ""
		case 5:
			row[9], row[10] = row[9]+" 4", fmt.Sprintf("WE %d", r.IntN(3))
		}
	}
	return rows
}

// withoutFirms has no column of companies: there are some among the names.
var withoutFirms = slices.DeleteFunc(slices.Clone(everything), func(c linkage.Column) bool { return c.Kind == linkage.Company })

func listedWithoutFirms(n int, seed uint64) [][]string {
	rows := listed(n, seed)
	for i, row := range rows {
		if rows[i][0] == "" && row[1] == "" && row[2] == "" {
			row[0] = row[7]
		}
		rows[i] = slices.Delete(row, 7, 8)
	}
	return rows
}

// A scorer of the pinned weights of a run, written down and read again, gives any two
// of its records the weight that they had there, whatever it is asked about together
// with them.
func TestScorerGivesTheWeightsOfTheRun(t *testing.T) {
	for name, of := range map[string]struct {
		config linkage.Config
		rows   [][]string
	}{
		"everything":       {linkage.Config{Columns: everything}, listed(3000, 1)},
		"other thresholds": {linkage.Config{Columns: everything, MatchAbove: .8, ReviewAbove: .5}, listed(2500, 2)},
		"without firms":    {linkage.Config{Columns: withoutFirms}, listedWithoutFirms(2500, 3)},
		"few":              {linkage.Config{Columns: everything}, listed(300, 4)},
		"people":           {linkage.Config{Columns: people}, firstOf(crowd(2500))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := run(t, of.config, of.rows)
			s, err := linkage.NewScorer(linkage.ScorerConfig{Weights: written(t, r.Pinned()), MatchAbove: of.config.MatchAbove, ReviewAbove: of.config.ReviewAbove})
			if err != nil {
				t.Fatal(err)
			}
			checkScorer(t, s, r, of.rows, nil)
		})
	}
}

func firstOf(rows [][]string, _ []int) [][]string { return rows }

// checkScorer compares all pairs that a run kept, and many others, but not those of one
// of several lists.
func checkScorer(t *testing.T, s *linkage.Scorer, r *linkage.Result, rows [][]string, lists []uint8) {
	t.Helper()
	type asked struct {
		a, b int32
		want linkage.Weight
	}
	var all []asked
	for p := range r.Pairs() {
		all = append(all, asked{p.A, p.B, p.Score})
	}
	kept := len(all)
	if kept < len(rows)/4 {
		t.Fatalf("the run kept only %d pairs", kept)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		if a, b := int32(random.IntN(len(rows))), int32(random.IntN(len(rows))); a != b && (lists == nil || lists[a] != lists[b]) {
			all = append(all, asked{b, a, r.Explain(a, b).Sum})
		}
	}
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	wrong := 0
	for len(all) > 0 && wrong < 5 {
		some := all[:min(len(all), 1+random.IntN(150))] // one pair alone, or many together
		all = all[len(some):]
		var records [][]string
		for _, q := range some {
			records = append(records, rows[q.a], rows[q.b])
		}
		p := prepared(t, s, records)
		for i, q := range some {
			if got := p.Weigh(2*i, 2*i+1); got != q.want {
				wrong++
				t.Errorf("%q and %q weigh %v, and %v in the run:\n%s", rows[q.a], rows[q.b], got, q.want, cmp.Diff(r.Explain(q.a, q.b), p.Explain(2*i, 2*i+1)))
			}
		}
		q := some[0]
		want, got := r.Explain(q.a, q.b), p.Explain(0, 1)
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(linkage.Explanation{}, "A", "B")); diff != "" && q.a < q.b {
			wrong++
			t.Errorf("%q and %q are explained otherwise (-run +scorer):\n%s", rows[q.a], rows[q.b], diff)
		}
	}
}

func prepared(t *testing.T, s *linkage.Scorer, records [][]string) *linkage.Prepared {
	t.Helper()
	p, err := s.Prepare(records...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What two records weigh depends on nothing that is prepared with them, also where
// the run has seen neither.
func TestScorerIsAskedAboutTwoRecords(t *testing.T) {
	r := run(t, linkage.Config{Columns: everything}, listed(1500, 5))
	s, err := linkage.NewScorer(linkage.ScorerConfig{Weights: r.Pinned()})
	if err != nil {
		t.Fatal(err)
	}
	records := listed(400, 6)
	for _, name := range []string{"Stacy", "Quixandra", "Quixandrra"} { // a mailbox tells the second, and the third is a slip for it
		row := make([]string, len(everything))
		row[1], row[2], row[5], row[11] = name, "Lockefeer", "+49 30 1234567", "Jena"
		if name == "Stacy" {
			row[3] = "lockefeer.quixandra@web.example"
		}
		records = append(records, row)
	}
	asked := len(records)
	for i := range 600 { // more dates than those asked about, with the month first
		row := make([]string, len(everything))
		row[8] = fmt.Sprintf("%d/%d/%d", 1+i%12, 13+i%16, 1940+i/16)
		records = append(records, row)
	}
	all := prepared(t, s, records)
	random := rand.New(rand.NewPCG(3, 4))
	for i := range asked {
		for _, j := range []int{(i + 1) % asked, (i + 2) % asked, random.IntN(asked)} {
			if i == j {
				continue
			}
			alone := prepared(t, s, [][]string{records[j], records[i]})
			if got, want := all.Weigh(i, j), alone.Weigh(0, 1); got != want {
				t.Errorf("%q and %q weigh %v among others, and %v alone", records[i], records[j], got, want)
			}
			if got, want := all.BlockKeys(i), alone.BlockKeys(1); !slices.Equal(got, want) {
				t.Errorf("%q has the block keys %x among others, and %x alone", records[i], got, want)
			}
		}
	}
}

// Workers share a scorer and what it has prepared.
func TestScorerIsShared(t *testing.T) {
	rows := listed(600, 7)
	r := run(t, linkage.Config{Columns: everything}, rows)
	s, err := linkage.NewScorer(linkage.ScorerConfig{Weights: r.Pinned()})
	if err != nil {
		t.Fatal(err)
	}
	p := prepared(t, s, rows)
	var wait sync.WaitGroup
	for w := range 4 {
		wait.Go(func() {
			for i := w; i+9 < len(rows); i += 4 {
				alone, err := s.Score(rows[i], rows[i+9])
				if got := p.Weigh(i, i+9); err != nil || got != alone.Sum || p.Explain(i+9, i).Sum != got {
					t.Errorf("%q and %q weigh %v and %v: %v", rows[i], rows[i+9], got, alone.Sum, err)
				}
				p.BlockKeys(i)
			}
		})
	}
	wait.Wait()
}

// Two records that the run compared share a block key.
func TestBlockKeysMeet(t *testing.T) {
	rows := listed(2500, 8)
	r := run(t, linkage.Config{Columns: everything}, rows)
	s, err := linkage.NewScorer(linkage.ScorerConfig{Weights: r.Pinned()})
	if err != nil {
		t.Fatal(err)
	}
	p, pairs := prepared(t, s, rows), 0
	for pair := range r.Pairs() {
		pairs++
		keys := p.BlockKeys(int(pair.A))
		if !slices.ContainsFunc(p.BlockKeys(int(pair.B)), func(k uint64) bool { return slices.Contains(keys, k) }) && len(r.Explain(pair.A, pair.B).Keys) > 0 {
			t.Errorf("%q and %q share no block key", rows[pair.A], rows[pair.B])
		}
	}
	if pairs < 500 || len(r.Weights.Keys) == 0 {
		t.Fatalf("the run kept %d pairs, by the keys %q", pairs, r.Weights.Keys)
	}
}

// What no scorer can be made of, or asked about, is said.
func TestScorerRefuses(t *testing.T) {
	rows := listedWithoutFirms(900, 9)
	for _, row := range rows {
		row[0] = ""
	}
	r := run(t, linkage.Config{Columns: withoutFirms}, rows)
	for name, c := range map[string]linkage.ScorerConfig{
		"needs the weights":     {},
		"needs the frequencies": {Weights: r.Weights},
		"match_above":           {Weights: r.Pinned(), MatchAbove: 2},
	} {
		if _, err := linkage.NewScorer(c); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	s, err := linkage.NewScorer(linkage.ScorerConfig{Weights: r.Pinned()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Score([]string{"one"}, rows[0]); err == nil {
		t.Error("a record of one value was scored")
	}
	for _, of := range []string{"user of an e-mail", "user of a phone"} {
		w := written(t, r.Pinned())
		w.Frequencies.Values = slices.DeleteFunc(w.Frequencies.Values, func(v linkage.ValueCounts) bool { return v.Of == of })
		if _, err := linkage.NewScorer(linkage.ScorerConfig{Weights: w}); !errors.Is(err, linkage.ErrOtherWeights) {
			t.Errorf("frequencies without every %s: %v", of, err)
		}
	}
	company := slices.Clone(rows[0])
	company[0] = "Wolkenbau Ltd"
	if _, err := s.Score(company, rows[1]); !errors.Is(err, linkage.ErrOtherWeights) {
		t.Errorf("a company where none was learned from: %v", err)
	}
	if p := prepared(t, s, nil); p == nil {
		t.Error("no records were not prepared")
	}
}
