package csv

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/wlynxg/chardet"
	"golang.org/x/text/encoding/charmap"
)

// Samples on which a file is judged.
const (
	encodingSampleBytes  = 256 << 10 // bytes at the start of a file, for its encoding
	hintSampleBytes      = 16 << 10  // of those, what the slower second opinion sees
	delimiterSampleBytes = 64 << 10  // bytes of text, for its delimiter and line breaks
)

// charset is an encoding of text.
type charset string

const (
	charsetAuto charset = "auto"
	utf8Text    charset = "utf-8"
	utf16Text   charset = "utf-16" // by byte order mark, else as it looks
	utf16LE     charset = "utf-16le"
	utf16BE     charset = "utf-16be"
	windows1252 charset = "windows-1252"
	iso88591    charset = "iso-8859-1"
)

// parseCharset reads the name of an encoding.
func parseCharset(name string) (charset, error) {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "", "auto":
		return charsetAuto, nil
	case "utf-8", "utf8", "utf-8-bom", "utf-8-sig", "utf8-bom":
		return utf8Text, nil
	case "utf-16", "utf16":
		return utf16Text, nil
	case "utf-16le", "utf-16-le", "utf16le":
		return utf16LE, nil
	case "utf-16be", "utf-16-be", "utf16be":
		return utf16BE, nil
	case "windows-1252", "windows1252", "cp1252", "ansi":
		return windows1252, nil
	case "iso-8859-1", "iso8859-1", "latin1", "latin-1":
		return iso88591, nil
	}
	return "", fmt.Errorf("encoding: %q is not known (auto, utf-8, utf-16, utf-16le, utf-16be, windows-1252, iso-8859-1)", name)
}

// marks are the byte order marks, longest first.
var marks = []struct {
	bytes   string
	charset charset // "": an encoding that is not read here
}{
	{"\xff\xfe\x00\x00", ""}, // UTF-32
	{"\x00\x00\xfe\xff", ""},
	{"\xef\xbb\xbf", utf8Text},
	{"\xff\xfe", utf16LE},
	{"\xfe\xff", utf16BE},
}

// foreign are the first bytes of files that are often met under the name of a
// CSV file, and what to do about them.
var foreign = []struct{ magic, advice string }{
	{gzipMagic, "it is compressed with gzip: its name must end in .gz"},
	{"\x28\xb5\x2f\xfd", "it is compressed with zstd: its name must end in .zst"},
	{"PK\x03\x04", "it is a ZIP or Excel file: save it as CSV first"},
	{"\xd0\xcf\x11\xe0", "it is an old Excel file: save it as CSV first"},
	{"PAR1", "it is a Parquet file: say type: parquet"},
	{"%PDF-", "it is a PDF file"},
	{"SQLite format 3\x00", "it is an SQLite database"},
}

// judge decides the encoding of a file by its first bytes, and how many of
// them are a byte order mark. A mark decides; else the encoding that was named;
// else, in this order: many zero bytes in every second place are UTF-16; bytes
// that are mostly valid UTF-8 are UTF-8, and rows that are not are rejected;
// the rest is Windows-1252, of which ISO-8859-1 text is a part.
func judge(head []byte, named charset) (c charset, mark int, err error) {
	for _, f := range foreign {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return "", 0, fmt.Errorf("this is not a text file; %s", f.advice)
		}
	}
	for _, m := range marks {
		if !bytes.HasPrefix(head, []byte(m.bytes)) {
			continue
		}
		switch {
		case m.charset == "":
			return "", 0, fmt.Errorf("the file begins with the byte order mark of UTF-32, which is not read; save it as UTF-8")
		case named == charsetAuto, named == m.charset, named == utf16Text && m.charset != utf8Text:
			return m.charset, len(m.bytes), nil
		default:
			return "", 0, fmt.Errorf("the file begins with the byte order mark of %s, but encoding says %s; leave the option away", m.charset, named)
		}
	}
	switch wide := looksWide(head); {
	case named == utf16Text && wide == "":
		return utf16LE, 0, nil // what Windows writes
	case named == utf16Text, named == charsetAuto && wide != "":
		return wide, 0, nil
	case named != charsetAuto:
		return named, 0, nil
	case looksUTF8(head):
		return utf8Text, 0, nil
	}
	return windows1252, 0, nil
}

// widePairsMin is the number of byte pairs below which nothing is concluded
// from zero bytes.
const widePairsMin = 4

// looksWide tells UTF-16 without a mark by the zero bytes that its delimiters
// and line breaks leave at every second place; "" when there are too few, or
// when they are not those of line breaks: a zero byte that strayed into a short
// text is none.
func looksWide(head []byte) charset {
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i&1]++
		}
	}
	pairs := len(head) / 2
	switch {
	case pairs < widePairsMin:
		return ""
	case zeros[1]*5 > pairs && zeros[0]*50 < pairs && breaksWide(head, 0):
		return utf16LE
	case zeros[0]*5 > pairs && zeros[1]*50 < pairs && breaksWide(head, 1):
		return utf16BE
	}
	return ""
}

// breaksWide reports whether the text, taken as UTF-16 whose low byte stands at
// offset low of each pair, has line breaks, or none in any case. Half a break is
// part of another character, which is rarer than a line.
func breaksWide(head []byte, low int) bool {
	whole, half := 0, 0
	for i := 0; i+2 <= len(head); i += 2 {
		switch c := head[i+low]; {
		case c != '\n' && c != '\r':
		case head[i+1-low] == 0:
			whole++
		default:
			half++
		}
	}
	return whole > half || bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') < 0
}

