package linkage

import (
	"math"
	"strings"

	"github.com/reconkit/reconkit/dedupe/similar"
)

func jaroWinkler(a, b string) float64 { return similar.JaroWinkler(a, b) }

func osaWithin(a, b string, k int) bool {
	var p similar.Pattern
	p.Set(similar.NewText(a))
	return p.OSAWithin(similar.NewText(b), k)
}

// firmToken is a distinct word of company names.
type firmToken struct {
	text similar.Text
	idf  float64 // how rare it is, in nats
}

// weighTokens tells rare words of company names from common ones.
func (db *records) weighTokens(tokens *dict) {
	counts := make([]float64, tokens.len())
	records := make([]float64, db.firm.values.len())
	for _, id := range db.firm.ids {
		records[id]++
	}
	for id, f := range db.firms {
		for _, t := range f.tokens {
			counts[t] += records[id]
		}
	}
	db.tokens = make([]firmToken, tokens.len())
	for id := 1; id < tokens.len(); id++ {
		db.tokens[id] = firmToken{similar.NewText(tokens.text(uint32(id))), idfOf(db.n, counts[id])}
	}
	for id := range db.firms {
		for _, t := range db.firms[id].tokens {
			db.firms[id].weight += db.tokens[t].idf
		}
	}
}

// findShared notes who uses each phone and mailbox, and finds the domains that
// anyone can have a mailbox at.
func (db *records) findShared() {
	db.who = make([]uint64, db.n)
	called := make([][2]uint64, len(db.names)) // as a given name, and as a family name
	for id := range db.names {
		w := &db.names[id]
		called[id] = [2]uint64{w.calledAs(), w.sound}
	}
	for i := range db.who {
		switch {
		case db.isFirm[i]:
			db.who[i] = mix2(db.firms[db.firm.ids[i]].tight, 1) | 1
		case db.given.on():
			// Swapped names are one person, and half a name is nobody new.
			if f, l := called[db.given.ids[i]][0], called[db.family.ids[i]][1]; f != 0 && l != 0 {
				db.who[i] = (mix2(f, 1) + mix2(l, 1)) | 1
			}
		}
	}
	if len(db.phones) > 0 {
		db.phoneUsers = usersOf(db.phones, db.who)
	}
	if len(db.emails) == 0 {
		return
	}
	db.mailUsers = usersOf(db.emails, db.who)
	perDomain := make([]float64, db.domains.len())
	for _, c := range db.emails {
		for id, n := range c.counts {
			if id > 0 {
				perDomain[db.mails[id].domain] += float64(n)
			}
		}
	}
	for d, n := range perDomain {
		db.freeDomain[d] = db.freeDomain[d] || n > math.Max(5, .004*float64(db.n))
	}
}

// calledAs is a hash of how a given name sounds, one for the short and fond
// forms of a name.
func (w *word) calledAs() uint64 {
	if len(w.roots) == 1 {
		return uint64(w.roots[0])*hashC | 1
	}
	return w.firstSound()
}

// users are the first few different people who have a value.
type users [4]uint64

// usersOf finds the users of each value; nil where only one record has it, so
// that nobody else does.
func usersOf(columns []column, who []uint64) []*users {
	all := make([]*users, columns[0].values.len())
	records := make([]int32, len(all))
	several := 0
	for _, c := range columns {
		for id, n := range c.counts {
			if records[id] < 2 && records[id]+n >= 2 {
				several++
			}
			records[id] += n
		}
	}
	room := make([]users, several)
	for id, n := range records {
		if n >= 2 {
			all[id], room = &room[0], room[1:]
		}
	}
	for _, c := range columns {
		for i, id := range c.ids {
			if id == 0 || who[i] == 0 || all[id] == nil {
				continue
			}
			all[id].add(who[i])
		}
	}
	return all
}

// soleUsers tells of the values whose users are not kept who has them: 0 for
// nobody who has a name. It looks at as many records as who does.
func soleUsers(known []*users, columns []column, who []uint64) []uint64 {
	sole := make([]uint64, len(known))
	for _, c := range columns {
		for i, id := range c.ids[:len(who)] {
			if int(id) < len(known) && id != 0 && known[id] == nil {
				sole[id] = who[i]
			}
		}
	}
	return sole
}

// with is the users, where they are not kept the sole one.
func (u *users) with(sole uint64) users {
	if u == nil {
		return users{sole}
	}
	return *u
}

// add notes one more person, unless there are four already.
func (u *users) add(who uint64) {
	for k := range u {
		if u[k] == 0 {
			u[k] = who
		}
		if u[k] == who {
			return
		}
	}
}

// level is one of two: of a value of several people, or of another.
func (u *users) level(several, other uint8) uint8 {
	if u != nil && u[1] != 0 {
		return several
	}
	return other
}

// others is how many people have the value beside these two, as far as the
// records have names; it stops counting when there are four in all, which is enough
// to see that there are two others whoever the two are.
func (u *users) others(a, b uint64) (n int) {
	if u == nil {
		return 0
	}
	for _, x := range u {
		if x != 0 && x != a && x != b {
			n++
		}
	}
	return n
}

// otherCallers is how many people use a phone beside these two records.
func (db *records) otherCallers(phone uint32, a, b int32) int {
	return db.phoneUsers[phone].others(db.who[a], db.who[b])
}

// otherMailers is how many people use a mailbox beside these two records.
func (db *records) otherMailers(mail uint32, a, b int32) int {
	return db.mailUsers[mail].others(db.who[a], db.who[b])
}

// aliasMin is the length, in bytes, of a given name that a mailbox can tell.
const aliasMin = 3

// findAliases finds the given names that mailboxes tell beside the surname:
// anastasia in lock.anastasia@ of a record with the family name Lock. Only names
// that some record has count.
func (db *records) findAliases(from, to int) {
	if db.alias == nil {
		return
	}
	var boxes [lookupMax]string
	for ; from < to; from += lookupMax {
		some := min(lookupMax, to-from)
		for k, e := range db.emails[0].ids[from : from+some] {
			boxes[k] = db.letters.text(e)
		}
		fetched(boxes[:some])
		for k, box := range boxes[:some] {
			i := from + k
			given, family := db.given.ids[i], db.family.ids[i]
			if box == "" || family == 0 || db.mails[db.emails[0].ids[i]].role {
				continue
			}
			told := db.toldBy(box, family)
			if told == "" || holdsWord(db.given.values.text(given), told) {
				continue // most mailboxes tell what the record says
			}
			db.alias[i] = db.given.values.find(told)
		}
	}
}

// toldBy is what the letters of a mailbox have beside a surname, "" where they do not
// have it.
func (db *records) toldBy(box string, family uint32) string {
	surname := db.names[family].text.String()
	if strings.IndexByte(surname, ' ') >= 0 {
		surname = strings.ReplaceAll(surname, " ", "")
	}
	if len(surname) < 2 {
		return ""
	}
	rest, ok := strings.CutSuffix(box, surname)
	if !ok {
		if rest, ok = strings.CutPrefix(box, surname); !ok {
			rest, ok = strings.CutSuffix(box, surname[:1])
		}
	}
	if !ok || len(rest) < aliasMin {
		return ""
	}
	return rest
}
