package dsl

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// reference is ${NAME}, ${NAME:-default} or ${file:PATH}.
var reference = regexp.MustCompile(`\$\{([^}]*)\}`)

// errReference does not show the text, which may be a secret.
var errReference = errors.New("this is no reference; write ${NAME}, ${NAME:-default} or ${file:PATH}")

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand replaces the references of a connection setting by what they stand
// for; relative paths in them start at dir. Missing names the references that
// stand for nothing here.
func (h Host) expand(text, dir string) (value string, missing []string, err error) {
	value = reference.ReplaceAllStringFunc(text, func(ref string) string {
		inner := ref[2 : len(ref)-1]
		if path, ok := strings.CutPrefix(inner, "file:"); ok {
			if !filepath.IsAbs(path) {
				path = filepath.Join(dir, path)
			}
			b, readErr := h.readFile(path)
			if readErr != nil {
				missing = append(missing, ref)
			}
			return strings.TrimRight(string(b), "\r\n")
		}
		name, fallback, hasFallback := strings.Cut(inner, ":-")
		if !variableName.MatchString(name) {
			err = errReference
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
	if err == nil && strings.Contains(reference.ReplaceAllString(text, ""), "${") {
		err = errReference
	}
	return value, missing, err
}

// needs says what is missing, for a person.
func needs(missing []string) (message, hint string) {
	if slices.ContainsFunc(missing, func(ref string) bool { return !strings.HasPrefix(ref, "${file:") }) {
		return fmt.Sprintf("needs %s, which is not set", strings.Join(missing, ", ")), "set it in the environment of this command"
	}
	return fmt.Sprintf("needs %s, which cannot be read", strings.Join(missing, ", ")), "put the value into that file; a relative path starts at the folder of the pipeline file"
}

// onlyReference reports whether a text is one reference without a default, so
// that it gives nothing away.
func onlyReference(text string) bool {
	inner, ok := strings.CutPrefix(text, "${")
	inner, closed := strings.CutSuffix(inner, "}")
	if path, isFile := strings.CutPrefix(inner, "file:"); isFile {
		return ok && closed && !strings.ContainsAny(path, "{}")
	}
	return ok && closed && variableName.MatchString(inner)
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
