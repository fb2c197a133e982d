package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// categoryPipeline replaces the categories of contacts.
const categoryPipeline = `version: 1
name: categories
sources:
  rows: { type: csv, path: exhibitors.csv, id: ID }
models:
  contacts:
    from:
      - source: rows
        map: { email: Email, category_keys: 'split(Categories, ";")' }
targets:
  plandocket: { type: plandocket, base_url: "https://demo.plandocket.example", api_key: "${PLANDOCKET_API_KEY}", requests_per_hour: PER_HOUR }
sinks:
  - { model: contacts, target: plandocket }
`

// inCategories runs a test in a tenant with the categories press, visitor and
// exhibitor, and two contacts who are visitor and press.
func inCategories(t *testing.T, d plandockettest.Dialect, csv string, test func(w *tenant)) {
	t.Helper()
	o := tenantOptions{pipeline: categoryPipeline, csv: "ID,Email,Categories\n" + csv, empty: true}
	o.plandocket.Dialect = d
	inTenant(t, o, func(w *tenant) {
		w.check(w.pd.SetKey(tenantKey, "contacts", "categories"))
		for _, key := range []string{"press", "visitor", "exhibitor"} {
			w.check(w.pd.AddCategory(plandockettest.Category{Key: key, Title: key}))
		}
		for _, email := range []string{"ada@x.example", "bea@x.example"} {
			_, err := w.pd.Add(plandockettest.Contact{Email: email, CategoryKeys: []string{"press", "visitor"}})
			w.check(err)
		}
		test(w)
	})
}

// foundIn are the findings of a code, as texts.
func foundIn(p *pipeline.Plan, code string) (texts []string) {
	for _, f := range p.Findings {
		if f.Code == code {
			texts = append(texts, f.String())
		}
	}
	return texts
}

func (w *tenant) categoriesOf(email string) []string {
	w.t.Helper()
	all := w.contacts()
	return all[slices.IndexFunc(all, func(c plandockettest.Contact) bool { return c.Email == email })].CategoryKeys
}

// TestUnknownCategories are told with their place and the nearest key, are not
// sent, and take nothing away: a misspelt key is no wish to lose the right one.
func TestUnknownCategories(t *testing.T) {
	t.Parallel()
	csv := "1,ada@x.example,vistor;exhibitor\n2,bea@x.example,press\n3,new@x.example,presss;visitor\n4,newer@x.example,presss\n"
	for _, d := range []plandockettest.Dialect{{}, {UnknownCategory: plandockettest.UnknownCategoryRefused}, {Paging: plandockettest.PagingPageBare, PageSize: 2}} {
		inCategories(t, d, csv, func(w *tenant) {
			p := w.plan()
			wantEqual(t, "findings", []string{
				`exhibitors.csv:4: model contacts: the target has no category_keys "presss"; it is not sent, and nothing is taken away for it (2 rows); did you mean "press"?`,
				`exhibitors.csv:2: model contacts: the target has no category_keys "vistor"; it is not sent, and nothing is taken away for it; did you mean "visitor"?`,
			}, foundIn(p, "unknown-key"))
			wantEqual(t, "outcomes", map[pipeline.Status]int{pipeline.Verified: 4}, w.applyEvents(p))
			wantEqual(t, "of a misspelt row", []string{"exhibitor", "press", "visitor"}, w.categoriesOf("ada@x.example"))
			wantEqual(t, "of a row that takes away", []string{"press"}, w.categoriesOf("bea@x.example"))
			wantEqual(t, "of a new row", []string{"visitor"}, w.categoriesOf("new@x.example"))
			wantEqual(t, "changes of the next plan", 0, len(w.plan().Changes))
		})
	}
}

// TestCategoriesThatStay are tried once, and then told as impossible.
func TestCategoriesThatStay(t *testing.T) {
	t.Parallel()
	csv := "1,ada@x.example,press\n2,bea@x.example,exhibitor\n"
	inCategories(t, plandockettest.Dialect{CategoryKeys: plandockettest.CategoriesAdd}, csv, func(w *tenant) {
		p := w.plan()
		wantEqual(t, "told before anything was tried", []string(nil), foundIn(p, "impossible"))
		wantEqual(t, "outcomes", map[pipeline.Status]int{pipeline.Unverified: 2}, w.applyEvents(p))
		p = w.plan()
		wantEqual(t, "changes of the next plan", 0, len(p.Changes))
		told := foundIn(p, "impossible")
		if len(told) != 1 || !strings.Contains(told[0], "category_keys of 2 records") || !strings.Contains(told[0], "(press, visitor)") {
			t.Errorf("told: %q", told)
		}
		wantEqual(t, "severity", diag.Note, p.Findings[slices.IndexFunc(p.Findings, func(f diag.Finding) bool { return f.Code == "impossible" })].Severity)
		w.check(w.pd.Edit(1, func(c *plandockettest.Contact) { c.CategoryKeys = []string{"press"} }))
		w.check(w.pd.Edit(2, func(c *plandockettest.Contact) { c.CategoryKeys = []string{"exhibitor"} }))
		wantEqual(t, "told once it was mended by hand", []string(nil), foundIn(w.plan(), "impossible"))
	})
}

// TestCategoriesThatMayNotBeRead are sent unchecked, and the plan says so.
func TestCategoriesThatMayNotBeRead(t *testing.T) {
	t.Parallel()
	inCategories(t, plandockettest.Dialect{}, "1,ada@x.example,exhibitor\n", func(w *tenant) {
		w.check(w.pd.SetKey(tenantKey, "contacts"))
		p := w.plan()
		wantEqual(t, "changes", 1, len(p.Changes))
		if told := foundIn(p, "keys-not-checked"); len(told) != 1 || !strings.Contains(told[0], "scope categories") {
			t.Errorf("told: %q", told)
		}
	})
}
