package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/internal/render"
)

func newApproveKeygen(e *env) *cobra.Command {
	var name, out string
	c := &cobra.Command{
		Use:   "keygen --name NAME [--out FILE]",
		Short: "Make a key to approve plans with",
		Long: "keygen makes a key pair, encrypts the private key with a passphrase, writes it to a file that only\n" +
			"you can read, and prints the public key and the lines to add to approvers.yaml. The passphrase is\n" +
			"asked for at the terminal, or comes from PAYRECONCILE_APPROVAL_PASSPHRASE or\n" +
			"PAYRECONCILE_APPROVAL_PASSPHRASE_FILE. The file can also be opened with age." +
			exits(exitOK, exitError, exitUsage, exitInterrupted, exitInternal),
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runKeygen(c.Context(), e, name, out) },
	}
	c.Flags().StringVar(&name, "name", "", "name of the key: a word such as ada.example")
	c.Flags().StringVarP(&out, "out", "o", "", "file of the private key (default NAME.key)")
	return c
}

func runKeygen(ctx context.Context, e *env, name, out string) error {
	key, out, err := e.makeKey(ctx, approvalKeys, "approve keygen", name, out)
	if err != nil {
		return err
	}
	if e.json {
		return render.KeyJSON(e.stdout, name, key.Public(), out)
	}
	_, err = fmt.Fprintf(e.stdout, `The private key is in %s, encrypted. Keep it, and the passphrase, to yourself.
Your public key is

    %[2]s

To be an approver, have these lines added to approvers.yaml, under spec: approvers:

    - name: Your Name
      key: %[2]s
      accounts: [%[3]s]   # the accounts under which you run payreconcile plan
`, render.Clean(out), key.Public(), name)
	if err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// makeKey makes a key and writes it, encrypted, to a file that is not there yet:
// out, or one of its name.
func (e *env) makeKey(ctx context.Context, r keyring, command, name, out string) (approval.Key, string, error) {
	if err := approval.ValidKeyName(name); err != nil {
		return approval.Key{}, "", usage("%s: --name: %v", command, err)
	}
	if out == "" {
		out = name + ".key"
	}
	if _, err := os.Lstat(out); !errors.Is(err, os.ErrNotExist) {
		return approval.Key{}, "", &codeError{code: exitUsage, err: fmt.Errorf("%s is there already; no key was made", out), hint: "name another file by --out; a key that is lost cannot be made again"}
	}
	passphrase, err := e.newPassphrase(ctx, r)
	if err != nil {
		return approval.Key{}, "", err
	}
	key, private, err := approval.Generate(name)
	if err != nil {
		return approval.Key{}, "", err
	}
	sealed, err := approval.Seal(private, passphrase.Reveal(), cmp.Or(e.keyWork, approval.WorkFactor))
	if err != nil {
		return approval.Key{}, "", err
	}
	return key, out, writeKey(out, sealed)
}

// writeKey writes a file that only its owner can read, and overwrites none.
func writeKey(out string, data []byte) error {
	f, err := os.OpenFile(out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return &codeError{code: exitUsage, err: fmt.Errorf("write the key: %w", err), hint: "name another file by --out"}
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = os.Remove(out)
		return fmt.Errorf("write the key: %w", err)
	}
	return nil
}
