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
// for each other; alone in their clusters they keep their ids in their order.
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
	n := &namer{run: before.Run + 1}
	n.recall(before)
	n.gather(keys, labels)
	n.keep()
	n.invent()
	n.leave()
	return n.naming(len(keys)), n.memory(), nil
}

// namer names the clusters of one run. Ids are numbered by their place in ids, and
// rows that are remembered by theirs in rows.
type namer struct {
	run      int
	rows     []pipeline.ClusterRow // that are remembered, by key
	of       []int32               // by row that is remembered: the id of its cluster
	ids      []pipeline.ClusterID  // all that were ever given: those of before, by id, then the others
	before   int                   // ids of before
	number   map[string]int32      // by id
	members  []member              // of one cluster after the other
	clusters []named               // by their keys
	held     []int32               // by id: how many clusters hold records of it
	taken    []bool                // by id: a cluster keeps it
	out      Naming
}

// member is one record of a cluster.
type member struct {
	key    string // without repetition among all clusters
	equal  int32  // a number that records of equal keys have in common, in the order of the keys
	record int32
	row    int32 // that is remembered; -1: none is
}

// named is one cluster.
type named struct {
	members []member // by key
	votes   []vote
	id      int32 // -1: none yet
	fresh   int   // records that were not known
}

// key is the first key in the order in which the members are walked through: the smallest,
// but that equal keys are told apart by a number.
func (c *named) key() string { return c.members[0].key }

// vote is how many records of a cluster had an id.
type vote struct {
	id, records int32
}

// recall reads the memory. An id that was given up stands for the one that took
// its place.
func (n *namer) recall(before *pipeline.ClusterIDs) {
	n.rows, n.ids = merged(before.Rows, nil, rowKey), slices.Clone(merged(before.IDs, nil, idText))
	n.before = len(n.ids)
	n.number = make(map[string]int32, len(n.ids))
	for i := range n.ids {
		n.number[n.ids[i].ID] = int32(i)
	}
	n.of = make([]int32, len(n.rows))
	for i := range n.rows {
		at, there := n.number[n.rows[i].Cluster]
		if !there {
			at = n.add(pipeline.ClusterID{ID: n.rows[i].Cluster})
		}
		n.of[i] = n.standsFor(at)
	}
}

func (n *namer) add(c pipeline.ClusterID) int32 {
	at := int32(len(n.ids))
	n.ids = append(n.ids, c)
	n.number[c.ID] = at
	return at
}

// standsFor follows an id that was given up.
func (n *namer) standsFor(id int32) int32 {
	for range n.ids {
		if n.ids[id].Into == "" {
			break
		}
		into, there := n.number[n.ids[id].Into]
		if !there {
			break
		}
		id = into
	}
	return id
}

// gather makes the clusters, in an order that does not depend on that of the
// records.
func (n *namer) gather(keys []string, labels []int32) {
	order := byText(len(keys), func(i int32) string { return keys[i] })
	clusterOf, sizes := make([]int32, len(keys)), []int32{} // clusters in the order of their smallest keys
	byLabel := make(map[int32]int32, len(keys))
	for _, i := range order {
		c, there := byLabel[labels[i]]
		if !there {
			c = int32(len(sizes))
			byLabel[labels[i]], sizes = c, append(sizes, 0)
		}
		clusterOf[i] = c
		sizes[c]++
	}
	n.members, n.clusters = make([]member, 0, len(keys)), make([]named, len(sizes))
	for c, size := range sizes {
		n.clusters[c] = named{id: -1, members: n.members[len(n.members):][:0:size]}
		n.members = n.members[:len(n.members)+int(size)]
	}
	row, equal := 0, int32(0)
	for k, i := range order {
		if k > 0 && keys[order[k-1]] != keys[i] {
			equal++
		}
		m := member{key: keys[i], equal: equal, record: i, row: -1}
		for row < len(n.rows) && n.rows[row].Key < keys[i] {
			row++
		}
		if row < len(n.rows) && n.rows[row].Key == keys[i] {
			m.row = int32(row)
		}
		c := &n.clusters[clusterOf[i]]
		c.members = append(c.members, m)
	}
	slices.SortFunc(n.clusters, func(a, b named) int { // who of several has the smaller keys, and of those with equal ones came first
		return cmp.Or(slices.CompareFunc(a.members, b.members, func(x, y member) int { return cmp.Compare(x.equal, y.equal) }),
			cmp.Compare(a.members[0].record, b.members[0].record))
	})
	n.tellApart(int(equal) + 1)
}

// tellApart makes keys that several records have different ones, in the order of
// the clusters, and counts the ids that the records of each cluster had.
func (n *namer) tellApart(different int) {
	n.held, n.taken = make([]int32, len(n.ids)), make([]bool, len(n.ids))
	seen := make([]int32, different)
	votes := make([]vote, 0, len(n.members)) // room for all
	for c := range n.clusters {
		c := &n.clusters[c]
		c.votes = votes[len(votes):]
		for i := range c.members {
			m := &c.members[i]
			if seen[m.equal]++; seen[m.equal] > 1 {
				m.key, m.row = fmt.Sprintf("%s\x00%d", m.key, seen[m.equal]), -1
				if at, known := slices.BinarySearchFunc(n.rows, m.key, func(r pipeline.ClusterRow, key string) int { return strings.Compare(r.Key, key) }); known {
					m.row = int32(at)
				}
			}
			if m.row >= 0 {
				n.vote(c, n.of[m.row])
			} else {
				c.fresh++
			}
		}
		votes = votes[:len(votes)+len(c.votes)]
	}
}

