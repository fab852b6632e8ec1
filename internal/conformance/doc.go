// Package conformance holds tests alone. They compare pkg/sdk with the description
// of the API, operation by operation, and with the vendor's own client for Node.js,
// request by request and answer by answer; and they let that client live on
// pkg/sandbox. See docs/conformance.md.
package conformance
