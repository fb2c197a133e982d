package linkage

import (
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
}

// mailParts is what is known of an address beside its text.
type mailParts struct {
	local      int // bytes of the address
	from, to   int // in the words
	role, free bool
}

func (db *records) loadEmails(r *reader) {
	at := r.of(Email)
	if len(at) == 0 {
		return
	}
	filled := r.filled(at)
	db.locals, db.domains = newDict(filled), newDict(1<<8)
	db.mails, db.letters, db.freeDomain = make([]mailbox, 1, 1+filled), newTexts(filled), []bool{false}
	m := &mailReader{db: db, values: newDict(filled)}
	for _, c := range at {
		col := column{ids: make([]uint32, r.n), values: m.values}
		r.scanMany([]int{c}, col.ids, reading{m.values, m.normal, m.fresh})
		db.emails = append(db.emails, col)
	}
	m.values.close()
	db.locals.close()
	db.domains.close()
}

func (m *mailReader) normal(b []byte, k int, raw string) []byte {
	e := &m.email
	e.Read(raw)
	if k == 0 {
		m.words = m.words[:0]
	}
	from := len(m.words)
	m.words = append(m.words, e.Words...)
	m.parts[k] = mailParts{len(e.Local), from, len(m.words), e.Role, e.Free}
	return append(b, e.Address...)
}

// fresh takes new addresses apart.
func (m *mailReader) fresh(news []int, l *lookup) {
	db := m.db
	var locals, domains lookup
	for i, k := range news {
		text, p := l.texts[k], &m.parts[k]
		local := text[:p.local]
		locals.texts[i], domains.texts[i] = local, strings.TrimPrefix(text[p.local:], "@")
		db.mails = append(db.mails, mailbox{sketch: similar.NewSketch(text), role: p.role, digits: strings.ContainsAny(local, "0123456789"), punctuated: strings.ContainsAny(local, "._-")})
	}
	locals.add(db.locals, len(news), func(i int, _ uint32) {
		p := &m.parts[news[i]]
		m.letters = norm.AppendWords(m.letters[:0], string(m.words[p.from:min(p.to, p.from+norm.BytesMax)]))
		db.letters.keep(string(slices.DeleteFunc(m.letters, func(c byte) bool { return c == ' ' })))
	})
	domains.add(db.domains, len(news), func(i int, _ uint32) {
		db.freeDomain = append(db.freeDomain, m.parts[news[i]].free)
	})
	boxes := db.mails[len(db.mails)-len(news):]
	for i := range boxes {
		boxes[i].local, boxes[i].domain = locals.ids[i], domains.ids[i]
	}
}
