package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// CodeMemoryDamaged says that what decides about a row is remembered and not as it was
// written.
const CodeMemoryDamaged = "memory-damaged"

// damageOf is what a memory left out of what it knows of a target.
func damageOf(memory any, target string) Damage {
	if teller, ok := memory.(DamageTeller); ok {
		return teller.Damage(target)
	}
	return Damage{}
}

// damageHint says how a memory becomes sound again.
const damageHint = "reconkit state check names it; restore the memory from a backup, or take out what is damaged with reconkit state mend"

// findings tells of a damaged memory, and what follows.
func (d *Damage) findings(target string) []diag.Finding {
	if !d.Any() {
		return nil
	}
	var parts []string
	say := func(n int, one, many, follows string) {
		switch {
		case n == 1:
			parts = append(parts, "1 "+one+follows)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %s%s", n, many, follows))
		}
	}
	say(len(d.Links)+d.Strange, "link", "links", " (rows that no other link knows are not written unless they change nothing)")
	say(d.Entries, "value of the ledger", "values of the ledger", " (protect_edits leaves such fields alone)")
	say(d.Created, "note of who created a record", "notes of who created a record", " (such records are not deleted)")
	say(d.Declines, "declined change", "declined changes", " (it may be planned again, so that nothing is written that a person has not approved)")
	say(d.Calls, "call of the journal", "calls of the journal", " (what it sent may still be carried out as long as no later call shows that it was over)")
	return []diag.Finding{{Severity: diag.Warning, Code: CodeMemoryDamaged, Count: len(d.Links) + d.Strange + d.Entries + d.Created + d.Declines + d.Calls,
		Message: "what is remembered of " + target + " is damaged, and does not count: " + strings.Join(parts, "; "), Hint: damageHint}}
}

// forgotten reports whether the link of a row of a cluster may be among those that are
// damaged, so that only a person can say which record it is.
func (d *differ) forgotten(i int) bool {
	if len(d.lost)+d.Damage.Strange == 0 {
		return false
	}
	link := d.Match.Links[i]
	if link.Target >= 0 && link.Reason != nil && (link.Reason.Rule == "decision" || link.Reason.Rule == "link") {
		return false
	}
	known := false
	for _, m := range d.Match.Clusters[i].Members {
		row := d.Records.Record(int(m))
		key := RowKey{row.Batch.source, row.ID()}
		if d.lost[key] {
			return true
		}
		known = known || d.Links[key] != ""
	}
	return d.Damage.Strange > 0 && !known
}

func damagedBlock() Block {
	return Block{Code: CodeMemoryDamaged, Reason: "which record of the target it became is remembered and damaged, so that nobody knows whether it is another one",
		Hint: "say in the decisions file which record it is (a: { source, id }, b: { target }, same: true); or " + damageHint + ", and rows are found by their keys"}
}

// relinkLost reports whether the link of a row of a create may be damaged.
func (a *applier) relinkLost(ch Change) bool {
	if ch.Action != Create || a.written[ch.ID] {
		return false
	}
	return a.damage.Strange > 0 || slices.ContainsFunc(ch.Rows, func(o Origin) bool { return a.lost[RowKey{o.Source, o.ID}] })
}

// tellForgotten says of calls of a run that nothing is known of them any more.
func (u *undoer) tellForgotten(r undoneRun) {
	n := 0
	for _, c := range r.calls {
		if c.Route == RouteForgotten {
			n++
		}
	}
	if n > 0 {
		u.out.Findings = append(u.out.Findings, diag.Finding{Severity: diag.Warning, Code: CodeMemoryDamaged, Count: n,
			Message: fmt.Sprintf("what the run wrote is not known whole: of %d of its calls nothing is remembered, since they were damaged; what they wrote is not undone", n)})
	}
	if r.uncalled > 0 {
		u.out.Findings = append(u.out.Findings, diag.Finding{Severity: diag.Warning, Code: "other-run", Count: r.uncalled,
			Message: fmt.Sprintf("the run counts %d changes as written that no call of it is remembered to have sent: an earlier apply of the same plan sent them, or the journal of them was damaged; they are not undone", r.uncalled)})
	}
}
