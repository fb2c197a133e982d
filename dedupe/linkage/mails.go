package linkage

import (
	"math"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/dedupe/norm"
	"github.com/reconkit/reconkit/dedupe/similar"
)

// mailReader numbers e-mail addresses. The lists are by place among the
// addresses that are normalised together.
type mailReader struct {
	db      *records
	values  *dict
	email   norm.Email
	parts   [lookupMax]mailParts
	words   []byte // of the local parts
	letters []byte // of one of them

	domains lookup
}

// mailParts is what is known of an address beside its text.
type mailParts struct {
	local    int // bytes of the address
	from, to int // in the words
	role     bool
}

func (db *records) loadEmails(r *reader) {
	at := r.of(Email)
	if len(at) == 0 {
		return
	}
	filled := r.filled(at)
	m := &mailReader{db: db, values: newDict(filled)}
	db.domains = newDict(min(r.n, 1<<8))
	db.mails, db.letters, db.freeDomain = make([]mailbox, 1, 1+filled), newTexts(filled), []bool{false}
	for _, c := range at {
		col := column{ids: make([]uint32, r.n), values: m.values}
		r.scanMany([]int{c}, col.ids, reading{m.values, m.normal, m.fresh})
		db.emails = append(db.emails, col)
	}
	m.values.close()
	db.letters.pieces = slices.Clip(m.values.pieces)
	db.domains.close()
}

func (m *mailReader) normal(b []byte, k int, raw string) []byte {
	e := &m.email
	e.Read(raw)
	if k == 0 {
		m.words = m.words[:0]
	}
	if e.NoMailbox() {
		m.db.noMail++
		return b
	}
	from := len(m.words)
	m.words = append(m.words, e.Words[:min(len(e.Words), norm.BytesMax)]...)
	m.parts[k] = mailParts{len(e.Local), from, len(m.words), e.Role}
	return append(b, e.Address...)
}

// fresh takes new addresses apart.
func (m *mailReader) fresh(news []int, l *lookup) {
	db, domains := m.db, &m.domains
	for i, k := range news {
		text, p := l.texts[k], &m.parts[k]
		local := text[:p.local]
		domains.texts[i] = strings.TrimPrefix(text[p.local:], "@")
		box := mailbox{sketch: similar.NewSketch(text), local: hashText(local), bytes: uint16(min(len(local), math.MaxUint16)), role: p.role}
		for i := range len(local) {
			box.digits = box.digits || local[i]-'0' < 10
		}
		db.mails = append(db.mails, box)
		m.letters = norm.AppendLetters(m.letters[:0], m.words[p.from:p.to])
		db.letters.at = push(db.letters.at, m.values.beside(l.ids[k], unsafeText(m.letters)))
	}
	domains.add(db.domains, len(news), func(i int, _ uint32) {
		db.freeDomain = append(db.freeDomain, norm.FreeMailHost(domains.texts[i]))
	})
	boxes := db.mails[len(db.mails)-len(news):]
	for i := range boxes {
		boxes[i].domain = domains.ids[i]
	}
}

// localOf is the local part of an address.
func (db *records) localOf(mail uint32) string {
	return db.emails[0].values.text(mail)[:db.mails[mail].bytes]
}
