package pipeline_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// However many processors there are, a plan is the same, byte for byte: also of very many
// records, of which some are blocked, in conflict, left alone, kept by the target,
// or said to be something else than the record that has their key.
func TestProcessorsMakeNoDifference(t *testing.T) {
	const n, apart = 20_000, 2_000
	random := rand.New(rand.NewPCG(5, 8))
	words := []string{"", "a", "A", "b", "+49 1", "+491", "long text"}
	drawn := func(i int, desired bool) row {
		r := person(i)
		for _, f := range []string{"phone", "note"} {
			switch v := words[random.IntN(len(words))]; {
			case desired && v == "" && random.IntN(2) == 0:
				r[f] = pipeline.Erase()
			case v != "":
				r[f] = text(v)
			}
		}
		tags := []string{}
		for _, tag := range []string{"x", "y", "z"} {
			if random.IntN(2) == 0 {
				tags = append(tags, tag)
			}
		}
		r["tags"] = pipeline.ListValue(tags)
		return r
	}
	var existing, desired []row
	for i := range n {
		existing, desired = append(existing, drawn(i+1, false)), append(desired, drawn(apart+i+1, true))
	}
	j := newJob(t, existing, desired)
	j.policy.Fields = map[string]pipeline.FieldPolicy{"phone": pipeline.ProtectEdits, "note": pipeline.ProtectEdits, "tags": pipeline.Overwrite}
	var entries []pipeline.LedgerEntry
	for i := range n {
		held := func(list bool) pipeline.Value {
			if list {
				return existing[i]["tags"]
			}
			return text(words[1+random.IntN(len(words)-1)])
		}
		id := fmt.Sprintf("t%03d", i+1)
		for _, f := range []string{"phone", "note", "tags"} {
			e := pipeline.LedgerEntry{Record: id, Field: f, Sent: held(false), Shown: held(f == "tags"), At: time.Unix(1, 0), Pipeline: "p"}
			if f == "tags" && i+1 > apart {
				e.Sent = desired[i-apart]["tags"]
			}
			entries = append(entries, e)
		}
	}
	if err := j.state.SaveEntries(t.Context(), j.target.Identity(), entries); err != nil {
		t.Fatal(err)
	}
	p := j.pipeline()
	p.Models[0].Matcher = someApart{}
	p.Bindings[0].Target = &routed{target: j.target, route: func(pipeline.Change) (string, bool) { return "by number", true }}
	planned := func() (*pipeline.Plan, []byte) {
		plan, err := p.Plan(t.Context(), pipeline.Options{Now: j.w.Now(), Links: j.state, Ledger: j.state})
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := plan.Write(&file); err != nil {
			t.Fatal(err)
		}
		return plan, file.Bytes()
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	plan, want := planned()
	codes := map[string]int{}
	for _, f := range plan.Findings {
		codes[f.Code] = f.Count
	}
	for _, b := range plan.Blocked {
		codes[b.Code]++
	}
	sharing := 0
	for _, ch := range plan.Changes {
		if slices.Contains(ch.Labels, pipeline.LabelSharedKey) {
			sharing++
		}
	}
	if c := plan.Total(); c.Create != apart+sharing || sharing == 0 || c.Update == 0 || c.Unchanged == 0 || c.Blank == 0 || codes[pipeline.CodeEditConflict] == 0 || codes["edit-protected"] == 0 || codes["impossible"] == 0 {
		t.Fatalf("counts %+v, %d share a key, findings and blocks %v: not all was tried", c, sharing, codes)
	}
	for _, processors := range []int{2, 5} {
		runtime.GOMAXPROCS(processors)
		if _, got := planned(); !bytes.Equal(got, want) {
			t.Errorf("with %d processors the plan is another one than with 1", processors)
		}
	}
}

// someApart is byKey, but that a person said of some rows that they are something else
// than the record of the target that has their key.
type someApart struct{ byKey }

func (m someApart) Match(ctx context.Context, in pipeline.MatchInput) (*pipeline.MatchResult, error) {
	out, err := m.byKey.Match(ctx, in)
	if err != nil {
		return nil, err
	}
	out.Apart = map[int][]string{}
	for i, link := range out.Links {
		if link.Target >= 0 && link.Target%97 == 0 {
			out.Links[i] = pipeline.Link{Target: -1}
			out.Apart[i] = []string{in.Target.Record(int(link.Target)).ID()}
		}
	}
	return out, nil
}
