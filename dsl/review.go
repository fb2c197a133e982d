package dsl

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// Review is the pairs of a pipeline that a person must decide about, and the
// files in which the answers are kept.
type Review struct {
	pipeline *pipeline.Pipeline
	files    map[string]string // by model: the file of its decisions
	weights  map[string]string // by model: the file of its weights
}

// NewReview makes the review of a pipeline that Load made of the file at path.
func NewReview(path string, p *pipeline.Pipeline) (*Review, error) {
	text, err := readBounded(path, fileBytesMax)
	if err != nil {
		return nil, fmt.Errorf("review %s: %w", path, err)
	}
	l := &loader{document: parse(path, text, nil), dir: filepath.Dir(path)}
	r := &Review{pipeline: p, files: map[string]string{}, weights: map[string]string{}}
	if l.root == nil {
		return r, nil
	}
	for _, model := range l.within(l.mapping(l.root, "the pipeline"), "models") {
		section := l.within(l.mapping(model.value, "model"), "dedupe")
		if n := find(section, "decisions"); n != nil {
			r.files[model.key.Value] = l.beside(n.Value)
		}
		if n := find(section, "weights"); n != nil {
			r.weights[model.key.Value] = l.beside(n.Value)
		}
	}
	return r, nil
}

// Decisions is the file of decisions that a model names, or "".
func (r *Review) Decisions(model string) string { return r.files[model] }

// WithoutDecisions are the models that join records and name no file for
// answers, in the order of the pipeline.
func (r *Review) WithoutDecisions() []string { return r.joiningWithout(r.files) }

// WithoutWeights are the models that join records and name no file for their
// weights, in the order of the pipeline.
func (r *Review) WithoutWeights() []string { return r.joiningWithout(r.weights) }

func (r *Review) joiningWithout(files map[string]string) (models []string) {
	for _, m := range r.pipeline.Models {
		if matcher, ok := m.Matcher.(*dedupe.Matcher); ok && matcher.Joins() && files[m.Name] == "" {
			models = append(models, m.Name)
		}
	}
	return models
}

// ReviewRecord is one of the two records of a question.
type ReviewRecord struct {
	Name   string           `json:"name"`             // as decisions name it, for people
	Origin *pipeline.Origin `json:"origin,omitempty"` // of a row
	Target string           `json:"target,omitempty"` // id of a record of the target
	Label  string           `json:"label"`
	Fields []NamedValue     `json:"fields"` // all fields of the model, in its order
}

// ReviewQuestion is a pair that a person must decide about. ID stands for the
// two records and the values that were compared: it is another one once one of
// these changes. It is "" where a record cannot be named in a file.
type ReviewQuestion struct {
	ID    string       `json:"question"`
	Model string       `json:"model"`
	A     ReviewRecord `json:"a"`
	B     ReviewRecord `json:"b"`
	pipeline.Reason
}

// Questions are the open questions of a pipeline, model by model in the order
// of its bindings, the likeliest first.
type Questions struct {
	Questions []ReviewQuestion `json:"questions"`
	More      int              `json:"more"`     // questions that are not listed; they come when others are answered
	Findings  []diag.Finding   `json:"findings"` // about earlier decisions
}

// decisionFindings are the codes of findings about decisions.
var decisionFindings = []string{"decision-conflict", "decision-forbidden", "decision-outdated", "decision-too-wide", "decision-without-record"}

