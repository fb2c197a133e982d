//go:build unix

// Command measure runs a command and says what it took: wall time, CPU time
// and the most memory that it held.
//
//	measure LABEL EXIT-CODE COMMAND [ARGUMENT...]
//
// The command's output goes to standard error. Another exit code than the one
// that was expected is an error.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

func main() {
	if err := measure(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

func measure(args []string) error {
	if len(args) < 3 {
		return errors.New("usage: measure LABEL EXIT-CODE COMMAND [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[1])
	if err != nil {
		return fmt.Errorf("exit code %q: %w", args[1], err)
	}
	c := exec.Command(args[2], args[3:]...)
	c.Stdout, c.Stderr = os.Stderr, os.Stderr
	start := time.Now()
	err = c.Run()
	wall := time.Since(start)
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return fmt.Errorf("run %s: %w", args[2], err)
	}
	if got := c.ProcessState.ExitCode(); got != want {
		return fmt.Errorf("%s: exit code %d, want %d", args[0], got, want)
	}
	cpu := c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	fmt.Printf("| %-46s | %6.2f s | %6.2f s | %5d MiB |\n", args[0], wall.Seconds(), cpu.Seconds(), peakMiB(c.ProcessState))
	return nil
}

// peakMiB is the largest resident set. Linux counts it in KiB, macOS in bytes.
func peakMiB(s *os.ProcessState) int64 {
	usage, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return int64(usage.Maxrss) >> 20
	}
	return int64(usage.Maxrss) >> 10
}
