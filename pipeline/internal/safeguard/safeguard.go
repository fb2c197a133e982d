// Package safeguard names what keeps an apply from doing harm, so that tests
// can take each away and show that they would notice. In a program that is built
// without the tag safeguards, all of them are in place and none can be taken
// away.
package safeguard

// Name is a safeguard.
type Name string

// The safeguards. `make safeguards` runs the tests without each of them.
const (
	Intent       Name = "intent"       // what a call is about to do is durable before it is sent
	Settle       Name = "settle"       // nothing is sent again before an earlier call can no longer be carried out
	Drift        Name = "drift"        // a record that is not as the plan saw it is left alone
	Completeness Name = "completeness" // nothing is created, or changed by a key, on a list that is not proven to be whole
	Canary       Name = "canary"       // the first update of a way of writing is compared in every field
	Lease        Name = "lease"        // one apply writes to a target at a time
	Link         Name = "link"         // what a row became is looked at before its keys
	Budget       Name = "budget"       // no more requests leave than the hour allows
)
