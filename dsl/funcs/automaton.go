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
	next  []uint16 // for each state and sign, at stateSigns times the state, the state that follows, times stateSigns
	atEnd []bool   // found when the text, which is not empty, ends in the state
	start uint16
	empty bool // found in the empty text, which is begin and end at once
}

const (
	stateDead  = 0
	stateFound = 1
)

// stateSigns is the room of a state in a table: a power of two that holds every
// sign, so that its place is found with an "or".
const stateSigns = 256

func (m *matcher) in(s string) bool {
	if s == "" {
		return m.empty
	}
	next, at := m.next, m.start
	for i := 0; i < len(s) && at > stateFound*stateSigns; i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			_, size := utf8.DecodeRuneInString(s[i:])
			c, i = beyondASCII, i+size-1
		}
		at = next[int(at)|int(c)]
	}
	return m.atEnd[at/stateSigns]
}

// newMatcher makes the table, or nil when it grows too large.
func newMatcher(prog *syntax.Prog) *matcher {
	b := &subsets{prog: prog, known: map[string]uint8{}, anchored: prog.StartCond()&syntax.EmptyBeginText != 0}
	b.m.next, b.m.atEnd = make([]uint16, 2*stateSigns), []bool{false, true}
	b.sets = make([][]uint32, 2)
	start := b.closure([]uint32{uint32(prog.Start)}, syntax.EmptyBeginText)
	first, ok := b.state(start)
	b.m.start = uint16(first) * stateSigns
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
			b.m.next[at*stateSigns+sign] = b.m.next[at*stateSigns+sign-1]
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
		b.m.next[at*stateSigns+sign] = uint16(n) * stateSigns
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
	b.m.next = append(b.m.next, make([]uint16, stateSigns)...)
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
