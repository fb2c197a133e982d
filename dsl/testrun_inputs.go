package dsl

import (
	"path/filepath"
	"slices"

	"gopkg.in/yaml.v3"
)

// Inputs are the local files that a pipeline file depends on: itself, the files
// and globs of its sources, and the files of decisions. It reads no more than
// the text, so that it can be asked while the file is broken, and then knows
// less. References that stand for nothing are left out.
func Inputs(path string, reg *Registry, host Host) []string {
	files := []string{path}
	text, err := readBounded(path, fileBytesMax)
	if err != nil {
		return files
	}
	d := parse(path, text, nil)
	if d.root == nil {
		return files
	}
	dir := filepath.Dir(path)
	add := func(n *yaml.Node) {
		if n == nil || n.Kind != yaml.ScalarNode || isNull(n) {
			return
		}
		name, missing, err := host.expand(n.Value, dir)
		if err != nil || len(missing) > 0 || name == "" || name == "-" {
			return
		}
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		if !slices.Contains(files, name) {
			files = append(files, name)
		}
	}
	pipeline := d.mapping(d.root, "the pipeline")
	for _, source := range d.within(pipeline, "sources") {
		settings := d.mapping(source.value, "source")
		kind := find(settings, "type")
		if kind == nil || !slices.ContainsFunc(reg.sources[kind.Value].options, func(o Option) bool { return o.Name == "path" }) {
			continue
		}
		add(find(settings, "path"))
	}
	for _, model := range d.within(pipeline, "models") {
		add(find(d.within(d.mapping(model.value, "model"), "dedupe"), "decisions"))
	}
	return files
}

// within returns the entries of the mapping below a key.
func (d *document) within(entries []entry, key string) []entry {
	if n := find(entries, key); n != nil {
		return d.mapping(n, key)
	}
	return nil
}
