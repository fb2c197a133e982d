package linkage

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
)

// Naming is the ids of the clusters of one run.
type Naming struct {
	IDs    []string             `json:"-"`               // by record
	GaveUp []pipeline.ClusterID `json:"gave_up"`         // ids that were given up in this run, ordered; Into says what took their place
	New    []string             `json:"new"`             // ids of clusters none of whose records was known, ordered
	Split  []string             `json:"split"`           // ids of clusters whose records were of others that kept their ids, ordered
	Joined []string             `json:"joined"`          // ids of clusters that took others in, ordered
	Grown  []string             `json:"grown,omitempty"` // ids of clusters that kept their id and got records that were not known, ordered
	Gone   []string             `json:"gone"`            // ids none of whose records is there any more, that were there in the run before, ordered
}

// NameClusters gives clusters their ids from run to run. Before is what was
// remembered of earlier runs, and what is to be remembered now is returned. Keys name the records, and the
// records that have one label are one cluster. Records of equal keys may stand in
// for each other.
//
// An id stays with the cluster that got the most of its records; of equal ones
// with that to which it is more, as an older id, and then with that of the
// smallest key. So a cluster that splits leaves its id to the larger part, and
// clusters that merge keep the id of the larger one; the other is given up, and
// Into says for whom. Ids of new clusters are made from the smallest key, so that
// the same runs give the same ids anywhere. The order of the records does not
// matter, and no id is ever given to two clusters of a run, or again after it was
// given up.
//
// Records that are not there keep their id in the memory for when they come back.
// The only error is that there are not as many keys as labels.
func NameClusters(before *pipeline.ClusterIDs, keys []string, labels []int32) (*Naming, *pipeline.ClusterIDs, error) {
	if len(keys) != len(labels) {
		return nil, nil, fmt.Errorf("there are %d keys for %d records", len(keys), len(labels))
	}
	n := &namer{before: before, run: before.Run + 1, alive: map[string]*pipeline.ClusterID{}}
	n.recall()
	n.gather(keys, labels)
	n.keep()
	n.invent()
	n.leave()
	return n.naming(len(keys)), n.memory(), nil
}

// namer names the clusters of one run.
type namer struct {
	before   *pipeline.ClusterIDs
	run      int
	alive    map[string]*pipeline.ClusterID // all ids that were ever given
	of       map[string]string              // by key: the id of its cluster
	clusters []*named
	holders  map[string][]*named // by id: the clusters that hold its records
	there    map[string]bool     // ids some record of which is there now
	out      Naming
}

// named is one cluster.
type named struct {
	id      string
	records []int32
	keys    []string       // without repetition among all clusters, sorted
	votes   map[string]int // by id: how many records had it
	fresh   int            // records that were not known
}

// recall reads the memory. An id that was given up stands for the one that took
// its place.
func (n *namer) recall() {
	for _, c := range n.before.IDs {
		n.alive[c.ID] = &c
	}
	n.of = make(map[string]string, len(n.before.Rows))
	for _, r := range n.before.Rows {
		id := n.standsFor(r.Cluster)
		if n.of[r.Key] = id; n.alive[id] == nil {
			n.alive[id] = &pipeline.ClusterID{ID: id}
		}
	}
}

// standsFor follows an id that was given up.
func (n *namer) standsFor(id string) string {
	for range len(n.alive) {
		c := n.alive[id]
		if c == nil || c.Into == "" {
			break
		}
		id = c.Into
	}
	return id
}

// gather makes the clusters, in an order that does not depend on that of the
// records.
func (n *namer) gather(keys []string, labels []int32) {
	byLabel := map[int32]*named{}
	for i, label := range labels {
		c := byLabel[label]
		if c == nil {
			c = &named{votes: map[string]int{}}
			byLabel[label] = c
			n.clusters = append(n.clusters, c)
		}
		c.records = append(c.records, int32(i))
		c.keys = append(c.keys, keys[i])
	}
	for _, c := range n.clusters {
		slices.Sort(c.keys)
	}
	slices.SortFunc(n.clusters, func(a, b *named) int { return slices.Compare(a.keys, b.keys) })
	seen := make(map[string]int, len(keys))
	n.holders, n.there = map[string][]*named{}, map[string]bool{}
	for _, c := range n.clusters {
		for i, k := range c.keys {
			if seen[k]++; seen[k] > 1 {
				c.keys[i] = fmt.Sprintf("%s\x00%d", k, seen[k])
			}
			if id := n.of[c.keys[i]]; id != "" {
				if c.votes[id]++; c.votes[id] == 1 {
					n.holders[id] = append(n.holders[id], c)
				}
				n.there[id] = true
			} else {
				c.fresh++
			}
		}
		slices.Sort(c.keys)
	}
}

