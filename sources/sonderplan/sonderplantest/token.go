package sonderplantest

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Access is what a token may do in a module, as the permissions page of the
// service writes it.
type Access string

// The grades of access.
const (
	NoAccess  Access = "--"
	ReadOnly  Access = "R-"
	ReadWrite Access = "RW"
)

func (a Access) allows(reading bool) bool { return a == ReadWrite || reading && a == ReadOnly }

// Token is the key of an API client. It has the rights of one user.
type Token struct {
	Text     string
	Contact  Access // GET needs R-, the rest RW; "" is --
	Admin    Access // for definitions of custom fields
	UserID   int64  // who is named in created_id and updated_id
	UserName string
	Expires  time.Time // zero: five years from the day it is added
}

// tokenYears is how long a token lives.
const tokenYears = 5

// prepareTokens adds the tokens of the options, and the default one to a state
// that has none.
func (s *Server) prepareTokens() error {
	tokens := s.options.Tokens
	var known int
	if err := s.store.db.QueryRow("SELECT count(*) FROM token").Scan(&known); err != nil {
		return err
	}
	if len(tokens) == 0 && known == 0 {
		tokens = []Token{{Text: DefaultToken, Contact: ReadWrite, Admin: ReadWrite, UserID: 3, UserName: "John Smith"}}
	}
	for _, t := range tokens {
		if err := s.addToken(t); err != nil {
			return err
		}
	}
	return nil
}

// AddToken adds a token, or changes the one with its text.
func (s *Server) AddToken(t Token) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addToken(t)
}

func (s *Server) addToken(t Token) error {
	if t.Text == "" {
		return errors.New("a token needs a text")
	}
	if t.Expires.IsZero() {
		t.Expires = s.options.Now().AddDate(tokenYears, 0, 0)
	}
	if t.Contact == "" {
		t.Contact = NoAccess
	}
	if t.Admin == "" {
		t.Admin = NoAccess
	}
	_, err := s.store.db.Exec(`INSERT OR REPLACE INTO token (token, user_id, user_name, contact, admin, expires, revoked)
		VALUES (?, ?, ?, ?, ?, ?, 0)`, t.Text, t.UserID, t.UserName, t.Contact, t.Admin, t.Expires.Unix())
	if err != nil {
		return fmt.Errorf("add token: %w", err)
	}
	return nil
}

// RevokeToken makes a token invalid at once.
func (s *Server) RevokeToken(text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.store.db.Exec("UPDATE token SET revoked = 1 WHERE token = ?", text)
	return err
}

// authorized finds the token of a request; ok is false when it is missing,
// unknown, revoked or expired.
func (s *Server) authorized(r *http.Request) (t Token, ok bool, err error) {
	text := bearer(r)
	if text == "" {
		return Token{}, false, nil
	}
	var expires int64
	var revoked bool
	err = s.store.db.QueryRow("SELECT user_id, user_name, contact, admin, expires, revoked FROM token WHERE token = ?", text).
		Scan(&t.UserID, &t.UserName, &t.Contact, &t.Admin, &expires, &revoked)
	if errors.Is(err, sql.ErrNoRows) {
		return Token{}, false, nil
	}
	return t, !revoked && s.now() < expires, err
}
