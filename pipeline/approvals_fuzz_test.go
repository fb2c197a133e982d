package pipeline_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// FuzzReadApprovals reads anything: it is refused with a reason, or it is decisions
// that are read again from what they are written as.
func FuzzReadApprovals(f *testing.F) {
	var b bytes.Buffer
	p := &pipeline.Plan{Digest: "d", Header: pipeline.Header{Bindings: []pipeline.PlanBinding{{Policy: pipeline.Policy{RequireApproval: []string{"create"}}}}},
		Changes: []pipeline.Change{{ID: "c", Action: pipeline.Create, Label: "Anna"}}}
	if err := p.Undecided().Write(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(`{"format":1,"plan":"d","rest":true,"rows":[{"change":"c","accept":false}]}`))
	f.Add([]byte("{\"format\":1,\"by\":\"\xff\x1b[2J\"}"))
	f.Add([]byte(`{"format":1,"plan":"d","rest":null,"rest":true}`))
	f.Add([]byte(`{"format":1,"plan":"d","conflicts":[{"conflict":"k","take":"ours","ours":{"erase":true}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := pipeline.ReadApprovals(bytes.NewReader(text))
		if err != nil {
			if wrong := (*pipeline.ApprovalsError)(nil); !errors.As(err, &wrong) {
				t.Fatalf("refused without a reason: %v", err)
			}
			return
		}
		fits := d.Fit(p)
		var again bytes.Buffer
		if err := d.Write(&again); err != nil {
			t.Fatal(err)
		}
		same, err := pipeline.ReadApprovals(&again)
		if err != nil {
			t.Fatalf("written and read again: %v", err)
		}
		if (same.Fit(p) == nil) != (fits == nil) {
			t.Fatalf("fits: %v, and read again: %v", fits, same.Fit(p))
		}
	})
}
