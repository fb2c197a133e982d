package pipeline_test

import (
	"slices"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// A field that nobody protects is overwritten, whatever somebody made of it. Where the
// memory tells that somebody did, so does the plan.
func TestOverwrittenEditsAreLabelled(t *testing.T) {
	for name, c := range map[string]struct {
		field       string
		wrote, want pipeline.Value
		edit        pipeline.Value // null: nobody edits
		policy      pipeline.FieldPolicy
		forgotten   bool // nothing is remembered of the field
		labelled    bool
	}{
		"edited":                         {field: "phone", wrote: text("1"), edit: text("9"), want: text("2"), labelled: true},
		"edited, and the source as ever": {field: "phone", wrote: text("1"), edit: text("9"), want: text("1"), labelled: true},
		"emptied":                        {field: "phone", wrote: text("1"), edit: pipeline.Erase(), want: text("1"), labelled: true},
		"emptied, which is filled":       {field: "phone", wrote: text("1"), edit: pipeline.Erase(), want: text("1"), policy: pipeline.FillEmpty, labelled: true},
		"nobody edited":                  {field: "phone", wrote: text("1"), want: text("2")},
		"not remembered":                 {field: "phone", wrote: text("1"), edit: text("9"), want: text("2"), forgotten: true},
		"a member that they added":       {field: "tags", wrote: texts("a", "b"), edit: texts("a", "b", "c"), want: texts("a", "b", "d"), labelled: true},
		"it stays":                       {field: "tags", wrote: texts("a", "b"), edit: texts("a", "b", "c"), want: texts("a", "b", "d"), policy: pipeline.AddToList},
		"a member that they took away":   {field: "tags", wrote: texts("a", "b"), edit: texts("a"), want: texts("a", "b"), policy: pipeline.AddToList, labelled: true},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKept(t, nil, []row{person(1).with(c.field, c.wrote), person(2)})
			k.policy.Fields = map[string]pipeline.FieldPolicy{c.field: c.policy}
			k.run(t, k.plan(t))
			for id, r := range k.target.records {
				if r.get("number").Str() == "N01" && !c.edit.IsNull() {
					k.target.edit(id, c.field, c.edit)
					if c.edit.IsErase() {
						k.target.edit(id, c.field, pipeline.Null())
					}
				}
			}
			k.want(t, person(1).with(c.field, c.want), person(2).with("note", text("n")))
			opt := pipeline.Options{Now: k.w.Now(), Links: k.store, Ledger: k.store}
			if c.forgotten {
				opt.Ledger = newMemory(k.w)
			}
			p, err := k.pipeline().Plan(t.Context(), opt)
			must(t, err)
			if len(p.Changes) != 2 {
				t.Fatalf("changes %q", shown(p))
			}
			for _, ch := range p.Changes {
				want := c.labelled && ch.Key.Value == "N01"
				if got := slices.Contains(ch.Labels, pipeline.LabelOverrides); got != want || got != slices.Contains(ch.Fields[0].Labels, pipeline.LabelOverrides) {
					t.Errorf("%s: labels %v, of the field %v", ch.Label, ch.Labels, ch.Fields[0].Labels)
				}
			}
		})
	}
}
