package render_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/internal/audit"
	"github.com/payreconcile/payreconcile/internal/doctor"
	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// documents are outputs by name, with the schema that they follow.
func documents(t *testing.T) map[string]struct{ schema, text string } {
	t.Helper()
	type document = struct{ schema, text string }
	faults := spec.Errors{
		{Pos: spec.Pos{File: "orders.yaml", Line: 12, Col: 5}, Path: "spec.payments[3]", Msg: "wrong", Hint: "mend it"},
		{Msg: "3 more"},
	}
	run := func(list []apply.Result, s apply.Summary) string {
		return lines(t, func(w io.Writer) error {
			j, err := render.NewApplyJSON(w)
			require.NoError(t, err)
			for _, r := range list {
				require.NoError(t, j.Result(r))
			}
			return j.Close(s, nil)
		})
	}
	planOf := func(h plan.Header, entries []*plan.Entry) string {
		f := written(t, h, entries)
		return lines(t, func(w io.Writer) error { return render.PlanJSON(w, h, f, all(entries)()) })
	}
	documents := map[string]document{}
	for i, line := range streamed(t) {
		documents[fmt.Sprintf("message %d", i)] = document{"stream", line}
	}
	maps.Copy(documents, map[string]document{
		"plan": {"plan", planOf(header(), world())},
		"judged plan": {"plan", lines(t, func(w io.Writer) error {
			h := header()
			h.Maker, h.Policy = "ada", strings.Repeat("ab", 32)
			return render.PlanJSON(w, h, judged(written(t, h, world())), all(world())())
		})},
		"unjudged": {"plan", lines(t, func(w io.Writer) error {
			f := written(t, header(), nil)
			f.Judgement = &plan.Judgement{}
			return render.PlanJSON(w, header(), f, all(nil)())
		})},
		"empty plan": {"plan", planOf(plan.Header{}, nil)},
		"run":        {"run", run(results(), summary())},
		"empty run":  {"run", run(nil, apply.Summary{})},
		"journal": {"journal", lines(t, func(w io.Writer) error {
			return render.IntentsJSON(w, header().Journal, intents(history()...), render.IntentOptions{Verbose: true, Events: recorded, Notices: noticed, Plans: begun})
		})},
		"no journal": {"journal", lines(t, func(w io.Writer) error {
			return render.IntentsJSON(w, plan.JournalRef{New: true}, intents(), render.IntentOptions{Events: recorded})
		})},
		"terse journal": {"journal", lines(t, func(w io.Writer) error {
			return render.IntentsJSON(w, plan.JournalRef{ID: "j-1"}, intents(history()...), render.IntentOptions{Events: recorded, Plans: begun})
		})},
		"valid": {"validation", lines(t, func(w io.Writer) error {
			return render.ValidateJSON(w, 3, render.ValidatedRules{
				Policy:    &render.ValidatedPolicy{File: "policy.yaml", Rules: 2, SHA256: "e3b0"},
				Approvers: &render.ValidatedApprovers{File: "approvers.yaml", Keys: 2, SHA256: "e3b0"},
			}, nil)
		})},
		"invalid": {"validation", lines(t, func(w io.Writer) error { return render.ValidateJSON(w, 3, render.ValidatedRules{}, faults) })},
		"sandbox": {"sandbox", lines(t, func(w io.Writer) error {
			return render.SandboxJSON(w, "http://127.0.0.1:8080", "M", "K", "S")
		})},
		"sound": {"check", lines(t, func(w io.Writer) error { return render.CheckJSON(w, "j-1", 12, nil) })},
		"damaged": {"check", lines(t, func(w io.Writer) error {
			return render.CheckJSON(w, "j-1", 12, []render.CheckFault{{Seq: 4, Message: "an outcome without its intent"}})
		})},
		"approval": {"approval", lines(t, func(w io.Writer) error {
			return render.ApprovalJSON(w, "p.plan.ada.approval", "Ada", "ada+1+x", approval.Statement{Plan: "a", Signed: noon, Expires: noon})
		})},
		"approvals": {"approvals", lines(t, func(w io.Writer) error {
			return render.ApprovalsJSON(w, header(), plan.Footer{PlanID: "a"}, approvals())
		})},
		"no approvals": {"approvals", lines(t, func(w io.Writer) error {
			return render.ApprovalsJSON(w, plan.Header{}, plan.Footer{}, approval.Result{})
		})},
		"doctor":            {"doctor", lines(t, func(w io.Writer) error { return render.DoctorJSON(w, visited(), 12) })},
		"nothing looked at": {"doctor", lines(t, func(w io.Writer) error { return render.DoctorJSON(w, &doctor.Report{}, 0) })},
		"key":               {"key", lines(t, func(w io.Writer) error { return render.KeyJSON(w, "ada", "ada+1+x", "ada.key") })},
		"no audit head":     {"audit_head", lines(t, func(w io.Writer) error { return render.AuditHeadJSON(w, audit.Log{Journal: "j-1"}, nil) })},
		"audit head": {"audit_head", lines(t, func(w io.Writer) error {
			head := render.NewAuditHead(auditReport().Heads[0].Claim, "audit.shop")
			return render.AuditHeadJSON(w, audit.Log{Journal: "j-1"}, &head)
		})},
		"sound log": {"audit_verify", lines(t, func(w io.Writer) error { return render.AuditVerifyJSON(w, auditReport()) })},
		"altered log": {"audit_verify", lines(t, func(w io.Writer) error {
			return render.AuditVerifyJSON(w, &audit.Report{Faults: []audit.Fault{{Seq: 3, What: "record 3 was altered"}}})
		})},
		"audit export": {"audit_export", lines(t, func(w io.Writer) error {
			return render.AuditExportJSON(w, audit.Log{Journal: "j-1"}, "log.jsonl", audit.Exported{Records: 1})
		})},
		"audit proof":   {"audit_prove", lines(t, func(w io.Writer) error { return render.AuditProveJSON(w, auditProved(), "proof.json") })},
		"checked proof": {"audit_check", lines(t, func(w io.Writer) error { return render.AuditCheckJSON(w, auditProved()) })},
		"schemas": {"schemas", lines(t, func(w io.Writer) error {
			return render.SchemasJSON(w, []render.SchemaEntry{{Name: "manifest", About: "a manifest", Written: true, File: "out/manifest.json"}, {Name: "plan", About: "a plan"}})
		})},
		"import": {"import", lines(t, func(w io.Writer) error {
			return render.ImportJSON(w, render.ImportDocument{
				Source: "platform", File: "shop.yaml", SHA256: strings.Repeat("ab", 32), Counts: render.ImportCounts{Payments: 1, LeftOut: 1},
				Money:   []render.ImportMoney{{Currency: "EUR", Payments: 1, Captures: render.NewImportKind(1, 2, 12500, "EUR")}},
				LeftOut: []render.ImportLeftOut{{Payment: "1_0", Part: "refunds", Operation: "1_2", Reason: "uncertain", Message: "it is \u202e"}},
			})
		})},
		"nothing imported": {"import", lines(t, func(w io.Writer) error { return render.ImportJSON(w, render.ImportDocument{Source: "csv"}) })},
		"diff":             {"plan_diff", lines(t, func(w io.Writer) error { return render.PlanDiffJSON(w, compared(t)) })},
		"proof": {"plan_verify", lines(t, func(w io.Writer) error {
			return render.PlanProofJSON(w, header(), judged(written(t, header(), world())), noon)
		})},
		"statement": {"statement", lines(t, func(w io.Writer) error {
			return render.StatementJSON(t.Context(), w, statementOf(t, "order 1001", false))
		})},
		"offline statement": {"statement", lines(t, func(w io.Writer) error { return render.StatementJSON(t.Context(), w, statementOf(t, "x", true)) })},
		"drift":             {"drift", lines(t, func(w io.Writer) error { return render.DriftJSON(w, drifted(t)) })},
		"no drift":          {"drift", lines(t, func(w io.Writer) error { return render.DriftJSON(w, quiet(t)) })},
		"version":           {"version", lines(t, func(w io.Writer) error { return render.VersionJSON(w, "1.0", "abc", "go1.26", "linux/amd64") })},
		"error":             {"error", lines(t, func(w io.Writer) error { return render.ErrorJSON(w, 9, errors.New("locked"), "wait") })},
		"faults":            {"error", lines(t, func(w io.Writer) error { return render.ErrorJSON(w, 3, fmt.Errorf("read: %w", faults), "") })},
		"one fault":         {"error", lines(t, func(w io.Writer) error { return render.ErrorJSON(w, 3, faults[0], "") })},
		"odd letters": {"error", lines(t, func(w io.Writer) error {
			return render.ErrorJSON(w, 1, errors.New("\u202e\U000e0041 <&> ü \x7f\xff"), "")
		})},
	})
	return documents
}

