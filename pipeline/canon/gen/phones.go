//go:build ignore

// Phones writes ../phones/table.txt from the metadata inside
// github.com/nyaruka/phonenumbers, in the version that go.mod names:
//
//	go run phones.go > ../phones/table.txt
//
// The table is exact: for each calling code it holds the smallest automaton
// that reads a national number, digit by digit, and ends in the region to which
// the library assigns it, or in none where the library calls it invalid. Beside
// it stand, for each calling code and each region, the lengths of its numbers
// and, for each two digits that may begin what is dialled, which of the
// library's steps apply; where that does not follow from two digits, the table
// says so and the library is asked. A list of all calling codes tells those
// that are not covered from those that do not exist.
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// regions are those in which numbers without a country code are read, the
// calling codes of which are covered.
var regions = strings.Fields("AT AU BE BG CA CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MC MT NL NO NZ PL PT RO RS SE SG SI SK TR UA US ZA IL IN JP HK AE")

// nationalDigitsMax is the length of the longest number the library reads.
const nationalDigitsMax = 17

func main() {
	collection, err := phonenumbers.MetadataCollection()
	if err != nil {
		log.Fatal(err)
	}
	g := &generator{metadata: map[string]*phonenumbers.PhoneMetadata{}, shared: map[state]int{{}: 0}, states: []state{{}}}
	for _, m := range collection.GetMetadata() {
		g.metadata[m.GetId()] = m
	}
	out := bufio.NewWriter(os.Stdout)
	fmt.Fprintln(out, "# Made by gen/phones.go. Do not edit.")
	g.write(out)
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}

// state is a state of the automaton: where each digit leads, 0 for nowhere,
// and the region of a number that ends here, from 1.
type state struct {
	next   [10]int
	region int
}

type generator struct {
	metadata map[string]*phonenumbers.PhoneMetadata
	ends     []string // regions of numbers, in the order of their index
	shared   map[state]int
	states   []state
}

func (g *generator) write(out *bufio.Writer) {
	var codes []int
	for _, r := range regions {
		if code := int(g.metadata[r].GetCountryCode()); !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	fmt.Fprintf(out, "assigned %s\n", strings.Join(assigned(), " "))
	for _, code := range codes {
		main := g.metadata[phonenumbers.GetRegionCodeForCountryCode(code)]
		root := newWalk(g, code).state(0)
		fmt.Fprintf(out, "code %d %d %s %s\n", code, root, lengths(main), steps(main, abroad))
	}
	for _, r := range slices.Sorted(slices.Values(regions)) {
		m := g.metadata[r]
		fmt.Fprintf(out, "region %s %d %s %s\n", r, m.GetCountryCode(), lengths(m), steps(m, athome))
	}
	fmt.Fprintf(out, "ends %s\n", strings.Join(g.ends, " "))
	for _, s := range g.states[1:] {
		fmt.Fprintf(out, "state %d", s.region)
		for _, n := range s.next {
			fmt.Fprintf(out, " %d", n)
		}
		fmt.Fprintln(out)
	}
}

func (g *generator) end(region string) int {
	if i := slices.Index(g.ends, region); i >= 0 {
		return i + 1
	}
	g.ends = append(g.ends, region)
	return len(g.ends)
}

func (g *generator) share(s state) int {
	if s == (state{}) {
		return 0
	}
	id, known := g.shared[s]
	if !known {
		id = len(g.states)
		g.shared[s] = id
		g.states = append(g.states, s)
	}
	return id
}

// assigned are all calling codes that the library knows.
func assigned() []string {
	var out []string
	for code := range 1000 {
		if len(phonenumbers.GetRegionCodesForCountryCode(code)) > 0 {
			out = append(out, strconv.Itoa(code))
		}
	}
	return out
}

// lengths are those that a number may have, and after a / those with which it
// can only be dialled in its own place.
func lengths(m *phonenumbers.PhoneMetadata) string {
	general := m.GetGeneralDesc()
	return list(general.GetPossibleLength()) + "/" + list(general.GetPossibleLengthLocalOnly())
}

func list(lengths []int32) string {
	var out []string
	for _, n := range lengths {
		out = append(out, strconv.Itoa(int(n)))
	}
	return strings.Join(out, ",")
}

// What the two digits that begin a number tell of the steps that the library
// takes before it looks at the numbering plan.
const (
	asIs    = '.' // none
	trunk   = 't' // the first digit is the trunk prefix and comes off
	abroad0 = 'i' // 00 comes off, a country code follows
	ask     = '?' // more than two digits are needed to know
)

type place int

const (
	abroad place = iota // after the country code
	athome              // dialled within the region
)

func steps(m *phonenumbers.PhoneMetadata, where place) string {
	prefix := newPattern(m.GetNationalPrefixForParsing())
	idd := newPattern(m.GetInternationalPrefix())
	general := newPattern(m.GetGeneralDesc().GetNationalNumberPattern())
	code := strconv.Itoa(int(m.GetCountryCode()))
	var b strings.Builder
	for first := byte('0'); first <= '9'; first++ {
		for second := byte('0'); second <= '9'; second++ {
			pair := string([]byte{first, second})
			step := byte(ask)
			switch prefix.begins(pair) {
			case never:
				step = asIs
			case one:
				// Taken off for certain only if the number with it is not itself one.
				if m.GetNationalPrefixTransformRule() == "" && general.move(start, first) == 0 {
					step = trunk
				}
			}
			if where == abroad {
				b.WriteByte(step)
				continue
			}
			switch idd.begins(pair) {
			case two:
				step = abroad0
			case never:
			default:
				step = ask
			}
			ownCode := code[:1] == pair[:1] && (len(code) == 1 || code[:2] == pair)
			if ownCode && !(code == pair[:1] && step == trunk && prefix.begins(pair[1:]+"0") == never && second != first) {
				step = ask
			}
			b.WriteByte(step)
		}
	}
	return b.String()
}

// pattern is a regular expression over digits, as an automaton that is made on
// the way. Its state 0 is dead.
type pattern struct {
	prog  *syntax.Prog
	ids   map[string]int
	sets  [][]uint32
	moves []map[byte]int
}

// start is the state of a pattern before the first digit.
const start = 1

func newPattern(expr string) *pattern {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		log.Fatal(err)
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		log.Fatal(err)
	}
	p := &pattern{prog: prog, ids: map[string]int{}}
	p.id(nil)
	if expr == "" {
		p.id([]uint32{^uint32(0)}) // a start that leads nowhere and accepts nothing
		return p
	}
	p.id(p.closure(nil, uint32(prog.Start)))
	return p
}

