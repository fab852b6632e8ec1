package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdReseal gives a plan file the plan id of its bytes, as somebody does who
// edits a plan, and before that drops or doubles a line or cuts the file off
// behind it: reseal FILE [drop N | double N | cut N]
func cmdReseal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || (len(args) != 1 && len(args) != 3) {
		ts.Fatalf("usage: reseal FILE [drop N | double N | cut N]")
	}
	lines := strings.SplitAfter(strings.TrimSuffix(ts.ReadFile(args[0]), "\n"), "\n")
	if len(args) == 3 {
		n := atoi(ts, args[2])
		switch args[1] {
		case "drop":
			lines = slices.Delete(lines, n-1, n)
		case "double":
			lines = slices.Insert(lines, n, lines[n-1])
		case "cut":
			ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Join(lines[:n], "")), 0o600))
			return
		default:
			ts.Fatalf("reseal: cannot %s", args[1])
		}
	}
	const mark = `,"plan_id":"`
	head, _, found := strings.Cut(strings.Join(lines, ""), mark)
	if !found {
		ts.Fatalf("reseal: %s has no plan id", args[0])
	}
	sum := sha256.Sum256([]byte(head + mark))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(head+mark+hex.EncodeToString(sum[:])+"\"}\n"), 0o600))
}

// cmdRefused runs every command that reads a plan: each has to exit with 6, and
// all but apply, which stops at whatever it meets first, to say what is wrong
// and to print nothing: refused FILE PATTERN
func cmdRefused(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: refused FILE PATTERN")
	}
	pattern := regexp.MustCompile(args[1])
	commands := [][]string{{"verify"}, {"verify", "--json"}, {"show", "--json=stream"}, {"plan", "diff", args[0]}, {"plan", "diff", "p.plan"}, {"plan", "diff", "--json", "p.plan"}, {"apply", "--auto-approve"}}
	for _, f := range showFormats {
		commands = append(commands, []string{"show", "--format", f.name})
	}
	for _, c := range commands {
		cmdExits(ts, false, append(append([]string{"6", "payreconcile"}, c...), args[0]))
		if c[0] == "apply" {
			continue
		}
		if said := ts.ReadFile("stderr"); !pattern.MatchString(said) {
			ts.Fatalf("refused: %s says %q", strings.Join(c, " "), said)
		}
		if printed := ts.ReadFile("stdout"); printed != "" && c[len(c)-1] != "--json=stream" {
			ts.Fatalf("refused: %s prints %q", strings.Join(c, " "), printed)
		}
	}
}
