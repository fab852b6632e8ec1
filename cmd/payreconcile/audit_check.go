package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/audit"
	"github.com/payreconcile/payreconcile/internal/render"
)

type auditCheckOptions struct {
	auditArgs
	movement string
	plan     string
}

func newAuditCheck(e *env) *cobra.Command {
	var o auditCheckOptions
	c := &cobra.Command{
		Use:   "check [flags] PROOF",
		Short: "Check a proof of one movement, without journal and network",
		Long: "check holds a proof that audit prove wrote against itself, against the keys that you trust (--key) and the\n" +
			"heads that you kept (--head), and says what it proves: who planned, approved and applied, when, and what\n" +
			"became of it; and what it does not. It needs no journal, no configuration and no network. PROOF is a file,\n" +
			"or - for standard input." +
			auditExits(exitOK, exitUsage, exitStalePlan, exitInternal),
		Args: oneArg("proof"),
		RunE: func(_ *cobra.Command, args []string) error { return runAuditCheck(e, o, args[0]) },
	}
	o.register(c)
	c.Flags().StringVar(&o.movement, "movement", "", "PAYMENT/KIND/REF that it has to be a proof of")
	c.Flags().StringVar(&o.plan, "plan", "", "plan file, to be held against the plan's record")
	return c
}

func runAuditCheck(e *env, o auditCheckOptions, path string) error {
	x, err := o.expect()
	if err != nil {
		return err
	}
	data, name, err := e.proofArg(path)
	if err != nil {
		return err
	}
	proved, err := audit.Check(data, x)
	switch {
	case audit.Altered(err):
		return altered("%s: it proves nothing: %w", name, err)
	case err != nil:
		return err
	case e.json:
		return render.AuditCheckJSON(e.stdout, proved)
	}
	return render.AuditProof(e.stdout, proved, e.style(e.stdout))
}

// expect reads what is known of the proof.
func (o *auditCheckOptions) expect() (x audit.Expect, err error) {
	if x.Heads, x.Keys, err = o.read(); err != nil {
		return x, err
	}
	if o.movement != "" {
		m, err := audit.ParseMovement(o.movement)
		if err != nil {
			return x, usage("--movement: %v", err)
		}
		x.Movement = &m
	}
	if o.plan != "" {
		const most = 256 << 20
		if x.Plan, err = readSmall(o.plan, most); err != nil {
			return x, err
		}
	}
	return x, nil
}

// proofArg reads a proof, and no more than one can be long.
func (e *env) proofArg(path string) (data []byte, name string, err error) {
	in, name := io.NopCloser(e.stdin), "standard input"
	if path != "-" {
		name = path
		if in, err = open(path); err != nil {
			return nil, name, err
		}
	}
	data, err = io.ReadAll(io.LimitReader(in, audit.MaxProof+1))
	if err = errors.Join(err, in.Close()); err != nil {
		err = &codeError{code: exitUsage, err: fmt.Errorf("read %s: %w", name, err), hint: "check the path"}
	}
	return data, name, err
}
