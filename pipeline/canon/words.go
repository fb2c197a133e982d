package canon

import (
	"embed"
	"strings"
	"sync"
)

//go:embed words/*.txt
var wordFiles embed.FS

// lines returns the entries of a word list: one a line, blank lines and those
// that begin with # left out.
func lines(name string) []string {
	raw, err := wordFiles.ReadFile("words/" + name + ".txt")
	if err != nil {
		panic("canon: " + err.Error()) // the list is part of the program
	}
	var entries []string
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSpace(line)
		if line != "" && line[0] != '#' {
			entries = append(entries, line)
		}
	}
	return entries
}

// wordSet makes a set of a list, each word as its key.
func wordSet(name string, key func(string) string) map[string]bool {
	entries := lines(name)
	set := make(map[string]bool, len(entries))
	for _, e := range entries {
		set[key(e)] = true
	}
	return set
}

var roles = sync.OnceValue(func() map[string]bool { return wordSet("roles", Fold) })