// claim is a cluster that holds records of an id.
type claim struct {
	id    string
	c     *named
	votes int
}

// keep gives ids to the clusters that hold the most of their records.
func (n *namer) keep() {
	var claims []claim
	for id, holders := range n.holders {
		for _, c := range holders {
			claims = append(claims, claim{id, c, c.votes[id]})
		}
	}
	slices.SortFunc(claims, func(a, b claim) int {
		return cmp.Or(cmp.Compare(b.votes, a.votes), cmp.Compare(n.alive[a.id].Since, n.alive[b.id].Since),
			cmp.Compare(a.id, b.id), cmp.Compare(a.c.keys[0], b.c.keys[0]))
	})
	taken := map[string]bool{}
	for _, x := range claims {
		if x.c.id == "" && !taken[x.id] {
			x.c.id, taken[x.id] = x.id, true
		}
	}
	for _, c := range n.clusters {
		switch {
		case c.id == "" && len(c.votes) > 0:
			c.id = n.mint(c.keys[0])
			n.out.Split = append(n.out.Split, c.id)
		case c.id != "" && c.fresh > 0:
			n.out.Grown = append(n.out.Grown, c.id)
		}
	}
	n.giveUp(taken)
}

// giveUp finds the ids that no cluster keeps though their records are there: the
// cluster that holds the most of them takes their place.
func (n *namer) giveUp(taken map[string]bool) {
	joined := map[string]bool{}
	for id, holders := range n.holders {
		if taken[id] {
			continue
		}
		best := slices.MinFunc(holders, func(a, b *named) int {
			return cmp.Or(cmp.Compare(b.votes[id], a.votes[id]), cmp.Compare(a.keys[0], b.keys[0]))
		})
		n.alive[id].Into = best.id
		n.out.GaveUp = append(n.out.GaveUp, *n.alive[id])
		joined[best.id] = true
	}
	for id := range joined {
		n.out.Joined = append(n.out.Joined, id)
	}
}

// invent gives ids to the clusters that are new.
func (n *namer) invent() {
	for _, c := range n.clusters {
		if c.id == "" {
			c.id = n.mint(c.keys[0])
			n.out.New = append(n.out.New, c.id)
		}
	}
}

// idBytes is the length of an id before it is written down: 80 bits.
const idBytes = 10

// mint makes an id of a key that was never given before.
func (n *namer) mint(key string) string {
	for k := 0; ; k++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%d:%s", k, key))
		id := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:idBytes]))
		if n.alive[id] == nil {
			n.alive[id] = &pipeline.ClusterID{ID: id, Since: n.run}
			return id
		}
	}
}

// naming writes down what came of the run.
func (n *namer) naming(records int) *Naming {
	out := &n.out
	out.IDs = make([]string, records)
	for _, c := range n.clusters {
		for _, i := range c.records {
			out.IDs[i] = c.id
		}
	}
	for _, list := range [][]string{out.New, out.Split, out.Joined, out.Grown, out.Gone} {
		slices.Sort(list)
	}
	slices.SortFunc(out.GaveUp, func(a, b pipeline.ClusterID) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// leave notes the ids of which no record is there, and those that are back.
func (n *namer) leave() {
	for _, id := range n.of {
		switch c := n.alive[id]; {
		case n.there[id]:
			c.Gone = 0
		case c.Gone == 0:
			c.Gone = n.run
			n.out.Gone = append(n.out.Gone, id)
		}
	}
}

// memory is what is remembered of the run and those before it.
func (n *namer) memory() *pipeline.ClusterIDs {
	m := &pipeline.ClusterIDs{Run: n.run}
	for _, c := range n.clusters {
		for _, k := range c.keys {
			n.of[k] = c.id
		}
	}
	for key, id := range n.of {
		m.Rows = append(m.Rows, pipeline.ClusterRow{Key: key, Cluster: n.standsFor(id)})
	}
	for _, c := range n.alive {
		if c.Into != "" {
			c.Into = n.standsFor(c.ID)
		}
		m.IDs = append(m.IDs, *c)
	}
	slices.SortFunc(m.Rows, func(a, b pipeline.ClusterRow) int { return cmp.Compare(a.Key, b.Key) })
	slices.SortFunc(m.IDs, func(a, b pipeline.ClusterID) int { return cmp.Compare(a.ID, b.ID) })
	return m
}
