package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

// numbered is a stream of n batches, the i-th with i%7 records, then err.
func numbered(t *testing.T, n int, err error) func(context.Context) Stream {
	s := MustSchema(Field{Name: "n", Type: Int})
	var batches []*Batch
	for i := range n {
		b := NewBuilder(s, 8)
		for range i % 7 {
			b.Column(0).AppendInt(int64(i))
		}
		batch, err := b.Finish(BatchData{Page: i})
		if err != nil {
			t.Fatal(err)
		}
		batches = append(batches, batch)
	}
	return func(ctx context.Context) Stream {
		return func(yield func(*Batch, error) bool) {
			for _, b := range batches {
				if !yield(b, nil) {
					return
				}
			}
			if err != nil {
				yield(nil, err)
			}
		}
	}
}

func TestInOrderKeepsTheOrder(t *testing.T) {
	defer goleak.VerifyNone(t)
	for workers := 1; workers <= 8; workers++ {
		next := 0
		for page, err := range inOrder(t.Context(), numbered(t, 100, nil), workers, func(b *Batch) (int, error) {
			for range 50 * (b.page % 3) { // some take longer than others
				_ = fmt.Sprint(b.page)
			}
			return b.page, nil
		}) {
			if err != nil || page != next {
				t.Fatalf("%d workers: got batch %d (%v), want %d", workers, page, err, next)
			}
			next++
		}
		if next != 100 {
			t.Errorf("%d workers: %d batches", workers, next)
		}
	}
}

func TestInOrderEndsAtTheFirstError(t *testing.T) {
	defer goleak.VerifyNone(t)
	broken := errors.New("broken")
	for workers := 1; workers <= 8; workers++ {
		for name, c := range map[string]struct {
			read func(context.Context) Stream
			do   func(*Batch) (int, error)
			want int
		}{
			"stream": {numbered(t, 13, broken), func(b *Batch) (int, error) { return b.page, nil }, 13},
			"worker": {numbered(t, 50, broken), func(b *Batch) (int, error) {
				if b.page >= 13 {
					return 0, broken
				}
				return b.page, nil
			}, 13},
			"at once": {numbered(t, 0, broken), nil, 0},
		} {
			got, last := 0, error(nil)
			for _, err := range inOrder(t.Context(), c.read, workers, c.do) {
				if last != nil {
					t.Fatal("something came after the error")
				}
				if last = err; err == nil {
					got++
				}
			}
			if got != c.want || last != broken {
				t.Errorf("%s, %d workers: %d results, then %v", name, workers, got, last)
			}
		}
	}
}

func TestInOrderIsLeftEarly(t *testing.T) {
	defer goleak.VerifyNone(t)
	for workers := 1; workers <= 8; workers++ {
		var done atomic.Int64
		for page, err := range inOrder(t.Context(), numbered(t, 10000, nil), workers, func(b *Batch) (int, error) { done.Add(1); return b.page, nil }) {
			if err != nil {
				t.Fatal(err)
			}
			if page == 3 {
				break
			}
		}
		if n := done.Load(); n > int64(4+4*workers+2) {
			t.Errorf("%d workers went on to %d batches", workers, n)
		}
	}
}

func TestInOrderIsCancelled(t *testing.T) {
	defer goleak.VerifyNone(t)
	for workers := 1; workers <= 8; workers++ {
		ctx, cancel := context.WithCancel(t.Context())
		var last error
		for page, err := range inOrder(ctx, numbered(t, 10000, nil), workers, func(b *Batch) (int, error) { return b.page, nil }) {
			if last = err; page == 3 {
				cancel()
			}
		}
		if cancel(); !errors.Is(last, context.Canceled) {
			t.Errorf("%d workers: it ended with %v", workers, last)
		}
	}
}

// A source that waits for its next batch is told when nobody wants it any more.
func TestInOrderEndsASourceThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := numbered(t, 1, nil)
		waits := func(ctx context.Context) Stream {
			return func(yield func(*Batch, error) bool) {
				for b := range first(ctx) {
					if !yield(b, nil) {
						return
					}
				}
				select {
				case <-ctx.Done():
					yield(nil, ctx.Err())
				case <-time.After(time.Hour):
				}
			}
		}
		start := time.Now()
		for range inOrder(t.Context(), waits, 2, func(b *Batch) (int, error) { return 0, nil }) {
			break
		}
		if waited := time.Since(start); waited > 0 {
			t.Errorf("it waited %s for a batch that nobody wants", waited)
		}
	})
}
