package pipeline

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// A row that seems to be gone may be there under another id: a source numbered its rows
// anew, or names them by an address that has changed. So no record is deleted as long as
// a row has a key of it or its name that is no record yet, since it is blocked, rejected or
// new, or that seems to have become another record than it was.

// CodeNotSurelyGone says of a record without rows that a row may be about it which is no
// record yet, or seems to be another one than it was, and of such a row that it may be that
// record.
const CodeNotSurelyGone = "not-surely-gone"

// goneRecord is a record of the target whose rows are gone from the sources.
type goneRecord struct {
	Record
	rows []RowKey
}

// What a row is that may be about a record which is gone.
const (
	rowBlocked  = "blocked"
	rowRejected = "rejected"
	rowNew      = "new"
	rowPlaced   = "another record"
)

// claim is a row that may be about a record whose own rows are gone.
type claim struct {
	state   string // rowBlocked and so on
	row     Origin
	by      string // what the two have in common
	cluster int    // of the row; -1 for a rejected one
}

// signBearersMax is how many records that are gone, or rows, may have a sign: what more of
// them have, such as the name of guests, tells nobody by itself; see crowd.
const signBearersMax = 20

// unplaced is a row that is no record yet, or may be another one than it is.
type unplaced struct {
	claim
	record Record
	signs  []sign   // that records which are gone have, too
	apart  []string // records of which a person said that they are others
}

// claims are, by record, the rows that may be about records which would be deleted.
func (d *differ) claims(gone []goneRecord) map[string][]claim {
	if len(gone) == 0 {
		return nil
	}
	told := map[sign][]Record{}
	for _, g := range gone {
		for _, s := range d.signs(g.Record) {
			told[s] = append(told[s], g.Record)
		}
	}
	rows, bearers := d.unplaced(told), map[sign]int{}
	for i := range rows {
		for _, s := range rows[i].signs {
			bearers[s]++
		}
	}
	claims, crowds := map[string][]claim{}, map[sign]*crowd{}
	for i := range rows {
		row := &rows[i]
		for _, s := range row.signs {
			if max(len(told[s]), bearers[s]) > signBearersMax {
				if crowds[s] == nil {
					crowds[s] = &crowd{sign: s, gone: told[s]}
				}
				crowds[s].join(row)
				continue
			}
			for _, r := range told[s] {
				known := claims[r.ID()]
				if slices.Contains(row.apart, r.ID()) || len(known) > 0 && known[len(known)-1].row == row.row || s.by == signName && row.state != rowPlaced && d.otherNumber(row.record, r) {
					continue
				}
				row.by = s.by
				claims[r.ID()] = append(known, row.claim)
			}
		}
	}
	d.tellCrowds(len(crowds))
	d.claimInCrowds(crowds, claims)
	for _, list := range claims {
		slices.SortStableFunc(list, compareClaims)
	}
	return claims
}

func compareClaims(a, b claim) int {
	return cmp.Or(cmp.Compare(a.state, b.state), compareRows([]Origin{a.row}, []Origin{b.row}))
}

// unplaced are the rows that have a sign which was told of a record, and are none: blocked,
// new, and rejected ones, and those that seem to have become another record than they were,
// whose number, of that record, says nothing of their names.
func (d *differ) unplaced(told map[sign][]Record) (rows []unplaced) {
	add := func(row unplaced, signs []sign) {
		row.signs = slices.DeleteFunc(signs, func(s sign) bool { return told[s] == nil })
		if len(row.signs) > 0 {
			rows = append(rows, row)
		}
	}
	columns := d.signColumns()
	for i := range d.Match.Clusters {
		cluster, link := &d.Match.Clusters[i], &d.Match.Links[i]
		c := claim{state: rowNew, cluster: i}
		switch {
		case cluster.Block != nil || link.Block != nil:
			c.state = rowBlocked
		case link.Made:
			continue
		case link.Target >= 0:
			c.state = rowPlaced
		}
		for _, m := range cluster.Members {
			r := d.Records.Record(int(m))
			c.row = r.Origin()
			row := unplaced{claim: c, record: r, apart: d.Match.Apart[i]}
			if c.state == rowPlaced {
				add(row, d.signsOfPlaced(r, d.Present.Records.Record(int(link.Target)), columns))
				continue
			}
			add(row, append(d.signs(r), d.ownerSigns(r, cluster.Block)...))
		}
	}
	if d.Rejected == nil {
		return rows
	}
	own := d.rejectedAre()
	for i := range d.Rejected.Len() {
		r := d.Rejected.Record(i)
		add(unplaced{claim: claim{state: rowRejected, row: r.Origin(), cluster: -1}, record: r}, d.signsOfRejected(r, own))
	}
	return rows
}

// rejectedAre are the records that rejected rows became, by their ids.
func (d *differ) rejectedAre() map[string]Record {
	own := map[string]Record{}
	for i := range d.Rejected.Len() {
		if o := d.Rejected.Record(i).Origin(); o.ID != "" && d.Links[RowKey{o.Source, o.ID}] != "" {
			own[d.Links[RowKey{o.Source, o.ID}]] = Record{}
		}
	}
	for i := 0; i < d.Present.Records.Len() && len(own) > 0; i++ {
		r := d.Present.Records.Record(i)
		if _, asked := own[r.ID()]; asked {
			own[r.ID()] = r
		}
	}
	return own
}

