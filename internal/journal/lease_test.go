package journal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/journal/pgtest"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// open opens a journal for as long as the test runs, with a configuration that
// spoil changes. How it closes is not looked at.
func open(t *testing.T, path string, spoil func(*journal.Config)) *journal.Journal {
	t.Helper()
	cfg := config(path, journal.Write)
	if spoil != nil {
		spoil(&cfg)
	}
	j, err := journal.Open(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = j.Close() })
	return j
}

// short has a lease of that time, and calls of half of it.
func short(lease time.Duration) func(*journal.Config) {
	return func(c *journal.Config) { c.Lease, c.CallTimeout = lease, lease/2 }
}

// expire ends the lease of whoever has it, as if the server's clock had gone on.
func expire(t *testing.T, dsn string) {
	t.Helper()
	alter(t, dsn, `UPDATE lease SET expires = expires - interval '1 day'`)
}

func TestLeaseHeld(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	j := mustOpen(t, dsn, journal.Write)
	require.Greater(t, j.Lease(), 170*time.Second)
	require.LessOrEqual(t, j.Lease(), 180*time.Second)
	_, err := journal.Open(t.Context(), config(dsn, journal.Write))
	require.ErrorIs(t, err, apply.ErrLocked)
	host, herr := os.Hostname()
	require.NoError(t, herr)
	require.ErrorContains(t, err, fmt.Sprintf("another process is working with this journal (process %d on %s, of ada)", os.Getpid(), host))
	require.Regexp(t, `its lease runs until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ unless it is renewed, and another may take over after \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, by the server's clock`, err)
	require.ErrorContains(t, err, "lock journal "+j.Path())
	r := mustOpen(t, dsn, journal.ReadOnly)
	require.Zero(t, r.Lease(), "whoever reads has none")
	require.NoError(t, j.Close())
	require.Zero(t, j.Lease())
	unaware := mustOpen(t, dsn, journal.Write) // at once
	act(t, unaware, 1)

	// Whoever has lost it unawares does not give it away when it ends.
	expire(t, dsn)
	next := mustOpen(t, dsn, journal.Write)
	require.NoError(t, unaware.Close())
	_, err = journal.Open(t.Context(), config(dsn, journal.Write))
	require.ErrorIs(t, err, apply.ErrLocked)
	act(t, next, 2)
}

// What another process records shows without a record of one's own, when the
// lease is renewed.
func TestOthersShow(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	stale := open(t, dsn, nil)
	seq, err := stale.Intend(t.Context(), intent(1))
	require.NoError(t, err)
	expire(t, dsn)
	fresh := open(t, dsn, short(time.Second))
	require.Equal(t, noon, fresh.Newest())
	later := noon.Add(time.Hour)
	require.NoError(t, stale.Conclude(seq, apply.Outcome{At: later, State: plan.StateSettled})())
	require.Eventually(t, func() bool { return fresh.Newest().Equal(later) }, eventually, 10*time.Millisecond)
	require.EqualValues(t, 2, fresh.Ref().Seq)
}

// eventually is how long a test waits for what has to come.
const eventually = 20 * time.Second

// Whoever finds the lease gone has lost it for good.
func TestLeaseGone(t *testing.T) {
	t.Parallel()
	for _, statement := range []string{
		`DELETE FROM lease`,
		`UPDATE lease SET token = 'another'`,
		`UPDATE lease SET fence = fence + 1`,
		`DELETE FROM head`,
	} {
		dsn := pgtest.DSN(t)
		j := open(t, dsn, short(2*time.Second))
		require.Positive(t, j.Lease())
		alter(t, dsn, statement)
		require.Eventually(t, func() bool { return j.Lease() == 0 }, eventually, 10*time.Millisecond, statement)
	}
}

