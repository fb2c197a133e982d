package funcs

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// Pattern is a regular expression that answers as regexp does. Where it is
// small and does not tell letters beyond ASCII apart, it is a table of states
// that is followed byte by byte (McNaughton and Yamada 1960; the subset
// construction of Rabin and Scott 1959); else regexp itself does the work. It
// is immutable and safe for concurrent use.
type Pattern struct {
	re    *regexp.Regexp
	match *matcher   // nil: regexp answers
	group *extractor // nil: regexp answers
}

// NewPattern makes the tables of a compiled regular expression.
func NewPattern(re *regexp.Regexp) *Pattern {
	p := &Pattern{re: re}
	parsed, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		return p
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil || !plainProgram(prog) {
		return p
	}
	if p.match = newMatcher(prog); p.match != nil {
		p.match.empty = re.MatchString("")
	}
	p.group = newExtractor(prog, re.NumSubexp() > 0)
	return p
}

// Match reports whether the pattern is found in s.
func (p *Pattern) Match(s string) bool {
	if p.match == nil {
		return p.re.MatchString(s)
	}
	return p.match.in(s)
}

// Extract returns what the first group finds in s, or all of the pattern where
// it has no group; "" when nothing is found.
func (p *Pattern) Extract(s string) string {
	if p.group != nil {
		return p.group.in(s)
	}
	found := p.re.FindStringSubmatchIndex(s)
	if found == nil {
		return ""
	}
	if len(found) > 2 {
		found = found[2:]
	}
	if found[0] < 0 {
		return ""
	}
	return s[found[0]:found[1]]
}

// The limits of the tables.
const (
	patternStatesMax  = 128  // states; a larger pattern is left to regexp
	patternThreadsMax = 1000 // instructions of the program
	signs             = utf8.RuneSelf + 1
	beyondASCII       = utf8.RuneSelf // the sign of every character that is not ASCII
)

// plainProgram reports a program that a table can follow: it looks at no more
// of its surroundings than the two ends of the text, and of characters beyond
// ASCII it takes all or none.
func plainProgram(prog *syntax.Prog) bool {
	if len(prog.Inst) > patternThreadsMax {
		return false
	}
	for i := range prog.Inst {
		inst := &prog.Inst[i]
		switch inst.Op {
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(inst.Arg)&^(syntax.EmptyBeginText|syntax.EmptyEndText) != 0 {
				return false
			}
		case syntax.InstRune, syntax.InstRune1:
			if !wholeBeyondASCII(inst.Rune) || syntax.Flags(inst.Arg)&syntax.FoldCase != 0 {
				return false
			}
		}
	}
	return true
}

// wholeBeyondASCII reports ranges that hold all characters beyond ASCII or none.
func wholeBeyondASCII(ranges []rune) bool {
	if len(ranges) == 1 {
		return ranges[0] < utf8.RuneSelf
	}
	for i := 0; i+1 < len(ranges); i += 2 {
		from, to := ranges[i], ranges[i+1]
		if to >= utf8.RuneSelf && (from > utf8.RuneSelf || to != unicode.MaxRune) {
			return false
		}
	}
	return true
}

// takes reports whether an instruction takes a sign.
func takes(inst *syntax.Inst, sign int) bool {
	switch inst.Op {
	case syntax.InstRune, syntax.InstRune1:
		return inst.MatchRune(rune(sign))
	case syntax.InstRuneAny:
		return true
	case syntax.InstRuneAnyNotNL:
		return sign != '\n'
	}
	return false
}

// sign is the next character of s from byte i as a sign, and its size.
func sign(s string, i int) (int, int) {
	if c := s[i]; c < utf8.RuneSelf {
		return int(c), 1
	}
	_, size := utf8.DecodeRuneInString(s[i:])
	return beyondASCII, size
}

// matcher finds out whether a pattern is there. State 0 is one that nothing
// leads out of, state 1 one in which the pattern was found.
type matcher struct {
	next  [][signs]uint8
	atEnd []bool // found when the text, which is not empty, ends in the state
	start uint8
	empty bool // found in the empty text, which is begin and end at once
}

const (
	stateDead  = 0
	stateFound = 1
)

func (m *matcher) in(s string) bool {
	if s == "" {
		return m.empty
	}
	at := m.start
	for i := 0; i < len(s) && at > stateFound; i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			_, size := utf8.DecodeRuneInString(s[i:])
			c, i = beyondASCII, i+size-1
		}
		at = m.next[at][c]
	}
	return m.atEnd[at]
}

