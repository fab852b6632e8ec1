package plan

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/go-json-experiment/json"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Entries streams the payments of a plan file that was verified. It checks no
// hash, but every entry by itself: what cannot be read, does not add up, or
// carries a key that its call does not have, it yields as an error that wraps
// ErrFormat, and ends.
func Entries(r io.Reader) iter.Seq2[*Entry, error] {
	return func(yield func(*Entry, error) bool) {
		for p, err := range placedEntries(r) {
			if !yield(p.entry, err) {
				return
			}
		}
	}
}

// A placed entry knows where its line is.
type placed struct {
	entry  *Entry
	env    Env // of the file
	offset int64
	length int
}

func placedEntries(r io.Reader) iter.Seq2[placed, error] {
	return func(yield func(placed, error) bool) {
		s := bufio.NewScanner(r)
		s.Buffer(make([]byte, 64<<10), maxLine+1)
		var start, next int64
		s.Split(func(data []byte, atEOF bool) (int, []byte, error) {
			n, token, err := bufio.ScanLines(data, atEOF)
			start, next = next, next+int64(n)
			return n, token, err
		})
		var env Env
		for n := 1; s.Scan(); n++ {
			switch {
			case n == 1:
				h, err := parseHeader(s.Bytes())
				if err != nil {
					yield(placed{}, err)
					return
				}
				env = h.Env()
				continue
			case bytes.HasPrefix(s.Bytes(), []byte(footerPrefix)):
				return
			}
			e, err := parseEntry(s.Bytes(), env)
			if err != nil {
				yield(placed{}, fmt.Errorf("%w: line %d: %w", ErrFormat, n, err))
				return
			}
			if !yield(placed{entry: e, env: env, offset: start, length: len(s.Bytes())}, nil) {
				return
			}
		}
		if err := s.Err(); err != nil {
			yield(placed{}, fmt.Errorf("read the plan: %w", err))
			return
		}
		yield(placed{}, fmt.Errorf("%w: it ends without its footer", ErrTruncated))
	}
}

// parseEntry reads a line strictly: names in their own case and none twice, so
// that everybody who reads the file reads the same amounts. Names that it does
// not know it ignores.
func parseEntry(b []byte, env Env) (*Entry, error) {
	var l line
	if err := json.Unmarshal(b, &l); err != nil {
		return nil, err
	}
	e := &Entry{Source: l.Source, ObservedAt: l.ObservedAt, Content: l.Content}
	c := &e.Content
	if l.Kind != "payment" {
		return nil, fmt.Errorf("it is a %q, not a payment", l.Kind)
	}
	if _, err := spec.ParsePaymentID(string(c.Payment)); err != nil {
		return nil, err
	}
	c.Have.At = l.ObservedAt
	for i := range c.Have.Operations {
		c.Have.Operations[i].Currency = c.Have.Currency
	}
	if err := e.Check(); err != nil {
		return nil, err
	}
	for _, a := range c.Actions {
		if a.Key != "" && !a.Kind.Calls() && a.Kind != Deferred {
			return nil, errors.New("a " + string(a.Kind) + " action has the key of a call")
		}
		if (a.Kind.Calls() || a.Key != "") && a.Key != KeyFor(env, c.Payment, c.Currency, a) {
			return nil, errors.New("the " + string(a.Op) + " " + a.Ref + " does not have the key of its call")
		}
	}
	return e, nil
}
