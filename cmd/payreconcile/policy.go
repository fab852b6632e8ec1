package main

import (
	"fmt"

	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/internal/policy"
)

// policy loads the rules that plans are held against; nil when there are none.
// A policy that is not the one that this environment asks for is an error.
func (e *env) policy(cfg *config.Config) (*policy.Policy, error) {
	if cfg.Policy == "" {
		if cfg.PolicySHA256 == "" {
			return nil, nil
		}
		return nil, &codeError{
			code: exitPolicy, err: fmt.Errorf("no policy is configured, and PAYRECONCILE_POLICY_SHA256 asks for the one with SHA-256 %s", cfg.PolicySHA256),
			hint: "name its file with --policy, PAYRECONCILE_POLICY or policy: in payreconcile.yaml",
		}
	}
	p, err := policy.Load(cfg.Policy)
	if err != nil {
		return nil, err
	}
	if pin := cfg.PolicySHA256; pin != "" && pin != p.SHA256() {
		return nil, &codeError{
			code: exitPolicy, err: fmt.Errorf("the policy %s has SHA-256 %s, and PAYRECONCILE_POLICY_SHA256 asks for %s", cfg.Policy, p.SHA256(), pin),
			hint: "use the policy that was agreed on; if this one was, those who answer for it set its hash for this environment",
		}
	}
	return p, nil
}

// judgeAgain holds a plan that was written against the policy in a file, as
// apply would now, and puts what it says in the place of the plan's own
// judgement, for showing. Without a file it does nothing.
func (e *env) judgeAgain(p *writtenPlan, file string) (denied bool, err error) {
	if file == "" {
		return false, nil
	}
	rules, err := policy.Load(file)
	if err != nil {
		return false, err
	}
	p.footer.Judgement, err = policy.Judge(rules, p.header, p.footer, p.entries(), policy.Applying, e.now())
	if err != nil {
		return false, err
	}
	if made := p.header.Policy; made != rules.SHA256() {
		e.say("judged by %s (sha256 %s), which is not what the plan was made with", file, rules.SHA256())
	}
	return p.denied(), nil
}
