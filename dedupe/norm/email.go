package norm

import (
	"bytes"
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
	Free    bool   // a domain at which anybody may have a mailbox
	Valid   bool   // it has the form of an address

	exact []byte // local@domain as it stands, in small letters
}

const gmail = "gmail.com"

// Read takes an address apart. What is no address has everything before its
// last @ (all of it, without one) as its local part, and is not Valid.
func (e *Email) Read(address string) {
	e.exact, e.Address, e.Local, e.Tag, e.Domain, e.Words = e.exact[:0], e.Address[:0], e.Local[:0], e.Tag[:0], e.Domain[:0], e.Words[:0]
	e.Role, e.Free, e.Valid = false, false, false
	if address = strings.Trim(address, " \t\r\n"); address == "" {
		return
	}
	at := plainAddress(address)
	if e.Valid = at > 0; e.Valid {
		e.exact = appendLower(e.exact, address)
	} else {
		at = e.readOdd(address)
	}
	e.split(at)
}

// plainAddress returns where the @ stands in an address of ASCII letters,
// digits and the usual signs, 0 for any other text.
func plainAddress(s string) int {
	if len(s) > emailBytesMax {
		return 0
	}
	at, dot, before := 0, 0, byte('.')
	for i := range len(s) {
		c := s[i]
		switch {
		case addressByte[c] == 1:
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

// addressByte has 1 for letters, digits and hyphens.
var addressByte = func() (t [256]byte) {
	for c := range t {
		if c := byte(c); c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' {
			t[c] = 1
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
	if string(domain) == "googlemail.com" {
		e.Domain = append(e.Domain, gmail...)
	} else {
		e.Domain = append(e.Domain, domain...)
	}
	if plus := bytes.IndexByte(local, '+'); plus > 0 && e.Valid {
		e.Tag = append(e.Tag, local[plus+1:]...)
		local = local[:plus]
	}
	undotted := string(e.Domain) == gmail
	for _, c := range local {
		if c != '.' || !undotted {
			e.Local = append(e.Local, c)
		}
	}
	e.Words = appendLetters(e.Words, local)
	e.Address = append(e.Address, e.Local...)
	if len(e.Domain) > 0 {
		e.Address = append(append(e.Address, '@'), e.Domain...)
	}
	e.Role = mailWords().roles[string(bytes.TrimRight(local, "0123456789"))]
	e.Free = mailWords().free[string(e.Domain)]
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

type mailTable struct{ roles, free map[string]bool }

var mailWords = sync.OnceValue(func() *mailTable {
	t := &mailTable{roles: map[string]bool{}, free: map[string]bool{}}
	for _, role := range canon.ListRoleMailboxes.Entries() {
		t.roles[canon.Fold(role)] = true
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
