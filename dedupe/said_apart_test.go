package dedupe_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
)

// What a person said is something else is told by cluster, whether it was said of the
// record itself or of a row that is it; an answer about values that have changed is not.
func TestWhatIsSaidToBeSomethingElse(t *testing.T) {
	rows := []row{contact("crm", "1", 0, "email=home@x.example", "first_name=Xaveria", "last_name=Quandt"),
		contact("crm", "2", 0, "email=home@x.example", "first_name=Bodo", "last_name=Quandt"), contact("crm", "3", 0, "email=other@x.example")}
	target := []row{contact("plandocket", "t1", 0, "email=home@x.example", "first_name=Xaveria", "last_name=Quandt"), contact("plandocket", "t2", 0, "email=third@x.example")}
	links := map[pipeline.RowKey]string{{Source: "crm", ID: "1"}: "t1"}
	id := func(id string) dedupe.Who { return dedupe.Who{Row: pipeline.RowKey{Source: "crm", ID: id}} }
	record := func(mail string) dedupe.Who { return dedupe.Who{Fields: map[string]string{"email": mail}} }
	old := dedupe.Decision{A: id("1"), B: id("2"), Same: false}
	old.Seen.Fields, old.Seen.A = []string{"email"}, "0000"
	for name, c := range map[string]struct {
		decisions []dedupe.Decision
		want      []string // of Bodo
	}{
		"nothing":               {nil, nil},
		"a row that became it":  {[]dedupe.Decision{{A: id("2"), B: id("1"), Same: false}}, []string{"t1"}},
		"the record":            {[]dedupe.Decision{{A: id("2"), B: record("third@x.example"), Same: false}}, []string{"t2"}},
		"a row that is nothing": {[]dedupe.Decision{{A: id("2"), B: id("3"), Same: false}}, nil},
		"about other values":    {[]dedupe.Decision{old}, nil},
		"of somebody else":      {[]dedupe.Decision{{A: id("3"), B: id("1"), Same: false}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			in, res := matchRows(t, seenConfig(c.decisions...), rows, target, links)
			for i, cluster := range res.Clusters {
				if in.Records.Record(int(cluster.Members[0])).ID() == "2" {
					if diff := cmp.Diff(res.Apart[i], c.want); diff != "" {
						t.Errorf("of Bodo it is said that he is not (-got +want):\n%s", diff)
					}
				}
			}
		})
	}
}
