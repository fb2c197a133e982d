package plandockettest

import (
	"database/sql"
	"fmt"
	"net/http"
	"time"
)

const auditColumns = `id, action, entity_type, entity_id, entity_title, description, old_values, new_values, admin_id,
	admin_name, ip_address, user_agent, created_at`

type auditEntry struct {
	id                                 int64
	action, entity, title, description string
	entityID                           int64
	old, fresh, admin, ip, agent       sql.NullString
	adminID                            sql.NullInt64
	created                            int64
}

func (e *auditEntry) targets() []any {
	return []any{&e.id, &e.action, &e.entity, &e.entityID, &e.title, &e.description, &e.old, &e.fresh, &e.adminID,
		&e.admin, &e.ip, &e.agent, &e.created}
}

func (d *Dialect) auditEntry(buf []byte, e *auditEntry) []byte {
	switch d.Audit {
	case AuditBare:
		e.old, e.fresh = sql.NullString{}, sql.NullString{}
	case AuditWords:
		e.action, e.entity = e.entity+"."+e.action, `App\Models\`+e.entity
	}
	o := d.object(buf)
	o.integer("id", e.id)
	o.word("action", e.action)
	o.word("entity_type", e.entity)
	o.integer("entity_id", e.entityID)
	o.word("entity_title", e.title)
	o.word("description", e.description)
	o.rawOrNull("old_values", e.old)
	o.rawOrNull("new_values", e.fresh)
	o.integerOrNull("admin_id", e.adminID)
	o.text("admin_name", e.admin)
	o.text("ip_address", e.ip)
	o.text("user_agent", e.agent)
	o.time("created_at", e.created)
	return o.end()
}

func listAudit(c *call) (reply, error) {
	l := &listing{columns: auditColumns, from: `audit a`, down: true}
	switch c.d.Audit {
	case AuditLate:
		l.filter(`created_at <= ?`, c.now.Add(-auditLag).Unix())
	case AuditShuffled:
		c.server.shuffles++
		l.orderBy = fmt.Sprintf("((id + %d) * 7919) %% 10007", c.server.shuffles)
	case AuditCut:
		l.from = fmt.Sprintf(`(SELECT * FROM audit ORDER BY id DESC LIMIT %d) a`, c.d.pageSize())
	}
	for _, name := range []string{"action", "entity_type", "admin_id"} {
		if v := c.query(name); v != "" {
			l.filter(name+` = ?`, v)
		}
	}
	if from, ok := isoTime(c.query("date_from")); ok {
		l.filter(`created_at >= ?`, from.Unix())
	}
	if to, ok := isoTime(c.query("date_to")); ok {
		if len(c.query("date_to")) == len(time.DateOnly) {
			to = to.AddDate(0, 0, 1).Add(-time.Second) // the whole day
		}
		l.filter(`created_at <= ?`, to.Unix())
	}
	if term := c.query("search"); term != "" {
		l.filter(`(entity_title LIKE ? OR description LIKE ?)`, "%"+term+"%", "%"+term+"%")
	}
	return c.list(l, func(rows *sql.Rows, buf []byte) ([]byte, error) {
		var e auditEntry
		if err := rows.Scan(e.targets()...); err != nil {
			return nil, err
		}
		return c.d.auditEntry(buf, &e), nil
	})
}

// isoTime reads a date or a moment; what is neither counts as not given.
func isoTime(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, time.DateOnly, time.DateTime} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func showAudit(c *call) (reply, error) {
	var e auditEntry
	ok, err := c.one(e.targets(), `SELECT `+auditColumns+` FROM audit WHERE id = ?`, c.id)
	if err != nil {
		return reply{}, err
	}
	if !ok {
		return reply{}, notFound()
	}
	return c.found(http.StatusOK, c.d.auditEntry(nil, &e))
}
