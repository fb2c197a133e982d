package linkage_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline"
	"pgregory.net/rapid"
)

func name(t testing.TB, m *pipeline.ClusterIDs, clusters ...[]string) (map[string]string, *linkage.Naming, *pipeline.ClusterIDs) {
	t.Helper()
	var keys []string
	var labels []int32
	for _, c := range clusters {
		first := int32(len(keys))
		for _, k := range c {
			keys, labels = append(keys, k), append(labels, first)
		}
	}
	n, after, err := linkage.NameClusters(m, keys, labels)
	if err != nil {
		t.Fatal(err)
	}
	byKey := map[string]string{}
	for i, k := range keys {
		byKey[k] = n.IDs[i]
	}
	return byKey, n, after
}

func TestIDsStay(t *testing.T) {
	first, n, m := name(t, &pipeline.ClusterIDs{}, []string{"a", "b", "c"}, []string{"d"}, []string{"e", "f"}, []string{"g"})
	if len(n.New) != 4 || len(n.GaveUp)+len(n.Split)+len(n.Gone)+len(n.Joined) != 0 {
		t.Fatalf("the first run: %+v", n)
	}
	// c leaves a and b, d joins e and f, g is gone, h comes.
	second, n, m := name(t, m, []string{"a", "b"}, []string{"c"}, []string{"d", "e", "f"}, []string{"h"})
	if second["a"] != first["a"] || second["e"] != first["e"] {
		t.Errorf("the larger parts lost their ids: %v, then %v", first, second)
	}
	if !slices.Equal(n.Split, []string{second["c"]}) || !slices.Equal(n.New, []string{second["h"]}) || !slices.Equal(n.Gone, []string{first["g"]}) || !slices.Equal(n.Joined, []string{first["e"]}) {
		t.Errorf("the second run: %+v", n)
	}
	if len(n.GaveUp) != 1 || n.GaveUp[0].ID != first["d"] || n.GaveUp[0].Into != first["e"] {
		t.Errorf("%s was given up for %s, but the run says %+v", first["d"], first["e"], n.GaveUp)
	}
	// g is back and gets its id; d leaves again and cannot have what was given up.
	third, n, m := name(t, m, []string{"a", "b"}, []string{"c"}, []string{"e", "f"}, []string{"d"}, []string{"g"}, []string{"h"})
	if third["g"] != first["g"] || third["d"] == first["d"] || len(n.New) != 0 {
		t.Errorf("the third run: %v, %+v", third, n)
	}
	// What was given up stands for what took its place, also by way of another.
	fourth, _, m := name(t, m, []string{"a", "b", "e", "f"}, []string{"c"}, []string{"d"}, []string{"g"}, []string{"h"})
	for _, c := range m.IDs {
		if c.ID == first["d"] && c.Into != fourth["e"] {
			t.Errorf("%s stands for %s, want %s", c.ID, c.Into, fourth["e"])
		}
	}
}

// A tie is for the older id, then for the smaller key.
func TestTiesOfIDs(t *testing.T) {
	first, _, m := name(t, &pipeline.ClusterIDs{}, []string{"b"})
	second, _, m := name(t, m, []string{"b"}, []string{"a"})
	merged, _, m := name(t, m, []string{"a", "b"})
	if merged["a"] != first["b"] || second["a"] == second["b"] {
		t.Errorf("%v, then %v, then %v; the older id should stay", first, second, merged)
	}
	apart, _, _ := name(t, m, []string{"b"}, []string{"a"})
	if apart["a"] != merged["a"] || apart["b"] == merged["a"] {
		t.Errorf("%v, then %v; the id should stay with the smaller key", merged, apart)
	}
}

