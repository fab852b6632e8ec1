package sdk

import "net/http"

// An operationID is the place of an operation in the generated table.
type operationID uint8

// An operation is one call of the API.
type operation struct {
	name   string
	method string
	path   []string // below the merchant; an empty segment is an id
	repeat repeat
	gzip   bool // the platform wants the request compressed
}

// repeat says what a second send of a request does.
type repeat uint8

const (
	repeatNever repeat = iota // it might do it twice
	repeatSafe                // nothing, it only reads
	repeatKeyed               // nothing when it has an idempotence key, which the platform recognises
)

// with returns r for a request with or without an idempotence key.
func (r repeat) with(key string) repeat {
	if r == repeatKeyed && key == "" {
		return repeatNever
	}
	return r
}

// unknown is the operation of a request that the table does not have.
func unknown(method string) operation {
	if method == http.MethodGet {
		return operation{method: method, repeat: repeatSafe}
	}
	return operation{method: method}
}

// find returns the operation of a request below the merchant.
func find(method string, path []string) operation {
	for i := range operations {
		if op := &operations[i]; op.method == method && op.matches(path) {
			return *op
		}
	}
	return unknown(method)
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
