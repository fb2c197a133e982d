package parquet

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"

	"github.com/apache/arrow/go/v15/arrow/memory"
	arrowparquet "github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/schema"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// Limits of a page. A larger one is taken for damage.
const (
	pageBytesMax       = 256 << 20 // bytes, uncompressed
	pageValuesMax      = 1 << 26   // values
	pageHeaderBytesMax = 1 << 20   // bytes; a header may carry long statistics
	pageHeaderBytes    = 512       // bytes that are looked at first
)

// snappyRatioMax is above what Snappy can reach: three bytes become 64.
const snappyRatioMax = 32

// pages reads the pages of one column chunk for Arrow's column reader. It
// stands in for Arrow's own page reader, which allocates what a header
// claims, does not check the checksum, and passes on pages that make the
// column reader panic or never return.
type pages struct {
	r        io.ReaderAt
	pos, end int64 // of the chunk in the file
	column   *schema.Column
	codec    compress.Compression
	zstd     *zstd.Decoder
	left     int64 // values still to come
	dict     bool  // a dictionary was seen
	buffers  *buffers
	page     file.Page
	err      error

	// returns says that whoever reads the values calls passed and release.
	returns bool
	lent    [][]byte // what the values of data pages look at, the current page last
	held    []byte   // the dictionary
}

var _ file.PageReader = (*pages)(nil)

// SetMaxPageHeaderSize does nothing: the limit is fixed.
func (p *pages) SetMaxPageHeaderSize(int) {}

// Page returns the page that Next read.
func (p *pages) Page() file.Page { return p.page }

// Err returns why Next returned false, or nil at the end.
func (p *pages) Err() error { return p.err }

// Reset is not used: each chunk has a reader of its own.
func (p *pages) Reset(arrowparquet.BufferedReader, int64, compress.Compression, *file.CryptoContext) {
	p.page, p.err = nil, errors.New("a page reader cannot be used for a second chunk")
}

// Next reads the next page that holds values.
func (p *pages) Next() bool {
	p.page = nil
	for p.err == nil && p.page == nil && p.left > 0 {
		p.page, p.err = p.next()
	}
	return p.err == nil && p.page != nil
}

// next reads one page; it returns nil for one of no use here.
func (p *pages) next() (file.Page, error) {
	h, err := p.header()
	if err != nil {
		return nil, err
	}
	at := p.pos
	p.pos += h.compressed
	if h.typ != pageData && h.typ != pageDictionary && h.typ != pageDataV2 {
		return nil, nil
	}
	raw := p.buffers.get(int(h.compressed))[:h.compressed]
	if p.codec != compress.Codecs.Uncompressed && !h.plainV2 {
		defer p.buffers.put(raw) // what Arrow sees is decompressed, in other memory
	}
	if _, err := p.r.ReadAt(raw, at); err != nil {
		return nil, fmt.Errorf("a page cannot be read: %w", err)
	}
	if h.hasCRC && crc32.ChecksumIEEE(raw) != h.crc {
		return nil, errors.New("the checksum of a page does not fit: the file is damaged")
	}
	switch h.typ {
	case pageDictionary:
		return p.dictionary(h, raw)
	case pageData:
		return p.dataV1(h, raw)
	default:
		return p.dataV2(h, raw)
	}
}

// lend notes what the values of the page look at. That of some encodings is not
// taken back, since their decoders remember values of the page before.
func (p *pages) lend(data []byte, encoding arrowparquet.Encoding) {
	switch encoding {
	case arrowparquet.Encodings.Plain, arrowparquet.Encodings.PlainDict, arrowparquet.Encodings.RLEDict:
		if p.returns {
			p.lent = append(p.lent, data)
		}
	}
}

// passed says that nobody looks any more at the values that were read so far.
func (p *pages) passed() {
	if n := len(p.lent) - 1; n > 0 {
		p.buffers.put(p.lent[:n]...)
		p.lent = append(p.lent[:0], p.lent[n])
	}
}

// release says that nobody looks any more at any value of the chunk, nor reads
// on.
func (p *pages) release() {
	p.buffers.put(p.lent...)
	p.buffers.put(p.held)
	p.lent, p.held = nil, nil
}

