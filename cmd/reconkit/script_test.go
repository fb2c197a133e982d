package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
	"github.com/reconkit/reconkit/sources/sonderplan/sonderplantest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"reconkit": main})
}

// TestScript runs each story of testdata/script as a person would type it.
func TestScript(t *testing.T) {
	quickstart, err := filepath.Abs("../../examples/quickstart")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(e *testscript.Env) error {
			e.Setenv("QUICKSTART", quickstart)
			e.Setenv("HOME", e.WorkDir)
			e.Values["world"] = &world{}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":      cmdExits,
			"interrupts": cmdInterrupts,
			"plandocket": cmdPlanDocket,
			"sonderplan": cmdSonderplan,
			"pd":         cmdPD,
			"shuffle":    cmdShuffle,
			"replace":    cmdReplace,
			"nosecret":   cmdNoSecret,
			"firstword":  cmdFirstWord,
			"agekey":     cmdAgeKey,
			"next":       cmdNext,
		},
	})
}

// world is the servers of one story.
type world struct {
	plandocket *plandockettest.Server
	faults     *faults.Schedule

	mu   sync.Mutex
	bulk int
	hold chan struct{} // bulk calls wait for it, when set
}

func worldOf(ts *testscript.TestScript) *world { return ts.Value("world").(*world) }

// cmdExits runs a command and wants an exit code: exits CODE COMMAND...
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// cmdInterrupts runs a command that makes a bulk call, holds that call, and
// interrupts the command. Once that has said that it is stopping, it lets the call go on,
// or, told to interrupt 2 times, interrupts it again until it ends. It wants an exit code:
// interrupts TIMES CODE COMMAND...
func cmdInterrupts(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: interrupts TIMES CODE COMMAND...")
	}
	times, err := strconv.Atoi(args[0])
	ts.Check(err)
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	path, err := exec.LookPath(args[2])
	ts.Check(err)
	c := exec.Command(path, args[3:]...)
	c.Dir, c.Env = ts.MkAbs("."), environment(ts)
	said := &heard{word: "stopping after", once: make(chan struct{})}
	var out strings.Builder
	c.Stdout, c.Stderr = &out, said
	w := worldOf(ts)
	ts.Check(c.Start())
	w.await(ts, "1")
	ts.Check(c.Process.Signal(os.Interrupt))
	<-said.once
	if times == 1 {
		w.release()
		err = c.Wait()
	} else {
		err = interruptUntilEnd(c)
	}
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		ts.Fatalf("%v", err)
	}
	fmt.Fprint(ts.Stdout(), out.String())
	fmt.Fprint(ts.Stderr(), said.text.String())
	if got := c.ProcessState.ExitCode(); got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// interruptUntilEnd interrupts a command again and again, since what comes right behind the
// first interrupt is the same one.
func interruptUntilEnd(c *exec.Cmd) error {
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	press := time.NewTicker(sameInterrupt / 10)
	defer press.Stop()
	for {
		select {
		case err := <-ended:
			return err
		case <-press.C:
			_ = c.Process.Signal(os.Interrupt) // it may have ended
		}
	}
}

// heard keeps what is written and closes once when a word is in it.
type heard struct {
	word string
	once chan struct{}
	said bool
	text strings.Builder
}

func (h *heard) Write(p []byte) (int, error) {
	h.text.Write(p)
	if !h.said && strings.Contains(h.text.String(), h.word) {
		h.said = true
		close(h.once)
	}
	return len(p), nil
}

// environment is that of the story.
func environment(ts *testscript.TestScript) []string {
	env := os.Environ()
	for _, name := range []string{"HOME", "PLANDOCKET_URL", "PLANDOCKET_API_KEY"} {
		env = append(env, name+"="+ts.Getenv(name))
	}
	return env
}

