//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// ignoreFileSizeSignal turns a file size limit into an ordinary write error.
func ignoreFileSizeSignal() { signal.Ignore(syscall.SIGXFSZ) }
