//go:build ignore

// Countries writes ../countries/names.txt from an unpacked copy of the npm
// package i18n-iso-countries:
//
//	npm pack i18n-iso-countries@7.14.0 && tar xzf i18n-iso-countries-7.14.0.tgz
//	go run countries.go package > ../countries/names.txt
//
// A line is the alpha-2, alpha-3 and numeric code, a tab, and the folded names
// in all languages, sorted, with | between them.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline/canon"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: go run countries.go PACKAGE-FOLDER")
	}
	if err := write(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func write(folder string) error {
	var codes [][]string
	if err := read(filepath.Join(folder, "codes.json"), &codes); err != nil {
		return err
	}
	names, err := namesByCode(folder)
	if err != nil {
		return err
	}
	slices.SortFunc(codes, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	for _, c := range codes {
		if len(c) < 3 {
			return fmt.Errorf("codes.json: %q has fewer than three codes", c)
		}
		folded := slices.Sorted(maps.Keys(names[c[0]]))
		fmt.Printf("%s %s %s\t%s\n", c[0], c[1], c[2], strings.Join(folded, "|"))
	}
	return nil
}

func namesByCode(folder string) (map[string]map[string]bool, error) {
	files, err := filepath.Glob(filepath.Join(folder, "langs", "*.json"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no languages in %s (%v)", folder, err)
	}
	names := map[string]map[string]bool{}
	for _, file := range files {
		var language struct {
			Countries map[string]json.RawMessage `json:"countries"`
		}
		if err := read(file, &language); err != nil {
			return nil, err
		}
		for code, raw := range language.Countries {
			var several []string
			if json.Unmarshal(raw, &several) != nil {
				several = []string{""}
				if err := json.Unmarshal(raw, &several[0]); err != nil {
					return nil, fmt.Errorf("%s: %s: %w", file, code, err)
				}
			}
			if names[code] == nil {
				names[code] = map[string]bool{}
			}
			for _, name := range several {
				if key := canon.FoldWords(name); key != "" {
					names[code][key] = true
				}
			}
		}
	}
	return names, nil
}

func read(file string, into any) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
