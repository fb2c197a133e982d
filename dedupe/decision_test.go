package dedupe_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
	"pgregory.net/rapid"
)

// seenConfig matches by e-mail, and never by likeness alone.
func seenConfig(decisions ...dedupe.Decision) dedupe.Config {
	return dedupe.Config{Schema: contactSchema(), Join: true, Same: []string{"email", "customer_number"}, Never: []string{"customer_number"},
		Keys: []string{"customer_number", "email"}, MatchAbove: 1, ReviewAbove: 1, Decisions: decisions}
}

// decided is the answer about two records as they are now.
func decided(t testing.TB, same bool, a, b pipeline.Record, targets ...bool) dedupe.Decision {
	t.Helper()
	m, err := dedupe.New(seenConfig())
	if err != nil {
		t.Fatal(err)
	}
	targets = append(targets, false, false)
	whoA, okA := m.WhoIs(a, targets[0])
	whoB, okB := m.WhoIs(b, targets[1])
	if !okA || !okB {
		t.Fatal("a record cannot be named")
	}
	fields := m.SeenFields()
	return dedupe.Decision{A: whoA, B: whoB, Same: same, Place: "decisions.yaml:3", Seen: dedupe.Seen{Fields: fields, A: dedupe.Fingerprint(a, fields), B: dedupe.Fingerprint(b, fields)}}
}

func matchRows(t testing.TB, c dedupe.Config, rows, target []row, links map[pipeline.RowKey]string) (pipeline.MatchInput, *pipeline.MatchResult) {
	t.Helper()
	m, err := dedupe.New(c)
	if err != nil {
		t.Fatal(err)
	}
	in := pipeline.MatchInput{Records: tableOf(t, rows, func() bool { return false }), Target: tableOf(t, target, func() bool { return false }), Links: links, TargetNamespace: "plandocket"}
	res, err := m.Match(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	checkResult(t, in, res)
	return in, res
}

func firstRecord(t testing.TB, r row) pipeline.Record {
	t.Helper()
	return tableOf(t, []row{r}, func() bool { return false }).Record(0)
}

func finding(res *pipeline.MatchResult, code string) (diag.Finding, bool) {
	for _, f := range res.Findings {
		if f.Code == code {
			return f, true
		}
	}
	return diag.Finding{}, false
}

func TestFingerprint(t *testing.T) {
	base := contact("crm", "1", 0, "first_name=Anna", "phone=+49 30 1234", "company_name=Heide GmbH")
	fields := []string{"first_name", "phone", "company_name", "email", "gone"}
	print := dedupe.Fingerprint(firstRecord(t, base), fields)
	for name, c := range map[string]struct {
		cell  string
		equal bool
	}{
		"letters of another case":       {"first_name=ANNA", true},
		"more spaces":                   {"company_name= Heide   GmbH ", true},
		"a phone with other marks":      {"phone=+49 (30) 12-34", true},
		"a field that is not looked at": {"notes=VIP", true},
		"another name":                  {"first_name=Anne", false},
		"another phone":                 {"phone=+49 30 1235", false},
		"a value less":                  {"phone=", false},
		"other marks in an e-mail":      {"email=an.na@example.com", false},
		"1 MB":                          {"company_name=" + strings.Repeat("x", 1<<20), false},
		"bytes that are no text":        {"company_name=\xff\x00", false},
	} {
		t.Run(name, func(t *testing.T) {
			other := contact("crm", "1", 0, "first_name=Anna", "phone=+49 30 1234", "company_name=Heide GmbH", c.cell)
			if got := dedupe.Fingerprint(firstRecord(t, other), fields); (got == print) != c.equal {
				t.Errorf("equal %v, want %v", got == print, c.equal)
			}
		})
	}
	swapped := contact("crm", "1", 0, "first_name=+49 30 1234", "phone=", "company_name=Anna")
	if dedupe.Fingerprint(firstRecord(t, swapped), fields) == print {
		t.Error("a value counts alike in another field")
	}
}

func TestWhoIs(t *testing.T) {
	m, err := dedupe.New(seenConfig())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		row    row
		target bool
		want   string
	}{
		"a row with an id":    {contact("crm", "17", 0), false, "crm:17"},
		"by its keys":         {contact("crm", "", 0, "customer_number=5"), false, "customer_number=5 email=anna@example.com"},
		"by what it says":     {contact("crm", "", 0, "email=", "first_name=Anna"), false, "first_name=Anna last_name=Weber"},
		"of the target":       {contact("pd", "8f", 0), true, "#8f"},
		"with nothing at all": {row{source: "crm", cells: map[string]string{"notes": "x"}}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			who, ok := m.WhoIs(firstRecord(t, c.row), c.target)
			if who.String() != c.want || ok != (c.want != "") {
				t.Errorf("got %q %v, want %q", who, ok, c.want)
			}
		})
	}
}

