package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/internal/audit"
	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/render"
)

func newAudit(e *env, g *globals) *cobra.Command {
	c := &cobra.Command{
		Use:   "audit",
		Short: "Prove what was done, to somebody who trusts nobody",
		Long: "The audit log is what the journal holds of one merchant, as a log that cannot be changed without\n" +
			"being found out: who planned, approved, applied and settled by hand, with which bytes and outcome.\n" +
			"Every run prints a head of it. Keep heads where those who write the journal cannot change them.",
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newAuditHead(e, g), newAuditVerify(e, g), newAuditExport(e, g), newAuditProve(e, g), newAuditCheck(e), newAuditKeygen(e))
	return c
}

// auditExits is the part of a help that lists exit codes, of commands that find
// alterations.
func auditExits(codes ...int) string {
	return strings.Replace(exits(codes...), exitTexts[exitStalePlan], "altered, cut off, or not what it should be", 1)
}

// altered is an error of something that is not what was written.
func altered(format string, args ...any) error {
	return &codeError{
		code: exitStalePlan, err: fmt.Errorf(format, args...),
		hint: "keep what you have as it is, and compare it with other copies and heads; docs/audit.md says how",
	}
}

// An auditor makes heads of the audit log, with a key or without.
type auditor struct {
	key   approval.Key
	keyed bool
}

// auditor finds the key that signs heads. Without one they are not signed.
func (e *env) auditor(ctx context.Context) (*auditor, error) {
	key, found, err := e.environmentKey(ctx, auditKeys)
	return &auditor{key, found}, err
}

func (a *auditor) sign(h audit.Head) (string, error) {
	if !a.keyed {
		return h.String(), nil
	}
	return a.key.SignText(h.String())
}

// keep says that a head which was made before will do.
func (a *auditor) keep(c audit.Claim) bool { return !a.keyed || a.key.Signed([]byte(c.Note)) }

// head makes a head of what the journal holds now; nil when that is nothing.
func (a *auditor) head(ctx context.Context, j *journal.Journal) (*render.AuditHead, error) {
	c, ok, err := j.AuditHead(ctx, a.sign, a.keep)
	if err != nil || !ok {
		return nil, err
	}
	by := ""
	switch {
	case a.keyed:
		by = a.key.Name()
	case len(c.Signers) > 0:
		by = strings.Join(c.Signers, ", ")
	}
	head := render.NewAuditHead(c, by)
	return &head, nil
}

// headAfter makes a head after a run and tells of it. Without one nothing is
// lost: the next run's counts the same records.
func (r *reporter) headAfter(ctx context.Context, j *journal.Journal, a *auditor) {
	if j.Failed() != nil {
		return // which was said
	}
	head, err := a.head(context.WithoutCancel(ctx), j)
	switch {
	case err != nil:
		r.env.say("warning: no head of the audit log could be made: %v; the next run, or payreconcile audit head, makes it up", err)
		return
	case head == nil:
		return
	}
	r.head = head
	r.env.ci.AuditHead(fmt.Sprintf("%d %s", head.Size, head.Root))
}

// tellHead says which head was made.
func (e *env) tellHead(head *render.AuditHead) {
	if head == nil || e.json {
		return
	}
	if head.SignedBy != "" {
		e.say("audit head %d %s signed by %s", head.Size, head.Root, head.SignedBy)
		return
	}
	e.say("audit head %d %s unsigned", head.Size, head.Root)
	e.say("whoever can write the journal could have made this head as well: keep it elsewhere, or set %s", auditKeys.key)
}

// auditArgs are the heads and keys that a log or a proof is held against.
type auditArgs struct {
	heads []string
	keys  []string
}

func (a *auditArgs) register(c *cobra.Command) {
	c.Flags().StringArrayVar(&a.heads, "head", nil, "head that was kept: a file, a note, or SIZE ROOT as a run prints it (repeatable)")
	c.Flags().StringArrayVar(&a.keys, "key", nil, "public key that heads are signed with, or a file of it (repeatable)")
}

// read reads what was given. A head that cannot be one is an error of usage.
func (a *auditArgs) read() (heads []audit.Claim, keys audit.Keys, err error) {
	for _, text := range a.keys {
		v, err := publicKey(text)
		if err != nil {
			return nil, nil, usage("--key %.80q: %v", text, err)
		}
		if !slices.ContainsFunc(keys, func(k note.Verifier) bool { return k.Name() == v.Name() && k.KeyHash() == v.KeyHash() }) {
			keys = append(keys, v)
		}
	}
	for i, text := range a.heads {
		c, err := headArg(text)
		if err != nil {
			return nil, nil, usage("--head %.80q: %v", text, err)
		}
		if c.From == "" {
			c.From = "--head"
			if len(a.heads) > 1 {
				c.From = fmt.Sprintf("--head, number %d", i+1)
			}
		}
		c.Outside = true
		heads = append(heads, c)
	}
	return heads, keys, nil
}

// publicKey reads a public key, or a file of one.
func publicKey(text string) (note.Verifier, error) {
	if !strings.Contains(text, "+") {
		data, err := readSmall(text, approval.MaxKeyFile)
		if err != nil {
			return nil, err
		}
		text = string(data)
	}
	return approval.ParsePublic(strings.TrimSpace(text))
}

// headArg reads a head, or a file of one.
func headArg(text string) (audit.Claim, error) {
	if info, err := os.Stat(text); err != nil || info.IsDir() {
		return audit.ParseClaim([]byte(text))
	}
	data, err := readSmall(text, audit.MaxHead)
	if err != nil {
		return audit.Claim{}, err
	}
	c, err := audit.ParseClaim(data)
	c.From = "file " + text
	return c, err
}

func newAuditKeygen(e *env) *cobra.Command {
	var name, out string
	c := &cobra.Command{
		Use:   "keygen --name NAME [--out FILE]",
		Short: "Make a key to sign heads of the audit log with",
		Long: "keygen makes a key pair, encrypts the private key with a passphrase, writes it to a file that only\n" +
			"you can read, and prints the public key. Runs sign with it when PAYRECONCILE_AUDIT_KEY_FILE names\n" +
			"the file, or PAYRECONCILE_AUDIT_KEY holds it. The passphrase is asked for at the terminal, or comes\n" +
			"from PAYRECONCILE_AUDIT_PASSPHRASE or PAYRECONCILE_AUDIT_PASSPHRASE_FILE. Do not use an approver's key." +
			exits(exitOK, exitError, exitUsage, exitInterrupted, exitInternal),
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runAuditKeygen(c.Context(), e, name, out) },
	}
	c.Flags().StringVar(&name, "name", "", "name of the key: a word such as audit.shop-eu")
	c.Flags().StringVarP(&out, "out", "o", "", "file of the private key (default NAME.key)")
	return c
}

func runAuditKeygen(ctx context.Context, e *env, name, out string) error {
	key, out, err := e.makeKey(ctx, auditKeys, "audit keygen", name, out)
	if err != nil {
		return err
	}
	if e.json {
		return render.KeyJSON(e.stdout, name, key.Public(), out)
	}
	_, err = fmt.Fprintf(e.stdout, `The private key is in %s, encrypted. Whoever applies plans needs it, and its passphrase:
PAYRECONCILE_AUDIT_KEY_FILE and PAYRECONCILE_AUDIT_PASSPHRASE_FILE name the files of both.

Whoever audits needs the public key, from you and not from the machine that writes the journal:

    %s
`, render.Clean(out), key.Public())
	if err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}
