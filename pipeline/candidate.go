package pipeline

// nameCandidates looks up, for people, the records of the target that blocked rows
// name by their ids.
func nameCandidates(blocked []BlockedRow, keys []string, present *Table) {
	wanted := map[string]*Candidate{}
	for i := range blocked {
		for _, id := range blocked[i].Candidates {
			wanted[id] = nil
		}
	}
	if len(wanted) == 0 {
		return
	}
	for i := range present.Len() {
		r := present.Record(i)
		id := r.ID()
		if c, asked := wanted[id]; asked && c == nil {
			wanted[id] = candidate(r, id, keys)
		}
	}
	for i := range blocked {
		blocked[i].Records = nil // a block may be shared by several rows
		for _, id := range blocked[i].Candidates {
			if c := wanted[id]; c != nil {
				blocked[i].Records = append(blocked[i].Records, *c)
			}
		}
	}
}

func candidate(r Record, id string, keys []string) *Candidate {
	c := &Candidate{ID: id, Label: LabelOf(r)}
	for _, name := range keys {
		if f := r.Batch.schema.Index(name); f >= 0 && !blank(r.Value(f)) {
			c.Keys = append(c.Keys, Key{Field: name, Value: r.Value(f).String()})
		}
	}
	return c
}
