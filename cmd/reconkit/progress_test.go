package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
)

func TestProgressAppearsAfterASecond(t *testing.T) {
	var out strings.Builder
	now := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	p := newProgress(nil, func() time.Time { return now }, nil)
	p.w = &out // stands for a terminal
	apply := pipeline.Step{What: "apply", Done: 100, Total: 1000, Calls: 3}
	p.step(apply)
	now = now.Add(900 * time.Millisecond)
	p.step(apply)
	if out.Len() > 0 {
		t.Fatalf("before a second it showed %q", out.String())
	}
	now = now.Add(1100 * time.Millisecond)
	p.step(pipeline.Step{What: "requests to plandocket", Done: 1})
	p.step(apply)
	if want := "apply: 100 of 1000, 50 a second, 3 requests, 18s to go"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("it showed %q, want it to end in %q", out.String(), want)
	}
	shown := out.Len()
	now = now.Add(100 * time.Millisecond)
	p.step(apply)
	if out.Len() != shown {
		t.Errorf("it showed more after a tenth of a second: %q", out.String()[shown:])
	}
	p.end()
	if !strings.HasSuffix(out.String(), "\r\x1b[K") {
		t.Errorf("at the end the line stays: %q", out.String())
	}
}

func TestProgressNamesAWaitAtOnce(t *testing.T) {
	var out strings.Builder
	p := newProgress(nil, time.Now, nil)
	p.w = &out
	p.wait("waiting 100ms", 100*time.Millisecond)
	if out.Len() > 0 {
		t.Errorf("a short wait was shown: %q", out.String())
	}
	p.wait("waiting 5m0s before GET /api/v1/contacts (budget)", 5*time.Minute)
	if !strings.Contains(out.String(), "waiting 5m0s before GET") {
		t.Errorf("a long wait was not shown: %q", out.String())
	}
}

// A stage of a long act appears when the act has lasted, though it just began.
func TestProgressOfStages(t *testing.T) {
	var out strings.Builder
	now := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	p := newProgress(nil, func() time.Time { return now }, nil)
	p.w = &out
	p.stage("matching", pipeline.Step{What: "matching: read records"})
	now = now.Add(2 * time.Second)
	p.stage("matching", pipeline.Step{What: "matching: find pairs"})
	if want := "matching: find pairs"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("it showed %q, want it to end in %q", out.String(), want)
	}
	now = now.Add(2 * time.Second)
	p.stage("matching", pipeline.Step{What: "matching: compare pairs", Total: 500})
	now = now.Add(2 * time.Second)
	p.stage("matching", pipeline.Step{What: "matching: compare pairs", Done: 100, Total: 500})
	if want := "matching: compare pairs: 100 of 500, 50 a second, 8s to go"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("it showed %q, want it to end in %q", out.String(), want)
	}
}

// Somebody without a terminal is told once of waits in a row, and of no short ones.
func TestWaitsAreSaidOnceWithoutATerminal(t *testing.T) {
	var said []string
	now := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	p := newProgress(nil, func() time.Time { return now }, func(line string) { said = append(said, line) })
	wait := func(d, most time.Duration) {
		p.waitUntil(now.Add(d), now.Add(most), "to see")
		now = now.Add(d)
	}
	p.step(pipeline.Step{What: "apply", Done: 1, Total: 2})
	wait(5*time.Second, 5*time.Second)
	wait(30*time.Second, 10*time.Minute)
	wait(90*time.Second, 8*time.Minute)
	wait(8*time.Minute, 8*time.Minute)
	want := []string{"waiting until 08:00:35 to see, and in turn until 08:10:05 at the latest for what was sent so far"}
	if diff := cmp.Diff(said, want); diff != "" {
		t.Errorf("one wait in turns (-got +want):\n%s", diff)
	}
	wait(20*time.Minute, 20*time.Minute)
	wait(13*time.Hour, 13*time.Hour)
	want = append(want, "waiting until 08:30:05 to see", "waiting until 2026-11-01 21:30:05 to see")
	if diff := cmp.Diff(said, want); diff != "" {
		t.Errorf("then others (-got +want):\n%s", diff)
	}
}

// A line of progress that is longer than the terminal is wide would stay there: taking
// it off reaches its last line alone.
func TestProgressStaysInItsLine(t *testing.T) {
	var out strings.Builder
	p := newProgress(nil, time.Now, func(string) {})
	p.w, p.columns = &out, func() (int, bool) { return 20, true }
	p.wait("matching 200,000 rows: größte Blöcke zuerst, 5m to go", 5*time.Minute)
	if want := "\r\x1b[Kmatching 200,000 ro"; out.String() != want {
		t.Errorf("it showed %q, want %q", out.String(), want)
	}
}
