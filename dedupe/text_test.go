package dedupe_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
)

var update = flag.Bool("update", false, "rewrite the expected output in testdata; read it before you keep it")

// TestText runs the stories of testdata: input, the command match, and what
// it prints. Each story is named, configured and fed by its own text.
func TestText(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata: %d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			stories := strings.Split(string(raw), "=== ")
			for i := range stories[1:] {
				name, _, _ := strings.Cut(stories[i+1], "\n")
				t.Run(name, func(t *testing.T) {
					input, want, found := strings.Cut(stories[i+1], "----\n")
					if !found {
						t.Fatalf("%s: story %q has no ---- before its output", file, name)
					}
					got := runStory(t, input)
					if *update {
						stories[i+1] = input + "----\n" + got + "\n"
						return
					}
					if diff := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(got)); diff != "" {
						t.Errorf("output differs (-want +got):\n%s\nwhole output:\n%s", diff, got)
					}
				})
			}
			if *update {
				if err := os.WriteFile(file, []byte(strings.TrimRight(strings.Join(stories, "=== "), "\n")+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// story is the input of one story.
type story struct {
	config dedupe.Config
	schema *pipeline.Schema
	input  pipeline.MatchInput
}

func runStory(t *testing.T, text string) string {
	t.Helper()
	s := parseStory(t, text)
	m, err := dedupe.New(s.config)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	res, err := m.Match(context.Background(), s.input)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	checkResult(t, s.input, res)
	return render(s.input, res)
}

// parseStory reads the sections of a story: config (key: value), rows SOURCE
// and target (tables with a header, cells between bars; ~ is null, ! an
// erasure), links (source:id target) and decisions (a = b, a / b).
func parseStory(t *testing.T, text string) story {
	t.Helper()
	s := story{schema: contactSchema(), input: pipeline.MatchInput{Links: map[pipeline.RowKey]string{}, TargetNamespace: "plandocket"}}
	s.config = dedupe.Config{Schema: s.schema, Join: true, Same: []string{"email", "customer_number"},
		Never: []string{"customer_number"}, Keys: []string{"customer_number", "email"}}
	s.input.Records = pipeline.NewTable(s.schema)
	lines := strings.Split(text, "\n")[1:]
	for i := 0; i < len(lines); i++ {
		head := strings.TrimSpace(lines[i])
		if head == "" || strings.HasPrefix(head, "#") {
			continue
		}
		var body []string
		for i+1 < len(lines) && strings.HasPrefix(lines[i+1], "  ") {
			i++
			body = append(body, strings.TrimSpace(lines[i]))
		}
		word, arg, _ := strings.Cut(head, " ")
		switch word {
		case "config":
			readConfig(t, &s, body)
		case "rows":
			s.input.Records.Append(readRows(t, s.schema, arg, body))
		case "target":
			s.input.Target = pipeline.NewTable(s.schema)
			s.input.Target.Append(readRows(t, s.schema, "plandocket", body))
		case "links":
			for _, line := range body {
				row, target, _ := strings.Cut(line, " ")
				s.input.Links[rowKey(row)] = target
			}
		case "decisions":
			for _, line := range body {
				a, b, same := strings.Cut(line, " = ")
				if !same {
					a, b, _ = strings.Cut(line, " / ")
				}
				s.config.Decisions = append(s.config.Decisions, dedupe.Decision{A: who(a), B: who(b), Same: same})
			}
		default:
			t.Fatalf("story has an unknown section %q", head)
		}
	}
	return s
}

func rowKey(s string) pipeline.RowKey {
	source, id, _ := strings.Cut(s, ":")
	return pipeline.RowKey{Source: source, ID: id}
}

func who(s string) dedupe.Who {
	if field, value, ok := strings.Cut(s, "="); ok {
		return dedupe.Who{Fields: map[string]string{field: value}}
	}
	if strings.Contains(s, ":") {
		return dedupe.Who{Row: rowKey(s)}
	}
	return dedupe.Who{Target: s}
}

func readConfig(t *testing.T, s *story, body []string) {
	t.Helper()
	for _, line := range body {
		key, value, _ := strings.Cut(line, ": ")
		list := strings.Split(value, " ")
		switch key {
		case "join":
			s.config.Join = value == "true"
		case "same":
			s.config.Same = list
		case "never":
			s.config.Never = list
		case "keys":
			s.config.Keys = list
		case "priority":
			s.config.Keep.Priority = list
		case "match_above":
			s.config.MatchAbove = number(t, value)
		case "review_above":
			s.config.ReviewAbove = number(t, value)
		case "namespace":
			s.input.Namespace = func(source, _ string) string {
				for _, pair := range list {
					if name, space, _ := strings.Cut(pair, "="); name == source {
						return space
					}
				}
				return ""
			}
		case "compare":
			as, fields, _ := strings.Cut(value, " ")
			s.config.Compare = append(s.config.Compare, dedupe.Compare{As: as, Fields: strings.Fields(fields)})
		case "keep":
			field, policy, _ := strings.Cut(value, " ")
			if s.config.Keep.Fields == nil {
				s.config.Keep.Fields = map[string]string{}
			}
			s.config.Keep.Fields[field] = policy
		default:
			t.Fatalf("config has an unknown line %q", line)
		}
	}
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// contactSchema is the contact that the stories are about.
func contactSchema() *pipeline.Schema {
	text := func(name string, kind pipeline.Kind) pipeline.Field {
		return pipeline.Field{Name: name, Type: pipeline.String, Kind: kind}
	}
	return pipeline.MustSchema(
		text("first_name", pipeline.KindFirstName), text("last_name", pipeline.KindLastName),
		text("company_name", pipeline.KindCompany), text("email", pipeline.KindEmail),
		text("phone", pipeline.KindPhone), text("customer_number", pipeline.KindIdentifier),
		text("address", pipeline.KindAddress), text("postal_code", pipeline.KindPostcode),
		text("city", pipeline.KindCity), text("country", pipeline.KindCountry),
		text("notes", pipeline.KindNotes),
		pipeline.Field{Name: "category_keys", Type: pipeline.StringList, Unordered: true},
		pipeline.Field{Name: "rating", Type: pipeline.Int},
	)
}

// shortNames are the column heads of stories.
var shortNames = map[string]string{"first": "first_name", "last": "last_name", "company": "company_name",
	"no": "customer_number", "street": "address", "zip": "postal_code", "tags": "category_keys"}

// readRows reads a table. The column id is the id of the row, at is the second
// since 1970 at which it changed.
func readRows(t *testing.T, schema *pipeline.Schema, source string, body []string) *pipeline.Batch {
	t.Helper()
	builder := pipeline.NewBuilder(schema, len(body))
	ids := pipeline.NewColumnBuilder(pipeline.String, len(body))
	times := pipeline.NewColumnBuilder(pipeline.Timestamp, len(body))
	var head []string
	var rows []int32
	for n, line := range body {
		cells := strings.Split(line, "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if n == 0 {
			head = cells
			continue
		}
		values := map[string]string{}
		for i, cell := range cells {
			name := head[i]
			if long, ok := shortNames[name]; ok {
				name = long
			}
			values[name] = cell
		}
		for f, field := range schema.Fields() {
			builder.Column(f).AppendValue(cellValue(t, field, values[field.Name]))
		}
		ids.AppendString(values["id"])
		if at := values["at"]; at != "" {
			times.AppendInt(int64(number(t, at)) * 1e6)
		} else {
			times.AppendNull()
		}
		rows = append(rows, int32(n+1))
	}
	b, err := builder.Finish(pipeline.BatchData{Source: source, Place: source + ".csv", Rows: rows, IDs: ids.Finish(), Times: times.Finish()})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func cellValue(t *testing.T, f pipeline.Field, cell string) pipeline.Value {
	t.Helper()
	switch {
	case cell == "" || cell == "~":
		return pipeline.Null()
	case cell == "!":
		return pipeline.Erase()
	case f.Type == pipeline.StringList:
		return pipeline.ListValue(strings.Split(cell, ","))
	case f.Type == pipeline.Int:
		return pipeline.IntValue(int64(number(t, cell)))
	}
	return pipeline.StringValue(cell)
}

// name is a record as the stories write it.
func name(t *pipeline.Table, i int32) string {
	o := t.Record(int(i)).Origin()
	if o.ID == "" {
		return o.Source + ":line" + strconv.Itoa(o.Row)
	}
	return o.Source + ":" + o.ID
}

func render(in pipeline.MatchInput, res *pipeline.MatchResult) string {
	var b strings.Builder
	for c, cluster := range res.Clusters {
		var names []string
		for _, i := range cluster.Members {
			names = append(names, name(in.Records, i))
		}
		link := res.Links[c]
		to := "new"
		if link.Target >= 0 {
			to = in.Target.Record(int(link.Target)).ID()
		}
		fmt.Fprintf(&b, "%s -> %s\n", strings.Join(names, " "), to)
		for _, tie := range cluster.Ties {
			fmt.Fprintf(&b, "  tie %s %s: %s", name(in.Records, tie.A), name(in.Records, tie.B), reason(tie.Reason))
		}
		if link.Reason != nil && link.Reason.Rule != "" {
			fmt.Fprintf(&b, "  link: %s", reason(*res.LinkReason(c)))
		}
		writeBlock(&b, "blocked", cluster.Block)
		writeBlock(&b, "link blocked", link.Block)
		if len(cluster.Members) > 1 {
			writeGolden(&b, in, res, c)
		}
	}
	for _, q := range res.Questions {
		fmt.Fprintf(&b, "question: %s | %s: %s", refName(q.A), refName(q.B), reason(q.Reason))
	}
	for _, d := range res.TargetDuplicates {
		fmt.Fprintf(&b, "target duplicate: %s %s: %s\n", d.Field, d.Value, strings.Join(d.IDs, " "))
	}
	for _, f := range res.Findings {
		fmt.Fprintf(&b, "%s %s: %s\n", f.Severity, f.Code, f)
	}
	return b.String()
}

func refName(r pipeline.Reference) string {
	if r.Target != "" {
		return r.Label + " [target " + r.Target + "]"
	}
	return r.Label + " [" + r.Origin.String() + "]"
}

func writeBlock(b *strings.Builder, what string, block *pipeline.Block) {
	if block != nil {
		fmt.Fprintf(b, "  %s %s: %s %v\n", what, block.Code, block.Reason, block.Candidates)
	}
}

// writeGolden shows what survived, and of which records.
func writeGolden(b *strings.Builder, in pipeline.MatchInput, res *pipeline.MatchResult, c int) {
	rec := res.Golden.Record(c)
	fmt.Fprintf(b, "  golden:")
	for f := range res.Golden.Schema().Len() {
		v := rec.Value(f)
		if v.IsNull() {
			continue
		}
		text, from := v.String(), []string{}
		if v.IsErase() {
			text = "!"
		}
		for _, m := range res.Clusters[c].From.Of(f) {
			from = append(from, name(in.Records, m))
		}
		fmt.Fprintf(b, " %s=%q(%s)", res.Golden.Schema().Field(f).Name, text, strings.Join(from, " "))
	}
	b.WriteString("\n")
}

func reason(r pipeline.Reason) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %.4f, %+g bits\n", r.Rule, r.Score, r.Weight)
	for _, p := range r.Parts {
		fmt.Fprintf(&b, "    %+6g %s", p.Weight, p.Field)
		if p.A != "" || p.B != "" {
			fmt.Fprintf(&b, " %q %q", p.A, p.B)
		}
		fmt.Fprintf(&b, " (%s)\n", p.Note)
	}
	if r.RunnerUp != "" {
		fmt.Fprintf(&b, "    runner-up %s\n", r.RunnerUp)
	}
	return b.String()
}
