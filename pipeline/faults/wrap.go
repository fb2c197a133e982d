package faults

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

// dripPieces is into how many pieces Drip cuts an answer, at most.
const dripPieces = 32

// wrongLengthBytes is by how much WrongLength overstates the body.
const wrongLengthBytes = 512

// Wrap returns a handler that serves h and fails as scheduled. A cut connection is [http.ErrAbortHandler], which both
// net/http's server and [Transport] understand.
func (s *Schedule) Wrap(h http.Handler) http.Handler {
	if s == nil {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, ok := s.due(r)
		if !ok {
			h.ServeHTTP(w, r)
			return
		}
		if p.before(w) {
			return
		}
		p.after(w, r, h)
	})
}

// before carries out the kinds that answer in the handler's place.
func (p *pending) before(w http.ResponseWriter) bool {
	status, text := 0, ""
	switch p.Kind {
	case TooMany:
		status, text = http.StatusTooManyRequests, "Rate limit exceeded"
	case TooManyRetryAfter:
		status, text = http.StatusTooManyRequests, "Rate limit exceeded"
		seconds := max(int(p.Delay.Round(time.Second)/time.Second), 1)
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
	case ServerError:
		status, text = http.StatusInternalServerError, "Internal server error"
	case Unauthorized:
		status, text = http.StatusUnauthorized, "Unauthenticated"
	case Forbidden:
		status, text = http.StatusForbidden, "Forbidden"
	case BadGatewayHTML:
		p.fire()
		page(w, p.schedule.gateway(), "The server is having a break")
		return true
	case LoginHTML:
		p.fire()
		page(w, http.StatusOK, "Please sign in")
		return true
	case CutBefore:
		p.fire()
		panic(http.ErrAbortHandler)
	case Closed:
		p.fire()
		reset(w)
	default:
		return false
	}
	p.fire()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error":%q}`, text) // a client that is gone is no concern of a fault
	return true
}

// page answers with HTML where a client expects JSON.
func page(w http.ResponseWriter, status int, title string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<!DOCTYPE html>\n<html><head><title>%s</title></head><body><h1>%s</h1></body></html>\n", title, title)
}

// reset closes the connection so that the client sees a reset, not a tidy end.
func reset(w http.ResponseWriter) {
	for inner := w; inner != nil; {
		if m, ok := inner.(*memoryWriter); ok {
			m.reset()
			panic(http.ErrAbortHandler)
		}
		outer, ok := inner.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			break
		}
		inner = outer.Unwrap()
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // without it the client sees a plain end, which is a fault as well
	}
	_ = conn.Close()
	panic(http.ErrAbortHandler)
}

// after lets the handler do its work and carries out the kinds that spoil the answer.
func (p *pending) after(w http.ResponseWriter, r *http.Request, h http.Handler) {
	var spoil func([]byte) []byte
	switch p.Kind {
	case CutAfter:
		h.ServeHTTP(newRecorder(), r)
		p.fire()
		panic(http.ErrAbortHandler)
	case Slow:
		rec := record(h, r)
		p.fire()
		if !pause(r.Context(), p.Delay) {
			panic(http.ErrAbortHandler)
		}
		rec.send(w)
		return
	case Drip:
		p.drip(w, r, record(h, r))
		return
	case WrongLength, EmptyBody, Gzip:
		p.reframe(w, record(h, r))
		return
	case Truncated:
		spoil = func(b []byte) []byte { return b[:len(b)/2] }
	case Trailing:
		spoil = func(b []byte) []byte {
			return append(b, "<br />\n<b>Warning</b>: Undefined array key in <b>/app/index.php</b>"...)
		}
	case BOM:
		spoil = func(b []byte) []byte { return append([]byte("\xef\xbb\xbf"), b...) }
	case InvalidUTF8:
		spoil = invalidUTF8
	case DuplicateKeys:
		spoil = duplicateKeys
	default:
		h.ServeHTTP(w, withPending(r, p)) // a kind of the handler's own
		return
	}
	rec := record(h, r)
	if rec.body.Len() > 0 {
		before := bytes.Clone(rec.body.Bytes())
		after := spoil(bytes.Clone(before))
		if !bytes.Equal(before, after) {
			p.fire()
		}
		rec.body.Reset()
		rec.body.Write(after)
		rec.header.Del("Content-Length")
	}
	rec.send(w)
}

