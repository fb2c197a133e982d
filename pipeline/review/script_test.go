package review

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// casesFile holds cases of what the script of the page computes. Those of fold (pipeline/canon)
// and of differing are what the program computes, too.
const casesFile = "testdata/page_cases.json"

// pureBegin and pureEnd stand around the part of the script that touches no page.
const pureBegin, pureEnd = "  // ---- Pure: ", "  // ---- The page"

// pageCases runs the pure part of page.js over the cases, and prints what is wrong.
const pageCases = `
const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
const wrong = [];
const same = (what, got, want) => { if (JSON.stringify(got) !== JSON.stringify(want)) wrong.push(what + ": got " + JSON.stringify(got) + ", want " + JSON.stringify(want)); };
let ran = 0;
const each = (name, run) => { for (const c of cases[name]) { run(c); ran++; } };
each("fold", ([text, want]) => same("fold " + JSON.stringify(text), fold(text), want));
each("differing", ([before, after, [head, old, now, tail], telling]) => {
  const d = differing(before, after);
  same("differing " + JSON.stringify([before, after]), [d.before, d.after, 2 * d.alike >= d.most], [[head, old, tail], [head, now, tail], telling]);
});
each("order", ([names, total, given, want]) => same("orderOf " + names, orderOf(names, total, given), want));
each("words", ([text, want]) => same("wordsOf " + JSON.stringify(text), wordsOf(text), want));
each("window", ([top, height, rowHeight, count, first, end]) => same("windowOf " + [top, height, rowHeight, count], windowOf(top, height, rowHeight, count), { first, end }));
each("filter", (c) => {
  const facets = c.sizes.map((n, i) => ({ names: Array(n).fill(""), chosen: new Set(c.chosen[i]) }));
  const { shown, numbers } = filtered(c.texts.length, (i, at) => c.values[i][at], facets, (at) => c.words.every((w) => c.texts[at].includes(w)));
  same("filtered, " + c.told, [shown, numbers.map((n) => Array.from(n))], [c.shown, c.numbers]);
});
each("condition", (c) => {
  const facets = [
    { names: ["create", "update", "blocked"], condition: (n) => "action == " + n, unsayable: ["blocked"] },
    { names: ["contacts: update phone [format-only]", "update ab... (9999 bytes)", 'a"b'], condition: (n) => "class == " + n, unsayable: [] },
    { names: ["high"], unsayable: [] },
  ];
  facets.forEach((f, i) => { f.chosen = new Set(c.chosen[i]); });
  same("conditionOf, " + c.told, conditionOf(facets, c.searching), c.want);
});
{
  const row = [];
  row[CODE] = 0; row[TITLE] = "Jörg Groß"; row[TARGET] = "17"; row[ID] = "abc"; row[KEY] = "email J@X.example"; row[PLACES] = "crm.csv:3"; row[LINES] = ["Because"]; row[FIELDS] = [[0, "OLD", EMPTY, "", "", ["not taken: Rom"]]];
  const text = textOf(row, { codes: ["keyless"] });
  for (const word of ["jorg gross", "17", "abc", "j@x.example", "crm.csv:3", "because", "keyless", "old", "not taken: rom"]) if (!text.includes(word)) wrong.push("a search does not find " + word + " in " + text);
}
console.log(JSON.stringify({ ran, wrong }));
`

// What the script computes is right wherever a page is read: its search finds what Fold
// makes comparable, it marks what the terminal marks, its filters count and its
// conditions are those of --where.
func TestScriptOfThePage(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed (Debian: apt-get install nodejs), so that the script of the page is not run")
	}
	_, pure, found := strings.Cut(script, pureBegin)
	if !found {
		t.Fatalf("the script has no line that begins with %q", pureBegin)
	}
	pure, _, found = strings.Cut(pure, pureEnd)
	if !found {
		t.Fatalf("the script has no line that begins with %q", pureEnd)
	}
	head, _, _ := strings.Cut(script, pureBegin)
	head = head[strings.Index(head, "(() => {")+len("(() => {"):]
	cases, err := os.ReadFile(casesFile)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), node, "-e", `"use strict";`+head+"\n//"+pure+pageCases)
	c.Stdin = bytes.NewReader(cases)
	var problems bytes.Buffer
	c.Stderr = &problems
	text, err := c.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, problems.String())
	}
	var told struct {
		Ran   int
		Wrong []string
	}
	if err := json.Unmarshal(text, &told); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if told.Ran == 0 {
		t.Error("no case ran")
	}
	for _, w := range told.Wrong {
		t.Error(w)
	}
}

// What the script marks of two values, the program marks. That their foldings agree holds
// a test of pipeline/canon.
func TestScriptAndProgramAgree(t *testing.T) {
	text, err := os.ReadFile(casesFile)
	if err != nil {
		t.Fatal(err)
	}
	var cases struct {
		Differing []json.RawMessage
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases.Differing) == 0 {
		t.Fatal("there are no cases")
	}
	for _, raw := range cases.Differing {
		var before, after string
		var pieces [4]string
		var telling bool
		if err := json.Unmarshal(raw, &[]any{&before, &after, &pieces, &telling}); err != nil {
			t.Fatal(err)
		}
		c := contrastOf(before, after)
		if got := [4]string{string(c.Head), string(c.Old), string(c.Now), string(c.Tail)}; got != pieces || c.telling() != telling {
			t.Errorf("the contrast of %q and %q is %q, telling %v, want %q, %v", before, after, got, c.telling(), pieces, telling)
		}
	}
}
