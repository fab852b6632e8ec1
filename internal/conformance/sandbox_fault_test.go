package conformance_test

import (
	"strconv"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// fault adds a fault, which goes when the part is over.
func (v *visit) fault(f sandbox.Fault) {
	v.t.Helper()
	_, err := v.sb.AddFault(f)
	require.NoError(v.t, err)
	v.t.Cleanup(v.sb.ClearFaults)
}

func (v *visit) idempotence() {
	id := v.authorised()
	from := v.sb.Now().Add(-time.Minute).UnixMilli()
	capture := func(amount, name string) said {
		return v.call(201, "capturePayment", "M", id, `{"amount":`+amount+`}`, key(name))
	}
	first, again, different := capture("100", "visit-1"), capture("100", "visit-1"), capture("500", "visit-1")
	require.Equal(v.t, first.text("id"), again.text("id"))
	require.Equal(v.t, first.body, different.body, "the first answer wins, whatever the body")
	require.Empty(v.t, first.at)
	at, err := strconv.ParseInt(again.at, 10, 64)
	require.NoError(v.t, err, "a stored answer says when its request came")
	require.WithinRange(v.t, time.UnixMilli(at), time.UnixMilli(from), v.sb.Now().Add(time.Second))
	require.NotEqual(v.t, first.text("id"), capture("100", "visit-2").text("id"))
	v.balances(id, 600, 200, 0, 0)
	for range 2 {
		v.call(200, "cancelPayment", "M", id, money("600"), key("visit-3"))
	}
	for range 2 {
		v.call(201, "refundPayment", "M", id, money("50"), key("visit-4"))
	}
	v.balances(id, 0, 150, 600, 50)
	one := v.call(201, "createPayment", "M", payment(visaNumber, "SALE"), key("visit-5")).text("payment.id")
	require.Equal(v.t, one, v.call(201, "createPayment", "M", payment(visaNumber, "SALE"), key("visit-5")).text("payment.id"))
	long := "visit-0123456789012345678901234567890123456789"
	require.Equal(v.t, "X-GCS-Idempotence-Key", v.call(400, "refundPayment", "M", one, `{}`, key(long)).text("errors.0.propertyName"))
}

// duplicates holds up a capture, sends it again under the same key, then lets it go.
func (v *visit) duplicates() {
	id := v.authorised()
	other := &visit{t: v.t, node: startNode(v.t), sb: v.sb, endpoint: v.endpoint, succeeded: map[string]bool{}}
	other.configure(secret)
	v.fault(sandbox.Fault{Kind: sandbox.Delay, Operation: "capturePayment", Delay: time.Hour})
	held := make(chan said, 1)
	go func() {
		defer close(held)
		held <- other.call(201, "capturePayment", "M", id, `{"amount":300}`, key("visit-twice"))
	}()
	require.Eventually(v.t, func() bool { return v.sb.Faults()[0].Struck == 1 }, 10*time.Second, time.Millisecond)
	for range 3 {
		refused := v.call(409, "capturePayment", "M", id, `{"amount":300}`, key("visit-twice"))
		require.Equal(v.t, "DUPLICATE_REQUEST_IN_PROGRESS", refused.text("errors.0.id"))
		require.EqualValues(v.t, 409, refused.number("errors.0.httpStatusCode"))
		require.Equal(v.t, 1, refused.list("errors"))
	}
	v.balances(id, 800, 0, 0, 0)
	v.sb.ClearFaults()
	first, ok := <-held
	require.True(v.t, ok, "the first request was not answered")
	again := v.call(201, "capturePayment", "M", id, `{"amount":300}`, key("visit-twice"))
	require.Equal(v.t, first.text("id"), again.text("id"))
	require.Empty(v.t, first.at)
	require.NotEmpty(v.t, again.at)
	v.balances(id, 500, 300, 0, 0)
}

// lostAnswers repeats under its key what was done and not answered: money moves once.
func (v *visit) lostAnswers() {
	id := v.authorised()
	v.call(201, "capturePayment", "M", id, `{"amount":400}`)
	for _, step := range []struct {
		operation, body string
		status          int
		kind            sandbox.Kind
		before          int
	}{
		{"capturePayment", `{"amount":100}`, 201, sandbox.Capture, 1},
		{"cancelPayment", money("300"), 200, sandbox.Cancel, 0},
		{"refundPayment", money("50"), 201, sandbox.Refund, 0},
	} {
		v.fault(sandbox.Fault{Kind: sandbox.AnswerLost, Operation: step.operation})
		args := []string{"M", id, step.body, key("visit-lost-" + step.operation)}
		require.Contains(v.t, v.fails(step.operation, args...), "ECONNRESET")
		require.Equal(v.t, step.before+1, v.made(id, step.kind), "it was done all the same")
		again := v.call(step.status, step.operation, args...)
		require.NotEmpty(v.t, again.at, step.operation)
		require.Equal(v.t, step.before+1, v.made(id, step.kind), step.operation)
		v.sb.ClearFaults()
	}
	v.balances(id, 0, 450, 300, 50)

	v.fault(sandbox.Fault{Kind: sandbox.AnswerLost, Operation: "createPayment"})
	args := []string{"M", payment(visaNumber, "SALE"), key("visit-lost")}
	books := v.books()
	require.Contains(v.t, v.fails("createPayment", args...), "ECONNRESET")
	again := v.call(201, "createPayment", args...)
	require.NotEmpty(v.t, again.at)
	v.balances(again.text("payment.id"), 0, 800, 0, 0)
	require.Equal(v.t, books+1, v.books())

	v.fault(sandbox.Fault{Kind: sandbox.RequestLost, Operation: "refundPayment"})
	args = []string{"M", id, money("50"), key("visit-never-there")}
	require.Contains(v.t, v.fails("refundPayment", args...), "ECONNRESET")
	require.Equal(v.t, 1, v.made(id, sandbox.Refund))
	require.Empty(v.t, v.call(201, "refundPayment", args...).at, "there was no first request")
	require.Equal(v.t, 2, v.made(id, sandbox.Refund))
}

// brokenAnswers are those that the client cannot read, and errors of the platform. An
// answer that breaks off is not among them: the client waits for its end for ever.
func (v *visit) brokenAnswers() {
	id := v.authorised()
	for kind, thrown := range map[string]string{sandbox.NotJSON: "SyntaxError ", sandbox.Reset: "Error ECONNRESET"} {
		v.sb.ClearFaults()
		before := v.made(id, sandbox.Capture)
		v.fault(sandbox.Fault{Kind: kind, Operation: "capturePayment", Commit: kind == sandbox.Reset})
		args := []string{"M", id, `{"amount":10}`, key("visit-" + kind)}
		require.Equal(v.t, thrown, v.fails("capturePayment", args...))
		require.NotEmpty(v.t, v.call(201, "capturePayment", args...).at)
		require.Equal(v.t, before+1, v.made(id, sandbox.Capture), kind)
	}
	for _, status := range []int{408, 409, 425, 429, 500, 502, 503, 504} {
		v.sb.ClearFaults()
		v.fault(sandbox.Fault{Kind: sandbox.Status, Status: status, Operation: "capturePayment"})
		require.NotEmpty(v.t, v.call(status, "capturePayment", "M", id, `{"amount":10}`).text("errors.0.id"))
	}
	require.Equal(v.t, 2, v.made(id, sandbox.Capture))
	v.balances(id, 780, 20, 0, 0)
}

// books counts the payments of the ledger.
func (v *visit) books() (n int) {
	for range v.sb.Ledger() {
		n++
	}
	return n
}
