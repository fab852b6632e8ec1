package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"time"

	fast "github.com/go-json-experiment/json"

	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// sdk measures the CPU time that one call costs its client, on one core: the answer
// is that of GetPaymentDetails in testdata, without white space.
func (b *bench) sdk() error {
	var compact bytes.Buffer
	data, err := os.ReadFile("testdata/api/payment_details.json")
	if err != nil {
		return err
	}
	if err := json.Compact(&compact, data); err != nil {
		return err
	}
	answer := b.path("answer.json")
	if err := os.WriteFile(answer, compact.Bytes(), 0o600); err != nil {
		return err
	}
	p, err := b.answering(answer)
	if err != nil {
		return err
	}
	defer p.stop()
	for _, against := range []struct{ bare, tested, what string }{
		{"bare", "sdk-ignore", "bare, body thrown away by both"},
		{"bare-fast", "sdk-fast", "bare, both decode with go-json-experiment"},
		{"bare-json", "sdk-json", "bare, both decode with encoding/json"},
		{"bare", "sdk-fast", "bare that decodes nothing, go-json-experiment"},
		{"bare", "sdk-json", "bare that decodes nothing, encoding/json"},
	} {
		r, err := b.ratio(func() (time.Duration, error) { return b.caller(p, against.bare) },
			func() (time.Duration, error) { return b.caller(p, against.tested) })
		if err != nil {
			return err
		}
		report("sdk over "+against.what, 1/median(r.ratios), "(A/A %.2f; %.1f µs CPU a call against %.1f; answer of %d bytes)", median(r.same),
			perCall(r.tested, b.payments), perCall(r.bare, b.payments), compact.Len())
	}
	return nil
}

func perCall(runs []time.Duration, n int) float64 { return median(runs).Seconds() * 1e6 / float64(n) }

// answering starts a platform that answers everything with a file.
func (b *bench) answering(file string) (*platform, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return startPlatform(exec.Command(self, "stub", "-answer", file), "stub")
}

// caller runs a client on one core and returns the CPU time that it took.
func (b *bench) caller(p *platform, how string) (time.Duration, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.Command(self, "caller", "-url", p.url, "-how", how, "-n", strconv.Itoa(b.payments))
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return 0, err
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

// callerMain makes n calls, one after the other.
func callerMain(args []string) error {
	f := flag.NewFlagSet("caller", flag.ExitOnError)
	url := f.String("url", "", "platform")
	how := f.String("how", "bare", "bare, bare-json, bare-fast, sdk-ignore, sdk-json or sdk-fast")
	n := f.Int("n", 0, "calls")
	_ = f.Parse(args)
	call, err := callerOf(*how, *url)
	if err != nil {
		return err
	}
	for range *n {
		if err := call(); err != nil {
			return err
		}
	}
	return nil
}

func callerOf(how, url string) (func() error, error) {
	bare := &bareClient{client: &http.Client{Transport: &http.Transport{DisableCompression: true}}, url: url, mac: hmac.New(sha256.New, []byte(secret))}
	resource := fmt.Sprintf("/v2/%s/payments/%d_0/details", merchant, firstID)
	ctx := context.Background()
	var options []sdk.Option
	switch how {
	case "bare":
		return func() error { return bare.call(http.MethodGet, resource, "", "") }, nil
	case "bare-json":
		bare.decode = func(data []byte) error { return json.Unmarshal(data, new(model.PaymentDetailsResponse)) }
		return func() error { return bare.call(http.MethodGet, resource, "", "") }, nil
	case "bare-fast":
		bare.decode = func(data []byte) error { return fast.Unmarshal(data, new(model.PaymentDetailsResponse)) }
		return func() error { return bare.call(http.MethodGet, resource, "", "") }, nil
	case "sdk-fast":
		options = append(options, sdk.WithMarshaller(fastJSON{}))
	}
	client, err := sdk.NewClient(sdk.Config{Endpoint: url, APIKeyID: keyID, APISecret: secret, Integrator: "bench"}, options...)
	if err != nil {
		return nil, err
	}
	m, id := client.Merchant(merchant), fmt.Sprintf("%d_0", firstID)
	if how == "sdk-ignore" {
		req := sdk.Request{Method: http.MethodGet, Path: []string{"payments", id, "details"}}
		return func() error { return sdk.Do(ctx, m, req, nil) }, nil
	}
	return func() error {
		_, err := m.Payments().GetPaymentDetails(ctx, id)
		return err
	}, nil
}

// fastJSON is the marshaller that the command plugs in.
type fastJSON struct{}

func (fastJSON) Marshal(v any) ([]byte, error)      { return fast.Marshal(v) }
func (fastJSON) Unmarshal(data []byte, v any) error { return fast.Unmarshal(data, v) }
