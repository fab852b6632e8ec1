package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/payreconcile/payreconcile/internal/config"
)

// ask puts a question to the person at the terminal and returns the answer. It
// ends with ctx.
func (e *env) ask(ctx context.Context, question string) (string, error) {
	_, _ = fmt.Fprint(e.stderr, "payreconcile: "+question)
	return interrupted(ctx, func() (string, error) {
		answer, err := bufio.NewReader(e.stdin).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read the answer: %w", err)
		}
		return strings.TrimSpace(answer), nil
	})
}

// askSecret is ask for what the terminal must not show.
func (e *env) askSecret(ctx context.Context, r keyring, question string) (config.Secret, error) {
	f, is := e.stdin.(*os.File)
	if !is || !e.stdinTTY {
		return config.Secret{}, &codeError{
			code: exitUsage, err: errors.New("there is no passphrase, and no terminal to ask at"),
			hint: "set " + r.passphrase + " or " + r.passphrase + "_FILE",
		}
	}
	// The terminal stops showing what is typed before anybody is asked to type.
	fd := int(f.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return config.Secret{}, fmt.Errorf("read the passphrase: %w", err)
	}
	defer func() { _ = term.Restore(fd, before) }()
	screen := term.NewTerminal(&byByte{in: f, Writer: e.stderr}, "")
	text, err := interrupted(ctx, func() (string, error) { return screen.ReadPassword("payreconcile: " + question) })
	switch {
	case errors.Is(err, io.EOF): // Ctrl-C or Ctrl-D
		return config.Secret{}, errStopped
	case errors.Is(err, errStopped):
		return config.Secret{}, err
	case err != nil:
		return config.Secret{}, fmt.Errorf("read the passphrase: %w", err)
	}
	return config.NewSecret(text), nil
}

// byByte reads a byte at a time, so that nothing is read that was typed for the
// next question.
type byByte struct {
	in io.Reader
	io.Writer
}

func (b *byByte) Read(p []byte) (int, error) { return b.in.Read(p[:min(len(p), 1)]) }

// interrupted returns what read does, or errStopped when ctx ends first: a read
// from a terminal cannot be called back.
func interrupted(ctx context.Context, read func() (string, error)) (string, error) {
	type answer struct {
		text string
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		text, err := read()
		done <- answer{text, err}
	}()
	select {
	case a := <-done:
		return a.text, a.err
	case <-ctx.Done():
		return "", errStopped
	}
}

// errStopped is what whoever stops the program at a question gets.
var errStopped error = &codeError{code: exitInterrupted, err: errors.New("interrupted; nothing was written")}
