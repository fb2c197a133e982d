package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// made runs the program and returns the bytes of the file and its rows, without
// the header.
func made(t *testing.T, rows int, dup float64, seed uint64) (string, [][]string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "contacts.csv")
	if err := run(rows, dup, seed, path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return string(text), all[1:]
}

func TestTheSameFlagsGiveTheSameBytes(t *testing.T) {
	a, _ := made(t, 2000, .2, 7)
	b, _ := made(t, 2000, .2, 7)
	c, _ := made(t, 2000, .2, 8)
	if a != b {
		t.Error("two runs differ")
	}
	if a == c {
		t.Error("another seed gives the same contacts")
	}
}

func TestRowsAreThoseAskedFor(t *testing.T) {
	for _, n := range []int{0, 1, 2, 20_000} {
		for _, dup := range []float64{0, .2, .5} {
			_, rows := made(t, n, dup, 3)
			clusters, ids := map[string]int{}, map[string]bool{}
			for i, row := range rows {
				clusters[row[10]]++
				ids[row[0]] = true
				if row[0] != strconv.Itoa(i+1) {
					t.Fatalf("row %d has id %s", i+1, row[0])
				}
			}
			if len(rows) != n || len(ids) != n {
				t.Errorf("%d rows, %d ids; want %d", len(rows), len(ids), n)
			}
			if got := float64(n-len(clusters)) / float64(max(n, 1)); n > 1000 && (got < dup-.02 || got > dup+.02) {
				t.Errorf("%.3f of the rows repeat a contact, want %.1f", got, dup)
			}
		}
	}
}

// What makes contacts hard to match is in the file: people of one household and
// colleagues share a phone without being one, and one person has two names.
func TestWhatIsHardIsThere(t *testing.T) {
	_, rows := made(t, 20_000, .2, 5)
	const first, last, email, phone, company, customer, cluster = 1, 2, 3, 4, 5, 9, 10
	type key [2]string
	household, staff, mailbox := map[key]map[string]bool{}, map[string]map[string]bool{}, map[string]map[string]bool{}
	namesakes, surnames, numbers := map[key]map[string]bool{}, map[string]map[string]bool{}, map[string]map[string]bool{}
	seen := map[string]int{}
	for _, r := range rows {
		digits := ""
		for _, c := range r[phone] {
			if c >= '0' && c <= '9' {
				digits += string(c)
			}
		}
		tail := digits[max(0, len(digits)-7):]
		note(household, key{r[last], tail}, r[cluster], r[last] != "" && tail != "" && r[company] == "")
		note(staff, r[company], r[cluster], r[company] != "" && r[last] != "")
		note(mailbox, r[email], r[cluster], r[email] != "")
		note(namesakes, key{r[first], r[last]}, r[cluster], r[first] != "" && r[last] != "")
		note(surnames, r[cluster], r[last], r[last] != "")
		note(numbers, r[cluster], r[customer], r[customer] != "")
		if r[last] == "" && r[company] != "" {
			seen["a firm as a contact"]++
		}
	}
	seen["households on one phone"] = several(household)
	seen["colleagues"] = several(staff)
	seen["shared mailboxes"] = several(mailbox)
	seen["namesakes"] = several(namesakes)
	seen["people with two surnames"] = several(surnames)
	seen["people with two customer numbers"] = several(numbers)
	for _, what := range []string{"a firm as a contact", "households on one phone", "colleagues", "shared mailboxes", "namesakes", "people with two surnames", "people with two customer numbers"} {
		if seen[what] < 10 {
			t.Errorf("%s: %d of 20,000 rows", what, seen[what])
		}
	}
}

func note[K comparable](into map[K]map[string]bool, k K, value string, when bool) {
	if !when {
		return
	}
	if into[k] == nil {
		into[k] = map[string]bool{}
	}
	into[k][value] = true
}

func several[K comparable](sets map[K]map[string]bool) int {
	n := 0
	for _, s := range sets {
		if len(s) > 1 {
			n++
		}
	}
	return n
}

func TestWrongFlags(t *testing.T) {
	for _, err := range []error{run(1, .2, 1, ""), run(-1, .2, 1, "x.csv"), run(1, .6, 1, "x.csv"), run(1, -.1, 1, "x.csv")} {
		if err == nil {
			t.Error("no error")
		}
	}
}
