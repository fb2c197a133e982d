package similar

import "github.com/xrash/smetrics"

// SoundexCode is the Soundex code of a word: its letter and three digits, each
// a byte, the letter highest. 0 is the code of a text without letters.
type SoundexCode uint32

// Soundex returns the code of smetrics.Soundex for the letters A to Z of s, in
// either case; other characters are passed over, before the first letter as
// well. Only the first CharsMax bytes are looked at.
//
// It differs from the code of the US census: there, neighbouring letters of one
// class make one digit, here only equal letters do (Jackson is J250 there and
// J222 here, Pfister P236 and P123). Within one run that does not matter for a
// blocking key; do not compare it with codes from elsewhere.
//
// Source: R. C. Russell, US patent 1261167 (1918).
func Soundex(s string) SoundexCode {
	s = s[:min(len(s), CharsMax)]
	for i := range len(s) {
		if s[i]|0x20-'a' < 26 {
			c := smetrics.Soundex(s[i:])
			return SoundexCode(c[0])<<24 | SoundexCode(c[1])<<16 | SoundexCode(c[2])<<8 | SoundexCode(c[3])
		}
	}
	return 0
}

// String returns the code as it is written, "J222", and "" for 0.
func (c SoundexCode) String() string {
	if c == 0 {
		return ""
	}
	return string([]byte{byte(c >> 24), byte(c >> 16), byte(c >> 8), byte(c)})
}
