package eval

import (
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
)

// kind is the static type of a value, without its members.
type kind uint8

const (
	kindBad  kind = iota // a problem was reported here; nothing more is said about it
	kindNull             // nil or erase(), of no particular type
	kindText
	kindInt
	kindFloat
	kindBool
	kindTime
	kindList
	kindRecord
)

var kindNames = [...]string{"unknown", "nil", "string", "int", "float", "bool", "timestamp", "list", "record"}

func (k kind) String() string { return kindNames[k] }

// number reports whether the kind is an int or a float.
func (k kind) number() bool { return k == kindInt || k == kindFloat }

// scalar reports whether a list can hold values of the kind.
func (k kind) scalar() bool { return k >= kindText && k <= kindTime }

// typ is a static type.
type typ struct {
	kind   kind
	elem   kind             // of a list; kindNull: an empty list of no particular type
	fields []pipeline.Field // of a record
	open   bool             // of a record whose fields are not known
	erases bool             // may be erase()
}

func (t typ) String() string {
	switch {
	case t.kind == kindList && t.elem == kindNull:
		return "empty list"
	case t.kind == kindList:
		return "list of " + t.elem.String()
	case t.kind == kindRecord && !t.open:
		return "record (" + strings.Join(fieldNames(t.fields), ", ") + ")"
	default:
		return t.kind.String()
	}
}

func fieldNames(fields []pipeline.Field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names
}

func typeOf(t pipeline.Type) typ {
	switch t {
	case pipeline.String:
		return typ{kind: kindText}
	case pipeline.Int:
		return typ{kind: kindInt}
	case pipeline.Float:
		return typ{kind: kindFloat}
	case pipeline.Bool:
		return typ{kind: kindBool}
	case pipeline.Timestamp:
		return typ{kind: kindTime}
	case pipeline.StringList:
		return typ{kind: kindList, elem: kindText}
	default:
		return typ{kind: kindNull}
	}
}

// plain returns the type of a column that holds the values, or 0.
func (t typ) plain() pipeline.Type {
	switch t.kind {
	case kindText:
		return pipeline.String
	case kindInt:
		return pipeline.Int
	case kindFloat:
		return pipeline.Float
	case kindBool:
		return pipeline.Bool
	case kindTime:
		return pipeline.Timestamp
	case kindList:
		if t.elem == kindText || t.elem == kindNull {
			return pipeline.StringList
		}
	}
	return 0
}

// unify returns the type that holds the values of both: nil fits every type
// and int widens to float.
func unify(a, b typ) (typ, bool) {
	erases := a.erases || b.erases
	switch {
	case a.kind == kindNull:
		a = b
	case b.kind == kindNull:
	case a.kind.number() && b.kind.number():
		if a.kind != b.kind {
			a = typ{kind: kindFloat}
		}
	case a.kind != b.kind:
		return typ{}, false
	case a.kind == kindList:
		elem, ok := unify(typ{kind: a.elem}, typ{kind: b.elem})
		if !ok {
			return typ{}, false
		}
		a.elem = elem.kind
	case a.kind == kindRecord:
		if a.open != b.open || !slices.Equal(a.fields, b.fields) {
			return typ{}, false
		}
	}
	a.erases = erases
	return a, true
}
