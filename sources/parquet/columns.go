package parquet

import (
	"errors"
	"fmt"
	"strings"

	arrowparquet "github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/schema"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// decimalDigitsInt is the number of digits of a decimal that always fits into
// 64 bits.
const decimalDigitsInt = 18 // digits

// decimalScaleMax is the number of digits behind the point that is believed.
const decimalScaleMax = 1000 // digits

// leaf is one column of a file and how it becomes a field.
type leaf struct {
	name  string
	typ   pipeline.Type
	index int // of the column in the file
	form  form
	list  bool
	// itemLevel is the definition level from which a list has an item; one
	// less is an empty list, and less than that null.
	itemLevel int16
}

// form says how the physical values of a column are to be read.
type form struct {
	physical arrowparquet.Type
	kind     kind
	scale    int32               // of decimals
	unit     schema.TimeUnitType // of times and timestamps
}

type kind uint8

const (
	kindPlain    kind = iota // as the physical type says
	kindUnsigned             // an integer without sign
	kindDecimal
	kindDate
	kindTime
	kindTimestamp
	kindUUID
)

// leavesOf returns the columns of a file with these names, in the order of the
// file; nil names mean all. A column that cannot be a field is an error only
// when it is asked for.
func leavesOf(s *schema.Schema, names []string) ([]leaf, error) {
	wanted := map[string]bool{}
	for _, n := range names {
		wanted[n] = true
	}
	var leaves []leaf
	var known []string
	seen := map[string]bool{}
	column := 0
	root := s.Root()
	for i := range root.NumFields() {
		node := root.Field(i)
		known = append(known, node.Name())
		if names == nil || wanted[node.Name()] {
			l, err := leafOf(node)
			if err != nil {
				return nil, fmt.Errorf("column %q %w", node.Name(), err)
			}
			if seen[l.name] {
				return nil, fmt.Errorf("two columns are called %q", l.name)
			}
			seen[l.name] = true
			l.index = column
			leaves = append(leaves, l)
		}
		column += leafCount(node)
	}
	for _, n := range names {
		if !seen[n] {
			err := fmt.Errorf("there is no column %q", n)
			if hint := diag.DidYouMean(n, known); hint != "" {
				err = fmt.Errorf("%w; %s", err, hint)
			}
			return nil, err
		}
	}
	return leaves, nil
}

func leafCount(n schema.Node) int {
	g, ok := n.(*schema.GroupNode)
	if !ok {
		return 1
	}
	count := 0
	for i := range g.NumFields() {
		count += leafCount(g.Field(i))
	}
	return count
}

// leafOf says how one top-level node becomes a field.
func leafOf(n schema.Node) (leaf, error) {
	l := leaf{name: n.Name()}
	p, ok := n.(*schema.PrimitiveNode)
	if !ok {
		return listLeaf(l, n.(*schema.GroupNode))
	}
	var err error
	l.typ, l.form, err = formOf(p)
	if err != nil {
		return l, err
	}
	if n.RepetitionType() == arrowparquet.Repetitions.Repeated {
		return l.listOf(1)
	}
	return l, nil
}

// listOf makes the leaf a list whose items begin at the level.
func (l leaf) listOf(itemLevel int16) (leaf, error) {
	if l.typ != pipeline.String {
		return l, fmt.Errorf("is a list of %s; only lists of strings can be read; leave it out with the option columns", l.typ)
	}
	l.typ, l.list, l.itemLevel = pipeline.StringList, true, itemLevel
	return l, nil
}

// listLeaf reads the two ways in which lists are written: a group around a
// repeated group around the item (the standard), and a group around a repeated
// item (older writers).
func listLeaf(l leaf, g *schema.GroupNode) (leaf, error) {
	_, logical := g.LogicalType().(schema.ListLogicalType)
	if !logical && g.ConvertedType() != schema.ConvertedTypes.List {
		what := "a group of columns"
		if _, isMap := g.LogicalType().(schema.MapLogicalType); isMap || g.ConvertedType() == schema.ConvertedTypes.Map {
			what = "a map"
		}
		return l, fmt.Errorf("is %s, which cannot be read; leave it out with the option columns", what)
	}
	if g.NumFields() != 1 || g.RepetitionType() == arrowparquet.Repetitions.Repeated ||
		g.Field(0).RepetitionType() != arrowparquet.Repetitions.Repeated {
		return l, errors.New("is a list of an unknown form, which cannot be read; leave it out with the option columns")
	}
	itemLevel := int16(1)
	if g.RepetitionType() == arrowparquet.Repetitions.Optional {
		itemLevel = 2
	}
	item := g.Field(0)
	if inner, ok := item.(*schema.GroupNode); ok && inner.NumFields() == 1 {
		item = inner.Field(0)
	}
	p, ok := item.(*schema.PrimitiveNode)
	if !ok || (item != g.Field(0) && item.RepetitionType() == arrowparquet.Repetitions.Repeated) {
		return l, errors.New("is a list of lists or of groups; only lists of strings can be read; leave it out with the option columns")
	}
	var err error
	l.typ, l.form, err = formOf(p)
	if err != nil {
		return l, err
	}
	return l.listOf(itemLevel)
}

// formOf maps the types of Parquet to those of a field.
func formOf(p *schema.PrimitiveNode) (pipeline.Type, form, error) {
	f := form{physical: p.PhysicalType()}
	switch t := p.LogicalType().(type) {
	case *schema.DecimalLogicalType:
		f.kind, f.scale = kindDecimal, t.Scale()
		if t.Scale() < 0 || t.Scale() > decimalScaleMax {
			return 0, f, fmt.Errorf("is a decimal with %d digits behind the point; the limit is %d", t.Scale(), decimalScaleMax)
		}
		if t.Scale() == 0 && t.Precision() <= decimalDigitsInt {
			return pipeline.Int, f, nil
		}
		return pipeline.String, f, nil
	case schema.DateLogicalType:
		f.kind = kindDate
		return pipeline.Timestamp, f, nil
	case *schema.TimeLogicalType:
		f.kind, f.unit = kindTime, t.TimeUnit()
		return pipeline.String, f, f.checkUnit()
	case *schema.TimestampLogicalType:
		f.kind, f.unit = kindTimestamp, t.TimeUnit()
		return pipeline.Timestamp, f, f.checkUnit()
	case *schema.IntLogicalType:
		if !t.IsSigned() {
			f.kind = kindUnsigned
		}
		return pipeline.Int, f, nil
	case schema.UUIDLogicalType:
		f.kind = kindUUID
		return pipeline.String, f, nil
	case schema.BSONLogicalType, schema.IntervalLogicalType, schema.Float16LogicalType:
		return 0, f, fmt.Errorf("is of type %s, which cannot be read; leave it out with the option columns", typeName(p))
	}
	switch p.PhysicalType() {
	case arrowparquet.Types.Boolean:
		return pipeline.Bool, f, nil
	case arrowparquet.Types.Int32, arrowparquet.Types.Int64:
		return pipeline.Int, f, nil
	case arrowparquet.Types.Int96:
		f.kind = kindTimestamp
		return pipeline.Timestamp, f, nil
	case arrowparquet.Types.Float, arrowparquet.Types.Double:
		return pipeline.Float, f, nil
	case arrowparquet.Types.ByteArray, arrowparquet.Types.FixedLenByteArray:
		return pipeline.String, f, nil
	}
	return 0, f, fmt.Errorf("is of type %s, which cannot be read; leave it out with the option columns", typeName(p))
}

func (f form) checkUnit() error {
	if f.unit == schema.TimeUnitUnknown {
		return errors.New("holds times of an unknown unit")
	}
	return nil
}

func typeName(p *schema.PrimitiveNode) string {
	if name := p.LogicalType().String(); name != "None" && name != "" {
		return strings.ToLower(name)
	}
	return strings.ToLower(p.PhysicalType().String())
}
