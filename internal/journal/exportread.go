package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
)

// exportWindow is how many numbers are read at a time.
const exportWindow = 1024

// A recordReader reads the records of an environment and merchant as they are
// exported.
type recordReader struct {
	j           *Journal
	environment string
	merchant    string
	kinds       []exportKind
}

// each calls f for every record with a number above after, up to last, in their
// order, with its line. While f works on some of them, the next are read.
func (r *recordReader) each(ctx context.Context, after, last int64, f func(exportRecord, []byte) error) (err error) {
	if r.kinds, err = r.j.exports(ctx); err != nil {
		return err
	}
	reading, cancel := context.WithCancel(ctx)
	windows := make(chan window)
	go r.windows(reading, after, last, windows)
	defer func() { // the reading has ended when each returns
		cancel()
		for range windows {
		}
	}()
	for w := range windows {
		if w.err != nil {
			return w.err
		}
		for _, x := range w.records {
			if x == nil {
				continue // of another environment or merchant
			}
			line, err := lineOf(x)
			if err == nil {
				err = f(x, line)
			}
			if err != nil {
				return err
			}
		}
	}
	return ctx.Err() // which ends the windows early
}

// A window is a run of records by number, or why they could not be read.
type window struct {
	records []exportRecord
	err     error
}

// windows reads records until there are no more, something fails, or ctx ends.
func (r *recordReader) windows(ctx context.Context, after, last int64, out chan<- window) {
	defer close(out)
	for ; after < last; after += exportWindow {
		var w window
		w.records, w.err = r.window(ctx, after, min(after+exportWindow, last))
		select {
		case out <- w:
		case <-ctx.Done():
			return
		}
		if w.err != nil {
			return
		}
	}
}

func (r *recordReader) window(ctx context.Context, after, last int64) ([]exportRecord, error) {
	records := make([]exportRecord, last-after) // by number
	for _, k := range r.kinds {
		if err := r.read(ctx, k, after, last, records); err != nil {
			return nil, err
		}
	}
	for _, x := range records {
		if p, ok := x.(*exportPlan); ok {
			if err := r.measure(ctx, p); err != nil {
				return nil, err
			}
		}
	}
	return records, nil
}

// read fills in the records of a kind.
func (r *recordReader) read(ctx context.Context, k exportKind, after, last int64, records []exportRecord) error {
	rows, err := r.j.reads.QueryContext(ctx, k.query, r.environment, r.merchant, after, last)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err says what there is to say
	for rows.Next() {
		x := k.record()
		if err := rows.Scan(x.fields()...); err != nil {
			return err
		}
		records[x.seq()-after-1] = x
	}
	return rows.Err()
}

// measure reads the bytes of a plan, and who made it.
func (r *recordReader) measure(ctx context.Context, p *exportPlan) error {
	sum := sha256.New()
	var first firstLine
	var err error
	p.Size, err = io.Copy(io.MultiWriter(sum, &first), &planReader{ctx: ctx, j: r.j, plan: p.Seq, chunks: p.chunks})
	if err != nil {
		return err
	}
	p.SHA256 = hex.EncodeToString(sum.Sum(nil))
	var h struct{ Kind, Maker, Policy, Approvers string }
	if json.Unmarshal(first.text, &h) == nil && h.Kind == "header" {
		p.Maker, p.Policy, p.Approvers = h.Maker, h.Policy, h.Approvers
	}
	return nil
}

// A firstLine keeps the first line of what is written to it, unless it is longer
// than any header.
type firstLine struct {
	text  []byte
	whole bool
}

// headerLimit is the longest header of a plan that is looked into.
const headerLimit = 8 << 20

func (f *firstLine) Write(b []byte) (int, error) {
	if f.whole {
		return len(b), nil
	}
	line := b
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		line, f.whole = b[:i], true
	}
	if len(f.text)+len(line) > headerLimit {
		f.text, f.whole = nil, true
		return len(b), nil
	}
	f.text = append(f.text, line...)
	return len(b), nil
}
