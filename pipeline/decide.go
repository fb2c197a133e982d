package pipeline

import (
	"maps"
	"runtime"
	"slices"
	"sync"
)

// decide decides about clusters, of which at most so many become changes: all of them, or
// 0 where that is not known. Parts of very many that follow each other are decided side by
// side and put together in order, as if one had decided about all of them.
//
// Each part writes its changes into a stretch of the list that is as long as it has
// clusters. Since a cluster is one change at most, none outgrows its stretch, and what is
// taken of a part never lies over what a later one has written.
func (d *differ) decide(clusters []int32, changes int) {
	d.out.Changes = make([]Change, 0, changes)
	sides := runtime.GOMAXPROCS(0)
	if len(clusters) < sideFrom || sides == 1 || d.asksOthers() {
		for _, i := range clusters {
			d.cluster(int(i))
		}
		return
	}
	parts := make([]*differ, sides)
	var running sync.WaitGroup
	for s := range parts {
		parts[s] = d.part()
		from, to := len(clusters)*s/sides, len(clusters)*(s+1)/sides
		mine := clusters[from:to]
		if changes > 0 {
			parts[s].out.Changes = d.out.Changes[from:from:to]
		}
		running.Go(func() {
			for _, i := range mine {
				parts[s].cluster(int(i))
			}
		})
	}
	running.Wait()
	for _, p := range parts {
		d.take(p)
	}
}

// asksOthers reports whether what becomes of a cluster may need what is found out once
// for all of them: which numbers are reserved, or which rows were not read.
func (d *differ) asksOthers() bool { return d.reserves || len(d.Partial) > 0 }

// part is a differ of some of the clusters, which changes nothing of this one: what
// deciding adds to is its own, such as the records that may share a key, and what all need
// to know is found out before, or by each for itself.
func (d *differ) part() *differ {
	d.keyNames()
	d.identity()
	p := *d
	p.out, p.edits, p.kept, p.joined = &Difference{}, map[string][]string{}, map[string]kept{}, joined{}
	if d.out.apart != nil {
		p.out.apart = map[string][]string{}
	}
	if d.out.left != nil {
		p.out.left, p.out.clusters = map[int32]leftCluster{}, map[string]int32{}
	}
	p.entries, p.entriesOf, p.scratch = nil, "", nil
	p.traced = tracer{records: d.Records, match: d.Match}
	return &p
}

// take adds what a part has decided, after all parts before it. Its changes lie behind
// what was taken before, or elsewhere; see decide.
func (d *differ) take(p *differ) {
	d.out.Changes = append(d.out.Changes, p.out.Changes...)
	d.out.Blocked = append(d.out.Blocked, p.out.Blocked...)
	d.out.Links = append(d.out.Links, p.out.Links...)
	d.out.Findings = append(d.out.Findings, p.out.Findings...)
	d.out.Counts.addDecided(p.out.Counts)
	d.out.Unsaid += p.out.Unsaid
	maps.Copy(d.out.apart, p.out.apart)
	maps.Copy(d.out.left, p.out.left)
	maps.Copy(d.out.clusters, p.out.clusters)
	for field, records := range p.edits {
		d.edits[field] = append(d.edits[field], records...)
	}
	for field, more := range p.kept {
		k := d.kept[field]
		k.records += more.records
		k.members = append(k.members, slices.DeleteFunc(more.members, func(m string) bool { return slices.Contains(k.members, m) })...)
		d.kept[field] = k
	}
	d.joined.n += p.joined.n
	d.joined.told = append(d.joined.told, p.joined.told...)
	d.joined.told = d.joined.told[:min(len(d.joined.told), joinedToldMax)]
}
