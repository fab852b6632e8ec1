package webhooks

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// A Memory knows which events were handled, by the text that stands for an event and
// its duplicates. One on a database lets several processes share it, and survives a
// restart; without, an event that is repeated after a restart is handled again. It
// must be safe for concurrent use.
//
// One process handles copies of an event that arrive at the same time once. Two
// processes may each handle one: where that must not be, claim [Event.Identity] in the
// transaction that does the work.
type Memory interface {
	// Handled reports whether Remember was called for the event.
	Handled(ctx context.Context, event string) (bool, error)
	// Remember keeps the event, for at least 36 hours: the platform repeats for 35.
	Remember(ctx context.Context, event string) error
}

// deliver hands an event to Handle unless that was done. Copies that arrive meanwhile
// wait and share the result.
func (h *Handler) deliver(ctx context.Context, e *Event) error {
	h.once.Do(func() {
		h.flying = map[string]*flight{}
		if h.memory = h.Memory; h.memory == nil {
			h.memory = NewMemory(48*time.Hour, 100_000)
		}
	})
	id := e.Identity()
	h.mu.Lock()
	if f, ok := h.flying[id]; ok {
		h.mu.Unlock()
		select {
		case <-f.done:
			return f.err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	f := &flight{done: make(chan struct{}), err: errors.New("handle webhook: the handling ended without a result")}
	h.flying[id] = f
	h.mu.Unlock()
	defer func() { // whatever happens: a copy must not wait for ever
		h.mu.Lock()
		delete(h.flying, id)
		h.mu.Unlock()
		close(f.done)
	}()

	// A sender that gives up must not stop what its copies wait for, nor what is to be
	// remembered.
	f.err = h.handleOnce(context.WithoutCancel(ctx), id, e)
	return f.err
}

func (h *Handler) handleOnce(ctx context.Context, id string, e *Event) error {
	done, err := h.memory.Handled(ctx, id)
	if err != nil {
		return &memoryError{err}
	}
	if done {
		return nil
	}
	if err := h.safely(ctx, e); err != nil {
		return err
	}
	if err := h.memory.Remember(ctx, id); err != nil && h.Report != nil {
		// It is handled: making the platform send it again would do harm for sure.
		h.Report(ctx, http.StatusNoContent, &memoryError{err})
	}
	return nil
}

// safely calls Handle; a panic of it is an error, so that the event is sent again.
func (h *Handler) safely(ctx context.Context, e *Event) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("handle webhook: panic: %T", r)
		}
	}()
	if err := h.Handle(ctx, e); err != nil {
		return fmt.Errorf("handle webhook: %w", err)
	}
	return nil
}

type memoryError struct{ err error }

func (e *memoryError) Error() string { return "remember webhook: " + e.err.Error() }
func (e *memoryError) Unwrap() error { return e.err }

// testEvent is the type of what the portal's test button sends, always with the same
// payment.
const testEvent = "payment.test"

// Identity names an event and its duplicates. Each state of a payment, refund or
// payout is reached once; a link can be paid more than once, and a token or a batch
// change more than once, so that these events are told apart by their own ids.
func (e *Event) Identity() string {
	kind := text(e.Type)
	var ids []string
	for _, about := range []struct {
		name string
		id   *string
	}{
		{"payment", idOf(e.Payment != nil, func() *string { return e.Payment.ID })},
		{"refund", idOf(e.Refund != nil, func() *string { return e.Refund.ID })},
		{"payout", idOf(e.Payout != nil, func() *string { return e.Payout.ID })},
	} {
		if id := text(about.id); id != "" {
			ids = append(ids, about.name, id)
		}
	}
	if len(ids) > 0 && kind != testEvent {
		return fmt.Sprintf("%q", append(ids, text(e.MerchantID), kind))
	}
	if id := text(e.ID); id != "" {
		return fmt.Sprintf("%q", []string{"event", id, text(e.MerchantID), kind})
	}
	return "body\n" + Sign("", e.Raw)
}

func idOf(there bool, id func() *string) *string {
	if !there {
		return nil
	}
	return id()
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// A recent remembers in memory, for a time and up to a number of events. Beyond it
// the oldest are forgotten: they would be handled again, never dropped.
type recent struct {
	mu    sync.Mutex
	keep  time.Duration
	most  int
	until map[string]time.Time
	order []string
}

// NewMemory returns a [Memory] in this process that keeps up to most events, each for
// the time given. Beyond that the oldest are forgotten.
func NewMemory(keep time.Duration, most int) Memory {
	return &recent{keep: keep, most: most, until: map[string]time.Time{}}
}

func (m *recent) Handled(_ context.Context, event string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return time.Now().Before(m.until[event]), nil
}

func (m *recent) Remember(_ context.Context, event string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if now.Before(m.until[event]) {
		return nil
	}
	for len(m.order) > 0 && (len(m.order) >= m.most || !now.Before(m.until[m.order[0]])) {
		delete(m.until, m.order[0])
		m.order = m.order[1:]
	}
	m.order = append(m.order, event)
	m.until[event] = now.Add(m.keep)
	return nil
}
