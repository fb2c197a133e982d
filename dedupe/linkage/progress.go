package linkage

import (
	"sync"

	"github.com/reconkit/reconkit/pipeline"
)

// The stages of a run, as Config.Progress is told of them.
const (
	StageRead    = "read records"
	StageBlock   = "find pairs"
	StageCompare = "compare pairs"
	StageWeigh   = "weigh pairs" // learning is a part of that
	StageCluster = "form clusters"
)

// progress tells how far a run is. A nil progress tells nobody.
type progress struct {
	to pipeline.Progress

	mu   sync.Mutex
	step pipeline.Step
}

// newProgress returns nil where nobody wants to know.
func newProgress(to pipeline.Progress) *progress {
	if to == nil {
		return nil
	}
	return &progress{to: to}
}

// begin tells of a stage with so much to do; 0 is not known.
func (p *progress) begin(stage string, total int) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.step = pipeline.Step{What: stage, Total: int64(total)}
	p.to(p.step)
}

// add tells that so much more of the stage is done.
func (p *progress) add(done int) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.step.Done == p.step.Total { // a sample is compared when all pairs were
		return
	}
	p.step.Done = min(p.step.Total, p.step.Done+int64(done))
	p.to(p.step)
}
