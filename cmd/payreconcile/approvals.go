package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/payreconcile/payreconcile/internal/approval"
)

// approvalSuffix is how the files of approvals end.
const approvalSuffix = ".approval"

// maxApprovals is how many approvals are read at most.
const maxApprovals = 100

// readApprovals reads the approvals of a plan: those beside it, PLAN.*.approval,
// or when from names files and folders, those files and every .approval in
// those folders. It judges none of them: what is too long to be one is cut so
// that whoever judges it can tell.
func readApprovals(planPath string, from []string) ([]approval.File, error) {
	var paths []string
	if len(from) == 0 {
		dir, base := filepath.Split(planPath)
		beside, err := approvalsIn(dir, base+".")
		if err != nil {
			return nil, err
		}
		paths = beside
	}
	for _, name := range from {
		info, err := os.Stat(name)
		switch {
		case err != nil:
			return nil, &codeError{code: exitUsage, err: err, hint: "check the path"}
		case info.IsDir():
			in, err := approvalsIn(name, "")
			if err != nil {
				return nil, err
			}
			paths = append(paths, in...)
		case !info.Mode().IsRegular():
			return nil, usage("--approval %s: it is neither a file nor a folder", name)
		default:
			paths = append(paths, name)
		}
	}
	if len(paths) > maxApprovals {
		return nil, &codeError{code: exitUsage, err: fmt.Errorf("there are %d approvals, and no more than %d are read", len(paths), maxApprovals), hint: "name the ones that count by --approval"}
	}
	files := make([]approval.File, len(paths))
	for i, path := range paths {
		data, err := readApproval(path)
		if err != nil {
			return nil, err
		}
		files[i] = approval.File{Name: path, Data: data}
	}
	return files, nil
}

// approvalsIn lists the approvals in a folder whose names begin with prefix.
func approvalsIn(dir, prefix string) (paths []string, err error) {
	list, err := os.ReadDir(filepath.Clean(dir))
	if err != nil {
		return nil, &codeError{code: exitUsage, err: err, hint: "check the path"}
	}
	for _, entry := range list {
		name := entry.Name()
		if !strings.HasPrefix(name, prefix) || !strings.HasSuffix(name, approvalSuffix) {
			continue
		}
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			paths = append(paths, path)
		}
	}
	return paths, nil
}

func readApproval(path string) ([]byte, error) {
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, approval.MaxNote+1))
	if err != nil {
		return nil, fmt.Errorf("read the approval %s: %w", path, err)
	}
	return data, nil
}

// mayWrite refuses to write over an approval, unless it is one with the same
// key and that was said to be replaced.
func mayWrite(out string, key approval.Key, replace bool) error {
	info, err := os.Stat(out)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return &codeError{code: exitUsage, err: err, hint: "check the path"}
	case !info.Mode().IsRegular():
		return usage("approve: --out %s is not a file", out)
	case !replace:
		return &codeError{code: exitUsage, err: fmt.Errorf("%s is there already; nothing was signed", out), hint: "it counts if approve check says so; --replace signs again"}
	}
	data, err := readApproval(out)
	if err != nil {
		return err
	}
	if !key.Signed(data) {
		return &codeError{code: exitUsage, err: fmt.Errorf("%s is not an approval with the key %s; nothing was signed", out, key.Name()), hint: "write yours to another file, by --out"}
	}
	return nil
}

// writeApproval writes a file whole, under its name only when it is complete,
// and never over one that was not said to be replaced.
func writeApproval(out string, data []byte, replace bool) (err error) {
	f, err := os.CreateTemp(filepath.Dir(out), "."+filepath.Base(out)+".*")
	if err != nil {
		return fmt.Errorf("write the approval: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err != nil {
		return fmt.Errorf("write the approval: %w", err)
	}
	if replace {
		err = os.Rename(f.Name(), out)
	} else if err = os.Link(f.Name(), out); err != nil && !errors.Is(err, os.ErrExist) {
		err = renameNew(f.Name(), out) // a file system without links
	}
	if err != nil {
		return fmt.Errorf("write the approval: %w", err)
	}
	return nil
}

// renameNew renames to a name that nobody has.
func renameNew(from, to string) error {
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Rename(from, to))
}
