package eval_test

import (
	"encoding/base64"
	"errors"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline"
)

// This file goes on with the reference: what functions mean.

// firstNonempty is a function that is called with nulls, after all of its
// arguments were computed.
func firstNonempty(n *tree, s scope) (answer, error) {
	out := nothing
	for _, kid := range slices.Backward(n.kids) {
		a, err := reference(kid, s)
		if err != nil {
			return nothing, err
		}
		if !a.null && a.v.Str() != "" {
			out = a
		}
	}
	return out, nil
}

// reduced is reduce(list, expression) or reduce(list, expression, start).
func reduced(n *tree, s scope) (answer, error) {
	of, err := reference(n.kids[0], s)
	if err != nil || of.null {
		return nothing, err
	}
	var acc answer
	from := 0
	switch {
	case len(n.kids) > 2:
		acc, err = reference(n.kids[2], s)
	case len(of.members) == 0:
		acc = nothing
	default:
		acc, from = plain(of.members[0]), 1
	}
	if err != nil {
		return nothing, err
	}
	acc = toType(acc, n.typ)
	for i := from; i < len(of.members); i++ {
		acc, err = reference(n.kids[1], scope{row: s.row, member: of.members[i], index: i, acc: acc})
		if err != nil {
			return nothing, err
		}
		acc = toType(acc, n.typ)
	}
	return acc, nil
}

// sortedBy puts each member behind those whose key is not more.
func sortedBy(n *tree, s scope) (answer, error) {
	of, err := reference(n.kids[0], s)
	if err != nil || of.null {
		return nothing, err
	}
	out, keys := answer{list: true}, []answer{}
	for i, m := range of.members {
		key, err := reference(n.kids[1], scope{row: s.row, member: m, index: i})
		if err != nil {
			return nothing, err
		}
		at := len(keys)
		for at > 0 && before(key, keys[at-1], n.name == "desc") {
			at--
		}
		keys, out.members = slices.Insert(keys, at, key), slices.Insert(out.members, at, m)
	}
	return out, nil
}

// before reports whether a stands before b: nulls are last, NaN is less than
// any number.
func before(a, b answer, down bool) bool {
	switch {
	case a.null || b.null:
		return !a.null
	case down:
		return before(b, a, false)
	case a.v.Type() == pipeline.Bool:
		return !a.v.Bool() && b.v.Bool()
	case isNaN(a) || isNaN(b):
		return isNaN(a) && !isNaN(b)
	}
	return holds("<", a, b)
}

func isNaN(a answer) bool { return a.v.Type() == pipeline.Float && math.IsNaN(a.v.Float()) }

// function computes a function of arguments that are there.
func function(n *tree, a []answer) (out answer, known bool, err error) {
	text := func(s string) answer { return plain(pipeline.StringValue(s)) }
	whole := func(i int) answer { return plain(pipeline.IntValue(int64(i))) }
	first := ""
	if len(a) > 0 && !a[0].list {
		first = a[0].v.Str()
	}
	second := ""
	if len(a) > 1 && !a[1].list {
		second = a[1].v.Str()
	}
	switch n.op {
	case "matches":
		return truth(regexp.MustCompile(n.name).MatchString(first)), true, nil
	case "person":
		name, last, two := strings.Cut(first, " ")
		if n.name == "first" {
			return text(name), true, nil
		} else if !two {
			return nothing, true, nil
		}
		return text(last), true, nil
	case "half":
		return plain(pipeline.FloatValue(asFloat(a[0].v) / 2)), true, nil
	case "int":
		i, err := strconv.ParseInt(first, 10, 64)
		return plain(pipeline.IntValue(i)), true, err
	case "ceil", "floor", "round":
		return rounded(n.op, a[0]), true, nil
	case "hasPrefix":
		return truth(len(first) >= len(second) && first[:len(second)] == second), true, nil
	case "hasSuffix":
		return truth(len(first) >= len(second) && first[len(first)-len(second):] == second), true, nil
	case "indexOf", "lastIndexOf":
		at := strings.Index(first, second)
		if n.op == "lastIndexOf" {
			at = strings.LastIndex(first, second)
		}
		if at > 0 {
			at = len([]rune(first[:at]))
		}
		return whole(at), true, nil
	case "trimPrefix":
		return text(strings.TrimPrefix(first, second)), true, nil
	case "trimSuffix":
		return text(strings.TrimSuffix(first, second)), true, nil
	case "toBase64":
		return text(base64.StdEncoding.EncodeToString([]byte(first))), true, nil
	case "fromBase64":
		plainText, err := base64.StdEncoding.DecodeString(first)
		if err == nil && !utf8.Valid(plainText) {
			err = errors.New("no text")
		}
		return text(string(plainText)), true, err
	case "splitAfter":
		out := answer{list: true}
		for _, s := range strings.SplitAfter(first, second) {
			out.members = append(out.members, pipeline.StringValue(s))
		}
		return out, true, nil
	case "mean", "median":
		out, err := middle(n.op, a[0].members)
		return out, true, err
	}
	if strings.HasPrefix(n.op, "bit") {
		out, err := ofBits(n.op, a)
		return out, true, err
	}
	return ofMembers(n.op, a)
}

