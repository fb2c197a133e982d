package csv

import (
	"bytes"
	"context"
	"io"
	"math"
	"sync"
)

// lanesMax is the number of blocks that are taken apart at the same time. More
// would not be faster, because a file is read and its batches are put together
// one after the other.
const lanesMax = 8

// piecesKept is the number of pieces whose memory is kept to be used again: more
// than are in use at a time, of which most wait for their batch to be full. The
// text of one is kept that is at most so many times as long as a block.
const (
	piecesKept    = 2 * lanesMax
	textsKeptSize = 2
)

// lanes reads the rows of a table in blocks, several at the same time, and
// hands them out in order.
//
// Where a row begins is known only by reading all rows before it. Each block is
// read in the belief that it begins with a row; whether that is so is known
// once the block before it has been used. The first block does begin with a
// row. Where the rows of a block end with its last byte, the next one does,
// too. Where they do not, the rows of the table itself go on reading from
// there, one by one, until one of them ends with a block. So what comes out is
// what the rows of the table would have read alone, by induction over the
// blocks, wherever they were cut.
type lanes struct {
	*singles
	ctx     context.Context // of one iteration, with which the lanes end
	cancel  context.CancelFunc
	running sync.WaitGroup
	order   chan *block // as they come in the file
	work    chan *block
	pieces  chan *piece // that are free to be used again

	ahead  []*block // what was taken out of order and is not passed yet
	pulled int64    // where in the text the blocks end that were taken out of order
	slow   bool     // the rows of the table are reading
	given  int      // how many of ahead they have been given
	rest   []byte   // what they have not read of the last of those
	end    error    // why the text ends; nil: it has not been seen to the end
}

// newLanes starts to read ahead. The caller calls stop.
func newLanes(ctx context.Context, s *Source, t *table) *lanes {
	workers := min(s.opts.workers, lanesMax)
	l := &lanes{singles: newSingles(t), pulled: t.rows.read,
		order: make(chan *block, workers+1), work: make(chan *block), pieces: make(chan *piece, piecesKept)}
	l.ctx, l.cancel = context.WithCancel(ctx)
	r := t.rows
	head := r.buf[r.start:r.end]
	r.start, r.end, r.buf = 0, 0, nil
	if r.eof && len(head) <= s.opts.blockBytes {
		b := &block{text: head, err: io.EOF, piece: &piece{}, done: make(chan struct{})}
		l.reader().read(b)
		close(b.done)
		l.order <- b
		close(l.order)
		return l
	}
	tail := r.src
	switch {
	case r.eof:
		tail = failed{io.EOF}
	case r.err != nil:
		tail = failed{r.err}
	}
	l.running.Add(1 + workers)
	go l.feed(&cutter{src: io.MultiReader(bytes.NewReader(head), tail), quotes: r.quotes}, s.opts.blockBytes)
	for range workers {
		go func() {
			defer l.running.Done()
			reader := l.reader()
			for b := range l.work {
				reader.read(b)
				close(b.done)
			}
		}()
	}
	return l
}

func (l *lanes) reader() *blockReader {
	r := l.t.rows
	return &blockReader{dialect: r.dialect, width: r.width}
}

// stop ends the reading ahead and waits for it.
func (l *lanes) stop() {
	l.cancel()
	l.running.Wait()
}

// feed reads blocks and hands them on, each to a worker and to the order.
func (l *lanes) feed(c *cutter, blockBytes int) {
	defer l.running.Done()
	defer close(l.order)
	defer close(l.work)
	for {
		b := &block{piece: l.freePiece(), done: make(chan struct{})}
		b.text, b.err = c.next(b.piece.room(blockBytes))
		for _, to := range []chan *block{l.work, l.order} {
			select {
			case to <- b:
			case <-l.ctx.Done():
				return
			}
		}
		if b.err != nil {
			return
		}
	}
}

func (l *lanes) freePiece() *piece {
	select {
	case p := <-l.pieces:
		p.reset()
		return p
	default:
		return &piece{}
	}
}

// free gives the memory of a piece back whose rows are all in batches.
func (l *lanes) free(p *piece) {
	select {
	case l.pieces <- p:
	default:
	}
}

// pull waits for the next block. Without one, end says why.
func (l *lanes) pull() bool {
	if l.end != nil {
		return false
	}
	b, ok := <-l.order
	if !ok {
		l.end = l.ctx.Err()
		return false
	}
	b.from, b.to = l.pulled, l.pulled+int64(len(b.text))
	l.pulled, l.end = b.to, b.err
	l.ahead = append(l.ahead, b)
	return true
}

// pass is done with the first block.
func (l *lanes) pass() {
	b := l.ahead[0]
	l.ahead = l.ahead[1:]
	<-b.done
	if b.piece != nil {
		l.free(b.piece)
	}
}

// next returns the next rows: those of a block, or such as fit into the room.
func (l *lanes) next(room room) (*piece, error) {
	for {
		switch {
		case l.slow:
			p := l.freePiece()
			return p, l.read(p, room, l.arrived)
		case len(l.ahead) == 0 && !l.pull():
			l.readFrom(nil, 0)
		default:
			return l.block(), nil
		}
	}
}

// block takes the rows of the first block, which begins with a row.
func (l *lanes) block() *piece {
	b, r := l.ahead[0], l.t.rows
	<-b.done
	p := b.piece
	b.piece = nil
	if r.line+b.lines > math.MaxInt32 { // which row is one too many must be told
		p.reset()
		b.used, b.lines = 0, 0
	}
	p.base = r.line
	r.line += b.lines
	r.read += int64(b.used)
	if b.used < len(b.text) {
		// The text is that of the piece, which may be used again first.
		l.readFrom(bytes.Clone(b.text[b.used:]), 1)
	} else {
		l.pass()
	}
	return p
}

// readFrom makes the rows of the table go on with text, which is the end of
// the blocks that are given.
func (l *lanes) readFrom(text []byte, given int) {
	l.slow, l.rest, l.given = true, text, given
	r := l.t.rows
	if r.buf == nil {
		r.buf = make([]byte, bufferBytes)
	}
	r.src, r.start, r.end, r.eof, r.err = l, 0, 0, false, nil
}

// Read gives the rows of the table the text of the blocks, and the error behind
// it.
func (l *lanes) Read(p []byte) (int, error) {
	for len(l.rest) == 0 {
		if l.given == len(l.ahead) && !l.pull() {
			return 0, l.end
		}
		l.rest = l.ahead[l.given].text
		l.given++
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

// arrived lets go of the blocks that the rows of the table have passed. It
// reports whether they stand where a block begins, blank lines apart; from
// there on, blocks are used again.
func (l *lanes) arrived() bool {
	r := l.t.rows
	for {
		for len(l.ahead) > 0 && l.ahead[0].to <= r.read {
			l.pass()
			l.given--
		}
		if len(l.ahead) == 0 || l.ahead[0].from == r.read {
			l.slow = false
			return true
		}
		if r.start == r.end || !blank(r.buf[r.start:r.end]) || r.buf[r.start] == '\r' && r.start+1 == r.end {
			return false
		}
		r.advance(bytes.IndexByte(r.buf[r.start:r.end], '\n')+1, 1)
	}
}
