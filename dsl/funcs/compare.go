package funcs

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/xrash/smetrics"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// hashBytes is how much of the SHA-256 hash returns.
const hashBytes = 16

// The parameters of Jaro-Winkler that its author recommends.
const (
	winklerBoostAbove = 0.7
	winklerPrefixMax  = 4
)

// comparisons are the functions over several values.
func comparisons() []*Func {
	anything := []pipeline.Type{pipeline.String, pipeline.Int, pipeline.Float, pipeline.Bool, pipeline.Timestamp, pipeline.StringList}
	return []*Func{
		{
			Name:   "first_nonempty",
			Doc:    "The first of the values that is neither null nor blank, as it is. None is null.",
			Nulls:  "Null values are passed over.",
			Params: []Param{{Name: "values", Types: []pipeline.Type{pipeline.String}, Null: true, Variadic: true}},
			Result: pipeline.String,
			Examples: []Example{
				{`first_nonempty(nil, " ", "a@example.com")`, "a@example.com"},
				{`first_nonempty(nil)`, "nil"},
			},
			Bind: always(Kernel{Join: firstNonempty}),
			Call: func(_ *Runtime, args []pipeline.Value) (pipeline.Value, error) {
				for _, v := range args {
					if !v.IsNull() && !canon.Blank(v.Str()) {
						return v, nil
					}
				}
				return pipeline.Null(), nil
			},
		},
		{
			Name:   "hash",
			Doc:    "A fingerprint of the values: 32 hexadecimal digits, the same in every run and version. Types, order and nulls count: (\"a\", \"b\") differs from (\"ab\"), 1 from \"1\", null from \"\".",
			Nulls:  "Null is a value like others; the result is never null.",
			Params: []Param{{Name: "values", Types: anything, Null: true, Variadic: true}},
			Result: pipeline.String,
			Examples: []Example{
				{`hash("a", 1)`, "05dc20dc33e9a1ab9d0415d24ffc8bc8"},
			},
			Bind: always(Kernel{}),
			Call: func(rt *Runtime, args []pipeline.Value) (pipeline.Value, error) {
				return pipeline.StringValue(fingerprint(rt, args)), nil
			},
		},
		{
			Name: "similarity",
			Doc: "How alike two texts are after fold, from 0 to 1. The method is \"jaro_winkler\", \"jaro\", \"levenshtein\" (1 less the share of characters to change) or \"soundex\" (1 if both sound alike in English, else 0). " +
				"Texts of which nothing is left after fold are alike only to each other. Text of more than 1,000 bytes is an error.",
			Params: []Param{text("a"), text("b"), text("method")},
			Result: pipeline.Float,
			Examples: []Example{
				{`similarity("Müller", "MULLER", "jaro_winkler")`, "1"},
				{`similarity("Meier", "Maier", "levenshtein")`, "0.8"},
				{`similarity("Robert", "Rupert", "soundex")`, "1"},
				{`similarity("a", "b", "cosine")`, "error: is not a method"},
			},
			Bind: always(Kernel{Float: similarity}), Call: boxed(similarity, pipeline.FloatValue),
		},
	}
}

// firstNonempty is the first member that is not blank.
func firstNonempty(_ *Runtime, list []string, _ string) (string, bool, error) {
	for _, m := range list {
		if !canon.Blank(m) {
			return m, true, nil
		}
	}
	return "", false, nil
}

// fingerprint hashes values, each with its type and length before it.
func fingerprint(rt *Runtime, values []pipeline.Value) string {
	var buf [hashedBytesUsual]byte
	data := buf[:0]
	put := func(kind pipeline.Type, text string) {
		data = binary.BigEndian.AppendUint64(append(data, byte(kind)), uint64(len(text)))
		data = append(data, text...)
	}
	for _, v := range values {
		if v.Type() != pipeline.StringList {
			put(v.Type(), v.String())
			continue
		}
		put(pipeline.StringList, strconv.Itoa(len(v.List())))
		for _, member := range v.List() {
			put(pipeline.String, member)
		}
	}
	sum := sha256.Sum256(data)
	return rt.Keep(hex.AppendEncode(rt.Bytes(2*hashBytes), sum[:hashBytes]))
}

// hashedBytesUsual is room for most of what is hashed.
const hashedBytesUsual = 256

func similarity(rt *Runtime, a, b, method string) (float64, bool, error) {
	var folded [2]string
	for i, s := range [...]string{a, b} {
		folded[i], _, _ = foldASCII(rt, s, "", "")
		if len(folded[i]) > similarityBytesMax {
			return 0, false, fmt.Errorf("%s is too long to compare: %d bytes, at most %d", show(s), len(folded[i]), similarityBytesMax)
		}
	}
	f, err := alike(folded[0], folded[1], method)
	return f, err == nil, err
}

// alike compares folded ASCII text, in which a byte is a character.
func alike(a, b, method string) (float64, error) {
	methods := []string{"jaro_winkler", "jaro", "levenshtein", "soundex"}
	var compare func() float64
	switch method {
	case "jaro_winkler":
		compare = func() float64 { return smetrics.JaroWinkler(a, b, winklerBoostAbove, winklerPrefixMax) }
	case "jaro":
		compare = func() float64 { return smetrics.Jaro(a, b) }
	case "levenshtein":
		compare = func() float64 {
			return 1 - float64(smetrics.WagnerFischer(a, b, 1, 1, 1))/float64(max(len(a), len(b)))
		}
	case "soundex":
		compare = func() float64 {
			if smetrics.Soundex(a) == smetrics.Soundex(b) {
				return 1
			}
			return 0
		}
	default:
		return 0, fmt.Errorf("%s is not a method; %s", show(method), diag.DidYouMean(method, methods))
	}
	switch {
	case a == b:
		return 1, nil
	case a == "" || b == "":
		return 0, nil
	}
	return compare(), nil
}
