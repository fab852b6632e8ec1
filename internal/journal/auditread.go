package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/payreconcile/payreconcile/internal/audit"
)

// AuditSource returns the audit log of this journal's environment and merchant
// as it can be verified: every record up to the newest one now, the hashes that
// are stored, and the heads that are kept. Of a journal of an earlier version
// there are the records alone. It reads piece by piece, and may be read again.
func (j *Journal) AuditSource(ctx context.Context) (audit.Source, error) {
	s, err := j.auditSource(ctx, j.cfg.Environment, j.cfg.Merchant)
	if err != nil {
		return audit.Source{}, j.readError(err)
	}
	return s, nil
}

func (j *Journal) auditSource(ctx context.Context, environment, merchant string) (s audit.Source, err error) {
	s.Log = audit.Log{Journal: j.id, Environment: environment, Merchant: merchant}
	has, err := j.store.audit(ctx)
	if err != nil {
		return s, err
	}
	if has { // before the position: what is hashed is then among what is read
		if s.Heads, err = j.heads(ctx, headsSQL+` ORDER BY id`, environment, merchant); err != nil {
			return s, err
		}
		var end logEnd
		if err := end.scan(j.reads.QueryRowContext(ctx, logEndSQL, environment, merchant).Scan); err != nil {
			return s, err
		}
		s.Stored = j.pieces(ctx, environment, merchant, end.first)
	}
	last, _, err := j.store.position(ctx)
	if err != nil {
		return s, err
	}
	s.Items = j.auditItems(ctx, environment, merchant, last)
	return s, nil
}

// auditItems reads the records up to a number.
func (j *Journal) auditItems(ctx context.Context, environment, merchant string, last int64) iter.Seq2[audit.Item, error] {
	return func(yield func(audit.Item, error) bool) {
		r := recordReader{j: j, environment: environment, merchant: merchant}
		err := r.each(ctx, 0, last, func(x exportRecord, line []byte) error {
			if !yield(audit.Item{Record: audit.Record{Seq: x.seq(), Line: line}}, nil) {
				return errStop
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(audit.Item{}, j.readError(err))
		}
	}
}

// errStop ends a reading that nobody wants more of.
var errStop = errors.New("stop")

// headsSQL reads the heads that are kept of a log.
const headsSQL = `SELECT id, size, root, note FROM audit_heads WHERE environment = $1 AND merchant = $2`

// heads runs a query that begins with headsSQL.
func (j *Journal) heads(ctx context.Context, query, environment, merchant string) ([]audit.Claim, error) {
	rows, err := j.reads.QueryContext(ctx, query, environment, merchant)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err says what there is to say
	var all []audit.Claim
	for rows.Next() {
		var id, size int64
		var root []byte
		var note string
		if err := rows.Scan(&id, &size, &root, &note); err != nil {
			return nil, err
		}
		c, err := audit.ParseClaim([]byte(note))
		if err != nil || c.Size != size || string(c.Root[:]) != string(root) {
			// It was altered; as the head that it claims to be it is held
			// against the log like every other one, and does not fit.
			c = audit.Claim{Head: audit.Head{Size: max(size, 1)}}
			copy(c.Root[:], root)
			c.Root[0] ^= 0xff
		}
		c.From = fmt.Sprintf("in the journal, number %d", id)
		all = append(all, c)
	}
	return all, rows.Err()
}

// newestHead returns the head that was made last.
func (j *Journal) newestHead(ctx context.Context) (audit.Claim, bool, error) {
	all, err := j.heads(ctx, headsSQL+` ORDER BY id DESC LIMIT 1`, j.cfg.Environment, j.cfg.Merchant)
	if err != nil || len(all) == 0 {
		return audit.Claim{}, false, err
	}
	return all[0], true, nil
}

// pieces reads the stored hashes of a log, up to the piece that begins with last.
func (j *Journal) pieces(ctx context.Context, environment, merchant string, last int64) iter.Seq2[audit.Piece, error] {
	return func(yield func(audit.Piece, error) bool) {
		for after := int64(-1); ; {
			var p audit.Piece
			var b []byte
			err := j.reads.QueryRowContext(ctx, `SELECT first, size, seq, hashes FROM audit_hashes
				WHERE environment = $1 AND merchant = $2 AND first > $3 AND first <= $4 ORDER BY first LIMIT 1`,
				environment, merchant, after, last).Scan(&p.First, &p.Size, &p.Seq, &b)
			if errors.Is(err, sql.ErrNoRows) {
				return
			}
			if err != nil {
				yield(audit.Piece{}, j.readError(err))
				return
			}
			p.Hashes = hashesOf(b)
			if !yield(p, nil) {
				return
			}
			after = p.First
		}
	}
}

// hashesOf takes stored hashes apart; a part of one at the end is left out.
func hashesOf(b []byte) []tlog.Hash {
	all := make([]tlog.Hash, len(b)/tlog.HashSize)
	for i := range all {
		copy(all[i][:], b[i*tlog.HashSize:])
	}
	return all
}

// AuditHashes reads single hashes of the audit log, for proofs.
func (j *Journal) AuditHashes(ctx context.Context) tlog.HashReader { return j.auditHashes(ctx) }

func (j *Journal) auditHashes(ctx context.Context) tlog.HashReaderFunc {
	var p audit.Piece // the last one that was read
	return func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			if index < p.First || index >= p.First+int64(len(p.Hashes)) {
				var b []byte
				err := j.reads.QueryRowContext(ctx, `SELECT first, hashes FROM audit_hashes
					WHERE environment = $1 AND merchant = $2 AND first <= $3 ORDER BY first DESC LIMIT 1`,
					j.cfg.Environment, j.cfg.Merchant, index).Scan(&p.First, &b)
				if err != nil && !errors.Is(err, sql.ErrNoRows) {
					return nil, err
				}
				p.Hashes = hashesOf(b)
			}
			if index < p.First || index >= p.First+int64(len(p.Hashes)) {
				return nil, fmt.Errorf("stored hash %d of the audit log is missing: run payreconcile audit verify", index)
			}
			out[i] = p.Hashes[index-p.First]
		}
		return out, nil
	}
}
