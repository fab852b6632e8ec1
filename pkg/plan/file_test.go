package plan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

func header() plan.Header {
	return plan.Header{
		Created: readAt, Expires: readAt.Add(time.Hour), Environment: testEnv.Name, Merchant: testEnv.Merchant, Nonce: "bm9uY2U",
		Journal: plan.JournalRef{ID: "j-1", Seq: 7}, Selection: "--selector desk=eu", Tool: "payreconcile 1.2.3",
		Manifests: []plan.ManifestFile{{Name: "orders.yaml", SHA256: strings.Repeat("ab", 32)}},
		Maker:     "ada", Policy: strings.Repeat("cd", 32), Approvers: strings.Repeat("ef", 32),
	}
}

// entries are some of every kind: calls, waits, blocks, drift and nothing.
func entries(t testing.TB) []plan.Entry {
	return numbered([]plan.Entry{
		diff(t, "captures ship-1=80.00 ship-2=20.00; reference order-1001", authed, ""),
		diff(t, "captured all; refunded 10.00; authorized 100.00", authed, ""),
		diff(t, "refunds x=5.00 rma-1=20.00:damaged", "9 FFT 100.00; product 302; _0 9 100.00; _1 8 5.00 x", ""),
		diff(t, "refunded 20.00", "81 FF- 100.00; _0 9 100.00 category=COMPLETED; _1 81 20.00 category=REVERSED", ""),
		diff(t, "cancelled all; captures a=60.00", "5 TTF 100.00; _0 5 100.00; _1 93 60.00 a", "capture a 60.00 accepted _1"),
		diff(t, "captured 60.00", authed, "capture a 60.00 accepted _1"),
		diff(t, "captured 60.00", authed, "capture a 60.00 unknown"),
		diff(t, "currency JPY; refunded 7", "currency JPY; 9 FFT 9; _0 9 9", ""),
		diff(t, "captured 60.00; reference <müller> & \"söhne\"\u2028", authed, ""),
		diff(t, "captured 60.00", "unknown", ""),
		diff(t, "captured 100.00", "9 FFT 100.00; _0 9 100.00", ""),
		diff(t, "captured 60.00", "surcharge; "+authed, ""),
	})
}

// judged writes a plan that a policy had something to say about.
func judged(t testing.TB, all []plan.Entry) ([]byte, plan.Footer) {
	t.Helper()
	var b bytes.Buffer
	w, err := plan.NewWriter(&b, header())
	require.NoError(t, err)
	for i := range all {
		all[i].Content.Labels = plan.Labels{"desk": "eu", "a/b": "1"}
		l, err := plan.Encode(&all[i])
		require.NoError(t, err)
		require.NoError(t, w.Write(l))
	}
	f, err := w.CloseJudged(func(f plan.Footer) *plan.Judgement {
		require.Empty(t, f.PlanID)
		return &plan.Judgement{Approvals: int(f.Counts.Changes), Denied: 101, Denials: []plan.Denial{
			{Rule: "refund-cap", Payment: "3066177123_0", Ref: "rma-1", Source: "orders.yaml:7", Message: "20.00 EUR is <too> much", Override: "split it"},
		}}
	})
	require.NoError(t, err)
	return b.Bytes(), f
}

// TestJudged holds that what a policy said stands in the plan, is sealed by its
// id, and does not make it another plan of another world.
func TestJudged(t *testing.T) {
	t.Parallel()
	b, wrote := judged(t, entries(t))
	_, f, err := plan.Verify(bytes.NewReader(b))
	require.NoError(t, err)
	if d := cmp.Diff(wrote, f); d != "" {
		t.Errorf("footer (-written +read):\n%s", d)
	}
	got, err := readAll(b)
	require.NoError(t, err)
	require.Equal(t, plan.Labels{"desk": "eu", "a/b": "1"}, got[0].Content.Labels)
	_, plainly := write(t, header(), got)
	require.Equal(t, plainly.ContentID, f.ContentID)
	require.NotEqual(t, plainly.PlanID, f.PlanID)
	for line := range bytes.Lines(b) {
		canonical(t, json.NewDecoder(bytes.NewReader(line)))
	}
	altered := bytes.Replace(b, []byte(`"denied":101`), []byte(`"denied":100`), 1)
	_, _, err = plan.Verify(bytes.NewReader(altered))
	require.ErrorIs(t, err, plan.ErrAltered)
}

