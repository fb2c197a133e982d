package pipeline_test

import (
	"context"
	"errors"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// listed is a target that is a source as well, and takes no requests.
type listed struct {
	pipeline.Source
	pipeline.Sink
	reads int
}

func (*listed) Identity() string { return "listed" }
func (*listed) Keys() []string   { return []string{"number"} }
func (l *listed) Read(ctx context.Context) pipeline.Stream {
	l.reads++
	return l.Source.Read(ctx)
}

// asked is a target that takes requests.
type asked struct{ *listed }

func (a asked) Present(ctx context.Context, _ []string) (*pipeline.Present, error) {
	a.reads++
	return &pipeline.Present{Records: pipeline.NewTable(schema), Evidence: pipeline.Evidence{Grade: pipeline.Proven}}, nil
}

// turned is a source that waits for another one to end before it ends with its error.
type turned struct {
	source
	after, ended chan struct{} // nil: it does not wait; nobody waits for it
}

func (s *turned) Read(ctx context.Context) pipeline.Stream {
	return func(yield func(*pipeline.Batch, error) bool) {
		if s.after != nil {
			select {
			case <-s.after:
			case <-ctx.Done():
				yield(nil, ctx.Err())
				return
			}
		}
		if s.ended != nil {
			defer close(s.ended)
		}
		for b, err := range s.source.Read(ctx) {
			if !yield(b, err) {
				return
			}
		}
	}
}

func planOf(from pipeline.Source, to pipeline.Target) *pipeline.Pipeline {
	m := &pipeline.Model{Name: "people", Schema: schema, From: []*pipeline.From{{Name: "fair", Source: from, Mapping: identity{}}}, Matcher: byKey{}}
	return &pipeline.Pipeline{Name: "p", Models: []*pipeline.Model{m}, Bindings: []*pipeline.Binding{{Model: m, Resource: "contacts",
		Connection: pipeline.Connection{Name: "to"}, Target: to, Policy: pipeline.Policy{Allow: []pipeline.Action{pipeline.Create}}}}}
}

// A model and its target are read at once. When both fail, the error is that of the
// model, whichever was first; the target alone is told with its name.
func TestErrorOfTheModelComesFirst(t *testing.T) {
	errFair, errList := errors.New("the fair is closed"), errors.New("the list is torn")
	for _, c := range []struct {
		name        string
		fair, list  error
		targetFirst bool
		want        error
	}{
		{"both, the target first", errFair, errList, true, errFair},
		{"both, the model first", errFair, errList, false, errFair},
		{"the model, which is waited for", errFair, nil, true, errFair},
		{"the target first", nil, errList, true, errList},
		{"the target, which is waited for", nil, errList, false, errList},
		{"neither", nil, nil, true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			fair := &turned{source: source{batches: []*pipeline.Batch{batchOf(t, schema, "fair", nil, person(1))}, err: c.fair}}
			list := &turned{source: source{err: c.list}}
			ended := make(chan struct{})
			if c.targetFirst {
				list.ended, fair.after = ended, ended
			} else {
				fair.ended, list.after = ended, ended
			}
			plan, err := planOf(fair, &listed{Source: list}).Plan(t.Context(), pipeline.Options{})
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if err == nil && plan.Total().Create != 1 {
				t.Errorf("%+v", plan.Total())
			}
		})
	}
}

// A model that cannot be read ends the reading of its target, and costs no request of
// one that takes them.
func TestModelThatFailsSparesTheTarget(t *testing.T) {
	errFair := errors.New("the fair is closed")
	never := &turned{after: make(chan struct{})}
	if _, err := planOf(&source{err: errFair}, &listed{Source: never}).Plan(t.Context(), pipeline.Options{}); !errors.Is(err, errFair) {
		t.Errorf("got %v", err)
	}
	to := asked{&listed{Source: &source{}}}
	if _, err := planOf(&source{err: errFair}, to).Plan(t.Context(), pipeline.Options{}); !errors.Is(err, errFair) || to.reads != 0 {
		t.Errorf("got %v after %d readings of the target", err, to.reads)
	}
	if _, err := planOf(&source{}, to).Plan(t.Context(), pipeline.Options{}); err != nil || to.reads != 1 {
		t.Errorf("got %v after %d readings of the target", err, to.reads)
	}
}