// What is printed follows the published schema, and has no field that the
// schema does not describe.
func TestDocumentsFollowTheirSchemas(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for name, d := range documents(t) {
		used[d.schema] = true
		schema, err := jsonschema.NewCompiler().Compile(filepath.Join("../../docs/schema", d.schema+".json"))
		require.NoError(t, err)
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(d.text))
		require.NoError(t, err, "%s:\n%s", name, d.text)
		require.NoError(t, schema.Validate(value), "%s:\n%s", name, d.text)

		typed := reflect.New(reflect.TypeOf(render.Documents()[d.schema]))
		dec := json.NewDecoder(strings.NewReader(d.text))
		dec.DisallowUnknownFields()
		require.NoError(t, dec.Decode(typed.Interface()), name)
		again := lines(t, func(w io.Writer) error { return render.WriteJSON(w, typed.Interface()) })
		var got, want any
		require.NoError(t, json.Unmarshal([]byte(d.text), &want))
		require.NoError(t, json.Unmarshal([]byte(again), &got))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: the document and its type differ (-printed +type):\n%s", name, diff)
		}
	}
	require.Len(t, used, len(render.Documents()), "every kind of document has to occur")
}

// A schema that takes anything proves nothing.
func TestSchemasRefuse(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ schema, old, made string }{
		"amount as text":   {"plan", `"minor":4500`, `"minor":"45.00"`},
		"amount as float":  {"plan", `"minor":4500`, `"minor":45.5`},
		"no currency":      {"plan", `"currency":"EUR",`, ``},
		"another kind":     {"run", `"kind":"run"`, `"kind":"plan"`},
		"unknown status":   {"run", `"status":"settled"`, `"status":"done"`},
		"missing version":  {"journal", `"format_version":"1.0",`, ``},
		"unknown state":    {"journal", `"state":"withdrawn"`, `"state":"lost"`},
		"rumoured plan":    {"journal", `"how":"terminal"`, `"how":"rumour"`},
		"valid as a text":  {"validation", `"valid":true`, `"valid":"true"`},
		"from elsewhere":   {"import", `"source":"platform"`, `"source":"memory"`},
		"no exit code":     {"error", `"exit_code":9,`, ``},
		"no plan's format": {"version", `,"plan_format":"` + plan.FormatVersion + `"`, ``},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from := map[string]string{"validation": "valid"}[tt.schema]
			if from == "" {
				from = tt.schema
			}
			text := documents(t)[from].text
			require.Contains(t, text, tt.old)
			schema, err := jsonschema.NewCompiler().Compile(filepath.Join("../../docs/schema", tt.schema+".json"))
			require.NoError(t, err)
			value, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.Replace(text, tt.old, tt.made, 1)))
			require.NoError(t, err)
			require.Error(t, schema.Validate(value))
		})
	}
}

