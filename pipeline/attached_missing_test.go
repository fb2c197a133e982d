package pipeline_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// hung is a target that tells of what hangs on its records.
type hung struct {
	*target
	found pipeline.Attachments
}

func (h *hung) Attachments(context.Context, []string) (*pipeline.Attachments, error) {
	return &h.found, nil
}

// What a plan says of what hangs on a record that stays is short however much that is; and
// what nobody looked at matters as long as records are deleted.
func TestWhatHangsOnMissingRecordsIsTold(t *testing.T) {
	for hanging, want := range map[int]string{0: "", 1: "since there is badge 1: #", 3: "there is badge 1; there is badge 2; there is badge 3: #", 12: "there is badge 3; and 9 more: #"} {
		k := newKept(t, nil, []row{person(1), person(2)})
		k.policy.OnMissing = pipeline.DeleteMissing
		k.run(t, k.plan(t))
		k.want(t, person(1))
		h := &hung{target: k.target, found: pipeline.Attachments{Unknown: []string{"seats"}}}
		for id, r := range k.target.records {
			for n := range hanging {
				if r.get("number").Str() == person(2).get("number").Str() {
					h.found.List = append(h.found.List, pipeline.Attachment{Of: id, Value: fmt.Sprintf("badge %d", n+1)})
				}
			}
		}
		p := k.pipeline()
		p.Bindings[0].Target = h
		said := map[string]string{}
		plan := k.planOf(t, p)
		for _, f := range plan.Findings {
			said[f.Code] += f.Message
		}
		if len(plan.Changes) != min(1, max(0, 1-hanging)) {
			t.Errorf("%d things hang on it: changes %+v", hanging, plan.Changes)
		}
		if !strings.Contains(said["attached"], want) || (said["attached"] == "") != (want == "") || strings.Contains(said["attached"], "badge 4") {
			t.Errorf("%d things hang on it: %q, want %q", hanging, said["attached"], want)
		}
		if told := said["not-looked-at"] != ""; told != (hanging == 0) {
			t.Errorf("%d things hang on it: what nobody looked at is told: %v", hanging, told)
		}
	}
}
