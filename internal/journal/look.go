package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/payreconcile/payreconcile/pkg/apply"
)

// A Health is what Look found out about where a journal is kept.
type Health struct {
	There   bool   // there is a journal
	Version int64  // of its schema; 0 when there is none
	Knows   int64  // the newest schema that this program knows
	Seq     int64  // number of its newest record
	Mark    int64  // number of the newest record that was ever acknowledged, where that is kept beside it
	Holder  string // who works with it now; "" when nobody does
	Folder  string // of the file; "" for a database
	Server  string // version of the database server; "" for a file
}

// Look looks at where the journal of a configuration is kept, and for whom it
// is locked. Unlike Open it neither makes nor migrates a journal, and its
// errors are those that would keep Open from writing; the Health beside them
// holds what was found until then. It keeps a writer that begins in that very
// moment out of a file, for as long as it takes to let go of a lock.
func Look(ctx context.Context, cfg Config) (Health, error) {
	h := Health{Knows: schemaVersion}
	if err := cfg.check(); err != nil {
		return h, err
	}
	if isURL(cfg.Path) {
		s, err := newPostgres(&cfg)
		if err != nil {
			return h, err
		}
		return h, errors.Join(s.look(ctx, &h), s.db.Close())
	}
	s, err := newSQLite(&cfg)
	if err != nil {
		return h, err
	}
	return h, errors.Join(s.look(ctx, &h), s.done())
}

func (s *sqliteStore) look(ctx context.Context, h *Health) (err error) {
	h.Folder = filepath.Dir(s.path)
	if h.There, err = present(s.path); err != nil {
		return err
	}
	if h.Holder, err = holderNow(s.path); err != nil || !h.There {
		return err
	}
	if s.db, err = connect(s.path, ReadOnly); err != nil {
		return err
	}
	if h.Version, err = version(ctx, s.db); err != nil {
		return s.openError(err)
	}
	if h.Version > schemaVersion {
		return s.openError(newer(h.Version))
	}
	s.has.version.Store(h.Version)
	if h.Seq, _, err = s.position(ctx); err != nil {
		return s.openError(err)
	}
	h.Mark, err = markNow(s.path)
	if err == nil && h.Mark > h.Seq {
		err = behind(h.Seq, h.Mark, tideMarkOf(s.path))
	}
	if err != nil {
		return s.openError(err)
	}
	return nil
}

// holderNow says who has the lock of the journal at path. A lock that is shared
// is taken for a moment; the file of the lock is not made.
func holderNow(path string) (string, error) {
	name := path + ".lock"
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	f := flock.New(name, flock.SetFlag(os.O_RDONLY))
	free, err := f.TryRLock()
	switch {
	case err != nil:
		return "", fmt.Errorf("look at the lock of journal %s: %w", path, err)
	case free:
		return "", f.Unlock()
	}
	who, _ := holder(name)
	return "another process" + who, nil
}

// markNow reads the tide mark of the journal at path, 0 when there is none.
func markNow(path string) (int64, error) {
	name := tideMarkOf(path)
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	high, err := (&tideMark{f}).read()
	if err != nil {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return high, errors.Join(err, f.Close())
}

func (s *postgresStore) look(ctx context.Context, h *Health) (err error) {
	if h.Version, err = s.version(ctx); err != nil {
		return s.openError(err)
	}
	if err := s.db.QueryRowContext(ctx, `SELECT current_setting('server_version')`).Scan(&h.Server); err != nil {
		return s.openError(err)
	}
	if err := s.safe(ctx); err != nil {
		return s.openError(err)
	}
	if h.There = h.Version > 0; !h.There {
		return nil
	}
	if h.Seq, _, err = s.position(ctx); err != nil {
		return s.openError(err)
	}
	_, err = free(s.db.QueryRowContext(ctx, holdings, s.cfg.CallTimeout.Microseconds()))
	if errors.Is(err, apply.ErrLocked) {
		h.Holder, err = err.Error(), nil
	}
	if err != nil {
		return s.openError(err)
	}
	return nil
}
