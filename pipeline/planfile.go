package pipeline

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// A plan file is JSON Lines, compressed with zstd: a header, one line per
// blocked row, change, rejected row, group of them, question, duplicate and
// finding, and a footer with counts, a checksum over the lines before it and the digest.

// Limits of a plan file.
const (
	planLineBytesMax   = 512 << 20 // bytes of one line; the header holds the new links
	planWindowBytesMax = 64 << 20  // bytes that decompression looks back; Write needs planWindowBytes
	planFreeBytesMax   = 16 << 20  // bytes of lines that any file may hold
	planRatioMax       = 500       // bytes of lines for each byte of the file beyond that; real plans stay under 130
)

// errPlanRatio says that a file holds more lines than a plan of its size does.
var errPlanRatio = errors.New("it unpacks to far more than a plan of its size holds")

// packedReader counts the bytes of a plan file as they are read.
type packedReader struct {
	r io.Reader
	n int64
}

func (p *packedReader) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.n += int64(n)
	return n, err
}

// linesReader ends when a plan file unpacks to more than it can hold.
type linesReader struct {
	r      io.Reader
	packed *packedReader
	n      int64
}

func (l *linesReader) Read(b []byte) (int, error) {
	n, err := l.r.Read(b)
	if l.n += int64(n); l.n > planFreeBytesMax+planRatioMax*l.packed.n {
		return 0, errPlanRatio
	}
	return n, err
}

type planLine struct {
	Header    *Header        `json:"header,omitempty"`
	Blocked   *BlockedRow    `json:"blocked,omitempty"`
	Change    *Change        `json:"change,omitempty"`
	Rejected  *RejectedRow   `json:"rejected,omitempty"`
	Reason    *RejectedGroup `json:"reason,omitempty"`
	Question  *PlanQuestion  `json:"question,omitempty"`
	Duplicate *PlanDuplicate `json:"duplicate,omitempty"`
	Finding   *diag.Finding  `json:"finding,omitempty"`
	Footer    *footer        `json:"footer,omitempty"`
}

type footer struct {
	Changes  int    `json:"changes"`
	Blocked  int    `json:"blocked"`
	Checksum string `json:"checksum"` // SHA-256 of all lines before, hexadecimal
	Digest   string `json:"digest"`
}

// planWindowBytes is how far back Write looks for what repeats. Lines repeat those just
// before them, so that a higher level or a longer look takes longer and finds hardly more.
const planWindowBytes = 1 << 20

// planPackers is how many goroutines compress a plan: one looks for what repeats while
// one writes, both beside the layout of the lines. The bytes do not depend on it.
const planPackers = 2

// Write writes the plan file. The same plan gives the same bytes.
func (p *Plan) Write(w io.Writer) error {
	return p.write(w, planPackers)
}

func (p *Plan) write(w io.Writer, packers int) error {
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(planWindowBytes), zstd.WithEncoderConcurrency(packers), zstd.WithEncoderCRC(true))
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(z, 1<<16)
	lw := newLineWriter(buffered, func(n int64) error {
		if err := errors.Join(buffered.Flush(), z.Close()); err != nil {
			return err
		}
		_, err := w.Write(paddingOf(n))
		z.Reset(w)
		return err
	})
	lw.plan(p)
	lw.line(planLine{Footer: &footer{Changes: len(p.Changes), Blocked: len(p.Blocked), Checksum: hex.EncodeToString(lw.sum.Sum(nil)), Digest: p.Digest}})
	return errors.Join(lw.err, buffered.Flush(), z.Close())
}

type lineWriter struct {
	w       io.Writer
	sum     hash.Hash
	err     error
	lineMax int                 // bytes of a line that is read back
	n, at   int                 // the line that is written, from 1, and how many of its bytes were
	pad     func(n int64) error // makes the file longer
	owed    int64               // bytes of padding
}

func newLineWriter(w io.Writer, pad func(n int64) error) *lineWriter {
	return &lineWriter{w: w, sum: sha256.New(), lineMax: planLineBytesMax, pad: pad}
}

func (l *lineWriter) plan(p *Plan) {
	l.header(&p.Header)
	for i := range p.Blocked {
		l.line(planLine{Blocked: &p.Blocked[i]})
	}
	l.laidOut(layOutList(p.Changes, changesPerPiece, false, func(w *jsonWriter, c *Change) {
		w.raw(`{"change":`)
		w.change(c)
		w.raw("}\n")
	}, l.write))
	for i := range p.Rejected {
		l.line(planLine{Rejected: &p.Rejected[i]})
	}
	for i := range p.Reasons {
		l.line(planLine{Reason: &p.Reasons[i]})
	}
	for i := range p.Questions {
		l.line(planLine{Question: &p.Questions[i]})
	}
	for i := range p.Duplicates {
		l.line(planLine{Duplicate: &p.Duplicates[i]})
	}
	for i := range p.Findings {
		l.line(planLine{Finding: &p.Findings[i]})
	}
}

