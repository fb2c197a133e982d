package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
	"github.com/reconkit/reconkit/sources/sonderplan/sonderplantest"
)

// fillSandbox makes the records of a new sandbox.
func fillSandbox(ctx context.Context, kind, path string, e emulator) error {
	seed := strings.TrimSuffix(path, filepath.Ext(path)) + ".seed.json"
	text, err := os.ReadFile(seed)
	switch {
	case err == nil:
		return postSeed(ctx, kind, seed, text, e)
	case !errors.Is(err, os.ErrNotExist):
		return err
	}
	switch s := e.(type) {
	case *plandockettest.Server:
		return s.Seed(sandboxSeed, sandboxContacts)
	case *sonderplantest.Server:
		return s.Seed(sandboxSeed, sandboxPeople, sandboxOrganizations)
	}
	return nil
}

// seedHint says what to do about a seed that is refused.
const seedHint = "mend the seed and run again; docs/sandbox.md tells its form"

// customFields is the part of a seed that no request can make.
const customFields = "custom_fields"

// seedOrder is the order in which the resources of a seed file of PlanDocket are
// sent: what others refer to comes first.
var seedOrder = []string{"categories", "events", "contacts", "participants"}

// seedNouns are what a record of each part of a seed is called.
var seedNouns = map[string]string{"categories": "category", customFields: "custom field", "events": "event", "contacts": "contact", "participants": "participant"}

// seedRecord is one record of a seed file and the line in which it begins.
type seedRecord struct {
	line int
	text json.RawMessage
}

// seedFile is a file from which a sandbox is made.
type seedFile struct {
	name  string
	parts map[string][]seedRecord
}

// wrong says what is wrong with a seed, and in which line; 0: not known.
func (s *seedFile) wrong(line int, format string, args ...any) error {
	place := s.name
	if line > 0 {
		place = fmt.Sprintf("%s:%d", s.name, line)
	}
	return fmt.Errorf("%s: %s; %s", place, strings.TrimRight(fmt.Sprintf(format, args...), "."), seedHint)
}

// postSeed sends each record of a seed file to the emulator, as a client would.
// The file holds an array of contacts or, for PlanDocket, an object with an
// array for each of seedOrder, and for custom_fields.
func postSeed(ctx context.Context, kind, name string, text []byte, e emulator) error {
	seed, err := readSeed(kind, name, text)
	if err != nil {
		return err
	}
	if err := seed.define(e); err != nil {
		return err
	}
	client := sandboxClient(e.Handler())
	for _, part := range seedOrder {
		address := "http://seed/api/v1/" + part
		if kind == kindSonderplan {
			address = "http://seed/v2/contact"
		}
		for i, r := range seed.parts[part] {
			if err := seed.post(ctx, client, address, fmt.Sprintf("%s %d", seedNouns[part], i+1), r); err != nil {
				return err
			}
		}
	}
	return nil
}

