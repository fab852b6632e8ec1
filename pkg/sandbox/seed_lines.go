package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
)

// A lineDecoder decodes one JSON value a line with one decoder for all lines.
// It is of no use after an error.
type lineDecoder struct {
	rest []byte // of the line, not read yet
	read int64
	dec  *json.Decoder
}

func newLineDecoder() *lineDecoder {
	d := new(lineDecoder)
	d.dec = json.NewDecoder(d)
	d.dec.DisallowUnknownFields()
	return d
}

// Read gives the decoder what is left of the line: a value never spans two.
func (d *lineDecoder) Read(p []byte) (int, error) {
	if len(d.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, d.rest)
	d.rest = d.rest[n:]
	d.read += int64(n)
	return n, nil
}

// decode reads a line that has no space at its ends.
func (d *lineDecoder) decode(line []byte, v any) error {
	d.rest = line
	if err := d.dec.Decode(v); err != nil {
		return err
	}
	if d.read+int64(len(d.rest)) > d.dec.InputOffset() {
		return errors.New("more than one JSON value")
	}
	return nil
}

// SeedPayments adds n authorised card payments with ascending ids from
// 3000000001_0, or from where the last call ended; ids that are taken are
// passed over. The i-th payment, counted from 0 over all calls, is of
// 1000 + (i×7919 mod 99000) cents of EUR, one cent more where that is a magic
// amount, and has the merchant reference order-<i+1>.
func (s *Sandbox) SeedPayments(n int) {
	now := s.clock.now().UnixNano()
	for range n {
		for added := false; !added; {
			added = s.payments.add(s.plainPayment(now))
		}
	}
	s.gate.changed.Store(true)
}

func (s *Sandbox) plainPayment(now int64) *payment {
	base := s.nextSeeded.Add(1) - 1
	i := int64(base - firstSeeded)
	amount := 1000 + i*7919%99000
	if isMagic(amount) {
		amount++
	}
	p := &payment{base: base, amount: amount, currency: "EUR", product: 1, created: now, hook: s.hub.shared}
	p.refs = &references{merchant: "order-" + strconv.FormatInt(i+1, 10)}
	p.ops = []op{{
		source: fromSeed, code: codeAuthorized, first: codeAuthorized, of: -1, dueAt: never,
		amount: amount, requestedAt: now, changedAt: now, refs: p.refs, final: true,
	}}
	p.begin(s.behaviour.Load())
	return p
}
