package adopt_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/internal/adopt"
	"github.com/payreconcile/payreconcile/internal/gateway"
	"github.com/payreconcile/payreconcile/internal/manifest"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// world starts a platform and returns what reads it.
func world(t require.TestingT, b sandbox.Behaviour) (*sandbox.Sandbox, *gateway.Gateway, func()) {
	sb, err := sandbox.New(sandbox.Config{MerchantID: "shop-eu", APIKeyID: "key", APISecret: "secret", Seed: 1, Behaviour: &b})
	require.NoError(t, err)
	server := httptest.NewServer(sb)
	c, err := sdk.NewClient(sdk.Config{Endpoint: server.URL, APIKeyID: "key", APISecret: "secret", Integrator: "tests", Timeout: 5 * time.Second}, sdk.WithMarshaller(gateway.JSON{}))
	require.NoError(t, err)
	return sb, gateway.New(c.Merchant("shop-eu")), func() {
		c.CloseIdleConnections()
		server.Close()
		sb.Close()
	}
}

type step struct {
	Kind   string `json:"kind"`
	Amount int64  `json:"amount"`
	Ref    string `json:"ref,omitempty"`
	Code   *int   `json:"code,omitempty"`
	NoRef  bool   `json:"noReference,omitempty"`
}

type line struct {
	ID         string `json:"id"`
	Amount     int64  `json:"amount"`
	Currency   string `json:"currency"`
	Reference  string `json:"merchantReference,omitempty"`
	Mode       string `json:"mode,omitempty"`
	Code       *int   `json:"code,omitempty"`
	Operations []step `json:"operations,omitempty"`
}

// seed draws a payment, and leaves off what the platform does not take.
func seed(t *rapid.T, sb *sandbox.Sandbox, i int) {
	ref := rapid.SampledFrom([]string{"", "a", "b", "adopted-1", "order-1", "pr:c:0-10", "not/a ref", "x#[", "\n", "שלום", "4111111111111111", strings.Repeat("y", 40)})
	code := func(of ...int) *int {
		if n := rapid.SampledFrom(append([]int{0}, of...)).Draw(t, "code"); n != 0 {
			return &n
		}
		return nil
	}
	l := line{
		ID: fmt.Sprintf("30661771%02d_0", i), Amount: 100, Currency: rapid.SampledFrom([]string{"EUR", "JPY", "KWD"}).Draw(t, "currency"),
		Reference: ref.Draw(t, "reference"), Mode: rapid.SampledFrom([]string{"", "", "SALE"}).Draw(t, "mode"), Code: code(0, 0, 0, 0, 0, 0, 46, 2, 51, 52),
	}
	codes := map[string][]int{"capture": {0, 0, 91, 92, 93, 99}, "cancel": {0, 0, 61, 62, 63}, "refund": {0, 0, 81, 82, 83}}
	for range rapid.IntRange(0, 4).Draw(t, "operations") {
		kind := rapid.SampledFrom([]string{"capture", "capture", "cancel", "refund"}).Draw(t, "kind")
		o := step{Kind: kind, Amount: rapid.Int64Range(1, 40).Draw(t, "amount"), Ref: ref.Draw(t, "ref"), Code: code(codes[kind]...)}
		o.NoRef = o.Ref == ""
		l.Operations = append(l.Operations, o)
	}
	for {
		text, err := json.Marshal(l)
		require.NoError(t, err)
		_, err = sb.LoadSeed(bytes.NewReader(text))
		if err == nil || len(l.Operations) == 0 {
			return
		}
		l.Operations = l.Operations[:len(l.Operations)-1]
	}
}

// Whatever state the platform is in, the plan of what was imported has no call
// to make and is not blocked, and every payment is declared or told of.
func TestImportedPlansEmpty(t *testing.T) {
	t.Parallel()
	declaredAll, declaredItems := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		b := sandbox.DefaultBehaviour()
		b.SettleAfter = time.Hour
		b.EchoReferences = rapid.Bool().Draw(t, "echo")
		b.AuthorizationMovesToCaptured = rapid.Bool().Draw(t, "moves")
		b.RefundOnOpenCapture = true
		b.ReferenceLimit = rapid.SampledFrom([]int{0, 0, 3}).Draw(t, "limit")
		sb, gate, stop := world(t, b)
		defer stop()
		ids := &adopt.IDs{}
		for i := range rapid.IntRange(1, 8).Draw(t, "payments") {
			ids.Add(fmt.Sprintf("30661771%02d", i), "test")
			seed(t, sb, i)
			for range rapid.IntRange(0, 2).Draw(t, "portal") {
				kind := rapid.SampledFrom([]sandbox.Kind{sandbox.Capture, sandbox.Cancel, sandbox.Refund}).Draw(t, "kind")
				_, _ = sb.Portal(fmt.Sprintf("30661771%02d_0", i), kind, rapid.Int64Range(1, 50).Draw(t, "amount"))
			}
		}
		sb.Advance(rapid.SampledFrom([]time.Duration{0, 2 * time.Hour}).Draw(t, "later"))

		w, err := manifest.NewWriter(manifest.Head{Name: "all"})
		require.NoError(t, err)
		defer func() { require.NoError(t, w.Close()) }()
		told := map[string]bool{}
		a := adopt.Adopter{
			Reader: gate, Parallelism: 3, As: rapid.SampledFrom([]spec.Mode{spec.Items, spec.Total}).Draw(t, "as"), Add: w.Add,
			LeftOut: func(l adopt.LeftOut) {
				require.NotEmpty(t, l.Message)
				require.NotContains(t, l.Message, "fault of payreconcile")
				require.NotContains(t, l.Message, "a manifest cannot say it")
				if l.Part == "" {
					told[l.Payment.Base()] = true
				}
			},
		}
		require.NoError(t, a.Run(context.Background(), ids.All()))
		var out bytes.Buffer
		require.NoError(t, w.WriteTo(context.Background(), &out))
		require.NotContains(t, out.String(), "4111111111111111")
		if out.Len() > 0 {
			for p, err := range spec.Decode(context.Background(), spec.SourcesOf(spec.Inline("m.yaml", out.String())), spec.Options{}) {
				require.NoError(t, err, out.String())
				have, err := gate.Observe(context.Background(), p.ID)
				require.NoError(t, err)
				e := plan.Diff(p, have, plan.Known{Env: plan.Env{Name: "test", Merchant: "shop-eu"}})
				for _, act := range e.Content.Actions {
					require.Equal(t, plan.Pending, act.Kind, "%+v\n%s", act, out.String())
				}
				told[p.ID.Base()] = true
				declaredAll++
				declaredItems += len(p.Captures.Items) + len(p.Cancels.Items) + len(p.Refunds.Items)
			}
		}
		require.Len(t, told, int(ids.Count()))
	})
	require.Greater(t, declaredAll, 100)
	t.Logf("%d payments with %d items", declaredAll, declaredItems)
	require.Greater(t, declaredItems, 100)
}