func (p *pattern) id(set []uint32) int {
	slices.Sort(set)
	set = slices.Compact(set)
	key := fmt.Sprint(set)
	id, known := p.ids[key]
	if !known {
		id = len(p.sets)
		p.ids[key] = id
		p.sets = append(p.sets, set)
		p.moves = append(p.moves, map[byte]int{})
	}
	return id
}

func (p *pattern) closure(set []uint32, pc uint32) []uint32 {
	if slices.Contains(set, pc) {
		return set
	}
	switch i := p.prog.Inst[pc]; i.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		set = append(set, pc)
		return p.closure(p.closure(set, i.Out), i.Arg)
	case syntax.InstCapture, syntax.InstNop:
		return p.closure(append(set, pc), i.Out)
	case syntax.InstFail:
		return set
	case syntax.InstEmptyWidth: // ^ or $ within: no covered plan has them
		log.Fatalf("the automaton cannot tell where a text ends:\n%v", p.prog)
	}
	return append(set, pc)
}

// move is the state that follows when the digit is read.
func (p *pattern) move(from int, digit byte) int {
	if to, known := p.moves[from][digit]; known {
		return to
	}
	var set []uint32
	for _, pc := range p.sets[from] {
		if pc == ^uint32(0) {
			continue
		}
		i := &p.prog.Inst[pc]
		switch i.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			if i.MatchRune(rune(digit)) {
				set = p.closure(set, i.Out)
			}
		}
	}
	to := p.id(set)
	p.moves[from][digit] = to
	return to
}

func (p *pattern) accepts(at int) bool {
	return slices.ContainsFunc(p.sets[at], func(pc uint32) bool {
		return pc != ^uint32(0) && p.prog.Inst[pc].Op == syntax.InstMatch
	})
}

// alive reports that more digits may still be read.
func (p *pattern) alive(at int) bool {
	for d := byte('0'); d <= '9'; d++ {
		if p.move(at, d) != 0 {
			return true
		}
	}
	return false
}

// matched is how much of a text a pattern takes.
type matched int

