package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/reconkit/reconkit/pipeline"
)

// planMagic is how a plan file begins: it is compressed with zstd.
const planMagic = "\x28\xb5\x2f\xfd"

// checkPlanOut refuses a place for a plan at which something else would be
// lost: a pipeline or a data file named by a slip, or a device, which the new
// file would take the place of.
func checkPlanOut(path string) error {
	old, err := oldPlan(path)
	if err != nil {
		return fmt.Errorf("-o %s: %w", path, err)
	}
	if !old {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("-o: %w", err)
	}
	defer f.Close()
	head := make([]byte, len(planMagic))
	if _, err := io.ReadFull(f, head); err != nil || string(head) != planMagic {
		return fmt.Errorf("-o %s: the file is there and is not a plan; give the plan another name", path)
	}
	return nil
}

// oldPlan reports whether there is a file with something in it.
func oldPlan(path string) (bool, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case !info.Mode().IsRegular():
		return false, errors.New("it is not a regular file")
	}
	return info.Size() > 0, nil
}

// dropOldPlan removes the plan of an earlier run from the place of one that
// was stopped, so that nobody applies it for the new one.
func dropOldPlan(path string, _ *pipeline.Plan) error {
	if old, err := oldPlan(path); err != nil || !old {
		return err
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("the plan was stopped, and an older one stays in its place: %w", err)
	}
	return nil
}

// inputs are the files that rows were read from, as their origins name them.
type inputs map[string]bool

// spare refuses to replace a file that rows were read from. Relative places
// start at dir.
func (in inputs) spare(dir, flag, out string) error {
	info, err := os.Stat(out)
	if err != nil {
		return nil // nothing is there that could be lost; writing says what is wrong
	}
	for place := range in {
		if !filepath.IsAbs(place) {
			place = filepath.Join(dir, place)
		}
		if other, err := os.Stat(place); err == nil && os.SameFile(info, other) {
			return fmt.Errorf("%s %s: rows are read from that file; give the result another name", flag, out)
		}
	}
	return nil
}
