package sonderplantest

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// jsonBuilder writes JSON in the order of its calls and sets the commas. Keys
// and numbers of ours never fail to encode.
type jsonBuilder struct{ b bytes.Buffer }

func (j *jsonBuilder) bytes() []byte { return j.b.Bytes() }

// comma separates a new element from the one before.
func (j *jsonBuilder) comma() {
	if n := j.b.Len(); n > 0 {
		switch j.b.Bytes()[n-1] {
		case '{', '[', ':', ',':
		default:
			j.b.WriteByte(',')
		}
	}
}

func (j *jsonBuilder) open(bracket byte) *jsonBuilder {
	j.comma()
	j.b.WriteByte(bracket)
	return j
}

func (j *jsonBuilder) close(bracket byte) *jsonBuilder {
	j.b.WriteByte(bracket)
	return j
}

func (j *jsonBuilder) key(name string) *jsonBuilder {
	j.text(name)
	j.b.WriteByte(':')
	return j
}

func (j *jsonBuilder) raw(text string) *jsonBuilder {
	j.comma()
	j.b.WriteString(text)
	return j
}

func (j *jsonBuilder) number(n int64) *jsonBuilder { return j.raw(strconv.FormatInt(n, 10)) }

func (j *jsonBuilder) text(s string) *jsonBuilder {
	j.comma()
	encoded, err := json.Marshal(s)
	if err != nil {
		encoded = []byte(`""`)
	}
	j.b.Write(encoded)
	return j
}

// scalar writes an integer in the form of the dialect.
func (j *jsonBuilder) scalar(n int64, form Scalar) *jsonBuilder {
	if form == AsString {
		return j.text(strconv.FormatInt(n, 10))
	}
	return j.number(n)
}

func (j *jsonBuilder) truth(v bool, form Boolean) *jsonBuilder {
	switch form {
	case BooleanDigit:
		if v {
			return j.number(1)
		}
		return j.number(0)
	case BooleanString:
		return j.text(strconv.FormatBool(v))
	default:
		return j.raw(strconv.FormatBool(v))
	}
}
