package sdk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
)

// A Request is a call that the SDK has no method for, or whose answer is wanted in
// another shape.
type Request struct {
	Method string
	// Path holds the segments below /v2/{merchantId}/: {"payments", id, "details"}.
	// They are escaped; one that could lead elsewhere is an error.
	Path []string
	// Query may be nil.
	Query url.Values
	// Body is encoded as JSON, or is a [*MultipartForm]; nil sends none.
	Body any
}

// Do makes a call of r for m and decodes the answer into out, a pointer; nil ignores
// the answer's body. It signs, retries and reports errors like every other call: a
// POST is sent again only when r is an operation of the API that only reads, or one
// whose idempotence key the platform recognises and that has one. When Do fails, out
// holds nothing to rely on.
func Do(ctx context.Context, m *MerchantClient, r Request, out any, opts ...CallOption) error {
	switch r.Method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		return fmt.Errorf("build request: method %q is not supported", r.Method)
	}
	if len(r.Path) == 0 {
		return errors.New("build request: path has no segments")
	}
	if v := reflect.ValueOf(out); out != nil && (v.Kind() != reflect.Pointer || v.IsNil()) {
		return fmt.Errorf("build request: answer must go into a pointer that is not nil, not %T", out)
	}
	o := gather(opts)
	if r.Query != nil {
		WithQuery(r.Query)(&o)
	}
	op := find(r.Method, r.Path)
	return m.exchange(ctx, o, &op, r.Path, r.Body, out)
}

// noBody is the request of an operation that has none.
var noBody *struct{}

// orEmpty returns a request without fields for none: some operations need a body.
func orEmpty[T any](req *T) *T {
	if req == nil {
		return new(T)
	}
	return req
}

// call makes one operation of the table; ids fill the places in its path in order.
// A nil request sends no body.
func call[Out, In any](ctx context.Context, m *MerchantClient, id operationID, in *In, opts []CallOption, ids ...string) (*Out, error) {
	out := new(Out)
	if err := operate(ctx, m, id, in, out, opts, ids); err != nil {
		return nil, err
	}
	return out, nil
}

// send makes one operation whose answer has no body.
func send[In any](ctx context.Context, m *MerchantClient, id operationID, in *In, opts []CallOption, ids ...string) error {
	return operate(ctx, m, id, in, nil, opts, ids)
}

func operate[In any](ctx context.Context, m *MerchantClient, id operationID, in *In, out any, opts []CallOption, ids []string) error {
	op := &operations[id]
	var space [8]string
	path := space[:0]
	for _, segment := range op.path {
		if segment == "" {
			segment, ids = ids[0], ids[1:]
		}
		path = append(path, segment)
	}
	var body any
	if in != nil {
		body = in
	}
	return m.exchange(ctx, gather(opts), op, path, body, out)
}

func gather(opts []CallOption) callOptions {
	var o callOptions
	for _, opt := range opts {
		if opt != nil {
			opt(&o)
		}
	}
	return o
}

var errNotMade = errors.New("the client was not made by NewClient")

// exchange builds the request and carries it through its sends.
func (m *MerchantClient) exchange(ctx context.Context, o callOptions, op *operation, path []string, body, out any) error {
	if m == nil || m.client == nil || m.client.exchanges == nil {
		return errNotMade
	}
	if ctx == nil {
		return errors.New("build request: the context is nil")
	}
	if o.err != nil {
		return fmt.Errorf("build request: %w", o.err)
	}
	u, resource, err := m.resolve(path, o.query)
	if err != nil {
		return err
	}
	x := m.client.exchanges.Get().(*exchange)
	defer x.release(m.client)
	x.state = state{
		client: m.client, opts: o, policy: o.retry.or(m.client.retry),
		req: request{method: op.method, url: u, resource: resource, repeat: op.repeat.with(o.key), out: out},
	}
	if err := x.req.encode(m.client.marshaller, body, op.gzip || o.gzip); err != nil {
		return err
	}
	return x.run(ctx)
}

// resolve returns the address of a path below the merchant, and the resource that is
// signed: path and query exactly as they will stand on the request line.
func (m *MerchantClient) resolve(segments []string, query url.Values) (*url.URL, string, error) {
	if m.err != nil {
		return nil, "", m.err
	}
	path, raw := m.path, m.rawPath
	for _, s := range segments {
		var err error
		if path, raw, err = appendSegment(path, raw, s); err != nil {
			return nil, "", err
		}
	}
	u := &url.URL{Scheme: m.client.scheme, Host: m.client.host, Path: path, RawPath: raw}
	if len(query) == 0 {
		return u, raw, nil
	}
	u.RawQuery = encodeQuery(query)
	return u, raw + "?" + u.RawQuery, nil
}

// reset empties what out points to.
func reset(out any) { reflect.ValueOf(out).Elem().SetZero() }
