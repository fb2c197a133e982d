// Package sonderplan reads contacts from the HTTP API of Sonderplan, whole or
// not at all.
//
// The API pages by offset, promises no order and joins filters with OR. So
// people and organizations are read one after the other by id, every filter
// is checked again here, and a list counts as read only when its totals stay
// the same, the distinct uuids are as many as the total says, and nothing was
// deleted or added meanwhile. A list that does not prove whole is read again a
// few times and is then an error; see [ErrIncomplete].
//
// Records are known by their uuid: an id belongs to a person and to an
// organization at the same time.
package sonderplan

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/reconkit/reconkit/pipeline"
)

// Defaults of the options.
const (
	BaseURLDefault           = "https://api.sonderplan.com"
	PageSizeDefault          = 1000 // rows; the server may lower it
	RequestsPerSecondDefault = 2.0  // what careful clients of the API keep to; no limit is documented
)

const pageSizeMax = 10_000 // rows

// Config are the options of a source. Token is required unless
// TokenFromTransport is set; everything else has a default.
type Config struct {
	Token             pipeline.Secret   `conf:"token" doc:"Token of an API client (Admin > Integrations). Its user needs Read on the Contact module."`
	BaseURL           string            `conf:"base_url" doc:"Address of the API, without /v2." default:"https://api.sonderplan.com"`
	Filter            map[string]string `conf:"filter" doc:"Only contacts for which all of these hold: type is person or organization; id and uuid take a comma list; name and custom fields match a part, without regard to case; any other field matches exactly, and \"\" matches an empty one."`
	CustomFields      map[string]string `conf:"custom_fields" doc:"Custom fields to read: id of the field to the name of its column."`
	Incremental       bool              `conf:"incremental" doc:"true: once everything of a reading is in the target, later plans read only what changed since; plan --full reads all of it."`
	PageSize          int               `conf:"page_size" doc:"Rows to ask for in one request. The server may send fewer." default:"1000"`
	RequestsPerSecond float64           `conf:"requests_per_second" doc:"Rate of requests." default:"2"`

	// TokenFromTransport says that Client adds the token.
	TokenFromTransport bool `conf:"-"`
	// Name of the source in the pipeline.
	Name string `conf:"-"`
	// BatchRows is the largest batch, in rows; 0: pipeline.BatchRowsDefault.
	BatchRows int `conf:"-"`
	// Client sends the requests. Its transport repeats what is worth repeating;
	// redirects are never followed. nil: http.DefaultClient.
	Client *http.Client `conf:"-"`
	// Log receives what is odd but no error; nil: nowhere.
	Log *slog.Logger `conf:"-"`
	// Pace is called before each request and returns when it may be sent. It
	// is built from RequestsPerSecond by who runs the source; nil: at once.
	Pace func(ctx context.Context) error `conf:"-"`
	// Since is Changes.Updated of an earlier reading, in unix seconds. With
	// Incremental it limits the reading to what changed since; 0: read in full.
	// A pipeline file cannot set it; a program that embeds the source can.
	Since int64 `conf:"-"`
}

// Source reads contacts. It is safe for concurrent use; Evidence and Changes
// speak of the reading that ended last.
type Source struct {
	config  Config
	client  *client
	schema  *pipeline.Schema
	columns []column // of the schema, in its order
	tests   []test   // from the filter, type left out
	types   []string // to read, in order
	after   int64    // the mark from which on it reads; 0: all
	witness string   // the contact of that mark; see newest

	mu       sync.Mutex
	evidence pipeline.Evidence
	changes  Changes
	told     marked
}

// Changes is what a reading tells about the passing of time.
type Changes struct {
	// Updated is the largest `updated` seen, in unix seconds of the server's
	// clock, for Config.Since of the next reading; 0: none was seen.
	Updated int64
	// Deleted are the uuids of contacts that changed since Config.Since and do
	// not exist any more, confirmed by asking for each. Only an incremental
	// reading knows them.
	Deleted []string
	// Left are the uuids of contacts that changed since Config.Since, exist,
	// and do not pass the filter (any more).
	Left []string
}

