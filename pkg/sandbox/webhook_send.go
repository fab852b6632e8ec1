package sandbox

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// newWebhookTransport asks no proxy, and no name server for the names that mean
// this machine.
func newWebhookTransport() *http.Transport {
	var dialer net.Dialer
	return &http.Transport{
		DisableCompression: true, MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Second,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			host, port, err := net.SplitHostPort(address)
			if err != nil || !isLoopbackName(plainHost(host)) {
				return dialer.DialContext(ctx, network, address)
			}
			conn, err := dialer.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
			if err != nil {
				if six, err := dialer.DialContext(ctx, network, net.JoinHostPort("::1", port)); err == nil {
					return six, nil
				}
			}
			return conn, err
		},
	}
}

// ready queues a delivery for its endpoint, or holds it. The caller holds h.mu.
func (h *hub) ready(d *delivery) {
	if h.holding {
		d.state = WebhookHeld
		h.held = append(h.held, d)
		return
	}
	d.state, d.queued = WebhookWaiting, true
	l := h.lanes[d.url]
	if l == nil {
		l = &lane{}
		h.lanes[d.url] = l
	}
	l.queue = append(l.queue, d)
	h.join(l)
}

// join puts a lane into the lineup, and starts a sender when there may be one
// more. The caller holds h.mu.
func (h *hub) join(l *lane) {
	if l.busy {
		return
	}
	l.busy = true
	h.lineup = append(h.lineup, l)
	if h.senders < webhooksAtOnce && !h.closed {
		h.senders++
		h.all.Add(1)
		go h.sender()
	}
}

// repeatAt lets a delivery be sent at a moment, unless it is sent before. The
// caller holds h.mu.
func (h *hub) repeatAt(d *delivery, due int64) {
	d.due, d.queued = due, false
	h.enter(due, func(due int64) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if d.state != WebhookWaiting || d.queued || d.due != due {
			return
		}
		h.heldBack[d.subject] = slices.DeleteFunc(h.heldBack[d.subject], func(o *delivery) bool { return o == d })
		if len(h.heldBack[d.subject]) == 0 {
			delete(h.heldBack, d.subject)
		}
		h.ready(d)
	})
}

// sender sends until no endpoint is waiting.
func (h *hub) sender() {
	defer h.all.Done()
	for {
		l, d, repeat := h.take()
		if d == nil {
			return
		}
		start := h.s.clock.base()
		status, err := h.post(d, repeat)
		h.sent(l, d, status, err, h.s.clock.base().Sub(start))
	}
}

// take returns the first delivery of the endpoint that waits longest, and how
// often it was sent before.
func (h *hub) take() (*lane, *delivery, int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.lineup) == 0 || h.closed {
		h.senders--
		return nil, nil, 0
	}
	l := h.lineup[0]
	h.lineup = h.lineup[1:]
	d := l.queue[0]
	l.queue = l.queue[1:]
	return l, d, len(d.attempts)
}

// post makes one attempt. The body and the address of a delivery never change.
func (h *hub) post(d *delivery, repeat int) (status int, err error) {
	ctx, cancel := context.WithTimeout(h.ctx, webhookTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url, bytes.NewReader(d.body))
	if err != nil {
		return 0, err
	}
	mac := hmac.New(sha256.New, []byte(h.secret))
	mac.Write(d.body)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-GCS-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	r.Header.Set("X-GCS-KeyId", h.keyID)
	r.Header.Set("retry-count", strconv.Itoa(repeat))
	resp, err := h.client.Do(r)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, webhookAnswer)) // the status decides
	return resp.StatusCode, nil
}

// sent notes how an attempt went, and when the next is due. An attempt counts
// from when it was due, or from the end of the one before it at the same
// endpoint when that was later, so that a clock that jumps ahead finds repeats
// where they belong.
func (h *hub) sent(l *lane, d *delivery, status int, err error, took time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer h.s.gate.touch()
	at := max(d.due, l.free)
	l.free = at + int64(took)
	a := WebhookAttempt{Time: time.Unix(0, at).UTC(), Status: status}
	if err != nil {
		a.Error = err.Error()
	}
	d.attempts = append(d.attempts, a)
	switch n := len(d.attempts); {
	case status/100 == 2:
		h.finish(d, WebhookDelivered)
	case d.once || n > len(webhookRepeats):
		h.finish(d, WebhookFailed)
	default:
		h.repeatAt(d, at+int64(webhookRepeats[n-1]))
	}
	l.busy = false
	if len(l.queue) == 0 {
		delete(h.lanes, d.url)
		return
	}
	h.join(l)
}

// finish ends a delivery. The caller holds h.mu.
func (h *hub) finish(d *delivery, state string) {
	d.state = state
	h.unsent--
	h.trim()
}
