package conformance_test

import (
	"errors"
	"net/http"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
)

// What a client can make of an answer.
const (
	success    = "success"
	refusal    = "refusal"    // an answer that says no
	unreadable = "unreadable" // not an answer of the API
)

// A reply is what the SDK made of a call.
type reply struct {
	out  any
	err  error
	resp sdk.Response
	info sdk.CallInfo
}

func (r *reply) kind() string {
	var refused *sdk.APIError
	var broken *sdk.CommunicationError
	switch {
	case r.err == nil:
		return success
	case errors.As(r.err, &refused):
		return refusal
	case errors.As(r.err, &broken):
		return unreadable
	}
	return r.err.Error()
}

func (o *outcome) kind() string {
	switch {
	case o.Response == nil:
		return unreadable
	case o.Response.IsSuccess:
		return success
	}
	return refusal
}

// ask makes one call with both clients, which get the same answer.
func (w *witness) ask(t *testing.T, op *operation, a answer) (outcome, reply) {
	t.Helper()
	c := op.some(t, minimal.inJS())
	key := "key-1"
	w.rec.next(a)
	theirs := w.vendors(t, op, vendorCall{merchant: merchantID, ids: c.ids, body: c.body, key: &key})
	w.rec.one(t)
	w.rec.next(a)
	var r reply
	c.opts = []sdk.CallOption{sdk.WithIdempotenceKey(key), sdk.WithResponse(&r.resp), sdk.WithCallInfo(&r.info)}
	r.out, r.err = op.call(t, w.client, c)
	w.rec.one(t)
	require.Equal(t, a.status, r.resp.StatusCode)
	require.Equal(t, a.status, r.info.Last().Status)
	return theirs, r
}

// agree makes one call with both clients and fails unless they take the answer for
// the same.
func (w *witness) agree(t *testing.T, op *operation, a answer) {
	t.Helper()
	theirs, ours := w.ask(t, op, a)
	require.NotNil(t, theirs.Response, "%+v", theirs.Thrown)
	require.Equal(t, theirs.kind(), ours.kind(), "%v", ours.err)
	require.Equal(t, theirs.Response.Status, ours.resp.StatusCode)
	if ours.err != nil {
		agreeOnError(t, &theirs, &ours)
		return
	}
	want := byValue(tree(t, theirs.Response.Body))
	if ours.out == nil {
		require.Nil(t, want)
		return
	}
	if diff := cmp.Diff(want, byValue(tree(t, encoded(t, ours.out)))); diff != "" {
		t.Errorf("answer (-vendor +ours):\n%s", diff)
	}
}

// agreeOnError compares an error of the SDK with the body that the vendor's client
// hands to its caller.
func agreeOnError(t *testing.T, theirs *outcome, ours *reply) {
	t.Helper()
	want, _ := byValue(tree(t, theirs.Response.Body)).(map[string]any)
	kind, result := kindOf(ours.err)
	if kind == "problem" {
		require.Equal(t, want, byValue(tree(t, encoded(t, result))))
		return
	}
	var base *sdk.APIError
	require.ErrorAs(t, ours.err, &base)
	require.Equal(t, theirs.Response.Status, base.StatusCode)
	if id, ok := want["errorId"]; ok {
		require.Equal(t, id, base.ErrorID)
	}
	require.Equal(t, want["errors"], byValue(tree(t, encoded(t, base.Errors))))
	require.Equal(t, retriable(want["errors"]), base.Retriable)
	for _, name := range []string{"paymentResult", "payoutResult", "refundResult"} {
		require.Equal(t, want[name] != nil, kind == name, name)
		if want[name] != nil {
			require.Equal(t, want[name], byValue(tree(t, encoded(t, result))))
		}
	}
}

// answers gives both clients every documented answer of a success.
func (w *witness) answers(t *testing.T, op *operation) {
	for status, name := range op.Responses {
		code, err := strconv.Atoi(status)
		require.NoError(t, err)
		if code >= http.StatusMultipleChoices {
			continue
		}
		if name == nil {
			w.agree(t, op, says(code, nil))
			continue
		}
		for _, s := range []shape{full.inJS(), other.inJS(), zero, minimal.inJS()} {
			w.agree(t, op, says(code, body(t, *name, s)))
		}
	}
}

// errors gives both clients every documented answer of an error, and the others that
// may come.
func (w *witness) errors(t *testing.T, op *operation) {
	all := map[string]bool{}
	for status := range op.Responses {
		all[status] = status >= "400"
	}
	for _, status := range statuses {
		all[status] = true
	}
	for status, is := range all {
		if !is {
			continue
		}
		code, err := strconv.Atoi(status)
		require.NoError(t, err)
		name := op.errorType(status)
		for _, s := range []shape{full.inJS(), other.inJS(), zero} {
			a := says(code, body(t, name, s))
			if name == "ProblemDetailsResponse" {
				a.header["Content-Type"] = "application/problem+json"
			}
			w.agree(t, op, a)
		}
		w.agree(t, op, says(code, body(t, "ErrorResponse", full)))
	}
}

// examples gives both clients the recorded answers.
func (w *witness) examples(t *testing.T) {
	for _, e := range recorded {
		if w.methods[e.operation] == "" {
			continue
		}
		w.agree(t, named(t, e.operation), says(e.status, example(t, e.file)))
	}
}
