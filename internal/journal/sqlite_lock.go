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
// that wraps apply.ErrLocked. The process id in the file is only for people; a
// word behind it says that the process keeps the lock for a moment.
func acquire(path string, brief bool) (*lock, error) {
	name := path + ".lock"
	f := flock.New(name, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
	ok, err := f.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock journal %s: %w: its folder must be writable", path, err)
	}
	if !ok {
		who, brief := holder(name)
		err := fmt.Errorf("lock journal %s: %w%s: wait until it ends; its lock is on %s", path, apply.ErrLocked, who, name)
		if brief {
			return nil, &momentary{err}
		}
		return nil, err
	}
	who := strconv.Itoa(os.Getpid())
	if brief {
		who += " " + briefly
	}
	if err := os.WriteFile(name, []byte(who+"\n"), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("lock journal %s: %w", path, err), f.Unlock())
	}
	return &lock{f}, nil
}

// briefly is the word in the file of a process that keeps the lock for a moment.
const briefly = "briefly"

// holder names the process that wrote its id into the lock file, if one did, and
// says whether it keeps the lock for a moment. Nothing is in the file of one that
// takes the lock or gives it back just now.
func holder(name string) (who string, brief bool) {
	b, err := os.ReadFile(name)
	if err != nil {
		return "", false
	}
	text, word, _ := strings.Cut(strings.TrimSpace(string(b)), " ")
	pid, err := strconv.Atoi(text)
	if err != nil {
		return "", text == ""
	}
	return fmt.Sprintf(" (process %d)", pid), word == briefly
}

// release gives the lock back, and first takes this process's id out of the
// file.
func (l *lock) release() error {
	return errors.Join(os.Truncate(l.f.Path(), 0), l.f.Unlock())
}
