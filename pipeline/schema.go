package pipeline

import "fmt"

// Type is the type of a field. There are six.
type Type uint8

// The types. The zero Type is not valid.
const (
	String     Type = iota + 1 // UTF-8 text
	Int                        // 64-bit signed integer
	Float                      // 64-bit IEEE 754
	Bool                       // true or false
	Timestamp                  // microseconds since 1970-01-01 UTC
	StringList                 // list of String; the list may be null, its members not
)

var typeNames = [...]string{"", "string", "int", "float", "bool", "timestamp", "list of string"}

func (t Type) String() string {
	if int(t) >= len(typeNames) || t == 0 {
		return fmt.Sprintf("Type(%d)", uint8(t))
	}
	return typeNames[t]
}

// ParseType reads the name of a type as [Type.String] writes it; "strings" is
// short for "list of string".
func ParseType(name string) (Type, error) {
	if name == "strings" {
		return StringList, nil
	}
	for i, n := range typeNames[1:] {
		if n == name {
			return Type(i + 1), nil
		}
	}
	return 0, fmt.Errorf("unknown type %q (string, int, float, bool, timestamp, list of string)", name)
}

// Kind says what the values of a field mean, where a Type is not enough:
// matching compares an e-mail otherwise than a city, and a plan calls a
// changed e-mail a change of identity.
type Kind string

// The kinds. A field of no kind is plain.
const (
	KindPlain      Kind = ""
	KindEmail      Kind = "email"
	KindIdentifier Kind = "identifier" // a number that names the record in some namespace
	KindPhone      Kind = "phone"
	KindFirstName  Kind = "first_name"
	KindLastName   Kind = "last_name"
	KindPersonName Kind = "person_name" // a whole name in one field
	KindCompany    Kind = "company"
	KindAddress    Kind = "address" // street and house number
	KindPostcode   Kind = "postcode"
	KindCity       Kind = "city"
	KindState      Kind = "state"
	KindCountry    Kind = "country" // ISO 3166 alpha-2
	KindURL        Kind = "url"
	KindNotes      Kind = "notes"
	KindKey        Kind = "key" // made by a target of other fields, to know a record by; read only
)

// Field is one named column of a schema.
type Field struct {
	Name string
	Type Type
	Kind Kind

	// The rest is said by targets about the fields of their resources.

	ReadOnly  bool // shown by the target, never written
	Erasable  bool // the target is known to accept an empty value
	FoldCase  bool // values that differ in case alone are equal to the target
	Unordered bool // a list whose order means nothing
	Reference bool `json:",omitempty"` // says which other record is meant: told when a record is created, never changed
	Outward   bool `json:",omitempty"` // a yes or no of which people outside notice a change
	Doc       string
}

// Schema is an ordered list of fields with distinct names. It is immutable.
type Schema struct {
	fields []Field
	index  map[string]int
}

// NewSchema makes a schema. Two fields of one name, an empty name or an
// invalid type is an error.
func NewSchema(fields ...Field) (*Schema, error) {
	s := &Schema{fields: append([]Field(nil), fields...), index: make(map[string]int, len(fields))}
	for i, f := range s.fields {
		if f.Name == "" {
			return nil, fmt.Errorf("field %d has no name", i+1)
		}
		if f.Type < String || f.Type > StringList {
			return nil, fmt.Errorf("field %q has no valid type", f.Name)
		}
		if _, twice := s.index[f.Name]; twice {
			return nil, fmt.Errorf("two fields are called %q", f.Name)
		}
		s.index[f.Name] = i
	}
	return s, nil
}

// MustSchema is NewSchema for schemas written in Go; it panics on an error.
func MustSchema(fields ...Field) *Schema {
	s, err := NewSchema(fields...)
	if err != nil {
		panic("pipeline: " + err.Error())
	}
	return s
}

// Len is the number of fields.
func (s *Schema) Len() int { return len(s.fields) }

// Field returns field i.
func (s *Schema) Field(i int) Field { return s.fields[i] }

// Fields returns a copy of the fields.
func (s *Schema) Fields() []Field { return append([]Field(nil), s.fields...) }

// Names returns the names of the fields in order.
func (s *Schema) Names() []string {
	names := make([]string, len(s.fields))
	for i, f := range s.fields {
		names[i] = f.Name
	}
	return names
}

// Index returns the position of the named field, or -1.
func (s *Schema) Index(name string) int {
	if i, ok := s.index[name]; ok {
		return i
	}
	return -1
}

// Lookup returns the named field.
func (s *Schema) Lookup(name string) (Field, bool) {
	i, ok := s.index[name]
	if !ok {
		return Field{}, false
	}
	return s.fields[i], true
}

// Equal reports whether both schemas have the same fields in the same order.
func (s *Schema) Equal(o *Schema) bool {
	if s == o {
		return true
	}
	if s == nil || o == nil || len(s.fields) != len(o.fields) {
		return false
	}
	for i := range s.fields {
		if s.fields[i] != o.fields[i] {
			return false
		}
	}
	return true
}

// MarshalText writes the name of the type.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what ParseType reads.
func (t *Type) UnmarshalText(b []byte) error {
	parsed, err := ParseType(string(b))
	*t = parsed
	return err
}
