package dsl

import (
	"github.com/reconkit/reconkit/dsl/funcs"
	"github.com/reconkit/reconkit/pipeline"
)

// What each key means, as an editor shows it, and what it may hold. The keys
// themselves are those of the loader.

func (s *schemaBuilder) pipelineDocs() schemaMembers {
	return schemaMembers{
		{"version", &schemaNode{Description: "The version of the language.", Enum: []any{1, "1"}, Default: 1}},
		{"name", textSchema("The name of the pipeline. The name of the file when left out.")},
		{"state", textSchema("The file in which is remembered what earlier runs did. It has a usual place when left out.")},
		{"vars", orEmpty(&schemaNode{Description: "Plain values for expressions, which read them as vars.NAME. --var NAME=VALUE replaces one for a run.", Type: jsonTypes{"object"},
			Patterns: schemaMembers{{namePattern, &schemaNode{Type: scalarTypes}}}, Additional: nothing()})},
		{"sources", orEmpty(named("Where rows come from, each under a name of your choice.", "source"))},
		{"lookups", orEmpty(named("Sources in which single rows are looked up by a key.", "lookup"))},
		{"fragments", orEmpty(&schemaNode{Description: "Named pieces of map that several sources share; use: takes them in.", Type: jsonTypes{"object"}, Additional: refTo("", "map")})},
		{"models", named("The records that should be, each kind under a name of your choice.", "model")},
		{"targets", orEmpty(named("The systems that are written to, each under a name of your choice.", "target"))},
		{"sinks", orEmpty(sequence("Which model goes to which target, and what it may do there. Without sinks a pipeline can be exported, not planned.", refTo("", "sink")))},
		{"tests", orEmpty(sequence("Examples of rows and the records that they should become.", refTo("", "test")))},
	}
}

func sourceDocs() schemaMembers {
	var types []string
	for t := pipeline.String; t <= pipeline.StringList; t++ {
		types = append(types, t.String())
	}
	types = append(types, "strings")
	return schemaMembers{
		{"type", textSchema("The kind of source. It decides which other options there are.")},
		{"id", exprOf("An expression that says what makes a row the same row tomorrow. What a row became in the target is remembered by it.", `row["Customer No."]`)},
		{"updated", exprOf("An expression of type timestamp: when the row last changed. Newest in dedupe goes by it.", `parse_date(changed, "02.01.2006")`)},
		{"identifiers", orEmpty(&schemaNode{Description: "Field to namespace: whose numbers a field of the model holds. Only numbers of one namespace can prove or forbid that two records are one.", Type: jsonTypes{"object"}, Additional: &schemaNode{Type: scalarTypes}})},
		{"schema", orEmpty(&schemaNode{Description: "Column to type, for checking where the source cannot be asked. It converts nothing.", Type: jsonTypes{"object"}, Additional: &schemaNode{Enum: texts(types)}})},
		{"incremental", &schemaNode{Description: "true: once everything of a reading is in the target, later plans read only what changed since, where the source can tell; of others every reading is a full one.", Enum: []any{true, false, "true", "false"}}},
	}
}

func targetDocs() schemaMembers {
	return schemaMembers{{"type", textSchema("The kind of target. It decides which other options there are.")}}
}

func lookupDocs() schemaMembers {
	return schemaMembers{
		{"source", textSchema("The source that is looked in. It is read whole, once for each run.")},
		{"key", listOf("The column, or a list of columns, by which a row is found. Rows with a null in it are not found.", &schemaNode{Type: scalarTypes}, "id")},
		{"on_duplicate", &schemaNode{Description: "What a key gives that several rows have: null, or first for the first row of the source.", Enum: append(texts(duplicateWords), nil), Default: "null"}},
	}
}

func modelDocs() schemaMembers {
	from := sequence("The sources of the model and how their rows become its records.", refTo("", "from"))
	from.MinItems = 1
	return schemaMembers{
		{"from", from},
		{"validate", orEmpty(sequence("Rules that the records must keep, in the order in which they run.", refTo("", "rule")))},
		{"max_rejected", limitSchema("How many of the rows read may be rejected. With more there is no plan.", "5%")},
		{"dedupe", refTo("How records that are the same thing are found. Without it every record stands for itself.", "dedupe")},
	}
}

