package main

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// diskScript runs the program in a folder of a file system of its own, in which so
// many KiB are left when it applies, and copies the folder to where it can be
// looked at.
const diskScript = `set -eu
mount -t tmpfs -o size=8m tmpfs "$PLACE"
cp people.csv p.yaml "$PLACE"
cd "$PLACE"
"$PROGRAM" plan p.yaml -o 1.rkplan >plan.out 2>&1 || { cat plan.out; exit 9; }
if [ "$LEFT" = readonly ]; then
  mount -o remount,ro "$PLACE"
else
  avail=$(df -k --output=avail . | tail -1)
  head -c $(( (avail - LEFT) * 1024 )) /dev/zero >filler
fi
set +e
"$PROGRAM" apply 1.rkplan --yes --settle 1ms >"$OUT/first" 2>&1
echo "exit $?" >>"$OUT/first"
rm -f filler 2>/dev/null
cp -r . "$OUT/place"
`

// diskRows are enough for several calls and more than one page of the state file.
const diskRows = 300

// TestFullDisk lets the disk be full at one write after the other of what an apply
// remembers, and lets it be for reading only: nothing is sent that is not in the
// journal, the message says so, and with room again the resume ends as planned.
func TestFullDisk(t *testing.T) {
	if err := exec.Command("unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", t.TempDir()).Run(); err != nil {
		t.Skipf("no file system of its own can be made here: %v", err)
	}
	places := []string{"readonly", "0", "4", "16", "32", "64", "96", "128", "160", "192", "256", "320", "448", "640", "896", "1200"}
	if testing.Short() || raced {
		places = []string{"readonly", "0", "64", "192", "448"}
	}
	full := 0
	for _, left := range places {
		t.Run(left, func(t *testing.T) {
			if w := newDiskWorld(t); w.fills(left) {
				full++
			}
		})
	}
	if full < 3 {
		t.Errorf("the disk was full %d times, which shows nothing", full)
	}
	t.Logf("the disk was full, or for reading only, in %d of %d runs", full, len(places))
}

// newDiskWorld is a tenant with some of the contacts, and a folder with a pipeline.
func newDiskWorld(t *testing.T) *killed {
	t.Helper()
	server, err := plandockettest.New(plandockettest.Options{Now: time.Now, Keys: map[string][]string{tenantKey: {"contacts"}}})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server.Handler())
	t.Cleanup(func() {
		web.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	k := &killed{t: t, dir: t.TempDir(), program: filepath.Join(t.TempDir(), "reconkit"), server: server}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, k.program); err != nil {
		t.Skipf("the program cannot be started under its name: %v", err)
	}
	rows := "nr,mail,name,tel\n"
	for i := range diskRows {
		if i%3 == 0 {
			if _, err := server.Add(plandockettest.Contact{Email: fmt.Sprintf("p%d@example.com", i), LastName: fmt.Sprintf("Person %d", i), Phone: "+49 30 9", Notes: "kept",
				CreatedAt: time.Now().Add(time.Duration(i-diskRows) * time.Minute)}); err != nil {
				t.Fatal(err)
			}
		}
		rows += fmt.Sprintf("%d,p%d@example.com,Person %d,+49 30 1%05d\n", i, i, i, i)
	}
	k.write("people.csv", rows)
	k.write("p.yaml", fmt.Sprintf(killPipeline, web.URL))
	return k
}

// fills applies with so much room left, looks at what there is then, and goes on
// with room. It reports whether the room was too little.
func (k *killed) fills(left string) bool {
	k.t.Helper()
	out, place := k.t.TempDir(), k.t.TempDir()
	c := exec.Command("unshare", "-rm", "sh", "-c", diskScript)
	c.Dir, c.Env = k.dir, append(os.Environ(), "PLANDOCKET_API_KEY="+tenantKey, "PLACE="+place, "OUT="+out, "LEFT="+left, "PROGRAM="+k.program)
	if said, err := c.CombinedOutput(); err != nil {
		k.t.Fatalf("%v\n%s", err, said)
	}
	text, err := os.ReadFile(filepath.Join(out, "first"))
	if err != nil {
		k.t.Fatal(err)
	}
	first := string(text)
	k.dir = filepath.Join(out, "place")
	if sent, known := k.server.BulkCalls(), journalled(k.t, filepath.Join(k.dir, ".reconkit")); sent > known {
		k.t.Errorf("%d calls were sent, and the journal has %d", sent, known)
	}
	if !strings.HasSuffix(first, "exit 0\n") {
		if !strings.Contains(first, "then go on") || strings.HasSuffix(first, "exit 2\n") {
			k.t.Errorf("the message does not say what to do: %s", first)
		}
		if fileExists(filepath.Join(k.dir, ".reconkit", "state.db")) {
			k.leaseRunsOut()
		}
	}
	if said, err := k.run("apply", "1.rkplan", "--yes", "--resume", "--settle", "1ms"); err != nil {
		k.t.Errorf("going on with room: %v\n%s", err, said)
	}
	if lost, doubled := k.against(diskRows); lost != 0 || doubled != 0 {
		k.t.Errorf("%d contacts lost, %d doubled; first %s", lost, doubled, first)
	}
	return !strings.HasSuffix(first, "exit 0\n")
}

// TestLockedState applies while another program holds a lock on what is remembered.
func TestLockedState(t *testing.T) {
	k := newDiskWorld(t)
	if said, err := k.run("plan", "p.yaml", "-o", "1.rkplan"); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	db, err := sql.Open("sqlite", filepath.Join(k.dir, ".reconkit", "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	lock, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if _, err := lock.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	said, err := k.run("apply", "1.rkplan", "--yes", "--settle", "1ms")
	if err == nil || !strings.Contains(said, "locked") || !strings.Contains(said, "end it, then go on") || k.server.BulkCalls() != 0 {
		t.Errorf("with a lock in the way: %v, %d calls\n%s", err, k.server.BulkCalls(), said)
	}
	if _, err := lock.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if said, err := k.run("apply", "1.rkplan", "--yes", "--resume", "--settle", "1ms"); err != nil {
		t.Errorf("without it: %v\n%s", err, said)
	}
	if lost, doubled := k.against(diskRows); lost != 0 || doubled != 0 {
		t.Errorf("%d contacts lost, %d doubled", lost, doubled)
	}
}

// TestFullDiskOfReports has nowhere to write a plan and what is shown of it: it is
// an error that says so, and never half a file.
func TestFullDiskOfReports(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no device that is always full")
	}
	k := newDiskWorld(t)
	if said, err := k.run("plan", "p.yaml", "-o", "1.rkplan"); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for _, format := range []string{"text", "json", "markdown", "html"} {
		c := exec.Command("sh", "-c", `"$0" show 1.rkplan --format "$1" >/dev/full`, k.program, format)
		c.Dir = k.dir
		if said, err := c.CombinedOutput(); err == nil || !strings.Contains(string(said), "no space left on device") {
			t.Errorf("show --format %s on a full disk: %v\n%s", format, err, said)
		}
	}
}

// journalled is the number of calls in the journal of a state, 0 where there is
// none.
func journalled(t *testing.T, folder string) (n int) {
	t.Helper()
	path := filepath.Join(folder, "state.db")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return 0
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("SELECT count(*) FROM calls").Scan(&n); err != nil && !strings.Contains(err.Error(), "no such table") {
		t.Fatal(err)
	}
	return n
}
