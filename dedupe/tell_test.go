package dedupe_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
	"pgregory.net/rapid"
)

// drawNumbered draws records of which most have a number and an address of their own.
func drawNumbered(t *rapid.T, label string, sources []string, odd bool) []row {
	rows := drawRows(t, label, sources, 8)
	numbers := rapid.Permutation([]string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}).Draw(t, "numbers")
	for i := range rows {
		rows[i].cells["customer_number"], rows[i].cells["email"] = numbers[i], fmt.Sprintf("%s@x.example", numbers[i])
		if odd && rapid.IntRange(0, 9).Draw(t, "odd number") == 0 {
			rows[i].cells["customer_number"] = rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "number")
		}
		if rapid.IntRange(0, 2).Draw(t, "odd address") == 0 {
			rows[i].cells["email"] = rapid.SampledFrom([]string{"", "1@x.example", "info@x.example", "b@x.example"}).Draw(t, "address")
		}
		if rapid.IntRange(0, 3).Draw(t, "plain name") > 0 {
			rows[i].cells["first_name"], rows[i].cells["last_name"] = "Anna", "Weber"
		}
	}
	return rows
}

// TestKeysTellAll holds what is found without comparing against what is found by
// comparing: where keys tell all records apart, weights change nothing.
func TestKeysTellAll(t *testing.T) {
	untold, told := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		odd := rapid.IntRange(0, 2).Draw(rt, "odd") == 0
		rows := drawNumbered(rt, "rows", []string{"people", "crm"}, odd)
		target := drawNumbered(rt, "target", []string{"plandocket"}, odd)
		config := dedupe.Config{Schema: contactSchema(), Join: true,
			Same:  rapid.SampledFrom([][]string{{"email", "customer_number"}, {"customer_number"}, {"email"}, {"phone"}}).Draw(rt, "same"),
			Never: rapid.SampledFrom([][]string{{"customer_number"}, {"customer_number", "phone"}, {"email"}}).Draw(rt, "never"),
			Keys:  rapid.SampledFrom([][]string{{"customer_number", "email"}, {"email"}, {"email", "customer_number"}}).Draw(rt, "keys")}
		if len(rows) > 1 && rapid.IntRange(0, 3).Draw(rt, "decided") == 0 {
			a, b := rapid.SampledFrom(rows).Draw(rt, "a"), rapid.SampledFrom(rows).Draw(rt, "b")
			d := dedupe.Decision{A: dedupe.Who{Row: pipeline.RowKey{Source: a.source, ID: a.id}}, B: dedupe.Who{Row: pipeline.RowKey{Source: b.source, ID: b.id}}, Same: rapid.Bool().Draw(rt, "same")}
			if len(target) > 0 && rapid.Bool().Draw(rt, "about the target") {
				d.B = dedupe.Who{Target: rapid.SampledFrom(target).Draw(rt, "record").id}
			}
			if rapid.Bool().Draw(rt, "changed since") {
				d.Seen = dedupe.Seen{Fields: []string{"last_name"}, A: "another name", B: "another name"}
			}
			config.Decisions = []dedupe.Decision{d}
		}
		m, err := dedupe.New(config)
		if err != nil {
			rt.Fatal(err)
		}
		in := pipeline.MatchInput{Records: tableOf(t, rows, uncut), Target: tableOf(t, target, uncut), TargetNamespace: "plandocket", Links: map[pipeline.RowKey]string{}}
		if rapid.IntRange(0, 3).Draw(rt, "own numbers of the crm") == 0 {
			in.Namespace = func(source, _ string) string { return map[string]string{"people": "plandocket", "crm": "crm"}[source] }
		}
		for _, r := range rows {
			if len(target) > 0 && rapid.IntRange(0, 9).Draw(rt, "linked") == 0 {
				in.Links[pipeline.RowKey{Source: r.source, ID: r.id}] = rapid.SampledFrom(target).Draw(rt, "to").id
			}
		}
		found := func(learn bool) (string, *pipeline.MatchWeights) {
			in.Learn = learn
			res, err := m.Match(context.Background(), in)
			if err != nil {
				rt.Fatal(err)
			}
			res.Findings = slices.DeleteFunc(res.Findings, func(f diag.Finding) bool { return f.Code == pipeline.WeightsCode })
			return render(in, res), res.Weights
		}
		got, weights := found(false)
		if weights == nil || weights.From != pipeline.WeightsUnneeded {
			untold++
			return
		}
		told++
		want, weights := found(true)
		if weights.From == pipeline.WeightsUnneeded {
			rt.Fatalf("asked to learn, it did not weigh: %+v", weights)
		}
		if got != want {
			rt.Fatalf("comparing changes what is found\nwithout:\n%s\ncompared:\n%s", got, want)
		}
	})
	if told == 0 || untold == 0 {
		t.Errorf("keys told all apart in %d inputs, and not in %d; want some of each", told, untold)
	}
	t.Logf("keys told all apart in %d inputs, and not in %d", told, untold)
}
