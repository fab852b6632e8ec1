package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// heldFiles are files that have to stay where they are while a journal is
// written: a record in a file that was removed is durable and nobody finds it,
// and a lock on one keeps nobody out.
type heldFiles map[string]fs.FileInfo

func hold(names ...string) (heldFiles, error) {
	held := heldFiles{}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		held[name] = info
	}
	return held, nil
}

// stand returns an error when one of the files is not there any more.
func (h heldFiles) stand() error {
	for name, was := range h {
		if is, err := os.Stat(name); err != nil || !os.SameFile(was, is) {
			return fmt.Errorf("%s was removed or replaced while it was in use: bring it back, or restore the newest backup, and run resume; send nothing before", name)
		}
	}
	return nil
}

// A tideMark is a small file beside a journal that holds the number of the
// newest record that was ever acknowledged. SQLite drops without a word what
// stood in a -wal file that was lost or damaged, and an old copy looks as sound
// as the newest; this tells. It is not synced: after a loss of power it may be
// behind the journal, never before it.
type tideMark struct{ f *os.File }

func tideMarkOf(path string) string { return path + ".seq" }

// openTideMark opens the mark of the journal at path, whose newest record has
// the number seq, and refuses one that is higher.
func openTideMark(path string, seq int64) (*tideMark, error) {
	name := tideMarkOf(path)
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	m := &tideMark{f}
	switch high, err := m.read(); {
	case err != nil:
		return nil, errors.Join(fmt.Errorf("%s: %w: look at the journal with payreconcile journal check, then remove this file", name, err), f.Close())
	case high > seq:
		return nil, errors.Join(behind(seq, high, name), f.Close())
	}
	return m, nil
}

// behind refuses a journal whose newest record is not the newest one.
func behind(seq, high int64, mark string) error {
	return fmt.Errorf("it ends at record %d, and record %d was written: it is an old copy, or its -wal file was lost: "+
		"restore the newest state; if that is gone, compare the platform with payreconcile plan before you remove %s and go on", seq, high, mark)
}

// read returns the number in the file, 0 when it is empty.
func (m *tideMark) read() (int64, error) {
	b := make([]byte, 32)
	n, _ := m.f.ReadAt(b, 0) // at the end of the file it returns what there is
	text := strings.TrimSpace(string(b[:n]))
	if text == "" {
		return 0, nil
	}
	high, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, errors.New("it does not hold a number")
	}
	return high, nil
}

// rise writes the number of the newest record.
func (m *tideMark) rise(seq int64) error {
	_, err := m.f.WriteAt(fmt.Appendf(nil, "%020d\n", seq), 0)
	return err
}
