package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// redacted stands for a value that is not shown.
const redacted = "***"

// Redacted is a twin of the plan without personal data, for reading only: what is
// done to how many records and fields, of what kind, from which rows of which
// sources, why, and how sure that is. Values, names, ids, keys and the words in
// which findings quote them are gone, and so is the connection, with the address of
// the target and the folders of files: they say whose data it is, and on whose machine.
// Records and targets are called by their number in the twin. The twin has a digest of
// its own; that of the plan is in its header.
func (p *Plan) Redacted() *Plan {
	r := &Plan{Header: p.Header}
	r.Header.Format = PlanFormat
	r.Header.Redacted, r.Header.State = p.Digest, "" // the place of the state may name whose machine it is
	r.Header.Bindings = slices.Clone(p.Header.Bindings)
	places := redactedPlaces{}
	for i := range r.Header.Bindings {
		b := &r.Header.Bindings[i]
		b.Identity = places.of(b)
		b.Links, b.Marks, b.Connection.Config, b.Connection.Dir = nil, nil, rateOf(b.Connection.Config), ""
		b.Evidence.Reasons, b.Seen, b.Asked = nil, nil, nil
		if b.Weights != nil {
			w := *b.Weights
			w.Text = nil // it holds names that are common, and how frequent values are
			if w.From == WeightsFile {
				w.Why = fmt.Sprintf("the weights of a file are used, learned from %d records", w.Records)
			}
			b.Weights = &w
		}
		b.Sources = maps.Clone(b.Sources)
		for name, e := range b.Sources {
			e.Reasons = nil
			b.Sources[name] = e
		}
	}
	for i := range p.Changes {
		r.Changes = append(r.Changes, redactChange(&p.Changes[i], i+1))
	}
	for i, b := range p.Blocked {
		block := Block{Code: b.Code, Of: b.Of, Reason: redactedWords, Candidates: slices.Repeat([]string{redacted}, len(b.Candidates))}
		r.Blocked = append(r.Blocked, BlockedRow{Model: b.Model, Label: "blocked " + strconv.Itoa(i+1), Rows: redactRows(b.Rows), Block: block, Match: redactReason(b.Match)})
	}
	for _, x := range p.Rejected {
		r.Rejected = append(r.Rejected, RejectedRow{Model: x.Model, Origin: redactOrigin(x.Origin), Finding: redactFinding(x.Finding)})
	}
	for _, g := range p.Reasons {
		r.Reasons = append(r.Reasons, redactGroup(g))
	}
	for _, q := range p.Questions {
		r.Questions = append(r.Questions, PlanQuestion{Model: q.Model, A: redactReference(q.A), B: redactReference(q.B), Reason: *redactReason(&q.Reason), Why: q.Why})
	}
	for _, d := range p.Duplicates {
		r.Duplicates = append(r.Duplicates, PlanDuplicate{Model: d.Model, TargetDuplicate: TargetDuplicate{Field: d.Field, Value: redacted, IDs: slices.Repeat([]string{redacted}, len(d.IDs))}})
	}
	for _, f := range p.Findings {
		r.Findings = append(r.Findings, redactFinding(f))
	}
	r.seal()
	return r
}

const redactedWords = "the words are left out, since they may quote values"

// redactedPlaces are the numbers by which targets are called, by what they are.
type redactedPlaces map[string]int

// of names a target by its type and its number among those of the plan, and by the
// resource where one place has several.
func (r redactedPlaces) of(b *PlanBinding) string {
	place := strings.TrimSuffix(b.Identity, " "+b.Resource)
	n, known := r[place]
	if !known {
		n = len(r) + 1
		r[place] = n
	}
	return strings.TrimSpace(fmt.Sprintf("%s, target %d, %s", b.Connection.Type, n, b.Resource))
}

// lastOf is a file without its folders, on whichever system it was read.
func lastOf(place string) string {
	return place[strings.LastIndexAny(place, `/\`)+1:]
}

// rateOf keeps what the cost of a plan is told by.
func rateOf(config map[string]string) map[string]string {
	rate, ok := config["requests_per_hour"]
	if !ok {
		return nil
	}
	return map[string]string{"requests_per_hour": rate}
}

func redactChange(c *Change, number int) Change {
	r := Change{ID: strconv.Itoa(number), Action: c.Action, Resource: c.Resource, Model: c.Model, Binding: c.Binding,
		Key: Key{Field: c.Key.Field, Value: redactText(c.Key.Value)}, Route: c.Route, Label: "record " + strconv.Itoa(number), Labels: c.Labels,
		Match: redactReason(c.Match), Rows: redactRows(c.Rows), Fields: make([]FieldChange, len(c.Fields))}
	for i, f := range c.Fields {
		p := Provenance{How: f.How, FromMore: f.FromMore, LostMore: f.LostMore}
		p.From, p.Lost = redactValues(f.From), redactValues(f.Lost)
		r.Fields[i] = FieldChange{Field: f.Field, Before: redactValue(f.Before), After: redactValue(f.After), Provenance: p, Labels: f.Labels}
	}
	for _, j := range c.Joined {
		r.Joined = append(r.Joined, Join{A: redactOrigin(j.A), B: redactOrigin(j.B), Reason: *redactReason(&j.Reason)})
	}
	for _, k := range c.Keys {
		r.Keys = append(r.Keys, Key{Field: k.Field, Value: redactText(k.Value)})
	}
	return r
}

func redactText(s string) string {
	if s == "" {
		return ""
	}
	return redacted
}

// redactValue tells no more of a value than whether there is one.
func redactValue(v Value) Value {
	if v.Empty() {
		return v
	}
	return StringValue(redacted)
}

func redactValues(rows []RowValue) []RowValue {
	var out []RowValue
	for _, r := range rows {
		out = append(out, RowValue{Value: redactValue(r.Value), Origin: redactOrigin(r.Origin)})
	}
	return out
}

func redactOrigin(o Origin) Origin {
	o.ID, o.Place = redactText(o.ID), lastOf(o.Place)
	return o
}

func redactRows(rows []Origin) []Origin {
	out := make([]Origin, len(rows))
	for i, o := range rows {
		out[i] = redactOrigin(o)
	}
	return out
}

func redactReason(r *Reason) *Reason {
	if r == nil {
		return nil
	}
	out := &Reason{Rule: r.Rule, Score: r.Score, Weight: r.Weight, RunnerUp: redactText(r.RunnerUp)}
	for _, p := range r.Parts {
		out.Parts = append(out.Parts, EvidencePart{Field: p.Field, A: redactText(p.A), B: redactText(p.B), Weight: p.Weight})
	}
	return out
}

func redactReference(r Reference) Reference {
	return Reference{Origin: redactOrigin(r.Origin), Target: redactText(r.Target), Label: redacted}
}

// redactFinding keeps what kind of finding it is and where the rule stands; what
// it says, and where in the data, may quote values.
func redactFinding(f diag.Finding) diag.Finding {
	return diag.Finding{Severity: f.Severity, Code: f.Code, Message: f.Code + ": " + redactedWords, Rule: lastOf(f.Rule), Count: f.Count, More: f.More}
}

func redactGroup(g RejectedGroup) RejectedGroup {
	s := g.GroupSummary
	s.Hint, s.About, s.Rule = "", "", lastOf(s.Rule)
	messages := 0
	for _, m := range s.Messages {
		messages += m.Count
	}
	s.Messages = []diag.GroupMessage{{Message: fmt.Sprintf("%s: %s", s.Code, redactedWords), Count: messages}}
	return RejectedGroup{Model: g.Model, GroupSummary: s}
}
