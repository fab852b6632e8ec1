package conformance_test

import (
	"encoding/json"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
)

// each runs f for every operation of the description.
func each(t *testing.T, f func(t *testing.T, op *operation)) {
	t.Helper()
	t.Parallel()
	operations := api(t).Operations
	for i := range operations {
		t.Run(operations[i].ID, func(t *testing.T) {
			t.Parallel()
			f(t, &operations[i])
		})
	}
}

func typeName(name *string) string {
	if name == nil {
		return ""
	}
	return "*model." + *name
}

// TestSignatures compares what each method takes and returns with the description.
func TestSignatures(t *testing.T) {
	each(t, func(t *testing.T, op *operation) {
		client := dial(t, config(record(t)))
		kind := op.at(t, client.Merchant(merchantID)).fn.Type()
		want := []string{"context.Context"}
		for _, p := range op.ids() {
			want = append(want, p.Type)
		}
		if op.Query != nil {
			want = append(want, "params")
		}
		if op.RequestBody != nil {
			want = append(want, typeName(op.RequestBody))
		}
		want = append(want, "[]sdk.CallOption")
		var got []string
		for i := range kind.NumIn() {
			in := kind.In(i).String()
			if i > 0 && strings.HasPrefix(in, "*sdk.") && strings.HasSuffix(in, "Params") {
				checkParams(t, op, kind.In(i).Elem())
				in = "params"
			}
			got = append(got, in)
		}
		require.Equal(t, want, got)
		require.True(t, kind.IsVariadic())

		want, got = []string{"error"}, nil
		if op.SuccessResponse != nil {
			want = []string{typeName(op.SuccessResponse), "error"}
		}
		for i := range kind.NumOut() {
			got = append(got, kind.Out(i).String())
		}
		require.Equal(t, want, got)
	})
}

// checkParams compares the fields of a Params type with the query of an operation.
func checkParams(t *testing.T, op *operation, kind reflect.Type) {
	t.Helper()
	require.True(t, strings.EqualFold(kind.Name(), op.ID+"Params"), kind.Name())
	require.Equal(t, len(op.params()), kind.NumField())
	for _, p := range op.params() {
		f, ok := kind.FieldByNameFunc(func(s string) bool { return strings.EqualFold(s, p.Name) })
		require.True(t, ok, "%s has no field for %s", kind, p.Name)
		want := map[string]string{
			"string": "*string", "int32": "*int32", "int64": "*int64", "bool": "*bool", "list": "[]string",
		}[p.Type]
		if p.Required && p.Type == "string" {
			want = "string"
		}
		require.Equal(t, want, f.Type.String(), f.Name)
	}
}

// TestNothingElse asks for every method that belongs to no operation.
func TestNothingElse(t *testing.T) {
	t.Parallel()
	groups := map[string]map[string]bool{}
	for _, op := range api(t).Operations {
		group := strings.ToLower(op.Group)
		if groups[group] == nil {
			groups[group] = map[string]bool{}
		}
		groups[group][strings.ToLower(op.ID)] = true
	}
	merchant := reflect.ValueOf(dial(t, config(record(t))).Merchant(merchantID))
	for i := range merchant.NumMethod() {
		name := merchant.Type().Method(i).Name
		if name == "ID" {
			continue
		}
		operations := groups[strings.ToLower(name)]
		require.NotEmpty(t, operations, name)
		service := merchant.Method(i).Call(nil)[0].Type()
		require.Equal(t, "*sdk."+name+"Client", service.String())
		for j := range service.NumMethod() {
			require.Contains(t, operations, strings.ToLower(service.Method(j).Name))
		}
		require.Equal(t, len(operations), service.NumMethod(), name)
	}
}

// TestRequests compares what each method sends with the description.
func TestRequests(t *testing.T) {
	each(t, func(t *testing.T, op *operation) {
		r := record(t)
		client := dial(t, config(r))
		for _, s := range []shape{full, other, zero, minimal} {
			c := op.some(t, s)
			sent := exchange(t, op, client, r, c)
			checkRequest(t, op, c, c.body, sent)
			require.Empty(t, sent.Header.Values("X-Gcs-Idempotence-Key"))
			require.Equal(t, op.GzipRequest, sent.Header.Get("Content-Encoding") == "gzip")
		}
		c := call{merchant: merchantID, ids: op.someIDs()} // neither params nor a request
		checkRequest(t, op, c, emptyBody(op), exchange(t, op, client, r, c))
	})
}

// emptyBody is what an operation sends for a request that is nil: nothing, but an
// empty object for a capture and a refund.
func emptyBody(op *operation) json.RawMessage {
	if op.ID == "capturePayment" || op.ID == "refundPayment" {
		return json.RawMessage("{}")
	}
	return nil
}

// exchange makes a call that succeeds and returns its only request.
func exchange(t *testing.T, op *operation, client *sdk.Client, r *recorder, c call) *request {
	t.Helper()
	r.next(op.success(t, minimal))
	_, err := op.call(t, client, c)
	require.NoError(t, err)
	sent := r.one(t)
	return &sent
}

// checkRequest compares a request with the call it comes from; want is the body.
func checkRequest(t *testing.T, op *operation, c call, want []byte, sent *request) {
	t.Helper()
	require.Equal(t, op.Method, sent.Method)
	require.Equal(t, op.fill(func(s string) string { return s }, merchantID, c.ids), sent.path())
	query, err := url.ParseQuery(sent.rawQuery())
	require.NoError(t, err)
	if diff := cmp.Diff(c.query, query); diff != "" && len(c.query)+len(query) > 0 {
		t.Errorf("query (-want +got):\n%s", diff)
	}
	require.NotContains(t, sent.URI, "+", "a plus means a space to some servers alone")
	require.Equal(t, asSent, signed(sent))
	require.False(t, sent.Chunked)
	if want == nil {
		require.Empty(t, sent.Body)
		require.NotContains(t, sent.Header, "Content-Type")
		return
	}
	require.Equal(t, []string{"application/json"}, sent.Header["Content-Type"])
	sameJSON(t, want, sent.content(t))
}