// signsOfRejected are those of a rejected row that are not explained by the record that it
// became, which stays in any case: a row that has no other name and number than its record
// may be about another one only by what the two do not share. An id that is used again
// explains nothing.
func (d *differ) signsOfRejected(r Record, records map[string]Record) []sign {
	signs, o := append(d.signs(r), d.ownerSigns(r, nil)...), r.Origin()
	own := records[d.Links[RowKey{o.Source, o.ID}]]
	if own.Batch == nil || otherName(r, own) || d.otherNumber(r, own) {
		return signs
	}
	shared := d.signs(own)
	return slices.DeleteFunc(signs, func(s sign) bool { return slices.Contains(shared, s) })
}

// tellCrowds tells of names and keys that say nothing of who is gone.
func (d *differ) tellCrowds(n int) {
	if n == 0 {
		return
	}
	d.out.Findings = append(d.out.Findings, diag.Finding{Severity: diag.Note, Code: CodeNotSurelyGone, Count: n,
		Message: fmt.Sprintf("%s, each of more than %d rows or records that are gone, say nothing by themselves of who may be there under another id", diag.Plural(n, "name or key", "names or keys"), signBearersMax)})
}

// keepClaimed blocks the deletion of a record, and what would be written of the new and
// placed rows that claim it: once that is done they are others, and the record would be
// deleted after all.
func (d *differ) keepClaimed(g goneRecord, claims []claim, writes map[int]Block) {
	first := claims[0]
	hint := map[string]string{rowBlocked: "settle that row first", rowRejected: "mend that row first",
		rowNew:    "say in the decisions whether the two are one: " + decisionForm(first.row, g.ID()) + "; with same: true the row becomes that record, with same: false it is another one, and the record deleted",
		rowPlaced: "if the source gave its ids anew, choose an id that stays; else say in the decisions whether the two are one: " + decisionForm(first.row, g.ID()) + "; with same: false the row stays what it is, and the record is deleted"}[first.state]
	d.out.Counts.Blocked++
	d.out.Blocked = append(d.out.Blocked, BlockedRow{Model: d.Binding.Model.Name, Label: LabelOf(g.Record), Rows: []Origin{},
		Block: Block{Code: CodeNotSurelyGone, Candidates: []string{g.ID()}, Hint: hint,
			Reason: fmt.Sprintf("its rows are gone from the sources, but row %s, which is %s, has its %s", rowWords(first.row), first.state, first.by)}})
	for _, c := range claims {
		d.out.claim(c.row, g.ID())
		if c.state == rowNew || c.state == rowPlaced {
			writes[c.cluster] = Block{Code: CodeNotSurelyGone, Candidates: append(writes[c.cluster].Candidates, g.ID()), Hint: hint,
				Reason: "record #" + diag.Shorten(g.ID(), 60) + ", whose rows are gone from the sources and which would be deleted, has the same " + c.by + ": the row may be about it, under another id"}
		}
	}
}

// claim notes that a row claims a record.
func (d *Difference) claim(row Origin, record string) {
	if d.claiming == nil {
		d.claiming = map[Origin][]string{}
	}
	d.claiming[row] = append(d.claiming[row], record)
}

// named are, by row, the records of a target that a row which is not written may be.
func (d *Difference) named(b *Binding) map[Origin][]string {
	named := map[Origin][]string{}
	maps.Copy(named, d.claiming)
	for i := range d.Blocked {
		if row := &d.Blocked[i]; row.Of == "" || row.Of == b.Resource {
			for _, o := range row.Rows {
				named[o] = append(named[o], row.Candidates...)
			}
		}
	}
	return named
}

// blockClaiming blocks the creates and updates of some clusters.
func (d *differ) blockClaiming(writes map[int]Block) {
	if len(writes) == 0 {
		return
	}
	blocks := map[Origin]Block{}
	for i, b := range writes {
		blocks[d.rows(i)[0]] = b
	}
	d.out.blockIf(func(ch *Change) (Block, bool) {
		if ch.Action == Delete || len(ch.Rows) == 0 {
			return Block{}, false
		}
		b, claims := blocks[ch.Rows[0]]
		return b, claims
	})
}

// decisionForm is how the decisions say what a row is, for a hint.
func decisionForm(row Origin, record string) string {
	form := "dedupe: { decisions: FILE } of the model, which needs nothing else"
	if row.ID == "" {
		return form
	}
	return fmt.Sprintf("%s: - { a: { source: %s, id: %q }, b: { target: %q }, same: true }", form, diag.Shorten(row.Source, 60), diag.Shorten(row.ID, 60), diag.Shorten(record, 60))
}

// rowWords name a row for people.
func rowWords(o Origin) string {
	if o.ID == "" {
		return diag.Shorten(o.String(), 120)
	}
	return diag.Shorten(o.Source, 60) + ":" + diag.Shorten(o.ID, 60)
}
