package approval_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// now is when approvals are checked, an hour after they were signed.
var now = time.Date(2026, 11, 22, 19, 0, 0, 0, time.UTC)

var signedAt = now.Add(-time.Hour)

// A cast is an approvers file and who is in it.
type cast struct {
	t    testing.TB
	keys map[string]approval.Key
	text string
}

// newCast writes an approvers file. In it, KEY(name) stands for the public key
// of that name, made once.
func newCast(t testing.TB, text string) *cast {
	t.Helper()
	c := &cast{t: t, keys: map[string]approval.Key{}}
	for {
		before, rest, found := strings.Cut(text, "KEY(")
		if !found {
			break
		}
		name, after, _ := strings.Cut(rest, ")")
		text = before + c.key(name).Public() + after
	}
	c.text = text
	return c
}

func (c *cast) key(name string) approval.Key {
	if k, ok := c.keys[name]; ok {
		return k
	}
	k, _, err := approval.Generate(name)
	require.NoError(c.t, err)
	c.keys[name] = k
	return k
}

func (c *cast) approvers() *approval.Approvers {
	c.t.Helper()
	a, err := approval.Parse("approvers.yaml", []byte(c.text))
	require.NoError(c.t, err)
	return a
}

// plan is a plan under this cast: 125.00 EUR in two captures, 12.50 in a refund.
func (c *cast) plan() (plan.Header, plan.Footer) {
	h := plan.Header{
		Environment: "live", Merchant: "shop-eu", Maker: "ci-bot", Expires: now.Add(time.Hour).Add(500 * time.Millisecond),
		Approvers: c.approvers().SHA256(), Policy: strings.Repeat("c", 64),
	}
	f := plan.Footer{
		PlanID: strings.Repeat("a", 64), ContentID: strings.Repeat("b", 64), Counts: plan.Counts{Payments: 4, Calls: 3},
		Money: []plan.Sum{
			{Action: plan.Capture, Currency: "EUR", Amount: 12500, Count: 2},
			{Action: plan.Refund, Currency: "EUR", Amount: 1250, Count: 1},
		},
	}
	return h, f
}

// sign returns the approval of one key, of what change makes of the statement.
func (c *cast) sign(h plan.Header, f plan.Footer, name string, change func(*approval.Statement)) approval.File {
	c.t.Helper()
	s, err := approval.New(h, f, signedAt, "")
	require.NoError(c.t, err)
	if change != nil {
		change(&s)
	}
	data, err := c.key(name).Sign(s)
	require.NoError(c.t, err)
	return approval.File{Name: name + ".approval", Data: data}
}

// head begins an approvers file.
const head = "apiVersion: payreconcile/v1\nkind: Approvers\nmetadata: {name: shop-eu}\nspec:\n"

// people is an approvers file with these lines about people.
func people(required string, lines ...string) string {
	text := head
	if required != "" {
		text += "  required: " + required + "\n"
	}
	text += "  approvers:\n"
	for _, l := range lines {
		text += fmt.Sprintf("    - {%s}\n", l)
	}
	return text
}

const (
	ada = "name: Ada Example, key: KEY(ada), accounts: [ada, ada@example.com]"
	bob = "name: Bob Example, key: KEY(bob), accounts: [bob]"
)

// twinOf returns the same key under another name.
func twinOf(t testing.TB, k approval.Key, name string) approval.Key {
	t.Helper()
	twin, err := approval.Renamed(k, name)
	require.NoError(t, err)
	return twin
}

// verifierKey is a well-formed text of any 32 bytes.
func verifierKey(t testing.TB, public [32]byte) string {
	t.Helper()
	key, err := note.NewEd25519VerifierKey("odd", public[:])
	require.NoError(t, err)
	return key
}
