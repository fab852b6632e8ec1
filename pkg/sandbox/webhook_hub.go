package sandbox

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	webhookTimeout = 10 * time.Second
	webhookAnswer  = 64 << 10 // bytes of an answer that are read, and thrown away
	webhooksAtOnce = 16       // deliveries in flight, at most one for each endpoint
	maxSentLog     = 10_000   // deliveries that are over, in the log
	maxUnsent      = 50_000   // deliveries that are not
	maxHeldBack    = time.Minute
)

// webhookRepeats are the pauses before the repeats of a delivery that failed,
// each after the attempt before it.
var webhookRepeats = [...]time.Duration{10 * time.Minute, time.Hour, 2 * time.Hour, 8 * time.Hour, 24 * time.Hour}

// A hub sends webhooks, and lets happen by themselves the things that a webhook
// is due for. It has goroutines only while there is something to send or to
// wait for. Its lock may be taken with a payment locked, never the reverse.
type hub struct {
	s             *Sandbox
	keyID, secret string
	client        *http.Client
	hosts         []string    // that may be called beside loopback
	shared        *hook       // nil: no endpoint is configured
	polls         bool        // the clock is not the one that timers follow
	on            atomic.Bool // somebody is to be told something

	ctx     context.Context // ends when the sandbox is closed
	cancel  context.CancelFunc
	all     sync.WaitGroup // goroutines
	running sync.Mutex     // held while what is due is done

	mu       sync.Mutex
	closed   bool
	agenda   agenda
	clerk    bool          // a goroutine minds the agenda
	wake     chan struct{} // tells it that the agenda has changed
	lanes    map[string]*lane
	lineup   []*lane // that have something to send and nothing in flight
	senders  int
	holding  bool
	held     []*delivery
	heldBack map[string][]*delivery // by subject
	log      []*delivery            // in order
	unsent   int
	mostSent int // deliveries that are over, in the log
	most     int // deliveries that are not
}

// A lane is what waits for one endpoint.
type lane struct {
	queue []*delivery
	busy  bool  // in flight, or in the lineup
	free  int64 // when the newest attempt ended
}

func newHub(s *Sandbox, cfg Config) (*hub, error) {
	h := &hub{s: s, keyID: cfg.WebhookKeyID, secret: cfg.WebhookSecret, polls: cfg.Now != nil, mostSent: maxSentLog, most: maxUnsent}
	if h.keyID == "" && h.secret == "" {
		h.keyID, h.secret = cfg.APIKeyID, cfg.APISecret
	}
	for _, host := range cfg.WebhookHosts {
		h.hosts = append(h.hosts, plainHost(host))
	}
	h.lanes, h.heldBack = make(map[string]*lane), make(map[string][]*delivery)
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.client = &http.Client{
		Transport:     cfg.WebhookTransport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if h.client.Transport == nil {
		h.client.Transport = newWebhookTransport()
	}
	return h, h.shareHook(cfg.Webhooks)
}

// Close stops the delivery of webhooks, breaks off what is in flight, and waits
// until nothing runs any more. What was not delivered stays in the log as it is.
// The sandbox goes on answering requests and sends no more events. Further calls
// do nothing. A sandbox without webhooks need not be closed.
func (s *Sandbox) Close() {
	h := s.hub
	h.mu.Lock()
	again := h.closed
	h.closed = true
	h.mu.Unlock()
	if again {
		return
	}
	h.cancel()
	h.all.Wait()
	h.client.CloseIdleConnections()
}

// An outgoing is an event on its way out.
type outgoing struct {
	kind    string // such as payment.captured
	object  string // id of what it is about
	subject string // what the order of events is kept for: the payment without the number of the operation
	at      int64
	member  string // that holds the object in the body
	body    []byte // the object
	once    bool   // is not repeated
}

// send queues an event for every endpoint of the hook, and now and then the way
// the behaviour asks for: twice, as two events with ids of their own about the
// same thing, or behind the next event of the same subject.
func (k *hook) send(e outgoing) {
	b := k.hub.s.behaviour.Load()
	for range 2 {
		id := k.hub.s.uuid("webhook " + e.object + " " + e.kind)
		k.hub.queue(k.urls, id, &e, chance(id, "disorder") < b.WebhookDisorder)
		if chance(id, "duplicate") >= b.WebhookDuplicates {
			return
		}
	}
}

// chance draws a number from 0 up to 1 for an event.
func chance(id, what string) float64 { return float64(hashText(0, id+what)>>11) / (1 << 53) }

// queue makes the deliveries of an event. With late they wait for the next event
// of the subject, up to maxHeldBack.
func (h *hub) queue(urls []string, id string, e *outgoing, late bool) {
	body := h.envelope(id, e)
	h.mu.Lock()
	defer h.mu.Unlock()
	defer h.s.gate.touch()
	var waiting []*delivery
	if !late {
		waiting = h.heldBack[e.subject]
		delete(h.heldBack, e.subject)
	}
	for _, u := range urls {
		d := &delivery{id: id, kind: e.kind, object: e.object, subject: e.subject, url: u, body: body, due: e.at, once: e.once}
		if !h.record(d) {
			continue
		}
		if !late {
			h.ready(d)
			continue
		}
		h.heldBack[e.subject] = append(h.heldBack[e.subject], d)
		h.repeatAt(d, e.at+int64(maxHeldBack))
	}
	for _, d := range waiting {
		d.due = e.at
		h.ready(d)
	}
}

// record puts a new delivery into the log, and says whether it is to be sent.
func (h *hub) record(d *delivery) bool {
	h.log = append(h.log, d)
	d.state = WebhookNotSent
	switch d.reason = h.barred(d.url); {
	case d.reason != "":
	case h.closed:
		d.reason = "the sandbox is closed"
	case h.unsent >= h.most:
		d.reason = "too many deliveries are waiting"
	default:
		d.state = WebhookWaiting
		h.unsent++
	}
	h.trim()
	return d.state == WebhookWaiting
}

// trim forgets the oldest deliveries that are over, many at a time.
func (h *hub) trim() {
	over := len(h.log) - h.unsent - h.mostSent
	if over < h.mostSent/10 {
		return
	}
	kept := make([]*delivery, 0, len(h.log)-over)
	for _, d := range h.log {
		if over > 0 && d.over() {
			over--
			continue
		}
		kept = append(kept, d)
	}
	h.log = kept
}
