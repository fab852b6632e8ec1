package journal

import (
	"errors"
	"time"
)

// A Mode says what a journal is opened for.
type Mode string

// The modes.
const (
	ReadOnly Mode = "read" // beside a writer, if there is one; methods that record fail
	Write    Mode = "write"
)

// A Config says which journal to open, and on whose behalf.
type Config struct {
	Path        string // of the file; it is created when there is none
	Environment string // whose records are read and written
	Merchant    string // the same
	Mode        Mode

	// Pin is the id that the journal must have; "" accepts any. A pinned
	// journal is never created.
	Pin string

	Actor       string           // who works, for the record
	ToolVersion string           // with what, for the record
	Now         func() time.Time // defaults to time.Now

	// Written is told of every durable write, with how many there were, before
	// those who wait for it; it may be nil.
	Written func(n int64)
}

// check refuses a configuration that names no journal or nobody's records.
func (c *Config) check() error {
	switch {
	case c.Path == "":
		return errors.New("open journal: no path: set PAYRECONCILE_JOURNAL or the configuration's journal")
	case c.Environment == "":
		return errors.New("open journal: no environment: a journal keeps the records of each apart")
	case c.Merchant == "":
		return errors.New("open journal: no merchant id: a journal keeps the records of each apart")
	case c.Mode != ReadOnly && c.Mode != Write:
		return errors.New("open journal: no mode: open it for reading or for writing")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return nil
}