func fromSchema() *schemaNode {
	n := required(object("One source of a model. A source may come several times.", fromKeys, schemaMembers{
		{"source", textSchema("The name of the source.")},
		{"where", exprOf("Only rows for which this holds are taken; null is no.", `type == "person"`)},
		{"use", listOf("The fragments that are taken in.", &schemaNode{Type: scalarTypes})},
		{"map", orEmpty(&schemaNode{Description: "Field to expression: what the records are made of.", AnyOf: []*schemaNode{refTo("", "map"), {Type: jsonTypes{"null"}}}})},
	}), "source")
	n.Properties.get("map").Type = nil
	n.AnyOf = []*schemaNode{{Required: []string{"map"}}, {Required: []string{"use"}}}
	return n
}

// ruleSchema is one entry of validate: a named check with its arguments, or an
// expression.
func ruleSchema() *schemaNode {
	checks := append(funcs.Checks(), &funcs.Check{Name: "unique", Doc: "A value that no other record of the model has. It looks at the whole model after all other rules."})
	is := &schemaNode{Description: "A named check of the field. All but required accept a null."}
	for _, c := range checks {
		is.OneOf = append(is.OneOf, &schemaNode{Const: c.Name, Description: c.Doc})
	}
	n := object("One rule. It has either is: or check:.", ruleKeys, schemaMembers{
		{"field", textSchema("The field that the rule is about. is: and set: need it.")},
		{"is", is},
		{"check", exprOf("An expression of type bool over the fields of the record. A rule whose result is null holds.", "rating >= 1 and rating <= 5")},
		{"on_fail", onFailSchema()},
		{"message", textSchema("What is said instead of the rule's own words.")},
		{"values", listOf("For one_of: the values that may be.", &schemaNode{Type: scalarTypes})},
		{"max", &schemaNode{Description: "For max_length: the number of characters that may be.", AnyOf: []*schemaNode{{Type: jsonTypes{"integer"}, Minimum: bound(1)}, {Type: jsonTypes{"string"}, Pattern: `^\+?[0-9]+$`}}}},
		{"country", textSchema("For phone and postcode: the country that is meant, as an ISO 3166 code of two capitals.", "DE")},
	})
	n.OneOf = []*schemaNode{{Required: []string{"is", "field"}}, {Required: []string{"check"}}}
	for _, c := range checks {
		n.AllOf = append(n.AllOf, &schemaNode{If: required(&schemaNode{Properties: schemaMembers{{"is", &schemaNode{Const: c.Name}}}}, "is"), Then: checkArguments(c)})
	}
	n.AllOf = append(n.AllOf, &schemaNode{If: &schemaNode{Required: []string{"check"}}, Then: checkArguments(&funcs.Check{})})
	return n
}

// checkArguments is the arguments of a named check: what it needs is there, and
// nothing that it does not take.
func checkArguments(c *funcs.Check) *schemaNode {
	n := &schemaNode{}
	if c.Needs != "" {
		n.Required = []string{string(c.Needs)}
	}
	for _, arg := range []funcs.CheckArg{funcs.ArgValues, funcs.ArgMax, funcs.ArgCountry} {
		takes := arg == c.Needs
		for _, t := range c.Takes {
			takes = takes || t == arg
		}
		if !takes {
			n.Properties = append(n.Properties, schemaMember{string(arg), nothing()})
		}
	}
	return n
}

func onFailSchema() *schemaNode {
	set := required(object("Another value for the field. The rules of the field are run once more.", onFailKeys, schemaMembers{
		{"set", exprOf("The value that the field gets: an expression over the fields of the record.", "vars.default_country")},
	}), onFailKeys...)
	return &schemaNode{Description: "What becomes of a record on which the rule does not hold: reject leaves it out and keeps its row, warn notes it, abort ends the run, { set: EXPRESSION } gives the field another value.",
		Default: "reject", AnyOf: []*schemaNode{{Enum: texts(onFailWords)}, set}}
}

func dedupeDocs() schemaMembers {
	fields := func(doc string) *schemaNode { return listOf(doc, &schemaNode{Type: scalarTypes}) }
	return schemaMembers{
		{"same", fields("Fields of which an equal value makes two records one, after normalisation and unless the value is evidently shared.")},
		{"never", fields("Fields of which two different values of one namespace forbid that two records are one.")},
		{"compare", orEmpty(sequence("What is compared where no key decides. It is guessed from the fields when left out.", required(object("Fields that are compared together.", compareKeys, schemaMembers{
			{"fields", fields("The fields.")},
			{"as", word("What the fields are.", "", compareWords)},
		}), "fields", "as")))},
		{"match_above", probabilitySchema("The probability from which two records are one.", 0.95)},
		{"review_above", probabilitySchema("The probability from which a person decides. Below it, two records are different.", 0.6)},
		{"weights", textSchema("A file of pinned weights, as match learn writes it. While it does not exist, weights are learned, and remembered in the state file by apply.", "weights.json")},
		{"decisions", textSchema("A file of remembered answers. One that does not exist holds none.", "decisions.yaml")},
		{"keep", orEmpty(object("Which value survives: by the priority of the sources, then of the newest row, then of the row with the most values.", keepKeys, schemaMembers{
			{"priority", orEmpty(sequence("The sources, best first.", &schemaNode{Type: scalarTypes}))},
			{"fields", orEmpty(&schemaNode{Description: "Field to another way for single fields.", Type: jsonTypes{"object"}, Additional: keepFieldSchema()})},
		}))},
	}
}

