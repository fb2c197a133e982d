package review

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// phones is a plan that writes many phone numbers in another form, and some otherwise.
func phones(n int, other func(i int, c *pipeline.Change)) *pipeline.Plan {
	p := &pipeline.Plan{Digest: "d", Header: pipeline.Header{Pipeline: "fair", Made: made, Expires: made, Bindings: []pipeline.PlanBinding{{Model: "people", Identity: "shop"}}}}
	for i := range n {
		c := pipeline.Change{ID: fmt.Sprint("c", i), Action: pipeline.Update, Label: fmt.Sprintf("Person %d", i), Labels: []string{pipeline.LabelFormatOnly}, Rows: []pipeline.Origin{origin(i + 2)},
			Fields: []pipeline.FieldChange{{Field: "phone", Before: text(fmt.Sprintf("089 %d", 1000+i)), After: text(fmt.Sprintf("+4989%d", 1000+i))}}}
		if other != nil {
			other(i, &c)
		}
		p.Changes = append(p.Changes, c)
	}
	return p
}

func shownText(t *testing.T, p *pipeline.Plan, opt Options) string {
	t.Helper()
	var b strings.Builder
	if err := Text(&b, p, opt); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Of a class, some changes like most of it are shown, and those of a form that few have.
func TestOddChangesOfAClass(t *testing.T) {
	p := phones(2000, func(i int, c *pipeline.Change) {
		if i == 700 || i == 900 {
			c.Fields[0].Before = text(fmt.Sprintf("089/%d-x", i))
		}
		if i == 800 {
			c.Fields[0].Before = text("(089) 800")
		}
	})
	got := shownText(t, p, Options{})
	for _, want := range []string{"  2,000  update phone [format-only]\n      e.g. Person 0: ", "      e.g. Person 1999: ", "      odd: Person 800: phone (089) 800 -> +49891800\n      odd: Person 700: phone 089/700-x -> +49891700\n\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("the text lacks %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "odd: Person 900") {
		t.Error("one form is shown twice")
	}
}

// However many changes there are, a terminal shows no list of them, and tells how to
// reach them all.
func TestManyChangesAreNeverAList(t *testing.T) {
	for name, label := range map[string]string{"forms": pipeline.LabelFormatOnly, "outward": pipeline.LabelOutward} {
		t.Run(name, func(t *testing.T) {
			got := shownText(t, phones(20_000, func(i int, c *pipeline.Change) { c.Labels = []string{label} }), Options{})
			if n := strings.Count(got, "\n"); n > 150 {
				t.Errorf("%d lines", n)
			}
			for _, want := range []string{"changes, by risk (20,000)", "changes, by class (20,000)", "a random sample (20)", "at most 14 % of the 20,000 changes", "show --where", "show --all", "--format html", "--format csv"} {
				if !strings.Contains(got, want) {
					t.Errorf("the text lacks %q:\n%s", want, got)
				}
			}
		})
	}
}

// A change that is unlike the others is shown in full, with why.
func TestWhatStandsOut(t *testing.T) {
	p := phones(3000, func(i int, c *pipeline.Change) {
		switch i {
		case 10:
			for k := range 11 {
				c.Rows = append(c.Rows, origin(9000+k))
			}
		case 20:
			c.Fields[0].After = text(strings.Repeat("x", 500))
		case 30:
			c.Match = &pipeline.Reason{Rule: "similar", Score: .912, Parts: []pipeline.EvidencePart{{Field: "email", Weight: 3}}}
		case 40:
			c.Labels = []string{pipeline.LabelEmail}
		case 50:
			for k := range 9 {
				c.Fields = append(c.Fields, pipeline.FieldChange{Field: fmt.Sprint("f", k), After: text("v")})
			}
		}
	})
	got := shownText(t, p, Options{})
	for label, why := range map[string]string{"Person 10": "it is made of 12 rows; 99 of 100 are made of at most 1", "Person 20": "a value of it has 500 characters; in 99 of 100 changes none has more than 9",
		"Person 30": "its match has a probability of 91.2 %; in 99 of 100 changes it is at least 100.0 %", "Person 40": "it is the only one of its class", "Person 50": "it has 10 fields; 99 of 100 have at most 1"} {
		_, rest, found := strings.Cut(got, "  ~ update  "+label+"  ")
		if before, _, told := strings.Cut(rest, "stands out: "+why); !found || !told || strings.Contains(before, "stands out") {
			t.Errorf("%s does not stand out, since %s:\n%s", label, why, got)
		}
	}
	if n := strings.Count(got, "stands out: "); n != 5 {
		t.Errorf("%d changes stand out", n)
	}
	if got := outliersOf(phones(3000, nil)); got != nil {
		t.Errorf("of changes that are all alike %v stand out", got)
	}
	_, data := readIsland(t, written(t, HTML, p, Options{Values: true}))
	marked := map[string]int{}
	for _, r := range data.Rows {
		for _, m := range r[placeIn(t, "MARKS")].([]any) {
			marked[data.Marks[int(m.(float64))]]++
		}
	}
	if marked["stands out"] != 5 || marked["in the random sample"] != sampleMax {
		t.Errorf("the page marks %v", marked)
	}
}

// A sample is the same whenever it is drawn of a plan, whatever the order of the changes,
// and each change is as likely to be in it as any other.
func TestSampleIsDrawnFairly(t *testing.T) {
	const n, size, plans = 100, 20, 2000
	p := phones(n, nil)
	drawn := make([]int, n)
	for k := range plans {
		p.Digest = fmt.Sprint(k)
		got := sampleOf(p, size)
		if len(got) != size || len(slices.Compact(slices.Sorted(slices.Values(got)))) != size {
			t.Fatalf("drawn are %v", got)
		}
		for _, at := range got {
			drawn[at]++
		}
		if first := sampleOf(p, size/2); !slices.Equal(first, got[:size/2]) {
			t.Fatalf("the first of %v are not %v", got, first)
		}
	}
	for at, times := range drawn { // 400 times each, with a deviation of 18
		if math.Abs(float64(times)-plans*size/n) > 6*math.Sqrt(plans*size/n*(1-float64(size)/n)) {
			t.Errorf("change %d was drawn %d times", at, times)
		}
	}
	ids := func(p *pipeline.Plan) (out []string) {
		for _, at := range sampleOf(p, size) {
			out = append(out, p.Changes[at].ID)
		}
		return out
	}
	before := ids(p)
	slices.Reverse(p.Changes)
	if after := ids(p); !slices.Equal(before, after) {
		t.Errorf("in another order %v are drawn, not %v", after, before)
	}
}

// What a sample proves is what a person who finds nothing may say: a share of wrong
// changes that is larger would have shown itself 19 times of 20.
func TestWhatASampleProves(t *testing.T) {
	for _, n := range []int{1, sampleListed, sampleMax} {
		unseen := math.Pow(1-proven(n)/100, float64(n))
		if math.Abs(unseen-.05) > 1e-9 {
			t.Errorf("of %d, a share of %.1f %% stays unseen with a probability of %f", n, proven(n), unseen)
		}
	}
}

// Each change is in one bucket, the first that fits.
func TestRiskOfAChange(t *testing.T) {
	update := func(before string, labels ...string) pipeline.Change {
		return pipeline.Change{Action: pipeline.Update, Labels: labels, Fields: []pipeline.FieldChange{{Field: "f", Before: text(before), After: text("x")}}}
	}
	for want, c := range map[int]pipeline.Change{
		riskDelete:    {Action: pipeline.Delete, Labels: []string{pipeline.LabelOutward}},
		riskOutward:   update("a", pipeline.LabelEmail, pipeline.LabelOutward),
		riskNames:     {Action: pipeline.Create, Labels: []string{pipeline.LabelMerge, pipeline.LabelNames}},
		riskIdentity:  update("a", pipeline.LabelIdentity, pipeline.LabelFormatOnly),
		riskBlank:     update("a", pipeline.LabelBlank, pipeline.LabelMerge),
		riskOverrides: update("a", pipeline.LabelOverrides),
		riskAgain:     {Action: pipeline.Create, Labels: []string{pipeline.LabelAgain}},
		riskMerge:     {Action: pipeline.Create, Labels: []string{pipeline.LabelMerge}},
		riskCreate:    {Action: pipeline.Create},
		riskValues:    update("a"),
		riskFills:     update(""),
		riskForm:      update("a", pipeline.LabelSameLook),
	} {
		if got := riskOf(&c); got != want {
			t.Errorf("%s %v is %s, want %s", c.Action, c.Labels, risks[got].name, risks[want].name)
		}
	}
}

// The form of a value is what it is when it is put together character by character.
func TestForms(t *testing.T) {
	plain := func(s string) string {
		out, last := "", rune(-1)
		for _, r := range s {
			if r = sketched(r); r == last {
				continue
			}
			if last = r; len(out) >= shapeBytesMax {
				break
			}
			out += string(r)
		}
		return out
	}
	random := rand.New(rand.NewPCG(1, 2))
	alphabet := []rune("abzABZ019  \t\n+-.@<\x00\x7fäß王\u0301\u00a0\ufffd")
	for range 20_000 {
		text := make([]rune, random.IntN(60))
		for i := range text {
			text[i] = alphabet[random.IntN(len(alphabet))]
		}
		s := string(text)
		if random.IntN(4) == 0 {
			s += "\xc3"
		}
		if got, want := string(appendShape([]byte("before"), s)), "before"+plain(s); got != want {
			t.Fatalf("the form of %q is %q, not %q", s, got, want)
		}
	}
}
