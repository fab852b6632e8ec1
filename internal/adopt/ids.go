package adopt

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// maxFaults bounds what is kept.
const maxFaults = 1000

// IDs is a list of payments in the order in which they were given, each once,
// at some thirty bytes a payment. The zero IDs is empty and ready for use.
type IDs struct {
	text     []byte // one a line
	seen     spec.IDIndex
	odd      map[string]bool // base ids that are no numbers, of which the index is not certain
	count    int64
	repeated int64
	faults   spec.Errors
	dropped  int
}

// Add adds a payment by its id in any spelling, unless it is there already.
// name says in messages where it was given.
func (l *IDs) Add(text, name string) { l.add(text, spec.Pos{File: name}) }

func (l *IDs) add(text string, pos spec.Pos) {
	id, err := spec.ParsePaymentID(text)
	if err != nil {
		l.fault(pos, err)
		return
	}
	if !l.first(id.Base()) {
		l.repeated++
		return
	}
	l.count++
	l.text = append(append(l.text, id...), '\n')
}

// first reports that a base id is new, and takes it in.
func (l *IDs) first(base string) bool {
	if len(base) <= 18 && strings.Trim(base, "0123456789") == "" {
		return l.seen.Add(base)
	}
	if l.odd == nil {
		l.odd = map[string]bool{}
	}
	if l.odd[base] {
		return false
	}
	l.odd[base] = true
	return true
}

func (l *IDs) fault(pos spec.Pos, err error) {
	if len(l.faults) == maxFaults {
		l.dropped++
		return
	}
	e := *err.(*spec.Error) //nolint:errorlint,forcetypeassert // ParsePaymentID says so
	e.Pos = pos
	l.faults = append(l.faults, &e)
}

// Read adds the payments of a file: one id a line; blank lines and those that
// start with # are skipped.
func (l *IDs) Read(r io.Reader, name string) error {
	lines := bufio.NewScanner(r)
	before := l.count + l.repeated
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if text != "" && text[0] != '#' {
			l.add(text, spec.Pos{File: name, Line: n, Col: 1})
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read ids file %s: %w", name, err)
	}
	if l.count+l.repeated == before && len(l.faults) == 0 {
		l.faults = append(l.faults, &spec.Error{Pos: spec.Pos{File: name}, Msg: "file names no payment", Hint: "write one payment id a line"})
	}
	return nil
}

// Err returns what is wrong with the ids, as spec.Errors: the first 1,000
// faults, and how many more.
func (l *IDs) Err() error {
	switch {
	case len(l.faults) == 0:
		return nil
	case l.dropped > 0:
		return append(l.faults, &spec.Error{Msg: fmt.Sprintf("%d more faults are not listed", l.dropped), Hint: "is it a file of payment ids?"})
	}
	return l.faults
}

// Count returns how many payments there are.
func (l *IDs) Count() int64 { return l.count }

// Repeated returns how many ids were given that named a payment again.
func (l *IDs) Repeated() int64 { return l.repeated }

// All yields the payments. The error is always nil.
func (l *IDs) All() iter.Seq2[spec.PaymentID, error] {
	return func(yield func(spec.PaymentID, error) bool) {
		for line := range bytes.Lines(l.text) {
			if !yield(spec.PaymentID(line[:len(line)-1]), nil) {
				return
			}
		}
	}
}
