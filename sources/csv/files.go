package csv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	stdinPath     = "-"
	stdinPlace    = "standard input"
	stdinKeptMax  = 64 << 20  // bytes of standard input that are kept to be read again
	zstdMemoryMax = 256 << 20 // bytes that decompressing may take
	filesMax      = 100_000   // files of one glob
)

const gzipMagic = "\x1f\x8b"

// file is one file to read.
type file struct {
	path  string // to open it
	place string // as it is called in origins and errors
}

// globLiteral writes a path so that a glob takes it as it is.
var globLiteral = strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]")

// files finds the files of the path, sorted by name.
func (s *Source) files() ([]file, error) {
	path := s.opts.Path
	if path == stdinPath {
		return []file{{path: stdinPath, place: stdinPlace}}, nil
	}
	full, glob := path, path
	if !filepath.IsAbs(path) {
		full = filepath.Join(s.opts.Dir, path)
		glob = filepath.Join(globLiteral.Replace(s.opts.Dir), path)
	}
	if _, err := os.Lstat(full); err == nil || !strings.ContainsAny(path, "*?[") {
		return []file{{path: full, place: filepath.ToSlash(path)}}, nil
	}
	found, err := filepath.Glob(glob)
	if err != nil {
		return nil, fmt.Errorf("read %s: the glob is not well formed: %w", path, err)
	}
	var files []file
	for _, name := range found {
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			continue
		}
		files = append(files, file{path: name, place: s.place(name)})
	}
	switch {
	case len(files) == 0:
		return nil, fmt.Errorf("read %s: no file matches in %s", path, filepath.Dir(full))
	case len(files) > filesMax:
		return nil, fmt.Errorf("read %s: %d files match, more than %d", path, len(files), filesMax)
	}
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.place, b.place) })
	return files, nil
}

// place is how a file of a glob is called: from Dir, as the glob was.
func (s *Source) place(name string) string {
	if !filepath.IsAbs(s.opts.Path) && s.opts.Dir != "" {
		if rel, err := filepath.Rel(s.opts.Dir, name); err == nil {
			name = rel
		}
	}
	return filepath.ToSlash(name)
}

// opened is the bytes of a file, decompressed.
type opened struct {
	io.Reader
	closers []func()
	waits   bool // a read may wait for somebody who writes
}

func (o *opened) close() {
	for _, c := range slices.Backward(o.closers) {
		c()
	}
}

// openBytes opens a file. The caller closes what it gets.
func (s *Source) openBytes(ctx context.Context, f file) (*opened, error) {
	if f.path == stdinPath {
		return &opened{Reader: checked{ctx, s.shared.stdin.reader()}, waits: true}, nil
	}
	osFile, err := os.Open(f.path)
	if err != nil {
		var pathErr *fs.PathError // names the whole path; the place says enough
		if errors.As(err, &pathErr) {
			err = pathErr.Err
		}
		if errors.Is(err, fs.ErrNotExist) && f.path != f.place {
			return nil, fmt.Errorf("%w: %s", err, f.path)
		}
		return nil, err
	}
	// Nothing was written, so that an error of Close says nothing.
	o := &opened{Reader: checked{ctx, osFile}, closers: []func(){func() { _ = osFile.Close() }}}
	info, err := osFile.Stat()
	o.waits = err != nil || !info.Mode().IsRegular()
	if err == nil && info.IsDir() {
		o.close()
		return nil, errors.New("it is a directory; a glob such as " + f.place + "/*.csv reads the files in it")
	}
	if err := o.decompress(f.place); err != nil {
		o.close()
		return nil, err
	}
	return o, nil
}

// decompress puts the decompressor before the reader that the name asks for.
func (o *opened) decompress(name string) error {
	switch lower := strings.ToLower(name); {
	case strings.HasSuffix(lower, ".gz"):
		head, all := peek(o.Reader, len(gzipMagic))
		if len(head) > 0 && !strings.HasPrefix(gzipMagic, string(head)) {
			return errors.New("its name ends in .gz, but it is not compressed with gzip")
		}
		z, err := gzip.NewReader(all)
		if err != nil {
			return fmt.Errorf("%w at its very beginning", err)
		}
		o.Reader = z
		o.closers = append(o.closers, func() { _ = z.Close() })
	case strings.HasSuffix(lower, ".zst"):
		// One decoder without goroutines of its own.
		z, err := zstd.NewReader(o.Reader, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(zstdMemoryMax))
		if err != nil {
			return err
		}
		o.Reader = z
		o.closers = append(o.closers, z.Close)
	}
	return nil
}

// checked is a reader that stops when its context is done. A context in a
// field is right here: the reader lives as long as one call of Read.
type checked struct {
	ctx context.Context
	r   io.Reader
}

func (c checked) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// failed is a reader that has failed.
type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }

// peek reads the first n bytes, or fewer where there are no more, and returns
// them with a reader of all. An error comes from that reader, in its place.
func peek(r io.Reader, n int) (head []byte, all io.Reader) {
	head = make([]byte, n)
	got := 0
	for range n + emptyReadsMax {
		if got == n {
			return head, io.MultiReader(bytes.NewReader(head), r)
		}
		k, err := r.Read(head[got:])
		got += k
		if err != nil {
			return head[:got], io.MultiReader(bytes.NewReader(head[:got]), failed{err})
		}
	}
	return head[:got], io.MultiReader(bytes.NewReader(head[:got]), failed{io.ErrNoProgress})
}

// replay keeps what is read of a reader that can be read only once, such as
// standard input, so that it can be read again as long as it is not too long.
type replay struct {
	mu   sync.Mutex
	r    io.Reader
	kept []byte
	err  error // of r, once it has ended
	gone bool  // more came than is kept
}

var errReadOnce = fmt.Errorf("it is longer than %d MiB and can be read only once; write it to a file first", stdinKeptMax>>20)

func newReplay(r io.Reader) *replay { return &replay{r: r} }

// reader reads from the beginning.
func (p *replay) reader() io.Reader { return &replayReader{replay: p} }

type replayReader struct {
	*replay
	pos  int
	last bool // this reader is the one that went beyond what is kept
}

func (p *replayReader) Read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.last:
		return p.r.Read(b)
	case p.gone:
		return 0, errReadOnce
	case p.pos < len(p.kept):
		n := copy(b, p.kept[p.pos:])
		p.pos += n
		return n, nil
	case p.err != nil:
		return 0, p.err
	}
	n, err := p.r.Read(b)
	p.err = err
	if len(p.kept)+n > stdinKeptMax {
		p.kept, p.gone, p.last = nil, true, true
		return n, err
	}
	p.kept = append(p.kept, b[:n]...)
	p.pos += n
	return n, err
}
