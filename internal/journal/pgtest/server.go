package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// A server is a PostgreSQL server of this program, in a folder of its own.
type server struct {
	url    string
	folder string
	cmd    *exec.Cmd
	ended  chan struct{} // closed when the process has ended
}

// patience is how long a server may take to start, or to stop.
const patience = time.Minute

// programs finds initdb and postgres, in the search path or where Debian puts
// them, the newest version last.
func programs() (initdb, postgres string, err error) {
	initdb, err = exec.LookPath("initdb")
	if err == nil {
		if postgres, err = exec.LookPath("postgres"); err == nil {
			return initdb, postgres, nil
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", "", errors.New("initdb is not there: install postgresql, or name a server in " + variable)
	}
	initdb = found[len(found)-1]
	return initdb, filepath.Join(filepath.Dir(initdb), "postgres"), nil
}

// start starts a server and waits until it takes connections.
func start() (_ *server, err error) {
	initdb, postgres, err := programs()
	if err != nil {
		return nil, err
	}
	s := &server{ended: make(chan struct{})}
	if s.folder, err = os.MkdirTemp("", "pgtest-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("start PostgreSQL: %w", err)
			_ = os.RemoveAll(s.folder)
		}
	}()
	if err := own(s.folder); err != nil {
		return nil, err
	}
	data := filepath.Join(s.folder, "data")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	create := s.command(ctx, initdb, "-D", data, "-U", "postgres", "-E", "UTF8", "--no-locale", "--auth=trust", "--no-sync")
	if out, err := create.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	// What it acknowledges is synced, as a journal asks for.
	s.cmd = s.command(context.Background(), postgres, "-D", data, "-k", s.folder, "-h", "127.0.0.1", "-p", port,
		"-c", "max_connections=300", "-c", "shared_buffers=32MB", "-c", "log_min_messages=fatal")
	if s.cmd.Stderr, err = os.Create(filepath.Join(s.folder, "log")); err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = s.cmd.Wait() // how it ended shows in its log
		close(s.ended)
	}()
	s.url = "postgres://postgres@127.0.0.1:" + port + "/postgres?sslmode=disable"
	if err := s.ready(ctx); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// command is a program that runs in the server's folder, under a user that it
// agrees to run under.
func (s *server) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = s.folder
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = attributes()
	return cmd
}

// freePort finds a port that nobody listens on now.
func freePort() (string, error) {
	var l net.ListenConfig
	listener, err := l.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	return port, listener.Close()
}

// ready waits until the server takes connections.
func (s *server) ready(ctx context.Context) error {
	for {
		c, err := pgx.Connect(ctx, s.url)
		if err == nil {
			return c.Close(ctx)
		}
		select {
		case <-s.ended:
			log, _ := os.ReadFile(filepath.Join(s.folder, "log"))
			return fmt.Errorf("it ended: %s", log)
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stop ends the server and removes its folder.
func (s *server) stop() error {
	err := s.cmd.Process.Signal(os.Interrupt) // at once, but in order
	select {
	case <-s.ended:
	case <-time.After(patience):
		err = errors.Join(err, errors.New("it does not end"), s.cmd.Process.Kill())
		<-s.ended
	}
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}