const (
	never matched = iota
	one           // exactly the first digit
	two           // exactly both
	unsure
)

// begins says how the pattern matches the begin of any text that starts with
// the two digits.
func (p *pattern) begins(pair string) matched {
	if p.accepts(start) {
		return unsure
	}
	first := p.move(start, pair[0])
	second := p.move(first, pair[1])
	switch {
	case first == 0, !p.accepts(first) && second == 0:
		return never
	case p.accepts(first) && second == 0:
		return one
	case !p.accepts(first) && p.accepts(second) && !p.alive(second):
		return two
	}
	return unsure
}

// plan is a region's part of a numbering plan.
type plan struct {
	region  string
	leading *pattern // nil where the region is known by its numbers alone
	general description
	types   []description
}

type description struct {
	pattern *pattern
	lengths []int32
	slot    int // in the state of a walk
}

// walk goes through all numbers of a calling code at once.
type walk struct {
	g       *generator
	plans   []plan
	slots   []*pattern
	leads   []int // slot of each plan's leading digits, or -1
	known   map[string]int
	current []int // the state of each slot
}

func newWalk(g *generator, code int) *walk {
	w := &walk{g: g, known: map[string]int{}}
	slot := func(expr string) (*pattern, int) {
		p := newPattern(expr)
		w.slots = append(w.slots, p)
		w.current = append(w.current, start)
		return p, len(w.slots) - 1
	}
	describe := func(d *phonenumbers.PhoneNumberDesc) description {
		p, at := slot(d.GetNationalNumberPattern())
		return description{p, d.GetPossibleLength(), at}
	}
	for _, region := range phonenumbers.GetRegionCodesForCountryCode(code) {
		m := g.metadata[region]
		p := plan{region: region, general: describe(m.GetGeneralDesc())}
		lead := -1
		if m.GetLeadingDigits() != "" {
			p.leading, lead = slot("(?:" + m.GetLeadingDigits() + `)\d*`)
		}
		w.leads = append(w.leads, lead)
		// One of these makes a number valid; which one does not matter.
		kinds := []*phonenumbers.PhoneNumberDesc{m.GetPremiumRate(), m.GetTollFree(), m.GetSharedCost(), m.GetVoip(),
			m.GetPersonalNumber(), m.GetPager(), m.GetUan(), m.GetVoicemail(), m.GetFixedLine()}
		if !m.GetSameMobileAndFixedLinePattern() {
			kinds = append(kinds, m.GetMobile())
		}
		for _, k := range kinds {
			if k.GetNationalNumberPattern() != "" {
				p.types = append(p.types, describe(k))
			}
		}
		w.plans = append(w.plans, p)
	}
	return w
}

// state is the shared state for where the walk is, after so many digits.
func (w *walk) state(digits int) int {
	key := fmt.Sprint(digits, w.current)
	if id, known := w.known[key]; known {
		return id
	}
	s := state{region: w.region(digits)}
	if digits < nationalDigitsMax && slices.ContainsFunc(w.current, func(at int) bool { return at != 0 }) {
		here := w.current
		for d := byte('0'); d <= '9'; d++ {
			next := make([]int, len(here))
			for i, p := range w.slots {
				next[i] = p.move(here[i], d)
			}
			w.current = next
			s.next[d-'0'] = w.state(digits + 1)
		}
		w.current = here
	}
	id := w.g.share(s)
	w.known[key] = id
	return id
}

// region is what the library calls the region of a valid number that ends
// here: the first of the list whose leading digits it has or, where there are
// none, whose number it is.
func (w *walk) region(digits int) int {
	for i, p := range w.plans {
		valid := w.valid(p, digits)
		mine := valid
		if p.leading != nil || len(w.plans) == 1 {
			mine = len(w.plans) == 1 || p.leading.accepts(w.current[w.leads[i]])
		}
		switch {
		case mine && valid:
			return w.g.end(p.region)
		case mine:
			return 0
		}
	}
	return 0
}

func (w *walk) valid(p plan, digits int) bool {
	if !w.matches(p.general, digits) {
		return false
	}
	return slices.ContainsFunc(p.types, func(d description) bool { return w.matches(d, digits) })
}

func (w *walk) matches(d description, digits int) bool {
	possible := len(d.lengths) == 0 || slices.Contains(d.lengths, int32(digits))
	return possible && d.pattern.accepts(w.current[d.slot])
}
