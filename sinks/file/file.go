// Package file writes records to CSV, JSON Lines and Parquet files: as a
// target whose present state is the file itself, as an export, and as the
// files of rejected rows.
//
// Every file is written beside its destination, made durable and renamed into
// place, so that a reader sees the old file or the new one and never a part. A
// new file is readable by its owner alone; one that is replaced keeps its
// mode. A symbolic link stays, and the file behind it is replaced.
//
// # How values are written
//
//	type             CSV                       JSON Lines     Parquet
//	string           text                      string         string
//	int, float       decimal                   number         int64, double
//	bool             true, false               true, false    boolean
//	timestamp        RFC 3339                  RFC 3339       timestamp in us, UTC
//	list of string   JSON array, ["a","b"]     array          list of string
//	null             empty cell                left out       null
//	erase            empty cell                null           null
//
// CSV is that of RFC 4180 with lines that end in LF, or as they ended in the
// file that is replaced; CR LF inside a cell reads back as LF. Text that is not
// UTF-8 is refused everywhere, and so are NaN and the infinities in JSON Lines:
// no reader would get them back. Parquet has data pages of version 2, compressed
// with Zstandard, and row groups of up to 128 Ki records or 16 MiB.
package file

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// format is how records are laid out in a file.
type format string

const (
	formatCSV     format = "csv"
	formatJSONL   format = "jsonl"
	formatParquet format = "parquet"
)

// packing is how a whole file is compressed.
type packing string

const (
	packingNone packing = ""
	packingGzip packing = ".gz"
	packingZstd packing = ".zst"
)

// layoutOf reads the format and the compression off the name of a file. A
// format that is named wins.
func layoutOf(path, named string) (format, packing, error) {
	name := strings.ToLower(filepath.Base(path))
	p := packingNone
	for _, ending := range []packing{packingGzip, packingZstd} {
		if cut, ok := strings.CutSuffix(name, string(ending)); ok {
			name, p = cut, ending
		}
	}
	f := format(strings.ToLower(named))
	if f == "" {
		switch filepath.Ext(name) {
		case ".csv":
			f = formatCSV
		case ".jsonl", ".ndjson":
			f = formatJSONL
		case ".parquet":
			f = formatParquet
		default:
			return "", "", fmt.Errorf("path: %q does not end in .csv, .jsonl or .parquet; name the format with the option format", path)
		}
	}
	switch {
	case f != formatCSV && f != formatJSONL && f != formatParquet:
		return "", "", fmt.Errorf("format: %q is not csv, jsonl or parquet", named)
	case f == formatParquet && p != packingNone:
		return "", "", fmt.Errorf("path: %q: a Parquet file is compressed inside; leave out %s", path, p)
	}
	return f, p, nil
}

// delimiterOf reads the option delimiter; the default is a comma.
func delimiterOf(s string) (byte, error) {
	switch {
	case s == "":
		return ',', nil
	case s == "tab":
		return '\t', nil
	case len(s) == 1 && s[0] > 0 && s[0] < 0x80 && s != `"` && s != "\n" && s != "\r" && s != " ":
		return s[0], nil
	}
	return 0, fmt.Errorf("delimiter: %q is not one ASCII character or the word tab", s)
}

// pack wraps a writer so that what is written is compressed. Closing the
// result leaves w open.
func pack(p packing, w io.Writer) (io.WriteCloser, error) {
	switch p {
	case packingGzip:
		return gzip.NewWriter(w), nil
	case packingZstd:
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	default:
		return nopCloser{w}, nil
	}
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// unpack is the reverse of pack.
func unpack(p packing, r io.Reader) (io.ReadCloser, error) {
	switch p {
	case packingGzip:
		return gzip.NewReader(r)
	case packingZstd:
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	default:
		return io.NopCloser(r), nil
	}
}

// errNotUTF8 is why a text is refused.
var errNotUTF8 = errors.New("its bytes are not UTF-8")
