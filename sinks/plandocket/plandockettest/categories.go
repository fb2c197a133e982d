package plandockettest

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"strings"
)

const categoryColumns = `id, category_key, title, parent_id, content, event_keys, is_visible, applicant_visibility,
	account_access_enabled, sort_order, created_at, updated_at`

type category struct {
	id               int64
	key              sql.NullString
	title            string
	parent           sql.NullInt64
	content          sql.NullString
	eventKeys        sql.NullString // JSON array
	visible          bool
	applicants       string
	access           bool
	sortOrder        int64
	created, updated int64
}

func (k *category) targets() []any {
	return []any{&k.id, &k.key, &k.title, &k.parent, &k.content, &k.eventKeys, &k.visible, &k.applicants, &k.access,
		&k.sortOrder, &k.created, &k.updated}
}

func (d *Dialect) category(buf []byte, k *category, level int) *object {
	o := d.object(buf)
	o.id("category", k.id)
	o.text("category_key", k.key)
	o.word("title", k.title)
	o.text("content", k.content)
	o.integerOrNull("parent_category_id", k.parent)
	o.rawOrNull("event_keys", k.eventKeys)
	o.boolean("is_visible", k.visible)
	o.word("applicant_visibility", k.applicants)
	o.boolean("account_access_enabled", k.access)
	o.integer("sort_order", k.sortOrder)
	o.integer("level", int64(level))
	o.time("created_at", k.created)
	o.time("updated_at", k.updated)
	return o
}

// categoryTree is all categories with their levels.
type categoryTree struct {
	byID     map[int64]*category
	children map[int64][]*category // by parent, 0 the roots; in the order of sort_order
}

func (u *unit) categoryTree() (*categoryTree, error) {
	t := &categoryTree{byID: make(map[int64]*category), children: make(map[int64][]*category)}
	err := u.each(func(rows *sql.Rows) error {
		k := new(category)
		err := rows.Scan(k.targets()...)
		t.byID[k.id] = k
		t.children[k.parent.Int64] = append(t.children[k.parent.Int64], k)
		return err
	}, `SELECT `+categoryColumns+` FROM categories ORDER BY sort_order, id`)
	return t, err
}

// level is 0 for a root.
func (t *categoryTree) level(k *category) int {
	n := 0
	for p := t.byID[k.parent.Int64]; p != nil; p = t.byID[p.parent.Int64] {
		n++
	}
	return n
}

// within reports whether id is k or above it.
func (t *categoryTree) within(k, id int64) bool {
	for c := t.byID[k]; c != nil; c = t.byID[c.parent.Int64] {
		if c.id == id {
			return true
		}
	}
	return false
}

func listCategories(c *call) (reply, error) {
	t, err := c.categoryTree()
	if err != nil {
		return reply{}, err
	}
	if c.query("hierarchical") == "1" {
		data := c.d.appendTree(nil, t, 0, 0)
		return c.found(http.StatusOK, data)
	}
	l := &listing{columns: categoryColumns, from: `categories k`, orderBy: "sort_order ASC"}
	return c.list(l, func(rows *sql.Rows, buf []byte) ([]byte, error) {
		var k category
		if err := rows.Scan(k.targets()...); err != nil {
			return nil, err
		}
		return c.d.category(buf, &k, t.level(&k)).end(), nil
	})
}

// appendTree writes the children of parent as an array, each with its own under "children".
func (d *Dialect) appendTree(buf []byte, t *categoryTree, parent int64, level int) []byte {
	buf = append(buf, '[')
	for i, k := range t.children[parent] {
		if i > 0 {
			buf = append(buf, ',')
		}
		o := d.category(buf, k, level)
		o.key("children")
		o.buf = d.appendTree(o.buf, t, k.id, level+1)
		buf = o.end()
	}
	return append(buf, ']')
}

func (c *call) categoryByID() (category, *categoryTree, error) {
	t, err := c.categoryTree()
	if err != nil {
		return category{}, nil, err
	}
	k, ok := t.byID[c.id]
	if !ok {
		return category{}, nil, notFound()
	}
	return *k, t, nil
}

func (c *call) categoryReply(status int, k *category) (reply, error) {
	t, err := c.categoryTree()
	if err != nil {
		return reply{}, err
	}
	return c.found(status, c.d.category(nil, k, t.level(k)).end())
}

func showCategory(c *call) (reply, error) {
	k, _, err := c.categoryByID()
	if err != nil {
		return reply{}, err
	}
	return c.categoryReply(http.StatusOK, &k)
}

