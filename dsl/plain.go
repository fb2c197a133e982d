package dsl

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
)

// plainValue reads a YAML scalar of the given tag.
func plainValue(text, tag string) (pipeline.Value, error) {
	switch tag {
	case "!!int":
		n, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 0, 64)
		if err != nil {
			return pipeline.Null(), fmt.Errorf("%q is no 64-bit integer", text)
		}
		return pipeline.IntValue(n), nil
	case "!!float":
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return pipeline.Null(), fmt.Errorf("%q is no number", text)
		}
		return pipeline.FloatValue(f), nil
	case "!!bool":
		if text != "true" && text != "false" {
			return pipeline.Null(), fmt.Errorf("%q is neither true nor false", text)
		}
		return pipeline.BoolValue(text == "true"), nil
	default:
		return pipeline.StringValue(text), nil
	}
}

func tagOf(t pipeline.Type) string {
	switch t {
	case pipeline.Int:
		return "!!int"
	case pipeline.Float:
		return "!!float"
	case pipeline.Bool:
		return "!!bool"
	default:
		return "!!str"
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
