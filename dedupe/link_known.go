package dedupe

import (
	"slices"

	"github.com/reconkit/reconkit/pipeline"
)

// noteStray counts a linked cluster of which a key names other records only.
func (l *linking) noteStray(members []int32, target int32) {
	hits, _ := l.hits(members)
	if slices.ContainsFunc(hits, func(h hit) bool { return !slices.Contains(h.found, target) && len(h.found) <= candidatesMax }) {
		l.stray++
	}
}

// rowName names the member that became the record.
func rowName(u *universe, members, linked []int32, target int32) string {
	for _, i := range members {
		if linked[i] == target {
			return u.rowID(i)
		}
	}
	return ""
}

// rowID names a row as links do, or by its place.
func (u *universe) rowID(i int32) string {
	o := u.record(i).Origin()
	if o.ID == "" {
		return o.String()
	}
	return o.Source + ":" + o.ID
}

// linkRule begins the reason of a link that is known of before; linkReasons has
// the whole.
func (l *linking) linkRule(members []int32, target int32) *pipeline.Reason {
	if !remembered(l.u, members, l.u.record(target).ID()) {
		return l.begun.reserved
	}
	return l.begun.link
}

// ruleReserved is the rule of a link by a number that was reserved for a row.
const ruleReserved = "reserved"

// remembered reports whether a member is remembered as a record of the target.
func remembered(u *universe, members []int32, target string) bool {
	return slices.ContainsFunc(members, func(i int32) bool {
		o := u.record(i).Origin()
		return o.ID != "" && u.in.Links[pipeline.RowKey{Source: o.Source, ID: o.ID}] == target
	})
}

// linkReasons tells why clusters are their records of the target, for those that
// are known by links or keys. Nearly all of them are never asked about. What it
// returns is kept as long as the result, and holds no more of the run than it needs.
func (r *run) linkReasons(members func(cluster int) []int32) func(cluster int) pipeline.Reason {
	u := &universe{m: r.u.m, in: r.u.in, rows: r.u.rows, n: r.u.n, fields: r.u.fields, keys: slices.Clone(r.u.keys)}
	for k := range u.keys {
		u.keys[k] = keyColumn{key: u.keys[k].key, ids: u.keys[k].ids} // only who has equal ones is asked
	}
	links, linked := r.links, r.linked
	return func(c int) pipeline.Reason {
		link := &links[c]
		target := link.Target + int32(u.rows)
		switch link.Reason.Rule {
		case ruleReserved:
			return ruled(ruleReserved, "it carries the number reserved for the row", rowName(u, members(c), linked, target), u.record(target).ID())
		case ruleNames[byLink]:
			return ruled(ruleNames[byLink], "remembered from an earlier run", rowName(u, members(c), linked, target), u.record(target).ID())
		default:
			keys, best := u.keyEvidence(members(c), target)
			return u.reason(ruleNames[bySame], best, target, &keys)
		}
	}
}
