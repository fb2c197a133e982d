package pipeline

import (
	"context"
	"fmt"
	"sync"
)

// read reads the model of a binding and the present state of its target, both at once
// where reading the target takes no requests (see Target); one that does is only asked once the
// model is there, so that a plan which fails for its sources costs none. Whichever ends
// first, the error is that of the model, if it has one.
func (p *Plan) read(ctx context.Context, b *Binding, models collections, opt Options) (*Collected, recollection, *Present, error) {
	if _, asks := b.Target.(PresentReader); asks {
		collected, err := models.of(ctx, b.Model, p, opt)
		if err != nil {
			return nil, recollection{}, nil, err
		}
		remembered, present, err := p.recallPresent(ctx, b, opt)
		return collected, remembered, present, err
	}
	reading, stop := context.WithCancel(ctx)
	defer stop()
	var (
		target     sync.WaitGroup
		remembered recollection
		present    *Present
		failed     error
	)
	target.Go(func() { remembered, present, failed = p.recallPresent(reading, b, opt) })
	collected, err := models.of(ctx, b.Model, p, opt)
	if err != nil {
		stop()
	}
	target.Wait()
	if err == nil {
		err = failed
	}
	return collected, remembered, present, err
}

// recallPresent recalls what earlier runs left for the target of a binding, and reads
// its present state.
func (p *Plan) recallPresent(ctx context.Context, b *Binding, opt Options) (recollection, *Present, error) {
	identity := b.Target.Identity()
	remembered, err := recall(ctx, identity, p.Header.Pipeline, opt)
	if err != nil {
		return remembered, nil, err
	}
	present, err := ReadPresent(ctx, b.Target, remembered.knownTo(b.Target), opt.Now)
	if err != nil {
		return remembered, nil, fmt.Errorf("read the present state of %s: %w", identity, err)
	}
	return remembered, present, nil
}
