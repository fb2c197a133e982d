package review

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

var (
	scriptElement = regexp.MustCompile(`(?s)<script([^>]*)>(.*?)</script>`)
	styleElement  = regexp.MustCompile(`(?s)<style>(.*?)</style>`)
	policyOf      = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`)
	tags          = regexp.MustCompile(`<[^>]*>`)
)

// markup is the tags of a page, without its data, its script and its style.
func markup(page string) string {
	page = styleElement.ReplaceAllString(scriptElement.ReplaceAllString(page, "<script$1></script>"), "<style></style>")
	return strings.Join(tags.FindAllString(page, -1), "\n")
}

// A page holds one script and one style, which its policy names by their hashes, and
// allows nothing else: nothing from elsewhere, no handlers, no styles of elements.
func TestPageStandsAlone(t *testing.T) {
	page := written(t, HTML, smallPlan(), Options{Values: true, Next: "reconkit apply x"})
	policy := policyOf.FindStringSubmatch(page)
	scripts, styles := scriptElement.FindAllStringSubmatch(page, -1), styleElement.FindAllStringSubmatch(page, -1)
	if policy == nil || len(scripts) != 2 || len(styles) != 1 {
		t.Fatalf("the policy is %q, and there are %d scripts and %d styles", policy, len(scripts), len(styles))
	}
	want := "default-src 'none'; script-src '" + hashOf(scripts[1][2]) + "'; style-src '" + hashOf(styles[0][1]) + "'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
	if policy[1] != want {
		t.Errorf("the policy is\n%s\nwant\n%s", policy[1], want)
	}
	if scripts[0][1] != ` type="application/json" id="plan-data"` || scripts[1][1] != "" {
		t.Errorf("the scripts are %q and %q", scripts[0][1], scripts[1][1])
	}
	if found := regexp.MustCompile(`(?i)\s(on\w+|style|src|href|action|formaction|srcdoc|ping)=|<(iframe|object|embed|form|base|link|img|svg|a)\b`).FindAllString(markup(page), -1); found != nil {
		t.Errorf("the page holds %q", found)
	}
	if found := regexp.MustCompile(`url\(|@import|expression\(`).FindAllString(style, -1); found != nil {
		t.Errorf("the style holds %q", found)
	}
	for _, want := range []string{`<html lang="en">`, "<del><bdi>dora@exmaple.com</bdi></del> → <ins><bdi>dora@example.com</bdi></ins>",
		"1 × <bdi>update city</bdi>", "limits of <bdi>people</bdi>: none", "up to 96 minutes", "<bdi>two records share the e-mail</bdi>", "<li>high: 1 delete, a record goes</li>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// The script makes no markup of texts, runs no text, asks nobody for anything, keeps
// nothing, and ends no element that it stands in.
func TestScriptIsHarmless(t *testing.T) {
	if found := regexp.MustCompile(`(?i)innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|\bFunction\b|createContextualFragment|DOMParser|fetch\(|XMLHttp|WebSocket|EventSource|sendBeacon|import\b|\.src\b|\.href\b|location\b|window\.open|Storage\b|cookie|postMessage|setAttribute\("(on|style|src|href)|</|<!--`).FindAllString(script, -1); found != nil {
		t.Errorf("the script holds %q", found)
	}
	if diag.Printable(strings.ReplaceAll(script, "\n", "")) != strings.ReplaceAll(script, "\n", "") {
		t.Error("the script holds characters that nobody sees")
	}
}

// Each element that the script looks for is there once, and everything that a person
// works with has a name.
func TestPageHasWhatItsScriptLooksFor(t *testing.T) {
	page := markup(written(t, HTML, smallPlan(), Options{}))
	asked := regexp.MustCompile(`\$\("([^"]+)"\)`).FindAllStringSubmatch(script, -1)
	if len(asked) < 20 {
		t.Fatalf("the script looks for %d elements", len(asked))
	}
	for _, m := range asked {
		if n := strings.Count(page, `id="`+m[1]+`"`); n != 1 {
			t.Errorf("the page has %d elements with the id %s", n, m[1])
		}
	}
	for _, m := range regexp.MustCompile(`(?:aria-labelledby|for)="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(page, `id="`+m[1]+`"`) {
			t.Errorf("something is named by %s, which is not there", m[1])
		}
	}
	for _, want := range []string{`<p id="count" role="status" aria-live="polite">`, `<div id="list" role="listbox" tabindex="0" aria-label=`, `<label for="search">`, `<dialog id="help" aria-labelledby="help-title">`, `aria-labelledby="explorer-title" hidden>`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	sizes := regexp.MustCompile(`<h([1-6])`).FindAllStringSubmatch(page, -1)
	for i := 1; i < len(sizes); i++ {
		if sizes[i][1] > string(sizes[i-1][1][0]+1) {
			t.Errorf("a heading of size %s stands below one of size %s", sizes[i][1], sizes[i-1][1])
		}
	}
}

// islandOf is the data of a page as the script reads it.
type islandOf struct {
	Left                                                  int
	Rows                                                  [][]any
	Risks                                                 [][]string
	Marks, Actions, Sinks, Labels, Fields, Classes, Codes []string
}

func readIsland(t *testing.T, page string) (text string, data islandOf) {
	t.Helper()
	text = scriptElement.FindStringSubmatch(page)[2]
	if err := json.Unmarshal([]byte(text), &data); err != nil {
		t.Fatal(err)
	}
	return text, data
}

// placeIn is the place of a part of a row, or of a field, as the script names it.
func placeIn(t *testing.T, name string) int {
	t.Helper()
	m := regexp.MustCompile(`\b` + name + ` = ([0-9]+)`).FindStringSubmatch(script)
	if m == nil {
		t.Fatalf("the script knows no %s", name)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The script reads what was written, at the places where it was written.
func TestScriptReadsTheChanges(t *testing.T) {
	p := smallPlan()
	p.Blocked[0].Conflicts = []pipeline.FieldConflict{{Field: "phone", Wrote: text("1"), Ours: text("2"), Theirs: pipeline.Erase()}}
	p.Blocked[0].Records = []pipeline.Candidate{{ID: "11", Label: "Bert Braun"}}
	_, data := readIsland(t, written(t, HTML, p, Options{Values: true}))
	if want := len(p.Blocked) + len(p.Questions) + len(p.Changes); len(data.Rows) != want || data.Left != 0 {
		t.Fatalf("%d rows and %d left, want %d", len(data.Rows), data.Left, want)
	}
	number := func(v any) int { return int(v.(float64)) }
	blocked := data.Rows[0]
	if data.Actions[number(blocked[placeIn(t, "ACTION")])] != "blocked" || data.Codes[number(blocked[placeIn(t, "CODE")])] != "ambiguous-target" || number(blocked[placeIn(t, "RISK")]) != -1 ||
		blocked[placeIn(t, "TITLE")] != "Bert Braun" || !strings.Contains(fmt.Sprint(blocked[placeIn(t, "LINES")]), "target #11  Bert Braun") {
		t.Errorf("the blocked row is %v", blocked)
	}
	conflict := blocked[placeIn(t, "FIELDS")].([]any)[0].([]any)
	if data.Fields[number(conflict[placeIn(t, "NAME")])] != "phone" || fmt.Sprint(conflict[placeIn(t, "BEFORE")]) != islandEmptied || conflict[placeIn(t, "AFTER")] != "2" || conflict[placeIn(t, "FROM")] != "1" {
		t.Errorf("the conflict is %v", conflict)
	}
	if q := data.Rows[1]; data.Actions[number(q[placeIn(t, "ACTION")])] != "question" || q[placeIn(t, "TITLE")] != "Eva Ernst / Eva Ernst-May" {
		t.Errorf("the question is %v", q)
	}
	for i := range p.Changes {
		c, r := &p.Changes[i], data.Rows[2+i]
		var labels []string
		for _, l := range r[placeIn(t, "LABELS")].([]any) {
			labels = append(labels, data.Labels[number(l)])
		}
		wantLabels := slices.Clone(c.Labels)
		for k := range wantLabels {
			wantLabels[k] = safe(wantLabels[k])
		}
		got := []string{data.Actions[number(r[placeIn(t, "ACTION")])], data.Classes[number(r[placeIn(t, "CLASS")])], data.Risks[number(r[placeIn(t, "RISK")])][1], data.Sinks[number(r[placeIn(t, "SINK")])],
			r[placeIn(t, "TITLE")].(string), r[placeIn(t, "TARGET")].(string), r[placeIn(t, "ID")].(string), r[placeIn(t, "KEY")].(string), r[placeIn(t, "ROUTE")].(string), r[placeIn(t, "PLACES")].(string)}
		want := []string{string(c.Action), className(p, c), risks[riskOf(c)].name, "people → plandocket https://demo.example.com contacts",
			safe(c.Label), safe(c.Target), safe(c.ID), safe(pair(c.Key)), safe(c.Route), origins(c.Rows, 0)}
		if !slices.Equal(got, want) || !slices.Equal(labels, wantLabels) {
			t.Errorf("change %d is\n%q %q, want\n%q %q", i, got, labels, want, wantLabels)
		}
		fields := r[placeIn(t, "FIELDS")].([]any)
		if len(fields) != len(c.Fields) {
			t.Errorf("change %d has %d fields, want %d", i, len(fields), len(c.Fields))
		}
		for k := range c.Fields {
			f := fields[k].([]any)
			if data.Fields[number(f[placeIn(t, "NAME")])] != safe(c.Fields[k].Field) || len(f) != placeIn(t, "NOTES")+1 {
				t.Errorf("field %d of change %d is %v", k, i, f)
			}
		}
	}
}

// Whatever the values are, the data reads back as what is shown of them, and nothing in
// it can end its element or begin another.
func TestHostileValuesInTheData(t *testing.T) {
	for name, v := range hostiles {
		t.Run(name, func(t *testing.T) {
			for _, p := range []*pipeline.Plan{planSaying(v), mergeSaying(v)} {
				page := written(t, HTML, p, Options{Values: true})
				raw, data := readIsland(t, page)
				if strings.ContainsAny(raw, "<>&\u2028\u2029") || len(scriptElement.FindAllString(page, -1)) != 2 {
					t.Errorf("the data holds markup: %.300s", raw)
				}
				if diag.Printable(strings.ReplaceAll(raw, "\n", "")) != strings.ReplaceAll(raw, "\n", "") {
					t.Error("the data holds what nobody sees")
				}
				for _, r := range data.Rows {
					if title := r[placeIn(t, "TITLE")].(string); title != safe(v) && title != safe(v+" / "+v) {
						t.Errorf("the title of a row is %q, want %q", title, safe(v))
					}
					for _, f := range r[placeIn(t, "FIELDS")].([]any) {
						after, said := f.([]any)[placeIn(t, "AFTER")].(string)
						if told := strings.Contains(after, safe(v)) || len(v) > valueCharsMax; said && !told {
							t.Errorf("a value is %q", after)
						}
					}
				}
				if !slices.Contains(data.Fields, safe(v)) {
					t.Errorf("the fields are %q", data.Fields)
				}
			}
		})
	}
}

// A plan that is too large for a page leaves some of its large classes out, counts them,
// and keeps each class.
func TestPageOfAHugePlan(t *testing.T) {
	p := &pipeline.Plan{Header: pipeline.Header{Bindings: []pipeline.PlanBinding{{}}}}
	const n = islandRowsMax + 5_000
	for i := range n {
		field := "phone"
		if i%1000 == 7 {
			field = "city" + strconv.Itoa(i%7)
		}
		p.Changes = append(p.Changes, pipeline.Change{Action: pipeline.Update, Label: strconv.Itoa(i), Fields: []pipeline.FieldChange{{Field: field}}})
	}
	page := written(t, HTML, p, Options{Values: true})
	_, data := readIsland(t, page)
	if len(data.Rows)+data.Left != n || len(data.Rows) != islandRowsMax || len(page) > HTMLBytesMax {
		t.Fatalf("%d rows and %d left in %d bytes", len(data.Rows), data.Left, len(page))
	}
	cities, class := 0, placeIn(t, "CLASS")
	for _, r := range data.Rows {
		if data.Classes[int(r[class].(float64))] != "update phone" {
			cities++
		}
	}
	if cities != n/1000 {
		t.Errorf("%d changes of the small classes are in the page, want all %d", cities, n/1000)
	}
}

// However much there is to tell, the data keeps to its room, and what waits for a person
// leaves half of it to the changes.
func TestDataHasASize(t *testing.T) {
	const room = 200_000
	p := &pipeline.Plan{Header: pipeline.Header{Bindings: []pipeline.PlanBinding{{}}}}
	for i := range 2_000 {
		name := strings.Repeat("<", 90) + strconv.Itoa(i)
		p.Blocked = append(p.Blocked, pipeline.BlockedRow{Label: name, Block: pipeline.Block{Code: name, Reason: name}})
		p.Changes = append(p.Changes, pipeline.Change{Action: pipeline.Update, Label: name, Labels: []string{name}, Fields: []pipeline.FieldChange{{Field: name, After: text(name)}}})
	}
	written := strings.Builder{}
	s := &island{room: room, plan: p, put: func(texts ...string) {
		for _, t := range texts {
			written.WriteString(t)
		}
	}}
	s.write()
	var data islandOf
	if err := json.Unmarshal([]byte(written.String()), &data); err != nil {
		t.Fatal(err)
	}
	changes := 0
	for _, r := range data.Rows {
		if data.Actions[int(r[placeIn(t, "ACTION")].(float64))] == string(pipeline.Update) {
			changes++
		}
	}
	if written.Len() > room+islandKept/100 || len(data.Rows)+data.Left != len(p.Blocked)+len(p.Changes) || changes < 20 || len(data.Rows)-changes < 20 {
		t.Errorf("%d bytes of room for %d; %d changes among %d rows, and %d left", written.Len(), room, changes, len(data.Rows), data.Left)
	}
}

// Room is shared so that all of it is used, small groups are whole, and no group that is
// cut has less than another.
func TestShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(0, 50), 0, 20).Draw(t, "sizes")
		room := rapid.IntRange(0, 300).Draw(t, "room")
		got, sum, all, least := shares(sizes, room), 0, 0, 1<<30
		for i, n := range got {
			sum, all = sum+n, all+sizes[i]
			if n < 0 || n > sizes[i] {
				t.Fatalf("%d of %d", n, sizes[i])
			}
			if n < sizes[i] {
				least = min(least, n)
			}
		}
		if sum != min(all, room) {
			t.Fatalf("%d of %d are used", sum, min(all, room))
		}
		for _, n := range got {
			if n > least+1 {
				t.Fatalf("a group has %d, and one that was cut %d", n, least)
			}
		}
	})
}
