package canon

import (
	_ "embed"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"sync"
)

//go:embed phones/table.txt
var phoneTable string

// phoneDigitsMax bounds the digits that the numbering plans are asked about.
const phoneDigitsMax = 20

// dialling is a text as a phone reads it: digits, perhaps after a plus.
type dialling struct {
	digits [phoneDigitsMax]byte // '0' to '9'
	n      int
	plus   bool
}

// plain reads a number that is written with digits and the usual signs between
// them in ASCII alone, as splitPhone and withoutTrunkZero do, into the zero
// dialling. Of any other text it says false.
func (d *dialling) plain(s string) bool {
	s = strings.Trim(s, " ")
	home := strings.HasPrefix(s, "+") // a (0) is left out, once
	slash, left := 0, 0               // digits before the last /, and those left out
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			if d.n == phoneDigitsMax {
				return false
			}
			d.digits[d.n] = c
			d.n++
		case '+':
			if d.plus || d.n > 0 {
				return false
			}
			d.plus = true
		case '(':
			if home && strings.HasPrefix(s[i:], "(0)") {
				i += len("(0)") - 1
				left++
				home = false
			}
		case '/':
			slash = d.n + left
		case ' ', ')', '[', ']', '-', '.', '~', '*', '\'':
		default:
			return false
		}
	}
	return !twoEndings(slash, d.n+left) && !dateShaped(s)
}

// diallingOf is the dialling of what splitPhone returns.
func diallingOf(number string) (d dialling, ok bool) {
	number, d.plus = strings.CutPrefix(number, "+")
	if len(number) > phoneDigitsMax {
		return d, false
	}
	d.n = copy(d.digits[:], number)
	return d, true
}

// phoneState is a state of the automaton over national numbers: where each
// digit leads, 0 for nowhere, and the region of a number that ends here, as
// its index among the ends, 0 for a number that does not exist.
type phoneState struct {
	next [10]uint16
	end  uint8
}

// phonePlans says for the covered calling codes and regions what
// github.com/nyaruka/phonenumbers says of numbers that exist and of those that
// do not; gen/phones.go makes it from that.
type phonePlans struct {
	codeAt   [1000]uint8    // by the first three digits, the index of the calling code in codes; 0: not covered, noCode: not assigned
	regionAt [26 * 26]uint8 // by the two letters, the index in regions; 0: not covered
	codes    []phoneCode
	regions  []phoneRegion
	states   []phoneState
	ends     []string
}

// noCode stands in codeAt for digits that begin with no calling code.
const noCode = 255

// phoneCode is a calling code, the lengths of the numbers behind it, and the
// step for each two digits that may begin one.
type phoneCode struct {
	digits  string
	root    uint16
	lengths phoneLengths
	steps   string
}

// phoneRegion is where a number is dialled: its calling code, the lengths of
// its numbers, and the step for each two digits that may begin what is dialled.
type phoneRegion struct {
	code    uint8
	lengths phoneLengths
	steps   string
}

// phoneLengths are the lengths of the numbers of a plan, as bits.
type phoneLengths struct {
	possible uint32
	local    uint32 // of numbers that can only be dialled in their own place
}

// fault says what the library says of a number of n digits that does not exist.
func (l phoneLengths) fault(n int) phoneFault {
	switch {
	case n > nationalDigitsMax:
		return faultShape
	case l.local>>n&1 != 0:
		return faultBegin
	case n < bits.TrailingZeros32(l.possible):
		return faultShort
	case n >= bits.Len32(l.possible):
		return faultLong
	}
	return faultBegin
}

// whole reports that n digits behind a trunk prefix are read as a number
// without it: as many as a number has, or more.
func (l phoneLengths) whole(n int) bool {
	return l.local>>n&1 == 0 && (l.possible>>n&1 != 0 || n >= bits.Len32(l.possible))
}

