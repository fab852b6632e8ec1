package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// readPlan opens a plan file and checks it, by plan.Verify or plan.VerifySeal.
// A pipe is kept in a temporary file, since a plan is read more than once.
func readPlan(path string, verify func(io.Reader) (plan.Header, plan.Footer, error)) (*writtenPlan, error) {
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err == nil && info.Mode().IsRegular():
		return checkPlan(path, &writtenPlan{file: f}, f, verify)
	case err == nil && info.IsDir():
		err = &codeError{code: exitUsage, err: fmt.Errorf("%s is a folder, not a plan file", path), hint: "name the file that plan --out has written"}
	case err == nil:
		defer func() { _ = f.Close() }()
		return spoolPlan(path, f, verify)
	}
	_ = f.Close()
	return nil, err
}

// planArg reads the plan that an argument names, "-" from standard input, and
// verifies it as a whole.
func (e *env) planArg(path string) (*writtenPlan, error) {
	if path == "-" {
		return spoolPlan("standard input", e.stdin, plan.Verify)
	}
	return readPlan(path, plan.Verify)
}

func spoolPlan(name string, r io.Reader, verify func(io.Reader) (plan.Header, plan.Footer, error)) (*writtenPlan, error) {
	f, err := os.CreateTemp("", "payreconcile-*.plan")
	if err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	return checkPlan(name, &writtenPlan{file: f, temp: true}, io.TeeReader(r, f), verify)
}

// checkPlan verifies what comes from r, which is kept in the file of p.
func checkPlan(name string, p *writtenPlan, r io.Reader, verify func(io.Reader) (plan.Header, plan.Footer, error)) (_ *writtenPlan, err error) {
	if p.header, p.footer, err = verify(r); err != nil {
		p.close()
		if errors.Is(err, plan.ErrFormat) || errors.Is(err, plan.ErrAltered) || errors.Is(err, plan.ErrTruncated) {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return nil, err
	}
	return p, nil
}

// writeOut writes what a command has to say: to standard output, or to a file
// that appears under its name only when it is complete.
func (e *env) writeOut(out string, write func(io.Writer) error) (err error) {
	if out == "" {
		return write(e.stdout)
	}
	f, rename, err := beside(out)
	if err != nil {
		return outError(err)
	}
	defer func() {
		if closeErr := f.Close(); err == nil && closeErr != nil {
			err = outError(closeErr)
		}
		if rename && err == nil {
			err = outError(os.Rename(f.Name(), out))
		}
		if rename && err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if rename {
		return outError(f.Sync())
	}
	return nil
}

func outError(err error) error {
	var code *codeError
	if err == nil || errors.As(err, &code) {
		return err
	}
	return fmt.Errorf("write --out: %w", err)
}
