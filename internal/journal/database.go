package journal

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// applicationID marks a database as a journal; the first migration sets it.
const applicationID = 1346458194

// schemaVersion is the number of the newest migration.
const schemaVersion = 1

//go:embed migrations/sqlite/*.sql
var embedded embed.FS

// migrations are the steps from an empty database to the schema of this
// version, in the order of their names.
func migrations() fs.FS {
	sub, err := fs.Sub(embedded, "migrations/sqlite")
	if err != nil {
		panic(err) // the pattern above and this name disagree
	}
	return sub
}

// connect returns a pool of connections to the database at path: for Write,
// one that syncs each commit; for ReadOnly, several that cannot change it. It
// does not touch the file yet.
func connect(path string, mode Mode) (*sql.DB, error) {
	q := url.Values{"_pragma": {"busy_timeout(10000)", "trusted_schema(off)"}}
	conns := 4
	switch mode {
	case Write:
		conns = 1
		q.Set("mode", "rw")
		// A checkpoint every 16 MB instead of 4: the pages of an index that
		// is filled at random are then written once for more of its rows.
		q["_pragma"] = append(q["_pragma"], "synchronous(full)",
			"wal_autocheckpoint(8192)", "journal_size_limit(67108864)")
	case ReadOnly:
		q.Set("mode", "ro")
	}
	uri := url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", uri.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// version reads the schema version of a database, and refuses one that is not
// a journal.
func version(ctx context.Context, db *sql.DB) (int64, error) {
	var id, v int64
	if err := db.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&id); err != nil {
		return 0, err
	}
	if id != applicationID {
		return 0, errors.New("it is a database of another program: name another file")
	}
	err := db.QueryRowContext(ctx,
		`SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&v)
	if err != nil {
		return 0, err
	}
	return v, nil
}

// migrate brings the schema up to date, each step in a transaction.
func migrate(ctx context.Context, db *sql.DB, steps fs.FS) error {
	p, err := goose.NewProvider(goose.DialectSQLite3, db, steps, goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// damaged reports whether SQLite says that the file is not as it wrote it.
func damaged(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code()&0xff == sqlite3.SQLITE_CORRUPT || e.Code()&0xff == sqlite3.SQLITE_NOTADB)
}

// explain adds to an error of SQLite what a person can do about it.
func explain(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	advice := ""
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_NOTADB:
		advice = "the file is not a journal: name another one"
	case sqlite3.SQLITE_CORRUPT:
		advice = "the file is damaged: restore it from a backup, and send nothing before"
	case sqlite3.SQLITE_CANTOPEN:
		advice = "file and folder must be readable, and the folder writable even for reading, since -wal and -shm files stand beside the journal: copy it with them to such a folder"
	case sqlite3.SQLITE_READONLY:
		advice = "the file or its folder is read-only: make both writable, or copy the journal with its -wal file to where they are"
	case sqlite3.SQLITE_FULL:
		advice = "the disk is full: make room, then run resume"
	case sqlite3.SQLITE_IOERR:
		advice = "the disk failed: check it, then run resume"
	case sqlite3.SQLITE_BUSY:
		advice = "another program holds a lock on the database: end it"
	default:
		return err
	}
	return fmt.Errorf("%w: %s", err, advice)
}
