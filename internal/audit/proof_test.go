package audit_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/audit"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

func TestProof(t *testing.T) {
	t.Parallel()
	key, public := mustKey(t, "audit.shop")
	w := newWorld(t, small(), key, 10)
	data := w.proof(t)
	x, err := audit.Check(data, audit.Expect{Keys: audit.Keys{public}, Movement: &ship, Heads: w.heads})
	require.NoError(t, err)
	require.Equal(t, "audit.shop", x.Head.Signer)
	require.True(t, x.Head.Outside)
	require.Equal(t, shop, x.Head.Log)
	require.Len(t, x.Plans, 1)
	require.Equal(t, "ada", x.Plans[0].Maker)
	require.Len(t, x.Plans[0].Approvals, 1)
	require.Equal(t, "ben", x.Plans[0].Approvals[0].By)
	require.Equal(t, "2 settled", x.Plans[0].Finishes[0].Result)
	require.Len(t, x.Attempts, 1)
	require.EqualValues(t, 300, x.Attempts[0].Amount)
	require.Len(t, x.Attempts[0].Outcomes, 2)
	require.Equal(t, "done, by the word of ada: <portal>", x.Attempts[0].Outcomes[1].Message)
}

// What is expected of a proof and is not so.
func TestProofOfAnother(t *testing.T) {
	t.Parallel()
	key, _ := mustKey(t, "audit.shop")
	_, other := mustKey(t, "audit.other")
	_, same := mustKey(t, "audit.shop")
	w := newWorld(t, small(), key, 10)
	data := w.proof(t)
	fork := newWorld(t, append(small()[:9], strings.Replace(small()[9], `"q"`, `"r"`, 1)), key, 10)
	foreign := w.heads[0]
	foreign.Log.Journal = "j-2"
	for want, x := range map[string]audit.Expect{
		"it is a proof of 3000000001/capture/ship-1, and not of 3000000001/refund/ship-1": {Movement: &audit.Movement{Payment: "3000000001", Op: spec.Refund, Ref: "ship-1"}},
		"its head is signed by audit.shop, with none of the keys that were given":         {Keys: audit.Keys{other}},
		"signed by audit.shop, with none":                                                 {Keys: audit.Keys{same}},
		"has another root than the one that was kept (a test): the log was forked":        {Heads: fork.heads},
		"it is of the log payreconcile audit j-1 live shop, and the head (a test)":        {Heads: []audit.Claim{foreign}},
		"the plan that was given is none of those in it":                                  {Plan: []byte("another plan")},
		"the text of plan record 1: its SHA-256 is not the one in the record":             {Plan: []byte(planText)}, // its size is another
	} {
		_, err := audit.Check(data, x)
		require.ErrorIs(t, err, audit.ErrAltered)
		require.ErrorContains(t, err, want)
	}
	_, err := audit.Collect(w.source(), audit.Movement{Payment: "3000000003", Op: spec.Capture, Ref: "ship-1"})
	require.ErrorContains(t, err, "3000000003/capture/ship-1: no call of it was ever recorded")
	found, err := audit.Collect(w.source(), ship)
	require.NoError(t, err)
	_, err = audit.Prove(ship, found, newWorld(t, small(), key, 4).heads[0], w, nil)
	require.ErrorContains(t, err, "the newest head is of 4 records, and one of this movement comes later")
	w.all[0][0] ^= 1
	_, err = audit.Prove(ship, found, w.heads[0], w, nil)
	require.ErrorContains(t, err, "it is not in the log that the head is of")
}

// A proof has one form: whatever byte is changed, dropped or added, it is refused,
// without any key.
func TestProofAnyByte(t *testing.T) {
	t.Parallel()
	key, _ := mustKey(t, "audit.shop")
	data := newWorld(t, small(), key, 10).proof(t)
	refused := func(altered []byte, i int) {
		_, err := audit.Check(altered, audit.Expect{})
		require.True(t, audit.Altered(err), "byte %d: %v", i, err)
	}
	for i := range data {
		for _, b := range []byte{data[i] ^ 1, data[i] ^ 0x20, ' ', '\n', 0} {
			if b != data[i] {
				altered := bytes.Clone(data)
				altered[i] = b
				refused(altered, i)
			}
		}
		refused(slices.Delete(bytes.Clone(data), i, i+1), i)
		refused(slices.Insert(bytes.Clone(data), i, ' '), i)
		refused(data[:i], i)
	}
	refused(append(bytes.Clone(data), '\n'), len(data))
	refused(bytes.Repeat([]byte("x"), 100<<20), 0)
	refused([]byte(`{"format":"payreconcile-proof/2"}`+"\n"), 0)
}

