package dedupe_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
)

// reusedCase is rows of which number 1, and those in also, became record t1 of the target.
type reusedCase struct {
	rows     []string // what the rows "1", "2" and so on say, see saying
	record   string   // of t1
	others   string   // of t2, "" for none
	also     string   // rows that became t1, too
	said     string   // what a person said, such as "2=1 3/t1": that they are one, and are not
	phone    bool     // an equal phone makes rows one, too
	sent     string   // what was last sent to t1
	own      bool     // numbers are the source's own
	alone    bool     // no rows are joined
	reserved bool     // a reserved number says what row 1 became, no link

	blocked string // rows that wait as reused-id
	is      string // rows that are t1, and may be written
}

// saying is a row of fields between bars, such as first_name=Anna|city=Berlin.
func saying(source, id, text string) row {
	r := row{source: source, id: id, line: 2, cells: map[string]string{}}
	for _, f := range strings.Split(text, "|") {
		name, value, _ := strings.Cut(f, "=")
		r.cells[name] = value
	}
	return r
}

func (c reusedCase) input(t *testing.T) (*dedupe.Matcher, pipeline.MatchInput) {
	t.Helper()
	var rows []row
	links := map[pipeline.RowKey]string{}
	for n, text := range c.rows {
		id := fmt.Sprint(n + 1)
		rows = append(rows, saying("people", id, text))
		if n == 0 && !c.reserved || strings.Contains(c.also, id) {
			links[pipeline.RowKey{Source: "people", ID: id}] = "t1"
		}
	}
	target := []row{saying("shop", "t1", c.record)}
	if c.others != "" {
		target = append(target, saying("shop", "t2", c.others))
	}
	config := dedupe.Config{Schema: contactSchema(), Join: !c.alone, Same: []string{"customer_number", "email"}, Keys: []string{"customer_number", "email"}}
	if c.phone {
		config.Same = append(config.Same, "phone")
	}
	for _, said := range strings.Fields(c.said) {
		a, b, same := strings.Cut(said, "=")
		if !same {
			a, b, _ = strings.Cut(said, "/")
		}
		d := dedupe.Decision{A: dedupe.Who{Row: pipeline.RowKey{Source: "people", ID: a}}, B: dedupe.Who{Row: pipeline.RowKey{Source: "people", ID: b}}, Same: same}
		if strings.HasPrefix(b, "t") {
			d.B = dedupe.Who{Target: b}
		}
		config.Decisions = append(config.Decisions, d)
	}
	m, err := dedupe.New(config)
	if err != nil {
		t.Fatal(err)
	}
	in := pipeline.MatchInput{Records: tableOf(t, rows, uncut), Target: tableOf(t, target, uncut), Links: links, TargetNamespace: "shop",
		Namespace: func(string, string) string { return map[bool]string{false: "shop"}[c.own] }}
	if c.reserved {
		in.Reserved = append(in.Reserved, 0)
	}
	if c.sent != "" {
		var entries []pipeline.LedgerEntry
		for _, f := range strings.Split(c.sent, "|") {
			name, value, _ := strings.Cut(f, "=")
			entries = append(entries, pipeline.LedgerEntry{Record: "t1", Field: name, Sent: pipeline.StringValue(value)})
		}
		in.Sent = pipeline.LedgerEntries{"t1": entries}
	}
	return m, in
}

