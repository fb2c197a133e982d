package csv

import (
	"fmt"
	"math"
	"unicode/utf8"
)

// room is what still fits into a batch. The row that takes the last of it
// belongs to the batch.
type room struct {
	rows, rejects int
	bytes         int // of the text of the rows
}

func (r room) none() bool { return r.rows <= 0 || r.rejects <= 0 || r.bytes <= 0 }

// singles reads the rows of a table one by one. It reads no further than the
// room goes, so that it never waits for text that nobody has asked for.
type singles struct {
	t     *table
	spare *piece
}

func newSingles(t *table) *singles { return &singles{t: t} }

// next returns the next rows. An error comes with the rows before it.
func (s *singles) next(room room) (*piece, error) {
	p := s.spare
	if s.spare = nil; p == nil {
		p = &piece{}
	}
	p.reset()
	return p, s.read(p, room, nil)
}

// read reads rows into an empty piece until the room is full, or enough, asked
// after each row, says so.
func (s *singles) read(p *piece, room room, enough func() bool) error {
	r := s.t.rows
	for !room.none() {
		w, err := r.next()
		if err != nil {
			return err
		}
		if w.line > math.MaxInt32 {
			return fmt.Errorf("it has more than %d lines; split it", math.MaxInt32)
		}
		room.bytes -= len(w.raw)
		if w.fault != sound || r.ragged(w) || !utf8.Valid(w.raw) {
			room.rejects--
			p.reject(w)
		} else {
			room.rows--
			p.append(w)
		}
		if enough != nil && enough() {
			break
		}
	}
	return nil
}

func (s *singles) free(p *piece) { s.spare = p }

func (s *singles) stop() {}
