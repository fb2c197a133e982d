package main

import (
	"regexp"
	"strings"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// plainWord is a word that every shell takes as it is.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,-]+$`)

// shellWord writes the name of a file so that a command that is shown can be
// copied into a shell. A name that would act on the terminal is shown with
// escapes, and cannot be copied.
func shellWord(name string) string {
	if plainWord.MatchString(name) {
		return name
	}
	return "'" + strings.ReplaceAll(diag.Printable(name), "'", `'\''`) + "'"
}
