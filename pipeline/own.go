package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// OwnMatcher is a target whose records belong to records of another resource of
// the same connection, by which alone they are known, such as the participants
// of an event, who are contacts. It finds the record of each row itself, and the
// matcher of the model is not asked.
type OwnMatcher interface {
	// MatchRows is to its input what Matcher.Match is to its own, with two
	// liberties. It may replace in.Present.Records by the same records as they
	// will be once the earlier changes are carried out, and read more of the
	// target, of which it counts the requests there. An error means that nothing
	// can be planned.
	MatchRows(ctx context.Context, in OwnMatchInput) (*OwnMatchResult, error)
}

// OwnMatchInput is what an OwnMatcher looks at.
type OwnMatchInput struct {
	MatchInput
	Present *Present // as the target gave it; Target is its records
	// Changes are those that the plan has so far for other resources of the same
	// connection, and Counterparts what it makes of their rows, in an order that does not
	// depend on that of the input.
	Changes      []Change
	Counterparts iter.Seq[Counterpart]
}

// OwnMatchResult is a MatchResult and the rows of which it speaks: those of the
// input in their order, in the schema of Golden.
type OwnMatchResult struct {
	*MatchResult
	Records *Table
}

// OnDemand is an OwnMatcher that reads a known record by a request of its own. A
// plan does not tell it which records earlier runs wrote: MatchRows reads those
// that rows name.
type OnDemand interface {
	OnDemand() bool
}

// Extension is a target whose records are further fields of those of another resource,
// such as the custom fields of contacts: they have the same ids, and are gone with them.
// Links that are Made are those of extensions alone.
type Extension interface {
	// Extends returns the identity of the target that has the other resource.
	Extends() string
}

// Belonging is an OwnMatcher whose records belong to records of another target, whose ids
// they hold, such as participations, which belong to contacts.
type Belonging interface {
	// Belongs returns the identity of the target that has the other records, and the
	// field of the own ones that holds their ids.
	Belongs() (identity, field string)
}

// belongsBy is the field by which the records of a target belong to others; "": they do not.
func belongsBy(t Target) string {
	if b, ok := t.(Belonging); ok {
		_, field := b.Belongs()
		return field
	}
	return ""
}

// leaseOf names the lease of a target. Records that belong to others, or are parts of them,
// share that of the others, since what is written to these decides whose they are.
func leaseOf(t Target) string {
	if b, ok := t.(Belonging); ok {
		identity, _ := b.Belongs()
		return identity
	}
	return cmp.Or(extendedBy(t), t.Identity())
}

// extendedBy is the identity of the target of which another one has further fields; "": none.
func extendedBy(t Target) string {
	if part, ok := t.(Extension); ok {
		return part.Extends()
	}
	return ""
}

// knownTo are the records that a target is told to expect for a plan.
func (m recollection) knownTo(t Target) []string {
	if d, ok := t.(OnDemand); ok && d.OnDemand() {
		return nil
	}
	return m.records()
}

// match finds the records of the rows of a binding, by the target's own means
// where it has any. The records that it returns are those of which the result
// speaks.
func (p *Plan) match(ctx context.Context, b *Binding, present *Present, earlier iter.Seq[Counterpart], in MatchInput) (*MatchResult, *Table, error) {
	own, ok := b.Target.(OwnMatcher)
	if !ok {
		result, err := b.Model.Matcher.Match(ctx, in)
		return result, in.Records, err
	}
	input := OwnMatchInput{MatchInput: in, Present: present, Counterparts: earlier}
	for i, head := range p.Header.Bindings {
		if head.Connection.Name != b.Connection.Name {
			continue
		}
		for _, ch := range p.Changes {
			if ch.Binding == i {
				input.Changes = append(input.Changes, ch)
			}
		}
	}
	result, err := own.MatchRows(ctx, input)
	if err != nil {
		return nil, nil, err
	}
	if _, part := b.Target.(Extension); !part && slices.ContainsFunc(result.Links, func(l Link) bool { return l.Made }) {
		return nil, nil, fmt.Errorf("target %s says that rows are records which the plan creates, and not of which resource it has more fields (pipeline.Extension)", b.Connection.Name)
	}
	return result.MatchResult, result.Records, nil
}

// mayFollow reports whether the changes that a change needs came to their end,
// and notes what stands in the way.
func (a *applier) mayFollow(ch Change) bool {
	for _, id := range ch.Needs {
		need, known := a.change(id)
		switch status := a.result.Outcomes[need].Status; {
		case !known:
			a.set(ch, Blocked, "", "the plan holds no change "+diag.Shorten(id, 60)+", which must come first")
			return false
		case status.Done():
			continue
		case status == Pending || status == Sent || status == Unknown:
			a.set(ch, Pending, "", fmt.Sprintf("it waits for %s, which is %s", diag.Shorten(a.plan.Changes[need].Label, 60), status))
			return false
		default:
			a.set(ch, Blocked, "", fmt.Sprintf("it needs %s, which was %s", diag.Shorten(a.plan.Changes[need].Label, 60), status))
			return false
		}
	}
	return true
}

// needUnseen is a change that a change needs, and that the target confirmed and does not
// show; nil: there is none.
func (a *applier) needUnseen(ch Change) *Change {
	for _, id := range ch.Needs {
		if need, known := a.change(id); known && a.result.unseen[id] {
			return &a.plan.Changes[need]
		}
	}
	return nil
}

// unseenWords say of a change what it waits for.
func unseenWords(need *Change) string {
	return "it needs " + diag.Shorten(need.Label, 60) + ", which was written and which the target does not show yet; apply the plan again with --resume once it does"
}

// change is the place of a change of any binding in the plan.
func (a *applier) change(id string) (place int, known bool) {
	if a.places == nil {
		a.places = make(map[string]int, len(a.plan.Changes))
		for i, c := range a.plan.Changes {
			a.places[c.ID] = i
		}
	}
	place, known = a.places[id]
	return place, known
}
