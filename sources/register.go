// Package sources lists the kinds of sources that are shipped.
package sources

import (
	"context"
	"errors"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sources/csv"
	"github.com/reconkit/reconkit/sources/parquet"
	"github.com/reconkit/reconkit/sources/sonderplan"
)

// Register adds every kind of source that is shipped.
func Register(r *dsl.Registry) error {
	return errors.Join(
		dsl.RegisterSource(r, dsl.SourceSpec[csv.Config]{Type: "csv", Doc: "Rows of delimited text files.", WholeRows: true, Open: openCSV}),
		dsl.RegisterSource(r, dsl.SourceSpec[parquet.Config]{Type: "parquet", Doc: "Rows of Parquet files.", Open: openParquet}),
		dsl.RegisterSource(r, dsl.SourceSpec[sonderplan.Config]{Type: "sonderplan", Doc: "Contacts of Sonderplan, over its API.", Open: openSonderplan}),
	)
}

func openCSV(_ context.Context, c csv.Config, env dsl.Env) (pipeline.Source, error) {
	c.Name, c.Dir, c.BatchRows, c.Log, c.Stdin = env.Name, env.Dir, env.BatchRows, env.Log, env.Stdin
	return csv.New(c)
}

func openParquet(_ context.Context, c parquet.Config, env dsl.Env) (pipeline.Source, error) {
	c.Name, c.Dir, c.BatchRows = env.Name, env.Dir, env.BatchRows
	return parquet.New(c)
}

func openSonderplan(ctx context.Context, c sonderplan.Config, env dsl.Env) (pipeline.Source, error) {
	c.Name, c.BatchRows, c.Log = env.Name, env.BatchRows, env.Log
	if env.Connect != nil {
		perSecond := c.RequestsPerSecond
		if perSecond == 0 {
			perSecond = sonderplan.RequestsPerSecondDefault
		}
		at, err := env.Connect(ctx, dsl.ConnectRequest{Type: "sonderplan", BaseURL: c.BaseURL, Dir: env.Dir, RequestsPerSecond: perSecond})
		if err != nil {
			return nil, err
		}
		c.BaseURL, c.Client, c.TokenFromTransport = at.URL, at.Client, at.Credentials
	}
	return sonderplan.New(c)
}
