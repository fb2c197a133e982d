package pipeline_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// However many processors there are, a plan is the same, byte for byte: also of very many
// records, of which some are blocked, in conflict, left alone, or kept by the target.
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
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var want bytes.Buffer
	plan := j.plan(t)
	if err := plan.Write(&want); err != nil {
		t.Fatal(err)
	}
	codes := map[string]int{}
	for _, f := range plan.Findings {
		codes[f.Code] = f.Count
	}
	for _, b := range plan.Blocked {
		codes[b.Code]++
	}
	if c := plan.Total(); c.Create != apart || c.Update == 0 || c.Unchanged == 0 || c.Blank == 0 || codes[pipeline.CodeEditConflict] == 0 || codes["edit-protected"] == 0 || codes["impossible"] == 0 {
		t.Fatalf("counts %+v, findings and blocks %v: not all was tried", c, codes)
	}
	for _, processors := range []int{2, 5} {
		runtime.GOMAXPROCS(processors)
		var got bytes.Buffer
		if err := j.plan(t).Write(&got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want.Bytes()) {
			t.Errorf("with %d processors the plan is another one than with 1", processors)
		}
	}
}
