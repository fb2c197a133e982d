package parquet

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"time"
	"unicode/utf8"

	arrowparquet "github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/schema"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

const (
	microsPerSecond = int64(time.Second / time.Microsecond)
	microsPerDay    = 24 * 3600 * microsPerSecond
	julianUnixEpoch = 2440588 // day number of 1970-01-01, from which INT96 counts
)

// problem is a value that has no counterpart among the types of a field.
type problem struct {
	text string // the value, for the cells of the reject
	why  string
}

func notText(b []byte) *problem {
	return &problem{text: string(b), why: "the bytes " + strconv.Quote(diag.Shorten(string(b), 60)) + " are not UTF-8"}
}

// appendBytes appends a value of a BYTE_ARRAY or FIXED_LEN_BYTE_ARRAY column,
// or says why it cannot be.
func (f form) appendBytes(to *pipeline.ColumnBuilder, typ pipeline.Type, b []byte) *problem {
	switch {
	case f.kind == kindDecimal:
		return f.appendDecimal(to, typ, signed(b))
	case f.kind == kindUUID && len(b) == 16:
		h := hex.EncodeToString(b)
		to.AppendString(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
		return nil
	}
	if why := textProblem(b); why != nil {
		return why
	}
	to.AppendBytes(b)
	return nil
}

// textProblem says why b cannot be a string, or nil.
func textProblem(b []byte) *problem {
	if len(b) > pipeline.ValueBytesMax {
		return &problem{text: string(b[:60]), why: fmt.Sprintf("a value of %d bytes is longer than %d", len(b), pipeline.ValueBytesMax)}
	}
	if !utf8.Valid(b) {
		return notText(b)
	}
	return nil
}

// signed reads a big-endian number in two's complement.
func signed(b []byte) *big.Int {
	n := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return n
}

// appendDecimal appends a decimal: as an integer where the column's precision
// always fits into one, else as exact text.
func (f form) appendDecimal(to *pipeline.ColumnBuilder, typ pipeline.Type, n *big.Int) *problem {
	if typ == pipeline.Int {
		if !n.IsInt64() {
			return &problem{text: n.String(), why: "the decimal " + diag.Shorten(n.String(), 60) + " has more digits than its column allows"}
		}
		to.AppendInt(n.Int64())
		return nil
	}
	to.AppendString(decimalText(n, int(f.scale)))
	return nil
}

// decimalText writes n / 10^scale with all its digits.
func decimalText(n *big.Int, scale int) string {
	if scale <= 0 {
		return n.String()
	}
	digits := new(big.Int).Abs(n).String()
	for len(digits) <= scale {
		digits = "0" + digits
	}
	text := digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	if n.Sign() < 0 {
		return "-" + text
	}
	return text
}

// appendInt appends a value of an INT32 or INT64 column, sign-extended.
func (f form) appendInt(to *pipeline.ColumnBuilder, typ pipeline.Type, v int64) *problem {
	switch f.kind {
	case kindUnsigned:
		if f.physical == arrowparquet.Types.Int32 {
			v = int64(uint32(v))
		}
		if v < 0 {
			text := strconv.FormatUint(uint64(v), 10)
			return &problem{text: text, why: "the integer " + text + " is larger than 64 bits with a sign hold"}
		}
		to.AppendInt(v)
	case kindDecimal:
		return f.appendDecimal(to, typ, big.NewInt(v))
	case kindDate:
		return appendDay(to, v, 0)
	case kindTime:
		return f.appendTime(to, v)
	case kindTimestamp:
		return f.appendTimestamp(to, v)
	default:
		to.AppendInt(v)
	}
	return nil
}

// appendTime appends a time of day as text, such as 15:04:05.25.
func (f form) appendTime(to *pipeline.ColumnBuilder, v int64) *problem {
	nanos := v
	switch f.unit {
	case schema.TimeUnitMillis:
		nanos = v * int64(time.Millisecond)
	case schema.TimeUnitMicros:
		nanos = v * int64(time.Microsecond)
	}
	if v < 0 || v > int64(24*time.Hour) || nanos >= int64(24*time.Hour) || nanos < 0 {
		text := strconv.FormatInt(v, 10)
		return &problem{text: text, why: "the time of day " + text + " is not within a day"}
	}
	to.AppendString(time.Unix(0, nanos).UTC().Format("15:04:05.999999999"))
	return nil
}

// appendTimestamp appends a point in time, cut to microseconds. A timestamp
// without zone is taken as UTC.
func (f form) appendTimestamp(to *pipeline.ColumnBuilder, v int64) *problem {
	switch f.unit {
	case schema.TimeUnitMillis:
		if v > math.MaxInt64/1000 || v < math.MinInt64/1000 {
			text := strconv.FormatInt(v, 10)
			return &problem{text: text, why: "the timestamp " + text + " ms is out of range"}
		}
		v *= 1000
	case schema.TimeUnitNanos:
		micros := v / 1000
		if v%1000 < 0 {
			micros--
		}
		v = micros
	}
	to.AppendInt(v)
	return nil
}

// appendInt96 appends the timestamps of Impala and old Spark: nanoseconds of
// the day and a Julian day number.
func appendInt96(to *pipeline.ColumnBuilder, v arrowparquet.Int96) *problem {
	nanos := binary.LittleEndian.Uint64(v[:8])
	day := int64(int32(binary.LittleEndian.Uint32(v[8:]))) - julianUnixEpoch
	if nanos >= uint64(24*time.Hour) {
		text := fmt.Sprintf("day %d, %d ns", day, nanos)
		return &problem{text: text, why: "the timestamp (" + text + ") is not within a day"}
	}
	return appendDay(to, day, int64(nanos/1000))
}

// appendDay appends the point in time micros after midnight, UTC, of a day
// counted from 1970-01-01.
func appendDay(to *pipeline.ColumnBuilder, day, micros int64) *problem {
	const dayMax = math.MaxInt64/microsPerDay - 1
	if day > dayMax || day < -dayMax {
		text := strconv.FormatInt(day, 10)
		return &problem{text: text, why: "the day " + text + " after 1970-01-01 is out of range"}
	}
	to.AppendInt(day*microsPerDay + micros)
	return nil
}
