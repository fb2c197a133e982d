package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
)

// A write to a sandbox that has begun is finished though its context ends, one that has
// not does not begin, and a reading is given up.
func TestSandboxFinishesTheWriteUnderWay(t *testing.T) {
	for _, c := range []struct {
		method string
		before bool // the context ends before the request
		done   bool
	}{{http.MethodPost, false, true}, {http.MethodPost, true, false}, {http.MethodGet, false, false}} {
		ctx, cancel := context.WithCancel(t.Context())
		begun := false
		client := sandboxClient(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			begun = true
			cancel()
			if !c.done {
				<-r.Context().Done()
			}
			w.WriteHeader(http.StatusNoContent)
		}))
		if c.before {
			cancel()
		}
		r, err := http.NewRequestWithContext(ctx, c.method, "http://plandocket.sandbox/x", strings.NewReader(""))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(r)
		if resp != nil {
			_ = resp.Body.Close()
		}
		var asker interface{ NotSent() bool }
		if (err == nil) != c.done || begun == c.before || c.before && (!errors.As(err, &asker) || !asker.NotSent()) {
			t.Errorf("%s, ended before %t: begun %t, error %v", c.method, c.before, begun, err)
		}
		cancel()
	}
}