// Questions matches every model as a plan does and returns what a person must
// decide. Too many rejected rows, or a change beyond the limits of a sink, do
// not stop it, unless nothing could be matched.
func (r *Review) Questions(ctx context.Context, opt pipeline.Options) (*Questions, error) {
	out := &Questions{Questions: []ReviewQuestion{}, Findings: []diag.Finding{}}
	known := map[string]bool{}
	err := r.match(ctx, opt, func(m matched) {
		listed := m.questions()
		for _, q := range listed {
			if q.ID == "" || !known[q.ID] {
				out.Questions = append(out.Questions, q)
			}
			known[q.ID] = true
		}
		for _, f := range m.out.Findings {
			switch {
			case f.Code == pipeline.UndecidedCode:
				out.More += max(0, f.Count-len(listed))
			case slices.Contains(decisionFindings, f.Code) && !slices.Contains(out.Findings, f):
				out.Findings = append(out.Findings, f)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// matched is what one matching saw and found.
type matched struct {
	model   string
	matcher *dedupe.Matcher
	in      pipeline.MatchInput
	out     *pipeline.MatchResult
}

// listeningMatcher tells what a plan matched.
type listeningMatcher struct {
	*dedupe.Matcher
	model string
	hear  func(matched)
}

// Match matches and tells what was seen and found.
func (l listeningMatcher) Match(ctx context.Context, in pipeline.MatchInput) (*pipeline.MatchResult, error) {
	out, err := l.Matcher.Match(ctx, in)
	if err == nil {
		l.hear(matched{l.model, l.Matcher, in, out})
	}
	return out, err
}

// match plans with matchers that are listened to. A model without a sink is
// matched without a target.
func (r *Review) match(ctx context.Context, opt pipeline.Options, hear func(matched)) error {
	heard := 0
	count := func(m matched) { heard++; hear(m) }
	p := *r.pipeline
	p.Models, p.Bindings = nil, nil
	models := map[*pipeline.Model]*pipeline.Model{}
	for _, m := range r.pipeline.Models {
		matcher, ok := m.Matcher.(*dedupe.Matcher)
		if !ok {
			continue
		}
		copied := *m
		copied.Matcher = listeningMatcher{matcher, m.Name, count}
		models[m] = &copied
		p.Models = append(p.Models, &copied)
		if !slices.ContainsFunc(r.pipeline.Bindings, func(b *pipeline.Binding) bool { return b.Model == m }) {
			p.Bindings = append(p.Bindings, withoutTarget(&copied))
		}
	}
	for _, b := range slices.Backward(r.pipeline.Bindings) {
		if copied := models[b.Model]; copied != nil {
			bound := *b
			bound.Model = copied
			p.Bindings = slices.Insert(p.Bindings, 0, &bound)
		}
	}
	if len(p.Bindings) == 0 {
		return errors.New("no model of the pipeline is matched; add dedupe: to a model")
	}
	_, err := p.Plan(ctx, opt)
	var limit *pipeline.LimitError
	if err != nil && (!errors.As(err, &limit) || heard == 0) {
		return err
	}
	return nil
}

// questions are the questions of one matching, with the records that they are
// about.
func (m matched) questions() []ReviewQuestion {
	rows, targets := m.asked()
	side := func(ref pipeline.Reference) (ReviewRecord, string) {
		if at := targets[ref.Target]; ref.Target != "" && at >= 0 {
			return m.record(m.in.Target.Record(int(at)), true, ref.Label)
		}
		if at, there := rows[placeOf(ref.Origin)]; there && at >= 0 {
			return m.record(m.in.Records.Record(int(at)), false, ref.Label)
		}
		return ReviewRecord{Label: ref.Label, Fields: []NamedValue{}}, ""
	}
	out := make([]ReviewQuestion, len(m.out.Questions))
	for i, q := range m.out.Questions {
		a, idA := side(q.A)
		b, idB := side(q.B)
		out[i] = ReviewQuestion{Model: m.model, A: a, B: b, Reason: q.Reason}
		if idA != "" && idB != "" {
			out[i].ID = questionPrefix + idA + "-" + idB
		}
	}
	return out
}

// rowPlace is where a row stands; see sameRow.
type rowPlace struct {
	source, place, id string
	page, row         int
}

func placeOf(o pipeline.Origin) rowPlace {
	p := rowPlace{source: o.Source, place: o.Place, page: o.Page, row: o.Row}
	if o.Row == 0 {
		p.id = o.ID
	}
	return p
}

// asked finds the records that the questions name.
func (m matched) asked() (rows map[rowPlace]int32, targets map[string]int32) {
	rows, targets = map[rowPlace]int32{}, map[string]int32{}
	for _, q := range m.out.Questions {
		for _, ref := range []pipeline.Reference{q.A, q.B} {
			if ref.Target != "" {
				targets[ref.Target] = -1
			} else {
				rows[placeOf(ref.Origin)] = -1
			}
		}
	}
	each(m.in.Records, func(n int32, r pipeline.Record) {
		if place := placeOf(r.Origin()); len(rows) > 0 && rows[place] == -1 {
			rows[place] = n
		}
	})
	each(m.in.Target, func(n int32, r pipeline.Record) {
		if at, wanted := targets[r.ID()]; wanted && at == -1 {
			targets[r.ID()] = n
		}
	})
	return rows, targets
}

// each visits the records of a table, which may be nil.
func each(t *pipeline.Table, visit func(n int32, r pipeline.Record)) {
	if t == nil {
		return
	}
	n := int32(0)
	for _, b := range t.Batches() {
		for row := range b.Len() {
			visit(n, pipeline.Record{Batch: b, Row: row})
			n++
		}
	}
}

// record is one side of a question, and what stands for it in the question's id.
func (m matched) record(r pipeline.Record, target bool, label string) (ReviewRecord, string) {
	who, _ := m.matcher.WhoIs(r, target)
	out := ReviewRecord{Name: who.String(), Label: label, Fields: []NamedValue{}}
	if target {
		out.Target = r.ID()
	} else {
		o := r.Origin()
		out.Origin = &o
	}
	for _, name := range m.in.Records.Schema().Names() {
		out.Fields = append(out.Fields, NamedValue{Name: name, Value: r.Get(name)})
	}
	return out, m.id(r, target)
}

// questionPrefix keeps a spreadsheet from taking the id for a number.
const questionPrefix = "q-"

// idBytes is the length of one record in the id of a question.
const idBytes = 8 // bytes of SHA-256

// id stands for a record and its compared values, in hexadecimal digits; ""
// when the record cannot be named in a file.
func (m matched) id(r pipeline.Record, target bool) string {
	who, ok := m.matcher.WhoIs(r, target)
	if !ok || !writable(who) {
		return ""
	}
	return recordID(m.model, who, dedupe.Fingerprint(r, m.matcher.SeenFields()))
}

func recordID(model string, who dedupe.Who, fingerprint string) string {
	sum := sha256.Sum256([]byte(model + "\x00" + who.Key() + "\x00" + fingerprint))
	return hex.EncodeToString(sum[:idBytes])
}