func (c reusedCase) match(t *testing.T) *pipeline.MatchResult {
	t.Helper()
	m, in := c.input(t)
	res, err := m.Match(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	checkResult(t, in, res)
	return res
}

func (c reusedCase) check(t *testing.T) {
	t.Helper()
	res := c.match(t)
	var blocked, is string
	for n := range c.rows {
		for k, cluster := range res.Clusters {
			for _, i := range cluster.Members {
				link := res.Links[k]
				switch {
				case int(i) != n:
				case link.Block != nil && link.Block.Code == dedupe.CodeReusedID:
					blocked += fmt.Sprint(n + 1)
					if len(link.Block.Candidates) != 1 || link.Block.Candidates[0] != "t1" || !c.alone && !strings.Contains(link.Block.Hint, `b: { target: "t1" }`) {
						t.Errorf("the block does not say how to go on: %+v", link.Block)
					}
				case link.Block == nil && cluster.Block == nil && link.Target == 0:
					is += fmt.Sprint(n + 1)
				}
			}
		}
	}
	if blocked != c.blocked || is != c.is {
		t.Errorf("rows %q wait as reused-id, want %q; rows %q are the record, want %q", blocked, c.blocked, is, c.is)
	}
}

const (
	anna = "first_name=Anna|last_name=Quandt"
	bodo = "first_name=Bodo|last_name=Weber"
)

// A row that is evidently somebody else than the record which it became is not written to it,
// whatever keys either of them lacks, and joins nobody who is.
func TestReusedIDs(t *testing.T) {
	for name, c := range map[string]reusedCase{
		"other keys":                                    {rows: []string{bodo + "|email=bodo@y.example"}, record: anna + "|email=anna@x.example", blocked: "1"},
		"no keys":                                       {rows: []string{bodo}, record: anna + "|email=anna@x.example", blocked: "1"},
		"no keys on either side":                        {rows: []string{bodo}, record: anna, blocked: "1"},
		"a number, and an e-mail before":                {rows: []string{bodo + "|customer_number=K7"}, record: anna + "|email=anna@x.example", blocked: "1"},
		"an e-mail, and a number before":                {rows: []string{bodo + "|email=bodo@y.example"}, record: anna + "|customer_number=K1", blocked: "1"},
		"numbers of the source":                         {rows: []string{bodo + "|customer_number=K9"}, record: anna + "|customer_number=K1", own: true, blocked: "1"},
		"a reserved number":                             {rows: []string{bodo}, record: anna + "|customer_number=NEW-1", reserved: true, blocked: "1"},
		"where nothing is joined":                       {rows: []string{bodo}, record: anna + "|email=anna@x.example", alone: true, blocked: "1"},
		"companies with people's e-mails":               {rows: []string{"company_name=Zeta Logistik|email=bodo@y.example"}, record: "company_name=Heide GmbH|email=anna@x.example", blocked: "1"},
		"a person after a company":                      {rows: []string{bodo + "|company_name=Zeta Logistik"}, record: "company_name=Heide GmbH|email=info@heide.example", blocked: "1"},
		"without names, the keys of another record":     {rows: []string{"email=zoe@x.example"}, record: "email=anna@x.example", others: "email=zoe@x.example", blocked: "1"},
		"of one first name, the keys of another record": {rows: []string{"first_name=Anna|last_name=Weber|email=aw@y.example"}, record: anna + "|email=anna@x.example", others: "first_name=Anna|last_name=Weber|email=aw@y.example", blocked: "1"},
		"without names, and another row has the key": {rows: []string{"email=zoe@x.example", "email=anna@x.example"}, record: "email=anna@x.example",
			blocked: "1", is: "2"},
		"without names, another kind of key, and another row has the key": {rows: []string{"customer_number=K7", "email=anna@x.example"}, record: "email=anna@x.example",
			blocked: "1", is: "2"},
		"of one first name, and another row has name and key": {rows: []string{"first_name=Anna|last_name=Weber|email=aw@y.example", anna + "|email=anna@x.example"}, record: anna + "|email=anna@x.example",
			blocked: "1", is: "2"},
		"a duplicate": {rows: []string{anna + "|email=anna@x.example", bodo + "|email=bodo@y.example|customer_number=K7"}, also: "2", record: anna + "|email=anna@x.example",
			blocked: "2", is: "1"},
		"a newcomer before one who was linked to the same": {rows: []string{bodo + "|email=bodo@y.example|customer_number=K7", anna + "|email=anna@x.example"}, also: "2", record: anna + "|email=anna@x.example",
			blocked: "1", is: "2"},
		"a duplicate of who has new keys": {rows: []string{anna + "|email=anna@new.example", bodo + "|email=bodo@y.example"}, also: "2", record: anna + "|email=anna@x.example",
			blocked: "2", is: "1"},
		"a duplicate of whom a person said it is the record": {rows: []string{anna + "|email=anna@x.example", bodo + "|email=bodo@y.example"}, also: "2", said: "1=t1", record: anna + "|email=anna@x.example",
			blocked: "2", is: "1"},
		"said to be one with somebody else": {rows: []string{bodo + "|email=bodo@y.example", "first_name=Bo|last_name=Weber"}, also: "2", said: "2=1", record: anna + "|email=anna@x.example", blocked: "12"},
		"other names than were sent":        {rows: []string{bodo}, record: anna + "|email=anna@x.example", sent: anna + "|email=anna@x.example", blocked: "1"},
		"one of the names that were sent":   {rows: []string{"first_name=Bodo|last_name=Quandt"}, record: anna, sent: anna, blocked: "1"},
		"another row of the same contact": {rows: []string{bodo + "|email=bodo@y.example", bodo + "|email=bodo@y.example"}, record: anna + "|email=anna@x.example",
			blocked: "12"},
		"last names only": {rows: []string{"last_name=Dorn|email=d@x.example"}, record: "last_name=Abel|email=a@x.example", blocked: "1"},
		"a first name alone, and another row has the key": {rows: []string{"first_name=Anna|email=aw@y.example", anna + "|email=anna@x.example"}, record: anna + "|email=anna@x.example",
			blocked: "1", is: "2"},
		"a brother of a like name, and another row has the key": {rows: []string{"first_name=Marlon|last_name=Quandt|email=marlon@y.example", "first_name=Marvin|last_name=Quandt|email=marvin@x.example"},
			record: "first_name=Marvin|last_name=Quandt|email=marvin@x.example", blocked: "1", is: "2"},
		"of another first name alone, and another row has the key": {rows: []string{"first_name=Marlon|email=marlon@y.example", "first_name=Marvin|email=marvin@x.example"},
			record: "first_name=Marvin|email=marvin@x.example", blocked: "1", is: "2"},
		"father and son":                      {rows: []string{"first_name=Robert|last_name=Weber jun."}, record: "first_name=Bob|last_name=Weber sen.", blocked: "1"},
		"a like first name of another family": {rows: []string{"first_name=Robert|last_name=Klein"}, record: "first_name=Bob|last_name=Weber", blocked: "1"},
		"the keys of another record":          {rows: []string{bodo + "|email=bodo@y.example"}, record: anna + "|email=anna@x.example", others: bodo + "|email=bodo@y.example", blocked: "1"},
	} {
		t.Run(name, func(t *testing.T) { c.check(t) })
	}
}

// People marry, move to another provider and are spelt better; companies are renamed; and
// records are edited in the target. What is still the same contact follows its link.
func TestChangesAreNoReusedIDs(t *testing.T) {
	there := anna + "|email=anna@x.example"
	for name, c := range map[string]reusedCase{
		"another e-mail":                                 {rows: []string{anna + "|email=anna@new.example"}, record: there, is: "1"},
		"an e-mail and a number":                         {rows: []string{anna + "|email=anna@new.example|customer_number=K2"}, record: there + "|customer_number=K1", is: "1"},
		"a last name":                                    {rows: []string{"first_name=Anna|last_name=Weber"}, record: anna, is: "1"},
		"a last name and an e-mail":                      {rows: []string{"first_name=Anna|last_name=Weber|email=aw@new.example"}, record: there, is: "1"},
		"a name, with the same e-mail":                   {rows: []string{bodo + "|email=anna@x.example"}, record: there, is: "1"},
		"a name, with the number of the source":          {rows: []string{bodo + "|customer_number=K1|email=new@x.example"}, record: there + "|customer_number=K1", own: true, is: "1"},
		"the name of a company":                          {rows: []string{"company_name=Zeta Logistik|customer_number=K1"}, record: "company_name=Heide GmbH|customer_number=K1", is: "1"},
		"a person of the company":                        {rows: []string{anna + "|company_name=Heide|email=anna@x.example"}, record: "company_name=Heide GmbH|email=info@heide.example", is: "1"},
		"the e-mail of a company":                        {rows: []string{"company_name=Heide GmbH|email=bodo@y.example"}, record: "company_name=Heide|email=anna@x.example", is: "1"},
		"names the other way round":                      {rows: []string{"first_name=Quandt|last_name=Anna|email=anna@new.example"}, record: there, is: "1"},
		"an initial":                                     {rows: []string{"first_name=A.|last_name=Quandt|email=anna@new.example"}, record: there, is: "1"},
		"without names":                                  {rows: []string{"email=anna@new.example"}, record: "email=anna@x.example", is: "1"},
		"last names only, and another row has the key":   {rows: []string{"last_name=Abel|email=d@x.example", "last_name=Abel|email=a@x.example"}, also: "2", record: "last_name=Abel|email=a@x.example", is: "12"},
		"first names only, and another row has the key":  {rows: []string{"first_name=Anna|email=d@x.example", "first_name=Anna|email=a@x.example"}, also: "2", record: "first_name=Anna|email=a@x.example", is: "12"},
		"a last name alone, and another row has the key": {rows: []string{"last_name=Quandt|email=d@x.example", there}, also: "2", record: there, is: "12"},
		"a company, and another row has the key":         {rows: []string{"company_name=Heide GmbH|email=d@x.example", "company_name=Heide|email=a@x.example"}, also: "2", record: "company_name=Heide|email=a@x.example", is: "12"},
		"names the other way round, and another row has the key": {rows: []string{"first_name=Paul|last_name=Martin|email=pm@new.example", "first_name=Martin|last_name=Paul|email=mp@x.example"}, also: "2",
			record: "first_name=Martin|last_name=Paul|email=mp@x.example", is: "12"},
		"an e-mail, which another record has":                              {rows: []string{anna + "|email=anna@new.example"}, record: there, others: "email=anna@new.example", is: "1"},
		"a phone, which another record has":                                {rows: []string{"email=anna@new.example|phone=+493012345678"}, phone: true, record: "email=anna@x.example", others: "phone=+493012345678", is: "1"},
		"a row that lost its keys but for a phone, of a name that changed": {rows: []string{"first_name=Anna|last_name=Weber|phone=+493012345678", there}, also: "2", phone: true, record: there, is: "12"},
		"a first name in full":                                             {rows: []string{"first_name=Robert|last_name=Weber|email=rw@new.example"}, record: "first_name=Bob|last_name=Weber|email=bob@x.example", is: "1"},
		"two rows of one name":                                             {rows: []string{anna + "|email=anna@x.example", anna + "|email=anna@new.example"}, also: "2", record: there, is: "12"},
		"a row that lost its keys, of a name that changed":                 {rows: []string{"first_name=Anna|last_name=Weber", there}, also: "2", record: there, is: "12"},
		"a row without a name that is joined by number to the row with the key": {rows: []string{"email=anna@new.example|customer_number=K1", "email=anna@x.example|customer_number=K1"}, also: "2", record: "email=anna@x.example",
			is: "12"},
		"her old e-mail is somebody else's": {rows: []string{"first_name=Anna|last_name=Weber|email=aw@new.example", bodo + "|email=anna@x.example"}, record: there, is: "1"},
		"a person said so of the rows":      {rows: []string{there, bodo + "|email=bodo@y.example"}, also: "2", said: "2=1", record: there, is: "12"},
		"a person said so of the rows, one by one": {rows: []string{there, bodo, "first_name=Cleo|last_name=Kern", "first_name=Dora|last_name=Lang", "first_name=Emil|last_name=Haas"}, also: "2345", said: "4=3 2=1 5=4 3=2",
			record: there, is: "12345"},
		"a name, with the same phone": {rows: []string{bodo + "|phone=+493012345678"}, phone: true, record: there + "|phone=+493012345678", is: "1"},
		"her old e-mail is everybody's": {rows: []string{"first_name=Anna|last_name=Weber|email=aw@x.example", "email=info@x.example", bodo + "|email=info@x.example", "first_name=Cleo|last_name=Kern|email=info@x.example"},
			record: anna + "|email=info@x.example", is: "1"},
		"without names, and a person said that it is not the other record": {rows: []string{"email=zoe@x.example"}, said: "1/t2", record: "email=anna@x.example", others: "email=zoe@x.example", is: "1"},
		"another row of who was said to be another":                        {rows: []string{there, bodo + "|email=bodo@y.example", bodo + "|email=bodo@y.example"}, also: "2", said: "3/t1", record: there, is: "1"},
		"a person said so of the record":                                   {rows: []string{bodo + "|email=bodo@y.example"}, said: "1=t1", record: there, is: "1"},
		"somebody renamed the record":                                      {rows: []string{anna}, record: bodo + "|email=bodo@y.example", sent: anna, is: "1"},
		"somebody renamed the record, and gave it another e-mail": {rows: []string{"first_name=Hanne|last_name=Quandt|email=anna@x.example"}, record: bodo + "|email=bodo@y.example",
			sent: anna + "|email=Anna@x.example", is: "1"},
	} {
		t.Run(name, func(t *testing.T) { c.check(t) })
	}
}

// A person can say of a row that waits that it is another contact: it is matched anew. Who asks
// is told why it waits.
func TestReusedIDSaidToBeAnother(t *testing.T) {
	c := reusedCase{rows: []string{bodo + "|email=bodo@y.example"}, record: anna + "|email=anna@x.example", others: bodo + "|email=bodo@y.example"}
	m, in := c.input(t)
	e, err := m.Explain(t.Context(), in, 0, 1)
	if err != nil || len(e.Rules) == 0 || !strings.Contains(e.Rules[0], "evidently another contact by now") {
		t.Errorf("explained by %+v, %v; want what the row became, and that it is not that", e, err)
	}
	c.said = "1/t1"
	if link := c.match(t).Links[0]; link.Block != nil || link.Target != 1 {
		t.Errorf("got %+v, want the record with its e-mail", link)
	}
}
