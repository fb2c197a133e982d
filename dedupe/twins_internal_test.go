package dedupe

import (
	"context"
	"testing"

	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
)

// What is taken over from a twin is what a record's own values are: each number stands
// for the value, as it is compared, of the record that has it.
func TestTwinsChangeNothing(t *testing.T) {
	field := func(name string, kind pipeline.Kind) pipeline.Field {
		return pipeline.Field{Name: name, Type: pipeline.String, Kind: kind}
	}
	fields := []pipeline.Field{field("number", pipeline.KindIdentifier), field("company", pipeline.KindCompany), field("phone", pipeline.KindPhone), field("country", pipeline.KindCountry), field("email", pipeline.KindEmail), field("second", pipeline.KindEmail)}
	texts := []string{"", "null", "1", "2", " 2", "a@x.de", "A@X.de ", "info@x.de", "Acme GmbH", "acme", "0911 123456", "+49911123456", "DE", "AT"}
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		schema := pipeline.MustSchema(fields[:rapid.IntRange(5, len(fields)).Draw(t, "fields")]...)
		m, err := New(Config{Schema: schema, Join: true, Same: []string{"number", "email", "phone"}})
		if err != nil {
			t.Fatal(err)
		}
		in := pipeline.MatchInput{Records: drawnOf(t, "rows", schema, texts), Target: drawnOf(t, "target", schema, texts), TargetNamespace: "shop"}
		if rapid.Bool().Draw(t, "own numbers") {
			in.Namespace = func(source, _ string) string { return map[string]string{"rows0": "shop"}[source] }
		}
		u, err := newUniverse(context.Background(), m, in)
		if err != nil {
			t.Fatal(err)
		}
		for i := range int32(u.n) {
			email := ""
			for f := 4; f < schema.Len() && email == ""; f++ {
				if e, err := canon.ParseEmail(u.text(i, f)); err == nil {
					email = e.Address
				}
			}
			if got := u.mail.text[u.email[i]]; got != email {
				t.Fatalf("record %d has the e-mail %q, want %q", i, got, email)
			}
			name, form := "", ""
			if s := u.text(i, 1); s != "" {
				name, form = companyName(s), companyForm(s)
			}
			if got := u.words.text[u.firm[i]]; got != name || u.words.text[u.form[i]] != form {
				t.Fatalf("record %d is of company %q, form %q, want %q and %q", i, got, u.words.text[u.form[i]], name, form)
			}
			for k := range u.keys {
				key := &u.keys[k]
				want := ""
				if s := u.text(i, key.field); s != "" && (key.kind != pipeline.KindEmail || schema.Len() == 5) {
					want = normalKey(key.kind, s, func() string { return u.regionOf(int(i)) })
				} else if key.kind == pipeline.KindEmail {
					continue
				}
				if got := u.keyText(k, key.ids[i]); got != want {
					t.Fatalf("record %d has the %s %q, want %q", i, key.name, got, want)
				}
				if want != "" && key.kind == pipeline.KindIdentifier && int(i) >= u.rows {
					for j := range int32(u.rows) {
						one := in.Namespace == nil || u.record(j).Batch.Source() == "rows0"
						if same := u.keyText(k, key.ids[j]) == want && one; same != (key.ids[j] == key.ids[i]) {
							t.Fatalf("numbers of record %d and row %d are one: %v", i, j, !same)
						} else if same && u.text(i, 4) != "" && u.text(i, 4) == u.text(j, 4) {
							taken++
						}
					}
				}
			}
		}
	})
	if taken == 0 {
		t.Error("no record has a value of its twin: nothing was tried")
	}
}
