package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// helpUsage makes what is said of a wrong command line name the right one.
func helpUsage(root *cobra.Command) {
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		var value *pflag.InvalidValueError
		if errors.As(err, &value) {
			err = fmt.Errorf("--%s is %s, not %s", value.GetFlag().Name, valuesOf(value.GetFlag().Value.Type()), strconv.Quote(diag.Shorten(value.GetValue(), 60)))
		}
		return fmt.Errorf("%w; see %s --help", err, c.CommandPath())
	})
	for _, c := range root.Commands() {
		helpUsage(c)
		check := c.Args
		if check == nil {
			continue
		}
		c.Args = func(c *cobra.Command, args []string) error {
			err := check(c, args)
			if err != nil && !c.HasSubCommands() && check(c, nil) == nil && check(c, []string{""}) != nil {
				err = fmt.Errorf("%s takes no arguments", c.CommandPath())
			}
			if err != nil {
				return fmt.Errorf("%w; usage: %s", err, c.UseLine())
			}
			return nil
		}
	}
}

// valuesOf names the values of a flag by its type.
func valuesOf(kind string) string {
	switch kind {
	case "int":
		return "a whole number"
	case "float64":
		return "a number"
	case "duration":
		return "a time such as 90s, 30m or 48h"
	case "bool":
		return "true or false"
	}
	return "a value of another form"
}
