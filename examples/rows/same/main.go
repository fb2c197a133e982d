// Command same compares files of JSON Lines as sets of records, whatever their
// order and the order of their keys: a key without a value, with null and with
// "" are the same. It prints the number of records and a digest of each file
// and ends with 1 when they differ.
//
// The digest is the sum of the first eight bytes (little endian) of the SHA-256
// of each record, written by encoding/json.
package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
)

// lineBytesMax is the length of one record.
const lineBytesMax = 16 << 20 // bytes

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: same FILE.jsonl...")
		os.Exit(2)
	}
	differ := false
	var first digest
	for i, path := range os.Args[1:] {
		d, err := read(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, "same:", err)
			os.Exit(1)
		}
		if i == 0 {
			first = d
		}
		differ = differ || d != first
		fmt.Printf("%d records, digest %016x: %s\n", d.records, d.sum, path)
	}
	if differ {
		fmt.Fprintln(os.Stderr, "same: the files differ")
		os.Exit(1)
	}
}

type digest struct {
	records int
	sum     uint64
}

func read(path string) (digest, error) {
	f, err := os.Open(path)
	if err != nil {
		return digest{}, err
	}
	defer f.Close()
	var d digest
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 1<<20), lineBytesMax)
	for lines.Scan() {
		var record map[string]any
		if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
			return digest{}, fmt.Errorf("%s:%d: %w", path, d.records+1, err)
		}
		for key, value := range record {
			if value == nil || value == "" {
				delete(record, key)
			}
		}
		text, err := json.Marshal(record)
		if err != nil {
			return digest{}, fmt.Errorf("%s:%d: %w", path, d.records+1, err)
		}
		sum := sha256.Sum256(text)
		d.records++
		d.sum += binary.LittleEndian.Uint64(sum[:])
	}
	return d, lines.Err()
}
