package dsl

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
)

// decisionsText loads a pipeline whose decisions are the text.
func loadDecisions(t *testing.T, text string) (*pipeline.Pipeline, string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "d.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	w := people()
	p, found := LoadText(t.Context(), filepath.Join(dir, "p.yaml"), []byte(peopleSource+`
models:
  contacts:
    from:
      - { source: people, map: { email: email } }
    dedupe: { same: [email], decisions: d.yaml }
`), w.registry(t), w.host())
	return p, strings.ReplaceAll(found.Text(), dir+string(filepath.Separator), "")
}

func entryOf(a, b string, same bool, seen string) string {
	text := fmt.Sprintf("- { a: { source: people, id: %s }, b: { source: people, id: %s }, same: %v", a, b, same)
	if seen != "" {
		prints := strings.Split(seen, "/")
		text += fmt.Sprintf(", seen: { fields: [email], a: %s, b: %s }", prints[0], prints[1])
	}
	return text + " }\n"
}

// byMail is an answer about two rows of which each has the same address.
func byMail(a, b string, same bool) string {
	return fmt.Sprintf("- { a: { email: info@x.example }, b: { email: info@x.example }, same: %v, seen: { fields: [email], a: %s, b: %s } }\n", same, a, b)
}

func TestDecisionsThatContradict(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a chain": {entryOf("A", "B", true, "") + entryOf("C", "B", true, "") + entryOf("A", "C", false, ""),
			"d.yaml:3:3: error: people:A and people:C are different here, and the same by other answers|cause: they are the same by d.yaml:1:3 and d.yaml:2:3"},
		"a pair": {entryOf("A", "B", false, "") + entryOf("B", "A", true, ""),
			"d.yaml:1:3: error: people:A and people:B are different here|cause: they are the same by d.yaml:2:3"},
		"a record and itself": {entryOf("A", "A", false, ""), "cause: a record is no other one than itself"},
		"what was seen is the same": {entryOf("A", "B", true, "1/2") + entryOf("B", "A", false, "2/1"),
			"d.yaml:2:3: error: people:B and people:A are different here|they are the same by d.yaml:1:3"},
		"decided anew, after a value has changed":       {entryOf("A", "B", true, "1/2") + entryOf("B", "A", false, "3/1"), ""},
		"a record has changed since the chain was made": {entryOf("A", "B", true, "1/2") + entryOf("B", "C", true, "2/3") + entryOf("A", "C", false, "9/3"), ""},
		"the other half of the chain is new, too":       {entryOf("A", "B", true, "1/2") + entryOf("B", "C", true, "2/3") + entryOf("A", "C", false, "9/3") + entryOf("A", "B", true, "9/2"), "d.yaml:3:3: error|they are the same by d.yaml:4:3 and d.yaml:2:3"},
		"two rows with one mailbox": {byMail("1", "2", false) + byMail("3", "1", true) + byMail("3", "2", true) + byMail("1", "4", false),
			"d.yaml:1:3: error: email=info@x.example and email=info@x.example are different here|they are the same by d.yaml:2:3 and d.yaml:3:3"},
		"three rows with one mailbox": {byMail("1", "2", false) + byMail("1", "3", true) + byMail("2", "4", true), ""},
		"no contradiction":            {entryOf("A", "B", true, "") + entryOf("B", "C", true, "") + entryOf("A", "D", false, ""), ""},
	} {
		t.Run(name, func(t *testing.T) {
			p, found := loadDecisions(t, c.text)
			if (p != nil) != (c.want == "") {
				t.Errorf("diagnostics:\n%s", found)
			}
			for part := range strings.SplitSeq(c.want, "|") {
				if !strings.Contains(found, part) {
					t.Errorf("wanted %s in\n%s", part, found)
				}
			}
		})
	}
}

