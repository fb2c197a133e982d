package funcs

import (
	"regexp/syntax"
	"strings"
)

// extractor finds a group of a pattern that is tied to the beginning of the
// text and never leaves a choice between two ways to go on (one-pass, as
// regexp calls it): each state is one instruction that waits for a character.
type extractor struct {
	states []onePass
	end    []onePassEnd // what happens where the text ends in the state
	whole  bool         // the pattern has no group: all that it finds is meant
}

type onePass struct {
	next [signs]onePassStep
	// leaves is the only sign, of ASCII, that leads out of the state; every other
	// one leads back to it, and no end of the group is there. 0: it is not so.
	leaves byte
}

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
		state := &x.states[at]
		if state.leaves != 0 {
			k := strings.IndexByte(s[i:], state.leaves)
			if k < 0 {
				i = len(s)
				break
			}
			i += k
		}
		c, size := sign(s, i)
		step := state.next[c]
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
	for at := range o.x.states {
		o.x.states[at].leaves = o.x.states[at].leaving(uint8(at))
	}
	return &o.x
}

// leaving is what leaves is for the state of a number.
func (p *onePass) leaving(at uint8) byte {
	only := -1
	for c, step := range p.next {
		switch {
		case step == onePassStep{to: at}:
		case only >= 0 || c == beyondASCII:
			return 0
		default:
			only = c
		}
	}
	return byte(max(0, only))
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