// While the server cannot be reached the lease runs out, whatever the wall
// clock says; when it can be again and nobody has taken it, it is there again.
func TestLeaseOutOfReach(t *testing.T) {
	t.Parallel()
	p := newProxy(t, pgtest.DSN(t))
	var jump atomic.Int64
	j := open(t, p.url, func(c *journal.Config) {
		short(2 * time.Second)(c)
		c.Now = func() time.Time { return noon.Add(time.Duration(jump.Add(1)) * -time.Hour) }
	})
	before := j.Lease()
	require.Eventually(t, func() bool {
		now := j.Lease()
		renewed := now > before
		before = now
		return renewed && now <= 2*time.Second
	}, eventually, 10*time.Millisecond)
	p.stand(true)
	require.Eventually(t, func() bool { return j.Lease() == 0 }, eventually, 10*time.Millisecond)
	p.stand(false)
	require.Eventually(t, func() bool { return j.Lease() > time.Second }, eventually, 10*time.Millisecond)
	act(t, j, 1)
	require.NoError(t, j.Close())
}

// Another process takes over only when the holder's calls are through: its
// lease has run out, and a call timeout after that. Clocks of either process
// have no part in it.
func TestTakeOver(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	p := newProxy(t, dsn)
	const lease = 1500 * time.Millisecond
	stale := open(t, p.url, func(c *journal.Config) {
		short(lease)(c)
		c.Now = func() time.Time { return noon.AddDate(-50, 0, 0) }
	})
	seq, err := stale.Intend(t.Context(), intent(1))
	require.NoError(t, err)
	p.stand(true)
	ends := time.Now().Add(stale.Lease())

	cfg := config(dsn, journal.Write)
	short(time.Millisecond * 20)(&cfg) // the holder's times count, not these
	cfg.Now = func() time.Time { return noon.AddDate(50, 0, 0) }
	cfg.LockTimeout = eventually
	var told atomic.Int64
	cfg.Waiting = func(err error) {
		require.ErrorIs(t, err, apply.ErrLocked)
		told.Add(1)
	}
	fresh, err := journal.Open(t.Context(), cfg)
	require.NoError(t, err)
	require.False(t, time.Now().Before(ends.Add(lease/2)), "a call may still have been on its way")
	require.EqualValues(t, 1, told.Load())
	require.Zero(t, stale.Lease())
	p.stand(false)
	require.NoError(t, stale.Conclude(seq, apply.Outcome{State: plan.StateSettled})())
	require.NoError(t, fresh.Close())
}

func TestLockTimeout(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, fresh func(*testing.T) string) {
		path := fresh(t)
		holder := mustOpen(t, path, journal.Write)
		cfg := config(path, journal.Write)
		told := 0
		cfg.Waiting = func(err error) {
			require.ErrorIs(t, err, apply.ErrLocked)
			require.ErrorContains(t, err, "wait until it ends")
			told++
		}
		_, err := journal.Open(t.Context(), cfg)
		require.ErrorIs(t, err, apply.ErrLocked)
		require.Zero(t, told, "nobody waits")

		cfg.LockTimeout = 300 * time.Millisecond
		began := time.Now()
		_, err = journal.Open(t.Context(), cfg)
		require.ErrorIs(t, err, apply.ErrLocked)
		require.GreaterOrEqual(t, time.Since(began), cfg.LockTimeout)
		require.Equal(t, 1, told)

		// Whoever waits is there when the holder ends, and not before.
		cfg.LockTimeout = eventually
		cfg.Waiting = func(error) { require.NoError(t, holder.Close()) }
		next, err := journal.Open(t.Context(), cfg)
		require.NoError(t, err)

		ctx, cancel := context.WithCancelCause(t.Context())
		enough := errors.New("enough")
		cfg.LockTimeout = time.Hour
		cfg.Waiting = func(error) { cancel(enough) }
		_, err = journal.Open(ctx, cfg)
		require.ErrorIs(t, err, enough)
		require.NotErrorIs(t, err, apply.ErrLocked, "it did not wait to the end")
		require.ErrorContains(t, err, "another process is working with this journal")
		require.NoError(t, next.Close())
	})
}