// cmdPlanDocket starts an emulator on loopback:
// plandocket [seed N] [scopes A,B] [keeps N of the records of a call] [fault KIND ROUTE FROM COUNT]...
func cmdPlanDocket(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	w.release()
	w.mu.Lock()
	w.bulk = 0
	w.mu.Unlock()
	w.faults = faults.New()
	o := plandockettest.Options{Faults: w.faults, Keys: map[string][]string{"secret-key-1": plandockettest.AllScopes()}}
	seed := 0
	for len(args) > 0 {
		switch args[0] {
		case "seed":
			n, err := strconv.Atoi(args[1])
			ts.Check(err)
			seed, args = n, args[2:]
		case "keeps":
			n, err := strconv.Atoi(args[1])
			ts.Check(err)
			o.Dialect.BulkCap, args = n, args[2:]
		case "scopes":
			o.Keys = map[string][]string{"secret-key-1": strings.Split(args[1], ",")}
			args = args[2:]
		case "fault":
			from, err := strconv.Atoi(args[3])
			ts.Check(err)
			count, err := strconv.Atoi(args[4])
			ts.Check(err)
			w.faults.Add(faults.Fault{Kind: faults.Kind(args[1]), Route: args[2], From: from, Count: count})
			args = args[5:]
		default:
			ts.Fatalf("plandocket: unknown option %s", args[0])
		}
	}
	s, err := plandockettest.New(o)
	ts.Check(err)
	if seed > 0 {
		ts.Check(s.Seed(1, seed))
	}
	w.plandocket = s
	s.BeforeRequest(w.before)
	server := httptest.NewServer(s.Handler())
	ts.Defer(func() {
		w.release()
		server.Close()
		if err := s.Close(); err != nil {
			ts.Logf("close: %v", err)
		}
	})
	ts.Setenv("PLANDOCKET_URL", server.URL)
	ts.Setenv("PLANDOCKET_API_KEY", "secret-key-1")
}

// before counts the bulk calls and lets them wait.
func (w *world) before(r *http.Request) {
	if !strings.Contains(r.URL.Path, "/bulk-import/") {
		return
	}
	w.mu.Lock()
	w.bulk++
	hold := w.hold
	w.mu.Unlock()
	if hold != nil {
		<-hold
	}
}

func (w *world) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hold != nil {
		close(w.hold)
		w.hold = nil
	}
}

// cmdFirstWord puts the first word of a file into the environment: firstword NAME FILE
func cmdFirstWord(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: firstword NAME FILE")
	}
	words := strings.Fields(ts.ReadFile(args[1]))
	if len(words) == 0 {
		ts.Fatalf("%s holds no word", args[1])
	}
	ts.Setenv(args[0], words[0])
}

// cmdNext runs the command that the last one proposed, as it stands there, by a shell,
// and wants an exit code: next CODE [MORE...]. More words are put behind it.
func cmdNext(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: next CODE [MORE...]")
	}
	var proposed []string
	for _, line := range strings.Split(ts.ReadFile("stdout")+ts.ReadFile("stderr"), "\n") {
		for _, mark := range []string{"next: ", "go on with: "} {
			if _, command, ok := strings.Cut(line, mark); ok {
				proposed = append(proposed, command)
			}
		}
	}
	if len(proposed) != 1 {
		ts.Fatalf("%d commands are proposed, want 1: %q", len(proposed), proposed)
	}
	for _, word := range args[1:] {
		proposed[0] += " '" + word + "'"
	}
	ts.Logf("next: %s", proposed[0])
	cmdExits(ts, false, []string{args[0], "sh", "-c", proposed[0]})
}

// cmdAgeKey makes an age identity in a file and puts its recipient into the
// environment: agekey FILE NAME
func cmdAgeKey(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: agekey FILE NAME")
	}
	key, err := age.GenerateX25519Identity()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte("# a key of this story\n"+key.String()+"\n"), 0o600))
	ts.Setenv(args[1], key.Recipient().String())
}

// cmdSonderplan starts an emulator with a few people: sonderplan
func cmdSonderplan(ts *testscript.TestScript, _ bool, _ []string) {
	s, err := sonderplantest.New(sonderplantest.Options{Tokens: []sonderplantest.Token{{Text: "secret-token-2", Contact: sonderplantest.ReadWrite}}})
	ts.Check(err)
	ts.Check(s.Seed(1, 30, 5))
	server := httptest.NewServer(s.Handler())
	ts.Defer(func() {
		server.Close()
		if err := s.Close(); err != nil {
			ts.Logf("close: %v", err)
		}
	})
	ts.Setenv("SONDERPLAN_URL", server.URL)
	ts.Setenv("SONDERPLAN_TOKEN", "secret-token-2")
}