func TestWhatWasSeenIsChecked(t *testing.T) {
	for text, want := range map[string]string{
		"- { a: { target: T1 }, b: { target: T2 }, same: true, seen: { fields: [gone], a: 1, b: 2 } }\n":  "",
		"- { a: { target: T1 }, b: { target: T2 }, same: true, seen: { feilds: [email], a: 1, b: 2 } }\n": `what was seen has no key "feilds"`,
		"- { a: { target: T1 }, b: { target: T2 }, same: true, seen: { fields: [email], a: 1 } }\n":       "seen has fields, a and b",
		"- { a: { target: T1 }, b: { target: T2 }, same: true, seen: x }\n":                               "must be a mapping",
		"- { a: { target: T1 }, b: { target: T2 }, same: true, note: { x: 1 } }\n":                        "note must be a single value",
		"- { a: { target: T1 }, b: { target: T2 }, same: true, note: }\n":                                 "",
	} {
		if p, found := loadDecisions(t, text); (p != nil) != (want == "") || !strings.Contains(found, want) {
			t.Errorf("%s: wanted %q in\n%s", text, want, found)
		}
	}
}

var aDecision = answered{who: "Petra", when: "2026-11-22", note: "asked by phone", Decision: dedupe.Decision{
	A: dedupe.Who{Row: pipeline.RowKey{Source: "people", ID: "1"}}, B: dedupe.Who{Target: "8f"}, Same: true,
	Seen: dedupe.Seen{Fields: []string{"email"}, A: "0123456789", B: "1e5"}}}

const aDecisionText = `- a: { source: people, id: "1" }
  b: { target: "8f" }
  same: true
  who: Petra
  when: "2026-11-22"
  note: asked by phone
  seen: { fields: [email], a: "0123456789", b: "1e5" }
`

var answersSchema = pipeline.MustSchema(pipeline.Field{Name: "email", Type: pipeline.String}, pipeline.Field{Name: "a b", Type: pipeline.String})

