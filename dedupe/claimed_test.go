package dedupe_test

import (
	"context"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
)

// Two contacts that claim one record of the target can be settled by answers:
// they are one, or one of them is not that record.
func TestClaimedTargetCanBeDecided(t *testing.T) {
	byMail := contact("fair", "1", 0, "first_name=Anna", "last_name=Weber", "email=anna@example.com")
	byNumber := contact("erp", "2", 0, "email=", "first_name=Anna", "last_name=Weber", "customer_number=K1")
	there := contact("", "t1", 0, "first_name=Anna", "last_name=Weber", "email=anna@example.com", "customer_number=K1")
	match := func(answers ...dedupe.Decision) *pipeline.MatchResult {
		m, err := dedupe.New(seenConfig(answers...))
		if err != nil {
			t.Fatal(err)
		}
		res, err := m.Match(context.Background(), pipeline.MatchInput{Records: tableOf(t, []row{byMail, byNumber}, func() bool { return false }),
			Target: tableOf(t, []row{there}, func() bool { return false }), TargetNamespace: "shop", Namespace: func(string, string) string { return "shop" }})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	blocked := func(res *pipeline.MatchResult) (codes, hints []string) {
		for _, l := range res.Links {
			if l.Block != nil {
				codes, hints = append(codes, l.Block.Code), append(hints, l.Block.Hint)
			}
		}
		return codes, hints
	}
	a, b := firstRecord(t, byMail), firstRecord(t, byNumber)
	res := match()
	if codes, _ := blocked(res); len(codes) != 2 || codes[0] != dedupe.CodeTargetClaimed || len(res.Questions) != 1 {
		t.Fatalf("blocked %v, questions %+v; want both, and one question about the two rows", codes, res.Questions)
	}
	if res := match(decided(t, true, a, b)); len(res.Clusters) != 1 || res.Links[0].Block != nil || res.Links[0].Target != 0 {
		t.Errorf("they are one: got %+v", res.Links)
	}
	different := decided(t, false, a, b)
	res = match(different)
	if codes, hints := blocked(res); len(codes) != 2 || len(res.Questions) != 0 || !strings.HasPrefix(hints[0], "say in the decisions file which of them is not that record") {
		t.Errorf("they are two: blocked %v, hints %q, questions %+v", codes, hints, res.Questions)
	}
	res = match(different, decided(t, false, a, firstRecord(t, there), false, true))
	if codes, _ := blocked(res); len(codes) != 0 {
		t.Errorf("the first of them is not that record: blocked %v", codes)
	}
}