// numbered gives every entry a payment of its own.
func numbered(all []plan.Entry) []plan.Entry {
	for i := range all {
		c := &all[i].Content
		was, is := c.Payment.Base(), strconv.Itoa(3_066_177_123+i)
		rename := func(id string) string { return strings.Replace(id, was, is, 1) }
		c.Payment, c.Have.ID = spec.PaymentID(rename(string(c.Payment))), rename(c.Have.ID)
		for j := range c.Have.Operations {
			c.Have.Operations[j].ID = rename(c.Have.Operations[j].ID)
		}
		for j := range c.Drift {
			c.Drift[j].Operation = rename(c.Drift[j].Operation)
		}
		for j := range c.Actions {
			a := &c.Actions[j]
			a.Operation, a.Message = rename(a.Operation), rename(a.Message)
			if a.Key != "" {
				a.Key = plan.KeyFor(testEnv, c.Payment, c.Currency, *a)
			}
		}
	}
	return all
}

func write(t testing.TB, h plan.Header, all []plan.Entry) ([]byte, plan.Footer) {
	t.Helper()
	var b bytes.Buffer
	w, err := plan.NewWriter(&b, h)
	require.NoError(t, err)
	for i := range all {
		l, err := plan.Encode(&all[i])
		require.NoError(t, err)
		require.NoError(t, w.Write(l))
	}
	f, err := w.Close()
	require.NoError(t, err)
	return b.Bytes(), f
}

// writeAgain writes a plan that was read.
func writeAgain(t *testing.T, h plan.Header, f plan.Footer, all []plan.Entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := plan.NewWriter(&b, h)
	require.NoError(t, err)
	for i := range all {
		l, err := plan.Encode(&all[i])
		require.NoError(t, err)
		require.NoError(t, w.Write(l))
	}
	_, err = w.CloseJudged(func(plan.Footer) *plan.Judgement { return f.Judgement })
	require.NoError(t, err)
	return b.Bytes()
}

func readAll(b []byte) (out []plan.Entry, err error) {
	for e, err := range plan.Entries(bytes.NewReader(b)) {
		if err != nil {
			return out, err
		}
		out = append(out, *e)
	}
	return out, nil
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	all := entries(t)
	b, wrote := write(t, header(), all)
	h, f, err := plan.Verify(bytes.NewReader(b))
	require.NoError(t, err)
	if d := cmp.Diff(wrote, f); d != "" {
		t.Errorf("footer (-written +read):\n%s", d)
	}
	wantHeader := header()
	wantHeader.Kind, wantHeader.FormatVersion = "header", plan.FormatVersion
	if d := cmp.Diff(wantHeader, h); d != "" {
		t.Errorf("header (-written +read):\n%s", d)
	}
	require.Equal(t, testEnv, h.Env())
	got, err := readAll(b)
	require.NoError(t, err)
	if d := cmp.Diff(all, got); d != "" {
		t.Errorf("entries (-written +read):\n%s", d)
	}
	require.True(t, f.HasChanges())
	want := plan.Counts{
		Actions: map[plan.Kind]int64{plan.Capture: 4, plan.Refund: 2, plan.Pending: 2, plan.Deferred: 2, plan.Blocked: 4},
		Blocked: 4, Calls: 6, Changes: 5, Drifted: 1, InDoubt: 1, NoOp: 1, Payments: 12, Waiting: 4,
	}
	if d := cmp.Diff(want, f.Counts); d != "" {
		t.Errorf("counts (-want +got):\n%s", d)
	}
	money := []plan.Sum{
		{Action: plan.Capture, Amount: 26000, Count: 4, Currency: "EUR"},
		{Action: plan.Refund, Amount: 2000, Count: 1, Currency: "EUR"},
		{Action: plan.Refund, Amount: 7, Count: 1, Currency: "JPY"},
	}
	if d := cmp.Diff(money, f.Money); d != "" {
		t.Errorf("money (-want +got):\n%s", d)
	}
}

