package norm

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// Email is an e-mail address, taken apart.
type Email struct {
	Address []byte // the mailbox: without a plus tag, at gmail.com without dots: two that are equal are one mailbox
	Local   []byte // the local part of Address
	Tag     []byte // the plus tag, without its +
	Domain  []byte // the domain of Address, in ASCII; googlemail.com is gmail.com
	Words   []byte // letters of the local part as words: j.smith_42 is "j smith"
	Role    bool   // the mailbox of a function, such as info@, not of a person
	Valid   bool   // it has the form of an address

	exact []byte // local@domain as it stands, in small letters
	other []byte // Address where it is another
	words []byte // Words
}

const gmail = "gmail.com"

// Read takes an address apart. What is no address has everything before its
// last @ (all of it, without one) as its local part, and is not Valid.
func (e *Email) Read(address string) {
	e.exact, e.Address, e.Local, e.Tag, e.Domain, e.Words = e.exact[:0], nil, nil, nil, nil, nil
	e.Role, e.Valid = false, false
	if address == "" {
		return
	}
	if min(address[0], address[len(address)-1]) <= ' ' {
		if address = strings.Trim(address, " \t\r\n"); address == "" {
			return
		}
	}
	at := e.readPlain(address)
	if e.Valid = at > 0; !e.Valid {
		e.exact = e.exact[:0]
		at = e.readOdd(address)
	}
	e.split(at)
}

// readPlain reads an address of ASCII letters, digits and the usual signs into
// exact and returns where its @ stands, 0 for any other text.
func (e *Email) readPlain(s string) int {
	at := plainAt(s)
	if at == 0 {
		return 0
	}
	b := slices.Grow(e.exact, len(s))[:len(s)]
	for i := range len(s) {
		if b[i] = addressByte[s[i]]; b[i] == 0 {
			b[i] = s[i]
		}
	}
	e.exact = b
	return at
}

// plainAt is where the @ of such an address stands, 0 for any other text.
func plainAt(s string) int {
	if len(s) > emailBytesMax {
		return 0
	}
	at, dot, before := 0, 0, byte('.')
	for i := range len(s) {
		c := s[i]
		switch {
		case addressByte[c] != 0:
		case c == '.' && before != '.' && before != '@':
			dot = i
		case c == '@' && at == 0 && before != '.':
			at = i
		case (c == '+' || c == '_') && at == 0:
		default:
			return 0
		}
		before = c
	}
	if at == 0 || dot < at+2 || len(s)-dot < 3 || before == '.' {
		return 0
	}
	return at
}

// emailBytesMax bounds an address (RFC 5321).
const emailBytesMax = 254

// addressByte has letters, as small ones, digits and hyphens; 0 for others.
var addressByte = func() (t [256]byte) {
	for c := range t {
		switch c := byte(c); {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-':
			t[c] = c
		case c >= 'A' && c <= 'Z':
			t[c] = c + 'a' - 'A'
		}
	}
	return t
}()

// readOdd reads an address with something around or odd within it into exact
// and returns where its @ stands, or -1.
func (e *Email) readOdd(address string) int {
	if !isASCII(address) {
		address = strings.Map(visible, address)
	}
	if parsed, err := canon.ParseEmail(address); err == nil {
		e.Valid = true
		e.exact = append(e.exact, parsed.Address...)
		return len(parsed.Local)
	}
	for _, r := range address {
		if r > ' ' && r != utf8.RuneError && r != 0x7f {
			e.exact = utf8.AppendRune(e.exact, unicode.ToLower(r))
		}
	}
	return bytes.LastIndexByte(e.exact, '@')
}

// split takes exact apart, whose @ stands at at.
func (e *Email) split(at int) {
	local, domain := e.exact, []byte(nil)
	if at >= 0 {
		local, domain = e.exact[:at], e.exact[at+1:]
	}
	e.Address, e.Local, e.Domain = e.exact, local, domain
	if len(domain) == 0 {
		e.Address = local
	}
	google := string(domain) == gmail || string(domain) == "googlemail.com"
	if plus := bytes.IndexByte(local, '+'); plus > 0 && e.Valid {
		e.Tag, local = local[plus+1:], local[:plus]
	}
	if google || len(e.Tag) > 0 || len(local) < len(e.Local) {
		e.rewrite(local, domain, google)
	}
	e.words = appendLetters(e.words[:0], local)
	e.Words = e.words
	t := mailWords()
	name := local
	for len(name) > 0 && name[len(name)-1]-'0' < 10 {
		name = name[:len(name)-1]
	}
	if t.roleLengths.has(name) {
		e.Role = t.roles[string(name)]
	}
}

// FreeMailHost reports whether anybody may have a mailbox at a domain, written as
// Email.Domain is.
func FreeMailHost(domain string) bool { return mailWords().free[domain] }

// rewrite writes the address where it is another than it stands.
func (e *Email) rewrite(local, domain []byte, google bool) {
	b := e.other[:0]
	for _, c := range local {
		if c != '.' || !google {
			b = append(b, c)
		}
	}
	n := len(b)
	if len(domain) > 0 {
		b = append(b, '@')
		if google {
			b = append(b, gmail...)
		} else {
			b = append(b, domain...)
		}
	}
	e.other, e.Address, e.Local = b, b, b[:n:n]
	if e.Domain = nil; len(domain) > 0 {
		e.Domain = b[n+1:]
	}
}

// appendLetters appends the runs of letters of a local part as words. Letters
// that are not ASCII count as such.
func appendLetters(b, local []byte) []byte {
	start, gap := len(b), false
	for _, c := range local {
		if c >= 'a' && c <= 'z' || c >= utf8.RuneSelf {
			if gap && len(b) > start {
				b = append(b, ' ')
			}
			b, gap = append(b, c), false
			continue
		}
		gap = true
	}
	return b
}

type mailTable struct {
	roles, free map[string]bool
	roleLengths lengths
}

// lengths tells of most texts that they are not in a list: by their first byte,
// the lengths that texts of the list have.
type lengths [256]uint64

func (l *lengths) has(text []byte) bool {
	return len(text) > 0 && l[text[0]]>>min(len(text), 63)&1 != 0
}

func (l *lengths) add(text string) {
	if text != "" {
		l[text[0]] |= 1 << min(len(text), 63)
	}
}

var mailWords = sync.OnceValue(func() *mailTable {
	t := &mailTable{roles: map[string]bool{}, free: map[string]bool{}}
	for _, role := range canon.ListRoleMailboxes.Entries() {
		t.roles[canon.Fold(role)] = true
		t.roleLengths.add(canon.Fold(role))
	}
	for _, host := range canon.ListFreeMailHosts.Entries() {
		t.free[host] = true
	}
	return t
})

// appendLower appends ASCII text in small letters.
func appendLower(b []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}
