package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// recorder notes what a check says instead of failing.
type recorder struct {
	testing.TB
	said []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

func (r *recorder) Error(args ...any) { r.said = append(r.said, fmt.Sprint(args...)) }

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	panic(r)
}

func (r *recorder) Fatal(args ...any) {
	r.Error(args...)
	panic(r)
}

// saidBy runs a check and returns what it said.
func saidBy(t *testing.T, check func(t testing.TB)) string {
	r := &recorder{TB: t}
	func() {
		defer func() {
			if p := recover(); p != nil && p != any(r) {
				panic(p)
			}
		}()
		check(r)
	}()
	return strings.Join(r.said, "\n")
}

func batchOf(t testing.TB, names ...string) *pipeline.Batch {
	t.Helper()
	b := pipeline.NewBuilder(pipeline.MustSchema(pipeline.Field{Name: "name", Type: pipeline.String}), 0)
	for _, name := range names {
		b.Column(0).AppendString(name)
	}
	batch, err := b.Finish(pipeline.BatchData{Place: "p"})
	if err != nil {
		t.Fatal(err)
	}
	return batch
}

// deaf is a source that ignores its context and numbers nothing.
type deaf struct{ batches []*pipeline.Batch }

func (d deaf) Schema(context.Context) (*pipeline.Schema, error) { return d.batches[0].Schema(), nil }

func (d deaf) Read(context.Context) pipeline.Stream {
	return func(yield func(*pipeline.Batch, error) bool) {
		for _, b := range d.batches {
			if !yield(b, nil) {
				return
			}
		}
	}
}

// TestMisbehaviourIsFound shows each check a source that breaks what it checks.
func TestMisbehaviourIsFound(t *testing.T) {
	a, b, ab := batchOf(t, "a"), batchOf(t, "b"), batchOf(t, "a", "b")
	broken := errors.New("broken")
	stream := func(steps ...func(yield func(*pipeline.Batch, error) bool)) pipeline.Stream {
		return func(yield func(*pipeline.Batch, error) bool) {
			for _, step := range steps {
				step(yield)
			}
		}
	}
	give := func(b *pipeline.Batch, err error) func(yield func(*pipeline.Batch, error) bool) {
		return func(yield func(*pipeline.Batch, error) bool) { yield(b, err) }
	}
	for name, tc := range map[string]struct {
		check func(t testing.TB)
		want  string
	}{
		"batch after the error": {func(t testing.TB) { drain(t, stream(give(nil, broken), give(a, nil)), 0) }, "went on after its error"},
		"batch with the error":  {func(t testing.TB) { drain(t, stream(give(a, broken)), 0) }, "together with the error"},
		"neither":               {func(t testing.TB) { drain(t, stream(give(nil, nil)), 0) }, "neither"},
		"too large a batch":     {func(t testing.TB) { drain(t, stream(give(ab, nil)), 1) }, "at most 1"},
		"other rows":            {func(t testing.TB) { drain(t, stream(give(a, nil)), 0).same(t, drain(t, stream(give(b, nil)), 0)) }, "records differ"},
		"unwanted rows":         {func(t testing.TB) { drain(t, stream(give(a, nil)), 0).compare(t, Want{}) }, "records (-want +got)"},
		"another schema":        {func(t testing.TB) { checkSchema(t, deaf{[]*pipeline.Batch{a}}, Want{Columns: []string{"x"}}) }, "columns (-want +got)"},
		"deaf to the context":   {func(t testing.TB) { checkCancelledBefore(t, deaf{[]*pipeline.Batch{a}}) }, "want that of the context"},
		"deaf between two batches": {func(t testing.TB) {
			checkCancelledBetween(t, deaf{[]*pipeline.Batch{a, b}}, Want{Rows: make([]Row, 2)})
		}, "want that of the context"},
		"the same rows in one cut": {func(t testing.TB) {
			drain(t, stream(give(ab, nil)), 0).same(t, drain(t, stream(give(a, nil), give(b, nil)), 0))
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			said := saidBy(t, tc.check)
			if tc.want == "" && said != "" || !strings.Contains(said, tc.want) {
				t.Errorf("the check said %q, want %q", said, tc.want)
			}
		})
	}
	t.Run("a goroutine stays", func(t *testing.T) {
		leaks := watch()
		stop := make(chan struct{})
		done := make(chan struct{})
		go func() {
			defer close(done)
			<-stop
		}()
		if said := saidBy(t, func(t testing.TB) { leaks(t) }); !strings.Contains(said, "found unexpected goroutines") {
			t.Errorf("the check said %q, want it to name the goroutine", said)
		}
		close(stop)
		<-done
	})
}
