package conformance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
)

const merchantID = "PSPID1"

// config sends once, so that one call is one request.
func config(r *recorder) sdk.Config {
	return sdk.Config{
		Endpoint: r.server.URL, APIKeyID: keyID, APISecret: secret, Integrator: "Conformance",
		Retry: sdk.RetryPolicy{MaxSends: 1, MinWait: time.Nanosecond, MaxWait: time.Nanosecond},
	}
}

func dial(t testing.TB, cfg sdk.Config) *sdk.Client {
	t.Helper()
	client, err := sdk.NewClient(cfg)
	require.NoError(t, err)
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// A method is the SDK's method of an operation, found by its name.
type method struct {
	op *operation
	fn reflect.Value
}

// A call is what a caller gives to a method.
type call struct {
	merchant string
	ids      []string
	query    url.Values      // nil gives no params
	body     json.RawMessage // nil gives no request
	opts     []sdk.CallOption
}

// find returns the only method of v whose name is name in any spelling.
func find(t testing.TB, v reflect.Value, name string) reflect.Value {
	t.Helper()
	var found reflect.Value
	for i := range v.NumMethod() {
		if strings.EqualFold(v.Type().Method(i).Name, name) {
			require.False(t, found.IsValid(), "%s has %s twice", v.Type(), name)
			found = v.Method(i)
		}
	}
	require.True(t, found.IsValid(), "%s has no method %s", v.Type(), name)
	return found
}

// at returns the method of op for a merchant.
func (op *operation) at(t testing.TB, merchant *sdk.MerchantClient) method {
	t.Helper()
	group := find(t, reflect.ValueOf(merchant), op.Group).Call(nil)
	require.Len(t, group, 1)
	return method{op, find(t, group[0], op.ID)}
}

// call calls the method of op at a client and returns what it returns; out is nil
// when the method returns an error alone.
func (op *operation) call(t testing.TB, client *sdk.Client, c call) (out any, err error) {
	t.Helper()
	m := op.at(t, client.Merchant(c.merchant))
	results := m.fn.Call(m.arguments(t, c))
	err, _ = results[len(results)-1].Interface().(error)
	if len(results) == 2 && !results[0].IsNil() {
		out = results[0].Interface()
	}
	return out, err
}

func (m method) arguments(t testing.TB, c call) []reflect.Value {
	t.Helper()
	kind := m.fn.Type()
	args := []reflect.Value{reflect.ValueOf(context.Context(t.Context()))}
	for i := 1; i < kind.NumIn()-1; i++ {
		switch in := kind.In(i); {
		case in.Kind() == reflect.String:
			args = append(args, reflect.ValueOf(c.ids[0]))
			c.ids = c.ids[1:]
		case in.Kind() == reflect.Int32:
			n, err := strconv.ParseInt(c.ids[0], 10, 32)
			require.NoError(t, err)
			args = append(args, reflect.ValueOf(int32(n)))
			c.ids = c.ids[1:]
		case strings.HasSuffix(in.Elem().Name(), "Params"):
			args = append(args, m.params(t, in, c.query))
		default:
			args = append(args, decodeRequest(t, in, c.body))
		}
	}
	require.Empty(t, c.ids, "%s takes fewer ids", m.op.ID)
	for _, opt := range c.opts {
		args = append(args, reflect.ValueOf(opt))
	}
	return args
}

// decodeRequest decodes a body into the method's type of it. A field that the type does
// not know, or spells in another way, is an error here or missing on the wire.
func decodeRequest(t testing.TB, kind reflect.Type, body json.RawMessage) reflect.Value {
	t.Helper()
	if body == nil {
		return reflect.Zero(kind)
	}
	v := reflect.New(kind.Elem())
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(v.Interface()), "%s", kind)
	return v
}

func (m method) params(t testing.TB, kind reflect.Type, query url.Values) reflect.Value {
	t.Helper()
	if query == nil {
		return reflect.Zero(kind)
	}
	v := reflect.New(kind.Elem())
	for name, values := range query {
		f := v.Elem().FieldByNameFunc(func(s string) bool { return strings.EqualFold(s, name) })
		require.True(t, f.IsValid(), "%s has no field for %s", kind, name)
		set(t, f, values)
	}
	return v
}

// set gives a field of params its values.
func set(t testing.TB, f reflect.Value, values []string) {
	t.Helper()
	if f.Type() == reflect.TypeFor[[]string]() {
		f.Set(reflect.ValueOf(values))
		return
	}
	require.Len(t, values, 1)
	if f.Kind() == reflect.Pointer {
		f.Set(reflect.New(f.Type().Elem()))
		f = f.Elem()
	}
	switch f.Kind() {
	case reflect.String:
		f.SetString(values[0])
	case reflect.Bool:
		f.SetBool(values[0] == "true")
	case reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(values[0], 10, f.Type().Bits())
		require.NoError(t, err)
		f.SetInt(n)
	default:
		t.Fatalf("params have a field of type %s", f.Type())
	}
}

// someIDs returns ids for the operation's path.
func (op *operation) someIDs() []string {
	var out []string
	for i, p := range op.ids() {
		if p.Type == "int32" {
			out = append(out, strconv.Itoa(5405+i))
			continue
		}
		out = append(out, "7301440001_"+strconv.Itoa(i))
	}
	return out
}

// someQuery returns values for all or the required parameters of the operation.
func (op *operation) someQuery(all bool) url.Values {
	if op.Query == nil {
		return nil
	}
	q := url.Values{}
	for i, p := range op.params() {
		if !all && !p.Required {
			continue
		}
		switch p.Type {
		case "string":
			q.Set(p.Name, p.Name+" "+strconv.Itoa(i)+" äß€😀 a+b&c=d%41#?/")
		case "int32":
			q.Set(p.Name, strconv.Itoa(2147483647-i))
		case "int64":
			q.Set(p.Name, strconv.Itoa(9007199254740993+i))
		case "bool":
			q.Set(p.Name, "false")
		case "list":
			q[p.Name] = []string{"b " + p.Name, "a&b", "b " + p.Name}
		}
	}
	return q
}

// someBody returns a request of the operation, or nil when it has none.
func (op *operation) someBody(t testing.TB, s shape) json.RawMessage {
	t.Helper()
	if op.RequestBody == nil {
		return nil
	}
	return body(t, *op.RequestBody, s)
}

// some returns a call with everything that the method takes.
func (op *operation) some(t testing.TB, s shape) call {
	t.Helper()
	return call{merchant: merchantID, ids: op.someIDs(), query: op.someQuery(s.all), body: op.someBody(t, s)}
}

// success returns the operation's status of success, and its body when it has one.
func (op *operation) success(t testing.TB, s shape) answer {
	t.Helper()
	for status, name := range op.Responses {
		code, err := strconv.Atoi(status)
		require.NoError(t, err)
		switch {
		case code >= 300:
		case name == nil:
			return says(code, nil)
		default:
			return says(code, body(t, *name, s))
		}
	}
	t.Fatalf("%s has no status of success", op.ID)
	return answer{}
}