// header reads the header at the position and moves behind it.
func (p *pages) header() (pageHeader, error) {
	for size := int64(pageHeaderBytes); ; size *= 2 {
		size = min(size, p.end-p.pos)
		if size <= 0 {
			return pageHeader{}, fmt.Errorf("the column ends %d values too early", p.left)
		}
		buf := make([]byte, size)
		if _, err := p.r.ReadAt(buf, p.pos); err != nil {
			return pageHeader{}, fmt.Errorf("a page header cannot be read: %w", err)
		}
		h, n, err := readPageHeader(buf)
		if errors.Is(err, errThriftShort) && size < p.end-p.pos && size < pageHeaderBytesMax {
			continue
		}
		if err != nil {
			return h, fmt.Errorf("a page header is damaged: %w", err)
		}
		p.pos += int64(n)
		return h, p.checkHeader(h)
	}
}

func (p *pages) checkHeader(h pageHeader) error {
	switch {
	case h.compressed < 0 || h.uncompressed < 0 || h.compressed > p.end-p.pos:
		return fmt.Errorf("a page of %d bytes does not fit into its column", h.compressed)
	case h.typ == pageIndex:
		return nil
	case h.uncompressed > pageBytesMax:
		return fmt.Errorf("a page holds %d bytes; the limit is %d", h.uncompressed, pageBytesMax)
	case p.codec == compress.Codecs.Uncompressed && h.compressed != h.uncompressed:
		return errors.New("a page that is not compressed has two sizes")
	case p.codec == compress.Codecs.Snappy && h.uncompressed > h.compressed*snappyRatioMax:
		return fmt.Errorf("a page claims that %d bytes become %d", h.compressed, h.uncompressed)
	case !h.hasData:
		return fmt.Errorf("a page of type %d has no header of that type", h.typ)
	case h.values < 0 || h.values > pageValuesMax:
		return fmt.Errorf("a page claims %d values", h.values)
	case h.typ != pageDictionary && h.values > p.left:
		return fmt.Errorf("a page holds %d values where only %d are left", h.values, p.left)
	case h.encoding < 0 || h.encoding > math.MaxInt8:
		return fmt.Errorf("a page has the unknown encoding %d", h.encoding)
	}
	return nil
}

func (p *pages) dictionary(h pageHeader, raw []byte) (file.Page, error) {
	if p.dict {
		return nil, errors.New("it has two dictionaries")
	}
	p.dict = true
	data, err := p.decompress(nil, raw, h.uncompressed)
	if err != nil {
		return nil, err
	}
	if err := p.checkPlain(data, int(h.values)); err != nil {
		return nil, fmt.Errorf("its dictionary: %w", err)
	}
	p.held = data
	return file.NewDictionaryPage(memory.NewBufferBytes(data), int32(h.values), arrowparquet.Encoding(h.encoding)), nil
}

func (p *pages) dataV1(h pageHeader, raw []byte) (file.Page, error) {
	data, err := p.decompress(nil, raw, h.uncompressed)
	if err != nil {
		return nil, err
	}
	rest, full := data, int(h.values)
	for _, l := range []struct {
		name     string
		levelMax int16
		encoding int64
		def      bool
	}{{"repetition", p.column.MaxRepetitionLevel(), h.repEncoding, false},
		{"definition", p.column.MaxDefinitionLevel(), h.defEncoding, true}} {
		if l.levelMax == 0 {
			continue
		}
		if arrowparquet.Encoding(l.encoding) != arrowparquet.Encodings.RLE {
			return nil, fmt.Errorf("its %s levels have the unsupported encoding %d", l.name, l.encoding)
		}
		levels, behind, err := prefixed(rest)
		if err != nil {
			return nil, fmt.Errorf("its %s levels: %w", l.name, err)
		}
		rest = behind
		n, err := levelRuns(levels, l.levelMax, int(h.values))
		if err != nil {
			return nil, fmt.Errorf("its %s levels: %w", l.name, err)
		}
		if l.def {
			full = n
		}
	}
	if err := p.checkValues(rest, arrowparquet.Encoding(h.encoding), full); err != nil {
		return nil, err
	}
	p.left -= h.values
	p.lend(data, arrowparquet.Encoding(h.encoding))
	return file.NewDataPageV1(memory.NewBufferBytes(data), int32(h.values), arrowparquet.Encoding(h.encoding),
		arrowparquet.Encoding(h.defEncoding), arrowparquet.Encoding(h.repEncoding), int32(len(data))), nil
}

