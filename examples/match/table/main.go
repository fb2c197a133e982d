// Command table lays reports of reconkit match eval side by side in Markdown:
//
//	table [-growth] LABEL=FILE [LABEL=FILE]
//
// With -growth it shows what matching costs for each row.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
)

func main() {
	growth := flag.Bool("growth", false, "show what matching costs for each row")
	flag.Parse()
	t := quality
	if *growth {
		t = cost
	}
	if err := run(t, flag.Args(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "table:", err)
		os.Exit(1)
	}
}

// score is precision, recall and F1.
type score struct {
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
}

func (s score) String() string {
	return fmt.Sprintf("%s %s %s", four(s.Precision), four(s.Recall), four(s.F1))
}

// four is a share with four digits.
func four(x float64) string {
	return strings.TrimPrefix(strconv.FormatFloat(x, 'f', 4, 64), "0")
}

// report is what the table shows of a report.
type report struct {
	Records  int     `json:"records"`
	Pairs    []score `json:"pairs"` // above .5, above --match-above
	Clusters []struct {
		Pairs score `json:"pairs"`
	} `json:"clusters"` // the best guess, the sure ones
	Compared struct {
		PerRecord float64 `json:"per_record"`
	} `json:"compared"`
	Reliability struct {
		Worst *struct {
			From float64 `json:"from"`
			Gap  float64 `json:"gap"`
		} `json:"worst_bin"`
	} `json:"reliability"`
	Questions struct {
		PerThousand float64 `json:"per_1000_records"`
		After       score   `json:"after_answers"`
	} `json:"questions"`
	Cost struct {
		Wall float64 `json:"wall_seconds"`
		CPU  float64 `json:"cpu_seconds"`
		Peak int64   `json:"peak_bytes"`
		Rows int64   `json:"row_bytes"`
	} `json:"cost"`
}

// kind is a kind of table.
type kind struct {
	head string
	line func(r report, label string) string
}

var (
	quality = kind{"| rows | pairs from .5: P R F1 | pairs from .95: P R F1 | clusters, best guess: P R F1 | clusters from .95: P R F1 | compared for a row | questions for 1,000 rows | after right answers: P R F1 | worst bin | CPU | wall | peak mem. (rows) |", report.line}
	cost    = kind{"| rows | compared for a row | CPU | for a row | wall | peak mem. (rows) | for a row, without the rows |", report.costs}
)

func run(t kind, args []string, out io.Writer) error {
	if len(args) == 0 {
		return errors.New("usage: table [-growth] LABEL=FILE [LABEL=FILE]")
	}
	var b strings.Builder
	b.WriteString(t.head + "\n")
	b.WriteString(strings.Repeat("|---", strings.Count(t.head, "|")-1) + "|\n")
	for _, arg := range args {
		label, path, ok := strings.Cut(arg, "=")
		if !ok {
			return fmt.Errorf("%q: write LABEL=FILE", arg)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var r report
		if err := json.Unmarshal(text, &r); err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		if len(r.Pairs) != 2 || len(r.Clusters) != 2 {
			return fmt.Errorf("%s is no report of match eval of our own clusters", path)
		}
		b.WriteString(t.line(r, label))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

const mib = 1 << 20

// costs is what matching takes: for each row microseconds and bytes.
func (r report) costs(label string) string {
	rows := max(1, float64(r.Records))
	return fmt.Sprintf("| %s | %.1f | %.2f s | %.1f µs | %.2f s | %d MiB (%d) | %.0f B |\n", label,
		r.Compared.PerRecord, r.Cost.CPU, r.Cost.CPU/rows*1e6, r.Cost.Wall, r.Cost.Peak/mib, r.Cost.Rows/mib, float64(r.Cost.Peak-r.Cost.Rows)/rows)
}

func (r report) line(label string) string {
	worst := "none"
	if w := r.Reliability.Worst; w != nil {
		worst = fmt.Sprintf("%s at %.1f", strings.TrimPrefix(strconv.FormatFloat(math.Abs(w.Gap), 'f', 3, 64), "0"), w.From)
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %.1f | %.1f | %s | %s | %.2f s | %.2f s | %d MiB (%d) |\n", label,
		r.Pairs[0], r.Pairs[1], r.Clusters[0].Pairs, r.Clusters[1].Pairs, r.Compared.PerRecord, r.Questions.PerThousand, r.Questions.After,
		worst, r.Cost.CPU, r.Cost.Wall, r.Cost.Peak/mib, r.Cost.Rows/mib)
}
