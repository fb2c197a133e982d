package main

import "runtime/debug"

// planGCPercent is by how many percent what a plan holds may grow before memory is
// collected. Most of it is text in large pieces, which takes little to look
// through; with Go's 100 a plan would take twice what it holds.
const planGCPercent = 30

// keptGCPercent is that of keeping and showing a plan that is made. What its making needed
// is gone by then, which was more than the plan, and little is added: nothing is to be
// gained by looking through every change once more.
const keptGCPercent = 100

// applyGCPercent is that of an apply, which holds every change with its values apart, so
// that looking through them takes longer.
const applyGCPercent = 50

// holdLess keeps the memory of a command that holds all records or changes near what it
// needs, unless the environment says what is wanted.
func (a *app) holdLess(percent int) {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		if _, set := a.getenv(name); set {
			return
		}
	}
	debug.SetGCPercent(percent)
}
