package plan

import (
	"crypto/sha256"
	"fmt"
	"io"
)

// A Change is a payment in which two plans differ: Before is nil when only the
// later plan has it, After when only the earlier one does.
type Change struct{ Before, After *Entry }

// A Comparison counts the payments of two plans.
type Comparison struct {
	Added, Removed, Changed, Same int64

	// Reordered reports that payments of both plans stand in another order.
	Reordered bool
}

// Compare finds the payments in which two verified plan files differ, and
// tells found of each: those that were changed or added in the order of after,
// then those that were removed in the order of before. It compares what
// content_id covers: sentences, places in manifests and times of reading are
// no change. It ends with the first error.
//
// It holds about 120 bytes a payment of before, and one payment of each file.
func Compare(before, after io.ReaderAt, found func(Change) error) (Comparison, error) {
	c := &comparer{before: before, index: map[string]*earlier{}}
	if err := c.read(); err != nil {
		return c.sums, err
	}
	if err := c.match(after, found); err != nil {
		return c.sums, err
	}
	return c.sums, c.removed(found)
}

// fromStart reads a file from its first byte to its last.
func fromStart(r io.ReaderAt) io.Reader { return io.NewSectionReader(r, 0, 1<<62) }

// An earlier payment is where the first file has it.
type earlier struct {
	content digest
	offset  int64
	length  int32
	place   int32
	matched bool
}

type digest [16]byte

type comparer struct {
	before io.ReaderAt
	env    Env // of before
	index  map[string]*earlier
	bare   object
	sums   Comparison
}

// digest sums up what content_id covers of a payment.
func (c *comparer) digest(e *Entry) digest {
	c.bare.buf = c.bare.buf[:0]
	c.bare.content(&e.Content, false)
	sum := sha256.Sum256(c.bare.buf)
	return digest(sum[:16])
}

func (c *comparer) read() error {
	for p, err := range placedEntries(fromStart(c.before)) {
		if err != nil {
			return err
		}
		c.env = p.env
		c.index[p.entry.Content.Payment.Base()] = &earlier{
			content: c.digest(p.entry), offset: p.offset, length: int32(p.length), place: int32(len(c.index)),
		}
	}
	return nil
}

func (c *comparer) match(after io.ReaderAt, found func(Change) error) error {
	last := int32(-1)
	for e, err := range Entries(fromStart(after)) {
		if err != nil {
			return err
		}
		was := c.index[e.Content.Payment.Base()]
		change := Change{After: e}
		switch {
		case was == nil:
			c.sums.Added++
		case was.content == c.digest(e):
			c.sums.Same++
			change.After = nil
		default:
			c.sums.Changed++
			if change.Before, err = c.at(was); err != nil {
				return err
			}
		}
		if was != nil {
			was.matched = true
			c.sums.Reordered = c.sums.Reordered || was.place < last
			last = was.place
		}
		if change.After == nil {
			continue
		}
		if err := found(change); err != nil {
			return err
		}
	}
	return nil
}

// at reads an earlier payment again.
func (c *comparer) at(was *earlier) (*Entry, error) {
	line := make([]byte, was.length)
	if _, err := c.before.ReadAt(line, was.offset); err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	return parseEntry(line, c.env)
}

func (c *comparer) removed(found func(Change) error) error {
	if c.sums.Same+c.sums.Changed == int64(len(c.index)) {
		return nil
	}
	for e, err := range Entries(fromStart(c.before)) {
		if err != nil {
			return err
		}
		if was := c.index[e.Content.Payment.Base()]; was == nil || was.matched {
			continue
		}
		c.sums.Removed++
		if err := found(Change{Before: e}); err != nil {
			return err
		}
	}
	return nil
}
