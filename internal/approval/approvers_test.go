package approval_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

func TestApprovers(t *testing.T) {
	t.Parallel()
	c := newCast(t, people("[{approvals: 1}, {approvals: 2, over: [10000.00 EUR, 1500000 JPY]}]",
		ada+", environments: [live, test], limits: [5000.00 EUR], expires: 2027-12-31, revoked: 2026-11-30", bob))
	a := c.approvers()
	want := &approval.Approvers{
		Name:     "shop-eu",
		Required: []approval.Requirement{{Approvals: 1}, {Approvals: 2, Over: []spec.Money{{Minor: 1000000, Currency: "EUR"}, {Minor: 1500000, Currency: "JPY"}}}},
		People: []approval.Approver{
			{
				Name: "Ada Example", Key: c.key("ada").Public(), Accounts: []string{"ada", "ada@example.com"}, Environments: []string{"live", "test"},
				Limits:  []spec.Money{{Minor: 500000, Currency: "EUR"}},
				Expires: time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC), Revoked: time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC),
			},
			{Name: "Bob Example", Key: c.key("bob").Public(), Accounts: []string{"bob"}},
		},
	}
	if diff := cmp.Diff(want, a, cmpopts.IgnoreUnexported(approval.Approvers{}, approval.Approver{})); diff != "" {
		t.Errorf("approvers (-want +got):\n%s", diff)
	}
	path := filepath.Join(t.TempDir(), "approvers.yaml")
	require.NoError(t, os.WriteFile(path, []byte(c.text), 0o600))
	loaded, err := approval.Load(path)
	require.NoError(t, err)
	require.Equal(t, a.SHA256(), loaded.SHA256())
	require.Len(t, a.SHA256(), 64)
	_, err = approval.Load(path + "x")
	require.ErrorContains(t, err, "cannot be read")
	require.NoError(t, os.WriteFile(path, make([]byte, approval.MaxFile+1), 0o600))
	_, err = approval.Load(path)
	require.ErrorContains(t, err, "is longer than 65536 bytes")
}

