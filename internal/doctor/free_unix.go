//go:build linux || darwin

package doctor

import "golang.org/x/sys/unix"

// freeBytes is how much can be written to a folder's disk.
func freeBytes(folder string) (int64, bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true
}
