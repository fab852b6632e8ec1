package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/url"
	"os"
	"path/filepath"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// ErrNoGlance is what Glance returns of a journal that cannot be looked at
// without touching it.
var ErrNoGlance = errors.New("the journal cannot be looked at without touching it")

// Glance returns up to limit intents of an environment and merchant whose
// outcome nobody knows, oldest first, as Journal.Open does; 0 is no limit. It
// touches nothing: it makes no file, takes no lock, migrates nothing and calls
// nobody. So what it returns may be old, and a journal on PostgreSQL, of
// another version, or without a file that reading would make is ErrNoGlance. It
// is for proposals, never for decisions.
func Glance(ctx context.Context, path, environment, merchant string, limit int) ([]plan.Intent, error) {
	if isURL(path) {
		return nil, ErrNoGlance
	}
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, fmt.Errorf("glance at the journal: %w", err)
	}
	if there, err := present(path); err != nil || !there {
		return nil, errors.Join(ErrNoGlance, err)
	}
	db, err := untouched(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }() // only read from
	switch v, err := version(ctx, db); {
	case err != nil:
		return nil, fmt.Errorf("glance at journal %s: %w", path, err)
	case v != schemaVersion:
		return nil, ErrNoGlance
	}
	if limit <= 0 {
		limit = math.MaxInt
	}
	rows, err := db.QueryContext(ctx, openSQL, environment, merchant, limit)
	if err != nil {
		return nil, fmt.Errorf("glance at journal %s: %w", path, err)
	}
	var open []plan.Intent
	err = fold(rows, func(i plan.Intent) bool {
		open = append(open, i)
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("glance at journal %s: %w", path, err)
	}
	return open, nil
}

// untouched opens a database so that not even the files beside it are made.
// Without a write-ahead log the file is all there is, and is taken as one that
// does not change; with one, its index has to be there already.
func untouched(path string) (*sql.DB, error) {
	q := url.Values{"mode": {"ro"}, "_pragma": {"trusted_schema(off)", "query_only(on)"}}
	_, noLog := os.Stat(path + "-wal")
	_, noIndex := os.Stat(path + "-shm")
	switch {
	case errors.Is(noLog, fs.ErrNotExist):
		q.Set("immutable", "1")
	case noLog != nil || noIndex != nil:
		return nil, ErrNoGlance
	}
	uri := url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", uri.String())
	if err != nil {
		return nil, fmt.Errorf("glance at journal %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	return db, nil
}
