package dedupe_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
	"pgregory.net/rapid"
)

// chooserFunc is a dedupe.Chooser.
type chooserFunc func(dedupe.Candidates) (pipeline.Value, error)

func (f chooserFunc) Choose(c dedupe.Candidates) (pipeline.Value, error) { return f(c) }

// joined matches rows that are one contact by their e-mail.
func joined(t testing.TB, keep dedupe.Survivorship, rows ...row) (pipeline.MatchInput, *pipeline.MatchResult) {
	t.Helper()
	m, err := dedupe.New(dedupe.Config{Schema: contactSchema(), Join: true, Same: []string{"email"}, Keep: keep})
	if err != nil {
		t.Fatal(err)
	}
	in := pipeline.MatchInput{Records: tableOf(t, rows, func() bool { return true })}
	res, err := m.Match(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	checkResult(t, in, res)
	if len(res.Clusters) != 1 {
		t.Fatalf("%d clusters", len(res.Clusters))
	}
	return in, res
}

func contact(source, id string, at int64, cells ...string) row {
	r := row{source: source, id: id, line: 2, at: at, cells: map[string]string{"email": "anna@example.com", "last_name": "Weber"}}
	for _, c := range cells {
		name, value, _ := strings.Cut(c, "=")
		r.cells[name] = value
	}
	return r
}

func TestChooserSeesTheCandidates(t *testing.T) {
	var got []dedupe.Candidates
	keep := dedupe.Survivorship{Priority: []string{"people", "crm"}, Choose: map[string]dedupe.Chooser{
		"phone": chooserFunc(func(c dedupe.Candidates) (pipeline.Value, error) {
			got = append(got, c)
			return c.Values[1], nil
		}),
		"notes": chooserFunc(func(dedupe.Candidates) (pipeline.Value, error) {
			t.Error("a field without a value is asked about")
			return pipeline.Null(), nil
		}),
	}}
	in, res := joined(t, keep, contact("crm", "1", 3, "phone=+49111"), contact("crm", "2", 0, "phone=+49222"),
		contact("people", "3", 1), contact("people", "4", 2, "phone=+49444"))
	want := dedupe.Candidates{Sources: []string{"people", "crm", "crm"}, Changed: []int64{2, 3, dedupe.ChangedUnknown},
		Values: []pipeline.Value{pipeline.StringValue("+49444"), pipeline.StringValue("+49111"), pipeline.StringValue("+49222")}}
	if fmt.Sprint(got) != fmt.Sprint([]dedupe.Candidates{want}) {
		t.Errorf("got %v, want once %v", got, want)
	}
	golden := res.Golden.Record(0)
	from := res.Clusters[0].From.Of(contactSchema().Index("phone"))
	if golden.Get("phone").Str() != "+49111" || len(from) != 1 || in.Records.Record(int(from[0])).ID() != "1" {
		t.Errorf("golden phone %q of rows %d", golden.Get("phone"), from)
	}
}

// One record keeps its values, and so does a contact of which the preferred
// record asks for an empty field.
func TestChooserIsNotAsked(t *testing.T) {
	keep := dedupe.Survivorship{Priority: []string{"people"}, Choose: map[string]dedupe.Chooser{"phone": chooserFunc(func(dedupe.Candidates) (pipeline.Value, error) {
		return pipeline.Null(), errors.New("it was asked")
	})}}
	if _, res := joined(t, keep, contact("crm", "1", 0, "phone=+49111")); res.Golden.Record(0).Get("phone").Str() != "+49111" || res.Clusters[0].Block != nil {
		t.Errorf("a single record is changed")
	}
	got := runStory(t, `an erasure
config
  priority: people crm
rows crm
  id | last  | email            | phone
  1  | Weber | anna@example.com | +493011111111
rows people
  id | last  | email            | phone
  1  | Weber | anna@example.com | !
`)
	if !strings.Contains(got, `phone="!"(people:1)`) {
		t.Errorf("got %s", got)
	}
}

func TestChooserBlocks(t *testing.T) {
	for name, c := range map[string]struct {
		choose chooserFunc
		says   string
	}{
		"it fails":       {func(dedupe.Candidates) (pipeline.Value, error) { return pipeline.Null(), errors.New("no number") }, "no number"},
		"another type":   {func(dedupe.Candidates) (pipeline.Value, error) { return pipeline.IntValue(3), nil }, "type int was chosen for a field of type string"},
		"a list instead": {func(dedupe.Candidates) (pipeline.Value, error) { return pipeline.ListValue(nil), nil }, "list of string was chosen for a field of type string"},
	} {
		t.Run(name, func(t *testing.T) {
			_, res := joined(t, dedupe.Survivorship{Choose: map[string]dedupe.Chooser{"phone": c.choose, "notes": c.choose}},
				contact("crm", "1", 0, "phone=+49111", "notes=x"), contact("crm", "2", 0, "phone=+49222"))
			b := res.Clusters[0].Block
			if b == nil || b.Code != dedupe.CodeKeepFailed || !strings.Contains(b.Reason, c.says) || !strings.Contains(b.Reason, "phone") {
				t.Errorf("block %+v", b)
			}
			told := 0
			for _, f := range res.Findings {
				if f.Code == dedupe.CodeKeepFailed && strings.Contains(f.Message, c.says) && f.Where == "x.csv:2" {
					told++
				}
			}
			if told != 2 {
				t.Errorf("%d findings of 2 fields: %+v", told, res.Findings)
			}
		})
	}
}

// A choice of null is the author's: the contact has no value, and the values
// that lost are those of all records.
func TestChooserMayTakeNothing(t *testing.T) {
	_, res := joined(t, dedupe.Survivorship{Choose: map[string]dedupe.Chooser{"phone": chooserFunc(func(dedupe.Candidates) (pipeline.Value, error) { return pipeline.Null(), nil })}},
		contact("crm", "1", 0, "phone=+49111"), contact("crm", "2", 0, "phone=+49222"))
	if v := res.Golden.Record(0).Get("phone"); !v.IsNull() || res.Clusters[0].From.Of(contactSchema().Index("phone")) != nil || res.Clusters[0].Block != nil {
		t.Errorf("phone %v, %+v", v, res.Clusters[0])
	}
}

func TestKeepOfOneFieldIsSaidOnce(t *testing.T) {
	choose := chooserFunc(func(c dedupe.Candidates) (pipeline.Value, error) { return c.Values[0], nil })
	for want, keep := range map[string]dedupe.Survivorship{
		"both a policy and an expression": {Fields: map[string]string{"phone": "newest"}, Choose: map[string]dedupe.Chooser{"phone": choose}},
		`no field "phon"; did you mean`:   {Choose: map[string]dedupe.Chooser{"phon": choose}},
		"is missing":                      {Choose: map[string]dedupe.Chooser{"phone": nil}},
	} {
		if _, err := dedupe.New(dedupe.Config{Schema: contactSchema(), Keep: keep}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// keepLaw are the policies that every draw of the laws uses.
func keepLaw(t *rapid.T) dedupe.Survivorship {
	keep := dedupe.Survivorship{Priority: rapid.SampledFrom([][]string{nil, {"people"}, {"crm", "people"}}).Draw(t, "priority"), Fields: map[string]string{}}
	for _, f := range []string{"first_name", "company_name", "phone", "notes", "city"} {
		keep.Fields[f] = rapid.SampledFrom([]string{"priority", "newest", "longest", "most_frequent", "join_distinct"}).Draw(t, f)
	}
	keep.Choose = map[string]dedupe.Chooser{"address": chooserFunc(func(c dedupe.Candidates) (pipeline.Value, error) {
		if c.Values[0].Str() == "Am Markt 1" {
			return pipeline.Null(), errors.New("no street")
		}
		return slices.MaxFunc(c.Values, func(a, b pipeline.Value) int { return cmp.Compare(a.Str(), b.Str()) }), nil
	})}
	return keep
}

// Whatever the policy: the order of rows and batches changes nothing, a null
// never beats a value, and what survives was a value of the members of which it
// is said to be made.
func TestSurvivorshipLaws(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rows := drawRows(rt, "rows", []string{"people", "crm", "fair"}, 6)
		if len(rows) == 0 {
			return
		}
		for i := range rows {
			rows[i].cells["email"], rows[i].cells["customer_number"] = "anna@example.com", ""
			rows[i].cells["last_name"] = "Weber"
		}
		keep := keepLaw(rt)
		m, err := dedupe.New(dedupe.Config{Schema: contactSchema(), Join: true, Same: []string{"email"}, Keep: keep})
		if err != nil {
			rt.Fatal(err)
		}
		match := func(rows []row, cut func() bool) string {
			in := pipeline.MatchInput{Records: tableOf(t, rows, cut)}
			res, err := m.Match(context.Background(), in)
			if err != nil {
				rt.Fatal(err)
			}
			checkResult(rt, in, res)
			for c := range res.Clusters {
				checkSurvivors(rt, keep, in, res, c)
			}
			return render(in, res) + fmt.Sprint(res.Findings)
		}
		want := match(rows, func() bool { return false })
		if got := match(rapid.Permutation(rows).Draw(rt, "shuffled"), func() bool { return rapid.Bool().Draw(rt, "cut") }); got != want {
			rt.Fatalf("another order gives another result\nfirst:\n%s\nshuffled:\n%s", want, got)
		}
	})
}

func checkSurvivors(t *rapid.T, keep dedupe.Survivorship, in pipeline.MatchInput, res *pipeline.MatchResult, c int) {
	cluster := res.Clusters[c]
	for f, name := range contactSchema().Names() {
		var values []string
		for _, m := range cluster.Members {
			if v := in.Records.Value(int(m), f); !v.IsNull() {
				values = append(values, v.String())
			}
		}
		got := res.Golden.Value(c, f)
		switch {
		case got.IsNull() != (len(values) == 0):
			t.Fatalf("%s is %v of the values %q", name, got, values)
		case keep.Fields[name] == "join_distinct" && len(cluster.Members) > 1:
			for _, part := range strings.Split(got.String(), "; ") {
				if part != "" && !slices.Contains(values, part) {
					t.Fatalf("%s is %v of the values %q", name, got, values)
				}
			}
			continue
		case !got.IsNull() && !slices.Contains(values, got.String()):
			t.Fatalf("%s is %v of the values %q", name, got, values)
		}
		for _, m := range cluster.From.Of(f) {
			if v := in.Records.Value(int(m), f); !v.Equal(got) {
				t.Fatalf("%s is %v, a record of which it is made has %v", name, got, v)
			}
		}
	}
}

// The members of a union come in the order of preference, each once; a list
// whose order means nothing is sorted.
func TestUnionKeepsItsOrder(t *testing.T) {
	schema := pipeline.MustSchema(pipeline.Field{Name: "email", Type: pipeline.String, Kind: pipeline.KindEmail},
		pipeline.Field{Name: "tags", Type: pipeline.StringList}, pipeline.Field{Name: "keys", Type: pipeline.StringList, Unordered: true})
	m, err := dedupe.New(dedupe.Config{Schema: schema, Join: true, Same: []string{"email"}, Keep: dedupe.Survivorship{
		Priority: []string{"b", "a"}, Fields: map[string]string{"tags": "union", "keys": "union"}}})
	if err != nil {
		t.Fatal(err)
	}
	lists := map[string][]string{"a": {"x", "z", "y"}, "b": {"z", "w"}}
	for _, order := range [][]string{{"a", "b"}, {"b", "a"}} {
		table := pipeline.NewTable(schema)
		for _, source := range order {
			b := pipeline.NewBuilder(schema, 1)
			b.Column(0).AppendString("anna@example.com")
			b.Column(1).AppendList(lists[source])
			b.Column(2).AppendList(lists[source])
			batch, err := b.Finish(pipeline.BatchData{Source: source, Rows: []int32{1}})
			if err != nil {
				t.Fatal(err)
			}
			table.Append(batch)
		}
		res, err := m.Match(context.Background(), pipeline.MatchInput{Records: table})
		if err != nil {
			t.Fatal(err)
		}
		golden := res.Golden.Record(0)
		if got := fmt.Sprint(golden.Get("tags").List(), golden.Get("keys").List()); got != "[z w x y] [w x y z]" {
			t.Errorf("sources %v: got %s", order, got)
		}
	}
}
