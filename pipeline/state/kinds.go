package state

import (
	"database/sql"
	"fmt"
)

// SQLite keeps any kind of value in any column, and one flipped bit makes a number or a
// text one of another kind. A row with such a value is a damaged one like any other: it
// keeps nobody from reading the rest.

// scanKinds scans a row into texts and numbers. odd is the first place whose value is of
// another kind, or -1; what can be told of such a value is in its place, and 0 where a
// number should be.
func scanKinds(scan func(...any) error, into ...any) (odd int, err error) {
	values, places := make([]any, len(into)), make([]any, len(into))
	for i := range values {
		places[i] = &values[i]
	}
	odd = -1
	if err := scan(places...); err != nil {
		return odd, err
	}
	for i, v := range values {
		if !take(into[i], v) && odd < 0 {
			odd = i
		}
	}
	return odd, nil
}

// take puts a value in its place and reports whether it is of its kind.
func take(place, v any) bool {
	n, isNumber := v.(int64)
	text, isText := v.(string)
	if !isText && v != nil {
		text = plain(v)
	}
	switch p := place.(type) {
	case *string:
		*p = text
		return isText
	case *sql.NullString:
		*p = sql.NullString{String: text, Valid: v != nil}
		return isText || v == nil
	case *int64:
		*p = n
		return isNumber
	case *int:
		*p = int(n)
		return isNumber
	case *bool:
		*p = n != 0
		return isNumber
	case *sql.NullInt64:
		*p = sql.NullInt64{Int64: n, Valid: v != nil}
		return isNumber || v == nil
	}
	return false
}

// cell is a text of a row that is read many times, without a copy of it.
type cell struct {
	text string
	odd  bool // it is kept as a value of another kind
}

// Scan takes a value over.
func (c *cell) Scan(v any) error {
	text, isText := v.(string)
	if !isText {
		text = plain(v)
	}
	c.text, c.odd = text, !isText
	return nil
}

// plain is a value of any kind as a text.
func plain(v any) string {
	if b, ok := v.([]byte); ok {
		return string(b)
	}
	return fmt.Sprint(v)
}

// finishText is the column of runs that holds a number, and "" where there is none.
const finishText = "coalesce(finish, '')"

// holdsNumbers reports whether a column of rows with sums holds numbers; all others hold
// texts.
func holdsNumbers(column string) bool {
	switch column {
	case "rowid", "seq", "at", "settled", "start", finishText, "since", "until", "learned":
		return true
	}
	return false
}

// oddAt is the place of the first value that is of another kind than its column, or -1.
func oddAt(columns []string, values []any) int {
	for i, v := range values {
		_, isNumber := v.(int64)
		_, isText := v.(string)
		switch {
		case holdsNumbers(columns[i]) && (isNumber || columns[i] == finishText && v == ""):
		case !holdsNumbers(columns[i]) && isText:
		default:
			return i
		}
	}
	return -1
}
