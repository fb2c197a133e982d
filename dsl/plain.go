package dsl

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// plainNumber is a number as people write it. A text of digits that begins
// with 0 or + is none: it is a postcode or a phone number.
var plainNumber = regexp.MustCompile(`^-?(0|[1-9][0-9_]*)(\.[0-9]*)?([eE][-+]?[0-9]+)?$|^-?\.[0-9]+$|^0[xo]`)

// plainValue reads a YAML scalar of the given tag.
func plainValue(text, tag string) (pipeline.Value, error) {
	switch tag {
	case "!!int":
		if !plainNumber.MatchString(text) {
			return pipeline.StringValue(text), nil
		}
		n, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 0, 64)
		if err != nil {
			return pipeline.Null(), fmt.Errorf("%q is no 64-bit integer", diag.Shorten(text, 60))
		}
		return pipeline.IntValue(n), nil
	case "!!float":
		if len(text) > 1 && text[0] == '0' && !plainNumber.MatchString(text) || strings.HasPrefix(text, "+") {
			return pipeline.StringValue(text), nil
		}
		f, err := strconv.ParseFloat(strings.ReplaceAll(text, "_", ""), 64)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return pipeline.Null(), fmt.Errorf("%q is no number", diag.Shorten(text, 60))
		}
		return pipeline.FloatValue(f), nil
	case "!!bool":
		switch text {
		case "true", "True", "TRUE":
			return pipeline.BoolValue(true), nil
		case "false", "False", "FALSE":
			return pipeline.BoolValue(false), nil
		default:
			return pipeline.Null(), fmt.Errorf("%q is neither true nor false", diag.Shorten(text, 60))
		}
	default:
		return pipeline.StringValue(text), nil
	}
}

// overridden reads a text that replaces a value of a type.
func overridden(text string, t pipeline.Type) (pipeline.Value, error) {
	switch t {
	case pipeline.Int:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return pipeline.Null(), fmt.Errorf("%q is no 64-bit integer, as the pipeline's value is", diag.Shorten(text, 60))
		}
		return pipeline.IntValue(n), nil
	case pipeline.Float:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return pipeline.Null(), fmt.Errorf("%q is no number, as the pipeline's value is", diag.Shorten(text, 60))
		}
		return pipeline.FloatValue(f), nil
	case pipeline.Bool:
		return plainValue(text, "!!bool")
	default:
		return pipeline.StringValue(text), nil
	}
}

// kindOf is what the name of a model's field says about its values, where no
// target says it.
func kindOf(name string) pipeline.Kind {
	switch name {
	case "email", "e_mail", "mail":
		return pipeline.KindEmail
	case "customer_number", "customer_no", "external_id":
		return pipeline.KindIdentifier
	case "phone", "mobile", "fax", "telephone":
		return pipeline.KindPhone
	case "first_name", "given_name":
		return pipeline.KindFirstName
	case "last_name", "family_name", "surname":
		return pipeline.KindLastName
	case "name", "full_name":
		return pipeline.KindPersonName
	case "company", "company_name", "organization", "organisation":
		return pipeline.KindCompany
	case "address", "street":
		return pipeline.KindAddress
	case "postal_code", "postcode", "zip":
		return pipeline.KindPostcode
	case "city", "town":
		return pipeline.KindCity
	case "state", "region":
		return pipeline.KindState
	case "country":
		return pipeline.KindCountry
	case "website", "url":
		return pipeline.KindURL
	case "notes":
		return pipeline.KindNotes
	default:
		return pipeline.KindPlain
	}
}
