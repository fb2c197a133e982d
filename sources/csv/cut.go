package csv

import (
	"bytes"
	"io"
)

// blockBytesDefault is the length of a block. It is so short that the blocks
// that are under way stay small beside a batch, and so long that what is done
// once for each does not count.
const blockBytesDefault = 128 << 10

// cutter cuts text into blocks where a row most likely begins.
type cutter struct {
	src    io.Reader
	quotes bool
	rest   []byte // what was read but lies behind the last cut
}

// next reads the next block into buf and returns it. An error is that of the
// reader, [io.EOF] at its end, and comes with the last text. How much each read
// yields makes no difference.
func (c *cutter) next(buf []byte) (text []byte, err error) {
	n := copy(buf, c.rest)
	for empty := 0; n < len(buf) && err == nil; {
		var k int
		k, err = c.src.Read(buf[n:])
		n += k
		if empty++; k > 0 {
			empty = 0
		}
		if empty == emptyReadsMax && err == nil {
			err = io.ErrNoProgress
		}
	}
	if err != nil {
		c.rest = nil
		return buf[:n], err
	}
	at := cut(buf, c.quotes)
	c.rest = append(c.rest[:0], buf[at:]...)
	return buf[:at], nil
}

// cut returns where to end a block that begins with a row: behind the last
// line feed with an even number of quotes before it. Where there is none in
// the last quarter, a quote is likely to be missing, and the last line feed has
// to do. This is a guess, and nothing rests on it but speed.
func cut(b []byte, quotes bool) int {
	last := bytes.LastIndexByte(b, '\n')
	if last < 0 {
		return len(b)
	}
	if !quotes {
		return last + 1
	}
	quote := []byte{'"'}
	odd := bytes.Count(b[:last], quote) & 1
	for k := last; odd != 0; {
		next := bytes.LastIndexByte(b[:k], '\n')
		if next < len(b)-len(b)/4 {
			return last + 1
		}
		odd ^= bytes.Count(b[next:k], quote) & 1
		k = next
		if odd == 0 {
			return k + 1
		}
	}
	return last + 1
}
