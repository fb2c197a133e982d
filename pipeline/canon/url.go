package canon

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// urlBytesMax bounds a web address, in bytes.
const urlBytesMax = 2000

// ParseURL writes a web address in one form: https:// before a bare host
// (www.example.com), scheme and host in lower case, the host in ASCII, the
// usual port, an empty query and fragment and a lone slash at the end off.
// Only http and https are taken; an address with a user name or password, an
// e-mail address, and a host without a dot are errors.
func ParseURL(s string) (string, error) {
	if len(s) > urlBytesMax {
		return "", tooLong(s, "a web address", urlBytesMax)
	}
	out, err := webAddress(s)
	if err != nil {
		return "", fmt.Errorf("%s is not a web address: %w", show(s), err)
	}
	return out, nil
}

func webAddress(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", errors.New("it is not valid UTF-8")
	}
	text := strings.Trim(Squish(norm.NFC.String(s)), " <>\"'")
	if text == "" {
		return "", errors.New("it is empty")
	}
	if strings.ContainsAny(text, " \t") {
		return "", errors.New("there is a space in it")
	}
	if !strings.Contains(text, "://") {
		if host, _, _ := strings.Cut(text, "/"); strings.Contains(host, "@") {
			return "", errors.New("it is an e-mail address")
		}
		text = "https://" + strings.TrimPrefix(text, "//")
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", errors.New("it does not have the shape of one")
	}
	scheme := strings.ToLower(u.Scheme)
	switch {
	case scheme != "http" && scheme != "https":
		return "", fmt.Errorf("%s is neither http nor https", show(u.Scheme))
	case u.User != nil:
		return "", errors.New("it holds a user name; leave it out")
	}
	host, err := asciiHost(u.Hostname())
	if err != nil {
		return "", err
	}
	if port := u.Port(); port != "" {
		n, err := strconv.Atoi(port)
		if err != nil || n < 1 || n > 65535 {
			return "", fmt.Errorf("%s is no port", show(port))
		}
		if usual := map[string]int{"http": 80, "https": 443}; usual[scheme] != n {
			host = net.JoinHostPort(host, strconv.Itoa(n))
		}
	}
	u.Scheme, u.Host, u.ForceQuery = scheme, host, false
	if u.Path == "/" {
		u.Path, u.RawPath = "", ""
	}
	out := u.String()
	return strings.TrimSuffix(out, "#"), nil
}
