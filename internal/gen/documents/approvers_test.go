package documents_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

var approversNames = []string{
	"apiVersion", "kind", "metadata", "spec", "name", "required", "approvers", "approvals", "over", "key", "accounts", "environments", "limits", "expires", "revoked",
}

// approved reports that an approvers file is taken.
func approved(t tester, text string) bool {
	t.Helper()
	_, err := approval.Parse("approvers.yaml", []byte(text))
	if err != nil {
		require.ErrorAs(t, err, &spec.Errors{})
	}
	return err == nil
}

// publicKeys are keys of people.
func publicKeys(t *testing.T) (keys []string) {
	t.Helper()
	for _, name := range []string{"ada", "bob.example", "eve@example.com"} {
		k, _, err := approval.Generate(name)
		require.NoError(t, err)
		keys = append(keys, k.Public())
	}
	return keys
}

// drawApprovers draws a valid approvers file.
func drawApprovers(t *rapid.T, keys []string) *tree {
	sometimes := func(label string) bool { return rapid.IntRange(0, 2).Draw(t, label) == 0 }
	pick := func(label string, of ...string) *tree { return value(rapid.SampledFrom(of).Draw(t, label)) }
	root := group().set("apiVersion", value("payreconcile/v1")).set("kind", pick("kind", "Approvers", "'Approvers'"))
	if sometimes("metadata") {
		root.set("metadata", group().set("name", pick("file", "shop-eu", "12", "' x'", "true")))
	}
	money := func() *tree {
		return list(pick("money", "10000.00 EUR", "0.00 EUR", `"5.00 EUR"`), value("1500000 JPY"))
	}
	s := group()
	if sometimes("required") {
		r := group().set("approvals", pick("approvals", "1", `"1"`))
		if sometimes("over") {
			r.set("over", money())
		}
		s.set("required", list(r))
	}
	people := list()
	for i := range rapid.IntRange(1, len(keys)).Draw(t, "people") {
		p := group().set("name", pick("name", "Ada Example", "ada", "7", "é", "true")).set("key", value(keys[i])).
			set("accounts", pick("accounts", "[]", "[ada]", "[ada, 'a b', 12]"))
		if sometimes("environments") {
			p.set("environments", pick("where", "[live]", "[live, test]"))
		}
		if sometimes("limits") {
			p.set("limits", money())
		}
		if sometimes("expires") {
			p.set("expires", pick("day", "2027-12-31", `"2027-12-31"`))
		}
		if sometimes("revoked") {
			p.set("revoked", value("2026-11-30"))
		}
		people.items = append(people.items, p)
	}
	return root.set("spec", s.set("approvers", people))
}

func TestApproversAreTakenByBoth(t *testing.T) {
	t.Parallel()
	e, valid := openEditor(t, "approvers"), 0
	for name, text := range manifests(t) {
		if !strings.Contains(text, "kind: Approvers") || !approved(t, text) {
			continue
		}
		valid++
		v := e.see(text)
		require.True(t, v.accepts(), "%s is valid, and the schema refuses it at %v\n%s", name, v, text)
	}
	require.Positive(t, valid)
}

// The same for approvers.yaml as for manifests.
func TestRandomApprovers(t *testing.T) {
	t.Parallel()
	e, keys := openEditor(t, "approvers"), publicKeys(t)
	var seen outcomes
	rapid.Check(t, func(r *rapid.T) {
		for range 10 {
			doc := drawApprovers(r, keys)
			for range rapid.IntRange(0, 2).Draw(r, "changes") {
				mutate(r, doc, approversNames)
			}
			if doc.kind == 'v' && core(doc.text) == nil {
				continue // an editor has nothing to look at
			}
			seen.hold(r, e, doc.String(), approved(r, doc.String()))
		}
	})
	rapid.Check(t, func(r *rapid.T) {
		doc := drawApprovers(r, keys)
		s := doc.get("spec")
		person := s.get("approvers").items[0]
		breaks := map[string]func(){
			"another kind":   func() { doc.items[1] = value("Policy") },
			"no spec":        func() { removeKey(doc, "spec") },
			"no people":      func() { removeKey(s, "approvers") },
			"an empty list":  func() { s.get("approvers").items = nil },
			"no key":         func() { removeKey(person, "key") },
			"no name":        func() { removeKey(person, "name") },
			"no accounts":    func() { removeKey(person, "accounts") },
			"one account":    func() { removeKey(person, "accounts"); person.set("accounts", value("ada")) },
			"unknown":        func() { person.set("zebra", value("1")) },
			"no environment": func() { removeKey(person, "environments"); person.set("environments", list()) },
			"no currency":    func() { removeKey(person, "limits"); person.set("limits", list(value("5.00"))) },
			"no amount":      func() { removeKey(person, "limits"); person.set("limits", list()) },
			"no day":         func() { removeKey(person, "expires"); person.set("expires", value("tomorrow")) },
			"a private key":  func() { person.items[1] = value("PRIVATE+KEY+ada+00000000+AAAA") },
			"a file":         func() { person.items[1] = value("keys/ada.pub") },
			"no number": func() {
				removeKey(s, "required")
				s.set("required", list(group().set("over", list(value("1.00 EUR")))))
			},
			"none have to":     func() { removeKey(s, "required"); s.set("required", list(group().set("approvals", value("0")))) },
			"half of somebody": func() { removeKey(s, "required"); s.set("required", list(group().set("approvals", value("0.5")))) },
			"a label":          func() { removeKey(doc, "metadata"); doc.set("metadata", group().set("labels", group())) },
		}
		how := rapid.SampledFrom(keysOf(breaks)).Draw(r, "break")
		breaks[how]()
		if approved(r, doc.String()) || e.see(doc.String()).accepts() {
			r.Fatalf("%s is not refused by both\n%s", how, doc)
		}
		seen.structural++
	})
	seen.check(t)
}

// What only payreconcile sees in approvers.yaml, with the reason.
func TestApproversFaultsThatNoSchemaShows(t *testing.T) {
	t.Parallel()
	e, key := openEditor(t, "approvers"), publicKeys(t)[0]
	frame := func(required, person string) string {
		return fmt.Sprintf("apiVersion: payreconcile/v1\nkind: Approvers\nspec:\n  required: [%s]\n  approvers: [{name: Ada, accounts: [], %s}]\n", required, person)
	}
	valid := frame("{approvals: 1}", "key: "+key)
	require.True(t, approved(t, valid) && e.see(valid).accepts(), valid)
	for text, why := range map[string]string{
		frame("{approvals: 2}", "key: "+key):                        "a schema does not count the people",
		frame("{approvals: 1.0}", "key: "+key):                      "to an editor 1 and 1.0 are one number",
		frame("", "key: "+key[:len(key)-4]+"AAA="):                  "a pattern does not check a key",
		frame("", "key: "+key+", expires: 2027-02-30"):              "a pattern does not know the calendar",
		frame("", "key: "+key+", limits: [1.00 EUR, 2.00 EUR]"):     "a schema does not compare the items of a list",
		frame("", "key: "+key+", limits: [1 EUR]"):                  "the decimals depend on the currency",
		frame("", "key: &a "+key):                                   "an editor resolves anchors before it looks at the schema",
		strings.Replace(valid, "name: Ada", `name: "Ada\u202e"`, 1): "which characters show is not a pattern",
	} {
		require.False(t, approved(t, text), text)
		require.True(t, e.see(text).accepts(), "%q is shown after all; it was thought that %s", text, why)
	}
}