// The steps, as gen/phones.go writes them; any other means that the library
// has to be asked.
const (
	stepNone   = '.' // the digits are the national number
	stepTrunk  = 't' // the first digit is the trunk prefix
	stepAbroad = 'i' // 00 is the way out of the country
)

// The lengths between which the library reads a number.
const (
	dialledDigitsLeast  = 3 // behind a plus
	nationalDigitsLeast = 2
	nationalDigitsMax   = 17
)

// find returns the number that is meant, or why there is none, where it is
// certain that the library says the same. Elsewhere the fault is faultUnsure.
// With faultBegin the number has its calling code alone.
func (p *phonePlans) find(d *dialling, region string) (planned, phoneFault) {
	digits, home := d.digits[:d.n], p.regionOf(region)
	switch {
	case len(digits) == 0:
		return planned{}, faultUnsure
	case d.plus:
		n, why := p.abroad(digits)
		if why == faultCode && region != "" && !home.dialsNationally(digits) {
			why = faultUnsure // the library reads it once more, without the plus
		}
		return n, why
	case home == nil && region != "":
		return planned{}, faultUnsure
	}
	n, why := p.athome(home, digits)
	if why > faultUnsure && len(digits) >= 2 && digits[0] == '0' && digits[1] == '0' {
		return p.abroad(digits[2:]) // as dialled does
	}
	return n, why
}

// athome reads what is dialled in a region, nil for none.
func (p *phonePlans) athome(home *phoneRegion, digits []byte) (planned, phoneFault) {
	if home == nil {
		return planned{}, faultRegionless
	}
	if len(digits) < nationalDigitsLeast {
		return planned{}, faultShape
	}
	switch home.steps[pair(digits)] {
	case stepAbroad:
		if len(digits) > 2 && digits[2] == '0' { // not a way out, as no code begins with 0
			return planned{}, faultUnsure
		}
		return p.abroad(digits[2:])
	case stepTrunk:
		switch {
		case home.lengths.whole(len(digits) - 1):
			digits = digits[1:]
		case digits[0] != '0': // the library may take it for the calling code, 1
			return planned{}, faultUnsure
		}
	case stepNone:
	default:
		return planned{}, faultUnsure
	}
	return p.national(&p.codes[home.code], digits)
}

// abroad reads digits that begin with a calling code.
func (p *phonePlans) abroad(digits []byte) (planned, phoneFault) {
	if len(digits) < dialledDigitsLeast {
		return planned{}, faultShape
	}
	at := p.codeAt[int(digits[0]-'0')*100+pair(digits[1:])]
	switch at {
	case 0:
		return planned{}, faultUnsure
	case noCode:
		return planned{}, faultCode
	}
	code := &p.codes[at]
	digits = digits[len(code.digits):]
	if len(digits) < nationalDigitsLeast {
		return planned{}, faultShape
	}
	switch code.steps[pair(digits)] {
	case stepTrunk:
		if code.lengths.whole(len(digits) - 1) {
			digits = digits[1:]
		}
	case stepNone:
	default:
		return planned{}, faultUnsure
	}
	return p.national(code, digits)
}

// national follows the digits of a national number through its plan.
func (p *phonePlans) national(code *phoneCode, digits []byte) (planned, phoneFault) {
	at := code.root
	for _, c := range digits {
		at = p.states[at].next[c-'0']
	}
	if end := p.states[at].end; end != 0 {
		return planned{code.digits, len(digits), p.ends[end]}, faultNone
	}
	return planned{code: code.digits}, code.lengths.fault(len(digits))
}

// dialsNationally reports that digits are certainly no way out of the region.
func (r *phoneRegion) dialsNationally(digits []byte) bool {
	if r == nil {
		return false
	}
	step := r.steps[pair(digits)]
	return step == stepNone || step == stepTrunk
}

// planned is a number that a plan knows. It does not point into the dialling
// that it was found by, which stays on the stack.
type planned struct {
	code     string
	national int // last digits of the dialling
	region   string
}

