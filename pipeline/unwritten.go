package pipeline

// Unwritten is a record that the plan leaves as it is, or does not create: it is blocked,
// or the policy of the sink does not allow the change.
type Unwritten struct {
	Resource, Model string
	Rows            []Origin
	Target          string // the id of the record that the rows are known to be; "": they are new, or nobody can tell
	Why, Hint       string // for people; Why is a predicate, such as: is blocked: a person said no to it
}

// unwritten are, by connection, the records that a plan does not write. Only connections
// with a target that asks for them have any.
type unwritten map[string][]Unwritten

// newUnwritten holds nothing yet of the connections with an OwnMatcher.
func newUnwritten(bindings []*Binding) unwritten {
	u := unwritten{}
	for _, b := range bindings {
		if _, own := b.Target.(OwnMatcher); own {
			u[b.Connection.Name] = []Unwritten{}
		}
	}
	return u
}

// note notes what a difference does not write.
func (u unwritten) note(in *DiffInput, d *Difference) {
	b := in.Binding
	all, asked := u[b.Connection.Name]
	if !asked {
		return
	}
	for _, left := range d.stopped {
		left.Why, left.Hint = "is blocked: "+left.Why, "settle that row first"
		all = append(all, left)
	}
	for _, n := range d.notAllowed {
		left := Unwritten{Resource: b.Resource, Model: b.Model.Name, Rows: in.rows(int(n.cluster)),
			Target: n.target, Why: "is left alone: the sink does not allow " + string(Create), Hint: "allow it in the sink, or correct the row"}
		if n.target != "" {
			left.Why = "is left alone: the sink does not allow " + string(Update)
		}
		all = append(all, left)
	}
	u[b.Connection.Name] = all
}

// notAllowed is a cluster whose change the policy does not allow, and the id of its record
// of the target; "": it would be created.
type notAllowed struct {
	cluster int32
	target  string
}

// leave counts a cluster whose change the policy does not allow.
func (d *differ) leave(i int, target string) {
	d.out.Counts.NotAllowed++
	d.out.notAllowed = append(d.out.notAllowed, notAllowed{int32(i), target})
}

// stop blocks a record; target is the id of the one that it is known to be, or "".
func (d *Difference) stop(row BlockedRow, resource, target string) {
	d.Blocked = append(d.Blocked, row)
	if len(row.Rows) > 0 {
		d.stopped = append(d.stopped, Unwritten{Resource: resource, Model: row.Model, Rows: row.Rows, Target: target, Why: row.Reason})
	}
}

// recordOf is the id of the record that a link names for sure, or "".
func (d *differ) recordOf(link *Link) string {
	if link.Target < 0 || link.Block != nil {
		return ""
	}
	return d.Present.Records.Record(int(link.Target)).ID()
}
