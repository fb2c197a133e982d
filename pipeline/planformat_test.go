package pipeline_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
)

var update = flag.Bool("update-format", false, "write the form of plans anew")

// form lists the fields of a type as they stand in a plan file.
func form(out map[string][]string, t reflect.Type) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if _, known := out[t.Name()]; known || t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() || t == reflect.TypeFor[pipeline.Value]() {
		return
	}
	out[t.Name()] = []string{}
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() || f.Tag.Get("json") == "-" {
			continue
		}
		out[t.Name()] = append(out[t.Name()], fmt.Sprintf("%s %s `%s`", f.Name, f.Type, f.Tag.Get("json")))
		form(out, f.Type)
	}
}

// TestFormOfPlansHasANumber fails when a field of plans comes, goes or changes while the
// number of their format stays: an older reconkit would misread what it does not know.
func TestFormOfPlansHasANumber(t *testing.T) {
	types := map[string][]string{}
	form(types, reflect.TypeFor[pipeline.Plan]())
	var text strings.Builder
	fmt.Fprintf(&text, "format %d\n", pipeline.PlanFormat)
	for _, name := range slices.Sorted(maps.Keys(types)) {
		fmt.Fprintf(&text, "\n%s\n  %s\n", name, strings.Join(types[name], "\n  "))
	}
	const path = "testdata/plan-format.txt"
	if *update {
		must(t, os.WriteFile(path, []byte(text.String()), 0o600))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if diff := cmp.Diff(string(want), text.String()); diff != "" {
		t.Errorf("plans have another form: give PlanFormat another number, say in its comment what is new, and run this test with -update-format (-known +now):\n%s", diff)
	}
}

// TestPlanOfAnOlderFormat reads a plan that an older reconkit wrote.
func TestPlanOfAnOlderFormat(t *testing.T) {
	file, err := os.ReadFile("testdata/format3.rkplan")
	must(t, err)
	p, err := pipeline.ReadPlan(bytes.NewReader(file))
	must(t, err)
	if p.Header.Format != 3 || len(p.Changes) != 1 || p.Changes[0].Key.Value != "anna@example.com" {
		t.Fatalf("it is read as format %d with %q", p.Header.Format, shown(p))
	}
	j := newJob(t, nil, nil)
	opt := j.options()
	opt.Now = func() time.Time { return p.Header.Made }
	opt.Open = func(context.Context, pipeline.PlanBinding) (pipeline.Target, error) {
		t.Error("the target was opened for a plan that is refused")
		return nil, errors.New("no")
	}
	_, err = pipeline.Apply(t.Context(), p, opt)
	if stale := (*pipeline.StaleError)(nil); !errors.As(err, &stale) || !strings.Contains(err.Error(), "the plan has format 3; this reconkit applies format 7 alone") {
		t.Errorf("apply says %v", err)
	}
	var twin bytes.Buffer
	must(t, p.Redacted().Write(&twin))
	r, err := pipeline.ReadPlan(&twin)
	must(t, err)
	if r.Header.Redacted != p.Digest || strings.Contains(fmt.Sprint(r.Changes), "anna") {
		t.Errorf("the twin is %q of %q", shown(r), r.Header.Redacted)
	}
}
