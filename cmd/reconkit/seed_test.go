package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var seedFence = regexp.MustCompile("(?ms)^```json (plandocket|sonderplan)\n(.*?)^```$")

// The seeds that docs/sandbox.md shows make sandboxes.
func TestSeedsOfThePageAreTaken(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "sandbox.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := seedFence.FindAllStringSubmatch(string(page), -1)
	if len(found) != strings.Count(string(page), "```json") || len(found) == 0 {
		t.Fatalf("%d seeds are found", len(found))
	}
	for _, m := range found {
		if err := trySeed(t, m[1], m[2]); err != nil {
			t.Errorf("%s\n%v", m[2], err)
		}
	}
}

// trySeed makes a sandbox from a seed.
func trySeed(t *testing.T, kind, seed string) error {
	t.Helper()
	e, err := openEmulator(kind, filepath.Join(t.TempDir(), "box.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return postSeed(t.Context(), kind, "box.seed.json", []byte(seed), e)
}

// A seed that is refused says where, what and why, and what to do.
func TestSeedsThatAreRefused(t *testing.T) {
	tests := []struct{ name, kind, seed, want string }{
		{"nothing", kindPlanDocket, "", "box.seed.json: there is nothing in it"},
		{"cut off", kindPlanDocket, "[\n{\"email\": ", "box.seed.json:2: it ends in the middle"},
		{"no JSON", kindPlanDocket, "contacts:\n", `box.seed.json:1: "contacts:" does not belong there`},
		{"neither list nor parts", kindPlanDocket, "null", "box.seed.json:1: a seed of plandocket is a list of records in brackets, or an object with a list for each of"},
		{"parts where there are none", kindSonderplan, "{}", "box.seed.json:1: a seed of sonderplan is a list of records in brackets;"},
		{"a part with a slip", kindPlanDocket, "{\"contcts\": []}", `a seed holds no "contcts"; did you mean "contacts"?`},
		{"a part twice", kindPlanDocket, `{"contacts": [], "contacts": []}`, `"contacts" stands there twice`},
		{"a part that is no list", kindPlanDocket, "{\n\n\"contacts\": 5}", `box.seed.json:3: "contacts" is to hold a list`},
		{"no record", kindPlanDocket, "[\n{},\n5]", "box.seed.json:3: contact 2 is 5, and not an object"},
		{"a field that is refused", kindPlanDocket, "[\n{},\n\n{\"rating\": 9}]", "box.seed.json:4: contact 2 was refused: The rating field must be an integer between 1 and 5; mend"},
		{"a field that is not there", kindPlanDocket, `[{"emial": "a@b.example"}]`, `contact 1: there is no field "emial"; did you mean "email"?`},
		{"an event that is not there", kindPlanDocket, `{"participants": [{"event_key": "x", "customer_number": "1"}]}`, "participant 1 was refused: The selected event_key is invalid"},
		{"a custom field of the wrong kind", kindPlanDocket, "{\"custom_fields\": [\n{\"key\":\n 5}]}", `box.seed.json:3: custom field 1: "key" holds a number, and should hold text`},
		{"a custom field without a key", kindPlanDocket, `{"custom_fields": [{"type": "text"}]}`, "custom field 1: it has no key"},
		{"neither person nor organisation", kindSonderplan, `[{"name": "Anna"}]`, "contact 1 was refused: type must be person or organization"},
		{"what a terminal would act on", kindPlanDocket, "[{\"a\\u001b[2J\": \"b\"}]", "there is no field"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := trySeed(t, tt.kind, tt.seed)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), seedHint) {
				t.Fatalf("got  %v\nwant %s", err, tt.want)
			}
			if strings.ContainsRune(err.Error(), 0x1b) || strings.Contains(err.Error(), "Go value") || strings.Contains(err.Error(), "; ;") {
				t.Errorf("not fit for people: %q", err)
			}
		})
	}
}
