package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/payreconcile/payreconcile/internal/audit"
	"github.com/payreconcile/payreconcile/pkg/apply"
)

// How many hashes are a row, and how many rows a transaction.
const (
	pieceHashes = 2048
	pieceRows   = 32
)

// AuditLog says whose records the audit log of this journal's environment and
// merchant is of.
func (j *Journal) AuditLog() audit.Log {
	return audit.Log{Journal: j.id, Environment: j.cfg.Environment, Merchant: j.cfg.Merchant}
}

// Sign makes of a head what is kept of it: a signed note, or the text alone.
type Sign func(audit.Head) (note string, err error)

// AuditHead brings the audit log up to the newest record that is durable, and
// makes and keeps a head of it. When the newest head that is kept is of the same
// records, and keep says that it will do, it is returned instead. Without
// records there is none, and ok is false.
//
// What is interrupted loses nothing: the next call goes on where this one came
// to. The journal has to be open for writing.
func (j *Journal) AuditHead(ctx context.Context, sign Sign, keep func(audit.Claim) bool) (head audit.Claim, ok bool, err error) {
	head, ok, err = j.auditHead(ctx, sign, keep)
	if err != nil {
		return audit.Claim{}, false, fmt.Errorf("audit journal %s: %w", j.path, j.store.explain(err))
	}
	return head, ok, nil
}

func (j *Journal) auditHead(ctx context.Context, sign Sign, keep func(audit.Claim) bool) (audit.Claim, bool, error) {
	if j.w == nil {
		return audit.Claim{}, false, ErrReadOnly
	}
	l := &logger{j: j}
	if err := l.catchUp(ctx); err != nil || l.tree.Size() == 0 {
		return audit.Claim{}, false, err
	}
	newest, found, err := j.newestHead(ctx)
	if err != nil {
		return audit.Claim{}, false, err
	}
	root, err := l.tree.Root()
	if err != nil {
		return audit.Claim{}, false, err
	}
	if found && len(l.pieces) == 0 && newest.Size == l.tree.Size() && newest.Root == root && keep(newest) {
		return newest, true, nil
	}
	h := audit.Head{Log: j.AuditLog(), Size: l.tree.Size(), Root: root, At: j.cfg.Now().UTC().Truncate(time.Second)}
	note, err := sign(h)
	if err != nil {
		return audit.Claim{}, false, err
	}
	claim, err := audit.ParseClaim([]byte(note))
	if err != nil || claim.Head != h {
		return audit.Claim{}, false, errors.New("what was signed is not the head of the log")
	}
	return claim, true, l.write(ctx, &claim)
}

// A logger appends to the audit log.
type logger struct {
	j      *Journal
	tree   *audit.Tree
	stored logEnd
	pieces []audit.Piece // that are not written yet
}

// A logEnd is how far the stored hashes go: where the last piece begins, -1 when
// there is none, and ends.
type logEnd struct{ first, size, seq int64 }

// logEndSQL finds the last piece of a log.
const logEndSQL = `SELECT first, size, seq FROM audit_hashes WHERE environment = $1 AND merchant = $2 ORDER BY first DESC LIMIT 1`

// scan reads what logEndSQL finds.
func (e *logEnd) scan(row func(dest ...any) error) error {
	e.first = -1
	err := row(&e.first, &e.size, &e.seq)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// catchUp hashes what was recorded since, and writes whole transactions of it.
// What is left in pieces goes with the head.
func (l *logger) catchUp(ctx context.Context) error {
	j := l.j
	row := j.reads.QueryRowContext(ctx, logEndSQL, j.cfg.Environment, j.cfg.Merchant)
	if err := l.stored.scan(row.Scan); err != nil {
		return err
	}
	var err error
	if l.tree, err = audit.Resume(l.stored.size, j.auditHashes(ctx)); err != nil {
		return err
	}
	last, _, err := j.store.position(ctx)
	if err != nil {
		return err
	}
	r := recordReader{j: j, environment: j.cfg.Environment, merchant: j.cfg.Merchant}
	return r.each(ctx, l.stored.seq, last, func(x exportRecord, line []byte) error { return l.add(ctx, x.seq(), line) })
}

// add appends a record.
func (l *logger) add(ctx context.Context, seq int64, line []byte) error {
	if n := len(l.pieces); n == 0 || len(l.pieces[n-1].Hashes) >= pieceHashes {
		if n == pieceRows {
			if err := l.write(ctx, nil); err != nil {
				return err
			}
		}
		l.pieces = append(l.pieces, audit.Piece{First: l.tree.Count()})
	}
	p := &l.pieces[len(l.pieces)-1]
	p.Hashes = append(p.Hashes, l.tree.Add(line)...)
	p.Size, p.Seq = l.tree.Size(), seq
	return nil
}

// write makes the pieces durable, and a head unless it is nil.
func (l *logger) write(ctx context.Context, head *audit.Claim) error {
	err := l.j.alone(ctx, func() (refusal, failure error) { return l.insert(head) })
	if err == nil && len(l.pieces) > 0 {
		last := l.pieces[len(l.pieces)-1]
		l.stored = logEnd{last.First, last.Size, last.Seq}
		l.pieces = l.pieces[:0]
	}
	return err
}

// insert does what write says, inside a transaction.
func (l *logger) insert(head *audit.Claim) (refusal, failure error) {
	w, c := l.j.w, &l.j.cfg
	var at logEnd
	err := at.scan(func(dest ...any) error { return w.row(dest, logEndSQL, c.Environment, c.Merchant) })
	switch {
	case err != nil:
		return nil, err
	case at != l.stored:
		return fmt.Errorf("%w: another process went on with the audit log meanwhile", apply.ErrLocked), nil
	}
	for _, p := range l.pieces {
		b := make([]byte, 0, len(p.Hashes)*tlog.HashSize)
		for _, h := range p.Hashes {
			b = append(b, h[:]...)
		}
		err := w.exec(`INSERT INTO audit_hashes (environment, merchant, first, size, seq, hashes) VALUES ($1, $2, $3, $4, $5, $6)`,
			c.Environment, c.Merchant, p.First, p.Size, p.Seq, b)
		if err != nil {
			return nil, err
		}
	}
	if head == nil {
		return nil, nil
	}
	var id int64
	if err := w.row([]any{&id}, `SELECT coalesce(max(id), 0) + 1 FROM audit_heads`); err != nil {
		return nil, err
	}
	return nil, w.exec(`INSERT INTO audit_heads (id, environment, merchant, size, root, at, run, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		id, c.Environment, c.Merchant, head.Size, head.Root[:], nanos(head.At), w.run, head.Note)
}
