package retry_test

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/reconkit/reconkit/pipeline/retry"
)

// server is a fake base transport that notes when each request left.
type server struct {
	mu     sync.Mutex
	times  []time.Time
	bodies []string
	closed int
	answer func(n int, req *http.Request) (*http.Response, error) // n from 1
}

func (s *server) RoundTrip(req *http.Request) (*http.Response, error) {
	body := ""
	if req.Body != nil {
		b, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		_ = req.Body.Close()
		body = string(b)
	}
	s.mu.Lock()
	s.times = append(s.times, time.Now())
	s.bodies = append(s.bodies, body)
	n := len(s.times)
	s.mu.Unlock()
	resp, err := s.answer(n, req)
	if resp != nil {
		resp.Body = &countedBody{resp.Body, s}
	}
	return resp, err
}

type countedBody struct {
	io.ReadCloser
	s *server
}

func (b *countedBody) Close() error {
	b.s.mu.Lock()
	b.s.closed++
	b.s.mu.Unlock()
	return b.ReadCloser.Close()
}

func status(code int, headers ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: code, Header: h, Body: io.NopCloser(strings.NewReader("answer " + strconv.Itoa(code)))}
}

func transport(t *testing.T, s *server, change func(*retry.Config)) *retry.Transport {
	t.Helper()
	c := retry.Config{Base: s, Now: time.Now}
	if change != nil {
		change(&c)
	}
	rt, err := retry.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return rt
}

func request(t *testing.T, ctx context.Context, method, body string) *http.Request {
	t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, "https://demo.example.com/api/v1/contacts", r)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func TestNoHourHoldsMoreRequestsThanTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const perHour, requests = 50, 175
		budget, err := retry.NewHourlyBudget(perHour)
		if err != nil {
			t.Fatal(err)
		}
		s := &server{answer: func(int, *http.Request) (*http.Response, error) { return status(200), nil }}
		rt := transport(t, s, func(c *retry.Config) { c.Budget = budget })
		start := time.Now()
		for i := range requests {
			time.Sleep(time.Duration(i%7) * 10 * time.Second)
			resp, err := rt.RoundTrip(request(t, t.Context(), "POST", "x"))
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
		}
		for i := perHour; i < len(s.times); i++ {
			if gap := s.times[i].Sub(s.times[i-perHour]); gap <= time.Hour {
				t.Errorf("request %d left %v after request %d: %d requests in one hour", i, gap, i-perHour, perHour+1)
			}
		}
		if len(s.times) != requests {
			t.Errorf("%d requests left, want %d", len(s.times), requests)
		}
		if took := time.Since(start); took > 4*time.Hour {
			t.Errorf("%d requests took %v: the budget was not used", requests, took)
		}
	})
}

// Writes leave some requests of the hour to readings, so that what came of a write
// can be found out at once.
func TestWritesLeaveRequestsToReadings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const perHour, reserve = 50, 5
		budget, err := retry.NewHourlyBudget(perHour)
		if err != nil {
			t.Fatal(err)
		}
		s := &server{answer: func(int, *http.Request) (*http.Response, error) { return status(200), nil }}
		rt := transport(t, s, func(c *retry.Config) { c.Budget, c.Reserve = budget, reserve })
		start := time.Now()
		send := func(method string, atOnce bool) {
			before := time.Now()
			resp, err := rt.RoundTrip(request(t, t.Context(), method, ""))
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if took := time.Since(before); (took == 0) != atOnce {
				t.Errorf("%s number %d, after %v, waited %v", method, len(s.times), before.Sub(start), took)
			}
		}
		for range perHour - reserve {
			send("POST", true)
		}
		for range reserve {
			send("GET", true)
		}
		send("POST", false)
		if took := time.Since(start); took <= time.Hour {
			t.Errorf("the write left after %v", took)
		}
		send("GET", true)
		if _, err := retry.New(retry.Config{Now: time.Now, Reserve: -1}); err == nil {
			t.Error("a reserve below 0 is taken")
		}
	})
}

func TestThePaceIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(int, *http.Request) (*http.Response, error) { return status(200), nil }}
		rt := transport(t, s, func(c *retry.Config) { c.PerSecond = 2 })
		for range 5 {
			if _, err := rt.RoundTrip(request(t, t.Context(), "GET", "")); err != nil {
				t.Fatal(err)
			}
		}
		for i := 1; i < len(s.times); i++ {
			if gap := s.times[i].Sub(s.times[i-1]); gap < 500*time.Millisecond {
				t.Errorf("gap %d is %v, want at least half a second", i, gap)
			}
		}
	})
}

