package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/internal/config"
)

// A keyring says by which variables a signing key comes, and the passphrase that
// it is encrypted with, and which command makes one. There is no flag for either:
// it would show in the list of processes.
type keyring struct{ key, passphrase, keygen string }

var (
	approvalKeys = keyring{"PAYRECONCILE_APPROVAL_KEY", "PAYRECONCILE_APPROVAL_PASSPHRASE", "payreconcile approve keygen"}
	auditKeys    = keyring{"PAYRECONCILE_AUDIT_KEY", "PAYRECONCILE_AUDIT_PASSPHRASE", "payreconcile audit keygen"}
)

// signingKey finds the private key: the file that --key names, else what the
// environment gives.
func (e *env) signingKey(ctx context.Context, r keyring, path string) (approval.Key, error) {
	if path != "" {
		data, err := readSmall(path, approval.MaxKeyFile)
		if err != nil {
			return approval.Key{}, err
		}
		if !approval.IsSealed(data) {
			return approval.Key{}, &codeError{
				code: exitUsage, err: fmt.Errorf("--key %s: this is no key that is encrypted with a passphrase", path),
				hint: "make one with " + r.keygen + "; a job gives its key by " + r.key + " or " + r.key + "_FILE",
			}
		}
		return e.unseal(ctx, r, data)
	}
	key, found, err := e.environmentKey(ctx, r)
	if err == nil && !found {
		err = &codeError{
			code: exitUsage, err: errors.New("there is no key to sign with"),
			hint: "name its file by --key, or set " + r.key + " or " + r.key + "_FILE; " + r.keygen + " makes one",
		}
	}
	return key, err
}

// environmentKey is the key that the environment gives, if it does.
func (e *env) environmentKey(ctx context.Context, r keyring) (key approval.Key, found bool, err error) {
	text, err := e.fromEnvironment(r.key)
	switch {
	case err != nil || !text.IsSet():
		return key, false, err
	case approval.IsSealed([]byte(text.Reveal())):
		key, err = e.unseal(ctx, r, []byte(text.Reveal()))
	default:
		key, err = asUsage(approval.ParseKey(text.Reveal()))
	}
	return key, err == nil, err
}

func (e *env) unseal(ctx context.Context, r keyring, data []byte) (approval.Key, error) {
	passphrase, err := e.passphrase(ctx, r, "passphrase of the key: ")
	if err != nil {
		return approval.Key{}, err
	}
	return asUsage(approval.Unseal(data, passphrase.Reveal()))
}

func asUsage(k approval.Key, err error) (approval.Key, error) {
	if err != nil {
		return k, &codeError{code: exitUsage, err: err}
	}
	return k, nil
}

// passphrase comes from the environment, or from whoever sits at the terminal.
func (e *env) passphrase(ctx context.Context, r keyring, prompt string) (config.Secret, error) {
	s, err := e.fromEnvironment(r.passphrase)
	if err != nil || s.IsSet() {
		return s, err
	}
	return e.askSecret(ctx, r, prompt)
}

// fromEnvironment reads a secret from a variable, or from the file that the
// variable with _FILE behind its name names. What editors append to a last line
// is not part of it.
func (e *env) fromEnvironment(name string) (config.Secret, error) {
	text, file := e.getenv(name), e.getenv(name+"_FILE")
	switch {
	case text != "" && file != "":
		return config.Secret{}, &codeError{code: exitUsage, err: fmt.Errorf("%s is set beside %s_FILE", name, name), hint: "keep one of the two"}
	case text != "":
		return config.NewSecret(text), nil
	case file == "":
		return config.Secret{}, nil
	}
	data, err := readSmall(file, approval.MaxKeyFile)
	if err != nil {
		return config.Secret{}, err
	}
	if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o006 != 0 && !approval.IsSealed(data) {
		e.say("warning: everybody on this machine can read or write %s; run chmod 600 on it", file)
	}
	data = bytes.TrimRight(data, "\r\n")
	if len(data) == 0 {
		return config.Secret{}, &codeError{code: exitUsage, err: fmt.Errorf("%s: the file that %s_FILE names is empty", file, name)}
	}
	return config.NewSecret(string(data)), nil
}

// readSmall reads a file that cannot be long.
func readSmall(path string, limit int64) ([]byte, error) {
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return nil, &codeError{code: exitUsage, err: err, hint: "check the path"}
	case int64(len(data)) > limit:
		return nil, &codeError{code: exitUsage, err: fmt.Errorf("%s is longer than %d bytes", path, limit), hint: "check that it is the right file"}
	}
	return data, nil
}

// newPassphrase is one for a new key. A person types it twice.
func (e *env) newPassphrase(ctx context.Context, r keyring) (config.Secret, error) {
	s, err := e.fromEnvironment(r.passphrase)
	if err != nil {
		return s, err
	}
	asked := !s.IsSet()
	if asked {
		if s, err = e.askSecret(ctx, r, fmt.Sprintf("passphrase for the new key, %d characters or more: ", approval.MinPassphrase)); err != nil {
			return s, err
		}
	}
	if len(s.Reveal()) < approval.MinPassphrase || strings.TrimSpace(s.Reveal()) == "" {
		return s, &codeError{code: exitUsage, err: fmt.Errorf("the passphrase has less than %d characters; no key was made", approval.MinPassphrase), hint: "take several words that nobody guesses"}
	}
	if asked {
		again, err := e.askSecret(ctx, r, "the same again: ")
		if err != nil {
			return s, err
		}
		if again.Reveal() != s.Reveal() {
			return s, &codeError{code: exitUsage, err: errors.New("the two passphrases differ; no key was made")}
		}
	}
	return s, nil
}