// Everything that is wrong is found at once, with its place.
func TestApproversFaults(t *testing.T) {
	t.Parallel()
	good := newCast(t, "KEY(ada)").text
	other := newCast(t, "KEY(ada)").text
	for name, tt := range map[string]struct {
		text string
		want []string
	}{
		"nothing":    {"", []string{"a:1:1: the file is empty"}},
		"other kind": {"apiVersion: payreconcile/v1\nkind: Policy\nspec: {approvers: []}\n", []string{`a:2:7: kind: "Policy" is not what is read here`, "a:3:19: spec.approvers: is empty"}},
		"no people":  {head + "  required: []\n", []string{"a:5:3: spec.approvers: is missing"}},
		"empty person": {people("", ""), []string{
			"a:6:7: spec.approvers[0].name: is missing", "a:6:7: spec.approvers[0].key: is missing", "a:6:7: spec.approvers[0].accounts: is missing",
		}},
		"many faults": {people("[{approvals: 0}, {over: [1 EUR, 1.00 EUR, 2.00 EUR]}, {approvals: 3}, {aprovals: 1}, {approvals: +1}, {approvals: 1, over: []}]",
			"name: ' x', key: x, accounts: [\"a\\tb\"], limits: [10 EURO], expires: tomorrow, revoked: 2026-02-30, environments: []"), []string{
			"spec.required[0].approvals: is not a number of people", "spec.required[1].approvals: is missing", "spec.required[1].over[0]:", "spec.required[1].over[2]: EUR is there twice",
			"spec.required[2].approvals: asks for 3 people, and no more than 1 can be counted", `spec.required[3]: unknown field "aprovals"`, "spec.required[3].approvals: is missing", "spec.required[4].approvals: is not a number",
			"spec.required[5].over: names no amount",
			"spec.approvers[0].name: has a space around it", "spec.approvers[0].key: is not a public key: it was cut or altered", "spec.approvers[0].accounts[0]: has a space around it or a character that does not show",
			"spec.approvers[0].limits[0]: ", `spec.approvers[0].expires: "tomorrow" is not a date`, `spec.approvers[0].revoked: "2026-02-30" is not a date`, "spec.approvers[0].environments: names none",
		}},
		"altered key":    {people("", "name: A, accounts: [], key: "+good[:len(good)-1]+"A"), []string{"key: is not a public key: it was cut or altered"}},
		"cut key":        {people("", "name: A, accounts: [], key: "+good[:len(good)-4]), []string{"key: is not a public key: it was cut or altered"}},
		"renamed":        {people("", "name: A, accounts: [], key: "+strings.Replace(good, "ada", "adb", 1)), []string{"key: is not a public key: it was cut or altered"}},
		"swapped key":    {people("", "name: A, accounts: [], key: "+good[:13]+other[13:]), []string{"key: is not a public key: it was cut or altered"}},
		"capitals":       {people("", "name: A, accounts: [], key: Ada+00000000+AAAA"), []string{"its name is not a word of small letters"}},
		"a path":         {people("", "name: A, accounts: [], key: ../ada+00000000+AAAA"), []string{"its name is not a word of small letters"}},
		"small order":    {people("", "name: A, accounts: [], key: "+verifierKey(t, [32]byte{1})), []string{"anybody can sign with it"}},
		"no point":       {people("", "name: A, accounts: [], key: "+verifierKey(t, [32]byte{2})), []string{"it is no key of Ed25519"}},
		"other form":     {people("", "name: A, accounts: [], key: "+verifierKey(t, [32]byte{0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})), []string{"it is no key of Ed25519"}},
		"long name":      {people("", "name: "+strings.Repeat("x", 101)+", accounts: [], key: "+good), []string{"name: is over 100 characters long"}},
		"too many":       {people("", strings.Split(strings.Repeat("name: A~", approval.MaxApprovers+1), "~")[:approval.MaxApprovers+1]...), []string{"a:206:7: spec.approvers: has more than 200 items"}},
		"a list":         {head + "  - a\n", []string{"spec: is not a mapping"}},
		"people no list": {head + "  approvers: {}\n", []string{"spec.approvers: is not a list"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := approval.Parse("a", []byte(tt.text))
			faults, ok := errors.AsType[spec.Errors](err)
			require.True(t, ok, "%v", err)
			for _, want := range tt.want {
				require.ErrorContains(t, err, want)
			}
			if name != "too many" {
				require.Len(t, faults, len(tt.want), "%v", err)
			}
			for _, f := range faults {
				require.NotEmpty(t, f.Hint, f.Error())
				require.Positive(t, f.Pos.Line)
			}
		})
	}
}

// A private key in the file is not repeated by any message.
func TestApproversRefuseAPrivateKey(t *testing.T) {
	t.Parallel()
	_, private, err := approval.Generate("ada")
	require.NoError(t, err)
	_, err = approval.Parse("a", []byte(people("", "name: A, accounts: [], key: "+private)))
	require.ErrorContains(t, err, "spec.approvers[0].key: is a private key")
	require.NotContains(t, err.Error(), private[len(private)-20:])
}

func TestFold(t *testing.T) {
	t.Parallel()
	for _, x := range [][2]string{{"ADA", "ada"}, {" a  b ", "A B"}, {"STRASSE", "straße"}, {"ｃｉ", "CI"}, {"E\u0301va", "ÉVA"}} {
		require.Equal(t, approval.Fold(x[0]), approval.Fold(x[1]))
	}
	require.NotEqual(t, approval.Fold("ada"), approval.Fold("bob"))
}

// FuzzApprovers holds that no bytes bring the reader down, and that what it
// takes has people with keys.
func FuzzApprovers(f *testing.F) {
	c := newCast(f, people("[{approvals: 1, over: [1.00 EUR]}]", ada+", limits: [5 JPY], expires: 2027-01-01", bob))
	f.Add([]byte(c.text))
	f.Add([]byte(head + "  approvers: [{name: &a x, key: *a}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := approval.Parse("a", data)
		if err != nil {
			var faults spec.Errors
			require.ErrorAs(t, err, &faults)
			return
		}
		require.NotEmpty(t, a.People)
		for _, p := range a.People {
			require.NotEmpty(t, p.Name)
			require.NotEmpty(t, p.Key)
		}
	})
}
