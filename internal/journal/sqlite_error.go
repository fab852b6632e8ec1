package journal

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

func (s *sqliteStore) damaged(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code()&0xff == sqlite3.SQLITE_CORRUPT || e.Code()&0xff == sqlite3.SQLITE_NOTADB)
}

func (s *sqliteStore) explain(err error) error { return explain(err) }

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
