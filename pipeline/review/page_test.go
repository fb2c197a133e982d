package review

import (
	"fmt"
	"html"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// hostiles are values that somebody could hope to get out of their place with.
var hostiles = map[string]string{
	"pipe":               "a|b | c",
	"escaped pipe":       `a\|b\`,
	"backtick":           "`",
	"backticks":          "a``b```c`",
	"backticks at ends":  "``x``",
	"script":             "<script>alert(1)</script>",
	"image":              `"><img src=x onerror="alert(1)">`,
	"single quotes":      `'><svg/onload='alert(1)'>`,
	"end of an element":  "</bdi></li></ul></main></body></html>",
	"comment":            "<!-- --> <![CDATA[ ]]>",
	"entity":             "&lt;b&gt; &#x3c;b&#62; &amp",
	"newline":            "a\n\n# owned\n- b\r\n```\n",
	"escape":             "\x1b[2J\x1b]0;owned\x07",
	"right to left":      "\u202egpj.exe\u2066x\u200f",
	"hebrew":             "שלום abc 123",
	"mention":            "@everyone @octocat",
	"reference":          "#1 GH-2 owner/repo#3 1234567890abcdef1234567890abcdef12345678",
	"link":               "[click](https://evil.example/) ![x](https://evil.example/x.png)",
	"bare link":          "https://evil.example www.evil.example mail@evil.example",
	"angle link":         "<https://evil.example>",
	"script link":        "javascript:alert(1)",
	"emphasis":           "**bold** _x_ ~~y~~ $x$ :smile:",
	"heading":            "# owned",
	"formula":            "=cmd|'/c calc'!A0",
	"table":              "| a |\n|---|\n| b |",
	"nul and not UTF-8":  "a\x00b\xff",
	"spaces":             "   ",
	"one megabyte":       strings.Repeat("`<|", 350_000),
	"front matter":       "---\nx: y\n---",
	"template":           "{{ .Secret }} {% raw %} ${{ secrets.TOKEN }}",
	"zero width":         "a\u200bb\u2060\ufeff",
	"end of a code span": "x` <b>bold</b> `y",
}

// planSaying is a plan that shows a value in each place where data can stand.
func planSaying(v string) *pipeline.Plan {
	at := pipeline.Origin{Source: v, Place: v, Row: 3}
	prov := pipeline.Provenance{From: []pipeline.RowValue{{Origin: at, Value: text(v)}}, How: v}
	why := pipeline.Reason{Rule: v, Score: .5, RunnerUp: v, Parts: []pipeline.EvidencePart{{Field: v, Weight: -2, Note: v}}}
	change := func(a pipeline.Action, labels ...string) pipeline.Change {
		return pipeline.Change{Action: a, Target: v, Label: v, Rows: []pipeline.Origin{at}, Labels: append(labels, v), Match: &why,
			Fields: []pipeline.FieldChange{{Field: v, Before: text(v), After: text("new " + v), Provenance: prov},
				{Field: v, Before: pipeline.ListValue([]string{v, v}), After: pipeline.ListValue([]string{v}), Provenance: prov}}}
	}
	return &pipeline.Plan{
		Digest: v,
		Header: pipeline.Header{Pipeline: v, Made: made, Expires: made, Undo: v, Redacted: v, Bindings: []pipeline.PlanBinding{{Model: v, Identity: v, ReadAt: made,
			Evidence: pipeline.Evidence{Grade: pipeline.Grade(v), Reasons: []string{v}},
			Policy:   pipeline.Policy{Limits: map[string]pipeline.Limit{v: {Set: true, Count: 3}}, RequireApproval: []string{v, "zz " + v}}}}},
		Stopped: []pipeline.StoppedModel{{Model: v, Rejected: 2}},
		Blocked: []pipeline.BlockedRow{{Model: v, Label: v, Rows: []pipeline.Origin{at}, Block: pipeline.Block{Code: v, Reason: v, Hint: v, Candidates: []string{v}, Records: []pipeline.Candidate{{ID: v, Label: v, Keys: []pipeline.Key{{Field: v, Value: "k" + v}}}},
			Conflicts: []pipeline.FieldConflict{{Field: v, Wrote: text(v), Ours: text(v), Theirs: pipeline.ListValue([]string{v})}}}, Match: &why}},
		Questions:  []pipeline.PlanQuestion{{Model: v, A: pipeline.Reference{Origin: pipeline.Origin{Source: v, ID: v}, Label: v}, B: pipeline.Reference{Target: v, Label: v}, Reason: why, Why: v}},
		Reasons:    []pipeline.RejectedGroup{{Model: v, GroupSummary: diag.GroupSummary{Code: v, Rule: v, Hint: v, Findings: 2, Rows: 2, Messages: []diag.GroupMessage{{Message: v, Count: 2, Places: []string{v}}}}}},
		Changes:    []pipeline.Change{change(pipeline.Create), change(pipeline.Update), change(pipeline.Delete), change(pipeline.Update, pipeline.LabelOutward), change(pipeline.Action("zz " + v))},
		Duplicates: []pipeline.PlanDuplicate{{Model: v, TargetDuplicate: pipeline.TargetDuplicate{Field: v, Value: v, IDs: []string{v}}}},
		Findings:   []diag.Finding{{Severity: diag.Warning, Code: v, Message: v, Where: v, Rule: v, Hint: v}},
	}
}

// mergeSaying is a plan that shows a value in each place of the evidence for a merge.
func mergeSaying(v string) *pipeline.Plan {
	at := pipeline.Origin{Source: v, Place: v, Row: 3}
	why := pipeline.Reason{Rule: v, Score: .5, RunnerUp: v, Parts: []pipeline.EvidencePart{{Field: v, Weight: -2, Note: v}}}
	said := []pipeline.RowValue{{Origin: at, Value: text(v)}, {Origin: at, Value: pipeline.ListValue([]string{v}), Undated: true}}
	join := pipeline.Join{A: at, B: at, Reason: why}
	field := func(how string) pipeline.FieldChange {
		return pipeline.FieldChange{Field: v, After: text(v), Provenance: pipeline.Provenance{From: said, How: how, Lost: slices.Repeat(said, pageOpenMax/2+1)}}
	}
	return &pipeline.Plan{Header: pipeline.Header{Bindings: []pipeline.PlanBinding{{Policy: pipeline.Policy{RequireApproval: []string{"zz " + v}}}, {}}},
		Changes: []pipeline.Change{{Action: pipeline.Action("zz " + v), Label: v, Labels: []string{v, v}, Rows: []pipeline.Origin{at, at}, Match: &why,
			Joined: slices.Repeat([]pipeline.Join{join}, pageOpenMax+1), Fields: []pipeline.FieldChange{field(howExpression), field(v)}}},
		Blocked: []pipeline.BlockedRow{{Model: v, Label: v, Rows: []pipeline.Origin{at}, Match: &why, Block: pipeline.Block{Code: v, Reason: v, Hint: v, Candidates: []string{v, v}, Records: []pipeline.Candidate{{ID: v, Label: v, Keys: []pipeline.Key{{Field: v, Value: "k" + v}}}},
			Conflicts: []pipeline.FieldConflict{{Field: v, Wrote: text(v), Ours: text(v), Theirs: pipeline.ListValue([]string{v})}}}}},
	}
}

func written(t *testing.T, write func(io.Writer, *pipeline.Plan, Options) error, p *pipeline.Plan, opt Options) string {
	t.Helper()
	var b strings.Builder
	if err := write(&b, p, opt); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// codeSpans takes the code spans out of Markdown, by the rules of CommonMark: a
// run of backticks ends at the next run that is as long. It returns what is in
// them, and what is left.
func codeSpans(text string) (spans []string, rest string) {
	var out strings.Builder
	for {
		from := strings.IndexByte(text, '`')
		if from < 0 {
			return spans, out.String() + text
		}
		n := len(text[from:]) - len(strings.TrimLeft(text[from:], "`"))
		out.WriteString(text[:from])
		text = text[from+n:]
		end := -1
		for at := 0; at < len(text); {
			if text[at] != '`' {
				at++
				continue
			}
			run := len(text[at:]) - len(strings.TrimLeft(text[at:], "`"))
			if run == n {
				end = at
				break
			}
			at += run
		}
		if end < 0 {
			out.WriteString(strings.Repeat("`", n))
			continue
		}
		code := text[:end]
		if len(code) > 1 && code[0] == ' ' && code[len(code)-1] == ' ' && strings.Trim(code, " ") != "" {
			code = code[1 : len(code)-1]
		}
		spans = append(spans, code)
		out.WriteString("□")
		text = text[end+n:]
	}
}

var betweenTags = regexp.MustCompile(`>[^<>]*<`)

// TestHostileValuesInMarkdownAndHTML holds that a page is the same whatever the
// values are, but for the values, which it shows as they are: none gets out of its
// place.
func TestHostileValuesInMarkdownAndHTML(t *testing.T) {
	for name, saying := range map[string]func(string) *pipeline.Plan{"plan": planSaying, "merge": mergeSaying} {
		t.Run(name, func(t *testing.T) { hostileValues(t, saying) })
	}
}

func hostileValues(t *testing.T, saying func(string) *pipeline.Plan) {
	opt := Options{Values: true, All: true, Next: "reconkit apply x"}
	_, wantRest := codeSpans(written(t, Markdown, saying("x"), opt))
	wantTags := betweenTags.ReplaceAllString(written(t, HTML, saying("x"), opt), "><")
	for name, v := range hostiles {
		t.Run(name, func(t *testing.T) {
			shown := safe(v)
			spans, rest := codeSpans(written(t, Markdown, saying(v), opt))
			if rest != wantRest {
				t.Errorf("the Markdown around the values is\n%q\nwant\n%q", rest, wantRest)
			}
			found := 0
			for _, s := range spans {
				if s == shown || strings.TrimSpace(shown) == "" && strings.TrimSpace(s) == "" {
					found++
				}
				if strings.ContainsAny(s, "\n\r\x00\x1b") || diag.Printable(s) != s {
					t.Errorf("a code span holds %q", s)
				}
			}
			if found < 10 {
				t.Errorf("the value stands in %d code spans by itself", found)
			}
			page := written(t, HTML, saying(v), opt)
			if tags := betweenTags.ReplaceAllString(page, "><"); tags != wantTags {
				t.Errorf("the HTML around the values is\n%s", tags)
			}
			if n := strings.Count(html.UnescapeString(page), "<bdi>"+shown+"</bdi>"); n < 10 {
				t.Errorf("the value stands in %d elements by itself", n)
			}
			if diag.Printable(strings.ReplaceAll(page, "\n", "")) != strings.ReplaceAll(page, "\n", "") {
				t.Error("the page holds characters that nobody sees")
			}
		})
	}
}

// TestMarkdownLeavesOutValues holds that a comment tells no value unless asked to.
func TestMarkdownLeavesOutValues(t *testing.T) {
	p := smallPlan()
	p.Changes[2].Labels, p.Changes[2].Fields[0].Field = nil, "phone"
	quiet, loud := written(t, Markdown, p, Options{}), written(t, Markdown, p, Options{Values: true})
	for _, v := range []string{"Carla Conti", "carla@example.com", "dora@example.com", "Bert Braun", "Eva Ernst", "gone@example.com", "info@example.com", "#41", "exhibitors.csv:9", "K-7"} {
		if strings.Contains(quiet, v) {
			t.Errorf("Markdown without values holds %q", v)
		}
		if !strings.Contains(loud, v) {
			t.Errorf("Markdown with values lacks %q", v)
		}
	}
	for _, want := range []string{"**create 1**", "1 `ambiguous-target`", "1 × `delete email`", "120 writing calls and up to 36 reading requests, up to 96 minutes at 60 an hour", "limits of `people`: none", "complete: `likely`"} {
		if !strings.Contains(quiet, want) {
			t.Errorf("Markdown lacks %q:\n%s", want, quiet)
		}
	}
}

var leftOut = regexp.MustCompile(`… and ([0-9,]+) more, left out`)

// TestPagesHaveASize holds that the largest plan fits, and that what is left out
// is counted.
func TestPagesHaveASize(t *testing.T) {
	p := planSaying(strings.Repeat("<`", 60))
	const n = 12_000
	for i := range n {
		c := p.Changes[1]
		c.Label = fmt.Sprintf("%d%s", i, c.Label)
		c.Labels = []string{fmt.Sprint(i % 400)}
		p.Changes = append(p.Changes, c)
		p.Blocked = append(p.Blocked, p.Blocked[0])
	}
	for _, all := range []bool{false, true} {
		for name, form := range map[string]struct {
			write func(io.Writer, *pipeline.Plan, Options) error
			most  int
		}{"Markdown": {Markdown, MarkdownBytesMax}, "HTML": {HTML, HTMLBytesMax}} {
			for _, values := range []bool{true, false} {
				page := written(t, form.write, p, Options{Values: values, All: all})
				if len(page) > form.most {
					t.Errorf("%s has %d bytes, want at most %d", name, len(page), form.most)
				}
				left := 0
				for _, m := range leftOut.FindAllStringSubmatch(page, -1) {
					count, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
					if err != nil {
						t.Fatal(err)
					}
					left += count
				}
				if values && left == 0 {
					t.Errorf("%s with values tells nothing of what is left out", name)
				}
				if blocked := strings.Count(page, "hint: "); values && (blocked == 0 || blocked+left < len(p.Blocked)) {
					t.Errorf("%s: %d blocked rows are shown, and %d things left out, of %d and more", name, blocked, left, len(p.Blocked))
				}
			}
		}
	}
}
