package plandocket

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/reconkit/reconkit/pipeline"
)

// The codes of rows that are about one participation and do not agree, and of
// participations that the tenant has twice.
const (
	CodeRowsDisagree  = "rows-disagree"
	CodeEnrolledTwice = "ambiguous-target"
)

// MatchRows finds the participation of each row: the contact by customer number
// and e-mail, among the contacts as they will be once the earlier changes are
// carried out, and then that contact's place at the event. Rows about one place
// are one participation when they say the same; null says nothing.
//
// A row whose event or contact cannot be told is blocked. A participation of a
// contact that the plan creates, or whose keys it changes, needs that change.
func (p *Participants) MatchRows(_ context.Context, in pipeline.OwnMatchInput) (*pipeline.OwnMatchResult, error) {
	people := p.people.after(in.Changes)
	table, err := p.table(p.enrolled, people)
	if err != nil {
		return nil, err
	}
	in.Present.Records, p.people = table, people // Route looks at the contacts as they will be
	m := &placing{p: p, people: people, in: in, own: people.counterparts(in.Records, in.Counterparts), rows: make([]placedRow, in.Records.Len())}
	for i := range m.rows {
		m.rows[i] = m.place(i)
	}
	return m.result()
}

// placing finds the places of rows.
type placing struct {
	p      *Participants
	people *directory
	in     pipeline.OwnMatchInput
	own    [][]counterpart // contacts that each row is in earlier models
	rows   []placedRow
}

// placedRow is a row and the place that it is about.
type placedRow struct {
	event, email, number string // as the row says
	person               int    // -1: not known, and block says why
	confirmed            pipeline.Value
	origin               pipeline.Origin
	block                *pipeline.Block
}

func (m *placing) place(i int) placedRow {
	r := m.in.Records.Record(i)
	row := placedRow{event: r.Get(fieldEvent).Str(), email: r.Get(fieldEmail).Str(), number: r.Get(fieldNumber).Str(),
		confirmed: r.Get(fieldConfirmed), origin: r.Origin(), person: -1}
	if row.block = m.p.events.block(row.event); row.block != nil {
		return row
	}
	row.person, row.block = m.people.findOf(row.email, row.number, m.own[i])
	return row
}

// result makes the clusters: the rows of one place, in an order that does not
// depend on the order of the rows.
func (m *placing) result() (*pipeline.OwnMatchResult, error) {
	records, err := rowsAs(m.p.schema, m.in.Records, m.values)
	if err != nil {
		return nil, err
	}
	at := m.enrolledAt()
	out := &pipeline.MatchResult{Golden: pipeline.NewTable(m.p.schema)}
	golden := pipeline.NewBuilder(m.p.schema, len(m.rows))
	compare := func(a, b int32) int { return m.compare(&m.rows[a], &m.rows[b]) }
	for _, members := range groupRows(len(m.rows), compare, m.samePlace) {
		out.Clusters = append(out.Clusters, m.cluster(members))
		out.Links = append(out.Links, m.link(members[0], at))
		m.appendGolden(golden, members)
	}
	if len(out.Clusters) > 0 {
		b, err := golden.Finish(pipeline.BatchData{Source: "golden"})
		if err != nil {
			return nil, fmt.Errorf("make the participants: %w", err)
		}
		out.Golden.Append(b)
	}
	return &pipeline.OwnMatchResult{MatchResult: out, Records: records}, nil
}

// compare orders rows by event and contact, those without a contact by what
// they say, and rows of one place by where they come from.
func (m *placing) compare(a, b *placedRow) int {
	if c := cmp.Or(cmp.Compare(a.event, b.event), cmp.Compare(b.person, a.person)); c != 0 {
		return c
	}
	if a.person < 0 {
		if c := cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.email, b.email)); c != 0 {
			return c
		}
	}
	return compareOrigins(a.origin, b.origin)
}

func (m *placing) samePlace(a, b int32) bool {
	x, y := &m.rows[a], &m.rows[b]
	return x.person >= 0 && x.person == y.person && x.event == y.event
}

// cluster is the rows of one place.
func (m *placing) cluster(members []int32) pipeline.Cluster {
	first := &m.rows[members[0]]
	c := pipeline.Cluster{Members: members, Block: first.block}
	if first.person >= 0 {
		if change := m.people.people[first.person].change; change != "" {
			c.Needs = []string{change}
		}
	}
	if len(members) == 1 {
		return c
	}
	c.From = pipeline.NewContributors(m.p.schema.Len())
	for f := range m.p.schema.Len() {
		name := m.p.schema.Field(f).Name
		if name != fieldConfirmed {
			c.From.Set(f, members[:1])
			continue
		}
		said := slices.DeleteFunc(slices.Clone(members), func(i int32) bool { return m.rows[i].confirmed.IsNull() })
		c.From.Set(f, said[:min(len(said), 1)])
		if slices.ContainsFunc(said, func(i int32) bool { return !m.rows[i].confirmed.Equal(m.rows[said[0]].confirmed) }) {
			c.Block = &pipeline.Block{Code: CodeRowsDisagree, Reason: fmt.Sprintf("%d rows are about this participation, and some say that it is confirmed, others that it is not", len(members)),
				Hint: "correct the rows, or leave some out with where:"}
		}
	}
	return c
}

// placeOf is a place at an event: ids of event and contact.
type placeOf struct{ event, contact string }

// enrolledAt finds participants by their place.
func (m *placing) enrolledAt() map[placeOf][]int32 {
	at := make(map[placeOf][]int32, len(m.p.enrolled))
	for i, one := range m.p.enrolled {
		k := placeOf{one.event, one.contact}
		at[k] = append(at[k], int32(i))
	}
	return at
}

// link is the participation that a row is about, if there is one.
func (m *placing) link(row int32, at map[placeOf][]int32) pipeline.Link {
	none := pipeline.Link{Target: -1}
	r := &m.rows[row]
	if r.person < 0 {
		return none
	}
	who := &m.people.people[r.person]
	if who.id == "" {
		return none
	}
	found := at[placeOf{m.p.events.list[m.p.events.byKey[r.event]].id, who.id}]
	switch len(found) {
	case 0:
		return none
	case 1:
		return pipeline.Link{Target: found[0], Reason: &pipeline.Reason{Rule: "same place", Score: 1}}
	}
	b := &pipeline.Block{Code: CodeEnrolledTwice, Reason: fmt.Sprintf("the contact is enrolled %d times for this event", len(found)),
		Hint: "remove all but one of the participations in the target"}
	for _, i := range found[:min(len(found), candidatesMax)] {
		b.Candidates = append(b.Candidates, m.p.enrolled[i].id)
	}
	none.Block = b
	return none
}

// appendGolden adds the participation that the rows of one place speak of.
func (m *placing) appendGolden(golden *pipeline.Builder, members []int32) {
	v := m.values(members[0])
	for _, i := range members {
		if v[fieldConfirmed].IsNull() {
			v[fieldConfirmed] = m.rows[i].confirmed
		}
	}
	appendValues(golden, m.p.schema, v)
}

// values are the values of a row as the target will know them.
func (m *placing) values(row int32) map[string]pipeline.Value {
	r := &m.rows[row]
	var v map[string]pipeline.Value
	if r.person >= 0 {
		v = placeValues(r.event, m.people, &m.people.people[r.person])
	} else {
		v = map[string]pipeline.Value{fieldEvent: text(r.event), fieldEmail: text(r.email), fieldNumber: text(r.number)}
	}
	v[fieldConfirmed] = r.confirmed
	return v
}
