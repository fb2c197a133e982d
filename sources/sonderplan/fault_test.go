package sonderplan_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sources/sonderplan"
	"github.com/reconkit/reconkit/sources/sonderplan/sonderplantest"
	"github.com/reconkit/reconkit/sources/sourcetest"
)

const contactRoute = "GET /v2/contact"

// TestFaults meets every fault on a page in the middle: the reading gives the
// truth, or an error that says what happened.
func TestFaults(t *testing.T) {
	want := map[faults.Kind]string{ // "": the reading succeeds
		faults.TooMany:           "429",
		faults.TooManyRetryAfter: "429",
		faults.ServerError:       "500",
		faults.BadGatewayHTML:    "502",
		faults.LoginHTML:         "HTML page",
		faults.CutBefore:         "unexpected EOF",
		faults.CutAfter:          "unexpected EOF",
		faults.Slow:              "",
		faults.Drip:              "",
		faults.Truncated:         "cut off",
		faults.Trailing:          "goes on after its JSON",
		faults.WrongLength:       "broke off",
		faults.EmptyBody:         "no body",
		faults.Gzip:              "",
		faults.BOM:               "",
		faults.InvalidUTF8:       "not UTF-8 at byte",
		faults.DuplicateKeys:     `"data" twice`,
		faults.Unauthorized:      "API client",
		faults.Forbidden:         "Read on the Contact module",
		faults.Closed:            "connection reset",
	}
	for _, kind := range faults.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			part, known := want[kind]
			if !known {
				t.Fatalf("the test does not say what becomes of %s", kind)
			}
			schedule := faults.New(faults.Fault{Route: contactRoute, From: 3, Count: 1, Kind: kind, Delay: time.Millisecond})
			s := serve(t, sonderplantest.Options{Faults: schedule}, 45, 12)
			src := allButJSON(t, open(t, s, sonderplan.Config{}))
			got, err := read(t.Context(), src)
			if schedule.Fired(kind) != 1 {
				t.Errorf("the fault fired %d times, want once", schedule.Fired(kind))
			}
			if part == "" {
				if err != nil {
					t.Fatal(err)
				}
				if diff := gocmp.Diff(truth(t, s, nil), got); diff != "" {
					t.Errorf("contacts (-truth +read):\n%s", diff)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), part) || !strings.Contains(err.Error(), "people, page 3") {
				t.Errorf("got error %v, want one that names people, page 3 and %q", err, part)
			}
			if g := grade(src); g != pipeline.Unproven {
				t.Errorf("got grade %s after an error, want unproven", g)
			}
		})
	}
}

func TestAnErrorEndsTheStream(t *testing.T) {
	schedule := faults.New(faults.Fault{Route: contactRoute, Kind: faults.ServerError})
	s := serve(t, sonderplantest.Options{Faults: schedule}, 5, 5)
	n := sourcetest.RunError(t, func(t *testing.T, batchRows int) pipeline.Source {
		return open(t, s, sonderplan.Config{BatchRows: batchRows})
	}, "http://sonderplan.test/v2/contact", "people, page 1", "500")
	if n != 0 {
		t.Errorf("got %d records before the error, want none from a list that is not proven", n)
	}
}

