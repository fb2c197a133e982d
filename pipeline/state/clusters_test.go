package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
)

func TestClustersAreRemembered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	ctx := t.Context()
	s := open(t, path)
	none, err := s.ClusterIDs(ctx, "people.csv")
	must(t, err)
	if diff := cmp.Diff(&pipeline.ClusterIDs{}, none); diff != "" {
		t.Errorf("before the first run (-want +got):\n%s", diff)
	}
	first := &pipeline.ClusterIDs{Run: 1,
		Rows: []pipeline.ClusterRow{{Key: "a\x00\xff", Cluster: "x"}, {Key: "b", Cluster: "y"}},
		IDs:  []pipeline.ClusterID{{ID: "x", Since: 1}, {ID: "y", Since: 1}}}
	must(t, s.SaveClusterIDs(ctx, "people.csv", first))
	must(t, s.SaveClusterIDs(ctx, "other.csv", &pipeline.ClusterIDs{Run: 1, Rows: []pipeline.ClusterRow{{Key: "b", Cluster: "z"}}, IDs: []pipeline.ClusterID{{ID: "z", Since: 1}}}))
	second := &pipeline.ClusterIDs{Run: 2,
		Rows: []pipeline.ClusterRow{{Key: "a\x00\xff", Cluster: "x"}, {Key: "b", Cluster: "x"}, {Key: "c", Cluster: "w"}},
		IDs:  []pipeline.ClusterID{{ID: "w", Since: 2}, {ID: "x", Since: 1, Gone: 2}, {ID: "y", Since: 1, Into: "x"}}}
	changed := second.Since(first)
	if len(changed.Rows) != 2 || len(changed.IDs) != 3 {
		t.Errorf("what has changed: %+v", changed)
	}
	must(t, s.SaveClusterIDs(ctx, "people.csv", changed))
	if again := second.Since(second); len(again.Rows)+len(again.IDs) > 0 || again.Run != 2 {
		t.Errorf("nothing has changed, but %+v", again)
	}
	if err := s.SaveClusterIDs(ctx, "people.csv", second); !errors.Is(err, pipeline.ErrOvertaken) {
		t.Errorf("a run that another had overtaken was remembered: %v", err)
	}
	must(t, s.Close())
	s = open(t, path)
	got, err := s.ClusterIDs(ctx, "people.csv")
	must(t, err)
	if diff := cmp.Diff(second, got); diff != "" {
		t.Errorf("after reopening (-want +got):\n%s", diff)
	}
}

// However many rows and clusters there are, all are remembered, and what is
// remembered again takes the place of what was.
func TestManyClustersAreRemembered(t *testing.T) {
	s, ctx := open(t, filepath.Join(t.TempDir(), "state.db")), t.Context()
	for _, n := range []int{1, rowsAtOnce - 1, rowsAtOnce, rowsAtOnce + 1, 3*rowsAtOnce + 5} {
		of := fmt.Sprint(n, " rows")
		want := &pipeline.ClusterIDs{}
		for i := range n {
			want.Rows = append(want.Rows, pipeline.ClusterRow{Key: fmt.Sprintf("id:%05d", i), Cluster: fmt.Sprintf("c%05d", i)})
			want.IDs = append(want.IDs, pipeline.ClusterID{ID: fmt.Sprintf("c%05d", i)})
		}
		for want.Run = 1; want.Run < 3; want.Run++ {
			for i := range n {
				want.IDs[i].Since, want.IDs[i].Gone = i, want.Run
				want.Rows[i].Cluster = fmt.Sprintf("c%05d", i/want.Run)
			}
			must(t, s.SaveClusterIDs(ctx, of, want))
			got, err := s.ClusterIDs(ctx, of)
			must(t, err)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, run %d (-want +got):\n%s", of, want.Run, diff)
			}
		}
	}
}

func TestWeightsAreRemembered(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	ctx := t.Context()
	if w, err := s.Weights(ctx, "a"); w != nil || err != nil {
		t.Errorf("before the first run: %v, %v", w, err)
	}
	for _, text := range []string{`{"records":1}`, `{"records":2}`} {
		must(t, s.SaveWeights(ctx, "a", pipeline.PinnedWeights{Text: []byte(text), Learned: noon}))
		w, err := s.Weights(ctx, "a")
		must(t, err)
		if string(w.Text) != text || !w.Learned.Equal(noon) {
			t.Errorf("got %s of %s, want %s of %s", w.Text, w.Learned, text, noon)
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := s.Weights(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled read gave %v", err)
	}
	if _, err := s.ClusterIDs(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled read gave %v", err)
	}
}

// A file of the first version keeps what it holds and learns to hold clusters.
func TestFilesOfVersion1AreTakenOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	foreign(t, path, migrations[0], "INSERT INTO links VALUES ('t', 's', '1', 'r')", "PRAGMA user_version = 1")
	s := open(t, path)
	links, err := s.Links(t.Context(), "t")
	must(t, err)
	if len(links) != 1 {
		t.Errorf("links of version 1: %v", links)
	}
	must(t, s.SaveClusterIDs(t.Context(), "f", &pipeline.ClusterIDs{Run: 1}))
	must(t, s.Close())
	db, err := sql.Open("sqlite", path)
	must(t, err)
	defer db.Close()
	version := 0
	must(t, db.QueryRow("PRAGMA user_version").Scan(&version))
	if version != schemaVersion {
		t.Errorf("version %d, want %d", version, schemaVersion)
	}
	open(t, path)
}
