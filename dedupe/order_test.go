package dedupe_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/reconkit/reconkit/pipeline"
)

// manyAlike are contacts of which some are there several times in one spelling, once
// in another, or without their e-mail, and records of a target of some of them.
func manyAlike(n int) (rows, target []row) {
	for i := range n {
		r := benchContact(i % (n * 9 / 10))
		r.id, r.line = fmt.Sprint(i), int32(i+2)
		switch {
		case i%125 == 3:
			r = benchContact(31) // more of one contact than are compared
			r.id, r.line = fmt.Sprint(i), int32(i+2)
			r.cells["customer_number"] = fmt.Sprint("K", i%2)
		case i%5 == 0:
			delete(r.cells, "email")
		case i%7 == 0:
			r.cells["first_name"] = r.cells["first_name"][:1] + "."
		}
		rows = append(rows, r)
		if i%3 == 0 {
			t := benchContact(i)
			t.source, t.id, t.line = "plandocket", fmt.Sprint("T", i), int32(i+2)
			if i%2 == 0 {
				delete(t.cells, "email")
			}
			target = append(target, t)
		}
	}
	return rows, target
}

// TestOrderOfRecordsTeachesTheSame has so many records that weights are learned and not all
// pairs are compared: their order changes neither the result nor a digit of what is
// remembered.
func TestOrderOfRecordsTeachesTheSame(t *testing.T) {
	rows, target := manyAlike(3000)
	var first string
	var learned []byte
	for seed := range uint64(2) {
		if seed > 0 {
			shuffle := rand.New(rand.NewPCG(seed, 3))
			shuffle.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
			shuffle.Shuffle(len(target), func(i, j int) { target[i], target[j] = target[j], target[i] })
		}
		in := pipeline.MatchInput{Records: tableOf(t, rows, uncut), Target: tableOf(t, target, uncut), TargetNamespace: "plandocket"}
		res, err := contactMatcher(t).Match(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		checkResult(t, in, res)
		if seed == 0 {
			if first, learned = render(in, res), res.Weights.Text; len(learned) == 0 || len(res.Questions) == 0 {
				t.Fatalf("%d bytes of weights and %d questions: the test needs some (%s)", len(learned), len(res.Questions), res.Weights.Why)
			}
			continue
		}
		if diff := cmp.Diff(first, render(in, res)); diff != "" {
			t.Errorf("seed %d (-first +shuffled):\n%s", seed, diff)
		}
		if !bytes.Equal(learned, res.Weights.Text) {
			t.Errorf("seed %d: other weights are remembered", seed)
		}
	}
}
