package journal

import (
	"context"
	"database/sql"
	"fmt"
	"sync/atomic"
)

// schemaVersion is the number of the newest migration.
const schemaVersion = 4

// withApprovals is the number of the migration that made the approvals' table.
const withApprovals = 2

// withAudit is the number of the migration that made the audit log's tables.
const withAudit = 3

// withEvents is the number of the migration that made the events' table.
const withEvents = 4

// A schema is what is known of the version of a database's tables. It is the
// newest one, but where a journal of an earlier version is open for reading
// only; and there another process may migrate it at any time.
type schema struct{ version atomic.Int64 }

// approvals reports whether there is a table of approvals. It has to be asked
// after the records were read that would go with some: then "no" is true of
// them whatever happened meanwhile.
func (s *schema) approvals(ctx context.Context, db *sql.DB) (bool, error) {
	return s.since(ctx, db, withApprovals)
}

// audit reports whether there are the tables of the audit log.
func (s *schema) audit(ctx context.Context, db *sql.DB) (bool, error) {
	return s.since(ctx, db, withAudit)
}

// events reports whether there is a table of events, as approvals does.
func (s *schema) events(ctx context.Context, db *sql.DB) (bool, error) {
	return s.since(ctx, db, withEvents)
}

// since reports whether there is what that migration made.
func (s *schema) since(ctx context.Context, db *sql.DB, migration int64) (bool, error) {
	if s.version.Load() >= migration {
		return true, nil
	}
	v, err := applied(ctx, db)
	if err != nil {
		return false, err
	}
	s.version.Store(v)
	return v >= migration, nil
}

// applied reads the number of the newest migration of a database.
func applied(ctx context.Context, db *sql.DB) (v int64, err error) {
	err = db.QueryRowContext(ctx,
		`SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&v)
	return v, err
}

// newer refuses a schema that a later version made.
func newer(v int64) error {
	return fmt.Errorf("a newer payreconcile wrote it (schema %d, this one knows %d): use that version or a later one", v, schemaVersion)
}
