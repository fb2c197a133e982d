package main

import (
	"os"
	"syscall"
	"testing"
	"time"
)

// timeout and its like send the same signal twice, to the command and to its group: that is
// one interrupt, so that the call under way is finished.
func TestSignalsSentTwiceAreOneInterrupt(t *testing.T) {
	came := []time.Duration{20 * time.Microsecond, 900 * time.Millisecond, sameInterrupt, time.Hour}
	signals := make(chan os.Signal, len(came))
	for range came {
		signals <- syscall.SIGTERM
	}
	awaitSecond(signals, func() time.Duration {
		d := came[0]
		came = came[1:]
		return d
	})
	if len(came) != 1 {
		t.Errorf("the second interrupt left %v, want the last alone", came)
	}
}