// brokenPerWholeMax is how many bytes that belong to no character there may be
// for each well-formed one beyond ASCII in text that is still taken as UTF-8.
const brokenPerWholeMax = 8

// looksUTF8 reports whether the bytes are UTF-8, apart from some damage. Text of
// another encoding forms hardly any character of UTF-8 by chance, so that a few
// well-formed ones outweigh several broken bytes: a damaged row is rejected and
// seen, where reading the file as Windows-1252 would garble the good rows in
// silence. A character that the end cuts is no damage.
func looksUTF8(head []byte) bool {
	if utf8.Valid(head) {
		return true
	}
	whole, broken := 0, 0
	for i := 0; i < len(head); {
		if head[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(head[i:])
		switch {
		case r != utf8.RuneError || n > 1:
			whole++
		case !utf8.FullRune(head[i:]):
			return whole >= broken
		default:
			broken++
		}
		i += n
	}
	return broken <= whole*brokenPerWholeMax
}

// hintConfidenceMin is how sure, from 0 to 1, the second opinion must be.
const hintConfidenceMin = 0.8

// hint is a second opinion on a file that was taken as Windows-1252: the name
// of another encoding that it looks like, or "".
func hint(head []byte) string {
	result := chardet.Detect(head[:min(len(head), hintSampleBytes)])
	switch strings.ToLower(result.Encoding) {
	case "", "ascii", "windows-1252", "iso-8859-1", "iso-8859-15", "utf-8":
		return ""
	}
	if result.Confidence < hintConfidenceMin {
		return ""
	}
	return result.Encoding
}

// decoderBytes is how much is decoded at a time.
const decoderBytes = 64 << 10 // bytes

// decoder turns text of another encoding into UTF-8.
type decoder struct {
	src    io.Reader
	decode func(dst, src []byte, eof bool) (out []byte, used int)
	in     []byte
	n      int // bytes of in that wait
	out    []byte
	pos    int
	err    error
}

// newDecoder returns src as UTF-8. Text that is not valid in its encoding
// becomes bytes that are not valid UTF-8, so that its row is rejected.
func newDecoder(src io.Reader, c charset) io.Reader {
	d := &decoder{src: src, in: make([]byte, decoderBytes)}
	switch c {
	case utf16LE:
		d.decode = func(dst, src []byte, eof bool) ([]byte, int) { return decodeWide(dst, src, 0, eof) }
	case utf16BE:
		d.decode = func(dst, src []byte, eof bool) ([]byte, int) { return decodeWide(dst, src, 1, eof) }
	case windows1252:
		d.decode = decodeBytes(charmap.Windows1252)
	case iso88591:
		d.decode = decodeBytes(charmap.ISO8859_1)
	default:
		return src
	}
	return d
}

func (d *decoder) Read(p []byte) (int, error) {
	for range emptyReadsMax {
		if d.pos < len(d.out) {
			n := copy(p, d.out[d.pos:])
			d.pos += n
			return n, nil
		}
		if d.err != nil {
			return 0, d.err
		}
		n, err := d.src.Read(d.in[d.n:])
		d.n += n
		d.err = err
		out, used := d.decode(d.out[:0], d.in[:d.n], err == io.EOF)
		d.out, d.pos = out, 0
		d.n = copy(d.in, d.in[used:d.n])
	}
	return 0, io.ErrNoProgress
}

// decodeBytes decodes an encoding of one byte a character. A byte that it does
// not know stays as it is, which is not UTF-8, so that its row is rejected.
func decodeBytes(m *charmap.Charmap) func(dst, src []byte, eof bool) ([]byte, int) {
	var table [256]rune
	for i := range table {
		table[i] = m.DecodeByte(byte(i))
	}
	return func(dst, src []byte, _ bool) ([]byte, int) {
		for _, c := range src {
			if c < utf8.RuneSelf {
				dst = append(dst, c)
				continue
			}
			if table[c] == utf8.RuneError {
				dst = append(dst, c)
				continue
			}
			dst = utf8.AppendRune(dst, table[c])
		}
		return dst, len(src)
	}
}

// decodeWide decodes UTF-16, whose low byte stands at offset low of each pair.
// A surrogate without its partner is written as the three bytes that UTF-8
// forbids for it, an odd last byte as 0xFF.
func decodeWide(dst, src []byte, low int, eof bool) ([]byte, int) {
	i := 0
	for ; i+2 <= len(src); i += 2 {
		r := rune(src[i+low]) | rune(src[i+1-low])<<8
		if !utf16.IsSurrogate(r) {
			dst = utf8.AppendRune(dst, r)
			continue
		}
		if i+4 > len(src) && !eof {
			return dst, i
		}
		if i+4 <= len(src) {
			second := rune(src[i+2+low]) | rune(src[i+3-low])<<8
			if both := utf16.DecodeRune(r, second); both != utf8.RuneError {
				dst = utf8.AppendRune(dst, both)
				i += 2
				continue
			}
		}
		dst = append(dst, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
	}
	if eof && i < len(src) {
		return append(dst, 0xff), len(src)
	}
	return dst, i
}
