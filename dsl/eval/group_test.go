package eval_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/dsl/funcs"
	"github.com/reconkit/reconkit/pipeline"
)

// groupExpressions have parts in common that warn, fail or are null on some rows.
var groupExpressions = append([]string{
	`parse_person(name).first`, `parse_person(name).last`, `parse_person(name).company ? nil : parse_person(name).title`, `parse_company(name).name`,
	`parse_phone(phone_1, "DE")`, `parse_phone(phone_1, "DE") startsWith "+" ? parse_phone(phone_1, "DE") : nil`,
	`parse_country(address_country)`, `parse_country(address_country) ?? "none"`, `int(address_postcode)`, `int(address_postcode) + 1`,
	`int(address_postcode) > 20000 ? erase() : trim(address_city)`, `split(name, " ")`, `split(name, " ")[0]`, `any(split(name, " "), # startsWith "M")`,
	`let n = squish(name); n + upper(n)`, `client`, `"fixed"`, `first_nonempty(client, upper(name))`, `parse_date(updated)`, `parse_date(updated)`, `nil`, `parse_person(name)`,
	`similarity(name, client, "jaro")`, `trim(client, "S")`, `squish(lower(trim(name)))`, `trim(row["email_2"])`, `let n = trim(client); n`, `let n = int(updated); trim(client)`, `trim(email_2) ?? trim(email_1)`,
}, contactExpressions...)

// oddContacts are the rows of contacts with some that no function likes.
func oddContacts(tb testing.TB, rows int) *pipeline.Batch {
	good := contacts(tb, rows)
	odd := []string{"", "\xff", "n/a", "  ", "\u200b", "Kongo", "\x00", "ß" + string(make([]byte, 300)), "=cmd()", "\u202eabc"}
	values := make([][]pipeline.Value, rows)
	for i := range values {
		for f := range good.Schema().Len() {
			values[i] = append(values[i], good.Value(i, f))
		}
		switch {
		case i%19 == 3:
			for f := range values[i] {
				values[i][f] = pipeline.StringValue(odd[(i+f)%len(odd)])
			}
		case i%31 == 5:
			values[i][i%len(values[i])] = pipeline.Erase()
		}
	}
	return batchOf(tb, good.Schema(), values...)
}

// TestGroupEqualsPrograms holds a group against its programs by themselves:
// values, errors and warnings.
func TestGroupEqualsPrograms(t *testing.T) {
	env := contactEnv()
	programs := make([]*eval.Program, len(groupExpressions))
	for i, src := range groupExpressions {
		programs[i] = compile(t, src, env)
	}
	group := eval.NewGroup(programs...)
	for _, rows := range []int{0, 1, 255, 256, 257, 1000} {
		b := oddContacts(t, rows)
		warned, failed := 0, 0
		for i, got := range group.Eval(b, eval.Runtime{Now: noon}) {
			var warnings []eval.Warning
			counted := map[string]int{}
			column, errs := programs[i].Eval(b, eval.Runtime{Now: noon, Warn: func(row int, code string, why error) {
				if counted[code]++; counted[code] <= pipeline.WarningsKeptMax {
					warnings = append(warnings, eval.Warning{Row: row, Code: code, Message: why.Error()})
				}
			}})
			warned, failed = warned+len(warnings), failed+len(errs)
			for code, n := range counted {
				if more := max(0, n-pipeline.WarningsKeptMax); got.Warnings.More[code] != more {
					t.Errorf("%s: %d more warnings of %s than are told, want %d", groupExpressions[i], got.Warnings.More[code], code, more)
				}
			}
			if diff := cmp.Diff(errs, got.Errors); diff != "" {
				t.Errorf("%s: errors (-alone +group):\n%s", groupExpressions[i], diff)
			}
			if diff := cmp.Diff(warnings, got.Warnings.Told); diff != "" {
				t.Errorf("%s: warnings (-alone +group):\n%s", groupExpressions[i], diff)
			}
			compareColumns(t, groupExpressions[i], column, got.Column)
		}
		if rows == 1000 && (warned == 0 || failed == 0) {
			t.Errorf("%d warnings and %d errors: the rows are too good to prove anything", warned, failed)
		}
	}
}

func compareColumns(t *testing.T, name string, want, got *pipeline.Column) {
	t.Helper()
	if got.Len() != want.Len() || got.Type() != want.Type() {
		t.Errorf("%s: %d values of %s, want %d of %s", name, got.Len(), got.Type(), want.Len(), want.Type())
		return
	}
	for row := range want.Len() {
		if !got.Value(row).Equal(want.Value(row)) {
			t.Errorf("%s: row %d is %s, want %s", name, row, show(got.Value(row)), show(want.Value(row)))
			return
		}
	}
}

// TestSharedPartRunsOnce counts the calls of a function that several programs
// of a group need for a row.
func TestSharedPartRunsOnce(t *testing.T) {
	calls := 0
	upper := func(rt *funcs.Runtime, a, _, _ string) (string, bool, error) {
		calls++
		return a + "!", true, nil
	}
	fn := &funcs.Func{Name: "loud", Params: []funcs.Param{{Name: "text", Types: []pipeline.Type{pipeline.String}}}, Result: pipeline.String,
		Bind: func([]funcs.Arg) funcs.Kernel { return funcs.Kernel{Text: upper} }}
	env := contactEnv()
	env.Funcs = []*funcs.Func{fn}
	group := eval.NewGroup(compile(t, `loud(name)`, env), compile(t, `"x" + loud(name)`, env), compile(t, `loud(client) ?? loud(name)`, env))
	rows := 600
	group.Eval(contacts(t, rows), eval.Runtime{})
	want := rows // and once for each client
	for i := range rows {
		if i%11 != 0 {
			want++
		}
	}
	if calls != want {
		t.Errorf("%d calls for %d rows, want %d", calls, rows, want)
	}
}