func (l *lineWriter) line(v planLine) {
	if l.err != nil {
		return
	}
	b, err := marshalText(v)
	if err != nil {
		l.err = fmt.Errorf("write plan: %w", err)
		return
	}
	l.write(append(b, '\n'))
}

func (l *lineWriter) write(b []byte) {
	l.measure(b)
	if l.owed >= paddingMin && l.err == nil {
		l.err, l.owed = l.pad(l.owed), 0
	}
	if l.err == nil {
		l.sum.Write(b)
		_, l.err = l.w.Write(b)
	}
}

// changesPerPiece is how many changes are laid out at once.
const changesPerPiece = 64

// laidOut takes an error of what was laid out by hand.
func (l *lineWriter) laidOut(err error) {
	if err != nil && l.err == nil {
		l.err = fmt.Errorf("write plan: %w", err)
	}
}

// header writes the line of the header. Its bindings may hold a link for each
// record, so that they are not laid out at once.
func (l *lineWriter) header(h *Header) {
	const bindings = `"bindings":[]` // stands nowhere else: within a string quotes are escaped
	head := *h
	head.Bindings = []PlanBinding{}
	text, err := marshalText(planLine{Header: &head})
	at := bytes.Index(text, []byte(bindings))
	if err != nil || at < 0 || len(h.Bindings) == 0 {
		l.line(planLine{Header: h})
		return
	}
	at += len(bindings) - 1
	l.write(text[:at])
	for i := range h.Bindings {
		if i > 0 {
			l.write([]byte(","))
		}
		l.binding(&h.Bindings[i])
	}
	l.write(append(text[at:], '\n'))
}

// linksPerPiece is how many links of a binding are laid out at once.
const linksPerPiece = 1024

// binding writes a binding, of which the links come last.
func (l *lineWriter) binding(b *PlanBinding) {
	bare := *b
	bare.Links = nil
	var weights []byte
	if b.Weights != nil && len(b.Weights.Text) > 0 {
		weighed := *b.Weights
		weights, weighed.Text, bare.Weights = weighed.Text, []byte(weightsMark), &weighed
	}
	text, err := marshalText(bare)
	if err != nil {
		if l.err == nil {
			l.err = fmt.Errorf("write plan: %w", err)
		}
		return
	}
	if weights != nil {
		text = l.weights(text, weights)
	}
	if len(b.Links) == 0 {
		l.write(text)
		return
	}
	l.write(append(text[:len(text)-1], `,"links":[`...))
	first := &b.Links[0]
	l.laidOut(layOutList(b.Links, linksPerPiece, false, func(w *jsonWriter, link *RowLink) {
		if link != first {
			w.raw(",")
		}
		w.link(link)
	}, l.write))
	l.write([]byte("]}"))
}

// weightsMark stands for the text of weights while the rest of a binding is laid out.
// What else may look like it, such as an option of the connection, stands before it.
const weightsMark = "weights\x00\xff"

// weightsPerWrite is how many bytes of the text of weights are laid out at once, a
// multiple of three.
const weightsPerWrite = 48 << 10

// weights writes a binding up to the end of the text of its weights, which is long
// where there are many records, and returns the rest.
func (l *lineWriter) weights(binding, text []byte) (rest []byte) {
	mark := []byte(`"text":"` + base64.StdEncoding.EncodeToString([]byte(weightsMark)))
	at := bytes.LastIndex(binding, mark)
	l.write(append(binding[:at:at], `"text":"`...))
	var encoded []byte
	for ; len(text) > 0; text = text[min(len(text), weightsPerWrite):] {
		encoded = base64.StdEncoding.AppendEncode(encoded[:0], text[:min(len(text), weightsPerWrite)])
		l.write(encoded)
	}
	return binding[at+len(mark):]
}

// jsonFormat is the number under format in a JSON text; 0 when there is none.
func jsonFormat(text []byte) (int, error) {
	var head struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return 0, diag.JSONProblem(text, err)
	}
	return head.Format, nil
}

// PlanFileError says that a plan file cannot be used, and why.
type PlanFileError struct{ Reason string }

func (e *PlanFileError) Error() string { return e.Reason }

