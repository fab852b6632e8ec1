package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
)

// SQL states that PostgreSQL gives its errors.
const (
	noSuchColumn = "42703"
	corruptData  = "XX001"
	corruptIndex = "XX002"
)

// sqlstate is what PostgreSQL calls an error, "" when it is none of its own.
func sqlstate(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func (s *postgresStore) damaged(err error) bool {
	code := sqlstate(err)
	return code == corruptData || code == corruptIndex
}

func (s *postgresStore) explain(err error) error {
	state := sqlstate(err)
	advice := adviceFor(state)
	if state == "" {
		advice = trouble(err)
	}
	if advice == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, advice)
}

// adviceFor is what a person can do about an error that the server reports.
func adviceFor(state string) string {
	switch state {
	case "28P01", "28000":
		return "the server does not let this user in: check the user's name, the password (in the URL, PGPASSWORD or ~/.pgpass) and the server's pg_hba.conf"
	case "3D000":
		return "create the database, or name another"
	case "42501":
		return "grant the user what is missing: CREATE and USAGE on the schema once, then SELECT, INSERT and UPDATE on its tables"
	case "53100":
		return "the server's disk is full: make room, then run resume"
	case "53200", "53300", "53400":
		return "the server has no room for more: end other programs' connections, or raise its limits, then run resume"
	case "25006":
		return "the server takes no writes, as a replica does: name the primary, or add target_session_attrs=read-write to the URL"
	case "57P01", "57P02", "57P03", "25P03":
		return "the server ended the connection or takes none: wait until it is up, then run resume"
	case "58030":
		return "the server's disk failed: check it, then run resume"
	case corruptData, corruptIndex:
		return "the database is damaged: restore it from a backup, and send nothing before"
	}
	return ""
}

// trouble is what a person can do about an error on the way to the server.
func trouble(err error) string {
	var failed *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return ""
	case errors.As(err, &failed):
		return "check the host and the port of the URL, that the server is up, and the network between"
	case errors.Is(err, context.DeadlineExceeded):
		return "the server did not answer in time: check it and the network between, then run resume"
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, pgconn.ErrConnClosed), pgconn.Timeout(err):
		return "the connection broke: check the server and the network between, then run resume"
	}
	return ""
}
