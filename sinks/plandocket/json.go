package plandocket

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unsafe"
)

// The limits of an answer.
const (
	depthMax = 64      // nested arrays and objects
	stepsMax = 1 << 26 // values in one answer

	rowDepth     = 2   // of the elements of the outermost "data"
	nameBytesMax = 64  // bytes of a name that is kept
	namesMax     = 256 // names that are kept
)

// nodeKind is the kind of a JSON value.
type nodeKind byte

const (
	nullNode nodeKind = iota
	boolNode
	numberNode
	textNode
	arrayNode
	objectNode
)

// node is one JSON value. A number keeps its token, so that nothing is lost
// of an identifier that was sent as a number.
type node struct {
	kind    nodeKind
	text    string // of a text; the token of a number or boolean
	items   []node
	members []member
}

type member struct {
	name  string
	value node
}

// get returns the named member, nil when there is none.
func (n *node) get(name string) *node {
	for i := range n.members {
		if n.members[i].name == name {
			return &n.members[i].value
		}
	}
	return nil
}

// seek is get, which looks at a place first; it returns the place behind the member.
func (n *node) seek(name string, place int) (*node, int) {
	if place < len(n.members) && n.members[place].name == name {
		return &n.members[place].value, place + 1
	}
	for i := range n.members {
		if n.members[i].name == name {
			return &n.members[i].value, i + 1
		}
	}
	return nil, place
}

// equal reports whether both are the same value, members in any order.
func (n *node) equal(o *node) bool {
	if n.kind != o.kind || n.text != o.text || len(n.items) != len(o.items) || len(n.members) != len(o.members) {
		return false
	}
	for i := range n.items {
		if !n.items[i].equal(&o.items[i]) {
			return false
		}
	}
	for i := range n.members {
		other := o.get(n.members[i].name)
		if other == nil || !n.members[i].value.equal(other) {
			return false
		}
	}
	return true
}

// parser reads JSON strictly where a mistake would change data: text must be
// UTF-8, a member that comes twice must say the same twice, and nothing may
// follow the value. It is tolerant where nothing is lost: numbers may have
// leading zeros. encoding/json does neither: it replaces bytes and lets the
// last member win.
type parser struct {
	b     []byte
	at    int
	steps int
	// row, when set, is given each element of the array that is the member
	// "data" of the outermost object; these are then not kept.
	row    func(*node) error
	rowsIn bool // "data" was met
	// known, when set, says how many bytes of what is left are a row that need not be
	// read, 0 for none. The row that is read began at rowFrom.
	known   func(rest []byte) int
	rowFrom int
	// A row is forgotten when it was handed over, so that the next one may use
	// its memory, and its texts are parts of b; names come again and again.
	spare   []member
	names   map[string]string
	inRow   bool
	usual   []string // the names of an earlier row, in their order; each once, and none with an escape
	unusual bool     // a name of this row is not as in usual
	escapes bool     // a name of this row has an escape
}

// parseJSON reads one JSON value that fills b, which is not changed afterwards: the
// texts of rows are parts of it.
func parseJSON(b []byte, row func(*node) error) (*node, error) { return newParser(b, row).whole() }

func newParser(b []byte, row func(*node) error) *parser {
	return &parser{b: bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), row: row, names: map[string]string{}}
}

func (p *parser) whole() (*node, error) {
	n, err := p.value(0)
	if err != nil {
		return nil, err
	}
	p.space()
	if p.at < len(p.b) {
		return nil, fmt.Errorf("something follows the JSON value at byte %d", p.at)
	}
	return &n, nil
}

func (p *parser) space() {
	for p.at < len(p.b) {
		switch p.b[p.at] {
		case ' ', '\t', '\r', '\n':
			p.at++
		default:
			return
		}
	}
}

// peek skips space and returns the next byte, 0 at the end.
func (p *parser) peek() byte {
	p.space()
	if p.at == len(p.b) {
		return 0
	}
	return p.b[p.at]
}

func (p *parser) unexpected(want string) error {
	if p.at >= len(p.b) {
		return fmt.Errorf("the JSON ends after %d bytes, where %s is missing", len(p.b), want)
	}
	return fmt.Errorf("byte %d is %q, where %s should be", p.at, p.b[p.at], want)
}

func (p *parser) value(depth int) (node, error) {
	p.steps++
	if depth > depthMax || p.steps > stepsMax {
		return node{}, fmt.Errorf("the JSON holds more than %d levels or %d values", depthMax, stepsMax)
	}
	switch c := p.peek(); {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth, nil)
	case c == '"':
		s, err := p.text()
		return node{kind: textNode, text: s}, err
	case c == '-' || (c >= '0' && c <= '9'):
		return p.number()
	case p.word("true"), p.word("false"):
		return node{kind: boolNode, text: strconv.FormatBool(c == 't')}, nil
	case p.word("null"):
		return node{}, nil
	}
	return node{}, p.unexpected("a value")
}

func (p *parser) word(w string) bool {
	if !bytes.HasPrefix(p.b[p.at:], []byte(w)) {
		return false
	}
	p.at += len(w)
	return true
}

func (p *parser) array(depth int, row func(*node) error) (node, error) {
	n := node{kind: arrayNode}
	p.at++
	if p.peek() == ']' {
		p.at++
		return n, nil
	}
	for {
		if err := p.element(&n, depth, row); err != nil {
			return n, err
		}
		switch p.peek() {
		case ',':
			p.at++
		case ']':
			p.at++
			return n, nil
		default:
			return n, p.unexpected("a comma or ]")
		}
	}
}

