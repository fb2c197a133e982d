//go:build race

package pipeline

// poison spoils the memory that is taken back. Tests under the race detector
// see by it who looks at a batch for too long.
const poison = true
