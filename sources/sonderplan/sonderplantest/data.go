package sonderplantest

import "fmt"

// add stores a contact, giving it what it lacks: id, uuid and stamps.
func (s *Server) add(c Contact) (Contact, error) {
	c = c.clone()
	err := s.store.inTransaction(func(tx runner) error { return s.addIn(tx, &c) })
	return c, err
}

func (s *Server) addIn(tx runner, c *Contact) error {
	if c.Type != Person && c.Type != Organization {
		return fmt.Errorf("add contact %q: type %q is neither person nor organization", c.Name, c.Type)
	}
	if c.ID == 0 && c.UUID == "" {
		id, err := nextID(tx, tableOf(c.Type))
		if err != nil {
			return err
		}
		c.ID = id
	}
	if c.UUID == "" {
		c.UUID = fmt.Sprintf("%s%d", s.store.prefix[c.Type], c.ID)
	}
	if c.Created == 0 {
		c.Created = s.now()
	}
	if c.Updated == 0 {
		c.Updated = c.Created
	}
	if _, err := tx.Exec(`INSERT INTO counter (name, last) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET last = max(last, excluded.last)`, tableOf(c.Type), c.ID); err != nil {
		return err
	}
	return s.store.save(tx, c)
}

func (s *Server) saveOne(c Contact) error {
	return s.store.inTransaction(func(tx runner) error { return s.store.save(tx, &c) })
}

// Add stores contacts as they are and returns them with what they lacked: id,
// uuid, created and updated. It does not check rules as a POST does.
func (s *Server) Add(contacts ...Contact) ([]Contact, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	added := make([]Contact, len(contacts))
	err := s.store.inTransaction(func(tx runner) error {
		for i, c := range contacts {
			added[i] = c.clone()
			if err := s.addIn(tx, &added[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return added, err
}

// Edit changes a living contact as a user of the service would: updated moves
// to now unless the change sets it.
func (s *Server) Edit(uuid string, change func(*Contact)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.living(uuid)
	if err != nil {
		return err
	}
	before := c.Updated
	change(&c)
	if c.Updated == before {
		c.Updated = s.now()
	}
	return s.saveOne(c)
}

// Delete deletes a living contact, whatever it is tied to; links to it become
// what the dialect says.
func (s *Server) Delete(uuid string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.living(uuid)
	if err != nil {
		return err
	}
	return s.remove(c)
}

func (s *Server) living(uuid string) (Contact, error) {
	c, ok, err := s.store.byUUID(uuid)
	if err == nil && (!ok || c.Deleted > 0) {
		err = fmt.Errorf("no living contact %q", uuid)
	}
	return c, err
}

// Contact returns the contact with the uuid, deleted or not.
func (s *Server) Contact(uuid string) (c Contact, ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.byUUID(uuid)
}

// Contacts returns the living contacts, people first, each type by id: what a
// perfect client would read.
func (s *Server) Contacts() ([]Contact, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys, err := s.store.keys(`SELECT 'person', id FROM people WHERE deleted = 0 UNION ALL
		SELECT 'organization', id FROM organizations WHERE deleted = 0 ORDER BY 1 DESC, 2`)
	if err != nil {
		return nil, err
	}
	return s.store.load(keys)
}

// AddField stores the definition of a custom field and returns it with its
// ids.
func (s *Server) AddField(f CustomField) (CustomField, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.store.inTransaction(func(tx runner) error { return s.saveField(tx, &f) })
	return f, err
}

// RenameOption renames an option of a select field; contacts that hold it show
// the new name without being updated.
func (s *Server) RenameOption(id int64, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.store.db.Exec("UPDATE custom_option SET name = ? WHERE id = ?", name, id)
	return err
}

// Fields returns the definitions of custom fields, by id.
func (s *Server) Fields() ([]CustomField, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fields("", 0)
}
