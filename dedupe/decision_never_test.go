package dedupe_test

import (
	"context"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
)

// An answer that a never key forbids is told with its place, also when only a
// third record brings the two numbers together.
func TestForbiddenAnswersAreTold(t *testing.T) {
	k1 := contact("erp", "1", 0, "first_name=Anna", "last_name=Weber", "customer_number=K1")
	k2 := contact("erp", "2", 0, "first_name=Anna", "last_name=Weber", "customer_number=K2")
	fair := contact("fair", "3", 0, "first_name=Anna", "last_name=Weber")
	one, two := decided(t, true, firstRecord(t, fair), firstRecord(t, k1)), decided(t, true, firstRecord(t, fair), firstRecord(t, k2))
	two.Place = "decisions.yaml:9"
	c := seenConfig(one, two)
	in, res := matchRows(t, c, []row{k1, k2, fair}, nil, nil)
	f, told := finding(res, "decision-forbidden")
	if !told || !strings.HasPrefix(f.Where, "decisions.yaml:") || !strings.Contains(f.Message, "never: customer_number") || !strings.Contains(f.Message, "K1") || !strings.Contains(f.Message, "K2") {
		t.Errorf("got %+v, want the answer that has no effect, and why", res.Findings)
	}
	if _, twice := finding(res, "join-forbidden"); twice {
		t.Errorf("it is told a second time, as a number: %+v", res.Findings)
	}
	m, err := dedupe.New(c)
	if err != nil {
		t.Fatal(err)
	}
	e, err := m.Explain(context.Background(), in, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	e1, err := m.Explain(context.Background(), in, 2, 0)
	if err != nil {
		t.Fatal(err)
	}
	if rules := strings.Join(append(e.Rules, e1.Rules...), "\n"); strings.Count(rules, "a person said that they are the same") != 2 || strings.Count(rules, "by a row that it was joined to") != 1 {
		t.Errorf("the pairs are explained by:\n%s", rules)
	}
}

// A person cannot make a row a record of the target that a never key forbids.
func TestForbiddenAnswerAboutTheTarget(t *testing.T) {
	k1 := contact("erp", "1", 0, "first_name=Anna", "last_name=Weber", "customer_number=K1")
	there := contact("", "t1", 0, "first_name=Anna", "last_name=Weber", "customer_number=K2")
	d := decided(t, true, firstRecord(t, k1), firstRecord(t, there), false, true)
	m, err := dedupe.New(seenConfig(d))
	if err != nil {
		t.Fatal(err)
	}
	in := pipeline.MatchInput{Records: tableOf(t, []row{k1}, func() bool { return false }), Target: tableOf(t, []row{there}, func() bool { return false }),
		TargetNamespace: "shop", Namespace: func(string, string) string { return "shop" }}
	res, err := m.Match(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if b := res.Links[0].Block; b == nil || b.Code != dedupe.CodeConflictingKeys || !strings.Contains(b.Reason, "never: customer_number") {
		t.Errorf("got %+v, want a block that says why", res.Links[0])
	}
}