// newMatcher makes the table, or nil when it grows too large.
func newMatcher(prog *syntax.Prog) *matcher {
	b := &subsets{prog: prog, known: map[string]uint8{}, anchored: prog.StartCond()&syntax.EmptyBeginText != 0}
	b.m.next, b.m.atEnd = make([][signs]uint8, 2), []bool{false, true}
	b.sets = make([][]uint32, 2)
	start := b.closure([]uint32{uint32(prog.Start)}, syntax.EmptyBeginText)
	first, ok := b.state(start)
	b.m.start = first
	for at := 2; at < len(b.sets) && ok; at++ {
		ok = b.fill(at)
	}
	if !ok {
		return nil
	}
	return &b.m
}

// subsets is a matcher on its way: a state stands for a set of instructions.
type subsets struct {
	prog     *syntax.Prog
	m        matcher
	sets     [][]uint32
	known    map[string]uint8
	anchored bool
}

// fill finds the steps out of a state; false when there are too many states.
func (b *subsets) fill(at int) bool {
	var before []uint32 // where the sign before leads: most signs lead where their neighbour does
	for sign := range signs {
		var to []uint32
		for _, pc := range b.sets[at] {
			if inst := &b.prog.Inst[pc]; takes(inst, sign) {
				to = append(to, inst.Out)
			}
		}
		if sign > 0 && slices.Equal(to, before) {
			b.m.next[at][sign] = b.m.next[at][sign-1]
			continue
		}
		before = slices.Clone(to)
		if !b.anchored { // the pattern may begin here, too
			to = append(to, uint32(b.prog.Start))
		}
		n, ok := b.state(b.closure(to, 0))
		if !ok {
			return false
		}
		b.m.next[at][sign] = n
	}
	return true
}

// state returns the number of the state of a set; false when there are too many.
func (b *subsets) state(set []uint32) (uint8, bool) {
	if b.has(set) {
		return stateFound, true
	}
	if len(set) == 0 {
		return stateDead, true
	}
	key := make([]byte, 0, 2*len(set))
	for _, pc := range set {
		key = append(key, byte(pc), byte(pc>>8))
	}
	if n, ok := b.known[string(key)]; ok {
		return n, true
	}
	n := len(b.sets)
	if n == patternStatesMax {
		return 0, false
	}
	b.known[string(key)] = uint8(n)
	b.sets = append(b.sets, set)
	b.m.next = append(b.m.next, [signs]uint8{})
	b.m.atEnd = append(b.m.atEnd, b.has(b.closure(set, syntax.EmptyEndText)))
	return uint8(n), true
}

// has reports whether the pattern is found in a set.
func (b *subsets) has(set []uint32) bool {
	return slices.ContainsFunc(set, func(pc uint32) bool { return b.prog.Inst[pc].Op == syntax.InstMatch })
}

// closure adds what is reached without a character where the conditions hold,
// in the order of the numbers. Those that wait for the end of the text stay in
// the set, so that the end can be tried from it.
func (b *subsets) closure(from []uint32, holds syntax.EmptyOp) []uint32 {
	seen := make([]bool, len(b.prog.Inst))
	var add func(pc uint32)
	add = func(pc uint32) {
		if seen[pc] {
			return
		}
		seen[pc] = true
		switch inst := &b.prog.Inst[pc]; inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			add(inst.Out)
			add(inst.Arg)
		case syntax.InstCapture, syntax.InstNop:
			add(inst.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(inst.Arg)&^holds == 0 {
				add(inst.Out)
			}
		}
	}
	for _, pc := range from {
		add(pc)
	}
	var set []uint32
	for pc, in := range seen {
		op := b.prog.Inst[pc].Op
		waits := op == syntax.InstEmptyWidth && syntax.EmptyOp(b.prog.Inst[pc].Arg)&syntax.EmptyBeginText == 0
		if in && (waits || op == syntax.InstMatch || op == syntax.InstRune || op == syntax.InstRune1 || op == syntax.InstRuneAny || op == syntax.InstRuneAnyNotNL) {
			set = append(set, uint32(pc))
		}
	}
	return set
}

// extractor finds a group of a pattern that is tied to the beginning of the
// text and never leaves a choice between two ways to go on (one-pass, as
// regexp calls it): each state is one instruction that waits for a character.
type extractor struct {
	states []onePass
	end    []onePassEnd // what happens where the text ends in the state
	whole  bool         // the pattern has no group: all that it finds is meant
}

type onePass struct{ next [signs]onePassStep }

// onePassStep leads to a state; 0 is nowhere, 1 says that the pattern has been
// found before the sign. Marks says which ends of the group are here.
type onePassStep struct{ to, marks uint8 }

type onePassEnd struct {
	found bool
	marks uint8
}

// The ends of the group, as captures and as bits.
const (
	captureOpens  = 2
	captureCloses = 3

	groupOpens  = 1
	groupCloses = 2
)

