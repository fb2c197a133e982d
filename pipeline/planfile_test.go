package pipeline_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/klauspost/compress/zstd"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// smallPlan is a plan with a line of each kind.
func smallPlan(t testing.TB) *pipeline.Plan {
	t.Helper()
	j := newJob(t, []row{person(1), person(2).with("phone", text("1"))},
		[]row{person(1).with("note", text("a\x1b[31m \xff")).with("tags", texts("x", "y")), person(2).with("phone", pipeline.Erase()), person(3), {"name": text("Nobody")}, {"name": text("bad")}})
	p := j.plan(t)
	p.Changes[0].Fields[0].Provenance = pipeline.Provenance{How: "union", FromMore: 9, LostMore: 1,
		From: []pipeline.RowValue{{Origin: pipeline.Origin{Source: "fair", Place: "fair.csv", Row: 3}, Value: texts("x", "\xff")}, {Origin: pipeline.Origin{Source: "crm", Page: 2, Row: 3, ID: "c"}}},
		Lost: []pipeline.RowValue{{Origin: pipeline.Origin{Source: "crm", ID: "d"}, Value: pipeline.Erase()}}}
	p.Findings = append(p.Findings, diag.Finding{Severity: diag.Note, Code: "n", Message: "m", Count: 2})
	p.Questions = append(p.Questions, pipeline.PlanQuestion{Model: "people", A: pipeline.Reference{Label: "A"}, B: pipeline.Reference{Target: "t1", Label: "B"}})
	p.Duplicates = append(p.Duplicates, pipeline.PlanDuplicate{Model: "people", TargetDuplicate: pipeline.TargetDuplicate{Field: "email", Value: "x", IDs: []string{"1", "2"}}})
	return p
}

func written(t testing.TB, p *pipeline.Plan) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPlanFileRoundTrip(t *testing.T) {
	p := smallPlan(t)
	if len(p.Changes) != 3 || len(p.Blocked) != 1 || len(p.Rejected) != 1 {
		t.Fatalf("%d changes, %d blocked, %d rejected", len(p.Changes), len(p.Blocked), len(p.Rejected))
	}
	file := written(t, p)
	got, err := pipeline.ReadPlan(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, p, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("plan (-got +want):\n%s", diff)
	}
	if !bytes.Equal(file, written(t, smallPlan(t))) {
		t.Error("the same plan gave other bytes")
	}
}

// accepted reads what may be a damaged plan file. It must be refused, or be
// the same plan as before.
func accepted(t testing.TB, file []byte, want *pipeline.Plan) bool {
	t.Helper()
	got, err := pipeline.ReadPlan(bytes.NewReader(file))
	if err != nil {
		var bad *pipeline.PlanFileError
		if !errors.As(err, &bad) || got != nil || bad.Reason == "" {
			t.Errorf("plan %v beside error %T: %v", got != nil, err, err)
		}
		return false
	}
	if want != nil {
		if diff := cmp.Diff(got, want, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("a damaged file was read as another plan (-got +want):\n%s", diff)
		}
	}
	return true
}

func TestPlanFileCutOff(t *testing.T) {
	p := smallPlan(t)
	file := written(t, p)
	for n := range file {
		if accepted(t, file[:n], p) {
			t.Fatalf("the first %d of %d bytes were accepted", n, len(file))
		}
	}
}