// TestMissingColumnInGroup gives the programs that can run their values.
func TestMissingColumnInGroup(t *testing.T) {
	loose := contactEnv()
	loose.Columns = nil
	group := eval.NewGroup(compile(t, `upper(name)`, contactEnv()), compile(t, `upper(nowhere)`, loose))
	results := group.Eval(contacts(t, 3), eval.Runtime{})
	if got := results[0].Column.Str(1); got != "JÖRG KOCH" || results[0].Errors != nil {
		t.Errorf("got %s, %v", got, results[0].Errors)
	}
	if len(results[1].Errors) != 3 {
		t.Errorf("got %v, want an error for each row", results[1].Errors)
	}
}

// TestUnchangedColumnIsShared copies nothing where nothing changes.
func TestUnchangedColumnIsShared(t *testing.T) {
	b := contacts(t, 600)
	for src, want := range map[string]bool{`trim(address_postcode)`: true, `trim(address_city)`: false, `lower(address_postcode)`: true, `trim(client) ?? client`: true} {
		column, _ := compile(t, src, contactEnv()).Eval(b, eval.Runtime{})
		name := map[bool]string{true: "shared", false: "its own"}
		shared := column == b.ColumnOf("address_postcode") || column == b.ColumnOf("client") || column == b.ColumnOf("address_city")
		if shared != want {
			t.Errorf("the column of %s is %s, want %s", src, name[shared], name[want])
		}
	}
}

// TestNoAllocationsInAMapping holds the same promise as TestNoAllocationsPerRow
// of expressions that call functions, together and apart.
func TestNoAllocationsInAMapping(t *testing.T) {
	b := contacts(t, pipeline.BatchRowsDefault)
	var programs []*eval.Program
	for _, src := range contactExpressions {
		p := compile(t, src, contactEnv())
		programs = append(programs, p)
		if perRow := testing.AllocsPerRun(3, func() { p.Eval(b, eval.Runtime{}) }) / float64(b.Len()); perRow > 0.05 {
			t.Errorf("%s: %.3f allocations a row", src, perRow)
		}
	}
	group := eval.NewGroup(programs...)
	if perRow := testing.AllocsPerRun(3, func() { group.Eval(b, eval.Runtime{}) }) / float64(b.Len()); perRow > 0.1 {
		t.Errorf("together: %.3f allocations a row", perRow)
	}
}

// TestTextsOutliveTheirMemory runs a program over many chunks whose texts are
// made in memory that is used again.
func TestTextsOutliveTheirMemory(t *testing.T) {
	b := contacts(t, 5000)
	column, _ := compile(t, `upper(name) + fold(name) + string(len(name))`, contactEnv()).Eval(b, eval.Runtime{})
	upper, _ := compile(t, `upper(name)`, contactEnv()).Eval(b, eval.Runtime{})
	fold, _ := compile(t, `fold(name)`, contactEnv()).Eval(b, eval.Runtime{})
	for row := range b.Len() {
		name := b.ColumnOf("name").Str(row)
		if want := upper.Str(row) + fold.Str(row) + fmt.Sprint(len([]rune(name))); column.Str(row) != want {
			t.Fatalf("row %d is %q, want %q", row, column.Str(row), want)
		}
	}
}

// TestGroupAtOnce runs one group in several goroutines.
func TestGroupAtOnce(t *testing.T) {
	var programs []*eval.Program
	for _, src := range groupExpressions {
		programs = append(programs, compile(t, src, contactEnv()))
	}
	group, b := eval.NewGroup(programs...), oddContacts(t, 600)
	want := group.Eval(b, eval.Runtime{Now: noon})
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for i, got := range group.Eval(b, eval.Runtime{Now: noon}) {
				compareColumns(t, groupExpressions[i], want[i].Column, got.Column)
			}
		})
	}
	work.Wait()
}

// TestGroupOfTwoEnvironments has lookups of one name that find in two places.
func TestGroupOfTwoEnvironments(t *testing.T) {
	env := func(found string) eval.Env {
		b := batchOf(t, organizations, []pipeline.Value{pipeline.IntValue(1), pipeline.StringValue(found), pipeline.Null()})
		e := testEnv()
		e.Lookups = map[string]eval.Lookup{"org": {Fields: organizations, Find: func([]pipeline.Value) (pipeline.Record, bool) { return pipeline.Record{Batch: b}, true }}}
		return e
	}
	one, two := env("one"), env("two")
	src := `lookup("org", 1).name`
	group := eval.NewGroup(compile(t, src, one), compile(t, src, two), compile(t, src, one))
	for i, got := range group.Eval(testBatch(t), eval.Runtime{}) {
		if want := []string{"one", "two", "one"}[i]; got.Column.Str(0) != want {
			t.Errorf("program %d found %q, want %q", i, got.Column.Str(0), want)
		}
	}
}
