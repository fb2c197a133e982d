package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// matched runs the program in this process and returns what it printed.
func matched(t *testing.T, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: &out, stderr: &errs, getenv: func(string) (string, bool) { return "", false }}
	if got := a.main(args); got != want {
		t.Fatalf("%s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, want, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

// contactsFile writes a file of n contacts of which each second one repeats the
// one before it.
func contactsFile(t *testing.T, n int, change func(i int, cells []string)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "contacts.csv")
	var b strings.Builder
	b.WriteString("id,first,last,mail,phone,city\n")
	for i := range n {
		who := i / 2
		cells := []string{fmt.Sprint(i + 1), fmt.Sprintf("Given%c%c", 'a'+who%26, 'a'+who/26%26), fmt.Sprintf("Family%c%c", 'a'+who/7%26, 'a'+who%26),
			fmt.Sprintf("mailbox%d@mail.example", who), fmt.Sprintf("0341 55%05d", who*37%100_000), "Leipzig"}
		if change != nil {
			change(i, cells)
		}
		b.WriteString(strings.Join(cells, ",") + "\n")
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const contactColumns = "first=given_name,last=family_name,mail=email,phone=phone,city=city"

// A value of a megabyte, a NUL and bytes that are no UTF-8 cost their own row at
// most, and every other row is there.
func TestMatchHostileValues(t *testing.T) {
	path := contactsFile(t, 40, func(i int, cells []string) {
		switch i {
		case 10:
			cells[2] = strings.Repeat("Weber ", 200_000)
		case 20:
			cells[1] = "Nul\x00l"
		case 30:
			cells[2] = "Caf\xe9\xff"
		case 31:
			cells[3], cells[5] = "\u202egnp.exe@mail.example", "\x1b[31mLeipzig"
		}
	})
	out := filepath.Join(t.TempDir(), "clusters.csv")
	matched(t, exitOK, "match", "run", path, "--out", out, "--columns", contactColumns)
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")[1:]
	if len(lines) < 37 {
		t.Errorf("%d of 40 rows in the result", len(lines))
	}
	for _, i := range []int{1, 2, 39, 40} {
		if !strings.Contains(string(text), fmt.Sprintf("\n%d,%d,", i+1, i)) {
			t.Errorf("row %d is missing", i)
		}
	}
	stdout, stderr := matched(t, exitOK, "match", "explain", path, "11", "12", "--columns", contactColumns)
	if len(stdout)+len(stderr) > 4096 {
		t.Errorf("an explanation of a long value has %d bytes", len(stdout)+len(stderr))
	}
	for _, args := range [][]string{{"profile", path}, {"profile", path, "--json"}, {"explain", path, ":2", ":3", "--json"}, {"explain", path, "32", "33"}, {"explain", path, "32", "33", "--json"}} {
		stdout, stderr := matched(t, exitOK, append(append([]string{"match"}, args...), "--columns", contactColumns)...)
		if strings.ContainsAny(stdout+stderr, "\u202e\x00\x1b") {
			t.Errorf("match %s prints characters that a terminal acts on", strings.Join(args, " "))
		}
	}
}

func TestMatchExplanationAddsUp(t *testing.T) {
	path := contactsFile(t, 40, nil)
	for _, pair := range [][2]string{{"1", "2"}, {"1", "3"}, {":5", "40"}} {
		text, _ := matched(t, exitOK, "match", "explain", path, pair[0], pair[1], "--json", "--columns", contactColumns)
		var e pairExplained
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			t.Fatal(err)
		}
		sum := linkage.Weight(0)
		for _, p := range e.Why.Parts {
			sum += p.Weight
		}
		if len(e.Why.Parts) == 0 || sum != e.Why.Sum {
			t.Errorf("%v: %d parts add up to %v, not %v", pair, len(e.Why.Parts), sum, e.Why.Sum)
		}
	}
}

// Who interrupts a run finds no half-written file.
func TestMatchInterrupted(t *testing.T) {
	path, out := contactsFile(t, 200, nil), filepath.Join(t.TempDir(), "clusters.csv")
	a := &app{stdin: strings.NewReader(""), stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}, getenv: func(string) (string, bool) { return "", false }}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	root := a.command()
	root.SetArgs([]string{"match", "run", path, "--out", out, "--columns", contactColumns})
	if err := root.ExecuteContext(ctx); err == nil {
		t.Error("no error")
	}
	if left, err := os.ReadDir(filepath.Dir(out)); err != nil || len(left) > 0 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}

// The order of the rows changes no cluster: the same rows stand together.
func TestMatchDoesNotDependOnOrder(t *testing.T) {
	path := contactsFile(t, 600, nil)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	for i, j := 1, len(lines)-1; i < j; i, j = i+1, j-1 {
		lines[i], lines[j] = lines[j], lines[i]
	}
	turned := filepath.Join(t.TempDir(), "turned.csv")
	if err := os.WriteFile(turned, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a, b := clustersOfFile(t, path), clustersOfFile(t, turned)
	together := 0
	for first := 1; first < len(a); first += 2 { // rows 1 and 2 are one contact, 3 and 4, and so on
		one := a[first] == a[first+1]
		if one {
			together++
		}
		if one != (b[first] == b[first+1]) {
			t.Errorf("rows %d and %d stand together in one order alone", first, first+1)
		}
	}
	if together < 290 {
		t.Errorf("%d of 300 contacts were joined", together)
	}
}

// clustersOfFile matches a file and returns the cluster of each id.
func clustersOfFile(t *testing.T, path string) map[int]string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "clusters.csv")
	matched(t, exitOK, "match", "run", path, "--out", out, "--columns", contactColumns)
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	clusters := map[int]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		cells := strings.Split(line, ",")
		var id int
		if _, err := fmt.Sscan(cells[1], &id); err != nil {
			t.Fatal(err)
		}
		clusters[id] = cells[2]
	}
	return clusters
}
