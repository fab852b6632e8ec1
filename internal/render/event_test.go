package render_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// received is an event of each effect.
func received() []render.StreamEvent {
	in := &plan.Intent{Seq: 7, Payment: "3066177123", Op: spec.Capture, Ref: "ship-1", Amount: 8000, Currency: "EUR"}
	e := apply.Event{
		ID: "e-1", Type: "payment.captured", Created: noon, Payment: "3066177123", OperationID: "3066177123_1",
		Code: 9, HasCode: true, Amount: spec.Money{Minor: 8000, Currency: "EUR"}, Received: noon.Add(time.Minute),
	}
	hostile := apply.Event{ID: "\x1b[31m", Type: "x\n::error::y", OperationID: "\u202e", Received: noon}
	return []render.StreamEvent{
		render.ReceivedEvent(e, 9, apply.EventVerdict{Intent: 7, State: plan.StateSettled, Message: "settled by webhook e-1"}, in),
		render.ReceivedEvent(e, 11, apply.EventVerdict{Intent: 7, State: plan.StateRefused, Message: "refused by webhook e-1"}, in),
		render.ReceivedEvent(e, 13, apply.EventVerdict{Intent: 7, Message: "known already"}, in),
		render.ReceivedEvent(e, 14, apply.EventVerdict{Intent: 7, Alarm: true, Message: "it shows 80.00 EUR and not 8.00 EUR"}, in),
		render.ReceivedEvent(e, 15, apply.EventVerdict{Message: "of no call in this journal"}, nil),
		render.ReceivedEvent(e, 0, apply.EventVerdict{}, nil),
		render.ReceivedEvent(hostile, 16, apply.EventVerdict{Message: "of no call in this journal"}, nil),
	}
}

// noticed are the events about the first intent of a history.
func noticed(i plan.Intent) ([]render.Notice, error) {
	if i.Seq != history()[0].Seq {
		return nil, nil
	}
	return []render.Notice{
		{Seq: 20, ReceivedAt: noon, EventID: "e-1", Type: "payment.capture_requested", OperationID: "3066177123_1", Code: 91, Message: "still at work"},
		{Seq: 21, ReceivedAt: noon, EventID: "e-2", Type: "payment.captured", OperationID: "3066177123_1", Code: 9, State: plan.StateSettled, Message: "settled by webhook e-2"},
		{Seq: 23, ReceivedAt: noon, EventID: "e-3\x1b", Type: "x", OperationID: "3066177123_1", Code: -1, Message: "no status"},
	}, nil
}

func TestEventLines(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	for _, e := range received() {
		require.NoError(t, render.EventLine(&b, e, render.Style{}))
	}
	golden(t, "events.txt", b.String())
}

// A failure to read what the platform said ends the list like every other.
func TestNoticesFail(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	o := render.IntentOptions{Verbose: true, Notices: func(plan.Intent) ([]render.Notice, error) { return nil, broken }}
	require.ErrorIs(t, render.Intents(io.Discard, intents(history()...), o), broken)
	require.ErrorIs(t, render.IntentsJSON(io.Discard, plan.JournalRef{}, intents(history()...), o), broken)
}
