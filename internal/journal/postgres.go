package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// application marks a schema as a journal; the first migration writes it.
const application = "payreconcile journal"

// A postgresStore is a journal in a schema of a PostgreSQL database: the first
// one of the search path that exists.
type postgresStore struct {
	cfg   *Config
	conf  *pgx.ConnConfig
	shown string // its URL, without secrets
	db    *sql.DB
	k     *keeper // nil unless it is open for writing
	has   schema
}

// newPostgres reads the URL; it does not connect yet.
func newPostgres(cfg *Config) (*postgresStore, error) {
	conf, shown, err := parse(cfg.Path)
	if err != nil {
		return nil, err
	}
	s := &postgresStore{cfg: cfg, conf: conf, shown: shown}
	s.db = s.pool(4)
	return s, nil
}

// pool returns so many connections.
func (s *postgresStore) pool(n int) *sql.DB {
	db := stdlib.OpenDB(*s.conf)
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db
}

func (s *postgresStore) name() string   { return s.shown }
func (s *postgresStore) reads() *sql.DB { return s.db }

func (s *postgresStore) approvals(ctx context.Context) (bool, error) {
	return s.has.approvals(ctx, s.db)
}

func (s *postgresStore) audit(ctx context.Context) (bool, error)  { return s.has.audit(ctx, s.db) }
func (s *postgresStore) events(ctx context.Context) (bool, error) { return s.has.events(ctx, s.db) }

func (s *postgresStore) open(ctx context.Context) (id string, err error) {
	v, err := s.version(ctx)
	switch {
	case err != nil:
		return "", s.openError(err)
	case v == 0 && s.cfg.Pin != "":
		return "", missing(s.shown, s.cfg.Pin)
	case v == 0, v < schemaVersion && s.cfg.Mode == Write: // what is only read is left as it is
		if err := s.migrate(ctx); err != nil {
			return "", s.openError(err)
		}
	}
	if id, err = identify(ctx, s.db, s.cfg.Pin); err != nil {
		return "", s.openError(err)
	}
	if s.cfg.Mode == ReadOnly {
		return id, nil
	}
	if err := s.safe(ctx); err != nil {
		return "", s.openError(err)
	}
	err = waiting(ctx, s.cfg, 200*time.Millisecond, func() (err error) {
		if s.k, err = s.take(ctx); err != nil {
			err = fmt.Errorf("lock journal %s: %w", s.shown, s.explain(err))
		}
		return err
	})
	return id, err
}

// openError says which journal could not be opened.
func (s *postgresStore) openError(err error) error {
	return fmt.Errorf("open journal %s: %w", s.shown, s.explain(err))
}

// inspect looks at the schema: what is in it, but for what extensions brought.
const inspect = `SELECT coalesce(current_schema(), ''), current_setting('search_path'), current_setting('server_encoding'),
	count(*) FILTER (WHERE relname = 'meta') > 0,
	count(*) FILTER (WHERE relname NOT IN ('meta', 'goose_db_version')) > 0
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`

// errForeign refuses a schema that holds something else.
var errForeign = errors.New("its schema holds tables of another program: name an empty one, with ?search_path=schema")

// version returns the schema version of the journal, 0 when there is none, and
// refuses what cannot be or become one.
func (s *postgresStore) version(ctx context.Context) (v int64, err error) {
	var schema, path, encoding, app string
	var meta, others bool
	err = s.db.QueryRowContext(ctx, inspect).Scan(&schema, &path, &encoding, &meta, &others)
	switch {
	case err != nil:
		return 0, err
	case schema == "":
		return 0, fmt.Errorf("no schema of the search path %s exists: create one, or name another with ?search_path=schema", path)
	case encoding != "UTF8":
		return 0, fmt.Errorf("the database stores text as %s, which does not hold every character: create one with the encoding UTF8", encoding)
	case !meta && others:
		return 0, errForeign
	case !meta:
		return 0, nil
	}
	err = s.db.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'application'`).Scan(&app)
	switch {
	case errors.Is(err, sql.ErrNoRows), sqlstate(err) == noSuchColumn, err == nil && app != application:
		return 0, errForeign
	case err != nil:
		return 0, err
	}
	v, err = applied(ctx, s.db)
	switch {
	case err != nil:
		return 0, err
	case v > schemaVersion:
		return 0, newer(v)
	case v == 0:
		return 0, errors.New("it does not say its version, so it was altered: restore it from a backup")
	}
	return v, nil
}

// migrate brings the schema up to date, with others kept out meanwhile: by a
// transaction that holds an advisory lock, and not a session that does, so that
// it works through a pooler of connections too. It is held here and not by
// goose, which makes its own table before it asks for its lock.
func (s *postgresStore) migrate(ctx context.Context) (err error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, undone(tx.Rollback())) }()
	_, err = tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('payreconcile ' || current_schema(), 0))`)
	if err != nil {
		return err
	}
	return migrate(ctx, goose.DialectPostgres, s.db, migrations("postgres"))
}

// safe refuses a server that would lose what it acknowledged, or take nothing.
func (s *postgresStore) safe(ctx context.Context) error {
	var replica bool
	var fsync string
	err := s.db.QueryRowContext(ctx, `SELECT pg_is_in_recovery(), current_setting('fsync')`).Scan(&replica, &fsync)
	switch {
	case err != nil:
		return err
	case replica:
		return errors.New("the server is a replica, which can only be read: name the primary")
	case fsync != "on":
		return errors.New("the server runs with fsync = off, and would lose what it acknowledged: switch it on")
	}
	return nil
}

// lease is the rest of it. Whoever only reads has none.
func (s *postgresStore) lease() time.Duration {
	if s.k == nil {
		return 0
	}
	return s.k.rest()
}

func (s *postgresStore) watch(f func(seq int64, newest time.Time)) {
	if s.k != nil {
		s.k.begin(f)
	}
}

func (s *postgresStore) close() error {
	var err error
	if s.k != nil {
		err = s.k.end()
	}
	return errors.Join(err, s.db.Close())
}
