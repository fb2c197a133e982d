package dedupe

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// tiesMax is the number of ties of one cluster that are explained.
const tiesMax = 100

// largeCluster is the number of members from which a cluster is told.
const largeCluster = 50

// run is one matching.
type run struct {
	u        *universe
	judge    *likelihood
	weights  *pipeline.MatchWeights // nil: nothing is compared
	evidence evidence               // scratch of the goroutine that owns the run
	notes    *notes

	order  []int32 // rows by content
	claim  []uint32
	claims *claims
	groups *groups

	targets   map[string]int32
	linked    []int32            // by row: the record of the target that it became; -1
	reused    map[int32]reuse    // rows that became one, and are somebody else by now
	separated map[pair]bool      // what a person said is different
	upheld    map[pair]bool      // that of it which is about values that are still the same
	differ    []pair             // of these, what a person said of just these records, as they are
	decided   map[int32][]int32  // by row: the records of the target that a person said it is
	sames     map[pair]*Decision // the answers that hold and say that two records are the same
	old       []answer           // decisions about records that have other values by now

	edges   []edge
	asks    []edge
	offers  []offer
	settled []bool // by root: the target is known without similarity

	members   [][]int32 // by cluster, survivor first
	clusterOf []int32
	links     []pipeline.Link
	index     []keyIndex // by place in keys
	why       func(cluster int) pipeline.Reason
	claimed   []rule // by cluster: how sure its claim on the target is
	blocks    map[int32]*pipeline.Block
	questions []question
	doubts    []pair        // what is asked, also where a question about others of the two clusters asks it
	again     map[pair]bool // pairs that were in doubt before, and say the same
	unmet     []byte        // what is remembered of such pairs of which one record is not there
	open      openPairs     // those of them that are two rows
}

// question is a pair that a person must decide.
type question struct {
	a, b   int32
	rule   rule
	weight linkage.Weight
}

// Match finds out which records are one thing. Clusters come in the order of
// the content of their first record: by the value of its first key (in the
// order of Keys, then Same, then Never), records without a key last, then by
// all values, then by origin. Members come by survivorship. An error means
// that the input does not fit the model or that ctx is done.
//
// A cluster that may be one with another cluster is blocked when writing both
// would create both: the new one when the other is in the target, the one that
// says less when both are new. Of several clusters that claim one record of the
// target the one with the surest claim (decision, link, key, likeness) is
// written when no other is as sure; the rest is blocked.
func (m *Matcher) Match(ctx context.Context, in pipeline.MatchInput) (*pipeline.MatchResult, error) {
	r, err := m.prepared(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("match records: %w", err)
	}
	written := r.writeWeights()
	defer written()
	r.tellComparison()
	r.tellNones()
	if m.config.Join {
		if err := r.joinRows(ctx); err != nil {
			return nil, fmt.Errorf("match records: %w", err)
		}
	}
	r.collectClusters()
	r.linkClusters()
	if m.config.Join {
		r.askAgain()
		r.settleAsks()
	} else {
		r.findDuplicateRows()
	}
	if err := cmp.Or(ctx.Err(), written()); err != nil {
		return nil, fmt.Errorf("match records: %w", err)
	}
	return r.result()
}

// prepare normalises the records, and finds what their keys and links say.
func (m *Matcher) prepare(ctx context.Context, in pipeline.MatchInput) (*run, error) {
	u, err := newUniverse(ctx, m, in)
	if err != nil {
		return nil, err
	}
	r := &run{u: u, notes: newNotes(), claims: newClaims(), blocks: map[int32]*pipeline.Block{}}
	u.rank = u.contentOrder()
	r.indexTargets()
	r.readLinks()
	r.order = make([]int32, u.rows)
	for i, place := range u.rank[:u.rows] {
		r.order[place] = int32(i)
	}
	r.claim = r.claims.fill(u)
	return r, ctx.Err()
}

// begin makes groups of one row each, with what is decided about them.
func (r *run) begin() {
	r.judge = newLikelihood(r.u)
	r.groups = newGroups(r.u.rows, r.claims, r.claim)
	for k := range r.u.keys {
		if r.u.m.config.Join && r.u.keys[k].same {
			r.findShared(k)
		}
	}
	r.readDecisions()
	r.recallAsked()
}

