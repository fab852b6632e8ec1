package sdk

import "encoding/json"

// A Marshaller turns requests into JSON and answers into values. Marshal returns
// memory of its own, which is read until the request is through; Unmarshal must not
// keep data, whose memory is used again. Both must be safe for concurrent use.
type Marshaller interface {
	Marshal(v any) ([]byte, error)
	Unmarshal(data []byte, v any) error
}

type standardJSON struct{}

func (standardJSON) Marshal(v any) ([]byte, error)      { return json.Marshal(v) }
func (standardJSON) Unmarshal(data []byte, v any) error { return json.Unmarshal(data, v) }
