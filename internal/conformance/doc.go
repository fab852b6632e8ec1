// Package conformance holds tests alone. They compare pkg/sdk with the description
// of the API, operation by operation, and with the vendor's own client for Node.js,
// request by request and answer by answer. See docs/conformance.md.
package conformance
