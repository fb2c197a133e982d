package canon

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// The limits of an e-mail address, in bytes (RFC 5321), and of the text around
// one: a display name and comments.
const (
	emailTextBytesMax    = 1000
	emailBytesMax        = 254
	emailLocalBytesMax   = 64
	emailDomainBytesMax  = 253
	emailCommentDepthMax = 8
)

// Email is an e-mail address in canonical form.
type Email struct {
	Address string // local@domain, in lower case, an international domain as xn--
	Local   string // before the @; plus tags and dots are kept
	Domain  string // after it, in ASCII
	Role    bool   // the mailbox of a function, such as info@ or sales@, not of a person
}

// ParseEmail reads one address, alone or with a display name, comments in
// parentheses, "mailto:" or punctuation around it ("Anna <Anna@Example.de>.").
// Text with two addresses, an address on a host without a dot or on an IP
// number, and a quoted local part that needs its quotes are errors.
func ParseEmail(s string) (Email, error) {
	if len(s) > emailTextBytesMax {
		return Email{}, tooLong(s, "an e-mail address", emailTextBytesMax)
	}
	if e, ok := plainEmail(s); ok {
		return e, nil
	}
	return readEmail(s)
}

// readEmail reads an address with whatever stands around it.
func readEmail(s string) (Email, error) {
	address, err := bareAddress(s)
	if err != nil {
		return Email{}, fmt.Errorf("%s is not an e-mail address: %w", show(s), err)
	}
	at := strings.LastIndexByte(address, '@')
	local, err := emailLocal(address[:at])
	if err != nil {
		return Email{}, fmt.Errorf("%s is not an e-mail address: %w", show(s), err)
	}
	domain, err := asciiHost(address[at+1:])
	if err != nil {
		return Email{}, fmt.Errorf("%s is not an e-mail address: %w", show(s), err)
	}
	if address[:at] != local || address[at+1:] != domain {
		address = local + "@" + domain
	}
	e := Email{Address: address, Local: address[:len(local)], Domain: address[len(local)+1:], Role: roleMailbox(local)}
	if len(e.Address) > emailBytesMax {
		return Email{}, tooLong(s, "an e-mail address", emailBytesMax)
	}
	return e, nil
}

// The classes of the bytes of a plain address.
const (
	mailOther byte = iota
	mailPlain      // small letters and digits
	mailUpper
	mailSign // _ and +
	mailHyphen
	mailDot
)

// mailClass is the class of each byte.
var mailClass = func() (class [256]byte) {
	for c := range class {
		switch c := byte(c); {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			class[c] = mailPlain
		case c >= 'A' && c <= 'Z':
			class[c] = mailUpper
		}
	}
	class['_'], class['+'], class['-'], class['.'] = mailSign, mailSign, mailHyphen, mailDot
	return class
}()

// plainEmail reads an address of ASCII letters, digits and the usual signs with
// nothing around it, in one pass. Of other text it says false.
func plainEmail(s string) (Email, bool) {
	at, before, upper := strings.IndexByte(s, '@'), mailDot, false
	if at < 1 || at > emailLocalBytesMax || len(s) > emailBytesMax {
		return Email{}, false
	}
	for i := range at {
		c := mailClass[s[i]]
		if c == mailOther || c == mailDot && before == mailDot {
			return Email{}, false
		}
		upper, before = upper || c == mailUpper, c
	}
	if before == mailDot {
		return Email{}, false
	}
	// Labels begin and end with a letter or digit, and hyphens in them stand alone.
	label, dots := at+1, 0
	before = mailDot
	for i := at + 1; i < len(s); i++ {
		c := mailClass[s[i]]
		switch {
		case c == mailPlain:
		case c == mailUpper:
			upper = true
		case c != mailDot && c != mailHyphen, before == mailDot, before == mailHyphen:
			return Email{}, false
		case c == mailDot:
			if i-label > hostLabelBytesMax {
				return Email{}, false
			}
			label, dots = i+1, dots+1
		}
		before = c
	}
	top := s[label:]
	if dots == 0 || len(top) < 2 || len(top) > hostLabelBytesMax || before == mailHyphen || digitsOnly(top) {
		return Email{}, false
	}
	if upper {
		s = strings.ToLower(s)
	}
	return Email{Address: s, Local: s[:at], Domain: s[at+1:], Role: roleMailbox(s[:at])}, true
}

// bareAddress takes off what surrounds an address. The result holds one @.
func bareAddress(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", errors.New("it is not valid UTF-8")
	}
	s = Squish(norm.NFKC.String(s))
	if open := strings.LastIndexByte(s, '<'); open >= 0 {
		end := strings.IndexByte(s[open:], '>')
		if end < 0 {
			return "", errors.New("it has a < without >")
		}
		if strings.ContainsRune(s[:open], '<') && strings.Count(s, "@") > 1 {
			return "", errors.New("it holds more than one address")
		}
		s = s[open+1 : open+end]
	}
	s, err := withoutComments(s)
	if err != nil {
		return "", err
	}
	s = strings.Trim(s, " .,;:!?'`*|")
	if len(s) >= len("mailto:") && strings.EqualFold(s[:len("mailto:")], "mailto:") {
		s, _, _ = strings.Cut(s[len("mailto:"):], "?")
		s = strings.Trim(s, " .,;")
	}
	if strings.HasPrefix(s, `"`) && strings.HasSuffix(s, `"`) && len(s) > 1 {
		s = strings.Trim(s, `" `)
	}
	switch strings.Count(s, "@") {
	case 0:
		return "", errors.New("it has no @")
	case 1:
		return s, nil
	default:
		return "", errors.New("it has more than one @; keep one address")
	}
}

