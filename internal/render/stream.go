package render

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// StatusPlanned is how the totals of a stream call money that a plan would
// move.
const StatusPlanned = "planned"

// A Stream writes messages, one a line, each on its way to the reader when the
// method returns. It is safe for concurrent use. Its first error stays, and
// nothing is written after it: work goes on whether or not somebody reads.
type Stream struct {
	out io.Writer
	now func() time.Time

	mu       sync.Mutex
	command  string
	payments int64
	calls    int64
	money    []StreamMoney
	last     StreamSummary
	err      error
}

// NewStream returns a stream that writes to w.
func NewStream(w io.Writer, now func() time.Time) *Stream { return &Stream{out: w, now: now} }

// Err is the first error of the writer.
func (s *Stream) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Header says which command this is, and for what plan when there is one.
func (s *Stream) Header(h StreamHeader) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.command = h.Command
	return s.send(StreamMessage{Type: "header", Header: &h})
}

// PlanHeader is the header of a command about a plan.
func PlanHeader(command, planID, contentID string, payments, calls int64, h plan.Header) StreamHeader {
	head := planHead(h)
	return StreamHeader{Command: command, PlanID: planID, ContentID: contentID, Payments: payments, Calls: calls, Plan: &head}
}

// Payment writes one payment of a plan, whose calls count as planned.
func (s *Stream) Payment(e *plan.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.payments++
	for _, a := range e.Content.Actions {
		if a.Kind.Calls() {
			s.calls++
			s.add(string(a.Kind), StatusPlanned, a.Amount, e.Content.Currency)
		}
	}
	p := planPayment(e)
	return s.send(StreamMessage{Type: "payment", Payment: &p})
}

// Result writes what became of one action.
func (s *Stream) Result(r apply.Result) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Action.Kind.Calls() {
		s.calls++
	}
	if r.Action.Key != "" {
		s.add(string(r.Action.Op), string(r.Status), r.Action.Amount, r.Currency)
	}
	result := runResult(r)
	return s.send(StreamMessage{Type: "result", Result: &result})
}

// Looked counts a payment that is through. A nil Stream counts nothing.
func (s *Stream) Looked() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.payments++
}

// Progress says how far long work has come; a total of 0 is not known yet.
func (s *Stream) Progress(done, total int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.send(StreamMessage{Type: "progress", Progress: &StreamProgress{Done: done, Total: total}})
}

// Diagnostic says what is wrong, or not well.
func (s *Stream) Diagnostic(d StreamDiagnostic) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.send(StreamMessage{Type: "diagnostic", Diagnostic: &d})
}

// Planned keeps what a plan comes to for the summary.
func (s *Stream) Planned(f plan.Footer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tail := planTail(f)
	s.last.Plan = &tail
}

// Ran keeps what became of a run, and the head of the audit log if there is one,
// for the summary.
func (s *Stream) Ran(sum apply.Summary, head *AuditHead) {
	s.mu.Lock()
	defer s.mu.Unlock()
	run := runSummary(sum)
	s.last.Run, s.last.AuditHead = &run, head
}

// Validated counts payments that are declared without fault.
func (s *Stream) Validated(payments int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.payments = payments
}

// Close writes the last message: how the command ended.
func (s *Stream) Close(exitCode int, meaning string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last.ExitCode, s.last.Meaning = exitCode, meaning
	return s.send(StreamMessage{Type: "summary", Summary: &s.last})
}

// add counts money. A sum that is too large to be counted stays at the largest
// number; a plan that adds up has none. The caller holds the lock.
func (s *Stream) add(action, status string, minor int64, c spec.Currency) {
	i, found := slices.BinarySearchFunc(s.money, StreamMoney{Action: action, Status: status, Amount: Money{Currency: string(c)}}, compareMoney)
	if !found {
		s.money = slices.Insert(s.money, i, StreamMoney{Action: action, Status: status, Amount: moneyOf(0, c)})
	}
	m := &s.money[i]
	m.Calls++
	if minor > 0 {
		m.Amount = moneyOf(m.Amount.Minor+min(minor, math.MaxInt64-m.Amount.Minor), c)
	}
}

func compareMoney(a, b StreamMoney) int {
	return cmp.Or(cmp.Compare(a.Amount.Currency, b.Amount.Currency), cmp.Compare(a.Action, b.Action), cmp.Compare(a.Status, b.Status))
}

// send writes one message with the totals so far. The caller holds the lock.
func (s *Stream) send(m StreamMessage) error {
	if s.err != nil {
		return s.err
	}
	m.FormatVersion, m.Time = FormatVersion, s.now().UTC()
	m.Totals = StreamTotals{Payments: s.payments, Calls: s.calls, Money: s.money}
	if m.Totals.Money == nil {
		m.Totals.Money = []StreamMoney{}
	}
	b, err := encode(m)
	if err == nil {
		_, err = s.out.Write(append(b, '\n'))
	}
	if err != nil {
		s.err = fmt.Errorf("write output: %w", err)
	}
	return s.err
}