// TestEmptyPlan holds that a plan of nothing is a plan.
func TestEmptyPlan(t *testing.T) {
	t.Parallel()
	b, _ := write(t, plan.Header{}, nil)
	_, f, err := plan.Verify(bytes.NewReader(b))
	require.NoError(t, err)
	require.False(t, f.HasChanges())
	got, err := readAll(b)
	require.NoError(t, err)
	require.Empty(t, got)
	require.NotContains(t, string(b), "null")
}

// TestPinned reads files that earlier builds have written, one of each format
// version, and writes the same bytes again. They are never written anew: plans
// that wait for approval have to stay good.
func TestPinned(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/roundtrip/*.jsonl")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		h, f, err := plan.Verify(bytes.NewReader(b))
		require.NoError(t, err, name)
		all, err := readAll(b)
		require.NoError(t, err, name)
		require.Len(t, all, int(f.Counts.Payments))
		again := writeAgain(t, h, f, all)
		if d := cmp.Diff(string(b), string(again)); d != "" {
			t.Errorf("%s (-file +written again):\n%s", name, d)
		}
	}
}

// TestCanonical reads every line token by token: keys sorted and none twice,
// no number but integers.
func TestCanonical(t *testing.T) {
	t.Parallel()
	b, _ := write(t, header(), entries(t))
	for line := range bytes.Lines(b) {
		canonical(t, json.NewDecoder(bytes.NewReader(line)))
	}
}

func canonical(t *testing.T, d *json.Decoder) {
	d.UseNumber()
	tok, err := d.Token()
	require.NoError(t, err)
	switch tok {
	case json.Delim('{'):
		last := ""
		for d.More() {
			k, err := d.Token()
			require.NoError(t, err)
			require.Less(t, last, k.(string))
			last = k.(string)
			canonical(t, d)
		}
		_, err = d.Token()
		require.NoError(t, err)
	case json.Delim('['):
		for d.More() {
			canonical(t, d)
		}
		_, err = d.Token()
		require.NoError(t, err)
	default:
		if n, is := tok.(json.Number); is {
			_, err := n.Int64()
			require.NoError(t, err)
		}
	}
}

// TestContentID holds that equal worlds have one content id, whoever plans
// them, when, where and in what words, and other worlds another.
func TestContentID(t *testing.T) {
	t.Parallel()
	_, f := write(t, header(), entries(t))
	h, all := header(), entries(t)
	h.Created, h.Expires, h.Nonce, h.Tool, h.Selection = time.Time{}, time.Time{}, "other", "another", ""
	h.Journal, h.Manifests = plan.JournalRef{ID: "j-2"}, nil
	for i := range all {
		e := &all[i]
		e.Source, e.ObservedAt, e.Content.Have.At = "elsewhere.yaml:3", readAt.Add(time.Second), readAt.Add(time.Second)
		if e.Content.Have.FaultText != "" {
			e.Content.Have.FaultText = "in other words"
		}
		for j := range e.Content.Actions {
			if a := &e.Content.Actions[j]; a.Message != "" {
				a.Message, a.Hint = "in other words", ""
			}
		}
	}
	_, same := write(t, h, all)
	require.Equal(t, f.ContentID, same.ContentID)
	require.NotEqual(t, f.PlanID, same.PlanID)

	for name, change := range map[string]func(*plan.Header, *[]plan.Entry){
		"environment":  func(h *plan.Header, _ *[]plan.Entry) { h.Environment = "live" },
		"merchant":     func(h *plan.Header, _ *[]plan.Entry) { h.Merchant = "other" },
		"unit":         func(h *plan.Header, _ *[]plan.Entry) { h.CaptureUnit = plan.CaptureUnitMinor },
		"refunds":      func(h *plan.Header, _ *[]plan.Entry) { h.RefundOpen = true },
		"observed":     func(_ *plan.Header, all *[]plan.Entry) { (*all)[0].Content.Have.CanRefund = true },
		"wanted":       func(_ *plan.Header, all *[]plan.Entry) { (*all)[9] = diff(t, "captured 61.00", "unknown", "") },
		"reason":       func(_ *plan.Header, all *[]plan.Entry) { (*all)[6].Content.Actions[0].Reason = "another" },
		"order":        func(_ *plan.Header, all *[]plan.Entry) { slices.Reverse(*all) },
		"one less":     func(_ *plan.Header, all *[]plan.Entry) { *all = (*all)[1:] },
		"an operation": func(_ *plan.Header, all *[]plan.Entry) { (*all)[3].Content.Have.Operations[1].Ref = "r" },
	} {
		h, all := header(), entries(t)
		change(&h, &all)
		_, other := write(t, h, all)
		require.NotEqual(t, f.ContentID, other.ContentID, name)
	}
}

// TestEncode holds that the line of an entry is what encoding/json makes of it.
func TestEncode(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(
		rapid.SampledFrom([]string{"", "a", "<&>", `"\`, "\x00\x1f\x7f", "\u2028", "é", "\xff\xfe", "\b\f\n\r\t"}), rapid.String(),
	)
	number := rapid.OneOf(rapid.SampledFrom([]int64{0, 1, -1, math.MaxInt64, math.MinInt64}), rapid.Int64())
	content := func(t *rapid.T) (c plan.Content) {
		str := func() string { return text.Draw(t, "s") }
		num := func() int64 { return number.Draw(t, "n") }
		yes := func() bool { return rapid.Bool().Draw(t, "b") }
		pointer := func() *int64 {
			if n := num(); n != 0 {
				return &n
			}
			return nil
		}
		c.Currency, c.Payment = spec.Currency(str()), spec.PaymentID(str())
		for range rapid.IntRange(0, 2).Draw(t, "actions") {
			c.Actions = append(c.Actions, plan.Action{
				After: num(), Amount: num(), Attempt: int(num()), Before: num(), Final: yes(), Hint: str(), Key: plan.Key(str()),
				Kind: plan.Blocked, Message: str(), Note: str(), Op: spec.Op(str()), Operation: str(), Reason: plan.Reason(str()),
				Ref: str(), Undo: plan.Undo(str()),
			})
		}
		for range rapid.IntRange(0, 2).Draw(t, "drift") {
			c.Drift = append(c.Drift, plan.Drift{Kind: str(), Op: spec.Op(str()), Operation: str(), Ref: str()})
		}
		h := &c.Have
		*h = plan.Observed{
			Authorized: num(), CanCancel: yes(), CanCapture: yes(), CanRefund: yes(), Code: int(num()), Currency: spec.Currency(str()),
			Exists: yes(), Fault: plan.Reason(str()), FaultText: str(), ID: str(), MerchantReference: str(), Product: int(num()),
			Totals: plan.Totals{
				CancelRequested: num(), Cancelled: num(), CaptureRequested: num(), Captured: num(), RefundRequested: num(),
				Refunded: num(), Uncertain: num(), UncertainRefund: num(),
			},
		}
		for range rapid.IntRange(0, 2).Draw(t, "operations") {
			h.Operations = append(h.Operations, plan.Operation{
				Amount: num(), Category: str(), Code: int(num()), Currency: "EUR", ID: str(), Op: spec.Op(str()), Ref: str(),
				Standing: plan.Standing(str()), Unseen: yes(), Rejected: yes(),
			})
		}
		c.Want = plan.Want{Authorized: num(), Cancelled: pointer(), Captured: pointer(), MerchantReference: str(), Refunded: pointer()}
		return c
	}
	rapid.Check(t, func(t *rapid.T) {
		e := plan.Entry{Content: content(t), Source: text.Draw(t, "source")}
		if rapid.Bool().Draw(t, "timed") {
			e.ObservedAt = time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "at"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
		}
		require.Equal(t, plainLine(t, &e), lineOf(t, &e))
	})
}

// plainLine encodes an entry with encoding/json.
func plainLine(t require.TestingT, e *plan.Entry) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	require.NoError(t, enc.Encode(struct {
		Content    plan.Content `json:"content"`
		Kind       string       `json:"kind"`
		ObservedAt time.Time    `json:"observed_at,omitzero"`
		Source     string       `json:"source"`
	}{e.Content, "payment", e.ObservedAt.UTC(), e.Source}))
	return strings.ReplaceAll(b.String(), `\ufffd`, "\ufffd") // we write the character itself, since it reads back as that
}

// lineOf takes the line of an entry out of a file.
func lineOf(t require.TestingT, e *plan.Entry) string {
	var b bytes.Buffer
	w, err := plan.NewWriter(&b, plan.Header{})
	require.NoError(t, err)
	l, err := plan.Encode(e)
	require.NoError(t, err)
	require.NoError(t, w.Write(l))
	_, err = w.Close()
	require.NoError(t, err)
	return strings.SplitAfter(b.String(), "\n")[1]
}

func TestEncodeRefuses(t *testing.T) {
	t.Parallel()
	long := diff(t, "captured 60.00", authed, "")
	long.Content.Have.MerchantReference = strings.Repeat("x", 8<<20)
	_, err := plan.Encode(&long)
	require.ErrorContains(t, err, "more than the 8388608 that are read")
	odd := diff(t, "captured 60.00", authed, "")
	odd.ObservedAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	_, err = plan.Encode(&odd)
	require.ErrorContains(t, err, "encode the plan for 3066177123_0")
}

// TestSumsOverflow holds that sums past int64 end the plan.
func TestSumsOverflow(t *testing.T) {
	t.Parallel()
	e := diff(t, "captured 60.00", authed, "")
	e.Content.Actions[0].Amount = math.MaxInt64/2 + 1
	l, err := plan.Encode(&e)
	require.NoError(t, err)
	w, err := plan.NewWriter(io.Discard, header())
	require.NoError(t, err)
	require.NoError(t, w.Write(l))
	require.EqualError(t, w.Write(l), "add up the plan: the captures in EUR come to more than can be counted")
	_, err = w.Close()
	require.Error(t, err, "a plan that lacks a payment was closed")

	e.Content.Actions[0].Amount = -1
	_, err = plan.Encode(&e)
	require.EqualError(t, err, "add up the plan: a capture of -1 minor units")
}

// broken fails after so many bytes.
type broken int

func (b *broken) Write(p []byte) (int, error) {
	if *b -= broken(len(p)); *b < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

func TestWriterFails(t *testing.T) {
	t.Parallel()
	for _, size := range []broken{0, 300 << 10} {
		w, err := plan.NewWriter(&size, header())
		require.NoError(t, err)
		e := diff(t, "captured 60.00", authed, "")
		l, err := plan.Encode(&e)
		require.NoError(t, err)
		for range 1000 {
			_ = w.Write(l)
		}
		_, err = w.Close()
		require.ErrorContains(t, err, "write the plan: disk full")
	}
	w, err := plan.NewWriter(io.Discard, header())
	require.NoError(t, err)
	_, err = w.Close()
	require.NoError(t, err)
	_, err = w.Close()
	require.EqualError(t, err, "write the plan: it is closed")
	require.Error(t, w.Write(plan.Line{}))
}

func ExampleVerify() {
	var file bytes.Buffer
	w, _ := plan.NewWriter(&file, plan.Header{Environment: "test", Merchant: "shop"})
	_, _ = w.Close()
	altered := strings.Replace(file.String(), "shop", "shed", 1)
	_, _, err := plan.Verify(strings.NewReader(altered))
	fmt.Println(err)
	// Output: the plan file was altered after it was written: its bytes do not match its plan id
}
