package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// A stateFile keeps what a sandbox holds between runs. It is replaced as a whole,
// so that a killed process leaves the one or the other, never half of one.
type stateFile struct {
	path  string
	lock  *flock.Flock
	stale bool // the last save failed
}

// saveEvery is how often a state that has changed is saved.
const saveEvery = time.Second

// openState locks the state file and loads it into the sandbox. It says whether
// there was one.
func openState(path string, sb *sandbox.Sandbox) (f *stateFile, found bool, err error) {
	f = &stateFile{path: path, lock: flock.New(path+".lock", flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))}
	locked, err := f.lock.TryLock()
	if err != nil {
		return nil, false, usage("--state %s: %v: its folder must be writable", path, err)
	}
	if !locked {
		return nil, false, usage("--state %s: another sandbox keeps its state there", path)
	}
	from, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, false, nil
	}
	if err == nil {
		err = sb.LoadState(from)
		err = errors.Join(err, from.Close())
	}
	if err != nil {
		return nil, false, errors.Join(&codeError{
			code: exitUsage, err: fmt.Errorf("--state %s: %w", path, err),
			hint: "move the file away to begin with an empty sandbox",
		}, f.lock.Unlock())
	}
	return f, true, nil
}

// save writes the state if it has changed.
func (f *stateFile) save(sb *sandbox.Sandbox) (err error) {
	if !sb.StateChanged() && !f.stale {
		return nil
	}
	f.stale = true
	tmp, err := os.CreateTemp(filepath.Dir(f.path), "."+filepath.Base(f.path)+".*") // mode 0600
	if err != nil {
		return fmt.Errorf("save the state: %w", err)
	}
	err = sb.SaveState(tmp)
	if err == nil {
		err = tmp.Sync()
	}
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), f.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("save the state: %w", err), os.Remove(tmp.Name()))
	}
	f.stale = false
	return nil
}

// keep saves the state now and then, until the context ends. Saving a large one
// holds requests up, so that it then happens more rarely.
func (f *stateFile) keep(ctx context.Context, sb *sandbox.Sandbox, warn func(error)) {
	pause := saveEvery
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		began := time.Now()
		if err := f.save(sb); err != nil {
			warn(err)
		}
		pause = max(saveEvery, 20*time.Since(began))
	}
}

// close saves the state for the last time and lets others have the file.
func (f *stateFile) close(sb *sandbox.Sandbox) error {
	return errors.Join(f.save(sb), f.lock.Unlock())
}
