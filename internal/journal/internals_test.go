package journal

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// FillDisk lets the journal's file grow by no more than that many pages.
func (j *Journal) FillDisk(pages int64) error {
	return j.alone(context.Background(), func() (refusal, failure error) {
		conn, _ := j.w.s.conn()
		var size int64
		ctx := context.Background()
		if err := conn.QueryRowContext(ctx, `PRAGMA page_count`).Scan(&size); err != nil {
			return nil, err
		}
		_, err := conn.ExecContext(ctx, fmt.Sprintf(`PRAGMA max_page_count = %d`, size+pages))
		return nil, err
	})
}

// Exec runs a statement on the writer's connection, and undoes it.
func (j *Journal) Exec(statement string) error {
	undone := errors.New("undone")
	err := j.alone(context.Background(), func() (refusal, failure error) {
		if err := j.w.exec(statement); err != nil {
			return err, nil
		}
		return undone, nil
	})
	if errors.Is(err, undone) {
		return nil
	}
	return err
}

// PageSize is the size that the pages of the journal's file have.
func (j *Journal) PageSize(ctx context.Context) (n int64, err error) {
	return n, j.reads.QueryRowContext(ctx, `PRAGMA page_size`).Scan(&n)
}

// SyncMode is how the writer's connection syncs: 2 is FULL.
func (j *Journal) SyncMode() (mode string, sync int64, err error) {
	err = j.alone(context.Background(), func() (refusal, failure error) {
		conn, _ := j.w.s.conn()
		ctx := context.Background()
		if err := conn.QueryRowContext(ctx, `PRAGMA synchronous`).Scan(&sync); err != nil {
			return nil, err
		}
		return nil, conn.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&mode)
	})
	return mode, sync, err
}

// Patience is how long a statement may take on a server.
func (c *Config) Patience(d time.Duration) { c.patience = d }

// SyncCommit is how a transaction of the writer's connection is committed.
func (j *Journal) SyncCommit() (mode string, err error) {
	err = j.alone(context.Background(), func() (refusal, failure error) {
		return nil, j.w.row([]any{&mode}, `SELECT current_setting('synchronous_commit')`)
	})
	return mode, err
}