func TestPlanFileDamaged(t *testing.T) {
	p := smallPlan(t)
	file := written(t, p)
	const seed = 20260301
	random, taken := rand.New(rand.NewPCG(seed, 1)), 0
	const rounds = 3000
	for range rounds {
		damaged := slices.Clone(file)
		for range 1 + random.IntN(3) {
			damaged[random.IntN(len(damaged))] ^= byte(1 + random.IntN(255))
		}
		if accepted(t, damaged, p) {
			taken++
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if taken > rounds/10 {
		t.Errorf("%d of %d damaged files were accepted", taken, rounds)
	}
	for _, tail := range []string{"x", "\x00", "{}\n", string(file), string(packed(t, "{}\n"))} {
		if accepted(t, append(slices.Clone(file), tail...), p) {
			t.Errorf("accepted with %q behind it", diag.Shorten(tail, 20))
		}
	}
}

// packed compresses lines as a plan file does.
func packed(t testing.TB, lines string) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	return z.EncodeAll([]byte(lines), nil)
}

func unpacked(t testing.TB, file []byte) []string {
	t.Helper()
	z, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	lines, err := z.DecodeAll(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	return strings.SplitAfter(strings.TrimSuffix(string(lines), "\n"), "\n")
}

func TestPlanFileChanged(t *testing.T) {
	p := smallPlan(t)
	lines := unpacked(t, written(t, p))
	last := len(lines) - 1
	lines[last] += "\n"
	join := func(parts ...string) string { return strings.Join(parts, "") }
	all := join(lines...)
	if !accepted(t, packed(t, all), p) {
		t.Fatal("the lines themselves are refused")
	}
	for name, text := range map[string]string{
		"empty":           "",
		"no plan":         "hello\n",
		"json of another": `{"a":1}` + "\n",
		"header twice":    join(lines[0], all),
		"header later":    join(join(lines[1:last]...), lines[0], lines[last]),
		"no header":       join(lines[1:]...),
		"no footer":       join(lines[:last]...),
		"footer twice":    all + lines[last],
		"footer first":    join(lines[last], all),
		"line dropped":    join(join(lines[:1]...), join(lines[2:]...)),
		"line twice":      join(lines[0], lines[1], join(lines[1:]...)),
		"lines swapped":   join(lines[0], lines[2], lines[1], join(lines[3:]...)),
		"value changed":   strings.Replace(all, "Person 03", "Person 04", 1),
		"unknown field":   strings.Replace(all, `{"change":{`, `{"change":{"mode":"upsert",`, 1),
		"line of nothing": join(lines[0], "{}\n", join(lines[1:]...)),
		"unknown line":    join(lines[0], `{"secret":1}`+"\n", join(lines[1:]...)),
		"behind a line":   join(join(lines[:last]...), strings.TrimSuffix(lines[last], "\n"), " {}\n"),
		"other format":    strings.Replace(all, `"format":3`, `"format":1`, 1),
		"digest":          strings.Replace(all, p.Digest, strings.Repeat("ab", 32), 1),
		"no last newline": strings.TrimSuffix(all, "\n"),
	} {
		if text == all {
			t.Fatalf("%s changes nothing", name)
		}
		if accepted(t, packed(t, text), p) {
			t.Errorf("accepted: %s", name)
		}
	}
	_, err := pipeline.ReadPlan(bytes.NewReader(packed(t, strings.Replace(all, `"format":3`, `"format":7,"tomorrow":true`, 1))))
	if err == nil || !strings.Contains(err.Error(), "format 7") {
		t.Errorf("another format: %v", err)
	}
}

func TestPlanFileThatUnpacksToTooMuch(t *testing.T) {
	p := smallPlan(t)
	header := unpacked(t, written(t, p))[0]
	for name, line := range map[string]string{
		"many lines": strings.Repeat(`{"finding":{"severity":"note","code":"c","message":"m"}}`+"\n", 330<<10),
		"one line":   strings.Repeat(" ", 20<<20),
		"nothing":    strings.Repeat("{}\n", 1<<20),
	} {
		file := packed(t, header+line)
		if len(file) > 1<<20 {
			t.Fatalf("%s: the file itself has %d bytes", name, len(file))
		}
		_, err := pipeline.ReadPlan(bytes.NewReader(file))
		if bad := (*pipeline.PlanFileError)(nil); !errors.As(err, &bad) {
			t.Errorf("%s: %v", name, err)
		}
		if name != "nothing" && !strings.Contains(fmt.Sprint(err), "unpacks to far more") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReadPlan(f *testing.F) {
	p := smallPlan(f)
	file := written(f, p)
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add([]byte(nil))
	f.Add([]byte("hello"))
	f.Add(packed(f, `{"header":{"format":3,"bindings":[]}}`+"\n"))
	f.Add(packed(f, strings.Join(unpacked(f, file)[:3], "")))
	f.Fuzz(func(t *testing.T, file []byte) {
		got, err := pipeline.ReadPlan(bytes.NewReader(file))
		if err != nil {
			if bad := (*pipeline.PlanFileError)(nil); !errors.As(err, &bad) || got != nil {
				t.Fatalf("%v beside %T: %v", got, err, err)
			}
			return
		}
		// What is accepted can be written and read again as the same plan.
		again, err := pipeline.ReadPlan(bytes.NewReader(written(t, got)))
		if err != nil {
			t.Fatal(err)
		}
		a, _ := json.Marshal(got.Changes)
		if b, _ := json.Marshal(again.Changes); !bytes.Equal(a, b) || got.Digest != again.Digest {
			t.Fatalf("changes %s became %s", a, b)
		}
	})
}
