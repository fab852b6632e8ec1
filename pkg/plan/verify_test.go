package plan_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// small is a file of two payments.
func small(t testing.TB) []byte {
	b, _ := write(t, header(), numbered([]plan.Entry{
		diff(t, "captured 60.00", authed, ""), diff(t, "captured 10.00", "9 FFT 100.00; _0 9 100.00", ""),
	}))
	return b
}

func verify(b []byte) error {
	_, _, err := plan.Verify(bytes.NewReader(b))
	return err
}

func refused(err error) bool {
	return errors.Is(err, plan.ErrAltered) || errors.Is(err, plan.ErrTruncated) || errors.Is(err, plan.ErrFormat)
}

// TestEveryByte flips, drops, doubles and inserts at every place of a file, and
// cuts it off there: none of it passes.
func TestEveryByte(t *testing.T) {
	t.Parallel()
	b, _ := write(t, header(), []plan.Entry{diff(t, "captured 60.00", authed, "")})
	require.NoError(t, verify(b))
	at := func(i int, with ...byte) []byte { return append(append(bytes.Clone(b[:i]), with...), b[i+1:]...) }
	for i, c := range b {
		for what, altered := range map[string][]byte{
			"flipped low":  at(i, c^1),
			"flipped case": at(i, c^0x20),
			"dropped":      at(i),
			"doubled":      at(i, c, c),
			"a newline":    at(i, '\n', c),
			"a NUL":        at(i, 0, c),
			"cut off":      b[:i],
		} {
			if bytes.Equal(altered, b) {
				continue
			}
			if err := verify(altered); !refused(err) {
				t.Fatalf("%s at %d passed: %v", what, i, err)
			}
		}
	}
	for _, more := range []string{" ", "\n", "x", string(b)} {
		require.ErrorIs(t, verify(append(bytes.Clone(b), more...)), plan.ErrAltered)
	}
}

// TestCutOff holds that a file that ends early is called incomplete.
func TestCutOff(t *testing.T) {
	t.Parallel()
	b := small(t)
	head := bytes.IndexByte(b, '\n') + 1
	for i := head; i < len(b); i++ {
		require.ErrorIs(t, verify(b[:i]), plan.ErrTruncated, "%d", i)
		if i%7 == 0 && i < bytes.LastIndex(b, []byte(`{"content_id"`)) {
			_, err := readAll(b[:i])
			require.Error(t, err, "%d", i)
		}
	}
	require.EqualError(t, verify(nil), "the plan file is not complete: it is empty")
	require.EqualError(t, verify(b[:head]), "the plan file is not complete: it ends after 0 payments, without its footer")
	require.EqualError(t, verify(b[:head-1]), "the plan file is not complete: it ends within its header")
}

// TestPlanID holds that the plan id depends on the nonce and on nothing that
// is not in the file, and that reading in other pieces makes no difference.
func TestPlanID(t *testing.T) {
	t.Parallel()
	b := small(t)
	require.Equal(t, b, small(t))
	h := header()
	h.Nonce = "another"
	_, x := write(t, header(), entries(t))
	_, y := write(t, h, entries(t))
	require.NotEqual(t, x.PlanID, y.PlanID)
	require.Equal(t, x.ContentID, y.ContentID)
	_, _, err := plan.Verify(iotest.OneByteReader(bytes.NewReader(b)))
	require.NoError(t, err)
	_, _, err = plan.Verify(iotest.ErrReader(os.ErrPermission))
	require.ErrorIs(t, err, os.ErrPermission)
	for _, err := range plan.Entries(iotest.ErrReader(os.ErrPermission)) {
		require.ErrorIs(t, err, os.ErrPermission)
	}
}

// sign gives a file that was edited the plan id of its bytes.
func sign(b string) []byte {
	const mark = `,"plan_id":"`
	head, _, _ := strings.Cut(b, mark)
	sum := sha256.Sum256([]byte(head + mark))
	return []byte(head + mark + hex.EncodeToString(sum[:]) + "\"}\n")
}

