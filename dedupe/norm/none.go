package norm

import (
	"github.com/reconkit/reconkit/pipeline/canon"
)

// SaysNone reports whether an identifier, as AppendIdentifier writes it, is none:
// a word such as n/a or unbekannt, or zeros. It is canon.SaysNone of what was written.
func SaysNone(id []byte) bool { return canon.SaysNone(string(id)) }

// NoMailbox reports an address of nobody, as people write into a form that wants
// one: keine@angabe.de, no-email@example.com, n/a, leer@.
func NoMailbox(address string) bool {
	if address != "" {
		// What a whole address with nothing around it says begins as the address does.
		c := address[0] | 0x20
		if c >= 'a' && c <= 'z' && c != 'k' && c != 'n' && c != 'u' && plainAt(address) > 0 {
			return false
		}
	}
	var e Email
	e.Read(address)
	return e.NoMailbox()
}

// NoMailbox is the function of this name for an address that was read.
func (e *Email) NoMailbox() bool {
	if len(e.Local) > noneBytesMax {
		return false
	}
	var buf [2 * noneBytesMax]byte
	word := AppendIdentifier(buf[:0], string(e.Local))
	return !e.Valid && SaysNone(word) || noneMailboxes[string(word)]
}

const noneBytesMax = 16

var noneMailboxes = map[string]bool{
	"KEINE": true, "KEINEMAIL": true, "KEINEEMAIL": true, "KEINEANGABE": true, "UNBEKANNT": true, "NOEMAIL": true, "NOMAIL": true, "NONE": true, "NOTPROVIDED": true,
}
