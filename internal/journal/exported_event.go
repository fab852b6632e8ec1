package journal

import (
	"encoding/json"
	"fmt"
)

type exportEvent struct {
	exportHead
	EventID     string `json:"event_id"`
	EventType   string `json:"event_type"`
	Payment     string `json:"payment"`
	OperationID string `json:"operation_id"`
	Code        int64  `json:"code"`
	ReceivedAt  stamp  `json:"received_at"`
	Created     stamp  `json:"created"`
	BodySHA256  hexes  `json:"body_sha256"`
	Facts       object `json:"facts"`
	Intent      int64  `json:"intent"`
	Effect      string `json:"effect"`
	Message     string `json:"message"`
}

func (e *exportEvent) fields() []any {
	return e.columns(&e.EventID, &e.EventType, &e.Payment, &e.OperationID, &e.Code, &e.ReceivedAt, &e.Created,
		&e.BodySHA256, &e.Facts, &e.Intent, &e.Effect, &e.Message)
}

// object is a JSON object, stored as text.
type object string

// MarshalJSON gives the object.
func (o object) MarshalJSON() ([]byte, error) {
	if !json.Valid([]byte(o)) {
		return nil, fmt.Errorf("the facts %q are no JSON", string(o))
	}
	return []byte(o), nil
}

// exportedEvents is the table of events.
var exportedEvents = exportKind{
	exportedHead + `x.event_id, x.type, x.payment, x.operation, x.code, x.received_at, x.created,
	x.body_sha256, x.facts, x.intent, x.effect, x.message FROM events x` + exportedOf,
	func() exportRecord { return &exportEvent{exportHead: exportHead{Type: "event"}} },
}