// ReadPlan reads a plan file. A file that is truncated, damaged, changed or of
// a format that is not read is a *PlanFileError.
func ReadPlan(r io.Reader) (*Plan, error) {
	packed := &packedReader{r: r}
	z, err := zstd.NewReader(packed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(planWindowBytesMax))
	if err != nil {
		return nil, &PlanFileError{"not a plan file: " + err.Error()}
	}
	defer z.Close()
	p, sum, changes := &Plan{}, sha256.New(), jsonReader{}
	lines := bufio.NewReaderSize(&linesReader{r: z, packed: packed}, 1<<16)
	var text []byte
	for n := 1; ; n++ {
		text, err = readLine(lines, text)
		if n == 1 && errors.Is(err, zstd.ErrMagicMismatch) {
			return nil, &PlanFileError{"not a plan file"}
		}
		if err != nil {
			return nil, &PlanFileError{fmt.Sprintf("the plan file is damaged or cut off at line %d (%s); make the plan again", n, damage(err))}
		}
		if c, plain := changes.change(text); plain && n > 1 {
			p.Changes = append(p.Changes, *c)
			sum.Write(text)
			continue
		}
		foot, err := p.take(n, text)
		if err != nil {
			return nil, err
		}
		if foot == nil {
			sum.Write(text)
			continue
		}
		if _, err := lines.ReadByte(); err != io.EOF {
			return nil, &PlanFileError{"the plan file has something behind its end; make the plan again"}
		}
		if err := p.verify(foot, hex.EncodeToString(sum.Sum(nil))); err != nil {
			return nil, err
		}
		return p, nil
	}
}

// damage says in plain words why a plan file cannot be unpacked.
func damage(err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return "it ends too early"
	}
	return err.Error()
}

// readLine returns the next line with its end, in the memory of an earlier one.
func readLine(r *bufio.Reader, earlier []byte) ([]byte, error) {
	line := earlier[:0]
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > planLineBytesMax {
			return nil, fmt.Errorf("line of more than %d bytes", planLineBytesMax)
		}
		switch {
		case err == nil:
			return line, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return nil, io.ErrUnexpectedEOF
		default:
			return nil, err
		}
	}
}

func (p *Plan) take(n int, text []byte) (*footer, error) {
	var l planLine
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if n == 1 {
		if err := checkFormat(text); err != nil {
			return nil, err
		}
	}
	if err := d.Decode(&l); err != nil {
		return nil, &PlanFileError{fmt.Sprintf("line %d of the plan file is damaged, or of another version of reconkit; make the plan again", n)}
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, &PlanFileError{fmt.Sprintf("line %d of the plan file has something behind its end; make the plan again", n)}
	}
	switch {
	case (n == 1) != (l.Header != nil):
		return nil, &PlanFileError{fmt.Sprintf("line %d of the plan file is out of place; make the plan again", n)}
	case l.Header != nil:
		p.Header = *l.Header
	case l.Blocked != nil:
		p.Blocked = append(p.Blocked, *l.Blocked)
	case l.Change != nil:
		p.Changes = append(p.Changes, *l.Change)
	case l.Rejected != nil:
		p.Rejected = append(p.Rejected, *l.Rejected)
	case l.Reason != nil:
		p.Reasons = append(p.Reasons, *l.Reason)
	case l.Question != nil:
		p.Questions = append(p.Questions, *l.Question)
	case l.Duplicate != nil:
		p.Duplicates = append(p.Duplicates, *l.Duplicate)
	case l.Finding != nil:
		p.Findings = append(p.Findings, *l.Finding)
	case l.Footer != nil:
		return l.Footer, nil
	default:
		return nil, &PlanFileError{fmt.Sprintf("line %d of the plan file says nothing; make the plan again", n)}
	}
	return nil, nil
}

// checkFormat refuses a plan of a format that is not read before its fields are looked
// at, which may be other ones.
func checkFormat(text []byte) error {
	var head struct {
		Header struct {
			Format  int    `json:"format"`
			Version string `json:"version"`
		} `json:"header"`
	}
	if json.Unmarshal(text, &head) != nil || head.Header.Format == 0 {
		return &PlanFileError{"not a plan file: it does not begin with a header"}
	}
	by := fmt.Sprintf("the plan has format %d (made by reconkit %s); this reconkit reads formats %d to %d", head.Header.Format, diag.Shorten(head.Header.Version, 40), PlanFormatRead, PlanFormat)
	switch {
	case head.Header.Format > PlanFormat:
		return &PlanFileError{by + ": use that one, or make the plan again"}
	case head.Header.Format < PlanFormatRead:
		return &PlanFileError{by + ": make the plan again"}
	}
	return nil
}

func (p *Plan) verify(f *footer, checksum string) error {
	p.Digest = f.Digest
	switch {
	case f.Checksum != checksum, f.Changes != len(p.Changes), f.Blocked != len(p.Blocked):
		return &PlanFileError{"the plan file was changed after it was made (its checksum does not fit); make the plan again"}
	case p.Header.Format == PlanFormat && p.digest() != f.Digest: // it may be made otherwise in an older one
		return &PlanFileError{"the changes of the plan do not fit its digest; make the plan again"}
	}
	for i := range p.Changes {
		if b := p.Changes[i].Binding; b < 0 || b >= len(p.Header.Bindings) {
			return &PlanFileError{fmt.Sprintf("change %d of the plan is about a target that the plan does not have; make the plan again", i+1)}
		}
	}
	return nil
}