func TestOnlyGetIsRepeatedAfterAnError(t *testing.T) {
	cut := errors.New("connection reset")
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		for name, answer := range map[string]func(int, *http.Request) (*http.Response, error){
			"cut": func(n int, _ *http.Request) (*http.Response, error) {
				if n == 1 {
					return nil, cut
				}
				return status(200), nil
			},
			"500": func(n int, _ *http.Request) (*http.Response, error) {
				if n == 1 {
					return status(500), nil
				}
				return status(200), nil
			},
			"503": func(n int, _ *http.Request) (*http.Response, error) {
				if n == 1 {
					return status(503, "Retry-After", "1"), nil
				}
				return status(200), nil
			},
		} {
			t.Run(method+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := &server{answer: answer}
					resp, err := transport(t, s, nil).RoundTrip(request(t, t.Context(), method, "body"))
					if method == "GET" {
						if err != nil || resp.StatusCode != 200 || len(s.times) != 2 {
							t.Fatalf("got %v after %d sends, want 200 after 2", err, len(s.times))
						}
						return
					}
					if len(s.times) != 1 {
						t.Fatalf("%s was sent %d times", method, len(s.times))
					}
					if name == "cut" && !errors.Is(err, cut) {
						t.Errorf("error %v, want %v", err, cut)
					}
					if name != "cut" && (err != nil || resp.StatusCode < 500) {
						t.Errorf("got %v, want the server's answer", err)
					}
				})
			})
		}
	}
}

func TestGetEndsAfterItsAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(int, *http.Request) (*http.Response, error) { return status(502), nil }}
		resp, err := transport(t, s, func(c *retry.Config) { c.Attempts = 4 }).RoundTrip(request(t, t.Context(), "GET", ""))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || string(body) != "answer 502" {
			t.Errorf("body %q, %v: the last answer must be whole", body, err)
		}
		if len(s.times) != 4 || s.closed != 4 {
			t.Errorf("%d sends, %d bodies closed, want 4 and 4", len(s.times), s.closed)
		}
		for i := 2; i < len(s.times); i++ {
			if s.times[i].Sub(s.times[i-1]) <= s.times[i-1].Sub(s.times[i-2]) {
				t.Errorf("delay %d does not grow", i)
			}
		}
	})
}

func TestGetCutInItsBodyIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(n int, _ *http.Request) (*http.Response, error) {
			if n < 3 {
				r := status(200)
				r.Body = io.NopCloser(io.MultiReader(strings.NewReader("ans"), failing{}))
				return r, nil
			}
			return status(200), nil
		}}
		resp, err := transport(t, s, nil).RoundTrip(request(t, t.Context(), "GET", ""))
		if err != nil {
			t.Fatal(err)
		}
		if body, _ := io.ReadAll(resp.Body); string(body) != "answer 200" || len(s.times) != 3 {
			t.Errorf("got %q after %d sends", body, len(s.times))
		}
	})
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestPostIsRepeatedAfter429WithItsBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(n int, _ *http.Request) (*http.Response, error) {
			if n <= 8 {
				return status(429), nil
			}
			return status(201), nil
		}}
		var waits []retry.Wait
		rt := transport(t, s, func(c *retry.Config) { c.OnWait = func(w retry.Wait) { waits = append(waits, w) } })
		resp, err := rt.RoundTrip(request(t, t.Context(), "POST", "the body"))
		if err != nil || resp.StatusCode != 201 {
			t.Fatalf("got %v, %v", resp, err)
		}
		_ = resp.Body.Close()
		if len(s.times) != 9 || s.closed != 9 || len(waits) != 8 {
			t.Fatalf("%d sends, %d closed, %d waits told; want 9, 9, 8", len(s.times), s.closed, len(waits))
		}
		for i, b := range s.bodies {
			if b != "the body" {
				t.Errorf("send %d carried %q", i+1, b)
			}
		}
		for i, w := range waits {
			if w.Cause != retry.CauseTooMany || w.Status != 429 || w.Attempt != i+1 || w.Path != "/api/v1/contacts" {
				t.Errorf("wait %d told as %+v", i, w)
			}
			if i > 0 && w.Delay < waits[i-1].Delay {
				t.Errorf("delay %d shrinks from %v to %v", i, waits[i-1].Delay, w.Delay)
			}
			if w.Delay > retry.TooManyDelayMax*5/4 {
				t.Errorf("delay %v is over the cap", w.Delay)
			}
		}
		if last := waits[len(waits)-1].Delay; last < time.Minute {
			t.Errorf("the last delay is %v; a bare 429 wants minutes", last)
		}
	})
}

func TestA429IsGivenBackWhenPatienceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{answer: func(int, *http.Request) (*http.Response, error) { return status(429), nil }}
		rt := transport(t, s, func(c *retry.Config) { c.Patience = time.Hour })
		start := time.Now()
		resp, err := rt.RoundTrip(request(t, t.Context(), "POST", "x"))
		if err != nil || resp.StatusCode != 429 {
			t.Fatalf("got %v, %v; want the 429 itself", resp, err)
		}
		if body, _ := io.ReadAll(resp.Body); string(body) != "answer 429" {
			t.Errorf("body %q", body)
		}
		if took := time.Since(start); took > time.Hour || took < 50*time.Minute {
			t.Errorf("gave up after %v, want just under an hour", took)
		}
	})
}

