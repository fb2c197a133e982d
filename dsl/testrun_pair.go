package dsl

import "math"

// differenceWeight is what one differing field weighs against the distance of
// two records in their lists, which only decides between pairings that are as
// good. It is more than any sum of distances.
const differenceWeight = 1 << 32

// pair gives each of n expected things its own one of m made ones, so that the
// sum of their differences is the least that there is, and among such pairings
// the one that keeps the order best. -1: none is left. It is the Hungarian
// method with potentials (Kuhn 1955, Munkres 1957; in O(n²m) as in Jonker and
// Volgenant 1987).
func pair(n, m int, differing func(i, j int) int) []int {
	rows, columns := min(n, m), max(n, m) // the method wants no more rows than columns
	cost := make([][]int64, rows)
	for i := range cost {
		cost[i] = make([]int64, columns)
		for j := range cost[i] {
			want, got := i, j
			if n > m {
				want, got = j, i
			}
			cost[i][j] = int64(differing(want, got))*differenceWeight + int64(max(i-j, j-i))
		}
	}
	ofColumn := assign(rows, columns, cost)
	partner := make([]int, n)
	for i := range partner {
		partner[i] = -1
	}
	for j, i := range ofColumn {
		switch {
		case i < 0:
		case n > m:
			partner[j] = i
		default:
			partner[i] = j
		}
	}
	return partner
}

// assign returns, for each column, its row, or -1; every row has one column.
func assign(rows, columns int, cost [][]int64) []int {
	u, v := make([]int64, rows+1), make([]int64, columns+1)
	rowOf := make([]int, columns+1) // from 1; 0: free
	way := make([]int, columns+1)
	for i := 1; i <= rows; i++ {
		rowOf[0] = i
		at := 0
		least := make([]int64, columns+1)
		used := make([]bool, columns+1)
		for j := range least {
			least[j] = math.MaxInt64
		}
		for rowOf[at] != 0 {
			used[at] = true
			step, next := int64(math.MaxInt64), 0
			for j := 1; j <= columns; j++ {
				if used[j] {
					continue
				}
				if c := cost[rowOf[at]-1][j-1] - u[rowOf[at]] - v[j]; c < least[j] {
					least[j], way[j] = c, at
				}
				if least[j] < step {
					step, next = least[j], j
				}
			}
			for j := range least {
				switch {
				case used[j]:
					u[rowOf[j]] += step
					v[j] -= step
				case j > 0:
					least[j] -= step
				}
			}
			at = next
		}
		for at != 0 {
			rowOf[at] = rowOf[way[at]]
			at = way[at]
		}
	}
	ofColumn := make([]int, columns)
	for j := range ofColumn {
		ofColumn[j] = rowOf[j+1] - 1
	}
	return ofColumn
}