// reframe carries out the kinds that change more of the answer than its body.
func (p *pending) reframe(w http.ResponseWriter, rec *recorder) {
	if rec.body.Len() == 0 {
		rec.send(w)
		return
	}
	p.fire()
	rec.header.Del("Content-Length")
	switch p.Kind {
	case EmptyBody:
		rec.status = http.StatusOK
		rec.body.Reset()
	case Gzip:
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = z.Write(rec.body.Bytes()) // a bytes.Buffer takes everything
		_ = z.Close()
		rec.body = packed
		rec.header.Set("Content-Encoding", "gzip")
	case WrongLength:
		rec.header.Set("Content-Length", strconv.Itoa(rec.body.Len()+wrongLengthBytes))
		rec.send(w)
		_ = http.NewResponseController(w).Flush() // what there is goes out; then the connection ends
		panic(http.ErrAbortHandler)
	}
	rec.send(w)
}

// drip sends the answer in pieces spread evenly over the delay.
func (p *pending) drip(w http.ResponseWriter, r *http.Request, rec *recorder) {
	body := rec.body.Bytes()
	if len(body) == 0 {
		rec.send(w)
		return
	}
	p.fire()
	pieces := min(len(body), dripPieces)
	rec.writeHeader(w)
	for i := range pieces {
		if !pause(r.Context(), p.Delay/time.Duration(pieces)) {
			panic(http.ErrAbortHandler)
		}
		if _, err := w.Write(body[i*len(body)/pieces : (i+1)*len(body)/pieces]); err != nil {
			return
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			return
		}
	}
}

// pause waits and reports whether the client is still there.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// invalidUTF8 puts a byte that UTF-8 never uses into the first text value, or at the end where there is none.
func invalidUTF8(b []byte) []byte {
	at := len(b)
	if i := bytes.Index(b, []byte(`:"`)); i >= 0 {
		at = i + 2
	}
	return append(b[:at:at], append([]byte{0xff}, b[at:]...)...)
}

// duplicateKeys repeats the first key of a JSON object at its end. A decoder that lets the last one win loses the data.
func duplicateKeys(b []byte) []byte {
	d := json.NewDecoder(bytes.NewReader(b))
	open, err := d.Token()
	if err != nil || open != json.Delim('{') {
		return b
	}
	first, err := d.Token()
	key, ok := first.(string)
	end := bytes.LastIndexByte(b, '}')
	if err != nil || !ok || end < 0 {
		return b
	}
	return append(b[:end:end], fmt.Sprintf(",%q:null}", key)...)
}

// recorder keeps an answer until the fault has decided what becomes of it.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newRecorder() *recorder { return &recorder{header: make(http.Header)} }

func record(h http.Handler, r *http.Request) *recorder {
	rec := newRecorder()
	h.ServeHTTP(rec, r)
	return rec
}

func (rec *recorder) Header() http.Header { return rec.header }

func (rec *recorder) WriteHeader(status int) {
	if rec.status == 0 {
		rec.status = status
	}
}

func (rec *recorder) Write(b []byte) (int, error) {
	rec.WriteHeader(http.StatusOK)
	return rec.body.Write(b)
}

func (rec *recorder) writeHeader(w http.ResponseWriter) {
	for k, v := range rec.header {
		w.Header()[k] = v
	}
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	w.WriteHeader(rec.status)
}

func (rec *recorder) send(w http.ResponseWriter) {
	rec.writeHeader(w)
	if rec.body.Len() > 0 {
		_, _ = w.Write(rec.body.Bytes()) // a client that is gone is no concern of a fault
	}
}
