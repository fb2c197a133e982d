package dsl

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// Options that every source of files has under these names; what is said below
// is said of any source that has them.
const (
	pathOption     = "path"
	encodingOption = "encoding"
)

// Limits of looking at files for a hint.
const (
	folderNamesMax    = 2000     // names of a folder
	encodingBytesMax  = 64 << 10 // bytes of the beginning of a file
	encodingFilesMax  = 8        // files of one glob
	exampleLettersMax = 3        // letters shown of a file
)

// missingFile says where the path of a source leads when no file is there, and
// what was probably meant; ok is false when it has no path or a file is there.
func (l *loader) missingFile(given values) (hint string, missing bool) {
	path, ok := given[pathOption]
	if !ok || !path.known || path.secret || path.text == "" || path.text == "-" || len(l.filesOf(path.text)) > 0 {
		return "", false
	}
	return nearFile(l.dir, path.text), true
}

// filesOf are the files that a path or glob names now.
func (l *loader) filesOf(path string) []string {
	if !filepath.IsAbs(path) {
		path = filepath.Join(l.dir, path)
	}
	if _, err := os.Lstat(path); err == nil {
		return []string{path}
	}
	names, err := filepath.Glob(path)
	if err != nil {
		return nil
	}
	return names
}

// nearFile is a hint at the file that was probably meant by a path that leads
// to none; relative paths start at dir.
func nearFile(dir, path string) string {
	whole := path
	if !filepath.IsAbs(path) && filepath.Dir(path) != dir {
		whole = filepath.Join(dir, path)
	}
	folder, base := filepath.Split(whole)
	names, err := folderNames(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Sprintf("there is no folder %s; a relative path starts at the folder of the pipeline file", diag.Shorten(filepath.Clean(folder), 60))
	case err != nil:
		return ""
	}
	alike := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !strings.EqualFold(filepath.Ext(name), filepath.Ext(base)) })
	if near := diag.Nearest(base, names); near != "" {
		return fmt.Sprintf("did you mean %q?", filepath.ToSlash(filepath.Join(filepath.Dir(path), near)))
	}
	if len(alike) > 0 && len(alike) <= 12 {
		return "in that folder: " + diag.Shorten(strings.Join(alike, ", "), 200)
	}
	return ""
}

// folderNames are the names of the files of a folder, sorted.
func folderNames(folder string) ([]string, error) {
	if folder == "" {
		folder = "."
	}
	f, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	entries, err := f.ReadDir(folderNamesMax)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// doubtEncoding warns when a file of a source reads as UTF-8 with letters beyond
// ASCII and the source names another encoding of single bytes, in which it would
// be read without an error and wrongly.
func (l *loader) doubtEncoding(def *sourceDef, entries []entry, given values) {
	named, path := given[encodingOption], given[pathOption]
	n := find(entries, encodingOption)
	if n == nil || !named.known || !path.known || path.text == "-" || !singleByte(named.text) {
		return
	}
	for i, file := range l.filesOf(path.text) {
		if i == encodingFilesMax {
			return
		}
		if letters := utf8Letters(file); letters != "" {
			l.at(n, diag.Diagnostic{Severity: diag.Warning, Code: "doubtful-encoding", Message: fmt.Sprintf("source %s: %s is UTF-8 text, not %s", def.name, diag.Shorten(filepath.Base(file), 60), named.text),
				Cause: fmt.Sprintf("it holds letters such as %s, which would be read as other letters", letters), Hint: "remove encoding:, or write encoding: utf-8"})
			return
		}
	}
}

// singleByte reports whether a name is that of an encoding other than the
// Unicode ones, all of which show by themselves that a file is not theirs.
func singleByte(name string) bool {
	name = strings.ToLower(name)
	return name != "" && name != "auto" && !strings.HasPrefix(name, "utf")
}

// utf8Letters are letters beyond ASCII at the beginning of a file of UTF-8 text,
// or "" when it holds none or is anything else.
func utf8Letters(file string) string {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() {
		return ""
	}
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	text, err := io.ReadAll(io.LimitReader(f, encodingBytesMax))
	if err := errors.Join(err, f.Close()); err != nil {
		return ""
	}
	if len(text) == encodingBytesMax { // the last letter may be cut
		for cut := 0; cut < utf8.UTFMax && len(text) > 0 && !utf8.RuneStart(text[len(text)-1]); cut++ {
			text = text[:len(text)-1]
		}
		text = text[:len(text)-1]
	}
	if !utf8.Valid(text) {
		return ""
	}
	var letters []string
	for _, r := range string(text) {
		if letter := string(r); r >= utf8.RuneSelf && r != '\ufeff' && !slices.Contains(letters, letter) {
			if letters = append(letters, letter); len(letters) == exampleLettersMax {
				break
			}
		}
	}
	return diag.Printable(strings.Join(letters, " "))
}
