package dedupe

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// notesMax is the number of findings of one code that are told one by one; the
// rest is counted.
const notesMax = 20

// notes collects findings in any order and tells them in one.
type notes struct{ byCode map[string][]diag.Finding }

func newNotes() *notes { return &notes{byCode: map[string][]diag.Finding{}} }

// add notes something about count rows.
func (n *notes) add(severity diag.Severity, code string, count int, message, hint string) {
	n.byCode[code] = append(n.byCode[code], diag.Finding{Severity: severity, Code: code, Message: message, Hint: hint, Count: count})
}

// findings returns the notes by code, those about the most rows first.
func (n *notes) findings() []diag.Finding {
	codes := make([]string, 0, len(n.byCode))
	for code := range n.byCode {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	var out []diag.Finding
	for _, code := range codes {
		list := n.byCode[code]
		slices.SortFunc(list, func(a, b diag.Finding) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Message, b.Message), cmp.Compare(a.Where, b.Where))
		})
		out = append(out, list[:min(len(list), notesMax)]...)
		if more := list[min(len(list), notesMax):]; len(more) > 0 {
			rest := diag.Finding{Severity: more[0].Severity, Code: code, Hint: more[0].Hint}
			for _, f := range more {
				rest.Count += f.Count
			}
			rest.Message = fmt.Sprintf("%d more findings of this kind", len(more))
			out = append(out, rest)
		}
	}
	return out
}
