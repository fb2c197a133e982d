package plandocket

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

var errNotUTF8 = errors.New("the text is not valid UTF-8")

// text reads a string. The common one without escapes is taken as it stands.
func (p *parser) text() (string, error) {
	p.at++
	from := p.at
	for p.at < len(p.b) {
		switch c := p.b[p.at]; {
		case c == '"':
			s := p.b[from:p.at]
			p.at++
			if !utf8.Valid(s) {
				return "", fmt.Errorf("byte %d: %w", from, errNotUTF8)
			}
			return p.part(s), nil
		case c == '\\':
			return p.escaped(append([]byte(nil), p.b[from:p.at]...))
		case c < 0x20:
			return "", p.unexpected("an escaped control character")
		}
		p.at++
	}
	return "", p.unexpected("a closing quote")
}

func (p *parser) escaped(s []byte) (string, error) {
	from := p.at
	for p.at < len(p.b) {
		switch c := p.b[p.at]; {
		case c == '"':
			p.at++
			if !utf8.Valid(s) {
				return "", fmt.Errorf("byte %d: %w", from, errNotUTF8)
			}
			return string(s), nil
		case c < 0x20:
			return "", p.unexpected("an escaped control character")
		case c == '\\':
			p.at++
			r, err := p.escape()
			if err != nil {
				return "", err
			}
			s = utf8.AppendRune(s, r)
		default:
			s = append(s, c)
			p.at++
		}
	}
	return "", p.unexpected("a closing quote")
}

// escape reads what follows a backslash. Half of a surrogate pair becomes
// U+FFFD, as nothing else can be made of it.
func (p *parser) escape() (rune, error) {
	if p.at == len(p.b) {
		return 0, p.unexpected("an escape")
	}
	c := p.b[p.at]
	p.at++
	switch c {
	case '"', '\\', '/':
		return rune(c), nil
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'u':
		r, err := p.hex()
		if err != nil || !utf16.IsSurrogate(r) {
			return r, err
		}
		if !bytes.HasPrefix(p.b[p.at:], []byte(`\u`)) {
			return utf8.RuneError, nil
		}
		back := p.at
		p.at += 2
		low, err := p.hex()
		if err != nil {
			return 0, err
		}
		pair := utf16.DecodeRune(r, low)
		if pair == utf8.RuneError {
			p.at = back
		}
		return pair, nil
	}
	p.at--
	return 0, p.unexpected("an escape")
}

func (p *parser) hex() (rune, error) {
	if p.at+4 > len(p.b) {
		p.at = len(p.b)
		return 0, p.unexpected("four hexadecimal digits")
	}
	v, err := strconv.ParseUint(string(p.b[p.at:p.at+4]), 16, 32)
	if err != nil {
		return 0, p.unexpected("four hexadecimal digits")
	}
	p.at += 4
	return rune(v), nil
}