// element reads an element of an array, which is kept unless it is a row.
func (p *parser) element(n *node, depth int, row func(*node) error) error {
	if row != nil && p.known != nil && p.peek() == '{' {
		if known := p.known(p.b[p.at:]); known > 0 {
			p.at += known
			return nil
		}
	}
	if row != nil {
		p.peek()
		p.rowFrom = p.at
	}
	item, err := p.value(depth + 1)
	switch {
	case err != nil:
		return err
	case row == nil:
		n.items = append(n.items, item)
		return nil
	}
	if err := row(&item); err != nil {
		return err
	}
	if item.members != nil {
		p.spare = item.members[:0]
	}
	return nil
}

func (p *parser) object(depth int) (node, error) {
	n := node{kind: objectNode}
	row := depth == rowDepth && p.inRow
	if row {
		n.members, p.spare = p.spare, nil
		p.unusual, p.escapes = false, false
	}
	p.at++
	if p.peek() == '}' {
		p.at++
		return n, nil
	}
	for {
		if p.peek() != '"' {
			return n, p.unexpected("a name")
		}
		name, usual := "", false
		if row {
			name, usual = p.usualName(len(n.members))
		}
		var err error
		if !usual {
			if name, err = p.name(); err != nil {
				return n, err
			}
		}
		if p.peek() != ':' {
			return n, p.unexpected("a colon")
		}
		p.at++
		v, err := p.member(name, depth)
		if err != nil {
			return n, err
		}
		if usual {
			n.members = append(n.members, member{name, v})
		} else if before := n.get(name); before == nil {
			n.members = append(n.members, member{name, v})
		} else if !before.equal(&v) {
			return n, fmt.Errorf("%q comes twice in one object with different values", name)
		}
		switch p.peek() {
		case ',':
			p.at++
		case '}':
			p.at++
			if row {
				p.keepNames(&n)
			}
			return n, nil
		default:
			return n, p.unexpected("a comma or }")
		}
	}
}

// usualName reads a name of a row where it is the one that the earlier row has in its
// place, and so have all names before it.
func (p *parser) usualName(place int) (string, bool) {
	if !p.unusual && place < len(p.usual) {
		name := p.usual[place]
		if end := p.at + 1 + len(name); end < len(p.b) && p.b[end] == '"' && string(p.b[p.at+1:end]) == name {
			p.at = end + 1
			return name, true
		}
	}
	p.unusual = true
	return "", false
}

// keepNames takes the names of a row as the usual ones, if they are others.
func (p *parser) keepNames(row *node) {
	if !p.unusual || p.escapes {
		return
	}
	p.usual = p.usual[:0]
	for i := range row.members {
		p.usual = append(p.usual, row.members[i].name)
	}
}

// name reads the name of a member.
func (p *parser) name() (string, error) {
	for at := p.at + 1; at < min(len(p.b), p.at+nameBytesMax); at++ {
		switch c := p.b[at]; {
		case c == '"':
			if known, ok := p.names[string(p.b[p.at+1:at])]; ok {
				p.at = at + 1
				return known, nil
			}
			name, err := p.text()
			if err == nil && len(p.names) < namesMax {
				name = strings.Clone(name) // it outlives the row
				p.names[name] = name
			}
			return name, err
		case c == '\\' || c < 0x20:
			p.escapes = true
			return p.text()
		}
	}
	p.escapes = true // it may have one
	return p.text()
}

// member reads the value of a member; the rows of the outermost "data" are
// handed over one by one.
func (p *parser) member(name string, depth int) (node, error) {
	if depth == 0 && name == "data" && p.row != nil && p.peek() == '[' {
		if p.rowsIn {
			return node{}, errors.New(`"data" comes twice in one object`)
		}
		p.rowsIn, p.inRow = true, true
		n, err := p.array(depth+1, p.row)
		p.inRow = false
		return n, err
	}
	return p.value(depth + 1)
}

func (p *parser) number() (node, error) {
	from := p.at
	if p.b[p.at] == '-' {
		p.at++
	}
	digits := p.digits()
	if digits > 0 && p.at < len(p.b) && p.b[p.at] == '.' {
		p.at++
		digits = min(digits, p.digits())
	}
	if digits > 0 && p.at < len(p.b) && (p.b[p.at] == 'e' || p.b[p.at] == 'E') {
		p.at++
		if p.at < len(p.b) && (p.b[p.at] == '+' || p.b[p.at] == '-') {
			p.at++
		}
		digits = min(digits, p.digits())
	}
	if digits == 0 {
		return node{}, p.unexpected("a digit")
	}
	return node{kind: numberNode, text: p.part(p.b[from:p.at])}, nil
}

// part is a part of b as a text: within a row the part itself, which lasts as long as b
// and keeps it.
func (p *parser) part(s []byte) string {
	if p.inRow {
		return unsafe.String(unsafe.SliceData(s), len(s))
	}
	return string(s)
}

func (p *parser) digits() int {
	from := p.at
	for p.at < len(p.b) && p.b[p.at] >= '0' && p.b[p.at] <= '9' {
		p.at++
	}
	return p.at - from
}
