package audit

import (
	"fmt"
	"iter"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// An Item is what a log is read as: its records in their order, each with the
// hash that is stored for it, if there is one; and heads, each behind the last
// record that it counts.
type Item struct {
	Record
	Leaf *tlog.Hash
	Head *Claim // then there is no record
}

// A Piece is a run of stored hashes, in their one order.
type Piece struct {
	First  int64 // index of the first one
	Size   int64 // records up to here
	Seq    int64 // number of the last of these records
	Hashes []tlog.Hash
}

// A Source is a log that is to be verified.
type Source struct {
	Log    Log
	Items  iter.Seq2[Item, error]
	Stored iter.Seq2[Piece, error] // hashes that are stored beside the records; nil when there are none
	Heads  []Claim                 // that are known beforehand
	Keys   Keys                    // that are trusted
}

// A Fault is something that an untouched log does not have.
type Fault struct {
	Seq  int64  // number of the record that is concerned, 0 when there is no one
	What string // in a sentence for a person
}

// A Verdict is what became of a head.
type Verdict struct {
	Claim
	Signer string // the key that signed it, of those that are trusted; "" when none did
	Fits   bool   // the log had this root at this size
}

// A Report is what Verify found.
type Report struct {
	Log         Log
	Records     int64
	First, Last int64 // numbers of the first and the last record
	Root        tlog.Hash
	Stored      int64 // records for which hashes are stored
	Heads       []Verdict
	Faults      []Fault // none when nothing was found; the first hundred otherwise
}

// faultLimit is how many faults a report holds at most.
const faultLimit = 100

// Sound reports that nothing was found.
func (r *Report) Sound() bool { return len(r.Faults) == 0 }

// Newest returns the largest head that fits and of which kept says yes; false
// when there is none.
func (r *Report) Newest(kept func(Verdict) bool) (best Verdict, found bool) {
	for _, v := range r.Heads {
		if v.Fits && kept(v) && v.Size > best.Size {
			best, found = v, true
		}
	}
	return best, found
}

// Outside says of a head that it was kept elsewhere.
func Outside(v Verdict) bool { return v.Outside }

// Signed says of a head that a trusted key signed it.
func Signed(v Verdict) bool { return v.Signer != "" }

// Verify computes a log again from its records, and holds it against the hashes
// stored beside them and against every head. It needs memory for the heads and
// for 8 bytes a call, not for the records. The error is one of reading; a file
// that was altered or cut off is a fault.
func Verify(s Source) (*Report, error) {
	v := &verifier{source: &s, report: &Report{Log: s.Log}, roots: map[int64]tlog.Hash{}}
	if s.Stored != nil {
		next, stop := iter.Pull2(s.Stored)
		defer stop()
		v.stored = &witness{next: next}
	}
	for _, c := range s.Heads {
		v.claim(c)
	}
	if err := v.run(); err != nil {
		return nil, err
	}
	return v.report, nil
}

// A verifier verifies one log.
type verifier struct {
	source *Source
	report *Report
	tree   Tree
	order  order
	stored *witness // nil when there is none, or when it was found to differ

	waiting []int // heads by their place in the report that the tree has not reached, the smallest last
	sorted  bool
	roots   map[int64]tlog.Hash // of heads, by size
	fit     position            // of the newest head that fits
	wrong   position            // of the first head that does not
	found   bool                // a record that does not fit was named
	missed  *miss               // a record that differs from its hash, until the next one tells more
}

// A position is a size of the log with the number of the last record.
type position struct{ size, seq int64 }

// A miss is a record that is not the one whose hash is stored.
type miss struct {
	seq  int64
	want tlog.Hash
}

func (v *verifier) fault(seq int64, format string, args ...any) {
	if len(v.report.Faults) < faultLimit {
		v.report.Faults = append(v.report.Faults, Fault{seq, fmt.Sprintf(format, args...)})
	}
}

func (v *verifier) run() error {
	for item, err := range v.source.Items {
		if Altered(err) {
			v.fault(0, "%v", err)
			break
		}
		if err != nil {
			return err
		}
		if item.Head != nil {
			v.claim(*item.Head)
			v.reach()
			continue
		}
		if err := v.record(&item); err != nil {
			return err
		}
		v.reach()
	}
	v.settle(nil)
	r := v.report
	r.Records, r.Last = v.tree.Size(), v.order.last
	var err error
	if r.Root, err = v.tree.Root(); err != nil {
		return err
	}
	if err := v.end(); err != nil {
		return err
	}
	v.bisect()
	return nil
}

// record adds a record to the tree.
func (v *verifier) record(item *Item) error {
	seq, fault := v.order.take(item.Line)
	if fault != "" {
		v.fault(seq, "record %d: %s", seq, fault)
	}
	if v.report.First == 0 {
		v.report.First = seq
	}
	n := v.tree.Size()
	hash := tlog.RecordHash(item.Line)
	v.settle(&hash)
	index := v.tree.Count()
	hashes := v.tree.AddHash(hash)
	if item.Leaf != nil && !v.found && *item.Leaf != hash {
		v.differs(seq, *item.Leaf)
	}
	if item.Leaf != nil {
		v.report.Stored = n + 1
	}
	if v.stored == nil || v.found {
		return nil
	}
	return v.compare(n, seq, index, hashes)
}

// compare holds the hashes of a record against those that are stored.
func (v *verifier) compare(n, seq, index int64, hashes []tlog.Hash) error {
	for i, h := range hashes {
		want, ok, err := v.stored.at(index + int64(i))
		switch {
		case err != nil:
			return err
		case v.stored.fault != "":
			v.fault(seq, "the stored hashes are not whole: %s", v.stored.fault)
			v.stored = nil
			return nil
		case !ok:
			v.report.Stored, v.stored = v.stored.size, nil
			return nil
		case want == h:
		case i > 0:
			v.fault(seq, "the hashes that are stored for record %d do not belong together: they were altered", seq)
			v.stored = nil
			return nil
		default:
			if k := v.stored.find(h, n); k > 0 {
				v.found = true
				v.fault(seq, "before record %d, %s removed", seq, were(k))
				return nil
			}
			v.differs(seq, want)
			return nil
		}
	}
	if v.stored.size == n+1 && v.stored.seq != seq {
		v.fault(seq, "record %d is the one that was logged as record %d: its number was altered", seq, v.stored.seq)
	}
	return nil
}

func were(k int64) string {
	if k == 1 {
		return "a record was"
	}
	return fmt.Sprintf("%d records were", k)
}

// differs notes the first record that does not fit.
func (v *verifier) differs(seq int64, want tlog.Hash) {
	v.found = true
	v.missed = &miss{seq, want}
}

// settle says what was done to the record that does not fit, by the one behind
// it; nil is the end of the log.
func (v *verifier) settle(next *tlog.Hash) {
	m := v.missed
	if m == nil {
		return
	}
	v.missed = nil
	if next != nil && *next == m.want {
		v.fault(m.seq, "record %d was added: the one behind it was logged in its place", m.seq)
		return
	}
	v.fault(m.seq, "record %d is the first that does not fit: it was altered, or records before it were removed, added or moved", m.seq)
}

// end is about what the log should have beyond its last record.
func (v *verifier) end() error {
	r := v.report
	if v.stored != nil {
		for ok := true; ok; {
			var err error
			if ok, err = v.stored.more(); err != nil {
				return err
			}
		}
		switch {
		case v.stored.fault != "":
			v.fault(r.Last, "the stored hashes are not whole: %s", v.stored.fault)
		case v.stored.size > r.Records && !v.found:
			v.found = true
			v.fault(r.Last, "the end was cut off: %d records were logged up to number %d, and there are %d up to number %d", v.stored.size, v.stored.seq, r.Records, r.Last)
		}
		r.Stored = v.stored.size
	}
	for _, i := range slices.Backward(v.waiting) {
		c := &r.Heads[i]
		v.fault(r.Last, "the end was cut off: a head (%s) is of %d records, and there are %d up to number %d", c.From, c.Size, r.Records, r.Last)
	}
	return nil
}

// bisect says between which heads the log was changed, when no hash tells.
func (v *verifier) bisect() {
	if v.wrong.size == 0 || v.found {
		return
	}
	if v.wrong.size == v.fit.size+1 {
		v.fault(v.wrong.seq, "record %d is the first that does not fit: it was altered, or records before it were removed, added or moved", v.wrong.seq)
		return
	}
	v.fault(v.fit.seq+1, "the first record that does not fit is one of those from number %d to number %d", v.fit.seq+1, v.wrong.seq)
}