// joinRows makes the clusters: first what is sure, then what is similar.
func (r *run) joinRows(ctx context.Context) error {
	r.joinLinked()
	for k := range r.u.keys {
		if r.u.keys[k].same {
			r.joinSame(k)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	r.cluster(r.edges)
	r.edges = nil
	r.settle()
	r.groups.flat()
	if err := r.meet(ctx); err != nil {
		return err
	}
	r.doubtRivals()
	r.cluster(r.edges)
	return nil
}

// joinLinked joins the rows that became one record of the target earlier.
func (r *run) joinLinked() {
	first := map[int32]int32{}
	for _, i := range r.order {
		target := r.linked[i]
		if target < 0 || r.apart(i, target) {
			continue
		}
		if center, ok := first[target]; ok {
			r.edges = append(r.edges, r.edge(byLink, center, i))
		} else {
			first[target] = i
		}
	}
}

// settle marks the groups for which the target is known, or known to be in
// doubt, without looking for similar records.
func (r *run) settle() {
	r.settled = make([]bool, r.u.rows)
	inTarget := make([][]bool, len(r.u.keys))
	for k := range r.u.keys {
		c := &r.u.keys[k]
		inTarget[k] = make([]bool, len(c.values.text))
		for _, id := range c.ids[r.u.rows:] {
			inTarget[k][id] = true
		}
	}
	for i := range int32(r.u.rows) {
		sure := r.linked[i] >= 0 || len(r.decided[i]) > 0
		for k := range r.u.keys {
			id := r.u.keys[k].ids[i]
			sure = sure || (r.u.keys[k].link >= 0 && id != 0 && inTarget[k][id] && !r.u.keys[k].shared[id])
		}
		if sure {
			r.settled[r.groups.find(i)] = true
		}
	}
}

// collectClusters numbers the clusters by their first record.
func (r *run) collectClusters() {
	sizes, clusters := make([]int32, r.u.rows), 0
	for i := range int32(r.u.rows) {
		root := r.groups.find(i)
		if sizes[root]++; sizes[root] == 1 {
			clusters++
		}
	}
	r.members = make([][]int32, 0, clusters)
	all := make([]int32, 0, r.u.rows)
	number := make([]int32, r.u.rows) // by root, from 1
	r.clusterOf = make([]int32, r.u.rows)
	for _, i := range r.order {
		root := r.groups.find(i)
		if number[root] == 0 {
			start := len(all)
			all = all[:start+int(sizes[root])]
			r.members = append(r.members, all[start:start:start+int(sizes[root])])
			number[root] = int32(len(r.members))
		}
		c := number[root] - 1
		r.members[c] = append(r.members[c], i)
		r.clusterOf[i] = c
	}
	for c := range r.members {
		r.sortMembers(r.members[c])
	}
}

// settleAsks turns doubts between rows into questions and blocks.
func (r *run) settleAsks() {
	r.sortEdges(r.asks)
	asked := map[pair]bool{}
	for _, e := range r.asks {
		a, b := r.clusterOf[e.a], r.clusterOf[e.b]
		if a == b || r.groups.forbidden(r.groups.find(e.a), r.groups.find(e.b)) {
			continue
		}
		r.doubts = append(r.doubts, pair{e.a, e.b})
		if asked[pairOf(a, b)] {
			continue
		}
		asked[pairOf(a, b)] = true
		r.ask(e.rule, e.a, e.b)
		if c, block := r.weaker(a, b); block && r.blocks[c] == nil {
			r.blocks[c] = r.undecided(c, e.a, e.b)
		}
	}
}

// undecided blocks a cluster because of a question, and names the rows that the
// question names.
func (r *run) undecided(c, a, b int32) *pipeline.Block {
	if r.clusterOf[a] != c {
		a, b = b, a
	}
	text := "it may be the same contact as " + r.named(b)
	if len(r.members[c]) > 1 {
		text = "its row " + r.named(a) + " may be the same contact as " + r.named(b)
	}
	if rest := len(r.members[r.clusterOf[b]]) - 1; rest > 0 {
		text += fmt.Sprintf(", which is one with %d more", rest)
	}
	return r.block(CodeUndecided, text, "decide whether they are one contact", nil)
}

// weaker returns the one of two clusters that must wait for a decision, if any.
func (r *run) weaker(a, b int32) (int32, bool) {
	newA, newB := r.links[a].Target < 0, r.links[b].Target < 0
	switch {
	case !newA && !newB:
		return 0, false
	case newA != newB && newA:
		return a, true
	case newA != newB:
		return b, true
	}
	x, y := r.standing(r.members[a][0]), r.standing(r.members[b][0])
	if cmp.Or(cmp.Compare(r.keyCount(a), r.keyCount(b)), cmp.Compare(x.filled, y.filled), cmp.Compare(y.rank, x.rank)) < 0 {
		return a, true
	}
	return b, true
}

func (r *run) keyCount(c int32) int {
	n := 0
	for k := range r.u.keys {
		if slices.ContainsFunc(r.members[c], func(i int32) bool { return r.u.keys[k].ids[i] != 0 }) {
			n++
		}
	}
	return n
}

// ask notes a question.
func (r *run) ask(by rule, a, b int32) {
	r.questions = append(r.questions, question{a, b, by, r.judge.weight(a, b)})
}

// findDuplicateRows blocks rows that share a key, where nothing joins rows.
func (r *run) findDuplicateRows() {
	for k := range r.u.keys {
		c := &r.u.keys[k]
		if !c.same && c.link < 0 {
			continue
		}
		r.byValue(k, func(id uint32, members []int32) {
			clusters := make([]int32, len(members))
			for n, i := range members {
				clusters[n] = r.clusterOf[i]
			}
			r.blockDuplicates(clusters, fmt.Sprintf("share the %s %q", c.name, r.u.keyShown(k, id)))
		})
	}
}

// result writes down what was found.
func (r *run) result() (*pipeline.MatchResult, error) {
	out := &pipeline.MatchResult{Links: r.links, Apart: r.saidApart()}
	ties := r.explainTies()
	r.tellQuestions(out)
	out.Asked = r.stillAsked()
	r.forget()
	out.Clusters = make([]pipeline.Cluster, len(r.members))
	g := r.newGolden()
	for c, members := range r.members {
		from, err := g.add(members)
		if err != nil {
			return nil, err
		}
		out.Clusters[c] = pipeline.Cluster{Members: members, From: from, Block: r.blocks[int32(c)], Ties: ties[int32(c)]}
	}
	if err := g.flush(); err != nil {
		return nil, err
	}
	out.Golden, out.How = g.survivors(), r.u.m.how
	g.tellUndated()
	var n int // of which nobody said that they are different
	if out.TargetDuplicates, n = r.targetDuplicates(); n > 0 {
		are := "key values are"
		if n == 1 {
			are = "key value is"
		}
		r.notes.add(diag.Warning, "target-duplicates", n, fmt.Sprintf("%d %s on several records of the target", n, are),
			"merge them in the target; rows that only these keys identify are blocked")
	}
	clusters := out.Clusters
	out.Why = r.linkReasons(func(c int) []int32 { return clusters[c].Members })
	out.Findings, out.Weights = r.notes.findings(), r.weights
	return out, nil
}

// forget gives back what only comparing needs, which is most of what a matching
// holds, before the result asks for memory.
func (r *run) forget() {
	compared := r.u.evidence != nil
	r.judge, r.u.evidence, r.u.taught = nil, nil, nil
	if compared {
		pipeline.GiveBack(r.u.n)
	}
}

// explainTies says why the members of the clusters are together, by cluster.
func (r *run) explainTies() map[int32][]pipeline.Tie {
	ties := map[int32][]pipeline.Tie{}
	for _, e := range r.groups.ties {
		c := r.clusterOf[e.a]
		if len(ties[c]) == tiesMax {
			continue
		}
		tie := pipeline.Tie{A: e.a, B: e.b}
		switch e.rule {
		case byDecision:
			tie.Reason = ruled(ruleNames[e.rule], "a person decided", r.u.label(e.a), r.u.label(e.b))
		case byLink:
			tie.Reason = ruled(ruleNames[e.rule], "became one record of the target earlier",
				r.u.record(e.a).Origin().String(), r.u.record(e.b).Origin().String())
		default:
			r.judge.weigh(e.a, e.b, &r.evidence)
			tie.Reason = r.u.reason(ruleNames[e.rule], e.a, e.b, &r.evidence)
		}
		ties[c] = append(ties[c], tie)
	}
	for _, members := range r.members {
		if n := len(members); n > largeCluster {
			r.notes.add(diag.Warning, "large-cluster", n,
				fmt.Sprintf("%d records are one contact: %s", n, r.u.label(members[0])), "look whether their common key is a placeholder")
		}
	}
	return ties
}

// tellQuestions keeps the likeliest questions and counts the rest.
func (r *run) tellQuestions(out *pipeline.MatchResult) {
	r.askedOnce()
	slices.SortFunc(r.questions, func(x, y question) int {
		return cmp.Or(cmp.Compare(y.weight, x.weight),
			cmp.Compare(r.u.rank[x.a], r.u.rank[y.a]), cmp.Compare(r.u.rank[x.b], r.u.rank[y.b]))
	})
	limit := min(len(r.questions), r.u.m.config.QuestionsMax)
	for _, q := range r.questions[:limit] {
		r.judge.weigh(q.a, q.b, &r.evidence)
		asked := pipeline.Question{A: r.u.reference(q.a), B: r.u.reference(q.b), Reason: r.u.reason(ruleNames[q.rule], q.a, q.b, &r.evidence)}
		if q.weight >= r.u.m.matchWeight {
			asked.Why = r.whyAsked(q.a, q.b)
		}
		out.Questions = append(out.Questions, asked)
	}
	if len(r.questions) == 0 {
		return
	}
	message := fmt.Sprintf("pairs that need a person's decision: %d", len(r.questions))
	if limit < len(r.questions) {
		message += fmt.Sprintf("; the %d likeliest are listed", limit)
	}
	r.notes.add(diag.Warning, pipeline.UndecidedCode, len(r.questions), message, "answer them with reconkit match review, or in the decisions file; what they block is not written until then")
}
