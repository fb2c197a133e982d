package funcs

import (
	"fmt"
	"regexp"
	"sync"

	"github.com/reconkit/reconkit/pipeline"
)

// patterns keeps regular expressions compiled, since most expressions name
// them as constants. It is safe for concurrent use.
type patterns struct {
	mu       sync.RWMutex
	compiled map[string]*regexp.Regexp
}

func (p *patterns) compile(pattern string) (*regexp.Regexp, error) {
	p.mu.RLock()
	re := p.compiled[pattern]
	p.mu.RUnlock()
	if re != nil {
		return re, nil
	}
	if len(pattern) > patternBytesMax {
		return nil, fmt.Errorf("the pattern %s is longer than %d bytes", show(pattern), patternBytesMax)
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("the pattern %s is not a regular expression: %w", show(pattern), err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.compiled) >= patternsKept {
		clear(p.compiled) // patterns made from data: keeping them would not help
	}
	p.compiled[pattern] = re
	return re, nil
}

// patternFuncs are the functions over regular expressions (RE2).
func patternFuncs() []*Func {
	cache := &patterns{compiled: map[string]*regexp.Regexp{}}
	return []*Func{
		{
			Name:   "match",
			Doc:    "Whether the regular expression (RE2) is found in the text; ^ and $ tie it to the ends.",
			Params: []Param{text("value"), text("pattern")},
			Result: pipeline.Bool,
			Examples: []Example{
				{`match("AB-1234", "^[A-Z]{2}-[0-9]+$")`, "true"},
				{`match("x", "(")`, "error: is not a regular expression"},
			},
			Call: func(_ *Runtime, args []pipeline.Value) (pipeline.Value, error) {
				re, err := cache.compile(args[1].Str())
				if err != nil {
					return pipeline.Null(), err
				}
				return pipeline.BoolValue(re.MatchString(args[0].Str())), nil
			},
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
			Call: func(_ *Runtime, args []pipeline.Value) (pipeline.Value, error) {
				re, err := cache.compile(args[1].Str())
				if err != nil {
					return pipeline.Null(), err
				}
				found := re.FindStringSubmatch(args[0].Str())
				if found == nil {
					return pipeline.Null(), nil
				}
				return orNull(found[min(1, len(found)-1)]), nil
			},
		},
	}
}
