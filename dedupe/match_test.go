package dedupe_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

func hasFinding(res *pipeline.MatchResult, code string) bool {
	return slices.ContainsFunc(res.Findings, func(f diag.Finding) bool { return f.Code == code })
}

// TestLargeBlocks has thousands of people of six names: those who share a phone
// and a street are found.
func TestLargeBlocks(t *testing.T) {
	const people = 3000
	var rows []row
	for i := range people {
		for j := range 2 {
			rows = append(rows, row{source: "people", id: fmt.Sprintf("%d.%d", i, j), line: int32(2*i + j + 2), cells: map[string]string{
				"first_name": []string{"Anna", "Maria", "Peter"}[i%3], "last_name": []string{"Weber", "Klein"}[i%2],
				"phone": fmt.Sprintf("+4930%07d", 1_234_567+i), "address": fmt.Sprintf("Hauptstr. %d", i+1), "notes": fmt.Sprint(j)}})
		}
	}
	res := match(t, contactMatcher(t), rows, nil)
	if len(res.Clusters) != people {
		t.Errorf("%d clusters, want %d", len(res.Clusters), people)
	}
}

// TestNothingButOneName has thousands of records of one name in one town, and
// nothing else: not every pair can be compared, which must be said, and none may
// be joined.
func TestNothingButOneName(t *testing.T) {
	const records = 4000
	rows := make([]row, records)
	for i := range rows {
		rows[i] = row{source: "people", id: fmt.Sprint(i), line: int32(i + 2), cells: map[string]string{"first_name": "Anna", "last_name": "Weber", "city": "Berlin"}}
	}
	res := match(t, contactMatcher(t), rows, nil)
	if len(res.Clusters) != records {
		t.Errorf("%d clusters, want %d", len(res.Clusters), records)
	}
	if !hasFinding(res, "match-limits") {
		t.Errorf("nothing says that not all pairs were compared: %v", res.Findings)
	}
	if len(res.Questions) > 0 {
		t.Errorf("%d questions; a name that thousands bear says nothing", len(res.Questions))
	}
}