// readSeed takes a seed file apart.
func readSeed(kind, name string, text []byte) (*seedFile, error) {
	s := &seedFile{name: name, parts: map[string][]seedRecord{}}
	var any json.RawMessage
	if err := json.Unmarshal(text, &any); err != nil {
		wrong := (*diag.JSONError)(nil)
		if errors.As(diag.JSONProblem(text, err), &wrong) {
			return nil, s.wrong(wrong.Line, "%s", wrong.Message)
		}
		return nil, s.wrong(0, "%v", err)
	}
	in := json.NewDecoder(bytes.NewReader(text))
	token, err := in.Token()
	switch {
	case err != nil:
		return nil, s.wrong(0, "%v", err)
	case token == json.Delim('['):
		return s, s.list(in, text, "contacts")
	case token != json.Delim('{') || kind != kindPlanDocket:
		return nil, s.wrong(1, "a seed of %s is a list of records in brackets%s", kind, orParts(kind))
	}
	known := append([]string{customFields}, seedOrder...)
	for in.More() {
		key, err := in.Token()
		part, _ := key.(string)
		line := lineOf(text, in.InputOffset())
		switch {
		case err != nil:
			return nil, s.wrong(line, "%v", err)
		case !slices.Contains(known, part):
			return nil, s.wrong(line, "a seed holds no %q%s", diag.Shorten(part, 60), nearest(part, known))
		case s.parts[part] != nil:
			return nil, s.wrong(line, "%q stands there twice", part)
		}
		if token, err := in.Token(); err != nil || token != json.Delim('[') {
			return nil, s.wrong(line, "%q is to hold a list of records in brackets", part)
		}
		if err := s.list(in, text, part); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func orParts(kind string) string {
	if kind != kindPlanDocket {
		return ""
	}
	return ", or an object with a list for each of " + customFields + ", " + strings.Join(seedOrder, ", ")
}

// list reads the records of one part, behind its opening bracket.
func (s *seedFile) list(in *json.Decoder, text []byte, part string) error {
	s.parts[part] = []seedRecord{}
	for in.More() {
		at := in.InputOffset()
		at += int64(len(text[at:]) - len(bytes.TrimLeft(text[at:], ", \t\r\n")))
		r := seedRecord{line: lineOf(text, at)}
		if err := in.Decode(&r.text); err != nil {
			return s.wrong(r.line, "%v", err)
		}
		if len(r.text) == 0 || r.text[0] != '{' {
			return s.wrong(r.line, "%s %d is %s, and not an object in braces", seedNouns[part], len(s.parts[part])+1, diag.Shorten(string(r.text), 60))
		}
		s.parts[part] = append(s.parts[part], r)
	}
	_, err := in.Token()
	return err
}

func lineOf(text []byte, at int64) int { return 1 + bytes.Count(text[:at], []byte("\n")) }

// define defines custom fields, which no request can do.
func (s *seedFile) define(e emulator) error {
	server, ok := e.(*plandockettest.Server)
	if !ok {
		return nil
	}
	for i, r := range s.parts[customFields] {
		f, err := diag.DecodeJSON[seedField](r.text)
		if wrong := (*diag.JSONError)(nil); errors.As(err, &wrong) {
			return s.wrong(r.line+wrong.Line-1, "custom field %d: %s", i+1, wrong.Message)
		}
		if f.Key == "" {
			return s.wrong(r.line, "custom field %d: it has no key", i+1)
		}
		if err := server.AddCustomField(plandockettest.CustomField(*f)); err != nil {
			return s.wrong(r.line, "custom field %d: %v", i+1, err)
		}
	}
	return nil
}

// seedField is a custom field as a seed names it.
type seedField struct {
	Key      string   `json:"key"`
	Label    string   `json:"label"`
	Type     string   `json:"type"`
	Options  []string `json:"options"`
	Required bool     `json:"required"`
	Inactive bool     `json:"inactive"`
}

// answerBytesMax is how much of an answer is read.
const answerBytesMax = 1 << 20

// post sends one record to an address, and sees that nothing of it was passed over.
func (s *seedFile) post(ctx context.Context, client *http.Client, address, what string, r seedRecord) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(r.text))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerBytesMax))
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return s.wrong(r.line, "%s was refused: %s", what, refusalText(resp.StatusCode, body))
	}
	sent, shown := keysIn(r.text), keysUnder(body, "data")
	for _, key := range sent {
		if len(shown) > 1 && !slices.Contains(shown, key) && !slices.Contains(unshown, key) {
			return s.wrong(r.line, "%s: there is no field %q%s", what, diag.Shorten(key, 60), nearest(key, append(shown, unshown...)))
		}
	}
	return nil
}

// nearest is the known name that is meant, to be put behind a message; "" when none is
// near.
func nearest(name string, known []string) string {
	if hint := diag.DidYouMean(name, known); hint != "" {
		return "; " + hint
	}
	return ""
}

// unshown are the fields of records that answers do not show.
var unshown = []string{"category_keys", "event_keys", "event_key", "customer_number"}

// refusalText is why a server refused a record, in its words.
func refusalText(status int, body []byte) string {
	var said struct {
		Error   string              `json:"error"`
		Message string              `json:"message"`
		Errors  map[string][]string `json:"errors"`
	}
	_ = json.Unmarshal(body, &said) // what is not understood is shown as it is
	var texts []string
	for _, field := range slices.Sorted(maps.Keys(said.Errors)) {
		texts = append(texts, strings.Join(said.Errors[field], " "))
	}
	switch {
	case len(texts) > 0:
		return diag.Shorten(strings.Join(texts, " "), 200)
	case said.Error+said.Message != "":
		return diag.Shorten(said.Error+said.Message, 200)
	default:
		return fmt.Sprintf("status %d, %s", status, diag.Shorten(string(body), 200))
	}
}

// keysIn are the keys of a JSON object; keysUnder those of the object under a key.
func keysIn(text []byte) []string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(text, &fields) != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(fields))
}

func keysUnder(text []byte, key string) []string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(text, &fields) != nil {
		return nil
	}
	return keysIn(fields[key])
}
