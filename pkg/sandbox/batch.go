package sandbox

import (
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
)

// The statuses of a merchant batch.
const (
	BatchSubmitted  = "Submitted"
	BatchInProgress = "InProgress"
	BatchProcessed  = "Processed"
)

// A batchKind says what the items of a batch are.
type batchKind struct {
	operation string // that each item is a request for
	array     string // that holds the items
	member    string // with the request, beside paymentId; empty when it is the item itself
}

var batchKinds = map[string]batchKind{
	"CreatePayment":     {"createPayment", "createPayments", ""},
	"CapturePayment":    {"capturePayment", "capturePayments", "capture"},
	"RefundPayment":     {"refundPayment", "refundPayments", "refund"},
	"CancelPayment":     {"cancelPayment", "cancelPayments", "cancel"},
	"SubsequentPayment": {"subsequentPayment", "subsequentPayments", "subsequent"},
	"CreatePayout":      {"createPayout", "createPayouts", ""},
	"CreatePaymentLink": {"createPaymentLink", "createPaymentLinks", ""},
}

// A batchItem is one request of a batch.
type batchItem struct {
	paymentID string
	body      json.RawMessage
}

// A batch is a list of requests that run once, some time after the batch was
// started. What changes (started, due, items) is guarded by the batchStore;
// count keeps the number of items, which are dropped as they run.
type batch struct {
	reference, operationType string
	count                    int
	items                    []batchItem
	started                  bool
	startedAt, due           int64
}

// status returns the status at a moment.
func (b *batch) status(at int64) string {
	switch {
	case !b.started || at < b.startedAt:
		return BatchSubmitted
	case at < b.due:
		return BatchInProgress
	}
	return BatchProcessed
}

// A batchStore holds batches by reference, and those that have not run yet in
// the order in which they were started.
type batchStore struct {
	next    atomic.Int64 // when the next batch is due, or 0
	mu      sync.Mutex
	byRef   map[string]*batch
	waiting []*batch
}

// add stores a batch unless its reference was used before.
func (bs *batchStore) add(b *batch) bool {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if bs.byRef == nil {
		bs.byRef = make(map[string]*batch)
	}
	if _, used := bs.byRef[b.reference]; used {
		return false
	}
	bs.byRef[b.reference] = b
	return true
}

// get returns a copy of a batch without its items.
func (bs *batchStore) get(reference string) (batch, bool) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	b, ok := bs.byRef[reference]
	if !ok {
		return batch{}, false
	}
	shown := *b
	shown.items = nil
	return shown, true
}

// start makes a batch due; fresh is false when it was started before.
func (bs *batchStore) start(reference string, now, after int64) (known, fresh bool) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	b, ok := bs.byRef[reference]
	if !ok || b.started {
		return ok, false
	}
	b.started, b.startedAt, b.due = true, now, now+after
	bs.waiting = append(bs.waiting, b)
	bs.schedule()
	return true, true
}

// schedule works out when the next batch is due.
func (bs *batchStore) schedule() {
	if len(bs.waiting) == 0 {
		bs.next.Store(0)
		return
	}
	due := int64(math.MaxInt64)
	for _, b := range bs.waiting {
		due = min(due, b.due)
	}
	bs.next.Store(due)
}

// takeDue removes the batch that was due first by now from those that wait.
func (bs *batchStore) takeDue(now int64) *batch {
	first := -1
	for i, b := range bs.waiting {
		if b.due <= now && (first < 0 || b.due < bs.waiting[first].due) {
			first = i
		}
	}
	if first < 0 {
		return nil
	}
	b := bs.waiting[first]
	bs.waiting = append(bs.waiting[:first], bs.waiting[first+1:]...)
	return b
}

// catchUp runs the batches that are due by now. Whoever comes in the meantime
// waits until they have run. It must not be called with a payment locked.
func (s *Sandbox) catchUp(now int64) {
	if next := s.batches.next.Load(); next == 0 || next > now {
		return
	}
	c := &call{s: s}
	c.enter()
	defer c.leave()
	s.batches.mu.Lock()
	defer s.batches.mu.Unlock()
	defer s.batches.schedule()
	for b := s.batches.takeDue(now); b != nil; b = s.batches.takeDue(now) {
		s.runBatch(b)
	}
}

// runBatch runs every item as the request that it is, at the time at which the
// batch was due. Nobody is told what becomes of one.
func (s *Sandbox) runBatch(b *batch) {
	kind, items := batchKinds[b.operationType], b.items
	b.items = nil
	run := s.runs[kind.operation]
	c := &call{s: s, b: s.behaviour.Load(), now: b.due}
	at := &url.URL{Path: "/v2/" + s.merchantID + "/merchant-batches/" + b.reference}
	for _, item := range items {
		c.r = &http.Request{Method: http.MethodPost, URL: at}
		c.r.SetPathValue("paymentId", item.paymentID)
		c.body, c.out = item.body, c.out[:0]
		run(c)
	}
	s.hub.shared.batch(b)
}