func rounded(op string, a answer) answer {
	if a.v.Type() == pipeline.Int {
		return a
	}
	f := a.v.Float()
	up, down := math.Ceil(f), math.Floor(f)
	switch {
	case op == "ceil" || wild(f):
		return plain(pipeline.FloatValue(up))
	case op == "floor":
		return plain(pipeline.FloatValue(down))
	case f-down > up-f || f-down == up-f && f > 0:
		return plain(pipeline.FloatValue(up))
	}
	return plain(pipeline.FloatValue(down))
}

// ofMembers computes what takes a list apart.
func ofMembers(op string, a []answer) (out answer, known bool, err error) {
	switch op {
	case "first", "last":
		at := 0
		if op == "last" {
			at = len(a[0].members) - 1
		}
		if len(a[0].members) == 0 {
			return nothing, true, nil
		}
		return plain(a[0].members[at]), true, nil
	case "take":
		out := answer{list: true}
		for i, m := range a[0].members {
			if int64(i) < a[1].v.Int() {
				out.members = append(out.members, m)
			}
		}
		return out, true, nil
	case "sort":
		out := answer{list: true}
		for _, m := range a[0].members {
			at := len(out.members)
			for at > 0 && before(plain(m), plain(out.members[at-1]), false) {
				at--
			}
			out.members = slices.Insert(out.members, at, m)
		}
		return out, true, nil
	}
	return nothing, false, nil
}

// middle is mean and median.
func middle(op string, members []pipeline.Value) (answer, error) {
	if len(members) == 0 {
		return nothing, nil
	}
	total, odd, numbers := 0.0, false, []float64{}
	for _, m := range members {
		f := asFloat(m)
		total, odd, numbers = total+f, odd || wild(f), append(numbers, f)
	}
	if op == "mean" {
		if wild(total) && !odd {
			return nothing, errNumber
		}
		return plain(pipeline.FloatValue(total / float64(len(members)))), nil
	}
	slices.Sort(numbers)
	a, b := numbers[(len(numbers)-1)/2], numbers[len(numbers)/2]
	switch {
	case math.IsNaN(numbers[0]):
		a = math.NaN()
	case wild(a) || wild(b):
		a = (a + b) / 2
	default:
		sum := new(big.Rat).Add(new(big.Rat).SetFloat64(a), new(big.Rat).SetFloat64(b))
		a, _ = sum.Quo(sum, big.NewRat(2, 1)).Float64()
	}
	return plain(pipeline.FloatValue(a)), nil
}

// ofBits works on the 64 bits of a number one by one.
func ofBits(op string, a []answer) (answer, error) {
	x := uint64(a[0].v.Int())
	bit := func(v uint64, i int64) bool { return i >= 0 && i < 64 && v>>i&1 == 1 }
	y, places := uint64(0), int64(0)
	if len(a) > 1 {
		y, places = uint64(a[1].v.Int()), a[1].v.Int()
	}
	shifts := op == "bitshl" || op == "bitshr" || op == "bitushr"
	if shifts && places < 0 {
		return nothing, errNumber
	}
	places = min(places, 64)
	out := uint64(0)
	for i := range int64(64) {
		set := false
		switch op {
		case "bitand":
			set = bit(x, i) && bit(y, i)
		case "bitor":
			set = bit(x, i) || bit(y, i)
		case "bitxor":
			set = bit(x, i) != bit(y, i)
		case "bitnand":
			set = bit(x, i) && !bit(y, i)
		case "bitnot":
			set = !bit(x, i)
		case "bitshl":
			set = bit(x, i-places)
		case "bitshr":
			set = bit(x, min(i+places, 63))
		case "bitushr":
			set = bit(x, i+places)
		}
		if set {
			out |= 1 << i
		}
	}
	return plain(pipeline.IntValue(int64(out))), nil
}
