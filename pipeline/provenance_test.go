package pipeline_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/pipeline"
)

// merged is a cluster of all rows, of which the golden record and the
// contributors of each field are given by the caller.
func merged(t testing.TB, rows []row, golden row, from map[string][]int32) (*pipeline.Table, *pipeline.MatchResult) {
	t.Helper()
	records, survived := pipeline.NewTable(schema), pipeline.NewTable(schema)
	ids, members := make([]string, len(rows)), make([]int32, len(rows))
	for i := range rows {
		ids[i], members[i] = fmt.Sprintf("r%d", i), int32(i)
	}
	records.Append(batchOf(t, schema, "fair", ids, rows...))
	survived.Append(batchOf(t, schema, "", nil, golden))
	made := pipeline.NewContributors(schema.Len())
	for f, places := range from {
		made.Set(schema.Index(f), places)
	}
	return records, &pipeline.MatchResult{Golden: survived, Links: []pipeline.Link{{Target: -1}}, How: slices.Repeat([]string{"union"}, schema.Len()),
		Clusters: []pipeline.Cluster{{Members: members, From: made}}}
}

// created is the change that creates the record of a cluster.
func created(t testing.TB, records *pipeline.Table, match *pipeline.MatchResult, policy pipeline.Policy) pipeline.Change {
	t.Helper()
	policy.Allow = []pipeline.Action{pipeline.Create, pipeline.Update}
	d := pipeline.Diff(pipeline.DiffInput{Binding: &pipeline.Binding{Model: &pipeline.Model{Name: "m"}, Target: newTarget(newWorld()), Policy: policy},
		Records: records, Match: match, Present: &pipeline.Present{Records: pipeline.NewTable(schema), Evidence: pipeline.Evidence{Grade: pipeline.Proven}}})
	if len(d.Changes) != 1 {
		t.Fatalf("%+v", d)
	}
	return d.Changes[0]
}

func field(t testing.TB, c pipeline.Change, name string) pipeline.FieldChange {
	t.Helper()
	for _, f := range c.Fields {
		if f.Field == name {
			return f
		}
	}
	t.Fatalf("no field %s in %+v", name, c.Fields)
	return pipeline.FieldChange{}
}

// Each row that a value is made of is named, with its part where that is not
// the value itself; rows that say something else are lost, those that agree
// are neither.
func TestProvenanceOfAMergedRecord(t *testing.T) {
	rows := []row{person(1).with("tags", texts("a")).with("note", text("x")), person(1).with("tags", texts("a", "b")).with("name", text("P.")),
		person(1).with("tags", pipeline.Erase()).with("phone", pipeline.Erase()), {"email": text("P01@example.com")}}
	records, match := merged(t, rows, person(1).with("tags", texts("a", "b")).with("note", text("X")),
		map[string][]int32{"number": {0}, "email": {0}, "name": {0}, "tags": {0, 1}, "note": {0}})
	c := created(t, records, match, pipeline.Policy{})
	show := func(list []pipeline.RowValue) string {
		var parts []string
		for _, r := range list {
			said := r.Value.String()
			if r.Value.IsErase() {
				said = "!"
			}
			parts = append(parts, strings.TrimSuffix(r.ID+"="+said, "="))
		}
		return strings.Join(parts, " ")
	}
	for name, want := range map[string]string{"tags": "r0=a r1 / r2=!", "name": "r0 / r1=P.", "number": "r0 / ", "email": "r0 / r3=P01@example.com", "note": "r0=x / "} {
		if f := field(t, c, name); show(f.From)+" / "+show(f.Lost) != want || f.How != "union" {
			t.Errorf("%s: got %s / %s by %s, want %s", name, show(f.From), show(f.Lost), f.How, want)
		}
	}
	// What a program asks of the matching is what the plan says.
	if p := match.Provenance(records, 0, schema.Index("tags"), texts("a", "b")); show(p.From) != "r0=a r1" || show(p.Lost) != "r2=!" {
		t.Errorf("%+v", p)
	}
	// A field that nobody speaks of in the end: what the rows said is lost.
	if p := match.Provenance(records, 0, schema.Index("phone"), pipeline.Null()); len(p.From) != 0 || show(p.Lost) != "r2=!" {
		t.Errorf("%+v", p)
	}
}

// A record of one row is of that row, and nothing was chosen. A reserved key
// is of no row.
func TestProvenanceOfASingleRow(t *testing.T) {
	records, match := merged(t, []row{{"name": text("Nobody"), "note": text("x")}}, row{"name": text("Nobody"), "note": text("x")}, nil)
	match.Clusters[0].From = nil
	c := created(t, records, match, pipeline.Policy{Keyless: pipeline.Keyless{Reserve: true, Prefix: "R-"}})
	for _, name := range []string{"name", "note"} {
		if f := field(t, c, name); len(f.From) != 1 || f.From[0].ID != "r0" || !f.From[0].Value.IsNull() || f.How != "" || f.Lost != nil {
			t.Errorf("%+v", f)
		}
	}
	if f := field(t, c, "number"); f.From != nil || f.How != pipeline.HowReserved {
		t.Errorf("reserved: %+v", f)
	}
}