// cmdPD looks at the emulator and changes it as somebody else would:
//
//	pd count N             N contacts are there
//	pd has EMAIL FIELD=VALUE...
//	pd lacks EMAIL
//	pd edit EMAIL FIELD=VALUE
//	pd add EMAIL
//	pd hold                bulk calls wait from now on
//	pd await N             until N bulk calls have come
//	pd release             and they go on
func cmdPD(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	switch args[0] {
	case "count":
		all, err := w.plandocket.Contacts()
		ts.Check(err)
		if fmt.Sprint(len(all)) != args[1] {
			ts.Fatalf("%d contacts, want %s", len(all), args[1])
		}
	case "has":
		c := contact(ts, w, args[1])
		for _, pair := range args[2:] {
			field, want, _ := strings.Cut(pair, "=")
			if got := *pdField(ts, &c, field); got != want {
				ts.Fatalf("%s of %s is %q, want %q", field, args[1], got, want)
			}
		}
	case "lacks":
		if slices.ContainsFunc(contacts(ts, w), func(c plandockettest.Contact) bool { return c.Email == args[1] }) {
			ts.Fatalf("%s is there", args[1])
		}
	case "edit":
		field, value, _ := strings.Cut(args[2], "=")
		ts.Check(w.plandocket.Edit(contact(ts, w, args[1]).ID, func(c *plandockettest.Contact) { *pdField(ts, c, field) = value }))
	case "add":
		_, err := w.plandocket.Add(plandockettest.Contact{Email: args[1]})
		ts.Check(err)
	case "hold":
		w.mu.Lock()
		w.hold = make(chan struct{})
		w.mu.Unlock()
	case "await":
		w.await(ts, args[1])
	case "release":
		w.release()
	default:
		ts.Fatalf("pd: unknown command %s", args[0])
	}
}

// await waits for bulk calls, since another process makes them.
func (w *world) await(ts *testscript.TestScript, count string) {
	n, err := strconv.Atoi(count)
	ts.Check(err)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(time.Minute)
	defer late.Stop()
	for {
		w.mu.Lock()
		come := w.bulk
		w.mu.Unlock()
		if come >= n {
			return
		}
		select {
		case <-tick.C:
		case <-late.C:
			ts.Fatalf("%d bulk calls came within a minute, want %d", come, n)
		}
	}
}

func contacts(ts *testscript.TestScript, w *world) []plandockettest.Contact {
	all, err := w.plandocket.Contacts()
	ts.Check(err)
	return all
}

func contact(ts *testscript.TestScript, w *world, email string) plandockettest.Contact {
	var found []plandockettest.Contact
	for _, c := range contacts(ts, w) {
		if c.Email == email {
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		ts.Fatalf("%d contacts have the e-mail %s, want 1", len(found), email)
	}
	return found[0]
}

func pdField(ts *testscript.TestScript, c *plandockettest.Contact, field string) *string {
	switch field {
	case "email":
		return &c.Email
	case "first_name":
		return &c.FirstName
	case "last_name":
		return &c.LastName
	case "phone":
		return &c.Phone
	case "city":
		return &c.City
	case "company_name":
		return &c.CompanyName
	case "customer_number":
		return &c.CustomerNumber
	case "notes":
		return &c.Notes
	}
	ts.Fatalf("pd: unknown field %s", field)
	return nil
}

// cmdShuffle reverses the rows of a CSV file behind its header: shuffle FILE
func cmdShuffle(ts *testscript.TestScript, _ bool, args []string) {
	lines := strings.Split(strings.TrimSuffix(ts.ReadFile(args[0]), "\n"), "\n")
	slices.Reverse(lines[1:])
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Join(lines, "\n")+"\n"), 0o600))
}

// cmdReplace replaces text that a file must hold: replace FILE OLD NEW
func cmdReplace(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(text, args[1], args[2])), 0o600))
}

// cmdNoSecret looks for the secrets of the story in every file that the program
// left, and in what it printed last.
func cmdNoSecret(ts *testscript.TestScript, _ bool, _ []string) {
	secrets := []string{"secret-key-1", "secret-token-2", "wrong-key-3"}
	look := func(where, text string) {
		for _, s := range secrets {
			if strings.Contains(text, s) {
				ts.Fatalf("%s holds the secret %s", where, s)
			}
		}
	}
	look("standard output", ts.ReadFile("stdout"))
	look("standard error", ts.ReadFile("stderr"))
	seen := 0
	err := filepath.WalkDir(ts.MkAbs("."), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		look(path, string(text))
		seen++
		return err
	})
	ts.Check(err)
	if seen == 0 {
		ts.Fatalf("there are no files to look at")
	}
}