// append appends the number, found by the dialling, as E.164.
func (n planned) append(b []byte, d *dialling) []byte {
	b = append(b, '+')
	b = append(b, n.code...)
	return append(b, d.digits[d.n-n.national:d.n]...)
}

func (n planned) phone(d *dialling) Phone {
	var buf [phoneDigitsMax + 1]byte
	return Phone{E164: string(n.append(buf[:0], d)), Region: n.region}
}

func pair(digits []byte) int { return int(digits[0]-'0')*10 + int(digits[1]-'0') }

// letterPair is the index of two capital letters, or false.
func letterPair(s string) (int, bool) {
	if len(s) != 2 || s[0] < 'A' || s[0] > 'Z' || s[1] < 'A' || s[1] > 'Z' {
		return 0, false
	}
	return int(s[0]-'A')*26 + int(s[1]-'A'), true
}

func (p *phonePlans) regionOf(region string) *phoneRegion {
	i, ok := letterPair(region)
	if !ok || p.regionAt[i] == 0 {
		return nil
	}
	return &p.regions[p.regionAt[i]]
}

// plans reads phones/table.txt, in which codes come before the regions.
var plans = sync.OnceValue(func() *phonePlans {
	p := &phonePlans{codes: make([]phoneCode, 1), regions: make([]phoneRegion, 1), states: make([]phoneState, 1, phoneStatesAbout)}
	for line := range strings.Lines(phoneTable) {
		kind, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch kind {
		case "state":
			p.states = append(p.states, readState(rest))
		case "assigned":
			p.assign(strings.Fields(rest))
		case "code":
			p.addCode(strings.Fields(rest))
		case "region":
			p.addRegion(strings.Fields(rest))
		case "ends":
			p.ends = append([]string{""}, strings.Fields(rest)...)
		}
	}
	return p
})

// phoneStatesAbout sizes the automaton.
const phoneStatesAbout = 3200

func readState(line string) phoneState {
	var s phoneState
	i := -1
	for field := range strings.FieldsSeq(line) {
		if n := mustAtoi(field); i < 0 {
			s.end = uint8(n)
		} else {
			s.next[i] = uint16(n)
		}
		i++
	}
	return s
}

func (p *phonePlans) addCode(f []string) {
	p.codes = append(p.codes, phoneCode{digits: f[0], root: uint16(mustAtoi(f[1])), lengths: readLengths(f[2]), steps: f[3]})
	p.setCode(f[0], uint8(len(p.codes)-1))
}

// assign tells the calling codes that exist from those that do not.
func (p *phonePlans) assign(codes []string) {
	for i := range p.codeAt {
		p.codeAt[i] = noCode
	}
	for _, code := range codes {
		p.setCode(code, 0)
	}
}

func (p *phonePlans) setCode(code string, at uint8) {
	from, size := mustAtoi(code), 1
	for range 3 - len(code) {
		from, size = from*10, size*10
	}
	for i := range size {
		p.codeAt[from+i] = at
	}
}

func (p *phonePlans) addRegion(f []string) {
	r := phoneRegion{lengths: readLengths(f[2]), steps: f[3]}
	for i, c := range p.codes {
		if c.digits == f[1] {
			r.code = uint8(i)
		}
	}
	at, _ := letterPair(f[0])
	p.regions = append(p.regions, r)
	p.regionAt[at] = uint8(len(p.regions) - 1)
}

// readLengths reads "8,9/6,7", where those after the / are local.
func readLengths(s string) phoneLengths {
	possible, local, _ := strings.Cut(s, "/")
	return phoneLengths{possible: readBits(possible), local: readBits(local)}
}

func readBits(s string) uint32 {
	var set uint32
	for n := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ',' }) {
		set |= 1 << mustAtoi(n)
	}
	return set
}

// mustAtoi reads a number of a table that is part of the program.
func mustAtoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(fmt.Sprintf("canon: phones/table.txt: %v", err))
	}
	return n
}
