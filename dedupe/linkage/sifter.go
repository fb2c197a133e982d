package linkage

import "slices"

// sifter sifts the pairs of one worker. A batch goes through it step by step, and
// what the next step needs is fetched for all pairs that are left, because the
// fetches do not wait for each other.
type sifter struct {
	q       *quick
	c       *comparer
	b       *bounds
	whole   wholeSeen
	names   namesSeen
	left    []sifted // of a batch
	kept    []edge   // of a task
	fetched uint64   // a sum of what was fetched, so that it is
}

// sifted is a pair that may reach the floor.
type sifted struct {
	at      int // in the batch
	seen    glimpse
	v       vector // of the fields that are compared
	settled bool   // all are
}

func newSifter(d *linked, q *quick, floor Weight) *sifter {
	return &sifter{q: q, c: newComparer(d.db), b: d.newBounds(nil, floor)}
}

// sift gives those pairs that are at the floor or above, and their scores. It leaves
// out those that are known, of which none is before the pairs.
func (s *sifter) sift(pairs, known []uint64) []edge {
	s.kept = s.kept[:0]
	var some [batchPairs]uint64
	for len(pairs) > 0 {
		n := 0
		for ; n < len(some) && len(pairs) > 0; pairs = pairs[1:] {
			if len(known) > 0 && known[0] == pairs[0] {
				known = known[1:]
				continue
			}
			some[n] = pairs[0]
			n++
		}
		s.c.fetch(some[:n])
		s.look(n)
		s.settle()
		s.fetchCounts()
		for i := range s.left {
			s.weigh(&s.left[i])
		}
	}
	return slices.Clone(s.kept)
}

// look leaves those pairs of a batch that may reach the floor as far as is seen at
// a glance.
func (s *sifter) look(n int) {
	q := s.q
	s.left = s.left[:0]
	var g glimpse
	for i := range n {
		a, b := s.c.sides(i)
		if q.off || q.joins != nil && q.joins(a.at, b.at) {
			s.left = append(s.left, sifted{at: i, v: s.c.levels(a, b), settled: true})
			continue
		}
		if q.look(a, b, &g, &s.whole); g.may() {
			s.left = append(s.left, sifted{at: i, seen: g})
		}
	}
}

// settle compares the pairs that are left field by field, in place of what was
// seen of them, until it is clear that they are not the same.
func (s *sifter) settle() {
	s.fetchNames()
	s.each((*sifter).settleNames)
	s.fetchFirms()
	s.each((*sifter).settlePlaces)
	s.fetchMails()
	s.each((*sifter).settleMails)
}

// each takes a step with the pairs that are left and leaves those that it does.
func (s *sifter) each(step func(s *sifter, p *sifted, a, b *side) bool) {
	n := 0
	for i := range s.left {
		p := &s.left[i]
		a, b := s.c.sides(p.at)
		if !p.settled && !step(s, p, a, b) {
			continue
		}
		if n < i {
			s.left[n] = *p
		}
		n++
	}
	s.left = s.left[:n]
}

func (s *sifter) settleNames(p *sifted, a, b *side) bool {
	if !s.q.db.given.on() {
		return true
	}
	g := &p.seen
	s.c.settleNames(a, b, &g.names, &p.v)
	if g.names.whole() {
		return true
	}
	g.sum += s.q.names[p.v.level(fieldGiven)][p.v.level(fieldFamily)] - g.name
	return g.may()
}

// settlePlaces settles companies, dates, addresses, and columns that are compared
// on their own.
func (s *sifter) settlePlaces(p *sifted, a, b *side) bool {
	c, db, g := s.c, s.q.db, &p.seen
	if db.firm.on() {
		c.compareFirms(a, b, &p.v)
		if f, _ := natureOf(a, b); !s.settled(f, p, p.v.level(f), g.firm) {
			return false
		}
	}
	for i := range db.extras {
		e := &db.extras[i]
		if !s.settled(fieldExtra+field(i), p, c.extraLevel(e, e.of(i, a), e.of(i, b)), g.extras[i]) {
			return false
		}
	}
	if db.placed {
		level := c.addressLevel(a, b)
		p.v.set(fieldAddress, level)
		if g.sum += s.q.fields[fieldAddress][level] - g.place; !g.may() {
			return false
		}
	}
	return !db.date.on() || s.settled(fieldDate, p, c.dateLevel(a.date, b.date), g.date)
}

