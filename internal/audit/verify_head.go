package audit

import (
	"cmp"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// claim takes a head into account: at once when it is not one of this log, else
// as soon as the tree has its size.
func (v *verifier) claim(c Claim) {
	verdict := Verdict{Claim: c}
	var err error
	verdict.Signer, err = v.source.Keys.Signer(c)
	own := c.Log == v.source.Log || c.Log == Log{}
	switch {
	case err != nil:
		v.fault(0, "a head of %d records (%s): %v", c.Size, c.From, err)
	case c.Outside && len(c.Signers) > 0 && len(v.source.Keys) > 0 && verdict.Signer == "":
		v.fault(0, "a head of %d records (%s) is signed by %s, with none of the keys that were given", c.Size, c.From, names(c.Signers))
	case !own:
		v.fault(0, "a head (%s) is of another log, %s: it is the wrong head, or the journal was replaced by another one", c.From, c.Log)
	}
	if root, seen := v.roots[c.Size]; own && seen && root != c.Root {
		v.fault(0, "there are two heads of %d records with different roots (one of them: %s): the log was forked, or a head was forged", c.Size, c.From)
	}
	i := len(v.report.Heads)
	v.report.Heads = append(v.report.Heads, verdict)
	switch {
	case err != nil || !own:
	case c.Size < v.tree.Size():
		v.fault(0, "a head of %d records stands behind record %d: lines were moved", c.Size, v.order.last)
	default:
		v.roots[c.Size] = c.Root
		v.waiting, v.sorted = append(v.waiting, i), false
	}
}

func names(all []string) string {
	text := ""
	for i, n := range all {
		if i > 0 {
			text += ", "
		}
		text += n
	}
	return text
}

// reach judges the heads whose size the tree has now.
func (v *verifier) reach() {
	if !v.sorted {
		slices.SortStableFunc(v.waiting, func(a, b int) int { return cmp.Compare(v.report.Heads[b].Size, v.report.Heads[a].Size) })
		v.sorted = true
	}
	for n := len(v.waiting); n > 0 && v.report.Heads[v.waiting[n-1]].Size == v.tree.Size(); n-- {
		v.judge(&v.report.Heads[v.waiting[n-1]])
		v.waiting = v.waiting[:n-1]
	}
}

// judge compares a head with the root.
func (v *verifier) judge(head *Verdict) {
	root, err := v.tree.Root()
	at := position{v.tree.Size(), v.order.last}
	if head.Fits = err == nil && root == head.Root; head.Fits {
		v.fit = at
		return
	}
	if v.wrong.size == 0 {
		v.wrong = at
	}
	v.fault(0, "a head of %d records (%s) does not fit: the records up to number %d are not what they were", head.Size, head.From, at.seq)
}

// A witness reads stored hashes in their order.
type witness struct {
	next  func() (Piece, error, bool)
	piece Piece
	size  int64 // records up to the end of the piece
	seq   int64
	fault string // why the pieces are not whole
}

// at returns the hash with an index, which never falls; false is the end.
func (w *witness) at(index int64) (tlog.Hash, bool, error) {
	for index >= w.piece.First+int64(len(w.piece.Hashes)) {
		if ok, err := w.more(); !ok {
			return tlog.Hash{}, false, err
		}
	}
	return w.piece.Hashes[index-w.piece.First], true, nil
}

// more goes on to the next piece; false is the end.
func (w *witness) more() (bool, error) {
	p, err, ok := w.next()
	if err != nil || !ok {
		return false, err
	}
	end := w.piece.First + int64(len(w.piece.Hashes))
	switch {
	case p.First != end:
		w.fault = "some are missing"
	case p.Size <= w.size || tlog.StoredHashCount(p.Size) != end+int64(len(p.Hashes)):
		w.fault = "a piece of them has another length than it says"
	case p.Seq <= w.seq:
		w.fault = "a piece of them is of a record that stands before another one's"
	default:
		w.piece, w.size, w.seq = p, p.Size, p.Seq
		return true, nil
	}
	return false, nil
}

// find looks in the piece for a record behind the n-th, and returns how many
// records behind it stands; 0 when it is not there.
func (w *witness) find(h tlog.Hash, n int64) int64 {
	for k := int64(1); n+k < w.size; k++ {
		i := tlog.StoredHashIndex(0, n+k) - w.piece.First
		if i >= int64(len(w.piece.Hashes)) {
			break
		}
		if i >= 0 && w.piece.Hashes[i] == h {
			return k
		}
	}
	return 0
}
