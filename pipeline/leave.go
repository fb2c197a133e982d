package pipeline

import (
	"context"
	"sync/atomic"
	"time"
)

// What a write rests on was read before it. A transport that keeps a rate may have to
// wait for up to an hour, in which others go on: so it is told by the context of a
// request how long that may take, and waits with the next reading instead.

// promptMax is how long a call may wait behind its reading for the requests of an hour, or
// for a server that wants none; one that would wait longer is not sent before what it
// rests on was read again.
const (
	promptMax = time.Minute
	latesMax  = 3             // readings in a row behind which no call could leave, for want of requests in an hour
	longMax   = 2 * time.Hour // that a call may wait then; the hour is over before that
	latesEnd  = 2 * latesMax  // such readings in a row after which apply stops: others take each request
)

type promptKey struct{}

// Prompt returns a context whose requests leave soon or not at all: a transport that
// would have to wait longer than most, but for an even pace, sends nothing and returns a
// [*LateError].
func Prompt(ctx context.Context, most time.Duration) context.Context {
	return context.WithValue(ctx, promptKey{}, most)
}

// PromptOf is how long a request of a context may wait, if that is limited.
func PromptOf(ctx context.Context) (most time.Duration, limited bool) {
	most, limited = ctx.Value(promptKey{}).(time.Duration)
	return most, limited
}

// LateError is the error of a request that did not leave, and of which nothing was done.
type LateError struct {
	Wait time.Duration // until it could have left, as far as that is known
	Busy bool          // the server said that it wants no requests; else an hour's are used up
}

func (e *LateError) Error() string {
	why := "the requests of this hour are used up"
	if e.Busy {
		why = "the server asks for fewer requests"
	}
	return why + ", and what is to be written would be " + e.Wait.Round(time.Second).String() + " older by then"
}

type roomKey struct{}

// room is what is asked of the first request of a context, and when it left.
type room struct {
	behind atomic.Pointer[Behind]
	left   atomic.Pointer[time.Time]
}

// Behind are requests that are to follow another one at once.
type Behind struct{ Reads, Writes int }

// Room returns a context of which the first request leaves only when those behind it
// could follow at once, or as many of them as ever can: what is read in parts is read at
// one time, and what is written was read just before.
func Room(ctx context.Context, behind Behind) context.Context {
	r := new(room)
	r.behind.Store(&behind)
	return context.WithValue(ctx, roomKey{}, r)
}

// RoomBehind are the requests that are to be able to follow this one, of a context; only
// the first that asks is told.
func RoomBehind(ctx context.Context) Behind {
	if r, ok := ctx.Value(roomKey{}).(*room); ok {
		if b := r.behind.Swap(nil); b != nil {
			return *b
		}
	}
	return Behind{}
}

// Leaves notes that a request of a context leaves, once it has waited for all it must.
func Leaves(ctx context.Context, now time.Time) {
	if r, ok := ctx.Value(roomKey{}).(*room); ok {
		r.left.CompareAndSwap(nil, &now)
	}
}

// roomFor is the context itself where it asks for room already, else one that asks for
// that of a reading of so many requests.
func roomFor(ctx context.Context, reading int) context.Context {
	if _, ok := ctx.Value(roomKey{}).(*room); ok {
		return ctx
	}
	return Room(ctx, Behind{Reads: max(0, reading-1)})
}

// readSince is when a reading began that says that it began at some time: not before its
// first request left, which may have had to wait. What was read earlier is as old as it is.
func readSince(ctx context.Context, asked, began time.Time) time.Time {
	r, ok := ctx.Value(roomKey{}).(*room)
	if !ok || began.Before(asked) {
		return began
	}
	if left := r.left.Load(); left != nil && left.After(began) {
		return *left
	}
	return began
}
