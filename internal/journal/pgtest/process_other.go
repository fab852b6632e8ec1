//go:build !linux

package pgtest

import "syscall"

// own leaves a folder to this program's user, under whom the server runs.
func own(string) error { return nil }

// attributes asks for nothing: on Windows and macOS nobody tests as root.
func attributes() *syscall.SysProcAttr { return nil }
