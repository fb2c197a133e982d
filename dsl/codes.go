package dsl

import "github.com/reconkit/reconkit/pipeline/diag"

// Codes are the codes of all diagnostics of a pipeline file, in the order of
// the parts of a file, each with what it stands for and what to do.
func Codes() []diag.CodeHelp {
	var all []diag.CodeHelp
	for _, part := range [][]diag.CodeHelp{fileCodes, shapeOfFile, nameCodes, valueCodes, expressionCodes, doubtCodes} {
		all = append(all, part...)
	}
	return all
}

// fileCodes are about the file as text and as YAML.
var fileCodes = []diag.CodeHelp{
	{Code: "unreadable-file", Short: "A file cannot be read.", Help: "Look at the path and at who may read the file."},
	{Code: "empty-file", Short: "The file holds no pipeline.", Help: "Begin with version: 1."},
	{Code: "file-too-large", Short: "The file is larger than a pipeline may be.", Help: "Put rows into data files; anchors count each time that they are used."},
	{Code: "not-utf8", Short: "The file is not UTF-8 text.", Help: "Save it as UTF-8."},
	{Code: "bad-character", Short: "The file holds a character that no editor shows.", Help: "Remove it, or write it as an escape in double quotes."},
	{Code: "yaml-syntax", Short: "The file is not valid YAML.", Help: "The cause names what is most often wrong there: a tab, a quote, a colon or a bracket."},
	{Code: "two-documents", Short: "The file holds a second YAML document.", Help: "Remove the line ---, or make the rest a file of its own."},
	{Code: "too-deep", Short: "Too many mappings and lists lie within each other.", Help: "A pipeline needs few levels; look for an alias that holds itself."},
	{Code: "yaml-tag", Short: "A YAML tag is used.", Help: "Tags are not part of the language; quote an expression that begins with !."},
	{Code: "merge-key", Short: "A merge key is used.", Help: "Name the shared part under fragments: and take it in with use:."},
	{Code: "key-not-text", Short: "A key is not plain text.", Help: "Quote a value that begins with { or [."},
	{Code: "duplicate-key", Short: "A key comes twice.", Help: "Remove or rename one of them."},
	{Code: "cut-by-comma", Short: "A value inside { } ends at a comma that belongs to it.", Help: "Write the value in single quotes, or the mapping on lines of its own."},
	{Code: "more-diagnostics", Short: "There are more diagnostics than are shown.", Help: "Mend those that are shown and check again."},
}

// shapeOfFile are about keys that are missing, unknown or of the wrong kind.
var shapeOfFile = []diag.CodeHelp{
	{Code: "no-version", Short: "The pipeline does not say its version.", Help: "Begin with version: 1."},
	{Code: "unknown-version", Short: "The version is not known.", Help: "This program reads version: 1."},
	{Code: "unknown-key", Short: "A section has no such key.", Help: "The hint names the nearest key that it has."},
	{Code: "not-a-mapping", Short: "A mapping is wanted.", Help: "Write KEY: VALUE lines."},
	{Code: "not-a-list", Short: "A list is wanted.", Help: "Write lines that begin with a dash, or [a, b]."},
	{Code: "not-a-value", Short: "A single value is wanted.", Help: "Quote a text that begins with { or [."},
	{Code: "no-models", Short: "The pipeline has no models.", Help: "Add models: with the records that should be."},
	{Code: "no-from", Short: "A model does not say where its records come from.", Help: "Add from: with a list of sources."},
	{Code: "no-map", Short: "A model takes nothing from a source.", Help: "Add map: with FIELD: EXPRESSION lines."},
	{Code: "no-type", Short: "A source or target has no type.", Help: "Add type: with one of the known types."},
	{Code: "no-source", Short: "A part does not say its source.", Help: "Add source: with the name of a source."},
	{Code: "no-key", Short: "There is no key to find a record by.", Help: "Name the key column of a lookup, or map a field by which the target knows a record."},
	{Code: "no-model", Short: "A sink does not say its model.", Help: "Add model: with the name of a model."},
	{Code: "no-target", Short: "A sink does not say its target.", Help: "Add target: with the name of a target."},
	{Code: "no-resource", Short: "A sink does not say its resource.", Help: "Add resource: with one of those that the target has."},
	{Code: "no-fields", Short: "A comparison does not say its fields.", Help: "Add fields: with fields of the model."},
	{Code: "no-as", Short: "A comparison does not say what its fields are.", Help: "Add as: with one of the known words."},
	{Code: "no-expression", Short: "An expression is missing.", Help: "Write nil for no opinion, erase() to empty a field."},
	{Code: "two-sinks", Short: "Two sinks write to the same records.", Help: "Join the models; two targets of one address are one target."},
	{Code: "bad-rule", Short: "A rule is put together wrongly.", Help: "A rule has is: or check:, and only the arguments of its check."},
	{Code: "bad-test", Short: "An example is put together wrongly.", Help: "An example has given: and expect: with rows by name."},
	{Code: "duplicate-test", Short: "Two examples have one name.", Help: "Rename one of them."},
	{Code: "test-too-large", Short: "An example is larger than it may be.", Help: "Keep the rows that show the point."},
	{Code: "bad-decision", Short: "A remembered answer is put together wrongly.", Help: "An answer names two records and says whether they are the same."},
	{Code: "decision-conflict", Short: "Remembered answers contradict each other.", Help: "Two records cannot be the same by some answers and different by another; correct or remove the one that is wrong."},
	{Code: "bad-dedupe", Short: "The settings of dedupe do not fit together.", Help: "The message says which."},
}