// TestPageFaults spoils the paging once, and for ever. Once, the list is read
// again and is the truth. For ever, it is the truth where nothing is missing,
// and else an error.
func TestPageFaults(t *testing.T) {
	harmless := []faults.Kind{sonderplantest.PageCount, sonderplantest.PageTwin}
	for _, kind := range sonderplantest.PageFaults() {
		for _, count := range []int{1, 0} {
			t.Run(fmt.Sprintf("%s x %d", kind, count), func(t *testing.T) {
				schedule := faults.New(faults.Fault{Route: contactRoute, From: 2, Count: count, Kind: kind})
				s := serve(t, sonderplantest.Options{Faults: schedule}, 45, 12)
				src := allButJSON(t, open(t, s, sonderplan.Config{}))
				got, err := read(t.Context(), src)
				if schedule.Fired(kind) == 0 {
					t.Fatal("the fault did not fire")
				}
				if count == 0 && !slices.Contains(harmless, kind) {
					if !errors.Is(err, sonderplan.ErrIncomplete) {
						t.Errorf("got error %v, want ErrIncomplete", err)
					}
					if g := grade(src); g != pipeline.Unproven {
						t.Errorf("got grade %s, want unproven", g)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if diff := gocmp.Diff(truth(t, s, nil), got); diff != "" {
					t.Errorf("contacts (-truth +read):\n%s", diff)
				}
			})
		}
	}
}

// TestEditsWhileReading changes the data between requests: what was read is
// each contact as it was at some time of the reading.
func TestEditsWhileReading(t *testing.T) {
	now := sonderplantest.Epoch()
	s := serve(t, sonderplantest.Options{
		Now: func() time.Time { return now },
		Before: func(s *sonderplantest.Server, n int, r *http.Request) {
			if n == 3 {
				if err := s.Edit("p5", func(c *sonderplantest.Contact) { c.City = "Ulm" }); err != nil {
					t.Error(err)
				}
			}
		},
	}, 45, 12)
	got, err := read(t.Context(), open(t, s, sonderplan.Config{}))
	if err != nil {
		t.Fatalf("an edit that moves no row ended the reading: %v", err)
	}
	if len(got) != 57 {
		t.Errorf("got %d contacts, want 57", len(got))
	}
}

func TestErrorsToBranchOn(t *testing.T) {
	for name, test := range map[string]struct {
		token sonderplantest.Token
		want  error
	}{
		"unknown token":        {sonderplantest.Token{Text: "other", Contact: sonderplantest.ReadOnly}, sonderplan.ErrUnauthorized},
		"expired token":        {sonderplantest.Token{Text: token, Contact: sonderplantest.ReadOnly, Expires: sonderplantest.Epoch()}, sonderplan.ErrUnauthorized},
		"no access to contact": {sonderplantest.Token{Text: token, Admin: sonderplantest.ReadWrite}, sonderplan.ErrForbidden},
		"read access":          {sonderplantest.Token{Text: token, Contact: sonderplantest.ReadOnly}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, sonderplantest.Options{Tokens: []sonderplantest.Token{test.token}}, 3, 3)
			_, err := read(t.Context(), open(t, s, sonderplan.Config{}))
			if !errors.Is(err, test.want) {
				t.Errorf("got error %v, want %v", err, test.want)
			}
		})
	}
}

// TestTheTokenIsNeverShown looks for the token in all that a source says under
// every fault, before a server that repeats the token in its errors.
func TestTheTokenIsNeverShown(t *testing.T) {
	s := serve(t, sonderplantest.Options{}, 25, 12)
	var said bytes.Buffer
	run := func(h http.Handler) {
		src := open(t, s, sonderplan.Config{
			Client: &http.Client{Transport: faults.Transport(h)},
			Log:    slog.New(slog.NewJSONHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug})),
			Filter: map[string]string{"email_1": "private.person@example.com"},
		})
		_, err := read(t.Context(), src)
		fmt.Fprintf(&said, "%v %+v %#v %v %v\n", err, err, err, src.Evidence(), src.Changes())
	}
	for _, kind := range append(faults.Kinds(), sonderplantest.PageFaults()...) {
		run(faults.New(faults.Fault{Route: contactRoute, From: 2, Kind: kind, Delay: time.Millisecond}).Wrap(s.Handler()))
	}
	for _, body := range []string{`{"error": %q}`, `{"error": {"message": %q}}`, `{"message": "no", "errors": [%q]}`, `<p>%s</p>`, `%s`, `{"data": %q}`} {
		for _, status := range []int{200, 302, 400, 401, 403, 404, 429, 500} {
			run(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", "http://elsewhere.test/?token="+token)
				w.WriteHeader(status)
				fmt.Fprintf(w, body, r.Header.Get("Authorization"))
			}))
		}
	}
	_, err := sonderplan.New(sonderplan.Config{Token: pipeline.NewSecret(token + " \x00"), BaseURL: "http://" + token + "@x.test"})
	fmt.Fprintln(&said, err)
	if said.Len() < 1000 {
		t.Fatalf("only %d bytes were said", said.Len())
	}
	for _, secret := range []string{token, "private.person"} {
		if strings.Contains(said.String(), secret) {
			t.Errorf("%q was shown in:\n%s", secret, said.String())
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var elsewhere atomic.Int32
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host == "elsewhere.test" {
			elsewhere.Add(1)
		}
		http.Redirect(w, r, "http://elsewhere.test/", http.StatusFound)
	})
	s := serve(t, sonderplantest.Options{}, 0, 0)
	_, err := read(t.Context(), open(t, s, sonderplan.Config{Client: &http.Client{Transport: faults.Transport(h)}}))
	if err == nil || !strings.Contains(err.Error(), "redirects are not followed") {
		t.Errorf("got error %v, want one about the redirect", err)
	}
	if elsewhere.Load() > 0 {
		t.Error("the other host was asked")
	}
}

