package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The footer and the page headers are in Thrift's compact protocol. Arrow
// decodes the footer; this reader looks at it first, for the numbers that
// Arrow would take on trust and allocate for, and it decodes the page headers,
// whose reader in Arrow allocates whatever size a header claims.

// Types of the compact protocol.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftI8     = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
)

// thriftDepthMax is the nesting of structs and lists that is followed.
const thriftDepthMax = 64 // levels

var errThriftShort = errors.New("it ends too early")

// compact reads Thrift's compact protocol from a slice.
type compact struct {
	b     []byte
	pos   int
	depth int
}

func (c *compact) byte() (byte, error) {
	if c.pos >= len(c.b) {
		return 0, errThriftShort
	}
	c.pos++
	return c.b[c.pos-1], nil
}

func (c *compact) varint() (uint64, error) {
	v, n := binary.Uvarint(c.b[c.pos:])
	switch {
	case n == 0:
		return 0, errThriftShort
	case n < 0:
		return 0, errors.New("a number is longer than 64 bits")
	}
	c.pos += n
	return v, nil
}

func (c *compact) zigzag() (int64, error) {
	v, err := c.varint()
	return int64(v>>1) ^ -int64(v&1), err
}

// skip passes n bytes over.
func (c *compact) skip(n uint64) error {
	if n > uint64(len(c.b)-c.pos) {
		return errThriftShort
	}
	c.pos += int(n)
	return nil
}

// fields calls visit for each field of a struct. Visit reads the value and
// returns true, or returns false to have it skipped. A boolean's value is in
// its type.
func (c *compact) fields(visit func(id int16, typ byte) (bool, error)) error {
	c.depth++
	defer func() { c.depth-- }()
	if c.depth > thriftDepthMax {
		return errors.New("it is nested too deep")
	}
	id := int16(0)
	for {
		head, err := c.byte()
		if err != nil {
			return err
		}
		if head == 0 {
			return nil
		}
		if delta := head >> 4; delta != 0 {
			id += int16(delta)
		} else {
			long, err := c.zigzag()
			if err != nil {
				return err
			}
			id = int16(long)
		}
		read, err := visit(id, head&0xf)
		if err == nil && !read {
			err = c.skipValue(head&0xf, false)
		}
		if err != nil {
			return err
		}
	}
}

// list returns the type and number of the members that follow.
func (c *compact) list() (typ byte, n int, err error) {
	head, err := c.byte()
	if err != nil {
		return 0, 0, err
	}
	size := uint64(head >> 4)
	if size == 15 {
		if size, err = c.varint(); err != nil {
			return 0, 0, err
		}
	}
	if size > uint64(len(c.b)-c.pos) {
		return 0, 0, fmt.Errorf("a list claims %d members, more than there are bytes", size)
	}
	return head & 0xf, int(size), nil
}

// skipValue passes over one value. In a list, booleans take a byte.
func (c *compact) skipValue(typ byte, inList bool) error {
	switch typ {
	case thriftTrue, thriftFalse:
		if inList {
			return c.skip(1)
		}
		return nil
	case thriftI8:
		return c.skip(1)
	case thriftI16, thriftI32, thriftI64:
		_, err := c.varint()
		return err
	case thriftDouble:
		return c.skip(8)
	case thriftBinary:
		n, err := c.varint()
		if err != nil {
			return err
		}
		return c.skip(n)
	case thriftList, thriftSet:
		return c.skipList()
	case thriftMap:
		return c.skipMap()
	case thriftStruct:
		return c.fields(func(int16, byte) (bool, error) { return false, nil })
	default:
		return fmt.Errorf("it holds a value of the unknown type %d", typ)
	}
}

func (c *compact) skipList() error {
	c.depth++
	defer func() { c.depth-- }()
	if c.depth > thriftDepthMax {
		return errors.New("it is nested too deep")
	}
	typ, n, err := c.list()
	for range n {
		if err != nil {
			break
		}
		err = c.skipValue(typ, true)
	}
	return err
}

func (c *compact) skipMap() error {
	c.depth++
	defer func() { c.depth-- }()
	if c.depth > thriftDepthMax {
		return errors.New("it is nested too deep")
	}
	n, err := c.varint()
	if err != nil || n == 0 {
		return err
	}
	types, err := c.byte()
	for range min(n, uint64(len(c.b))) {
		if err == nil {
			err = c.skipValue(types>>4, true)
		}
		if err == nil {
			err = c.skipValue(types&0xf, true)
		}
		if err != nil {
			return err
		}
	}
	return err
}

// Limits of a schema.
const (
	schemaNodesMax = 100_000 // columns and groups
	schemaDepthMax = 64      // levels
)

