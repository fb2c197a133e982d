package retry_test

import (
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/reconkit/reconkit/pipeline/retry"
)

// getMany sends n requests and fails on an error.
func getMany(t *testing.T, tr *retry.Transport, n int) {
	t.Helper()
	for range n {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://example.com/x", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Error(err)
		}
	}
}

// After a 429 without a hint, later requests leave more slowly, and after a
// while as before.
func TestSlowsDownAfterTooManyWithoutAHint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(n int, _ *http.Request) (*http.Response, error) {
			if n == 3 {
				return status(429), nil
			}
			return status(200), nil
		}}
		tr, err := retry.New(retry.Config{Base: s, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		getMany(t, tr, 120)
		gaps := func(from, to int) time.Duration { return s.times[to].Sub(s.times[from]) / time.Duration(to-from) }
		if fast, slow, again := gaps(0, 1), gaps(4, 40), gaps(110, 120); fast != 0 || slow < time.Second || again != 0 {
			t.Errorf("time between requests: %v before, %v after, %v in the end", fast, slow, again)
		}
	})
}

// A server that says that nothing is left until a moment is left alone until
// then.
func TestWaitsWhereNothingRemains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		s := &server{answer: func(n int, _ *http.Request) (*http.Response, error) {
			if n == 2 {
				return status(200, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", strconv.FormatInt(begin.Add(20*time.Minute).Unix(), 10)), nil
			}
			return status(200, "X-RateLimit-Remaining", "7"), nil
		}}
		tr, err := retry.New(retry.Config{Base: s, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		getMany(t, tr, 4)
		if first, last := s.times[2].Sub(begin), s.times[3].Sub(begin); first != 20*time.Minute || last != first {
			t.Errorf("the third request left after %v, the fourth after %v", first, last)
		}
	})
}
