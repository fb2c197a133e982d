package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

func (a *app) matchExplainCommand() *cobra.Command {
	var f matchFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "explain FILE [FILE] A B",
		Short: "Say why two rows are one contact, or are not",
		Long: `explain matches the rows of the files, since what an agreement means is learned
from all of them, and shows the evidence for two of them: what was compared, how
well it agrees, and what that weighs, in bits. The weights add up to the sum, and
the sum is the probability.

A row is named by its id, or by its line as :17 (in a Parquet file its number).
With two files 1#ID is a row of the first, 2#ID one of the second.`,
		Example: `  reconkit match explain contacts.csv 1017 4711
  reconkit match explain contacts.csv :18 :4712 --json
  reconkit match explain crm.parquet fair.csv --link 1#K-17 2#88`,
		Args: cobra.RangeArgs(3, 4),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.matchExplain(cmd.Context(), args[:len(args)-2], [2]string(args[len(args)-2:]), f, asJSON)
		},
	}
	f.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON instead of text")
	return c
}

// pairExplained is the explanation of a pair with what was made of it.
type pairExplained struct {
	A         string              `json:"row_a"`
	B         string              `json:"row_b"`
	Answer    string              `json:"answer"` // same, different or ask
	Together  bool                `json:"same_cluster"`
	BestGuess bool                `json:"same_best_guess"`
	Why       linkage.Explanation `json:"explanation"`
	Between   *linkage.Between    `json:"between,omitempty"` // the two clusters, where they are two
	Met       string              `json:"met"`               // in_block, in_split_block, all_pairs or no
	Clusters  []clusterExplained  `json:"clusters"`          // that of row_a, and that of row_b where it is another
}

func (a *app) matchExplain(ctx context.Context, files []string, pair [2]string, f matchFlags, asJSON bool) error {
	m, err := a.prepareMatch(ctx, files, f, "")
	if err != nil {
		return err
	}
	var rows [2]int32
	for i, name := range pair {
		if rows[i], err = m.rows.find(name); err != nil {
			return err
		}
	}
	if rows[0] == rows[1] {
		return fmt.Errorf("%s and %s are one row", shown(pair[0]), shown(pair[1]))
	}
	result, _, err := a.match(ctx, m)
	if err != nil {
		return err
	}
	x, y := rows[0], rows[1]
	e := pairExplained{A: m.rows.name(x), B: m.rows.name(y), Why: result.Explain(x, y),
		Together: result.Clusters[x] == result.Clusters[y], BestGuess: result.Best[x] == result.Best[y], Clusters: m.explainClusters(result, x, y)}
	e.Met = howMet(e.Why.Keys, &result.Report)
	if !e.Together {
		between := result.Between(x, y)
		e.Between = &between
	}
	e.Answer = m.answer(e.Why)
	if asJSON {
		return encodeJSON(a, e)
	}
	_, err = a.stdout.Write([]byte(m.explainText(e, x, y)))
	return err
}

// The three answers for a pair of rows.
const answerAsk = "ask"

// answer is what the pair alone says; its clusters may know more.
func (m *matching) answer(e linkage.Explanation) string {
	match, review := m.config.MatchAbove, m.config.ReviewAbove
	switch {
	case e.Forbidden != "":
		return answerDifferent
	case e.Probability >= match:
		return answerSame
	case e.Probability >= review:
		return answerAsk
	default:
		return answerDifferent
	}
}

func (m *matching) explainText(e pairExplained, x, y int32) string {
	var b strings.Builder
	for _, row := range []int32{x, y} {
		b.WriteString(oneLine(m.rows.place(row)))
		if name := m.rows.name(row); name != m.rows.place(row) {
			fmt.Fprintf(&b, "  %s %s", shown(m.rows.id), shown(name))
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "%s: probability %.4f, weight %s\n\n", e.Answer, e.Why.Probability, e.Why.Sum)
	partsText(&b, e.Why)
	c := e.Why.Classes
	fmt.Fprintf(&b, "\nclasses    same %.4f, household %.4f, colleagues %.4f, strangers %.4f\n", c.Same, c.Household, c.Colleagues, c.Strangers)
	fmt.Fprintf(&b, "they met   %s\n", metText(e))
	if e.Why.Forbidden != "" {
		fmt.Fprintf(&b, "forbidden  %s\n", oneLine(e.Why.Forbidden))
	}
	fmt.Fprintf(&b, "clusters   %s; best guess: %s\n", oneOrTwo(e.Together), oneOrTwo(e.BestGuess))
	for _, c := range e.Clusters {
		fmt.Fprintf(&b, "           %s\n", c.text())
	}
	if e.Between != nil && e.Between.Pairs > 1 {
		fmt.Fprintf(&b, "           between them: %s of rows, which together weigh %s, probability %s; one from %v on\n",
			plural(e.Between.Pairs, "pair", "pairs"), e.Between.Weight, sixDigits(e.Between.Probability), m.config.MatchAbove)
	}
	return b.String()
}

// How two rows came to be compared.
const (
	metBlock = "in_block"
	metSplit = "in_split_block" // perhaps: the blocks that they share were too large
	metAll   = "all_pairs"
	metNot   = "no" // only for the explanation
)

// howMet says how two rows that share some keys came to be compared.
func howMet(keys []string, r *linkage.Report) string {
	met := metNot
	if float64(r.Pairs) >= r.Possible {
		met = metAll
	}
	for _, name := range keys {
		for _, k := range r.Keys {
			if k.Name == name && k.Split == 0 {
				return metBlock
			}
		}
	}
	if met == metNot && len(keys) > 0 {
		return metSplit
	}
	return met
}

func metText(e pairExplained) string {
	keys := oneLine(strings.Join(e.Why.Keys, "; "))
	switch e.Met {
	case metBlock:
		return keys
	case metSplit:
		return "perhaps by " + keys + "; these blocks were too large, and not all of their pairs were compared"
	case metAll:
		return "in no block; all pairs of so few rows were compared"
	}
	return "in no block; they were compared for this explanation"
}

func oneOrTwo(one bool) string {
	if one {
		return "the same cluster"
	}
	return "two clusters"
}

// partsText lays the evidence out in columns.
func partsText(b *strings.Builder, e linkage.Explanation) {
	field, level := len("sum"), 0
	for _, p := range e.Parts {
		field, level = max(field, chars(partField(p))), max(level, chars(oneLine(p.Words())))
	}
	pad := func(s string, width int) string { return s + strings.Repeat(" ", max(0, width-chars(s))) }
	for _, p := range e.Parts {
		line := fmt.Sprintf("  %s  %8s  %s", pad(partField(p), field), p.Weight, pad(oneLine(p.Words()), level))
		if p.A != "" || p.B != "" {
			line += "  " + quotedOrNone(p.A) + " | " + quotedOrNone(p.B)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	fmt.Fprintf(b, "  %s  %8s\n", pad("sum", field), e.Sum)
}

func partField(p linkage.Part) string {
	if p.Field == "" {
		return "the pair"
	}
	return shown(p.Field)
}

func quotedOrNone(s string) string {
	if s == "" {
		return "nothing"
	}
	return `"` + shown(s) + `"`
}
