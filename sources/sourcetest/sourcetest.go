// Package sourcetest is the contract of a [pipeline.Source] as a test suite
// that any source, of this module or not, can run against itself.
package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"github.com/reconkit/reconkit/pipeline"
)

// Null is how a null is written in Row.Cells.
const Null = "<null>"

// Want is all that a source is expected to give, in plain form.
type Want struct {
	Columns []string // "name" for a String, "name type" for the others, as "rating int" or "tags list of string"
	Rows    []Row
	Rejects []Reject
}

// Row is one expected record.
type Row struct {
	Origin string // as pipeline.Origin writes it, such as people.csv:2; "" is not compared
	ID     string // of the origin; "" is not compared
	// Cells are the values as pipeline.Value writes them, a null as Null and a
	// list as fmt writes it with %q, such as ["a" "b"].
	Cells []string
}

// Reject is one row that is expected to be refused.
type Reject struct {
	Origin string // "" is not compared
	Code   string // of the finding; "" is not compared
	Cells  []string
	Raw    string // Cells and Raw are compared when either is set
}

// batchSizes are the numbers of rows a batch that every source must give the
// same records for. 0 asks for the default of the source.
var batchSizes = []int{0, 1, 2, 7, 64, 4096}

// Run checks that the source that open returns keeps the contract of
// [pipeline.Source] and gives what is wanted. It calls open once or more for
// each check; the source is to make batches of at most batchRows records, or of
// its default when batchRows is 0. What open starts belongs to t.Cleanup.
//
// The suite watches for goroutines and files that stay open, so it must not
// run in parallel with other tests of its package, and an HTTP client must not
// keep idle connections.
func Run(t *testing.T, open func(t *testing.T, batchRows int) pipeline.Source, want Want) {
	t.Helper()
	t.Run("schema", func(t *testing.T) { checkSchema(t, open(t, 0), want) })
	for _, size := range batchSizes {
		t.Run(fmt.Sprintf("batches of %d", size), func(t *testing.T) {
			got := read(t, open(t, size), size)
			got.compare(t, want)
		})
	}
	t.Run("batch size changes nothing", func(t *testing.T) {
		base := read(t, open(t, 0), 0)
		for _, size := range batchSizes[1:] {
			base.same(t, read(t, open(t, size), size))
		}
	})
	t.Run("iterated twice", func(t *testing.T) {
		src := open(t, 2)
		stream := src.Read(t.Context())
		first := collect(t, stream, 2)
		first.same(t, collect(t, stream, 2))
		first.same(t, read(t, src, 2))
	})
	t.Run("read before schema", func(t *testing.T) {
		src := open(t, 0)
		got := read(t, src, 0)
		checkSchema(t, src, want)
		got.compare(t, want)
	})
	t.Run("break leaves nothing behind", func(t *testing.T) { checkBreak(t, open) })
	t.Run("context cancelled before", func(t *testing.T) { checkCancelledBefore(t, open(t, 1)) })
	t.Run("context cancelled between batches", func(t *testing.T) { checkCancelledBetween(t, open(t, 1), want) })
	t.Run("projection", func(t *testing.T) { checkProjection(t, open) })
}

// RunError checks a source whose stream ends in an error: the error comes with
// a nil batch, last, whatever the batch size, each time it is iterated, and
// with the same rows before it for one batch size; its text holds each of the
// given parts; nothing stays open. It returns the number of records that came
// before the error in batches of one.
func RunError(t *testing.T, open func(t *testing.T, batchRows int) pipeline.Source, parts ...string) int {
	t.Helper()
	n := 0
	for _, size := range batchSizes {
		src := open(t, size)
		leaks := watch()
		first := drain(t, src.Read(t.Context()), size)
		second := drain(t, src.Read(t.Context()), size)
		leaks(t)
		if first.err == nil || second.err == nil {
			t.Fatalf("batches of %d: got errors %v and %v, want one from each iteration", size, first.err, second.err)
		}
		for _, part := range parts {
			if !strings.Contains(first.err.Error(), part) {
				t.Errorf("batches of %d: got error %q, want it to hold %q", size, first.err, part)
			}
		}
		first.same(t, second)
		if size == 1 {
			n = len(first.rows)
		}
	}
	return n
}

// reading is what one iteration of a stream gave.
type reading struct {
	batches []*pipeline.Batch
	rows    []record
	rejects []pipeline.Reject
	err     error
}

type record struct {
	Origin pipeline.Origin
	Micros int64
	Timed  bool
	Cells  []string
}

// read iterates the source, which must not fail, and checks that every batch
// has the source's schema.
func read(t testing.TB, src pipeline.Source, batchRows int) reading {
	t.Helper()
	schema, err := src.Schema(t.Context())
	if err != nil {
		t.Fatalf("Schema: %v", err)
	}
	got := collect(t, src.Read(t.Context()), batchRows)
	for i, b := range got.batches {
		if !b.Schema().Equal(schema) {
			t.Errorf("batch %d: got schema %v, want that of the source, %v", i, columns(b.Schema()), columns(schema))
		}
	}
	return got
}

// collect is drain for a stream that must not fail.
func collect(t testing.TB, stream pipeline.Stream, batchRows int) reading {
	t.Helper()
	got := drain(t, stream, batchRows)
	if got.err != nil {
		t.Fatalf("stream ended in an error: %v", got.err)
	}
	return got
}

