package sandbox

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
)

// stateFormat is the version of the state that SaveState writes.
const stateFormat = 1

// A stateHead is the first line of a state.
type stateHead struct {
	Sandbox   int       `json:"sandbox"` // stateFormat
	Merchant  string    `json:"merchant"`
	Seed      uint64    `json:"seed"`
	Ahead     int64     `json:"ahead"` // nanoseconds that the clock was moved
	Payment   uint64    `json:"nextPayment"`
	Seeded    uint64    `json:"nextSeeded"`
	Errors    []uint64  `json:"errors"`
	Behaviour Behaviour `json:"behaviour"`
}

// A stateTail is the last line. Without it a state is cut off.
type stateTail struct {
	Lines int    `json:"lines"`
	Sum   string `json:"sha256"` // of all lines before
}

// A stateLine is a line in between: one thing that the sandbox holds. Of is what
// the mirror of the thing reads.
type stateLine struct {
	Kind string          `json:"kind"`
	ID   string          `json:"id,omitempty"`
	Of   json.RawMessage `json:"of"`
}

// StateChanged says whether anything has changed since the state was saved or
// loaded. Reading counts as a change: it may settle what is due.
func (s *Sandbox) StateChanged() bool { return s.gate.changed.Load() }

// SaveState writes everything that the sandbox holds, and how it behaves, so
// that LoadState can go on from there: JSON, one thing a line, and a checksum.
// Faults and the counts of requests are not part of it. Requests wait while it
// runs; those that a fault holds up are as if they had not arrived. It holds
// what clients have sent, card numbers too.
func (s *Sandbox) SaveState(w io.Writer) error {
	s.gate.mu.Lock()
	defer s.gate.mu.Unlock()
	s.gate.changed.Store(false) // first: what changes from here on may be missing
	out := &stateWriter{w: bufio.NewWriterSize(w, 1<<16), sum: sha256.New()}
	head := stateHead{
		Sandbox: stateFormat, Merchant: s.merchantID, Seed: s.seed, Ahead: s.clock.offset.Load(),
		Payment: s.nextPayment.Load(), Seeded: s.nextSeeded.Load(), Behaviour: *s.behaviour.Load(),
	}
	for i := range s.errorCounts {
		head.Errors = append(head.Errors, s.errorCounts[i].Load())
	}
	out.line(head)
	s.saveAll(out)
	out.line(stateTail{out.lines, hex.EncodeToString(out.sum.Sum(nil))})
	if out.err == nil {
		out.err = out.w.Flush()
	}
	if out.err != nil {
		s.gate.touch()
		return fmt.Errorf("save the state: %w", out.err)
	}
	return nil
}

// A stateWriter writes lines until one fails.
type stateWriter struct {
	w     *bufio.Writer
	sum   hash.Hash
	lines int
	text  []byte // of a line
	err   error
}

func (w *stateWriter) line(v any) {
	if w.err != nil {
		return
	}
	var text []byte
	if text, w.err = json.Marshal(v); w.err == nil {
		w.write(append(text, '\n'))
	}
}

func (w *stateWriter) write(text []byte) {
	w.sum.Write(text)
	w.lines++
	_, w.err = w.w.Write(text)
}

// thing writes one thing; v is a pointer to it.
func (w *stateWriter) thing(kind, id string, v any) {
	if w.err != nil {
		return
	}
	var of []byte
	if of, w.err = json.Marshal(mirror(v)); w.err != nil {
		return
	}
	w.text = append(w.text[:0], `{"kind":`...)
	w.text = appendString(w.text, kind)
	w.text = appendField(w.text, "id", id)
	w.text = append(append(append(w.text, `,"of":`...), of...), '}', '\n')
	w.write(w.text)
}

// LoadState fills a new sandbox of the same merchant with what SaveState wrote.
// When it fails, the sandbox is of no more use.
func (s *Sandbox) LoadState(r io.Reader) (err error) {
	s.hub.running.Lock() // nothing happens by itself before all is there
	defer s.hub.running.Unlock()
	defer func() {
		if bug := recover(); bug != nil {
			err = fmt.Errorf("load the state: %v", bug)
		}
		if err != nil {
			s.hub.drop()
		}
	}()
	in := &stateReader{r: bufio.NewReaderSize(r, 1<<16), sum: sha256.New()}
	if err := s.load(in); err != nil {
		return fmt.Errorf("load the state: line %d: %w", in.lines+1, err)
	}
	s.gate.changed.Store(false)
	return nil
}
