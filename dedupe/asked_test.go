package dedupe_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
	"pgregory.net/rapid"
)

// askedList is rows of people whom the target has by their e-mail, but for Anna, whose row
// has another one.
func askedList() (rows, target []row) {
	for i, name := range []string{"Anna Quandt", "Bodo Weber", "Cleo Kern", "Dirk Lohse"} {
		first, last := name[:4], name[5:]
		mail := fmt.Sprintf("email=c%d@x.example", i)
		target = append(target, contact("plandocket", fmt.Sprint("T", i), 0, "first_name="+first, "last_name="+last, "city=Mainz", mail))
		if i == 0 {
			mail = "email=anna5@y.example"
		}
		rows = append(rows, contact("people", fmt.Sprint(i), 0, "first_name="+first, "last_name="+last, "city=Mainz", mail))
	}
	return rows, target
}

// TestAQuestionStaysUntilItIsAnswered matches rows of whom one is asked about, and then
// such among which likeness alone would not ask any more. It is asked again as long as both
// records say what they said, and nobody and no key has answered.
func TestAQuestionStaysUntilItIsAnswered(t *testing.T) {
	config := dedupe.Config{Schema: contactSchema(), Join: true, Same: []string{"email", "customer_number"}, Keys: []string{"customer_number", "email"}}
	// become matches and returns what Anna's row becomes, and what is to be remembered.
	become := func(c dedupe.Config, rows, target []row, asked []byte) (string, []byte) {
		m, err := dedupe.New(c)
		if err != nil {
			t.Fatal(err)
		}
		in := pipeline.MatchInput{Records: tableOf(t, rows, uncut), Target: tableOf(t, target, uncut), TargetNamespace: "plandocket", Asked: asked}
		res, err := m.Match(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		checkResult(t, in, res)
		for i, cluster := range res.Clusters {
			switch link := res.Links[i]; {
			case !slices.Contains(cluster.Members, 0):
			case link.Block != nil:
				return fmt.Sprint(link.Block.Code, link.Block.Candidates), res.Asked
			case cluster.Block != nil:
				return cluster.Block.Code, res.Asked
			case link.Target >= 0:
				return in.Target.Record(int(link.Target)).ID(), res.Asked
			}
		}
		return "new", res.Asked
	}
	rows, target := askedList()
	first, asked := become(config, rows, target, nil)
	if first != "undecided-match[T0]" || len(asked) == 0 {
		t.Fatalf("at first her row becomes %s, with %d bytes to be remembered", first, len(asked))
	}
	// Others who come make her question no question any more, by likeness alone.
	others := func(rows []row) []row {
		for i := range 300 {
			r := benchContact(i)
			r.cells["first_name"], r.cells["city"] = "Anna", "Mainz"
			rows = append(rows, r)
		}
		return rows
	}
	t.Run("her row is not there for a day", func(t *testing.T) {
		rows, target := askedList()
		_, next := become(config, rows[1:], target, asked)
		if got, _ := become(config, others(rows), target, next); got != first {
			t.Errorf("after that her row becomes %s, want %s", got, first)
		}
	})
	t.Run("a row of hers is like the record", func(t *testing.T) {
		rows, target := askedList()
		target[0].cells["phone"], target[0].cells["postal_code"] = "+49 6131 555123", "55116"
		was, asked := become(config, rows, target, nil)
		rows = append(rows, contact("people", "9", 0, "first_name=Anna", "last_name=Quandt", "city=Mainz", "email=anna5@y.example", "phone=+49 6131 555123", "postal_code=55116"))
		if got, _ := become(config, rows, target, nil); got != "T0" {
			t.Fatalf("without memory her row becomes %s, want T0", got)
		}
		if got, _ := become(config, rows, target, asked); was != first || got != first {
			t.Errorf("her row becomes %s, and then %s, want %s", was, got, first)
		}
	})
	answer := func(same bool) dedupe.Config {
		c := config
		c.Decisions = []dedupe.Decision{decided(t, same, firstRecord(t, rows[0]), firstRecord(t, target[0]), false, true)}
		return c
	}
	otherRules := config
	otherRules.ReviewAbove = 0.85
	for name, c := range map[string]struct {
		config  dedupe.Config
		change  func(rows, target []row) ([]row, []row)
		want    string
		without string // where nothing is remembered
		stays   bool
	}{
		"the others come":             {want: "undecided-match[T0]", without: "new", stays: true},
		"she has another city":        {change: func(rows, target []row) ([]row, []row) { rows[0].cells["city"] = "Trier"; return rows, target }, want: "new", without: "new"},
		"the record has another city": {change: func(rows, target []row) ([]row, []row) { target[0].cells["city"] = "Trier"; return rows, target }, want: "new", without: "new"},
		"the record is gone":          {change: func(rows, target []row) ([]row, []row) { return rows, target[1:] }, want: "new", without: "new"},
		"a number tells": {change: func(rows, target []row) ([]row, []row) {
			rows[0].cells["customer_number"], target[0].cells["customer_number"] = "K1", "K1"
			rows[0].source = "plandocket"
			return rows, target
		}, want: "T0", without: "T0"},
		"they are one":         {config: answer(true), want: "T0", without: "T0"},
		"they are two":         {config: answer(false), want: "new", without: "new"},
		"the rules are others": {config: otherRules, want: "new", without: "new"},
	} {
		t.Run(name, func(t *testing.T) {
			rows, target := askedList()
			if c.change != nil {
				rows, target = c.change(rows, target)
			}
			if c.config.Schema == nil {
				c.config = config
			}
			rows = others(rows)
			if got, _ := become(c.config, rows, target, nil); got != c.without {
				t.Errorf("without memory her row becomes %s, want %s", got, c.without)
			}
			got, next := become(c.config, rows, target, asked)
			if got != c.want {
				t.Errorf("her row becomes %s, want %s", got, c.want)
			}
			if got, _ := become(c.config, rows, target, next); c.stays && got != c.want {
				t.Errorf("the next time her row becomes %s, want %s", got, c.want)
			}
		})
	}
}

// TestWhatWasAskedAsksTheSame matches drawn records twice, the second time with what is
// remembered of the questions of the first: the same is asked, joined and blocked, and the
// same is to be remembered.
func TestWhatWasAskedAsksTheSame(t *testing.T) {
	m, asked := contactMatcher(t), 0
	rapid.Check(t, func(rt *rapid.T) {
		rows := drawRows(rt, "rows", []string{"people", "crm"}, 12)
		target := drawRows(rt, "target", []string{"plandocket"}, 5)
		in := pipeline.MatchInput{TargetNamespace: "plandocket", Records: tableOf(t, rows, uncut), Target: tableOf(t, target, uncut)}
		again := func() (string, []byte) {
			res, err := m.Match(context.Background(), in)
			if err != nil {
				rt.Fatal(err)
			}
			checkResult(rt, in, res)
			checkNever(rt, in, res)
			for i := range res.Questions {
				res.Questions[i].Why = "" // it may be that it was asked before
			}
			return render(in, res), res.Asked
		}
		first, remembered := again()
		in.Asked = remembered
		asked += len(remembered)
		second, next := again()
		if first != second {
			rt.Fatalf("what is remembered changes the result (-first +again):\n%s", cmp.Diff(first, second))
		}
		if !slices.Equal(remembered, next) {
			rt.Errorf("the first matching remembers %x, the second %x", remembered, next)
		}
	})
	if asked == 0 {
		t.Error("nothing was asked")
	}
}

// TestWhatWasAskedIsNotAnsweredByOthers matches drawn records, and then the same ones among
// others that have no key in common with them. Whoever was asked about a record of the
// target is neither new by then nor that record by likeness, and rows that were asked about
// are not joined by likeness.
func TestWhatWasAskedIsNotAnsweredByOthers(t *testing.T) {
	config := dedupe.Config{Schema: contactSchema(), Join: true, Same: []string{"email"}, Keys: []string{"email"}}
	m, err := dedupe.New(config)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		rows, target := drawRows(rt, "rows", []string{"people"}, 8), drawRows(rt, "target", []string{"plandocket"}, 5)
		in := pipeline.MatchInput{TargetNamespace: "plandocket", Records: tableOf(t, rows, uncut), Target: tableOf(t, target, uncut)}
		first, err := m.Match(context.Background(), in)
		if err != nil {
			rt.Fatal(err)
		}
		for i := range rapid.IntRange(0, 60).Draw(rt, "others") {
			r := benchContact(i)
			r.id = "other" + r.id
			r.cells["first_name"] = rapid.SampledFrom(drawn["first_name"]).Draw(rt, "first_name")
			rows = append(rows, r)
		}
		in.Records, in.Asked = tableOf(t, rows, uncut), first.Asked
		second, err := m.Match(context.Background(), in)
		if err != nil {
			rt.Fatal(err)
		}
		checkResult(rt, in, second)
		clusterOf := map[string]int{}
		for c, cluster := range second.Clusters {
			for _, i := range cluster.Members {
				clusterOf[in.Records.Record(int(i)).ID()] = c
			}
		}
		for _, q := range first.Questions {
			c := clusterOf[q.A.Origin.ID]
			link := second.Links[c]
			switch {
			case q.Rule != pipeline.RuleSimilar:
			case q.B.Target == "":
				if clusterOf[q.B.Origin.ID] == c && !slices.ContainsFunc(second.Clusters[c].Ties, func(tie pipeline.Tie) bool { return tie.Rule != pipeline.RuleSimilar }) {
					rt.Errorf("%s and %s were asked about, and are joined by likeness", q.A.Origin.ID, q.B.Origin.ID)
				}
			case link.Block == nil && second.Clusters[c].Block == nil && link.Target < 0:
				rt.Errorf("%s was asked about, and is new", q.A.Origin.ID)
			case link.Block == nil && link.Target >= 0 && second.LinkReason(c).Rule == pipeline.RuleSimilar && in.Target.Record(int(link.Target)).ID() == q.B.Target:
				rt.Errorf("%s was asked about, and becomes %s by likeness", q.A.Origin.ID, q.B.Target)
			}
		}
	})
}
