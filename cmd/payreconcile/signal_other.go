//go:build !unix

package main

import "os"

func ignoreFileSizeSignal() {}

// notifyHangup returns no signals: there are none of that kind.
func notifyHangup() (<-chan os.Signal, func()) { return nil, func() {} }
