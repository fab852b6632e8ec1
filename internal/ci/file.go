package ci

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// appendTo appends to a file that the runner gave, up to a size that it takes.
// It is written at once or not at all. A pipe is refused: it could wait for a
// reader for ever.
func appendTo(path string, data []byte, most int64) error {
	size, err := sizeOf(path)
	switch {
	case err != nil:
		return err
	case most > 0 && size+int64(len(data)) > most:
		return fmt.Errorf("%d bytes are in it, and %d more would be more than the %d that are read", size, len(data), most)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return cause(err)
	}
	_, err = f.Write(data)
	return errors.Join(cause(err), cause(f.Close()))
}

// sizeOf is the size of a regular file, 0 for one that is not there.
func sizeOf(path string) (int64, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, nil
	case err != nil:
		return 0, cause(err)
	case !info.Mode().IsRegular():
		return 0, errors.New("it is not a file")
	}
	return info.Size(), nil
}

// replace writes a file beside its place and gives it its name once it is
// complete.
func replace(path string, write func(*os.File) error) (err error) {
	if _, err := sizeOf(path); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return cause(err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if err := write(f); err != nil {
		return cause(err)
	}
	if err := f.Chmod(0o644); err != nil {
		return cause(err)
	}
	if err := f.Close(); err != nil {
		return cause(err)
	}
	return cause(os.Rename(f.Name(), path))
}

// cause is an error without the name of its file, which who warns of it knows.
func cause(err error) error {
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		return p.Err
	case errors.As(err, &l):
		return l.Err
	}
	return err
}
