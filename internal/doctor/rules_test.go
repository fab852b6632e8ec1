package doctor_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/internal/doctor"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const goodPolicy = `apiVersion: payreconcile/v1
kind: Policy
metadata: {name: shop}
spec:
  rules:
    - {name: small, over: call, when: "amount > 10000", deny: too much}
`

func TestPolicy(t *testing.T) {
	t.Parallel()
	sum := strings.Repeat("ab", 32)
	for name, tt := range map[string]struct {
		policy, endpoint, pin string
		want                  want
	}{
		"none":             {"", "http://127.0.0.1:1", "", want{doctor.OK, "", "none"}},
		"none, live":       {"", "https://payment.payone.com", "", want{doctor.Warning, "", "no rule holds back a plan for the live environment"}},
		"none, pinned":     {"", "http://127.0.0.1:1", sum, want{doctor.Problem, doctor.CausePolicy, "PAYRECONCILE_POLICY_SHA256 asks for"}},
		"good":             {goodPolicy, "http://127.0.0.1:1", "", want{doctor.OK, "", "1 rule; whoever can change the file"}},
		"another":          {goodPolicy, "http://127.0.0.1:1", sum, want{doctor.Problem, doctor.CausePolicy, "has SHA-256"}},
		"one with a fault": {strings.ReplaceAll(goodPolicy, "amount", "sum"), "http://127.0.0.1:1", "", want{doctor.Problem, doctor.CauseConfiguration, "policy.yaml:6:"}},
		"no file":          {"-", "http://127.0.0.1:1", "", want{doctor.Problem, doctor.CauseConfiguration, "policy.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"PAYRECONCILE_ENDPOINT": tt.endpoint, "PAYRECONCILE_POLICY_SHA256": tt.pin}
			if tt.policy != "" {
				env["PAYRECONCILE_POLICY"] = filepath.Join(t.TempDir(), "policy.yaml")
			}
			if tt.policy != "" && tt.policy != "-" {
				require.NoError(t, os.WriteFile(env["PAYRECONCILE_POLICY"], []byte(tt.policy), 0o600))
			}
			tt.want.holds(t, doctor.Policy(load(t, env))...)
		})
	}
}

// people is an approvers file of lines; KEY in a line is a new key.
func people(t *testing.T, required string, list ...string) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: payreconcile/v1\nkind: Approvers\nmetadata: {name: shop}\nspec:\n  required: %s\n  approvers:\n", required)
	for i, line := range list {
		key, _, err := approval.Generate(fmt.Sprintf("key%d", i))
		require.NoError(t, err)
		fmt.Fprintf(&b, "    - {key: %s, %s}\n", key.Public(), line)
	}
	path := filepath.Join(t.TempDir(), "approvers.yaml")
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
	return path
}

func TestApprovers(t *testing.T) {
	t.Parallel()
	const (
		ada, bob = "name: Ada, accounts: [ada]", "name: Bob, accounts: [bob]"
		one, two = "[{approvals: 1}]", "[{approvals: 2}]"
	)
	for name, tt := range map[string]struct {
		required string
		people   []string
		want     want
	}{
		"enough":               {two, []string{ada, bob}, want{doctor.OK, "", "2 keys, of whom 2 can approve here today"}},
		"expired":              {one, []string{ada, bob + ", expires: 2026-11-21"}, want{doctor.Warning, "", `the key of "Bob" has expired: its last day was 2026-11-21`}},
		"expires today":        {one, []string{ada, bob + ", expires: 2026-11-22"}, want{doctor.Warning, "", `the key of "Bob" expires soon: its last day is 2026-11-22`}},
		"in 30 days":           {one, []string{bob + ", expires: 2026-12-21"}, want{doctor.Warning, "", "its last day is 2026-12-21"}},
		"in 31 days":           {one, []string{bob + ", expires: 2026-12-22"}, want{doctor.OK, "", "1 can approve"}},
		"too few left":         {two, []string{ada, bob + ", expires: 2026-11-21"}, want{doctor.Problem, doctor.CauseApproval, "every plan needs 2 approvals, and 1 can give one here today"}},
		"revoked":              {one, []string{bob + ", revoked: 2026-11-01"}, want{doctor.Problem, doctor.CauseApproval, "and 0 can give one"}},
		"for another place":    {one, []string{bob + ", environments: [live]"}, want{doctor.Problem, doctor.CauseApproval, "and 0 can give one"}},
		"the maker alone":      {one, []string{"name: Cleo, accounts: [ci]"}, want{doctor.Warning, "", `plans made by "ci", who runs this, need 1 approval, and 0 other than the maker can give one`}},
		"too few for the most": {"[{approvals: 1}, {approvals: 2, over: [1000.00 EUR]}]", []string{ada, "name: Cleo, accounts: [ci]"}, want{doctor.Warning, "", "the largest plans need 2 approvals, and 1 can give one"}},
		"twice one person":     {two, []string{ada, ada}, want{doctor.Problem, doctor.CauseApproval, "and 1 can give one"}},
		"a fault":              {two, []string{ada}, want{doctor.Problem, doctor.CauseConfiguration, "approvers.yaml:5:"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := load(t, map[string]string{"PAYRECONCILE_ENDPOINT": "http://127.0.0.1:1", "PAYRECONCILE_APPROVERS": people(t, tt.required, tt.people...)})
			tt.want.holds(t, doctor.Approvers(cfg, "ci", noon)...)
		})
	}
}

// Where nobody knows the environment, nobody is said not to count there.
func TestApproversOfNowhere(t *testing.T) {
	t.Parallel()
	file := people(t, "[{approvals: 2}]", "name: Ada, accounts: [], environments: [live]", "name: Bob, accounts: [], environments: [live]")
	require.Equal(t, "ok approvers: "+file+": 2 keys; whoever can change the file changes what it says (set PAYRECONCILE_APPROVERS_SHA256 to hold it fast)\n",
		lines(doctor.Approvers(load(t, map[string]string{"PAYRECONCILE_APPROVERS": file}), "ci", noon)...))
}

// A key that ends is no concern when its owner has one that lasts.
func TestRenewedKey(t *testing.T) {
	t.Parallel()
	file := people(t, "[{approvals: 1}]", "name: Ada, accounts: [], expires: 2026-11-30", "name: Ada, accounts: []")
	env := map[string]string{"PAYRECONCILE_ENDPOINT": "http://127.0.0.1:1", "PAYRECONCILE_APPROVERS": file}
	require.Len(t, doctor.Approvers(load(t, env), "ci", noon), 1)

	env["PAYRECONCILE_APPROVERS_SHA256"] = strings.Repeat("ab", 32)
	want{doctor.Problem, doctor.CauseApproval, "PAYRECONCILE_APPROVERS_SHA256 asks for abab"}.holds(t, doctor.Approvers(load(t, env), "ci", noon)...)
	env["PAYRECONCILE_APPROVERS"] = ""
	want{doctor.Problem, doctor.CauseApproval, "none are configured"}.holds(t, doctor.Approvers(load(t, env), "ci", noon)...)
	want{doctor.Warning, "", "one person alone can move money"}.holds(t, doctor.Approvers(load(t, map[string]string{"PAYRECONCILE_ENDPOINT": "https://payment.payone.com"}), "ci", noon)...)
}

func TestAuditKey(t *testing.T) {
	t.Parallel()
	want{doctor.OK, "", "signed by audit.shop"}.holds(t, doctor.AuditKey("audit.shop", nil, "live"))
	want{doctor.OK, "", "kept elsewhere"}.holds(t, doctor.AuditKey("", nil, "sandbox"))
	want{doctor.Warning, "", "PAYRECONCILE_AUDIT_KEY_FILE"}.holds(t, doctor.AuditKey("", nil, "live"))
	want{doctor.Problem, doctor.CauseConfiguration, "cannot be signed: no key"}.holds(t, doctor.AuditKey("", errors.New("no key"), "live"))
}
