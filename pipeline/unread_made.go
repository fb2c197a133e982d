package pipeline

import (
	"context"
	"slices"
)

// A record that an apply created and did not live to read back is found by the next plan;
// see unread.go. It is ours like any other one that we created, so that a mirror deletes it
// once its rows are gone, as long as the target's answer said that the call made that very
// record. What was sent is remembered as what the target shows, so that whatever somebody
// wrote there since is seen as an edit.

// rememberUnread remembers, of the records that the plan found for rows that were none so
// far, which ones an apply of the pipeline created. It does so before the links of these
// rows are remembered, by which they are known from then on.
func (a *applier) rememberUnread(ctx context.Context) error {
	rows := a.rowsFound()
	if len(rows) == 0 {
		return nil
	}
	creates, err := unreadChanges(ctx, a.opt.State, unreadQuery{target: a.binding.Identity, pipeline: a.plan.RowsOf(&a.binding), but: a.plan.Digest,
		wanted: func(ch *Change) bool { return ch.hasRow(func(row RowKey) bool { return rows[row] != "" }) }})
	if err != nil || len(creates) == 0 {
		return err
	}
	ledger, err := viewLedger(ctx, a.opt.State, a.binding.Identity)
	if err != nil {
		return err
	}
	var own owning
	var entries []LedgerEntry
	for _, u := range creates {
		if u.made == "" || !u.hasRow(func(row RowKey) bool { return rows[row] == u.made }) {
			continue
		}
		own.created = append(own.created, u.made)
		known := ledger.Of(u.made) // where another row of the record was written since
		for i := range u.Fields {
			f := &u.Fields[i]
			if !slices.ContainsFunc(known, func(e LedgerEntry) bool { return e.Field == f.Field }) {
				entries = append(entries, LedgerEntry{Record: u.made, Field: f.Field, Sent: f.After, Shown: f.After, At: u.over})
			}
		}
	}
	if err := a.saveEntries(ctx, entries); err != nil {
		return err
	}
	return own.save(ctx, a)
}

// rowsFound are the records that the plan found for rows of which nothing was remembered, by
// row, where nobody is known to have created the record.
func (a *applier) rowsFound() map[RowKey]string {
	found := map[RowKey]string{}
	note := func(row RowKey, record string) {
		if _, known := a.created[record]; !known && record != "" && row.ID != "" && a.links[row] == "" {
			found[row] = record
		}
	}
	for _, l := range a.binding.Links {
		note(RowKey{l.Source, l.ID}, l.Target)
	}
	for i := range a.changes {
		if ch := &a.changes[i]; ch.Action == Update {
			for _, o := range ch.Rows {
				note(RowKey{o.Source, o.ID}, ch.Target)
			}
		}
	}
	return found
}
