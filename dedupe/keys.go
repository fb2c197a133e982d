package dedupe

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/reconkit/reconkit/dedupe/norm"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
)

// keyColumn is one key of all records. Equal numbers are equal values of one
// namespace; 0 is no value.
type keyColumn struct {
	key
	values *dict
	ids    []uint32
	spaces []uint32 // by number: the namespace
	shared []bool   // by number: evidently shared, so no identity
}

// fillKeys normalises e-mails as keys look at them, and numbers the values of keys.
// It does not touch what fillWords fills.
func (u *universe) fillKeys(ctx context.Context) {
	u.keys = make([]keyColumn, len(u.m.keys))
	first := slices.IndexFunc(u.m.keys, func(k key) bool { return k.kind == pipeline.KindIdentifier })
	if first >= 0 && ctx.Err() == nil {
		u.keys[first] = u.fillKey(u.m.keys[first])
		u.findTwins(&u.keys[first])
	}
	close(u.twinned)
	var others sync.WaitGroup
	defer others.Wait()
	for n, k := range u.m.keys {
		if n != first && !u.m.comparedEmail(k) {
			others.Go(func() {
				if ctx.Err() == nil {
					u.keys[n] = u.fillKey(k)
				}
			})
		}
	}
	for _, c := range u.m.compare {
		for _, f := range c.fields {
			if c.as == asEmail && ctx.Err() == nil {
				u.fillEmail(f, len(c.fields))
			}
		}
	}
	for n, k := range u.m.keys {
		if u.m.comparedEmail(k) {
			u.keys[n] = u.emailKey(k)
		}
	}
}

func e164(s string) bool {
	if len(s) < 8 || len(s) > 16 || s[0] != '+' {
		return false
	}
	for i := 1; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// fillKey numbers the values of one key.
func (u *universe) fillKey(k key) keyColumn {
	c := keyColumn{key: k, values: newDict(u.distinctUsual()), ids: u.column(), spaces: []uint32{0}}
	spaces := newDict(0)
	space, name, salt := uint32(0), "", uint64(0) // of a batch
	begin := func(i int, b *pipeline.Batch) uint64 {
		if space, name, salt = 0, "", 0; k.kind == pipeline.KindIdentifier {
			if space = spaces.id(u.namespace(i, b.Source(), k.name)); space != 0 {
				name = spaces.text[space]
				salt = mix(hashText(name), 0)
			}
		}
		return salt
	}
	u.scanAhead(k.field, lookup{in: c.values, salt: begin, visit: func(i int, b *pipeline.Batch, s string) {
		value := normalKey(k.kind, s, func() string { return u.regionOf(i) })
		if value == "" {
			return
		}
		id := uint32(0)
		if name == "" {
			id = c.values.id(value)
		} else {
			id = c.values.idOf(value, name, salt)
		}
		if int(id) == len(c.spaces) {
			c.spaces = append(c.spaces, space)
		}
		c.ids[i] = id
	}})
	c.shared = make([]bool, len(c.values.text))
	return c
}

// comparedEmail reports whether a key is the e-mail that is compared, too.
func (m *Matcher) comparedEmail(k key) bool {
	return slices.ContainsFunc(m.compare, func(c compare) bool {
		return c.as == asEmail && len(c.fields) == 1 && c.fields[0] == k.field && k.kind == pipeline.KindEmail
	})
}

// emailKey makes such a key from what was parsed already.
func (u *universe) emailKey(k key) keyColumn {
	n := len(u.mail.text)
	return keyColumn{key: k, values: u.mail, ids: u.email, spaces: make([]uint32, n), shared: make([]bool, n)}
}

// namespace names whose numbers an identifier of record i is. A source that
// does not say has a namespace of its own; without MatchInput.Namespace all
// numbers are the target's.
func (u *universe) namespace(i int, source, field string) string {
	if i >= u.rows || u.in.Namespace == nil {
		return u.in.TargetNamespace
	}
	u.naming.Lock() // several keys are filled at once
	defer u.naming.Unlock()
	if name := u.in.Namespace(source, field); name != "" {
		return name
	}
	return ownNumbers + source
}

// ownNumbers begins the namespace of a source that does not say whose its numbers are.
const ownNumbers = "source\x00"

// regionOf is the country of a record, as its field says it.
func (u *universe) regionOf(i int) string { return u.textOf(int32(i), pipeline.KindCountry) }

// normalKey is the form in which values of a key are compared; "" matches
// nothing, as what says that there is none does. Plus tags and dots of an e-mail
// stay, as do case and leading zeros of an identifier.
func normalKey(kind pipeline.Kind, s string, region func() string) string {
	switch kind {
	case pipeline.KindEmail:
		e, err := canon.ParseEmail(s)
		if err != nil || norm.NoMailbox(e.Address) {
			return ""
		}
		return e.Address
	case pipeline.KindIdentifier:
		if saysNone(kind, s) {
			return ""
		}
		return canon.Squish(s)
	case pipeline.KindPhone:
		if e164(s) {
			return s
		}
		p, err := canon.ParsePhone(s, region())
		if err != nil {
			return ""
		}
		return p.E164 + p.Extension
	default:
		return canon.Fold(s)
	}
}

// keyText is a value of a key without its namespace.
func (u *universe) keyText(k int, id uint32) string {
	value, _, _ := strings.Cut(u.keys[k].values.text[id], "\x00")
	return value
}

// numbersOfItsOwn reports whether a value of a key is of a source that does not say whose its
// numbers are.
func (u *universe) numbersOfItsOwn(k int, id uint32) bool {
	_, space, _ := strings.Cut(u.keys[k].values.text[id], "\x00")
	return strings.HasPrefix(space, ownNumbers)
}
