package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/google/renameio/v2"

	"github.com/reconkit/reconkit/pipeline"
)

// writeDecisions writes the decisions that a person is to take about a plan: a file
// for its owner alone, since it names contacts. Answers that were given already are
// not written over, unless they are about another plan.
func writeDecisions(path string, p *pipeline.Plan) error {
	if err := spareDecisions(path, p); err != nil {
		return fmt.Errorf("--approve-out %s: %w", path, err)
	}
	var b bytes.Buffer
	if err := p.Undecided().Write(&b); err != nil {
		return err
	}
	if err := renameio.WriteFile(path, b.Bytes(), 0o600, renameio.IgnoreUmask()); err != nil {
		return fmt.Errorf("--approve-out: %w", err)
	}
	return nil
}

func spareDecisions(path string, p *pipeline.Plan) error {
	old, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer old.Close()
	d, err := pipeline.ReadDecisions(old)
	if err != nil {
		return errors.New("the file is there and does not hold decisions; give them another name")
	}
	if d.Plan != p.Digest {
		return nil
	}
	for _, c := range d.Classes {
		if c.Accept != nil {
			return errors.New("it holds answers about this very plan; give the new file another name")
		}
	}
	for _, r := range d.Rows {
		if r.Accept != nil {
			return errors.New("it holds answers about this very plan; give the new file another name")
		}
	}
	return nil
}

// readDecisions reads the decisions about a plan.
func readDecisions(path string, p *pipeline.Plan) (*pipeline.Decisions, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--decisions: %w", err)
	}
	defer in.Close()
	d, err := pipeline.ReadDecisions(in)
	if err == nil {
		err = d.Fit(p)
	}
	if err != nil {
		return nil, fmt.Errorf("--decisions %s: %w", path, err)
	}
	return d, nil
}
