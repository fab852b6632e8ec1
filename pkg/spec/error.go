package spec

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// A Pos is a place in a manifest. Line and Col count from one; Col counts
// characters, not bytes. The zero Pos is no place.
type Pos struct {
	File      string
	Line, Col int
}

// String returns "orders.yaml:12:5", and less of it when less is known.
func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	s := strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Col)
	if p.File == "" {
		return s
	}
	return p.File + ":" + s
}

// An Error is one fault in what a merchant wrote: where it is, what is wrong
// and what to do about it. It never quotes what looks like a card number.
type Error struct {
	Pos  Pos
	Path string // "spec.payments[3].refunded"; "" when the place says it all
	Msg  string // lower case, without a full stop
	Hint string // printed on a line of its own; "" when there is nothing to add
}

// Error returns "orders.yaml:12:5: spec.payments[3].refunded: msg". The hint
// is left to the caller.
func (e *Error) Error() string {
	var b strings.Builder
	for _, part := range [...]string{e.Pos.String(), e.Path} {
		if part != "" {
			b.WriteString(part)
			b.WriteString(": ")
		}
	}
	b.WriteString(e.Msg)
	return b.String()
}

// Errors is every fault found in one run, ordered by input and place.
type Errors []*Error

// Error lists all faults, one a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, f := range e {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap makes each fault reachable by errors.As.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, f := range e {
		all[i] = f
	}
	return all
}

// maxFaults bounds what is kept when an export is broken throughout: beyond
// it faults are counted and not listed.
const maxFaults = 10_000

// A faultList gathers faults of several inputs.
type faultList struct {
	kept    []placed
	dropped int
}

type placed struct {
	source int // index of the input
	err    *Error
}

func (l *faultList) add(source int, e *Error) {
	if len(l.kept) >= maxFaults {
		l.dropped++
		return
	}
	l.kept = append(l.kept, placed{source, e})
}

// errors returns the faults by input and place, or nil when there are none.
func (l *faultList) errors() error {
	if len(l.kept) == 0 {
		return nil
	}
	slices.SortStableFunc(l.kept, func(a, b placed) int {
		return cmp.Or(
			cmp.Compare(a.source, b.source),
			cmp.Compare(a.err.Pos.Line, b.err.Pos.Line),
			cmp.Compare(a.err.Pos.Col, b.err.Pos.Col),
		)
	})
	all := make(Errors, 0, len(l.kept)+1)
	for _, p := range l.kept {
		all = append(all, p.err)
	}
	if l.dropped > 0 {
		all = append(all, &Error{
			Msg:  strconv.Itoa(l.dropped) + " more faults are not listed",
			Hint: "mend the ones above first; they often have one cause",
		})
	}
	return all
}

// at gives an error of this package its place. Errors of another type become
// the message.
func at(err error, pos Pos, path string) *Error {
	var e *Error
	if !errors.As(err, &e) {
		return &Error{Pos: pos, Path: path, Msg: err.Error()}
	}
	placed := *e
	placed.Pos, placed.Path = pos, path
	return &placed
}
