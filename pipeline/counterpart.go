package pipeline

import "iter"

// Counterpart is what a plan makes of a row in an earlier model of the same connection,
// such as the contact of a row that is about a participation, too.
type Counterpart struct {
	Resource, Model string
	Row             Record // as that model maps it; its origin is the row's
	// Target is the id of the record that the row is known to be, and Change the id of the
	// change that creates the record. Both are "" where nobody can tell, and where the plan
	// does not create it.
	Target, Change string
	// Why and Hint are of a record that the plan leaves as it is, or does not create,
	// though it should; they are for people, and "" of any other. Why is a predicate, such
	// as: is blocked: a person said no to it
	Why, Hint string
}

// counterparts are, by connection, what became of the rows of its models so far. Only
// connections with an OwnMatcher, which asks for them, have any.
type counterparts map[string][]settled

// newCounterparts holds nothing yet of the connections with an OwnMatcher.
func newCounterparts(bindings []*Binding) counterparts {
	c := counterparts{}
	for _, b := range bindings {
		if _, own := b.Target.(OwnMatcher); own {
			c[b.Connection.Name] = []settled{}
		}
	}
	return c
}

// asked reports whether a later binding asks what becomes of the rows of this one.
func (c counterparts) asked(b *Binding) bool {
	_, asked := c[b.Connection.Name]
	return asked
}

// note notes what the difference makes of the rows of a binding.
func (c counterparts) note(in *DiffInput, d *Difference) {
	b := in.Binding
	if !c.asked(b) {
		return
	}
	n := len(in.Match.Clusters)
	s := settled{resource: b.Resource, model: b.Model.Name, records: in.Records, clusters: in.Match.Clusters,
		targets: make([]string, n), changes: make([]string, n), left: d.left, identity: b.Target.Identity(), named: d.named(b)}
	for i := range in.Match.Links {
		s.targets[i] = recordOf(&in.Match.Links[i], in.Present)
	}
	for k := range d.Changes {
		ch := &d.Changes[k]
		switch i, known := d.clusters[ch.ID]; {
		case !known:
		case ch.Action == Create:
			s.changes[i] = ch.ID
		case ch.Target != "":
			s.targets[i] = ch.Target
		}
	}
	c[b.Connection.Name] = append(c[b.Connection.Name], s)
}

// of are the counterparts of the rows of the models of a connection so far.
func (c counterparts) of(b *Binding) iter.Seq[Counterpart] {
	return func(yield func(Counterpart) bool) {
		for _, s := range c[b.Connection.Name] {
			if !s.each(yield) {
				return
			}
		}
	}
}

// settled is what became of the clusters of a binding; targets, changes and left are by
// cluster.
type settled struct {
	resource, model  string
	records          *Table
	clusters         []Cluster
	targets, changes []string
	left             map[int32]leftCluster
	identity         string              // of the target
	named            map[Origin][]string // see Difference.named
}

// named are, by row, the records of which a row that is not written may be, where those
// of a binding belong to these.
func (c counterparts) named(b *Binding) map[Origin][]string {
	belonging, ok := b.Target.(Belonging)
	if !ok {
		return nil
	}
	identity, _ := belonging.Belongs()
	named := map[Origin][]string{}
	for _, s := range c[b.Connection.Name] {
		for row, ids := range s.named {
			if s.identity == identity {
				named[row] = append(named[row], ids...)
			}
		}
	}
	return named
}

// each yields what became of each row, and reports whether more are wanted.
func (s *settled) each(yield func(Counterpart) bool) bool {
	for i := range s.clusters {
		one := Counterpart{Resource: s.resource, Model: s.model, Target: s.targets[i], Change: s.changes[i]}
		if left, is := s.left[int32(i)]; is {
			one.Target, one.Why, one.Hint = left.target, left.why, left.hint
		}
		for _, m := range s.clusters[i].Members {
			one.Row = s.records.Record(int(m))
			if !yield(one) {
				return false
			}
		}
	}
	return true
}

// leftCluster is a cluster that the plan leaves as it is, though it should not be, why, and
// the id of the record that it is known to be; "": it would be created, or nobody can tell.
type leftCluster struct{ target, why, hint string }

// leave counts a cluster whose change the policy does not allow.
func (d *differ) leave(i int, target string) {
	d.out.Counts.NotAllowed++
	if d.out.left == nil {
		return
	}
	action := Create
	if target != "" {
		action = Update
	}
	d.out.left[int32(i)] = leftCluster{target, "is left alone: the sink does not allow " + string(action), "allow it in the sink, or correct the row"}
}

// noteCluster notes of which cluster the last change is.
func (d *differ) noteCluster(i int) {
	if d.out.clusters != nil {
		d.out.clusters[d.out.Changes[len(d.out.Changes)-1].ID] = int32(i)
	}
}

// renamed keeps what is noted of a change whose id is another one by now.
func (d *Difference) renamed(before, id string) {
	if apart, noted := d.apart[before]; noted {
		d.apart[id] = apart
	}
	if i, noted := d.clusters[before]; noted {
		d.clusters[id] = i
	}
}

// clusterOf is the cluster of a change, or -1 where that is not asked for, or there is none.
func (d *Difference) clusterOf(ch *Change) int32 {
	if i, known := d.clusters[ch.ID]; known {
		return i
	}
	return -1
}

// recordOf is the id of the record that a link names for sure, or "".
func recordOf(link *Link, present *Present) string {
	if link.Target < 0 || link.Block != nil {
		return ""
	}
	return present.Records.Record(int(link.Target)).ID()
}
