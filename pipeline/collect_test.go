package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// noted keeps the origins of rejected rows as they come.
type noted struct{ lines []string }

func (n *noted) Reject(model string, r pipeline.Reject) error {
	n.lines = append(n.lines, fmt.Sprintf("%s %s %s", r.Origin, r.Finding.Code, strings.Join(r.Cells, "|")))
	return nil
}

// strict is rules that reject phones of "x", and every record but the first of
// each name.
type strict struct{}

func (strict) Whole() bool { return true }

func (strict) Check(b *pipeline.Batch, dropped []int32) (pipeline.Mapped, error) {
	m := pipeline.Mapped{Batch: b}
	for i := range int32(b.Len()) {
		if slices.Contains(dropped, i) {
			m.Dropped = append(m.Dropped, i)
			continue
		}
		switch b.Value(int(i), 3).Str() {
		case "x":
			m.Rejected = append(m.Rejected, pipeline.Reject{Origin: b.Origin(int(i)), Finding: diag.Finding{Code: "phone"}})
			m.Dropped = append(m.Dropped, i)
		case "?":
			m.Found = append(m.Found, pipeline.Found{Row: b.Origin(int(i)).Row, Finding: diag.Finding{Severity: diag.Warning, Code: "odd", Rule: "r"}})
		case "abort":
			return m, errors.New("rule r aborts the run")
		}
	}
	return m, nil
}

func (strict) CheckModel(t *pipeline.Table) (out []int32, rejected []pipeline.Reject, warned []diag.Finding, err error) {
	seen := map[string]bool{}
	for i := range t.Len() {
		r := t.Record(i)
		if name := r.Get("name").Str(); seen[name] {
			out = append(out, int32(i))
			rejected = append(rejected, pipeline.Reject{Origin: r.Origin(), Finding: diag.Finding{Code: "twice"}})
		} else {
			seen[name] = true
		}
	}
	return out, rejected, nil, nil
}

func collectModel(s *source) *pipeline.Model {
	return &pipeline.Model{Name: "people", Schema: schema, Rules: strict{}, From: []*pipeline.From{{Name: "fair", Source: s, Mapping: identity{}}}}
}

func TestCollectKeepsTheOrderOfRejects(t *testing.T) {
	named := func(name, phone string) row { return row{"name": text(name), "phone": text(phone)} }
	var batches []*pipeline.Batch
	var want []string
	for b := range 20 {
		batch := batchOf(t, schema, "fair", nil, named("bad", "1"), named(fmt.Sprint("ok", b), "1"), named("r", "x"), named("bad", "2"), named("s", "x"))
		d := batch.Data()
		d.Page = b + 1
		d.Rejects = []pipeline.Reject{{Origin: pipeline.Origin{Source: "fair", Page: b + 1, Row: 3}, Cells: []string{"cut"}, Finding: diag.Finding{Code: "torn"}}}
		batch, err := pipeline.NewBatch(d)
		must(t, err)
		batches = append(batches, batch)
		at := func(row int) string { return fmt.Sprintf("fair:page %d row %d", b+1, row) }
		want = append(want, at(1)+" bad ||bad|1||||", at(3)+" torn cut", at(3)+" phone ||r|x||||", at(4)+" bad ||bad|2||||", at(5)+" phone ||s|x||||")
	}
	for workers := 1; workers <= 8; workers++ {
		n := &noted{}
		c, err := collectModel(&source{batches: batches}).Collect(t.Context(), pipeline.Options{Workers: workers, Rejects: n})
		must(t, err)
		if !slices.Equal(n.lines, want) {
			t.Fatalf("%d workers: rejects\n%s\nwant\n%s", workers, strings.Join(n.lines[:5], "\n"), strings.Join(want[:5], "\n"))
		}
		if c.Records.Len() != 20 || c.Rejected != 100 || c.Read["fair"] != 120 || c.Unnamed["fair"] != 100 || len(c.Examples) != 100 {
			t.Errorf("%d records, %d rejected, %v read", c.Records.Len(), c.Rejected, c.Read)
		}
	}
}

func TestCollectChecksTheWholeModel(t *testing.T) {
	s := &source{batches: []*pipeline.Batch{
		batchOf(t, schema, "fair", []string{"1", "2"}, row{"name": text("a")}, row{"name": text("b")}),
		batchOf(t, schema, "fair", []string{"3", "4"}, row{"name": text("a")}, row{"name": text("c")}),
	}}
	n := &noted{}
	c, err := collectModel(s).Collect(t.Context(), pipeline.Options{Rejects: n})
	must(t, err)
	if c.Records.Len() != 3 || c.Rejected != 1 || !c.RejectedIDs[pipeline.RowKey{Source: "fair", ID: "3"}] || len(n.lines) != 1 {
		t.Errorf("%d records, rejected %v %v", c.Records.Len(), c.RejectedIDs, n.lines)
	}
}

