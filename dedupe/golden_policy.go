package dedupe

import (
	"fmt"
	"maps"
	"slices"

	"github.com/reconkit/reconkit/pipeline"
)

// Survivorship says which value of a cluster's members survives.
type Survivorship struct {
	// Priority names sources, best first; sources that it does not name come
	// after them, all alike. Among records of equal priority the newest is
	// preferred, then the one with the most filled fields, the longest text,
	// then by content.
	Priority []string
	// Fields names another policy for single fields: priority (the default),
	// newest, longest, most_frequent, union (lists), join_distinct (strings).
	Fields map[string]string
	// Choose names fields of which the author's own rule chooses the value; they
	// are not in Fields.
	Choose map[string]Chooser
}

// The policies of survivorship.
const (
	keepPriority = "priority"
	keepNewest   = pipeline.HowNewest
	keepLongest  = "longest"
	keepFrequent = "most_frequent"
	keepUnion    = "union"
	keepJoin     = "join_distinct"
	keepChoose   = "expr" // of Survivorship.Choose
)

var keepNames = []string{keepPriority, keepNewest, keepLongest, keepFrequent, keepUnion, keepJoin}

func (m *Matcher) setPolicies() error {
	m.policy, m.how = make([]string, m.schema.Len()), make([]string, m.schema.Len())
	for i := range m.policy {
		m.policy[i] = keepPriority
	}
	for _, name := range slices.Sorted(maps.Keys(m.config.Keep.Fields)) {
		policy := m.config.Keep.Fields[name]
		i, err := m.field("keep", name)
		if err != nil {
			return err
		}
		f := m.schema.Field(i)
		switch {
		case !slices.Contains(keepNames, policy):
			return unknown("keep: no policy is called", policy, keepNames)
		case policy == keepUnion && f.Type != pipeline.StringList:
			return fmt.Errorf("keep: union needs a list, field %q is a %s", name, f.Type)
		case policy == keepJoin && f.Type != pipeline.String:
			return fmt.Errorf("keep: join_distinct needs a string, field %q is a %s", name, f.Type)
		}
		m.policy[i] = policy
	}
	if err := m.setChoosers(); err != nil {
		return err
	}
	for i, policy := range m.policy {
		if m.how[i] = policy; policy == keepPriority && len(m.config.Keep.Priority) == 0 {
			m.how[i] = pipeline.HowPreferred
		}
	}
	return nil
}

func (m *Matcher) setChoosers() error {
	for _, name := range slices.Sorted(maps.Keys(m.config.Keep.Choose)) {
		i, err := m.field("keep", name)
		switch {
		case err != nil:
			return err
		case m.config.Keep.Fields[name] != "":
			return fmt.Errorf("keep: field %q has both a policy and an expression", name)
		case m.config.Keep.Choose[name] == nil:
			return fmt.Errorf("keep: the expression of field %q is missing", name)
		}
		m.policy[i] = keepChoose
	}
	return nil
}