// decodeCategory changes k as the body says.
func (c *call) decodeCategory(k *category, t *categoryTree) error {
	body, err := c.decodeBody()
	if err != nil {
		return err
	}
	bad := make(fieldErrors)
	if raw, ok := body["title"]; ok && json.Unmarshal(raw, &k.title) != nil {
		bad.add("title", "The title field must be a string.")
	}
	if strings.TrimSpace(k.title) == "" {
		bad.add("title", "The title field is required.")
	}
	optionalText(body, "category_key", &k.key, bad)
	optionalText(body, "content", &k.content, bad)
	optionalBool(body, "is_visible", &k.visible, bad)
	optionalBool(body, "account_access_enabled", &k.access, bad)
	k.applicants = choiceOr(body, "applicant_visibility", bad, k.applicants, "selectable", "container", "admin_only")
	if raw, ok := body["sort_order"]; ok && json.Unmarshal(raw, &k.sortOrder) != nil {
		bad.add("sort_order", "The sort_order field must be an integer.")
	}
	if raw, ok := body["parent_category_id"]; ok {
		var parent int64 // null and 0 are the root
		if json.Unmarshal(raw, &parent) != nil || (parent != 0 && t.byID[parent] == nil) || (k.id != 0 && t.within(parent, k.id)) {
			bad.add("parent_category_id", "The selected parent_category_id is invalid.")
		}
		k.parent = sql.NullInt64{Int64: parent, Valid: parent != 0}
	}
	if raw, ok := body["event_keys"]; ok {
		var keys []string
		if json.Unmarshal(raw, &keys) != nil {
			bad.add("event_keys", "The event_keys field must be an array of strings.")
		}
		k.eventKeys = sql.NullString{String: string(raw), Valid: keys != nil}
	}
	for _, other := range t.byID {
		if k.key.Valid && other.key == k.key && other.id != k.id {
			bad.add("category_key", "The category_key has already been taken.")
		}
	}
	if len(bad) > 0 {
		return invalid(bad)
	}
	return nil
}

// choiceOr reads one word of a list and keeps what was there when none is given.
func choiceOr(body map[string]json.RawMessage, name string, bad fieldErrors, was string, words ...string) string {
	if raw, ok := body[name]; !ok || isNull(raw) {
		return was
	}
	return choice(body, name, bad, words...)
}

func createCategory(c *call) (reply, error) {
	t, err := c.categoryTree()
	if err != nil {
		return reply{}, err
	}
	now := c.now.Unix()
	k := category{visible: true, access: true, applicants: "selectable", created: now, updated: now}
	if err := c.decodeCategory(&k, t); err != nil {
		return reply{}, err
	}
	if limit := c.server.tenant.CategoryLimit; limit > 0 && len(t.byID) >= limit {
		return reply{}, &refusal{status: http.StatusForbidden, text: "The category limit of your plan is reached"}
	}
	if !k.key.Valid {
		key, err := c.freeKey(`SELECT count(*) FROM categories WHERE category_key = ?`, k.title)
		if err != nil {
			return reply{}, err
		}
		k.key = sql.NullString{String: key, Valid: true}
	}
	if err := c.insertCategory(&k); err != nil {
		return reply{}, err
	}
	if err := c.record("created", "category", k.id, k.title, nil, k.fields()); err != nil {
		return reply{}, err
	}
	return c.categoryReply(http.StatusCreated, &k)
}

func (u *unit) insertCategory(k *category) error {
	res, err := u.exec(`INSERT INTO categories (category_key, title, parent_id, content, event_keys, is_visible,
		applicant_visibility, account_access_enabled, sort_order, created_at, updated_at) VALUES (?,?,?,?,?,?,?,?,?,?,?)`,
		k.key, k.title, k.parent, k.content, k.eventKeys, k.visible, k.applicants, k.access, k.sortOrder, k.created, k.updated)
	if err != nil {
		return err
	}
	k.id, err = res.LastInsertId()
	return err
}

// fields are the values of a category for the audit log.
func (k *category) fields() map[string]json.RawMessage {
	var d Dialect
	var out map[string]json.RawMessage
	_ = json.Unmarshal(d.category(nil, k, 0).end(), &out) // our own JSON
	for _, name := range []string{"id", "level", "created_at", "updated_at"} {
		delete(out, name)
	}
	return out
}

func updateCategory(c *call) (reply, error) {
	k, t, err := c.categoryByID()
	if err != nil {
		return reply{}, err
	}
	old := k.fields()
	if c.request.Method == http.MethodPut && c.d.Put == PutFull {
		k = category{id: k.id, key: k.key, title: k.title, visible: true, access: true, applicants: "selectable", created: k.created}
	}
	if err := c.decodeCategory(&k, t); err != nil {
		return reply{}, err
	}
	k.updated = c.now.Unix()
	_, err = c.exec(`UPDATE categories SET category_key=?, title=?, parent_id=?, content=?, event_keys=?, is_visible=?,
		applicant_visibility=?, account_access_enabled=?, sort_order=?, updated_at=? WHERE id=?`,
		k.key, k.title, k.parent, k.content, k.eventKeys, k.visible, k.applicants, k.access, k.sortOrder, k.updated, k.id)
	if err != nil {
		return reply{}, err
	}
	fresh := k.fields()
	differing(old, fresh)
	if err := c.record("updated", "category", k.id, k.title, old, fresh); err != nil {
		return reply{}, err
	}
	return c.categoryReply(http.StatusOK, &k)
}

// deleteCategory moves the children one level up.
func deleteCategory(c *call) (reply, error) {
	k, _, err := c.categoryByID()
	if err != nil {
		return reply{}, err
	}
	if _, err := c.exec(`UPDATE categories SET parent_id=? WHERE parent_id=?`, k.parent, k.id); err != nil {
		return reply{}, err
	}
	for _, query := range []string{`DELETE FROM contact_categories WHERE category_id=?`, `DELETE FROM categories WHERE id=?`} {
		if _, err := c.exec(query, k.id); err != nil {
			return reply{}, err
		}
	}
	if err := c.record("deleted", "category", k.id, k.title, k.fields(), nil); err != nil {
		return reply{}, err
	}
	return gone()
}