// Of rejected rows beyond those that are kept, the reasons are counted, too; a
// model that has too many of them is among the stopped ones, with its numbers.
func TestReasonsOfRejectedRowsAreCounted(t *testing.T) {
	const n = 2 * pipeline.RejectsKeptMax
	var batches []*pipeline.Batch
	for i := range 10 {
		rows := make([]row, n/10)
		for k := range rows {
			rows[k] = row{"name": text(fmt.Sprint(i, " ", k)), "phone": text("x")}
		}
		batches = append(batches, batchOf(t, schema, "fair", nil, rows...))
	}
	batches = append(batches, batchOf(t, schema, "fair", []string{"1", "2"}, person(1), person(1)))
	for _, stopped := range []bool{false, true} {
		j := newJob(t, nil, nil)
		j.source = &source{batches: batches}
		p := j.pipeline()
		p.Models[0].Rules = strict{}
		if stopped {
			must(t, p.Models[0].RejectedMax.UnmarshalText([]byte("50%")))
		}
		plan, err := p.Plan(t.Context(), pipeline.Options{Now: j.w.Now()})
		if stopped != (err != nil) || plan == nil || stopped != (len(plan.Stopped) == 1) {
			t.Fatalf("stopped %v: %v", stopped, err)
		}
		total, reasons := plan.Total(), []string{fmt.Sprint("people phone ", n), "people twice 1"}
		if stopped {
			reasons = reasons[:1] // the rules over the whole model are not run any more
		}
		if len(plan.Rejected) != pipeline.RejectsKeptMax || total.Rejected != n+len(reasons)-1 || total.Read["fair"] != n+2 {
			t.Errorf("stopped %v: %d rows are kept of %d of %v", stopped, len(plan.Rejected), total.Rejected, total.Read)
		}
		var got []string
		for _, r := range plan.Reasons {
			got = append(got, fmt.Sprint(r.Model, " ", r.Code, " ", r.Rows))
		}
		if !slices.Equal(got, reasons) {
			t.Errorf("stopped %v: reasons %v, want %v", stopped, got, reasons)
		}
	}
}

func TestMaxRejected(t *testing.T) {
	s := &source{batches: []*pipeline.Batch{batchOf(t, schema, "fair", nil, row{"name": text("bad")}, row{"name": text("a")}, row{"name": text("a")}, row{"name": text("b")})}}
	for limit, want := range map[string]string{"none": "", "2": "", "50%": "", "1": "2 of 4", "49%": "2 of 4", "0": "of 4"} {
		m := collectModel(s)
		must(t, m.RejectedMax.UnmarshalText([]byte(limit)))
		_, err := m.Collect(t.Context(), pipeline.Options{})
		var over *pipeline.LimitError
		if (want != "") != errors.As(err, &over) || err != nil && !strings.Contains(err.Error(), want+" rows were rejected") {
			t.Errorf("max_rejected %s: %v", limit, err)
		}
	}
}

func TestCollectEndsAtErrors(t *testing.T) {
	for name, s := range map[string]*source{
		"broken off":            {err: errors.New("connection broken off")},
		"rule r aborts the run": {batches: []*pipeline.Batch{batchOf(t, schema, "fair", nil, row{"phone": text("abort")})}},
	} {
		if _, err := collectModel(s).Collect(t.Context(), pipeline.Options{}); err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "model people from fair") {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := collectModel(&source{batches: []*pipeline.Batch{batchOf(t, schema, "fair", nil, row{})}}).Collect(ctx, pipeline.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestWarningsAreCountedBeyondTheirLimit(t *testing.T) {
	var rows []row
	for range pipeline.WarningsKeptMax + 50 {
		rows = append(rows, row{"phone": text("?")})
	}
	m := collectModel(&source{batches: []*pipeline.Batch{batchOf(t, schema, "fair", nil, rows...)}})
	c, err := m.Collect(t.Context(), pipeline.Options{})
	must(t, err)
	if n := len(c.Findings); n != pipeline.WarningsKeptMax+1 || !strings.HasPrefix(c.Findings[n-1].Message, "150 findings") {
		t.Errorf("%d findings, the last %v", n, c.Findings[n-1])
	}
}

func TestIDsThatNameTwoRows(t *testing.T) {
	j := newJob(t, nil, nil)
	j.source.batches = []*pipeline.Batch{
		batchOf(t, schema, "fair", []string{"1", "2"}, person(1), person(2)),
		batchOf(t, schema, "fair", []string{"2", ""}, person(3), person(4)),
		batchOf(t, schema, "other fair", []string{"1"}, person(5)),
	}
	p := j.plan(t)
	var ids []string
	for _, c := range p.Changes {
		ids = append(ids, c.Rows[0].ID)
	}
	if want := []string{"1", "", "", "", "1"}; !slices.Equal(ids, want) {
		t.Errorf("ids %q, want %q", ids, want)
	}
	if len(p.Findings) != 1 || p.Findings[0].Code != "repeated-id" || !strings.Contains(p.Findings[0].Message, "source fair: 1 id names") {
		t.Errorf("findings %v", p.Findings)
	}
}

// A row that becomes two records, since its source is mapped twice, gives neither its id:
// two records must never share a link. What is told is true, and can be followed.
func TestARowThatBecomesTwoRecords(t *testing.T) {
	twice := batchOf(t, schema, "fair", []string{"1", "2"}, person(1), person(2))
	guests := batchOf(t, schema, "fair", []string{"1", "2"}, person(3), person(4))
	j := newJob(t, nil, nil)
	j.source.batches = []*pipeline.Batch{twice, guests, batchOf(t, schema, "club", []string{"7", "7"}, person(5), person(6))}
	p := j.plan(t)
	for _, c := range p.Changes {
		if c.Rows[0].ID != "" {
			t.Errorf("%s has the id %s", c.Label, c.Rows[0].ID)
		}
	}
	if len(p.Findings) != 2 || !strings.HasPrefix(p.Findings[0].Message, "source club: 1 id names more than one row, the first 7;") ||
		!strings.HasPrefix(p.Findings[1].Message, "source fair stands more than once under from: 2 rows became several records each, the first that with the id 1;") ||
		!strings.Contains(p.Findings[1].Hint, "a second time under sources") {
		t.Errorf("findings %v", p.Findings)
	}
}
