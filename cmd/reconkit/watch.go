package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// watchEvery is how often --watch looks at the files.
const watchEvery = 500 * time.Millisecond

// watchedMax is the number of files of one glob that --watch looks at.
const watchedMax = 10_000

// watch runs again whenever a file changes, until ctx is done.
func (a *app) watch(ctx context.Context, files func() []string, run func() error) error {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	return a.watchTicks(ctx, ticker.C, files, run)
}

// watchTicks runs, and at each tick looks whether a file is another one than
// before the last run: then it runs again, below a line with the time of the
// tick. An error of a run is shown and does not end it. It returns nil when ctx
// is done.
func (a *app) watchTicks(ctx context.Context, ticks <-chan time.Time, files func() []string, run func() error) error {
	seen := stamps(files())
	a.watchRun(ctx, run)
	for {
		select {
		case <-ctx.Done():
			return nil
		case at := <-ticks:
			now := stamps(files())
			if now == seen {
				continue
			}
			seen = now
			fmt.Fprintf(a.stdout, "\n---- %s ----\n", at.Format(time.DateTime))
			a.watchRun(ctx, run)
		}
	}
}

// watchRun runs once and shows the error, unless it was interrupted.
func (a *app) watchRun(ctx context.Context, run func() error) {
	err := run()
	a.progress.end()
	if err != nil && ctx.Err() == nil {
		a.complain(err)
	}
}

// stamps tells the files apart from what they were before: their names, sizes
// and times. A file that is not there, such as one that an editor is about to
// replace, has a stamp as well.
func stamps(files []string) string {
	var b strings.Builder
	for _, path := range files {
		names := globbed(path)
		for _, name := range names[:min(len(names), watchedMax)] {
			info, err := os.Stat(name)
			if err != nil {
				fmt.Fprintf(&b, "%q -\n", name)
				continue
			}
			fmt.Fprintf(&b, "%q %d %d\n", name, info.Size(), info.ModTime().UnixNano())
		}
	}
	return b.String()
}

// globbed are the files of a glob, sorted; a path that is there, or matches
// nothing, is its own.
func globbed(path string) []string {
	if _, err := os.Lstat(path); err == nil {
		return []string{path}
	}
	found, err := filepath.Glob(path)
	if err != nil || len(found) == 0 {
		return []string{path}
	}
	slices.Sort(found)
	return found
}
