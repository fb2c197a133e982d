package dsl

import (
	"fmt"
	"regexp"
	"strings"
)

// reference is ${NAME}, ${NAME:-default} or ${file:PATH}.
var reference = regexp.MustCompile(`\$\{([^}]*)\}`)

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand replaces the references of a connection setting by what they stand
// for. Missing names the references that stand for nothing here.
func (h Host) expand(text string) (value string, missing []string, err error) {
	value = reference.ReplaceAllStringFunc(text, func(ref string) string {
		inner := ref[2 : len(ref)-1]
		if path, ok := strings.CutPrefix(inner, "file:"); ok {
			b, readErr := h.readFile(path)
			if readErr != nil {
				missing = append(missing, ref)
			}
			return strings.TrimRight(string(b), "\r\n")
		}
		name, fallback, hasFallback := strings.Cut(inner, ":-")
		if !variableName.MatchString(name) {
			err = fmt.Errorf("%s is no reference; write ${NAME}, ${NAME:-default} or ${file:PATH}", ref)
			return ""
		}
		if v, ok := h.getenv(name); ok && v != "" {
			return v
		}
		if !hasFallback {
			missing = append(missing, ref)
		}
		return fallback
	})
	return value, missing, err
}

// onlyReference reports whether a text is one reference without a default, so
// that it gives nothing away.
func onlyReference(text string) bool {
	m := reference.FindString(text)
	return m != "" && m == text && !strings.Contains(m, ":-")
}

func (h Host) getenv(name string) (string, bool) {
	if h.Getenv == nil {
		return "", false
	}
	return h.Getenv(name)
}

func (h Host) readFile(path string) ([]byte, error) {
	if h.ReadFile == nil {
		return nil, fmt.Errorf("files cannot be read here")
	}
	return h.ReadFile(path)
}
