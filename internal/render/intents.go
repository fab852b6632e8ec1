package render

import (
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// An Event is a record that a journal holds about an intent: first the intent
// itself, then each outcome with its evidence.
type Event struct {
	Seq         int64
	Actor       string // who ran the process that recorded it
	ToolVersion string
	Outcome     apply.Outcome
}

// A Notice is an event of the platform about an intent, as a journal holds it.
type Notice struct {
	Seq         int64
	ReceivedAt  time.Time
	EventID     string
	Type        string
	OperationID string
	Code        int        // -1 when there is none
	State       plan.State // that it led to; "" when it was evidence only
	Message     string
}

// IntentOptions say how much of a journal is shown, and how.
type IntentOptions struct {
	Style   Style
	Bare    bool // says nothing where there is no call
	Verbose bool // also keys, plans, what approvers stated, and the events, as far as Events tells them
	// Events returns what is recorded about an intent, oldest first. It may be
	// nil.
	Events func(plan.Intent) ([]Event, error)
	// Notices returns the events of the platform about an intent, oldest first. It
	// may be nil.
	Notices func(plan.Intent) ([]Notice, error)
	// Plans yields the plans that are shown behind the calls, given those that
	// the calls are of. It may be nil.
	Plans func(of map[string]bool) iter.Seq2[apply.PlanRecord, error]
}

// Intents shows calls that a journal holds, one a line, in the order given.
//
//	12  2026-11-22 10:00:05 UTC  3066177123  refund rma-77  20.00 EUR  accepted  operation 3066177123_3
//	1 call
//	Plan 9f8e7d6c5b4a of 2026-11-22 10:00:00 UTC: unfinished
//	  approved by ada (signature) at 2026-11-22 09:58:12 UTC
func Intents(w io.Writer, intents iter.Seq2[plan.Intent, error], o IntentOptions) error {
	p := newPrinter(w, o.Style)
	t := &table{p: p}
	n, of := int64(0), map[string]bool{}
	for i, err := range intents {
		if err != nil {
			t.flush()
			_ = p.out.Flush() // the error that ended the list matters more
			return err
		}
		n++
		of[i.PlanID] = true
		r := p.intent(i)
		if o.Verbose {
			if r.below, err = p.details(i, o); err != nil {
				return err
			}
		}
		t.add(r)
		if p.err != nil {
			break
		}
	}
	t.flush()
	switch {
	case n > 0:
		p.line(count(n, "call"))
	case !o.Bare:
		p.line("No calls.")
	}
	if o.Plans != nil {
		for rec, err := range o.Plans(of) {
			if err != nil {
				_ = p.out.Flush() // the error that ended the list matters more
				return err
			}
			p.planRecord(rec, o.Verbose)
		}
	}
	return p.close()
}

// stateText says the state of an intent in the words of results.
func stateText(s plan.State) (string, role) {
	switch s {
	case plan.StateUnknown:
		return textOf(apply.StatusUnknown)
	case plan.StateIntended:
		return "IN DOUBT (may have been sent)", alarm
	case plan.StateAccepted:
		return textOf(apply.StatusAccepted)
	case plan.StateSettled:
		return textOf(apply.StatusSettled)
	case plan.StateRefused:
		return textOf(apply.StatusRefused)
	case plan.StateWithdrawn:
		return "withdrawn (nothing was sent)", plain
	}
	return Clean(string(s)), alarm
}

func (p *printer) intent(i plan.Intent) row {
	text, role := stateText(i.State)
	var notes []string
	if i.OperationID != "" {
		notes = append(notes, "operation "+p.word(i.OperationID))
	}
	if i.Final {
		notes = append(notes, "final")
	}
	if i.Attempt > 1 {
		notes = append(notes, fmt.Sprintf("attempt %d", i.Attempt))
	}
	return row{cells: []cell{
		{text: strconv.FormatInt(i.Seq, 10), right: true},
		{text: clock(i.At)},
		{text: p.word(i.Payment)},
		{text: p.clean(string(i.Op)) + " " + p.word(i.Ref)},
		{text: p.money(i.Amount, i.Currency), right: true},
		{text: text, role: role},
		{text: strings.Join(notes, ", ")},
	}}
}

// details are the lines below an intent.
func (p *printer) details(i plan.Intent, o IntentOptions) ([]string, error) {
	lines := []string{p.paint(faint, "key "+p.word(string(i.Key))+", plan "+p.word(short(i.PlanID)))}
	if o.Events != nil {
		all, err := o.Events(i)
		if err != nil {
			return nil, err
		}
		for _, e := range all {
			lines = append(lines, p.event(e)...)
		}
	}
	if o.Notices != nil {
		all, err := o.Notices(i)
		if err != nil {
			return nil, err
		}
		for _, n := range all {
			lines = append(lines, p.notice(n)...)
		}
	}
	return lines, nil
}

// event is a record with its evidence: the line of the record, then one a send.
func (p *printer) event(e Event) []string {
	o := e.Outcome
	text, role := stateText(o.State)
	if o.State == plan.StateIntended {
		text, role = "intended", plain
	}
	line := fmt.Sprintf("%s  record %d  %s", clock(o.At), e.Seq, p.paint(role, text))
	if o.Status != 0 {
		line += fmt.Sprintf("  HTTP %d", o.Status)
	}
	if o.Code != 0 {
		line += fmt.Sprintf("  status %d", o.Code)
	}
	if o.OperationID != "" {
		line += "  operation " + p.word(o.OperationID)
	}
	if o.Absent {
		line += "  not shown by a complete read"
	}
	if o.ErrorID != "" {
		line += "  error id " + p.word(o.ErrorID)
	}
	line += "  by " + p.word(e.Actor) + " with " + p.word(e.ToolVersion)
	lines := []string{line}
	if o.Message != "" {
		lines = append(lines, "  "+p.clean(o.Message))
	}
	if o.BodySHA != [32]byte{} {
		lines = append(lines, fmt.Sprintf("  body sha256 %x", o.BodySHA))
	}
	for _, s := range o.Sends {
		lines = append(lines, "  "+p.send(s))
	}
	return lines
}

// notice is an event of the platform: what it said, then what followed.
func (p *printer) notice(n Notice) []string {
	line := fmt.Sprintf("%s  record %d  webhook %s", clock(n.ReceivedAt), n.Seq, p.word(n.Type))
	if n.Code >= 0 {
		line += fmt.Sprintf("  status %d", n.Code)
	}
	line += "  operation " + p.word(n.OperationID) + "  event " + p.word(n.EventID)
	what := "evidence only: "
	if n.State != "" {
		what = ""
	}
	return []string{line, "  " + what + p.clean(n.Message)}
}

func (p *printer) send(s apply.Send) string {
	line := "sent " + clock(s.At)
	switch {
	case s.Failure != "":
		line += ": " + p.clean(s.Failure)
	case s.Status != 0:
		line += fmt.Sprintf(": HTTP %d", s.Status)
	default:
		line += ": no answer"
	}
	if s.ErrorID != "" {
		line += ", error id " + p.word(s.ErrorID)
	}
	if !s.Replayed.IsZero() {
		line += ", stored answer to the request of " + clock(s.Replayed)
	}
	if !s.ServerDate.IsZero() {
		line += ", server's clock " + clock(s.ServerDate)
	}
	return line
}
