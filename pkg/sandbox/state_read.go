package sandbox

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"time"
	"unique"
)

// A stateReader reads lines and adds up their checksum.
type stateReader struct {
	r     *bufio.Reader
	sum   hash.Hash
	lines int
}

// line reads the next line. It fails with io.ErrUnexpectedEOF where there is
// none, or only a part of one.
func (r *stateReader) line() ([]byte, error) {
	text, err := r.r.ReadBytes('\n')
	if errors.Is(err, io.EOF) {
		err = errors.New("the state is cut off")
	}
	return text, err
}

func (r *stateReader) count(text []byte) {
	r.sum.Write(text)
	r.lines++
}

func (s *Sandbox) load(in *stateReader) error {
	text, err := in.line()
	if err != nil {
		return err
	}
	if err := s.loadHead(text); err != nil {
		return err
	}
	in.count(text)
	for {
		text, err := in.line()
		if err != nil {
			return err
		}
		var l struct {
			stateLine
			stateTail
		}
		if err := decodeStrict(text, &l); err != nil {
			return err
		}
		if l.Sum != "" {
			return s.loaded(in, l.stateTail)
		}
		if err := s.loadThing(&l.stateLine); err != nil {
			return fmt.Errorf("%s %s: %w", l.Kind, l.ID, err)
		}
		in.count(text)
	}
}

func (s *Sandbox) loadHead(text []byte) error {
	head := stateHead{Behaviour: DefaultBehaviour()}
	var version struct {
		Sandbox int `json:"sandbox"`
	}
	if json.Unmarshal(text, &version) != nil || version.Sandbox == 0 {
		return errors.New("this is not the state of a sandbox")
	}
	if version.Sandbox != stateFormat {
		return fmt.Errorf("the state has format %d, this program reads format %d", version.Sandbox, stateFormat)
	}
	if err := decodeStrict(text, &head); err != nil {
		return err
	}
	switch {
	case head.Merchant != s.merchantID:
		return fmt.Errorf("the state is that of merchant %q, this sandbox is that of %q", head.Merchant, s.merchantID)
	case len(head.Errors) != len(s.errorCounts):
		return errors.New("the counts of errors are not complete")
	case head.Ahead < 0 || head.Payment < firstCreated || head.Seeded < firstSeeded:
		return errors.New("a number of the first line is out of its range")
	case s.nextPayment.Load() != firstCreated || len(s.payments.bases()) > 0:
		return errors.New("the sandbox is not new")
	}
	s.seed = head.Seed
	s.clock.advance(time.Duration(head.Ahead))
	s.nextPayment.Store(head.Payment)
	s.nextSeeded.Store(head.Seeded)
	for i, n := range head.Errors {
		s.errorCounts[i].Store(n)
	}
	return s.SetBehaviour(head.Behaviour)
}

// loaded compares the last line with what was read.
func (s *Sandbox) loaded(in *stateReader, tail stateTail) error {
	if tail.Lines != in.lines || tail.Sum != hex.EncodeToString(in.sum.Sum(nil)) {
		return errors.New("the checksum is not that of the lines: the state was changed or damaged")
	}
	if _, err := in.r.ReadByte(); !errors.Is(err, io.EOF) {
		return errors.New("there is something behind the last line")
	}
	s.batches.mu.Lock()
	defer s.batches.mu.Unlock()
	slices.SortStableFunc(s.batches.waiting, func(a, b *batch) int { return cmp.Compare(a.startedAt, b.startedAt) })
	s.batches.schedule()
	return nil
}

// read fills v, a pointer to a thing.
func (l *stateLine) read(v any) error {
	dec := json.NewDecoder(bytes.NewReader(l.Of))
	dec.DisallowUnknownFields()
	return dec.Decode(mirror(v))
}

// readThing returns the thing of a line.
func readThing[V any](l *stateLine) (*V, error) {
	v := new(V)
	return v, l.read(v)
}

// readOnto puts the thing of a line on a shelf.
func readOnto[V any](l *stateLine, shelf *shelf[*V]) error {
	v, err := readThing[V](l)
	if err == nil {
		shelf.put(l.ID, v)
	}
	return err
}

func (s *Sandbox) loadPayment(l *stateLine) error {
	p, err := readThing[payment](l)
	switch {
	case err != nil:
		return err
	case formatID(p.base, 0) != l.ID:
		return errors.New("the payment is not complete")
	}
	if err := p.sound(); err != nil {
		return err
	}
	p.currency = unique.Make(p.currency).Value()
	p.hook = s.hub.rehook(p.hook)
	if !s.payments.add(p) {
		return errors.New("it stands there twice")
	}
	p.awaitSettlement()
	return nil
}
