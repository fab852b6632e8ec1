package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// cmdKeys replaces KEY(name) in an approvers file by a public key, made once
// for every name of the script, and sets $KEY_name to its private half:
// keys FILE [NAME …], where the further names get a key that is not listed.
func cmdKeys(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: keys FILE [NAME …]")
	}
	text, made := ts.ReadFile(args[0]), map[string]string{}
	public := func(name string) string {
		if made[name] == "" {
			k, private, err := approval.Generate(name)
			ts.Check(err)
			ts.Setenv("KEY_"+name, private)
			made[name] = k.Public()
		}
		return made[name]
	}
	for {
		before, rest, found := strings.Cut(text, "KEY(")
		if !found {
			break
		}
		name, after, _ := strings.Cut(rest, ")")
		text = before + public(name) + after
	}
	for _, name := range args[1:] {
		public(name)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// cmdRemake writes a plan again with another header or judgement, as a plan with
// an id of its own, and sets $PLAN_ID: remake PLAN [maker=WHO] [approvers=FILE]
// [expires=DURATION] [approvals=N] [denied=N]
func cmdRemake(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: remake PLAN [maker=WHO] [approvers=FILE] [expires=DURATION] [approvals=N] [denied=N]")
	}
	data := []byte(ts.ReadFile(args[0]))
	h, _, err := plan.Verify(bytes.NewReader(data))
	ts.Check(err)
	var j plan.Judgement
	for _, a := range args[1:] {
		switch name, value, _ := strings.Cut(a, "="); name {
		case "maker":
			h.Maker = value
		case "approvers":
			who, err := approval.Load(ts.MkAbs(value))
			ts.Check(err)
			h.Approvers = who.SHA256()
		case "expires":
			h.Expires = h.Created.Add(span(ts, value))
		case "approvals":
			j.Approvals = atoi(ts, value)
		case "denied":
			j.Denied = int64(atoi(ts, value))
			j.Denials = []plan.Denial{{Rule: "cap", Message: "too much"}}
		default:
			ts.Fatalf("remake: unknown argument %s", a)
		}
	}
	var out bytes.Buffer
	w, err := plan.NewWriter(&out, h)
	ts.Check(err)
	for e, err := range plan.Entries(bytes.NewReader(data)) {
		ts.Check(err)
		line, err := plan.Encode(e)
		ts.Check(err)
		ts.Check(w.Write(line))
	}
	f, err := w.CloseJudged(func(plan.Footer) *plan.Judgement { return &j })
	ts.Check(err)
	ts.Setenv("PLAN_ID", f.PlanID)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), out.Bytes(), 0o600))
}

// cmdPlanID sets $PLAN_ID to the id of a plan: planid PLAN
func cmdPlanID(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: planid PLAN")
	}
	_, f, err := plan.Verify(strings.NewReader(ts.ReadFile(args[0])))
	ts.Check(err)
	ts.Setenv("PLAN_ID", f.PlanID)
}

// cmdSum sets a variable to the SHA-256 of a file: sum VARIABLE FILE
func cmdSum(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sum VARIABLE FILE")
	}
	sum := sha256.Sum256([]byte(ts.ReadFile(args[1])))
	ts.Setenv(args[0], hex.EncodeToString(sum[:]))
}
