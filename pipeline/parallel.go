package pipeline

import (
	"context"
	"iter"
	"runtime"
	"slices"
	"sync"
)

// job is one batch on its way through a worker.
type job[T any] struct {
	batch *Batch
	out   T
	err   error
	done  chan struct{}
}

// inOrder reads a stream, calls do on each of its batches in several goroutines
// and yields the results in the order of the stream. As many batches as there
// are workers are under way, and one or two that wait at each end. It ends at
// the first error of the stream or of do, and leaves no goroutine behind: the
// context of the stream ends with it, so that a source that waits stops waiting.
func inOrder[T any](ctx context.Context, read func(context.Context) Stream, workers int, do func(*Batch) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		parent := ctx
		ctx, cancel := context.WithCancel(ctx)
		work, order := make(chan *job[T]), make(chan *job[T], max(1, workers-1))
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()
		running.Add(1 + workers)
		go func() {
			defer running.Done()
			defer close(work)
			defer close(order)
			feed(ctx, read(ctx), work, order)
		}()
		for range workers {
			go func() {
				defer running.Done()
				for j := range work {
					j.out, j.err = do(j.batch)
					j.batch = nil // it may wait for its turn for long
					close(j.done)
				}
			}()
		}
		for j := range order {
			<-j.done
			if !yield(j.out, j.err) || j.err != nil {
				return
			}
		}
		// A cancelled feed ends early without a word; what is missing is said here.
		if err := parent.Err(); err != nil {
			var none T
			yield(none, err)
		}
	}
}

// sideFrom is the number of things from which on goroutines share them.
const sideFrom = 1 << 14

// sideBySide cuts 0 to n into parts that follow each other, calls do for each in a
// goroutine of its own, waits, and returns what they gave, in order.
func sideBySide[T any](n int, do func(from, to int) []T) []T {
	parts := runtime.GOMAXPROCS(0)
	if n < sideFrom || parts == 1 {
		return do(0, n)
	}
	gave := make([][]T, parts)
	var running sync.WaitGroup
	for p := range parts {
		running.Go(func() { gave[p] = do(n*p/parts, n*(p+1)/parts) })
	}
	running.Wait()
	return slices.Concat(gave...)
}

// feed hands every batch of the stream to the workers, and the order of the
// batches to whoever collects the results.
func feed[T any](ctx context.Context, in Stream, work, order chan<- *job[T]) {
	for b, err := range in {
		j := &job[T]{batch: b, err: err, done: make(chan struct{})}
		if err != nil {
			close(j.done)
		} else {
			select {
			case work <- j:
			case <-ctx.Done():
				return
			}
		}
		select {
		case order <- j:
		case <-ctx.Done():
			return
		}
	}
}
