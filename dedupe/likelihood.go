package dedupe

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// setLinker makes the columns that are compared from what Compare says.
func (m *Matcher) setLinker() error {
	m.compared = nil
	var columns []linkage.Column
	seen := map[int]bool{}
	for _, c := range m.compare {
		for i, f := range c.fields {
			if !seen[f] {
				seen[f] = true
				columns = append(columns, linkage.Column{Name: m.schema.Field(f).Name, Kind: kindOf(c, i, m.schema.Field(f).Kind)})
				m.compared = append(m.compared, f)
			}
		}
	}
	if len(columns) == 0 || !m.config.Join {
		return nil
	}
	fields := make([]pipeline.Field, len(columns))
	for i, c := range columns {
		fields[i] = pipeline.Field{Name: c.Name, Type: pipeline.String}
	}
	var err error
	if m.comparedSchema, err = pipeline.NewSchema(fields...); err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	if m.linker, err = m.newLinker(columns, m.config.Weights); err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	return nil
}

// certainMost is what linkage may be told of a threshold: it knows no certainty.
const certainMost = 1 - 1e-9

// newLinker makes a linker with the thresholds of the matcher, which limit what two
// members of a numbered series may score.
func (m *Matcher) newLinker(columns []linkage.Column, w *linkage.Weights) (*linkage.Linker, error) {
	return linkage.New(linkage.Config{
		Columns: columns, Weights: w,
		MatchAbove: min(m.config.MatchAbove, certainMost), ReviewAbove: min(m.config.ReviewAbove, certainMost),
	})
}

// kindOf is what the place-th field of a comparison means, by its own kind as
// far as that fits.
func kindOf(c compare, place int, kind pipeline.Kind) linkage.Kind {
	switch c.as {
	case asPerson:
		switch {
		case kind == pipeline.KindFirstName || kind != pipeline.KindLastName && kind != pipeline.KindPersonName && len(c.fields) > 1 && place == 0:
			return linkage.GivenName
		case kind == pipeline.KindPersonName || kind != pipeline.KindLastName && len(c.fields) == 1:
			return linkage.PersonName
		}
		return linkage.FamilyName
	case asCompany:
		return linkage.Company
	case asEmail:
		return linkage.Email
	case asPhone:
		return linkage.Phone
	case asAddress:
		switch kind {
		case pipeline.KindPostcode:
			return linkage.Postcode
		case pipeline.KindCity:
			return linkage.City
		case pipeline.KindState:
			return linkage.Region
		case pipeline.KindCountry:
			return linkage.Country
		}
		return linkage.Street
	}
	return linkage.Text
}

// compareAll finds the pairs that may be one.
//
// Records of the target that were made of rows are copies of these, and teach nothing:
// where there are any, and no weights are pinned, the others teach alone, so that
// an apply does not change what is learned.
func (u *universe) compareAll(ctx context.Context, copies map[int32]bool) error {
	if u.m.linker == nil {
		return nil
	}
	linker := u.m.linker
	if len(copies) > 0 && u.m.config.Weights == nil {
		var err error
		if u.taught, err = u.evidenceOf(ctx, linker, copies); err != nil {
			return err
		}
		if linker, err = u.m.newLinker(linker.Columns(), u.taught.Pinned()); err != nil {
			return fmt.Errorf("weigh by what the records teach: %w", err)
		}
	}
	evidence, err := u.evidenceOf(ctx, linker, nil)
	if err != nil {
		return err
	}
	if u.evidence = evidence; u.taught == nil {
		u.taught = evidence
	}
	return nil
}

// tellComparison says which weights were used, and what was compared less than
// whole.
func (r *run) tellComparison() {
	if r.weights == nil {
		return
	}
	r.notes.add(diag.Note, pipeline.WeightsCode, 0, r.weights.Why, "")
	if r.u.evidence == nil {
		return
	}
	report := &r.u.evidence.Report
	for _, note := range report.Notes {
		if slices.Contains(report.NoneNotes, note) {
			continue // tellNones does, of the rows, for only theirs are not written
		}
		r.notes.add(diag.Note, "match-limits", 0, note, "")
	}
}

// likelihood is the judge that adds the evidence of the values, as weighed by
// package linkage, and that of the keys.
type likelihood struct {
	u     *universe
	judge *linkage.Judge // nil: nothing is compared
	kinds map[linkage.Kind][]int
}

func newLikelihood(u *universe) *likelihood {
	w := &likelihood{u: u, kinds: map[linkage.Kind][]int{}}
	if u.evidence != nil {
		w.judge = u.evidence.Judge()
		for i, c := range u.m.linker.Columns() {
			w.kinds[c.Kind] = append(w.kinds[c.Kind], u.m.compared[i])
		}
	}
	return w
}

// strangersOdds are the odds of two records being one before anything is known
// of them, where nothing is compared.
const strangersOdds = -13 * bit

func (w *likelihood) weigh(a, b int32, e *evidence) {
	e.parts, e.weight = e.parts[:0], 0
	w.weighKeys(a, b, e)
	w.weighEqual(a, b, e)
	if w.judge == nil {
		e.add("odds", nil, strangersOdds, "two records at random")
		return
	}
	for _, p := range w.judge.Explain(a, b) {
		if p.Weight != 0 {
			field, fields := w.about(p)
			e.add(field, fields, p.Weight, p.Words())
		}
	}
}

