package csvimport

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Options says how a file is read.
type Options struct {
	Columns         Columns
	Currency        spec.Currency // of rows that name none
	Decimal         byte          // '.' or ','; 0 is not said
	Delimiter       byte          // 0 is found from the first line
	Encoding        string        // "", "utf-8", "windows-1252" or "latin1"
	NegativeRefunds bool          // a negative capture or refund is a refund of so much
	NoHeader        bool          // the first row is one like the others
	As              spec.Mode     // spec.Items or spec.Total
}

// Encodings are the names of those that are read.
var Encodings = []string{"utf-8", "windows-1252", "latin1"}

var charmaps = map[string]encoding.Encoding{"windows-1252": charmap.Windows1252, "latin1": charmap.ISO8859_1}

// Counts says what was read.
type Counts struct {
	Rows     int64 // that hold something
	Payments int64 // that take was given
}

// Read reads a file and gives each payment to take, in the order in which they
// first occur; rows of one payment become one, wherever they stand. Faults
// do not end it: when there are any it returns spec.Errors in the end, the
// first 1,000 by place, and how many more. Faults that take returns, as
// spec.Errors with paths that start at the payment, are among them, at the
// places of their cells; any other error of take ends the reading.
//
// The file is read twice. Memory grows by up to 17 bytes a payment and by the
// rows that do not stand together with the others of their payment.
func Read(ctx context.Context, src *spec.Source, o Options, take func(*spec.Payment) error) (Counts, error) {
	list := &faults{file: src.Name}
	for _, f := range o.check() {
		list.add(f)
	}
	if err := list.err(); err != nil {
		return Counts{}, err
	}
	late, err := o.stragglers(ctx, src)
	if err != nil {
		return Counts{}, err
	}
	b := &builder{o: &o, faults: list, take: take, late: late}
	if err := o.each(ctx, src, list.add, b.row); err != nil {
		return b.counts, err
	}
	if err := b.flush(); err != nil {
		return b.counts, err
	}
	if b.counts.Rows == 0 && len(list.kept) == 0 {
		list.add(&spec.Error{Pos: spec.Pos{File: src.Name}, Msg: "file has no rows", Hint: "was the export interrupted?"})
	}
	return b.counts, list.err()
}

// each hands on the rows that hold something, and makes sure that the file is
// the one that was looked at first.
func (o *Options) each(ctx context.Context, src *spec.Source, emit func(*spec.Error), do func(*row) error) error {
	f, err := src.Open()
	if err != nil {
		return fmt.Errorf("open %s: %w", src.Name, err)
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	in := io.TeeReader(f, h)
	text := in
	if m := charmaps[o.Encoding]; m != nil {
		text = m.NewDecoder().Reader(in)
	}
	s := newScanner(text, src.Name, emit)
	if charmaps[o.Encoding] != nil {
		s.encoding = o.Encoding
	}
	if err := o.rows(ctx, s, do); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return fmt.Errorf("read %s: %w", src.Name, err)
	}
	if [sha256.Size]byte(h.Sum(nil)) != src.SHA256 {
		emit(&spec.Error{Pos: spec.Pos{File: src.Name}, Msg: "file was changed while it was read", Hint: "run again when nothing writes to it"})
	}
	return nil
}

func (o *Options) rows(ctx context.Context, s *scanner, do func(*row) error) error {
	l, err := o.open(s)
	if l == nil || err != nil {
		return err
	}
	for {
		cells, err := s.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", s.file, err)
		}
		if s.line%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if !slices.ContainsFunc(cells, func(c cell) bool { return trim(c.text) != "" }) {
			continue
		}
		if len(cells) != l.fields {
			s.fault(cells[0].line, 1, fmt.Sprintf("row has %d columns, and there should be %d", len(cells), l.fields),
				"a value with the delimiter in it needs quotes around it; was the file cut off here?")
			continue
		}
		if err := do(l.pick(cells)); err != nil {
			return err
		}
	}
}

// stragglers returns the rows that do not stand together with the others of
// their payment, packed, by base id.
func (o *Options) stragglers(ctx context.Context, src *spec.Source) (map[string][]byte, error) {
	late := map[string][]byte{}
	var seen spec.IDIndex
	last, straggles := "", false
	err := o.each(ctx, src, func(*spec.Error) {}, func(r *row) error {
		id, err := paymentID(r.text(ID))
		if err != nil {
			return nil // told in the second reading
		}
		if base := id.Base(); base != last {
			last, straggles = strings.Clone(base), !seen.Add(base)
		}
		if straggles && len(late[last]) <= maxPacked { // more is a fault, which is told in the second reading
			late[last] = r.pack(late[last])
		}
		return nil
	})
	return late, err
}

// maxPacked bounds what is kept of the rows of one payment, in bytes.
const maxPacked = 256 << 10

// maxFaults bounds what is kept.
const maxFaults = 1000

// faults gathers what is wrong.
type faults struct {
	file    string
	kept    spec.Errors
	dropped int
}

func (l *faults) add(e *spec.Error) {
	if len(l.kept) == maxFaults {
		l.dropped++
		return
	}
	l.kept = append(l.kept, e)
}

func (l *faults) err() error {
	if len(l.kept) == 0 {
		return nil
	}
	slices.SortStableFunc(l.kept, func(a, b *spec.Error) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col))
	})
	if l.dropped > 0 {
		return append(l.kept, &spec.Error{
			Pos: spec.Pos{File: l.file}, Msg: fmt.Sprintf("%d more faults are not listed", l.dropped),
			Hint: "mend the ones above first; they often have one cause",
		})
	}
	return l.kept
}
