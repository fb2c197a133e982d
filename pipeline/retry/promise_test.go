package retry_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/retry"
)

// A request that must leave soon or not at all is not sent after a long wait, whatever it
// waits for; what it waited for is waited for by the next one.
func TestLateRequestsDoNotLeave(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(n int) *http.Response
		full   bool          // the hour is used up
		sends  int           // of the first request
		took   time.Duration // until it was known to be late
		busy   bool
		next   time.Duration // when the next one leaves, from the beginning
	}{
		{name: "for the budget", answer: func(int) *http.Response { return status(200) }, full: true, next: time.Hour + 2*time.Second},
		{name: "429 with a hint", answer: func(n int) *http.Response {
			if n == 1 {
				return status(429, "Retry-After", "600")
			}
			return status(200)
		}, sends: 1, busy: true, next: 600*time.Second + 500*time.Millisecond},
		{name: "429 without one", answer: func(n int) *http.Response {
			if n <= 3 {
				return status(429)
			}
			return status(200)
		}, sends: 3, took: 45 * time.Second, busy: true, next: 105 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{answer: func(n int, _ *http.Request) (*http.Response, error) { return c.answer(n), nil }}
				rt := transport(t, s, func(o *retry.Config) {
					if c.full {
						b, err := retry.NewHourlyBudget(1)
						if err != nil {
							t.Fatal(err)
						}
						if _, err := b.Take(t.Context(), time.Now(), 0); err != nil {
							t.Fatal(err)
						}
						o.Budget = b
					}
				})
				begun := time.Now()
				_, err := rt.RoundTrip(request(t, pipeline.Prompt(t.Context(), time.Minute), "POST", "x"))
				var late *pipeline.LateError
				var asker interface{ NotSent() bool }
				if !errors.As(err, &late) || late.Busy != c.busy || !errors.As(err, &asker) || !asker.NotSent() {
					t.Fatalf("error %v, want that it was late and that nothing was sent", err)
				}
				if took := time.Since(begun); took != c.took || len(s.times) != c.sends {
					t.Errorf("late after %s and %d sends, want %s and %d", took, len(s.times), c.took, c.sends)
				}
				if _, err := rt.RoundTrip(request(t, t.Context(), "GET", "")); err != nil {
					t.Fatal(err)
				}
				if at := time.Since(begun); at != c.next {
					t.Errorf("the next request left after %s, want %s", at, c.next)
				}
			})
		})
	}
}

// Requests that take the place of one that was late share its patience.
func TestLateRequestsShareTheirPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(_ int, r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPost {
				return status(429), nil
			}
			return status(200), nil
		}}
		rt := transport(t, s, nil)
		begun := time.Now()
		for {
			resp, err := rt.RoundTrip(request(t, pipeline.Prompt(t.Context(), time.Minute), "POST", "x"))
			if err == nil {
				if resp.StatusCode != 429 {
					t.Errorf("answered %d", resp.StatusCode)
				}
				break
			}
			if _, err := rt.RoundTrip(request(t, t.Context(), "GET", "")); err != nil {
				t.Fatal(err)
			}
		}
		// Beside that it leaves a minute at most between any two requests.
		if took := time.Since(begun); took > retry.PatienceDefault*5/4 || took < retry.PatienceDefault/2 {
			t.Errorf("gave up after %s, want about %s", took, retry.PatienceDefault)
		}
	})
}

// The first request of a reading leaves when the others can follow at once, and what is
// written behind it, without the requests that writes leave to readings.
func TestReadingsLeaveTogether(t *testing.T) {
	for _, c := range []struct {
		behind pipeline.Behind
		used   int // of ten in the hour, four of them a minute before the others
		wait   time.Duration
	}{
		{pipeline.Behind{}, 9, 0},
		{pipeline.Behind{Reads: 1}, 8, 0},
		{pipeline.Behind{Reads: 1}, 9, time.Hour + 2*time.Second - time.Minute},
		{pipeline.Behind{Reads: 1, Writes: 1}, 5, 0}, // two are for readings
		{pipeline.Behind{Reads: 1, Writes: 1}, 6, time.Hour + 2*time.Second - time.Minute},
		{pipeline.Behind{Reads: 1, Writes: 5}, 5, time.Hour + 2*time.Second - time.Minute},
		{pipeline.Behind{Reads: 20}, 6, time.Hour + 2*time.Second}, // more than ever can
	} {
		synctest.Test(t, func(t *testing.T) {
			b, err := retry.NewHourlyBudget(10)
			if err != nil {
				t.Fatal(err)
			}
			for n := range c.used {
				if n == 4 {
					time.Sleep(time.Minute)
				}
				if wait, err := b.Take(t.Context(), time.Now(), 0); wait != 0 || err != nil {
					t.Fatal(wait, err)
				}
			}
			s := &server{answer: func(int, *http.Request) (*http.Response, error) { return status(200), nil }}
			rt := transport(t, s, func(o *retry.Config) { o.Budget, o.Reserve = b, 2 })
			begun := time.Now()
			if _, err := rt.RoundTrip(request(t, pipeline.Room(t.Context(), c.behind), "GET", "")); err != nil {
				t.Fatal(err)
			}
			if wait := time.Since(begun); wait != c.wait {
				t.Errorf("%+v behind, %d used: left after %s, want %s", c.behind, c.used, wait, c.wait)
			}
		})
	}
}

// A reading that waits for room is not kept waiting by another process that takes each
// request of the same hour as soon as it is free.
func TestReadingDoesNotStarveBesideAnotherProcess(t *testing.T) {
	for name, behind := range map[string]pipeline.Behind{"pages": {Reads: 5}, "pages and calls": {Reads: 5, Writes: 3}, "more than ever can": {Reads: 60}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const perHour = 40
				hour, err := retry.NewHourlyBudget(perHour)
				if err != nil {
					t.Fatal(err)
				}
				var waits []retry.Wait
				process := func() *retry.Transport {
					s := &server{answer: func(int, *http.Request) (*http.Response, error) { return status(200), nil }}
					return transport(t, s, func(o *retry.Config) {
						if o.Budget, err = retry.Steady(hour, perHour, time.Now); err != nil {
							t.Fatal(err)
						}
						o.Reserve = 2
						o.OnWait = func(w retry.Wait) {
							if w.Behind > 0 {
								waits = append(waits, w)
							}
						}
					})
				}
				ctx, stop := context.WithTimeout(t.Context(), 24*time.Hour)
				defer stop()
				other, ours := process(), process()
				go func() {
					for ctx.Err() == nil {
						if resp, err := other.RoundTrip(request(t, ctx, "GET", "")); err == nil {
							resp.Body.Close()
						}
						if retry.Sleep(ctx, time.Second) != nil {
							return
						}
					}
				}()
				time.Sleep(90 * time.Minute) // the other has the hour to itself
				begun := time.Now()
				resp, err := ours.RoundTrip(request(t, pipeline.Room(ctx, behind), "GET", ""))
				if err != nil {
					t.Fatalf("after %s: %v", time.Since(begun), err)
				}
				resp.Body.Close()
				if took := time.Since(begun); took > 2*time.Hour {
					t.Errorf("it waited %s", took)
				}
				if len(waits) == 0 || waits[0].Behind != behind.Reads+behind.Writes {
					t.Errorf("nobody was told of the %d requests it waits for: %+v", behind.Reads+behind.Writes, waits)
				}
			})
		})
	}
}