// checkFooter refuses a footer whose schema claims more children than there
// are, or nests without end. Arrow allocates for the first and recurses for
// the second, and neither failure can be recovered from.
func checkFooter(footer []byte) error {
	c := &compact{b: footer}
	var children []int64
	err := c.fields(func(id int16, typ byte) (bool, error) {
		if id != 2 || typ != thriftList {
			return false, nil
		}
		member, n, err := c.list()
		if err != nil {
			return true, err
		}
		if member != thriftStruct || n > schemaNodesMax {
			return true, fmt.Errorf("its schema has %d nodes of type %d", n, member)
		}
		for range n {
			count, err := schemaChildren(c)
			if err != nil {
				return true, err
			}
			children = append(children, count)
		}
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("the footer is damaged: %w", err)
	}
	return checkTree(children)
}

// schemaChildren reads one SchemaElement for its number of children.
func schemaChildren(c *compact) (int64, error) {
	count := int64(0)
	err := c.fields(func(id int16, typ byte) (bool, error) {
		if id != 5 || typ != thriftI32 {
			return false, nil
		}
		var err error
		count, err = c.zigzag()
		return true, err
	})
	return count, err
}

// checkTree walks nodes written in depth-first order by their numbers of
// children.
func checkTree(children []int64) error {
	var open []int64 // children still to come, per level
	for i, n := range children {
		if n < 0 || n > int64(len(children)-1-i) {
			return fmt.Errorf("the footer is damaged: node %d of the schema claims %d children", i, n)
		}
		if len(open) > 0 {
			open[len(open)-1]--
		}
		if n > 0 {
			open = append(open, n)
		}
		for len(open) > 0 && open[len(open)-1] == 0 {
			open = open[:len(open)-1]
		}
		if len(open) > schemaDepthMax {
			return fmt.Errorf("its schema is nested more than %d levels deep", schemaDepthMax)
		}
	}
	return nil
}

// pageHeader is what is used of a page header.
type pageHeader struct {
	typ                      int64 // one of the page constants
	uncompressed, compressed int64 // bytes
	crc                      uint32
	hasCRC                   bool
	values                   int64
	encoding                 int64
	defEncoding, repEncoding int64 // V1
	nulls, rows              int64 // V2
	defBytes, repBytes       int64 // V2
	plainV2                  bool  // V2: the values are not compressed
	hasData                  bool  // the part that fits typ was there
}

// Types of pages.
const (
	pageData       = 0
	pageIndex      = 1
	pageDictionary = 2
	pageDataV2     = 3
)

// readPageHeader decodes the page header at the start of b and returns its
// length. It returns errThriftShort when b ends within it.
func readPageHeader(b []byte) (pageHeader, int, error) {
	c := &compact{b: b}
	h := pageHeader{typ: -1, uncompressed: -1, compressed: -1}
	err := c.fields(func(id int16, typ byte) (bool, error) {
		into := map[int16]*int64{1: &h.typ, 2: &h.uncompressed, 3: &h.compressed}[id]
		switch {
		case into != nil && typ == thriftI32:
			return c.number(into)
		case id == 4 && typ == thriftI32:
			crc, err := c.zigzag()
			h.crc, h.hasCRC = uint32(int32(crc)), true
			return true, err
		case typ != thriftStruct:
			return false, nil
		case id == 5:
			return true, h.part(c, h.typ == pageData, map[int16]*int64{1: &h.values, 2: &h.encoding, 3: &h.defEncoding, 4: &h.repEncoding}, 0)
		case id == 7:
			return true, h.part(c, h.typ == pageDictionary, map[int16]*int64{1: &h.values, 2: &h.encoding}, 0)
		case id == 8:
			return true, h.part(c, h.typ == pageDataV2, map[int16]*int64{1: &h.values, 2: &h.nulls, 3: &h.rows, 4: &h.encoding, 5: &h.defBytes, 6: &h.repBytes}, 7)
		}
		return false, nil
	})
	return h, c.pos, err
}

func (c *compact) number(into *int64) (bool, error) {
	var err error
	*into, err = c.zigzag()
	return true, err
}

// part reads the struct of one page type into numbers, if it is the one that
// fits the type of the page. Plain is the field that says whether a V2 page is
// compressed.
func (h *pageHeader) part(c *compact, fits bool, into map[int16]*int64, plain int16) error {
	h.hasData = h.hasData || fits
	return c.fields(func(id int16, typ byte) (bool, error) {
		if fits && plain != 0 && id == plain && (typ == thriftTrue || typ == thriftFalse) {
			h.plainV2 = typ == thriftFalse
			return true, nil
		}
		if n := into[id]; fits && n != nil && typ == thriftI32 {
			return c.number(n)
		}
		return false, nil
	})
}
