package conformance_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

// same makes one call with both clients and compares the requests. The SDK gets the
// body without the fields that the vendor's client does not take.
func (w *witness) same(t *testing.T, op *operation, c call, v vendorCall) {
	t.Helper()
	vendors, ours := w.pair(t, op, c, v)
	w.compare(t, vendors, ours)
}

// pair makes one call with both clients and returns the requests.
func (w *witness) pair(t *testing.T, op *operation, c call, v vendorCall) (vendors, ours *request) {
	t.Helper()
	good := op.success(t, minimal)
	w.rec.next(good)
	if v.body = c.body; v.merchant == "" {
		v.merchant, v.ids = c.merchant, c.ids
	}
	theirs := w.vendors(t, op, v)
	require.Nil(t, theirs.Thrown, "%+v", theirs.Thrown)
	require.True(t, theirs.Response.IsSuccess)
	first := w.rec.one(t)
	if c.body != nil {
		c.body = theirs.Args[len(theirs.Args)-1]
	}
	w.rec.next(good)
	_, err := op.call(t, w.client, c)
	require.NoError(t, err)
	second := w.rec.one(t)
	return &first, &second
}

// bodies gives both clients bodies of every shape, and none.
func (w *witness) bodies(t *testing.T, op *operation) {
	for _, s := range []shape{full.inJS(), other.inJS(), zero, minimal.inJS()} {
		c := op.some(t, s)
		c.query = nil
		w.same(t, op, c, vendorCall{})
		if op.RequestBody == nil {
			return
		}
	}
	w.same(t, op, call{merchant: merchantID, ids: op.someIDs()}, vendorCall{})
	w.left(t, op, blank.inJS(), "required texts left empty", "")
	w.left(t, op, hollow.inJS(), "empty lists", []any{})
}

// left makes a call with both clients whose bodies hold a value that the SDK leaves
// out.
func (w *witness) left(t *testing.T, op *operation, s shape, name string, value any) {
	t.Helper()
	c := op.some(t, s)
	vendors, ours := w.pair(t, op, c, vendorCall{})
	all := byValue(tree(t, vendors.Body))
	kept := without(all, value)
	if diff := cmp.Diff(kept, byValue(tree(t, ours.Body))); diff != "" {
		t.Errorf("body (-vendor +ours):\n%s", diff)
	}
	if !cmp.Equal(all, kept) {
		w.differs(t, name, "%s", vendors.Body)
	}
}
