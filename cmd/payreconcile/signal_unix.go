//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// ignoreFileSizeSignal turns a file size limit into an ordinary write error.
func ignoreFileSizeSignal() { signal.Ignore(syscall.SIGXFSZ) }

// notifyHangup returns the signals on which files are read again, until it is
// released.
func notifyHangup() (<-chan os.Signal, func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	return c, func() { signal.Stop(c) }
}
