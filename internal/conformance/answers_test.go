package conformance_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
)

// TestAnswers serves every documented body of a success and looks for what decoding
// loses. What the types do not know is tolerated, and is at hand in the response.
func TestAnswers(t *testing.T) {
	each(t, func(t *testing.T, op *operation) {
		r := record(t)
		client := dial(t, config(r))
		for status, name := range op.Responses {
			code, err := strconv.Atoi(status)
			require.NoError(t, err)
			if code >= http.StatusMultipleChoices {
				continue
			}
			if name == nil {
				got := served(t, op, client, r, says(code, nil))
				require.Nil(t, got)
				continue
			}
			for _, s := range []shape{full, other, zero, minimal} {
				want := body(t, *name, s)
				sameJSON(t, want, encoded(t, served(t, op, client, r, says(code, want))))
				sameJSON(t, want, encoded(t, served(t, op, client, r, says(code, body(t, *name, s.extended())))))
			}
		}
	})
}

// served makes a call that is answered with a, which is a success, and returns what
// the method returns.
func served(t *testing.T, op *operation, client *sdk.Client, r *recorder, a answer) any {
	t.Helper()
	var resp sdk.Response
	c := op.some(t, minimal)
	c.opts = []sdk.CallOption{sdk.WithResponse(&resp)}
	r.next(a)
	out, err := op.call(t, client, c)
	require.NoError(t, err)
	require.Equal(t, 1, len(r.all(t)))
	checkResponse(t, a, &resp)
	return out
}

func checkResponse(t *testing.T, a answer, resp *sdk.Response) {
	t.Helper()
	require.Equal(t, a.status, resp.StatusCode)
	require.Equal(t, string(a.body), string(resp.Body))
	for name, value := range a.header {
		require.Equal(t, value, resp.Header.Get(name))
	}
}

// TestForeignAnswers serves what the platform cannot have said.
func TestForeignAnswers(t *testing.T) {
	each(t, func(t *testing.T, op *operation) {
		r := record(t)
		client := dial(t, config(r))
		good := op.success(t, full)
		for name, a := range map[string]answer{
			"a page":              {200, map[string]string{"Content-Type": "text/html"}, []byte("<html>")},
			"half of an answer":   says(200, []byte(`{"id":"x`)),
			"no answer's body":    says(200, nil),
			"a redirect":          {302, map[string]string{"Location": "/v2/elsewhere"}, nil},
			"an error of a proxy": {502, map[string]string{"Content-Type": "text/html"}, []byte("<html>")},
			"an error in JSON":    says(503, []byte(`{"message":"no upstream"}`)),
			"an empty error":      says(404, nil),
			"a list":              says(200, []byte(`[1]`)),
			"null":                says(200, []byte(`null`)),
		} {
			if good.body == nil && a.status == 200 && name != "a page" {
				continue // JSON does not matter to a method without an answer
			}
			r.next(a)
			out, err := op.call(t, client, op.some(t, full))
			require.Nil(t, out, name)
			require.Equal(t, 1, len(r.all(t)), name)
			var c *sdk.CommunicationError
			require.ErrorAs(t, err, &c, name)
			require.Equal(t, a.status, c.StatusCode, name)
			require.False(t, c.Unsent, name)
			require.Equal(t, name == "an empty error", errors.Is(err, sdk.ErrNotFound), name)
		}
	})
}

// recorded holds the examples of testdata/api: which operation each answers, with
// which status.
var recorded = []struct {
	file, operation string
	status          int
}{
	{"cancel", "cancelPayment", 200},
	{"capture", "capturePayment", 201},
	{"captures", "getCaptures", 200},
	{"create_payment_redirect", "createPayment", 201},
	{"payment", "getPayment", 200},
	{"payment_details", "getPaymentDetails", 200},
	{"refund", "refundPayment", 201},
	{"refunds", "getRefunds", 200},
	{"test_connection", "testConnection", 200},
	{"error_declined_payment", "createPayment", 402},
	{"error_declined_payout", "createPayout", 400},
	{"error_declined_refund", "refundPayment", 400},
	{"error_in_progress", "capturePayment", 409},
	{"error_in_progress_1409", "refundPayment", 409},
	{"error_not_allowed", "refundPayment", 400},
	{"error_unknown_payment", "getPayment", 404},
	{"problem_details", "getHostedFieldsSession", 404},
}

func example(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "api", file+".json"))
	require.NoError(t, err)
	return data
}

// TestExamples serves the recorded answers.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, e := range recorded {
		t.Run(e.file, func(t *testing.T) {
			t.Parallel()
			op := named(t, e.operation)
			r := record(t)
			client := dial(t, config(r))
			data := example(t, e.file)
			if e.status < http.StatusBadRequest {
				sameJSON(t, data, encoded(t, served(t, op, client, r, says(e.status, data))))
				return
			}
			a := says(e.status, data)
			name := op.errorType("404")
			if name == "ProblemDetailsResponse" {
				a.header["Content-Type"] = "application/problem+json"
			}
			a.header["X-GCS-Idempotence-Request-Timestamp"] = "1789000000123"
			r.next(a)
			_, err := op.call(t, client, op.some(t, full))
			checkKind(t, err, e.status, name, data)

			c := op.some(t, full)
			c.opts = []sdk.CallOption{sdk.WithIdempotenceKey("key-1")}
			r.next(a)
			_, err = op.call(t, client, c)
			var busy *sdk.IdempotenceError
			require.Equal(t, e.status == http.StatusConflict, errors.As(err, &busy))
			if busy != nil {
				require.EqualValues(t, 1789000000123, busy.RequestedAt.UnixMilli())
				require.Equal(t, "key-1", busy.IdempotenceKey)
			}
		})
	}
}

// named returns the operation of a name.
func named(t testing.TB, id string) *operation {
	t.Helper()
	operations := api(t).Operations
	for i := range operations {
		if operations[i].ID == id {
			return &operations[i]
		}
	}
	t.Fatalf("the description has no operation %s", id)
	return nil
}
