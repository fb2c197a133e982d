// Package sinks lists the kinds of targets that are shipped.
package sinks

import (
	"context"
	"errors"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/file"
	"github.com/reconkit/reconkit/sinks/plandocket"
)

// Register adds every kind of target that is shipped.
func Register(r *dsl.Registry) error {
	customFields, err := plandocket.CustomFieldsSchema(nil)
	if err != nil {
		return err
	}
	return errors.Join(
		dsl.RegisterTarget(r, dsl.TargetSpec[plandocket.Config]{Type: "plandocket", Doc: "Contacts, participants and custom fields of PlanDocket, over its API.",
			Resources: []dsl.Resource{
				{Name: plandocket.Resource, Schema: plandocket.ContactsSchema()},
				{Name: plandocket.ResourceParticipants, Schema: plandocket.ParticipantsSchema(), Last: true,
					Required: []string{"event_key"}, OneOf: []string{"customer_number", "email"}},
				{Name: plandocket.ResourceCustomFields, Schema: customFields, Last: true, OneOf: []string{"customer_number", "email"}},
			}, Schema: planDocketSchema, Open: openPlanDocket}),
		dsl.RegisterTarget(r, dsl.TargetSpec[file.Config]{Type: "file", Doc: "A CSV, JSON Lines or Parquet file.", Open: openFile}),
	)
}

// planDocketSchema is the schema of a resource with the custom fields that a
// tenant has.
func planDocketSchema(c plandocket.Config, r dsl.Resource) (*pipeline.Schema, error) {
	if r.Name != plandocket.ResourceCustomFields {
		return r.Schema, nil
	}
	return plandocket.CustomFieldsSchema(c.CustomFields)
}

func openPlanDocket(ctx context.Context, c plandocket.Config, r dsl.Resource, env dsl.Env) (pipeline.Target, error) {
	c.Name, c.Resource, c.BatchRows, c.Now, c.Log = env.Name, r.Name, env.BatchRows, env.Now, env.Log
	if env.Connect != nil {
		perHour := c.RequestsPerHour
		if perHour == 0 {
			perHour = plandocket.RequestsPerHourDefault
		}
		at, err := env.Connect(ctx, dsl.ConnectRequest{Type: "plandocket", BaseURL: c.BaseURL, Dir: env.Dir, RequestsPerHour: perHour})
		if err != nil {
			return nil, err
		}
		c.BaseURL, c.Client, c.KeyFromTransport = at.URL, at.Client, at.Credentials
	}
	switch r.Name {
	case plandocket.ResourceParticipants:
		return plandocket.NewParticipants(c)
	case plandocket.ResourceCustomFields:
		return plandocket.NewCustomFields(c)
	}
	return plandocket.New(c)
}

func openFile(_ context.Context, c file.Config, r dsl.Resource, env dsl.Env) (pipeline.Target, error) {
	c.Name, c.Dir, c.BatchRows, c.Schema = env.Name, env.Dir, env.BatchRows, r.Schema
	return file.New(c)
}
