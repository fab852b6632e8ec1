package journal

import (
	"context"
	"database/sql"
	"fmt"
)

// FillDisk lets the journal's file grow by no more than that many pages.
func (j *Journal) FillDisk(pages int64) error {
	return j.alone(context.Background(), func(conn *sql.Conn) (refusal, failure error) {
		var size int64
		ctx := context.Background()
		if err := conn.QueryRowContext(ctx, `PRAGMA page_count`).Scan(&size); err != nil {
			return nil, err
		}
		_, err := conn.ExecContext(ctx, fmt.Sprintf(`PRAGMA max_page_count = %d`, size+pages))
		return nil, err
	})
}

// PageSize is the size that the pages of the journal's file have.
func (j *Journal) PageSize(ctx context.Context) (n int64, err error) {
	return n, j.reads.QueryRowContext(ctx, `PRAGMA page_size`).Scan(&n)
}

// SyncMode is how the writer's connection syncs: 2 is FULL.
func (j *Journal) SyncMode() (mode string, sync int64, err error) {
	err = j.alone(context.Background(), func(conn *sql.Conn) (refusal, failure error) {
		ctx := context.Background()
		if err := conn.QueryRowContext(ctx, `PRAGMA synchronous`).Scan(&sync); err != nil {
			return nil, err
		}
		return nil, conn.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&mode)
	})
	return mode, sync, err
}
