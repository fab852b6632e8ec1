package journal_test

import (
	"net"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
)

// refuser is a server that answers every connection with one error, and
// returns its address.
func refuser(t *testing.T, code, message string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var g sync.WaitGroup
	g.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b := pgproto3.NewBackend(c, c)
			if _, err := b.ReceiveStartupMessage(); err == nil {
				b.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: code, Message: message})
				_ = b.Flush()
			}
			_ = c.Close()
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		g.Wait()
	})
	return l.Addr().String()
}

// What a server says comes with what to do about it, and without the password.
func TestServerAdvice(t *testing.T) {
	t.Parallel()
	for code, tt := range map[string]struct{ says, want string }{
		"28P01": {`password authentication failed for user "ada"`, "the server does not let this user in: check the user's name, the password"},
		"28000": {`no pg_hba.conf entry for host "10.0.0.1"`, "the server does not let this user in"},
		"3D000": {`database "books" does not exist`, "create the database, or name another"},
		"42501": {`permission denied for schema public`, "grant the user what is missing"},
		"53100": {`could not extend file: No space left on device`, "the server's disk is full: make room, then run resume"},
		"53300": {`sorry, too many clients already`, "the server has no room for more"},
		"25006": {`cannot execute INSERT in a read-only transaction`, "the server takes no writes, as a replica does: name the primary"},
		"57P01": {`terminating connection due to administrator command`, "wait until it is up, then run resume"},
		"57P03": {`the database system is starting up`, "wait until it is up, then run resume"},
		"58030": {`could not read block 0: Input/output error`, "the server's disk failed: check it, then run resume"},
		"XX001": {`invalid page in block 0`, "the database is damaged: restore it from a backup"},
		"0A000": {`something nobody thought of`, "something nobody thought of (SQLSTATE 0A000)"},
	} {
		host := refuser(t, code, tt.says)
		_, err := journal.Open(t.Context(), config("postgres://ada:hunter2@"+host+"/books?sslmode=disable&sslpassword=hunter2", journal.Write))
		require.ErrorContains(t, err, tt.says)
		require.ErrorContains(t, err, tt.want)
		require.ErrorContains(t, err, "open journal postgres://ada@"+host+"/books?sslmode=disable: ")
		require.NotContains(t, err.Error(), "hunter2")
	}
}

// A URL that cannot be read may be one whose password was not encoded: nothing
// of it is repeated.
func TestURLWithOddPassword(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"postgres://ada:hun/ter2@host/db",
		"postgres://ada:hun?ter2@host/db",
		"postgres://ada:hun#ter2@host/db",
		"postgres://ada:12/ter2@host/db",
		"postgres://ada:12?ter2@host/db",
		"postgres://ada:12#ter2@host/db",
		"postgresql://ada:hun%zzter2@host/db",
		"postgres://ada:hun ter2@host:port/db",
		"postgres://ada:[ter2@host/db",
	} {
		_, err := journal.Open(t.Context(), config(path, journal.Write))
		require.ErrorContains(t, err, "the URL of the database cannot be read: write postgres://user@host:5432/database", path)
		require.NotContains(t, err.Error(), "ter2")
		require.NotContains(t, err.Error(), "hun")
	}
}
