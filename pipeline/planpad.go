package pipeline

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// A plan that was written can be read: a reader refuses a file that unpacks to far more
// than a plan of its size holds, and what rows repeat takes hardly any room. So the file
// is made longer, by frames that are skipped, where long lines may repeat others.

// The limits of padding.
const (
	planLongLine = 2 << 10  // bytes of a line that may unpack to more than a reader takes; shorter ones differ enough
	paddingMin   = 16 << 10 // bytes that are worth a frame; they stand for less than any file may hold
)

// measure refuses lines that could not be read back, and counts the padding of those in b.
func (l *lineWriter) measure(b []byte) {
	for part := range bytes.Lines(b) {
		if l.at == 0 {
			l.n++
		}
		if l.at += len(part); l.at > l.lineMax && l.err == nil {
			l.err = fmt.Errorf("write plan: line %d is longer than %d bytes, and a plan with such a line is not read; plan fewer rows at once (where: leaves rows out)", l.n, l.lineMax)
		}
		if len(part) > planLongLine {
			l.owed += int64(len(part))/planRatioMax + 1
		}
		if part[len(part)-1] == '\n' {
			l.at = 0
		}
	}
}

// paddingOf is a frame of n bytes and a head, which those skip who unpack the file.
func paddingOf(n int64) []byte {
	const magic = 0x184D2A50
	frame := binary.LittleEndian.AppendUint32(nil, magic)
	return append(binary.LittleEndian.AppendUint32(frame, uint32(n)), make([]byte, n)...)
}
