package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"
)

// Example runs the whole program against its emulators and shows the two lines
// that matter: what would change, and what became of it.
func Example() {
	var out bytes.Buffer
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	if err := run(context.Background(), &out, func() time.Time { return noon }); err != nil {
		fmt.Println(err)
	}
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "create ") || strings.HasPrefix(line, "apply ") {
			fmt.Print(line)
		}
	}
	// Output:
	// create 1, update 1, blocked 0, rejected 1, unchanged 0; 2 writing calls and up to 13 reading requests, without waiting at 1,000 an hour
	// apply run-1: verified 2
}