// nameCodes are about names that stand for nothing.
var nameCodes = []diag.CodeHelp{
	{Code: "bad-name", Short: "A part cannot be called so.", Help: "A name begins with a letter and has letters, digits, _ and - alone."},
	{Code: "unknown-type", Short: "There is no such type of source or target.", Help: "The hint names the nearest one."},
	{Code: "unknown-source", Short: "There is no such source.", Help: "The hint names the nearest one."},
	{Code: "unknown-model", Short: "There is no such model.", Help: "The hint names the nearest one."},
	{Code: "unknown-target", Short: "There is no such target.", Help: "The hint names the nearest one."},
	{Code: "unknown-resource", Short: "The target has no such resource.", Help: "The hint names the nearest one."},
	{Code: "unknown-fragment", Short: "There is no such fragment.", Help: "The hint names the nearest one."},
	{Code: "unknown-lookup", Short: "There is no such lookup.", Help: "The hint names the nearest one."},
	{Code: "unknown-column", Short: "The source has no such column.", Help: "The hint names the nearest one."},
	{Code: "unknown-field", Short: "The target or model has no such field.", Help: "The hint names the nearest one."},
	{Code: "unknown-function", Short: "There is no such function.", Help: "reconkit functions lists them all."},
	{Code: "unknown-variable", Short: "There is no such var.", Help: "Add it under vars:, or look at the hint."},
	{Code: "unknown-var", Short: "--var names no var of the pipeline.", Help: "The hint names the nearest one."},
	{Code: "unknown-check", Short: "There is no such check.", Help: "The hint names the nearest one."},
	{Code: "unknown-value", Short: "The key cannot have this value.", Help: "The hint names the nearest one."},
	{Code: "read-only-field", Short: "The field is set by the target.", Help: "Do not map it."},
	{Code: "mapped-twice", Short: "A field is mapped twice.", Help: "Remove one of the two lines; one may come with a fragment."},
}

// valueCodes are about settings.
var valueCodes = []diag.CodeHelp{
	{Code: "bad-value", Short: "The value is not of the form that is wanted.", Help: "The message says which form."},
	{Code: "bad-option", Short: "An option of a source or target is wrong.", Help: "The message says what it takes."},
	{Code: "bad-reference", Short: "A reference is not written as one.", Help: "Write ${NAME}, ${NAME:-default} or ${file:PATH}."},
	{Code: "reference-not-here", Short: "A reference stands where none may be.", Help: "References are for the options of sources and targets; use vars: elsewhere."},
	{Code: "secret-in-file", Short: "A secret stands in the file.", Help: "Write ${NAME} for an environment variable, or ${file:PATH}, and change the secret."},
	{Code: "unset-variable", Short: "A setting needs a variable that is not set.", Help: "Set it in the environment of the command."},
	{Code: "unreadable-source", Short: "A source cannot be read.", Help: "Look at its path or address."},
	{Code: "columns-unknown", Short: "The columns of a source could not be checked.", Help: "Check again where its file is, or declare them with schema:."},
	{Code: "name-needed", Short: "Deleting is asked for in a pipeline without a name.", Help: "Write name: at the top of the file; it says whose records are whose."},
	{Code: "delete-not-allowed", Short: "Deleting is asked for and not allowed.", Help: "Name delete under allow:."},
	{Code: "dedupe-not-used", Short: "A model has dedupe: and goes where it is not asked.", Help: "Remove dedupe: from the model; records of this resource are found by what they belong to."},
}

