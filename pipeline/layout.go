package pipeline

import (
	"runtime"
	"sync"
)

// Most of the JSON of a long plan is laid out by several goroutines, in pieces that are
// put one behind the other, so that the text does not depend on how many there are.

// layOut calls lay for each piece, by several goroutines at once, each with an empty
// writer of its own, and put with the texts in the order of the pieces. It returns the
// first error of a writer; put is called for all pieces all the same.
func layOut(pieces int, html bool, lay func(w *jsonWriter, piece int), put func(text []byte)) (err error) {
	workers := min(runtime.GOMAXPROCS(0), pieces)
	laid, free := make([]chan *jsonWriter, workers), make([]chan *jsonWriter, workers)
	var running sync.WaitGroup
	defer running.Wait()
	for k := range workers {
		// While one is put, the other is written. All are taken, so that nobody waits for ever.
		laid[k], free[k] = make(chan *jsonWriter, 1), make(chan *jsonWriter, 2)
		free[k] <- &jsonWriter{html: html}
		free[k] <- &jsonWriter{html: html}
		running.Go(func() {
			for piece := k; piece < pieces; piece += workers {
				w := <-free[k]
				w.b = w.b[:0]
				lay(w, piece)
				laid[k] <- w
			}
		})
	}
	for piece := range pieces {
		w := <-laid[piece%workers]
		if put(w.b); err == nil {
			err = w.err
		}
		free[piece%workers] <- w
	}
	return err
}

// layOutList lays out the members of a list, so many in a piece.
func layOutList[T any](members []T, per int, html bool, each func(w *jsonWriter, member *T), put func(text []byte)) error {
	return layOut((len(members)+per-1)/per, html, func(w *jsonWriter, piece int) {
		part := members[piece*per : min(len(members), (piece+1)*per)]
		for i := range part {
			each(w, &part[i])
		}
	}, put)
}
