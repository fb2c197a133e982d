package sonderplan

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// Limits of one answer.
const (
	bodyBytesMax    = 64 << 20 // bytes, unpacked
	problemBytesMax = 16 << 10 // bytes of an error that are looked at
	detailChars     = 200      // characters of an error that are shown
)

const contactPath = "/v2/contact"

// The errors that a caller may tell apart with errors.Is.
var (
	// ErrUnauthorized: the token is missing, unknown, revoked or expired.
	ErrUnauthorized = errors.New("the token is not accepted")
	// ErrForbidden: the token is good and may not read contacts.
	ErrForbidden = errors.New("the token may not read contacts")
	// ErrIncomplete: the list did not prove whole in any of its readings.
	ErrIncomplete = errors.New("the list did not prove whole")
)

// StatusError is an answer that refuses.
type StatusError struct {
	Status int    // of HTTP
	Place  string // address without query, and what was asked for
	Detail string // what the server said, shortened; "" when it said nothing readable
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("%s: the server answered %d", e.Place, e.Status)
	if name := http.StatusText(e.Status); name != "" {
		text += " (" + name + ")"
	}
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if hint := e.hint(); hint != "" {
		text += "; " + hint
	}
	return text
}

func (e *StatusError) hint() string {
	switch {
	case e.Status == http.StatusUnauthorized:
		return "the token is unknown, revoked or older than five years: make a new API client in Sonderplan under Admin > Integrations and set token"
	case e.Status == http.StatusForbidden:
		return "the user of the token needs Read on the Contact module (Admin > Users & Groups)"
	case e.Status == http.StatusNotFound:
		return "check base_url: it is the address without /v2"
	case e.Status == http.StatusTooManyRequests:
		return "lower requests_per_second, or run again later"
	case e.Status >= 300 && e.Status < 400:
		return "redirects are not followed, so that the token goes nowhere else; set base_url to the final address"
	case e.Status >= 500:
		return "the fault is on the server's side; run again later"
	}
	return ""
}

// Is tells ErrUnauthorized and ErrForbidden.
func (e *StatusError) Is(target error) bool {
	return target == ErrUnauthorized && e.Status == http.StatusUnauthorized ||
		target == ErrForbidden && e.Status == http.StatusForbidden
}

// client sends requests for contacts.
type client struct {
	http  *http.Client
	base  *url.URL
	token string
	pace  func(context.Context) error
}

func newClient(c Config) (*client, error) {
	base, err := parseBase(c.BaseURL)
	if err != nil {
		return nil, err
	}
	own := *c.Client
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	cl := &client{http: &own, base: base, pace: c.Pace}
	if !c.TokenFromTransport {
		cl.token = strings.TrimSpace(c.Token.Reveal())
	}
	return cl, nil
}

// get sends one request and returns its answer. What names the request in
// errors; the query, which may hold personal data, is never shown.
func (c *client) get(ctx context.Context, query url.Values, what string) (envelope, error) {
	place := c.base.String() + contactPath + " (" + what + ")"
	body, err := c.fetch(ctx, query, place)
	if err != nil {
		return envelope{}, err
	}
	e, err := parseEnvelope(body)
	if err != nil {
		return envelope{}, fmt.Errorf("%s: %w", place, err)
	}
	return e, nil
}

func (c *client) fetch(ctx context.Context, query url.Values, place string) ([]byte, error) {
	if c.pace != nil {
		if err := c.pace(ctx); err != nil {
			return nil, fmt.Errorf("%s: wait for the rate: %w", place, err)
		}
	}
	address := *c.base
	address.Path += contactPath
	address.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%s: the request cannot be built", place)
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "reconkit")
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		var wrapped *url.Error // it would show the query
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return nil, fmt.Errorf("%s: %w", place, unreachable(err))
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, c.refusal(response, place)
	}
	body, err := readBody(response)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", place, err)
	}
	return body, nil
}

// unreachable says what to do about an error that means that no connection
// came about; others stay as they are.
func unreachable(err error) error {
	var op *net.OpError
	var dns *net.DNSError
	if errors.As(err, &dns) || (errors.As(err, &op) && op.Op == "dial") {
		return fmt.Errorf("the server cannot be reached: %w; check base_url, the network and the proxy, and whether the server is running", err)
	}
	return err
}

// refusal makes an error of an answer other than 200.
func (c *client) refusal(response *http.Response, place string) error {
	e := &StatusError{Status: response.StatusCode, Place: place}
	body, _ := io.ReadAll(io.LimitReader(response.Body, problemBytesMax)) // what can be read of it is enough
	text := problemText(body)
	if c.token != "" {
		text = strings.ReplaceAll(text, c.token, "***")
	}
	e.Detail = diag.Shorten(text, detailChars)
	return e
}

// readBody reads the whole body, unpacked. The transport unpacks what it asked
// for itself; a server that packs unasked is understood as well.
func readBody(response *http.Response) ([]byte, error) {
	body, err := readLimited(response.Body)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		return body, nil
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("unpack the answer: %w", err)
	}
	return readLimited(unpacked)
}

func readLimited(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, bodyBytesMax+1))
	if err != nil {
		return nil, fmt.Errorf("the answer broke off after %d bytes: %w", len(body), err)
	}
	if len(body) > bodyBytesMax {
		return nil, fmt.Errorf("the answer is longer than %d MiB; lower page_size", bodyBytesMax>>20)
	}
	return body, nil
}