// settleMails settles phones and e-mails.
func (s *sifter) settleMails(p *sifted, a, b *side) bool {
	db := s.q.db
	if len(db.phones) > 0 && !s.settled(fieldPhone, p, s.c.phoneLevel(a, b), p.seen.phone) {
		return false
	}
	return len(db.emails) == 0 || s.settled(fieldEmail, p, s.c.emailLevel(a, b), p.seen.email)
}

// settled puts the level of a field in place of what was seen of it, and reports
// whether the pair may still reach the floor.
func (s *sifter) settled(f field, p *sifted, level, from uint8) bool {
	p.v.set(f, level)
	p.seen.sum += s.q.fields[f][level] - s.q.fields[f][from]
	return p.seen.may()
}

// weigh keeps a pair that is compared, if its score is at the floor or above.
func (s *sifter) weigh(p *sifted) {
	a, b := s.c.sides(p.at)
	r := s.b.of(p.v)
	if !s.b.mayReach(r, a.at, b.at, &s.names) {
		return
	}
	if score := s.b.score(r, a.at, b.at, &s.names); score >= s.b.floor {
		s.kept = append(s.kept, edge{a.at, b.at, score, p.v})
	}
}

// fetchNames fetches the names that may be alike.
func (s *sifter) fetchNames() {
	names, sum := s.q.db.names, uint64(0)
	for i := range s.left {
		p := &s.left[i]
		a, b := s.c.sides(p.at)
		if g := p.seen.names.given; g == glanceUnlike || g == glanceLoose {
			sum += textFetched(names[a.given].text.String()) + textFetched(names[b.given].text.String())
		}
		if f := p.seen.names.family; f == glanceUnlike || f == glanceLoose {
			sum += textFetched(names[a.family].text.String()) + textFetched(names[b.family].text.String())
		}
	}
	s.fetched += sum
}

// fetchFirms fetches the companies that may be alike.
func (s *sifter) fetchFirms() {
	firms, sum := s.q.db.firms, uint64(0)
	for i := range s.left {
		p := &s.left[i]
		if p.seen.firm == glanceUnlike {
			a, b := s.c.sides(p.at)
			sum += firms[a.firm].tight + firms[b.firm].tight
		}
	}
	s.fetched += sum
}

// fetchMails fetches the e-mails that may be alike, and who uses those that are
// equal.
func (s *sifter) fetchMails() {
	db, sum := s.q.db, uint64(0)
	if len(db.emails) != 1 {
		return
	}
	values := db.emails[0].values
	for i := range s.left {
		p := &s.left[i]
		a, b := s.c.sides(p.at)
		switch g := p.seen.email; {
		case g == glanceEqual:
			if u := db.mailUsers[a.email]; u != nil {
				sum += u[0] + db.who[a.at] + db.who[b.at]
			}
		case g > mailColleague:
			sum += textFetched(values.text(a.email)) + textFetched(values.text(b.email))
			sum += textFetched(db.letters.text(a.email)) + textFetched(db.letters.text(b.email))
		}
	}
	s.fetched += sum
}

// fetchCounts fetches how frequent values are that two records have in common.
func (s *sifter) fetchCounts() {
	db, sum := s.q.db, int32(0)
	of := func(c *column, x, y uint32) {
		if x == y && c.counts != nil {
			sum += c.counts[x]
		}
	}
	for i := range s.left {
		a, b := s.c.sides(s.left[i].at)
		of(&db.given, a.given, b.given)
		of(&db.family, a.family, b.family)
		of(&db.street, a.street, b.street)
		if len(db.emails) == 1 {
			of(&db.emails[0], a.email, b.email)
		}
		if len(db.phones) == 1 {
			of(&db.phones[0], a.packed.phone, b.packed.phone)
		}
	}
	s.fetched += uint64(sum)
}

// textFetched is a byte of a text.
func textFetched(s string) uint64 {
	if s == "" {
		return 0
	}
	return uint64(s[0])
}
