package dedupe_test

import (
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
)

// A source whose rows say no date gives way to one whose rows do, and that is
// said, unless a priority decides.
func TestUndatedSourcesAreTold(t *testing.T) {
	crm, fair := contact("crm", "1", 5, "phone=+49111"), contact("fair", "2", 0, "phone=+49222", "first_name=Anna")
	for name, c := range map[string]struct {
		keep dedupe.Survivorship
		rows []row
		told bool
	}{
		"the newest by default":    {dedupe.Survivorship{}, []row{crm, fair}, true},
		"the newest of one field":  {dedupe.Survivorship{Priority: []string{"fair", "crm"}, Fields: map[string]string{"phone": "newest"}}, []row{crm, fair}, true},
		"a priority that decides":  {dedupe.Survivorship{Priority: []string{"fair", "crm"}}, []row{crm, fair}, false},
		"another priority":         {dedupe.Survivorship{Priority: []string{"crm"}}, []row{crm, fair}, false},
		"both dated":               {dedupe.Survivorship{}, []row{crm, contact("fair", "2", 7)}, false},
		"none dated":               {dedupe.Survivorship{}, []row{contact("crm", "1", 0), fair}, false},
		"one contact, no question": {dedupe.Survivorship{}, []row{fair}, false},
	} {
		t.Run(name, func(t *testing.T) {
			conf := seenConfig()
			conf.Keep = c.keep
			in, res := matchRows(t, conf, c.rows, nil, nil)
			f, told := finding(res, "undated")
			if told != c.told || told && !strings.Contains(f.Message, "source fair does not say when its rows changed") {
				t.Errorf("told %v, %+v", told, res.Findings)
			}
			if name != "the newest by default" {
				return
			}
			phone := in.Records.Schema().Index("phone")
			p := res.Provenance(in.Records, 0, phone, res.Golden.Value(0, phone))
			if p.How != pipeline.HowPreferred || len(p.Lost) != 1 || !p.Lost[0].Undated {
				t.Errorf("provenance %+v", p)
			}
		})
	}
}
