package linkage

// NumberedFrom makes l number so many records, or more, by their names.
func NumberedFrom(l *Linker, n int) *Linker {
	l.number = n
	return l
}