// TestNewerMinor reads what a later minor version has added, and refuses
// another major one.
func TestNewerMinor(t *testing.T) {
	t.Parallel()
	b := strings.NewReplacer(
		`"format_version":"1.1"`, `"format_version":"1.9","future":{"a":[1,{}]}`,
		`"actions":[{`, `"actions":[{"about":"x",`,
		`"have":{`, `"have":{"all":null,`,
		`"counts":{`, `"counts":{"aborted":1,`,
		`"source":`, `"signed":true,"source":`,
	).Replace(string(small(t)))
	h, f, err := plan.Verify(bytes.NewReader(sign(b)))
	require.NoError(t, err)
	require.Equal(t, "1.9", h.FormatVersion)
	require.EqualValues(t, 1, f.Counts.Calls)
	got, err := readAll(sign(b))
	require.NoError(t, err)
	require.Len(t, got, 2)
	for version, msg := range map[string]string{
		"2.0": "this is not a plan file that this version reads: its format is 2.0 and this is payreconcile for format 1.x",
		"1":   "this is not a plan file that this version reads: it names no format version",
		"":    "this is not a plan file that this version reads: it names no format version",
		"11.": "this is not a plan file that this version reads: its format is 11. and this is payreconcile for format 1.x",
	} {
		other := sign(strings.Replace(string(small(t)), `"format_version":"1.1"`, `"format_version":"`+version+`"`, 1))
		require.EqualError(t, verify(other), msg)
		_, err := readAll(other)
		require.EqualError(t, err, msg)
	}
}

// TestHostile edits a file and signs it again: what it says must still make
// sense, before anything of it is carried out.
func TestHostile(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string][2]string{
		"an amount twice":                {`"amount":6000,"attempt"`, `"amount":6000,"amount":6000,"attempt"`},
		"another amount":                 {`"amount":6000,"attempt"`, `"amount":6001,"attempt"`},
		"an amount and its total":        {`"after":6000,"amount":6000`, `"after":7000,"amount":7000`},
		"a fraction":                     {`"amount":6000,"attempt"`, `"amount":6000.5,"attempt"`},
		"a whole fraction":               {`"amount":6000,"attempt"`, `"amount":6000.0,"attempt"`},
		"an exponent":                    {`"amount":6000,"attempt"`, `"amount":6e3,"attempt"`},
		"text for an amount":             {`"amount":6000,"attempt"`, `"amount":"6000","attempt"`},
		"past int64":                     {`"amount":6000,"attempt"`, `"amount":9223372036854775808,"attempt"`},
		"nothing for an amount":          {`"amount":6000,"attempt"`, `"amount":null,"attempt"`},
		"another case":                   {`"amount":6000,"attempt"`, `"Amount":6000,"attempt"`},
		"another before":                 {`"before":0`, `"before":1`},
		"another attempt":                {`"attempt":1`, `"attempt":2`},
		"no attempt":                     {`"attempt":1,`, ``},
		"another key":                    {`"key":"`, `"key":"A`},
		"another ref":                    {`"ref":"pr:c:0-6000"`, `"ref":"pr:c:0-6001"`},
		"final":                          {`"before":0,`, `"before":0,"final":true,`},
		"another kind":                   {`"kind":"capture"`, `"kind":"refund"`},
		"another op":                     {`"op":"capture","ref"`, `"op":"cancel","ref"`},
		"another payment":                {`"payment":"3066177123_0"`, `"payment":"3066177124_0"`},
		"an operation as the payment":    {`"payment":"3066177123_0"`, `"payment":"3066177123_1"`},
		"no payment":                     {`"payment":"3066177123_0",`, ``},
		"another currency":               {`"currency":"EUR","have"`, `"currency":"USD","have"`},
		"a payment that is not there":    {`"exists":true`, `"exists":false`},
		"a fault beside a call":          {`"exists":true`, `"exists":true,"fault":"unreadable"`},
		"totals that are not the sums":   {`"totals":{}`, `"totals":{"cancelled":1}`},
		"totals that overflow":           {`"totals":{}`, `"totals":{"captured":9223372036854775807,"capture_requested":9223372036854775807}`},
		"an operation below nothing":     {`{"amount":10000,"code":5`, `{"amount":-1,"code":5`},
		"less authorised":                {`"authorized":10000`, `"authorized":5000`},
		"less authorised than captured":  {`"authorized":10000,"can_refund"`, `"authorized":5000,"can_refund"`},
		"more authorised than can be":    {`"authorized":10000`, `"authorized":9223372036854775807`},
		"a list for an object":           {`"totals":{}`, `"totals":[]`},
		"a NUL":                          {`"source":"`, "\"source\":\"\x00"},
		"bytes that are no text":         {`"source":"`, "\"source\":\"\xff"},
		"another line":                   {`"kind":"payment"`, `"kind":"pay"`},
		"a time that is none":            {`"observed_at":"2026`, `"observed_at":"x2026`},
		"more calls in the footer":       {`"calls":1`, `"calls":2`},
		"less money in the footer":       {`"money":[{"action":"capture","amount":6000`, `"money":[{"action":"capture","amount":1`},
		"more actions in the footer":     {`"blocked":1,"capture":1}`, `"blocked":1,"capture":2}`},
		"no money in the footer":         {`"money":[{"action":"capture","amount":6000,"count":1,"currency":"EUR"}]`, `"money":[]`},
		"another count of payments":      {`"payments":2`, `"payments":3`},
		"another merchant in the header": {`"merchant":"shop"`, `"merchant":"shed"`},
	} {
		b := string(small(t))
		require.Contains(t, b, edit[0], name)
		altered := sign(strings.Replace(b, edit[0], edit[1], 1))
		err := verify(altered)
		require.True(t, errors.Is(err, plan.ErrFormat) || errors.Is(err, plan.ErrAltered), "%s passed: %v", name, err)
		if !strings.Contains(name, "footer") && !strings.Contains(name, "count") {
			_, err := readAll(altered)
			require.ErrorIs(t, err, plan.ErrFormat, name)
		}
	}
}