func TestABodyThatCannotBeSentAgainIsNot(t *testing.T) {
	s := &server{answer: func(int, *http.Request) (*http.Response, error) { return status(429), nil }}
	req := request(t, t.Context(), "POST", "x")
	req.GetBody = nil
	resp, err := transport(t, s, nil).RoundTrip(req)
	if err != nil || resp.StatusCode != 429 || len(s.times) != 1 {
		t.Fatalf("got %v, %v after %d sends", resp, err, len(s.times))
	}
}

func TestHints(t *testing.T) {
	tests := []struct {
		name   string
		header func(now time.Time) []string
		want   time.Duration // exact but for up to a second of jitter
	}{
		{"seconds", func(time.Time) []string { return []string{"Retry-After", "90"} }, 90 * time.Second},
		{"date", func(now time.Time) []string {
			return []string{"Retry-After", now.Add(5 * time.Minute).UTC().Format(http.TimeFormat)}
		}, 5 * time.Minute},
		{"zero", func(time.Time) []string { return []string{"Retry-After", "0"} }, time.Second},
		{"reset as unix time", func(now time.Time) []string {
			return []string{"X-RateLimit-Reset", strconv.FormatInt(now.Add(20*time.Minute).Unix(), 10)}
		}, 20 * time.Minute},
		{"reset as seconds", func(time.Time) []string { return []string{"X-RateLimit-Reset", "40"} }, 40 * time.Second},
		{"retry-after wins", func(time.Time) []string {
			return []string{"Retry-After", "7", "X-RateLimit-Reset", "4000"}
		}, 7 * time.Second},
		{"date that has passed", func(now time.Time) []string {
			return []string{"Retry-After", now.Add(-time.Hour).UTC().Format(http.TimeFormat)}
		}, retry.TooManyDelayMin},
		{"nonsense", func(time.Time) []string { return []string{"Retry-After", "soon"} }, retry.TooManyDelayMin},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				headers := test.header(time.Now())
				s := &server{answer: func(n int, _ *http.Request) (*http.Response, error) {
					if n == 1 {
						return status(429, headers...), nil
					}
					return status(200), nil
				}}
				start := time.Now()
				if _, err := transport(t, s, nil).RoundTrip(request(t, t.Context(), "PATCH", "x")); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took < test.want || took > test.want+time.Second {
					t.Errorf("waited %v, want %v", took, test.want)
				}
			})
		})
	}
}

func TestCancelWhileWaiting(t *testing.T) {
	full, err := retry.NewHourlyBudget(1)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		method string
		code   int
		change func(*retry.Config)
	}{
		{"after 429", "POST", 429, nil},
		{"after 500", "GET", 500, nil},
		{"for the budget", "POST", 429, func(c *retry.Config) { c.Budget = full }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{answer: func(int, *http.Request) (*http.Response, error) { return status(test.code), nil }}
				ctx, cancel := context.WithTimeout(t.Context(), 20500*time.Millisecond)
				defer cancel()
				start := time.Now()
				_, err := transport(t, s, func(c *retry.Config) {
					c.Attempts = 1000
					if test.change != nil {
						test.change(c)
					}
				}).RoundTrip(request(t, ctx, test.method, "x"))
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Fatalf("error %v, want the context's", err)
				}
				var asker interface{ NotSent() bool }
				if !errors.As(err, &asker) || !asker.NotSent() {
					t.Errorf("error %v does not say that nothing was sent", err)
				}
				if took := time.Since(start); took != 20500*time.Millisecond {
					t.Errorf("noticed after %v", took)
				}
			})
		})
	}
}

func TestAnAttemptHasATimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		s.answer = func(n int, req *http.Request) (*http.Response, error) {
			if n == 1 {
				<-req.Context().Done()
				return nil, req.Context().Err()
			}
			return status(200), nil
		}
		rt := transport(t, s, func(c *retry.Config) { c.Timeout = 10 * time.Second })
		if resp, err := rt.RoundTrip(request(t, t.Context(), "GET", "")); err != nil || resp.StatusCode != 200 {
			t.Fatalf("a slow GET ended with %v", err)
		}
		s.times = nil
		if _, err := rt.RoundTrip(request(t, t.Context(), "POST", "x")); !errors.Is(err, context.DeadlineExceeded) || len(s.times) != 1 {
			t.Fatalf("a slow POST ended with %v after %d sends", err, len(s.times))
		}
	})
}

func TestNewRefuses(t *testing.T) {
	if _, err := retry.New(retry.Config{}); err == nil {
		t.Error("a transport without a clock was made")
	}
	if _, err := retry.New(retry.Config{Now: time.Now, PerSecond: -1}); err == nil {
		t.Error("a negative pace was accepted")
	}
	if _, err := retry.NewHourlyBudget(0); err == nil {
		t.Error("an empty budget was accepted")
	}
}

// A limit that is far beyond what ever leaves takes no room.
func TestHugeBudgetTakesNoRoom(t *testing.T) {
	b, err := retry.NewHourlyBudget(math.MaxInt)
	if err != nil {
		t.Fatal(err)
	}
	if wait, err := b.Take(t.Context(), time.Unix(0, 0), 0); wait != 0 || err != nil {
		t.Errorf("waits %s, %v", wait, err)
	}
}