// withoutComments takes RFC 5322 comments out, nested ones included.
func withoutComments(s string) (string, error) {
	if !strings.ContainsAny(s, "()") {
		return s, nil
	}
	var b strings.Builder
	depth := 0
	for _, r := range s {
		switch {
		case r == '(':
			depth++
			if depth > emailCommentDepthMax {
				return "", errors.New("its comments are nested too deeply")
			}
		case r == ')':
			depth--
			if depth < 0 {
				return "", errors.New("it has a ) without (")
			}
		case depth == 0:
			b.WriteRune(r)
		}
	}
	if depth != 0 {
		return "", errors.New("it has a ( without )")
	}
	return Squish(b.String()), nil
}

// emailLocal checks the part before the @ and puts it in lower case.
func emailLocal(local string) (string, error) {
	local = strings.TrimSpace(local)
	if len(local) > 1 && local[0] == '"' && local[len(local)-1] == '"' {
		local = local[1 : len(local)-1] // quotes that are not needed are not part of the address
	}
	local = norm.NFKC.String(strings.ToLower(local))
	switch {
	case local == "":
		return "", errors.New("nothing stands before the @")
	case len(local) > emailLocalBytesMax:
		return "", fmt.Errorf("the part before the @ is longer than %d bytes", emailLocalBytesMax)
	case local[0] == '.' || local[len(local)-1] == '.' || strings.Contains(local, ".."):
		return "", errors.New("a dot stands at the edge of the part before the @, or two stand together")
	case strings.ContainsRune(local, ' '):
		return "", errors.New("there is a space before the @")
	}
	for _, r := range local {
		if !localRune(r) {
			return "", fmt.Errorf("%q cannot stand before the @", r)
		}
	}
	return local, nil
}

// localRune reports whether r may stand in a local part: RFC 5322 atext, a
// dot, and letters of all scripts (RFC 6531).
func localRune(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		return true
	case r == '.', r == '-', r == '_', r == '+':
		return true
	case r < utf8.RuneSelf:
		return strings.ContainsRune(".!#$%&'*+-/=?^_`{|}~", r)
	default:
		return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)
	}
}

// asciiHost is the canonical form of a host name with at least one dot.
func asciiHost(host string) (string, error) {
	host = strings.TrimRight(strings.TrimSpace(host), ".")
	switch {
	case host == "":
		return "", errors.New("the domain is missing")
	case len(host) > emailDomainBytesMax:
		return "", fmt.Errorf("the domain is longer than %d bytes", emailDomainBytesMax)
	case host[0] == '[':
		return "", errors.New("an IP number is no domain")
	}
	name, plain := plainHost(host)
	if !plain {
		var err error
		if name, err = idnaHost(host); err != nil {
			return "", err
		}
	}
	dot := strings.LastIndexByte(name, '.')
	switch {
	case dot < 0:
		return "", fmt.Errorf("the domain %s has no dot", show(name))
	case dot == len(name)-1 || name[0] == '.' || strings.Contains(name, ".."):
		return "", fmt.Errorf("the domain %s has an empty part", show(name))
	case len(name) > emailDomainBytesMax:
		return "", fmt.Errorf("the domain is longer than %d bytes", emailDomainBytesMax)
	case len(name)-dot-1 < 2 || digitsOnly(name[dot+1:]):
		return "", fmt.Errorf("%s is no top-level domain", show(name[dot+1:]))
	}
	for label := range strings.SplitSeq(name, ".") {
		if len(label) > hostLabelBytesMax || label[0] == '-' || label[len(label)-1] == '-' {
			return "", fmt.Errorf("%s is no domain name", show(host))
		}
	}
	return name, nil
}

// plainHost puts a host name of ASCII letters, digits and lone hyphens in lower
// case, which is all that idnaHost does with it. Of others it says false.
func plainHost(host string) (string, bool) {
	before := byte('.')
	for i := range len(host) {
		switch c := host[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			before = 'a'
		case c == '.' && before == 'a', c == '-' && before == 'a':
			before = c
		default:
			return "", false
		}
	}
	if before != 'a' {
		return "", false
	}
	for label := range strings.SplitSeq(host, ".") {
		if len(label) > hostLabelBytesMax {
			return "", false
		}
	}
	return strings.ToLower(host), true
}

// hostLabelBytesMax bounds what stands between the dots of a host name
// (RFC 1035).
const hostLabelBytesMax = 63

func idnaHost(host string) (string, error) {
	name, err := idna.Lookup.ToASCII(host)
	if err == nil { // what it makes of odd characters is not always a name
		_, err = idna.Lookup.ToASCII(name)
	}
	if err != nil || !utf8.ValidString(host) {
		return "", fmt.Errorf("%s is no domain name", show(host))
	}
	return name, nil
}

func roleMailbox(local string) bool {
	base, _, _ := strings.Cut(local, "+")
	return roles()[strings.TrimRight(base, "0123456789")]
}
