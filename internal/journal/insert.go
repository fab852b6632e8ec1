package journal

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// inserts are the statements of the writer's connection.
type inserts struct {
	conn    *sql.Conn
	intent  table
	outcome table
	echo    table
	lookup  *sql.Stmt
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

// newInserts names the columns in the order in which the methods fill them.
func newInserts(conn *sql.Conn) inserts {
	return inserts{
		conn: conn,
		intent: newTable("intents", "seq", "run", "payment", "op", "ref", "amount", "currency",
			"final", "attempt", "key", "plan_id", "at"),
		outcome: newTable("outcomes", "seq", "run", "intent", "at", "state", "operation_id",
			"code", "status", "error_id", "message", "body_sha256", "absent", "sent_at", "evidence"),
		echo: newTable("echoes", "seq", "run", "op", "operation_id", "at"),
	}
}

// intents inserts the intents of a group.
func (s *inserts) intents(run int64, rs []*request) error {
	for _, r := range rs {
		i := r.intent
		s.intent.args = append(s.intent.args, r.seq, run, i.Payment, string(i.Op), i.Ref, i.Amount, string(i.Currency),
			i.Final, int64(i.Attempt), string(i.Key), i.PlanID, nanos(i.At))
	}
	return s.intent.insert(s.conn, len(rs))
}

// outcomes inserts the outcomes of a group.
func (s *inserts) outcomes(run int64, rs []*request) error {
	for _, r := range rs {
		o := r.outcome
		s.outcome.args = append(s.outcome.args, r.seq, run, o.intent, nanos(o.At), string(o.State), o.OperationID,
			int64(o.Code), int64(o.Status), o.ErrorID, o.Message, o.body(), o.Absent, nanos(o.sentAt), o.evidence)
	}
	return s.outcome.insert(s.conn, len(rs))
}

// echoes inserts the echoes of a group.
func (s *inserts) echoes(run int64, rs []*request) error {
	for _, r := range rs {
		e := r.echo
		s.echo.args = append(s.echo.args, r.seq, run, string(e.op), e.operationID, nanos(e.at))
	}
	return s.echo.insert(s.conn, len(rs))
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

// keys adds to used the keys with numbers below base of the payments in list,
// a JSON array, except those that are free again.
func (s *inserts) keys(list string, base int64, used map[plan.Key]bool) error {
	ctx := context.Background()
	if s.lookup == nil {
		stmt, err := s.conn.PrepareContext(ctx,
			`SELECT i.key FROM json_each(?1) p CROSS JOIN intents i ON i.payment = p.value
			WHERE i.seq < ?2 AND NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.intent = i.seq AND o.state = 'withdrawn')`)
		if err != nil {
			return err
		}
		s.lookup = stmt
	}
	rows, err := s.lookup.QueryContext(ctx, list, base)
	if err != nil {
		return err
	}
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

// close closes the statements.
func (s *inserts) close() error {
	var errs []error
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
	return errors.Join(errs...)
}
