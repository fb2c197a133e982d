package pipeline

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Value is one value outside a column: in a change, a message, an explanation.
// The zero Value is null, which means "no opinion". An erase is the wish for
// an empty field. Values are small and copied; lists are not to be changed.
type Value struct {
	_     [0]func() // values are compared by Equal, never by ==
	typ   Type      // 0 for null and erase
	erase bool
	bits  int64 // Int, Bool, Timestamp (microseconds), Float (its bits)
	str   string
	list  *[]string // behind a pointer: plans hold millions of values, and lists are few
}

// Null is the value of a field about which nothing is said.
func Null() Value { return Value{} }

// Erase is the wish that the field be empty.
func Erase() Value { return Value{erase: true} }

// StringValue makes a value of type String; an empty text is not null.
func StringValue(s string) Value { return Value{typ: String, str: s} }

// IntValue makes a value of type Int.
func IntValue(i int64) Value { return Value{typ: Int, bits: i} }

// FloatValue makes a value of type Float.
func FloatValue(f float64) Value { return Value{typ: Float, bits: int64(math.Float64bits(f))} }

// BoolValue makes a value of type Bool.
func BoolValue(b bool) Value {
	if b {
		return Value{typ: Bool, bits: 1}
	}
	return Value{typ: Bool}
}

// TimeValue makes a value of type Timestamp, cut to microseconds.
func TimeValue(t time.Time) Value { return Value{typ: Timestamp, bits: t.UnixMicro()} }

// MicrosValue makes a value of type Timestamp from microseconds since 1970 UTC.
func MicrosValue(us int64) Value { return Value{typ: Timestamp, bits: us} }

// ListValue makes a value of type StringList; an empty list is not null.
func ListValue(list []string) Value {
	if list == nil {
		list = []string{}
	}
	return Value{typ: StringList, list: &list}
}

// Type is the type of the value, or 0 for null and erase.
func (v Value) Type() Type { return v.typ }

// IsNull reports whether nothing is said. An erase is not null.
func (v Value) IsNull() bool { return v.typ == 0 && !v.erase }

// IsErase reports whether the value asks for an empty field.
func (v Value) IsErase() bool { return v.erase }

// Empty reports whether the value is null or an erase.
func (v Value) Empty() bool { return v.typ == 0 }

// Str returns the content of a String; of another type "".
func (v Value) Str() string { return v.str }

// Int returns the content of an Int, or the microseconds of a Timestamp; 0 for
// null.
func (v Value) Int() int64 {
	if v.typ == Float {
		return 0
	}
	return v.bits
}

// Float returns the content of a Float; of another type 0.
func (v Value) Float() float64 {
	if v.typ != Float {
		return 0
	}
	return math.Float64frombits(uint64(v.bits))
}

// Bool returns the content of a Bool; of another type false.
func (v Value) Bool() bool { return v.typ == Bool && v.bits != 0 }

// Time returns the content of a Timestamp in UTC; 1970 for null.
func (v Value) Time() time.Time { return time.UnixMicro(v.bits).UTC() }

// List returns the members of a StringList, not to be changed; of another type
// nil.
func (v Value) List() []string {
	if v.list == nil {
		return nil
	}
	return *v.list
}

// size is about the bytes that the content of a text or list takes.
func (v Value) size() int {
	n := len(v.str)
	for _, s := range v.List() {
		n += len(s)
	}
	return n
}

// Equal reports whether both are of one type and hold the same content. Null
// equals null, erase equals erase, NaN equals NaN.
func (v Value) Equal(o Value) bool {
	if v.typ != o.typ || v.erase != o.erase {
		return false
	}
	switch v.typ {
	case Float:
		a, b := v.Float(), o.Float()
		return a == b || (a != a && b != b)
	case String:
		return v.str == o.str
	case StringList:
		return slices.Equal(v.List(), o.List())
	default:
		return v.bits == o.bits
	}
}

