package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"
)

const (
	maxBatchBody = 15 << 20
)

func batchEndpoints() []endpoint {
	const path = "/merchant-batches/{merchantBatchReference}"
	return []endpoint{
		{"submitBatch", http.MethodPost, "/merchant-batches", false, (*call).submitBatch},
		{"processBatch", http.MethodPost, path + "/process", false, (*call).processBatch},
		{"getBatchStatus", http.MethodGet, path, false, (*call).getBatchStatus},
	}
}

// bodyLimit is how long the body of a request may be once it is unpacked.
func (e *endpoint) bodyLimit() int {
	if e.name == "submitBatch" {
		return maxBatchBody
	}
	return maxRequestBody
}

type (
	batchRequest struct {
		Header             *batchHeader      `json:"header"`
		CreatePayments     []json.RawMessage `json:"createPayments"`
		CapturePayments    []json.RawMessage `json:"capturePayments"`
		RefundPayments     []json.RawMessage `json:"refundPayments"`
		CancelPayments     []json.RawMessage `json:"cancelPayments"`
		SubsequentPayments []json.RawMessage `json:"subsequentPayments"`
		CreatePayouts      []json.RawMessage `json:"createPayouts"`
		CreatePaymentLinks []json.RawMessage `json:"createPaymentLinks"`
	}
	batchHeader struct {
		Reference     string `json:"merchantBatchReference"`
		OperationType string `json:"operationType"`
		ItemCount     *int   `json:"itemCount"`
	}
)

// arrays returns the items by the name of their array.
func (r *batchRequest) arrays() map[string][]json.RawMessage {
	return map[string][]json.RawMessage{
		"createPayments": r.CreatePayments, "capturePayments": r.CapturePayments, "refundPayments": r.RefundPayments,
		"cancelPayments": r.CancelPayments, "subsequentPayments": r.SubsequentPayments,
		"createPayouts": r.CreatePayouts, "createPaymentLinks": r.CreatePaymentLinks,
	}
}

// batch makes the batch of a request. What an item asks for is read when it
// runs; here it must be an object and name a payment where it is about one.
func (r *batchRequest) batch() (*batch, *refusal) {
	kind, ok := batchKinds[r.Header.OperationType]
	if !ok {
		return nil, invalidValue("header.operationType")
	}
	arrays := r.arrays()
	raw := arrays[kind.array]
	if len(raw) == 0 {
		return nil, missingValue(kind.array)
	}
	for name, other := range arrays {
		if name != kind.array && len(other) > 0 {
			return nil, invalidValue("header.operationType")
		}
	}
	if len(raw) != *r.Header.ItemCount {
		return nil, invalidValue("header.itemCount")
	}
	b := &batch{
		reference: r.Header.Reference, operationType: r.Header.OperationType,
		count: len(raw), items: make([]batchItem, len(raw)),
	}
	for i, text := range raw {
		var fail *refusal
		if b.items[i], fail = kind.item(text); fail != nil {
			return nil, fail
		}
	}
	return b, nil
}

func (k *batchKind) item(text json.RawMessage) (batchItem, *refusal) {
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil || members == nil {
		return batchItem{}, invalidValue(k.array)
	}
	if k.member == "" {
		return batchItem{body: text}, nil
	}
	item := batchItem{body: members[k.member]}
	if len(members["paymentId"]) > 0 && json.Unmarshal(members["paymentId"], &item.paymentID) != nil {
		return batchItem{}, invalidValue(k.array + ".paymentId")
	}
	if item.paymentID == "" {
		return batchItem{}, missingValue(k.array + ".paymentId")
	}
	return item, nil
}

type (
	submittedBatch struct {
		Reference  string `json:"merchantBatchReference"`
		TotalCount int    `json:"totalCount"`
	}
	shownBatch struct {
		ItemCount     int    `json:"itemCount"`
		Reference     string `json:"merchantBatchReference"`
		OperationType string `json:"operationType"`
		Status        string `json:"status"`
	}
)

// submitBatch stores a batch, which does nothing until it is started. A
// reference is used up for good by the batch that took it. A type of operation
// that the sandbox does not have is refused.
func (c *call) submitBatch() int {
	var req batchRequest
	if fail := c.decode(&req); fail != nil {
		return c.fail(fail)
	}
	b, fail := req.batch()
	if fail == nil && c.s.runs[batchKinds[b.operationType].operation] == nil {
		fail = invalidValue("header.operationType")
	}
	if fail == nil && !c.s.batches.add(b) {
		fail = invalidValue("header.merchantBatchReference")
		fail.status = c.b.ReusedBatchStatus
	}
	if fail != nil {
		return c.fail(fail)
	}
	return c.answer(http.StatusCreated, submittedBatch{b.reference, b.count})
}

// noReference says that a path has nothing where the reference of a batch stands,
// which the platform answers with 400 and not as an unknown path.
func noReference(path string) bool {
	return strings.HasSuffix(path, "/merchant-batches/") || strings.HasSuffix(path, "/merchant-batches//process")
}

func unknownBatch() *refusal {
	return unknownThing("UNKNOWN_MERCHANT_BATCH_ID", "merchantBatchReference")
}

// processBatch starts a batch, whose items run after Behaviour.SettleAfter. What
// the platform does when a batch is started twice is not known; here nothing
// runs again, and Behaviour.RestartedBatchStatus is answered.
func (c *call) processBatch() int {
	known, fresh := c.s.batches.start(c.r.PathValue("merchantBatchReference"), c.now, int64(c.b.SettleAfter))
	switch {
	case !known:
		return c.fail(unknownBatch())
	case !fresh && c.b.RestartedBatchStatus != http.StatusAccepted:
		return c.fail(notAllowed(c.b.RestartedBatchStatus))
	}
	if c.s.hub.on.Load() {
		c.s.hub.at(c.now+int64(c.b.SettleAfter), c.s.catchUp)
	}
	return http.StatusAccepted
}

func (c *call) getBatchStatus() int {
	b, ok := c.s.batches.get(c.r.PathValue("merchantBatchReference"))
	if !ok {
		return c.fail(unknownBatch())
	}
	return c.answer(http.StatusOK, shownBatch{b.count, b.reference, b.operationType, b.status(c.now - int64(c.age))})
}
