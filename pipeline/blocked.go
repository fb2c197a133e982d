package pipeline

// stop blocks a record; target is the id of the one that it is known to be, or "". The
// cluster is -1 for a record without rows.
func (d *Difference) stop(row BlockedRow, cluster int32, target string) {
	d.Blocked = append(d.Blocked, row)
	if d.left != nil && cluster >= 0 {
		d.left[cluster] = leftCluster{target, "is blocked: " + row.Reason, "settle that row first"}
	}
}

// blockIf takes changes back and blocks their records instead.
func (d *Difference) blockIf(reason func(*Change) (Block, bool)) {
	kept := 0
	for i := range d.Changes {
		ch := &d.Changes[i]
		block, no := reason(ch)
		if no {
			d.uncount(ch)
			d.stop(BlockedRow{Model: ch.Model, Label: ch.Label, Rows: ch.Rows, Match: ch.Match, Block: block}, d.clusterOf(ch), ch.Target)
			continue
		}
		if kept < i {
			d.Changes[kept] = *ch
		}
		kept++
	}
	d.Changes = d.Changes[:kept]
}

func (d *Difference) uncount(ch *Change) {
	d.Counts.Blocked++
	switch ch.Action {
	case Create:
		d.Counts.Create--
	case Update:
		d.Counts.Update--
	case Delete:
		d.Counts.Delete--
	}
	for _, f := range ch.Fields {
		if f.After.IsErase() {
			d.Counts.Blank--
		}
	}
}
