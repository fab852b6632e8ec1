package documents_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/internal/policy"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// ruled returns the faults of a policy, none when it is taken.
func ruled(t tester, text string) (faults spec.Errors) {
	t.Helper()
	if _, err := policy.Parse("policy.yaml", []byte(text)); err != nil {
		require.ErrorAs(t, err, &faults)
	}
	return faults
}

const housePolicy = `# yaml-language-server: $schema=../../docs/schema/policy.json
apiVersion: payreconcile/v1
kind: Policy
metadata: {name: house}
spec:
  rules:
    - name: refund-cap
      over: call
      when: kind == "refund" && currency == "EUR" && amount > minor("500.00 EUR")
      deny: a refund over 500.00 EUR
      override: ask the controller
    - name: many-calls
      over: plan
      when: |
        !(calls < 1000) ||
        calls > 50000
      approvals: 2
`

func TestPoliciesAreTakenByBoth(t *testing.T) {
	t.Parallel()
	e := openEditor(t, "policy")
	valid := 0
	texts := manifests(t)
	texts["the policy of this test"] = housePolicy
	for name, text := range texts {
		if !strings.Contains(text, "kind: Policy") || len(ruled(t, text)) > 0 {
			continue
		}
		valid++
		v := e.see(text)
		require.True(t, v.accepts(), "%s is valid, and the schema refuses it at %v\n%s", name, v, text)
	}
	require.Positive(t, valid)
}

// What is wrong with an expression is no matter of a schema. Of what is wrong
// with a policy otherwise, it shows all but what is listed here.
func TestPolicyFaultsAreSeenOrListed(t *testing.T) {
	t.Parallel()
	e := openEditor(t, "policy")
	listed := map[string]string{}
	for why, faults := range unseenInPolicies {
		for _, f := range faults {
			listed[f] = why
		}
	}
	a, err := txtar.ParseFile("../../policy/testdata/faults.txtar")
	require.NoError(t, err)
	seen, met := 0, map[string]bool{}
	for _, f := range a.Files {
		if !strings.HasSuffix(f.Name, ".yaml") {
			continue
		}
		v := e.see(string(f.Data))
		for _, fault := range ruled(t, string(f.Data)) {
			name := f.Name + " | " + fault.Path
			why, is := listed[name]
			met[name] = true
			switch {
			case v.sees(fault):
				seen++
				if is {
					t.Errorf("%s: is shown after all (%v); take it off the list of %q", name, fault, why)
				}
			case !is && !strings.HasSuffix(fault.Path, ".when"):
				t.Errorf("%s: is not shown by an editor, and not listed (%v)", name, fault)
			}
		}
	}
	for name, why := range listed {
		if !met[name] {
			t.Errorf("%s: is listed as %q, and no such fault occurs", name, why)
		}
	}
	require.Greater(t, seen, 15)
}

var policyNames = []string{"apiVersion", "kind", "metadata", "spec", "name", "rules", "over", "when", "deny", "override", "approvals"}

// drawPolicy draws a valid policy.
func drawPolicy(t *rapid.T) *tree {
	pick := func(label string, of ...string) *tree { return value(rapid.SampledFrom(of).Draw(t, label)) }
	rules := list()
	for i := range rapid.IntRange(0, 3).Draw(t, "rules") {
		r := group().set("name", value([]string{"a", "refund-cap", "7"}[i])).set("over", pick("over", "call", "payment", `"plan"`)).
			set("when", pick("when", "true", "1 < 2", `"phase == 'plan'"`, "! true || false", "'true\n\n      '"))
		if strings.HasPrefix(r.get("when").text, "!") {
			r.get("when").text = `"! true || false"`
		}
		if rapid.Bool().Draw(t, "denies") {
			r.set("deny", pick("deny", "too much", "5", `" x "`, `"x\n"`, "é", "true"))
			if rapid.Bool().Draw(t, "override") {
				r.set("override", pick("how", "ask", "12"))
			}
		} else {
			r.set("approvals", pick("approvals", "1", "20", `"2"`))
		}
		rules.items = append(rules.items, r)
	}
	root := group().set("apiVersion", value("payreconcile/v1")).set("kind", value("Policy"))
	if rapid.Bool().Draw(t, "metadata") {
		root.set("metadata", group().set("name", pick("file", "caps", "1")))
	}
	return root.set("spec", group().set("rules", rules))
}

// The same for policy.yaml as for manifests.
func TestRandomPolicies(t *testing.T) {
	t.Parallel()
	e := openEditor(t, "policy")
	var seen outcomes
	rapid.Check(t, func(r *rapid.T) {
		for range 4 {
			doc := drawPolicy(r)
			for range rapid.IntRange(0, 2).Draw(r, "changes") {
				mutate(r, doc, policyNames)
			}
			if doc.kind == 'v' && core(doc.text) == nil {
				continue // an editor has nothing to look at
			}
			seen.hold(r, e, doc.String(), ruled(r, doc.String()) == nil)
		}
	})
	rapid.Check(t, func(r *rapid.T) {
		doc := drawPolicy(r)
		rule := group().set("name", value("last")).set("over", value("call")).set("when", value("true")).set("deny", value("no"))
		rules := doc.get("spec").get("rules")
		rules.items = append(rules.items, rule)
		breaks := map[string]func(){
			"no name":            func() { removeKey(rule, "name") },
			"no over":            func() { removeKey(rule, "over") },
			"no when":            func() { removeKey(rule, "when") },
			"no effect":          func() { removeKey(rule, "deny") },
			"two effects":        func() { rule.set("approvals", value("2")) },
			"override of others": func() { removeKey(rule, "deny"); rule.set("approvals", value("2")).set("override", value("x")) },
			"none":               func() { removeKey(rule, "deny"); rule.set("approvals", value("0")) },
			"too many":           func() { removeKey(rule, "deny"); rule.set("approvals", value("21")) },
			"capitals":           func() { rule.items[0] = value("Refund-Cap") },
			"over something":     func() { rule.items[1] = value("calls") },
			"nothing when":       func() { rule.items[2] = value(`" "`) },
			"two lines":          func() { rule.items[3] = value(`"a\nb"`) },
			"unknown":            func() { rule.set("zebra", value("1")) },
			"another kind":       func() { doc.items[1] = value("Settlement") },
			"no rules":           func() { removeKey(doc.get("spec"), "rules") },
			"no list":            func() { *rules = *value("none") },
		}
		how := rapid.SampledFrom(keysOf(breaks)).Draw(r, "break")
		breaks[how]()
		if ruled(r, doc.String()) == nil || e.see(doc.String()).accepts() {
			r.Fatalf("%s is not refused by both\n%s", how, doc)
		}
		seen.structural++
	})
	seen.check(t)
}

// unseenInPolicies lists, by the reason why, the faults of
// internal/policy/testdata/faults.txtar that no schema shows: file and path.
var unseenInPolicies = map[string][]string{
	"an editor resolves anchors before it looks at the schema": {"fields.yaml | spec.rules[2].name"},
	"to an editor 2 and 0x2 are one number":                    {"effects.yaml | spec.rules[5].approvals"},
	"which characters show is not a pattern":                   {"effects.yaml | spec.rules[8].deny"},
	"a schema does not compare the items of a list":            {"effects.yaml | spec.rules[10].name"},
}