// An answer holds while the values stay, and is asked again once one changes:
// the pair is a question, what waits for it is blocked, and the finding names
// the record and the place.
func TestDecisionIsAskedAgain(t *testing.T) {
	anna := contact("crm", "1", 0, "email=a@x.example", "phone=+49 30 1111111")
	anne := contact("people", "2", 0, "email=b@x.example", "first_name=Anne")
	moved := contact("people", "2", 0, "email=b@x.example", "first_name=Anne", "company_name=Heide")
	shared := contact("people", "2", 0, "email=a@x.example", "first_name=Anne")
	for name, c := range map[string]struct {
		same     bool
		now      row
		clusters int
		asked    bool
	}{
		"the same, as they were":                          {true, anne, 1, false},
		"different, as they were":                         {false, anne, 2, false},
		"the same, and one has changed":                   {true, moved, 2, true},
		"different, and one has changed":                  {false, moved, 2, true},
		"different, and a key would join them now":        {false, shared, 2, true},
		"the same, has changed, and a key joins them now": {true, shared, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := decided(t, c.same, firstRecord(t, anna), firstRecord(t, anne))
			_, res := matchRows(t, seenConfig(d), []row{anna, c.now}, nil, nil)
			f, told := finding(res, "decision-outdated")
			if len(res.Clusters) != c.clusters || len(res.Questions) != b2i(c.asked) || told != c.asked {
				t.Fatalf("%d clusters, questions %v, told %v: %v", len(res.Clusters), res.Questions, told, res.Findings)
			}
			blocked := 0
			for _, cl := range res.Clusters {
				if cl.Block != nil && cl.Block.Code == dedupe.CodeUndecided {
					blocked++
				}
			}
			if blocked != b2i(c.asked) {
				t.Errorf("%d clusters wait", blocked)
			}
			if c.asked && (f.Where != "decisions.yaml:3" || !strings.Contains(f.Message, "people:2 have changed") || strings.Contains(f.Message, "crm:1 have")) {
				t.Errorf("finding %+v", f)
			}
		})
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// The same for a row and a record of the target. A row that became its record
// is not asked about again: its values are those of the record by now.
func TestDecisionAboutATargetIsAskedAgain(t *testing.T) {
	anna := contact("crm", "1", 0, "email=a@x.example")
	record := contact("plandocket", "t1", 0, "email=b@x.example")
	moved := contact("plandocket", "t1", 0, "email=b@x.example", "company_name=Heide")
	taken := contact("plandocket", "t1", 0, "email=a@x.example")
	for name, c := range map[string]struct {
		same   bool
		now    row
		link   string
		asked  bool
		target int32
	}{
		"the same, as they were":              {true, record, "", false, 0},
		"the same, and it has changed":        {true, moved, "", true, -1},
		"the same, has changed, and linked":   {true, moved, "t1", false, 0},
		"different, as they were":             {false, record, "", false, -1},
		"different, and it has changed":       {false, moved, "", true, -1},
		"different, and now it has the key":   {false, taken, "", true, -1},
		"the same, and now it has the key":    {true, taken, "", false, 0},
		"different, linked before, as it was": {false, record, "t1", false, -1},
	} {
		t.Run(name, func(t *testing.T) {
			d := decided(t, c.same, firstRecord(t, anna), firstRecord(t, record), false, true)
			links := map[pipeline.RowKey]string{}
			if c.link != "" {
				links[pipeline.RowKey{Source: "crm", ID: "1"}] = c.link
			}
			_, res := matchRows(t, seenConfig(d), []row{anna}, []row{c.now}, links)
			_, told := finding(res, "decision-outdated")
			link := res.Links[0]
			if len(res.Questions) != b2i(c.asked) || told != c.asked || (link.Block != nil) != c.asked || link.Target != c.target {
				t.Errorf("questions %v, link %+v, block %+v, findings %v", res.Questions, link, link.Block, res.Findings)
			}
		})
	}
}

// A row without an id is named by its keys; of several with one key the answer
// is about the one that was seen.
func TestDecisionAboutTheRowThatWasSeen(t *testing.T) {
	config := seenConfig()
	config.Same, config.Keys = []string{"customer_number"}, []string{"customer_number", "email"}
	m, err := dedupe.New(config)
	if err != nil {
		t.Fatal(err)
	}
	father := contact("crm", "", 0, "email=info@kranz.example", "first_name=Hans")
	son := contact("crm", "", 0, "email=info@kranz.example", "first_name=Jan")
	son.line = 3
	other := contact("people", "9", 0, "email=hans@kranz.example", "first_name=Hans")
	whoA, _ := m.WhoIs(firstRecord(t, father), false)
	whoB, _ := m.WhoIs(firstRecord(t, other), false)
	fields := m.SeenFields()
	config.Decisions = []dedupe.Decision{{A: whoA, B: whoB, Same: true, Seen: dedupe.Seen{Fields: fields,
		A: dedupe.Fingerprint(firstRecord(t, father), fields), B: dedupe.Fingerprint(firstRecord(t, other), fields)}}}
	in, res := matchRows(t, config, []row{father, son, other}, nil, nil)
	for _, c := range res.Clusters {
		for _, i := range c.Members {
			if name := in.Records.Record(int(i)).Get("first_name").Str(); (name == "Jan") != (len(c.Members) == 1) {
				t.Errorf("%s is in a cluster of %d", name, len(c.Members))
			}
		}
	}
}

// A row without an id that became a record of the target has its name from then
// on; the record, which still has the values of before, does not speak for the
// row once that has changed.
func TestDecisionAboutARowThatHasItsRecord(t *testing.T) {
	fair := contact("fair", "", 0, "email=h@x.example", "first_name=Hans", "city=Bonn")
	crm := contact("crm", "2", 0, "email=k@x.example", "first_name=Hans", "city=Bonn")
	crm.line = 3
	d := decided(t, false, firstRecord(t, fair), firstRecord(t, crm))
	record := contact("plandocket", "t1", 0, "email=h@x.example", "first_name=Hans", "city=Bonn")
	if _, res := matchRows(t, seenConfig(d), []row{fair, crm}, []row{record}, nil); len(res.Questions) != 0 || len(res.Clusters) != 2 {
		t.Fatalf("%d questions, %d clusters", len(res.Questions), len(res.Clusters))
	}
	fair.cells["city"] = "Kiel"
	_, res := matchRows(t, seenConfig(d), []row{fair, crm}, []row{record}, nil)
	if _, told := finding(res, "decision-outdated"); !told || len(res.Questions) != 1 || len(res.Clusters) != 2 {
		t.Errorf("told %v, questions %v, %d clusters", told, res.Questions, len(res.Clusters))
	}
}

// A phone that names a record means a number of the record's country, whatever
// the order of the rows, and also when there are none.
func TestDecisionNamesAPhone(t *testing.T) {
	config := seenConfig(dedupe.Decision{A: dedupe.Who{Fields: map[string]string{"phone": "030 1234567"}}, B: dedupe.Who{Row: pipeline.RowKey{Source: "crm", ID: "3"}}, Same: true})
	german := contact("crm", "1", 0, "email=a@x.example", "phone=+49 30 1234567", "country=DE")
	german.cells["country"] = "DE"
	swiss := contact("crm", "2", 0, "email=b@x.example", "phone=+41 30 1234567", "country=CH")
	other := contact("crm", "3", 0, "email=c@x.example")
	for _, rows := range [][]row{{german, swiss, other}, {swiss, other, german}} {
		in, res := matchRows(t, config, rows, nil, nil)
		if len(res.Clusters) != 2 {
			t.Fatalf("%d clusters", len(res.Clusters))
		}
		for _, c := range res.Clusters {
			for _, m := range c.Members {
				if in.Records.Record(int(m)).ID() == "2" && len(c.Members) != 1 {
					t.Error("the number of another country is taken for it")
				}
			}
		}
	}
	if _, res := matchRows(t, config, nil, nil, nil); len(res.Clusters) != 0 {
		t.Errorf("%d clusters of no rows", len(res.Clusters))
	}
}

// Answers that contradict each other, though they name the records in several
// ways, keep the records apart, are asked again, and name all places.
func TestContradictingDecisions(t *testing.T) {
	rows := []row{contact("crm", "1", 0, "email=a@x.example"), contact("crm", "2", 0, "email=b@x.example"), contact("crm", "3", 0, "email=c@x.example")}
	id := func(id string) dedupe.Who { return dedupe.Who{Row: pipeline.RowKey{Source: "crm", ID: id}} }
	mail := func(mail string) dedupe.Who { return dedupe.Who{Fields: map[string]string{"email": mail}} }
	_, res := matchRows(t, seenConfig(
		dedupe.Decision{A: id("1"), B: mail("b@x.example"), Same: true, Place: "d.yaml:1"},
		dedupe.Decision{A: id("2"), B: mail("c@x.example"), Same: true, Place: "d.yaml:4"},
		dedupe.Decision{A: mail("a@x.example"), B: id("3"), Same: false, Place: "d.yaml:7"}), rows, nil, nil)
	f, told := finding(res, "decision-conflict")
	if !told || f.Severity != diag.Error || f.Where != "d.yaml:7" || !strings.Contains(f.Message, "d.yaml:1, d.yaml:4") {
		t.Errorf("finding %+v", f)
	}
	if len(res.Questions) != 1 || len(res.Clusters) < 2 {
		t.Errorf("%d questions, %d clusters", len(res.Questions), len(res.Clusters))
	}
}

// The whole result of answers, those that hold and those that do not, is the
// same for every order of the records and of the answers.
func TestOrderOfDecisionsMeansNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rows := drawRows(rt, "rows", []string{"people", "crm"}, 8)
		target := drawRows(rt, "target", []string{"plandocket"}, 3)
		if len(rows) < 2 {
			return
		}
		var decisions []dedupe.Decision
		for n := range rapid.IntRange(1, 5).Draw(rt, "decisions") {
			a, b := rapid.SampledFrom(rows).Draw(rt, "a"), rapid.SampledFrom(rows).Draw(rt, "b")
			isTarget := len(target) > 0 && rapid.Bool().Draw(rt, "target")
			if isTarget {
				b = rapid.SampledFrom(target).Draw(rt, "record")
			}
			d := decided(t, rapid.Bool().Draw(rt, "same"), firstRecord(t, a), firstRecord(t, b), false, isTarget)
			d.Place = fmt.Sprintf("d.yaml:%d", n)
			if rapid.Bool().Draw(rt, "changed") {
				d.Seen.B = "0000"
			}
			decisions = append(decisions, d)
		}
		match := func(rows, target []row, decisions []dedupe.Decision, cut func() bool) string {
			config := seenConfig(decisions...)
			config.MatchAbove, config.ReviewAbove = 0, 0
			m, err := dedupe.New(config)
			if err != nil {
				rt.Fatal(err)
			}
			in := pipeline.MatchInput{Records: tableOf(t, rows, cut), Target: tableOf(t, target, cut), TargetNamespace: "plandocket"}
			res, err := m.Match(context.Background(), in)
			if err != nil {
				rt.Fatal(err)
			}
			checkResult(rt, in, res)
			checkNever(rt, in, res)
			return render(in, res) + fmt.Sprint(res.Findings)
		}
		want := match(rows, target, decisions, func() bool { return false })
		got := match(rapid.Permutation(rows).Draw(rt, "shuffled"), rapid.Permutation(target).Draw(rt, "shuffled target"),
			rapid.Permutation(decisions).Draw(rt, "shuffled decisions"), func() bool { return rapid.Bool().Draw(rt, "cut") })
		if got != want {
			rt.Fatalf("another order gives another result\nfirst:\n%s\nshuffled:\n%s", want, got)
		}
	})
}

