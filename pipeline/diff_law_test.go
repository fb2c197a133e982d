package pipeline_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/pipeline"
)

// drawRow draws the record number n with some of its fields.
func drawRow(t *rapid.T, n int, desired bool) row {
	r := person(n)
	words := rapid.SampledFrom([]string{"", "a", "A", "b", "+49 1", "+491", "ä\xff", "long text"})
	for _, f := range []string{"phone", "note"} {
		switch v := words.Draw(t, f); {
		case desired && v == "" && rapid.Bool().Draw(t, "erase"):
			r[f] = pipeline.Erase()
		case v != "":
			r[f] = text(v)
		}
	}
	if rapid.Bool().Draw(t, "tagged") {
		r["tags"] = pipeline.ListValue(rapid.SliceOfN(rapid.SampledFrom([]string{"x", "y", "z"}), 0, 4).Draw(t, "tags"))
	}
	return r
}

func drawJob(t *rapid.T, tb testing.TB) *job {
	var existing, desired []row
	for n := range rapid.IntRange(0, 8).Draw(t, "existing") {
		existing = append(existing, drawRow(t, n+1, false))
	}
	first := rapid.IntRange(1, 5).Draw(t, "first")
	for n := range rapid.IntRange(0, 8).Draw(t, "desired") {
		desired = append(desired, drawRow(t, first+n, true))
	}
	j := newJob(tb, existing, desired)
	j.target.pack = rapid.IntRange(1, 4).Draw(t, "pack")
	j.policy.Fields = map[string]pipeline.FieldPolicy{}
	for _, f := range []string{"phone", "note"} {
		j.policy.Fields[f] = rapid.SampledFrom([]pipeline.FieldPolicy{pipeline.Overwrite, pipeline.FillEmpty, pipeline.CreateOnly, pipeline.ProtectEdits}).Draw(t, "policy")
	}
	j.policy.Fields["tags"] = rapid.SampledFrom([]pipeline.FieldPolicy{pipeline.Overwrite, pipeline.AddToList}).Draw(t, "list")
	return j
}

// The order of the rows and their cut into batches changes nothing of what
// would be written.
func TestShuffledInputGivesTheSameDigest(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		j := drawJob(rt, t)
		want := j.plan(t)
		var rows []row
		var ids []string
		b := j.source.batches[0]
		for i := range b.Len() {
			r := row{}
			for f := range schema.Len() {
				r[schema.Field(f).Name] = b.Value(i, f)
			}
			rows, ids = append(rows, r), append(ids, b.ID(i))
		}
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		random.Shuffle(len(rows), func(a, b int) { rows[a], rows[b], ids[a], ids[b] = rows[b], rows[a], ids[b], ids[a] })
		j.source.batches = nil
		for len(rows) > 0 {
			n := 1 + random.IntN(len(rows))
			j.source.batches = append(j.source.batches, batchOf(t, schema, "fair", ids[:n], rows[:n]...))
			rows, ids = rows[n:], ids[n:]
		}
		got := j.plan(t)
		if got.Digest != want.Digest {
			rt.Fatalf("digest %s became %s", want.Digest, got.Digest)
		}
		for i, c := range got.Changes {
			if c.ID != want.Changes[i].ID {
				rt.Fatalf("change %d: id %s became %s", i, want.Changes[i].ID, c.ID)
			}
		}
	})
}

// Once a plan is applied, the next plan is empty.
func TestPlanAfterApplyIsEmpty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		j := drawJob(rt, t)
		plan := j.plan(t)
		r := j.apply(t, plan)
		if n := r.Count()[pipeline.Verified]; n != len(plan.Changes) {
			rt.Fatalf("outcomes %v of %d changes", r.Count(), len(plan.Changes))
		}
		again := j.plan(t)
		if len(again.Changes) > 0 {
			rt.Fatalf("the next plan still wants %+v", again.Changes[0])
		}
	})
}

// Nothing is written beside the fields of the plan, and before-images are what
// the target held.
func TestOnlyPlannedFieldsChange(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		j := drawJob(rt, t)
		before := j.target.copied()
		plan := j.plan(t)
		j.apply(t, plan)
		planned := map[string]bool{}
		for _, c := range plan.Changes {
			for _, f := range c.Fields {
				planned[c.Target+" "+f.Field] = true
				if c.Action == pipeline.Update && !f.Before.Equal(before[c.Target].get(f.Field)) {
					rt.Fatalf("%s of %s: before-image %v", f.Field, c.Target, f.Before)
				}
			}
		}
		for id, r := range before {
			for f := range schema.Len() {
				name := schema.Field(f).Name
				if got, want := j.target.records[id].get(name), r.get(name); !planned[id+" "+name] && !got.Equal(want) {
					rt.Fatal(fmt.Sprintf("%s of %s became %v, which was not planned", name, id, got))
				}
			}
		}
	})
}
