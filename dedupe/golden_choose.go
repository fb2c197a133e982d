package dedupe

import (
	"fmt"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// CodeKeepFailed is the code of a block of a contact for which no value could
// be chosen.
const CodeKeepFailed = "keep-failed"

// Candidates are the values of one field among the records of a cluster, the
// preferred record first, as Survivorship.Priority orders them. The lists are
// of one length; nulls and erasures are no candidates.
type Candidates struct {
	Values  []pipeline.Value // of the type of the field
	Sources []string         // that the values came from
	Changed []int64          // when their records changed, in microseconds since 1970 UTC; ChangedUnknown where that is not known
}

// ChangedUnknown stands for a time of change that is not known: the beginning
// of the year 1, in microseconds since 1970 UTC, before every other.
const ChangedUnknown int64 = -62_135_596_800_000_000

// Chooser chooses the value of a field that survives. It is asked about
// clusters of several records of which at least one has a value; where the
// preferred record that says anything asks for an empty field, that wish
// survives and nobody is asked.
//
// A null says that the contact has no value in this field, although records
// have. An error blocks the contact; it says what failed and where. Choose is
// called by several goroutines at once, and the same candidates always give
// the same value.
type Chooser interface {
	Choose(Candidates) (pipeline.Value, error)
}

// choose appends what the chooser of field f takes of the values of records,
// and returns the places of the records of which it was made: those that say
// so, since they cannot be told apart, or all candidates when none does. A null
// and an erasure of the chooser are made of none. Where the chooser fails, the
// contact is blocked; the preferred value stands in its record, which nobody
// writes.
func (g *golden) choose(f int, records []pipeline.Record, values []pipeline.Value) []int32 {
	field := g.run.u.m.schema.Field(f)
	var of Candidates
	preferred := -1
	for i, v := range values {
		if v.Empty() {
			continue
		}
		changed, known := records[i].Batch.Micros(records[i].Row)
		if !known {
			changed = ChangedUnknown
		}
		if preferred < 0 {
			preferred = i
		}
		of.Values, of.Sources, of.Changed = append(of.Values, v), append(of.Sources, records[i].Batch.Source()), append(of.Changed, changed)
	}
	chosen, err := g.run.u.m.config.Keep.Choose[field.Name].Choose(of)
	if err == nil && !chosen.Empty() && chosen.Type() != field.Type {
		err = fmt.Errorf("a value of type %s was chosen for a field of type %s", chosen.Type(), field.Type)
	}
	if err != nil {
		g.fail(field.Name, records, err)
		g.builder.Column(f).AppendValue(values[preferred])
		return g.only(preferred)
	}
	g.builder.Column(f).AppendValue(chosen)
	if chosen.Empty() {
		return nil
	}
	if said := g.which(values, chosen.Equal); len(said) > 0 {
		return said
	}
	return g.which(values, func(pipeline.Value) bool { return true })
}

// fail blocks the contact that is being made.
func (g *golden) fail(field string, records []pipeline.Record, err error) {
	cluster := int32(g.clusters())
	if g.run.blocks[cluster] == nil {
		g.run.blocks[cluster] = &pipeline.Block{Code: CodeKeepFailed, Reason: fmt.Sprintf("no value of %s could be chosen: %v", field, err),
			Hint: "mend the expression under keep, or the values"}
	}
	g.run.notes.byCode[CodeKeepFailed] = append(g.run.notes.byCode[CodeKeepFailed], diag.Finding{
		Severity: diag.Warning, Code: CodeKeepFailed, Where: records[0].Origin().String(), Count: len(records),
		Message: fmt.Sprintf("no value of %s could be chosen, so that the contact is not written: %v", field, err),
		Hint:    "mend the expression under keep, or the values"})
}
