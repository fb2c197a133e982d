package plandocket

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// The limits of what is read and told.
const (
	listBytesMax   = 512 << 20 // bytes of one list
	answerBytesMax = 16 << 20  // bytes of any other answer
	wordsMax       = 200       // characters of a server's words in a message
	apiPath        = "/api/v1"
	userAgent      = "reconkit" // whom the tenant's audit log names
)

// What a caller may want to tell apart. They are found with errors.Is.
var (
	ErrUnauthorized = errors.New("the API key is not accepted; check api_key")
	ErrForbidden    = errors.New("the API key may not do this; it needs the scope contacts, and for participants also participants and events; the API must be switched on for the tenant, and the tenant's limits must not be reached")
	ErrNoAPI        = errors.New("there is no such API; check base_url and whether the API is switched on for the tenant")
	ErrRateLimited  = errors.New("the server keeps answering that there were too many requests; try again in an hour")
	ErrUnreachable  = errors.New("the server cannot be reached")
)

// unreachableHint is what to do about ErrUnreachable. It ends the message,
// behind what the network said.
const unreachableHint = "check base_url, the network and the proxy, and whether the server is running"

// StatusError is an answer that refuses a request.
type StatusError struct {
	Method, Path string
	Status       int
	Words        string // the server's, shortened; "" when it said nothing that can be shown
	Kind         error  // one of the errors above, or nil
}

func (e *StatusError) Error() string {
	s := fmt.Sprintf("%s %s: %d %s", e.Method, e.Path, e.Status, strings.ToLower(http.StatusText(e.Status)))
	if e.Words != "" {
		s += ": " + e.Words
	}
	if e.Kind != nil {
		s += ": " + e.Kind.Error()
	}
	return s
}

func (e *StatusError) Unwrap() error { return e.Kind }

// answer is what came back.
type answer struct {
	method, path string
	status       int
	body         []byte
}

// ask sends one request. An error says that there is no answer that can be
// read; see [nothingSent].
func (t *Target) ask(ctx context.Context, method, path string, query url.Values, body []byte) (*answer, error) {
	u, err := url.Parse(t.base.String() + apiPath + path)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, apiPath+path, err)
	}
	u.RawQuery = query.Encode()
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), reader)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, apiPath+path, err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", userAgent)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if t.c.APIKey.IsSet() {
		req.Header.Set("Authorization", "Bearer "+t.c.APIKey.Reveal())
	}
	a := &answer{method: method, path: apiPath + path}
	resp, err := t.client.Do(req)
	if err != nil {
		return nil, a.wrap(t.plain(err))
	}
	defer func() { _ = resp.Body.Close() }()
	a.status = resp.StatusCode
	limit := int64(answerBytesMax)
	if method == http.MethodGet {
		limit = listBytesMax
	}
	list := method == http.MethodGet && strings.LastIndexByte(path, '/') == 0
	about, asked := 0, question(path, query)
	if list {
		about = t.lists[asked].bytes
		if path == "/"+Resource {
			about += (t.created - t.lists[asked].created) * t.contactBytes
		}
	}
	a.body, err = readBody(resp, limit, about)
	if err != nil {
		return nil, a.wrap(err)
	}
	if list {
		t.lists[asked] = listSize{len(a.body), t.created}
	}
	t.c.Log.DebugContext(ctx, "plandocket", "method", method, "path", a.path, "status", a.status, "bytes", len(a.body))
	return a, nil
}

func (a *answer) wrap(err error) error { return fmt.Errorf("%s %s: %w", a.method, a.path, err) }

// plain takes the address off an error of the client, and says which errors
// mean that the server was never reached.
func (t *Target) plain(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var op *net.OpError
	var dns *net.DNSError
	if errors.As(err, &dns) || (errors.As(err, &op) && op.Op == "dial") {
		return fmt.Errorf("%w: %s: %w; %s", ErrUnreachable, t.base.Host, err, unreachableHint)
	}
	return err
}

// nothingSent reports whether an error proves that the server has not acted:
// it could not be reached, or the transport says that nothing left.
func nothingSent(err error) bool {
	var asker interface{ NotSent() bool }
	return errors.Is(err, ErrUnreachable) || (errors.As(err, &asker) && asker.NotSent())
}