func (x *extractor) in(s string) string {
	at, from, to := uint8(2), -1, -1
	mark := func(marks uint8, i int) {
		if marks&groupOpens != 0 {
			from = i
		}
		if marks&groupCloses != 0 {
			to = i
		}
	}
	i := 0
	for i < len(s) {
		c, size := sign(s, i)
		step := x.states[at].next[c]
		if step.marks != 0 {
			mark(step.marks, i)
		}
		if step.to <= stateFound {
			if step.to == stateDead {
				return ""
			}
			return x.found(s, i, from, to)
		}
		at = step.to
		i += size
	}
	end := x.end[at]
	if !end.found {
		return ""
	}
	mark(end.marks, i)
	return x.found(s, i, from, to)
}

// found is the group, or the pattern, which ends at byte i.
func (x *extractor) found(s string, i, from, to int) string {
	if x.whole {
		return s[:i]
	}
	if from < 0 || to < from {
		return ""
	}
	return s[from:to]
}

// newExtractor makes the table, or nil when the pattern is not of that kind.
func newExtractor(prog *syntax.Prog, grouped bool) *extractor {
	if prog.StartCond()&syntax.EmptyBeginText == 0 {
		return nil
	}
	o := &onePasses{prog: prog, state: map[uint32]uint8{}}
	o.x.whole = !grouped
	o.x.states, o.x.end = make([]onePass, 3), make([]onePassEnd, 3)
	o.pcs = []uint32{0, 0, uint32(prog.Start)}
	for at := 2; at < len(o.pcs); at++ {
		begins := syntax.EmptyOp(0)
		from := o.pcs[at]
		if at == 2 {
			begins = syntax.EmptyBeginText
		} else {
			from = prog.Inst[from].Out
		}
		if !o.fill(at, from, begins) {
			return nil
		}
	}
	return &o.x
}

// onePasses is an extractor on its way.
type onePasses struct {
	prog  *syntax.Prog
	x     extractor
	pcs   []uint32 // of each state: the instruction that took the character before it
	state map[uint32]uint8
}

// fill finds the steps out of a state. Of two ways to go on with one sign, or to
// end, the table cannot hold both: it gives up.
func (o *onePasses) fill(at int, from uint32, holds syntax.EmptyOp) bool {
	ways, ok := o.ways(from, holds)
	if !ok {
		return false
	}
	for c := range signs {
		taken := false
		for _, w := range ways {
			inst := &o.prog.Inst[w.pc]
			step := onePassStep{to: stateFound, marks: w.marks}
			switch {
			case inst.Op != syntax.InstMatch && !takes(inst, c):
				continue
			case taken:
				return false
			case inst.Op != syntax.InstMatch:
				n, ok := o.number(w.pc)
				if !ok {
					return false
				}
				step.to = n
			}
			taken = true
			o.x.states[at].next[c] = step
		}
	}
	ways, ok = o.ways(from, holds|syntax.EmptyEndText)
	if !ok {
		return false
	}
	for _, w := range ways {
		if o.prog.Inst[w.pc].Op != syntax.InstMatch {
			continue
		}
		if o.x.end[at].found {
			return false
		}
		o.x.end[at] = onePassEnd{found: true, marks: w.marks}
	}
	return true
}

// way is an instruction that is reached without a character, and the ends of
// the group on the way to it.
type way struct {
	pc    uint32
	marks uint8
}

// ways finds them; false when one is reached twice, or when the group ends and
// begins at once.
func (o *onePasses) ways(from uint32, holds syntax.EmptyOp) ([]way, bool) {
	var found []way
	seen, ok := make([]bool, len(o.prog.Inst)), true
	var add func(pc uint32, marks uint8)
	add = func(pc uint32, marks uint8) {
		if seen[pc] {
			ok = false
			return
		}
		seen[pc] = true
		switch inst := &o.prog.Inst[pc]; inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			add(inst.Out, marks)
			add(inst.Arg, marks)
		case syntax.InstNop:
			add(inst.Out, marks)
		case syntax.InstCapture:
			switch inst.Arg {
			case captureOpens:
				if marks&groupCloses != 0 {
					ok = false
				}
				marks |= groupOpens
			case captureCloses:
				marks |= groupCloses
			}
			add(inst.Out, marks)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(inst.Arg)&^holds == 0 {
				add(inst.Out, marks)
			}
		case syntax.InstFail:
		default:
			found = append(found, way{pc: pc, marks: marks})
		}
	}
	add(from, 0)
	return found, ok
}

// number is the state behind the instruction that takes a character.
func (o *onePasses) number(pc uint32) (uint8, bool) {
	if n, ok := o.state[pc]; ok {
		return n, true
	}
	n := len(o.pcs)
	if n == patternStatesMax {
		return 0, false
	}
	o.state[pc] = uint8(n)
	o.pcs = append(o.pcs, pc)
	o.x.states, o.x.end = append(o.x.states, onePass{}), append(o.x.end, onePassEnd{})
	return uint8(n), true
}