// New checks the options and makes a source of them; it sends nothing. An
// error names the option.
func New(c Config) (*Source, error) {
	if c.BaseURL == "" {
		c.BaseURL = BaseURLDefault
	}
	if c.PageSize == 0 {
		c.PageSize = PageSizeDefault
	}
	if c.RequestsPerSecond == 0 {
		c.RequestsPerSecond = RequestsPerSecondDefault
	}
	if c.BatchRows == 0 {
		c.BatchRows = pipeline.BatchRowsDefault
	}
	if c.Client == nil {
		c.Client = http.DefaultClient
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if err := check(c); err != nil {
		return nil, err
	}
	columns, err := allColumns(c.CustomFields, c.Filter["type"])
	if err != nil {
		return nil, err
	}
	tests, types, err := parseFilter(c.Filter, columns)
	if err != nil {
		return nil, err
	}
	cl, err := newClient(c)
	if err != nil {
		return nil, err
	}
	return newSource(c, cl, columns, tests, types)
}

func newSource(c Config, cl *client, columns []column, tests []test, types []string) (*Source, error) {
	fields := make([]pipeline.Field, len(columns))
	for i, col := range columns {
		fields[i] = col.field
	}
	schema, err := pipeline.NewSchema(fields...)
	if err != nil {
		return nil, fmt.Errorf("custom_fields: %w", err)
	}
	return &Source{config: c, client: cl, schema: schema, columns: columns, tests: tests, types: types,
		evidence: pipeline.Evidence{Grade: pipeline.Unproven, Reasons: []string{"not read yet"}}}, nil
}

func check(c Config) error {
	token := strings.TrimSpace(c.Token.Reveal())
	switch {
	case token == "" && !c.TokenFromTransport:
		return errors.New("token: missing; make an API client in Sonderplan under Admin > Integrations and give its token, for example as ${SONDERPLAN_TOKEN}")
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return errors.New("token: holds white space or characters that no token has; was more than the token copied?")
	case c.PageSize < 1 || c.PageSize > pageSizeMax:
		return fmt.Errorf("page_size: %d is not between 1 and %d", c.PageSize, pageSizeMax)
	case !(c.RequestsPerSecond > 0) || math.IsInf(c.RequestsPerSecond, 0):
		return fmt.Errorf("requests_per_second: %v is not above 0", c.RequestsPerSecond)
	case c.BatchRows < 0:
		return fmt.Errorf("batch rows: %d is below 0", c.BatchRows)
	case c.Since < 0 || c.Since > math.MaxInt32:
		return fmt.Errorf("since: %d is no unix second that the API accepts (0 to %d)", c.Since, math.MaxInt32)
	}
	return nil
}

// parseBase reads the address of the API.
func parseBase(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(text), "/"))
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return nil, errors.New("base_url: not an address like " + BaseURLDefault)
	case u.User != nil:
		return nil, errors.New("base_url: holds a user or password; the API takes a token alone")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("base_url: holds a query; give the address alone, like " + BaseURLDefault)
	}
	u.Path = strings.TrimSuffix(u.Path, "/v2")
	return u, nil
}

// Schema returns the documented fields of a contact and the columns of
// custom_fields; it sends nothing. Empty texts and missing values are null.
func (s *Source) Schema(context.Context) (*pipeline.Schema, error) { return s.schema, nil }

// Project returns a source that asks the server for the named columns alone,
// beside what a careful reading needs. Rows are rejected for values of the
// columns that are asked for, so that fewer columns can mean fewer rejects.
func (s *Source) Project(names []string) (pipeline.Source, error) {
	for _, name := range names {
		if s.schema.Index(name) < 0 {
			return nil, fmt.Errorf("project: contacts of Sonderplan have no column %q", name)
		}
	}
	var columns []column
	for _, c := range s.columns {
		if slices.Contains(names, c.field.Name) {
			columns = append(columns, c)
		}
	}
	narrow, err := newSource(s.config, s.client, columns, s.tests, s.types)
	if err == nil {
		narrow.after, narrow.witness = s.after, s.witness
	}
	return narrow, err
}

// Filters reports whether contacts that exist may be left out by their values, so that one
// which is changed is gone. What is chosen by type alone stays.
func (s *Source) Filters() bool { return len(s.tests) > 0 }

// Evidence says whether the reading that ended last was whole. A reading that
// was incremental is unproven by nature.
func (s *Source) Evidence() pipeline.Evidence {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.evidence
	e.Reasons = slices.Clone(e.Reasons)
	return e
}

// Changes tells what the reading that ended last learned about the passing of
// time.
func (s *Source) Changes() Changes {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Changes{Updated: s.changes.Updated, Deleted: slices.Clone(s.changes.Deleted), Left: slices.Clone(s.changes.Left)}
}

func (s *Source) learn(f found) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.evidence, s.changes, s.told = f.evidence, f.changes, f.told
}

// Read returns the contacts: people, then organizations, each by id. A batch
// holds rows of one page, with their uuids as ids and `updated` as their times.
// Nothing is given out before all of it has proven whole.
//
// An error is an [ErrIncomplete], a [StatusError] for an answer that refuses,
// or says what is wrong with an answer. None holds the token.
func (s *Source) Read(ctx context.Context) pipeline.Stream {
	return func(yield func(*pipeline.Batch, error) bool) {
		fail := func(err error) {
			s.learn(found{evidence: pipeline.Evidence{Grade: pipeline.Unproven, Reasons: []string{"the reading ended in an error"}}})
			yield(nil, fmt.Errorf("read contacts of Sonderplan: %w", err))
		}
		found, err := s.read(ctx)
		if err != nil {
			fail(err)
			return
		}
		for _, p := range found.pages {
			for _, b := range p.batches(s.config.BatchRows) {
				if err := ctx.Err(); err != nil {
					fail(err)
					return
				}
				if !yield(b, nil) {
					return
				}
			}
		}
		s.learn(found)
	}
}

// found is a whole reading.
type found struct {
	pages    []*page
	evidence pipeline.Evidence
	changes  Changes

	told      marked
	witnesses map[string]bool // of contacts that changed since the mark
}

func (s *Source) read(ctx context.Context) (found, error) {
	if err := ctx.Err(); err != nil {
		return found{}, err
	}
	switch {
	case s.config.Incremental && s.after > 0:
		return s.readAfter(ctx)
	case s.config.Incremental && s.config.Since > 0:
		return s.readChanges(ctx)
	}
	return s.readWhole(ctx)
}
