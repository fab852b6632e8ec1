package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// The states of a [WebhookDelivery].
const (
	WebhookWaiting   = "waiting"   // for its turn, or for Next
	WebhookDelivered = "delivered" // the receiver answered with 2xx
	WebhookFailed    = "failed"    // for the last time
	WebhookHeld      = "held"      // until [Sandbox.ReleaseWebhooks]
	WebhookNotSent   = "not-sent"  // for the Reason
)

// A WebhookDelivery is an event on its way to one endpoint.
type WebhookDelivery struct {
	ID       string           `json:"id"`     // of the event
	Type     string           `json:"type"`   // of the event, such as payment.captured
	Object   string           `json:"object"` // id of the operation, payout or payment link
	URL      string           `json:"url"`
	State    string           `json:"state"`
	Reason   string           `json:"reason,omitempty"` // why it was not sent
	Attempts []WebhookAttempt `json:"attempts"`
	Next     *time.Time       `json:"next,omitempty"` // when it is sent next
	Body     json.RawMessage  `json:"body"`
}

// A WebhookAttempt is one attempt to deliver an event: the status that the
// receiver answered with, or the error.
type WebhookAttempt struct {
	Time   time.Time `json:"time"`
	Status int       `json:"status,omitempty"`
	Error  string    `json:"error,omitempty"`
}

// A delivery is a WebhookDelivery as the hub keeps it. What follows state is
// guarded by the lock of the hub.
type delivery struct {
	id, kind, object, subject, url string
	body                           []byte
	once                           bool

	state, reason string
	attempts      []WebhookAttempt
	due           int64
	queued        bool // for its endpoint, so that nothing else sends it
}

func (d *delivery) over() bool { return d.state != WebhookWaiting && d.state != WebhookHeld }

// WebhookDeliveries returns the log of webhooks, newest last: everything that is
// not delivered yet and about the newest 10,000 that are, that failed for the
// last time or were not sent.
func (s *Sandbox) WebhookDeliveries() []WebhookDelivery {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	log := s.hub.log
	if over := len(log) - s.hub.unsent - s.hub.mostSent; over > 0 {
		log = slices.Clone(log)
		log = slices.DeleteFunc(log, func(d *delivery) bool {
			if over == 0 || !d.over() {
				return false
			}
			over--
			return true
		})
	}
	list := make([]WebhookDelivery, 0, len(log))
	for _, d := range log {
		w := WebhookDelivery{
			ID: d.id, Type: d.kind, Object: d.object, URL: d.url, State: d.state, Reason: d.reason,
			Attempts: slices.Clone(d.attempts), Body: slices.Clone(d.body),
		}
		if w.Attempts == nil {
			w.Attempts = []WebhookAttempt{}
		}
		if d.state == WebhookWaiting {
			next := time.Unix(0, d.due).UTC()
			w.Next = &next
		}
		list = append(list, w)
	}
	return list
}

// ResendWebhook sends an event of the log once more to every endpoint that it
// was meant for: the same bytes as a delivery of its own, with repeats from 0.
// It fails when the log has no such event.
func (s *Sandbox) ResendWebhook(id string) error {
	h := s.hub
	now := s.clock.now().UnixNano()
	h.mu.Lock()
	defer h.mu.Unlock()
	again := make(map[string]*delivery)
	var order []*delivery
	for _, d := range h.log {
		if d.id == id && again[d.url] == nil {
			again[d.url] = d
			order = append(order, d)
		}
	}
	if len(order) == 0 {
		return fmt.Errorf("resend webhook %s: there is no such event", id)
	}
	for _, d := range order {
		next := &delivery{id: d.id, kind: d.kind, object: d.object, subject: d.subject, url: d.url, body: d.body, once: d.once, due: now}
		if h.record(next) {
			h.ready(next)
		}
	}
	h.s.gate.touch()
	return nil
}

// HoldWebhooks keeps all webhooks back from now on, repeats included.
func (s *Sandbox) HoldWebhooks() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.holding = true
}

// ReleaseWebhooks ends [Sandbox.HoldWebhooks] and sends what was kept back, in
// the order in which it came or, with reverse, the newest first.
func (s *Sandbox) ReleaseWebhooks(reverse bool) {
	h := s.hub
	now := s.clock.now().UnixNano()
	h.mu.Lock()
	defer h.mu.Unlock()
	all := h.held
	h.holding, h.held = false, nil
	if reverse {
		slices.Reverse(all)
	}
	for _, d := range all {
		d.due = now
		h.ready(d)
	}
}

// restore takes over a delivery of a state. What was waiting or held waits again, for
// when it was due.
func (h *hub) restore(d *delivery) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.log = append(h.log, d)
	if !d.over() {
		d.state = WebhookWaiting
		h.unsent++
		h.repeatAt(d, d.due)
	}
}

func (s *Sandbox) controlWebhooks(*http.Request) (any, error) {
	return map[string][]WebhookDelivery{"deliveries": s.WebhookDeliveries()}, nil
}

// controlWebhook resends an event, or holds and releases all.
func (s *Sandbox) controlWebhook(r *http.Request) (any, error) {
	var req struct{ Action, ID, Order string }
	if err := readControl(r, &req); err != nil {
		return nil, err
	}
	switch {
	case req.Action == "resend":
		return struct{}{}, s.ResendWebhook(req.ID)
	case req.Action == "hold":
		s.HoldWebhooks()
	case req.Action == "release" && (req.Order == "" || req.Order == "given" || req.Order == "reverse"):
		s.ReleaseWebhooks(req.Order == "reverse")
	default:
		return nil, errors.New(`webhooks: the action is none of "resend", "hold", "release", or the order none of "given", "reverse"`)
	}
	return struct{}{}, nil
}
