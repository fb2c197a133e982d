package dsl

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// table is a source in memory: a header and rows of text. A column whose name
// ends in :int holds integers; an empty cell is null.
type table struct {
	name      string
	header    []string
	rows      [][]string
	batchRows int
	reads     *int
}

func (t *table) Schema(context.Context) (*pipeline.Schema, error) {
	if t.header == nil {
		return nil, errors.New("there is no such file")
	}
	var fields []pipeline.Field
	for _, h := range t.header {
		name, isInt := strings.CutSuffix(h, ":int")
		f := pipeline.Field{Name: name, Type: pipeline.String}
		if isInt {
			f.Type = pipeline.Int
		}
		fields = append(fields, f)
	}
	return pipeline.NewSchema(fields...)
}

func (t *table) Read(ctx context.Context) pipeline.Stream {
	return func(yield func(*pipeline.Batch, error) bool) {
		if t.reads != nil {
			*t.reads++
		}
		s, err := t.Schema(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		size := t.batchRows
		if size == 0 {
			size = 2
		}
		for from := 0; from < len(t.rows); from += size {
			b := pipeline.NewBuilder(s, size)
			var places []int32
			for i := from; i < min(from+size, len(t.rows)); i++ {
				places = append(places, int32(i+2))
				for j, cell := range t.rows[i] {
					switch {
					case cell == "":
						b.Column(j).AppendNull()
					case s.Field(j).Type == pipeline.Int:
						n, err := strconv.ParseInt(cell, 10, 64)
						if err != nil {
							yield(nil, err)
							return
						}
						b.Column(j).AppendInt(n)
					default:
						b.Column(j).AppendString(cell)
					}
				}
			}
			batch, err := b.Finish(pipeline.BatchData{Source: t.name, Place: t.name + ".csv", Rows: places})
			if !yield(batch, err) || err != nil {
				return
			}
		}
	}
}

// The configs below have the options of the shipped kinds that the examples of
// the documentation use.

type csvConfig struct {
	Path      string   `conf:"path,required" doc:"File."`
	Delimiter string   `conf:"delimiter" default:"auto"`
	Encoding  string   `conf:"encoding"`
	Header    bool     `conf:"header"`
	Columns   []string `conf:"columns"`
	Union     bool     `conf:"union"`
	Empty     string   `conf:"empty"`
}

type parquetConfig struct {
	Path    string   `conf:"path,required" doc:"File."`
	Columns []string `conf:"columns"`
}

type sonderplanConfig struct {
	Token        pipeline.Secret   `conf:"token"`
	BaseURL      string            `conf:"base_url"`
	Filter       map[string]string `conf:"filter"`
	CustomFields map[string]string `conf:"custom_fields"`
	PageSize     int               `conf:"page_size"`
	PerSecond    float64           `conf:"requests_per_second"`
	Timeout      time.Duration     `conf:"timeout"`
	Incremental  bool              `conf:"incremental"`
}

type plandocketConfig struct {
	BaseURL string          `conf:"base_url,required" doc:"Address."`
	APIKey  pipeline.Secret `conf:"api_key"`
	PerHour int             `conf:"requests_per_hour"`
}

type fileConfig struct {
	Path      string            `conf:"path,required" doc:"File."`
	Key       []string          `conf:"key,required" doc:"Fields."`
	Format    string            `conf:"format"`
	Delimiter string            `conf:"delimiter"`
	Headers   map[string]string `conf:"headers"`
}

// memoryTarget is a target that only says who it is.
type memoryTarget struct {
	pipeline.Sink
	*table
	identity string
	schema   *pipeline.Schema
	keys     []string
}

func (t *memoryTarget) Identity() string { return t.identity }
func (t *memoryTarget) Keys() []string   { return t.keys }
func (t *memoryTarget) Schema(context.Context) (*pipeline.Schema, error) {
	return t.schema, nil
}
func (t *memoryTarget) Read(ctx context.Context) pipeline.Stream { return t.table.Read(ctx) }

var contacts = pipeline.MustSchema(
	pipeline.Field{Name: "email", Type: pipeline.String, Kind: pipeline.KindEmail, FoldCase: true},
	pipeline.Field{Name: "first_name", Type: pipeline.String, Kind: pipeline.KindFirstName},
	pipeline.Field{Name: "last_name", Type: pipeline.String, Kind: pipeline.KindLastName},
	pipeline.Field{Name: "company_name", Type: pipeline.String, Kind: pipeline.KindCompany},
	pipeline.Field{Name: "customer_number", Type: pipeline.String, Kind: pipeline.KindIdentifier},
	pipeline.Field{Name: "phone", Type: pipeline.String, Kind: pipeline.KindPhone},
	pipeline.Field{Name: "address", Type: pipeline.String, Kind: pipeline.KindAddress},
	pipeline.Field{Name: "postal_code", Type: pipeline.String, Kind: pipeline.KindPostcode},
	pipeline.Field{Name: "city", Type: pipeline.String, Kind: pipeline.KindCity},
	pipeline.Field{Name: "country", Type: pipeline.String, Kind: pipeline.KindCountry},
	pipeline.Field{Name: "notes", Type: pipeline.String, Kind: pipeline.KindNotes, Erasable: true},
	pipeline.Field{Name: "rating", Type: pipeline.Int},
	pipeline.Field{Name: "category_keys", Type: pipeline.StringList},
	pipeline.Field{Name: "created_at", Type: pipeline.Timestamp, ReadOnly: true},
)

var events = pipeline.MustSchema(
	pipeline.Field{Name: "event_key", Type: pipeline.String},
	pipeline.Field{Name: "email", Type: pipeline.String, Kind: pipeline.KindEmail},
	pipeline.Field{Name: "is_confirmed", Type: pipeline.Bool},
)

// world is the files and servers that pipelines of the tests read from.
type world struct {
	tables map[string]*table // by path, or type for servers
	opened []string          // configs of targets, as text
}

func newWorld() *world {
	return &world{tables: map[string]*table{
		"people.csv": {header: []string{"id", "name", "email", "country", "score", "org", "E-Mail", "Kd.-Nr.", "attends", "paid"}},
		"orgs.csv":   {header: []string{"id", "name", "size:int"}},
		"sonderplan": {header: []string{"uuid", "id:int", "type", "name", "email_1", "phone_1", "score", "linked_organization_id:int",
			"address_line_1", "address_line_2", "address_postcode", "address_city", "address_country"}},
	}}
}

func (w *world) source(path string, env Env) *table {
	t := &table{name: env.Name}
	if known, ok := w.tables[path]; ok {
		copied := *known
		copied.name, t = env.Name, &copied
	}
	return t
}

// registry has kinds that are called like the shipped ones.
func (w *world) registry(t testing.TB) *Registry {
	t.Helper()
	r := NewRegistry()
	err := errors.Join(
		RegisterSource(r, SourceSpec[csvConfig]{Type: "csv", Doc: "Rows.", WholeRows: true, Open: func(_ context.Context, c csvConfig, env Env) (pipeline.Source, error) {
			return w.source(c.Path, env), nil
		}}),
		RegisterSource(r, SourceSpec[parquetConfig]{Type: "parquet", Doc: "Rows.", Open: func(_ context.Context, c parquetConfig, env Env) (pipeline.Source, error) {
			return w.source(c.Path, env), nil
		}}),
		RegisterSource(r, SourceSpec[sonderplanConfig]{Type: "sonderplan", Doc: "Contacts.", Open: func(_ context.Context, c sonderplanConfig, env Env) (pipeline.Source, error) {
			if strings.Contains(c.BaseURL, "refuse") {
				return nil, fmt.Errorf("the server refused %s", c.Token.Reveal())
			}
			return w.source("sonderplan", env), nil
		}}),
		RegisterTarget(r, TargetSpec[plandocketConfig]{Type: "plandocket", Doc: "Contacts.", Resources: []Resource{{Name: "contacts", Schema: contacts}, {Name: "participants", Schema: events}},
			Open: func(_ context.Context, c plandocketConfig, res Resource, env Env) (pipeline.Target, error) {
				if strings.Contains(c.BaseURL, "refuse") {
					return nil, fmt.Errorf("the server refused %s", c.APIKey.Reveal())
				}
				w.opened = append(w.opened, fmt.Sprintf("%s %s %s %+v key=%s", env.Name, env.Dir, res.Name, c, c.APIKey.Reveal()))
				return &memoryTarget{table: &table{}, identity: c.BaseURL + " " + res.Name, schema: res.Schema, keys: []string{"email", "customer_number"}}, nil
			}}),
		RegisterTarget(r, TargetSpec[fileConfig]{Type: "file", Doc: "A file.", Open: func(_ context.Context, c fileConfig, res Resource, env Env) (pipeline.Target, error) {
			w.opened = append(w.opened, fmt.Sprintf("%s %q %q %+v %q", env.Name, c.Path, c.Key, c.Headers, res.Schema.Names()))
			return &memoryTarget{table: &table{}, identity: c.Path, schema: res.Schema, keys: c.Key}, nil
		}}),
	)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// host has an environment of three variables.
func (w *world) host() Host {
	return Host{Getenv: func(name string) (string, bool) {
		v, ok := map[string]string{"TOKEN": "tok-3141592653", "API_KEY": "key-2718281828", "URL": "https://demo.example.com"}[name]
		return v, ok
	}}
}
