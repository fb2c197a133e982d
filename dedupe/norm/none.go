package norm

// SaysNone reports whether an identifier, as AppendIdentifier writes it, is none:
// a word such as n/a or unbekannt, or zeros.
func SaysNone(id []byte) bool {
	return len(id) <= noneBytesMax && noneWords[string(id)]
}

// NoMailbox reports an address of nobody, as people write into a form that wants
// one: keine@angabe.de, no-email@example.com, n/a.
func (e *Email) NoMailbox() bool {
	if len(e.Local) > noneBytesMax {
		return false
	}
	var buf [2 * noneBytesMax]byte
	word := AppendIdentifier(buf[:0], string(e.Local))
	return !e.Valid && (len(word) == 0 || noneWords[string(word)]) || noneMailboxes[string(word)]
}

const noneBytesMax = 16

var noneWords = map[string]bool{
	"": true, "0": true, "NA": true, "NV": true, "KA": true, "NONE": true, "NULL": true, "NIL": true, "NAN": true, "EMPTY": true, "UNKNOWN": true, "NOTAVAILABLE": true, "NOTAPPLICABLE": true,
	"UNBEKANNT": true, "KEINE": true, "KEINER": true, "KEINEANGABE": true, "KEINEANGABEN": true, "OHNE": true, "LEER": true, "FEHLT": true, "ENTFÄLLT": true, "ENTFAELLT": true,
}

var noneMailboxes = map[string]bool{
	"KEINE": true, "KEINEMAIL": true, "KEINEEMAIL": true, "KEINEANGABE": true, "UNBEKANNT": true, "NOEMAIL": true, "NOMAIL": true, "NONE": true, "NOTPROVIDED": true,
}