// TestFaultInLine names the line and what is wrong with it.
func TestFaultInLine(t *testing.T) {
	t.Parallel()
	altered := sign(strings.Replace(string(small(t)), `"key":"`, `"key":"A`, 1))
	const msg = "this is not a plan file that this version reads: line 2: the capture pr:c:0-6000 does not have the key of its call"
	require.EqualError(t, verify(altered), msg)
	_, err := readAll(altered)
	require.EqualError(t, err, msg)
}

// TestHostileLists holds what Check alone can find: calls whose own numbers
// are right and that must not stand together.
func TestHostileLists(t *testing.T) {
	t.Parallel()
	const part = "; _0 5 100.00; _1 9 10.00"
	call := func(want, have string) plan.Action {
		e := diff(t, want, have, "")
		require.True(t, e.Content.Actions[0].Kind.Calls())
		return e.Content.Actions[0]
	}
	capture, refund := call("captured 70.00", "5 TTF 100.00"+part), call("refunded 5.00", "9 FFT 100.00"+part)
	cancel, last := call("cancelled 30.00", "5 TTF 100.00"+part), call("captures b=20.00!", "5 TTF 100.00; _0 5 100.00")
	last.Before, last.After = 7000, 9000
	next := last
	next.Final, next.Before, next.After, next.Ref = false, 9000, 11000, "c"
	next90 := next
	next90.Before, next90.After, next90.Amount = 7000, 10500, 3500
	again := capture
	again.Before, again.After, again.Amount = 7000, 8000, 1000
	more := refund
	more.Before, more.After, more.Amount, more.Ref = 500, 1500, 1000, "r"
	finalRefund := refund
	finalRefund.Final = true
	blocked := func(op spec.Op) plan.Action { return plan.Action{Kind: plan.Blocked, Op: op} }
	for _, tt := range []struct {
		what    string
		actions []plan.Action
		err     string
	}{
		{"in order", []plan.Action{capture, last, refund}, ""},
		{"beside another kind that is blocked", []plan.Action{blocked(spec.Refund), capture}, ""},
		{"out of order", []plan.Action{refund, capture}, "a capture behind a refund"},
		{"a cancel before a capture", []plan.Action{cancel, capture}, "a capture behind a cancel"},
		{"a cancel beside a capture", []plan.Action{capture, cancel}, "a cancel beside a capture that has not settled"},
		{"more than is open", []plan.Action{capture, next90}, "captured and cancelled come to more than was authorised"},
		{"behind a final capture", []plan.Action{capture, last, next}, "a capture behind a final capture"},
		{"one ref twice", []plan.Action{capture, again}, "two calls for the capture pr:c:1000-7000"},
		{"beside a blocked one", []plan.Action{capture, blocked(spec.Capture)}, "a capture beside a blocked one"},
		{"on a payment that is blocked", []plan.Action{capture, blocked("")}, "a capture beside a blocked one"},
		{"a refund of what is not captured", []plan.Action{refund, more}, "refunded comes to more than was captured"},
		{"a final refund", []plan.Action{finalRefund}, "a final refund"},
	} {
		e := diff(t, "", "5 TTT 100.00"+part, "")
		e.Content.Actions = tt.actions
		err := e.Check()
		if tt.err == "" {
			require.NoError(t, err, tt.what)
			continue
		}
		require.EqualError(t, err, tt.err, tt.what)
	}
}

