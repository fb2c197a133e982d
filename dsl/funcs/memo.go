package funcs

// A column of countries holds few names, each in many rows. What a name means
// is remembered for those that came last.
const (
	memoBits      = 8             // of the number of a place
	memoNames     = 1 << memoBits // places; a name has one of them, by its hash
	memoNameBytes = 31            // a longer name is not remembered
)

type countryMemo [memoNames]struct {
	size byte // of the name; 0: nothing is remembered
	name [memoNameBytes]byte
	code string
}

// place is where a name is remembered, if it is: by its length and three of its
// bytes (multiplicative hashing, Knuth, The Art of Computer Programming, 6.4).
func place(name string) uint32 {
	n := len(name)
	some := uint32(n) | uint32(name[0])<<8 | uint32(name[n/2])<<16 | uint32(name[n-1])<<24
	return some * 0x9E3779B1 >> (32 - memoBits)
}

// country returns the code that was learnt for a name, which is not empty, or "".
func (rt *Runtime) country(name string) string {
	if rt == nil || rt.countries == nil || len(name) > memoNameBytes {
		return ""
	}
	known := &rt.countries[place(name)]
	if string(known.name[:known.size]) != name {
		return ""
	}
	return known.code
}

// learn remembers the code of a name.
func (rt *Runtime) learn(name, code string) {
	if rt == nil || len(name) > memoNameBytes {
		return
	}
	if rt.countries == nil {
		rt.countries = new(countryMemo)
	}
	at := &rt.countries[place(name)]
	at.size, at.code = byte(copy(at.name[:], name)), code
}
