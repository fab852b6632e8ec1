package doctor

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/internal/policy"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

var (
	rules     = topic{Rules, "policy"}
	approvers = topic{Rules, "approvers"}
	signing   = topic{Rules, "signing key"}
	auditing  = topic{Rules, "audit key"}
)

// faulty are the faults of a file, one check each.
func faulty(t topic, err error) []Check {
	var faults spec.Errors
	if !errors.As(err, &faults) {
		return []Check{t.problem(CauseConfiguration, "check the path and its permissions", "%v", err)}
	}
	var checks []Check
	for _, f := range faults {
		checks = append(checks, t.problem(CauseConfiguration, f.Hint, "%s: %s", strings.TrimSpace(f.Pos.String()+" "+f.Path), f.Msg))
	}
	return checks
}

// Policy loads the rules that plans are held against.
func Policy(cfg *config.Config) []Check {
	pin := cfg.PolicySHA256
	switch {
	case cfg.Policy == "" && pin != "":
		return []Check{rules.problem(CausePolicy, "name its file with --policy, PAYRECONCILE_POLICY or policy: in payreconcile.yaml",
			"none is configured, and PAYRECONCILE_POLICY_SHA256 asks for the one with SHA-256 %s", pin)}
	case cfg.Policy == "" && cfg.Environment == live:
		return []Check{rules.warning("write one: docs/policy.md", "none, so that no rule holds back a plan for the live environment")}
	case cfg.Policy == "":
		return []Check{rules.ok("none")}
	}
	p, err := policy.Load(cfg.Policy)
	if err != nil {
		return faulty(rules, err)
	}
	if pin != "" && pin != p.SHA256() {
		return []Check{rules.problem(CausePolicy, "use the policy that was agreed on; if this one was, those who answer for it set its hash for this environment",
			"%s has SHA-256 %s, and PAYRECONCILE_POLICY_SHA256 asks for %s", cfg.Policy, p.SHA256(), pin)}
	}
	return []Check{pinned(rules, pin, "PAYRECONCILE_POLICY_SHA256", p.SHA256(), fmt.Sprintf("%s: %s", cfg.Policy, plural(p.Rules(), "rule")))}
}

// pinned says whether this environment asks for this very file.
func pinned(t topic, pin, variable, sum, found string) Check {
	c := t.ok("%s; this environment asks for this very file", found)
	if pin == "" {
		c = t.ok("%s; whoever can change the file changes what it says (set %s to hold it fast)", found, variable)
	}
	c.Facts = []Fact{{Name: "sha256", Value: sum}}
	return c
}

// keyWarning is how long before a key expires somebody should make another.
const keyWarning = 30 * 24 * time.Hour

// Approvers loads the people who approve plans, and counts those who could.
func Approvers(cfg *config.Config, maker string, now time.Time) []Check {
	pin := cfg.ApproversSHA256
	switch {
	case cfg.Approvers == "" && pin != "":
		return []Check{approvers.problem(CauseApproval, "name their file with --approvers, PAYRECONCILE_APPROVERS or approvers: in payreconcile.yaml",
			"none are configured, and PAYRECONCILE_APPROVERS_SHA256 asks for those with SHA-256 %s", pin)}
	case cfg.Approvers == "" && cfg.Environment == live:
		return []Check{approvers.warning("list them: docs/approval.md", "none, so that one person alone can move money in the live environment")}
	case cfg.Approvers == "":
		return []Check{approvers.ok("none")}
	}
	who, err := approval.Load(cfg.Approvers)
	if err != nil {
		return faulty(approvers, err)
	}
	if pin != "" && pin != who.SHA256() {
		return []Check{approvers.problem(CauseApproval, "if the file was changed on purpose, have PAYRECONCILE_APPROVERS_SHA256 changed where it is set",
			"%s has SHA-256 %s, and PAYRECONCILE_APPROVERS_SHA256 asks for %s", cfg.Approvers, who.SHA256(), pin)}
	}
	if cfg.Environment == "" { // nobody knows who counts where
		found := fmt.Sprintf("%s: %s", cfg.Approvers, plural(len(who.People), "key"))
		return append([]Check{pinned(approvers, pin, "PAYRECONCILE_APPROVERS_SHA256", who.SHA256(), found)}, keysThatEnd(who, now)...)
	}
	able := who.Able(cfg.Environment, "", now)
	found := fmt.Sprintf("%s: %s, of whom %d can approve here today", cfg.Approvers, plural(len(who.People), "key"), len(able))
	checks := []Check{pinned(approvers, pin, "PAYRECONCILE_APPROVERS_SHA256", who.SHA256(), found)}
	checks = append(checks, enough(who, able, who.Able(cfg.Environment, maker, now), maker)...)
	return append(checks, keysThatEnd(who, now)...)
}

