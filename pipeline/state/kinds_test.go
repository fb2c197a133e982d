package state

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// column is a column of a store.
type column struct{ table, name, kind string }

func columnsIn(t *testing.T, path string) (all []column) {
	t.Helper()
	s := open(t, path)
	defer s.Close()
	for _, table := range tableNames(schemaVersion) {
		must(t, s.query(t.Context(), func(scan func(...any) error) error {
			c := column{table: table}
			err := scan(&c.name, &c.kind)
			all = append(all, c)
			return err
		}, "SELECT name, type FROM pragma_table_info(?)", table))
	}
	return all
}

// TestForgetWhateverTheKind: a person is forgotten, or it is said that the memory is to be
// mended first, also where a value became one of another kind; after mending, she is.
func TestForgetWhateverTheKind(t *testing.T) {
	path := summedStore(t)
	whole, err := os.ReadFile(path)
	must(t, err)
	now := noon.Add(2 * time.Hour)
	forgotten := func(t *testing.T, path string) error {
		f, err := Forget(t.Context(), path, "anna@example.com", now, ForgetOptions{})
		if err != nil {
			return err
		}
		raw, err := os.ReadFile(path)
		must(t, err)
		if f.Proof.Address > 0 || bytes.Contains(bytes.ToLower(raw), []byte("anna@example.com")) {
			t.Errorf("the address is still there, in %v", f.Elsewhere)
		}
		return nil
	}
	for _, c := range columnsIn(t, path) {
		kinds := []string{"CAST(" + c.name + " AS BLOB)"}
		if c.kind == "INTEGER" {
			kinds = append(kinds, "'x' || "+c.name)
		}
		for _, as := range kinds {
			t.Run(c.table+" "+as, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "state.db")
				must(t, os.WriteFile(path, whole, 0o600))
				foreign(t, path, "UPDATE "+c.table+" SET "+c.name+" = "+as)
				err := forgotten(t, path)
				if err == nil {
					return
				}
				if !strings.Contains(err.Error(), "state mend") && !strings.Contains(err.Error(), "state check") {
					t.Errorf("forget: %v", err)
				}
				s := open(t, path)
				_, err = s.Mend(t.Context(), now, false)
				must(t, err)
				must(t, s.Close())
				must(t, forgotten(t, path))
			})
		}
	}
}

// TestAnotherKindIsDamage: a value that became one of another kind is not believed, though
// its bytes are the same: what is written later would stand beside it.
func TestAnotherKindIsDamage(t *testing.T) {
	for _, c := range []column{{"links", "id", ""}, {"links", "record", ""}, {"links", "pipeline", ""}, {"made", "record", ""}, {"made", "pipeline", ""}} {
		t.Run(c.table+" "+c.name, func(t *testing.T) {
			path := summedStore(t)
			foreign(t, path, "UPDATE "+c.table+" SET "+c.name+" = CAST("+c.name+" AS BLOB)")
			s := open(t, path)
			defer s.Close()
			links, err := s.Links(t.Context(), shop)
			must(t, err)
			made, err := s.Created(t.Context(), shop)
			must(t, err)
			damage := s.Damage(shop)
			if c.table == "links" && (len(links) != 0 || len(damage.Links) != 3 || damage.Strange != 0) || c.table == "made" && (len(made) != 0 || damage.Created != 2) {
				t.Errorf("believed are links %v and creators %v; damage %+v", links, made, damage)
			}
		})
	}
}
