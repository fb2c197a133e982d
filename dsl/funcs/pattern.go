package funcs

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/reconkit/reconkit/pipeline"
)

// patterns keeps regular expressions compiled, for those that are not known
// before the rows are read. It is safe for concurrent use.
type patterns struct {
	mu       sync.RWMutex
	compiled map[string]*Pattern
}

func (p *patterns) compile(pattern string) (*Pattern, error) {
	p.mu.RLock()
	known := p.compiled[pattern]
	p.mu.RUnlock()
	if known != nil {
		return known, nil
	}
	if len(pattern) > patternBytesMax {
		return nil, fmt.Errorf("the pattern %s is longer than %d bytes", show(pattern), patternBytesMax)
	}
	pattern = strings.Clone(pattern) // which may be the text of a row
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("the pattern %s is not a regular expression: %w", show(pattern), err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.compiled) >= patternsKept {
		clear(p.compiled) // patterns made from data: keeping them would not help
	}
	known = &Pattern{re: re}
	p.compiled[pattern] = known
	return known, nil
}

// known refuses a pattern that is no regular expression.
func (p *patterns) known(args []Arg) (at int, err error) {
	if args[1].Known {
		_, err = p.compile(args[1].Text)
	}
	return 1, err
}

// bind is the pattern of a call whose second argument is known and right, made
// fast; else nil.
func (p *patterns) bind(args []Arg) *Pattern {
	if !args[1].Known {
		return nil
	}
	known, err := p.compile(args[1].Text)
	if err != nil {
		return nil // the first row says so
	}
	return NewPattern(known.re)
}

func (p *patterns) match(_ *Runtime, a, pattern, _ string) (bool, bool, error) {
	known, err := p.compile(pattern)
	if err != nil {
		return false, false, err
	}
	return known.Match(a), true, nil
}

func (p *patterns) extract(_ *Runtime, a, pattern, _ string) (string, bool, error) {
	known, err := p.compile(pattern)
	if err != nil {
		return "", false, err
	}
	return orNone(known.Extract(a))
}

func (p *patterns) bindMatch(args []Arg) Kernel {
	known := p.bind(args)
	if known == nil {
		return Kernel{Bool: p.match}
	}
	return Kernel{Bool: func(_ *Runtime, a, _, _ string) (bool, bool, error) { return known.Match(a), true, nil }}
}

func (p *patterns) bindExtract(args []Arg) Kernel {
	known := p.bind(args)
	if known == nil {
		return Kernel{Text: p.extract}
	}
	return Kernel{Text: func(_ *Runtime, a, _, _ string) (string, bool, error) { return orNone(known.Extract(a)) }}
}

// patternFuncs are the functions over regular expressions (RE2).
func patternFuncs() []*Func {
	cache := &patterns{compiled: map[string]*Pattern{}}
	return []*Func{
		{
			Name:   "match",
			Doc:    "Whether the regular expression (RE2) is found in the text; ^ and $ tie it to the ends.",
			Params: []Param{text("value"), text("pattern")},
			Result: pipeline.Bool,
			Examples: []Example{
				{`match("AB-1234", "^[A-Z]{2}-[0-9]+$")`, "true"},
			},
			Known: cache.known,
			Bind:  cache.bindMatch, Call: boxed(cache.match, pipeline.BoolValue),
		},
		{
			Name:   "extract",
			Doc:    "What the first group in parentheses of the regular expression (RE2) finds in the text, or what all of it finds where it has no group. Nothing found is null.",
			Params: []Param{text("value"), text("pattern")},
			Result: pipeline.String,
			Examples: []Example{
				{`extract("Order 4711 of May", "Order ([0-9]+)")`, "4711"},
				{`extract("none", "[0-9]+")`, "nil"},
			},
			Known: cache.known,
			Bind:  cache.bindExtract, Call: boxed(cache.extract, pipeline.StringValue),
		},
	}
}
