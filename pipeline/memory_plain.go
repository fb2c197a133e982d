//go:build !race

package pipeline

// poison: see memory_poison.go.
const poison = false
