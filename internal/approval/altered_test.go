package approval_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// written is a whole plan file under a cast: one capture of 45.00 EUR.
func written(t testing.TB, c *cast) []byte {
	t.Helper()
	h, _ := c.plan()
	h.Created, h.Nonce, h.Tool = signedAt, "n", "payreconcile test"
	var out bytes.Buffer
	w, err := plan.NewWriter(&out, h)
	require.NoError(t, err)
	call := plan.Action{Kind: plan.Capture, Op: "capture", Ref: "ship-1", Amount: 4500, After: 4500, Attempt: 1, Undo: plan.UndoRefund}
	call.Key = plan.KeyFor(h.Env(), "3066177123_0", "EUR", call)
	line, err := plan.Encode(&plan.Entry{Source: "shop.yaml:7", ObservedAt: signedAt, Content: plan.Content{
		Payment: "3066177123_0", Currency: "EUR", Actions: []plan.Action{call},
		Have: plan.Observed{Exists: true, ID: "3066177123_0", Authorized: 12500, Currency: "EUR", Code: 5, CanCapture: true},
	}})
	require.NoError(t, err)
	require.NoError(t, w.Write(line))
	_, err = w.Close()
	require.NoError(t, err)
	return out.Bytes()
}

// counts reports that an approval counts for a plan under an approvers file, all
// three as bytes.
func counts(planFile, approvers, note []byte) bool {
	h, f, err := plan.Verify(bytes.NewReader(planFile))
	if err != nil {
		return false
	}
	a, err := approval.Parse("approvers.yaml", approvers)
	if err != nil {
		return false
	}
	r, err := a.Check(h, f, []approval.File{{Name: "a", Data: note}}, 0, now)
	return err == nil && len(r.Counted) == 1
}

// A change of any one byte, in the plan, in the approvers file or in the
// approval, and an approval no longer counts.
func TestOneByte(t *testing.T) {
	t.Parallel()
	c := newCast(t, people("", ada))
	planFile, approvers := written(t, c), []byte(c.text)
	h, f, err := plan.Verify(bytes.NewReader(planFile))
	require.NoError(t, err)
	note := c.sign(h, f, "ada", nil).Data
	require.True(t, counts(planFile, approvers, note))

	for name, whole := range map[string]*[]byte{"plan": &planFile, "approvers": &approvers, "note": &note} {
		before := *whole
		for i := range before {
			for _, other := range []byte{before[i] ^ 1, before[i] ^ 0x20, '\n'} {
				if other == before[i] {
					continue
				}
				altered := bytes.Clone(before)
				altered[i] = other
				*whole = altered
				require.False(t, counts(planFile, approvers, note), "%s with %q for %q at byte %d", name, other, before[i], i)
			}
			*whole = append(bytes.Clone(before[:i]), before[i+1:]...)
			require.False(t, counts(planFile, approvers, note), "%s without byte %d", name, i)
		}
		*whole = append(bytes.Clone(before), '\n')
		require.False(t, counts(planFile, approvers, note), "%s with a line more", name)
		*whole = before
	}
}

// The last digit of a signature has bits that no decoder looks at: a signature
// with others set is not taken, so that an approval has one form.
func TestOneFormOfASignature(t *testing.T) {
	t.Parallel()
	c := newCast(t, people("", ada))
	h, f := c.plan()
	file := c.sign(h, f, "ada", nil)
	at := bytes.LastIndexByte(file.Data, '=') - 1
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for _, d := range []byte(digits) {
		altered := bytes.Clone(file.Data)
		altered[at] = d
		r, _ := c.approvers().Check(h, f, []approval.File{{Name: "a", Data: altered}}, 0, now)
		require.Equal(t, bytes.Equal(altered, file.Data), len(r.Counted) == 1, "%c", d)
	}
}

// FuzzNote holds that no bytes but the ones that were signed count.
func FuzzNote(f *testing.F) {
	c := newCast(f, people("", ada))
	h, footer := c.plan()
	a := c.approvers()
	good := c.sign(h, footer, "ada", nil).Data
	f.Add(good)
	f.Add(bytes.Replace(good, []byte("12500"), []byte("12501"), 1))
	f.Add([]byte("payreconcile approval v1\n\n— ada AAAAAAAA\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := a.Check(h, footer, []approval.File{{Name: "a", Data: data}}, 0, now)
		require.Equal(t, bytes.Equal(data, good), err == nil)
		require.Equal(t, 1, len(r.Counted)+len(r.Refused))
	})
}

// What docs/approval.md says about verifying by hand: the plan id is the hash of
// all but the last 67 bytes of the plan, and a signature is the last 64 bytes of
// the word behind the name, over the text up to the empty line.
func TestByHand(t *testing.T) {
	t.Parallel()
	c := newCast(t, people("", ada))
	planFile := written(t, c)
	h, f, err := plan.Verify(bytes.NewReader(planFile))
	require.NoError(t, err)
	data := string(c.sign(h, f, "ada", nil).Data)

	id := sha256.Sum256(planFile[:len(planFile)-67])
	require.Equal(t, f.PlanID, hex.EncodeToString(id[:]))
	text, signature, found := strings.Cut(data, "\n\n— ada ")
	require.True(t, found)
	sig, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(signature, "\n"))
	require.NoError(t, err)
	key, err := base64.StdEncoding.DecodeString(strings.SplitN(c.key("ada").Public(), "+", 3)[2])
	require.NoError(t, err)
	require.True(t, ed25519.Verify(key[1:], []byte(text+"\n"), sig[4:]))
	require.Contains(t, text, "\nplan "+f.PlanID+"\n")
}
