package csv

import (
	"fmt"
	"io"

	"github.com/reconkit/reconkit/pipeline"
)

// ending hands on a text and remembers its last byte: a file that was cut off
// within its last cell is a file like any other, but for the line break at its end.
type ending struct {
	src  io.Reader
	last byte
}

func (e *ending) Read(p []byte) (int, error) {
	n, err := e.src.Read(p)
	if n > 0 {
		e.last = p[n-1]
	}
	return n, err
}

// broken reports whether the text ended with a line break.
func (e *ending) broken() bool { return e.last == '\n' || e.last == '\r' }

// ended notes how a reading of all files ended: place is the first file whose last
// line has no end, or "".
func (s *Source) ended(place string) {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	s.shared.read, s.shared.unended = true, place
}

// Evidence says, once the files have been read to their end, whether they were
// whole. A row with too few cells is rejected; that the last row lost a part of its
// last cell shows in nothing but the line break that is missing behind it.
func (s *Source) Evidence() pipeline.Evidence {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	switch {
	case !s.shared.read:
		return pipeline.Evidence{Grade: pipeline.Unproven, Reasons: []string{"it has not been read to its end"}}
	case s.shared.unended != "":
		return pipeline.Evidence{Grade: pipeline.Likely, Reasons: []string{fmt.Sprintf("%s does not end with a line break, so that its last row may have been cut off; fetch it again, or end it with one", s.shared.unended)}}
	}
	return pipeline.Evidence{Grade: pipeline.Proven, Reasons: []string{"read to its end"}}
}
