package file

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// linksMax is the number of symbolic links that are followed.
const linksMax = 40 // links

// modeNew is the mode of a file that was not there: contacts are personal.
const modeNew = 0o600

// pending is a file that is being written and not yet visible.
type pending struct {
	*renameio.PendingFile
	dir string
}

// create starts a file that will replace the one at path.
func create(path string) (*pending, error) {
	real, err := follow(path)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(real); err == nil && !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	dir := filepath.Dir(real)
	f, err := renameio.NewPendingFile(real, renameio.WithTempDir(dir),
		renameio.WithPermissions(modeNew), renameio.WithExistingPermissions())
	if err != nil {
		return nil, bare(err)
	}
	return &pending{PendingFile: f, dir: dir}, nil
}

// follow returns the file that a path of symbolic links ends in, which need
// not exist.
func follow(path string) (string, error) {
	for range linksMax {
		to, err := os.Readlink(path)
		if err != nil {
			return path, nil // not a link, or not there
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return "", fmt.Errorf("it is more than %d symbolic links deep", linksMax)
}

// errNotDurable says that the new file is in place, but that the disk may not
// know it yet.
var errNotDurable = errors.New("the new file is in place, but its folder could not be made durable")

// publish makes the file durable and visible under its name.
func (p *pending) publish() error {
	if err := p.CloseAtomicallyReplace(); err != nil {
		return bare(err)
	}
	return p.settle()
}

// publishAs makes the file durable and visible under another name in its
// folder.
func (p *pending) publishAs(path string) error {
	if err := p.Sync(); err != nil {
		return bare(err)
	}
	if err := p.Close(); err != nil {
		return bare(err)
	}
	if err := os.Rename(p.Name(), path); err != nil {
		return bare(err)
	}
	return p.settle()
}

// settle makes the new name in the folder durable.
func (p *pending) settle() error {
	d, err := os.Open(p.dir)
	if err != nil {
		return fmt.Errorf("%w: %w", errNotDurable, bare(err))
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("%w: %w", errNotDurable, bare(err))
	}
	return nil
}

// discard removes what was written. After publish it does nothing.
func (p *pending) discard() {
	// A temporary file that cannot be removed is left behind; the error that
	// led here is the one to tell.
	_ = p.Cleanup()
}

// bare takes the path, which every message names already, out of an error of
// the file system.
func bare(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}

// stamp tells one state of a file from another.
type stamp struct {
	exists bool
	info   os.FileInfo
}

func stampOf(path string) (stamp, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return stamp{}, folderThere(path)
	case err != nil:
		return stamp{}, bare(err)
	case !info.Mode().IsRegular():
		return stamp{}, errors.New("it is not a regular file")
	}
	return stamp{exists: true, info: info}, nil
}

// folderThere tells a file that is missing from a folder that is.
func folderThere(path string) error {
	real, err := follow(path)
	if err != nil {
		return err
	}
	dir := filepath.Dir(real)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("the folder %s does not exist; make it first", dir)
	}
	return nil
}

func (s stamp) same(o stamp) bool {
	if !s.exists || !o.exists {
		return s.exists == o.exists
	}
	return os.SameFile(s.info, o.info) && s.info.Size() == o.info.Size() && s.info.ModTime().Equal(o.info.ModTime())
}