// expressionCodes are about expressions.
var expressionCodes = []diag.CodeHelp{
	{Code: "syntax", Short: "The expression cannot be read.", Help: "The mark stands where it stops making sense."},
	{Code: "type-conflict", Short: "A value has the wrong type.", Help: "The hint names the function that converts it."},
	{Code: "wrong-arguments", Short: "A function is called with wrong arguments.", Help: "reconkit functions NAME shows how it is called."},
	{Code: "unsupported", Short: "The expression uses what this language does not have.", Help: "The hint says what to write instead."},
	{Code: "row-key", Short: "row is not used as row[\"Name\"].", Help: "Write the name of a column in quotes between the brackets."},
	{Code: "let-name", Short: "A name cannot be declared by let.", Help: "Choose a name that is no column and no function."},
	{Code: "erase-operand", Short: "erase() is used as a value.", Help: "Write it as a branch: cond ? erase() : value."},
	{Code: "cannot-erase", Short: "The field cannot be erased.", Help: "Write nil for no opinion."},
	{Code: "limit", Short: "The expression is larger than it may be.", Help: "Write it shorter, or use a lookup."},
	{Code: "bad-pattern", Short: "A regular expression is wrong.", Help: "The syntax is RE2: no look-around and no back-references."},
	{Code: "always-fails", Short: "The expression fails on every row.", Help: "The message says why."},
	{Code: "always-null", Short: "The expression is null on every row.", Help: "Something in it is always null; use ?? for another value."},
}

// doubtCodes are about what runs and is probably not meant.
var doubtCodes = []diag.CodeHelp{
	{Code: "constant-rule", Short: "A rule does not look at the record.", Help: "Name the field that it is about, or remove it."},
	{Code: "rule-never-holds", Short: "No value keeps this rule.", Help: "Every record that has the field fails it; look at and, or and the bounds."},
	{Code: "rule-always-holds", Short: "Every value keeps this rule.", Help: "It checks nothing; look at and, or and the bounds."},
	{Code: "rule-without-effect", Short: "An earlier rule leaves nothing for this one.", Help: "Remove it, or put it first."},
	{Code: "set-fails", Short: "The value that a rule sets does not keep the rule.", Help: "Such records would still be rejected; set another value."},
	{Code: "constant-where", Short: "A condition takes all rows or none.", Help: "Name a column in it, or remove it."},
	{Code: "pattern-never-matches", Short: "A regular expression can match nothing.", Help: "^ is the beginning of the text and $ its end; within a pattern, write \\^ and \\$ for the characters."},
	{Code: "unused-source", Short: "A source is not used.", Help: "Remove it, or name it in a model or lookup."},
	{Code: "unused-lookup", Short: "A lookup is not used.", Help: "Remove it, or call lookup(\"NAME\", key)."},
	{Code: "unused-fragment", Short: "A fragment is not used.", Help: "Remove it, or take it in with use:."},
	{Code: "unused-model", Short: "A model goes nowhere.", Help: "Add a sink for it, or export it."},
	{Code: "unused-target", Short: "A target is not used.", Help: "Remove it, or add a sink."},
	{Code: "unused-var", Short: "A var is not used.", Help: "Remove it, or read it as vars.NAME."},
	{Code: "unused-part", Short: "A part of dedupe has no effect.", Help: "The message says why."},
	{Code: "limit-without-effect", Short: "A limit can never stop anything.", Help: "Lower it, or remove it."},
	{Code: "doubtful-encoding", Short: "A file is probably not in the encoding that the source names.", Help: "Remove encoding:, or write encoding: utf-8."},
}
