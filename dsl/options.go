package dsl

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// Option is one option of a source or target, as its Config declares it.
type Option struct {
	Name     string
	Type     string // string, bool, int, float, duration, list, map or secret
	Required bool
	Default  string
	Doc      string

	field int
}

// values are the options of one source or target as text, with references
// resolved. Lists and maps hold their members.
type values map[string]optionValue

type optionValue struct {
	text   string
	list   []string
	fields map[string]string
	secret bool // made of a reference, so that it must not be shown
	known  bool // false: the option is given, but what it stands for is not known here
}

// optionError is what is wrong with an option; no name: with the whole.
type optionError struct {
	name string
	err  error
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	secretType   = reflect.TypeFor[pipeline.Secret]()
	listType     = reflect.TypeFor[[]string]()
	mapType      = reflect.TypeFor[map[string]string]()
)

// optionsOf reads the conf tags of C: `conf:"name,required"`, with doc and
// default in tags of their own. Fields without the tag, or with "-", are none.
func optionsOf[C any]() ([]Option, error) {
	t := reflect.TypeFor[C]()
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%s is no struct", t)
	}
	var options []Option
	for i := range t.NumField() {
		f := t.Field(i)
		tag, ok := f.Tag.Lookup("conf")
		if !ok || tag == "-" {
			continue
		}
		name, rest, _ := strings.Cut(tag, ",")
		kind := optionType(f.Type)
		if kind == "" || name == "" || !f.IsExported() {
			return nil, fmt.Errorf("field %s of %s cannot be an option", f.Name, t)
		}
		options = append(options, Option{Name: name, Type: kind, Required: rest == "required",
			Default: f.Tag.Get("default"), Doc: f.Tag.Get("doc"), field: i})
	}
	return options, nil
}

func optionType(t reflect.Type) string {
	switch t {
	case durationType:
		return "duration"
	case secretType:
		return "secret"
	case listType:
		return "list"
	case mapType:
		return "map"
	}
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "bool"
	case reflect.Int, reflect.Int64:
		return "int"
	case reflect.Float64:
		return "float"
	default:
		return ""
	}
}

// decode fills a Config from values. Options that are not given keep the zero
// value; what they then mean is the Config's affair.
func decode[C any](v values) (C, []optionError) {
	var c C
	options, err := optionsOf[C]()
	if err != nil {
		return c, []optionError{{err: err}}
	}
	var errs []optionError
	target := reflect.ValueOf(&c).Elem()
	for _, o := range options {
		value, given := v[o.Name]
		if !given {
			if o.Required {
				errs = append(errs, optionError{err: fmt.Errorf("option %s is missing: %s", o.Name, o.Doc)})
			}
			continue
		}
		if !value.known {
			continue
		}
		if err := setOption(target.Field(o.field), o, value); err != nil {
			errs = append(errs, optionError{name: o.Name, err: err})
		}
	}
	return c, errs
}

func setOption(f reflect.Value, o Option, v optionValue) error {
	bad := func(want string) error {
		shown := strconv.Quote(v.text)
		if v.secret {
			shown = "its value"
		}
		return fmt.Errorf("option %s: %s is no %s", o.Name, shown, want)
	}
	switch o.Type {
	case "list":
		if v.list == nil && v.text != "" {
			v.list = []string{v.text}
		}
		f.Set(reflect.ValueOf(v.list).Convert(f.Type()))
		return nil
	case "map":
		if v.fields == nil {
			return bad("mapping")
		}
		f.Set(reflect.ValueOf(v.fields))
		return nil
	}
	if v.list != nil || v.fields != nil {
		return fmt.Errorf("option %s is a single value (%s), not a list or mapping", o.Name, o.Type)
	}
	switch o.Type {
	case "secret":
		f.Set(reflect.ValueOf(pipeline.NewSecret(v.text)))
	case "string":
		f.SetString(v.text)
	case "duration":
		d, err := time.ParseDuration(v.text)
		if err != nil {
			return bad("duration such as 30s or 5m")
		}
		f.SetInt(int64(d))
	case "bool":
		if v.text != "true" && v.text != "false" {
			return bad("true or false")
		}
		f.SetBool(v.text == "true")
	case "int":
		n, err := strconv.ParseInt(v.text, 10, 64)
		if err != nil {
			return bad("whole number")
		}
		f.SetInt(n)
	case "float":
		n, err := strconv.ParseFloat(v.text, 64)
		if err != nil {
			return bad("number")
		}
		f.SetFloat(n)
	}
	return nil
}