// drain iterates a stream to its end. Values are looked at after the end, so
// that a source that overwrites what it handed out is found.
func drain(t testing.TB, stream pipeline.Stream, batchRows int) reading {
	t.Helper()
	var got reading
	for b, err := range stream {
		switch {
		case got.err != nil:
			t.Fatalf("stream went on after its error %v", got.err)
		case err != nil && b != nil:
			t.Fatalf("stream gave a batch together with the error %v", err)
		case err != nil:
			got.err = err
			continue
		case b == nil:
			t.Fatal("stream gave neither a batch nor an error")
		case batchRows > 0 && b.Len() > batchRows:
			t.Errorf("batch %d holds %d records, want at most %d", len(got.batches), b.Len(), batchRows)
		}
		got.batches = append(got.batches, b)
	}
	for _, b := range got.batches {
		got.rejects = append(got.rejects, b.Rejects()...)
		for i := range b.Len() {
			got.rows = append(got.rows, recordOf(b, i))
		}
	}
	return got
}

func recordOf(b *pipeline.Batch, i int) record {
	r := record{Origin: b.Origin(i), Cells: make([]string, b.Schema().Len())}
	r.Micros, r.Timed = b.Micros(i)
	for f := range r.Cells {
		r.Cells[f] = plain(b.Value(i, f))
	}
	return r
}

func plain(v pipeline.Value) string {
	switch {
	case v.IsNull():
		return Null
	case v.IsErase():
		return "<erase>"
	case v.Type() == pipeline.StringList:
		return fmt.Sprintf("%q", v.List())
	default:
		return v.String()
	}
}

func columns(s *pipeline.Schema) []string {
	names := make([]string, s.Len())
	for i, f := range s.Fields() {
		names[i] = f.Name
		if f.Type != pipeline.String {
			names[i] += " " + f.Type.String()
		}
	}
	return names
}

// same reports what differs between two readings of one source, however they
// are cut into batches.
func (r reading) same(t testing.TB, o reading) {
	t.Helper()
	if diff := cmp.Diff(r.rows, o.rows, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("records differ between two readings (-first +second):\n%s", diff)
	}
	if diff := cmp.Diff(r.rejects, o.rejects, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("rejects differ between two readings (-first +second):\n%s", diff)
	}
}

// compare reports what differs from what is wanted.
func (r reading) compare(t testing.TB, want Want) {
	t.Helper()
	rows := make([]Row, len(r.rows))
	for i, got := range r.rows {
		rows[i] = Row{Origin: got.Origin.String(), ID: got.Origin.ID, Cells: got.Cells}
		if i < len(want.Rows) && want.Rows[i].Origin == "" {
			rows[i].Origin = ""
		}
		if i < len(want.Rows) && want.Rows[i].ID == "" {
			rows[i].ID = ""
		}
	}
	if diff := cmp.Diff(want.Rows, rows, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	rejects := make([]Reject, len(r.rejects))
	for i, got := range r.rejects {
		rejects[i] = Reject{Origin: got.Origin.String(), Code: got.Finding.Code, Cells: got.Cells, Raw: got.Raw}
		if got.Finding.Code == "" || got.Finding.Message == "" {
			t.Errorf("reject %s has no code or no message", got.Origin)
		}
		if i >= len(want.Rejects) {
			continue
		}
		w := want.Rejects[i]
		if w.Origin == "" {
			rejects[i].Origin = ""
		}
		if w.Code == "" {
			rejects[i].Code = ""
		}
		if w.Cells == nil && w.Raw == "" {
			rejects[i].Cells, rejects[i].Raw = nil, ""
		}
	}
	if diff := cmp.Diff(want.Rejects, rejects, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("rejects (-want +got):\n%s", diff)
	}
}

func checkSchema(t testing.TB, src pipeline.Source, want Want) {
	t.Helper()
	first, err := src.Schema(t.Context())
	if err != nil {
		t.Fatalf("Schema: %v", err)
	}
	if diff := cmp.Diff(want.Columns, columns(first)); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	second, err := src.Schema(t.Context())
	if err != nil {
		t.Fatalf("Schema, called again: %v", err)
	}
	if !first.Equal(second) {
		t.Errorf("Schema, called again: got %v, want %v", columns(second), columns(first))
	}
}

// checkBreak ends an iteration early and looks for what stays open. The source
// is iterated once before, so that what it keeps on purpose is there already.
func checkBreak(t *testing.T, open func(t *testing.T, batchRows int) pipeline.Source) {
	src := open(t, 1)
	whole := read(t, src, 1)
	leaks := watch()
	for range src.Read(t.Context()) {
		break
	}
	leaks(t)
	whole.same(t, read(t, src, 1))
}

// watch notes which goroutines and files exist. The returned function fails
// the test when more are there than before.
func watch() func(t testing.TB) {
	before := goleak.IgnoreCurrent()
	files := openFiles()
	return func(t testing.TB) {
		t.Helper()
		goleak.VerifyNone(t, before)
		for path, n := range openFiles() {
			if n > files[path] {
				t.Errorf("%s stays open", path)
			}
		}
	}
}

func checkCancelledBefore(t testing.TB, src pipeline.Source) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	leaks := watch()
	got := drain(t, src.Read(ctx), 1)
	leaks(t)
	if !errors.Is(got.err, context.Canceled) {
		t.Errorf("got error %v, want that of the context", got.err)
	}
	if len(got.batches) > 0 {
		t.Errorf("got %d batches under a context that was cancelled before, want none", len(got.batches))
	}
}

// checkCancelledBetween cancels after the first batch. Batches on their way may
// still come; the end must be the error of the context.
func checkCancelledBetween(t testing.TB, src pipeline.Source, want Want) {
	if len(want.Rows) < 2 {
		t.Skip("needs two records")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	leaks := watch()
	got := drain(t, func(yield func(*pipeline.Batch, error) bool) {
		for b, err := range src.Read(ctx) {
			cancel()
			if !yield(b, err) {
				return
			}
		}
	}, 1)
	leaks(t)
	if !errors.Is(got.err, context.Canceled) {
		t.Errorf("got error %v, want that of the context", got.err)
	}
}