// String writes the value as text for people: lists joined by ", ", times in
// RFC 3339, null and erase as "". It is also what "same text" compares.
func (v Value) String() string {
	switch v.typ {
	case String:
		return v.str
	case Int:
		return strconv.FormatInt(v.bits, 10)
	case Float:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case Bool:
		return strconv.FormatBool(v.bits != 0)
	case Timestamp:
		return v.Time().Format(time.RFC3339Nano)
	case StringList:
		return strings.Join(v.List(), ", ")
	default:
		return ""
	}
}

// tagged is the JSON form of the values that plain JSON cannot tell apart.
type tagged struct {
	Erase bool     `json:"erase,omitempty"`
	Time  string   `json:"time,omitempty"`
	Micro *int64   `json:"micros,omitempty"` // a time outside the years 0 to 9999, which RFC 3339 cannot write
	Float *string  `json:"float,omitempty"`
	Bytes []byte   `json:"bytes,omitempty"`
	List  [][]byte `json:"list,omitempty"`
}

// MarshalJSON writes strings, integers, booleans, lists and null as plain JSON
// and the rest as an object of one key: erase, time (micros outside the years
// 0 to 9999) or float; text that is not valid UTF-8 is kept as base64 under
// bytes or list.
func (v Value) MarshalJSON() ([]byte, error) {
	switch {
	case v.erase:
		return json.Marshal(tagged{Erase: true})
	case v.typ == 0:
		return []byte("null"), nil
	}
	switch v.typ {
	case String:
		if !validText(v.str) {
			return json.Marshal(tagged{Bytes: []byte(v.str)})
		}
		return marshalText(v.str)
	case StringList:
		if slices.ContainsFunc(v.List(), func(s string) bool { return !validText(s) }) {
			t := tagged{}
			for _, s := range v.List() {
				t.List = append(t.List, []byte(s))
			}
			return json.Marshal(t)
		}
		return marshalText(v.List())
	case Float:
		text := strconv.FormatFloat(v.Float(), 'g', -1, 64)
		return json.Marshal(tagged{Float: &text})
	case Timestamp:
		if y := v.Time().Year(); y < 0 || y > 9999 {
			return json.Marshal(tagged{Micro: &v.bits})
		}
		return json.Marshal(tagged{Time: v.Time().Format(time.RFC3339Nano)})
	default:
		return []byte(v.String()), nil
	}
}

// UnmarshalJSON reads what MarshalJSON writes.
func (v *Value) UnmarshalJSON(b []byte) error {
	*v = Value{}
	if len(b) == 0 {
		return fmt.Errorf("empty value")
	}
	switch b[0] {
	case 'n':
		return nil
	case '"':
		v.typ = String
		return json.Unmarshal(b, &v.str)
	case '[':
		*v = ListValue(nil)
		return json.Unmarshal(b, v.list)
	case 't', 'f':
		*v = BoolValue(b[0] == 't')
		return nil
	case '{':
		return v.unmarshalTagged(b)
	}
	i, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return fmt.Errorf("value %q is not an integer", b)
	}
	*v = IntValue(i)
	return nil
}

func (v *Value) unmarshalTagged(b []byte) error {
	var t tagged
	if err := json.Unmarshal(b, &t); err != nil {
		return err
	}
	switch {
	case t.Erase:
		*v = Erase()
	case t.Time != "":
		at, err := time.Parse(time.RFC3339Nano, t.Time)
		if err != nil {
			return err
		}
		*v = TimeValue(at)
	case t.Micro != nil:
		*v = MicrosValue(*t.Micro)
	case t.Float != nil:
		f, err := strconv.ParseFloat(*t.Float, 64)
		if err != nil {
			return err
		}
		*v = FloatValue(f)
	case t.Bytes != nil:
		*v = StringValue(string(t.Bytes))
	case t.List != nil:
		list := make([]string, len(t.List))
		for i, m := range t.List {
			list[i] = string(m)
		}
		*v = ListValue(list)
	default:
		return fmt.Errorf("value %s is of no known form", b)
	}
	return nil
}
