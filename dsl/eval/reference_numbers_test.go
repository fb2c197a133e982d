package eval_test

import (
	"errors"
	"math"
	"math/big"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
)

// This file goes on with the reference: numbers, compared and calculated with.

// exact is a number without rounding; nil for NaN and the infinities.
func exact(v pipeline.Value) *big.Rat {
	if v.Type() == pipeline.Int {
		return new(big.Rat).SetInt64(v.Int())
	}
	return new(big.Rat).SetFloat64(v.Float())
}

func asFloat(v pipeline.Value) float64 {
	if v.Type() == pipeline.Int {
		return float64(v.Int())
	}
	return v.Float()
}

func holds(op string, a, b answer) bool {
	c := 0
	switch {
	case a.list:
		c = 1
		if slices.EqualFunc(a.members, b.members, pipeline.Value.Equal) {
			c = 0
		}
	case a.v.Type() == pipeline.String:
		c = strings.Compare(a.v.Str(), b.v.Str())
	case a.v.Type() == pipeline.Bool:
		c = 1
		if a.v.Bool() == b.v.Bool() {
			c = 0
		}
	default:
		x, y := exact(a.v), exact(b.v)
		if x != nil && y != nil {
			c = x.Cmp(y)
			break
		}
		f, g := asFloat(a.v), asFloat(b.v)
		if math.IsNaN(f) || math.IsNaN(g) {
			return op == "!="
		}
		c = 0
		if f < g {
			c = -1
		} else if f > g {
			c = 1
		}
	}
	switch op {
	case "==":
		return c == 0
	case "!=":
		return c != 0
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	default:
		return c >= 0
	}
}

var errNumber = errors.New("the result is no number of its type")

func arithmetic(op, t string, a, b pipeline.Value) (answer, error) {
	if t == "int" {
		x, y, out := big.NewInt(a.Int()), big.NewInt(b.Int()), new(big.Int)
		switch op {
		case "+":
			out.Add(x, y)
		case "-":
			out.Sub(x, y)
		case "*":
			out.Mul(x, y)
		case "%":
			if y.Sign() == 0 {
				return nothing, errNumber
			}
			out.Rem(x, y)
		}
		if !out.IsInt64() {
			return nothing, errNumber
		}
		return plain(pipeline.IntValue(out.Int64())), nil
	}
	x, y, out := asFloat(a), asFloat(b), 0.0
	switch op {
	case "+":
		out = x + y
	case "-":
		out = x - y
	case "*":
		out = x * y
	case "/":
		if y == 0 {
			return nothing, errNumber
		}
		out = x / y
	}
	if wild(out) && !wild(x) && !wild(y) {
		return nothing, errNumber
	}
	return plain(pipeline.FloatValue(out)), nil
}

func wild(f float64) bool { return math.IsInf(f, 0) || math.IsNaN(f) }
