package plandockettest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/reconkit/reconkit/pipeline/faults"
)

// answer writes the result of a bulk import in the tenant's dialect, spoilt as the fault wants it.
func (b *bulk) answer(trouble faults.Fault) reply {
	partial := len(b.problems) > 0
	switch trouble.Kind {
	case BulkMiscount:
		switch {
		case b.created > 0:
			b.created++
		case b.updated > 0:
			b.updated++
		default:
			b.skipped++
		}
	case BulkErrorsHidden:
		b.problems = nil
	case BulkDetailsShuffled:
		slices.Reverse(b.details)
	}
	o := b.d.object(nil)
	for _, count := range []struct {
		name string
		n    int
	}{
		{"total", b.total}, {"created", b.created}, {"updated", b.updated}, {"skipped", b.skipped},
		{"contacts_created", b.contactsCreated},
	} {
		o.integer(count.name, int64(count.n))
	}
	o.raw("errors", string(b.d.appendProblems(nil, b.problems)))
	details := b.details
	if b.d.BulkDetails == BulkDetailsEmpty {
		details = nil
	}
	o.raw("details", string(b.d.appendDetails(nil, details)))
	body := o.end()
	if b.d.BulkBody == BulkInData {
		body = fmt.Appendf(nil, `{"data":%s,"meta":{"request_id":"%s"}}`, body, b.server.requestID())
	}
	return reply{status: b.d.bulkStatus(partial), body: body}
}

func (d *Dialect) bulkStatus(partial bool) int {
	switch {
	case d.BulkStatus == BulkStatusCreated:
		return http.StatusCreated
	case d.BulkStatus == BulkStatusMulti && partial:
		return http.StatusMultiStatus
	case d.BulkStatus == BulkStatusUnprocessable && partial:
		return http.StatusUnprocessableEntity
	default:
		return http.StatusOK
	}
}

func (d *Dialect) appendProblems(buf []byte, problems []problem) []byte {
	if d.BulkErrors == BulkErrorsMap && len(problems) > 0 {
		o := d.object(buf)
		for _, p := range problems {
			o.raw(strconv.Itoa(p.index), "["+string(d.appendText(nil, p.message))+"]")
		}
		return o.end()
	}
	buf = append(buf, '[')
	for i, p := range problems {
		if i > 0 {
			buf = append(buf, ',')
		}
		if d.BulkErrors == BulkErrorsStrings {
			buf = d.appendText(buf, fmt.Sprintf("Row %d: %s", p.index+1, p.message))
			continue
		}
		o := d.object(buf)
		o.integer("index", int64(p.index))
		o.word("email", p.email)
		o.word("message", p.message)
		buf = o.end()
	}
	return append(buf, ']')
}

func (d *Dialect) appendDetails(buf []byte, details []detail) []byte {
	buf = append(buf, '[')
	for i, detail := range details {
		if i > 0 {
			buf = append(buf, ',')
		}
		o := d.object(buf)
		o.integer("index", int64(detail.index))
		if detail.id != 0 {
			o.integer("id", detail.id)
		}
		o.word("email", detail.email)
		o.word("action", detail.action)
		buf = o.end()
	}
	return append(buf, ']')
}
