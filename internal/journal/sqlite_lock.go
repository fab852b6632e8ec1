package journal

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/gofrs/flock"

	"github.com/payreconcile/payreconcile/pkg/apply"
)

// A lock keeps other writers out. The operating system drops it when the
// process ends, so a crash leaves nothing to clean up. The file stays: removing
// it would let two processes hold locks on two files of one name.
type lock struct{ f *flock.Flock }

// acquire takes the lock of the journal at path, or fails at once with an error
// that wraps apply.ErrLocked. The process id in the file is only for people.
func acquire(path string) (*lock, error) {
	name := path + ".lock"
	f := flock.New(name, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	ok, err := f.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock journal %s: %w: its folder must be writable", path, err)
	}
	if !ok {
		return nil, fmt.Errorf("lock journal %s: %w%s: wait until it ends; its lock is on %s",
			path, apply.ErrLocked, holder(name), name)
	}
	if err := os.WriteFile(name, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("lock journal %s: %w", path, err), f.Unlock())
	}
	return &lock{f}, nil
}

// holder names the process that wrote its id into the lock file, if one did.
func holder(name string) string {
	b, err := os.ReadFile(name)
	if err != nil {
		return ""
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return ""
	}
	return fmt.Sprintf(" (process %d)", pid)
}

// release gives the lock back, and first takes this process's id out of the
// file.
func (l *lock) release() error {
	return errors.Join(os.Truncate(l.f.Path(), 0), l.f.Unlock())
}