func TestJSONGolden(t *testing.T) {
	t.Parallel()
	all := documents(t)
	for _, name := range []string{"plan", "run", "journal", "invalid", "odd letters"} {
		golden(t, strings.ReplaceAll(name, " ", "_")+".json", all[name].text)
	}
}

// Escapes change how a text is written and not what it says.
func TestEscapesKeepTheText(t *testing.T) {
	t.Parallel()
	const text = "\u202e\U000e0041 <&> ü \x7f \u05d0 \u2028 \" \\ \x1b"
	written := lines(t, func(w io.Writer) error { return render.ErrorJSON(w, 1, errors.New(text), "") })
	require.Contains(t, written, `\u202e\udb40\udc41 <&> ü \u007f \u05d0 \u2028 \" \\ \u001b`)
	var d render.ErrorDocument
	require.NoError(t, json.Unmarshal([]byte(written), &d))
	require.Equal(t, text, d.Message)
}

// A result reaches the reader when it is known, not when the run ends.
func TestResultsAreNotHeldBack(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	j, err := render.NewApplyJSON(&b)
	require.NoError(t, err)
	for i, r := range results() {
		require.NoError(t, j.Result(r))
		require.Equal(t, i+1, strings.Count(b.String(), `{"payment":`))
	}
	require.NoError(t, j.Close(summary(), nil))
	require.True(t, json.Valid(b.Bytes()))
}

func TestJSONPassesWriteErrorsOn(t *testing.T) {
	t.Parallel()
	_, err := render.NewApplyJSON(full{})
	require.ErrorContains(t, err, "write output: no space left")
	require.ErrorContains(t, render.ValidateJSON(full{}, 0, render.ValidatedRules{}, nil), "no space left")
}
