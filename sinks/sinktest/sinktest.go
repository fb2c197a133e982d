// Package sinktest is the contract of a sink, as a test suite that every sink
// and every target passes.
//
// A package under test describes itself in a [Harness] and calls [Run].
package sinktest

import (
	"context"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// Record is what a record holds, by name of the field. A field that is not
// named is null.
type Record map[string]pipeline.Value

// Harness says how the suite reaches the sink under test. Open, Make and
// Update are required; what else is left out is not tested.
type Harness struct {
	// Open returns a fresh sink that holds exactly the records of seed, in
	// that order, and nothing of earlier calls. It cleans up with t.Cleanup.
	Open func(t testing.TB, seed []Record) pipeline.Sink

	// Schema describes the records, in the order in which a change lists its
	// fields. Nil: the sink is a pipeline.Target and is asked.
	Schema *pipeline.Schema

	// Make returns the n-th record, n from 0: valid, with a value in every key
	// field, in the field Update, and in at least one more. Two records share
	// no value of a key field.
	Make func(n int) Record

	// Update is a writable field of type String that is no key; the suite
	// changes it. Texts are values that it accepts; nil: plain words.
	Update string
	Texts  []string

	// Keys are the key fields, best first. Nil: the sink is a pipeline.Target
	// and is asked.
	Keys []string

	// Resource and Model are set in each change.
	Resource, Model string

	// Deletes says that the sink can delete.
	Deletes bool

	// ChecksBefore says that the sink itself compares the before-images of a
	// change with what is there, and refuses a change that does not fit as
	// drifted. Where it does not, the run does so before it sends.
	ChecksBefore bool

	// Present returns what the sink holds, in any order; the ids are in ID of
	// the records. Nil: the sink is a pipeline.Target and is read.
	Present func(ctx context.Context, s pipeline.Sink) (*pipeline.Table, error)

	// Break makes every later request to the sink fail as a whole, before it
	// reaches anything that could be written, and returns what mends it again.
	// It may skip the test when it cannot.
	Break func(t testing.TB, s pipeline.Sink) (mend func())

	// Equal decides whether a target shows what was written, where it may
	// normalise. Nil: values are equal, "" is null, and case and the order of
	// a list count unless the field says otherwise.
	Equal func(f pipeline.Field, written, shown pipeline.Value) bool
}

// Run checks the contract of [pipeline.Sink], and that of [pipeline.Target],
// [pipeline.Packer] and [pipeline.Router] as far as the sink implements them.
func Run(t *testing.T, h Harness) {
	t.Helper()
	switch {
	case h.Open == nil:
		t.Fatal("sinktest: Harness.Open is missing")
	case h.Make == nil:
		t.Fatal("sinktest: Harness.Make is missing")
	case h.Update == "":
		t.Fatal("sinktest: Harness.Update is missing")
	}
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			if c.applies != nil && !c.applies(h) {
				t.Skip("the harness says that this does not concern the sink")
			}
			if err := c.run(t.Context(), t, h); err != nil {
				t.Error(err)
			}
		})
	}
}

// check is one clause of the contract. It returns what is broken as an error,
// so that the suite itself can be tested against sinks that break it.
type check struct {
	name    string
	applies func(Harness) bool // nil: always
	run     func(ctx context.Context, t testing.TB, h Harness) error
}

var checks = []check{
	{"describes itself", nil, checkIdentity},
	{"shows nothing where nothing is", nil, checkEmpty},
	{"shows what is there", nil, checkSeed},
	{"takes no changes", nil, checkNoChanges},
	{"packs each change once", nil, checkPack},
	{"outcomes match changes", nil, checkOutcomes},
	{"creates as planned", nil, checkCreate},
	{"creates many", nil, checkCreateMany},
	{"updates only what is named", nil, checkUpdate},
	{"keeps hostile text", nil, checkTexts},
	{"a repeated create does not double", nil, checkCreateTwice},
	{"a repeated update changes nothing", nil, checkUpdateTwice},
	{"a cancelled context writes nothing", nil, checkCancelled},
	{"deletes only what is named", func(h Harness) bool { return h.Deletes }, checkDelete},
	{"refuses what drifted", func(h Harness) bool { return h.ChecksBefore }, checkDrift},
	{"a failed request claims nothing", func(h Harness) bool { return h.Break != nil }, checkBreak},
}
