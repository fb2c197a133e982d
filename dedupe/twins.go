package dedupe

// findTwins finds the row that has the number of each record of the target, the last one
// of several, and -1 where there is none. Most values of a record are those of its twin,
// so that one comparison finds their numbers; often of texts that lie side by side, as
// both lists were written in one order. Nothing else is made of twins.
func (u *universe) findTwins(c *keyColumn) {
	if u.n == u.rows || u.rows == 0 {
		return
	}
	rows := make([]int32, len(c.values.text)) // by number of the value, from 1
	for i, id := range c.ids[:u.rows] {
		rows[id] = int32(i) + 1
	}
	rows[0] = 0 // records without a value have no twin
	u.twins = make([]int32, u.n-u.rows)
	for t, id := range c.ids[u.rows:] {
		u.twins[t] = rows[id] - 1
	}
}
