package draft

import (
	"fmt"
	"path"
	"strings"
)

// checkTable refuses a text that does not look like a table, such as a page of notes
// or a log: any text has lines, and the first one passes for a header. Where nothing
// divides the lines, a field of contacts must be found in them; where something does,
// most lines must have as many cells as the first. A file that is called a table is
// taken for one.
func (s *source) checkTable() error {
	f := s.file
	if f.Type != "csv" || calledTable(f.Path) {
		return nil
	}
	why := ""
	switch rows := f.Sample.Rows + f.Sample.Rejected; {
	case len(s.columns) == 1 && len(s.fields) == 0:
		why = "no comma, semicolon, tab or | divides its lines into cells, and nothing in them looks like a field of contacts"
	case 2*f.Sample.Rejected > rows:
		why = fmt.Sprintf("%s of %s lines that were looked at have not as many cells as the first, or cannot be read", thousands(f.Sample.Rejected), thousands(rows))
	default:
		return nil
	}
	return fmt.Errorf("%s does not look like a table: %s; give a CSV or Parquet file, and call a text that is a table, such as one of a single column, by a name that ends in .csv", quoted(f.Path), why)
}

// calledTable reports whether the name of a file says that it is a table.
func calledTable(name string) bool {
	name = strings.ToLower(name)
	for _, packed := range []string{".gz", ".zst"} {
		name = strings.TrimSuffix(name, packed)
	}
	switch path.Ext(name) {
	case ".csv", ".tsv", ".tab":
		return true
	}
	return false
}
