package faults

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
)

// memoryBufferBytes is how much of an answer is held back before the client sees the header, as net/http's server does.
const memoryBufferBytes = 32 << 10

// Transport serves requests by h in memory, without sockets, and looks to an [http.Client] like net/http's own
// transport: answers stream, a gzip body that the caller did not ask for is unpacked, a cancelled request context ends
// the call and cancels the handler's context, and [http.ErrAbortHandler] becomes [io.ErrUnexpectedEOF] (a connection
// that [Closed] resets becomes [syscall.ECONNRESET]). It never repeats a request. It works inside testing/synctest:
// nothing blocks except on channels and timers.
func Transport(h http.Handler) http.RoundTripper {
	return &memory{handler: h}
}

type memory struct{ handler http.Handler }

// RoundTrip runs the handler in a goroutine that ends with the handler: when it returns, or when the client has closed
// the body or given up and the handler notices.
func (m *memory) RoundTrip(r *http.Request) (*http.Response, error) {
	body := r.Body
	if body == nil {
		body = http.NoBody
	}
	if err := r.Context().Err(); err != nil {
		_ = body.Close()
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	reader, writer := io.Pipe()
	hangUp := func() {
		cancel()
		_ = reader.CloseWithError(net.ErrClosed)
	}
	stop := context.AfterFunc(r.Context(), hangUp)
	w := &memoryWriter{
		header: make(http.Header), method: r.Method, pipe: writer,
		ready: make(chan struct{}), declared: -1,
	}
	w.buffer = bufio.NewWriterSize(w.pipe, memoryBufferBytes)
	asked := r.Header.Get("Accept-Encoding") != "" || r.Header.Get("Range") != "" || r.Method == http.MethodHead
	in := serverRequest(ctx, r, body)
	if !asked {
		in.Header.Set("Accept-Encoding", "gzip")
	}
	go func() {
		defer cancel()
		defer body.Close()
		m.serve(w, in)
	}()
	abandon := func() {
		stop()
		hangUp()
	}
	select {
	case <-w.ready:
	case <-r.Context().Done():
		abandon()
		return nil, r.Context().Err()
	}
	if w.failure != nil {
		abandon()
		return nil, w.failure
	}
	resp := w.response(r)
	resp.Body = &memoryBody{Reader: reader, client: r.Context(), close: abandon}
	if !asked && resp.Header.Get("Content-Encoding") == "gzip" {
		unpack(resp)
	}
	return resp, nil
}

// serve runs the handler and turns its end into the end of the answer.
func (m *memory) serve(w *memoryWriter, r *http.Request) {
	defer func() {
		switch v := recover(); {
		case v == nil:
			w.finish()
		case v == http.ErrAbortHandler:
			w.abort()
		default:
			w.abort()
			panic(v) // a bug in the handler must be seen
		}
	}()
	m.handler.ServeHTTP(w, r)
}

// serverRequest is the request as a server sees it.
func serverRequest(ctx context.Context, r *http.Request, body io.ReadCloser) *http.Request {
	in := r.Clone(ctx)
	in.Body = body
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	in.RequestURI = r.URL.RequestURI()
	in.URL.Scheme, in.URL.Host, in.URL.User = "", "", nil
	in.URL.Fragment, in.URL.RawFragment = "", ""
	in.Proto, in.ProtoMajor, in.ProtoMinor = "HTTP/1.1", 1, 1
	in.RemoteAddr = "192.0.2.1:1234"
	in.Close, in.GetBody, in.Response = false, nil, nil
	if in.Header == nil {
		in.Header = make(http.Header)
	}
	if in.Header.Get("User-Agent") == "" {
		in.Header.Set("User-Agent", "Go-http-client/1.1")
	}
	return in
}

// memoryWriter is the handler's side of an answer.
type memoryWriter struct {
	header http.Header
	method string
	pipe   *io.PipeWriter
	buffer *bufio.Writer

	status    int
	sent      http.Header // what the client sees; fixed when ready is closed
	declared  int64       // Content-Length, -1 unknown
	written   int64
	failure   error // set before ready is closed: no answer at all
	broken    error // what reset asked for
	ready     chan struct{}
	announced bool // ready is closed
}

func (w *memoryWriter) Header() http.Header { return w.header }

func (w *memoryWriter) WriteHeader(status int) {
	if w.status != 0 || status < http.StatusOK {
		return
	}
	w.status = status
	w.sent = w.header.Clone()
	if n, err := strconv.ParseInt(w.sent.Get("Content-Length"), 10, 64); err == nil {
		w.declared = n
	}
}

func (w *memoryWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.status == http.StatusNoContent || w.status == http.StatusNotModified {
		return 0, http.ErrBodyNotAllowed
	}
	if !w.announced && w.sent.Get("Content-Type") == "" {
		w.sent.Set("Content-Type", http.DetectContentType(b))
	}
	if w.method == http.MethodHead {
		return len(b), nil
	}
	if w.declared >= 0 && w.written+int64(len(b)) > w.declared {
		return 0, http.ErrContentLength
	}
	w.written += int64(len(b))
	if len(b) > w.buffer.Available() {
		w.announce()
	}
	return w.buffer.Write(b)
}

// Flush lets the client see what was written so far.
func (w *memoryWriter) Flush() {
	w.WriteHeader(http.StatusOK)
	w.announce()
	_ = w.buffer.Flush() // a client that is gone makes the handler's next write fail
}

func (w *memoryWriter) reset() {
	w.broken = &net.OpError{Op: "read", Net: "memory", Err: syscall.ECONNRESET}
}

// announce lets the client see status and header. Nothing that the client reads changes afterwards.
func (w *memoryWriter) announce() {
	if !w.announced {
		w.announced = true
		close(w.ready)
	}
}

// finish ends the answer of a handler that returned.
func (w *memoryWriter) finish() {
	w.WriteHeader(http.StatusOK)
	if w.declared > w.written && w.method != http.MethodHead {
		w.Flush()
		w.abort()
		return
	}
	if !w.announced && w.status != http.StatusNoContent && w.status != http.StatusNotModified {
		w.declared = max(w.declared, w.written) // everything fits the buffer: the length is known
	}
	w.Flush()
	_ = w.pipe.Close()
}

// abort ends the connection: without any answer if the client has seen none, else in the middle of the body.
func (w *memoryWriter) abort() {
	err := w.broken
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	if !w.announced {
		w.failure = err
		w.announce()
	}
	_ = w.pipe.CloseWithError(err)
}

func (w *memoryWriter) response(r *http.Request) *http.Response {
	return &http.Response{
		Status:     fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)),
		StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, ContentLength: w.declared, Request: r,
	}
}

// memoryBody is the client's side of an answer. Reading fails once the request's context is cancelled.
type memoryBody struct {
	io.Reader
	client context.Context
	close  func()
}

func (b *memoryBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && err != io.EOF && b.client.Err() != nil {
		err = b.client.Err()
	}
	return n, err
}

func (b *memoryBody) Close() error {
	b.close()
	return nil
}

// unpack does what net/http's transport does with a gzip answer to a request that named no encoding.
func unpack(resp *http.Response) {
	resp.Header.Del("Content-Encoding")
	resp.Header.Del("Content-Length")
	resp.ContentLength = -1
	resp.Uncompressed = true
	resp.Body = &gzipBody{packed: resp.Body}
}

type gzipBody struct {
	packed io.ReadCloser
	plain  *gzip.Reader
}

func (b *gzipBody) Read(p []byte) (int, error) {
	if b.plain == nil {
		z, err := gzip.NewReader(b.packed)
		if err != nil {
			return 0, err
		}
		b.plain = z
	}
	return b.plain.Read(p)
}

func (b *gzipBody) Close() error { return b.packed.Close() }
