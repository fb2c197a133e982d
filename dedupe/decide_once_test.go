package dedupe_test

import (
	"fmt"
	"testing"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
)

// TestOneDoubtIsOneQuestion has two people of one home, of whom one is in the target
// already, as her row is remembered to be: the other one is asked about once, and one
// answer is enough, whichever of the two it names.
func TestOneDoubtIsOneQuestion(t *testing.T) {
	of := func(source, id, first string) row {
		return row{source: source, id: id, line: 2, cells: map[string]string{"first_name": first, "last_name": "Maier",
			"phone": "+49221123456", "city": "Köln", "postal_code": "50667", "address": "Domstr. 1"}}
	}
	config := func(decisions ...dedupe.Decision) dedupe.Config {
		return dedupe.Config{Schema: contactSchema(), Join: true, Same: []string{"email", "customer_number"},
			Never: []string{"customer_number"}, Keys: []string{"customer_number", "email"}, Decisions: decisions}
	}
	rows := []row{of("home", "0", "Lena"), of("home", "1", "Lea")}
	target := []row{of("plandocket", "t1", "Lena")}
	links := map[pipeline.RowKey]string{{Source: "home", ID: "0"}: "t1"}
	lena, lea := dedupe.Who{Row: pipeline.RowKey{Source: "home", ID: "0"}}, dedupe.Who{Row: pipeline.RowKey{Source: "home", ID: "1"}}

	_, res := matchRows(t, config(), rows, target, links)
	if len(res.Questions) != 1 || res.Questions[0].A.Target != "" || res.Questions[0].B.Target != "" {
		t.Fatalf("asked are %+v, want one question about the two rows", res.Questions)
	}
	if f, _ := finding(res, "undecided"); f.Count != 1 {
		t.Errorf("told are %d pairs", f.Count)
	}
	for name, other := range map[string]dedupe.Who{"her row": lena, "her record": {Target: "t1"}} {
		for _, same := range []bool{true, false} {
			t.Run(fmt.Sprint(name, ", ", same), func(t *testing.T) {
				_, res := matchRows(t, config(dedupe.Decision{A: lea, B: other, Same: same, Place: "decisions.yaml:1"}), rows, target, links)
				if len(res.Questions) != 0 {
					t.Errorf("it was answered, and asked are %+v", res.Questions)
				}
				if clusters := 2 - b2i(same); len(res.Clusters) != clusters {
					t.Errorf("%d clusters, want %d", len(res.Clusters), clusters)
				}
				for c, l := range res.Links {
					if l.Block != nil || res.Clusters[c].Block != nil || (l.Target < 0) != (!same && res.Clusters[c].Members[0] == 1) {
						t.Errorf("cluster %d of %v: link %+v, blocked %v, %v", c, res.Clusters[c].Members, l, l.Block, res.Clusters[c].Block)
					}
				}
			})
		}
	}
}
