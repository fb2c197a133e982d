package pipeline

import (
	"context"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// Matcher finds out which records are one thing, and which record of the
// target that thing is. Match is pure: the same input gives the same result,
// whatever the order of the records, and it changes nothing.
type Matcher interface {
	Match(ctx context.Context, in MatchInput) (*MatchResult, error)
}

// MatchInput is what matching looks at.
type MatchInput struct {
	Records *Table // every record of the model that passed the rules
	Target  *Table // the present state; nil when there is no target. The records' IDs are the target's

	// Links are what source rows became in the target, from earlier runs, by
	// (source, id) of the row. They come before any other evidence, as long as the row is
	// not evidently somebody else by now.
	Links map[RowKey]string
	// Reserved is, for each record of Records, the record of Target that carries
	// the number which an earlier plan reserved for it, -1 for none; nil: there are
	// none. It counts as a link where none is remembered.
	Reserved []int32
	// Created are the records of Target that were made of rows, with the pipeline, "" where
	// that is not known; nil: nobody knows which were.
	Created map[string]string
	// Sent is what was last sent to the records of Target; nil: nothing is remembered.
	Sent LedgerView

	// Namespace says whose numbers a field of kind identifier holds, for the
	// records of a source; "" where the source does not say: they are its own.
	// Numbers of two namespaces are never compared.
	Namespace func(source, field string) string
	// TargetNamespace is the namespace of the target's own numbers.
	TargetNamespace string

	// Weights are those by which the records were matched before; nil: none are
	// remembered. A matcher that was given weights of its own does not look at them.
	Weights *PinnedWeights
	// Learn asks for weights also where they decide nothing.
	Learn bool
	// Asked is MatchResult.Asked of an earlier matching: what was a question then, and has no
	// answer, is one as long as both sides say the same. Nil: nothing is remembered.
	Asked []byte
}

// RowKey names a source row over time.
type RowKey struct{ Source, ID string }

// MatchResult is what matching found. Clusters, Links and the records of
// Golden are parallel, in an order that does not depend on the order of the
// input.
type MatchResult struct {
	Clusters []Cluster
	Links    []Link
	Golden   *Table // one record per cluster: the values that survive; of one member what that record says
	// How names, per field of the model, the way in which a value is chosen among
	// the members of a cluster, such as newest; nil when the matcher does not say.
	How       []string
	Questions []Question
	// Asked is what is to be remembered of all that a person must decide, also of what
	// Questions leaves out, so that the next matching asks it again whatever it weighs by.
	Asked []byte
	// TargetDuplicates are groups of records of the target that share a key.
	TargetDuplicates []TargetDuplicate
	Findings         []diag.Finding
	// Apart are, by cluster, records of the target of which a person said that they are
	// something else, so that the two may have a key in common. Most clusters have none.
	Apart map[int][]string
	// Weights says by which weights the records were matched; nil when the matcher
	// does not weigh.
	Weights *MatchWeights
	// Why is why a cluster is its record of the target, where the Reason of its link
	// is no more than a rule; nil: they are whole. Most are never asked for. It is called
	// by several goroutines at once.
	Why func(cluster int) Reason
}

// LinkReason is why a cluster is its record of the target, or what stands in the
// way.
func (r *MatchResult) LinkReason(cluster int) *Reason {
	why := r.Links[cluster].Reason
	if why == nil {
		return &Reason{}
	}
	if r.Why == nil || why.Rule == "" || why.Parts != nil {
		return why
	}
	whole := r.Why(cluster)
	return &whole
}

// Cluster is records that are one thing, the survivor first.
type Cluster struct {
	Members []int32 // of MatchInput.Records
	Ties    []Tie   // why the members are together; nil for one member
	// From says per field of the model of which members its surviving value was
	// made. Nil for one member.
	From *Contributors
	// Block is set when the cluster must not be written until a person decides.
	Block *Block
	// Needs are the ids of changes of the plan that must come first; see Change.
	Needs []string
}

// Tie is why two records were found to be one thing.
type Tie struct {
	A, B int32 // of MatchInput.Records
	Reason
}

// RuleSimilar is the rule of a reason that is likeness alone.
const RuleSimilar = "similar"

// Reason is a judgement of two records in words and numbers. The weights of
// the parts add up to Weight.
type Reason struct {
	Rule     string         `json:"rule"`            // link, same, similar, decision
	Score    float64        `json:"score"`           // probability that they are one, 0 to 1
	Weight   float64        `json:"weight"`          // log2 odds
	Parts    []EvidencePart `json:"parts,omitempty"` // the evidence, heaviest first
	RunnerUp string         `json:"runner_up,omitempty"`
}

// EvidencePart is the evidence of one field, or of several compared as one.
type EvidencePart struct {
	Field  string  `json:"field"`
	A      string  `json:"a"`
	B      string  `json:"b"`
	Weight float64 `json:"weight"` // log2 odds
	Note   string  `json:"note,omitempty"`
}

// Link says which record of the target a cluster is.
type Link struct {
	Target int32 // of MatchInput.Target; -1: none, it is new
	// Made says that the record is the one that the first need of the cluster creates,
	// so that it is not new; Target is -1 then.
	Made bool
	// Reason may be the same for many links, and is nil where there is nothing to say.
	// LinkReason has the whole.
	Reason *Reason
	// Block is set when the answer is not sure enough to write, or several
	// records of the target could be meant.
	Block *Block
}

// Block is why something must not be written.
type Block struct {
	Code       string   `json:"code"`   // such as ambiguous-target
	Reason     string   `json:"reason"` // for a person
	Hint       string   `json:"hint,omitempty"`
	Candidates []string `json:"candidates,omitempty"` // ids of records of the target
	Of         string   `json:"of,omitempty"`         // resource of the candidates; "": the one that the blocked row goes to
	// Conflicts are the fields that both sides changed, of an edit-conflict.
	Conflicts []FieldConflict `json:"conflicts,omitempty"`
	// Records are the candidates as people know them, as far as the target lists them.
	Records []Candidate `json:"records,omitempty"`
}

// Candidate is a record of the target that could be meant.
type Candidate struct {
	ID    string `json:"id"`
	Label string `json:"label"`          // such as Anna Weber <anna@example.com>
	Keys  []Key  `json:"keys,omitempty"` // by which the target knows it
}

// Question is a pair that a person must decide.
type Question struct {
	A, B Reference
	Reason
	// Why is what keeps the two apart however likely they are one; "": they are not likely
	// enough. It names no value.
	Why string
}

// Reference names one record for people: a row, or a record of the target.
type Reference struct {
	Origin Origin `json:"origin"`
	Target string `json:"target,omitempty"` // id, when it is a record of the target
	Label  string `json:"label"`            // such as Anna Weber <anna@example.com>
}

// TargetDuplicate is records of the target that share the value of a key.
type TargetDuplicate struct {
	Field string   `json:"field"`
	Value string   `json:"value"`
	IDs   []string `json:"ids"`
}
