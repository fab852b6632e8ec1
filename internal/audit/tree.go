package audit

import (
	"errors"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// A Tree is the hash tree over the records of a log so far. It keeps one hash a
// level, and so can only grow. The zero Tree is empty.
type Tree struct {
	size  int64
	edge  [64]node // the newest hash of each level
	fresh []tlog.Hash
}

// A node is a stored hash with its index.
type node struct {
	index int64
	hash  tlog.Hash
}

// errEdge is a bug: the tree was asked for what it does not keep.
var errEdge = errors.New("the tree does not keep this hash")

// Resume returns the tree over the first size records, whose hashes r has.
func Resume(size int64, r tlog.HashReader) (*Tree, error) {
	t := &Tree{size: size}
	if size == 0 {
		return t, nil
	}
	_, err := tlog.TreeHash(size, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes, err := r.ReadHashes(indexes)
		if err != nil {
			return nil, err
		}
		if len(hashes) != len(indexes) {
			return nil, fmt.Errorf("%d hashes were asked for, and there are %d", len(indexes), len(hashes))
		}
		for i, index := range indexes {
			level, _ := tlog.SplitStoredHashIndex(index)
			t.edge[level] = node{index, hashes[i]}
		}
		return hashes, nil
	}))
	if err != nil {
		return nil, fmt.Errorf("read the hashes of the audit log: %w", err)
	}
	return t, nil
}

// Size returns the number of records.
func (t *Tree) Size() int64 { return t.size }

// Count returns the number of hashes that are stored for them.
func (t *Tree) Count() int64 { return tlog.StoredHashCount(t.size) }

// Add appends a record by its line, and returns the hashes to store for it: its
// own and those of the subtrees that it completes. They are valid until the next
// call.
func (t *Tree) Add(line []byte) []tlog.Hash { return t.AddHash(tlog.RecordHash(line)) }

// AddHash is Add for a record whose hash is known.
func (t *Tree) AddHash(h tlog.Hash) []tlog.Hash {
	index := t.Count()
	t.fresh = append(t.fresh[:0], h)
	for level := range bits.TrailingZeros64(^uint64(t.size)) {
		left := t.edge[level].hash
		t.edge[level] = node{index + int64(level), h}
		h = tlog.NodeHash(left, h)
		t.fresh = append(t.fresh, h)
	}
	last := len(t.fresh) - 1
	t.edge[last] = node{index + int64(last), h}
	t.size++
	return t.fresh
}

// Root returns the root over all records.
func (t *Tree) Root() (tlog.Hash, error) {
	root, err := tlog.TreeHash(t.size, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			level, _ := tlog.SplitStoredHashIndex(index)
			if t.edge[level].index != index {
				return nil, errEdge
			}
			hashes[i] = t.edge[level].hash
		}
		return hashes, nil
	}))
	if err != nil {
		return tlog.Hash{}, fmt.Errorf("compute the root of the audit log: %w", err)
	}
	return root, nil
}