// TestForbiddenThroughOthers joins a chain of records by e-mail and number in
// which the ends hold different numbers: the chain must break somewhere, for
// every order of its records.
func TestForbiddenThroughOthers(t *testing.T) {
	m, err := dedupe.New(dedupe.Config{Schema: contactSchema(), Join: true,
		Same: []string{"email", "phone", "customer_number"}, Never: []string{"customer_number"}})
	if err != nil {
		t.Fatal(err)
	}
	rows := []row{
		{source: "a", id: "1", cells: map[string]string{"customer_number": "100", "email": "x@example.com"}},
		{source: "a", id: "2", cells: map[string]string{"email": "x@example.com", "phone": "+493012345678"}},
		{source: "a", id: "3", cells: map[string]string{"phone": "+493012345678", "email": "y@example.com"}},
		{source: "a", id: "4", cells: map[string]string{"customer_number": "200", "email": "y@example.com"}},
	}
	in := pipeline.MatchInput{Records: tableOf(t, rows, uncut)}
	res, err := m.Match(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	checkResult(t, in, res)
	checkNever(t, in, res)
	if len(res.Clusters) != 2 || !hasFinding(res, "join-forbidden") {
		t.Errorf("%d clusters, findings %v; want 2 and one that says what was forbidden", len(res.Clusters), res.Findings)
	}
}

// TestWholeNames matches a model that holds a name in one field.
func TestWholeNames(t *testing.T) {
	schema := pipeline.MustSchema(
		pipeline.Field{Name: "name", Type: pipeline.String, Kind: pipeline.KindPersonName},
		pipeline.Field{Name: "company", Type: pipeline.String, Kind: pipeline.KindCompany},
		pipeline.Field{Name: "mail", Type: pipeline.String, Kind: pipeline.KindEmail})
	m, err := dedupe.New(dedupe.Config{Schema: schema, Join: true})
	if err != nil {
		t.Fatal(err)
	}
	b := pipeline.NewBuilder(schema, 4)
	for _, r := range [][2]string{{"Dr. Anna Weber", "Heide GmbH"}, {"Anna Weber", "Heide"}, {"Peter Klein", "Heide GmbH"}, {"A. Weber", "Heide GmbH"}} {
		b.Column(0).AppendString(r[0])
		b.Column(1).AppendString(r[1])
		b.Column(2).AppendNull()
	}
	batch, err := b.Finish(pipeline.BatchData{Source: "people", Rows: []int32{2, 3, 4, 5}})
	if err != nil {
		t.Fatal(err)
	}
	records := pipeline.NewTable(schema)
	records.Append(batch)
	in := pipeline.MatchInput{Records: records}
	res, err := m.Match(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	checkResult(t, in, res)
	if len(res.Clusters) != 3 {
		t.Errorf("%d clusters, want 3: Dr. Anna Weber is Anna Weber\n%s", len(res.Clusters), render(in, res))
	}
	if len(res.Questions) != 1 || !strings.Contains(res.Questions[0].A.Label+res.Questions[0].B.Label, "A. Weber (Heide GmbH)") {
		t.Errorf("questions %+v, want one about A. Weber (Heide GmbH)", res.Questions)
	}
}

// TestGoldenBatches checks golden records where those of merged clusters need
// several batches, among them some of one row, which are that row.
func TestGoldenBatches(t *testing.T) {
	n := pipeline.BatchRowsDefault + 10
	var rows []row
	for i := range n {
		email := fmt.Sprintf("a%d@example.com", i)
		rows = append(rows, row{source: "people", id: fmt.Sprint(i), line: int32(2*i + 2), at: int64(i), cells: map[string]string{"email": email}})
		if i%100 != 0 {
			rows = append(rows, row{source: "people", id: fmt.Sprint("again", i), line: int32(2*i + 3), at: int64(i) + 5, cells: map[string]string{"email": email}})
		}
	}
	res := match(t, contactMatcher(t), rows, nil)
	if res.Golden.Len() != n || len(res.Clusters) != n {
		t.Fatalf("%d golden records of %d clusters, want %d", res.Golden.Len(), len(res.Clusters), n)
	}
	alone := 0
	for c, cluster := range res.Clusters {
		rec, want := res.Golden.Record(c), rows[cluster.Members[0]]
		if got := rec.Get("email").Str(); got != want.cells["email"] {
			t.Fatalf("golden record %d has e-mail %q, its member %q", c, got, want.cells["email"])
		}
		origin := pipeline.Origin{Source: dedupe.GoldenSource, Row: c + 1}
		if len(cluster.Members) == 1 {
			alone++
			origin = pipeline.Origin{Source: "people", Row: int(want.line), ID: want.id}
		}
		if o := rec.Origin(); o.Source != origin.Source || o.Row != origin.Row || o.ID != origin.ID {
			t.Fatalf("golden record %d comes from %+v, want %+v", c, o, origin)
		}
		if us, known := rec.Batch.Micros(rec.Row); known != (want.at > 0) || us != want.at {
			t.Fatalf("golden record %d changed at %d, its newest member at %d", c, us, want.at)
		}
	}
	if alone != n/100+1 {
		t.Fatalf("%d clusters of one row, want %d", alone, n/100+1)
	}
}

// TestCopiesDoNotTeach has rows that became records of the target: these copies
// are not counted as records to learn from, so that the plan after an apply does
// not weigh otherwise than the one before.
func TestCopiesDoNotTeach(t *testing.T) {
	var rows, target []row
	links := map[pipeline.RowKey]string{}
	for i := range 300 {
		r := benchContact(i)
		rows = append(rows, r)
		copied := benchContact(i)
		copied.source, copied.id = "plandocket", fmt.Sprintf("T%d", i)
		target = append(target, copied)
		links[pipeline.RowKey{Source: r.source, ID: r.id}] = copied.id
	}
	in := pipeline.MatchInput{Records: tableOf(t, rows, uncut), Target: tableOf(t, target, uncut), TargetNamespace: "plandocket", Links: links}
	res, err := contactMatcher(t).Match(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	checkResult(t, in, res)
	for _, f := range res.Findings {
		if f.Code == "match-weights" && !strings.Contains(f.Message, "there are only 300 records") {
			t.Errorf("300 rows and their 300 copies: %s", f.Message)
		}
	}
}

// TestWeightsOfAnotherForm has remembered weights that another version wrote down
// in a form of its own: the records are weighed anew, and that is said. Damaged ones
// are an error, since nobody knows what they said.
func TestWeightsOfAnotherForm(t *testing.T) {
	var rows []row
	for i := range 900 {
		rows = append(rows, benchContact(i))
		if i%10 == 0 {
			again := benchContact(i)
			again.source, again.cells["first_name"] = "crm", again.cells["first_name"][:1]+"."
			delete(again.cells, "email")
			rows = append(rows, again)
		}
	}
	in := pipeline.MatchInput{Records: tableOf(t, rows, uncut), Learn: true}
	m := contactMatcher(t)
	first, err := m.Match(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if first.Weights == nil || first.Weights.From != pipeline.WeightsLearned {
		t.Fatalf("nothing was learned: %+v", first.Weights)
	}
	text := string(first.Weights.Text)
	remembered := func(text string) pipeline.MatchInput {
		in.Weights = &pipeline.PinnedWeights{Text: []byte(text)}
		return in
	}
	res, err := m.Match(t.Context(), remembered(text))
	if err != nil || res.Weights.From != pipeline.WeightsRemembered {
		t.Fatalf("weights of this form: %v", err)
	}
	other := strings.Replace(text, `"format": 1`, `"another": true`, 1)
	if other == text {
		t.Fatalf("weights name no format: %.60s", text)
	}
	if res, err = m.Match(t.Context(), remembered(other)); err != nil || res.Weights.From != pipeline.WeightsLearned || !hasFinding(res, "weights-outdated") {
		t.Errorf("weights of another form: %v, %v", res, err)
	}
	if _, err = m.Match(t.Context(), remembered(text[:len(text)/2])); err == nil {
		t.Error("half of remembered weights: no error")
	}
}
