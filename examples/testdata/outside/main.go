// Command outside is a module of its own that adds a source and a target to
// reconkit: a source that makes rows up, and a target that keeps records in
// memory.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"time"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/state"
)

const text = `
version: 1
name: outside
sources:
  made_up: { type: counter, count: 3, prefix: guest }
models:
  guests:
    from:
      - source: made_up
        map: { email: address, city: '"Bremen"' }
targets:
  book: { type: memory, key: [email] }
sinks:
  - { model: guests, target: book }
`

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "outside:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	records := map[string]map[string]string{"guest1@example.com": {"email": "guest1@example.com", "city": "Kiel"}}
	registry := dsl.NewRegistry()
	err = errors.Join(
		dsl.RegisterSource(registry, dsl.SourceSpec[counter]{Type: "counter", Doc: "Rows that are made up.",
			Open: func(_ context.Context, c counter, env dsl.Env) (pipeline.Source, error) {
				c.Name = env.Name
				return &c, nil
			}}),
		dsl.RegisterTarget(registry, dsl.TargetSpec[memoryConfig]{Type: "memory", Doc: "Records in memory.",
			Open: func(_ context.Context, c memoryConfig, r dsl.Resource, _ dsl.Env) (pipeline.Target, error) {
				return &memory{key: c.Key, schema: r.Schema, records: records}, nil
			}}),
	)
	if err != nil {
		return err
	}
	host := dsl.Host{Now: time.Now}
	p, found := dsl.LoadText(ctx, "outside.yaml", []byte(text), registry, host)
	if err := found.Err(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "outside-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	store, err := state.Open(ctx, filepath.Join(dir, "state.db"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	plan, err := p.Plan(ctx, pipeline.Options{Now: time.Now(), Links: store, Ledger: store})
	if err != nil {
		return err
	}
	t := plan.Total()
	fmt.Println("create", t.Create, "update", t.Update)
	result, err := pipeline.Apply(ctx, plan, pipeline.ApplyOptions{Run: "1", Holder: "outside", Now: time.Now, State: store,
		Open: func(ctx context.Context, b pipeline.PlanBinding) (pipeline.Target, error) {
			return dsl.OpenTarget(ctx, registry, host, b)
		}})
	if err != nil {
		return err
	}
	fmt.Println("verified", result.Count()[pipeline.Verified])
	for _, id := range sorted(records) {
		fmt.Println(id, records[id]["city"])
	}
	return nil
}

// counter is a source: its options, and how it reads.
type counter struct {
	Count  int    `conf:"count,required" doc:"How many rows."`
	Prefix string `conf:"prefix" doc:"How each address begins." default:"row"`
	Name   string `conf:"-"`
}

func (c *counter) Schema(context.Context) (*pipeline.Schema, error) {
	return pipeline.NewSchema(pipeline.Field{Name: "address", Type: pipeline.String})
}

func (c *counter) Read(ctx context.Context) pipeline.Stream {
	return func(yield func(*pipeline.Batch, error) bool) {
		schema, err := c.Schema(ctx)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			yield(nil, err)
			return
		}
		b, ids := pipeline.NewBuilder(schema, c.Count), pipeline.NewColumnBuilder(pipeline.String, c.Count)
		for i := range c.Count {
			b.Column(0).AppendString(c.Prefix + strconv.Itoa(i+1) + "@example.com")
			ids.AppendString(strconv.Itoa(i + 1))
		}
		yield(b.Finish(pipeline.BatchData{Source: c.Name, Place: "counter", IDs: ids.Finish()}))
	}
}

// memoryConfig are the options of the target.
type memoryConfig struct {
	Key []string `conf:"key,required" doc:"Fields that identify a record."`
}

// memory is a target that keeps its records in a map, by their key.
type memory struct {
	key     []string
	schema  *pipeline.Schema
	records map[string]map[string]string
}

func (m *memory) Identity() string                                 { return "memory" }
func (m *memory) Keys() []string                                   { return m.key }
func (m *memory) Schema(context.Context) (*pipeline.Schema, error) { return m.schema, nil }

func (m *memory) Read(context.Context) pipeline.Stream {
	return func(yield func(*pipeline.Batch, error) bool) {
		b, ids := pipeline.NewBuilder(m.schema, len(m.records)), pipeline.NewColumnBuilder(pipeline.String, len(m.records))
		for _, id := range sorted(m.records) {
			ids.AppendString(id)
			for i, f := range m.schema.Fields() {
				if v := m.records[id][f.Name]; v == "" {
					b.Column(i).AppendNull()
				} else {
					b.Column(i).AppendString(v)
				}
			}
		}
		yield(b.Finish(pipeline.BatchData{Source: "memory", IDs: ids.Finish()}))
	}
}

func (m *memory) Apply(ctx context.Context, changes []pipeline.Change) ([]pipeline.Outcome, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	outcomes := make([]pipeline.Outcome, len(changes))
	for i, c := range changes {
		id := c.Target
		if c.Action == pipeline.Create {
			id = c.Key.Value
			m.records[id] = map[string]string{}
		}
		for _, f := range c.Fields {
			m.records[id][f.Field] = f.After.Str()
		}
		outcomes[i] = pipeline.Outcome{Change: c.ID, Status: pipeline.Sent, Target: id}
	}
	return outcomes, nil
}

func sorted(records map[string]map[string]string) []string {
	var ids []string
	for id := range records {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	return ids
}
