package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/apache/arrow/go/v15/arrow/memory"
	arrowparquet "github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/klauspost/compress/zstd"

	"github.com/reconkit/reconkit/pipeline"
)

const (
	footerTail = 8                // bytes: the length of the footer, and the magic
	magicHead  = 4                // bytes: the magic at the start
	rowsMax    = math.MaxInt32    // records of one file
	zstdMemory = 2 * pageBytesMax // bytes that decompressing one page may take
)

// openFile is one Parquet file that is being read.
type openFile struct {
	place     string
	source    string
	batchRows int
	workers   int // columns that are decoded at a time
	f         *os.File
	size      int64
	reader    *file.Reader
	leaves    []leaf
	schema    *pipeline.Schema
	zstd      *zstd.Decoder
	buffers   buffers
}

// open opens a file and checks its footer.
func (s *Source) open(place string) (*openFile, error) {
	f, err := os.Open(s.resolve(place))
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return nil, fmt.Errorf("read %s: %w", place, err)
	}
	o := &openFile{place: place, source: s.config.Name, batchRows: s.config.BatchRows, workers: s.config.Workers, f: f}
	if err := o.readFooter(s.config.Columns); err != nil {
		o.close()
		return nil, fmt.Errorf("read %s: %w", place, err)
	}
	return o, nil
}

func (o *openFile) close() {
	if o.zstd != nil {
		o.zstd.Close()
	}
	o.f.Close() // read only: nothing can be lost
}

func (o *openFile) readFooter(columns []string) error {
	info, err := o.f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is not a regular file")
	}
	o.size = info.Size()
	if err := o.checkTail(); err != nil {
		return err
	}
	err = guard(func() error {
		var err error
		o.reader, err = file.NewParquetReader(section{io.NewSectionReader(o.f, 0, o.size)},
			file.WithReadProps(arrowparquet.NewReaderProperties(memory.NewGoAllocator())))
		if err != nil {
			return err
		}
		if err := o.checkRows(); err != nil {
			return err
		}
		o.leaves, err = leavesOf(o.reader.MetaData().Schema, columns)
		return err
	})
	if err != nil {
		return err
	}
	fields := make([]pipeline.Field, len(o.leaves))
	for i, l := range o.leaves {
		fields[i] = pipeline.Field{Name: l.name, Type: l.typ}
	}
	o.schema, err = pipeline.NewSchema(fields...)
	return err
}

// section keeps Arrow from closing the file.
type section struct{ *io.SectionReader }

// checkTail reads the end of the file and checks the footer before Arrow
// decodes it.
func (o *openFile) checkTail() error {
	if o.size < footerTail+magicHead {
		return fmt.Errorf("it is not a Parquet file: it has only %d bytes", o.size)
	}
	var tail [footerTail]byte
	if _, err := o.f.ReadAt(tail[:], o.size-footerTail); err != nil {
		return err
	}
	switch magic := string(tail[4:]); magic {
	case "PAR1":
	case "PARE":
		return errors.New("it is encrypted, which is not supported")
	default:
		return errors.New("it is not a Parquet file, or it was cut off: it does not end in PAR1")
	}
	n := int64(binary.LittleEndian.Uint32(tail[:4]))
	if n > o.size-footerTail-magicHead {
		return fmt.Errorf("the footer is damaged: it claims %d bytes of a file of %d", n, o.size)
	}
	footer := make([]byte, n)
	if _, err := o.f.ReadAt(footer, o.size-footerTail-n); err != nil {
		return err
	}
	return checkFooter(footer)
}

// checkRows makes sure that the row groups have the records that the file
// promises.
func (o *openFile) checkRows() error {
	total := int64(0)
	for g := range o.reader.NumRowGroups() {
		n := o.reader.RowGroup(g).NumRows()
		if n < 0 || n > rowsMax-total {
			return fmt.Errorf("row group %d claims %d records; a file may hold %d", g+1, n, rowsMax)
		}
		total += n
	}
	if promised := o.reader.NumRows(); promised != total {
		return fmt.Errorf("the footer is damaged: it promises %d records, its row groups hold %d", promised, total)
	}
	return nil
}

// guard runs f and turns a panic of Arrow, which it answers many kinds of
// damage with, into an error.
func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the file is damaged: %v", r)
		}
	}()
	return f()
}

// openGroup opens the columns of row group g that the schema names, in its
// order.
func (o *openFile) openGroup(g int, s *pipeline.Schema) (*group, error) {
	var rows *file.RowGroupReader
	if err := guard(func() error { rows = o.reader.RowGroup(g); return nil }); err != nil {
		return nil, fmt.Errorf("read %s: row group %d: %w", o.place, g+1, err)
	}
	gr := &group{file: o, number: g + 1, left: int(rows.NumRows()), schema: s, columns: make([]column, s.Len())}
	for _, l := range o.leaves {
		err := guard(func() error {
			c, err := o.openColumn(rows, l)
			gr.columns[s.Index(l.name)] = c
			return err
		})
		if err != nil {
			return nil, gr.errorIn(l.name, err)
		}
	}
	return gr, nil
}

func (o *openFile) openColumn(rows *file.RowGroupReader, l leaf) (column, error) {
	meta := o.reader.MetaData()
	if rows.NumColumns() != meta.Schema.NumColumns() {
		return nil, fmt.Errorf("it has %d columns, the schema %d", rows.NumColumns(), meta.Schema.NumColumns())
	}
	chunk, err := rows.MetaData().ColumnChunk(l.index)
	if err != nil {
		return nil, err
	}
	descr := meta.Schema.Column(l.index)
	start := chunk.DataPageOffset()
	if d := chunk.DictionaryPageOffset(); chunk.HasDictionaryPage() && d > 0 && d < start {
		start = d
	}
	length := chunk.TotalCompressedSize()
	switch {
	case chunk.CryptoMetadata() != nil:
		return nil, errors.New("it is encrypted, which is not supported")
	case chunk.FilePath() != "":
		return nil, errors.New("its values are in another file, which is not supported")
	case chunk.Type() != descr.PhysicalType():
		return nil, fmt.Errorf("it is of type %s, the schema says %s", chunk.Type(), descr.PhysicalType())
	case chunk.NumValues() > 0 && start < magicHead || length < 0 || start > o.size || length > o.size-footerTail-start:
		return nil, fmt.Errorf("it claims the bytes %d to %d of a file of %d", start, start+length, o.size)
	case chunk.NumValues() < 0 || (!l.list && chunk.NumValues() != rows.NumRows()):
		return nil, fmt.Errorf("it has %d values for %d records", chunk.NumValues(), rows.NumRows())
	}
	if _, err := compress.GetCodec(chunk.Compression()); err != nil {
		return nil, err
	}
	if o.zstd == nil && chunk.Compression() == compress.Codecs.Zstd {
		o.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(o.workers), zstd.WithDecoderMaxMemory(zstdMemory))
		if err != nil {
			return nil, err
		}
	}
	p := &pages{r: o.f, pos: start, end: start + length, column: descr, codec: chunk.Compression(),
		zstd: o.zstd, left: chunk.NumValues(), buffers: &o.buffers}
	reader := file.NewColumnReader(descr, p, memory.DefaultAllocator, o.reader.BufferPool())
	return newColumn(l, reader, descr, p)
}