// enough holds the people who can approve against how many have to.
func enough(who *approval.Approvers, able, others []string, maker string) (checks []Check) {
	always, most := 1, 1
	for _, r := range who.Required {
		if most = max(most, r.Approvals); len(r.Over) == 0 {
			always = max(always, r.Approvals)
		}
	}
	const more = "have more people listed, or keys renewed: payreconcile approve keygen"
	switch {
	case len(able) < always:
		checks = append(checks, approvers.problem(CauseApproval, more, "every plan needs %s, and %d can give one here today: nothing can be applied", plural(always, "approval"), len(able)))
	case len(others) < always:
		checks = append(checks, approvers.warning("have somebody else listed, or let somebody else make the plans",
			"plans made by %q, who runs this, need %s, and %d other than the maker can give one", maker, plural(always, "approval"), len(others)))
	case len(others) < most:
		checks = append(checks, approvers.warning(more, "the largest plans need %s, and %d can give one to plans made by %q", plural(most, "approval"), len(others), maker))
	}
	return checks
}

// keysThatEnd are keys that have expired or will within a month, and whose owner
// has no other one that lasts.
func keysThatEnd(who *approval.Approvers, now time.Time) (checks []Check) {
	lasting := map[string]bool{}
	for _, p := range who.People {
		if p.Revoked.IsZero() && (p.Expires.IsZero() || p.Expires.After(now.Add(keyWarning))) {
			lasting[p.Name] = true
		}
	}
	for _, p := range who.People {
		day := p.Expires.AddDate(0, 0, -1).Format(time.DateOnly)
		switch {
		case p.Expires.IsZero() || !p.Revoked.IsZero() || lasting[p.Name]:
		case !now.Before(p.Expires):
			checks = append(checks, approvers.warning("have a new key listed, or the line removed", "the key of %q has expired: its last day was %s", p.Name, day))
		case !now.Add(keyWarning).Before(p.Expires):
			checks = append(checks, approvers.warning("have a new key made and listed before", "the key of %q expires soon: its last day is %s", p.Name, day))
		}
	}
	return checks
}

// SigningKey warns of a key in the environment with which plans are approved: a
// job that plans or applies should have none.
func SigningKey(getenv func(string) string) Check {
	const variable = "PAYRECONCILE_APPROVAL_KEY"
	file := getenv(variable + "_FILE")
	switch {
	case getenv(variable) == "" && file == "":
		return signing.ok("none in this environment, as it should be where plans are made or applied")
	case file != "" && mode(file)&0o006 != 0:
		return signing.warning("run chmod 600 on it, and keep it out of jobs that plan or apply", "everybody on this machine can read or write %s, the key that approvals are signed with", file)
	}
	return signing.warning("keep it to the one job that approves", "this environment holds a key that approvals are signed with: whoever runs here can approve what it applies")
}

// AuditKey says whether heads of the audit log are signed: by the key of that
// name, or with err by none, since the one that is set cannot be used.
func AuditKey(name string, err error, environment string) Check {
	switch {
	case err != nil:
		return auditing.problem(CauseConfiguration, "mend PAYRECONCILE_AUDIT_KEY or PAYRECONCILE_AUDIT_KEY_FILE, and the passphrase; payreconcile audit keygen makes a key", "heads of the audit log cannot be signed: %v", err)
	case name != "":
		return auditing.ok("heads of the audit log are signed by %s", name)
	case environment == live:
		return auditing.warning("set PAYRECONCILE_AUDIT_KEY_FILE for the job that applies; payreconcile audit keygen makes one", "none: heads of the audit log are unsigned, and prove something only where they were kept elsewhere")
	}
	return auditing.ok("none: heads of the audit log are unsigned, and prove something only where they were kept elsewhere")
}
