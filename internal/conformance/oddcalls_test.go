package conformance_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
)

// An oddCall is one that a client may refuse to make. It has an id of the merchant,
// a key or a header that is out of the ordinary.
type oddCall struct {
	difference    string
	merchant      string
	key           *string
	header        [2]string
	vendors, ours bool // whether a request is sent
	unsigned      bool // whether the vendor's signature does not fit
}

func withID(difference, id string, vendors, ours bool) oddCall {
	return oddCall{difference: difference, merchant: id, vendors: vendors, ours: ours}
}

func withKey(key string) oddCall {
	return oddCall{difference: "keys that cannot be one", merchant: merchantID, key: &key, vendors: true}
}

func withHeader(name, value string, unsigned bool) oddCall {
	return oddCall{
		difference: "headers of the client's own", merchant: merchantID, header: [2]string{name, value},
		vendors: true, unsigned: unsigned,
	}
}

// oddCalls gives both clients calls that one of them, or both, refuse to make.
func (w *witness) oddCalls(t *testing.T, op *operation) {
	for _, tt := range []oddCall{
		withID("ids are escaped", "a b", false, true),
		withID("ids are escaped", "€", false, true),
		{difference: "ids are escaped", merchant: "ä", vendors: true, ours: true, unsigned: true},
		withID("ids that lead elsewhere", "a/b", true, false),
		withID("ids that lead elsewhere", "..", true, false),
		withID("ids that lead elsewhere", "a%2Fb", true, false),
		withID("ids that lead elsewhere", "", true, false),
		withKey(""),
		withKey("a b"),
		withKey("12345678901234567890123456789012345678901"),
		withHeader("Date", "Fri, 06 Jun 2014 13:39:43 GMT", true),
		withHeader("Content-Type", "text/plain", op.Method != http.MethodGet), // not signed there
		withHeader("X-GCS-Idempotence-Key", "key-2", false),
		withHeader("Authorization", "none", false),
		{merchant: merchantID, header: [2]string{"X-Other", "two\nlines"}},
		{merchant: merchantID, header: [2]string{"X-Other: more", "x"}},
	} {
		w.oddCall(t, op, tt)
	}
}

func (w *witness) oddCall(t *testing.T, op *operation, tt oddCall) {
	t.Helper()
	c := op.some(t, minimal.inJS())
	c.query, c.merchant = nil, tt.merchant
	v := vendorCall{merchant: c.merchant, ids: c.ids, body: c.body, key: tt.key}
	if tt.key != nil {
		c.opts = append(c.opts, sdk.WithIdempotenceKey(*tt.key))
	}
	if tt.header[0] != "" {
		v.headers = [][2]string{tt.header}
		c.opts = append(c.opts, sdk.WithHeader(tt.header[0], tt.header[1]))
	}
	w.rec.next(op.success(t, minimal))
	theirs := w.vendors(t, op, v)
	sent := w.rec.all(t)
	require.Equal(t, tt.vendors, len(sent) == 1, "%+v: %+v", tt, theirs.Thrown)
	if len(sent) == 1 {
		require.Equal(t, tt.unsigned, signed(&sent[0]) == badSignature, "%+v", tt)
	}
	w.rec.next(op.success(t, minimal))
	_, err := op.call(t, w.client, c)
	sent = w.rec.all(t)
	require.Equal(t, tt.ours, len(sent) == 1, "%+v", tt)
	require.Equal(t, tt.ours, err == nil, "%v", err)
	if len(sent) == 1 {
		require.Equal(t, asSent, signed(&sent[0]))
	}
	if tt.difference != "" {
		w.differs(t, tt.difference, "%+v", tt)
	}
}
