package linkage

// TriedOn makes l try the kinds of block key on so many records, or more.
func TriedOn(l *Linker, n int) *Linker {
	l.tried = n
	return l
}

// NumberedFrom makes l number so many records, or more, by their names.
func NumberedFrom(l *Linker, n int) *Linker {
	l.number = n
	return l
}