func TestCancelInTheMiddle(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := serve(t, sonderplantest.Options{Before: func(_ *sonderplantest.Server, n int, _ *http.Request) {
		if n == 3 {
			cancel()
		}
	}}, 45, 12)
	_, err := read(ctx, open(t, s, sonderplan.Config{}))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want that of the context", err)
	}
	if n := s.Requests(); n > 3 {
		t.Errorf("%d requests were sent, want none after the third", n)
	}
}

func TestPaceIsAskedBeforeEachRequest(t *testing.T) {
	s := serve(t, sonderplantest.Options{}, 45, 12)
	paced := 0
	src := open(t, s, sonderplan.Config{Pace: func(context.Context) error {
		if paced != s.Requests() {
			t.Errorf("paced %d times before request %d", paced, s.Requests()+1)
		}
		paced++
		return nil
	}})
	if _, err := read(t.Context(), src); err != nil {
		t.Fatal(err)
	}
	if paced == 0 || paced != s.Requests() {
		t.Errorf("paced %d times for %d requests", paced, s.Requests())
	}
	stop := errors.New("budget is spent")
	src = open(t, s, sonderplan.Config{Pace: func(context.Context) error { return stop }})
	if _, err := read(t.Context(), src); !errors.Is(err, stop) {
		t.Errorf("got error %v, want that of Pace", err)
	}
}

func TestTenThousandContacts(t *testing.T) {
	s := serve(t, sonderplantest.Options{LimitMax: 500}, 7_000, 3_000)
	src := open(t, s, sonderplan.Config{PageSize: 1000})
	got, err := read(t.Context(), allButJSON(t, src))
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(truth(t, s, nil), got); diff != "" {
		t.Errorf("contacts (-truth +read):\n%.2000s", diff)
	}
	if n := s.Requests(); n > 26 {
		t.Errorf("%d requests for 20 full pages, want at most one more for each type and two to see what changed", n)
	}
}

// dialing answers every request as a network does where nobody listens.
type dialing struct{ err error }

func (d dialing) RoundTrip(*http.Request) (*http.Response, error) { return nil, d.err }

func TestAServerThatCannotBeReached(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	for name, cause := range map[string]error{"refused": refused, "no such host": &net.DNSError{Err: "no such host", Name: "sonderplan.example"}} {
		t.Run(name, func(t *testing.T) {
			src, err := sonderplan.New(sonderplan.Config{BaseURL: "https://sonderplan.example", Client: &http.Client{Transport: dialing{cause}}, TokenFromTransport: true})
			if err != nil {
				t.Fatal(err)
			}
			_, err = read(t.Context(), src)
			if !errors.Is(err, cause) {
				t.Fatalf("got error %v, want one that holds %v", err, cause)
			}
			for _, part := range []string{"https://sonderplan.example", "people, page 1", "check base_url"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error does not say %q: %v", part, err)
				}
			}
		})
	}
}
