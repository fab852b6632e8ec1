package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// A sqliteSession is the one connection that writes a file.
type sqliteSession struct {
	store   *sqliteStore
	db      *sql.DB
	c       *sql.Conn
	run     int64
	files   heldFiles
	mark    *tideMark
	intent  table
	outcome table
	echo    table
	lookup  *sql.Stmt
}

// session names the columns in the order in which the methods fill them.
func (s *sqliteStore) session(ctx context.Context) (_ session, err error) {
	w := &sqliteSession{
		store: s,
		intent: newTable("intents", "seq", "run", "payment", "op", "ref", "amount", "currency",
			"final", "attempt", "key", "plan_id", "at"),
		outcome: newTable("outcomes", "seq", "run", "intent", "at", "state", "operation_id",
			"code", "status", "error_id", "message", "body_sha256", "absent", "sent_at", "evidence"),
		echo: newTable("echoes", "seq", "run", "op", "operation_id", "at"),
	}
	if w.db, err = connect(s.path, Write); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.db.Close())
		}
	}()
	if w.c, err = w.db.Conn(ctx); err != nil {
		return nil, err
	}
	// A file that cannot be written is found now and not at the first intent.
	if _, err := w.c.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
		return nil, err
	}
	if _, err := w.c.ExecContext(ctx, `ROLLBACK`); err != nil {
		return nil, err
	}
	if w.files, err = hold(s.path, s.path+"-wal", s.path+".lock"); err != nil {
		return nil, err
	}
	if err := w.c.QueryRowContext(ctx, `SELECT coalesce(max(run), 0) + 1 FROM runs`).Scan(&w.run); err != nil {
		return nil, err
	}
	seq, _, err := s.position(ctx)
	if err != nil {
		return nil, err
	}
	w.mark, err = openTideMark(s.path, seq)
	return w, err
}

func (s *sqliteSession) process() int64 { return s.run }

func (s *sqliteSession) conn() (*sql.Conn, time.Duration) { return s.c, 0 }

func (s *sqliteSession) begin(*turn) error {
	_, err := s.c.ExecContext(context.Background(), `BEGIN IMMEDIATE`)
	return err
}

func (s *sqliteSession) commit(b *batch, t *turn) error {
	if err := s.intents(b.intents); err != nil {
		return err
	}
	if err := s.outcomes(b.outcomes); err != nil {
		return err
	}
	if err := s.echoes(b.echoes); err != nil {
		return err
	}
	if _, err := s.c.ExecContext(context.Background(), `COMMIT`); err != nil {
		return err
	}
	if err := s.files.stand(); err != nil {
		return err
	}
	return s.mark.rise(t.seq)
}

func (s *sqliteSession) rollback() {
	_, _ = s.c.ExecContext(context.Background(), `ROLLBACK`)
}

// A table is one into which groups of rows are written.
type table struct {
	head  string // up to VALUES
	row   string // the placeholders of a row
	width int    // of a row, in columns
	stmts [groupLimit + 1]*sql.Stmt
	args  []any
}

// whole is what the rows of a group are rounded down to: a group takes one
// INSERT of a multiple of it, and one for the rest. So there are few statements
// to prepare, which costs as much as running them some twenty times.
const whole = 8

// newTable returns the table of that name and columns. A row that is refused
// undoes the whole transaction: undoing only the statement, which is what
// SQLite does otherwise, costs it a copy of each page that it changes.
func newTable(name string, columns ...string) table {
	return table{
		head:  "INSERT OR ROLLBACK INTO " + name + " (" + strings.Join(columns, ", ") + ") VALUES ",
		row:   "(?" + strings.Repeat(", ?", len(columns)-1) + ")",
		width: len(columns),
	}
}

// intents inserts the intents of a group.
func (s *sqliteSession) intents(rs []*request) error {
	for _, r := range rs {
		i := r.intent
		s.intent.args = append(s.intent.args, r.seq, s.run, i.Payment, string(i.Op), i.Ref, i.Amount, string(i.Currency),
			i.Final, int64(i.Attempt), string(i.Key), i.PlanID, nanos(i.At))
	}
	return s.intent.insert(s.c, len(rs))
}

// outcomes inserts the outcomes of a group.
func (s *sqliteSession) outcomes(rs []*request) error {
	for _, r := range rs {
		o := r.outcome
		s.outcome.args = append(s.outcome.args, r.seq, s.run, o.intent, nanos(o.At), string(o.State), o.OperationID,
			int64(o.Code), int64(o.Status), o.ErrorID, o.Message, o.body(), o.Absent, nanos(o.sentAt), o.evidence)
	}
	return s.outcome.insert(s.c, len(rs))
}

// echoes inserts the echoes of a group.
func (s *sqliteSession) echoes(rs []*request) error {
	for _, r := range rs {
		e := r.echo
		s.echo.args = append(s.echo.args, r.seq, s.run, string(e.op), e.operationID, nanos(e.at))
	}
	return s.echo.insert(s.c, len(rs))
}

// insert writes the n rows whose values are in t.args.
func (t *table) insert(conn *sql.Conn, n int) error {
	defer func() {
		clear(t.args)
		t.args = t.args[:0]
	}()
	rest := n % whole
	cut := (n - rest) * t.width
	if err := t.exec(conn, n-rest, t.args[:cut]); err != nil {
		return err // and stop: a failure has ended the transaction
	}
	return t.exec(conn, rest, t.args[cut:])
}

// exec runs the INSERT of n rows, and prepares it when it is the first.
func (t *table) exec(conn *sql.Conn, n int, args []any) (err error) {
	if n == 0 {
		return nil
	}
	ctx := context.Background()
	stmt := t.stmts[n]
	if stmt == nil {
		stmt, err = conn.PrepareContext(ctx, t.head+t.row+strings.Repeat(", "+t.row, n-1))
		if err != nil {
			return err
		}
		t.stmts[n] = stmt
	}
	_, err = stmt.ExecContext(ctx, args...)
	return err
}

func (s *sqliteSession) keys(payments []string, below int64, used map[plan.Key]bool) error {
	ctx := context.Background()
	list, err := json.Marshal(payments)
	if err != nil {
		return err
	}
	if s.lookup == nil {
		s.lookup, err = s.c.PrepareContext(ctx,
			`SELECT i.key FROM json_each(?1) p CROSS JOIN intents i ON i.payment = p.value
			WHERE i.seq < ?2 AND NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.intent = i.seq AND o.state = 'withdrawn')`)
		if err != nil {
			return err
		}
	}
	rows, err := s.lookup.QueryContext(ctx, string(list), below)
	if err != nil {
		return err
	}
	return collect(rows, used)
}

// collect reads keys, and closes rows.
func collect(rows *sql.Rows, used map[plan.Key]bool) error {
	defer func() { _ = rows.Close() }() // rows.Err says what there is to say
	for rows.Next() {
		var k plan.Key
		if err := rows.Scan(&k); err != nil {
			return err
		}
		used[k] = true
	}
	return rows.Err()
}

// close closes the statements and the connection. It is the last one, since
// that moves what stands in the -wal file, and those that read cannot.
func (s *sqliteSession) close() error {
	errs := []error{s.store.done(), s.mark.f.Close()}
	for _, t := range [...]*table{&s.intent, &s.outcome, &s.echo} {
		for _, stmt := range t.stmts {
			if stmt != nil {
				errs = append(errs, stmt.Close())
			}
		}
	}
	if s.lookup != nil {
		errs = append(errs, s.lookup.Close())
	}
	return errors.Join(append(errs, s.c.Close(), s.db.Close())...)
}
