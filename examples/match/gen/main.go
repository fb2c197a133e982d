// Command gen writes a CSV file of contacts of which it is known who is who:
// people, households, firms and their staff, each entered once or several times
// by people who mistype, abbreviate, move and marry. The column cluster_id says
// which rows are one contact. The same flags give the same bytes.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
)

func main() {
	rows := flag.Int("rows", 20_000, "number of rows")
	dup := flag.Float64("dup", 0.2, "share of rows that repeat a contact, from 0 to 0.5")
	seed := flag.Uint64("seed", 1, "another seed gives other contacts")
	out := flag.String("o", "", "file to write")
	flag.Parse()
	if err := run(*rows, *dup, *seed, *out); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(rows int, dup float64, seed uint64, out string) error {
	if out == "" || rows < 0 || !(dup >= 0 && dup <= 0.5) {
		return errors.New("-o FILE is needed, -rows must not be negative, and -dup is from 0 to 0.5")
	}
	w := newWorld(seed, dup)
	w.fill(rows)
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	defer f.Close()
	b := bufio.NewWriterSize(f, 1<<20)
	if err := w.write(b); err != nil {
		return fmt.Errorf("write %s: %w", out, err)
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", out, err)
	}
	return f.Close()
}

// header names the columns. Rows are kept as text without their id, which is
// known once they are shuffled.
const header = "id,first_name,last_name,email,phone,company,street,city,postcode,customer_no,cluster_id\n"

// write writes the rows in a random order, numbered from 1.
func (w *world) write(b *bufio.Writer) error {
	order := make([]int32, len(w.ends))
	for i := range order {
		j := w.r.below(i + 1)
		order[i] = order[j]
		order[j] = int32(i)
	}
	if _, err := b.WriteString(header); err != nil {
		return err
	}
	id := []byte{}
	for i, at := range order {
		id = append(strconv.AppendInt(id[:0], int64(i+1), 10), ',')
		if _, err := b.Write(id); err != nil {
			return err
		}
		if _, err := b.Write(w.line(int(at))); err != nil {
			return err
		}
	}
	return nil
}

// line is the text of a row from its second column on.
func (w *world) line(i int) []byte {
	from := int64(0)
	if i > 0 {
		from = w.ends[i-1]
	}
	return w.text[from:w.ends[i]]
}
