//go:build !race

package plandocket_test

const raced = false
