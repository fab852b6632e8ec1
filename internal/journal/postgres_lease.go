package journal

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
)

// takenOver is what a process that lost its lease to another is told.
type takenOver struct{}

func (takenOver) Error() string {
	return "another process has taken over this journal: what this one sent it may still conclude, and nothing else"
}

func (takenOver) Unwrap() error { return apply.ErrLocked }

// A keeper holds the lease on a journal and renews it, so that no other process
// takes over as long as this one lives and reaches the server.
//
//	renewed … renewed ────── lease ──────▶ expired ── call timeout ──▶ free
//	holder:  may send                     sends nothing
//	others:  wait                         wait                        take over
//
// The server's clock says when others may take over. The holder measures on
// its own from before each renewal was sent: so it stops before they start,
// whatever its wall clock says.
type keeper struct {
	s     *postgresStore
	db    *sql.DB // a connection of its own, that nothing else holds up
	fence int64
	token string
	from  atomic.Pointer[instant] // before the last renewal that succeeded was sent
	lost  atomic.Bool             // to another process

	stop chan struct{}
	once sync.Once
	wait sync.WaitGroup
}

// holdings reads who holds the lease, and whether it is free. Who makes no calls
// keeps it for a moment, and nobody waits for the end of one.
const holdings = `SELECT fence, host, pid, actor, call_timeout = 0, expires, over, released OR clock_timestamp() > over
FROM (SELECT *, expires + CASE call_timeout WHEN 0 THEN 0 ELSE greatest(call_timeout, $1::bigint) END * interval '1 microsecond' AS over
	FROM lease) l`

// take takes the lease when it is free, and otherwise fails with an error that
// wraps apply.ErrLocked and says who has it.
func (s *postgresStore) take(ctx context.Context) (_ *keeper, err error) {
	// Without a lock first, so that nobody who works is held up.
	grace := s.cfg.CallTimeout.Microseconds()
	if _, err := free(s.db.QueryRowContext(ctx, holdings, grace)); err != nil {
		return nil, err
	}
	k := &keeper{s: s, db: s.pool(1), token: rand.Text(), stop: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, k.db.Close())
		}
	}()
	from := mark()
	// From here on not interruptible: nobody would know who has the lease.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.patience)
	defer cancel()
	tx, err := k.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return nil, err
	}
	if err := k.take(ctx, tx, grace); err != nil {
		return nil, errors.Join(err, undone(tx.Rollback()))
	}
	if err := tx.Commit(); err != nil {
		return nil, err
	}
	k.from.Store(&from)
	return k, nil
}

// undone is the error of a rollback, unless the transaction was over before.
func undone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// take does it, inside a transaction that locks the head before the lease, as
// whoever records something locks it.
func (k *keeper) take(ctx context.Context, tx *sql.Tx, grace int64) error {
	if _, err := tx.ExecContext(ctx, durably); err != nil {
		return err
	}
	err := tx.QueryRowContext(ctx, `SELECT fence + 1 FROM head FOR UPDATE`).Scan(&k.fence)
	if errors.Is(err, sql.ErrNoRows) {
		return errNoHead
	}
	if err != nil {
		return err
	}
	last, err := free(tx.QueryRowContext(ctx, holdings+` FOR UPDATE`, grace))
	if err != nil {
		return err
	}
	k.fence = max(k.fence, last+1)
	host, err := os.Hostname()
	if err != nil {
		host = "a host without a name"
	}
	if _, err = tx.ExecContext(ctx, `UPDATE head SET fence = $1`, k.fence); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE lease SET fence = $1, token = $2, host = $3, pid = $4, actor = $5,
		acquired = clock_timestamp(), expires = clock_timestamp() + $6::bigint * interval '1 microsecond',
		call_timeout = $7, released = false`,
		k.fence, k.token, clean(host), os.Getpid(), k.s.cfg.Actor, k.s.cfg.Lease.Microseconds(), grace)
	return err
}

// errNoHead and errNoLease are of journals that somebody altered.
var (
	errNoHead  = errors.New("it does not say where it stands, so it was altered: restore it from a backup")
	errNoLease = errors.New("it does not say who may record, so it was altered: restore it from a backup")
)

// free reads a row of holdings: the fence of a lease that may be taken, or who
// holds it.
func free(row *sql.Row) (fence int64, err error) {
	var host, actor string
	var pid int64
	var expires, over time.Time
	var ok, brief bool
	err = row.Scan(&fence, &host, &pid, &actor, &brief, &expires, &over, &ok)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, errNoLease
	case err != nil || ok:
		return fence, err
	}
	who := fmt.Sprintf("process %d on %s", pid, host)
	if actor != "" {
		who += ", of " + actor
	}
	const clock = time.RFC3339
	err = fmt.Errorf("%w (%s): its lease runs until %s unless it is renewed, and another may take over after %s, by the server's clock: wait until it ends",
		apply.ErrLocked, who, expires.UTC().Format(clock), over.UTC().Format(clock))
	if brief {
		err = &momentary{err}
	}
	return 0, err
}

// rest is what is left of the lease.
func (k *keeper) rest() time.Duration {
	if k.lost.Load() {
		return 0
	}
	return max(0, k.s.cfg.Lease-k.from.Load().since())
}

// begin renews the lease from now on, and tells f where the journal stands.
func (k *keeper) begin(f func(seq int64, newest time.Time)) {
	every := k.s.cfg.Lease / 9 // of three minutes: 20 seconds
	k.wait.Go(func() {
		timer := time.NewTimer(every)
		defer timer.Stop()
		for !k.lost.Load() {
			select {
			case <-k.stop:
				return
			case <-timer.C:
			}
			if err := k.renew(every, f); err == nil {
				timer.Reset(every)
			} else {
				timer.Reset(every / 4) // what is wrong shows when the lease runs out
			}
		}
	})
}

// renew renews the lease once, unless another process has taken it.
func (k *keeper) renew(limit time.Duration, f func(seq int64, newest time.Time)) error {
	ctx, cancel := bounded(limit)
	defer cancel()
	from := mark()
	var n, seq, newest int64
	err := k.db.QueryRowContext(ctx, `WITH renewed AS (
			UPDATE lease SET expires = clock_timestamp() + $3::bigint * interval '1 microsecond'
			WHERE fence = $1 AND token = $2 RETURNING 1)
		SELECT (SELECT count(*) FROM renewed), seq, newest FROM head`,
		k.fence, k.token, k.s.cfg.Lease.Microseconds()).Scan(&n, &seq, &newest)
	switch {
	case err == nil && n == 1:
		k.from.Store(&from)
		f(seq, fromNanos(newest))
	case err == nil, errors.Is(err, sql.ErrNoRows):
		k.lost.Store(true)
		return nil
	}
	return err
}

// end releases the lease, unless another process has it, so that the next one
// need not wait.
func (k *keeper) end() (err error) {
	k.once.Do(func() {
		close(k.stop)
		k.wait.Wait()
		if !k.lost.Swap(true) {
			ctx, cancel := bounded(min(k.s.cfg.patience, k.s.conf.ConnectTimeout))
			defer cancel()
			_, err = k.db.ExecContext(ctx,
				`UPDATE lease SET released = true, expires = least(expires, clock_timestamp()) WHERE fence = $1 AND token = $2`, k.fence, k.token)
			if err != nil {
				err = fmt.Errorf("release the lease: %w: until it has run out no other process can work with this journal", err)
			}
		}
		err = errors.Join(err, k.db.Close())
	})
	return err
}
