package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// TestASourceOfAnotherName gives a source another name, so that its rows are not known by
// their links any more. Whoever has a key is found by it; whoever has none is not made
// twice, while the rows of another source that came in its place are created.
func TestASourceOfAnotherName(t *testing.T) {
	t.Parallel()
	const anna = "1,,,Anna,Quandt,Mainz\n"
	plain := strings.Replace(sharedPipeline, "    dedupe: { same: [customer_number, email], decisions: decisions.yaml }\n", "", 1)
	for name, c := range map[string]struct {
		text, before, after, decisions string
		kept                           bool // the source keeps its name
		contacts                       int
		blocked                        []string
		warned                         bool
	}{
		"its own name":                     {text: plain, before: anna, after: anna, kept: true, contacts: 1},
		"the same person":                  {text: plain, before: anna, after: anna, contacts: 1, blocked: []string{pipeline.CodeSourceNotRead}, warned: true},
		"and somebody who has a key":       {text: plain, before: anna + goneBodo, after: anna + goneBodo, contacts: 2, blocked: []string{pipeline.CodeSourceNotRead}, warned: true},
		"somebody else":                    {text: plain, before: anna, after: "1,,,Cleo,Kern,Ulm\n", contacts: 2, warned: true},
		"another id":                       {text: plain, before: anna, after: "7,,,Anna,Quandt,Kiel\n", contacts: 2, warned: true},
		"another row is that person":       {text: plain, before: anna, after: anna + "2,,NUMBER,Anna,Quandt,Mainz\n", contacts: 2, warned: true},
		"the same, with an address":        {text: plain, before: anna, after: "1,anna@x.example,,Anna,Quandt,Mainz\n", contacts: 1, blocked: []string{pipeline.CodeSourceNotRead}, warned: true},
		"the same, with a number":          {text: plain, before: anna, after: "1,,K1,Anna,Quandt,Mainz\n", contacts: 1, blocked: []string{pipeline.CodeSourceNotRead}, warned: true},
		"the same, with another address":   {text: plain, before: goneAnna, after: "1,anna.q@x.example,,Dr. Anna,Quandt,Mainz\n", contacts: 1, blocked: []string{pipeline.CodeSourceNotRead}, warned: true},
		"somebody else, with an address":   {text: plain, before: anna, after: "1,cleo@x.example,,Cleo,Kern,Ulm\n", contacts: 2, warned: true},
		"nobody's name, with an address":   {text: plain, before: anna, after: "1,office@x.example,,,,Ulm\n", contacts: 2, warned: true},
		"another id, with an address":      {text: plain, before: anna, after: "7,anna@x.example,,Anna,Quandt,Mainz\n", contacts: 2, warned: true},
		"another number":                   {text: plain, before: "1,,K7,Anna,Quandt,Mainz\n", after: "1,,K1,Anna,Quandt,Mainz\n", contacts: 2, warned: true},
		"its own name and a new neighbour": {text: plain, before: anna, after: anna + "2,a@x.example,,Anna,Quandt,Mainz\n", kept: true, contacts: 2},
		"a person said that it is another one": {text: sharedPipeline, before: anna, after: anna, contacts: 2, warned: true,
			decisions: "- { a: { source: people, id: \"1\" }, b: { target: \"1\" }, same: false }\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inTenant(t, tenantOptions{pipeline: c.text, csv: goneHead + c.before, empty: true}, func(w *tenant) {
				w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte("[]\n"), 0o600))
				w.applyEvents(w.plan())
				if !c.kept {
					w.text = strings.ReplaceAll(strings.ReplaceAll(w.text, "  rows: {", "  people: {"), "source: rows", "source: people")
				}
				if c.decisions != "" {
					w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte(c.decisions), 0o600))
				}
				w.writeCSV(goneHead + strings.ReplaceAll(c.after, "NUMBER", w.contacts()[0].CustomerNumber))
				for day := range 2 { // the next plan knows the rows of the new name
					time.Sleep(24 * time.Hour)
					p := w.plan()
					wantEqual(t, "blocked", c.blocked, blockedCodes(p))
					warned := false
					for _, f := range p.Findings {
						warned = warned || f.Code == pipeline.CodeSourceNotRead && strings.Contains(f.Message, "a source rows") && strings.Contains(f.Hint, "now called people")
					}
					if day == 0 {
						wantEqual(t, "it is said", c.warned, warned)
					}
					w.applyEvents(p)
					wantEqual(t, "contacts", c.contacts, len(w.contacts()))
				}
			})
		})
	}
}