// listSize is how long an answer to a list call was, and how many contacts we had created
// by then.
type listSize struct{ bytes, created int }

// question is what a list is asked for, without the values: a search of a list is as
// long as another search, and says nothing of how long the whole list is.
func question(path string, query url.Values) string {
	names := slices.Sorted(maps.Keys(query))
	return path + "?" + strings.Join(names, "&")
}

// readBody reads at most limit bytes, also when they are compressed though
// nobody asked for that. There are about so many, or as many as the server says where
// these are fewer.
func readBody(resp *http.Response, limit int64, about int) ([]byte, error) {
	sent := about
	if resp.ContentLength >= 0 {
		sent = int(min(int64(about), resp.ContentLength))
	}
	raw, err := readAtMost(resp.Body, limit, sent)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(raw, []byte{0x1f, 0x8b}) {
		return raw, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("the compressed answer cannot be read: %w", err)
	}
	plain, err := readAtMost(z, limit, about)
	if err != nil {
		return nil, fmt.Errorf("the compressed answer cannot be read: %w", err)
	}
	return plain, nil
}

func readAtMost(r io.Reader, limit int64, about int) ([]byte, error) {
	var buf bytes.Buffer
	buf.Grow(int(min(int64(about+about/64), limit)) + bytes.MinRead)
	_, err := buf.ReadFrom(io.LimitReader(r, limit+1))
	b := buf.Bytes()
	if err != nil {
		return nil, fmt.Errorf("the answer was cut after %d bytes: %w", len(b), err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("the answer is longer than %d bytes", limit)
	}
	return b, nil
}

// refusal makes the error of an answer that is not a success.
func (t *Target) refusal(a *answer) *StatusError {
	e := &StatusError{Method: a.method, Path: a.path, Status: a.status, Words: t.words(a.body)}
	switch a.status {
	case http.StatusUnauthorized:
		e.Kind = ErrUnauthorized
	case http.StatusForbidden:
		e.Kind = ErrForbidden
	case http.StatusTooManyRequests:
		e.Kind = ErrRateLimited
	}
	return e
}

// words are what a refusing answer says for people: its error and, of a
// validation, the fields with their messages, as they stand.
func (t *Target) words(body []byte) string {
	n, err := parseJSON(body, nil)
	if err != nil || n.kind != objectNode {
		return ""
	}
	if d := n.get("data"); d != nil && d.kind == objectNode && n.get("error") == nil {
		n = d
	}
	var parts []string
	for _, name := range []string{"error", "message"} {
		if e := n.get(name); e != nil && e.phrase() != "" {
			parts = append(parts, e.phrase())
			break
		}
	}
	if e := n.get("errors"); e != nil && e.phrase() != "" {
		parts = append(parts, e.phrase())
	}
	return t.speak(strings.Join(parts, ": "))
}

// speak makes a server's words fit to be shown: short, printable, and without
// the key should the server repeat it.
func (t *Target) speak(words string) string {
	if t.c.APIKey.IsSet() {
		words = strings.ReplaceAll(words, t.c.APIKey.Reveal(), "***")
	}
	return diag.Shorten(strings.TrimSpace(words), wordsMax)
}

// phrase writes a value in one line for people.
func (n *node) phrase() string {
	switch n.kind {
	case nullNode:
		return ""
	case arrayNode:
		parts := make([]string, 0, len(n.items))
		for i := range n.items {
			parts = append(parts, n.items[i].phrase())
		}
		return strings.Join(parts, ", ")
	case objectNode:
		parts := make([]string, 0, len(n.members))
		for i := range n.members {
			parts = append(parts, n.members[i].name+": "+n.members[i].value.phrase())
		}
		return strings.Join(parts, "; ")
	default:
		return n.text
	}
}

// nonsense is the error of a success whose body is not what it should be.
func (a *answer) nonsense(err error) error {
	trimmed := bytes.TrimLeft(bytes.TrimPrefix(a.body, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case len(trimmed) == 0:
		err = errors.New("the answer is empty")
	case trimmed[0] == '<':
		err = errors.New("the answer is a web page, not JSON (a login, a maintenance page or another server)")
	}
	return fmt.Errorf("%s %s: status %d: %w", a.method, a.path, a.status, err)
}
