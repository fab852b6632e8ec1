package main

import (
	"os"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdLatin1 writes an export that is not UTF-8: latin1 FILE
func cmdLatin1(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: latin1 FILE")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte("Id;Ref\n1001_0;M\xfcller\n"), 0o600))
}