func keepFieldSchema() *schemaNode {
	choose := required(object("An expression chooses the value.", keepFieldKeys, schemaMembers{
		{"expr", exprOf("An expression over the candidates: the lists values, sources and changed, the preferred record first.", `first(filter(values, # startsWith "+49")) ?? values[0]`)},
	}), keepFieldKeys...)
	return &schemaNode{Description: "Which value of this field survives. union is for lists, join_distinct for text, { expr: EXPRESSION } chooses among the values.",
		AnyOf: []*schemaNode{{Enum: texts(keepWords)}, choose}}
}

func (s *schemaBuilder) sinkDocs() schemaMembers {
	resource := textSchema("The kind of record of the target. Required where the target has several that belong to no other.")
	for _, k := range s.targets {
		for _, r := range k.resources {
			resource.Examples = append(resource.Examples, r.Name)
		}
	}
	limits := schemaMembers{}
	for _, key := range limitKeys {
		limits = append(limits, schemaMember{key, limitSchema(map[string]string{"create": "The most records that a plan may create.", "update": "The most records that a plan may change.",
			"delete": "The most records that a plan may delete.", "blank": "The most fields that a plan may empty."}[key])})
	}
	allow := listOf("What may be done: create and update when left out. delete only where it is named.", word("", "", allowWords))
	allow.Default = []string{"create", "update"}
	return schemaMembers{
		{"model", textSchema("The name of the model.")},
		{"target", textSchema("The name of the target.")},
		{"resource", resource},
		{"allow", allow},
		{"on_missing", word("What happens to records of the target that became from rows that are gone.", "ignore", onMissingWords)},
		{"keyless", &schemaNode{Description: "What happens to a new record without any key: block, or reserve(PREFIX), which gives it a number of its own.", Type: jsonTypes{"string"},
			Pattern: `^(block|reserve\(.*[^\s].*\))$`, Default: "block"}},
		{"fields", orEmpty(&schemaNode{Description: "Who owns a field once both sides have a value.", Type: jsonTypes{"object"},
			Additional: word("overwrite: ours wins. fill_empty: only where the target has none. create_only: only in new records. protect_edits: a value that was edited in the target since the last apply stays. For lists: replace or add.", "overwrite", fieldPolicyWords)})},
		{"limits", orEmpty(object("The most that a plan may do, as counts or as shares of the target's records.", limitKeys, limits))},
		{"accept_completeness", word("How sure it must be that the target was read whole before anything is created or taken for missing.", "proven", completenessWords)},
		{"require_approval", listOf("What a person must accept in the approvals of an apply, beyond a mere --yes: actions, identity (an e-mail or another key changes), blank (a value is emptied), merge (several source rows are one record), names-differ (such rows have different first names), outward (people outside may notice) and overrides-edit (an edit in the target gives way).", word("", "", approvalWords))},
	}
}

func testSchema() *schemaNode {
	n := object("An example: rows of sources and the records that they become.", testKeys, testDocs())
	n.AnyOf = []*schemaNode{{Required: []string{"expect"}}, {Required: []string{"rejected"}}}
	return n
}

func testDocs() schemaMembers {
	rows := func(doc string) *schemaNode {
		return &schemaNode{Description: doc, Type: jsonTypes{"object"}, Additional: sequence("", &schemaNode{Type: jsonTypes{"object"}})}
	}
	return schemaMembers{
		{"name", textSchema("What the example shows.")},
		{"given", rows("Rows by the name of their source.")},
		{"now", textSchema("The time of the run, which now() gives.", "2026-01-31T12:00:00Z")},
		{"expect", rows("The records that should become of them, by the name of their model. Only the fields that are named are compared.")},
		{"rejected", &schemaNode{Description: "By the name of their model: how many rows are rejected, or a part of the reason of each.", Type: jsonTypes{"object"},
			Additional: listOf("", &schemaNode{Type: scalarTypes})}},
	}
}