// A stub answers from memory.
type stub struct {
	known map[string]plan.Observed
	fail  string
}

func (s stub) Observe(_ context.Context, id spec.PaymentID) (plan.Observed, error) {
	if id.Base() == s.fail {
		return plan.Observed{}, errors.New("it burns")
	}
	return s.known[id.Base()], nil
}

func observed(id, reference string) plan.Observed {
	code, yes, amount := 5, true, int64(1000)
	return plan.Observe(plan.Reading{
		ID: id, Amount: amount, Currency: "EUR", Code: code, Authorized: &yes, Methods: 1, MerchantReference: reference,
		Operations: []plan.ReadOperation{{ID: id, Code: &code, Amount: &amount, Currency: "EUR"}},
	}, time.Time{})
}

func TestRun(t *testing.T) {
	t.Parallel()
	var added, left []string
	a := adopt.Adopter{
		Reader: stub{known: map[string]plan.Observed{
			"1": observed("1_0", "fine"), "2": observed("2_0", "a\nb"), "3": observed("3_0", "4111 1111 1111 1111"), "4": observed("5_0", "other"),
		}},
		Parallelism: 4, As: spec.Items,
		LeftOut: func(l adopt.LeftOut) {
			left = append(left, strings.TrimSpace(fmt.Sprintf("%s %s %s", l.Payment, l.Part, l.Reason)))
		},
	}
	w, err := manifest.NewWriter(manifest.Head{})
	require.NoError(t, err)
	defer func() { require.NoError(t, w.Close()) }()
	a.Add = func(p *spec.Payment) error {
		err := w.Add(p)
		if err == nil {
			added = append(added, fmt.Sprintf("%s %q", p.ID, p.MerchantReference))
		}
		return err
	}
	ids := &adopt.IDs{}
	for _, id := range []string{"1", "2", "3", "4", "9"} {
		ids.Add(id, "test")
	}
	require.NoError(t, a.Run(t.Context(), ids.All()))
	require.Empty(t, cmp.Diff([]string{`1_0 "fine"`, `2_0 ""`, `3_0 ""`}, added))
	require.Empty(t, cmp.Diff([]string{"2 merchantReference unreadable", "3 merchantReference unreadable", "4  wrong_payment", "9  unknown_payment"}, left))

	a.Reader = stub{fail: "2"}
	require.EqualError(t, a.Run(t.Context(), ids.All()), "it burns")
	full := errors.New("disk full")
	a.Reader, a.Add = stub{known: map[string]plan.Observed{"1": observed("1_0", "fine")}}, func(*spec.Payment) error { return full }
	require.ErrorIs(t, a.Run(t.Context(), ids.All()), full)
}

func TestIDs(t *testing.T) {
	t.Parallel()
	ids := &adopt.IDs{}
	ids.Add("9000003066177123000", "argument")
	require.NoError(t, ids.Read(strings.NewReader("\ufeff# mine\n\n 3066177123_0 \r\n3066177124\nodd-a\nodd-b\nodd-a_0\n"), "ids.txt"))
	require.NoError(t, ids.Err())
	var got []string
	for id, err := range ids.All() {
		require.NoError(t, err)
		got = append(got, string(id))
	}
	require.Equal(t, []string{"9000003066177123000", "3066177124", "odd-a", "odd-b"}, got)
	require.EqualValues(t, 4, ids.Count())
	require.EqualValues(t, 2, ids.Repeated())

	require.NoError(t, ids.Read(strings.NewReader("# none\n"), "none.txt"))
	require.EqualError(t, ids.Err(), "none.txt: file names no payment")
	many := &adopt.IDs{}
	require.NoError(t, many.Read(strings.NewReader(strings.Repeat("a b\n", 1500)), "ids.txt"))
	require.ErrorContains(t, many.Err(), "500 more faults are not listed")
	require.Error(t, many.Read(strings.NewReader(strings.Repeat("x", 100_000)), "ids.txt"))
}