// What stands in a file of decisions stays as it is, byte by byte.
func TestDecisionsAreAppended(t *testing.T) {
	old := "- a: { target: x } # one\n  b: { target: y }\n  same: false\n"
	indented := func(by string) string {
		return by + strings.TrimSuffix(strings.ReplaceAll(aDecisionText, "\n", "\n"+by), by)
	}
	crlf := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
	for name, c := range map[string]struct{ text, want, err string }{
		"no file":             {"", decisionsHead + aDecisionText, ""},
		"comments alone":      {"# ours", "# ours\n" + aDecisionText, ""},
		"a list":              {"# top\n\n" + old + "# end\n", "# top\n\n" + old + "# end\n" + aDecisionText, ""},
		"no end of line":      {strings.TrimSuffix(old, "\n"), old + aDecisionText, ""},
		"indented":            {"  " + strings.ReplaceAll(strings.TrimSuffix(old, "\n"), "\n", "\n  ") + "\n", "  " + strings.ReplaceAll(strings.TrimSuffix(old, "\n"), "\n", "\n  ") + "\n" + indented("  "), ""},
		"windows":             {crlf(old), crlf(old + aDecisionText), ""},
		"byte order mark":     {"\ufeff" + old, "\ufeff" + old + aDecisionText, ""},
		"document mark":       {"---\n" + old, "---\n" + old + aDecisionText, ""},
		"brackets, empty":     {"# a [] in a comment\n[ ] # none yet\n", "# a [] in a comment\n # none yet\n" + aDecisionText, ""},
		"a block note at end": {old + "  note: |\n    two\n    lines\n\n\n", old + "  note: |\n    two\n    lines\n\n\n" + aDecisionText, ""},
		"brackets":            {"[{ a: { target: x }, b: { target: y }, same: true }]\n", "", "d.yaml:1: the decisions stand in brackets"},
		"brackets on lines":   {"[\n]\n", "\n" + aDecisionText, ""},
		"end of document":     {old + "...\n", "", "d.yaml"},
		"a mapping":           {"a: 1\n", "", "must be a list"},
		"broken":              {"- a: [\n", "", "not valid YAML"},
		"wrong":               {"- a: { target: x }\n", "", "does not say its record b"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := appendDecisions("d.yaml", []byte(c.text), []answered{aDecision}, answersSchema)
			if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Fatalf("error %v, want %q", err, c.err)
			}
			if diff := cmp.Diff(c.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever names, notes and values hold: what is written is read as it was.
func TestWrittenDecisionsAreRead(t *testing.T) {
	hostile := rapid.OneOf(rapid.SampledFrom([]string{"=cmd|' /C calc'!A1", "\x1b[31m", "\u202eabc", "\x00", "yes", "~", "null", "1e5", "0x1", "2026-11-22", "- a", "a: b", "# x", "{", "\"", `\`, "\ufeff", "\u2028", "\u0085", "'", "a\r\nb", "  ", "é", "王小明", "<<", strings.Repeat("x", 5000)}), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		text := func(what string) string {
			s := hostile.Filter(func(s string) bool { return s != "" }).Draw(t, what)
			return strings.ToValidUTF8(s, "?")
		}
		var more []answered
		for range rapid.IntRange(1, 3).Draw(t, "answers") {
			more = append(more, answered{who: text("who"), when: text("when"), note: text("note"), Decision: dedupe.Decision{
				A: dedupe.Who{Row: pipeline.RowKey{Source: "people", ID: text("id")}}, B: dedupe.Who{Fields: map[string]string{"a b": text("value")}},
				Same: rapid.Bool().Draw(t, "same"), Seen: dedupe.Seen{Fields: []string{text("field")}, A: text("a"), B: text("b")}}})
		}
		if _, err := appendDecisions("d.yaml", []byte("# ours\n"), more, answersSchema); err != nil {
			t.Fatal(err)
		}
	})
}

// An answer file of many years is read, and one that holds itself is not.
func TestManyDecisions(t *testing.T) {
	var b strings.Builder
	for i := range 5_000 {
		d := aDecision
		d.A.Row.ID = fmt.Sprint(i)
		b.WriteString(d.yaml())
	}
	list, _, err := readAnswers("d.yaml", []byte(b.String()), answersSchema)
	if err != nil || len(list) != 5_000 {
		t.Fatalf("%d decisions, %v", len(list), err)
	}
	if _, _, err := readAnswers("d.yaml", []byte("- &a { a: *a, b: *a, same: true }\n"), answersSchema); err == nil {
		t.Error("a decision that holds itself is read")
	}
}

// Whatever a file of decisions holds: an answer is added at its end and nothing
// else changes, or the file is refused.
func FuzzAppendDecisions(f *testing.F) {
	for _, text := range []string{"", "# ours", "[]", "[ ] # none", "---\n- a: { target: x }\n  b: { target: y }\n  same: true\n", aDecisionText, "  " + aDecisionText, "- a: {target: x}\r\n  b: {target: y}\r\n  same: true\r\n...\n",
		"- &x { a: { target: x }, b: { target: y }, same: false }\n- *x\n", "- a: { target: x }\n  b: { target: y }\n  same: true\n  note: |+\n    two\n\n\n", "? - a\n", "~", "- - a: 1\n", "\ufeff[]"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := appendDecisions("d.yaml", []byte(text), []answered{aDecision}, answersSchema)
		if err != nil {
			return
		}
		before, _, _ := readAnswers("d.yaml", []byte(text), answersSchema)
		after, _, err := readAnswers("d.yaml", got, answersSchema)
		if err != nil || len(after) != len(before)+1 {
			t.Fatalf("%d decisions became %d: %v\n%s", len(before), len(after), err, got)
		}
		if len(before) > 0 && !strings.HasPrefix(string(got), text) {
			t.Fatalf("what stood there has changed:\n%s", got)
		}
	})
}
