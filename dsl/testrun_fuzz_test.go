package dsl

import (
	"testing"
)

// FuzzTests runs whatever stands under tests: of a pipeline that is right. No
// text may bring the program down, and a test has the same result each time.
func FuzzTests(f *testing.F) {
	for _, text := range []string{
		"  - { name: a, given: { people: [{ id: 1, name: A, score: 4 }] }, expect: { things: [{ name: A }] } }",
		"  - given: { people: [{ id: 1, score: x }, {}] }\n    rejected: { things: [is not, a number] }\n    now: 2026-01-01",
		"  - { given: { people: [&a { id: 1, email: \"\\x00\\e\" }, *a] }, expect: { things: [{ when: 2026-03-01, tags: [a, ~], half: 1e400 }] } }",
		"  - { given: { people: [{ score: 9223372036854775808, org: \",,\" }] }, rejected: { things: -1 } }",
		"  - { given: ~, expect: { things: ~ } }", "  []", "  - []", "  - { expect: 3, rejected: [], given: { people: { a: b } } }",
	} {
		f.Add(text)
	}
	reg := newWorld().registry(f)
	f.Fuzz(func(t *testing.T, text string) {
		tests, found := LoadTestsText(t.Context(), "p.yaml", []byte(small+text+"\n"), reg, Host{})
		if tests == nil {
			if !found.HasErrors() {
				t.Fatal("there are neither tests nor errors")
			}
			return
		}
		for i := range tests.All() {
			first, err := tests.Run(t.Context(), i, runTime)
			if err != nil {
				t.Fatal(err)
			}
			second, err := tests.Run(t.Context(), i, runTime)
			if err != nil {
				t.Fatal(err)
			}
			if len(first.Differences) != len(second.Differences) {
				t.Fatalf("%d differences, then %d", len(first.Differences), len(second.Differences))
			}
			for n, d := range first.Differences {
				if o := second.Differences[n]; d.Kind != o.Kind || d.Pos != o.Pos || d.Reason != o.Reason || len(d.Fields) != len(o.Fields) {
					t.Fatalf("%+v, then %+v", d, o)
				}
			}
		}
	})
}
