package plandocket

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// The code of rows whose custom fields cannot be written.
const (
	CodeUnknownOption = "unknown-option" // a choice that the field does not offer
)

// MatchRows finds the contact of each row, as [Participants.MatchRows] does, and
// reads the custom fields of those contacts, one request each. Those of a contact
// that the plan creates are written once it is there, by the id that it then has.
// They count against the limit, since apply reads them.
func (c *CustomFields) MatchRows(ctx context.Context, in pipeline.OwnMatchInput) (*pipeline.OwnMatchResult, error) {
	people := c.people.after(in.Changes)
	m := &filling{c: c, people: people, in: in, own: people.counterparts(in.Records, in.Counterparts), rows: make([]filledRow, in.Records.Len())}
	var ids []string
	created := map[int]bool{}
	for i := range m.rows {
		m.rows[i] = m.place(i)
		switch p := m.rows[i].person; {
		case p < 0:
		case m.people.people[p].id == "":
			created[p] = true
		default:
			ids = append(ids, m.people.people[p].id)
		}
	}
	err := c.fetch(ctx, ids, len(created))
	in.Present.Requests, c.requests = in.Present.Requests+c.requests, 0
	if err != nil {
		return nil, err
	}
	c.people = m.people
	if in.Present.Records, err = c.table(); err != nil {
		return nil, err
	}
	in.Present.Evidence = c.evidence()
	if n := len(created); n > 0 {
		in.Present.Evidence.Reasons = slices.Insert(in.Present.Evidence.Reasons, 1, fmt.Sprintf("Those of %s that the plan creates are read once they are there, one request each.", contacts(n)))
	}
	return m.result()
}

// filling finds the contacts of rows with custom fields.
type filling struct {
	c      *CustomFields
	people *directory
	in     pipeline.OwnMatchInput
	own    [][]counterpart // contacts that each row is in earlier models
	rows   []filledRow
}

// filledRow is a row and the contact that it is about.
type filledRow struct {
	email, number string
	person        int // -1: not known, and block says why
	values        map[string]pipeline.Value
	origin        pipeline.Origin
	block         *pipeline.Block
}

func (m *filling) place(i int) filledRow {
	r := m.in.Records.Record(i)
	row := filledRow{email: r.Get(fieldEmail).Str(), number: r.Get(fieldNumber).Str(), origin: r.Origin(), values: map[string]pipeline.Value{}}
	row.person, row.block = m.people.findOf(row.email, row.number, m.own[i])
	for _, key := range m.c.keys {
		row.values[key] = r.Get(key)
		offered := m.c.options[key]
		if v := row.values[key]; len(offered) > 0 && v.Str() != "" && !slices.Contains(offered, v.Str()) && row.block == nil {
			row.person, row.block = -1, &pipeline.Block{Code: CodeUnknownOption, Reason: fmt.Sprintf("custom field %s does not offer %s", key, diag.Quoted(diag.Shorten(v.Str(), 60))), Hint: diag.DidYouMean(v.Str(), offered)}
		}
	}
	return row
}

func (m *filling) result() (*pipeline.OwnMatchResult, error) {
	records, err := rowsAs(m.c.schema, m.in.Records, m.values)
	if err != nil {
		return nil, err
	}
	places := map[string]int32{}
	for i := range m.in.Present.Records.Len() {
		places[m.in.Present.Records.Record(i).ID()] = int32(i)
	}
	out := &pipeline.MatchResult{Golden: pipeline.NewTable(m.c.schema)}
	golden := pipeline.NewBuilder(m.c.schema, len(m.rows))
	same := func(a, b int32) bool { return m.rows[a].person >= 0 && m.rows[a].person == m.rows[b].person }
	for _, members := range groupRows(len(m.rows), m.compare, same) {
		cluster, values := m.cluster(members)
		link := pipeline.Link{Target: -1}
		if p := m.rows[members[0]].person; p >= 0 {
			link = m.link(&m.people.people[p], places)
		}
		out.Clusters, out.Links = append(out.Clusters, cluster), append(out.Links, link)
		appendValues(golden, m.c.schema, values)
	}
	if len(out.Clusters) > 0 {
		b, err := golden.Finish(pipeline.BatchData{Source: "golden"})
		if err != nil {
			return nil, fmt.Errorf("make the custom fields: %w", err)
		}
		out.Golden.Append(b)
	}
	return &pipeline.OwnMatchResult{MatchResult: out, Records: records}, nil
}

// link is the contact of a row: one that is there, or one that the plan creates.
func (m *filling) link(p *person, places map[string]int32) pipeline.Link {
	if p.id == "" {
		return pipeline.Link{Target: -1, Made: true, Reason: &pipeline.Reason{Rule: "of the contact that this plan creates", Score: 1}}
	}
	return pipeline.Link{Target: places[p.id], Reason: &pipeline.Reason{Rule: "same contact", Score: 1}}
}

// compare orders rows by contact, those without one by what they say.
func (m *filling) compare(x, y int32) int {
	a, b := &m.rows[x], &m.rows[y]
	if c := cmp.Compare(b.person, a.person); c != 0 {
		return c
	}
	if a.person < 0 {
		if c := cmp.Or(strings.Compare(a.number, b.number), strings.Compare(a.email, b.email)); c != 0 {
			return c
		}
	}
	return compareOrigins(a.origin, b.origin)
}

func compareOrigins(a, b pipeline.Origin) int {
	return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Place, b.Place), cmp.Compare(a.Page, b.Page), cmp.Compare(a.Row, b.Row))
}

// cluster is the rows about one contact, and what they say together.
func (m *filling) cluster(members []int32) (pipeline.Cluster, map[string]pipeline.Value) {
	c, values := pipeline.Cluster{Members: members, Block: m.rows[members[0]].block}, m.values(members[0])
	if p := m.rows[members[0]].person; p >= 0 {
		if change := m.people.people[p].change; change != "" {
			c.Needs = []string{change}
		}
	}
	if len(members) == 1 {
		return c, values
	}
	c.From = pipeline.NewContributors(m.c.schema.Len())
	for f := range m.c.schema.Len() {
		key := m.c.schema.Field(f).Name
		if !slices.Contains(m.c.keys, key) {
			c.From.Set(f, members[:1])
			continue
		}
		for k, i := range members {
			v := m.rows[i].values[key]
			switch {
			case v.IsNull():
			case values[key].IsNull() || k == 0:
				values[key] = v
				c.From.Set(f, members[k:k+1])
			case !v.Equal(values[key]):
				c.Block = &pipeline.Block{Code: CodeRowsDisagree, Reason: fmt.Sprintf("%d rows are about this contact, and say different things of %s", len(members), key),
					Hint: "correct the rows, or leave some out with where:"}
			}
		}
	}
	return c, values
}

func (m *filling) values(row int32) map[string]pipeline.Value {
	r := &m.rows[row]
	if r.person >= 0 {
		return m.c.about(&m.people.people[r.person], r.values)
	}
	v := map[string]pipeline.Value{fieldEmail: text(r.email), fieldNumber: text(r.number)}
	maps.Copy(v, r.values)
	return v
}
