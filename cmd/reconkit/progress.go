package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// Progress appears after a second, and then at most five times a second.
const (
	progressAfter = time.Second
	progressEvery = 200 * time.Millisecond
)

// progress shows how far a long act is, on a terminal alone.
type progress struct {
	w       io.Writer // nil: nothing is shown
	now     func() time.Time
	columns func() (int, bool) // of the terminal, where they are known

	mu    sync.Mutex
	since map[string]time.Time // when each act began
	last  time.Time            // shown
	shown bool
}

// newProgress makes a progress that shows nothing when w is no terminal.
func newProgress(w io.Writer, now func() time.Time) *progress {
	if !terminal(w) {
		w = nil
	}
	return &progress{w: w, now: now, columns: func() (int, bool) { return terminalColumns(w) }, since: map[string]time.Time{}}
}

// step is a pipeline.Progress.
func (p *progress) step(s pipeline.Step) { p.stage(s.What, s) }

// stage shows a step of a longer act; it appears once the act has lasted.
func (p *progress) stage(act string, s pipeline.Step) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	long, since := now.Sub(p.begun(act, now)), p.begun(s.What, now)
	if p.w == nil || long < progressAfter || now.Sub(p.last) < progressEvery {
		return
	}
	p.show(now, stepText(s, now.Sub(since)))
}

// begun is when an act began: now, where it was not heard of.
func (p *progress) begun(act string, now time.Time) time.Time {
	since, known := p.since[act]
	if !known {
		since, p.since[act] = now, now
	}
	return since
}

// wait shows a wait at once: nothing else will be said until it is over.
func (p *progress) wait(text string, long time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w != nil && long >= progressAfter {
		p.show(p.now(), text)
	}
}

func (p *progress) show(now time.Time, text string) {
	p.last, p.shown = now, true
	if columns, known := p.columns(); known { // a line that goes on in the next one could not be taken off
		line := []rune(text)
		text = string(line[:min(len(line), max(1, columns-1))])
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", text)
}

// stepText is a step in words.
func stepText(s pipeline.Step, took time.Duration) string {
	if s.Done == 0 || took <= 0 {
		return s.What
	}
	rate := float64(s.Done) / took.Seconds()
	text := fmt.Sprintf("%s: %d", s.What, s.Done)
	if s.Total > 0 {
		text += fmt.Sprintf(" of %d", s.Total)
	}
	text += fmt.Sprintf(", %.0f a second", rate)
	if s.Calls > 0 {
		text += fmt.Sprintf(", %d requests", s.Calls)
	}
	if s.Total > s.Done && rate > 0 {
		text += fmt.Sprintf(", %s to go", (time.Duration(float64(s.Total-s.Done)/rate) * time.Second).Round(time.Second))
	}
	return text
}

// clear takes the line of progress off the terminal.
func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}

// end takes the last line of progress off the terminal.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}
