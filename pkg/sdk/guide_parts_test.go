package sdk_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	fast "github.com/go-json-experiment/json"

	"github.com/payreconcile/payreconcile/pkg/sdk"
)

// Connection pooling: clients that are given one connection share its pool. Idle
// connections are closed after 50 seconds, or now.
func Example_sharedPool() {
	sb, url, stop := emulator()
	defer stop()
	pool := sdk.NewConnection(10, 5*time.Second)
	for _, integrator := range []string{"Shop", "Back Office"} {
		client, err := sdk.NewClient(sdk.Config{
			Endpoint: url, APIKeyID: "key-id", APISecret: "key-secret", Integrator: integrator,
		}, sdk.WithConnection(pool))
		if err != nil {
			fmt.Println(err)
			return
		}
		_ = must(client.Merchant("PSPID").Services().TestConnection(context.Background()))
	}
	pool.CloseIdleConnections()
	fmt.Println(sb.Requests()["testConnection"], "calls")
	// Output: 2 calls
}

// A vault signs requests without giving the secret away.
type vault struct{ inner sdk.Authenticator }

func (v vault) Authorization(method, resource string, header http.Header) (string, error) {
	fmt.Println("sign", method, resource)
	return v.inner.Authorization(method, resource, header)
}

// Customise communication: an authenticator of one's own.
func ExampleWithAuthenticator() {
	v1 := must(sdk.NewV1HMAC("key-id", "key-secret"))
	client, _, stop := shop(sdk.WithAuthenticator(vault{v1}))
	defer stop()
	_, err := client.Merchant("PSPID").Services().TestConnection(context.Background())
	fmt.Println(err)
	// Output:
	// sign GET /v2/PSPID/services/testconnection
	// <nil>
}

// A counter is a connection around another.
type counter struct {
	inner http.RoundTripper
	n     int
}

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.n++
	return c.inner.RoundTrip(r)
}

// Customise communication: a connection of one's own is any http.RoundTripper, such as
// one for tracing.
func ExampleWithConnection() {
	connection := &counter{inner: sdk.NewConnection(10, 5*time.Second)}
	client, _, stop := shop(sdk.WithConnection(connection))
	defer stop()
	_, err := client.Merchant("PSPID").Services().TestConnection(context.Background())
	fmt.Println(connection.n, err)
	// Output: 1 <nil>
}

// quickJSON encodes and decodes with github.com/go-json-experiment/json.
type quickJSON struct{}

func (quickJSON) Marshal(v any) ([]byte, error)      { return fast.Marshal(v) }
func (quickJSON) Unmarshal(data []byte, v any) error { return fast.Unmarshal(data, v) }

// Customise communication: a marshaller of one's own, here a faster one.
func ExampleWithMarshaller() {
	client, _, stop := shop(sdk.WithMarshaller(quickJSON{}))
	defer stop()
	answer, err := client.Merchant("PSPID").Services().TestConnection(context.Background())
	fmt.Println(*answer.Result, err)
	// Output: OK <nil>
}

// plugin describes a shop plugin to the platform.
type plugin struct{}

func (plugin) MetadataHeaders() (map[string]string, error) {
	return map[string]string{"X-GCS-ServerMetaInfo": "eyJpbnRlZ3JhdG9yIjoiRXhhbXBsZSJ9"}, nil
}

// Customise communication: a metadata provider of one's own.
func ExampleWithMetadataProvider() {
	client, _, stop := shop(sdk.WithMetadataProvider(plugin{}))
	defer stop()
	answer, err := client.Merchant("PSPID").Services().TestConnection(context.Background())
	fmt.Println(*answer.Result, err)
	// Output: OK <nil>
}

// What the platform should know of the customer's device travels with a client of its
// own, which shares everything else.
func ExampleClient_WithClientMetaInfo() {
	client, _, stop := shop()
	defer stop()
	mobile, err := client.WithClientMetaInfo(map[string]string{"deviceType": "phone"})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = mobile.Merchant("PSPID").Services().TestConnection(context.Background())
	fmt.Println(err)
	// Output: <nil>
}

// What the types of package model do not know yet is in the answer itself.
func ExampleWithResponse() {
	client, _, stop := shop()
	defer stop()
	var resp sdk.Response
	_, err := client.Merchant("PSPID").Services().TestConnection(context.Background(), sdk.WithResponse(&resp))
	var more struct{ Result string }
	_ = json.Unmarshal(resp.Body, &more)
	fmt.Println(resp.StatusCode, strings.ToLower(more.Result), err)
	// Output: 200 ok <nil>
}