// A proof that somebody made anew, with its sum, does not fit the head; and one
// that leaves out or adds what does not belong to it is none.
func TestProofForged(t *testing.T) {
	t.Parallel()
	key, public := mustKey(t, "audit.shop")
	w := newWorld(t, small(), key, 10)
	found, err := audit.Collect(w.source(), ship)
	require.NoError(t, err)
	for name, tt := range map[string]struct {
		records []audit.Found
		want    string
	}{
		"without its plan":     {found[1:], "record 2 is not one of the movement"},
		"without its approval": {slices.Concat(found[:1], found[2:]), ""}, // nothing says how many there were
		"without its call":     {slices.Concat(found[:2], found[3:]), "is not one of the movement"},
		"only the plan":        {found[:1], "it has no call of the movement"},
		"only the call":        {found[2:3], "the plan of record 3 is not in it"},
		"with another's call":  {slices.Concat(found[:3], []audit.Found{{N: 3, Line: []byte(small()[3])}}, found[3:]), "record 5 is not one of the movement"},
		"with an echo":         {slices.Concat(found[:5], []audit.Found{{N: 7, Line: []byte(small()[7])}}, found[5:]), "record 9 is not one of the movement"},
		"with another plan":    {slices.Concat(found, []audit.Found{{N: 9, Line: []byte(small()[9])}}), "plan record 13 has no call of the movement"},
		"in another order":     {slices.Concat(found[1:2], found[:1], found[2:]), "record"},
		"an amount":            {slices.Concat(found[:2], []audit.Found{{N: 2, Line: []byte(strings.Replace(small()[2], `"amount":300`, `"amount":301`, 1))}}, found[3:]), "record 3: it is not in the log that the head is of"},
	} {
		_, err := audit.Prove(ship, tt.records, w.heads[0], w, nil)
		if tt.want == "" {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorContains(t, err, tt.want, name)
	}
	forged := newWorld(t, []string{small()[0], small()[1], strings.Replace(small()[2], `"amount":300`, `"amount":301`, 1)}, nil, 3)
	data := forged.proof(t)
	_, err = audit.Check(data, audit.Expect{})
	require.NoError(t, err, "whoever makes up a log makes up a head")
	_, err = audit.Check(data, audit.Expect{Keys: audit.Keys{public}})
	require.ErrorContains(t, err, "its head is signed by nobody")
}

func TestParseMovement(t *testing.T) {
	t.Parallel()
	m, err := audit.ParseMovement("3000000001_0/capture/pr:c:0-100")
	require.NoError(t, err)
	require.Equal(t, "3000000001/capture/pr:c:0-100", m.String())
	for _, bad := range []string{"", "3000000001", "3000000001/capture", "3000000001/capture/", "x y/capture/a", "3000000001/steal/a"} {
		_, err := audit.ParseMovement(bad)
		require.Error(t, err, bad)
	}
}

// What the platform said by itself of a call goes with it, and of another call
// does not.
func TestProofEvent(t *testing.T) {
	t.Parallel()
	event := func(seq, intent string) string {
		return `{"type":"event","seq":` + seq + `,` + run + `,"event_id":"e-` + seq + `","event_type":"payment.captured","payment":"3000000001","intent":` + intent + `,"effect":"evidence"}`
	}
	lines := append(small(), event("14", "3"), event("15", "5"), event("16", "0"))
	w := newWorld(t, lines, nil, 13)
	text, _ := verified(t, w.source())
	require.Empty(t, text)
	x, err := audit.Check(w.proof(t), audit.Expect{})
	require.NoError(t, err)
	require.Len(t, x.Attempts[0].Outcomes, 3)
	require.Equal(t, "e-14", x.Attempts[0].Outcomes[2].EventID)
	text, _ = verified(t, newWorld(t, append(small(), event("14", "4")), nil, 11).source())
	require.Contains(t, text, "it is an event about intent 4, which is not in this log")
}
