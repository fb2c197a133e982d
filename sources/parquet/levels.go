package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// Arrow's column reader asks its decoders again and again for values that a
// page promised, and never returns when a decoder has none left. So what a
// page promises is counted here before Arrow sees the page.

// runs walks data of Parquet's hybrid of run-length and bit-packed encoding
// and calls count, if given, with what it finds, until n values are seen.
// Fewer than n is an error.
func runs(data []byte, width, n int, count func(value uint64, times int)) error {
	if width < 0 || width > 32 {
		return fmt.Errorf("values of %d bits", width)
	}
	bytesPerRun := (width + 7) / 8
	for n > 0 {
		head, used := binary.Uvarint(data)
		if used <= 0 {
			return errors.New("it holds fewer values than it says")
		}
		data = data[used:]
		if head>>1 == 0 {
			return errors.New("a run is empty")
		}
		if head&1 == 0 {
			if len(data) < bytesPerRun {
				return errors.New("a run is cut off")
			}
			times := int(min(head>>1, uint64(n)))
			if count != nil {
				count(littleEndian(data[:bytesPerRun]), times)
			}
			data, n = data[bytesPerRun:], n-times
			continue
		}
		// Groups of eight values, the last one padded.
		groups := head >> 1
		if groups > uint64(len(data)) && width > 0 || uint64(len(data)) < groups*uint64(width) {
			return errors.New("a run is cut off")
		}
		values := int(min(groups, uint64(n/8+1))) * 8
		values = min(values, n)
		if count != nil {
			unpack(data, width, values, count)
		}
		data, n = data[groups*uint64(width):], n-values
	}
	return nil
}

func littleEndian(b []byte) uint64 {
	v := uint64(0)
	for i, x := range b {
		v |= uint64(x) << (8 * i)
	}
	return v
}

func unpack(data []byte, width, values int, count func(uint64, int)) {
	if width == 0 {
		count(0, values)
		return
	}
	if width == 1 {
		ones := 0
		for _, b := range data[:values/8] {
			ones += bits.OnesCount8(b)
		}
		if rest := values % 8; rest > 0 {
			ones += bits.OnesCount8(data[values/8] & (1<<rest - 1))
		}
		count(1, ones)
		count(0, values-ones)
		return
	}
	for i := range values {
		at := i * width
		v := uint64(0)
		for j := at / 8; j <= (at+width-1)/8; j++ {
			v |= uint64(data[j]) << (8 * (j - at/8))
		}
		count(v>>(at%8)&(1<<width-1), 1)
	}
}

// levelRuns checks levels of at most levelMax and returns how many of them are
// levelMax.
func levelRuns(data []byte, levelMax int16, n int) (full int, err error) {
	over := false
	err = runs(data, bits.Len16(uint16(levelMax)), n, func(v uint64, times int) {
		if v == uint64(levelMax) {
			full += times
		}
		over = over || (v > uint64(levelMax) && times > 0)
	})
	if err == nil && over {
		err = fmt.Errorf("a level is over %d", levelMax)
	}
	return full, err
}

// prefixed cuts off levels that carry their length in front, as in V1 pages.
func prefixed(data []byte) (levels, rest []byte, err error) {
	if len(data) < 4 {
		return nil, nil, errors.New("it is cut off")
	}
	n := binary.LittleEndian.Uint32(data)
	if uint64(n) > uint64(len(data)-4) {
		return nil, nil, errors.New("it is longer than its page")
	}
	return data[4 : 4+n], data[4+n:], nil
}

// deltaCount checks the head of delta-packed integers: that it promises n
// values in blocks of a sane size.
func deltaCount(data []byte, n int) error {
	var head [3]uint64
	for i := range head {
		v, used := binary.Uvarint(data)
		if used <= 0 {
			return errors.New("it is cut off")
		}
		head[i], data = v, data[used:]
	}
	block, minis, total := head[0], head[1], head[2]
	if block == 0 || block%128 != 0 || block > 1<<20 || minis == 0 || minis > block/32 || block%minis != 0 || (block/minis)%32 != 0 {
		return fmt.Errorf("blocks of %d values in %d parts", block, minis)
	}
	if total != uint64(n) {
		return fmt.Errorf("it holds %d values, not %d", total, n)
	}
	return nil
}

// snappyFits reports whether a Snappy block says that it holds size bytes.
func snappyFits(raw []byte, size int64) bool {
	n, used := binary.Uvarint(raw)
	return used > 0 && n == uint64(size)
}
