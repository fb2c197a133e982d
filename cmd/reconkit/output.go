package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"github.com/reconkit/reconkit/dsl"
)

// planMagic is how a plan file begins: it is compressed with zstd.
const planMagic = "\x28\xb5\x2f\xfd"

// modePrivate is that of files that hold values of contacts.
const modePrivate = 0o600

// checkPlanOut refuses a place for a plan at which something else would be
// lost: a pipeline or a data file named by a slip, or a device, which the new
// file would take the place of.
func checkPlanOut(path string) error {
	old, err := oldPlan(path)
	if err != nil {
		return fmt.Errorf("-o %s: %w", path, err)
	}
	if !old {
		return checkFolder("-o", path)
	}
	kind, err := planKind(path)
	if err != nil {
		return fmt.Errorf("-o: %w", err)
	}
	if kind == notAPlan {
		return fmt.Errorf("-o %s: the file is there and is not a plan; give the plan another name", path)
	}
	return nil
}

// checkFolder refuses a place in a folder that is not there, before the work is done
// whose result belongs there.
func checkFolder(flag, path string) error {
	if dir := filepath.Dir(path); dir != "." {
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s %s: the folder %s does not exist; make it first", flag, path, dir)
		}
	}
	return nil
}

// writePrivate writes a file that holds values of contacts: its owner alone may read it,
// also where others could read the file in whose place it comes. It is there whole or not
// at all.
func writePrivate(path string, text []byte) error {
	f, err := renameio.NewPendingFile(path, renameio.WithPermissions(modePrivate), renameio.IgnoreUmask())
	if err != nil {
		return err
	}
	defer f.Cleanup() //nolint:errcheck // nothing is left after the file took its place
	if _, err := f.Write(text); err != nil {
		return err
	}
	return f.CloseAtomicallyReplace()
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
func dropOldPlan(path string) error {
	if old, err := oldPlan(path); err != nil || !old {
		return err
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("the plan was stopped, and an older one stays in its place: %w", err)
	}
	return nil
}

// checkExportOut refuses places for the files of an export at which something
// else would be lost: a file that the pipeline reads, even one of which no row
// becomes a record, or one file of the export in the place of the other.
func (a *app) checkExportOut(path string, f exportFlags) error {
	if f.rejects != "" && onePlace(f.out, f.rejects) {
		return fmt.Errorf("--rejects %s: that is the file of -o; give the rejected rows another name", f.rejects)
	}
	reg, err := registry()
	if err != nil {
		return err
	}
	host, err := a.host()
	if err != nil {
		return err
	}
	read := inputs{}
	for _, in := range dsl.Inputs(path, reg, host) {
		for _, name := range globbed(in) {
			read[name] = true
		}
	}
	return errors.Join(read.spare("", "-o", f.out), read.spare("", "--rejects", f.rejects))
}

// onePlace reports whether two paths name one file, which need not be there yet.
func onePlace(a, b string) bool {
	inA, errA := os.Stat(filepath.Dir(a))
	inB, errB := os.Stat(filepath.Dir(b))
	return filepath.Base(a) == filepath.Base(b) && errA == nil && errB == nil && os.SameFile(inA, inB)
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
