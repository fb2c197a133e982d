package pipeline

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline/canon"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// A row that seems to be gone may be there under another id: a source numbered its rows
// anew, or names them by an address that has changed. So no record is deleted as long as
// a row that is no record yet, since it is blocked, rejected or new, has a key of it or
// its name.

// CodeNotSurelyGone says of a record without rows that a row may be about it which is no
// record yet, and of a new row that it may be such a record.
const CodeNotSurelyGone = "not-surely-gone"

// goneRecord is a record of the target whose rows are gone from the sources.
type goneRecord struct {
	Record
	rows []RowKey
}

// Why a row is no record yet.
const (
	rowBlocked  = "blocked"
	rowRejected = "rejected"
	rowNew      = "new"
)

// claim is a row that may be about a record whose own rows are gone.
type claim struct {
	state   string // rowBlocked, rowRejected or rowNew
	row     Origin
	by      string // what the two have in common
	cluster int    // of the row; -1 for a rejected one
}

// sign is something by which a record is told: in is what it belongs to, such as an
// event, of a record that belongs to others.
type sign struct{ in, by, value string }

// signName is the sign of a whole name.
const signName = "name"

// signBearersMax is how many records that are gone, or rows, may have a sign: what more of
// them have, such as the name of guests, tells nobody by itself; see crowd.
const signBearersMax = 20

// unplaced is a row that is no record yet.
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
				if slices.Contains(row.apart, r.ID()) || len(known) > 0 && known[len(known)-1].row == row.row || s.by == signName && d.otherNumber(row.record, r) {
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

// unplaced are the rows that are no record yet, and have a sign that was told of one: blocked,
// new, and rejected ones.
func (d *differ) unplaced(told map[sign][]Record) (rows []unplaced) {
	add := func(row unplaced, signs []sign) {
		row.signs = slices.DeleteFunc(signs, func(s sign) bool { return told[s] == nil })
		if len(row.signs) > 0 {
			rows = append(rows, row)
		}
	}
	for i := range d.Match.Clusters {
		cluster, link := &d.Match.Clusters[i], &d.Match.Links[i]
		c := claim{state: rowNew, cluster: i}
		switch {
		case cluster.Block != nil || link.Block != nil:
			c.state = rowBlocked
		case link.Target >= 0 || link.Made:
			continue
		}
		for _, m := range cluster.Members {
			r := d.Records.Record(int(m))
			c.row = r.Origin()
			add(unplaced{claim: c, record: r, apart: d.Match.Apart[i]}, append(d.signs(r), d.ownerSigns(r, cluster.Block)...))
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

// otherNumber reports whether a row and a record have a number of one kind, and not the
// same: then an equal name is that of two.
func (d *differ) otherNumber(row, record Record) bool {
	return slices.ContainsFunc(d.Present.Records.Schema().fields, func(f Field) bool {
		a, b := row.Get(f.Name), record.Get(f.Name)
		return f.Kind == KindIdentifier && slices.Contains(d.keyNames(), f.Name) && !blank(a) && !blank(b) && foldKey(a.String()) != foldKey(b.String())
	})
}

// tellCrowds tells of names and keys that say nothing of who is gone.
func (d *differ) tellCrowds(n int) {
	if n == 0 {
		return
	}
	d.out.Findings = append(d.out.Findings, diag.Finding{Severity: diag.Note, Code: CodeNotSurelyGone, Count: n,
		Message: fmt.Sprintf("%s, each of more than %d rows or records that are gone, say nothing by themselves of who may be there under another id", diag.Plural(n, "name or key", "names or keys"), signBearersMax)})
}

// signs are those of a record of the target, or of a row.
func (d *differ) signs(r Record) []sign {
	owner, in := belongsBy(d.Binding.Target), d.belongsIn(r)
	var signs []sign
	for _, f := range d.Present.Records.Schema().fields {
		refers := f.Reference && (f.Kind == KindEmail || f.Kind == KindIdentifier || f.Name == owner)
		if v := r.Get(f.Name); (refers || slices.Contains(d.keyNames(), f.Name)) && !blank(v) {
			signs = append(signs, sign{in, f.Name, foldKey(v.String())})
		}
	}
	if owner != "" {
		return signs
	}
	name := nameOf(r)
	for _, spelled := range [...]string{name, canon.FoldGerman(name)} {
		words := strings.Fields(canon.FoldWords(spelled))
		slices.Sort(words)
		if s := (sign{in, signName, strings.Join(words, " ")}); s.value != "" && !slices.Contains(signs, s) {
			signs = append(signs, s)
		}
	}
	return signs
}

// ownerSigns are those of records that belong to one of which a row that is not written
// may be.
func (d *differ) ownerSigns(r Record, b *Block) []sign {
	owner := belongsBy(d.Binding.Target)
	if owner == "" {
		return nil
	}
	owners := d.Named[r.Origin()]
	if b != nil && b.Of != "" && b.Of != d.Binding.Resource {
		owners = slices.Concat(owners, b.Candidates)
	}
	in, signs := d.belongsIn(r), make([]sign, len(owners))
	for i, id := range owners {
		signs[i] = sign{in, owner, foldKey(id)}
	}
	return signs
}

// belongsIn is what a record that belongs to another one refers to beside that.
func (d *differ) belongsIn(r Record) string {
	owner, in := belongsBy(d.Binding.Target), ""
	for _, f := range d.Present.Records.Schema().fields {
		if owner != "" && f.Reference && f.Kind == KindPlain && f.Name != owner {
			in += r.Get(f.Name).String() + "\x00"
		}
	}
	return in
}

// keepClaimed blocks the deletion of a record, and the creation of the new rows that
// claim it: once created they would be others, and the record be deleted after all.
func (d *differ) keepClaimed(g goneRecord, claims []claim, creates map[int]Block) {
	first := claims[0]
	hint := map[string]string{rowBlocked: "settle that row first", rowRejected: "mend that row first",
		rowNew: "say in the decisions whether the two are one: " + decisionForm(first.row, g.ID()) + "; with same: true the row becomes that record, with same: false it is another one, and the record deleted"}[first.state]
	d.out.Counts.Blocked++
	d.out.Blocked = append(d.out.Blocked, BlockedRow{Model: d.Binding.Model.Name, Label: LabelOf(g.Record), Rows: []Origin{},
		Block: Block{Code: CodeNotSurelyGone, Candidates: []string{g.ID()}, Hint: hint,
			Reason: fmt.Sprintf("its rows are gone from the sources, but row %s, which is %s, has its %s", rowWords(first.row), first.state, first.by)}})
	for _, c := range claims {
		d.out.claim(c.row, g.ID())
		if c.state == rowNew {
			creates[c.cluster] = Block{Code: CodeNotSurelyGone, Candidates: append(creates[c.cluster].Candidates, g.ID()), Hint: hint,
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

// blockClaiming blocks the creates of some clusters.
func (d *differ) blockClaiming(creates map[int]Block) {
	if len(creates) == 0 {
		return
	}
	blocks := map[Origin]Block{}
	for i, b := range creates {
		blocks[d.rows(i)[0]] = b
	}
	d.out.blockIf(func(ch *Change) (Block, bool) {
		if ch.Action != Create || len(ch.Rows) == 0 {
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