// TestLongLine refuses a line that nobody would read to its end.
func TestLongLine(t *testing.T) {
	t.Parallel()
	b := string(small(t))
	long := strings.Replace(b, `"source":"`, `"source":"`+strings.Repeat("x", 8<<20), 1)
	require.EqualError(t, verify(sign(long)), "this is not a plan file that this version reads: line 2 is longer than 8388608 bytes")
	v := plan.NewVerifier()
	_, _ = v.Write(sign(long)) // in one piece
	_, _, err := v.Result()
	require.ErrorIs(t, err, plan.ErrFormat)
	_, err = readAll(sign(long))
	require.Error(t, err)
}

func FuzzVerify(f *testing.F) {
	f.Add(small(f))
	pinned, err := os.ReadFile("testdata/roundtrip/plan-1.0.jsonl")
	require.NoError(f, err)
	f.Add(pinned)
	f.Add([]byte("{\"kind\":\"header\",\"format_version\":\"1.0\"}\n"))
	f.Add(sign(strings.Replace(string(pinned), `"amount":6000`, `"amount":-6000`, 1)))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		_, footer, err := plan.Verify(bytes.NewReader(b))
		if err != nil {
			require.True(t, refused(err), err)
			// Whoever edits a plan can sign it as well.
			if b = sign(string(b)); verify(b) != nil {
				return
			}
			_, footer, _ = plan.Verify(bytes.NewReader(b))
		}
		consistent(t, b, footer)
	})
}

// consistent holds that the entries of a file that was verified can all be
// read, add up, and come to what the footer says.
func consistent(t *testing.T, b []byte, f plan.Footer) {
	all, err := readAll(b)
	require.NoError(t, err)
	require.Len(t, all, int(f.Counts.Payments))
	calls, money := int64(0), map[string]int64{}
	for i := range all {
		require.NoError(t, all[i].Check())
		for _, a := range all[i].Content.Actions {
			if a.Kind.Calls() {
				calls++
				money[string(a.Kind)+string(all[i].Content.Currency)] += a.Amount
			}
		}
	}
	require.Equal(t, f.Counts.Calls, calls)
	require.Len(t, money, len(f.Money))
	for _, s := range f.Money {
		require.Equal(t, s.Amount, money[string(s.Action)+string(s.Currency)])
	}
}

func FuzzEntries(f *testing.F) {
	for line := range bytes.Lines(small(f)) {
		f.Add(bytes.TrimSuffix(line, []byte("\n")))
	}
	pinned, err := os.ReadFile("testdata/roundtrip/plan-1.0.jsonl")
	require.NoError(f, err)
	for line := range bytes.Lines(pinned) {
		f.Add(bytes.TrimSuffix(line, []byte("\n")))
	}
	head := "{\"environment\":\"test\",\"format_version\":\"1.0\",\"kind\":\"header\",\"merchant\":\"shop\"}\n"
	f.Fuzz(func(t *testing.T, line []byte) {
		file := head + string(line) + "\n{\"content_id\":\"\"}\n"
		for e, err := range plan.Entries(strings.NewReader(file)) {
			if err != nil {
				require.True(t, refused(err), err)
				continue
			}
			require.NoError(t, e.Check())
			again, err := readAll([]byte(head + lineOf(t, e) + "{\"content_id\":\"\"}\n"))
			require.NoError(t, err)
			if d := cmp.Diff(*e, again[0], cmpopts.EquateEmpty()); d != "" {
				t.Errorf("written again (-read +again):\n%s", d)
			}
		}
	})
}

// TestTwice refuses a plan in which a payment has two lines, in any spelling: two
// workers would carry them out side by side.
func TestTwice(t *testing.T) {
	t.Parallel()
	e := entries(t)[0]
	b, _ := write(t, header(), []plan.Entry{e})
	require.NoError(t, verify(b))
	again := e
	b, _ = write(t, header(), []plan.Entry{e, again})
	require.ErrorContains(t, verify(b), "stands in it twice")
	again.Content.Payment = spec.PaymentID(e.Content.Payment.Base())
	for i := range again.Content.Actions {
		again.Content.Actions[i].Key = plan.KeyFor(header().Env(), again.Content.Payment, again.Content.Currency, again.Content.Actions[i])
	}
	b, _ = write(t, header(), []plan.Entry{e, again})
	require.ErrorIs(t, verify(b), plan.ErrFormat)
	require.ErrorContains(t, verify(b), "stands in it twice")
}
