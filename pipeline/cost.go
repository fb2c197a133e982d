package pipeline

// Cost is what carrying out a plan takes.
type Cost struct {
	Read     int `json:"read"`     // requests that reading the present state took, and takes once what is created is there; without those that the plan alone takes
	Write    int `json:"write"`    // calls that the changes take, with those of the first change of each way of writing, which travel alone
	Readings int `json:"readings"` // requests of all that an apply reads at most where nothing disturbs it: the list before, among and behind the calls, and the log of the target
}

// Requests is how many requests carrying out the plan takes at most where nothing
// disturbs it; 0 where there is nothing to write.
func (c Cost) Requests() int {
	if c.Write == 0 {
		return 0
	}
	return c.Write + c.Readings
}

// ReadingTeller is a target of which a reading may take more requests once its list has
// another length, such as one that looks like a page, of which more must be proven.
type ReadingTeller interface {
	// MoreRequests is how many requests more than the last reading one of so many
	// records takes at most, and whether they may leave it in doubt whether that is all
	// of them, so that it is read again.
	MoreRequests(records int) (more int, doubtful bool)
}

// What hearing the log of a target takes. It is one request, unless the log comes in
// pages.
const (
	logEntriesLeast = 20 // of a page, the smallest that servers are known to give
	logRequestsMost = 12 // pages, and finding out how they are asked for
)

// costOf goes through what an apply of the changes does where nothing disturbs it: the
// same waves, with a reading before the first and behind each.
func costOf(t Target, present *Present, changes []Change) Cost {
	c := Cost{Read: readCost(t, present, changes)}
	records, replaced, rereads := present.Records.Len(), 0, rereadsMax
	read := func() {
		times, more, doubtful := 1, 0, false
		if teller, ok := t.(ReadingTeller); ok {
			more, doubtful = teller.MoreRequests(records)
		}
		if doubtful {
			times, rereads = 1+rereads, 0
		}
		c.Readings += times * (c.Read + more)
	}
	read()
	trusted := map[way]bool{}
	trust := func(w way) bool { return trusted[w] || wholeCalls(t) }
	for n, round := range rounds(changes) {
		if n > 0 {
			read() // for what waited
		}
		for calls, size := Pack(t, round), 1; len(calls) > 0; size = min(2*size, waveCallsMax) {
			var wave [][]Change
			wave, calls = nextWave(calls, size, trust)
			for _, call := range wave {
				trusted[wayOf(call[0])] = true
				for i := range call {
					switch call[i].Action {
					case Create:
						records++
					case Delete:
						records, replaced = records-1, replaced+1
					default:
						replaced++
					}
				}
			}
			c.Write += len(wave)
			read()
			c.Readings += askedFor(t, wave)
		}
	}
	if _, heard := t.(Witness); heard && replaced > 0 {
		c.Readings += min(logRequestsMost, 1+replaced/logEntriesLeast*2)
	}
	return c
}

// askedFor is how many records that a wave deletes are asked for one by one behind it,
// since the list no longer shows them.
func askedFor(t Target, wave [][]Change) (asked int) {
	if _, asks := t.(PresentReader); !asks {
		return 0
	}
	for _, call := range wave {
		for i := range call {
			if call[i].Action == Delete {
				asked++
			}
		}
	}
	return asked
}

// rounds are the changes in the order in which an apply may send them: those that need
// another of the same list wait until it is done.
func rounds(changes []Change) [][]Change {
	at := map[string]int{} // the round of each change that was placed; of the others -1
	for i := range changes {
		if len(changes[i].Needs) > 0 {
			at[changes[i].ID] = -1
		}
	}
	if len(at) == 0 {
		return [][]Change{changes}
	}
	for i := range changes {
		if len(changes[i].Needs) == 0 {
			at[changes[i].ID] = 0
		}
	}
	var all [][]Change
	for left := changes; len(left) > 0; {
		var round, held []Change
		for i := range left {
			if waits(&left[i], at, len(all)) {
				held = append(held, left[i])
			} else {
				round = append(round, left[i])
			}
		}
		if len(round) == 0 {
			return append(all, held) // they need each other, and none will be sent
		}
		for i := range round {
			at[round[i].ID] = len(all)
		}
		all, left = append(all, round), held
	}
	return all
}

// waits reports whether a change needs another of the list that no earlier round has.
func waits(ch *Change, at map[string]int, round int) bool {
	for _, id := range ch.Needs {
		if need, ours := at[id]; ours && (need < 0 || need >= round) {
			return true
		}
	}
	return false
}
