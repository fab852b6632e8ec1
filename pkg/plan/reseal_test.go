package plan_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// TestResealed changes a plan by one minor unit, or by one payment, and gives
// it the plan id of its new bytes: it contradicts itself all the same, and the
// error names the line.
func TestResealed(t *testing.T) {
	t.Parallel()
	b, _ := write(t, header(), numbered([]plan.Entry{
		diff(t, "captured 60.00", "5 TTF 100.00; _0 5 100.00; _1 9 20.00", ""), // line 2
		diff(t, "refunded 5.00", "9 FFT 100.00; _0 9 100.00", ""),              // line 3
		diff(t, "captured 110.00", authed, ""),                                 // line 4, blocked
		diff(t, "captured 60.00; refunded 10.00", authed, ""),                  // line 5, with a deferred refund
	}))
	require.NoError(t, verify(b))
	replace := func(from, to string) func([]string) []string {
		return func(lines []string) []string {
			for i := range lines {
				if strings.Contains(lines[i], from) {
					lines[i] = strings.Replace(lines[i], from, to, 1)
					return lines
				}
			}
			t.Fatalf("no line holds %s", from)
			return nil
		}
	}
	for name, tt := range map[string]struct {
		edit func([]string) []string
		err  string
	}{
		"an amount":                     {replace(`"amount":4000`, `"amount":4001`), "line 2: capture from 2000 by 4001 to 6000"},
		"an amount and what follows":    {replace(`"after":6000,"amount":4000`, `"after":6001,"amount":4001`), "line 2: the capture pr:c:2000-6000 does not have the key of its call"},
		"before":                        {replace(`"before":2000`, `"before":2001`), "line 2: capture from 2001"},
		"after":                         {replace(`"after":6000`, `"after":6001`), "line 2: capture from 2000 by 4000 to 6001"},
		"an observed operation":         {replace(`{"amount":2000`, `{"amount":2001`), "line 2: the operations do not add up to the totals"},
		"an observed total":             {replace(`"captured":2000`, `"captured":2001`), "line 2: the operations do not add up to the totals"},
		"what was authorised":           {replace(`"authorized":10000`, `"authorized":10001`), "line 6: its content id is not that of its payments"},
		"the amount of a blocked call":  {replace(`"amount":11000`, `"amount":11001`), "line 6: its content id is not that of its payments"},
		"the amount of a deferred call": {replace(`"amount":1000,`, `"amount":1001,`), "line 5: the refund pr:r:0-1000 does not have the key of its call"},
		"what is wanted":                {replace(`"want":{"captured":6000`, `"want":{"captured":6001`), "line 6: its content id is not that of its payments"},
		"a reference":                   {replace(`"merchant_reference":"`, `"merchant_reference":"x`), "line 6: its content id is not that of its payments"},
		"a payment dropped":             {func(l []string) []string { return append(l[:2], l[3:]...) }, "line 5: its footer does not say what its payments come to: it counts 3 calls and there are 2"},
		"a payment doubled":             {func(l []string) []string { return append(l[:3], l[2:]...) }, "line 4: payment 3066177124_0 stands in it twice"},
		"payments changed places":       {func(l []string) []string { l[1], l[2] = l[2], l[1]; return l }, "line 6: its content id is not that of its payments"},
		"money of the footer":           {replace(`"money":[{"action":"capture","amount":10000`, `"money":[{"action":"capture","amount":10001`), "line 6: its footer does not say what its payments come to: the money is not what the calls come to (2 captures of together 100.00 EUR)"},
		"calls of the footer":           {replace(`"calls":3`, `"calls":2`), "line 6: its footer does not say what its payments come to: it counts 2 calls and there are 3"},
		"what is waiting":               {replace(`"waiting":1`, `"waiting":0`), "it counts 0 waiting payments and there are 1"},
		"actions of the footer":         {replace(`"deferred":1`, `"deferred":2`), "it counts other actions than there are"},
		"when it was read":              {replace(`"observed_newest":"2026`, `"observed_newest":"2027`), "the payments were read at other times"},
		"the content id":                {replace(`"content_id":"`, `"content_id":"0`), "line 6: its content id is not that of its payments"},
		"the merchant":                  {replace(`"merchant":"shop"`, `"merchant":"shed"`), "line 2: the capture pr:c:2000-6000 does not have the key of its call"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines := strings.SplitAfter(string(b), "\n")
			edited := strings.Join(tt.edit(lines[:len(lines)-1]), "")
			err := verify(sign(edited))
			require.ErrorContains(t, err, tt.err)
			require.True(t, refused(err))
			err = verify([]byte(edited)) // and with the old plan id
			require.ErrorContains(t, err, "its bytes do not match its plan id")
			require.ErrorIs(t, err, plan.ErrAltered)
		})
	}
}

// TestContentOfNewerVersion holds that an id that may cover more than this
// version knows is not held against what it knows.
func TestContentOfNewerVersion(t *testing.T) {
	t.Parallel()
	for version, newer := range map[string]bool{"1.0": false, "1.1": false, "1.2": true, "1.10": true, "1.x": true} {
		require.Equal(t, newer, plan.Header{FormatVersion: version}.Newer(), version)
		edited := strings.NewReplacer(`"format_version":"1.1"`, `"format_version":"`+version+`"`, `"want":{`, `"want":{"more":1,`).Replace(string(small(t)))
		require.NoError(t, verify(sign(edited)), version) // a name nobody knows changes nothing
		edited = strings.Replace(edited, `"authorized":10000`, `"authorized":10001`, 1)
		require.Equal(t, newer, !errors.Is(verify(sign(edited)), plan.ErrAltered), version)
	}
}

// TestVerifyStops holds that what has no end and is no plan is not read to it.
func TestVerifyStops(t *testing.T) {
	t.Parallel()
	b := small(t)
	head := b[:bytes.IndexByte(b, '\n')+1]
	for name, start := range map[string][]byte{"nothing": nil, "a header": head, "a plan": b} {
		for _, verify := range []func(io.Reader) (plan.Header, plan.Footer, error){plan.Verify, plan.VerifySeal} {
			_, _, err := verify(io.MultiReader(bytes.NewReader(start), endless{}))
			require.True(t, refused(err), "%s: %v", name, err)
		}
	}
}

// endless never ends, and fails the test by its time.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
