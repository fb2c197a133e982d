package plandocket_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// TestCancelAtEachReading ends an apply in the middle of each of its readings, while
// others delete contacts that it is to change: it is an apply that was stopped, and no
// reading that failed, also before anything was written.
func TestCancelAtEachReading(t *testing.T) {
	dialect := plandockettest.Dialect{Paging: plandockettest.PagingPageBare, PageSize: 20}
	for n, more := 1, true; more; n++ {
		inLab(t, plandockettest.Options{Keys: withAudit(), Dialect: dialect}, func(t *testing.T, l *lab) {
			l.crowd(63, 5)
			p := must(l.plan(t.Context()))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			requests, writes := 0, 0
			what := ""
			l.server.BeforeRequest(func(q *http.Request) {
				if q.Method == http.MethodPatch {
					if writes++; writes == 1 {
						must("", l.server.Delete(3))
						must("", l.server.Delete(4))
					}
				}
				if requests++; requests == n {
					what = q.Method + " " + q.URL.Path
					cancel()
				}
			})
			r, err := l.apply(ctx, p, false)
			if more = requests >= n; !more {
				return
			}
			named := strings.HasSuffix(what, "/audit-log") && err == nil && !unfinished(r) // the last reading, behind all that was to be done
			if err != nil || !strings.Contains(r.Stopped, "--resume") && !named {
				t.Errorf("ended at request %d, %s: %v, stopped %q, want an apply that was stopped", n, what, err, r.Stopped)
			}
		})
	}
}
