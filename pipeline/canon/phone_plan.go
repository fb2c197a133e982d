package canon

import (
	_ "embed"
	"fmt"
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

// plainDialling reads a number that is written with digits and the usual signs
// between them in ASCII alone, as splitPhone and withoutTrunkZero do. Of any
// other text it says false.
func plainDialling(s string) (d dialling, ok bool) {
	s = strings.Trim(s, " ")
	home := strings.HasPrefix(s, "+") // a (0) is left out, once
	slash, left := 0, 0               // digits before the last /, and those left out
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			if d.n == phoneDigitsMax {
				return d, false
			}
			d.digits[d.n] = c
			d.n++
		case '+':
			if d.plus || d.n > 0 {
				return d, false
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
			return d, false
		}
	}
	return d, !twoEndings(slash, d.n+left)
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
// github.com/nyaruka/phonenumbers says; gen/phones.go makes it from that.
type phonePlans struct {
	codeAt   [1000]uint8    // by the first three digits, the index of the calling code in codes; 0: not covered
	regionAt [26 * 26]uint8 // by the two letters, the index in regions; 0: not covered
	codes    []phoneCode
	regions  []phoneRegion
	states   []phoneState
	ends     []string
}

// phoneCode is a calling code and the step for each two digits that may begin
// a number behind it.
type phoneCode struct {
	digits string
	root   uint16
	steps  string
}

// phoneRegion is where a number is dialled: its calling code, the lengths, as
// bits, that a number may have behind its trunk prefix, and the step for each
// two digits that may begin what is dialled.
type phoneRegion struct {
	code    uint8
	lengths uint32
	steps   string
}

// The steps, as gen/phones.go writes them; any other means that the library
// has to be asked.
const (
	stepNone   = '.' // the digits are the national number
	stepTrunk  = 't' // the first digit is the trunk prefix
	stepAbroad = 'i' // 00 is the way out of the country
)

// find returns the number that is meant, when it exists in a covered plan and
// it is certain that the library finds the same. False means nothing: not
// found, not valid or not certain.
func (p *phonePlans) find(d *dialling, region string) (planned, bool) {
	digits := d.digits[:d.n]
	if d.plus {
		return p.abroad(digits)
	}
	if len(digits) < 3 || len(region) != 2 {
		return p.withoutRegion(digits, region)
	}
	home := p.regionOf(region)
	if home == nil {
		return planned{}, false
	}
	switch home.steps[pair(digits)] {
	case stepAbroad:
		return p.withoutRegion(digits, "")
	case stepTrunk:
		if digits = digits[1:]; home.lengths>>len(digits)&1 == 0 {
			return planned{}, false
		}
	case stepNone:
	default:
		return planned{}, false
	}
	return p.national(&p.codes[home.code], digits)
}

// withoutRegion reads 00 as the way out of the country, where no region says
// otherwise.
func (p *phonePlans) withoutRegion(digits []byte, region string) (planned, bool) {
	if region != "" || len(digits) < 3 || digits[0] != '0' || digits[1] != '0' || digits[2] == '0' {
		return planned{}, false
	}
	return p.abroad(digits[2:])
}

// abroad reads digits that begin with a calling code.
func (p *phonePlans) abroad(digits []byte) (planned, bool) {
	if len(digits) < 3 {
		return planned{}, false
	}
	at := p.codeAt[int(digits[0]-'0')*100+pair(digits[1:])]
	if at == 0 {
		return planned{}, false
	}
	code := &p.codes[at]
	digits = digits[len(code.digits):]
	if len(digits) < 2 || code.steps[pair(digits)] != stepNone {
		return planned{}, false
	}
	return p.national(code, digits)
}

// national follows the digits of a national number through its plan.
func (p *phonePlans) national(code *phoneCode, digits []byte) (planned, bool) {
	at := code.root
	for _, c := range digits {
		at = p.states[at].next[c-'0']
	}
	end := p.states[at].end
	if end == 0 {
		return planned{}, false
	}
	return planned{code.digits, digits, p.ends[end]}, true
}

// planned is a number that a plan knows.
type planned struct {
	code   string
	digits []byte // of the dialling that it was found by
	region string
}

// append appends the number as E.164.
func (n planned) append(b []byte) []byte {
	b = append(b, '+')
	b = append(b, n.code...)
	return append(b, n.digits...)
}

func (n planned) phone() Phone {
	var buf [phoneDigitsMax + 1]byte
	return Phone{E164: string(n.append(buf[:0])), Region: n.region}
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
	p.codes = append(p.codes, phoneCode{digits: f[0], root: uint16(mustAtoi(f[1])), steps: f[2]})
	from, size := mustAtoi(f[0]), 1
	for range 3 - len(f[0]) {
		from, size = from*10, size*10
	}
	for i := range size {
		p.codeAt[from+i] = uint8(len(p.codes) - 1)
	}
}

func (p *phonePlans) addRegion(f []string) {
	r := phoneRegion{steps: f[3]}
	for i, c := range p.codes {
		if c.digits == f[1] {
			r.code = uint8(i)
		}
	}
	for n := range strings.SplitSeq(f[2], ",") {
		r.lengths |= 1 << mustAtoi(n)
	}
	at, _ := letterPair(f[0])
	p.regions = append(p.regions, r)
	p.regionAt[at] = uint8(len(p.regions) - 1)
}

// mustAtoi reads a number of a table that is part of the program.
func mustAtoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(fmt.Sprintf("canon: phones/table.txt: %v", err))
	}
	return n
}