// Whatever the values, whoever contributed: each row that says something is
// listed as contributor or as lost, counted beyond the limit, or agrees; each
// different value that lost is listed as long as there is room.
func TestProvenanceLoses(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.SampledFrom([]int{2, 5, 70, 160}).Draw(rt, "rows")
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"", "a", "b", "c", "d", "e", "f"}), n, n).Draw(rt, "values")
		rows, said, golden := make([]row, len(words)), map[string]bool{}, rapid.SampledFrom([]string{"a", "z"}).Draw(rt, "golden")
		shown := rapid.SampledFrom([]string{golden, "b"}).Draw(rt, "shown")
		var from []int32
		lost := 0
		for i, w := range words {
			rows[i] = row{"email": text("x@example.com")}
			if w == "" {
				continue
			}
			rows[i]["note"] = text(w)
			switch {
			case rapid.Bool().Draw(rt, "contributes"):
				from = append(from, int32(i))
			case w != golden && w != shown:
				lost++
				said[w] = true
			}
		}
		records, match := merged(t, rows, row{"note": text(golden)}, map[string][]int32{"note": from})
		p := match.Provenance(records, 0, schema.Index("note"), text(shown))
		if len(p.From)+p.FromMore != len(from) || len(p.Lost)+p.LostMore != lost {
			rt.Fatalf("%d of %d contributors, %d of %d that lost", len(p.From)+p.FromMore, len(from), len(p.Lost)+p.LostMore, lost)
		}
		for _, list := range [][]pipeline.RowValue{p.From, p.Lost} {
			last := 0
			for _, r := range list {
				if r.Row <= last {
					rt.Fatalf("rows out of order: %+v", list)
				}
				last = r.Row
			}
		}
		if n := lost; len(p.Lost) < min(n, 50) || len(p.From) < min(len(from), 50) || len(p.Lost) > 50 || len(p.From) > 50 {
			rt.Fatalf("%d and %d are listed", len(p.From), len(p.Lost))
		}
		for _, r := range p.From {
			if w := words[r.Row-1]; r.Value.IsNull() != (w == shown) || !r.Value.IsNull() && r.Value.String() != w {
				rt.Fatalf("row %d is told to say %v", r.Row, r.Value)
			}
		}
		for _, r := range p.Lost {
			if r.Value.String() != words[r.Row-1] || slices.Contains(from, int32(r.Row-1)) {
				rt.Fatalf("row %d lost %v", r.Row, r.Value)
			}
			delete(said, r.Value.String())
		}
		if len(said) > 0 {
			rt.Fatalf("nobody is told of %v", said)
		}
	})
}

// Neither many rows nor large values make a plan that cannot be kept.
func TestProvenanceIsLimited(t *testing.T) {
	for name, of := range map[string]struct {
		rows int
		note func(i int) string
	}{
		"many rows":    {10_000, func(i int) string { return fmt.Sprint("note ", i) }},
		"large values": {40, func(i int) string { return strings.Repeat(string(rune('0'+i)), 1<<20) }},
	} {
		t.Run(name, func(t *testing.T) {
			rows, from := make([]row, of.rows), []int32{}
			for i := range rows {
				rows[i] = person(1).with("note", text(of.note(i))).with("tags", texts(of.note(i)))
				from = append(from, int32(i))
			}
			records, match := merged(t, rows, person(1).with("note", text(of.note(0))).with("tags", texts("all")),
				map[string][]int32{"email": from, "number": {0}, "name": {0}, "note": {0}, "tags": from})
			c := created(t, records, match, pipeline.Policy{})
			if f := field(t, c, "note"); len(f.Lost) == 0 || f.LostMore == 0 || len(f.Lost)+f.LostMore != of.rows-len(f.From) {
				t.Errorf("%d lost, and %d more", len(f.Lost), f.LostMore)
			}
			if f := field(t, c, "tags"); len(f.From) == 0 || len(f.From)+f.FromMore != of.rows {
				t.Errorf("made of %d, and %d more", len(f.From), f.FromMore)
			}
			c.Rows = c.Rows[:1] // all rows are kept for their links; this is about the rest
			p := &pipeline.Plan{Header: pipeline.Header{Format: pipeline.PlanFormat}, Changes: []pipeline.Change{c}}
			lines := unpacked(t, written(t, p))
			if n := len(lines[1]); n > 5<<20 {
				t.Errorf("the change takes %d bytes", n)
			}
			for i := range c.Fields {
				if f := c.Fields[i]; f.Field != "note" && f.Field != "tags" && len(f.Lost) > 0 {
					t.Errorf("%s lost %v", f.Field, f.Lost)
				}
			}
			if !bytes.Contains([]byte(lines[1]), []byte(`"lost_more"`)) {
				t.Error("the rest is not counted")
			}
		})
	}
}
