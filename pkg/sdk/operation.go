package sdk

import "net/http"

// An operationID is the place of an operation in the generated table.
type operationID uint8

// An operation is one call of the API.
type operation struct {
	name       string
	method     string
	path       []string // below the merchant; an empty segment is an id
	idempotent bool     // the platform recognises a repeated idempotence key
}

// repeat says how far a request may be sent again.
type repeat uint8

const (
	repeatNever repeat = iota // a second send might do it twice
	repeatSafe                // it only reads
	repeatKeyed               // the platform recognises its idempotence key
)

func repeatOf(method string, idempotent bool, key string) repeat {
	switch {
	case method == http.MethodGet:
		return repeatSafe
	case method == http.MethodPost && idempotent && key != "":
		return repeatKeyed
	default:
		return repeatNever
	}
}

// idempotent reports whether a request to path, below the merchant, is known to be
// recognised by its idempotence key.
func idempotent(method string, path []string) bool {
	for i := range operations {
		if op := &operations[i]; op.idempotent && op.method == method && op.matches(path) {
			return true
		}
	}
	return false
}

func (op *operation) matches(path []string) bool {
	if len(op.path) != len(path) {
		return false
	}
	for i, seg := range op.path {
		if seg != "" && seg != path[i] {
			return false
		}
	}
	return true
}
