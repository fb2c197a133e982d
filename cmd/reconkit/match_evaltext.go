package main

import (
	"fmt"
	"strconv"
	"strings"
)

// fourDigits writes a share with four digits, in which matchers differ.
func fourDigits(x float64) string { return strconv.FormatFloat(x, 'f', 4, 64) }

// fourOrNone is fourDigits of a share, or a dash where there is none.
func fourOrNone(x *float64) string {
	if x == nil {
		return "-"
	}
	return fourDigits(*x)
}

// short writes a probability as it was given.
func short(x float64) string {
	return strings.TrimPrefix(strconv.FormatFloat(x, 'f', -1, 64), "0")
}

// text is the report for people.
func (e *evalReport) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s, %s\n", plural(e.Records, "row", "rows"), plural(e.Entities, "contact", "contacts"), plural(e.TruePairs, "true pair", "true pairs"))
	switch {
	case e.TruePairs == 0:
		b.WriteString("no two rows are one contact in this truth: recall and F1 cannot be measured, and whatever is joined counts as wrong\n")
	case e.TrueNotClosed:
		b.WriteString("the true pairs do not follow from clusters; exact clusters and B-cubed are measured against what follows from them\n")
	}
	e.comparedText(&b)
	e.scoresText(&b)
	e.reliabilityText(&b)
	if q := e.Questions; q != nil {
		fmt.Fprintf(&b, "\nquestions: %s, %.1f for 1,000 rows", number(q.Asked), q.PerThousand)
		if q.Left > 0 {
			fmt.Fprintf(&b, ", %s more left out", number(q.Left))
		}
		fmt.Fprintf(&b, "\nrightly answered (%s same), the sure clusters have precision %s, recall %s, F1 %s\n",
			number(q.Same), fourOrNone(q.After.Precision), fourOrNone(q.After.Recall), fourOrNone(q.After.F1))
		if q.Again != nil {
			fmt.Fprintf(&b, "matched once more with these answers, they have precision %s, recall %s, F1 %s\n", fourOrNone(q.Again.Precision), fourOrNone(q.Again.Recall), fourOrNone(q.Again.F1))
		}
	}
	for _, n := range e.Notes {
		fmt.Fprintf(&b, "note: %s\n", oneLine(n))
	}
	return b.String()
}

func (e *evalReport) comparedText(b *strings.Builder) {
	if e.Compared == nil {
		return
	}
	var columns []string
	for _, c := range e.Columns {
		columns = append(columns, shown(c.Name)+"="+c.Kind.String())
	}
	fmt.Fprintf(b, "columns: %s\n", strings.Join(columns, ","))
	fmt.Fprintf(b, "weights: %s\n", oneLine(e.Weights))
	c := e.Compared
	fmt.Fprintf(b, "pairs compared: %s, %.1f for each row", number(c.Pairs), c.PerRecord)
	if e.TruePairs > 0 {
		fmt.Fprintf(b, "; %s of the true ones among them were not ruled out at once", percent(c.ToldTrue, e.TruePairs))
	}
	b.WriteByte('\n')
}

func percent(part, whole int64) string {
	return fmt.Sprintf("%.2f %%", 100*float64(part)/float64(whole))
}

// scoresText is the table of all scores.
func (e *evalReport) scoresText(b *strings.Builder) {
	fmt.Fprintf(b, "\n%-36s %9s %8s %8s %12s %12s %12s\n", "", "precision", "recall", "F1", "right", "found", "true")
	line := func(name string, s evalScore) {
		fmt.Fprintf(b, "%-36s %9s %8s %8s %12s %12s %12s\n", name, fourOrNone(s.Precision), fourOrNone(s.Recall), fourOrNone(s.F1), number(s.Right), number(s.Found), number(s.True))
	}
	for _, p := range e.Pairs {
		line("pairs above "+short(p.Above), p.evalScore)
	}
	for _, c := range e.Clusters {
		fmt.Fprintf(b, "clusters: %s (%s, the largest of %s)\n", shown(c.Name), number(c.Clusters), number(c.Largest))
		line("  pairs within them", c.Pairs)
		line("  exact clusters", c.Exact)
		line("  exact clusters of two or more", c.ExactJoined)
		fmt.Fprintf(b, "%-36s %9s %8s %8s\n", "  B-cubed", fourOrNone(c.BCubed.Precision), fourOrNone(c.BCubed.Recall), fourOrNone(c.BCubed.F1))
	}
}

// reliabilityText is the table of predicted against true.
func (e *evalReport) reliabilityText(b *strings.Builder) {
	if e.Reliability == nil {
		return
	}
	fmt.Fprintf(b, "\nprobability of a pair %12s %9s %8s %8s\n", "pairs", "predicted", "true", "gap")
	for _, r := range e.Reliability.Bins {
		if r.Pairs == 0 {
			fmt.Fprintf(b, "%.1f to %.1f            %12s\n", r.From, r.To, "0")
			continue
		}
		fmt.Fprintf(b, "%.1f to %.1f            %12s %9s %8s %+8.4f\n", r.From, r.To, number(r.Pairs), fourDigits(r.Predicted), fourDigits(r.True), r.Gap)
	}
	fmt.Fprintf(b, "expected calibration error %s", fourOrNone(e.Reliability.Error))
	if w := e.Reliability.Worst; w != nil {
		fmt.Fprintf(b, "; worst bin above .5 with %d pairs or more: %.1f to %.1f, off by %.4f", worstBinPairs, w.From, w.To, max(w.Gap, -w.Gap))
	}
	b.WriteByte('\n')
}