func (w *likelihood) weight(a, b int32) linkage.Weight {
	var e evidence
	w.weighKeys(a, b, &e)
	w.weighEqual(a, b, &e)
	if w.judge == nil {
		return e.weight + strangersOdds
	}
	return e.weight + w.judge.Weigh(a, b)
}

// weightOfGroups is the evidence that two groups of rows are one.
func (w *likelihood) weightOfGroups(a, b []int32) linkage.Weight { return w.judge.WeighClusters(a, b) }

// thin reports whether nothing but names speaks for two records being one.
func (w *likelihood) thin(a, b int32) bool { return w.judge.Thin(a, b) }

// personal reports whether more than a household or an employer has in common
// speaks for two records being one.
func (w *likelihood) personal(a, b int32) bool { return w.judge.Personal(a, b) }

// alikeOnly reports whether the first names of two people are only alike, or agree
// by an initial alone, while nothing more speaks for their being one than a
// household or an employer has in common.
func (w *likelihood) alikeOnly(a, b int32) bool {
	return (w.u.siblings(a, b) || w.judge.ByInitial(a, b)) && !w.personal(a, b)
}

// marked reports whether two people of one name and place may be father and son,
// one marked as such.
func (w *likelihood) marked(a, b int32) bool { return w.judge.Marked(a, b) }

// series reports whether two records differ in a number alone, as the members of a
// series do.
func (w *likelihood) series(a, b int32) bool { return w.judge.Series(a, b) }

// otherUnit reports whether two records are of one house but another unit of it,
// while nothing of their own agrees.
func (w *likelihood) otherUnit(a, b int32) bool { return w.judge.OtherUnit(a, b) }

// otherForm reports whether two companies have two legal forms.
func (w *likelihood) otherForm(a, b int32) bool { return w.judge.OtherForm(a, b) }

// about names the fields of the model that a part is about.
func (w *likelihood) about(p linkage.Part) (string, []int) {
	switch {
	case p.Level == linkage.LevelRest:
		return "rest", nil
	case p.Field == "":
		return "odds", nil
	}
	var fields []int
	name := ""
	for _, k := range p.Kinds {
		for _, f := range w.kinds[k] {
			if name != "" {
				name += "+"
			}
			name += w.u.m.schema.Field(f).Name
			fields = append(fields, f)
		}
	}
	if fields == nil {
		if f := w.u.m.schema.Index(p.Field); f >= 0 {
			return p.Field, []int{f}
		}
		return p.Field, nil
	}
	return name, fields
}

// keyWeight is what an equal value of a key says that is not among the columns
// that are compared, as numbers are not: whose they are, namespaces decide.
const keyWeight = 40 * bit

// weighKeys adds the keys that prove. A value that is evidently shared is no
// proof.
func (w *likelihood) weighKeys(a, b int32, e *evidence) {
	for k := range w.u.keys {
		c := &w.u.keys[k]
		if id := c.ids[a]; c.same && id != 0 && id == c.ids[b] && !c.shared[id] && !slices.Contains(w.u.m.compared, c.field) {
			e.add(c.name, []int{c.field}, keyWeight, "equal key")
		}
	}
}

// equalWeight is what it says that two records are equal in all that is compared:
// who knows a person so well means that person, whatever such values weigh in a
// list in which each row is repeated.
const equalWeight = 20 * bit

// weighEqual adds that two records are equal in all that is compared, where that
// is more than names.
func (w *likelihood) weighEqual(a, b int32, e *evidence) {
	if w.judge != nil && w.u.equal(a, b) && !w.thin(a, b) {
		e.add("all fields", nil, equalWeight, "equal in every field that is compared")
	}
}

// equal reports whether two records have the same text in every field that is
// compared.
func (u *universe) equal(a, b int32) bool {
	for _, f := range u.m.compared {
		if u.text(a, f) != u.text(b, f) {
			return false
		}
	}
	return true
}

// weightOf is the weight from which on two records have a probability.
func weightOf(probability float64) linkage.Weight {
	if probability >= 1 {
		return math.MaxInt32
	}
	return linkage.Weight(math.Round(math.Log2(probability/(1-probability)) * float64(bit)))
}

// Joins reports whether the records of the model are joined with each other.
func (m *Matcher) Joins() bool { return m.config.Join }

// Learned is what the records of a model teach about its weights.
type Learned struct {
	Weights *linkage.Weights
	Trusted bool   // they were learned from the records; otherwise they are the shipped ones
	Why     string // which they are, and why
}

// Learn finds the weights that Match would use if none were pinned in Config.
// Its errors are those of Match, and that nothing is compared.
func (m *Matcher) Learn(ctx context.Context, in pipeline.MatchInput) (*Learned, error) {
	free := *m
	free.config.Weights = nil
	if err := free.setLinker(); err != nil {
		return nil, err
	}
	if in.Records != nil && in.Records.Len() == 0 {
		return nil, fmt.Errorf("there are no records to learn from")
	}
	if free.linker == nil {
		return nil, fmt.Errorf("there is nothing to weigh: the model has no dedupe section, or no fields to compare")
	}
	u, err := newUniverse(ctx, &free, in)
	if err != nil {
		return nil, fmt.Errorf("learn weights: %w", err)
	}
	u.rank = u.contentOrder()
	r := &run{u: u, notes: newNotes()}
	r.indexTargets()
	r.readLinks()
	if err := u.compareAll(ctx, r.copies()); err != nil {
		return nil, fmt.Errorf("learn weights: %w", err)
	}
	report := u.taught.Report
	return &Learned{Weights: u.taught.Pinned(), Trusted: report.Learned, Why: report.WeightsWhy}, nil
}
