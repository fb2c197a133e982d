//go:build !unix

package main

import "io"

// terminalColumns is not known here; COLUMNS says it.
func terminalColumns(io.Writer) (int, bool) { return 0, false }
