package journal

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base32"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

// resolve returns path without symbolic links, so that two names of one file
// have one lock. The file need not exist; its folder must.
func resolve(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("open journal %s: %w", path, err)
	}
	whole, err := filepath.EvalSymlinks(abs)
	if err == nil {
		return whole, nil
	}
	if info, lerr := os.Lstat(abs); lerr == nil && info.Mode()&fs.ModeSymlink != 0 {
		return "", fmt.Errorf("open journal %s: it is a symbolic link whose target is missing: create the journal at the target, or remove the link", path)
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(abs))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("open journal %s: its folder does not exist: create %s first", path, filepath.Dir(abs))
	case err != nil:
		return "", fmt.Errorf("open journal %s: %w", path, err)
	}
	return filepath.Join(folder, filepath.Base(abs)), nil
}

// present reports whether there is a file at path that may be a journal. It
// only asks for the file's status and never opens it: closing a descriptor of
// a database drops the locks that this process has on it through others.
func present(path string) (bool, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("open journal %s: %w", path, err)
	case info.IsDir():
		return false, fmt.Errorf("open journal %s: it is a folder: name a file in it", path)
	case !info.Mode().IsRegular():
		return false, fmt.Errorf("open journal %s: it is not a regular file", path)
	case info.Size() == 0:
		return false, fmt.Errorf("open journal %s: the file is empty, so either it was never a journal or all of it is lost: remove it to begin a new one, or restore it", path)
	}
	return true, nil
}

// create makes a new journal at path, whole or not at all: it is built under
// another name and then linked to its own. When another process was faster,
// that journal stands and this one is dropped.
func create(ctx context.Context, path string, now time.Time) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".new-*") // mode 0600
	if err != nil {
		return fmt.Errorf("create journal %s: %w: its folder must be writable", path, err)
	}
	building := f.Name()
	defer func() {
		for _, suffix := range [...]string{"", "-journal", "-wal", "-shm"} {
			if rerr := os.Remove(building + suffix); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
				err = errors.Join(err, rerr)
			}
		}
	}()
	if err := f.Close(); err != nil {
		return fmt.Errorf("create journal %s: %w", path, err)
	}
	if err := build(ctx, building, now); err != nil {
		return fmt.Errorf("create journal %s: %w", path, explain(err))
	}
	if err := os.Link(building, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("create journal %s: %w: choose a local disk that has hard links; a network share cannot hold a journal", path, err)
	}
	return syncFolder(filepath.Dir(path))
}

// build fills the empty database at path with the schema and a new id.
func build(ctx context.Context, path string, now time.Time) (err error) {
	db, err := connect(path, Write)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	// Half of the usual size: a group changes a page of the index for almost
	// every payment, and each changed page is written and summed whole.
	if _, err := db.ExecContext(ctx, `PRAGMA page_size = 2048`); err != nil {
		return err
	}
	if err := migrate(ctx, goose.DialectSQLite3, db, migrations("sqlite")); err != nil {
		return err
	}
	if err := inscribe(ctx, db, newID(), now); err != nil {
		return err
	}
	// From here on, in the file for good.
	_, err = db.ExecContext(ctx, `PRAGMA journal_mode = wal`)
	return err
}

// inscribe gives a journal its identity.
func inscribe(ctx context.Context, db *sql.DB, id string, now time.Time) error {
	_, err := db.ExecContext(ctx,
		`INSERT INTO meta (key, value) VALUES ('id', ?), ('created', ?)`,
		id, now.UTC().Format(time.RFC3339Nano))
	return err
}

// newID returns a random journal id, "j-" and 24 characters.
func newID() string {
	b := make([]byte, 15)
	_, _ = rand.Read(b) // never fails
	return "j-" + strings.ToLower(base32.StdEncoding.EncodeToString(b))
}

// syncFolder makes a new name in a folder durable.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return fmt.Errorf("sync folder %s: %w", folder, err)
	}
	return errors.Join(d.Sync(), d.Close())
}
