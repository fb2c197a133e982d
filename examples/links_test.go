package examples

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// heading is a title of a page, and place a name that stands in it for links.
var (
	heading = regexp.MustCompile("(?m)^#{1,6} +(.+?) *#*$")
	place   = regexp.MustCompile(`<a (?:id|name)="([^"]+)"`)
	fenced  = regexp.MustCompile("(?ms)^ *```.*?^ *```")
	inCode  = regexp.MustCompile("`[^`\n]*`")
)

// placesOf are the places of a page that links lead to, as code hosts name them: the
// words of its titles in small letters, with hyphens for blanks.
func placesOf(text string) map[string]bool {
	places, seen := map[string]bool{}, map[string]int{}
	text = fenced.ReplaceAllString(text, "")
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		title := link.ReplaceAllString(strings.ReplaceAll(m[1], "[", ""), "")
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, title)
		if seen[name]++; seen[name] > 1 {
			continue // its second name ends in -1, which no page uses
		}
		places[name] = true
	}
	for _, m := range place.FindAllStringSubmatch(text, -1) {
		places[m[1]] = true
	}
	return places
}

// TestPlacesOfLinksAreThere holds that what follows a # in a link is a title of the page
// that it leads to.
func TestPlacesOfLinksAreThere(t *testing.T) {
	seen := 0
	eachPage(t, func(path, text string) {
		plain := inCode.ReplaceAllString(fenced.ReplaceAllString(text, ""), "")
		for _, m := range link.FindAllStringSubmatch(plain, -1) {
			if m[2] == "" || strings.Contains(m[1], "://") || m[1] != "" && filepath.Ext(m[1]) != ".md" {
				continue
			}
			to := path
			if m[1] != "" {
				to = filepath.Join(filepath.Dir(path), filepath.FromSlash(m[1]))
			}
			page, err := os.ReadFile(to)
			if err != nil {
				continue // TestLinksLeadSomewhere says so
			}
			if seen++; !placesOf(string(page))[m[2][1:]] {
				t.Errorf("%s: the link to %s%s leads to a title that is not there", path, m[1], m[2])
			}
		}
	})
	if seen == 0 {
		t.Error("no link leads to a title")
	}
}

// TestEveryPageIsReached holds that whoever begins at the README finds each page.
func TestEveryPageIsReached(t *testing.T) {
	root := repository(t)
	reached := map[string]bool{}
	for open := []string{filepath.Join(root, "README.md")}; len(open) > 0; {
		path := open[0]
		if open = open[1:]; reached[path] {
			continue
		}
		reached[path] = true
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			to := filepath.Join(filepath.Dir(path), filepath.FromSlash(m[1]))
			if info, err := os.Stat(to); m[1] != "" && err == nil && info.IsDir() {
				to = filepath.Join(to, "README.md")
			}
			if _, err := os.Stat(to); err == nil && filepath.Ext(to) == ".md" {
				open = append(open, to)
			}
		}
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	others, err := filepath.Glob(filepath.Join(root, "examples", "*", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(pages, others...) {
		if !reached[path] {
			t.Errorf("no link leads from the README to %s", path)
		}
	}
}
