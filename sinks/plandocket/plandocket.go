// Package plandocket writes contacts to PlanDocket and reads the contacts that
// are there, with evidence that the list was whole.
//
// The API documents neither paging nor transactions, ETags or idempotency
// keys. Everything that is written is therefore written in a form that can be
// repeated without doubling ([Target.Route]), an answer that leaves a doubt is
// reported as unknown ([Target.Apply]), and a list is only called whole for a
// reason ([Target.Present]). The package never waits and never repeats a
// request; the transport of the client does.
package plandocket

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// Resource are the contacts of a tenant; see also [ResourceParticipants].
const Resource = "contacts"

// RequestsPerHourDefault is the limit of the smallest plan of the service.
const RequestsPerHourDefault = 1000 // requests

// Config says which tenant is written to.
type Config struct {
	BaseURL         string          `conf:"base_url,required" doc:"Address of the tenant, such as https://demo.plandocket.com, without /api/v1."`
	APIKey          pipeline.Secret `conf:"api_key" doc:"API key with the scope contacts; for participants also with participants and events. Required unless base_url is a sandbox."`
	RequestsPerHour int             `conf:"requests_per_hour" doc:"Requests that may leave in any hour; the limit of your plan." default:"1000"`

	// CustomFields are of contacts, by key with their types.
	CustomFields        map[string]string `conf:"custom_fields" doc:"Custom fields of contacts that the resource custom_fields writes: key to type (string, int, float or bool), such as { badge_name: string }."`
	CustomFieldRequests int               `conf:"custom_field_requests" doc:"Contacts of which custom fields are read at most; each takes a request." default:"500"`

	Resource         string           `conf:"-"` // "" or Resource
	Name             string           `conf:"-"` // of the target in the pipeline; "": plandocket
	KeyFromTransport bool             `conf:"-"` // the client's transport signs the requests, no APIKey is needed
	BatchRows        int              `conf:"-"` // records of a batch; 0: pipeline.BatchRowsDefault
	Client           *http.Client     `conf:"-"` // nil: a client without waiting and repeating
	Now              func() time.Time `conf:"-"` // required
	Log              *slog.Logger     `conf:"-"` // nil: nothing is logged
}

// Target is the contacts of one tenant. It is safe for use by one goroutine at
// a time.
type Target struct {
	c      Config
	base   *url.URL
	client *http.Client
	schema *pipeline.Schema

	last     *pipeline.Table // the contacts as they were read last
	lastTook int             // requests of that
	paged    bool            // in which the list came in pages

	// Habits of the server that were seen.
	noInclude bool // it refuses to show categories beside contacts
	noPages   int  // it does not look at what asks for pages of lists of up to so many contacts
	// How long the last answer to each question was: the next one is about as long, but
	// for the contacts that we were to create since. To make more and more room for a
	// long answer takes several times the memory.
	lists        map[string]listSize
	created      int
	contactBytes int // of a contact in the last list that came whole; 0: lists have pages

	shown *shown // the last whole list of contacts
	stock *stock // of the last reading by which changes were routed
}

// New checks c and makes a target. It sends nothing. RequestsPerHour is kept by
// the transport of the client, which is made from it elsewhere.
func New(c Config) (*Target, error) {
	base, wrong := c.check()
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	if c.RequestsPerHour == 0 {
		c.RequestsPerHour = RequestsPerHourDefault
	}
	if c.Name == "" {
		c.Name = "plandocket"
	}
	if c.BatchRows <= 0 {
		c.BatchRows = pipeline.BatchRowsDefault
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Client == nil {
		c.Client = &http.Client{}
	}
	// A redirect of a write would send it again elsewhere, with the key.
	client := *c.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Target{c: c, base: base, client: &client, schema: ContactsSchema(), lists: map[string]listSize{}}, nil
}

// check says what is wrong with the options that all resources share, each by itself.
func (c *Config) check() (base *url.URL, wrong []error) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf("plandocket: "+format, args...)) }
	base, err := parseBase(c.BaseURL)
	if err != nil {
		wrong = append(wrong, err)
	}
	if c.RequestsPerHour < 0 {
		say("requests_per_hour is %d; it must be at least 1", c.RequestsPerHour)
	}
	if c.Resource != "" && c.Resource != Resource {
		say("resource %q is not known; known here: %s", diag.Shorten(c.Resource, 60), Resource)
	}
	switch {
	case !c.APIKey.IsSet() && !c.KeyFromTransport:
		say("api_key is missing; make one in Settings > API with the scope contacts")
	case strings.ContainsAny(c.APIKey.Reveal(), "\r\n\x00"):
		say("api_key holds a line break; a file with the key must hold nothing else")
	}
	if c.Now == nil {
		say("no clock was given")
	}
	return base, wrong
}

func parseBase(text string) (*url.URL, error) {
	const hint = "such as https://demo.plandocket.com"
	if text == "" {
		return nil, fmt.Errorf("plandocket: base_url is missing; give the address of the tenant, %s", hint)
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return nil, fmt.Errorf("plandocket: base_url is no web address; give the address of the tenant, %s", hint)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("plandocket: base_url carries more than an address; the key belongs in api_key")
	}
	u.Path = strings.TrimRight(u.Path, "/")
	if strings.HasSuffix(u.Path, "/api/v1") {
		return nil, fmt.Errorf("plandocket: base_url ends in /api/v1; leave that out")
	}
	u.RawPath = ""
	u.Host = strings.ToLower(u.Host)
	return u, nil
}

// Identity names the tenant and the resource.
func (t *Target) Identity() string { return "plandocket " + t.base.String() + " " + Resource }

// Dated are the contacts as they were read last, and when each was created.
func (t *Target) Dated() (*pipeline.Table, string) { return t.last, fieldCreated }

// Keys are what identifies a contact, best first.
func (t *Target) Keys() []string { return []string{fieldEmail, fieldNumber} }

// Schema is [ContactsSchema].
func (t *Target) Schema(context.Context) (*pipeline.Schema, error) { return t.schema, nil }

// Read streams the contacts as [Target.Present] reads them, without telling
// how sure it is that they are all.
func (t *Target) Read(ctx context.Context) pipeline.Stream {
	return streamOf(ctx, t.Present)
}