// What two records share is no mistake once a person said that they are two, as long as
// both are as that person saw them.
func TestOnlyAnAnswerThatHoldsSettlesASharedKey(t *testing.T) {
	anna := contact("crm", "1", 0, "email=a@x.example", "customer_number=K1")
	anne := contact("people", "2", 0, "email=a@x.example", "customer_number=K2", "first_name=Anne")
	moved := contact("people", "2", 0, "email=a@x.example", "customer_number=K2", "first_name=Anne", "company_name=Heide")
	for name, c := range map[string]struct {
		now  row
		told bool
	}{"as they were": {anne, false}, "one has changed": {moved, true}} {
		t.Run(name, func(t *testing.T) {
			d := decided(t, false, firstRecord(t, anna), firstRecord(t, anne))
			_, res := matchRows(t, seenConfig(d), []row{anna, c.now}, nil, nil)
			if _, told := finding(res, "key-contradicted"); told != c.told {
				t.Errorf("among rows: told %v: %v", told, res.Findings)
			}
			d = decided(t, false, firstRecord(t, anna), firstRecord(t, anne), false, true)
			one, other := anna, c.now
			one.id, other.id = "t1", "2"
			_, res = matchRows(t, seenConfig(d), []row{anna}, []row{one, other}, map[pipeline.RowKey]string{{Source: "crm", ID: "1"}: "t1"})
			if _, told := finding(res, "target-duplicates"); told != c.told {
				t.Errorf("in the target: told %v: %v", told, res.Findings)
			}
		})
	}
}
