package spec

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
)

// Options says what Decode does beyond reading. The zero Options yields every
// payment.
type Options struct {
	Selection  *Selection // payments that are not selected are validated and not yielded; nil selects all
	MerchantID string     // manifests made for another merchant are refused; "" takes any

	whole bool                // tests: read every document as a whole
	slow  bool                // tests: leave every payment to yaml.v3
	hash  func(string) uint64 // tests: of ids that are no numbers
}

// Decode reads the payments of all sources in order. It yields each payment
// that is selected and has no fault as soon as it is read, and goes on behind
// faults; if there were any, the last thing it yields is a nil payment and
// Errors, which lists them all by source and place (the first 10,000, and how
// many more). So nothing may be done with a payment before the sequence has
// ended without an error.
//
// What concerns several payments is checked too: a payment declared twice, also
// under two spellings of its id, and the control totals of expect, which count
// every payment declared, selected or not. A payment that a selection names and
// no manifest declares is a fault.
//
// Any other error is one of reading, or of ctx, and ends the sequence at once.
//
// Memory does not grow with the number of payments, except for the index of ids
// at 9 to 17 bytes a payment. On a repeated id the sources are read once more to
// find the first place. In the rare case that two ids only share a hash, the
// second payment is yielded at the end, out of order.
//
// The sequence can be read more than once; it is not safe for concurrent use.
func Decode(ctx context.Context, srcs *Sources, opts Options) iter.Seq2[*Payment, error] {
	return func(yield func(*Payment, error) bool) {
		d := &decoder{opts: opts, yield: func(p *Payment) bool { return yield(p, nil) }}
		d.index.hash = opts.hash
		if s := opts.Selection; s != nil {
			d.named, d.excluded = make([]bool, len(s.ids.list)), make([]bool, len(s.excludes.list))
		}
		err := d.sources(ctx, srcs)
		if err == nil && !d.stopped {
			err = d.settleTwins(ctx, srcs)
		}
		if d.stopped {
			return
		}
		if err == nil {
			d.undeclared()
			err = d.faults.errors()
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// A decoder is the state of one run over all sources.
type decoder struct {
	opts     Options
	yield    func(*Payment) bool
	stopped  bool // the consumer wants no more
	faults   faultList
	source   int // index of the source being read
	file     string
	lines    *lineReader
	tree     tree // reused from batch to batch
	fastTree tree // reused from payment to payment
	index    IDIndex
	twins    []twin
	find     *finder // set in the second run, which looks for first places
	named    []bool  // by index in the selection's ids: was declared
	excluded []bool
}

func (d *decoder) fault(e *Error) {
	if d.find == nil {
		d.faults.add(d.source, e)
	}
}

// sources reads all sources. The error is one of reading or of ctx.
func (d *decoder) sources(ctx context.Context, srcs *Sources) error {
	for i, s := range srcs.list {
		d.source, d.file = i, s.Name
		if err := d.read(ctx, s); err != nil || d.stopped {
			return err
		}
	}
	return nil
}

// read decodes one source and makes sure that it still is what was hashed.
func (d *decoder) read(ctx context.Context, s *Source) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("read %s: %w", s.Name, err)
	}
	f, err := s.open()
	if err != nil {
		return fmt.Errorf("open %s: %w", s.Name, err)
	}
	defer f.Close() //nolint:errcheck // only read from
	h := sha256.New()
	d.lines = newLineReader(io.TeeReader(f, h), func(line, col int, msg, hint string) {
		d.fault(&Error{Pos: Pos{s.Name, line, col}, Msg: msg, Hint: hint})
	})
	if err := d.documents(ctx); err != nil {
		return fmt.Errorf("read %s: %w", s.Name, err)
	}
	if !d.stopped && [sha256.Size]byte(h.Sum(nil)) != s.SHA256 {
		d.fault(&Error{Pos: Pos{File: s.Name}, Msg: "file was changed while it was read", Hint: "run again when nothing writes to it"})
	}
	return nil
}

// documents cuts a source into documents.
func (d *decoder) documents(ctx context.Context) error {
	x := newDocument(d)
	found, ended := false, false
	finish := func(last bool) {
		x.end(last)
		found = found || !x.empty
	}
	for !d.stopped {
		line, err := d.lines.next()
		if errors.Is(err, io.EOF) {
			finish(true)
			break
		}
		if err != nil {
			return err
		}
		if d.lines.num%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if ended = isMarker(line, "..."); ended || (x.started && isMarker(line, "---")) {
			finish(false)
			x = newDocument(d)
		}
		if !ended {
			x.line(line, d.lines.num, d.lines.bad == d.lines.num)
		}
	}
	if !found && !d.stopped {
		d.nothing()
	}
	return nil
}

// nothing reports a source without any document.
func (d *decoder) nothing() {
	msg := "file has only comments"
	if d.lines.num == 0 {
		msg = "file is empty"
	}
	d.fault(&Error{
		Pos: Pos{File: d.file}, Msg: msg,
		Hint: "a manifest starts with apiVersion: " + apiVersion + "; was the export interrupted?",
	})
}

// payment takes in one payment, by its index in its document. Its id counts even when the rest has faults.
func (d *decoder) payment(p *Payment, index int, ok bool) {
	if p.ID == "" {
		return
	}
	base := p.ID.Base()
	if d.find != nil {
		d.find.seen(base, d.source, p.Pos)
		return
	}
	if s := d.opts.Selection; s != nil {
		s.ids.mark(base, d.named)
		s.excludes.mark(base, d.excluded)
	}
	if !d.index.Add(base) {
		d.addTwin(twin{base, d.source, index, p, ok})
		return
	}
	d.hand(p, ok)
}

// hand yields a payment that is without fault and selected.
func (d *decoder) hand(p *Payment, ok bool) {
	if ok && d.opts.Selection.Match(p) && !d.yield(p) {
		d.stopped = true
	}
}

// undeclared reports ids of the selection that no manifest has. When there are
// other faults, they may be why.
func (d *decoder) undeclared() {
	s := d.opts.Selection
	if s == nil || len(d.faults.kept) > 0 {
		return
	}
	report := func(set *idSet, seen []bool, what string) {
		for i, g := range set.list {
			if !seen[i] {
				d.faults.add(-1, &Error{Pos: g.pos, Msg: "payment " + quote(g.text) + " is " + what + ", and no manifest declares it", Hint: "check the id"})
			}
		}
	}
	report(&s.ids, d.named, "selected")
	report(&s.excludes, d.excluded, "excluded")
}

func (s *idSet) mark(base string, seen []bool) {
	if i, ok := s.index[base]; ok {
		seen[i] = true
	}
}