// Records of equal keys may be in several clusters.
func TestEqualKeys(t *testing.T) {
	keys, labels := []string{"x", "x", "y", "x"}, []int32{0, 1, 1, 3}
	n, m, err := linkage.NameClusters(&pipeline.ClusterIDs{}, keys, labels)
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := linkage.NameClusters(m, []string{"y", "x", "x", "x"}, []int32{0, 1, 2, 0})
	if err != nil {
		t.Fatal(err)
	}
	if n.IDs[0] == n.IDs[1] || n.IDs[1] != n.IDs[2] || again.IDs[0] != n.IDs[2] || again.IDs[3] != n.IDs[2] || len(again.New)+len(again.GaveUp) != 0 {
		t.Errorf("%v, then %v (%+v)", n.IDs, again.IDs, again)
	}
	if _, _, err := linkage.NameClusters(m, []string{"a"}, nil); err == nil {
		t.Error("a key without a record was taken")
	}
}

// Equal records that are clusters of their own keep their ids in their order, when
// others come.
func TestEqualKeysKeepTheirOrder(t *testing.T) {
	m := &pipeline.ClusterIDs{}
	var keys, before []string
	var labels []int32
	for i := range int32(60) {
		keys, labels = append(keys, fmt.Sprint("k", i%3)), append(labels, i)
	}
	for i := range int32(60) { // whose other records are in another order than their first
		keys, labels = append(keys, "k0", fmt.Sprint("m", i*7%60)), append(labels, 60+2*i, 60+2*i)
	}
	for run := range 20 {
		n, after, err := linkage.NameClusters(m, keys, labels)
		if err != nil {
			t.Fatal(err)
		}
		if run > 0 && !slices.Equal(n.IDs[:len(before)], before) {
			t.Fatalf("with another record: %v, want %v", n.IDs, before)
		}
		before, m = n.IDs, after
		keys, labels = append(keys, fmt.Sprint("j", run%7)), append(labels, int32(len(labels)))
	}
}

// However clusters split, merge, come and go: no id is used for two clusters or
// comes back after it was given up, an id goes where the most of its records
// went, the same run twice changes nothing, and the order of the records does
// not matter.
func TestIDsAreLawful(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &pipeline.ClusterIDs{}
		gaveUp := map[string]bool{}
		last := map[string]string{}
		for range rapid.IntRange(1, 6).Draw(t, "runs") {
			var keys []string
			var labels []int32
			for k := range rapid.IntRange(1, 14).Draw(t, "records") {
				if rapid.IntRange(0, 4).Draw(t, "there") > 0 {
					keys, labels = append(keys, fmt.Sprint("k", k)), append(labels, int32(rapid.IntRange(0, 4).Draw(t, "cluster")))
				}
			}
			n, after, err := linkage.NameClusters(m, keys, labels)
			if err != nil {
				t.Fatal(err)
			}
			checkIDs(t, last, keys, labels, n, gaveUp)
			again, same, err := linkage.NameClusters(after, keys, labels)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(again.IDs, n.IDs) || len(again.New)+len(again.Split)+len(again.GaveUp)+len(again.Joined)+len(again.Gone)+len(again.Grown) > 0 {
				t.Fatalf("the same run again: %v, then %+v with %v", n.IDs, again, again.IDs)
			}
			if same.Run = after.Run; cmp.Diff(after, same) != "" {
				t.Fatalf("the same run again is remembered otherwise:\n%s", cmp.Diff(after, same))
			}
			order := rapid.Permutation(indexes(len(keys))).Draw(t, "order")
			shuffledKeys, shuffledLabels := make([]string, len(keys)), make([]int32, len(keys))
			for to, from := range order {
				shuffledKeys[to], shuffledLabels[to] = keys[from], 10-labels[from]
			}
			other, _, err := linkage.NameClusters(m, shuffledKeys, shuffledLabels)
			if err != nil {
				t.Fatal(err)
			}
			for to, from := range order {
				if other.IDs[to] != n.IDs[from] {
					t.Fatalf("in another order %s gets %s, not %s", keys[from], other.IDs[to], n.IDs[from])
				}
			}
			for _, c := range n.GaveUp {
				gaveUp[c.ID] = true
			}
			for _, r := range after.Rows {
				last[r.Key] = r.Cluster
			}
			m = after
		}
	})
}