func (p *pages) dataV2(h pageHeader, raw []byte) (file.Page, error) {
	levels := h.defBytes + h.repBytes
	if h.defBytes < 0 || h.repBytes < 0 || levels > h.compressed || levels > h.uncompressed {
		return nil, errors.New("the levels of a page are longer than the page")
	}
	data := raw
	if !h.plainV2 && p.codec != compress.Codecs.Uncompressed {
		var err error
		if data, err = p.decompress(raw[:levels], raw[levels:], h.uncompressed-levels); err != nil {
			return nil, err
		}
	}
	full := int(h.values)
	if m := p.column.MaxRepetitionLevel(); m > 0 {
		if _, err := levelRuns(data[:h.repBytes], m, int(h.values)); err != nil {
			return nil, fmt.Errorf("its repetition levels: %w", err)
		}
	}
	if m := p.column.MaxDefinitionLevel(); m > 0 {
		n, err := levelRuns(data[h.repBytes:levels], m, int(h.values))
		if err != nil {
			return nil, fmt.Errorf("its definition levels: %w", err)
		}
		full = n
	}
	if err := p.checkValues(data[levels:], arrowparquet.Encoding(h.encoding), full); err != nil {
		return nil, err
	}
	p.left -= h.values
	p.lend(data, arrowparquet.Encoding(h.encoding))
	return file.NewDataPageV2(memory.NewBufferBytes(data), int32(h.values), int32(h.nulls), int32(h.rows),
		arrowparquet.Encoding(h.encoding), int32(h.defBytes), int32(h.repBytes), int32(len(data)), !h.plainV2), nil
}

// decompress returns the size bytes that raw holds, behind those of head, which
// only a page that is compressed has. The result is never larger, whatever raw
// claims. It shares no memory with raw, unless the column is not compressed.
func (p *pages) decompress(head, raw []byte, size int64) ([]byte, error) {
	if p.codec == compress.Codecs.Uncompressed {
		return raw, sized(raw, size)
	}
	if size == 0 && len(raw) == 0 {
		return slices.Clone(head), nil
	}
	room := append(p.buffers.get(len(head)+int(size)), head...)
	switch p.codec {
	case compress.Codecs.Zstd:
		data, err := p.zstd.DecodeAll(raw, room)
		if err != nil {
			return nil, fmt.Errorf("a page cannot be decompressed: %w", err)
		}
		return data, sized(data[len(head):], size)
	case compress.Codecs.Snappy:
		if !snappyFits(raw, size) {
			return nil, errors.New("a page is not of the size that its header claims")
		}
		data := room[:len(head)+int(size)]
		if _, err := s2.Decode(data[len(head):], raw); err != nil {
			return nil, fmt.Errorf("a page cannot be decompressed: %w", err)
		}
		return data, nil
	}
	codec, err := compress.GetCodec(p.codec)
	if err != nil {
		return nil, err
	}
	data := codec.Decode(make([]byte, size), raw) // panics on damage; the reader of the chunk recovers
	return append(room, data...), sized(data, size)
}

// sized makes sure that a page holds what its header claims.
func sized(data []byte, size int64) error {
	if int64(len(data)) != size {
		return fmt.Errorf("a page holds %d bytes, not the %d that its header claims", len(data), size)
	}
	return nil
}

// checkValues makes sure that the values of a page are as many as its levels
// promise, as far as a decoder of Arrow would not notice by itself.
func (p *pages) checkValues(data []byte, encoding arrowparquet.Encoding, n int) error {
	if n == 0 {
		return nil
	}
	var err error
	switch encoding {
	case arrowparquet.Encodings.Plain:
		err = p.checkPlain(data, n)
	case arrowparquet.Encodings.PlainDict, arrowparquet.Encodings.RLEDict:
		if !p.dict {
			return errors.New("a page refers to a dictionary that is missing")
		}
		if len(data) == 0 {
			return errors.New("its values: it is cut off")
		}
		err = runs(data[1:], int(data[0]), n, nil)
	case arrowparquet.Encodings.RLE:
		var values []byte
		if values, _, err = prefixed(data); err == nil {
			err = runs(values, 1, n, nil)
		}
	default:
		err = deltaCount(data, n)
	}
	if err != nil {
		return fmt.Errorf("its values: %w", err)
	}
	return nil
}

// checkPlain makes sure that n plain values can be there.
func (p *pages) checkPlain(data []byte, n int) error {
	width := 0 // bits
	switch p.column.PhysicalType() {
	case arrowparquet.Types.Boolean:
		width = 1
	case arrowparquet.Types.Int32, arrowparquet.Types.Float, arrowparquet.Types.ByteArray: // a byte array has a length of four bytes
		width = 32
	case arrowparquet.Types.Int64, arrowparquet.Types.Double:
		width = 64
	case arrowparquet.Types.Int96:
		width = 96
	default:
		width = 8 * p.column.TypeLength()
	}
	if (n*width+7)/8 > len(data) {
		return fmt.Errorf("%d bytes cannot hold %d values", len(data), n)
	}
	return nil
}