func (n *namer) vote(c *named, id int32) {
	for i := range c.votes {
		if c.votes[i].id == id {
			c.votes[i].records++
			return
		}
	}
	c.votes = append(c.votes, vote{id, 1})
	n.held[id]++
}

// claim is a cluster that holds records of an id which others may claim, too.
type claim struct {
	vote
	c *named
}

// keep gives ids to the clusters that hold the most of their records.
func (n *namer) keep() {
	var claims []claim
	for i := range n.clusters {
		c := &n.clusters[i]
		if len(c.votes) == 1 && n.held[c.votes[0].id] == 1 {
			c.id, n.taken[c.votes[0].id] = c.votes[0].id, true
			continue
		}
		for _, v := range c.votes {
			claims = append(claims, claim{v, c})
		}
	}
	slices.SortFunc(claims, func(a, b claim) int {
		x, y := &n.ids[a.id], &n.ids[b.id]
		return cmp.Or(cmp.Compare(b.records, a.records), cmp.Compare(x.Since, y.Since), cmp.Compare(x.ID, y.ID), cmp.Compare(a.c.key(), b.c.key()))
	})
	for _, x := range claims {
		if x.c.id < 0 && !n.taken[x.id] {
			x.c.id, n.taken[x.id] = x.id, true
		}
	}
	for i := range n.clusters {
		c := &n.clusters[i]
		switch {
		case c.id < 0 && len(c.votes) > 0:
			c.id = n.mint(c.key())
			n.out.Split = append(n.out.Split, n.ids[c.id].ID)
		case c.id >= 0 && c.fresh > 0:
			n.out.Grown = append(n.out.Grown, n.ids[c.id].ID)
		}
	}
	n.giveUp(claims)
}

// giveUp finds the ids that no cluster keeps though their records are there: the
// cluster that holds the most of them takes their place.
func (n *namer) giveUp(claims []claim) {
	best := map[int32]claim{}
	for _, x := range claims {
		if n.taken[x.id] {
			continue
		}
		now, there := best[x.id]
		if !there || cmp.Or(cmp.Compare(now.records, x.records), cmp.Compare(x.c.key(), now.c.key())) < 0 {
			best[x.id] = x
		}
	}
	joined := map[int32]bool{}
	for id, x := range best {
		n.ids[id].Into = n.ids[x.c.id].ID
		n.out.GaveUp = append(n.out.GaveUp, n.ids[id])
		joined[x.c.id] = true
	}
	for id := range joined {
		n.out.Joined = append(n.out.Joined, n.ids[id].ID)
	}
}

// invent gives ids to the clusters that are new.
func (n *namer) invent() {
	for i := range n.clusters {
		if c := &n.clusters[i]; c.id < 0 {
			c.id = n.mint(c.key())
			n.out.New = append(n.out.New, n.ids[c.id].ID)
		}
	}
}

// idBytes is the length of an id before it is written down: 80 bits.
const idBytes = 10

// mint makes an id of a key that was never given before.
func (n *namer) mint(key string) int32 {
	for k := 0; ; k++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%d:%s", k, key))
		id := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:idBytes]))
		if _, given := n.number[id]; !given {
			return n.add(pipeline.ClusterID{ID: id, Since: n.run})
		}
	}
}

// naming writes down what came of the run.
func (n *namer) naming(records int) *Naming {
	out := &n.out
	out.IDs = make([]string, records)
	for i := range n.clusters {
		c := &n.clusters[i]
		for _, m := range c.members {
			out.IDs[m.record] = n.ids[c.id].ID
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
	for id, held := range n.held {
		switch c := &n.ids[id]; {
		case held > 0:
			c.Gone = 0
		case c.Gone == 0 && c.Into == "":
			c.Gone = n.run
			n.out.Gone = append(n.out.Gone, c.ID)
		}
	}
}

// memory is what is remembered of the run and those before it.
func (n *namer) memory() *pipeline.ClusterIDs {
	var fresh []pipeline.ClusterRow
	for i := range n.clusters {
		c := &n.clusters[i]
		for _, m := range c.members {
			if m.row >= 0 {
				n.of[m.row] = c.id
			} else {
				fresh = append(fresh, pipeline.ClusterRow{Key: m.key, Cluster: n.ids[c.id].ID})
			}
		}
	}
	rows := slices.Clone(n.rows)
	for i := range rows {
		rows[i].Cluster = n.ids[n.standsFor(n.of[i])].ID
	}
	for i := range n.ids {
		if n.ids[i].Into != "" {
			n.ids[i].Into = n.ids[n.standsFor(int32(i))].ID
		}
	}
	return &pipeline.ClusterIDs{Run: n.run, Rows: merged(rows, fresh, rowKey), IDs: merged(n.ids[:n.before], n.ids[n.before:], idText)}
}

func rowKey(r pipeline.ClusterRow) string { return r.Key }
func idText(c pipeline.ClusterID) string  { return c.ID }