// Records of equal keys, in one cluster or several, may stand in for each other,
// and nothing else is left to chance: another order of the records gives each key
// the same ids, and the same is remembered, in its order; and the same run again
// changes nothing.
func TestIDsOfEqualKeysAreLawful(t *testing.T) {
	keyOf := []string{"id:a", "id:b", "row:0123456789", "row:012345678a", "row:01234567"}
	rapid.Check(t, func(t *rapid.T) {
		m := &pipeline.ClusterIDs{}
		for range rapid.IntRange(1, 4).Draw(t, "runs") {
			var keys []string
			var labels []int32
			for range rapid.IntRange(1, 14).Draw(t, "records") {
				keys, labels = append(keys, rapid.SampledFrom(keyOf).Draw(t, "key")), append(labels, int32(rapid.IntRange(0, 5).Draw(t, "cluster")))
			}
			n, after, err := linkage.NameClusters(m, keys, labels)
			if err != nil {
				t.Fatal(err)
			}
			order := rapid.Permutation(indexes(len(keys))).Draw(t, "order")
			shuffledKeys, shuffledLabels := make([]string, len(keys)), make([]int32, len(keys))
			for to, from := range order {
				shuffledKeys[to], shuffledLabels[to] = keys[from], 10-labels[from]
			}
			other, same, err := linkage.NameClusters(m, shuffledKeys, shuffledLabels)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := idsByKey(shuffledKeys, other), idsByKey(keys, n); !slices.Equal(got, want) || !cmp.Equal(after, same) {
				t.Fatalf("in another order: %v, want %v; remembered (-want +got):\n%s", got, want, cmp.Diff(after, same))
			}
			again, _, err := linkage.NameClusters(after, keys, labels)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := idsByKey(keys, again), idsByKey(keys, n); !slices.Equal(got, want) {
				t.Fatalf("the same run again: %v, want %v", got, want)
			}
			if !slices.IsSortedFunc(after.Rows, func(a, b pipeline.ClusterRow) int { return strings.Compare(a.Key, b.Key) }) ||
				!slices.IsSortedFunc(after.IDs, func(a, b pipeline.ClusterID) int { return strings.Compare(a.ID, b.ID) }) {
				t.Fatalf("what is remembered is in no order: %+v", after)
			}
			m = after
		}
	})
}

// idsByKey lists the keys with the ids that their records got.
func idsByKey(keys []string, n *linkage.Naming) (out []string) {
	for i, k := range keys {
		out = append(out, k+" "+n.IDs[i])
	}
	slices.Sort(out)
	return out
}

func indexes(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// checkIDs checks one run against what was known before it.
func checkIDs(t *rapid.T, last map[string]string, keys []string, labels []int32, n *linkage.Naming, gaveUp map[string]bool) {
	of := map[int32]string{}
	labelOf := map[string]int32{}
	votes := map[string]map[int32]int{}
	for i, k := range keys {
		id := n.IDs[i]
		if id == "" || gaveUp[id] {
			t.Fatalf("%s has the id %q, which was given up: %v", k, id, gaveUp[id])
		}
		if other, there := of[labels[i]]; there && other != id {
			t.Fatalf("one cluster has the ids %s and %s", other, id)
		}
		if other, there := labelOf[id]; there && other != labels[i] {
			t.Fatalf("two clusters have the id %s", id)
		}
		of[labels[i]], labelOf[id] = id, labels[i]
		if before := last[k]; before != "" {
			if votes[before] == nil {
				votes[before] = map[int32]int{}
			}
			votes[before][labels[i]]++
		}
	}
	for key, id := range last {
		if label, used := labelOf[id]; used && votes[id][label] == 0 {
			t.Fatalf("the id %s of %s was given to other records", id, key)
		}
	}
	for id, parts := range votes {
		for label, count := range parts {
			keeper, kept := labelOf[id]
			if kept && count <= parts[keeper] {
				continue
			}
			if own := of[label]; votes[own][label] < count {
				t.Fatalf("cluster %s has %d records of %s, more than of its own id, and did not get it", own, count, id)
			}
		}
	}
}
