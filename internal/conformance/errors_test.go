package conformance_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
)

// statuses are those that the platform may answer with beside the documented ones.
var statuses = []string{"400", "401", "402", "403", "404", "409", "410", "422", "429", "500", "502", "503", "504"}

// TestErrors serves every documented body of an error, with every status, and looks
// at what the error tells.
func TestErrors(t *testing.T) {
	each(t, func(t *testing.T, op *operation) {
		r := record(t)
		client := dial(t, config(r))
		for status, name := range op.Responses {
			if name == nil || status < "400" {
				continue
			}
			for _, s := range []shape{full, other, zero, minimal} {
				checkError(t, op, client, r, status, s)
			}
			checkError(t, op, client, r, status, full.extended())
			checkError(t, op, client, r, status, minimal.extended())
		}
		for _, status := range statuses {
			checkError(t, op, client, r, status, full)
			checkError(t, op, client, r, status, minimal)
			checkBare(t, op, client, r, status)
		}
	})
}

// checkBare serves an error that tells nothing but its id, and so not that the
// request may be made again.
func checkBare(t *testing.T, op *operation, client *sdk.Client, r *recorder, status string) {
	t.Helper()
	code, err := strconv.Atoi(status)
	require.NoError(t, err)
	r.next(says(code, []byte(`{"errorId":"id-1","errors":[]}`)))
	_, err = op.call(t, client, op.some(t, minimal))
	require.Equal(t, 1, len(r.all(t)))
	kind, _ := kindOf(err)
	require.Equal(t, kindByStatus(code), kind)
	var base *sdk.APIError
	require.ErrorAs(t, err, &base)
	require.Equal(t, "id-1", base.ErrorID)
	require.Empty(t, base.Errors)
	require.False(t, base.Retriable)
}

func checkError(t *testing.T, op *operation, client *sdk.Client, r *recorder, status string, s shape) {
	t.Helper()
	code, err := strconv.Atoi(status)
	require.NoError(t, err)
	name := op.errorType(status)
	a := says(code, body(t, name, s))
	if name == "ProblemDetailsResponse" {
		a.header["Content-Type"] = "application/problem+json"
	}
	a.header["X-GCS-Idempotence-Request-Timestamp"] = "1789000000123"
	var resp sdk.Response
	c := op.some(t, minimal)
	c.opts = []sdk.CallOption{sdk.WithResponse(&resp)}
	r.next(a)
	out, err := op.call(t, client, c)
	require.Equal(t, 1, len(r.all(t)))
	require.Nil(t, out)
	checkResponse(t, a, &resp)
	plain := s
	plain.plus = false
	checkKind(t, err, code, name, body(t, name, plain))
}

// checkKind compares an error with the status and the body that it comes from.
func checkKind(t *testing.T, err error, code int, name string, want []byte) {
	t.Helper()
	w, _ := tree(t, want).(map[string]any)
	var base *sdk.APIError
	if len(w) == 0 {
		// A body without a single field says nothing: it may be anybody's.
		var c *sdk.CommunicationError
		require.ErrorAs(t, err, &c)
		require.Equal(t, code, c.StatusCode)
		return
	}
	if name == "ProblemDetailsResponse" {
		var problem *sdk.ProblemDetailsError
		require.ErrorAs(t, err, &problem)
		require.Equal(t, code, problem.StatusCode)
		sameJSON(t, want, encoded(t, problem.Details))
		return
	}
	require.ErrorAs(t, err, &base)
	require.Equal(t, code, base.StatusCode)
	require.EqualValues(t, 1789000000123, base.ReplayedAt.UnixMilli())
	if id, ok := w["errorId"]; ok {
		require.Equal(t, id, base.ErrorID)
	}
	sameJSON(t, encoded(t, w["errors"]), encoded(t, base.Errors))
	require.Equal(t, retriable(w["errors"]), base.Retriable)
	kind, result := kindOf(err)
	for _, field := range []string{"paymentResult", "payoutResult", "refundResult"} {
		if w[field] != nil {
			require.Equal(t, field, kind)
			sameJSON(t, encoded(t, w[field]), encoded(t, result))
			return
		}
	}
	require.Equal(t, kindByStatus(code), kind)
}

// retriable reports whether every error says that the request may be made again.
func retriable(list any) bool {
	entries, _ := list.([]any)
	for _, e := range entries {
		if e, _ := e.(map[string]any); e["retriable"] != true {
			return false
		}
	}
	return len(entries) > 0
}

// kindByStatus is the kind of an error without a result.
func kindByStatus(code int) string {
	switch code {
	case 400:
		return "validation"
	case 403:
		return "authorization"
	case 404, 409, 410:
		return "reference"
	case 500, 502, 503:
		return "platform"
	}
	return "api"
}

// kindOf names the type of an error, and returns its result if it has one.
func kindOf(err error) (string, any) {
	switch e := err.(type) { //nolint:errorlint // the outermost type is the kind
	case *sdk.ValidationError:
		return "validation", nil
	case *sdk.AuthorizationError:
		return "authorization", nil
	case *sdk.ReferenceError:
		return "reference", nil
	case *sdk.IdempotenceError:
		return "idempotence", nil
	case *sdk.PlatformError:
		return "platform", nil
	case *sdk.ProblemDetailsError:
		return "problem", e.Details
	case *sdk.DeclinedPaymentError:
		return "paymentResult", e.Result
	case *sdk.DeclinedPayoutError:
		return "payoutResult", e.Result
	case *sdk.DeclinedRefundError:
		return "refundResult", e.Result
	case *sdk.CommunicationError:
		return "communication", nil
	case *sdk.APIError:
		return "api", nil
	}
	return "other", nil
}
