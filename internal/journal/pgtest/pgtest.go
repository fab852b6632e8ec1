// Package pgtest gives tests a PostgreSQL server: the one that
// PAYRECONCILE_TEST_POSTGRES names, or a throw-away one of their own.
//
//	PAYRECONCILE_TEST_POSTGRES   what happens
//	a postgres:// URL            tests use that server, each a schema of its own
//	unset                        one server is started when a test first asks, and
//	                             stopped at the end; without the programs for it
//	                             the tests are skipped, and the run says so
//	require                      the same, but without the programs the tests fail
package pgtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// variable is where the environment says which server to use.
const variable = "PAYRECONCILE_TEST_POSTGRES"

// required is what it says when tests must not be skipped.
const required = "require"

// shared is the server of a test program. It is package state because that is
// what it is: a program has one, whichever of its tests asks first.
var shared struct {
	once    sync.Once
	running bool // Run is there to stop it
	server  *server
	url     string
	err     error
}

// Run runs the tests of a program and stops the server if one was started. It
// belongs into TestMain:
//
//	func TestMain(m *testing.M) { os.Exit(pgtest.Run(m)) }
func Run(m *testing.M) int {
	shared.running = true
	code := m.Run()
	if shared.server != nil {
		if err := shared.server.stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stop PostgreSQL:", err)
			code = max(code, 1)
		}
	}
	if shared.err != nil && os.Getenv(variable) != required {
		fmt.Fprintln(os.Stderr, "PostgreSQL tests skipped:", shared.err)
	}
	return code
}

// DSN returns the URL of a new, empty schema, which is dropped when the test
// ends.
func DSN(tb testing.TB) string {
	tb.Helper()
	base := URL(tb)
	name := "t_" + strings.ToLower(rand.Text()[:16])
	Exec(tb, base, "CREATE SCHEMA "+name)
	tb.Cleanup(func() { Exec(tb, base, "DROP SCHEMA "+name+" CASCADE") })
	return With(tb, base, "search_path", name)
}

// URL returns the URL of the server itself.
func URL(tb testing.TB) string {
	tb.Helper()
	if !shared.running {
		tb.Fatal("pgtest: TestMain has to call Run, which stops the server")
	}
	shared.once.Do(func() {
		wish := os.Getenv(variable)
		if wish != "" && wish != required {
			shared.url = wish
			return
		}
		if shared.server, shared.err = start(); shared.err == nil {
			shared.url = shared.server.url
		}
	})
	switch {
	case shared.err == nil:
	case os.Getenv(variable) == required:
		tb.Fatalf("no PostgreSQL: %v", shared.err)
	default:
		tb.Skipf("no PostgreSQL: %v", shared.err)
	}
	return shared.url
}

// With returns a URL with a parameter set.
func With(tb testing.TB, dsn, name, value string) string {
	tb.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		tb.Fatal(variable + " is no URL") // which may hold a password
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20") // a + is one, to PostgreSQL
	return u.String()
}

// Exec runs statements on a connection of their own.
func Exec(tb testing.TB, dsn string, statements ...string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }() // nothing is left to be lost
	for _, s := range statements {
		if _, err := c.Exec(ctx, s); err != nil {
			tb.Fatalf("%s: %v", s, err)
		}
	}
}
